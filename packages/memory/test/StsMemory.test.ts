// The layer, and the test's hands on the world.
import { CredentialSource, CredentialStack, RetryPolicy, Sts, StsError } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  bob,
  getCallerIdentity,
  getSessionToken,
  inWorld,
  mfaArn,
  mfaSecret,
  roleArn,
  rootArn,
  secretOf,
  session,
  sessionArn,
  start,
  userArn,
  world,
} from "./support/world.ts"
import * as Totp from "../src/internal/totp.ts"

const throttling = new StsError.Throttling({ message: "Rate exceeded" })
const transport = new StsError.TransportError({ message: "connection reset" })
const once = RetryPolicy.withRetryPolicy({ attempts: 1 })

const outcomes = Effect.map(StsMemory.calls, (calls) => calls.map(({ outcome }) => outcome))

const codeOf = <A, E extends StsError.StsError, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)

describe("the layer", () => {
  it.effect("fails with all that is wrong with the world, and where", () =>
    Effect.gen(function* () {
      const wrong = { accounts: { "1111": {}, "111111111111": { rols: {} } } } as World.Encoded
      const error = yield* Effect.flip(Layer.build(StsMemory.layer(wrong)))
      assert.instanceOf(error, World.WorldError)
      assert.match(error.message, /"1111"/)
      assert.match(error.message, /rols/)
    }).pipe(Effect.scoped),
  )

  it.effect("is a new world each time it is built", () =>
    Effect.gen(function* () {
      const layer = StsMemory.layer(World.demo)
      const first = yield* Layer.build(Layer.fresh(layer))
      const second = yield* Layer.build(Layer.fresh(layer))
      yield* Context.get(first, StsMemory.StsMemory).setOutage(true)
      const arn = userArn("alice")
      const credentials = yield* Context.get(second, StsMemory.StsMemory).credentials(arn)
      const identity = yield* Effect.provide(getCallerIdentity(credentials), second)
      assert.strictEqual(identity.arn, arn)
      assert.strictEqual(yield* Effect.provide(codeOf(once(getCallerIdentity(credentials))), first), "TransportError")
    }).pipe(Effect.scoped),
  )

  it.effect("keeps two worlds in one graph apart", () =>
    Effect.gen(function* () {
      class One extends Context.Service<One, string>()("One") {}
      class Other extends Context.Service<Other, string>()("Other") {}
      const userId = Effect.flatMap(alice, (own) => Effect.map(getCallerIdentity(own), (identity) => identity.userId))
      const graph = Layer.merge(
        Layer.effect(One, userId).pipe(Layer.provide(StsMemory.layer(world))),
        Layer.effect(Other, userId).pipe(Layer.provide(StsMemory.layer({ ...world, seed: "other" }))),
      )
      const built = yield* Layer.build(graph)
      assert.notStrictEqual(Context.get(built, One), Context.get(built, Other))
    }).pipe(Effect.scoped),
  )

  it.effect("keeps one world through nested identities", () =>
    Effect.gen(function* () {
      yield* Sts.getCallerIdentity.pipe(
        CredentialStack.withRole({ roleArn: roleArn("chained"), roleSessionName: "test" }),
        CredentialStack.withRole({ roleArn: roleArn("account"), roleSessionName: "test" }),
      )
      assert.deepStrictEqual(
        (yield* StsMemory.calls).map(({ caller, operation }) => [operation, caller]),
        [
          ["AssumeRole", userArn("alice")],
          ["AssumeRole", sessionArn("account")],
          ["GetCallerIdentity", sessionArn("chained")],
        ],
      )
    }).pipe(Effect.provide(CredentialStack.layer(CredentialSource.fromEffect(alice))), inWorld()),
  )

  it.effect("shows nothing of itself", () =>
    Effect.gen(function* () {
      const memory = yield* StsMemory.StsMemory
      const sts = yield* Sts.Sts
      assert.strictEqual(JSON.stringify(memory.calls.toString()).includes(secretOf("AKIAALICE00000000000")), false)
      assert.strictEqual(JSON.stringify(sts), "{}")
    }).pipe(inWorld()),
  )
})

