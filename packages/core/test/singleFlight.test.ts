import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { at, key, make, outcome, type Scripted } from "./support/scriptedSource.ts"
import * as StubSts from "./support/stubSts.ts"

const many = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>) =>
  Effect.all(Array.from({ length: count }, () => Effect.forkChild(effect)))

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** A root stack in a scope that the test closes by itself. */
const rootOf = (scripted: Scripted, policy: Partial<RefreshPolicy.Settings> = {}) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const layer = CredentialStack.layer(scripted.source).pipe(Layer.provide(RefreshPolicy.layer(policy)))
    const stack = yield* Layer.buildWithScope(layer, scope)
    return { scope, on: Effect.provideContext(stack), stack }
  })

/**
 * Lets every fiber take a few steps at a time (3 is the least with which Effect gets on), and the leader begin at any of
 * them, so that what others do comes between any two.
 */
const stepwise = Effect.provideService(Scheduler.MaxOpsBeforeYield, 3)
const offsets = [0, 1, 2, 3]
const after = <A, E, R>(offset: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  offset === 0 ? effect : Effect.andThen(Effect.void, after(offset - 1, effect))
const walk = (steps: number) =>
  Effect.all(
    Array.from({ length: steps }, () => Effect.yieldNow),
    { discard: true },
  )

describe("one call for all who need it", () => {
  it.effect("10,000 fibers that acquire the same source at once make one", () => {
    const scripted = make()
    scripted.script.latency = "1 second"
    return Effect.gen(function* () {
      const fibers = yield* many(10_000, CredentialStack.use(scripted.source)(key))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(new Set(yield* Fiber.joinAll(fibers)), new Set(["KEY1"]))
      assert.strictEqual(scripted.calls.length, 1)
    }).pipe(Effect.provide(CredentialStack.layerEmpty))
  })

  it.effect("10,000 fibers whose credentials have expired make one more", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.latency = "1 second"
      const fibers = yield* many(10_000, root.on(key))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(new Set(yield* Fiber.joinAll(fibers)), new Set(["KEY2"]))
      assert.strictEqual(scripted.calls.length, 2)
      yield* Scope.close(root.scope, Exit.void)
    })
  })

  it.effect("on a chain A>B>C, too, one per hop", () => {
    const stub = StubSts.make()
    const onChain = StubSts.current.pipe(
      CredentialStack.use(StubSts.role("C")),
      CredentialStack.use(StubSts.role("B")),
      CredentialStack.use(StubSts.role("A")),
    )
    return Effect.gen(function* () {
      stub.settings.latency = "1 second"
      const fibers = yield* many(1000, onChain)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(new Set(yield* Fiber.joinAll(fibers)), new Set(["root>A>B>C"]))
      assert.strictEqual(stub.calls.length, 3)
    }).pipe(Effect.provide(StubSts.layer(stub)))
  })

  it.effect("children of the stack, forks and layers share it", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.latency = "1 second"
      const inChild = CredentialStack.use(scripted.source)(key)
      const fibers = yield* Effect.all([fork(root.on(key)), fork(root.on(key)), fork(root.on(inChild))])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Fiber.joinAll(fibers), ["KEY2", "KEY2", "KEY3"])
      yield* Scope.close(root.scope, Exit.void)
    })
  })

  it.effect.each(offsets)(
    "callers who come at any step of a flight that fails share it or begin the next, never two at once (from %d)",
    (offset) =>
      Effect.gen(function* () {
        const running = { calls: 0, now: 0, most: 0 }
        const source = CredentialSource.fromEffect(
          Effect.suspend(() => {
            running.calls++
            running.most = Math.max(running.most, ++running.now)
            return after(10, Effect.fail("no"))
          }).pipe(Effect.ensuring(Effect.sync(() => running.now--))),
        )
        const call = after(offset, Effect.flip(CredentialStack.use(source)(Effect.void)))
        const calls = Array.from({ length: 100 }, () => Effect.tap(Effect.forkChild(call), () => Effect.yieldNow))
        const fibers = yield* Effect.all(calls)
        assert.deepStrictEqual(new Set<unknown>(yield* Fiber.joinAll(fibers)), new Set(["no"]))
        assert.isAbove(running.calls, 1)
        assert.strictEqual(running.most, 1)
      }).pipe(Effect.provide(CredentialStack.layerEmpty), stepwise),
  )

  it.effect.each(offsets)(
    "callers who come at any step of a flight that succeeds make no second one (from %d)",
    (offset) =>
      Effect.gen(function* () {
        let calls = 0
        const source = CredentialSource.fromEffect(
          Effect.suspend(() => {
            const set = { accessKeyId: `KEY${++calls}`, secretAccessKey: "secret" }
            return calls === 1 ? Effect.succeed(set) : after(10, Effect.succeed(set))
          }),
        )
        yield* Effect.gen(function* () {
          yield* CredentialStack.invalidate("KEY1")
          const asking = Array.from({ length: 100 }, () =>
            Effect.tap(Effect.forkChild(after(offset, key)), () => Effect.yieldNow),
          )
          assert.deepStrictEqual(new Set(yield* Fiber.joinAll(yield* Effect.all(asking))), new Set(["KEY2"]))
          assert.strictEqual(calls, 2)
        }).pipe(Effect.provide(CredentialStack.layer(source)))
      }).pipe(stepwise),
  )
})

