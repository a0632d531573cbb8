// facts/sts.md 3.5 and 3.6: GetCallerIdentity, GetSessionToken, GetFederationToken, GetAccessKeyInfo, and who may call what.
import type { AwsCredentials, Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  bob,
  dave,
  deniedTo,
  erin,
  getAccessKeyInfo,
  getCallerIdentity,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  mfaArn,
  notAuthorized,
  notAuthorizedTo,
  refused,
  roleArn,
  root,
  rootArn,
  session,
  sessionArn,
  start,
  statement,
  there,
  userArn,
} from "./support/world.ts"

type Who = Effect.Effect<AwsCredentials.AwsCredentials, unknown, Sts.Sts | StsMemory.StsMemory>

const inAccount = Effect.flatMap(alice, (it) => session(it, roleArn("account")))
const tokenOf = (who: Who) =>
  Effect.flatMap(who, (it) => Effect.map(getSessionToken(it, {}), ({ credentials }) => credentials))
const federatedBy = (who: Who, policy = JSON.stringify(statement("Allow", "*"))) =>
  Effect.flatMap(who, (it) =>
    Effect.map(getFederationToken(it, { name: "guest", policy }), ({ credentials }) => credentials),
  )
const guestArn = `arn:aws:sts::${here}:federated-user/guest`

describe("GetCallerIdentity", () => {
  const rows: ReadonlyArray<readonly [fact: string, who: Who, arn: string, userId: RegExp, account?: string]> = [
    ["a root user", root, rootArn(), /^111111111111$/],
    ["a user", alice, userArn("alice"), /^AIDA[A-Z2-7]{17}$/],
    ["a user with a path", dave, userArn("team/blue/dave"), /^AIDA[A-Z2-7]{17}$/],
    ["a user who is denied everything", erin, userArn("erin"), /^AIDA[A-Z2-7]{17}$/],
    ["a root user's session", tokenOf(root), rootArn(), /^111111111111$/],
    ["a user's session", tokenOf(alice), userArn("alice"), /^AIDA[A-Z2-7]{17}$/],
    ["a role's session", inAccount, sessionArn("account"), /^AROA[A-Z2-7]{17}:test$/],
    [
      "a role's session without permissions",
      Effect.flatMap(alice, (it) => session(it, roleArn("narrow"))),
      sessionArn("narrow"),
      /:test$/,
    ],
    [
      "a role's session in another account",
      Effect.flatMap(alice, (it) => session(it, roleArn("cross", there))),
      sessionArn("cross", "test", there),
      /:test$/,
      there,
    ],
    ["a federated user", federatedBy(alice), guestArn, /^111111111111:guest$/],
    [
      "a federated user who is denied everything",
      federatedBy(alice, JSON.stringify(statement("Deny", "*"))),
      guestArn,
      /^111111111111:guest$/,
    ],
    ["a federated root user", federatedBy(root), guestArn, /^111111111111:guest$/],
  ]
  for (const [fact, who, arn, userId, account = here] of rows) {
    it.effect(`names ${fact}`, () =>
      Effect.gen(function* () {
        const identity = yield* getCallerIdentity(yield* who)
        assert.strictEqual(identity.arn, arn)
        assert.match(identity.userId, userId)
        assert.strictEqual(identity.account, account)
      }).pipe(inWorld()),
    )
  }

  it.effect("gives the same ids each time, and each user another", () =>
    Effect.gen(function* () {
      const idOf = (who: Who) => Effect.flatMap(who, (it) => Effect.map(getCallerIdentity(it), ({ userId }) => userId))
      assert.strictEqual(yield* idOf(alice), yield* idOf(alice))
      assert.strictEqual(yield* idOf(alice), yield* idOf(tokenOf(alice)))
      assert.notStrictEqual(yield* idOf(alice), yield* idOf(bob))
    }).pipe(inWorld()),
  )
})

