// GetDelegatedAccessToken: the model's text; STS API Reference (PackedPolicySize is not populated); IAM User Guide, "IAM
// temporary delegation". AWS has opened it to partners only, so most of it is the narrower reading.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  deniedTo,
  getCallerIdentity,
  getDelegatedAccessToken,
  here,
  inWorld,
  notAuthorizedTo,
  refused,
  roleArn,
  secretOf,
  sessionArn,
  start,
  statement,
  there,
  trusting,
  rootArn,
  userArn,
} from "./support/world.ts"

const action = "sts:GetDelegatedAccessToken"

const user = (accessKeyId: string, ...policies: ReadonlyArray<World.PolicyDocument>) => ({
  accessKeys: [{ accessKeyId, secretAccessKey: secretOf(accessKeyId) }],
  policies,
})

/** `partner` of account `here` trades in what the customer of account `there` approves. */
const world = {
  seed: "delegated",
  accounts: {
    [here]: {
      users: {
        partner: user("AKIAPARTNER000000000", statement("Allow", action)),
        nobody: user("AKIANOBODY0000000000"),
        denied: user("AKIADENIED0000000000", statement("Allow", "*"), statement("Deny", action)),
      },
    },
    [there]: {
      roles: {
        // Nobody may assume it: the approval is enough.
        customer: { trustPolicy: trusting(rootArn("999999999999")), policies: [statement("Allow", "s3:*")] },
      },
    },
  },
} satisfies World.Encoded

const customer = roleArn("customer", there)
const keyOf = (name: string) => StsMemory.credentials(userArn(name))
const tradeIn = (tradeInToken: string | Redacted.Redacted, who = "partner") =>
  Effect.flatMap(keyOf(who), (it) => getDelegatedAccessToken(it, { tradeInToken }))
const get = { action: "s3:GetObject", resource: "arn:aws:s3:::a-bucket/key" }

const expired = [
  "ExpiredTradeInTokenException",
  400,
  "The trade-in token provided in the request has expired and can no longer be exchanged for credentials. Request a new token and retry the operation.",
]
const invalid = ["ValidationError", 400, "The trade-in token is not valid"]

describe("GetDelegatedAccessToken", () => {
  it.effect("trades a token in for a session of the role that was delegated", () =>
    Effect.gen(function* () {
      const token = yield* StsMemory.tradeInToken({ roleArn: customer })
      const { assumedPrincipal, credentials, packedPolicySize } = yield* tradeIn(token)
      assert.deepStrictEqual([assumedPrincipal, packedPolicySize], [customer, undefined])
      assert.strictEqual(DateTime.toEpochMillis(credentials.expiration), Math.floor(start / 1000) * 1000 + 3_600_000)
      const { account, arn, userId } = yield* getCallerIdentity(credentials)
      assert.deepStrictEqual([account, arn], [there, sessionArn("customer", "delegated", there)])
      assert.match(userId, /^AROA\w{17}:delegated$/)
      yield* StsMemory.authorize({ caller: credentials, ...get })
    }).pipe(inWorld(world)),
  )

  it.effect("takes the terms of the delegation", () =>
    Effect.gen(function* () {
      const token = yield* StsMemory.tradeInToken({
        roleArn: customer,
        roleSessionName: "setup",
        policy: statement("Allow", "s3:ListBucket"),
        duration: "12 hours",
        timeToLive: "5 minutes",
      })
      yield* TestClock.adjust("299 seconds")
      const { credentials } = yield* tradeIn(token)
      const lifetime = DateTime.toEpochMillis(credentials.expiration) - Math.floor(start / 1000) * 1000
      assert.strictEqual(lifetime, (299 + 12 * 3600) * 1000)
      assert.strictEqual((yield* getCallerIdentity(credentials)).arn, sessionArn("customer", "setup", there))
      const { message } = yield* Effect.flip(StsMemory.authorize({ caller: credentials, ...get }))
      assert.include(message, "because no session policy allows")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* refused(tradeIn(token)), expired)
      yield* getCallerIdentity(credentials)
    }).pipe(inWorld(world)),
  )

  it.effect("takes a token as long as it is valid, and an hour where nothing is said", () =>
    Effect.gen(function* () {
      const token = yield* StsMemory.tradeInToken({ roleArn: customer })
      const first = yield* tradeIn(token)
      yield* TestClock.adjust("3599999 millis")
      const second = yield* tradeIn(token)
      assert.notStrictEqual(first.credentials.accessKeyId, second.credentials.accessKeyId)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* refused(tradeIn(token)), expired)
    }).pipe(inWorld(world)),
  )

  it.effect("needs permission, and says so before it looks at the token", () =>
    Effect.gen(function* () {
      const token = yield* StsMemory.tradeInToken({ roleArn: customer })
      for (const each of [token, "none"]) {
        assert.deepStrictEqual(yield* refused(tradeIn(each, "nobody")), notAuthorizedTo(userArn("nobody"), action))
        assert.deepStrictEqual(yield* refused(tradeIn(each, "denied")), deniedTo(userArn("denied"), action))
      }
    }).pipe(inWorld(world)),
  )

  it.effect("refuses what is no token of this world, and shows none", () =>
    Effect.gen(function* () {
      const token = Redacted.value(yield* StsMemory.tradeInToken({ roleArn: customer }))
      const other = Redacted.value(yield* StsMemory.tradeInToken({ roleArn: customer }))
      assert.match(token, /^[\w-]{64,}$/)
      for (const text of ["customer", "delegated"]) {
        assert.notInclude(Buffer.from(token, "base64url").toString("latin1"), text)
      }
      assert.notStrictEqual(token, other)
      const ofAnotherSeed = yield* StsMemory.tradeInToken({ roleArn: customer }).pipe(
        inWorld({ ...world, seed: "another" }),
      )
      const changed = token.slice(0, 70) + (token[70] === "A" ? "B" : "A") + token.slice(71)
      for (const wrong of ["none", token.slice(1), `${token}=`, changed, ofAnotherSeed, "constructor"]) {
        const answer = yield* refused(tradeIn(wrong))
        assert.deepStrictEqual(answer, invalid)
      }
    }).pipe(inWorld(world)),
  )

  it.effect("takes a token that another process made in the same world", () =>
    Effect.gen(function* () {
      const policy = statement("Allow", "s3:ListBucket")
      const token = yield* StsMemory.tradeInToken({
        roleArn: customer,
        roleSessionName: "elsewhere",
        policy,
        timeToLive: Infinity,
      }).pipe(inWorld(world))
      const { credentials } = yield* tradeIn(token)
      assert.strictEqual((yield* getCallerIdentity(credentials)).arn, sessionArn("customer", "elsewhere", there))
      const { message } = yield* Effect.flip(StsMemory.authorize({ caller: credentials, ...get }))
      assert.include(message, "because no session policy allows")
    }).pipe(inWorld(world)),
  )

  for (const change of ["deleteRole", "recreateRole"] as const) {
    it.effect(`refuses a token after ${change}`, () =>
      Effect.gen(function* () {
        const token = yield* StsMemory.tradeInToken({ roleArn: customer })
        yield* StsMemory[change](customer)
        assert.deepStrictEqual(yield* refused(tradeIn(token)), invalid)
      }).pipe(inWorld(world)),
    )
  }

  it.effect("dies of a test that delegates what is not there", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(StsMemory.tradeInToken({ roleArn: roleArn("missing") }))
      assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /no role .*missing.*customer/)
    }).pipe(inWorld(world)),
  )
})
