// Between a look at the stack and the next step other fibers may run, and end what was looked at.
import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Pool from "../src/internal/pool.ts"
import * as Session from "../src/internal/session.ts"
import { at, make } from "./support/scriptedSource.ts"

/** A lease on the session of a scripted source, which has its first set. */
const leased = Effect.gen(function* () {
  const scripted = make()
  const scope = yield* Scope.make()
  const pool = yield* Scope.provide(Pool.make, scope)
  const recipe = CredentialSource.recipeOf(scripted.source)
  assert(recipe._tag === "Recipe")
  const another = Effect.flatMap(Effect.context<never>(), (context) => Pool.lease(pool, recipe, undefined, context))
  const lease = yield* another
  yield* Session.acquire(lease)
  return { scripted, scope, pool, lease, another }
})

describe("ScopeClosed is", () => {
  it.effect("what a session says whose last user has left, and it asks nobody", () =>
    Effect.gen(function* () {
      const { lease, pool, scope, scripted } = yield* leased
      yield* at(61)
      yield* Pool.release(pool, lease)
      const error = yield* Effect.flip(Session.current(lease.session))
      assert.strictEqual(error.reason._tag, "ScopeClosed")
      assert.strictEqual(scripted.calls.length, 1)
      yield* Scope.close(scope, Exit.void)
    }),
  )

  it.effect.each([1, 61])("what a session says whose pool is closed, and it asks nobody (minute %d)", (minute) =>
    Effect.gen(function* () {
      const { lease, scope, scripted } = yield* leased
      yield* at(minute)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(Session.current(lease.session))
      assert.strictEqual(error.reason._tag, "ScopeClosed")
      assert.strictEqual(scripted.calls.length, 1)
    }),
  )

  it.effect("what a closed pool gives in place of a session", () =>
    Effect.gen(function* () {
      const { another, pool, scope } = yield* leased
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(another)
      assert.strictEqual(error.reason._tag, "ScopeClosed")
      assert.strictEqual(pool.sessions.size, 0)
    }),
  )
})

it.effect("an answer to a session that has ended meanwhile changes nothing", () =>
  Effect.gen(function* () {
    const { lease, scope, scripted } = yield* leased
    yield* at(61)
    scripted.script.latency = "1 second"
    yield* Effect.forkChild(Session.current(lease.session), { startImmediately: true })
    const cancelled = Session.close(lease.session)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(lease.session.credentials?.accessKeyId, "KEY1")
    assert.strictEqual(scripted.calls.length, 2)
    yield* cancelled
    yield* Scope.close(scope, Exit.void)
  }),
)
