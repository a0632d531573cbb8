// The call log: what it has of a call, how it reads, and how a test says what it expects.
import type { StsError } from "@effect-sts/core"
import * as Operations from "@effect-sts/core/Operations"
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Fault from "../src/Fault.ts"
import * as Engine from "../src/internal/engine/engine.ts"
import * as Door from "../src/internal/engine/door.ts"
import * as StsMemory from "../src/StsMemory.ts"
import {
  alice,
  assumeRole,
  getCallerIdentity,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  mfaArn,
  roleArn,
  root,
  session,
  sessionArn,
  start,
  there,
  userArn,
} from "./support/world.ts"

const onTheHour = Math.floor(start / 1000) * 1000

const atTenOClock = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.andThen(TestClock.setTime(onTheHour), effect)

/** Why an assertion does not hold. */
const failureOf = <R>(assertion: Effect.Effect<void, never, R>) =>
  Effect.map(Effect.exit(assertion), (exit) => {
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    assert.instanceOf(defect, StsMemory.UnexpectedCalls)
    return defect instanceof Error ? defect.message.split("\n") : []
  })

const attempt = (call: Effect.Effect<unknown, StsError.StsError, Sts.Sts>) => Effect.ignore(call)

describe("a call in the log", () => {
  it.effect("has the key that signed, the id of its answer, and what was asked", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const input = {
        roleArn: roleArn("external"),
        roleSessionName: "test",
        duration: "15 minutes",
        externalId: "partner-1",
        policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      } as const
      yield* assumeRole(own, input)
      const [call] = yield* StsMemory.calls
      assert.deepInclude(call, { accessKeyId: own.accessKeyId, faults: [] })
      assert.match(call?.requestId ?? "", /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual(call?.parameters, {
        RoleArn: roleArn("external"),
        RoleSessionName: "test",
        DurationSeconds: 900,
        ExternalId: "partner-1",
        PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      })
    }).pipe(inWorld()),
  )

  it.effect("has no secret: no code, no token, no assertion", () =>
    Effect.gen(function* () {
      const sts = yield* Sts.Sts
      const serialNumber = mfaArn("alice")
      const tokenCode = yield* StsMemory.mfaCode(serialNumber)
      yield* getSessionToken(yield* alice, { mfa: { serialNumber, tokenCode } })
      const role = { roleArn: roleArn("account"), roleSessionName: "test" }
      const webIdentityToken = Redacted.make("planted.token.here")
      yield* attempt(sts.call(Operations.AssumeRoleWithWebIdentity, { ...role, webIdentityToken }))
      const samlAssertion = Redacted.make("cGxhbnRlZCBhc3NlcnRpb24=")
      const principalArn = `arn:aws:iam::${here}:saml-provider/idp`
      const { roleArn: arn } = role
      yield* attempt(sts.call(Operations.AssumeRoleWithSaml, { roleArn: arn, principalArn, samlAssertion }))
      const log = JSON.stringify(yield* StsMemory.calls)
      for (const secret of [tokenCode, "planted", "cGxhbnRl"]) assert.notInclude(log, secret)
      assert.deepStrictEqual(
        (yield* StsMemory.calls).map(({ accessKeyId, parameters }) => [accessKeyId, parameters]),
        [
          ["AKIAALICE00000000000", { SerialNumber: serialNumber }],
          [undefined, { RoleArn: arn, RoleSessionName: "test" }],
          [undefined, { RoleArn: arn, PrincipalArn: principalArn }],
        ],
      )
    }).pipe(inWorld()),
  )

  it.effect("is kept among the last 50,000", () =>
    Effect.gen(function* () {
      const memory = yield* StsMemory.StsMemory
      const { log } = memory[Door.engineOf]()
      yield* getCallerIdentity(yield* alice)
      const [first] = log
      if (first === undefined) return assert.fail("no call")
      while (log.length < 2 * Engine.logLength - 1) log.push({ ...first, requestId: String(log.length) })
      yield* getCallerIdentity(yield* alice)
      const calls = yield* StsMemory.calls
      assert.lengthOf(calls, Engine.logLength)
      assert.strictEqual(calls[0]?.requestId, String(Engine.logLength))
      assert.notStrictEqual(calls.at(-1)?.requestId, String(2 * Engine.logLength - 1))
    }).pipe(inWorld()),
  )

  it.effect("is forgotten on demand", () =>
    Effect.gen(function* () {
      yield* getCallerIdentity(yield* alice)
      yield* StsMemory.clearCalls
      yield* session(yield* alice, roleArn("account"))
      yield* StsMemory.expectCalls(["AssumeRole"])
    }).pipe(inWorld()),
  )
})

