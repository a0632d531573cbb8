/**
 * A world behind HTTP: from a request to what STS would send back. It has no transport and no clock.
 *
 * What is checked in which order is STS's own: the path, the form, the operation; then whatever can be said of the
 * signature without a secret, the key, the token, the role, the signature itself; then the parameters and permissions.
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as World from "../../World.ts"
import * as Engine from "../engine/engine.ts"
import * as OutboundFederation from "../engine/outboundFederation.ts"
import * as Refusal from "../engine/refusal.ts"
import * as Region from "../engine/region.ts"
import * as Reply from "./reply.ts"

export interface Request {
  readonly method: string
  /** An absolute URL, or a path with its query. */
  readonly url: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** None where it was longer than STS takes. */
  readonly body: Uint8Array | undefined
  /** The address of who sent it, where the transport knows. */
  readonly sourceIp?: string | undefined
}

/** The longest body that STS reads, in bytes. */
export const maxBodyLength = 10_000_000

const operations: ReadonlyMap<string, Operation.Any> = new Map(
  Operations.all.map((operation) => [operation.name, operation]),
)

const headerOf = ({ headers }: Request, wanted: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === wanted)?.[1]

const split = (url: string): { readonly path: string; readonly query: string } => {
  const target = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/#.*/s, "")
  const mark = target.indexOf("?")
  const path = mark < 0 ? target : target.slice(0, mark)
  return { path: path || "/", query: mark < 0 ? "" : target.slice(mark + 1) }
}

const isForm = (contentType: string | undefined): boolean =>
  /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? "")

const accepts = (types: string | undefined, wanted: string): boolean =>
  (types ?? "").split(",").some((type) => type.split(";", 1)[0]?.trim().toLowerCase() === wanted)

const decoder = new TextDecoder()

/** The parameters of a GET are in its query, those of a POST in its body and, as with a presigned one, its query. */
const formOf = (request: Request, query: string): Query.Form | undefined => {
  const read = (form: string) => Result.getOrUndefined(Query.parseForm(form, { maxLength: Infinity }))
  if (request.method === "GET") return read(query)
  return request.method === "POST" && isForm(headerOf(request, "content-type"))
    ? read(`${query}&${decoder.decode(request.body)}`)
    : undefined
}

const hostOf = (request: Request): string =>
  (headerOf(request, "host") ?? new RegExp("//([^/?#]*)").exec(request.url)?.[1] ?? "").toLowerCase()

/**
 * The endpoint that the client means, by the host that it signed: the global one, or that of a region of the world's
 * partition. Any other host, as localhost, stands for the world's region.
 */
const endpointOf = (request: Request, { partition, region }: Engine.Engine["state"]): Region.Endpoint => {
  const host = hostOf(request)
  if (/^sts\.amazonaws\.com(?::\d+)?$/.test(host)) return { region: "us-east-1", isGlobal: true }
  const [, named = region] = /^sts(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\./.exec(host) ?? []
  return { region: World.partitionOf(named) === partition ? named : region, isGlobal: false }
}

/**
 * A document of an account's issuer, for whoever verifies tokens of GetWebIdentityToken. It is where the issuer's URL
 * says; and, since nobody will find that host here, under a path with the host in front, which is then also where the
 * discovery document says that the keys are.
 */
const issuerDocument = (state: Engine.Engine["state"], request: Request, path: string): object | undefined => {
  if (request.method !== "GET") return undefined
  const [, folder = "", name] = /^(?:\/([^/]+))?\/\.well-known\/(openid-configuration|jwks\.json)$/.exec(path) ?? []
  const host = hostOf(request)
  const account = OutboundFederation.accountOf(state, folder === "" ? host.replace(/:\d+$/, "") : folder)
  if (name === undefined || account === undefined) return undefined
  if (name === "jwks.json") return OutboundFederation.jwksOf(state, account)
  const base = folder === "" ? OutboundFederation.issuerOf(state, account) : `http://${host}/${folder}`
  return OutboundFederation.configurationOf(state, account, `${base}/.well-known/jwks.json`)
}

/** What a signed request says of its caller, for the engine to hold against its keys. */
const claimOf = (
  now: number,
  request: Request,
  { region }: Region.Endpoint,
): Pick<Engine.Request, "proof" | "signatureFault"> => {
  const { headers, method, url, body = new Uint8Array() } = request
  const parsed = SigV4.parse({ method, url, headers, body }, { service: "sts", region, time: now })
  return Result.match(parsed, {
    onFailure: ({ code, message }) => ({ proof: undefined, signatureFault: Refusal.refusal(code, message) }),
    onSuccess: (authorization) => ({
      proof: {
        accessKeyId: authorization.accessKeyId,
        sessionToken: authorization.sessionToken && Redacted.value(authorization.sessionToken),
        isSignedWith: (secret) => Result.isSuccess(SigV4.verify(authorization, secret)),
      },
    }),
  })
}

/** The parameters, or why they cannot be read. */
const inputOf = (operation: Operation.Any, form: Query.Form): Pick<Engine.Request, "request" | "requestFault"> =>
  Result.match(Query.decodeRequest(operation, form.parameters), {
    onFailure: ({ code, message }) => ({ request: undefined, requestFault: Refusal.refusal(code, message) }),
    onSuccess: (request) => ({ request }),
  })

/** The reply to a request at a time in epoch milliseconds. */
export const answer = (engine: Engine.Engine, now: number, request: Request): Effect.Effect<Reply.Reply> =>
  Effect.suspend(() => {
    const { identifiers } = engine.state
    const endpoint = endpointOf(request, engine.state)
    const types = headerOf(request, "accept")
    const frame = (requestId: string, date = now): Reply.Frame => ({
      requestId,
      now: date,
      region: endpoint.region,
      isJson: accepts(types, "application/json") && !accepts(types, "text/xml"),
      isCrossOrigin: headerOf(request, "origin") !== undefined,
    })
    /** Of what never comes to an operation, and so is in no log. */
    const plain = (reply: (frame: Reply.Frame) => Reply.Reply) => {
      const known = frame(identifiers.requestId())
      return Effect.succeed(engine.isOut ? Reply.lost(known, "refused") : reply(known))
    }
    const { path, query } = split(request.url)
    if (path !== "/") {
      const found = issuerDocument(engine.state, request, path)
      return plain((frame) => (found === undefined ? Reply.unknownPath(frame) : Reply.json(frame, found)))
    }
    if (request.method === "OPTIONS") {
      return plain((frame) => Reply.preflight(frame, headerOf(request, "access-control-request-headers")))
    }
    if (request.body === undefined) return plain(Reply.tooLarge)
    const form = formOf(request, query)
    if (form?.action === undefined) return plain(Reply.redirect)
    const { action, version = "NO_VERSION_SPECIFIED" } = form
    const operation = version === Query.version ? operations.get(action) : undefined
    if (operation === undefined || !Region.hasOperation(endpoint, action)) {
      const message = `Could not find operation ${action} for version ${version}`
      return plain((frame) => Reply.error(frame, 400, "InvalidAction", message))
    }
    const handled = Engine.handle(engine, now, {
      operation,
      endpoint,
      sourceIp: request.sourceIp,
      ...inputOf(operation, form),
      ...(operation.auth === "signed" ? claimOf(now, request, endpoint) : { proof: undefined }),
    })
    return Effect.map(handled, (answer) => {
      const known = frame(answer.requestId, answer.date)
      const reply = Result.match(answer.result, {
        onFailure: (refusal) => Reply.refusal(known, refusal),
        onSuccess: (response) => Reply.success(known, operation, response),
      })
      return Reply.deliver(known, reply, answer)
    })
  })
