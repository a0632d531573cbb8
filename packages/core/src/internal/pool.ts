/**
 * The sessions of one root stack: made, shared, kept for a while, ended.
 *
 * Equal recipes on the same session are one session. What makes two equal is the recipe's `identify` and the session
 * below, not the frame: each `use` makes a new frame.
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { CredentialsError } from "../CredentialsError.ts"
import * as RefreshPolicy from "../RefreshPolicy.ts"
import * as SessionPool from "../SessionPool.ts"
import * as MfaDesk from "./mfaDesk.ts"
import type { Recipe } from "./recipe.ts"
import * as Session from "./session.ts"
import { surroundingsOf } from "./surroundings.ts"

export interface Pool {
  readonly scope: Scope.Scope
  readonly context: Context.Context<never>
  readonly policy: RefreshPolicy.Settings
  readonly idleTimeToLive: number
  readonly capacity: number
  readonly askCode: MfaDesk.AskCode
  readonly sessions: Set<Session.Session>
  readonly shared: MutableHashMap.MutableHashMap<unknown, Session.Session>
  /** The key of a shared session, to take it out again. */
  readonly keys: WeakMap<Session.Session, unknown>
  /** Frames that are open somewhere above the root: whoever opened them should have closed them before it. */
  readonly frames: Set<{ readonly label: string }>
  /** Sessions without a user and since when, longest first. */
  readonly idle: Map<Session.Session, number>
  isSweeping: boolean
  isClosed: boolean
  nextId: number
}

const live = Metric.gauge("sts_sessions_live", { description: "Sessions that a pool holds, in use or idle" })

const acquisitions = Metric.counter("sts_session_acquisitions_total", {
  description: "Sessions asked of a pool, by kind of source and whether there was an equal one",
  incremental: true,
})

const end = (pool: Pool, session: Session.Session): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!pool.sessions.delete(session)) return Effect.void
    pool.idle.delete(session)
    MutableHashMap.remove(pool.shared, pool.keys.get(session))
    return Effect.andThen(
      Session.close(session),
      Effect.andThen(Metric.modify(live, -1), session.below === undefined ? Effect.void : release(pool, session.below)),
    )
  }).pipe(Effect.uninterruptible)

/** Ends a session unless somebody has taken it meanwhile. */
const endIdle = (pool: Pool, session: Session.Session) =>
  Effect.suspend(() => (pool.idle.has(session) ? end(pool, session) : Effect.void))

/** Ends what has been idle for long enough, and sleeps till the next is due. Runs while anything is idle. */
const sweep = (pool: Pool): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const [oldest] = pool.idle
      if (oldest === undefined) {
        pool.isSweeping = false
        return
      }
      const [session, since] = oldest
      const wait = since + pool.idleTimeToLive - now
      yield* wait > 0 ? Effect.sleep(wait) : endIdle(pool, session)
    }
  })

/** Gives a lease back. A shared session with credentials stays for its idle time, any other ends with its last lease. */
export const release = (pool: Pool, lease: Session.Lease): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    const { session } = lease
    if (!session.leases.delete(lease) || session.leases.size > 0) return Effect.void
    const isKept = pool.keys.has(session) && session.credentials !== undefined && pool.idleTimeToLive > 0
    if (!isKept || pool.isClosed) return end(pool, session)
    // Nobody asks the session below for this one until it is taken again, with a context that is newer. But for a flight
    // that a fiber waits for which has outlived its use.
    if (session.below !== undefined && session.flight === undefined) session.below.context = undefined
    pool.idle.set(session, fiber.getRef(Clock.Clock).currentTimeMillisUnsafe())
    if (pool.isSweeping) return Effect.void
    pool.isSweeping = true
    return sweep(pool).pipe(Effect.setContext(pool.context), Effect.forkIn(pool.scope), Effect.asVoid)
  })

const take = (
  pool: Pool,
  session: Session.Session,
  context: Context.Context<never> | undefined,
  isFrame: boolean,
): Session.Lease => {
  const lease = { session, context, isFrame }
  session.leases.add(lease)
  pool.idle.delete(session)
  return lease
}

