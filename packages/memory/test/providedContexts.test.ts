// ProvidedContexts: the IAM User Guide and the Service Authorization Reference on sts:SetContext. What STS says of a bad
// assertion is not known.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  assuming,
  bob,
  here,
  inWorld,
  key,
  notAuthorized,
  refused,
  roleArn,
  rootArn,
  statement,
  trusting,
  userArn,
} from "./support/world.ts"

const providerArn = "arn:aws:iam::aws:contextProvider/IdentityCenter"
const withContext = [...assuming, "sts:SetContext"]
const ada = { "identitystore:UserId": "ada" }

const world = {
  seed: "contexts",
  accounts: {
    [here]: {
      users: {
        alice: { accessKeys: [key("AKIAALICE00000000000")], policies: [statement("Allow", withContext)] },
        bob: { accessKeys: [key("AKIABOB0000000000000")], policies: [statement("Allow", assuming)] },
      },
      roles: {
        any: { trustPolicy: trusting(rootArn(), undefined, withContext) },
        none: { trustPolicy: trusting(rootArn()) },
        provider: {
          trustPolicy: trusting(
            rootArn(),
            { "ForAnyValue:ArnEquals": { "sts:RequestContextProviders": providerArn } },
            withContext,
          ),
        },
        ada: {
          trustPolicy: trusting(
            rootArn(),
            { StringEquals: { "sts:RequestContext/identitystore:UserId": "ada" } },
            withContext,
          ),
        },
      },
    },
  },
} satisfies World.Encoded

const inContexts = inWorld(world)

type Contexts = NonNullable<Parameters<typeof assumeRole>[1]["providedContexts"]>

const assume = (role: string, providedContexts: Contexts, who = alice) =>
  Effect.flatMap(who, (it) =>
    assumeRole(it, { roleArn: roleArn(role), roleSessionName: "test", ...(providedContexts && { providedContexts }) }),
  )

const asserted = (keys: Record<string, string> = ada) =>
  Effect.map(StsMemory.contextAssertion(keys), (contextAssertion) => [{ providerArn, contextAssertion }])

describe("a provided context", () => {
  it.effect("[docs] needs sts:SetContext, in the trust policy and, where the account is trusted, in the caller's", () =>
    Effect.gen(function* () {
      const contexts = yield* asserted()
      yield* assume("any", contexts)
      for (const [role, who, caller] of [
        ["none", alice, userArn("alice")],
        ["any", bob, userArn("bob")],
      ] as const) {
        assert.deepStrictEqual(
          yield* refused(assume(role, contexts, who)),
          notAuthorized(caller, "sts:SetContext", roleArn(role)),
        )
      }
    }).pipe(inContexts),
  )

  it.effect("[docs] is seen by policies: its provider and its keys", () =>
    Effect.gen(function* () {
      const contexts = yield* asserted()
      yield* assume("provider", contexts)
      yield* assume("ada", contexts)
      for (const [role, other] of [
        ["ada", yield* asserted({ "identitystore:UserId": "bea" })],
        ["ada", yield* asserted({})],
      ] as const) {
        assert.strictEqual((yield* refused(assume(role, other)))[0], "AccessDenied")
      }
      const none = Effect.flatMap(alice, (it) =>
        assumeRole(it, { roleArn: roleArn("provider"), roleSessionName: "test" }),
      )
      assert.strictEqual((yield* refused(none))[0], "AccessDenied")
    }).pipe(inContexts),
  )

  const rows: ReadonlyArray<readonly [fact: string, what: string, contexts: Contexts]> = [
    ["an assertion that nobody made", "assertion", [{ providerArn, contextAssertion: "AAAA" }]],
    ["no assertion", "assertion", [{ providerArn }]],
    ["no provider", "provider", [{ contextAssertion: "AAAA" }]],
    [
      "another provider",
      "provider",
      [{ providerArn: "arn:aws:iam::aws:contextProvider/Another", contextAssertion: "AAAA" }],
    ],
  ]
  for (const [fact, what, contexts] of rows) {
    it.effect(`[unverified] is refused: ${fact}`, () =>
      Effect.gen(function* () {
        const words = ["ValidationError", 400, `The ${what} of a provided context is not valid`]
        assert.deepStrictEqual(yield* refused(assume("any", contexts)), words)
        assert.deepStrictEqual(yield* refused(assume("any", [...(yield* asserted()), ...contexts])), words)
      }).pipe(inContexts),
    )
  }

  it.effect("is another each time it is asserted, and does not expire", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* StsMemory.contextAssertion(ada), yield* StsMemory.contextAssertion(ada)]
      assert.notStrictEqual(Redacted.value(first), Redacted.value(second))
      assert.isAtMost(Redacted.value(first).length, 2048)
    }).pipe(inContexts),
  )
})
