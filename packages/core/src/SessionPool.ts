/**
 * How a root stack shares sessions. Equal sources on the same session are one session, with one refresh for all its
 * users, and it is kept for a while after the last of them: `withRole` once per request is not AssumeRole once per
 * request.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * The pool's settings.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** How long a session stays after its last user. Zero: it ends with that user. 10 minutes by default. */
  readonly idleTimeToLive: Duration.Input
  /**
   * How many sessions the pool holds, 10,000 by default. When it is full the one that was idle longest goes; when none is idle, a new
   * session is made for its one user and not pooled.
   */
  readonly capacity: number
}

/**
 * The settings that a root stack reads when it is made: 10 minutes, 10,000 sessions.
 *
 * @category references
 * @since 0.1.0
 */
export const SessionPool = Context.Reference<Settings>("@effect-sts/core/SessionPool", {
  defaultValue: () => ({ idleTimeToLive: Duration.minutes(10), capacity: 10_000 }),
})

/**
 * Changes some settings, for the root stacks that are built with it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (settings: Partial<Settings>): Layer.Layer<never> =>
  Layer.effect(
    SessionPool,
    Effect.map(SessionPool, (pool) => ({ ...pool, ...settings })),
  )