describe("calls", () => {
  it.effect("has every attempt, with its time, its caller and its outcome", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* getCallerIdentity(own)
      yield* TestClock.adjust("5 seconds")
      yield* codeOf(assumeRole(own, { roleArn: roleArn("nobody"), roleSessionName: "test" }))
      yield* getCallerIdentity(yield* session(own, roleArn("account")))
      const at = (seconds: number) => DateTime.makeUnsafe(start + seconds * 1000)
      const told = (yield* StsMemory.calls).map(({ caller, operation, outcome, time }) => ({
        operation,
        caller,
        time,
        outcome,
      }))
      assert.deepStrictEqual(told, [
        { operation: "GetCallerIdentity", caller: userArn("alice"), time: at(0), outcome: "Success" },
        { operation: "AssumeRole", caller: userArn("alice"), time: at(5), outcome: "AccessDenied" },
        { operation: "AssumeRole", caller: userArn("alice"), time: at(5), outcome: "Success" },
        { operation: "GetCallerIdentity", caller: sessionArn("account"), time: at(5), outcome: "Success" },
      ])
    }).pipe(inWorld()),
  )

  it.effect("is empty at the beginning", () =>
    Effect.gen(function* () {
      yield* alice
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(inWorld()),
  )
})

describe("failNext", () => {
  it.effect("fails the next calls with what is asked for, and then no more", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.failNext({ times: 2, reason: throttling })
      const error = yield* Effect.flip(once(getCallerIdentity(own)))
      assert.strictEqual(error.reason.message, "Rate exceeded")
      assert.strictEqual(error.httpStatus, 400)
      assert.isTrue(error.isRetryable)
      assert.isString(error.requestId)
      assert.strictEqual(yield* codeOf(once(getSessionToken(own, {}))), "Throttling")
      yield* getCallerIdentity(own)
      assert.deepStrictEqual(yield* outcomes, ["Throttling", "Throttling", "Success"])
    }).pipe(inWorld()),
  )

  it.effect("waits for the operation that it is for", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.failNext({ times: 1, reason: throttling, operation: "GetSessionToken" })
      yield* getCallerIdentity(own)
      assert.strictEqual(yield* codeOf(once(getSessionToken(own, {}))), "Throttling")
      yield* getSessionToken(own, {})
    }).pipe(inWorld()),
  )

  it.effect("works orders off in turn, and takes 0 times for none", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.failNext({ times: 0, reason: throttling })
      yield* StsMemory.failNext({ times: 1, reason: new StsError.InternalFailure({ message: "" }) })
      yield* StsMemory.failNext({ times: 1, reason: new StsError.ServiceUnavailable({ message: "" }) })
      yield* StsMemory.failNext({ times: 1, reason: transport })
      const errors = yield* Effect.replicateEffect(Effect.flip(once(getCallerIdentity(own))), 3)
      assert.deepStrictEqual(
        errors.map(({ httpStatus, reason, requestId }) => [reason._tag, httpStatus, requestId === undefined]),
        [
          ["InternalFailure", 500, false],
          ["ServiceUnavailable", 503, false],
          ["TransportError", undefined, true],
        ],
      )
      yield* getCallerIdentity(own)
    }).pipe(inWorld()),
  )

  it.effect("is got over by core's retry", () =>
    Effect.gen(function* () {
      yield* StsMemory.failNext({ times: 2, reason: transport })
      const fiber = yield* Effect.forkChild(getCallerIdentity(yield* alice))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).arn, userArn("alice"))
      assert.deepStrictEqual(yield* outcomes, ["TransportError", "TransportError", "Success"])
    }).pipe(inWorld()),
  )

  it.effect("changes nothing in the world", () =>
    Effect.gen(function* () {
      const serialNumber = mfaArn("alice")
      const mfa = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
      yield* StsMemory.failNext({ times: 1, reason: throttling })
      assert.strictEqual(yield* codeOf(getSessionToken(yield* alice, { mfa })), "Throttling")
      yield* getSessionToken(yield* alice, { mfa })
    }).pipe(inWorld()),
  )
})

