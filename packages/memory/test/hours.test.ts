import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"

const account = "111111111111"
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
const trusting = (principal: string) =>
  ({
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" }],
    },
  }) as const

const world: World.Encoded = {
  accounts: {
    [account]: {
      users: {
        alice: { accessKeys: [{ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG" }] },
      },
      roles: {
        a: trusting(`arn:aws:iam::${account}:user/alice`),
        b: trusting(roleArn("a")),
        c: trusting(roleArn("b")),
      },
    },
  },
}

const alice = CredentialSource.fromEffect(StsMemory.credentials(`arn:aws:iam::${account}:user/alice`))

const TestLayer = CredentialStack.layer(alice).pipe(Layer.provideMerge(StsMemory.layer(world)))

describe("twelve hours of three nested roles", () => {
  it.effect("never call with expired credentials, and renew each hop as often as the rules say", () =>
    Effect.gen(function* () {
      for (let minute = 0; minute < 12 * 60; minute++) {
        yield* TestClock.adjust("1 minute")
        const { expiration } = yield* CredentialStack.current
        assert.isDefined(expiration)
        assert.isTrue(DateTime.isGreaterThan(expiration, yield* DateTime.now))
        const { arn } = yield* Sts.getCallerIdentity
        assert.match(arn, /assumed-role\/c\//)
      }
      const calls = yield* StsMemory.calls
      assert.deepStrictEqual(
        calls.filter(({ outcome }) => outcome !== "Success"),
        [],
      )
      // A set of an hour is renewed 15 minutes before its end: at 45, 90 … 720 minutes, after the one at the beginning.
      const callers = calls.filter(({ operation }) => operation === "AssumeRole").map(({ caller }) => caller)
      const expected = 1 + (12 * 60) / 45
      for (const words of [/user\/alice$/, /assumed-role\/a\//, /assumed-role\/b\//]) {
        assert.strictEqual(callers.filter((caller) => words.test(caller ?? "")).length, expected)
      }
      assert.strictEqual(callers.length, 3 * expected)
    }).pipe(
      CredentialStack.withRole({ roleArn: roleArn("c") }),
      CredentialStack.withRole({ roleArn: roleArn("b") }),
      CredentialStack.withRole({ roleArn: roleArn("a") }),
      Effect.provide(TestLayer),
    ),
  )

  it.effect("1,000 requests for 50 tenants, each under its role, are 50 AssumeRole calls", () => {
    const tenants = Array.from({ length: 50 }, (_, index) => `tenant-${index}`)
    const roles = Object.fromEntries(tenants.map((name) => [name, trusting(`arn:aws:iam::${account}:user/alice`)]))
    const { users } = world.accounts[account] ?? {}
    return Effect.gen(function* () {
      yield* Effect.forEach(
        Array.from({ length: 1000 }, (_, index) => tenants[index % tenants.length] ?? ""),
        (tenant) =>
          Effect.gen(function* () {
            assert.include((yield* Sts.getCallerIdentity).arn, `assumed-role/${tenant}/`)
          }).pipe(CredentialStack.withRole({ roleArn: roleArn(tenant) })),
        { concurrency: 32, discard: true },
      )
      const calls = yield* StsMemory.calls
      assert.strictEqual(calls.filter(({ operation }) => operation === "AssumeRole").length, 50)
    }).pipe(
      Effect.provide(
        CredentialStack.layer(alice).pipe(
          Layer.provideMerge(StsMemory.layer({ accounts: { [account]: { ...(users && { users }), roles } } })),
        ),
      ),
    )
  })
})
