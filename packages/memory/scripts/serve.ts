/**
 * `pnpm serve --world FILE --port N [--now ISO]`: a world behind HTTP on 127.0.0.1, until it is interrupted.
 *
 * - `--world` a file with a world as JSON; the demo world where it is left out.
 * - `--port` 0, the default, is any that is free.
 * - `--now` stops the world's clock at an instant: `2026-07-13T10:00:00Z`.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import * as NodeStsServer from "../src/NodeStsServer.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"

/** The command line asks for what cannot be done. */
class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

const toUsageError = (cause: unknown) =>
  new UsageError({ message: cause instanceof Error ? cause.message : String(cause) })

const optionsOf = (args: ReadonlyArray<string>) => {
  const { values } = parseArgs({
    // pnpm and npm differ in whether they pass on the `--` that goes before the options of a script.
    args: args.filter((arg) => arg !== "--"),
    options: { world: { type: "string" }, port: { type: "string", default: "0" }, now: { type: "string" } },
  })
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error("--port takes a number from 0 to 65535")
  const now = values.now === undefined ? Option.none() : DateTime.make(values.now)
  if (values.now !== undefined && (Option.isNone(now) || !/^\d{4}-/.test(values.now))) {
    throw new Error("--now takes an instant like 2026-07-13T10:00:00Z")
  }
  return { ...values, port, now: Option.map(now, DateTime.toEpochMillis) }
}

const readWorld = (file: string): Effect.Effect<World.World, UsageError | World.WorldError> =>
  Effect.flatMap(
    Effect.tryPromise({
      // pnpm runs scripts where the package is, not where the caller was.
      try: () => readFile(resolve(process.env["INIT_CWD"] ?? process.cwd(), file), "utf8"),
      catch: toUsageError,
    }),
    World.fromJson,
  )

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

const main = Effect.gen(function* () {
  const { now, port, world } = yield* Effect.try({
    try: () => optionsOf(process.argv.slice(2)),
    catch: toUsageError,
  })
  const source = world === undefined ? World.demo : readWorld(world)
  const serve = Effect.gen(function* () {
    const url = yield* NodeStsServer.listen({ port })
    yield* Effect.sync(() => console.log(`sts listening on ${url}`))
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(StsMemory.layerWorld(source)))
  yield* Option.match(now, {
    onNone: () => serve,
    onSome: (now) => Effect.provideService(serve, Clock.Clock, stopped(now)),
  })
}).pipe(
  Effect.catch((error) =>
    Effect.sync(() => {
      console.error(error.message)
      process.exitCode = 1
    }),
  ),
)

const fiber = Effect.runFork(main)
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => Effect.runFork(Fiber.interrupt(fiber)))
}