describe("history", () => {
  it.effect("has a line for each call", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* StsMemory.history, "")
      const own = yield* alice
      const assumed = yield* session(own, roleArn("account"), "release-42")
      yield* TestClock.adjust("90 seconds")
      yield* getCallerIdentity(assumed)
      yield* attempt(session(own, roleArn("nobody")))
      yield* getFederationToken(yield* root, { name: "guest" })
      yield* TestClock.adjust("250 millis")
      yield* StsMemory.inject(Fault.throttling({ times: 1 }))
      yield* getCallerIdentity(own).pipe(Effect.forkChild)
      yield* TestClock.adjust("10 seconds")
      yield* StsMemory.deactivateKey(own.accessKeyId)
      yield* attempt(getCallerIdentity(own))
      assert.deepStrictEqual((yield* StsMemory.history).split("\n"), [
        "10:00:00 AssumeRole alice → role/account ✓",
        "10:01:30 GetCallerIdentity account/release-42 ✓",
        "10:01:30 AssumeRole alice → role/nobody ✗ AccessDenied",
        "10:01:30 GetFederationToken root → guest ✓",
        "10:01:30.250 GetCallerIdentity alice ✗ Throttling [Throttling]",
        ...(yield* StsMemory.calls).slice(5, 6).map(({ time }) => {
          const at = new Date(time.epochMilliseconds).toISOString().slice(11, 23).replace(".000", "")
          return `${at} GetCallerIdentity alice ✓`
        }),
        "10:01:40.250 GetCallerIdentity (AKIAALICE00000000000) ✗ InvalidClientTokenId",
      ])
    }).pipe(atTenOClock, inWorld()),
  )

  it.effect("has the accounts where there are several", () =>
    Effect.gen(function* () {
      const assumed = yield* session(yield* alice, roleArn("cross", there))
      yield* getCallerIdentity(assumed)
      assert.deepStrictEqual((yield* StsMemory.history).replaceAll("10:00:00.700 ", "").split("\n"), [
        "AssumeRole 111111111111:user/alice → 222222222222:role/cross ✓",
        "GetCallerIdentity 222222222222:assumed-role/cross/test ✓",
      ])
    }).pipe(inWorld()),
  )
})

