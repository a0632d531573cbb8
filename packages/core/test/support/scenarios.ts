/**
 * What goes wrong with credentials in the field, run on ours. The field's figures are the JavaScript SDK's (3.1169.0,
 * measured against an STS on loopback). `scripts/scenarios.ts` prints the table, `scenarios.test.ts` holds us to it.
 */
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import * as ScriptedSource from "./scriptedSource.ts"
import * as StubSts from "./stubSts.ts"

export interface Scenario {
  readonly name: string
  readonly field: string
  readonly expected: string
  /** What is measured, in the words of `expected`. */
  readonly ours: Effect.Effect<string, unknown>
}

const minutes = (count: number) => count * 60_000

const { role } = StubSts

const onStub = <A, E>(
  body: (stub: StubSts.Stub) => Effect.Effect<A, E, Layer.Success<ReturnType<typeof StubSts.layer>>>,
  policy: Partial<RefreshPolicy.Settings> = {},
) =>
  Effect.suspend(() => {
    const stub = StubSts.make()
    return Effect.provide(body(stub), StubSts.layer(stub).pipe(Layer.provide(RefreshPolicy.layer(policy))))
  })

const assumed = (stub: StubSts.Stub, name?: string) => {
  const calls = stub.issued().filter((call) => call.includes(" AssumeRole ") && call.endsWith(name ?? ""))
  return `${calls.length} AssumeRole`
}

/** A client that asks for credentials before each of its calls. */
class Client extends Context.Service<Client, { readonly call: Effect.Effect<string, unknown> }>()("Client") {
  static readonly layer = Layer.effect(
    Client,
    Effect.map(Effect.context<CredentialStack.CredentialStack>(), (context) => ({
      call: Effect.provideContext(ScriptedSource.key, context),
    })),
  )
}

const threeClients = onStub((stub) =>
  Effect.gen(function* () {
    const clients = yield* Effect.all(
      Array.from({ length: 3 }, () => Layer.build(CredentialStack.provide(role("A"))(Client.layer))),
    )
    yield* Effect.all(
      clients.flatMap((client) => Array.from({ length: 10 }, () => Context.get(client, Client).call)),
      { concurrency: "unbounded" },
    )
    return assumed(stub)
  }).pipe(Effect.scoped),
)

const sharedParent = onStub((stub) =>
  Effect.gen(function* () {
    const chain = (name: string) =>
      StubSts.current.pipe(CredentialStack.use(role(name)), CredentialStack.use(role("parent")))
    yield* Effect.all([chain("A"), chain("B")], { concurrency: "unbounded" })
    return `${assumed(stub, "parent")} of the parent`
  }),
)

/** An outage of STS from minute 40 to 80, 60-minute keys, and a call every 10 seconds for two hours. */
const outage = (onOutage: "serveStale" | "fail") =>
  onStub(
    (stub) =>
      Effect.gen(function* () {
        const failed: Array<number> = []
        for (let now = 0; now <= minutes(120); now += 10_000) {
          yield* TestClock.setTime(now)
          stub.settings.isOut = now >= minutes(40) && now < minutes(80)
          const call = yield* Effect.forkChild(Effect.result(StubSts.current), { startImmediately: true })
          // Time for a retry, where one is made.
          yield* TestClock.adjust("5 seconds")
          if (Result.isFailure(yield* Fiber.join(call))) failed.push(now)
        }
        return { failed, requests: stub.calls.map(({ at }) => at) }
      }).pipe(CredentialStack.use(role("A"))),
    { onOutage },
  )

/** The most requests in any 5 minutes. */
const mostInFiveMinutes = (requests: ReadonlyArray<number>) =>
  Math.max(...requests.map((start) => requests.filter((time) => time >= start && time < start + minutes(5)).length))

const servedThroughOutage = Effect.map(
  outage("serveStale"),
  ({ failed, requests }) =>
    `${failed.length} failed calls, at most ${mostInFiveMinutes(requests)} request in 5 minutes`,
)

