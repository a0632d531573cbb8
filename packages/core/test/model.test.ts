/**
 * Random programs on engine and stack together, against a model of a few dozen lines. The stub STS issues keys that say
 * by which chain of identities they came to be, so an identity that bleeds into another shows.
 *
 * `MODEL_RUNS=100000 pnpm exec vitest run packages/core/test/model.test.ts` runs that many; fast-check prints the seed and
 * the smallest program that breaks a law.
 */
import { assert, describe, it } from "@effect/vitest"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { CredentialsError } from "@effect-sts/core/CredentialsError"
import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as SessionPool from "@effect-sts/core/SessionPool"
import type * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as FastCheck from "fast-check"
import process from "node:process"
import * as StubSts from "./support/stubSts.ts"

const runs = Number(process.env["MODEL_RUNS"] ?? 2000)

const minute = 60_000
const advisoryAfter = 45 * minute
const backoff = { min: 5 * minute, max: 10 * minute }
const errorMemory = { min: 1000, max: 5000 }

/** `who` and `which` choose among what there is, whatever its number. */
type Command =
  | { readonly _tag: "use" | "push" | "abandon"; readonly who: number; readonly role: string }
  | { readonly _tag: "set" | "restore" | "check" | "invalidate"; readonly who: number }
  | { readonly _tag: "release" | "interrupt"; readonly which: number }
  | { readonly _tag: "storm"; readonly leaving: number }
  | { readonly _tag: "advance"; readonly millis: number }
  | { readonly _tag: "outage" | "denial"; readonly on: boolean }
  | { readonly _tag: "latency"; readonly millis: number }

interface Program {
  readonly onOutage: "serveStale" | "fail"
  readonly idleTimeToLive: number
  readonly capacity: number
  readonly commands: ReadonlyArray<Command>
}

const index = FastCheck.nat({ max: 30 })
const on = FastCheck.boolean()

const command: FastCheck.Arbitrary<Command> = FastCheck.oneof(
  {
    weight: 5,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constantFrom("use", "use", "push", "abandon"),
      who: index,
      role: FastCheck.constantFrom("A", "B", "C"),
    }),
  },
  {
    weight: 5,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constantFrom("set", "restore", "check", "check", "invalidate"),
      who: index,
    }),
  },
  { weight: 3, arbitrary: FastCheck.record({ _tag: FastCheck.constantFrom("release", "interrupt"), which: index }) },
  { weight: 2, arbitrary: FastCheck.record({ _tag: FastCheck.constant("storm"), leaving: index }) },
  {
    weight: 4,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("advance"),
      millis: FastCheck.constantFrom(
        500,
        4 * minute,
        11 * minute,
        31 * minute,
        46 * minute,
        59.5 * minute,
        70 * minute,
      ),
    }),
  },
  { weight: 2, arbitrary: FastCheck.record({ _tag: FastCheck.constantFrom("outage", "denial"), on }) },
  {
    weight: 1,
    arbitrary: FastCheck.record({ _tag: FastCheck.constant("latency"), millis: FastCheck.constantFrom(0, 1000) }),
  },
)

const program: FastCheck.Arbitrary<Program> = FastCheck.record({
  onOutage: FastCheck.constantFrom("serveStale", "fail"),
  idleTimeToLive: FastCheck.constantFrom(0, 10 * minute, Infinity),
  capacity: FastCheck.constantFrom(10_000, 3),
  commands: FastCheck.array(command, { minLength: 1, maxLength: 30, size: "max" }),
})

/** The model: a frame is the chain that it stands for, a stack its open frames, bottom first. */
interface Frame {
  readonly chain: string
  readonly isSet: boolean
}

interface Stack {
  readonly frames: Array<Frame>
  isClosed: boolean
}

/** A stack of the program's, and how to be on it. */
interface Place {
  readonly stack: Stack
  readonly context: Context.Context<CredentialStack.CredentialStack | Sts.Sts>
}

/** Something open that can be released. */
interface Open {
  readonly close: () => void
  readonly release: Effect.Effect<unknown>
  readonly interrupt: Effect.Effect<unknown>
}

interface Call {
  readonly chain: string
  readonly start: number
  readonly end: number
  readonly outcome: "success" | "recoverable" | "final" | "cancelled"
}

const pick = <A>(all: ReadonlyArray<A>, which: number): A | undefined => all[which % all.length]

/** Why there are no credentials: the tag of the error's reason, or the whole where it is none of ours. */
const reasonOf = (exit: Exit.Exit<unknown, unknown>) => {
  const [failure] = Exit.isFailure(exit) ? exit.cause.reasons : []
  return failure?._tag === "Fail" && failure.error instanceof CredentialsError
    ? failure.error.reason._tag
    : String(exit)
}

const clock = Clock.currentTimeMillis

