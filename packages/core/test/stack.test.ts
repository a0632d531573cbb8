import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as SessionPool from "@effect-sts/core/SessionPool"
import type { CredentialsError } from "@effect-sts/core/CredentialsError"
import * as Sts from "@effect-sts/core/Sts"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as StubSts from "./support/stubSts.ts"

const { current, longTerm, role, roleArn, whoami } = StubSts

type Services = Sts.Sts | CredentialStack.CredentialStack | Scope.Scope

const test = (name: string, body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Services>) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return body(stub).pipe(Effect.provide(StubSts.layer(stub)))
  })

const useA = CredentialStack.use(role("A"))
const useB = CredentialStack.use(role("B"))
const source = (name: string) => CredentialSource.fromCredentials(longTerm(name))

/** The tag of the reason that an effect fails with. */
const reasonOf = <A, R>(
  effect: Effect.Effect<A, { readonly reason: { readonly _tag: string } }, R>,
): Effect.Effect<string, never, R> =>
  Effect.match(effect, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "none" })

const labels = Effect.map(CredentialStack.frames, (frames) => frames.map(({ label }) => label))

/** Runs a push in a scope of its own, and gives what closes it. */
const pushed = Effect.fnUntraced(function* <E, R>(pushing: CredentialSource.CredentialSource<E, R>) {
  const scope = yield* Scope.make()
  yield* Scope.provide(CredentialStack.push(pushing), scope)
  return Scope.close(scope, Exit.void)
})

/** How many sessions the pool has. */
const liveSessions = Effect.map(Metric.snapshot, (metrics) => {
  const live = metrics.find(({ id }) => id === "sts_sessions_live")
  return live?.type === "Gauge" ? live.state.value : undefined
})

/** What a program logs. */
const logged = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const messages: Array<string> = []
  const logger = Logger.make(({ message }) => messages.push(String(message)))
  yield* Effect.provide(effect, Logger.layer([logger]))
  return messages
})

describe("layer", () => {
  it.effect("acquires its base at once: credentials that are not whole fail the build", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(
          CredentialStack.layer(CredentialSource.fromCredentials({ accessKeyId: "AKIA", secretAccessKey: "" })),
        ),
      )
      assert.strictEqual(error.reason._tag, "InvalidCredentials")
    }),
  )

  it.effect("takes a source that needs no identity below as its base", () => {
    const stub = StubSts.make()
    const base = CredentialSource.webIdentity({ roleArn: roleArn("web"), webIdentityToken: "a.b.c" })
    return Effect.gen(function* () {
      assert.strictEqual(yield* whoami, "web")
      assert.strictEqual(yield* useA(whoami), "web>A")
    }).pipe(Effect.provide(Layer.provideMerge(CredentialStack.layer(base), stub.layer)))
  })

  it.effect("closed, ends all that is on it", () =>
    Effect.gen(function* () {
      const stub = StubSts.make()
      const scope = yield* Scope.make()
      const stack = yield* Layer.buildWithScope(StubSts.layer(stub), scope)
      const isInside = yield* Deferred.make<void>()
      const isClosed = yield* Deferred.make<void>()
      const inside = yield* Deferred.succeed(isInside, undefined).pipe(
        Effect.andThen(Deferred.await(isClosed)),
        Effect.andThen(Effect.all([reasonOf(CredentialStack.current), reasonOf(useB(whoami)), labels])),
        useA,
        Effect.provideContext(stack),
        Effect.forkChild,
      )
      yield* Deferred.await(isInside)
      yield* Scope.close(scope, Exit.void)
      yield* Deferred.succeed(isClosed, undefined)
      assert.deepStrictEqual(yield* Fiber.join(inside), ["ScopeClosed", "ScopeClosed", []])
      const afterwards = yield* Effect.all([
        reasonOf(CredentialStack.current),
        reasonOf(useA(whoami)),
        reasonOf(Effect.scoped(CredentialStack.push(role("A")))),
        reasonOf(CredentialStack.set(longTerm("x"))),
        reasonOf(CredentialStack.restore),
        reasonOf(CredentialStack.restoreAll),
        reasonOf(Effect.provide(whoami, CredentialStack.layerPush(role("A")))),
      ]).pipe(Effect.provideContext(stack))
      assert.deepStrictEqual(new Set(afterwards), new Set(["ScopeClosed"]))
      const { message } = yield* Effect.flip(Effect.provideContext(CredentialStack.current, stack))
      assert.include(message, "the credential stack")
      assert.deepStrictEqual(yield* Effect.provideContext(labels, stack), [])
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A"])
    }),
  )

  it.effect("warns of the frames that outlive it, by their labels", () =>
    Effect.gen(function* () {
      const outer = yield* Scope.make()
      const stub = StubSts.make()
      const messages = yield* logged(
        Effect.gen(function* () {
          yield* Scope.provide(CredentialStack.push(role("leaky")), outer)
          yield* Effect.scoped(CredentialStack.push(role("tidy")))
          yield* useA(Effect.void)
          yield* CredentialStack.set(longTerm("x"))
          yield* Effect.forkIn(useB(Effect.never), outer, { startImmediately: true })
        }).pipe(Effect.provide(StubSts.layer(stub))),
      )
      assert.lengthOf(messages, 1)
      assert.include(messages[0], `still open: assumeRole(${roleArn("leaky")}), assumeRole(${roleArn("B")}).`)
      yield* Scope.close(outer, Exit.void)
    }),
  )

  it.effect("says nothing where all frames are closed", () =>
    Effect.gen(function* () {
      const stub = StubSts.make()
      const App = Layer.provideMerge(CredentialStack.layerPush(role("A")), StubSts.layer(stub))
      const messages = yield* logged(
        Effect.scoped(Effect.andThen(CredentialStack.push(role("B")), useA(whoami))).pipe(Effect.provide(App)),
      )
      assert.deepStrictEqual(messages, [])
    }),
  )
})

