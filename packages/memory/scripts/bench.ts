/**
 * `pnpm bench` in this package: how many calls a world answers in a second on one core, and how long a large one takes to
 * load. Times are the processor's for this thread, so neighbours on the machine count little; each is the median of some
 * runs, after one to warm up.
 */
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import process from "node:process"
import * as Backend from "../src/internal/backend.ts"
import * as Door from "../src/internal/engine/door.ts"
import * as Engine from "../src/internal/engine/engine.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import * as Worlds from "../src/Worlds.ts"

const runs = 9
const calls = 20_000

/** Milliseconds of the processor. */
const processorTime = () => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}

const medianOf = (times: ReadonlyArray<number>): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

/** Milliseconds for one of `count` times; `prepare` gives what is measured, anew for each run. */
const measure = Effect.fnUntraced(function* <E, E2, R>(
  count: number,
  prepare: Effect.Effect<Effect.Effect<unknown, E, R>, E2, R>,
) {
  const times: Array<number> = []
  for (let run = 0; run <= runs; run++) {
    const measured = yield* prepare
    const start = processorTime()
    for (let index = 0; index < count; index++) yield* measured
    if (run > 0) times.push((processorTime() - start) / count)
  }
  return medianOf(times)
})

const print = (what: string, millis: number) =>
  console.log(
    millis < 1
      ? `${what.padEnd(42)} ${(millis * 1000).toFixed(1).padStart(8)} µs ${Math.round(1000 / millis)
          .toLocaleString("en")
          .padStart(9)} a second`
      : `${what.padEnd(42)} ${millis.toFixed(0).padStart(8)} ms`,
  )

const role = "arn:aws:iam::111111111111:role/deployer"
const encoded = { RoleArn: role, RoleSessionName: "bench" }
const input = { roleArn: role, roleSessionName: "bench" }

/** A new world for each run, so that none is slowed by the sessions of another. */
const fresh = Effect.map(Layer.build(Layer.fresh(StsMemory.layer(Worlds.oneRole()))), (context) => {
  const memory = Context.get(context, StsMemory.StsMemory)
  return { engine: memory[Door.engineOf](), memory, sts: Context.get(context, Sts.Sts) }
}).pipe(Effect.scoped)

const alice = Effect.flatMap(fresh, ({ memory }) => memory.credentials("arn:aws:iam::111111111111:user/alice"))

const answers = Effect.gen(function* () {
  const credentials = yield* alice
  const secret = Redacted.value(credentials.secretAccessKey)
  const proof = {
    accessKeyId: credentials.accessKeyId,
    sessionToken: undefined,
    isSignedWith: (expected: Redacted.Redacted) => Redacted.value(expected) === secret,
  }
  const now = Date.now()
  const onEngine = (call: Engine.Request) => Effect.map(fresh, ({ engine }) => Engine.handle(engine, now, call))
  const onBackend = Effect.map(fresh, ({ engine }) =>
    Effect.provideService(Backend.make(engine).execute(AssumeRole, encoded, credentials), StsBackend.ClockOffset, 0),
  )
  print(
    "GetCallerIdentity, the engine",
    yield* measure(calls, onEngine({ operation: GetCallerIdentity, request: {}, proof })),
  )
  print("AssumeRole, the engine", yield* measure(calls, onEngine({ operation: AssumeRole, request: encoded, proof })))
  print("AssumeRole, the backend", yield* measure(calls, onBackend))
  print(
    "AssumeRole, Sts.call",
    yield* measure(
      calls,
      Effect.map(fresh, ({ sts }) => sts.call(AssumeRole, input, credentials)),
    ),
  )
})

const loading = Effect.gen(function* () {
  const world = Worlds.tenants(10_000)
  const json = JSON.stringify(world)
  const read = yield* World.decode(world)
  const engine = Engine.make(read)
  print(
    "a world of 10,000 roles, JSON to engine",
    yield* measure(1, Effect.succeed(Effect.map(World.fromJson(json), Engine.make))),
  )
  print("a snapshot of it", yield* measure(1, Effect.succeed(Effect.sync(() => Engine.copy(engine)))))
})

await Effect.runPromise(Effect.andThen(answers, loading))
