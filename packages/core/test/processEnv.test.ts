import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as ProcessEnv from "@effect-sts/core/ProcessEnv"
import type * as Sts from "@effect-sts/core/Sts"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as TestClock from "effect/testing/TestClock"
import process from "node:process"
import { afterEach, beforeEach } from "vitest"
import * as StubSts from "./support/stubSts.ts"

const { keyOf, longTerm, role } = StubSts

const names = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_SECURITY_TOKEN",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
]

const environment = () => Object.fromEntries(names.map((name) => [name, process.env[name]]))

const unset = Object.fromEntries(names.map((name) => [name, undefined]))

const clear = () => {
  for (const name of names) delete process.env[name]
}
beforeEach(clear)
afterEach(clear)

const test = (
  name: string,
  body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Sts.Sts | CredentialStack.CredentialStack | Scope.Scope>,
) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return body(stub).pipe(Effect.provide(StubSts.layer(stub)))
  })

/** The chain of the identity that the process has. */
const installed = () => {
  const accessKeyId = process.env["AWS_ACCESS_KEY_ID"]
  return accessKeyId && StubSts.chainOf(accessKeyId)
}

const source = (name: string) => CredentialSource.fromCredentials(longTerm(name))

const installedIn = Effect.fnUntraced(function* <E, R>(identity: CredentialSource.CredentialSource<E, R>) {
  const scope = yield* Scope.make()
  yield* ProcessEnv.install.pipe(CredentialStack.use(identity), Scope.provide(scope))
  return Scope.close(scope, Exit.void)
})

describe("toRecord", () => {
  test("has all variables of temporary credentials, the secret ones Redacted", () =>
    Effect.gen(function* () {
      const record = yield* CredentialStack.use(role("A"))(ProcessEnv.toRecord)
      assert.deepStrictEqual(record, {
        AWS_ACCESS_KEY_ID: keyOf("root>A", 1),
        AWS_SECRET_ACCESS_KEY: Redacted.make("secret of root>A"),
        AWS_SESSION_TOKEN: Redacted.make("token of root>A"),
        AWS_CREDENTIAL_EXPIRATION: "1970-01-01T01:00:00.000Z",
        AWS_SECURITY_TOKEN: undefined,
        AWS_PROFILE: undefined,
        AWS_DEFAULT_PROFILE: undefined,
      })
      assert.notMatch(JSON.stringify(record), /secret of|token of/)
    }))

  test("says of long-term keys that there is no token, and in any case no profile", () =>
    Effect.gen(function* () {
      const record = yield* ProcessEnv.toRecord
      assert.deepStrictEqual(Object.keys(record).toSorted(), names.toSorted())
      assert.deepInclude(record, { AWS_SESSION_TOKEN: undefined, AWS_PROFILE: undefined })
    }))

  test("fails as current does", () =>
    Effect.gen(function* () {
      const { reason } = yield* Effect.flip(Effect.provide(ProcessEnv.toRecord, CredentialStack.layerEmpty))
      assert.strictEqual(reason._tag, "NoCredentials")
    }))

  test("is what a child process takes", () =>
    Effect.gen(function* () {
      const spawned: Array<unknown> = []
      const spawner = ChildProcessSpawner.make((command) => {
        spawned.push(command)
        return Effect.die("spawned")
      })
      yield* Effect.gen(function* () {
        const env = yield* ProcessEnv.toRecord
        const command = ChildProcess.make({ env, extendEnv: true })`aws sts get-caller-identity`
        return yield* Effect.scoped(spawner.spawn(command))
      }).pipe(Effect.exit)
      assert.lengthOf(spawned, 1)
    }))
})