describe("layerEmpty", () => {
  const empty = (name: string, body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Services>) =>
    it.effect(name, () => {
      const stub = StubSts.make()
      return body(stub).pipe(Effect.provide(Layer.merge(CredentialStack.layerEmpty, stub.layer)))
    })

  empty("has no identity until one is put on it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* labels, [])
      const { reason } = yield* Effect.flip(CredentialStack.current)
      assert(reason._tag === "NoCredentials")
      assert.strictEqual(reason.message, "there is no identity on the credential stack yet: push or set one")
      assert.deepStrictEqual(reason.tried, [])
      assert.strictEqual(yield* reasonOf(whoami), "NoCredentials")
      assert.strictEqual(yield* reasonOf(useA(whoami)), "NoCredentials")
      assert.strictEqual(yield* reasonOf(CredentialStack.restore), "EmptyStack")
      yield* CredentialStack.set(longTerm("x"))
      assert.strictEqual(yield* useA(whoami), "x>A")
      yield* CredentialStack.restore
      assert.strictEqual(yield* reasonOf(CredentialStack.current), "NoCredentials")
      yield* CredentialStack.set(longTerm("x"))
      yield* CredentialStack.restoreAll
      assert.strictEqual(yield* reasonOf(CredentialStack.current), "NoCredentials")
    }),
  )

  empty("is the same after each use of a whole identity", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* CredentialStack.use(source("x"))(whoami), "x")
      assert.strictEqual(yield* reasonOf(CredentialStack.current), "NoCredentials")
    }),
  )
})