describe("interruption", () => {
  it.effect("of the leader harms no waiter", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.latency = "1 second"
      const leader = yield* fork(root.on(key))
      const waiters = yield* many(100, root.on(key))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(leader)
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(new Set(yield* Fiber.joinAll(waiters)), new Set(["KEY2"]))
      assert.deepStrictEqual([scripted.calls.length, scripted.seen.interrupted], [2, 0])
      yield* Scope.close(root.scope, Exit.void)
    })
  })

  it.effect("of the last waiter interrupts the source, and the next caller asks again", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.outcome = "silence"
      const waiters = yield* many(3, root.on(key))
      yield* Effect.yieldNow
      for (const waiter of waiters) {
        assert.strictEqual(scripted.seen.interrupted, 0)
        yield* Fiber.interrupt(waiter)
      }
      assert.deepStrictEqual([scripted.calls.length, scripted.seen.interrupted], [2, 1])
      scripted.script.outcome = "success"
      assert.strictEqual(yield* root.on(key), "KEY3")
      yield* Scope.close(root.scope, Exit.void)
    })
  })

  it.effect("of an acquisition interrupts the source, and leaves nothing behind", () => {
    const scripted = make()
    scripted.script.outcome = "silence"
    return Effect.gen(function* () {
      const fiber = yield* fork(CredentialStack.use(scripted.source)(key))
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(scripted.seen.interrupted, 1)
      assert.deepStrictEqual(yield* CredentialStack.frames, [])
      scripted.script.outcome = "success"
      assert.strictEqual(yield* CredentialStack.use(scripted.source)(key), "KEY2")
    }).pipe(Effect.provide(CredentialStack.layerEmpty))
  })

  it.effect("of one who waits for a chain cancels it down to the base, but not what others wait for", () => {
    const scripted = make()
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* Effect.gen(function* () {
        yield* at(61)
        scripted.script.outcome = "silence"
        const onBase = yield* fork(root.on(key))
        const onRole = yield* fork(key)
        yield* Fiber.interrupt(onRole)
        assert.strictEqual(scripted.seen.interrupted, 0)
        yield* Fiber.interrupt(onBase)
        assert.strictEqual(scripted.seen.interrupted, 1)
        yield* Fiber.interrupt(yield* fork(key))
        assert.strictEqual(scripted.seen.interrupted, 2)
        scripted.script.outcome = "success"
        assert.match(yield* key, /^ASIA/)
      }).pipe(CredentialStack.use(StubSts.role("A")), root.on)
      yield* Scope.close(root.scope, Exit.void)
    }).pipe(Effect.provide(stub.layer))
  })

  it.effect("of a caller that cannot be interrupted waits for the answer", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.latency = "1 second"
      const got: Array<string> = []
      const asking = Effect.tap(root.on(key), (id) => Effect.sync(() => got.push(id)))
      const fiber = yield* fork(Effect.uninterruptible(asking))
      const interruption = yield* fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interruption)
      assert.deepStrictEqual(got, ["KEY2"])
      assert.deepStrictEqual([scripted.calls.length, scripted.seen.interrupted], [2, 0])
      yield* Scope.close(root.scope, Exit.void)
    })
  })

  it.effect("of the only caller of a source that cannot be interrupted is no matter of who asks next", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.outcome = Effect.uninterruptible(
        Effect.andThen(Effect.sleep("10 seconds"), Effect.die("nobody waits for this")),
      )
      const first = yield* fork(root.on(key))
      const interruption = yield* fork(Fiber.interrupt(first))
      scripted.script.outcome = "success"
      scripted.script.latency = "20 seconds"
      const second = yield* fork(root.on(key))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(interruption)
      const third = yield* fork(root.on(key))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([yield* Fiber.join(second), yield* Fiber.join(third)], ["KEY3", "KEY3"])
      assert.strictEqual(scripted.calls.length, 3)
      yield* Scope.close(root.scope, Exit.void)
    })
  })

  it.effect.each(offsets)("of the leader at any step leaves no flight that nobody ends (from %d)", (offset) =>
    Effect.gen(function* () {
      for (let steps = 0; steps < 40; steps++) {
        const scripted = make()
        const root = yield* rootOf(scripted)
        yield* TestClock.adjust("61 minutes")
        scripted.script.latency = "1 second"
        const leader = yield* Effect.forkChild(after(offset, root.on(key)))
        yield* walk(steps)
        const interruption = yield* Effect.forkChild(Fiber.interrupt(leader))
        const waiter = yield* Effect.forkChild(root.on(key))
        yield* walk(200)
        yield* TestClock.adjust("1 second")
        yield* walk(200)
        const exit = waiter.pollUnsafe()
        assert.isDefined(exit, `nobody answers after ${steps} steps`)
        assert.match(String(exit && Exit.isSuccess(exit) && exit.value), /^KEY[23]$/)
        yield* Fiber.join(interruption)
        assert.isAtMost(scripted.calls.length - scripted.seen.interrupted, 2)
        yield* Scope.close(root.scope, Exit.void)
      }
    }).pipe(stepwise),
  )

  it.effect.each(offsets)("of the only caller at any step leaves no source running (from %d)", (offset) =>
    Effect.gen(function* () {
      for (let steps = 0; steps < 40; steps++) {
        const scripted = make()
        const root = yield* rootOf(scripted)
        yield* TestClock.adjust("61 minutes")
        scripted.script.outcome = "silence"
        const leader = yield* Effect.forkChild(after(offset, root.on(key)))
        yield* walk(steps)
        yield* Fiber.interrupt(leader)
        yield* walk(50)
        assert.isAtMost(scripted.calls.length - 1, scripted.seen.interrupted, `after ${steps} steps`)
        yield* Scope.close(root.scope, Exit.void)
      }
    }).pipe(stepwise),
  )
})

