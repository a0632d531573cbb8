// The hands that change a world: roles and keys that are made while a test runs.
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  bob,
  getCallerIdentity,
  here,
  inWorld,
  notAuthorized,
  refused,
  roleArn,
  rootArn,
  session,
  sessionArn,
  statement,
  there,
  trusting,
  userArn,
  world,
} from "./support/world.ts"

const ci = roleArn("ci")
const trustPolicy = trusting(rootArn())
const policyArn = `arn:aws:iam::${here}:policy/gone`

const identityOf = (arn: string) => Effect.flatMap(alice, (own) => Effect.flatMap(session(own, arn), getCallerIdentity))

const denied = (arn: string, caller = userArn("alice")) => notAuthorized(caller, "sts:AssumeRole", arn)

/** Why a hand dies. */
const deathOf = <R>(hand: Effect.Effect<unknown, never, R>) =>
  Effect.map(Effect.exit(hand), (exit) => {
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    return Exit.isFailure(exit) ? Cause.pretty(exit.cause).split("\n    at ", 1)[0] : ""
  })

describe("createRole", () => {
  it.effect("makes a role that can be assumed, with all that it says", () =>
    Effect.gen(function* () {
      const own = yield* alice
      assert.deepStrictEqual(yield* refused(session(own, ci)), denied(ci))
      yield* StsMemory.createRole(ci, {
        trustPolicy,
        managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
        maxSessionDuration: 7200,
        tags: { team: "blue" },
      })
      const input = { roleArn: ci, roleSessionName: "test", duration: "2 hours" } as const
      const { assumedRoleUser, credentials } = yield* assumeRole(own, input)
      assert.match(assumedRoleUser.assumedRoleId, /^AROA\w{17}:test$/)
      assert.strictEqual((yield* getCallerIdentity(credentials)).arn, sessionArn("ci"))
      yield* session(credentials, roleArn("everyone"))
      yield* StsMemory.createRole(roleArn("deep/path/nested"), { trustPolicy })
      assert.strictEqual((yield* identityOf(roleArn("deep/path/nested"))).arn, sessionArn("nested"))
    }).pipe(inWorld()),
  )

  it.effect("may trust a role that it comes after, and be trusted by the next", () =>
    Effect.gen(function* () {
      yield* StsMemory.createRole(ci, { trustPolicy, policies: [statement("Allow", "sts:AssumeRole")] })
      yield* StsMemory.createRole(roleArn("next", there), { trustPolicy: trusting(ci) })
      const first = yield* session(yield* alice, ci)
      assert.strictEqual(
        (yield* getCallerIdentity(yield* session(first, roleArn("next", there)))).arn,
        sessionArn("next", "test", there),
      )
    }).pipe(inWorld()),
  )

  it.effect("with propagation: STS says for so long that there is no such role", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.createRole(ci, { trustPolicy }, { propagation: "8 seconds" })
      for (const step of ["0 seconds", "7 seconds", "999 millis"] as const) {
        yield* TestClock.adjust(step)
        assert.deepStrictEqual(yield* refused(session(own, ci)), denied(ci))
      }
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* identityOf(ci)).arn, sessionArn("ci"))
    }).pipe(inWorld()),
  )

  it.effect("with propagation: may be trusted, changed and deleted before STS knows it", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const propagation = "8 seconds"
      yield* StsMemory.createRole(ci, { trustPolicy: trusting(rootArn(there)) }, { propagation })
      yield* StsMemory.createRole(roleArn("next"), { trustPolicy: trusting(ci) })
      yield* StsMemory.updateRole(ci, { trustPolicy })
      yield* StsMemory.createRole(roleArn("gone"), { trustPolicy }, { propagation })
      yield* StsMemory.deleteRole(roleArn("gone"))
      assert.deepStrictEqual(yield* refused(session(own, ci)), denied(ci))
      yield* TestClock.adjust(propagation)
      const first = yield* session(own, ci)
      assert.deepStrictEqual(yield* refused(session(own, roleArn("gone"))), denied(roleArn("gone")))
      yield* getCallerIdentity(yield* session(first, roleArn("next")))
    }).pipe(inWorld()),
  )

  it.effect("again after it was deleted: another role of the same name", () =>
    Effect.gen(function* () {
      yield* StsMemory.createRole(ci, { trustPolicy })
      const before = yield* identityOf(ci)
      yield* StsMemory.deleteRole(ci)
      yield* StsMemory.createRole(ci, { trustPolicy })
      const after = yield* identityOf(ci)
      assert.strictEqual(after.arn, before.arn)
      assert.notStrictEqual(after.userId, before.userId)
      yield* StsMemory.recreateRole(ci)
      assert.notInclude([before.userId, after.userId], (yield* identityOf(ci)).userId)
    }).pipe(inWorld()),
  )

  const wrong: ReadonlyArray<readonly [fact: string, arn: string, role: StsMemory.Role, words: RegExp]> = [
    ["an ARN that is none", "ci", { trustPolicy }, /role "ci" cannot be so: it is no ARN of a role/],
    ["a user's ARN", userArn("ci"), { trustPolicy }, /it is no ARN of a role/],
    ["a partition that is another", ci.replace("aws", "aws-cn"), { trustPolicy }, /in the partition aws$/],
    ["an account that is not there", roleArn("ci", "999999999999"), { trustPolicy }, /no account 999999999999/],
    ["a role that is there", roleArn("account"), { trustPolicy }, /there is such a role already/],
    ["a duration that is none", ci, { trustPolicy, maxSessionDuration: 60 }, /maxSessionDuration: 60: expected whole/],
    ["a trusted user who is not there", ci, { trustPolicy: trusting(userArn("alise")) }, /user\/alise" does not exist/],
    [
      "one in a list of statements",
      ci,
      { trustPolicy: { ...trustPolicy, Statement: [trusting(userArn("alise")).Statement].flat() } },
      /trustPolicy\.Statement\[0\]\.Principal\.AWS: /,
    ],
    ["a trusted role that is not there", ci, { trustPolicy: trusting(roleArn("acount")) }, /role\/acount" does not/],
    [
      "a managed policy that is not there",
      ci,
      { trustPolicy, managedPolicyArns: [policyArn] },
      /policy\/gone" is no managed/,
    ],
    ["a misspelled field", ci, { trustPolicy, polices: [] } as StsMemory.Role, /polices: is no field here/],
  ]
  for (const [fact, arn, role, words] of wrong) {
    it.effect(`dies of ${fact}`, () =>
      Effect.gen(function* () {
        assert.match((yield* deathOf(StsMemory.createRole(arn, role))) ?? "", words)
        assert.match((yield* deathOf(StsMemory.createRole(arn, role, { propagation: 0 }))) ?? "", words)
      }).pipe(inWorld()),
    )
  }
})

