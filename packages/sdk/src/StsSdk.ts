/**
 * The backend that speaks to STS over `@aws-sdk/client-sts`: your agents, proxies and middleware, the SDK's endpoints
 * and user agent.
 *
 * ```ts
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as SdkCredentials from "@effect-sts/sdk/SdkCredentials"
 * import * as StsSdk from "@effect-sts/sdk/StsSdk"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.map(Sts.getCallerIdentity, (identity) => identity.arn).pipe(
 *   Effect.provide(CredentialStack.layer(SdkCredentials.defaultChain)),
 *   Effect.provide(StsSdk.layer({ region: "eu-west-1" })),
 * )
 * ```
 *
 * Retry, credentials and the clock are core's, so that this backend behaves as the others do: the SDK makes one attempt,
 * and signs with what it is told.
 *
 * @since 0.1.0
 */
import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts"
import type { AwsCredentials } from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Attempt from "./internal/attempt.ts"
import { failureOf, knownOf } from "./internal/failure.ts"

/** What core decides, for all backends alike. */
type Decided =
  | "cacheMiddleware"
  | "credentialDefaultProvider"
  | "credentials"
  | "disableClockSkewCorrection"
  | "maxAttempts"
  | "retryMode"
  | "retryStrategy"
  | "signer"
  | "systemClockOffset"

/**
 * What this backend adds to the SDK's settings.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * The longest that one attempt may take, from sending it to the last byte of the answer; the request is aborted then.
   * 10 seconds by default. Core tries again, so a call may take several times as long.
   */
  readonly timeout?: Duration.Input | undefined
}

/**
 * The settings of an `STSClient`, without those that core decides: credentials, retry and the clock. What is left out
 * the SDK looks for where it always does: the region, say, in `AWS_REGION` and in `~/.aws/config`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<STSClientConfig, Decided>, CallOptions {}

/**
 * The settings do not say where STS is. The message says what to set.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>()("InvalidOptions", {
  /** What to set. */
  message: Schema.String,
}) {}

const missingRegion =
  'No region for STS. Set `region` in the options of StsSdk.layer, or AWS_REGION or AWS_DEFAULT_REGION for StsSdk.layerConfig, to one like "eu-west-1"'

const toInvalidOptions = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  return new InvalidOptions({ message: message === "Region is missing" ? missingRegion : message })
}

/** The longest that a timer counts to, which is 24 days. It makes a millisecond of all that is longer. */
const longestTimer = 2 ** 31 - 1

/** Fails where the client's calls would all fail before anything is sent. */
const locate = (client: STSClient): Effect.Effect<Attempt.Destination, InvalidOptions> =>
  Effect.tryPromise({ try: () => Attempt.locate(client), catch: toInvalidOptions })

const make = Effect.fnUntraced(function* (client: STSClient, options: CallOptions | undefined, isOwn: boolean) {
  const destination = yield* locate(client)
  const send = Attempt.sender(client, destination, isOwn)
  const timeout = Duration.fromInputUnsafe(options?.timeout ?? "10 seconds")

  const execute = <Op extends Operation.Any>(
    { name }: Op,
    request: Operation.EncodedRequest<Op>,
    credentials: AwsCredentials | undefined,
  ): Effect.Effect<StsBackend.Answer<unknown>, StsBackend.BackendFailure> =>
    Effect.withFiber((fiber) => {
      const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
      const time = now + fiber.getRef(StsBackend.ClockOffset)
      const progress = Attempt.begin()
      return Effect.callback((resume) => {
        const controller = new AbortController()
        const abort = () => controller.abort()
        // The machine's time and no Effect clock: it is a matter of sockets, and a fiber for it costs more than the rest.
        const timer = setTimeout(
          () => {
            const message = `No whole answer came within ${Duration.format(timeout)}`
            const reason = new StsError.TransportError({ message })
            resume(Effect.fail(new StsBackend.BackendFailure({ ...knownOf(progress, now), reason })))
            abort()
          },
          Math.min(Duration.toMillis(timeout), longestTimer),
        )
        const end = () => clearTimeout(timer)
        send({ operation: name, request, credentials, time, abortSignal: controller.signal }, progress)
          .finally(end)
          .then(
            (response) => resume(Effect.succeed({ ...knownOf(progress, now), response })),
            (error: unknown) => resume(Effect.fail(failureOf(error, progress, now))),
          )
        return Effect.sync(() => {
          end()
          abort()
        })
      })
    })

  return StsBackend.StsBackend.of({ execute, region: destination.region })
})