describe("closing the root", () => {
  const failures = { onOutage: "fail" } as const

  it.effect.each([
    { minute: 61, state: "expired" },
    { minute: 59.5, state: "valid still" },
  ])("cancels the source and waits for that; waiters get ScopeClosed ($state)", ({ minute }) => {
    const cleaned: Array<string> = []
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted, failures)
      yield* at(minute)
      scripted.script.outcome = Effect.never.pipe(
        Effect.ensuring(
          Effect.andThen(
            Effect.sleep("1 second"),
            Effect.sync(() => cleaned.push("source")),
          ),
        ),
      )
      const waiters = yield* many(3, root.on(outcome))
      yield* Effect.yieldNow
      const closing = yield* fork(
        Effect.tap(Scope.close(root.scope, Exit.void), () => Effect.sync(() => cleaned.push("root"))),
      )
      assert.deepStrictEqual(cleaned, [])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(cleaned, ["source", "root"])
      assert.deepStrictEqual(yield* Fiber.joinAll(waiters), ["ScopeClosed", "ScopeClosed", "ScopeClosed"])
      assert.strictEqual(yield* root.on(outcome), "ScopeClosed")
    })
  })

  it.effect("ends a chain from the top, and no waiter of any hop gets an answer or an interrupt", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const push = (name: string) => CredentialStack.layerPush(StubSts.role(name))
      const onA = yield* Layer.buildWithScope(Layer.provideMerge(push("A"), StubSts.layer(stub)), scope)
      const onC = yield* Layer.buildWithScope(
        push("C").pipe(Layer.provide(push("B")), Layer.provide(Layer.succeedContext(onA))),
        scope,
      )
      yield* at(61)
      stub.settings.latency = "10 seconds"
      const waiters = yield* Effect.all([
        ...Array.from({ length: 3 }, () => fork(Effect.provideContext(outcome, onC))),
        fork(Effect.provideContext(outcome, onA)),
      ])
      yield* TestClock.adjust("5 seconds")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* Fiber.joinAll(waiters), Array(4).fill("ScopeClosed"))
      assert.strictEqual(stub.calls.length, 4)
    })
  })

  it.effect("gives nobody an answer that comes while another source is still being cancelled", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const root = yield* rootOf(scripted)
      yield* at(61)
      scripted.script.latency = "1 second"
      const waiter = yield* fork(root.on(outcome))
      const slow = CredentialSource.fromEffect(Effect.ensuring(Effect.never, Effect.sleep("5 seconds")))
      const acquiring = yield* fork(root.on(Effect.exit(CredentialStack.use(slow)(Effect.void))))
      const closing = yield* fork(Scope.close(root.scope, Exit.void))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      yield* Fiber.join(acquiring)
      assert.strictEqual(yield* Fiber.join(waiter), "ScopeClosed")
    })
  })

  it.effect("during an acquisition is ScopeClosed", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const stack = yield* Layer.buildWithScope(CredentialStack.layerEmpty, scope)
      scripted.script.outcome = "silence"
      const acquiring = yield* fork(
        Effect.provideContext(Effect.flip(CredentialStack.use(scripted.source)(Effect.void)), stack),
      )
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(acquiring)
      assert.strictEqual(error._tag === "CredentialsError" && error.reason._tag, "ScopeClosed")
      assert.strictEqual(scripted.seen.interrupted, 1)
    })
  })

  it.effect("between the members of firstOf keeps the next one from being asked", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const stack = yield* Layer.buildWithScope(CredentialStack.layerEmpty, scope)
      const closes = CredentialSource.fromEffect(Effect.never)
      const source = CredentialSource.firstOf(CredentialSource.fromConfig, closes, scripted.source)
      const acquiring = yield* fork(Effect.provideContext(Effect.flip(CredentialStack.use(source)(Effect.void)), stack))
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(acquiring)
      assert.strictEqual(error._tag === "CredentialsError" && error.reason._tag, "ScopeClosed")
      assert.strictEqual(scripted.calls.length, 0)
    })
  })
})