const failingInOutage = Effect.map(outage("fail"), ({ failed }) => {
  const [first = 0, last = 0] = [failed[0], failed.at(-1)]
  const isRecovered = last < minutes(80 + 10)
  return `failures from minute ${first / minutes(1)}, ${isRecovered ? "recovered within one backoff" : `the last at minute ${last / minutes(1)}`}`
})

const alreadyExpired = Effect.gen(function* () {
  const scripted = ScriptedSource.make()
  scripted.script.outcome = "already expired"
  const result = yield* Effect.result(CredentialStack.use(scripted.source)(ScriptedSource.key))
  return Result.isSuccess(result) ? "used" : "refused"
}).pipe(Effect.provide(CredentialStack.layerEmpty))

const aborted = Effect.gen(function* () {
  const scripted = ScriptedSource.make()
  scripted.script.outcome = "silence"
  const fiber = yield* Effect.forkChild(CredentialStack.use(scripted.source)(ScriptedSource.key), {
    startImmediately: true,
  })
  yield* Fiber.interrupt(fiber)
  return scripted.calls.length === 1 && scripted.seen.interrupted === 1 ? "cancelled" : "goes on"
}).pipe(Effect.provide(CredentialStack.layerEmpty))

const chain = onStub((stub) =>
  Effect.gen(function* () {
    stub.settings.lifetime = 240
    yield* StubSts.whoami.pipe(
      CredentialStack.use(role("C")),
      CredentialStack.use(role("B")),
      CredentialStack.use(role("A")),
    )
    return assumed(stub)
  }),
)

const oneDevice = onStub(() =>
  Effect.gen(function* () {
    let prompts = 0
    const tokenCode = Effect.gen(function* () {
      prompts++
      yield* Effect.sleep("5 seconds")
      return String(100_000 + Math.floor((yield* Clock.currentTimeMillis) / 30_000))
    })
    const mfa = { serialNumber: "arn:aws:iam::111111111111:mfa/alice", tokenCode }
    const call = StubSts.current.pipe(
      CredentialStack.use(role("A")),
      CredentialStack.use(CredentialSource.sessionToken({ mfa })),
    )
    const fibers = yield* Effect.all(Array.from({ length: 3 }, () => Effect.forkChild(call)))
    yield* TestClock.adjust("10 minutes")
    yield* Fiber.joinAll(fibers)
    return `${prompts} prompt`
  }),
)

export const all: ReadonlyArray<Scenario> = [
  {
    name: "one provider in 3 clients, 10 calls each",
    field: "3 AssumeRole",
    expected: "1 AssumeRole",
    ours: threeClients,
  },
  {
    name: "two chains with a shared parent",
    field: "2 AssumeRole of the parent",
    expected: "1 AssumeRole of the parent",
    ours: sharedParent,
  },
  {
    name: "outage from minute 40 to 80 of 60-minute keys",
    field: "every call fails from minute 55, one request for each",
    expected: "0 failed calls, at most 1 request in 5 minutes",
    ours: servedThroughOutage,
  },
  {
    name: `the same with onOutage: "fail"`,
    field: "every call fails from minute 55",
    expected: "failures from minute 60, recovered within one backoff",
    ours: failingInOutage,
  },
  { name: "an answer that has expired already", field: "used", expected: "refused", ours: alreadyExpired },
  { name: "an aborted call", field: "goes on", expected: "cancelled", ours: aborted },
  { name: "A>B>C with short keys, one call", field: "25 AssumeRole", expected: "3 AssumeRole", ours: chain },
  { name: "3 concurrent calls behind one MFA device", field: "7 prompts", expected: "1 prompt", ours: oneDevice },
]

/** Runs one, on a clock of its own. */
export const measure = ({ ours }: Scenario) =>
  Effect.map(
    Effect.exit(Effect.scoped(ours)).pipe(
      Random.withSeed("scenarios"),
      Effect.provide(Layer.merge(TestClock.layer(), Logger.layer([]))),
    ),
    (exit) => (Exit.isSuccess(exit) ? exit.value : String(exit)),
  )
