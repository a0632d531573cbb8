import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
import * as StsError from "@effect-sts/core/StsError"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { at, key, logs, make, outcome, type Outcome, type Scripted } from "./support/scriptedSource.ts"
import * as StubSts from "./support/stubSts.ts"

const minutes = (count: number) => count * 60_000

/** Runs a test on a root stack of a scripted source, acquired at minute 0. */
const onSource = <A, E>(
  scripted: Scripted,
  effect: Effect.Effect<A, E, CredentialStack.CredentialStack | Scope.Scope>,
  policy: Partial<RefreshPolicy.Settings> = {},
) =>
  Effect.provide(
    effect,
    CredentialStack.layer(scripted.source).pipe(Layer.provide(RefreshPolicy.layer(policy)), Layer.orDie),
  )

/** `current` in a fiber of its own that has come as far as it can. */
const forked = Effect.andThen(Effect.forkChild(outcome, { startImmediately: true }), (fiber) =>
  Effect.as(Effect.yieldNow, fiber),
)

const invalidateNow = Effect.flatMap(key, CredentialStack.invalidate)

describe("every state, answer and moment", () => {
  type State = "none" | "valid" | "advisory" | "mandatory" | "expired"
  type Moment = "first call" | "during backoff" | "after backoff" | "after invalidate"
  /** The cached set, the new one, an error; `stale`: the cached set although it has expired, or an error by policy. */
  type Expected = "old" | "new" | "error" | "stale"

  const outcomes = ["success", "recoverable", "final", "already expired"] satisfies ReadonlyArray<Outcome>
  const asked = 1
  const left = 0

  /** For keys of 60 minutes: state, moment, whether the source is asked, and what comes of each outcome. */
  const rules: ReadonlyArray<
    readonly [State, Moment, asks: 0 | 1, ...expected: readonly [Expected, Expected, Expected, Expected]]
  > = [
    // Rules 5 and 7: a first fetch that fails raises, and the next call asks again.
    ["none", "first call", asked, "new", "error", "error", "error"],
    ["none", "during backoff", asked, "new", "error", "error", "error"],
    ["none", "after backoff", asked, "new", "error", "error", "error"],
    ["none", "after invalidate", asked, "new", "error", "error", "error"],
    // Rules 1 and 2: before the windows nobody asks; rule 8: unless the keys are known to be bad, and then backoff holds.
    ["valid", "first call", left, "old", "old", "old", "old"],
    ["valid", "during backoff", left, "old", "old", "old", "old"],
    ["valid", "after backoff", asked, "new", "old", "error", "old"],
    ["valid", "after invalidate", asked, "new", "old", "error", "old"],
    // Rules 3, 4, 6 and 7.
    ["advisory", "first call", asked, "new", "old", "error", "old"],
    ["advisory", "during backoff", left, "old", "old", "old", "old"],
    ["advisory", "after backoff", asked, "new", "old", "error", "old"],
    ["advisory", "after invalidate", asked, "new", "old", "error", "old"],
    ["mandatory", "first call", asked, "new", "old", "error", "old"],
    ["mandatory", "during backoff", left, "old", "old", "old", "old"],
    ["mandatory", "after backoff", asked, "new", "old", "error", "old"],
    ["mandatory", "after invalidate", asked, "new", "old", "error", "old"],
    // Rule 4: an expired set goes on too, where the policy lets it.
    ["expired", "first call", asked, "new", "stale", "error", "stale"],
    ["expired", "during backoff", left, "stale", "stale", "stale", "stale"],
    ["expired", "after backoff", asked, "new", "stale", "error", "stale"],
    ["expired", "after invalidate", asked, "new", "stale", "error", "stale"],
  ]

  /** When the call is made, in minutes, and when the failure was whose backoff is over (or not) by then. */
  const times: Record<State, { readonly call: number; readonly during: number; readonly after: number }> = {
    none: { call: 20, during: 19, after: 5 },
    valid: { call: 20, during: 19, after: 5 },
    advisory: { call: 57, during: 54, after: 46 },
    mandatory: { call: 59.5, during: 57, after: 48 },
    expired: { call: 75, during: 72, after: 61 },
  }

  const cases = rules.flatMap(([state, moment, asks, ...expected]) =>
    outcomes.flatMap((answer, index) =>
      (["serveStale", "fail"] as const).map((onOutage) => ({
        state,
        moment,
        asks,
        answer,
        onOutage,
        expected: expected[index],
      })),
    ),
  )

  it.effect.each(cases)("%j", ({ answer, asks, expected, moment, onOutage, state }) => {
    const scripted = make()
    const { call, after, during } = times[state]
    const failed = moment === "during backoff" ? during : after
    const acquire = Effect.orElseSucceed(CredentialStack.use(scripted.source)(key), () => "error")

    const none = Effect.gen(function* () {
      if (moment !== "first call") {
        yield* at(failed)
        scripted.script.outcome = "recoverable"
        assert.strictEqual(yield* acquire, "error")
        if (moment === "after invalidate") yield* CredentialStack.invalidate("KEY1")
      }
      yield* at(call)
      scripted.script.outcome = answer
      const before = scripted.calls.length
      const result = yield* acquire
      assert.strictEqual(scripted.calls.length - before, asks)
      assert.strictEqual(result, expected === "new" ? `KEY${before + 1}` : "error")
    }).pipe(Effect.provide(CredentialStack.layerEmpty))

    const some = Effect.gen(function* () {
      if (moment === "during backoff" || moment === "after backoff") {
        yield* at(failed)
        yield* CredentialStack.invalidate(state === "valid" ? "KEY1" : "")
        scripted.script.outcome = "recoverable"
        yield* outcome
        assert.strictEqual(scripted.calls.length, 2)
      }
      yield* at(call)
      if (moment === "after invalidate") yield* CredentialStack.invalidate("KEY1")
      scripted.script.outcome = answer
      const before = scripted.calls.length
      const result = yield* Effect.orElseSucceed(key, () => "error")
      assert.strictEqual(scripted.calls.length - before, asks)
      const isOld = expected === "old" || (expected === "stale" && onOutage === "serveStale")
      assert.strictEqual(result, isOld ? "KEY1" : expected === "new" ? `KEY${before + 1}` : "error")
    })

    return state === "none" ? none : onSource(scripted, some, { onOutage })
  })
})

