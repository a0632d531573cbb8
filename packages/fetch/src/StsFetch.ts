/**
 * The backend that speaks to STS over `fetch`, or over any `HttpClient`. It runs wherever `fetch` does.
 *
 * ```ts
 * import * as CredentialSource from "@effect-sts/core/CredentialSource"
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsFetch from "@effect-sts/fetch/StsFetch"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.map(Sts.getCallerIdentity, (identity) => identity.arn).pipe(
 *   Effect.provide(CredentialStack.layer(CredentialSource.fromConfig)),
 *   Effect.provide(StsFetch.layer({ region: "eu-west-1" })),
 * )
 * ```
 *
 * @since 0.1.0
 */
import type { AwsCredentials } from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as Endpoint from "@effect-sts/protocol/Endpoint"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Exchange, Failure, Head } from "./internal/exchange.ts"
import * as Fetch from "./internal/fetch.ts"
import * as HttpClient from "./internal/httpClient.ts"

/**
 * Where STS is, and how long and how much of it to read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Endpoint.Options {
  /** A region's name, or `aws-global`. Needed also with an `endpoint`, since requests are signed for a region. */
  readonly region: string
  /**
   * The longest that one attempt may take, from sending it to the last byte of the answer; the request is aborted then.
   * 10 seconds by default. Core tries again, so a call may take several times as long.
   */
  readonly timeout?: Duration.Input | undefined
  /** The most bytes of an answer to read. 1,048,576 by default; STS's own have a few thousand. */
  readonly maxResponseSize?: number | undefined
}

/**
 * The options do not say where STS is. The message says what to set.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>()("InvalidOptions", {
  /** What to set. */
  message: Schema.String,
}) {}

const missingRegion =
  'No region for STS. Set `region` in the options of StsFetch.layer, or AWS_REGION or AWS_DEFAULT_REGION for StsFetch.layerConfig, to one like "eu-west-1"'

const contentType = "application/x-www-form-urlencoded; charset=utf-8"

/** What is known of an answer from its head on, whatever becomes of its body. */
interface Known extends StsBackend.AnswerMetadata {
  readonly httpStatus?: number
  readonly retryAfter?: Duration.Duration | undefined
}

const knownOf = ({ header, status }: Head, now: number): Known => {
  // A cache's answer has the date of when it was stored, and its age besides.
  const date = header("age") === undefined ? dateOf(header("date")) : undefined
  return {
    httpStatus: status,
    requestId: header("x-amzn-requestid"),
    date,
    retryAfter: retryAfterOf(header("retry-after"), date === undefined ? now : DateTime.toEpochMillis(date)),
  }
}

/** The one form of a date that HTTP senders use. Anything else must not set our clock. */
const httpDate = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/

const dateOf = (header: string | undefined): DateTime.Utc | undefined =>
  header !== undefined && httpDate.test(header)
    ? Option.getOrUndefined(Option.map(DateTime.make(header), DateTime.toUtc))
    : undefined

const retryAfterOf = (header: string | undefined, now: number): Duration.Duration | undefined => {
  if (header !== undefined && /^\d{1,9}$/.test(header)) {
    return Duration.seconds(Number(header))
  }
  const date = dateOf(header)
  return date === undefined ? undefined : Duration.millis(Math.max(0, DateTime.toEpochMillis(date) - now))
}

const sentences: Record<Failure["kind"], string> = {
  NotSent: "The request was not sent",
  NoAnswer: "No answer came",
  CutOff: "The answer was cut off",
  TooLarge: "The answer is larger than allowed",
  TimedOut: "No whole answer came",
}

const reasonOf = ({ code, kind }: Failure, timeout: Duration.Duration): StsError.Reason => {
  const message = code === undefined ? sentences[kind] : `${sentences[kind]} (${code})`
  switch (kind) {
    case "NotSent":
      return new StsError.TransportError({ message, isSent: false })
    case "NoAnswer":
      return new StsError.TransportError({ message })
    case "CutOff":
      return new StsError.TransportError({ message, isSent: true })
    case "TooLarge":
      return new StsError.InvalidResponse({ message })
    case "TimedOut":
      return new StsError.TransportError({ message: `${message} within ${Duration.format(timeout)}` })
  }
}