describe("use", () => {
  const endings: Record<string, Effect.Effect<unknown, unknown>> = {
    "it succeeded": Effect.void,
    "it failed": Effect.fail("no"),
    "it died": Effect.die("bug"),
    "it was interrupted": Effect.interrupt,
    "its finalizer died": Effect.ensuring(Effect.void, Effect.die("bug in a finalizer")),
    "its finalizer died after an interrupt": Effect.ensuring(Effect.interrupt, Effect.die("bug in a finalizer")),
    "it threw": Effect.sync(() => {
      throw new Error("bug")
    }),
  }
  for (const [ending, effect] of Object.entries(endings)) {
    test(`restores the identity when ${ending}`, () =>
      Effect.gen(function* () {
        const before = yield* labels
        const inside = Effect.andThen(whoami, (chain) => Effect.as(Effect.exit(effect), chain))
        assert.strictEqual(yield* useA(inside), "root>A")
        const exit = yield* Effect.exit(useA(effect))
        assert.strictEqual(exit._tag, effect === Effect.void ? "Success" : "Failure")
        assert.strictEqual(yield* whoami, "root")
        assert.deepStrictEqual(yield* labels, before)
      }))
  }

  test("restores the identity when its fiber is interrupted from outside", () =>
    Effect.gen(function* () {
      const isInside = yield* Deferred.make<void>()
      const fiber = yield* Deferred.succeed(isInside, undefined).pipe(
        Effect.andThen(Effect.never),
        useA,
        Effect.onInterrupt(() => Effect.map(whoami, (chain) => assert.strictEqual(chain, "root")).pipe(Effect.orDie)),
        Effect.forkChild,
      )
      yield* Deferred.await(isInside)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      assert.strictEqual(yield* whoami, "root")
    }))

  test("acquires at once: a refused source fails before the inside starts, and changes nothing", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied"))
      const before = yield* labels
      const error = yield* Effect.flip(useA(Effect.die("the inside ran")))
      assert.strictEqual(error.reason._tag, "AccessDenied")
      assert.deepStrictEqual(yield* labels, before)
      assert.strictEqual(yield* current, "root")
    }))

  test("interrupted in its acquisition, cancels the call and changes nothing", (stub) =>
    Effect.gen(function* () {
      const isAsked = yield* Deferred.make<void>()
      const isCancelled = yield* Deferred.make<void>()
      stub.next(
        Deferred.succeed(isAsked, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(isCancelled, undefined)),
        ),
      )
      const fiber = yield* Effect.forkChild(useA(Effect.die("the inside ran")))
      yield* Deferred.await(isAsked)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(isCancelled)
      assert.lengthOf(yield* labels, 1)
      assert.strictEqual(yield* whoami, "root")
      assert.strictEqual(yield* useA(whoami), "root>A")
    }))

  it.effect("refused or interrupted, keeps no session", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied"))
      yield* Effect.flip(useA(Effect.void))
      stub.settings.latency = "1 second"
      const fiber = yield* Effect.forkChild(useA(Effect.void), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* liveSessions, 1, "that of the base")
    }).pipe(Effect.provide(StubSts.layer(stub)), Effect.provideService(Metric.MetricRegistry, new Map()))
  })

  const unshared = CredentialSource.unshared(role("A"))
  const acquisitions: Record<string, Effect.Effect<unknown, unknown, Services>> = {
    use: CredentialStack.use(unshared)(Effect.never),
    push: Effect.andThen(CredentialStack.push(unshared), Effect.never),
    layerPush: Effect.provide(Effect.never, CredentialStack.layerPush(unshared)),
    firstOf: CredentialStack.use(CredentialSource.firstOf(CredentialSource.fromConfig, unshared))(Effect.never),
  }
  for (const [name, acquisition] of Object.entries(acquisitions)) {
    it.effect(`interrupted at any step of ${name}, leaks nothing`, () =>
      Effect.gen(function* () {
        const calls = new Set<number>()
        // So few operations at a time that there is a moment between any two, wherever the first one begins.
        for (const operations of [3, 4, 5]) {
          for (let steps = 0; steps < 120; steps++) {
            const stub = StubSts.make()
            const interrupted = Effect.gen(function* () {
              const fiber = yield* Effect.scoped(acquisition).pipe(
                Effect.provideService(Scheduler.MaxOpsBeforeYield, operations),
                Effect.forkChild({ startImmediately: true }),
              )
              for (let step = 0; step < steps; step++) yield* Effect.yieldNow
              calls.add(stub.calls.length)
              yield* Fiber.interrupt(fiber)
              assert.lengthOf(yield* labels, 1)
              assert.strictEqual(yield* current, "root")
              assert.strictEqual(yield* liveSessions, 1, `after ${steps} steps of ${operations}`)
            })
            const messages = yield* logged(Effect.provide(interrupted, StubSts.layer(stub))).pipe(
              Effect.provideService(Metric.MetricRegistry, new Map()),
            )
            assert.deepStrictEqual(messages, [], `after ${steps} steps of ${operations}`)
          }
        }
        assert.deepStrictEqual(calls, new Set([0, 1]), "before and after the call")
      }).pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))),
    )
  }

  const additions: Record<string, Effect.Effect<unknown, unknown, Services | Scope.Scope>> = {
    set: CredentialStack.set(longTerm("x")),
    push: CredentialStack.push(unshared),
  }
  for (const [name, addition] of Object.entries(additions)) {
    it.effect(`of a stack that is closed at any step of ${name}, leaks nothing`, () =>
      Effect.gen(function* () {
        for (const operations of [3, 4, 5]) {
          for (let steps = 0; steps < 60; steps++) {
            const closed = Effect.gen(function* () {
              const scope = yield* Scope.make()
              const fiber = yield* Effect.gen(function* () {
                const fiber = yield* Scope.provide(addition, scope).pipe(
                  Effect.provideService(Scheduler.MaxOpsBeforeYield, operations),
                  Effect.forkDetach({ startImmediately: true }),
                )
                for (let step = 0; step < steps; step++) yield* Effect.yieldNow
                return fiber
              }).pipe(CredentialStack.use(source("y")))
              yield* Fiber.await(fiber)
              assert.strictEqual(yield* liveSessions, 1, `after ${steps} steps of ${operations}`)
              yield* Scope.close(scope, Exit.void)
            })
            const layer = StubSts.layer(StubSts.make()).pipe(Layer.provide(SessionPool.layer({ idleTimeToLive: 0 })))
            const messages = yield* logged(Effect.provide(closed, layer)).pipe(
              Effect.provideService(Metric.MetricRegistry, new Map()),
            )
            assert.deepStrictEqual(messages, [], `after ${steps} steps of ${operations}`)
          }
        }
      }),
    )
  }

  test("of an uninterruptible caller runs to its end, and restores", (stub) =>
    Effect.gen(function* () {
      stub.settings.latency = "1 second"
      const seen: Array<string> = []
      const fiber = yield* useA(
        Effect.andThen(
          Effect.sleep("1 second"),
          Effect.map(current, (chain) => seen.push(chain)),
        ),
      ).pipe(
        Effect.andThen(Effect.map(current, (chain) => seen.push(chain))),
        Effect.uninterruptible,
        Effect.forkChild({ startImmediately: true }),
      )
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(seen, ["root>A", "root"])
    }))

  test("in forked fibers never shows one the other's identity", (stub) =>
    Effect.gen(function* () {
      stub.settings.latency = "1 second"
      const slow = Effect.fnUntraced(function* (name: string) {
        const here = Effect.gen(function* () {
          yield* Effect.sleep("1 second")
          return yield* current
        })
        return yield* Effect.all([here, here.pipe(useB), here], { concurrency: 1 }).pipe(
          CredentialStack.use(role(name)),
        )
      })
      const fibers = yield* Effect.forEach(["A", "C", "D"], (name) => Effect.forkChild(slow(name)))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Effect.forEach(fibers, Fiber.join), [
        ["root>A", "root>A>B", "root>A"],
        ["root>C", "root>C>B", "root>C"],
        ["root>D", "root>D>B", "root>D"],
      ])
    }))

  test("gives a forked child its own identity, and ScopeClosed once it is over", () =>
    Effect.gen(function* () {
      const isOver = yield* Deferred.make<void>()
      const [child, first] = yield* Effect.gen(function* () {
        const first = yield* Deferred.make<string>()
        const child = yield* current.pipe(
          Effect.flatMap((chain) => Deferred.succeed(first, chain)),
          Effect.andThen(Deferred.await(isOver)),
          Effect.andThen(Effect.all([reasonOf(current), reasonOf(whoami), reasonOf(useB(whoami)), labels])),
          Effect.forkDetach,
        )
        return [child, yield* Deferred.await(first)] as const
      }).pipe(useA)
      assert.strictEqual(first, "root>A")
      yield* Deferred.succeed(isOver, undefined)
      assert.deepStrictEqual(yield* Fiber.join(child), ["ScopeClosed", "ScopeClosed", "ScopeClosed", []])
      assert.strictEqual(yield* current, "root")
    }))

  test("opened before the one around it ended, goes on until its own end", () =>
    Effect.gen(function* () {
      const isOver = yield* Deferred.make<void>()
      const inner = yield* Effect.gen(function* () {
        const isInside = yield* Deferred.make<void>()
        const fiber = yield* Deferred.succeed(isInside, undefined).pipe(
          Effect.andThen(Deferred.await(isOver)),
          Effect.andThen(Effect.all([whoami, useA(whoami)])),
          useB,
          Effect.forkDetach,
        )
        yield* Deferred.await(isInside)
        return fiber
      }).pipe(useA)
      yield* Deferred.succeed(isOver, undefined)
      assert.deepStrictEqual(yield* Fiber.join(inner), ["root>A>B", "root>A>B>A"])
    }))

  test("whose outside ends while it is being acquired gets ScopeClosed", (stub) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.gen(function* () {
        stub.settings.latency = "1 second"
        return yield* Effect.forkDetach(useB(Effect.die("the inside ran")), { startImmediately: true })
      }).pipe(useA)
      const error = yield* Effect.forkChild(Effect.flip(Fiber.join(fiber)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(error)).reason._tag, "ScopeClosed")
      assert.lengthOf(yield* labels, 1)
    }))

  test("changes its own stack only, whatever is pushed and set inside", () =>
    Effect.gen(function* () {
      const isInside = yield* Deferred.make<void>()
      const isSeen = yield* Deferred.make<void>()
      const fiber = yield* Effect.gen(function* () {
        yield* CredentialStack.push(role("B"))
        yield* CredentialStack.set(longTerm("x"))
        yield* Deferred.succeed(isInside, undefined)
        yield* Deferred.await(isSeen)
        return yield* current
      }).pipe(Effect.scoped, useA, Effect.forkChild)
      yield* Deferred.await(isInside)
      assert.strictEqual(yield* current, "root")
      yield* CredentialStack.set(longTerm("y"))
      yield* Deferred.succeed(isSeen, undefined)
      assert.strictEqual(yield* Fiber.join(fiber), "x")
      assert.strictEqual(yield* current, "y")
    }))

  test("withRole is use with a role", (stub) =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* whoami.pipe(CredentialStack.withRole({ roleArn: roleArn("A"), duration: "15 minutes" })),
        "root>A",
      )
      assert.strictEqual(stub.calls[0]?.request["DurationSeconds"], 900)
    }))
})