describe("windows (rules 1 and 2)", () => {
  it.effect.each([
    { lifetime: 15, window: 5 },
    { lifetime: 20, window: 5 },
    { lifetime: 20.001, window: 15 },
    { lifetime: 60, window: 15 },
    { lifetime: 89.999, window: 15 },
    { lifetime: 90, window: 60 },
    { lifetime: 720, window: 60 },
    // Not the rules', but nobody may call the source each time.
    { lifetime: 10, window: 5 },
    { lifetime: 4, window: 2 },
  ])("renews credentials for $lifetime minutes in the last $window", ({ lifetime, window }) => {
    const scripted = make(Duration.minutes(lifetime))
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* TestClock.setTime(minutes(lifetime - window) - 1)
        assert.strictEqual(yield* key, "KEY1")
        assert.strictEqual(scripted.calls.length, 1)
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* key, "KEY2")
        assert.deepStrictEqual(scripted.calls, [0, minutes(lifetime - window)])
      }),
    )
  })

  it.effect("in the last minute, and at its very start, a caller waits", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        scripted.script.latency = "5 seconds"
        yield* TestClock.setTime(minutes(59) - 1)
        const leader = yield* forked
        assert.strictEqual(yield* key, "KEY1")
        yield* TestClock.adjust(1)
        const waiter = yield* forked
        yield* TestClock.adjust("4 seconds")
        assert.isUndefined(waiter.pollUnsafe())
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(leader), "KEY2")
        assert.strictEqual(yield* Fiber.join(waiter), "KEY2")
        assert.strictEqual(scripted.calls.length, 2)
      }),
    )
  })

  it.effect("a failed refresh does not change the windows", () => {
    const scripted = make("2 hours")
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(60)
        scripted.script.outcome = "recoverable"
        assert.strictEqual(yield* key, "KEY1")
        scripted.script.outcome = "success"
        yield* at(71)
        // 49 minutes are left: a window of 15, as for credentials of that lifetime, would be far.
        assert.strictEqual(yield* key, "KEY3")
      }),
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect.each([
    { name: "a time", advisoryWindow: Duration.minutes(2) },
    {
      name: "a function of the lifetime",
      advisoryWindow: (lifetime: Duration.Duration) => Duration.times(lifetime, 1 / 30),
    },
  ])("an explicit setting wins: $name", ({ advisoryWindow }) => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* TestClock.setTime(minutes(58) - 1)
        assert.strictEqual(yield* key, "KEY1")
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* key, "KEY2")
      }),
      { advisoryWindow },
    )
  })

  it.effect("a source's own setting wins over the root's", () => {
    const scripted = make()
    const source = scripted.source.pipe(CredentialSource.withRefreshPolicy({ mandatoryWindow: "5 minutes" }))
    return onSource(
      { ...scripted, source },
      Effect.gen(function* () {
        scripted.script.outcome = "recoverable"
        yield* at(53)
        assert.strictEqual(yield* key, "KEY1")
        assert.strictEqual(scripted.calls.length, 1)
        yield* at(55)
        scripted.script.outcome = "success"
        assert.strictEqual(yield* key, "KEY2")
      }),
      { advisoryWindow: "2 minutes" },
    )
  })
})