const keyOf = (
  recipe: Recipe<unknown, unknown>,
  below: Session.Session | undefined,
  context: Context.Context<never>,
) => ({
  // An effect may read the identity below, though the recipe does not sign with it, and anything else around it.
  below: recipe.needsBelow || recipe.readsContext ? below?.id : undefined,
  surroundings: recipe.readsContext ? surroundingsOf(context) : undefined,
  policy: recipe.policy,
  // oxlint-disable-next-line no-unsafe-type-assertion -- what the recipe needs is there when it is put to use
  identity: recipe.identify(context as Context.Context<unknown>),
})

/** Shares a new session, if there is room or something idle to end for it. */
const share = (pool: Pool, session: Session.Session, key: unknown): Effect.Effect<void> => {
  const [oldest] = pool.idle.keys()
  const isFull = MutableHashMap.size(pool.shared) >= pool.capacity
  if (isFull && oldest === undefined) return Effect.void
  MutableHashMap.set(pool.shared, key, session)
  pool.keys.set(session, key)
  return isFull && oldest !== undefined ? endIdle(pool, oldest) : Effect.void
}

/**
 * A lease for a frame on the session of a recipe, shared where there is an equal one. Nothing is fetched yet. The caller
 * runs it uninterruptibly and gives the lease back. Fails with `ScopeClosed` where the pool, or what was below, is closed.
 *
 * What looks for a session and what makes one happen in one step, so that two fibers never make two.
 */
export const lease = (
  pool: Pool,
  recipe: Recipe<unknown, unknown>,
  below: Session.Lease | undefined,
  context: Context.Context<never>,
): Effect.Effect<Session.Lease, CredentialsError> =>
  Effect.withFiber((fiber) => {
    if (pool.isClosed) return Effect.fail(Session.scopeClosed(recipe.label))
    // One that nobody holds any more is about to end, if it has not: the frame below was closed meanwhile.
    if (below !== undefined && below.session.leases.size === 0) {
      return Effect.fail(Session.scopeClosed(below.session.recipe.label))
    }
    const key = recipe.isShared ? keyOf(recipe, below?.session, context) : undefined
    const found = MutableHashMap.get(pool.shared, key)
    const count = (outcome: string) =>
      Metric.update(Metric.withAttributes(acquisitions, { kind: recipe.kind, outcome }), 1)
    if (Option.isSome(found)) {
      const session = found.value
      if (session.below !== undefined) session.below.context = below?.context
      return Effect.as(count("hit"), take(pool, session, context, true))
    }
    const random = fiber.getRef(Random.Random).nextDoubleUnsafe()
    const session = Session.make({
      id: pool.nextId++,
      recipe,
      policy: { ...pool.policy, ...recipe.policy },
      // The session below goes on in the context that it was put to use in, not in that of the one above.
      below:
        (recipe.needsBelow || recipe.readsContext) && below !== undefined
          ? take(pool, below.session, below.context, false)
          : undefined,
      sessionName: `effect-sts-${Math.floor(random * 36 ** 8)
        .toString(36)
        .padStart(8, "0")}`,
      askCode: pool.askCode,
    })
    pool.sessions.add(session)
    const taken = take(pool, session, context, true)
    return (key === undefined ? Effect.void : share(pool, session, key)).pipe(
      Effect.andThen(Metric.modify(live, 1)),
      Effect.andThen(count("miss")),
      Effect.as(taken),
    )
  })

/** Ends all sessions, those above before those below. Nobody who waits gets an answer any more. */
const close = (pool: Pool) =>
  Effect.suspend(() => {
    pool.isClosed = true
    const sessions = Array.from(pool.sessions).toReversed()
    // All are closed before the first of them is waited for.
    const endings = sessions.map((session) => Effect.andThen(Session.close(session), end(pool, session)))
    return Effect.all(endings, { discard: true })
  })

/** A pool that ends with the scope: flights are cancelled and waited for, and whoever waits gets `ScopeClosed`. */
export const make = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const { capacity, idleTimeToLive } = yield* SessionPool.SessionPool
  const pool: Pool = {
    scope,
    context: yield* Effect.context<never>(),
    policy: yield* RefreshPolicy.RefreshPolicy,
    idleTimeToLive: Duration.toMillis(idleTimeToLive),
    capacity,
    askCode: MfaDesk.make(),
    sessions: new Set(),
    shared: MutableHashMap.empty(),
    keys: new WeakMap(),
    frames: new Set(),
    idle: new Map(),
    isSweeping: false,
    isClosed: false,
    nextId: 0,
  }
  yield* Scope.addFinalizer(scope, close(pool))
  return pool
})
