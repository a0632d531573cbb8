/**
 * Laws 1–7 of the stack as random programs. A few actors, which are fibers, are told one by one what to do: use an
 * identity and leave it again in whatever way, push, close, set, restore, fork, build a client, wait, be interrupted, also
 * in the middle of it. After each step every actor's identity is what the model says.
 *
 * `LAW_RUNS` sets how many programs are tried. A failure prints its seed and the shortest program that fails:
 * `LAW_SEED=… LAW_PATH=…` replays it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type { Sts } from "@effect-sts/core/Sts"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import process from "node:process"
import * as StubSts from "./support/stubSts.ts"

// ---- the model: what should be, in plain TypeScript

interface Frame {
  readonly name: string
  readonly chain: string
  readonly owner: "base" | "scope" | "set"
  isOpen: boolean
}

interface Stack {
  readonly outer: ReadonlyArray<Frame>
  readonly own: Array<Frame>
  readonly floor: number
  isClosed: boolean
}

/** One thing that an actor is inside of: an identity, or a client layer that was built on one. */
interface Level {
  readonly stack: Stack
  readonly client: BuiltClient | undefined
}

/** A client that was built on an identity, and is shared by who provides it again inside, until the last one is through. */
interface BuiltClient {
  readonly chain: string
  users: number
}

const makeFrame = (name: string, chain: string, owner: Frame["owner"]): Frame => ({ name, chain, owner, isOpen: true })

const child = (stack: Stack, name: string, chain: string): Stack => ({
  outer: [...stack.outer, ...stack.own],
  own: [makeFrame(name, chain, "base")],
  floor: 1,
  isClosed: false,
})

const identity = (stack: Stack) => (stack.isClosed ? "ScopeClosed" : (stack.own.at(-1)?.chain ?? "NoCredentials"))

const framesOf = ({ isClosed, outer, own }: Stack) =>
  isClosed
    ? []
    : [...outer, ...own]
        .filter((frame) => frame.isOpen)
        .map((frame) => frame.name)
        .toReversed()

const close = (stack: Stack, frame: Frame) => {
  if (!frame.isOpen) return
  frame.isOpen = false
  stack.own.splice(stack.own.indexOf(frame), 1)
}

const closeStack = (stack: Stack) => {
  stack.isClosed = true
  for (const frame of stack.own.slice()) close(stack, frame)
}

const restore = (stack: Stack, isAll: boolean): string => {
  if (stack.isClosed) return "ScopeClosed"
  const above = stack.own.slice(stack.floor)
  if (above.length === 0) return "EmptyStack"
  const taken = isAll ? above : above.slice(-1)
  if (above.at(-1)?.owner !== "set" || taken.some((frame) => frame.owner !== "set")) return "FrameInUse"
  for (const frame of taken) close(stack, frame)
  return "ok"
}

/** The client that is built here, unless one around was built in the same stack. */
const clientAt = (levels: ReadonlyArray<Level>): BuiltClient | undefined => {
  const here = levels.at(-1)?.stack
  const around = levels.findLast(({ client, stack }) => stack !== here || (client !== undefined && client.users > 0))
  return around?.stack === here && around?.client !== undefined
    ? around.client
    : here && { chain: identity(here), users: 0 }
}

// ---- the real thing: fibers that do what they are told

type Services = Sts | CredentialStack.CredentialStack

/** A client that captures the identity that it is built on. */
class Client extends Context.Service<Client, string>()("Client") {
  static readonly Live = Layer.effect(
    Client,
    Effect.map(CredentialStack.current, ({ accessKeyId }) => StubSts.chainOf(accessKeyId)),
  )
}

const outcome = <A>(exit: Exit.Exit<A, unknown>): A | string => {
  if (Exit.isSuccess(exit)) return exit.value
  const reason = exit.cause.reasons[0]
  if (reason?._tag !== "Fail") return reason?._tag ?? "Empty"
  const { error } = reason as { error: { reason?: { _tag: string } } }
  return error.reason?._tag ?? "Fail"
}

const observe = Effect.gen(function* () {
  return {
    current: outcome(yield* Effect.exit(StubSts.current)),
    frames: (yield* CredentialStack.frames).map((frame) => frame.label),
    client: outcome(yield* Effect.exit(Effect.provide(Client, Client.Live))),
  }
})

