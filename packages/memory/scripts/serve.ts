/**
 * `pnpm serve --world FILE --port N [--now ISO]`: a world behind HTTP on 127.0.0.1, until it is interrupted.
 *
 * - `--world` a file with a world as JSON; the demo world where it is left out.
 * - `--port` 0, the default, is any that is free.
 * - `--now` stops the world's clock at an instant: `2026-07-13T10:00:00Z`.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import process from "node:process"
import { parseArgs } from "node:util"
import * as NodeStsServer from "../src/NodeStsServer.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as CommandLine from "./commandLine.ts"

const readOptions = (args: Array<string>) => {
  const { values } = parseArgs({
    args,
    options: { world: { type: "string" }, port: { type: "string", default: "0" }, now: { type: "string" } },
  })
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error("--port takes a number from 0 to 65535")
  return { ...values, port, now: values.now === undefined ? undefined : CommandLine.readInstant(values.now) }
}

const main = Effect.gen(function* () {
  const { now, port, world } = yield* Effect.try({
    try: () => readOptions(CommandLine.args()),
    catch: CommandLine.toUsageError,
  })
  yield* Effect.gen(function* () {
    const url = yield* NodeStsServer.listen({ port })
    yield* Effect.sync(() => console.log(`sts listening on ${url}`))
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(StsMemory.layerWorld(CommandLine.readWorld(world))), CommandLine.at(now))
}).pipe(CommandLine.reportFailure)

const fiber = Effect.runFork(main)
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => Effect.runFork(Fiber.interrupt(fiber)))
}