describe("who waits (rule 3)", () => {
  it.effect("in the advisory window one caller refreshes and waits, all others get the cached set at once", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(50)
        scripted.script.latency = "5 seconds"
        const leader = yield* forked
        const others = yield* Effect.all(
          Array.from({ length: 100 }, () => key),
          { concurrency: "unbounded" },
        )
        assert.deepStrictEqual(new Set(others), new Set(["KEY1"]))
        assert.isUndefined(leader.pollUnsafe())
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* Fiber.join(leader), "KEY2")
        assert.strictEqual(scripted.calls.length, 2)
      }),
    )
  })

  it.effect.each([59.5, 60, 90])("at minute %d all wait on one call", (minute) => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(minute)
        scripted.script.latency = "5 seconds"
        const waiters = yield* Effect.all(Array.from({ length: 100 }, () => forked))
        assert.isTrue(waiters.every((waiter) => waiter.pollUnsafe() === undefined))
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(new Set(yield* Fiber.joinAll(waiters)), new Set(["KEY2"]))
        assert.strictEqual(scripted.calls.length, 2)
      }),
    )
  })

  it.effect("of a failure in the mandatory window, too, all get the same", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(61)
        scripted.script.latency = "5 seconds"
        scripted.script.outcome = "final"
        const waiters = yield* Effect.all(Array.from({ length: 10 }, () => forked))
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(new Set(yield* Fiber.joinAll(waiters)), new Set(["RefreshFailed(AccessDenied)"]))
        assert.strictEqual(scripted.calls.length, 2)
      }),
    )
  })
})

/** How long a failure keeps callers from the source, in milliseconds, give or take a `step`. */
const pauseAfter = (failure: Outcome, seed: string, step: number) => {
  const scripted = make()
  return onSource(
    scripted,
    Effect.gen(function* () {
      yield* TestClock.adjust("50 minutes")
      scripted.script.outcome = failure
      yield* outcome
      while (scripted.calls.length === 2) {
        yield* TestClock.adjust(step)
        yield* outcome
      }
      const [, failed = 0, next = 0] = scripted.calls
      return next - failed
    }),
  ).pipe(Effect.provide(logs().layer), Random.withSeed(seed))
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => `seed ${index}`)