interface Reply {
  readonly done: Deferred.Deferred<unknown>
}

type Around = (inside: Effect.Effect<void, unknown, Services>) => Effect.Effect<void, unknown, Services>

type Order = Reply &
  (
    | { readonly _tag: "run"; readonly effect: Effect.Effect<unknown, unknown, Services> }
    | { readonly _tag: "enter"; readonly around: Around }
    | { readonly _tag: "leave"; readonly ending: Effect.Effect<void, unknown> }
  )

interface Actor {
  readonly inbox: Queue.Queue<Order>
  readonly levels: ReadonlyArray<Level>
  /** The levels that it entered itself, and so takes with it. */
  readonly depth: number
  readonly fiber: Fiber.Fiber<unknown, unknown>
  /** An acquisition under way: what to do to the model when it is through. */
  pending: { readonly gate: string; readonly reply: Reply; readonly complete: () => string } | undefined
}

const act = (inbox: Queue.Queue<Order>): Effect.Effect<void, unknown, Services> =>
  Effect.gen(function* () {
    while (true) {
      const order = yield* Queue.take(inbox)
      if (order._tag === "leave") {
        leaving.set(inbox, order)
        return yield* order.ending
      }
      if (order._tag === "run") {
        yield* Deferred.succeed(order.done, outcome(yield* Effect.exit(order.effect)))
        continue
      }
      const inside = Effect.suspend(() => {
        Deferred.doneUnsafe(order.done, Effect.succeed("ok"))
        return act(inbox)
      })
      const exit = yield* Effect.exit(order.around(inside))
      yield* Deferred.succeed(order.done, outcome(exit))
      const left = leaving.get(inbox)
      leaving.delete(inbox)
      if (left !== undefined) yield* Deferred.succeed(left.done, outcome(exit))
    }
  })

const leaving = new WeakMap<object, Order>()

// ---- programs

const name = fc.constantFrom("A", "B", "C")

const endings = {
  success: Effect.void,
  failure: Effect.fail({ reason: { _tag: "Boom" } }),
  defect: Effect.die("bug"),
  interrupt: Effect.interrupt,
  "failing finalizer": Effect.ensuring(Effect.void, Effect.die("bug in a finalizer")),
}

const isSlow = fc.boolean()
const command = fc.record({
  actor: fc.nat(5),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.record({ _tag: fc.constant("use"), name, isSlow, isLayer: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("useStatic"), name, isLayer: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("refused"), isPush: fc.boolean(), isDefect: fc.boolean() }) },
    {
      weight: 5,
      arbitrary: fc.record({
        _tag: fc.constant("leave"),
        ending: fc.constantFrom(...(Object.keys(endings) as ReadonlyArray<keyof typeof endings>)),
      }),
    },
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant("push"), name, isSlow }) },
    { weight: 5, arbitrary: fc.record({ _tag: fc.constant("close"), slot: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ _tag: fc.constant("set"), name }) },
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant("restore"), isAll: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant("fork") }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("build") }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("interrupt"), yields: fc.nat(12), name }) },
    { weight: 3, arbitrary: fc.record({ _tag: fc.constant("answer") }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("wait"), seconds: fc.constantFrom(1, 3000, 3590, 7200) }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant("sign") }) },
  ),
})

const program = fc.record({
  commands: fc.array(command, { maxLength: 40, size: "max" }),
  closesRootFirst: fc.boolean(),
  order: fc.nat(),
})

type Program = typeof program extends fc.Arbitrary<infer A> ? A : never