describe("who may call what", () => {
  const calls = {
    AssumeRole: (it: AwsCredentials.AwsCredentials) =>
      assumeRole(it, { roleArn: roleArn("everyone"), roleSessionName: "test" }),
    GetAccessKeyInfo: (it: AwsCredentials.AwsCredentials) =>
      getAccessKeyInfo(it, { accessKeyId: "AKIAALICE00000000000" }),
    GetCallerIdentity: getCallerIdentity,
    GetFederationToken: (it: AwsCredentials.AwsCredentials) => getFederationToken(it, { name: "other" }),
    GetSessionToken: (it: AwsCredentials.AwsCredentials) => getSessionToken(it, {}),
  }
  type Name = keyof typeof calls
  const callers: ReadonlyArray<readonly [kind: string, who: Who, may: ReadonlyArray<Name>]> = [
    ["a user", alice, ["AssumeRole", "GetAccessKeyInfo", "GetCallerIdentity", "GetFederationToken", "GetSessionToken"]],
    ["a user without policies", bob, ["AssumeRole", "GetCallerIdentity", "GetSessionToken"]],
    ["a user who is denied everything", erin, ["GetCallerIdentity", "GetSessionToken"]],
    ["a root user", root, ["GetAccessKeyInfo", "GetCallerIdentity", "GetFederationToken", "GetSessionToken"]],
    ["a user's session", tokenOf(alice), ["AssumeRole", "GetCallerIdentity"]],
    ["a root user's session", tokenOf(root), ["GetCallerIdentity"]],
    ["a role's session", inAccount, ["AssumeRole", "GetCallerIdentity"]],
    ["a federated user", federatedBy(alice), ["GetCallerIdentity"]],
    ["a federated root user", federatedBy(root), ["GetCallerIdentity"]],
  ]
  for (const [kind, who, may] of callers) {
    it.effect(kind, () =>
      Effect.gen(function* () {
        const credentials = yield* who
        for (const [name, call] of Object.entries(calls)) {
          const result = yield* Effect.result<unknown, { readonly reason: { readonly _tag: string } }, Sts.Sts>(
            call(credentials),
          )
          const isAllowed = may.some((allowed) => allowed === name)
          const outcome = result._tag === "Success" ? "Success" : result.failure.reason._tag
          assert.strictEqual(outcome, isAllowed ? "Success" : "AccessDenied", name)
        }
      }).pipe(inWorld()),
    )
  }

  for (const [kind, who] of [
    ["a user's", tokenOf(alice)],
    ["a role's", inAccount],
    ["a federated user's", federatedBy(alice)],
    ["a root user's", tokenOf(root)],
  ] as const) {
    it.effect(`says of ${kind} session what it cannot call`, () =>
      Effect.gen(function* () {
        const credentials = yield* who
        const words = (name: string) => ["AccessDenied", 403, `Cannot call ${name} with session credentials`]
        assert.deepStrictEqual(yield* refused(getSessionToken(credentials, {})), words("GetSessionToken"))
        assert.deepStrictEqual(
          yield* refused(getFederationToken(credentials, { name: "other" })),
          words("GetFederationToken"),
        )
      }).pipe(inWorld()),
    )
  }
})

describe("GetSessionToken and GetFederationToken", () => {
  const rows: ReadonlyArray<readonly [who: string, asked: Duration.Input | undefined, seconds: number]> = [
    ["alice", undefined, 43200],
    ["alice", "15 minutes", 900],
    ["alice", "36 hours", 129600],
    ["root", undefined, 3600],
    ["root", "36 hours", 3600],
    ["root", "15 minutes", 900],
  ]
  for (const [who, asked, seconds] of rows) {
    it.effect(`last ${seconds} seconds for ${who} who asks for ${JSON.stringify(asked)}`, () =>
      Effect.gen(function* () {
        const credentials = yield* who === "root" ? root : alice
        const duration = asked === undefined ? {} : { duration: asked }
        for (const issued of [
          yield* getSessionToken(credentials, duration),
          yield* getFederationToken(credentials, { name: "guest", ...duration }),
        ]) {
          const lifetime = DateTime.toEpochMillis(issued.credentials.expiration) - Math.floor(start / 1000) * 1000
          assert.strictEqual(lifetime, seconds * 1000)
          yield* getCallerIdentity(issued.credentials)
        }
      }).pipe(inWorld()),
    )
  }

  it.effect("take the code of the caller's own device, also of a root user's", () =>
    Effect.gen(function* () {
      for (const [who, serialNumber] of [
        [alice, mfaArn("alice")],
        [root, mfaArn("root")],
      ] as const) {
        const tokenCode = yield* StsMemory.mfaCode(serialNumber)
        yield* getSessionToken(yield* who, { mfa: { serialNumber, tokenCode } })
        assert.strictEqual(
          (yield* refused(getSessionToken(yield* who, { mfa: { serialNumber, tokenCode } })))[0],
          "AccessDenied",
        )
        yield* TestClock.adjust("30 seconds")
      }
      const wrong = { serialNumber: mfaArn("alice"), tokenCode: yield* StsMemory.mfaCode(mfaArn("alice")) }
      assert.match(
        String((yield* refused(getSessionToken(yield* bob, { mfa: wrong })))[2]),
        /unable to validate MFA code\.  Please/,
      )
    }).pipe(inWorld()),
  )

  it.effect(
    "tell no sizes unless asked, as STS did when it was last seen, but for the packed one of a federation",
    () =>
      Effect.gen(function* () {
        const plain = yield* getSessionToken(yield* alice, {})
        assert.isUndefined(plain.sessionTokenSize)
        const sized = yield* getSessionToken(yield* alice, { minimumSessionTokenSize: 2048 })
        assert.strictEqual(sized.sessionTokenSize, 2048)
        assert.strictEqual(sized.sessionTokenUtilization, 50)
        const federation = yield* getFederationToken(yield* alice, { name: "guest" })
        assert.strictEqual(federation.packedPolicySize, federation.sessionTokenUtilization)
      }).pipe(inWorld()),
  )
})