describe("recreateRole with propagation", () => {
  it.effect("is a role that is gone for so long", () =>
    Effect.gen(function* () {
      const arn = roleArn("account")
      const before = yield* identityOf(arn)
      yield* StsMemory.recreateRole(arn, { propagation: "8 seconds" })
      assert.deepStrictEqual(yield* refused(session(yield* alice, arn)), denied(arn))
      yield* TestClock.adjust("8 seconds")
      assert.notStrictEqual((yield* identityOf(arn)).userId, before.userId)
    }).pipe(inWorld()),
  )
})

describe("updateRole", () => {
  it.effect("changes trust for those who come, and not for those who are there", () =>
    Effect.gen(function* () {
      const arn = roleArn("narrow")
      const own = yield* alice
      const there_ = yield* session(own, arn)
      yield* StsMemory.updateRole(arn, { trustPolicy: trusting(userArn("bob")) })
      assert.deepStrictEqual(yield* refused(session(own, arn)), denied(arn))
      yield* session(yield* bob, arn)
      const { arn: still, userId } = yield* getCallerIdentity(there_)
      assert.strictEqual(still, sessionArn("narrow"))
      assert.strictEqual(userId, (yield* getCallerIdentity(yield* session(yield* bob, arn))).userId)
    }).pipe(inWorld()),
  )

  it.effect("changes at once what the sessions that are there may do", () =>
    Effect.gen(function* () {
      const session_ = yield* session(yield* alice, roleArn("account"))
      yield* session(session_, roleArn("chained"))
      yield* StsMemory.updateRole(roleArn("account"), { policies: [statement("Deny", "sts:*")] })
      assert.deepStrictEqual(
        yield* refused(session(session_, roleArn("chained"))),
        denied(roleArn("chained"), sessionArn("account")),
      )
    }).pipe(inWorld()),
  )

  it.effect("leaves the rest as it is, and lasts when the role is made again", () =>
    Effect.gen(function* () {
      const arn = roleArn("account")
      const own = yield* alice
      yield* StsMemory.updateRole(arn, { maxSessionDuration: 3600, tags: { team: "red" } })
      const input = { roleArn: arn, roleSessionName: "test", duration: "2 hours" } as const
      assert.match((yield* Effect.flip(assumeRole(own, input))).message, /MaxSessionDuration/)
      yield* session(yield* session(own, arn), roleArn("chained"))
      yield* StsMemory.recreateRole(arn)
      assert.match((yield* Effect.flip(assumeRole(own, input))).message, /MaxSessionDuration/)
    }).pipe(inWorld()),
  )

  it.effect("does not mend trust that is broken", () =>
    Effect.gen(function* () {
      yield* StsMemory.recreateRole(roleArn("account"))
      yield* StsMemory.updateRole(roleArn("chained"), { maxSessionDuration: 3600 })
      const first = yield* session(yield* alice, roleArn("account"))
      assert.deepStrictEqual(
        yield* refused(session(first, roleArn("chained"))),
        denied(roleArn("chained"), sessionArn("account")),
      )
    }).pipe(inWorld()),
  )

  it.effect("dies of a role that is not there, and of changes that cannot be", () =>
    Effect.gen(function* () {
      assert.match(
        (yield* deathOf(StsMemory.updateRole(ci, {}))) ?? "",
        /This world has no role ".*role\/ci"; it has .*account/,
      )
      const nobody = { trustPolicy: trusting(userArn("alise")) }
      assert.match((yield* deathOf(StsMemory.updateRole(roleArn("narrow"), nobody))) ?? "", /alise" does not exist/)
      yield* session(yield* alice, roleArn("narrow"))
    }).pipe(inWorld()),
  )
})

describe("createAccessKey", () => {
  it.effect("rotates a key: the new one works beside the old, until that is deactivated", () =>
    Effect.gen(function* () {
      const [old, fresh] = [yield* alice, yield* StsMemory.createAccessKey(userArn("alice"))]
      assert.match(fresh.accessKeyId, /^AKIA\w{16}$/)
      assert.strictEqual((yield* getCallerIdentity(fresh)).arn, userArn("alice"))
      yield* getCallerIdentity(old)
      yield* StsMemory.deactivateKey(old.accessKeyId)
      assert.strictEqual((yield* refused(getCallerIdentity(old)))[0], "InvalidClientTokenId")
      assert.strictEqual((yield* alice).accessKeyId, fresh.accessKeyId)
      yield* session(fresh, roleArn("account"))
    }).pipe(inWorld()),
  )

  it.effect("is for users without a key and for root users too, and dies of others", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* getCallerIdentity(yield* StsMemory.createAccessKey(rootArn()))).arn, rootArn())
      const carol = yield* StsMemory.createAccessKey(userArn("carol"))
      assert.strictEqual((yield* getCallerIdentity(carol)).arn, userArn("carol"))
      assert.match(
        (yield* deathOf(StsMemory.createAccessKey(userArn("alise")))) ?? "",
        /no user.*alise.*it has .*alice/,
      )
    }).pipe(inWorld()),
  )
})

describe("as", () => {
  it.effect("gives a program its identity", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Sts.getCallerIdentity).arn, userArn("alice"))
      const inside = Sts.getCallerIdentity.pipe(CredentialStack.withRole({ roleArn: roleArn("account") }))
      assert.match((yield* inside).arn, /assumed-role\/account\//)
      yield* StsMemory.expectCalls(["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"])
    }).pipe(Effect.provide(StsMemory.layer(world).pipe(StsMemory.as(userArn("alice"))))),
  )

  it.effect("dies of somebody who is not there", () =>
    Effect.gen(function* () {
      const provided = Effect.provide(
        Sts.getCallerIdentity,
        StsMemory.layer(World.demo).pipe(StsMemory.as(userArn("x"))),
      )
      assert.match((yield* deathOf(Effect.orDie(provided))) ?? "", /no user or root user with an active key/)
      assert.strictEqual(here, "111111111111")
    }),
  )
})