describe("recoverable failures (rule 4)", () => {
  it.effect("leave the source alone for 5 to 10 minutes, drawn uniformly", () =>
    Effect.gen(function* () {
      const pauses = yield* Effect.forEach(seeds(200), (seed) => pauseAfter("recoverable", seed, 5000))
      const average = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length
      assert.isAtLeast(Math.min(...pauses), minutes(5))
      assert.isAtMost(Math.max(...pauses), minutes(10) + 5000)
      assert.isBelow(Math.min(...pauses), minutes(5.2))
      assert.isAbove(Math.max(...pauses), minutes(9.8))
      assert.isAbove(average, minutes(7))
      assert.isBelow(average, minutes(8))
    }),
  )

  it.effect.each([
    { random: 0, pause: minutes(5) },
    { random: 0.5, pause: minutes(7.5) },
  ])("are over when $pause milliseconds are, not later", ({ pause, random }) => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(46)
        scripted.script.outcome = "recoverable"
        yield* key
        yield* TestClock.adjust(pause - 1)
        yield* key
        assert.strictEqual(scripted.calls.length, 2)
        yield* TestClock.adjust(1)
        yield* key
        assert.strictEqual(scripted.calls.length, 3)
      }),
    ).pipe(
      Effect.provideService(Random.Random, { nextDoubleUnsafe: () => random, nextIntUnsafe: () => 0 }),
      Effect.provide(logs().layer),
    )
  })

  it.effect("leave it alone for the same time with the same seed", () =>
    Effect.gen(function* () {
      const first = yield* pauseAfter("recoverable", "one", 100)
      assert.strictEqual(yield* pauseAfter("recoverable", "one", 100), first)
      assert.notStrictEqual(yield* pauseAfter("recoverable", "another", 100), first)
    }),
  )

  it.effect("warn once each, and say for how long", () => {
    const scripted = make()
    const { layer, said } = logs()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(50)
        scripted.script.outcome = "recoverable"
        yield* key
        yield* key
        assert.strictEqual(said.length, 1)
        assert.match(
          said[0] ?? "",
          /^Warn: scripted gave no credentials: STS\.AssumeRole failed with ServiceUnavailable: try later\. It is not asked again for \d{3} seconds, in which its current credentials stay in use\.$/,
        )
      }),
    ).pipe(Effect.provide(layer))
  })

  it.effect("go on for hours, the expired set in use, until the source answers", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        scripted.script.outcome = "recoverable"
        yield* at(45)
        for (let minute = 45; minute < 300; minute++) {
          assert.strictEqual(yield* key, "KEY1")
          yield* TestClock.adjust("1 minute")
        }
        const gaps = scripted.calls.slice(2).map((time, index) => time - (scripted.calls[index + 1] ?? 0))
        assert.isAtLeast(Math.min(...gaps), minutes(5))
        assert.isAtMost(Math.max(...gaps), minutes(11))
        scripted.script.outcome = "success"
        yield* TestClock.adjust("10 minutes")
        assert.match(yield* key, /^KEY[23]\d$/)
      }),
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect(`with onOutage: "fail" an expired set is an error, a valid one is served`, () => {
    const scripted = make()
    const { layer, said } = logs()
    return onSource(
      scripted,
      Effect.gen(function* () {
        scripted.script.outcome = "recoverable"
        yield* at(59.9)
        assert.strictEqual(yield* outcome, "KEY1")
        yield* at(60)
        assert.strictEqual(yield* outcome, "RefreshFailed(ServiceUnavailable)")
        assert.strictEqual(scripted.calls.length, 2)
        yield* at(71)
        yield* outcome
        assert.match(said[1] ?? "", /It is not asked again for \d{3} seconds\.$/)
      }),
      { onOutage: "fail" },
    ).pipe(Effect.provide(layer))
  })

  it.effect("a source that dies has failed likewise", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(50)
        scripted.script.outcome = Effect.die("a bug")
        assert.strictEqual(yield* outcome, "KEY1")
        assert.strictEqual(yield* outcome, "KEY1")
        assert.strictEqual(scripted.calls.length, 2)
      }),
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect("a source that interrupts itself has failed likewise, and interrupts nobody", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(61)
        scripted.script.outcome = Effect.interrupt
        assert.strictEqual(yield* outcome, "RefreshFailed")
      }),
      { onOutage: "fail" },
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect("a half set is a failure like any other", () => {
    let isHalf = false
    const asked: Array<boolean> = []
    const source = CredentialSource.fromEffect(
      Effect.sync(() => {
        asked.push(isHalf)
        return { accessKeyId: "KEY", secretAccessKey: isHalf ? "" : "secret", expiration: minutes(60) }
      }),
    )
    return Effect.gen(function* () {
      yield* at(50)
      isHalf = true
      yield* key
      yield* key
      assert.deepStrictEqual(asked, [false, true])
    }).pipe(Effect.provide(CredentialStack.layer(source)), Effect.provide(logs().layer))
  })

  it.effect("a policy that throws fails its callers and leaves nobody waiting", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(61)
        assert.strictEqual(yield* outcome, "KEY1")
        yield* at(62)
        assert.strictEqual(yield* outcome, "KEY1")
        assert.strictEqual(scripted.calls.length, 3)
      }),
      {
        advisoryWindow: () => {
          if (scripted.calls.length > 1) throw new Error("not a time")
          return "1 minute"
        },
      },
    )
  })

  it.effect("while a set is there to go on with, STS gets one request and no retry", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      stub.settings.isOut = true
      yield* at(50)
      yield* key
      assert.strictEqual(stub.calls.length, 2)
      yield* at(61)
      yield* key
      assert.strictEqual(stub.calls.length, 3)
    }).pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(StubSts.layer(stub)), Effect.provide(logs().layer))
  })

  it.live("where there is none it is tried again by the RetryPolicy", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      stub.settings.isOut = true
      yield* Effect.flip(CredentialStack.use(StubSts.role("A"))(Effect.void))
      assert.strictEqual(stub.calls.length, 3)
      stub.settings.isOut = false
      yield* Effect.gen(function* () {
        stub.settings.isOut = true
        yield* invalidateNow
        yield* key
        assert.strictEqual(stub.calls.length, 4 + 3)
      }).pipe(CredentialStack.use(StubSts.role("A")))
    }).pipe(Effect.provide(StubSts.layer(stub)), Effect.provide(logs().layer))
  })

  it.effect("a clock that is set back ends the pause", () => {
    const scripted = make("12 hours")
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(700)
        scripted.script.outcome = "recoverable"
        yield* key
        scripted.script.outcome = "success"
        yield* at(670)
        assert.strictEqual(yield* key, "KEY3")
      }),
    ).pipe(Effect.provide(logs().layer))
  })
})