const run = Effect.fnUntraced(function* ({ closesRootFirst, commands, order }: Program) {
  const stub = StubSts.make()
  const gates = new Map<string, { readonly arrived: Deferred.Deferred<void>; readonly open: Deferred.Deferred<void> }>()
  stub.settings.onCall = (call) => {
    const link = StubSts.linkOf(call)
    if (link.startsWith("refused")) return StubSts.refused("AccessDenied")
    const gate = gates.get(link)
    return gate === undefined
      ? Effect.void
      : Effect.andThen(Deferred.succeed(gate.arrived, undefined), Deferred.await(gate.open))
  }
  const rootScope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(StubSts.layer(stub), rootScope)
  const base = makeFrame(`credentials(${StubSts.keyOf("root")})`, "root", "base")
  const root: Stack = { outer: [], own: [base], floor: 1, isClosed: false }
  let serial = 0

  const start = Effect.fnUntraced(function* (levels: ReadonlyArray<Level>) {
    const inbox = yield* Queue.unbounded<Order>()
    const fiber = yield* Effect.forkDetach(act(inbox))
    return { inbox, levels, depth: 0, fiber, pending: undefined } satisfies Actor
  })
  let actors: Array<Actor> = [yield* Effect.provideContext(start([{ stack: root, client: undefined }]), context)]
  const slots: Array<{ readonly scope: Scope.Closeable; readonly stack: Stack; frame: Frame | undefined }> = []

  const tell = Effect.fnUntraced(function* (actor: Actor, order: (reply: Reply) => Order) {
    const reply: Reply = { done: yield* Deferred.make<unknown>() }
    yield* Queue.offer(actor.inbox, order(reply))
    return reply
  })
  const running =
    (effect: Effect.Effect<unknown, unknown, Services>) =>
    (reply: Reply): Order => ({
      ...reply,
      _tag: "run",
      effect,
    })
  const entering =
    (around: Around) =>
    (reply: Reply): Order => ({ ...reply, _tag: "enter", around })
  const leavingBy =
    (ending: Effect.Effect<void, unknown>) =>
    (reply: Reply): Order => ({
      ...reply,
      _tag: "leave",
      ending,
    })
  const ask = (actor: Actor, effect: Effect.Effect<unknown, unknown, Services>) =>
    Effect.flatMap(tell(actor, running(effect)), ({ done }) => Deferred.await(done))
  const replace = (actor: Actor, change: Partial<Actor>) => {
    actors = actors.map((other) => (other === actor ? { ...actor, ...change } : other))
  }
  const stackOf = (actor: Actor) => actor.levels.at(-1)?.stack ?? root

  /** Has an actor acquire something, at once or, where it is slow, by and by. */
  const acquire = Effect.fnUntraced(function* (
    actor: Actor,
    reply: Reply,
    gate: string | undefined,
    complete: (actor: Actor) => string,
  ) {
    if (gate !== undefined) {
      const arrived = Effect.as(Deferred.await(gates.get(gate)?.arrived ?? (yield* Deferred.make<void>())), "arrived")
      if ((yield* Effect.raceFirst(arrived, Deferred.await(reply.done))) === "arrived") {
        actor.pending = { gate, reply, complete: () => complete(actor) }
        return
      }
    }
    const expected = complete(actor)
    assert.strictEqual(yield* Deferred.await(reply.done), expected)
  })

  const sourceOf = Effect.fnUntraced(function* (wanted: string, slow: boolean) {
    if (!slow) return { label: wanted, source: StubSts.role(wanted).pipe(CredentialSource.withLabel(wanted)) }
    const label = `slow${serial++}`
    gates.set(label, { arrived: yield* Deferred.make<void>(), open: yield* Deferred.make<void>() })
    return { label, source: StubSts.role(label).pipe(CredentialSource.withLabel(label)) }
  })

  const enter = <E>(
    actor: Actor,
    source: CredentialSource.CredentialSource<E, Sts>,
    isLayer: boolean,
    label: string,
    chainOn: (below: string) => string,
    gate?: string,
  ) => {
    const stack = stackOf(actor)
    const chain = chainOn(identity(stack))
    const around: Around = (inside) =>
      isLayer ? Effect.provide(inside, CredentialStack.layerPush(source)) : CredentialStack.use(source)(inside)
    return Effect.flatMap(tell(actor, entering(around)), (reply) =>
      acquire(actor, reply, gate, (actor) => {
        if (stack.isClosed) return "ScopeClosed"
        const level: Level = { stack: child(stack, label, chain), client: undefined }
        replace(actor, { levels: [...actor.levels, level], depth: actor.depth + 1 })
        return "ok"
      }),
    )
  }

  const push = Effect.fnUntraced(function* <E>(
    actor: Actor,
    source: CredentialSource.CredentialSource<E, Sts>,
    label: string,
    gate: string | undefined,
  ) {
    const stack = stackOf(actor)
    const slot: (typeof slots)[number] = { scope: yield* Scope.make(), stack, frame: undefined }
    slots.push(slot)
    const chain = `${identity(stack)}>${label}`
    const effect = Scope.provide(Effect.as(CredentialStack.push(source), "ok"), slot.scope)
    const reply = yield* tell(actor, running(effect))
    yield* acquire(actor, reply, gate, () => {
      if (stack.isClosed) return "ScopeClosed"
      if (slot.scope.state._tag === "Closed") return "ok"
      slot.frame = makeFrame(label, chain, "scope")
      stack.own.push(slot.frame)
      return "ok"
    })
  })

  const leaveLevel = (level: Level, below: Level | undefined) => {
    if (level.client !== undefined) level.client.users--
    if (level.stack !== below?.stack) closeStack(level.stack)
  }

  const closeSlot = Effect.fnUntraced(function* (slot: (typeof slots)[number]) {
    yield* Scope.close(slot.scope, Exit.void)
    if (slot.frame !== undefined) close(slot.stack, slot.frame)
  })

  const kill = Effect.fnUntraced(function* (actor: Actor) {
    yield* Fiber.interrupt(actor.fiber)
    actors = actors.filter((other) => other !== actor)
    for (let depth = 0; depth < actor.depth; depth++) {
      const level = actor.levels.at(-1 - depth)
      if (level !== undefined) leaveLevel(level, actor.levels.at(-2 - depth))
    }
  })

  const step = Effect.fnUntraced(function* ({ actor: index, what }: Program["commands"][number]) {
    const actor = actors[index % Math.max(1, actors.length)]
    if (actor === undefined) return
    const stack = stackOf(actor)
    if (actor.pending !== undefined && !["answer", "wait", "close", "interrupt"].includes(what._tag)) return
    switch (what._tag) {
      case "use": {
        const { label, source } = yield* sourceOf(what.name, what.isSlow)
        return yield* enter(
          actor,
          source,
          what.isLayer,
          label,
          (below) => `${below}>${label}`,
          what.isSlow ? label : undefined,
        )
      }
      case "useStatic": {
        const label = `static${what.name}`
        const source = CredentialSource.fromCredentials(StubSts.longTerm(label), { label })
        return yield* enter(actor, source, what.isLayer, label, () => label)
      }
      case "refused": {
        const source = what.isDefect
          ? CredentialSource.fromEffect(Effect.die("bug in a source"))
          : StubSts.role(`refused${serial++}`)
        const effect = what.isPush
          ? Effect.scoped(CredentialStack.push(source))
          : CredentialStack.use(source)(Effect.die("the inside ran"))
        const expected = stack.isClosed ? "ScopeClosed" : what.isDefect ? "Die" : "AccessDenied"
        return assert.strictEqual(yield* ask(actor, effect), expected)
      }
      case "leave": {
        const level = actor.levels.at(-1)
        if (actor.depth === 0 || level === undefined) return
        const ending = endings[what.ending]
        const { done } = yield* tell(actor, leavingBy(ending))
        assert.strictEqual(yield* Deferred.await(done), outcome(yield* Effect.exit(ending)))
        leaveLevel(level, actor.levels.at(-2))
        return replace(actor, { levels: actor.levels.slice(0, -1), depth: actor.depth - 1 })
      }
      case "push": {
        const { label, source } = yield* sourceOf(what.name, what.isSlow)
        return yield* push(actor, source, label, what.isSlow ? label : undefined)
      }
      case "close": {
        const slot = slots[what.slot % Math.max(1, slots.length)]
        return slot === undefined ? undefined : yield* closeSlot(slot)
      }
      case "set": {
        const label = `set${what.name}`
        const result = yield* ask(actor, Effect.as(CredentialStack.set(StubSts.longTerm(label)), "ok"))
        assert.strictEqual(result, stack.isClosed ? "ScopeClosed" : "ok")
        if (!stack.isClosed) stack.own.push(makeFrame(`credentials(${StubSts.keyOf(label)})`, label, "set"))
        return
      }
      case "restore": {
        const effect = what.isAll ? CredentialStack.restoreAll : CredentialStack.restore
        return assert.strictEqual(yield* ask(actor, Effect.as(effect, "ok")), restore(stack, what.isAll))
      }
      case "fork": {
        if (actors.length > 5) return
        const forked = yield* ask(actor, start(actor.levels))
        actors.push(forked as Actor)
        return
      }
      case "build": {
        const client = clientAt(actor.levels)
        const around: Around = (inside) => Effect.provide(inside, Client.Live)
        const reply = yield* tell(actor, entering(around))
        if (client?.chain === "ScopeClosed") {
          return assert.strictEqual(yield* Deferred.await(reply.done), "ScopeClosed")
        }
        assert.strictEqual(yield* Deferred.await(reply.done), "ok")
        if (client !== undefined) client.users++
        const level: Level = { stack, client }
        return replace(actor, { levels: [...actor.levels, level], depth: actor.depth + 1 })
      }
      case "interrupt": {
        // In the middle of something, wherever that many yields lead to.
        const scope = yield* Scope.make()
        if (actor.pending === undefined) {
          const effect = Effect.andThen(
            Scope.provide(CredentialStack.push(StubSts.role(`${what.name}${serial++}`)), scope),
            Effect.never,
          )
          const around: Around = (inside) =>
            CredentialStack.use(StubSts.role(`${what.name}${serial++}`))(Effect.andThen(effect, inside))
          yield* tell(actor, what.yields % 2 === 0 ? running(effect) : entering(around))
        }
        for (let yields = 0; yields < what.yields; yields++) yield* Effect.yieldNow
        yield* kill(actor)
        return yield* Scope.close(scope, Exit.void)
      }
      case "answer": {
        const { pending } = actor
        if (pending === undefined) return
        const gate = gates.get(pending.gate)
        if (gate !== undefined) yield* Deferred.succeed(gate.open, undefined)
        const reply = yield* Deferred.await(pending.reply.done)
        actor.pending = undefined
        return assert.strictEqual(reply, pending.complete())
      }
      case "wait": {
        yield* TestClock.adjust(what.seconds * 1000)
        if (what.seconds < 20) return
        // Who waits for an answer does not wait forever.
        for (const waiting of actors) {
          if (waiting.pending === undefined) continue
          const gate = gates.get(waiting.pending.gate)
          if (gate !== undefined) yield* Deferred.succeed(gate.open, undefined)
          assert.strictEqual(yield* Deferred.await(waiting.pending.reply.done), "RefreshFailed")
          waiting.pending = undefined
        }
        return
      }
      case "sign":
        return assert.strictEqual(yield* ask(actor, StubSts.whoami), identity(stack))
    }
  })

  const check = Effect.gen(function* () {
    for (const actor of actors) {
      if (actor.pending !== undefined) continue
      const stack = stackOf(actor)
      const client = clientAt(actor.levels)?.chain
      assert.deepStrictEqual(yield* ask(actor, observe), { current: identity(stack), frames: framesOf(stack), client })
    }
  })

  for (const command of commands) {
    yield* step(command)
    yield* check
  }

  if (closesRootFirst) {
    yield* Scope.close(rootScope, Exit.void)
    for (const actor of actors) {
      if (actor.pending === undefined) assert.strictEqual(yield* ask(actor, StubSts.current), "ScopeClosed")
    }
  }
  // In any order.
  while (slots.length > 0) yield* closeSlot(slots.splice(order % slots.length, 1)[0] ?? (yield* Effect.die("no slot")))
  while (actors.length > 0) yield* kill(actors[order % actors.length] ?? (yield* Effect.die("no actor")))
  if (!closesRootFirst) {
    assert.strictEqual(yield* Effect.provideContext(StubSts.current, context), identity(root))
    const warnings: Array<unknown> = []
    const logger = Logger.make(({ message }) => warnings.push(message))
    yield* Effect.provide(Scope.close(rootScope, Exit.void), Logger.layer([logger]))
    assert.deepStrictEqual(warnings, [], "a frame leaked")
  }
})

const environment = (variable: string) => process.env[variable]

describe("the laws of the stack", () => {
  it(
    "hold for random programs: restore, no bleeding, own frame only, all or nothing, chains, no fallback, fresh layers",
    () =>
      fc.assert(
        fc.asyncProperty(program, (given) =>
          Effect.runPromise(
            run(given).pipe(Effect.provide(Layer.mergeAll(TestClock.layer(), Logger.layer([]))), Effect.scoped),
          ),
        ),
        {
          numRuns: Number(environment("LAW_RUNS") ?? 1000),
          ...(environment("LAW_SEED") === undefined ? {} : { seed: Number(environment("LAW_SEED")) }),
          ...(environment("LAW_PATH") === undefined ? {} : { path: environment("LAW_PATH") ?? "" }),
        },
      ),
    600_000,
  )
})