describe("push", () => {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]
  for (const order of orders) {
    test(`closed in the order ${order.join(", ")}, takes away its own frame and no other`, () =>
      Effect.gen(function* () {
        const names = ["x", "y", "z"]
        const closers = yield* Effect.forEach(names, (name) => pushed(source(name)))
        const open = ["root", ...names]
        for (const index of order) {
          yield* closers[index] ?? Effect.die("no such scope")
          open.splice(open.indexOf(names[index] ?? ""), 1)
          assert.strictEqual(yield* current, open.at(-1))
          assert.deepStrictEqual(yield* labels, open.map((name) => `credentials(${StubSts.keyOf(name)})`).toReversed())
        }
      }))
  }

  test("closed twice, does nothing the second time", () =>
    Effect.gen(function* () {
      const closeA = yield* pushed(role("A"))
      yield* pushed(role("A"))
      yield* closeA
      yield* closeA
      assert.strictEqual(yield* current, "root>A>A")
    }))

  test("closed after its stack, does nothing", () =>
    Effect.gen(function* () {
      const close = yield* pushed(role("B")).pipe(useA)
      yield* close
      assert.strictEqual(yield* current, "root")
    }))

  test("into a closed scope puts nothing on the stack", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      yield* Scope.provide(CredentialStack.push(role("A")), scope)
      assert.strictEqual(yield* current, "root")
      assert.lengthOf(yield* labels, 1)
    }))

  test("is seen by all who share the stack, also by a fiber that runs already", () =>
    Effect.gen(function* () {
      const isPushed = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(Effect.andThen(Deferred.await(isPushed), current))
      const close = yield* pushed(role("A"))
      yield* Deferred.succeed(isPushed, undefined)
      assert.strictEqual(yield* Fiber.join(fiber), "root>A")
      yield* close
    }))

  test("that is refused or interrupted leaves the stack as it was", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied"))
      assert.strictEqual(yield* reasonOf(CredentialStack.push(role("A"))), "AccessDenied")
      stub.settings.latency = "1 second"
      const fiber = yield* Effect.forkChild(CredentialStack.push(role("A")), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.lengthOf(yield* labels, 1)
    }))

  test("holds the session below: a frame above a closed one still renews itself through it", (stub) =>
    Effect.gen(function* () {
      stub.settings.lifetime = 900
      const closeA = yield* pushed(role("A"))
      yield* pushed(role("B"))
      yield* closeA
      assert.strictEqual(yield* current, "root>A>B")
      for (let hour = 0; hour < 3; hour++) {
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* whoami, "root>A>B")
      }
      const round = ["root AssumeRole A", "root>A AssumeRole B"]
      assert.deepStrictEqual(stub.issued(), [...round, ...round, ...round, ...round])
    }))

  test("whose use ends while it is being acquired gets ScopeClosed, and nothing is put anywhere", (stub) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.gen(function* () {
        stub.settings.latency = "1 second"
        return yield* Effect.forkDetach(pushed(role("B")), { startImmediately: true })
      }).pipe(useA)
      const error = yield* Effect.forkChild(Effect.flip(Fiber.join(fiber)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(error)).reason._tag, "ScopeClosed")
      assert.lengthOf(yield* labels, 1)
    }))
})