describe("first fetches (rule 5)", () => {
  it.effect("a failed one raises the source's own error, and the next call tries again at once", () => {
    const scripted = make()
    const { layer, said } = logs()
    return Effect.gen(function* () {
      scripted.script.outcome = "recoverable"
      for (let attempt = 1; attempt <= 3; attempt++) {
        const error = yield* Effect.flip(CredentialStack.use(scripted.source)(Effect.void))
        assert.instanceOf(error, StsError.StsError)
        assert.strictEqual(scripted.calls.length, attempt)
      }
      scripted.script.outcome = "success"
      assert.strictEqual(yield* CredentialStack.use(scripted.source)(key), "KEY4")
      assert.deepStrictEqual(said, [])
    }).pipe(Effect.provide(CredentialStack.layerEmpty), Effect.provide(layer))
  })

  it.effect("one that interrupts itself fails, and interrupts nobody", () => {
    const scripted = make()
    scripted.script.outcome = Effect.interrupt
    return Effect.gen(function* () {
      const error = yield* Effect.flip(CredentialStack.use(scripted.source)(Effect.void))
      assert.strictEqual(error._tag === "CredentialsError" && error.reason._tag, "RefreshFailed")
    }).pipe(Effect.provide(CredentialStack.layerEmpty))
  })

  it.effect("one that dies dies", () => {
    const scripted = make()
    scripted.script.outcome = Effect.die("a bug")
    return Effect.gen(function* () {
      const exit = yield* Effect.exit(CredentialStack.use(scripted.source)(Effect.void))
      assert.strictEqual(Exit.isFailure(exit) && Cause.squash(exit.cause), "a bug")
    }).pipe(Effect.provide(CredentialStack.layerEmpty))
  })
})

describe("non-recoverable failures (rule 6)", () => {
  const codes = [
    new StsError.AccessDenied({ message: "no" }),
    new StsError.IDPRejectedClaim({ message: "no" }),
    new StsError.InvalidIdentityToken({ message: "no" }),
    new StsError.MalformedPolicyDocument({ message: "no" }),
    new StsError.PackedPolicyTooLarge({ message: "no" }),
    new StsError.RegionDisabledException({ message: "no" }),
  ]
  const others = [
    new StsError.Throttling({ message: "later" }),
    new StsError.ExpiredToken({ message: "later" }),
    new StsError.InvalidClientTokenId({ message: "later" }),
    new StsError.IDPCommunicationError({ message: "later" }),
    new StsError.TransportError({ message: "later" }),
    new StsError.UnknownServiceError({ message: "later", code: "Odd" }),
  ]

  const failing = (reason: StsError.Reason, expected: string) => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(50)
        scripted.script.outcome = Effect.fail(new StsError.StsError({ operation: "AssumeRole", reason }))
        assert.strictEqual(yield* outcome, expected)
      }),
    ).pipe(Effect.provide(logs().layer))
  }

  it.effect.each(codes)("$_tag is raised although the cached set is still valid", (reason) =>
    failing(reason, `RefreshFailed(${reason._tag})`),
  )

  it.effect.each(others)("$_tag is not", (reason) => failing(reason, "KEY1"))

  it.effect("are remembered for 1 to 5 seconds, without a backoff", () =>
    Effect.gen(function* () {
      const pauses = yield* Effect.forEach(seeds(100), (seed) => pauseAfter("final", seed, 50))
      assert.isAtLeast(Math.min(...pauses), 1000)
      assert.isAtMost(Math.max(...pauses), 5050)
      assert.isBelow(Math.min(...pauses), 1200)
      assert.isAbove(Math.max(...pauses), 4800)
    }),
  )

  it.effect("are raised to all while they are remembered, and forgotten by a success", () => {
    const scripted = make()
    const { layer, said } = logs()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(50)
        scripted.script.outcome = "final"
        for (let call = 0; call < 3; call++) assert.strictEqual(yield* outcome, "RefreshFailed(AccessDenied)")
        assert.strictEqual(scripted.calls.length, 2)
        scripted.script.outcome = "success"
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* outcome, "KEY3")
        assert.deepStrictEqual(said, [])
      }),
    ).pipe(Effect.provide(layer))
  })
})

describe("invalidation (rule 8)", () => {
  it.effect("of the cached key makes the next call wait for new ones, of another nothing", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(1)
        yield* CredentialStack.invalidate("KEY0")
        assert.strictEqual(yield* key, "KEY1")
        scripted.script.latency = "1 second"
        yield* CredentialStack.invalidate("KEY1")
        const waiters = [yield* forked, yield* forked]
        assert.isTrue(waiters.every((waiter) => waiter.pollUnsafe() === undefined))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.joinAll(waiters), ["KEY2", "KEY2"])
        yield* CredentialStack.invalidate("KEY1")
        assert.strictEqual(yield* key, "KEY2")
        assert.strictEqual(scripted.calls.length, 2)
      }),
    )
  })

  it.effect("does not lift the backoff, and is not forgotten in it", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(46)
        scripted.script.outcome = "recoverable"
        yield* key
        scripted.script.outcome = "success"
        yield* CredentialStack.invalidate("KEY1")
        yield* at(50)
        assert.strictEqual(yield* key, "KEY1")
        yield* at(56)
        assert.strictEqual(yield* key, "KEY3")
      }),
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect("of credentials that cannot be renewed changes nothing", () =>
    Effect.gen(function* () {
      yield* invalidateNow
      assert.strictEqual(yield* key, "AKIDEXAMPLE")
    }).pipe(
      Effect.provide(
        CredentialStack.layer(
          CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }),
        ),
      ),
    ),
  )

  it.effect("happens by itself when STS says ExpiredToken, and the call is made once more", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      stub.next(StubSts.refused("ExpiredToken"))
      assert.strictEqual(yield* StubSts.whoami, "root>A")
      assert.deepStrictEqual(
        stub.calls.map(({ operation }) => operation),
        ["AssumeRole", "GetCallerIdentity", "AssumeRole", "GetCallerIdentity"],
      )
    }).pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(StubSts.layer(stub)))
  })
})

