/**
 * How a call to STS is tried again: throttling (which STS answers with HTTP 400), server errors, an identity provider
 * out of reach, and a transport that failed.
 *
 * A call that carries an MFA code is tried again only when STS certainly did not get it, whatever the policy says.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { StsError } from "./StsError.ts"

/**
 * The policy's settings.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** Attempts in all, the first included. 1 turns retry off. 3 by default. */
  readonly attempts: number
  /** The longest that the first retry waits; each later one may wait twice as long. 100 milliseconds by default. */
  readonly baseDelay: Duration.Input
  /**
   * The longest that any retry waits, 20 seconds by default. Where STS asks for more, with `Retry-After`, the call is
   * not tried again.
   */
  readonly maxDelay: Duration.Input
  /** Whether an error is worth another attempt. Its own `isRetryable` by default. */
  readonly isRetryable: (error: StsError) => boolean
}

/**
 * The policy in force: 3 attempts in all, full-jitter exponential backoff from 100 milliseconds to 20 seconds, for the
 * errors that say `isRetryable`.
 *
 * @category references
 * @since 0.1.0
 */
export const RetryPolicy = Context.Reference<Settings>("@effect-sts/core/RetryPolicy", {
  defaultValue: () => ({
    attempts: 3,
    baseDelay: "100 millis",
    maxDelay: "20 seconds",
    isRetryable: (error) => error.isRetryable,
  }),
})

/**
 * Changes some settings for an effect.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withRetryPolicy =
  (settings: Partial<Settings>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.updateService(effect, RetryPolicy, (policy) => ({ ...policy, ...settings }))

/**
 * The wait before the next attempt: uniformly between nothing and the exponential limit (full jitter), or what STS asked
 * for with `Retry-After`, if that is longer. Draws from Effect's `Random`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const delay = (
  policy: Settings,
  attempts: number,
  retryAfter: Duration.Duration | undefined,
): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (random) => {
    const limit = Math.min(
      Duration.toMillis(policy.baseDelay) * 2 ** (attempts - 1),
      Duration.toMillis(policy.maxDelay),
    )
    return Duration.max(Duration.millis(random * limit), retryAfter ?? Duration.zero)
  })