const layerOf = (client: STSClient, options: CallOptions | undefined, isOwn: boolean) =>
  Layer.provide(Sts.layer, Layer.effect(StsBackend.StsBackend, make(client, options, isOwn)))

/**
 * `Sts` over a client that is there already, with its agents, proxies and middleware. It is not changed and not
 * destroyed. Its own credentials, and its settings of retry, are never used: signed calls go out with the credentials
 * that core gives, unsigned ones with none.
 *
 * Fails at start as {@link layer} does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (client: STSClient, options?: CallOptions): Layer.Layer<Sts.Sts, InvalidOptions> =>
  layerOf(client, options, false)

/** Stands where the SDK would look for a chain of credential providers. Nothing asks it. */
const noCredentials = () => Promise.reject(new Error("the credentials of a call come from effect-sts"))

const acquire = (options: Options) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => new STSClient({ ...options, credentials: noCredentials }),
      catch: toInvalidOptions,
    }),
    (client) => Effect.sync(() => client.destroy()),
  )

/**
 * `Sts` over a client of its own, which is destroyed when the layer is released. Fails at start, with `InvalidOptions`,
 * where the settings do not say where STS is: without a region anywhere, or with an endpoint that is no URL or goes with
 * FIPS or dual-stack, which only AWS's own endpoints have.
 *
 * One attempt of a call fails with
 *
 * - what STS answered, by its code;
 * - `TransportError` where no whole answer came within `timeout`; its `isSent` is false where there was no connection;
 * - `InvalidResponse` where something else answered, or redirected;
 * - `Throttling` for any answer of HTTP 429.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Sts.Sts, InvalidOptions> =>
  Layer.unwrap(Effect.map(acquire(options), (client) => layerOf(client, options, true)))

const text = (name: string): Config.Config<string | undefined> =>
  Config.map(Config.option(Config.String(name)), (found) => Option.getOrUndefined(found) || undefined)

const flag = (name: string): Config.Config<boolean> => Config.withDefault(Config.Boolean(name), false)

/**
 * The options, from the variables that all AWS SDKs read: `AWS_REGION` or else `AWS_DEFAULT_REGION`,
 * `AWS_ENDPOINT_URL_STS` or else `AWS_ENDPOINT_URL` unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`,
 * `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`. Empty ones count as missing.
 *
 * They are read through Effect's Config, and the SDK does not look for the same again in the environment of the process
 * or in `~/.aws/config`.
 *
 * @category config
 * @since 0.1.0
 */
export const config: Config.Config<Options & { readonly region: string }> = /*#__PURE__*/ Config.map(
  /*#__PURE__*/ Config.all({
    region: /*#__PURE__*/ text("AWS_REGION"),
    defaultRegion: /*#__PURE__*/ text("AWS_DEFAULT_REGION"),
    stsEndpoint: /*#__PURE__*/ text("AWS_ENDPOINT_URL_STS"),
    anyEndpoint: /*#__PURE__*/ text("AWS_ENDPOINT_URL"),
    ignoreEndpoints: /*#__PURE__*/ flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    useFipsEndpoint: /*#__PURE__*/ flag("AWS_USE_FIPS_ENDPOINT"),
    useDualstackEndpoint: /*#__PURE__*/ flag("AWS_USE_DUALSTACK_ENDPOINT"),
  }),
  ({ anyEndpoint, defaultRegion, ignoreEndpoints, region, stsEndpoint, useDualstackEndpoint, useFipsEndpoint }) => {
    const endpoint = ignoreEndpoints ? undefined : (stsEndpoint ?? anyEndpoint)
    return {
      region: region ?? defaultRegion ?? "",
      ...(endpoint === undefined ? {} : { endpoint }),
      ignoreConfiguredEndpointUrls: true,
      useDualstackEndpoint,
      useFipsEndpoint,
    }
  },
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