describe("deadlocks", () => {
  it.effect("there is none when a source asks for the identity around it", () => {
    const stub = StubSts.make()
    const derived = CredentialSource.fromEffect(
      Effect.map(CredentialStack.current, ({ accessKeyId }) => ({
        accessKeyId: `${accessKeyId}_derived`,
        secretAccessKey: "secret",
        sessionToken: "token",
        expiration: 3_600_000 * 2,
      })),
    )
    return Effect.gen(function* () {
      const inside = Effect.map(StubSts.current, (chain) => chain)
      assert.strictEqual(yield* CredentialStack.use(derived)(inside), "root>A>derived")
      yield* at(61)
      assert.strictEqual(yield* CredentialStack.use(derived)(inside), "root>A>derived")
    }).pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(StubSts.layer(stub)))
  })

  it.effect("a source that reads the stack is a session of its own on each identity", () => {
    const stub = StubSts.make()
    const derived = CredentialSource.fromEffect(
      Effect.map(CredentialStack.current, ({ accessKeyId }) => ({
        accessKeyId: `${accessKeyId}_derived`,
        secretAccessKey: "secret",
        sessionToken: "token",
      })),
    )
    return Effect.gen(function* () {
      const inside = CredentialStack.use(derived)(StubSts.current)
      assert.strictEqual(yield* CredentialStack.use(StubSts.role("A"))(inside), "root>A>derived")
      assert.strictEqual(yield* CredentialStack.use(StubSts.role("B"))(inside), "root>B>derived")
    }).pipe(Effect.provide(StubSts.layer(stub)))
  })
})

describe("without a scheduler to wait for", () => {
  it("what is there at once is there at once", () => {
    const source = CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" })
    const id = Effect.runSync(Effect.provide(key, CredentialStack.layer(source)))
    assert.strictEqual(id, "AKIDEXAMPLE")
  })
})