describe("expectCalls", () => {
  const prepared = Effect.gen(function* () {
    const own = yield* alice
    yield* assumeRole(own, { roleArn: roleArn("account"), roleSessionName: "test", duration: "15 minutes" })
    yield* attempt(session(own, roleArn("nobody")))
    yield* getCallerIdentity(own)
  })

  it.effect("holds where the calls are as expected, as far as anything is", () =>
    Effect.gen(function* () {
      yield* StsMemory.expectCalls([])
      yield* prepared
      yield* StsMemory.expectCalls(["AssumeRole", "AssumeRole", "GetCallerIdentity"])
      yield* StsMemory.expectCalls([{}, {}, {}])
      yield* StsMemory.expectCalls([
        {
          operation: "AssumeRole",
          caller: userArn("alice"),
          accessKeyId: "AKIAALICE00000000000",
          outcome: "Success",
          parameters: { RoleArn: roleArn("account"), DurationSeconds: 900 },
          faults: [],
        },
        { outcome: "AccessDenied" },
        { operation: "GetCallerIdentity" },
      ])
      yield* StsMemory.expectCalls([{ outcome: "AccessDenied" }], {
        among: { parameters: { RoleArn: roleArn("nobody") } },
      })
      yield* StsMemory.expectCalls([], { among: { operation: "GetSessionToken" } })
    }).pipe(inWorld()),
  )

  const rows: ReadonlyArray<readonly [fact: string, expected: Parameters<typeof StsMemory.expectCalls>[0]]> = [
    ["one is missing", ["AssumeRole", "AssumeRole"]],
    ["there is one too many", ["AssumeRole", "AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]],
    ["the order is another", ["GetCallerIdentity", "AssumeRole", "AssumeRole"]],
    ["an operation is another", [{}, {}, { operation: "GetSessionToken" }]],
    ["a caller is another", [{}, {}, { caller: userArn("bob") }]],
    ["a key is another", [{}, {}, { accessKeyId: "AKIABOB0000000000000" }]],
    ["an outcome is another", [{}, { outcome: "Success" }, {}]],
    ["a parameter is another", [{ parameters: { DurationSeconds: 901 } }, {}, {}]],
    ["a parameter is not there", [{}, {}, { parameters: { RoleArn: roleArn("account") } }]],
    ["a fault did not strike", [{ faults: ["Throttling"] }, {}, {}]],
  ]
  for (const [fact, expected] of rows) {
    it.effect(`fails where ${fact}`, () =>
      Effect.gen(function* () {
        yield* prepared
        const [first, ...lines] = yield* failureOf(StsMemory.expectCalls(expected))
        assert.strictEqual(first, "The calls are not the expected ones (- expected, + made):")
        assert.isTrue(lines.some((line) => /^[-+] /.test(line)))
      }).pipe(inWorld()),
    )
  }

  it.effect("says which call is missing, which is too many, and what differs", () =>
    Effect.gen(function* () {
      yield* prepared
      const [, ...lines] = yield* failureOf(
        StsMemory.expectCalls([
          "GetSessionToken",
          { operation: "AssumeRole", caller: userArn("alice"), parameters: { DurationSeconds: 3600 } },
          { outcome: "AccessDenied" },
        ]),
      )
      assert.deepStrictEqual(lines, [
        "- GetSessionToken",
        "- AssumeRole alice DurationSeconds=3600",
        "+ 10:00:00 AssumeRole alice → role/account DurationSeconds=900 ✓",
        "  10:00:00 AssumeRole alice → role/nobody ✗ AccessDenied",
        "+ 10:00:00 GetCallerIdentity alice ✓",
      ])
      const [, ...keys] = yield* failureOf(
        StsMemory.expectCalls([{ accessKeyId: "AKIABOB0000000000000" }], { among: { operation: "GetCallerIdentity" } }),
      )
      assert.deepStrictEqual(keys, [
        "- any (AKIABOB0000000000000)",
        "+ 10:00:00 GetCallerIdentity alice (AKIAALICE00000000000) ✓",
      ])
    }).pipe(atTenOClock, inWorld()),
  )

  it.effect("finds the fewest lines", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* getCallerIdentity(own)
      yield* getSessionToken(own, {})
      yield* getCallerIdentity(yield* session(own, roleArn("account")))
      yield* getSessionToken(own, {})
      const [, ...lines] = yield* failureOf(
        StsMemory.expectCalls(["GetSessionToken", "AssumeRole", { caller: sessionArn("account") }, "AssumeRole"]),
      )
      assert.deepStrictEqual(lines, [
        "+ 10:00:00 GetCallerIdentity alice ✓",
        "  10:00:00 GetSessionToken alice ✓",
        "  10:00:00 AssumeRole alice → role/account ✓",
        "  10:00:00 GetCallerIdentity account/test ✓",
        "- AssumeRole",
        "+ 10:00:00 GetSessionToken alice ✓",
      ])
    }).pipe(atTenOClock, inWorld()),
  )
})