describe("GetFederationToken", () => {
  it.effect("names the federated user", () =>
    Effect.gen(function* () {
      const { federatedUser } = yield* getFederationToken(yield* alice, { name: "guest" })
      assert.deepStrictEqual({ ...federatedUser }, { federatedUserId: `${here}:guest`, arn: guestArn })
    }).pipe(inWorld()),
  )

  it.effect("needs permission", () =>
    Effect.gen(function* () {
      for (const who of [bob, erin]) {
        const { arn } = yield* getCallerIdentity(yield* who)
        assert.deepStrictEqual(
          yield* refused(getFederationToken(yield* who, { name: "guest" })),
          notAuthorized(arn, "sts:GetFederationToken", guestArn),
        )
      }
    }).pipe(inWorld()),
  )

  it.effect("refuses a policy that is none", () =>
    Effect.gen(function* () {
      const call = getFederationToken(yield* alice, { name: "guest", policy: "{}" })
      assert.strictEqual((yield* refused(call))[0], "MalformedPolicyDocument")
    }).pipe(inWorld()),
  )
})

describe("GetAccessKeyInfo", () => {
  const rows: ReadonlyArray<readonly [fact: string, key: string, account: string]> = [
    ["a key of the world", "AKIAALICE00000000000", here],
    ["an inactive key of the world", "AKIACAROL00000000000", here],
    ["a key of another account of the world", "AKIAFRANK00000000000", there],
    ["a modern key of elsewhere, which carries its account", "ASIAY34FZKBOKMUTVV7A", "609629065308"],
  ]
  for (const [fact, accessKeyId, account] of rows) {
    it.effect(`knows ${fact}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* getAccessKeyInfo(yield* alice, { accessKeyId })).account, account)
      }).pipe(inWorld()),
    )
  }

  it.effect("knows the session of a role in another account", () =>
    Effect.gen(function* () {
      const { accessKeyId } = yield* session(yield* alice, roleArn("cross", there))
      assert.strictEqual((yield* getAccessKeyInfo(yield* alice, { accessKeyId })).account, there)
    }).pipe(inWorld()),
  )

  it.effect("needs permission, and says which policy is wanting", () =>
    Effect.gen(function* () {
      const call = (who: AwsCredentials.AwsCredentials) =>
        refused(getAccessKeyInfo(who, { accessKeyId: "ASIAY34FZKBOKMUTVV7A" }))
      const action = "sts:GetAccessKeyInfo"
      assert.deepStrictEqual(
        [yield* call(yield* bob), yield* call(yield* erin), yield* call(yield* inAccount)],
        [
          notAuthorizedTo(userArn("bob"), action),
          deniedTo(userArn("erin"), action),
          notAuthorizedTo(sessionArn("account"), action),
        ],
      )
    }).pipe(inWorld()),
  )

  it.effect("knows AWS's own examples where the world has them", () =>
    Effect.gen(function* () {
      const own = yield* alice
      for (const accessKeyId of ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"]) {
        assert.strictEqual((yield* getAccessKeyInfo(own, { accessKeyId })).account, here)
      }
    }).pipe(inWorld(World.demo)),
  )

  it.effect("refuses keys from before 2019 that are not the world's, and what is no key", () =>
    Effect.gen(function* () {
      for (const accessKeyId of ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", "constructor_______"]) {
        const [code, status] = yield* refused(getAccessKeyInfo(yield* alice, { accessKeyId }))
        assert.deepStrictEqual([code, status], ["ValidationError", 400])
      }
    }).pipe(inWorld()),
  )
})
