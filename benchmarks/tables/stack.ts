/** What the credential stack costs where nothing is sent, and what heap its sessions take. */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { AssumeRoleResponse } from "@effect-sts/core/operations/AssumeRole"
import * as Sts from "@effect-sts/core/Sts"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import process from "node:process"
import { contender, digits, interleave, limit, peer, reasonOf, type Row, type Section, times } from "../harness.ts"

class Plain extends Context.Service<Plain, { readonly value: number }>()("Plain") {}

const expiration = Date.now() + 3_600_000

const base = CredentialStack.layer(
  CredentialSource.fromEffect(
    Effect.succeed({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret", expiration }),
  ),
)

/** Its fields are made anew for each answer, as those of a real one are. */
const assumeRole: Sts.Mock["assumeRole"] = ({ roleArn }) => {
  const credentials = new AwsCredentials.AwsCredentials({
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    sessionToken: Redacted.make("token"),
    expiration: DateTime.makeUnsafe(expiration),
  })
  return AwsCredentials.isTemporary(credentials)
    ? Effect.succeed(
        new AssumeRoleResponse({ assumedRoleUser: { arn: roleArn, assumedRoleId: "AROA:bench" }, credentials }),
      )
    : Effect.die("unreachable")
}

const layer = Layer.provideMerge(base, Layer.merge(Sts.mock({ assumeRole }), Layer.succeed(Plain, { value: 1 })))

type Provided = Layer.Success<typeof layer>

const withRole = (name: string) => CredentialStack.withRole({ roleArn: `arn:aws:iam::111111111111:role/${name}` })

const read = "reading a service"
const current = "CredentialStack.current"

const costs = async (): Promise<Section> => {
  const runtime = ManagedRuntime.make(layer)
  const entry = (name: string, effect: Effect.Effect<unknown, unknown, Provided>) =>
    contender(
      name,
      () => (times) =>
        runtime.runPromise(
          Effect.gen(function* () {
            for (let time = 0; time < times; time++) yield* effect
          }),
        ),
    )
  const source = CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" })
  // As long as it runs, the session is there.
  const holder = runtime.runFork(withRole("live")(Effect.never))
  const results = await interleave(
    await Promise.all([
      entry(read, Plain),
      entry(current, CredentialStack.current),
      entry("a span, for comparison", Effect.withSpan(Effect.void, "span")),
      entry("use(source)", CredentialStack.use(source)(Effect.void)),
      entry("withRole, its session there", withRole("live")(Effect.void)),
      entry("push(source), and its scope", Effect.scoped(CredentialStack.push(source))),
    ]),
    { rounds: 60, millis: 20 },
  )
  await Effect.runPromise(Fiber.interrupt(holder))
  await runtime.dispose()
  return {
    title: "The credential stack, where nothing is sent",
    rows: results.rows("what", (name) => {
      const micros = results.median(name, "micros")
      return {
        µs: digits(micros),
        "of a service read": times(results.ratio(name, read, "micros")),
        "limit in µs more": name === current ? limit(micros - results.median(read, "micros"), "<=", 1) : "",
      }
    }),
  }
}

const sessions = 10_000

/** Bytes in use, and nothing that can be collected among them. */
export const heapUsed = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Heap of many fibers inside a `withRole`, and of what they leave when they have left it. */
const heapOf = Effect.fnUntraced(function* (nameOf: (index: number) => string) {
  const gate = yield* Deferred.make<void>()
  const before = heapUsed()
  const fibers = yield* Effect.forEach(Array.from({ length: sessions }), (_, index) =>
    Effect.forkChild(withRole(nameOf(index))(Deferred.await(gate))),
  )
  yield* Effect.sleep("1 second")
  const inside = heapUsed() - before
  yield* Deferred.succeed(gate, undefined)
  yield* Fiber.joinAll(fibers)
  fibers.length = 0
  return { inside, after: heapUsed() - before }
})

export interface HeapModule {
  /** Bytes that one of so many assumed roles takes. */
  readonly heapOfProviders: (count: number) => Promise<number>
}

const heap = async (): Promise<Section> => {
  const { held, idle } = await Effect.gen(function* () {
    const one = yield* heapOf(() => "one")
    const many = yield* heapOf((index) => `tenant-${index}`)
    return { held: (many.inside - one.inside) / sessions, idle: many.after / sessions }
  }).pipe(Effect.provide(layer), Effect.runPromise)
  const row = (what: string, bytes: number, bound = ""): Row => ({
    what,
    bytes: digits(bytes),
    limit: bound,
    "why not": "",
  })
  const providers = "fromTemporaryCredentials of the SDK, called once"
  const theirs = await peer<HeapModule>("providerHeap.ts")
    .then(({ heapOfProviders }) => heapOfProviders(500))
    .then(
      (bytes) => row(providers, bytes),
      (error: unknown) => ({ ...row(providers, NaN), "why not": reasonOf(error) }),
    )
  return {
    title: "Heap of one session",
    rows: [
      row("withRole, in use, beside a use of a session that is there", held, limit(held, "<=", 4096)),
      row("withRole, idle", idle, limit(idle, "<=", 4096)),
      theirs,
    ],
  }
}

export const run = async (): Promise<ReadonlyArray<Section>> => [await costs(), await heap()]