describe("credentials without an expiration (rule 9)", () => {
  it.effect("are never renewed by time, only after an invalidation", () => {
    const scripted = make(Duration.infinity)
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* TestClock.adjust("3650 days")
        assert.strictEqual(yield* key, "KEY1")
        yield* CredentialStack.invalidate("KEY1")
        assert.strictEqual(yield* key, "KEY2")
        assert.strictEqual(scripted.calls.length, 2)
      }),
      { advisoryWindow: Duration.infinity },
    )
  })
})

describe("credentials that cannot be renewed", () => {
  const source = CredentialSource.fromCredentials({
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "secret",
    sessionToken: "token",
    expiration: minutes(60),
  })

  it.effect("serve until they expire, and then are Expired", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(minutes(60) - 1)
      assert.strictEqual(yield* outcome, "ASIAEXAMPLE")
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* outcome, "Expired")
    }).pipe(Effect.provide(CredentialStack.layer(source))),
  )

  it.effect("are Expired when they are put to use too late", () =>
    Effect.gen(function* () {
      yield* at(60)
      const error = yield* Effect.flip(CredentialStack.use(source)(Effect.void))
      assert.strictEqual(error.reason._tag, "Expired")
    }).pipe(Effect.provide(CredentialStack.layerEmpty)),
  )
})

describe("loadTimeout", () => {
  it.effect("keeps no caller waiting longer, and interrupts the source", () => {
    const scripted = make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        yield* at(61)
        scripted.script.outcome = "silence"
        const waiter = yield* forked
        yield* TestClock.adjust("19999 millis")
        assert.isUndefined(waiter.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* Fiber.join(waiter), "RefreshFailed")
        assert.strictEqual(scripted.seen.interrupted, 1)
      }),
      { onOutage: "fail" },
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect("is a failure of a first fetch that says so", () => {
    const scripted = make()
    scripted.script.outcome = "silence"
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(CredentialStack.use(scripted.source)(Effect.void)))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).message, "scripted did not answer within 3s")
    }).pipe(
      Effect.provide(CredentialStack.layerEmpty.pipe(Layer.provide(RefreshPolicy.layer({ loadTimeout: "3 seconds" })))),
    )
  })
})

