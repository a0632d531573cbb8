import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type * as Sts from "@effect-sts/core/Sts"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { at, logs, outcome } from "./support/scriptedSource.ts"
import * as StubSts from "./support/stubSts.ts"

const serialNumber = "arn:aws:iam::111111111111:mfa/alice"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** A person with a device: shows a new code every 30 seconds, and takes some time to type it. */
const person = (typing: Duration.Input = 0) => {
  const prompts: Array<number> = []
  const seen = { interrupted: 0, atOnce: 0, most: 0 }
  const tokenCode = Effect.gen(function* () {
    prompts.push(yield* Clock.currentTimeMillis)
    seen.most = Math.max(seen.most, ++seen.atOnce)
    yield* Effect.sleep(typing)
    return String(100_000 + Math.floor((yield* Clock.currentTimeMillis) / 30_000))
  }).pipe(
    Effect.ensuring(Effect.sync(() => seen.atOnce--)),
    Effect.onInterrupt(() => Effect.sync(() => seen.interrupted++)),
  )
  return { prompts, seen, tokenCode, mfa: { serialNumber, tokenCode } }
}

const session = (mfa: CredentialSource.Mfa, duration: Duration.Input = "1 hour") =>
  CredentialSource.sessionToken({ duration, mfa })

type Person = ReturnType<typeof person>

const acquired = ({ mfa }: Person) => CredentialStack.use(session(mfa))(outcome)

/** Holds a session, and gives an acquisition of the same from the outside. */
const holding = <A, E, R>(
  alice: Person,
  inside: (acquireAgain: Effect.Effect<string, Effect.Error<ReturnType<typeof acquired>>>) => Effect.Effect<A, E, R>,
) =>
  Effect.contextWith((outside: Context.Context<CredentialStack.CredentialStack | Sts.Sts>) =>
    CredentialStack.use(session(alice.mfa))(inside(Effect.provideContext(acquired(alice), outside))),
  )

const codes = (stub: StubSts.Stub) => stub.calls.flatMap(({ request }) => request["TokenCode"] ?? [])

const test = (
  name: string,
  body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Layer.Success<ReturnType<typeof StubSts.layer>>>,
) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return Effect.provide(body(stub), StubSts.layer(stub))
  })