describe("set, restore and restoreAll", () => {
  test("restore brings back, one by one, what set replaced", () =>
    Effect.gen(function* () {
      yield* CredentialStack.set(longTerm("x"))
      yield* CredentialStack.set({ ...longTerm("y"), secretAccessKey: Redacted.make("secret") })
      assert.strictEqual(yield* current, "y")
      yield* CredentialStack.restore
      assert.strictEqual(yield* current, "x")
      yield* CredentialStack.restore
      assert.strictEqual(yield* current, "root")
    }))

  test("set takes what an operation answers", () =>
    Effect.gen(function* () {
      const { credentials } = yield* Sts.assumeRole({ roleArn: roleArn("A"), roleSessionName: "test" })
      yield* CredentialStack.set(credentials)
      assert.strictEqual(yield* whoami, "root>A")
    }))

  test("restore on a stack that nothing was set on fails with EmptyStack and changes nothing", () =>
    Effect.gen(function* () {
      assert.match((yield* Effect.flip(CredentialStack.restore)).message, /there is nothing to restore/)
      assert.strictEqual(yield* reasonOf(CredentialStack.restore), "EmptyStack")
      assert.strictEqual(yield* reasonOf(CredentialStack.restoreAll), "EmptyStack")
      assert.strictEqual(yield* current, "root")
    }))

  test("restore leaves a scoped frame alone: FrameInUse, by its label", () =>
    Effect.gen(function* () {
      yield* CredentialStack.set(longTerm("x"))
      const close = yield* pushed(role("A"))
      for (const restoring of [CredentialStack.restore, CredentialStack.restoreAll]) {
        const { reason } = yield* Effect.flip(restoring)
        assert.strictEqual(reason._tag, "FrameInUse")
        assert.deepInclude(reason, { label: `assumeRole(${roleArn("A")})` })
        assert.match(reason.message, /^assumeRole\(.*role\/A\) is on the stack and belongs to a scope/)
        assert.strictEqual(yield* current, "x>A")
      }
      yield* close
      yield* CredentialStack.restore
      assert.strictEqual(yield* current, "root")
    }))

  test("restoreAll goes to the identity that the stack began with, or nowhere", () =>
    Effect.gen(function* () {
      yield* CredentialStack.set(longTerm("x"))
      yield* CredentialStack.set(longTerm("y"))
      yield* CredentialStack.restoreAll
      assert.strictEqual(yield* current, "root")
      const close = yield* pushed(role("A"))
      yield* CredentialStack.set(longTerm("x"))
      assert.strictEqual(yield* reasonOf(CredentialStack.restoreAll), "FrameInUse")
      assert.strictEqual(yield* current, "x")
      yield* close
      yield* CredentialStack.restoreAll
      assert.strictEqual(yield* current, "root")
    }))

  it.effect("two restores at once take two frames", () =>
    Effect.gen(function* () {
      for (let steps = 0; steps < 20; steps++) {
        yield* Effect.gen(function* () {
          for (const name of ["x", "y", "z"]) yield* CredentialStack.set(longTerm(name))
          const restoring = yield* CredentialStack.restore.pipe(
            Effect.provideService(Scheduler.MaxOpsBeforeYield, 3),
            Effect.forkChild({ startImmediately: true }),
          )
          for (let step = 0; step < steps; step++) yield* Effect.yieldNow
          yield* CredentialStack.restore
          yield* Fiber.join(restoring)
          assert.strictEqual(yield* current, "x", `after ${steps} steps`)
        }).pipe(Effect.provide(StubSts.layer(StubSts.make())))
      }
    }),
  )

  it.effect("restoreAll takes all in one step, and nothing of what another fiber puts on the stack meanwhile", () =>
    Effect.gen(function* () {
      const outcomes = new Set<string>()
      for (let steps = 0; steps < 80; steps++) {
        yield* Effect.gen(function* () {
          yield* CredentialStack.set(longTerm("x"))
          yield* CredentialStack.set(longTerm("y"))
          const restoring = yield* reasonOf(CredentialStack.restoreAll).pipe(
            // So few operations at a time that there is a moment between any two.
            Effect.provideService(Scheduler.MaxOpsBeforeYield, 3),
            Effect.forkChild({ startImmediately: true }),
          )
          for (let step = 0; step < steps; step++) yield* Effect.yieldNow
          const restored = yield* reasonOf(CredentialStack.restore)
          const close = yield* pushed(source("z"))
          outcomes.add(`${restored}, ${yield* Fiber.join(restoring)}`)
          assert.strictEqual(yield* current, "z", `after ${steps} steps`)
          yield* close
        }).pipe(Effect.provide(StubSts.layer(StubSts.make())))
      }
      assert.deepStrictEqual(outcomes, new Set(["none, FrameInUse", "EmptyStack, none"]))
    }),
  )

  const children: Record<
    string,
    (effect: Effect.Effect<void, CredentialsError, Services>) => Effect.Effect<void, unknown, Services>
  > = {
    use: (effect) => useA(effect),
    layerPush: (effect) => Effect.provide(effect, CredentialStack.layerPush(role("A"))),
  }
  for (const [name, child] of Object.entries(children)) {
    test(`restore in ${name} never goes below its first frame`, () =>
      Effect.gen(function* () {
        yield* CredentialStack.set(longTerm("x"))
        yield* child(
          Effect.gen(function* () {
            assert.strictEqual(yield* reasonOf(CredentialStack.restore), "EmptyStack")
            assert.strictEqual(yield* reasonOf(CredentialStack.restoreAll), "EmptyStack")
            yield* CredentialStack.set(longTerm("y"))
            yield* CredentialStack.set(longTerm("z"))
            yield* CredentialStack.restoreAll
            assert.strictEqual(yield* current, "x>A")
          }),
        )
        assert.strictEqual(yield* current, "x")
      }))
  }
})