describe("what a source runs in", () => {
  // Named as what does not tell two uses of an effect apart, a span or a log annotation, so that they share a session.
  class Place extends Context.Service<Place, string>()("effect/References/Place") {}

  /** A source that notes where it runs. Its sets expire on the hour. */
  const placed = (places: Array<string>) =>
    CredentialSource.fromEffect(
      Effect.gen(function* () {
        places.push(yield* Place)
        const hour = Math.floor((yield* Clock.currentTimeMillis) / minutes(60)) + 1
        return { accessKeyId: `KEY${places.length}`, secretAccessKey: "secret", expiration: minutes(60 * hour) }
      }),
    )

  it.effect("is where it was put to use, not where credentials are asked for", () => {
    const places: Array<string> = []
    return Effect.gen(function* () {
      yield* at(61)
      assert.strictEqual(yield* Effect.provideService(key, Place, "leader"), "KEY2")
      assert.deepStrictEqual(places, ["root", "root"])
    }).pipe(Effect.provide(CredentialStack.layer(placed(places))), Effect.provideService(Place, "root"))
  })

  it.effect("is where it was put to use last by one who still does", () => {
    const places: Array<string> = []
    const source = placed(places)
    return Effect.gen(function* () {
      /** Puts the source to use until the scope closes, and gives the stack that has it on top. */
      const enter = (place: string, scope: Scope.Scope) =>
        Layer.build(CredentialStack.layerPush(source)).pipe(Effect.provideService(Place, place), Scope.provide(scope))
      const [first, second] = [yield* Scope.make(), yield* Scope.make()]
      const stack = yield* enter("first", first)
      yield* enter("second", second)
      yield* at(61)
      yield* Effect.provideContext(key, stack)
      yield* Scope.close(second, Exit.void)
      yield* at(121)
      yield* Effect.provideContext(key, stack)
      assert.deepStrictEqual(places, ["first", "second", "first"])
      yield* Scope.close(first, Exit.void)
    }).pipe(Effect.provide(CredentialStack.layerEmpty))
  })

  it.effect("is its own, also when the role on it asks", () => {
    const places: Array<string> = []
    const stub = StubSts.make()
    const base = CredentialStack.layerPush(placed(places)).pipe(Layer.provide(Layer.succeed(Place, "base")))
    return Effect.gen(function* () {
      yield* at(61)
      yield* key
      assert.deepStrictEqual(places, ["base", "base"])
    }).pipe(
      CredentialStack.use(StubSts.role("A")),
      Effect.provide(base),
      Effect.provide(Layer.merge(stub.layer, CredentialStack.layerEmpty)),
    )
  })

  it.effect("is its own, also when only the role on it is left", () => {
    const places: Array<string> = []
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* CredentialStack.push(placed(places)).pipe(Effect.provideService(Place, "base"), Scope.provide(scope))
      yield* CredentialStack.push(StubSts.role("A"))
      yield* Scope.close(scope, Exit.void)
      yield* at(61)
      yield* key
      assert.deepStrictEqual(places, ["base", "base"])
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(stub.layer, CredentialStack.layerEmpty)))
  })

  it.effect("is its own, also when only the role on it is left and was idle before", () => {
    const places: Array<string> = []
    const stub = StubSts.make()
    const source = placed(places)
    return Effect.gen(function* () {
      for (const place of ["first", "second"]) {
        const [onBase, onRole] = [yield* Scope.make(), yield* Scope.make()]
        yield* CredentialStack.push(source).pipe(Effect.provideService(Place, place), Scope.provide(onBase))
        yield* CredentialStack.push(StubSts.role("A")).pipe(Scope.provide(onRole))
        if (place === "second") {
          yield* Scope.close(onBase, Exit.void)
          yield* at(61)
          yield* key
        }
        yield* Scope.close(onRole, Exit.void)
        yield* Scope.close(onBase, Exit.void)
      }
      assert.deepStrictEqual(places, ["first", "second"])
    }).pipe(Effect.provide(Layer.merge(stub.layer, CredentialStack.layerEmpty)))
  })

  it.effect("is that of a frame before that of a role whose frame below is gone", () => {
    const places: Array<string> = []
    const stub = StubSts.make()
    const source = placed(places)
    return Effect.gen(function* () {
      const stack = yield* Layer.build(CredentialStack.layerPush(source)).pipe(Effect.provideService(Place, "here"))
      const scope = yield* Scope.make()
      yield* CredentialStack.push(source).pipe(Effect.provideService(Place, "gone"), Scope.provide(scope))
      yield* CredentialStack.push(StubSts.role("A"))
      yield* Scope.close(scope, Exit.void)
      yield* at(61)
      yield* Effect.provideContext(key, stack)
      assert.deepStrictEqual(places, ["here", "here"])
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(stub.layer, CredentialStack.layerEmpty)))
  })

  it.effect("is not the context of a user who has left, though the role that he put on it is idle", () => {
    const places: Array<string> = []
    const stub = StubSts.make()
    const source = placed(places)
    return Effect.gen(function* () {
      const stack = yield* Layer.build(CredentialStack.layerPush(source)).pipe(Effect.provideService(Place, "here"))
      yield* Effect.void.pipe(
        CredentialStack.use(StubSts.role("A")),
        CredentialStack.use(source),
        Effect.provideService(Place, "gone"),
      )
      yield* at(61)
      yield* Effect.provideContext(key, stack)
      assert.deepStrictEqual(places, ["here", "here"])
    }).pipe(Effect.provide(Layer.merge(stub.layer, CredentialStack.layerEmpty)), Effect.scoped)
  })

  it.effect("is that of a role whose frame below is gone, not of one that is idle", () => {
    const places: Array<string> = []
    const stub = StubSts.make()
    const source = placed(places)
    return Effect.gen(function* () {
      const onBase = yield* Scope.make()
      const base = yield* Layer.buildWithScope(CredentialStack.layerPush(source), onBase).pipe(
        Effect.provideService(Place, "here"),
      )
      const onRole = yield* Layer.build(CredentialStack.layerPush(StubSts.role("A"))).pipe(Effect.provideContext(base))
      yield* Scope.close(onBase, Exit.void)
      // Not idle for long enough to end before the next renewal.
      yield* at(44)
      yield* Effect.void.pipe(
        CredentialStack.use(StubSts.role("B")),
        CredentialStack.use(source),
        Effect.provideService(Place, "gone"),
      )
      yield* at(50)
      yield* Effect.provideContext(key, onRole)
      assert.deepStrictEqual(places, ["here", "here"])
    }).pipe(Effect.provide(Layer.merge(stub.layer, CredentialStack.layerEmpty)), Effect.scoped)
  })

  it.effect("is not the span that credentials are asked for in, nor the one that they were acquired in", () => {
    const parents: Array<string> = []
    const source = CredentialSource.fromEffect(
      Effect.gen(function* () {
        const span = yield* Effect.currentSpan
        assert.deepStrictEqual(Object.fromEntries(span.attributes), {
          "credentials.label": "mine",
          "credentials.kind": "effect",
        })
        parents.push(
          `${span.name} in ${span.parent._tag === "Some" && span.parent.value._tag === "Span" ? span.parent.value.name : "none"}`,
        )
        return { accessKeyId: "KEY", secretAccessKey: "secret", expiration: minutes(60 * parents.length) }
      }),
      { label: "mine" },
    )
    return Effect.gen(function* () {
      yield* at(61)
      yield* Effect.withSpan(key, "leader")
      assert.deepStrictEqual(parents, ["CredentialStack.refresh in acquirer", "CredentialStack.refresh in none"])
    }).pipe(CredentialStack.use(source), Effect.withSpan("acquirer"), Effect.provide(CredentialStack.layerEmpty))
  })
})

