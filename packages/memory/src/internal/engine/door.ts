/**
 * How a transport comes to the engine: from the service that tests hold, and at what time.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Engine } from "./engine.ts"

/** Where the service `StsMemory` keeps its engine, so that it is no part of what users see. */
export const engineOf: unique symbol = Symbol("@effect-sts/memory/engine")

/** Waits as long as a call takes, and gives the time at which STS acts. */
export const arrival = (engine: Engine): Effect.Effect<number> =>
  Effect.suspend(() =>
    Duration.isZero(engine.latency)
      ? Clock.currentTimeMillis
      : Effect.andThen(Effect.sleep(engine.latency), Clock.currentTimeMillis),
  )
