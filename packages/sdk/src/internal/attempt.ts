/**
 * One attempt at one call over a client of the SDK. The client stays as it is; its commands are resolved with some of
 * their middleware replaced:
 *
 * - No retry.
 * - The credentials and the time to sign with are the caller's. The SDK would ask the client's provider for the first,
 *   and for the second read its own clock, and correct it by an offset of its own.
 * - The endpoint is resolved once, and not twice for each call.
 * - A logger of the client sees that there was a call, and nothing of what was asked and answered.
 * - The head of the answer is kept whatever becomes of its body, and the body is read whole before it is parsed: a
 *   connection that breaks off is another matter than an answer that is not STS's.
 */
import * as ClientSts from "@aws-sdk/client-sts"
import type { AwsCredentials } from "@effect-sts/core/AwsCredentials"
import { SignatureV4 } from "@smithy/signature-v4"
import type {
  Command,
  DeserializeHandler,
  EndpointV2,
  FinalizeHandler,
  Handler,
  HandlerExecutionContext,
  HttpRequest,
  HttpResponse,
  InitializeHandlerArguments,
  MiddlewareStack,
  SerializeHandler,
} from "@smithy/types"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"

type Input = ClientSts.ServiceInputTypes
type Output = ClientSts.ServiceOutputTypes
type Config = ClientSts.STSClient["config"]
type StsCommand = Command<Input, Input, Output, Output, Config>

/** What is to be sent. */
export interface Call {
  readonly operation: string
  /** The request in AWS's own names. */
  readonly request: unknown
  /** None for an unsigned call. */
  readonly credentials: AwsCredentials | undefined
  /** What to sign with, in epoch milliseconds. */
  readonly time: number
  readonly abortSignal: AbortSignal
}

/** What comes before the body of an answer. */
export interface Head {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** From the body, if the headers have none: some that speak for STS put it nowhere else. */
  requestId: string | undefined
}

/** How far an attempt has come: what it would be called if it ended here. */
export interface Progress {
  stage: "NotSent" | "NoAnswer" | "CutOff" | "Answered"
  head: Head | undefined
}

export const begin = (): Progress => ({ stage: "NotSent", head: undefined })

/** Where a client sends to, and what its requests are signed for. */
export interface Destination {
  readonly endpoint: EndpointV2
  readonly region: string
  readonly service: string
}

/** The handler of a command, with the last word on its middleware. */
const resolve = (
  { config, middlewareStack }: ClientSts.STSClient,
  command: StsCommand,
  compose: <I extends Input, O extends Output>(own: MiddlewareStack<I, O>) => MiddlewareStack<I, O>,
): Handler<Input, Output> => command.resolveMiddleware({ ...middlewareStack, concat: compose }, config, {})

/** Where the SDK would send the calls of a client to, by its own rules. Rejects where each of them would. */
export const locate = (client: ClientSts.STSClient): Promise<Destination> =>
  new Promise((found, failed) => {
    const command = new ClientSts.GetCallerIdentityCommand({})
    const handler = resolve(client, command, (own) => {
      // Nothing but the SDK's middleware for endpoints, and what comes next stops there.
      const stack = own.clone()
      stack.add(
        (_, context) => async () => {
          const { authSchemes, endpointV2: endpoint } = context
          if (endpoint === undefined) throw new Error("The client has no endpoint")
          const scheme = authSchemes?.find(({ name }) => name === "sigv4")
          const region = scheme?.signingRegion ?? (await client.config.region())
          found({ endpoint, region, service: scheme?.signingName ?? "sts" })
          return new Promise(() => {})
        },
        { name: "serializerMiddleware", step: "serialize" },
      )
      return stack
    })
    handler(command).catch(failed)
  })

/** An attempt goes along with the arguments that the SDK's middleware hands on. */
const attemptKey: unique symbol = Symbol.for("@effect-sts/sdk/attempt")

interface Attempt {
  readonly call: Call
  readonly progress: Progress
}

interface WithAttempt extends InitializeHandlerArguments<Input> {
  readonly [attemptKey]: Attempt
}

const isAttempt = (value: unknown): value is Attempt => Predicate.hasProperty(value, "progress")

const attemptOf = (args: object): Attempt => {
  const attempt = Predicate.hasProperty(args, attemptKey) ? args[attemptKey] : undefined
  if (!isAttempt(attempt)) throw new Error("a middleware of the client does not hand on its arguments")
  return attempt
}

const isRequest = (value: unknown): value is HttpRequest =>
  Predicate.hasProperty(value, "method") && Predicate.hasProperty(value, "headers")

const requestOf = ({ request }: { readonly request: unknown }): HttpRequest => {
  if (!isRequest(request)) throw new Error("the client made no HTTP request")
  return request
}

interface Response {
  readonly statusCode: number
  readonly headers: HttpResponse["headers"]
  body?: unknown
}

const isResponse = (value: unknown): value is Response =>
  Predicate.hasProperty(value, "statusCode") && Predicate.hasProperty(value, "headers")

const passOn = <A>(next: A): A => next