const describeHead = ({ header, status }: Head): string => {
  const [type] = /^[\w.+-]{1,50}\/[\w.+-]{1,50}/.exec(header("content-type") ?? "") ?? []
  return `HTTP ${status} with ${type === undefined ? "no content type" : `content type ${type}`}`
}

/** An answer that is not STS's: a proxy's, a captive portal's, half of one. */
const foreign = (head: Head, body: string, why: string, known: Known): StsBackend.BackendFailure => {
  const message = `${describeHead(head)}: ${body === "" ? "The body is empty" : why}`
  // Gateways limit the rate too, in words of their own.
  const reason = head.status === 429 ? new StsError.Throttling({ message }) : new StsError.InvalidResponse({ message })
  return new StsBackend.BackendFailure({ ...known, reason })
}

const read = (
  operation: Operation.Any,
  head: Head,
  body: string,
  known: Known,
): Result.Result<StsBackend.Answer<unknown>, StsBackend.BackendFailure> => {
  const { status } = head
  // In a browser a redirect is all that has the status 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    return Result.fail(foreign(head, " ", "A redirect, which is not followed", known))
  }
  // The body has been measured already.
  const limits = { maxLength: body.length }
  if (status >= 200 && status < 300) {
    return Result.mapBoth(Query.decodeResponse(operation, body, limits), {
      onFailure: ({ message }) => foreign(head, body, message, known),
      onSuccess: ({ requestId, response }) => ({ ...known, requestId: known.requestId ?? requestId, response }),
    })
  }
  return Result.match(Query.decodeError(body, limits), {
    onFailure: ({ message }) => Result.fail(foreign(head, body, message, known)),
    onSuccess: ({ code, message, requestId }) =>
      Result.fail(
        StsBackend.answered({
          ...known,
          code,
          message,
          httpStatus: status,
          requestId: known.requestId ?? requestId,
        }),
      ),
  })
}

const make = Effect.fnUntraced(function* <R>(options: Options, makeExchange: Effect.Effect<Exchange, never, R>) {
  if (options.region === undefined || options.region === "") {
    return yield* new InvalidOptions({ message: missingRegion })
  }
  const { signingName, signingRegion, url } = yield* Effect.mapError(
    Effect.fromResult(Endpoint.resolve(options)),
    ({ message }) => new InvalidOptions({ message }),
  )
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "10 seconds")
  const maxBytes = options.maxResponseSize ?? 1_048_576
  const exchange = yield* makeExchange

  const headersOf = (form: string, credentials: AwsCredentials | undefined, time: number) => {
    const headers = { "content-type": contentType }
    return credentials === undefined
      ? headers
      : {
          ...headers,
          ...SigV4.sign(
            { method: "POST", url, headers, body: form },
            { credentials, region: signingRegion, service: signingName, time },
          ),
        }
  }

  const execute = <Op extends Operation.Any>(
    operation: Op,
    request: Operation.EncodedRequest<Op>,
    credentials: AwsCredentials | undefined,
  ): Effect.Effect<StsBackend.Answer<unknown>, StsBackend.BackendFailure> =>
    Effect.withFiber((fiber) => {
      const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
      const form = Query.encodeRequest(operation, request)
      const headers = headersOf(form, credentials, now + fiber.getRef(StsBackend.ClockOffset))
      let head: Head | undefined
      const known = (): Known => (head === undefined ? {} : knownOf(head, now))
      const fail = (reason: StsError.Reason) => Effect.fail(new StsBackend.BackendFailure({ ...known(), reason }))
      return exchange({ url, headers, form, maxBytes, timeout }, (seen) => {
        head = seen
      }).pipe(
        Effect.matchEffect({
          onFailure: (failure) => fail(reasonOf(failure, timeout)),
          onSuccess: (body) =>
            head === undefined
              ? fail(new StsError.TransportError({ message: sentences.NoAnswer }))
              : Effect.fromResult(read(operation, head, body, known())),
        }),
      )
    })

  return StsBackend.StsBackend.of({ execute, region: signingRegion })
})