describe("what aws.iam got wrong", () => {
  const inputs: ReadonlyArray<readonly [name: string, input: unknown, field: string]> = [
    ["an error that STS answered (2)", { code: "AccessDenied", message: "no" }, "accessKeyId"],
    ["fields of another name (3)", { access_key_id: "AKIA", secret_access_key: "s" }, "accessKeyId"],
    ["AWS's own names (3)", { AccessKeyId: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s" }, "accessKeyId"],
    ["null (4)", null, "credentials"],
    ["undefined (4)", undefined, "credentials"],
    ["a string (4)", "AKIAIOSFODNN7EXAMPLE", "credentials"],
    ["an access key id without its secret (4)", { accessKeyId: "AKIAIOSFODNN7EXAMPLE" }, "secretAccessKey"],
    ["a secret without its id (4)", { secretAccessKey: "secret" }, "accessKeyId"],
    ["an empty secret (4)", { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "" }, "secretAccessKey"],
    [
      "a temporary key without its token (4)",
      { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "s" },
      "sessionToken",
    ],
    [
      "an empty token (4)",
      { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "s", sessionToken: "" },
      "sessionToken",
    ],
  ]
  for (const [name, input, field] of inputs) {
    test(`credentials are never ${name}: refused by the field's name, nothing changed`, (stub) =>
      Effect.gen(function* () {
        const { reason } = yield* Effect.flip(CredentialStack.set(input as never))
        assert.strictEqual(reason._tag, "InvalidCredentials")
        assert.deepInclude(reason, { field })
        assert.strictEqual(yield* current, "root")
        assert.lengthOf(yield* labels, 1)
        assert.deepStrictEqual(stub.calls, [])
      }))
  }

  test("an exception between use and restore cannot leave the role in force (5)", () =>
    Effect.gen(function* () {
      yield* Effect.exit(useA(Effect.die(new Error("boom"))))
      assert.strictEqual(yield* whoami, "root")
    }))

  test("released out of order, nobody goes on as somebody else without a word (6)", () =>
    Effect.gen(function* () {
      const closeA = yield* pushed(role("A"))
      const closeB = yield* pushed(role("B"))
      yield* closeA
      assert.strictEqual(yield* whoami, "root>A>B")
      yield* closeB
      assert.strictEqual(yield* whoami, "root")
    }))

  test("two tasks at once never mix their identities (9)", () =>
    Effect.gen(function* () {
      const chains = yield* Effect.all([useA(whoami), useB(whoami), whoami], { concurrency: "unbounded" })
      assert.deepStrictEqual(chains, ["root>A", "root>B", "root"])
    }))
})

describe("layerPush", () => {
  test("puts the source on top for what is provided with it, and nothing after", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.provide(whoami, CredentialStack.layerPush(role("A"))), "root>A")
      assert.strictEqual(yield* whoami, "root")
      assert.lengthOf(yield* labels, 1)
    }))

  test("beside a sibling in mergeAll lets the sibling see the outer stack", () =>
    Effect.gen(function* () {
      class Seen extends Context.Service<Seen, string>()("Seen") {}
      const chains = yield* Effect.all([Seen, current]).pipe(
        Effect.provide(Layer.mergeAll(CredentialStack.layerPush(role("A")), Layer.effect(Seen, current))),
      )
      assert.deepStrictEqual(chains, ["root", "root>A"])
    }))

  test("released, leaves ScopeClosed to whoever still holds it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(CredentialStack.layerPush(role("A")), scope)
      assert.strictEqual(yield* Effect.provideContext(current, context), "root>A")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* reasonOf(Effect.provideContext(current, context)), "ScopeClosed")
      assert.strictEqual(yield* current, "root")
    }))

  test("that is refused fails the build, and changes nothing", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied"))
      assert.strictEqual(
        yield* reasonOf(Effect.provide(Effect.void, CredentialStack.layerPush(role("A")))),
        "AccessDenied",
      )
      assert.strictEqual(yield* current, "root")
    }))

  it.effect("is closed when a layer on it fails to build", () =>
    Effect.gen(function* () {
      const stub = StubSts.make()
      const failing = Layer.provide(Layer.effectDiscard(Effect.fail("no")), CredentialStack.layerPush(role("A")))
      const messages = yield* logged(
        Effect.gen(function* () {
          assert.strictEqual(yield* Effect.flip(Effect.provide(Effect.void, failing)), "no")
          assert.strictEqual(yield* current, "root")
        }).pipe(Effect.provide(StubSts.layer(stub))),
      )
      assert.deepStrictEqual(messages, [])
    }),
  )
})