const sign =
  ({ region, service }: Destination, { sha256 }: Config) =>
  <I extends object, O extends object>(next: FinalizeHandler<I, O>): FinalizeHandler<I, O> =>
  async (args) => {
    const { credentials, time } = attemptOf(args).call
    if (credentials === undefined) return next(args)
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    const signer = new SignatureV4({
      credentials: {
        accessKeyId,
        secretAccessKey: Redacted.value(secretAccessKey),
        ...(sessionToken === undefined ? {} : { sessionToken: Redacted.value(sessionToken) }),
      },
      region,
      service,
      sha256,
    })
    return next({ ...args, request: await signer.sign(requestOf(args), { signingDate: new Date(time) }) })
  }

/** As most request handlers have them already, but not all must. */
const lowerCased = (headers: HttpResponse["headers"]) => {
  const copy: Record<string, string> = {}
  for (const name in headers) copy[name.toLowerCase()] = headers[name] ?? ""
  return copy
}

const requestIdIn = (body: Uint8Array) => /<RequestId>([\w-]+)<\/RequestId>/.exec(new TextDecoder().decode(body))?.[1]

/** The last middleware: it sends, and sees what goes out and what comes in. */
const transmit =
  ({ requestHandler, streamCollector }: Config) =>
  <I extends object, O extends object>(): DeserializeHandler<I, O> =>
  async (args) => {
    const { call, progress } = attemptOf(args)
    const request = requestOf(args)
    progress.stage = "NoAnswer"
    const answer: { readonly response: unknown } = await requestHandler.handle(request, {
      abortSignal: call.abortSignal,
    })
    const { response } = answer
    progress.stage = "CutOff"
    if (!isResponse(response)) throw new Error("the client got no HTTP response")
    const headers = lowerCased(response.headers)
    const head: Head = { status: response.statusCode, headers, requestId: headers["x-amzn-requestid"] }
    progress.head = head
    const body = response.body ?? new Uint8Array()
    const bytes = body instanceof Uint8Array ? body : await streamCollector(body)
    response.body = bytes
    head.requestId ??= requestIdIn(bytes)
    progress.stage = "Answered"
    return { response }
  }

/** In the SDK's own words. */
const toHidden = () => "***SensitiveInformation***"

/** Each but the last replaces the SDK's own of that name, in its place. */
const replace = <I extends object, O extends object>(
  stack: MiddlewareStack<I, O>,
  config: Config,
  destination: Destination,
): MiddlewareStack<I, O> => {
  const { endpoint } = destination
  stack.addRelativeTo(passOn, {
    name: "httpAuthSchemeMiddleware",
    relation: "before",
    toMiddleware: "endpointV2Middleware",
    override: true,
  })
  stack.addRelativeTo(
    (next: SerializeHandler<I, O>, context: HandlerExecutionContext) => {
      context.endpointV2 = endpoint
      // What the SDK's logging shows of a call. Its own filters let the session token and the MFA code pass.
      context["inputFilterSensitiveLog"] = toHidden
      context["outputFilterSensitiveLog"] = toHidden
      return next
    },
    { name: "endpointV2Middleware", relation: "before", toMiddleware: "serializerMiddleware", override: true },
  )
  stack.add(passOn, { name: "retryMiddleware", step: "finalizeRequest", priority: "high", override: true })
  stack.addRelativeTo(sign(destination, config), {
    name: "httpSigningMiddleware",
    aliases: ["apiKeyMiddleware", "tokenMiddleware", "awsAuthMiddleware"],
    relation: "after",
    toMiddleware: "retryMiddleware",
    override: true,
  })
  stack.add(transmit(config), { name: "effectStsTransmitMiddleware", step: "deserialize", priority: "low" })
  return stack
}

const isCommand = (value: unknown): value is new (request: object) => StsCommand =>
  Predicate.isFunction(value) && Predicate.hasProperty(value, "getEndpointParameterInstructions")

const exported: Readonly<Record<string, unknown>> = ClientSts

const handlerOf = (client: ClientSts.STSClient, destination: Destination, operation: string) => {
  const Command = exported[`${operation}Command`]
  if (!isCommand(Command)) throw new Error(`this version of @aws-sdk/client-sts has no ${operation}`)
  return resolve(client, new Command({}), (own) =>
    replace(client.middlewareStack.concat(own), client.config, destination),
  )
}

/** As core reads it: timestamps are ISO strings, and nothing is said of the call. */
const toWire = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(toWire)
  const record: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    if (name !== "$metadata") record[name] = toWire(member)
  }
  return record
}

/** Core has encoded it with the schema of the operation, of which it is AWS's own side. */
const isInput = (request: unknown): request is Input => Predicate.isObject(request)

/** Sends a call. The response is in AWS's own names; `progress` tells how far it came, also when this rejects. */
export type Send = (call: Call, progress: Progress) => Promise<unknown>

/**
 * Sends over a client. `isOwn` is a client that nobody else has: what is resolved for it stays. Middleware that others
 * add to theirs may come later, and may keep in its context what is of one call alone.
 */
export const sender = (client: ClientSts.STSClient, destination: Destination, isOwn: boolean): Send => {
  const handlers = new Map<string, Handler<Input, Output>>()
  return async (call, progress) => {
    const { operation, request } = call
    const handler = handlers.get(operation) ?? handlerOf(client, destination, operation)
    if (isOwn) handlers.set(operation, handler)
    if (!isInput(request)) throw new Error("the request is no object")
    const args: WithAttempt = { input: request, [attemptKey]: { call, progress } }
    const { output } = await handler(args)
    return toWire(output)
  }
}