const layerOf = <R>(options: Options, exchange: Effect.Effect<Exchange, never, R>) =>
  Layer.provide(Sts.layer, Layer.effect(StsBackend.StsBackend, make(options, exchange)))

/**
 * `Sts` over the `HttpClient` of the context: your proxies, tracing and mocks. See {@link layer} for what it does with
 * `fetch` inside.
 *
 * Give it a client without retries of its own: core retries, and counts attempts. With a client made of `fetch`,
 * redirects are refused in any case; a `FetchHttpClient.RequestInit` must be in the context of this layer or of the
 * calls.
 *
 * **Example** (Without `fetch` on Node, for a quicker cold start)
 *
 * ```ts
 * import * as StsFetch from "@effect-sts/fetch/StsFetch"
 * import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const layer = Layer.provide(
 *   StsFetch.layerNoDeps({ region: "eu-west-1" }),
 *   NodeHttpClient.layerNodeHttpOptions({ keepAlive: true }),
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoDeps = (options: Options): Layer.Layer<Sts.Sts, InvalidOptions, HttpClient.Client> =>
  layerOf(options, HttpClient.make)

/**
 * `Sts` over `fetch`. Fails at start, with `InvalidOptions`, where the options do not say where STS is: without a region,
 * or with an endpoint that is no URL or goes with FIPS or dual-stack, which only AWS's own endpoints have.
 *
 * One attempt of a call fails with
 *
 * - what STS answered, by its code;
 * - `TransportError` where no whole answer came within `timeout`; its `isSent` is false where there was no connection;
 * - `InvalidResponse` where something else answered, or redirected, or sent more than `maxResponseSize`;
 * - `Throttling` for any answer of HTTP 429.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Sts.Sts, InvalidOptions> => layerOf(options, Fetch.make)

const text = (name: string): Config.Config<string | undefined> =>
  Config.map(Config.option(Config.String(name)), (found) => Option.getOrUndefined(found) || undefined)

const flag = (name: string): Config.Config<boolean> => Config.withDefault(Config.Boolean(name), false)

/**
 * The options, from the variables that all AWS SDKs read: `AWS_REGION` or else `AWS_DEFAULT_REGION`,
 * `AWS_ENDPOINT_URL_STS` or else `AWS_ENDPOINT_URL` unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`,
 * `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`. Empty ones count as missing.
 *
 * **Example** (Changing an option)
 *
 * ```ts
 * import * as StsFetch from "@effect-sts/fetch/StsFetch"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const layer = Layer.unwrap(
 *   Effect.map(StsFetch.config, (options) => StsFetch.layer({ ...options, timeout: "3 seconds" })),
 * )
 * ```
 *
 * @category config
 * @since 0.1.0
 */
export const config: Config.Config<Options> = /*#__PURE__*/ Config.map(
  /*#__PURE__*/ Config.all({
    region: /*#__PURE__*/ text("AWS_REGION"),
    defaultRegion: /*#__PURE__*/ text("AWS_DEFAULT_REGION"),
    stsEndpoint: /*#__PURE__*/ text("AWS_ENDPOINT_URL_STS"),
    anyEndpoint: /*#__PURE__*/ text("AWS_ENDPOINT_URL"),
    ignoreEndpoints: /*#__PURE__*/ flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    useFips: /*#__PURE__*/ flag("AWS_USE_FIPS_ENDPOINT"),
    useDualStack: /*#__PURE__*/ flag("AWS_USE_DUALSTACK_ENDPOINT"),
  }),
  ({ anyEndpoint, defaultRegion, ignoreEndpoints, region, stsEndpoint, useDualStack, useFips }) => ({
    region: region ?? defaultRegion ?? "",
    endpoint: ignoreEndpoints ? undefined : (stsEndpoint ?? anyEndpoint),
    useDualStack,
    useFips,
  }),
)

/**
 * {@link layer} with its options from the configuration: see {@link config}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig: Layer.Layer<Sts.Sts, InvalidOptions | Config.ConfigError> = /*#__PURE__*/ Layer.unwrap(
  /*#__PURE__*/ Effect.map(config, layer),
)
