/**
 * How sessions get new credentials: when, how long they wait after a failure, and what an outage of STS does to the
 * callers. The defaults are the rules that the AWS SDKs agreed on in 2026.
 *
 * - In the **mandatory window**, the last minute of validity and all time after, a caller waits for new credentials.
 * - In the **advisory window** before it, one caller refreshes and waits; all others get the current set at once.
 * - A **recoverable failure** (network, 5xx, throttling) keeps the current set in use, logs a warning, and leaves the
 *   source alone for a random time of `backoff`.
 *   Its STS call is then one request, whatever the `RetryPolicy`: retries are for when there is no set to go on with.
 * - A **non-recoverable failure** (AccessDenied and its like) is raised at once and remembered for `errorMemory`.
 *
 * ```ts
 * import * as CredentialSource from "@effect-sts/core/CredentialSource"
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
 * import * as Layer from "effect/Layer"
 *
 * const layer = CredentialStack.layer(CredentialSource.fromConfig).pipe(
 *   Layer.provide(RefreshPolicy.layer({ onOutage: "fail" }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * A random time is drawn uniformly between the two.
 *
 * @category models
 * @since 0.1.0
 */
export interface Range {
  /** The shortest time. */
  readonly min: Duration.Input
  /** The longest time. */
  readonly max: Duration.Input
}

/**
 * The policy's settings.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** The last part of the validity in which callers wait for new credentials. 1 minute by default. */
  readonly mandatoryWindow: Duration.Input
  /**
   * The part before the end in which one caller refreshes, by the lifetime that the credentials were issued with.
   * {@link advisoryWindow} by default.
   */
  readonly advisoryWindow: Duration.Input | ((lifetime: Duration.Duration) => Duration.Input)
  /** How long the source is left alone after a recoverable failure. 5 to 10 minutes by default. */
  readonly backoff: Range
  /** How long a non-recoverable failure is given again without asking the source. 1 to 5 seconds by default. */
  readonly errorMemory: Range
  /**
   * Whether an expired set is served while its source cannot be reached, or is an error. A valid set is always served.
   * `serveStale` by default.
   */
  readonly onOutage: "serveStale" | "fail"
  /**
   * How long a source may take, 20 seconds by default, so that none hangs a caller forever. Waiting for a person's MFA code is not counted. A
   * source that cannot be interrupted (`Effect.uninterruptible`) keeps its callers until it ends.
   */
  readonly loadTimeout: Duration.Input
}

const minutes = Duration.minutes

/**
 * The advisory window of the 2026 rules: the last 5 minutes of credentials issued for up to 20 minutes, the last 15 of
 * those for less than 90 minutes, the last 60 of all others.
 *
 * Of credentials for less than 10 minutes, which STS does not issue, it is the second half: else they would be renewed
 * for every call.
 *
 * @category combinators
 * @since 0.1.0
 */
export const advisoryWindow = (lifetime: Duration.Duration): Duration.Duration => {
  if (Duration.isLessThan(lifetime, minutes(10))) return Duration.millis(Duration.toMillis(lifetime) / 2)
  if (Duration.isLessThanOrEqualTo(lifetime, minutes(20))) return minutes(5)
  return Duration.isLessThan(lifetime, minutes(90)) ? minutes(15) : minutes(60)
}

/**
 * The policy that a root stack reads when it is made. A source can bring settings of its own with
 * `CredentialSource.withRefreshPolicy`.
 *
 * @category references
 * @since 0.1.0
 */
export const RefreshPolicy = Context.Reference<Settings>("@effect-sts/core/RefreshPolicy", {
  defaultValue: () => ({
    mandatoryWindow: minutes(1),
    advisoryWindow,
    backoff: { min: minutes(5), max: minutes(10) },
    errorMemory: { min: Duration.seconds(1), max: Duration.seconds(5) },
    onOutage: "serveStale",
    loadTimeout: Duration.seconds(20),
  }),
})

/**
 * Changes some settings, for the root stacks that are built with it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (settings: Partial<Settings>): Layer.Layer<never> =>
  Layer.effect(
    RefreshPolicy,
    Effect.map(RefreshPolicy, (policy) => ({ ...policy, ...settings })),
  )
