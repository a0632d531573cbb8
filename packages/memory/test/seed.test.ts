// facts/seed.md: what the R package aws.iam does and this library keeps, and its bugs, which must be impossible here.
import { CredentialSource, CredentialStack, ProcessEnv, RetryPolicy, Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import process from "node:process"
import * as StsMemory from "../src/StsMemory.ts"
import { alice, bob, inWorld, mfaArn, roleArn, sessionArn, userArn } from "./support/world.ts"

const role = (name: string) => ({ roleArn: roleArn(name), roleSessionName: "test" })

/** Runs as alice, whose stack has one frame. */
const asAlice = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(CredentialStack.layer(CredentialSource.fromEffect(alice))), inWorld())

const who = Effect.map(Sts.getCallerIdentity, ({ arn }) => arn)

/** All that a stack shows, and what it hands out. */
const whole = Effect.gen(function* () {
  const { accessKeyId, secretAccessKey, sessionToken } = yield* CredentialStack.current
  return {
    frames: (yield* CredentialStack.frames).map(({ label }) => label),
    current: [accessKeyId, Redacted.value(secretAccessKey), sessionToken && Redacted.value(sessionToken)],
  }
})

/** What an effect fails with, after which the stack is as it was before. */
const failsAndChangesNothing = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const before = yield* whole
  const error = yield* Effect.flip(effect)
  assert.deepStrictEqual(yield* whole, before)
  return error
})

describe("kept", () => {
  it.effect("set and restore, last in, first out", () =>
    Effect.gen(function* () {
      const one = yield* Sts.assumeRole(role("account"))
      yield* CredentialStack.set(one.credentials)
      const two = yield* Sts.assumeRole(role("chained"))
      yield* CredentialStack.set(two.credentials)
      const seen = [yield* who]
      yield* CredentialStack.restore
      seen.push(yield* who)
      yield* CredentialStack.restore
      seen.push(yield* who)
      assert.deepStrictEqual(seen, [sessionArn("chained"), sessionArn("account"), userArn("alice")])
    }).pipe(asAlice),
  )

  it.effect("restore on a stack that nothing was set on changes nothing", () =>
    Effect.gen(function* () {
      const error = yield* failsAndChangesNothing(CredentialStack.restore)
      assert.strictEqual(error.reason._tag, "EmptyStack")
    }).pipe(asAlice),
  )

  it.effect("going to the root clears the stack", () =>
    Effect.gen(function* () {
      for (const name of ["account", "chained"]) {
        yield* CredentialStack.set((yield* Sts.assumeRole(role(name))).credentials)
      }
      yield* CredentialStack.restoreAll
      assert.strictEqual(yield* who, userArn("alice"))
      assert.lengthOf(yield* CredentialStack.frames, 1)
      yield* failsAndChangesNothing(CredentialStack.restore)
    }).pipe(asAlice),
  )

  it.effect("a transport failure leaves the credentials alone", () =>
    Effect.gen(function* () {
      yield* StsMemory.setOutage(true)
      const error = yield* failsAndChangesNothing(
        CredentialStack.withRole(role("account"))(who).pipe(RetryPolicy.withRetryPolicy({ attempts: 1 })),
      )
      assert.strictEqual(error._tag === "StsError" ? error.reason._tag : error._tag, "TransportError")
      yield* StsMemory.setOutage(false)
      assert.strictEqual(yield* who, userArn("alice"))
    }).pipe(asAlice),
  )
})

