// What cached credentials cost: the time of `CredentialStack.current` beside that of reading a service, and the heap of a
// live session beside its credential strings. Fails if they cost more than a microsecond, or 4 KiB.
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { AssumeRoleResponse } from "@effect-sts/core/operations/AssumeRole"
import * as Sts from "@effect-sts/core/Sts"
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { performance } from "node:perf_hooks"
import process from "node:process"

class Plain extends Context.Service<Plain, { readonly value: number }>()("Plain") {}

const reads = 1000
const rounds = 300

/** Nanoseconds of one effect among many in a generator: the best of some rounds. */
const nanosOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let best = Infinity
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      for (let read = 0; read < reads; read++) yield* effect
      best = Math.min(best, ((performance.now() - start) / reads) * 1e6)
    }
    return best
  })

const base = CredentialStack.layer(
  CredentialSource.fromEffect(
    Effect.sync(() => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", expiration: Date.now() + 3_600_000 })),
  ),
)

const timed = Effect.gen(function* () {
  const service = yield* nanosOf(Plain)
  const current = yield* nanosOf(CredentialStack.current)
  return { service, current, ratio: current / service, more: current - service }
}).pipe(Effect.provide(Layer.merge(base, Layer.succeed(Plain, { value: 1 }))))

const sessions = 10_000

const heap = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const credentials = new AwsCredentials.AwsCredentials({
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
  sessionToken: Redacted.make("token"),
  expiration: DateTime.makeUnsafe(Date.now() + 3_600_000),
})

const StsBench = Sts.mock({
  assumeRole: ({ roleArn }) =>
    AwsCredentials.isTemporary(credentials)
      ? Effect.succeed(
          new AssumeRoleResponse({ assumedRoleUser: { arn: roleArn, assumedRoleId: "AROA:bench" }, credentials }),
        )
      : Effect.die("unreachable"),
})

const withTenant = (index: number) =>
  CredentialStack.withRole({ roleArn: `arn:aws:iam::111111111111:role/tenant${index}` })

/** Heap of many fibers inside a `withRole`, and of what they leave when they have left it. */
const heapOf = Effect.fnUntraced(function* (tenantOf: (index: number) => number) {
  const gate = yield* Deferred.make<void>()
  const before = heap()
  const fibers = yield* Effect.forEach(Array.from({ length: sessions }), (_, index) =>
    Effect.forkChild(withTenant(tenantOf(index))(Deferred.await(gate))),
  )
  yield* Effect.sleep("1 second")
  const inside = heap() - before
  yield* Deferred.succeed(gate, undefined)
  yield* Fiber.joinAll(fibers)
  fibers.length = 0
  return { inside, after: heap() - before }
})

/** Bytes per session: in use, beside what as many uses of one session cost, and idle. */
const measured = Effect.gen(function* () {
  const one = yield* heapOf(() => -1)
  const many = yield* heapOf((index) => index)
  return { held: (many.inside - one.inside) / sessions, idle: many.after / sessions }
}).pipe(Effect.provide(Layer.merge(base, StsBench)))

const { current, more, ratio, service } = await Effect.runPromise(timed)
const { held, idle } = await Effect.runPromise(measured)

console.table([
  { what: "reading a service", figure: `${service.toFixed(0)} ns` },
  { what: "CredentialStack.current", figure: `${current.toFixed(0)} ns, ${ratio.toFixed(1)} times as much` },
  { what: "the difference (limit 1000 ns)", figure: `${more.toFixed(0)} ns` },
  { what: "heap of a session in use, beside its uses (limit 4096)", figure: `${held.toFixed(0)} bytes` },
  { what: "heap of an idle session (limit 4096)", figure: `${idle.toFixed(0)} bytes` },
])
if (globalThis.gc === undefined) throw new Error("run with --expose-gc")
if (more > 1000 || held > 4096 || idle > 4096) process.exitCode = 1