describe("install", () => {
  test("changes the process's identity until its scope closes", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* ProcessEnv.install
          assert.deepStrictEqual(environment(), {
            ...unset,
            AWS_ACCESS_KEY_ID: keyOf("root"),
            AWS_SECRET_ACCESS_KEY: "secret of root",
          })
        }),
      )
      assert.deepStrictEqual(environment(), unset)
    }))

  test("leaves an unset variable unset, and not empty (aws.iam's bug 1)", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(ProcessEnv.install)
      for (const name of names) assert.isFalse(name in process.env, name)
    }))

  test("brings an empty variable back as empty, and any other as it was", () =>
    Effect.gen(function* () {
      process.env["AWS_SESSION_TOKEN"] = ""
      process.env["AWS_PROFILE"] = "work"
      process.env["AWS_ACCESS_KEY_ID"] = "mine"
      const before = environment()
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* ProcessEnv.install
          assert.isFalse("AWS_SESSION_TOKEN" in process.env)
          assert.isFalse("AWS_PROFILE" in process.env)
        }),
      )
      assert.deepStrictEqual(environment(), before)
    }))

  const endings: Record<string, Effect.Effect<unknown, unknown>> = {
    failure: Effect.fail("no"),
    defect: Effect.die("bug"),
    interrupt: Effect.interrupt,
  }
  for (const [name, ending] of Object.entries(endings)) {
    test(`is undone after a ${name}`, () =>
      Effect.gen(function* () {
        yield* Effect.exit(Effect.scoped(Effect.andThen(ProcessEnv.install, ending)))
        assert.deepStrictEqual(environment(), unset)
        yield* Effect.scoped(ProcessEnv.install)
      }))
  }

  test("has one holder at a time: others wait, and see the identity of their turn", (stub) =>
    Effect.gen(function* () {
      const close = yield* installedIn(source("x"))
      const isIn = yield* Deferred.make<string | undefined>()
      stub.settings.lifetime = 900
      const waiting = yield* Effect.andThen(
        ProcessEnv.install,
        Effect.suspend(() => Deferred.succeed(isIn, installed())),
      ).pipe(Effect.scoped, CredentialStack.use(role("A")), Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust("1 hour")
      assert.isFalse(yield* Deferred.isDone(isIn))
      assert.strictEqual(installed(), "x")
      yield* close
      assert.strictEqual(yield* Deferred.await(isIn), "root>A")
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root AssumeRole A"], "renewed after the wait")
      assert.deepStrictEqual(environment(), unset)
    }))

  test("lets its own holder in, however deep", () =>
    Effect.gen(function* () {
      yield* ProcessEnv.install
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* ProcessEnv.install
          assert.strictEqual(installed(), "root>A")
          yield* Effect.scoped(CredentialStack.use(role("B"))(ProcessEnv.install))
          assert.strictEqual(installed(), "root>A")
        }),
      ).pipe(CredentialStack.use(role("A")))
      assert.strictEqual(installed(), "root")
    }))

  test("lets its own holder in also after the use it was installed in is over", () =>
    Effect.gen(function* () {
      const closeA = yield* installedIn(role("A"))
      yield* Effect.scoped(ProcessEnv.install)
      assert.strictEqual(installed(), "root>A")
      yield* closeA
      assert.deepStrictEqual(environment(), unset)
    }))

  test("lets the children of its holder in", () =>
    Effect.gen(function* () {
      yield* ProcessEnv.install
      const child = yield* Effect.forkChild(
        Effect.scoped(Effect.andThen(ProcessEnv.install, Effect.sync(installed))).pipe(CredentialStack.use(role("A"))),
      )
      assert.strictEqual(yield* Fiber.join(child), "root>A")
      assert.strictEqual(installed(), "root")
    }))

  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    test(`closed in the order ${order.join(", ")}, shows the latest that is open`, () =>
      Effect.gen(function* () {
        process.env["AWS_PROFILE"] = "work"
        const before = environment()
        const chains = ["x", "y", "z"]
        const closers = yield* Effect.forEach(chains, (name) => installedIn(source(name)))
        for (const index of order) {
          yield* closers[index] ?? Effect.die("no such scope")
          chains[index] = ""
          assert.strictEqual(
            installed(),
            chains.findLast((chain) => chain !== ""),
          )
        }
        assert.deepStrictEqual(environment(), before)
      }))
  }

  test("interrupted while it waits, or at its turn, leaves the turn to others", () =>
    Effect.gen(function* () {
      for (const isClosedFirst of [false, true]) {
        const close = yield* installedIn(source("x"))
        const waiting = yield* Effect.forkDetach(Effect.scoped(ProcessEnv.install), { startImmediately: true })
        if (isClosedFirst) yield* close
        yield* Fiber.interrupt(waiting)
        if (!isClosedFirst) yield* close
        assert.deepStrictEqual(environment(), unset)
        const next = yield* Effect.forkDetach(Effect.scoped(ProcessEnv.install), { startImmediately: true })
        yield* Fiber.join(next)
      }
    }))

  test("interrupted at any step leaves the turn to others", () =>
    Effect.gen(function* () {
      for (let step = 0; step < 40; step++) {
        const interrupted = yield* Effect.scoped(ProcessEnv.install).pipe(
          Effect.provideService(Scheduler.MaxOpsBeforeYield, 3),
          Effect.forkDetach({ startImmediately: true }),
        )
        for (let passed = 0; passed < step; passed++) yield* Effect.yieldNow
        yield* Fiber.interrupt(interrupted)
        assert.deepStrictEqual(environment(), unset)
        const next = yield* Effect.forkDetach(Effect.scoped(ProcessEnv.install), { startImmediately: true })
        yield* Effect.yieldNow
        assert.isDefined(next.pollUnsafe(), `the turn was lost at step ${step}`)
      }
    }))

  test("without credentials changes nothing and keeps no turn", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.scoped(ProcessEnv.install).pipe(Effect.provide(CredentialStack.layerEmpty)),
      )
      assert.strictEqual(error.reason._tag, "NoCredentials")
      assert.deepStrictEqual(environment(), unset)
      const next = yield* Effect.forkDetach(Effect.scoped(ProcessEnv.install))
      yield* Fiber.join(next)
    }))
})