describe("impossible", () => {
  describe("1. an unset variable comes back as an empty one", () => {
    const name = "AWS_SESSION_TOKEN"
    for (const [kind, value] of [
      ["an unset variable stays unset", undefined],
      ["an empty one stays empty", ""],
      ["and another what it was", "before"],
    ] as const) {
      it.effect(kind, () =>
        Effect.gen(function* () {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
          const inside = yield* Effect.andThen(
            ProcessEnv.install,
            Effect.sync(() => process.env[name]),
          ).pipe(Effect.scoped, CredentialStack.withRole(role("account")))
          assert.match(inside ?? "", /^IQoJb3JpZ2luX2Vj/)
          assert.strictEqual(name in process.env, value !== undefined)
          assert.strictEqual(process.env[name], value)
          delete process.env[name]
        }).pipe(asAlice),
      )
    }
  })

  it.effect("2. AccessDenied blanks the credentials", () =>
    Effect.gen(function* () {
      const error = yield* failsAndChangesNothing(CredentialStack.withRole(role("nobody"))(who))
      assert.strictEqual(error._tag === "StsError" ? error.reason._tag : error._tag, "AccessDenied")
      const pushed = yield* failsAndChangesNothing(
        Effect.scoped(CredentialStack.push(CredentialSource.assumeRole(role("nobody")))),
      )
      const refused = yield* failsAndChangesNothing(CredentialStack.set(pushed as never))
      assert.strictEqual(refused.reason._tag, "InvalidCredentials")
      assert.strictEqual(yield* who, userArn("alice"))
    }).pipe(asAlice),
  )

  it.effect("3. wrong field names are taken for credentials", () =>
    Effect.gen(function* () {
      for (const found of [
        { AccessKeyId: "AKIDEXAMPLE", SecretAccessKey: "secret" },
        { key: "AKIDEXAMPLE", secret: "secret", session_token: "token", region: "us-east-1" },
      ]) {
        const error = yield* failsAndChangesNothing(CredentialStack.set(found as never))
        assert.strictEqual(error.reason._tag, "InvalidCredentials")
        assert.include(error.message, "accessKeyId")
      }
    }).pipe(asAlice),
  )

  it.effect("4. half a set blanks the token, or mixes new keys with an old one", () =>
    Effect.gen(function* () {
      const { credentials } = yield* Sts.assumeRole(role("account"))
      yield* CredentialStack.set(credentials)
      for (const [given, field] of [
        [null, "credentials"],
        [undefined, "credentials"],
        [{}, "accessKeyId"],
        [{ accessKeyId: "AKIDEXAMPLE" }, "secretAccessKey"],
        [{ secretAccessKey: "secret" }, "accessKeyId"],
        [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "" }, "secretAccessKey"],
        [{ accessKeyId: "", secretAccessKey: "secret" }, "accessKeyId"],
        [{ accessKeyId: credentials.accessKeyId, secretAccessKey: "secret" }, "sessionToken"],
        [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "" }, "sessionToken"],
      ] as const) {
        const { reason } = yield* failsAndChangesNothing(CredentialStack.set(given as never))
        assert.deepInclude(reason, { _tag: "InvalidCredentials", field })
      }
      assert.strictEqual(yield* who, sessionArn("account"))
      // A long-term key that is set over a session leaves no token behind.
      yield* CredentialStack.set(yield* bob)
      assert.isUndefined((yield* CredentialStack.current).sessionToken)
      assert.strictEqual(yield* who, userArn("bob"))
    }).pipe(asAlice),
  )

  describe("5. what goes wrong inside leaves the role in force:", () => {
    const endings: ReadonlyArray<readonly [kind: string, inside: Effect.Effect<unknown, unknown>]> = [
      ["a failure", Effect.fail("no")],
      ["a defect", Effect.die(new Error("bug"))],
      ["a thrown error", Effect.sync(() => JSON.parse("{"))],
      ["an interrupt from inside", Effect.interrupt],
    ]
    for (const [kind, inside] of endings) {
      it.effect(kind, () =>
        Effect.gen(function* () {
          const before = yield* whole
          const exit = yield* Effect.exit(CredentialStack.withRole(role("account"))(inside))
          assert.isTrue(Exit.isFailure(exit))
          assert.deepStrictEqual(yield* whole, before)
          assert.strictEqual(yield* who, userArn("alice"))
        }).pipe(asAlice),
      )
    }

    it.effect("an interrupt from outside", () =>
      Effect.gen(function* () {
        const before = yield* whole
        const inside = yield* Deferred.make<string, unknown>()
        const fiber = yield* Effect.andThen(Deferred.complete(inside, Effect.succeed("in")), Effect.never).pipe(
          CredentialStack.withRole(role("account")),
          Effect.forkChild,
        )
        yield* Deferred.await(inside)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* whole, before)
      }).pipe(asAlice),
    )
  })

  describe("6. released out of order, the owner of one goes on as the other:", () => {
    it.effect("closing the lower scope leaves the upper identity", () =>
      Effect.gen(function* () {
        const [lower, upper] = [yield* Scope.make(), yield* Scope.make()]
        yield* CredentialStack.push(CredentialSource.assumeRole(role("account"))).pipe(Scope.provide(lower))
        yield* CredentialStack.push(CredentialSource.assumeRole(role("chained"))).pipe(Scope.provide(upper))
        yield* Scope.close(lower, Exit.void)
        assert.strictEqual(yield* who, sessionArn("chained"))
        yield* Scope.close(upper, Exit.void)
        assert.strictEqual(yield* who, userArn("alice"))
      }).pipe(asAlice),
    )

    it.effect("who outlives a role is nobody, and not who was below", () =>
      Effect.gen(function* () {
        const isOver = yield* Deferred.make<void>()
        const fiber = yield* Effect.andThen(Deferred.await(isOver), Effect.flip(who)).pipe(
          Effect.forkDetach,
          CredentialStack.withRole(role("account")),
        )
        yield* Deferred.complete(isOver, Effect.void)
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error.reason._tag, "ScopeClosed")
      }).pipe(asAlice),
    )
  })

  describe("7. every call has the same limits of duration:", () => {
    it.effect("AssumeRole ends at 12 hours, and nothing is sent", () =>
      Effect.gen(function* () {
        const error = yield* failsAndChangesNothing(Sts.assumeRole({ ...role("account"), duration: "36 hours" }))
        assert.deepInclude(error.reason, { _tag: "InvalidRequest", field: "duration" })
        assert.deepStrictEqual(yield* StsMemory.calls, [])
        yield* Sts.assumeRole({ ...role("account"), duration: "12 hours" })
        yield* Sts.getSessionToken({ duration: "36 hours" })
      }).pipe(asAlice),
    )

    it.effect("and at one hour where roles are chained", () =>
      Effect.gen(function* () {
        const chain = (duration: "1 hour" | "2 hours") =>
          Sts.assumeRole({ ...role("chained"), duration }).pipe(CredentialStack.withRole(role("account")))
        yield* chain("1 hour")
        const error = yield* Effect.flip(chain("2 hours"))
        assert.match(error.message, /1 hour session limit for roles assumed by role chaining/)
      }).pipe(asAlice),
    )
  })

  it.effect("8. a serial number without a code fails late", () =>
    Effect.gen(function* () {
      // @ts-expect-error -- a serial number without a code cannot be written
      const call = Sts.getSessionToken({ mfa: { serialNumber: mfaArn("alice") } })
      const error = yield* failsAndChangesNothing(call)
      assert.deepInclude(error.reason, { _tag: "InvalidRequest", field: "mfa.tokenCode" })
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(asAlice),
  )

  describe("9. failures are values, and nothing is renewed or safe with two tasks:", () => {
    it.effect("a failure is an error, with a type", () =>
      Effect.gen(function* () {
        const answer = yield* Sts.assumeRole(role("nobody")).pipe(
          Effect.catchReason("StsError", "AccessDenied", ({ message }) => Effect.succeed(message)),
        )
        assert.include(answer, "is not authorized to perform: sts:AssumeRole")
      }).pipe(asAlice),
    )

    it.effect("the expiration is read, and the role is renewed", () =>
      Effect.gen(function* () {
        yield* Effect.gen(function* () {
          const first = yield* CredentialStack.current
          yield* TestClock.adjust("3 hours")
          const second = yield* CredentialStack.current
          assert.notStrictEqual(second.accessKeyId, first.accessKeyId)
          assert.strictEqual(yield* who, sessionArn("account"))
        }).pipe(CredentialStack.withRole(role("account")))
        const assumed = (yield* StsMemory.calls).filter(({ operation }) => operation === "AssumeRole")
        assert.lengthOf(assumed, 2)
      }).pipe(asAlice),
    )

    it.effect("two tasks have two identities at once", () =>
      Effect.gen(function* () {
        yield* StsMemory.setLatency("1 second")
        const task = (name: string) =>
          Effect.gen(function* () {
            const seen = new Set<string>()
            for (let times = 0; times < 10; times++) seen.add(yield* who)
            return Array.from(seen)
          }).pipe(CredentialStack.withRole(role(name)))
        const fiber = yield* Effect.forkChild(
          Effect.all([task("account"), task("narrow"), who], { concurrency: "unbounded" }),
        )
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* Fiber.join(fiber), [
          [sessionArn("account")],
          [sessionArn("narrow")],
          userArn("alice"),
        ])
      }).pipe(asAlice),
    )
  })
})