describe("prompts", () => {
  test("only an acquisition asks; a session serves until it expires, then it is MfaRequired", (stub) => {
    const alice = person()
    return Effect.gen(function* () {
      for (const minute of [1, 50, 59.5, 59.99]) {
        yield* at(minute)
        assert.match(yield* outcome, /^ASIA/)
      }
      yield* at(60)
      assert.strictEqual(yield* outcome, "MfaRequired")
      yield* at(120)
      assert.strictEqual(yield* outcome, "MfaRequired")
      const error = yield* Effect.flip(CredentialStack.current)
      assert.strictEqual(error.reason._tag === "MfaRequired" && error.reason.serialNumber, serialNumber)
      assert.strictEqual(alice.prompts.length, 1)
      assert.strictEqual(stub.issued().length, 1)
    }).pipe(CredentialStack.use(session(alice.mfa)))
  })

  test("refuses a prompt that needs a code of the same device", (stub) =>
    Effect.gen(function* () {
      const inner = session({ serialNumber, tokenCode: Effect.succeed("111111") })
      const tokenCode = Effect.as(CredentialStack.use(inner)(Effect.void), "222222")
      const outer = CredentialSource.assumeRole({ roleArn: StubSts.roleArn("A"), mfa: { serialNumber, tokenCode } })
      const failure = yield* Effect.flip(CredentialStack.use(outer)(Effect.void))
      assert.strictEqual(failure.reason._tag, "MfaRequired")
      assert.match(failure.message, /is needed to ask for itself/)
      assert.deepStrictEqual(stub.calls, [])
    }))

  test("asks nobody for a call that cannot be made", (stub) =>
    Effect.gen(function* () {
      const alice = person()
      const invalid = yield* Effect.flip(CredentialStack.use(session(alice.mfa, "61 seconds"))(Effect.void))
      assert.strictEqual(invalid.reason._tag, "InvalidRequest")
      assert.match(invalid.message, /duration: must be 900 to 129600 whole seconds/)
      const nobody = yield* Effect.flip(
        CredentialStack.use(session(alice.mfa))(Effect.void).pipe(Effect.provide(CredentialStack.layerEmpty)),
      )
      assert.strictEqual(nobody.reason._tag, "NoCredentials")
      assert.deepStrictEqual(alice.prompts, [])
      assert.deepStrictEqual(stub.calls, [])
    }))

  test("an equal acquisition later prompts, and revives the session for all who hold it", (stub) => {
    const alice = person("10 seconds")
    return Effect.gen(function* () {
      const holder = yield* fork(
        Effect.gen(function* () {
          const before = yield* outcome
          yield* Effect.sleep("2 hours")
          return [before, yield* outcome, yield* Effect.andThen(Effect.sleep("10 minutes"), outcome)]
        }).pipe(CredentialStack.use(session(alice.mfa))),
      )
      yield* TestClock.adjust("10 seconds")
      yield* TestClock.adjust("2 hours")
      const renewed = yield* fork(CredentialStack.use(session(alice.mfa))(outcome))
      yield* TestClock.adjust("10 minutes")
      const [before, expired, revived] = yield* Fiber.join(holder)
      assert.strictEqual(expired, "MfaRequired")
      assert.strictEqual(revived, yield* Fiber.join(renewed))
      assert.notStrictEqual(revived, before)
      assert.strictEqual(alice.prompts.length, 2)
      assert.deepStrictEqual(stub.issued(), ["root GetSessionToken token", "root GetSessionToken token"])
    })
  })

  test("while the session is valid an equal acquisition shares it, and asks nobody", (stub) => {
    const alice = person()
    return holding(alice, (acquireAgain) =>
      Effect.gen(function* () {
        for (const minute of [10, 50, 58.9]) {
          yield* at(minute)
          yield* acquireAgain
        }
        assert.strictEqual(alice.prompts.length, 1)
        // In the last minute a session is not worth sharing.
        yield* at(59.5)
        yield* acquireAgain
        assert.strictEqual(alice.prompts.length, 2)
        yield* acquireAgain
        assert.strictEqual(alice.prompts.length, 2)
        assert.strictEqual(stub.issued().length, 2)
      }),
    )
  })

  test("after an invalidation current goes on with what there is, and an acquisition asks", () => {
    const alice = person()
    return holding(alice, (acquireAgain) =>
      Effect.gen(function* () {
        const first = yield* outcome
        yield* CredentialStack.invalidate(first)
        assert.strictEqual(yield* outcome, first)
        assert.strictEqual(alice.prompts.length, 1)
        yield* at(1)
        const second = yield* acquireAgain
        assert.notStrictEqual(second, first)
        assert.strictEqual(yield* outcome, second)
        assert.strictEqual(alice.prompts.length, 2)
      }),
    )
  })

  test("an outage serves no expired session: a person can be asked", (stub) => {
    const alice = person()
    return holding(alice, (acquireAgain) =>
      Effect.gen(function* () {
        stub.next(StubSts.refused("ServiceUnavailable"))
        yield* at(61)
        const error = yield* Effect.flip(acquireAgain)
        assert.strictEqual(error._tag, "StsError")
        assert.strictEqual(yield* outcome, "MfaRequired")
        // No backoff keeps the person from trying again.
        yield* at(62)
        assert.match(yield* acquireAgain, /^ASIA/)
        assert.strictEqual(alice.prompts.length, 3)
      }),
    )
  })

  test("three concurrent acquisitions behind one device are one prompt", (stub) => {
    const alice = person("10 seconds")
    return Effect.gen(function* () {
      const fibers = yield* Effect.all(
        Array.from({ length: 3 }, () => fork(CredentialStack.use(session(alice.mfa))(outcome))),
      )
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(new Set(yield* Fiber.joinAll(fibers)).size, 1)
      assert.strictEqual(alice.prompts.length, 1)
      assert.strictEqual(stub.issued().length, 1)
    })
  })

  test("take as long as they take: loadTimeout is for STS", () => {
    const alice = person("10 minutes")
    return Effect.gen(function* () {
      const fiber = yield* fork(CredentialStack.use(session(alice.mfa))(outcome))
      yield* TestClock.adjust("10 minutes")
      assert.match(yield* Fiber.join(fiber), /^ASIA/)
    })
  })

  test("that fail fail the acquisition with their own error, and the next one asks again", () => {
    const alice = person()
    let isAway = true
    const tokenCode = Effect.suspend(() => (isAway ? Effect.fail("nobody there" as const) : alice.tokenCode))
    return Effect.gen(function* () {
      const source = CredentialSource.sessionToken({ mfa: { serialNumber, tokenCode } })
      assert.strictEqual(yield* Effect.flip(CredentialStack.use(source)(Effect.void)), "nobody there")
      isAway = false
      assert.match(yield* CredentialStack.use(source)(outcome), /^ASIA/)
    })
  })

  test("that are interrupted leave the device to the next", () => {
    const alice = person("10 seconds")
    return Effect.gen(function* () {
      const first = yield* fork(CredentialStack.use(session(alice.mfa))(outcome))
      const second = yield* fork(CredentialStack.use(session(alice.mfa, "2 hours"))(outcome))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(alice.prompts.length, 1)
      yield* Fiber.interrupt(first)
      assert.strictEqual(alice.seen.interrupted, 1)
      yield* TestClock.adjust("10 seconds")
      assert.match(yield* Fiber.join(second), /^ASIA/)
      assert.deepStrictEqual(alice.prompts, [0, 5000])
    })
  })

  test("go on for others when the one that started them is interrupted", () => {
    const alice = person("10 seconds")
    return Effect.gen(function* () {
      const first = yield* fork(CredentialStack.use(session(alice.mfa))(outcome))
      const second = yield* fork(CredentialStack.use(session(alice.mfa))(outcome))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("5 seconds")
      assert.match(yield* Fiber.join(second), /^ASIA/)
      assert.deepStrictEqual([alice.prompts.length, alice.seen.interrupted], [1, 0])
    })
  })
})