describe("frames", () => {
  test("shows label, kind, time and expiration, top first, and never a secret", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      yield* CredentialStack.push(CredentialSource.withLabel("deploy")(role("A")))
      yield* TestClock.adjust("1 minute")
      const frames = yield* useB(CredentialStack.frames)
      assert.deepStrictEqual(
        frames.map(({ expiration, kind, label, openedAt }) => [
          label,
          kind,
          DateTime.formatIso(openedAt),
          expiration && DateTime.formatIso(expiration),
        ]),
        [
          [`assumeRole(${roleArn("B")})`, "assumeRole", "2026-01-01T00:01:00.000Z", "2026-01-01T01:01:00.000Z"],
          ["deploy", "assumeRole", "2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00.000Z"],
          [`credentials(${StubSts.keyOf("root")})`, "static", "1970-01-01T00:00:00.000Z", undefined],
        ],
      )
      assert.notMatch(JSON.stringify(frames), /secret of|token of/)
    }))

  test("lists no frame that is closed, also not below a child stack", () =>
    Effect.gen(function* () {
      const close = yield* pushed(source("x"))
      const seen = yield* useA(Effect.andThen(close, labels))
      assert.deepStrictEqual(seen, [`assumeRole(${roleArn("A")})`, `credentials(${StubSts.keyOf("root")})`])
    }))
})

describe("invalidate", () => {
  test("gives whoever asks next new credentials of the same identity", (stub) =>
    Effect.gen(function* () {
      yield* useA(
        Effect.gen(function* () {
          const { accessKeyId } = yield* CredentialStack.current
          yield* CredentialStack.invalidate(accessKeyId)
          const renewed = yield* CredentialStack.current
          assert.notStrictEqual(renewed.accessKeyId, accessKeyId)
          assert.strictEqual(StubSts.chainOf(renewed.accessKeyId), "root>A")
        }),
      )
      assert.lengthOf(stub.issued(), 2)
    }))

  test("of keys that nobody has changes nothing", (stub) =>
    Effect.gen(function* () {
      yield* CredentialStack.invalidate("AKIAIOSFODNN7EXAMPLE")
      assert.strictEqual(yield* useA(current), "root>A")
      assert.lengthOf(stub.issued(), 1)
    }))
})
