/**
 * What the scripts of this package take from the command line: a world, and an instant at which its clock stands still.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import process from "node:process"
import * as World from "../src/World.ts"

/** The command line asks for what cannot be done. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

export const toUsageError = (cause: unknown): UsageError =>
  new UsageError({ message: cause instanceof Error ? cause.message : String(cause) })

/** pnpm and npm differ in whether they pass on the `--` that goes before the options of a script. */
export const args = (): Array<string> => process.argv.slice(2).filter((arg) => arg !== "--")

/** Throws where it is no instant. */
export const readInstant = (text: string): number => {
  const instant = DateTime.make(text)
  if (Option.isNone(instant) || !/^\d{4}-/.test(text))
    throw new Error("--now takes an instant like 2026-07-13T10:00:00Z")
  return DateTime.toEpochMillis(instant.value)
}

const readFileOf = (file: string): Effect.Effect<World.World, UsageError | World.WorldError> =>
  Effect.flatMap(
    Effect.tryPromise({
      // pnpm runs scripts where the package is, not where the caller was.
      try: () => readFile(resolve(process.env["INIT_CWD"] ?? process.cwd(), file), "utf8"),
      catch: toUsageError,
    }),
    World.fromJson,
  )

/** A file's world; the demo world where no file is given. */
export const readWorld = (file: string | undefined): Effect.Effect<World.World, UsageError | World.WorldError> =>
  file === undefined ? World.decode(World.demo) : readFileOf(file)

const stopped = (now: number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => now,
  currentTimeMillis: Effect.succeed(now),
  currentTimeNanosUnsafe: () => BigInt(now) * 1_000_000n,
  currentTimeNanos: Effect.succeed(BigInt(now) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => 0n,
  monotonicTimeNanos: Effect.succeed(0n),
  // Nothing here waits, but for a test's latency, and there is no test.
  sleep: () => Effect.void,
})

/** Runs at an instant, or as time goes by. */
export const at =
  (now: number | undefined) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    now === undefined ? effect : Effect.provideService(effect, Clock.Clock, stopped(now))

/** Says in a line what is wrong, and lets the process end with 1. What the world does not have is a defect of its hands. */
export const reportFailure = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | void, never, R> =>
  Effect.catchCause(effect, (cause) =>
    Effect.sync(() => {
      if (Cause.hasInterruptsOnly(cause)) return
      console.error(toUsageError(Cause.squash(cause)).message)
      process.exitCode = 1
    }),
  )