describe("codes", () => {
  test("come from one prompt at a time, and no code twice: a second need waits for the next", (stub) => {
    const alice = person("4 seconds")
    return Effect.gen(function* () {
      const fibers = yield* Effect.all(
        [1, 2, 3].map((hours) => fork(CredentialStack.use(session(alice.mfa, Duration.hours(hours)))(outcome))),
      )
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(alice.seen.most, 1)
      assert.deepStrictEqual(alice.prompts, [0, 30_000, 60_000])
      assert.deepStrictEqual(codes(stub), ["100000", "100001", "100002"])
    })
  })

  test("wait out the 30 seconds in which one was handed out, and say for how long", () => {
    const alice = person()
    const { layer, said } = logs()
    return Effect.gen(function* () {
      yield* CredentialStack.use(session(alice.mfa))(outcome)
      yield* TestClock.adjust("10.5 seconds")
      const second = yield* fork(CredentialStack.use(session(alice.mfa, "2 hours"))(outcome))
      yield* TestClock.adjust("19.5 seconds")
      yield* Fiber.join(second)
      assert.deepStrictEqual(alice.prompts, [0, 30_000])
      assert.deepStrictEqual(said, [`Info: Waiting 20 seconds for the next code of the MFA device ${serialNumber}`])
    }).pipe(Effect.provide(layer))
  })

  test("of two devices are asked for side by side", () => {
    const [alice, bob] = [person("4 seconds"), person("4 seconds")]
    return Effect.gen(function* () {
      const fibers = yield* Effect.all([
        fork(CredentialStack.use(session(alice.mfa))(outcome)),
        fork(CredentialStack.use(session({ ...bob.mfa, serialNumber: "GAHT12345678" }))(outcome)),
      ])
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual([alice.prompts, bob.prompts], [[0], [0]])
    })
  })

  test("that a person reads from the old display are asked for again in the next 30 seconds", (stub) => {
    const shown = ["111111", "111111", "222222"]
    const asked: Array<number> = []
    const tokenCode = Effect.map(Clock.currentTimeMillis, (now) => {
      asked.push(now)
      return Redacted.make(shown.shift() ?? "")
    })
    return Effect.gen(function* () {
      const mfa = { serialNumber, tokenCode }
      yield* CredentialStack.use(session(mfa))(outcome)
      const second = yield* fork(CredentialStack.use(session(mfa, "2 hours"))(outcome))
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(second)
      assert.deepStrictEqual(codes(stub), ["111111", "222222"])
      assert.deepStrictEqual(asked, [0, 30_000, 60_000])
    })
  })

  test("that stay the same are not sent a second time", (stub) => {
    const mfa = { serialNumber, tokenCode: Effect.succeed("111111") }
    return Effect.gen(function* () {
      yield* CredentialStack.use(session(mfa))(outcome)
      const second = yield* fork(Effect.flip(CredentialStack.use(session(mfa, "2 hours"))(outcome)))
      yield* TestClock.adjust("2 minutes")
      const error = yield* Fiber.join(second)
      assert.match(error.message, /was used already, and a code works once/)
      assert.deepStrictEqual(codes(stub), ["111111"])
    })
  })

  test("that were used in the last 10 minutes are not sent again, also with another in between", (stub) => {
    const showing = (code: string) => ({ serialNumber, tokenCode: Effect.succeed(code) })
    return Effect.gen(function* () {
      yield* CredentialStack.use(session(showing("111111")))(outcome)
      yield* at(10.4)
      yield* CredentialStack.use(session(showing("222222"), "2 hours"))(outcome)
      yield* at(10.5)
      const again = yield* fork(Effect.flip(CredentialStack.use(session(showing("111111"), "3 hours"))(outcome)))
      yield* TestClock.adjust("2 minutes")
      assert.match((yield* Fiber.join(again)).message, /was used already, and a code works once/)
      assert.deepStrictEqual(codes(stub), ["111111", "222222"])
    })
  })

  test("that were used long ago may come again", (stub) => {
    const mfa = { serialNumber, tokenCode: Effect.succeed("111111") }
    return Effect.gen(function* () {
      yield* CredentialStack.use(session(mfa))(outcome)
      yield* at(12)
      const other = { serialNumber, tokenCode: Effect.succeed("222222") }
      yield* CredentialStack.use(session(other, "3 hours"))(outcome)
      yield* at(13)
      yield* CredentialStack.use(session(mfa, "2 hours"))(outcome)
      assert.deepStrictEqual(codes(stub), ["111111", "222222", "111111"])
    })
  })

  test("that are written into the request are sent once, also with another code in between", (stub) => {
    const written = (code: string) => ({ serialNumber, tokenCode: code })
    return Effect.gen(function* () {
      yield* CredentialStack.use(session(written("111111")))(outcome)
      yield* CredentialStack.use(session(written("222222")))(outcome)
      yield* at(30)
      for (const code of ["111111", "222222"]) {
        const error = yield* Effect.flip(CredentialStack.use(session(written(code), "2 hours"))(outcome))
        assert.strictEqual(error._tag === "CredentialsError" && error.reason._tag, "MfaRequired")
      }
      yield* at(61)
      yield* CredentialStack.use(session(written("333333")))(outcome)
      const error = yield* Effect.flip(CredentialStack.use(session(written("111111")))(outcome))
      assert.strictEqual(error._tag === "CredentialsError" && error.reason._tag, "MfaRequired")
      assert.deepStrictEqual(codes(stub), ["111111", "222222", "333333"])
    })
  })

  test("are sent once even when STS does not answer", (stub) => {
    const alice = person()
    return Effect.gen(function* () {
      stub.next(StubSts.refused("ServiceUnavailable"))
      const error = yield* Effect.flip(CredentialStack.use(session(alice.mfa))(outcome))
      assert.strictEqual(error._tag, "StsError")
      const second = yield* fork(CredentialStack.use(session(alice.mfa))(outcome))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(alice.prompts.length, 1)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
      assert.strictEqual(alice.prompts.length, 2)
    })
  })
})

