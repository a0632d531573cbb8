/**
 * A law that every backend must keep, as data: it runs with vitest (`Conformance.suite`) and without.
 *
 * ```ts
 * import * as Law from "@effect-sts/conformance/Law"
 * import * as Laws from "@effect-sts/conformance/Laws"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * const verdicts = Effect.forEach(Laws.all, (law) => Law.check(law, { layer: StsMemory.layer }))
 * ```
 *
 * @since 0.1.0
 */
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import type * as Sts from "@effect-sts/core/Sts"
import type * as StsMemory from "@effect-sts/memory/StsMemory"
import type * as World from "@effect-sts/memory/World"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Violation } from "./internal/expect.ts"
import { start, world } from "./internal/world.ts"

/**
 * In what backends may differ. A law that needs what a backend has not is skipped for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Capabilities {
  /** STS has a clock of its own, so that the caller's may be wrong, and the answers tell the time. True by default. */
  readonly ownClock: boolean
  /** A request that an outage kept from being sent is known to be unsent: `isSent: false`. False by default. */
  readonly unsent: boolean
}

/**
 * What most backends are: over a network.
 *
 * @category models
 * @since 0.1.0
 */
export const defaultCapabilities: Capabilities = { ownClock: true, unsent: false }

/**
 * A backend, as the laws see it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend {
  /**
   * `Sts` over the backend, and the hands on the world which answers it. Each time it is built there is a new world.
   *
   * It is built under a `TestClock`: whatever serves the world must take its time from Effect's Clock, as `StsMemory`
   * and `StsServer` do.
   */
  readonly layer: (world: World.Encoded) => Layer.Layer<Sts.Sts | StsMemory.StsMemory, unknown>
  readonly capabilities?: Partial<Capabilities> | undefined
}

/**
 * A law.
 *
 * @category models
 * @since 0.1.0
 */
export interface Law {
  /** A sentence, which says what holds. No two laws have the same. */
  readonly name: string
  /** What a backend must have for it. */
  readonly needs?: keyof Capabilities | undefined
  /** Fails, with whatever, where it does not hold. It runs over the suite's world, under a `TestClock`. */
  readonly holds: Effect.Effect<void, unknown, Sts.Sts | StsMemory.StsMemory | Scope.Scope>
}

/**
 * A backend breaks a law.
 *
 * @category errors
 * @since 0.1.0
 */
export class Broken extends Data.TaggedError("Broken")<{ readonly law: string; readonly message: string }> {}

/**
 * What becomes of a law that is not broken.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict = "holds" | "skipped"

/**
 * The capability that a backend would need for a law, and has not.
 *
 * @category accessors
 * @since 0.1.0
 */
export const missing = (law: Law, { capabilities }: Backend): keyof Capabilities | undefined =>
  law.needs === undefined || { ...defaultCapabilities, ...capabilities }[law.needs] ? undefined : law.needs

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const [first] = cause.reasons
  return first !== undefined && Cause.isFailReason(first) && first.error instanceof Violation
    ? first.error.message
    : Cause.pretty(cause)
}

/** Of the machine's own time. Laws take milliseconds. */
const limit = Duration.seconds(20)

/**
 * Runs a law over a backend, in a fresh world, at the beginning of its time. Under the machine's own clock: a law that
 * does not come to an end is broken after 20 seconds.
 *
 * @category running
 * @since 0.1.0
 */
export const check = (law: Law, backend: Backend): Effect.Effect<Verdict, Broken> => {
  if (missing(law, backend) !== undefined) return Effect.succeed("skipped")
  const broken = (message: string) => new Broken({ law: law.name, message })
  return Effect.suspend(() => law.holds).pipe(
    // Under a TestClock a wait that nobody expects would never end.
    RetryPolicy.withRetryPolicy({ baseDelay: 0 }),
    Effect.scoped,
    Effect.provide(backend.layer(world), { local: true }),
    (inWorld) => Effect.andThen(TestClock.setTime(start), inWorld),
    Random.withSeed("laws"),
    // The limit below says it, where a law waits for a time that never comes.
    Effect.provide(TestClock.layer({ warningDelay: "1 hour" }), { local: true }),
    Effect.as<Verdict>("holds"),
    Effect.catchCause((cause) => Effect.fail(broken(messageOf(cause)))),
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => Effect.fail(broken(`it does not come to an end within ${Duration.format(limit)}`)),
    }),
  )
}