const check = ({ capacity, commands, idleTimeToLive, onOutage }: Program) =>
  Effect.gen(function* () {
    const stub = StubSts.make()
    /** Whether there is one session for a chain; in a pool that is full there may be more. */
    const isPooled = capacity > 100
    const calls: Array<Call> = []
    /** What the stub has seen and may not: thrown there it would be a failure of STS. */
    const violations: Array<string> = []
    const inFlight = new Map<string, number>()
    const invalidations: Array<{ readonly chain: string; readonly at: number }> = []
    const state = { isOut: false, denies: false, latency: 0, outUntil: -Infinity, deniedAt: -Infinity, sets: 0 }
    /** When what was issued last for a chain expires. */
    const expirations = new Map<string, number>()

    const fail = (reason: StsError.Reason) => Effect.fail(new StsBackend.BackendFailure({ reason }))

    stub.settings.onCall = (call) =>
      Effect.gen(function* () {
        yield* Effect.sleep(state.latency)
        if (state.isOut) return yield* fail(new StsError.TransportError({ message: "no connection" }))
        if (state.denies) return yield* fail(new StsError.AccessDenied({ message: "no" }))
        return undefined
      }).pipe((answer) => {
        const chain = `${call.by}>${String(call.request["RoleArn"]).split("/").at(-1)}`
        inFlight.set(chain, (inFlight.get(chain) ?? 0) + 1)
        if (isPooled && inFlight.get(chain) !== 1) violations.push(`two calls at once for ${chain}`)
        const isStale = call.by?.includes(">") === true && call.at >= (expirations.get(call.by) ?? -Infinity)
        if (isStale && !mayBeStale(call.at)) violations.push(`signed with the expired credentials of ${call.by}`)
        return Effect.onExit(answer, (exit) =>
          Effect.map(clock, (end) => {
            inFlight.set(chain, (inFlight.get(chain) ?? 0) - 1)
            const outcome = Exit.isSuccess(exit)
              ? "success"
              : Exit.hasInterrupts(exit)
                ? "cancelled"
                : state.isOut
                  ? "recoverable"
                  : "final"
            if (outcome === "success") expirations.set(chain, end + 60 * minute)
            if (outcome === "final") state.deniedAt = end
            calls.push({ chain, start: call.at, end, outcome })
          }),
        )
      })

    /** Whether an outage may still be felt: it goes on, or a backoff that began in it does. */
    const isOutageFelt = (since: number) => state.isOut || since - state.outUntil <= backoff.max
    const mayBeStale = (now: number) => onOutage === "serveStale" && isOutageFelt(now)
    const isDenialFelt = (since: number) => state.denies || since - state.deniedAt <= errorMemory.max

    /** Lets an effect end, however long STS takes. */
    const settle = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E>) {
      const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
      for (let step = 0; fiber.pollUnsafe() === undefined && step < 40; step++) yield* TestClock.adjust(500)
      const exit = fiber.pollUnsafe()
      assert.isDefined(exit, "someone waits for ever")
      return exit
    })

    const root: Stack = { frames: [{ chain: "root", isSet: false }], isClosed: false }
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(
      StubSts.layer(stub).pipe(
        Layer.provide(RefreshPolicy.layer({ onOutage })),
        Layer.provide(SessionPool.layer({ idleTimeToLive, capacity })),
      ),
      scope,
    )
    const places: Array<Place> = [{ stack: root, context }]
    const open: Array<Open> = []
    const top = ({ frames }: Stack) => frames.at(-1)?.chain ?? "nobody"

    /** Law: the right identity or none; no error that the rules do not know; nothing expired but in an outage. */
    const checkPlace = Effect.fnUntraced(function* ({ context, stack }: Place) {
      const start = yield* clock
      const expected = top(stack)
      const exit = yield* Effect.exit(Effect.provideContext(CredentialStack.current, context))
      const now = yield* clock
      if (Exit.isSuccess(exit)) {
        const { accessKeyId, expiration } = exit.value
        assert.isFalse(stack.isClosed, `an identity after the end: ${accessKeyId}`)
        assert.strictEqual(StubSts.chainOf(accessKeyId), expected)
        const isExpired = expiration !== undefined && DateTime.toEpochMillis(expiration) <= now
        assert.isFalse(isExpired && !mayBeStale(start), `expired credentials of ${expected}`)
        return
      }
      if (stack.isClosed) return assert.strictEqual(reasonOf(exit), "ScopeClosed")
      assert.strictEqual(reasonOf(exit), "RefreshFailed")
      const isExpired = !isPooled || now >= (expirations.get(expected) ?? -Infinity)
      const mayFail = isDenialFelt(start) || (onOutage === "fail" && isExpired && isOutageFelt(start))
      assert.isTrue(mayFail, `no credentials of ${expected}: ${String(exit)}`)
    })

    /** Whether an acquisition may have failed. */
    const checkFailedAcquisition = (start: number, { stack }: Place, exit: Exit.Exit<unknown, unknown>) => {
      if (!Exit.isFailure(exit)) return
      if (stack.isClosed) return assert.strictEqual(reasonOf(exit), "ScopeClosed")
      assert.isTrue(isDenialFelt(start) || isOutageFelt(start), `not acquired: ${String(exit)}`)
    }

    const perform = Effect.fnUntraced(function* (command: Command) {
      const start = yield* clock
      switch (command._tag) {
        case "use": {
          const place = pick(places, command.who)
          if (place === undefined || place.stack.frames.length > 5) return
          const opened = yield* Deferred.make<Place["context"]>()
          const gate = yield* Deferred.make<void>()
          const inside = Effect.flatMap(Effect.context<CredentialStack.CredentialStack | Sts.Sts>(), (context) =>
            Effect.andThen(Deferred.succeed(opened, context), Deferred.await(gate)),
          )
          const chain = `${top(place.stack)}>${command.role}`
          if (chain.length > 12) return
          const fiber = yield* CredentialStack.use(StubSts.role(command.role))(inside).pipe(
            Effect.provideContext(place.context),
            Effect.forkDetach({ startImmediately: true }),
          )
          const exit = yield* settle(Effect.raceFirst(Deferred.await(opened), Effect.flip(Fiber.join(fiber))))
          if (Exit.isFailure(exit)) return yield* exit
          if (!Context.isContext(exit.value)) return checkFailedAcquisition(start, place, Exit.fail(exit.value))
          assert.isFalse(place.stack.isClosed, "a use on a closed stack")
          const stack: Stack = { frames: [{ chain, isSet: false }], isClosed: false }
          places.push({ stack, context: exit.value })
          open.push({
            close: () => {
              stack.isClosed = true
            },
            release: Effect.andThen(Deferred.succeed(gate, undefined), Fiber.await(fiber)),
            interrupt: Fiber.interrupt(fiber),
          })
          return
        }
        case "push": {
          const place = pick(places, command.who)
          if (place === undefined) return
          const { stack } = place
          const frame: Frame = { chain: `${top(stack)}>${command.role}`, isSet: false }
          if (frame.chain.length > 12) return
          const scope = yield* Scope.make()
          const exit = yield* settle(
            CredentialStack.push(StubSts.role(command.role)).pipe(
              Scope.provide(scope),
              Effect.provideContext(place.context),
            ),
          )
          if (!Exit.isSuccess(exit)) return checkFailedAcquisition(start, place, exit)
          stack.frames.push(frame)
          const release = Scope.close(scope, Exit.void)
          open.push({
            close: () => {
              const index = stack.frames.indexOf(frame)
              if (index !== -1) stack.frames.splice(index, 1)
            },
            release,
            interrupt: release,
          })
          return
        }
        case "abandon": {
          // Begins to acquire, and leaves before STS has answered: nothing may have changed.
          const place = pick(places, command.who)
          if (place === undefined || `${top(place.stack)}>A`.length > 12) return
          const { latency } = state
          state.latency = 1000
          const fiber = yield* CredentialStack.use(StubSts.role(command.role))(Effect.void).pipe(
            Effect.provideContext(place.context),
            Effect.forkDetach({ startImmediately: true }),
          )
          yield* TestClock.adjust(500)
          yield* Fiber.interrupt(fiber)
          state.latency = latency
          return
        }
        case "set": {
          const place = pick(places, command.who)
          if (place === undefined) return
          const name = `S${++state.sets}`
          const exit = yield* settle(Effect.provideContext(CredentialStack.set(StubSts.longTerm(name)), place.context))
          assert.strictEqual(Exit.isSuccess(exit), !place.stack.isClosed)
          if (Exit.isSuccess(exit)) place.stack.frames.push({ chain: name, isSet: true })
          return
        }
        case "restore": {
          const place = pick(places, command.who)
          if (place === undefined) return
          const { frames, isClosed } = place.stack
          const exit = yield* settle(Effect.provideContext(CredentialStack.restore, place.context))
          const isPossible = !isClosed && frames.length > 1 && frames.at(-1)?.isSet === true
          assert.strictEqual(Exit.isSuccess(exit), isPossible)
          if (isPossible) frames.pop()
          return
        }
        case "check": {
          const place = pick(places, command.who)
          if (place === undefined) return
          const exit = yield* settle(checkPlace(place))
          if (Exit.isFailure(exit)) return yield* exit
          const frames = yield* Effect.provideContext(CredentialStack.frames, place.context)
          const labels = place.stack.frames.map(({ chain, isSet }) =>
            isSet || chain === "root"
              ? `credentials(${StubSts.keyOf(chain)})`
              : `assumeRole(${StubSts.roleArn(chain.slice(-1))})`,
          )
          const own = frames.slice(0, labels.length).map(({ label }) => label)
          assert.deepStrictEqual(own, place.stack.isClosed ? [] : labels.toReversed())
          return
        }
        case "invalidate": {
          const place = pick(places, command.who)
          if (place === undefined || place.stack.isClosed) return
          const chain = top(place.stack)
          const exit = yield* settle(Effect.provideContext(CredentialStack.current, place.context))
          if (!Exit.isSuccess(exit)) return
          yield* Effect.provideContext(CredentialStack.invalidate(exit.value.accessKeyId), place.context)
          invalidations.push({ chain, at: yield* clock })
          return
        }
        case "release":
        case "interrupt": {
          const one = pick(open, command.which)
          if (one === undefined) return
          open.splice(open.indexOf(one), 1)
          yield* settle(one[command._tag])
          one.close()
          return
        }
        case "storm": {
          const asking = places.flatMap((place) => [place, place, place])
          const fibers = yield* Effect.forEach(asking, (place) =>
            Effect.forkDetach(checkPlace(place), { startImmediately: true }),
          )
          yield* TestClock.adjust(200)
          const staying = fibers.filter((_, index) => index % 7 !== command.leaving % 7)
          yield* Fiber.interruptAll(fibers.filter((fiber) => !staying.includes(fiber)))
          const exit = yield* settle(Fiber.joinAll(staying))
          return Exit.isFailure(exit) ? yield* exit : undefined
        }
        case "advance":
          return yield* TestClock.adjust(command.millis)
        case "outage":
          if (state.isOut) state.outUntil = start
          state.isOut = command.on
          return
        case "denial":
          state.denies = command.on && !state.isOut
          return
        case "latency":
          state.latency = command.millis
      }
    })

    /** Law: STS is asked as often as the rules say, if sessions are kept. */
    const checkCalls = () => {
      if (idleTimeToLive !== Infinity || !isPooled) return
      for (const chain of new Set(calls.map(({ chain }) => chain))) {
        const ofChain = calls.filter((call) => call.chain === chain).toSorted((one, other) => one.start - other.start)
        let hasSet = false
        for (const [index, call] of ofChain.entries()) {
          const next = ofChain[index + 1]
          const wasFirst = !hasSet
          hasSet ||= call.outcome === "success"
          if (next === undefined || call.outcome === "cancelled") continue
          const isInvalidated = invalidations.some(
            (one) => one.chain === chain && one.at >= call.start && one.at <= next.start,
          )
          const pause = next.start - call.end
          const text = `${chain} was asked again after ${pause} ms: ${call.outcome}`
          if (call.outcome === "success" && !isInvalidated) assert.isAtLeast(pause, advisoryAfter, text)
          if (call.outcome === "recoverable" && !wasFirst) assert.isAtLeast(pause, backoff.min, text)
          if (call.outcome === "final" && !wasFirst) assert.isAtLeast(pause, errorMemory.min, text)
        }
      }
    }

    for (const command of commands) yield* perform(command)
    for (const place of places) {
      const exit = yield* settle(checkPlace(place))
      if (Exit.isFailure(exit)) yield* exit
    }
    checkCalls()
    assert.deepStrictEqual(violations, [])
    for (const one of open.toReversed()) yield* settle(one.release)
    if (idleTimeToLive === 0) {
      const sets = root.frames.filter(({ isSet }) => isSet).length
      assert.isAtMost((yield* Metric.value(live)).value, 1 + sets, "sessions that nobody uses")
    }
    yield* Scope.close(scope, Exit.void)
    assert.strictEqual((yield* Metric.value(live)).value, 0, "live sessions after the end")
    assert.strictEqual(
      Array.from(inFlight.values()).reduce((sum, count) => sum + count, 0),
      0,
      "calls after the end",
    )
    for (const place of places) {
      const exit = yield* Effect.exit(Effect.provideContext(CredentialStack.current, place.context))
      assert.strictEqual(reasonOf(exit), "ScopeClosed")
    }
  })

const live = Metric.gauge("sts_sessions_live", { description: "Sessions that a pool holds, in use or idle" })

const run = (program: Program) =>
  Effect.runPromise(
    check(program).pipe(
      RetryPolicy.withRetryPolicy({ attempts: 1 }),
      Effect.provide(Layer.merge(TestClock.layer(), Logger.layer([]))),
      Effect.provideService(Metric.MetricRegistry, new Map()),
    ),
  )

describe("engine and stack", () => {
  it(
    `keep their laws in ${runs} random programs`,
    () => FastCheck.assert(FastCheck.asyncProperty(program, run), { numRuns: runs }),
    Math.max(60_000, runs * 30),
  )
})