describe("a role on top of an MFA session", () => {
  const onSession = (alice: Person) => (effect: typeof outcome) =>
    effect.pipe(CredentialStack.use(StubSts.role("A")), CredentialStack.use(session(alice.mfa)))

  test("goes on until it expires itself, and then says that a code is needed", () => {
    const alice = person()
    return holding(alice, (acquireAgain) =>
      Effect.gen(function* () {
        // The role is assumed at minute 30: it outlives the session by half an hour.
        yield* at(30)
        yield* Effect.gen(function* () {
          yield* at(80)
          assert.match(yield* outcome, /_root_token_A$/)
          yield* at(89.99)
          assert.match(yield* outcome, /_root_token_A$/)
          yield* at(90)
          assert.strictEqual(yield* outcome, "MfaRequired")
          yield* acquireAgain
          assert.match(yield* outcome, /_root_token_A$/)
          assert.strictEqual(alice.prompts.length, 2)
        }).pipe(CredentialStack.use(StubSts.role("A")))
      }),
    )
  })

  test("is one prompt and one call per hop for three callers at once", (stub) => {
    const alice = person("5 seconds")
    return Effect.gen(function* () {
      const fibers = yield* Effect.all(Array.from({ length: 3 }, () => fork(onSession(alice)(outcome))))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(new Set(yield* Fiber.joinAll(fibers)).size, 1)
      assert.strictEqual(alice.prompts.length, 1)
      assert.deepStrictEqual(stub.issued(), ["root GetSessionToken token", "root>token AssumeRole A"])
    })
  })
})