describe("chains", () => {
  it.effect("a failure of the identity below is its own matter: the role above keeps no backoff of its own", () => {
    const scripted = make()
    const stub = StubSts.make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        // The base is out of order, and its keys have expired; so have those of the role.
        scripted.script.outcome = "recoverable"
        yield* at(61)
        assert.strictEqual(yield* outcome, "RefreshFailed(ServiceUnavailable)")
        assert.deepStrictEqual([scripted.calls.length, stub.calls.length], [2, 1])
        scripted.script.outcome = "success"
        yield* at(66)
        yield* outcome
        yield* at(71)
        assert.strictEqual(yield* Effect.map(outcome, (id) => id.startsWith("ASIA")), true)
      }).pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(stub.layer)),
      { onOutage: "fail" },
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect("a role goes on until it expires when the identity below cannot be had, and no longer", () => {
    const stub = StubSts.make()
    const base = CredentialSource.fromCredentials({ ...StubSts.longTerm("root"), expiration: minutes(50) })
    return Effect.gen(function* () {
      yield* at(55)
      assert.match(yield* outcome, /^ASIA/)
      yield* at(59.5)
      assert.match(yield* outcome, /^ASIA/)
      yield* at(60)
      assert.strictEqual(yield* outcome, "Expired")
    }).pipe(
      CredentialStack.use(StubSts.role("A")),
      Effect.provide(Layer.provideMerge(CredentialStack.layer(base), stub.layer)),
    )
  })

  it.effect("a role is served stale by its own policy, whatever becomes of the identity below", () => {
    const scripted = make()
    const stub = StubSts.make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        scripted.script.outcome = Effect.die("a bug")
        yield* at(61)
        assert.match(yield* outcome, /^ASIA/)
      }).pipe(
        CredentialStack.use(CredentialSource.withRefreshPolicy({ onOutage: "serveStale" })(StubSts.role("A"))),
        Effect.provide(stub.layer),
      ),
      { onOutage: "fail" },
    ).pipe(Effect.provide(logs().layer))
  })

  it.effect("what says no to the identity below is raised above", () => {
    const scripted = make("30 minutes")
    const stub = StubSts.make()
    return onSource(
      scripted,
      Effect.gen(function* () {
        scripted.script.outcome = "final"
        yield* at(50)
        assert.strictEqual(yield* outcome, "RefreshFailed(AccessDenied)")
      }).pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(stub.layer)),
    )
  })

  it.effect("12 hours of three nested roles are one AssumeRole per hop every 45 minutes", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      for (let minute = 1; minute <= 720; minute++) {
        yield* at(minute)
        assert.strictEqual(yield* StubSts.whoami, "root>A>B>C")
      }
      const hops = stub.issued()
      // Acquired at 0, renewed at 45, 90 … 720: 17 sets per hop.
      for (const hop of ["root AssumeRole A", "root>A AssumeRole B", "root>A>B AssumeRole C"]) {
        assert.strictEqual(hops.filter((call) => call === hop).length, 17)
      }
    }).pipe(
      CredentialStack.use(StubSts.role("C")),
      CredentialStack.use(StubSts.role("B")),
      CredentialStack.use(StubSts.role("A")),
      Effect.provide(StubSts.layer(stub)),
    )
  })

  it.effect("short keys are one AssumeRole per hop for one call", () => {
    const stub = StubSts.make()
    stub.settings.lifetime = 240
    return Effect.gen(function* () {
      assert.strictEqual(yield* StubSts.whoami, "root>A>B>C")
      assert.strictEqual(stub.issued().length, 3)
    }).pipe(
      CredentialStack.use(StubSts.role("C")),
      CredentialStack.use(StubSts.role("B")),
      CredentialStack.use(StubSts.role("A")),
      Effect.provide(StubSts.layer(stub)),
    )
  })
})