describe("setLatency", () => {
  it.effect("makes every call take that long, on Effect's clock", () =>
    Effect.gen(function* () {
      yield* StsMemory.setLatency("2 seconds")
      const fiber = yield* Effect.forkChild(getSessionToken(yield* alice, { duration: "15 minutes" }))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const { credentials } = yield* Fiber.join(fiber)
      assert.strictEqual(DateTime.toEpochMillis(credentials.expiration), Math.floor(start / 1000) * 1000 + 902_000)
      yield* StsMemory.setLatency(0)
      yield* getCallerIdentity(yield* alice)
    }).pipe(inWorld()),
  )

  it.effect("can be interrupted, and then nothing has happened", () =>
    Effect.gen(function* () {
      yield* StsMemory.setLatency("2 seconds")
      const fiber = yield* Effect.forkChild(getSessionToken(yield* alice, {}))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(inWorld()),
  )
})

describe("setOutage", () => {
  it.effect("puts STS out of reach until it is over", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.setOutage(true)
      const { reason } = yield* Effect.flip(once(getCallerIdentity(own)))
      assert.deepInclude(reason, { _tag: "TransportError", isSent: false })
      yield* StsMemory.setOutage(false)
      yield* getCallerIdentity(own)
    }).pipe(inWorld()),
  )

  it.effect("keeps the failures that were ordered for afterwards", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.failNext({ times: 1, reason: throttling })
      yield* StsMemory.setOutage(true)
      assert.strictEqual(yield* codeOf(once(getCallerIdentity(own))), "TransportError")
      yield* StsMemory.setOutage(false)
      assert.strictEqual(yield* codeOf(once(getCallerIdentity(own))), "Throttling")
    }).pipe(inWorld()),
  )
})

describe("mfaCode", () => {
  it.effect("is what the device shows, by the clock", () =>
    Effect.gen(function* () {
      const secret = Totp.decodeBase32(mfaSecret) ?? new Uint8Array()
      assert.strictEqual(yield* StsMemory.mfaCode(mfaArn("alice")), Totp.code(secret, start))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* StsMemory.mfaCode(mfaArn("alice")), Totp.code(secret, start + 30_000))
    }).pipe(inWorld()),
  )
})

describe("credentials", () => {
  it.effect("are those of the world", () =>
    Effect.gen(function* () {
      const { accessKeyId, secretAccessKey, sessionToken } = yield* bob
      assert.strictEqual(accessKeyId, "AKIABOB0000000000000")
      assert.strictEqual(Redacted.value(secretAccessKey), secretOf(accessKeyId))
      assert.isUndefined(sessionToken)
    }).pipe(inWorld()),
  )
})

describe("a hand that is asked for what is not there dies, and says what is there:", () => {
  const rows: ReadonlyArray<
    readonly [fact: string, hand: Effect.Effect<unknown, never, StsMemory.StsMemory>, words: ReadonlyArray<string>]
  > = [
    ["deleteRole", StsMemory.deleteRole(roleArn("acount")), [roleArn("acount"), roleArn("account")]],
    [
      "deleteRole again",
      Effect.andThen(StsMemory.deleteRole(roleArn("account")), StsMemory.deleteRole(roleArn("account"))),
      [roleArn("chained")],
    ],
    ["recreateRole", StsMemory.recreateRole(roleArn("acount")), [roleArn("acount"), roleArn("account")]],
    [
      "deactivateKey",
      StsMemory.deactivateKey("AKIAALISE00000000000"),
      ["AKIAALISE00000000000", "AKIAALICE00000000000"],
    ],
    ["mfaCode", StsMemory.mfaCode(mfaArn("alise")), [mfaArn("alise"), mfaArn("alice")]],
    ["credentials", StsMemory.credentials(userArn("alise")), [userArn("alise"), userArn("alice"), rootArn()]],
    ["credentials of an inactive key", StsMemory.credentials(userArn("carol")), [userArn("carol"), userArn("alice")]],
  ]
  for (const [fact, hand, words] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(hand)
        assert.isTrue(Exit.isFailure(exit))
        if (Exit.isSuccess(exit)) return
        assert.isTrue(Cause.hasDies(exit.cause))
        for (const word of words) assert.include(Cause.pretty(exit.cause), word)
      }).pipe(inWorld()),
    )
  }

  it.effect("deactivateKey of a session", () =>
    Effect.gen(function* () {
      const { accessKeyId } = yield* session(yield* alice, roleArn("account"))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(StsMemory.deactivateKey(accessKeyId))))
    }).pipe(inWorld()),
  )
})
