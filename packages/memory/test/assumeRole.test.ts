// facts/sts.md 3.3, 3.4 and 3.6: who may assume what, for how long, and what STS says otherwise.
import type { AwsCredentials, Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { accessKeyAccount } from "../src/internal/identifiers.ts"
import * as StsMemory from "../src/StsMemory.ts"
import {
  alice,
  assumeRole,
  bob,
  dave,
  erin,
  getCallerIdentity,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  mfaArn,
  notAuthorized,
  refused,
  roleArn,
  root,
  session,
  sessionArn,
  start,
  statement,
  there,
  userArn,
} from "./support/world.ts"

type Input = Omit<Parameters<typeof assumeRole>[1], "roleArn" | "roleSessionName"> & { roleSessionName?: string }
type Who = Effect.Effect<AwsCredentials.AwsCredentials, unknown, Sts.Sts | StsMemory.StsMemory>

const assume = (who: Who, arn: string, input: Input = {}) =>
  Effect.flatMap(Effect.orDie(who), (credentials) =>
    assumeRole(credentials, { roleArn: arn, roleSessionName: "test", ...input }),
  )

const frank = StsMemory.credentials(userArn("frank", there))
const inAccount = Effect.flatMap(alice, (it) => session(it, roleArn("account")))
const inNarrow = Effect.flatMap(alice, (it) => session(it, roleArn("narrow")))
const tokenOfAlice = Effect.flatMap(alice, (it) => Effect.map(getSessionToken(it, {}), (t) => t.credentials))
const federated = Effect.flatMap(alice, (it) =>
  Effect.map(
    getFederationToken(it, { name: "guest", policy: JSON.stringify(statement("Allow", "*")) }),
    (t) => t.credentials,
  ),
)

describe("the trust policy and the caller's own decide", () => {
  const rows: ReadonlyArray<readonly [fact: string, who: Who, role: string, caller: string | true, input?: Input]> = [
    ["the account, with an identity policy", alice, roleArn("account"), true],
    ["the account, without an identity policy", bob, roleArn("account"), userArn("bob")],
    ["the account, with an explicit deny", erin, roleArn("account"), userArn("erin")],
    ["the user by name, without an identity policy", bob, roleArn("users"), true],
    ["another user by name", alice, roleArn("users"), userArn("alice")],
    ["another account only", alice, roleArn("nobody"), userArn("alice")],
    ["everyone, in the account, without an identity policy", bob, roleArn("everyone"), true],
    ["everyone, with an explicit deny", erin, roleArn("everyone"), userArn("erin")],
    ["from another account, with an identity policy", alice, roleArn("cross", there), true],
    ["from another account, without one", bob, roleArn("cross", there), userArn("bob")],
    ["from another account by name, without one", bob, roleArn("crossUser", there), userArn("bob")],
    ["from another account, everyone, with one", alice, roleArn("crossEveryone", there), true],
    ["from another account, everyone, without one", bob, roleArn("crossEveryone", there), userArn("bob")],
    ["another account that does not trust this one", alice, roleArn("own", there), userArn("alice")],
    ["the other way round", frank, roleArn("account"), userArn("frank", there)],
    ["a role that does not exist", alice, roleArn("missing"), userArn("alice")],
    ["a role of Object.prototype", alice, roleArn("constructor"), userArn("alice")],
    ["an account that does not exist", alice, roleArn("account", "333333333333"), userArn("alice")],
    ["the path left out", alice, roleArn("pathed"), userArn("alice")],
    ["the path written", alice, roleArn("service/deep/pathed"), true],
    ["another partition", alice, roleArn("account").replace("aws", "aws-cn"), userArn("alice")],
    ["a user in the place of the role", alice, userArn("alice"), userArn("alice")],
    [
      "a session by name",
      Effect.flatMap(alice, (it) => session(it, roleArn("narrow"), "named")),
      roleArn("session"),
      true,
    ],
    ["a session of another name", inNarrow, roleArn("session"), sessionArn("narrow")],
    ["a role by name", inAccount, roleArn("chained"), true],
    ["a role by name, from another account", inAccount, roleArn("crossChained", there), true],
    ["a user where a role is named", alice, roleArn("chained"), userArn("alice")],
    ["a session's role without permission", inNarrow, roleArn("account"), sessionArn("narrow")],
    ["GetSessionToken's credentials, which are the user's own", tokenOfAlice, roleArn("account"), true],
    ["the external id", alice, roleArn("external"), true, { externalId: "partner-1" }],
    ["another external id", alice, roleArn("external"), userArn("alice"), { externalId: "partner-2" }],
    ["no external id", alice, roleArn("external"), userArn("alice")],
    ["an external id that nobody asks for", alice, roleArn("account"), true, { externalId: "partner-1" }],
    ["a session name that the trust policy wants", alice, roleArn("named"), true, { roleSessionName: "release-7" }],
    ["another session name", alice, roleArn("named"), userArn("alice")],
    ["a tag of the user", alice, roleArn("team"), true],
    ["a user with a path", dave, roleArn("account"), true],
    [
      "federated users, whom no policy can let in",
      federated,
      roleArn("everyone"),
      `arn:aws:sts::${here}:federated-user/guest`,
    ],
  ]
  for (const [fact, who, role, caller, input] of rows) {
    it.effect(`${caller === true ? "allows" : "denies"}: ${fact}`, () =>
      Effect.gen(function* () {
        const call = assume(who, role, input)
        if (caller === true) {
          const { assumedRoleUser, credentials } = yield* call
          assert.strictEqual((yield* getCallerIdentity(credentials)).arn, assumedRoleUser.arn)
        } else {
          assert.deepStrictEqual(yield* refused(call), notAuthorized(caller, "sts:AssumeRole", role))
        }
      }).pipe(inWorld()),
    )
  }

  it.effect("denies root users, whoever trusts them", () =>
    Effect.gen(function* () {
      const words = ["AccessDenied", 403, "Roles may not be assumed by root accounts."]
      assert.deepStrictEqual(yield* refused(assume(root, roleArn("account"))), words)
      const { credentials } = yield* getSessionToken(yield* root, {})
      assert.deepStrictEqual(yield* refused(assume(Effect.succeed(credentials), roleArn("account"))), words)
    }).pipe(inWorld()),
  )

  it.effect("says of a malformed ARN that it is invalid", () =>
    Effect.gen(function* () {
      for (const arn of ["x".repeat(20), "arn:aws:iam::111111111111", "role/my-role/abcdefghij"]) {
        assert.deepStrictEqual(yield* refused(assume(alice, arn)), ["ValidationError", 400, `${arn} is invalid`])
      }
    }).pipe(inWorld()),
  )
})

describe("the answer", () => {
  it.effect("has the session's ARN without the role's path, its id, and a whole second of expiration", () =>
    Effect.gen(function* () {
      const { assumedRoleUser, credentials, ...rest } = yield* assume(alice, roleArn("service/deep/pathed"), {
        duration: "15 minutes",
      })
      assert.strictEqual(assumedRoleUser.arn, sessionArn("pathed"))
      assert.match(assumedRoleUser.assumedRoleId, /^AROA[A-Z2-7]{17}:test$/)
      assert.match(credentials.accessKeyId, /^ASIA[A-Z2-7]{16}$/)
      assert.strictEqual(DateTime.formatIso(credentials.expiration), "2026-07-13T10:15:00.000Z")
      assert.isUndefined(rest.packedPolicySize)
      assert.isUndefined(rest.sessionTokenSize)
      assert.isUndefined(rest.sourceIdentity)
      assert.deepInclude(yield* getCallerIdentity(credentials), {
        arn: sessionArn("pathed"),
        userId: assumedRoleUser.assumedRoleId,
        account: here,
      })
    }).pipe(inWorld()),
  )

  it.effect("has the account of the role in its access key id", () =>
    Effect.gen(function* () {
      const { credentials } = yield* assume(alice, roleArn("cross", there))
      assert.strictEqual((yield* getCallerIdentity(credentials)).account, there)
      assert.strictEqual(accessKeyAccount(credentials.accessKeyId), there)
    }).pipe(inWorld()),
  )
})

describe("durations", () => {
  const max = [
    "ValidationError",
    400,
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  ]
  const chain = [
    "ValidationError",
    400,
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
  ]
  const rows: ReadonlyArray<
    readonly [
      fact: string,
      who: Who,
      role: string,
      duration: Duration.Input | undefined,
      answer: ReadonlyArray<unknown> | number,
    ]
  > = [
    ["an hour by default", alice, "account", undefined, 3600],
    ["the role's maximum", alice, "account", "12 hours", 43200],
    ["the least", alice, "narrow", "15 minutes", 900],
    ["an hour of a role for an hour", alice, "narrow", "1 hour", 3600],
    ["more than the role's maximum", alice, "narrow", "3601 seconds", max],
    ["an hour by a session", inAccount, "chained", "1 hour", 3600],
    ["an hour by default by a session", inAccount, "chained", undefined, 3600],
    ["more than an hour by a session", inAccount, "chained", "3601 seconds", chain],
    ["more than an hour by GetSessionToken's credentials", tokenOfAlice, "account", "2 hours", chain],
    ["an hour by GetSessionToken's credentials", tokenOfAlice, "account", "1 hour", 3600],
    ["more than both limits: the role's comes first", tokenOfAlice, "narrow", "2 hours", max],
  ]
  for (const [fact, who, role, duration, answer] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const call = assume(who, roleArn(role), duration === undefined ? {} : { duration })
        if (typeof answer === "number") {
          const { credentials } = yield* call
          const whole = Math.floor(start / 1000) * 1000
          assert.strictEqual(DateTime.toEpochMillis(credentials.expiration) - whole, answer * 1000)
        } else {
          assert.deepStrictEqual(yield* refused(call), answer)
        }
      }).pipe(inWorld()),
    )
  }

  it.effect("are no way to find out about a role that one may not assume", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* refused(assume(bob, roleArn("narrow"), { duration: "12 hours" })),
        notAuthorized(userArn("bob"), "sts:AssumeRole", roleArn("narrow")),
      )
    }).pipe(inWorld()),
  )
})

describe("MFA", () => {
  const serialNumber = mfaArn("alice")
  const code = StsMemory.mfaCode(serialNumber)
  const withCode = Effect.map(code, (tokenCode) => ({ mfa: { serialNumber, tokenCode } }))
  const wrongCode = ["AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code. "]
  const wrongDevice = [
    "AccessDenied",
    403,
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
  ]
  const denied = (role: string) => notAuthorized(userArn("alice"), "sts:AssumeRole", roleArn(role))

  for (const role of ["mfa", "mfaRecent", "unlessNoMfa"]) {
    it.effect(`lets into ${role} with a code, and not without`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assume(alice, roleArn(role))), denied(role))
        yield* assume(alice, roleArn(role), yield* withCode)
      }).pipe(inWorld()),
    )
  }

  it.effect("takes a code once, in whichever call", () =>
    Effect.gen(function* () {
      const input = yield* withCode
      yield* assume(alice, roleArn("mfa"), input)
      assert.deepStrictEqual(yield* refused(assume(alice, roleArn("mfa"), input)), wrongCode)
      assert.deepStrictEqual(yield* refused(getSessionToken(yield* alice, input)), wrongCode)
      yield* TestClock.adjust("30 seconds")
      yield* assume(alice, roleArn("mfa"), yield* withCode)
    }).pipe(inWorld()),
  )

  it.effect("takes the code of the step before, but not after a later one", () =>
    Effect.gen(function* () {
      const before = yield* withCode
      yield* TestClock.adjust("30 seconds")
      yield* assume(alice, roleArn("mfa"), before)
      const current = yield* withCode
      yield* TestClock.adjust("30 seconds")
      yield* assume(alice, roleArn("mfa"), yield* withCode)
      assert.deepStrictEqual(yield* refused(assume(alice, roleArn("mfa"), current)), wrongCode)
    }).pipe(inWorld()),
  )

  it.effect("refuses a code that is a minute old, or wrong", () =>
    Effect.gen(function* () {
      const old = yield* withCode
      yield* TestClock.adjust("60 seconds")
      assert.deepStrictEqual(yield* refused(assume(alice, roleArn("mfa"), old)), wrongCode)
      const right = yield* code
      const tokenCode = right.slice(0, 5) + ((Number(right.slice(5)) + 1) % 10)
      assert.deepStrictEqual(
        yield* refused(assume(alice, roleArn("mfa"), { mfa: { serialNumber, tokenCode } })),
        wrongCode,
      )
    }).pipe(inWorld()),
  )

  it.effect("refuses a device of another user, one that does not exist, and any for a role", () =>
    Effect.gen(function* () {
      for (const [who, serialNumber] of [
        [alice, mfaArn("bob")],
        [alice, mfaArn("nobody")],
        [bob, mfaArn("alice")],
        [inAccount, mfaArn("alice")],
      ] as const) {
        const mfa = { serialNumber, tokenCode: yield* code }
        assert.deepStrictEqual(yield* refused(assume(who, roleArn("mfa"), { mfa })), wrongDevice)
      }
      // None of these took the code.
      yield* assume(alice, roleArn("mfa"), yield* withCode)
    }).pipe(inWorld()),
  )

  it.effect("takes the code also where the call is denied", () =>
    Effect.gen(function* () {
      const input = yield* withCode
      assert.deepStrictEqual(yield* refused(assume(alice, roleArn("nobody"), input)), denied("nobody"))
      assert.deepStrictEqual(yield* refused(assume(alice, roleArn("mfa"), input)), wrongCode)
    }).pipe(inWorld()),
  )

  it.effect("is in the credentials of GetSessionToken with a code, and its age grows", () =>
    Effect.gen(function* () {
      const { credentials } = yield* getSessionToken(yield* alice, yield* withCode)
      const who = Effect.succeed(credentials)
      yield* assume(who, roleArn("mfa"))
      yield* assume(who, roleArn("unlessNoMfa"))
      yield* assume(who, roleArn("mfaRecent"))
      yield* TestClock.adjust("60 seconds")
      assert.deepStrictEqual(yield* refused(assume(who, roleArn("mfaRecent"))), denied("mfaRecent"))
      yield* assume(who, roleArn("mfa"))
      // A code in the request counts from now.
      yield* assume(who, roleArn("mfaRecent"), yield* withCode)
    }).pipe(inWorld()),
  )

  it.effect("is not in the credentials of GetSessionToken without a code", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused(assume(tokenOfAlice, roleArn("mfa"))), denied("mfa"))
      assert.deepStrictEqual(yield* refused(assume(tokenOfAlice, roleArn("unlessNoMfa"))), denied("unlessNoMfa"))
    }).pipe(inWorld()),
  )

  it.effect("is no key at all with long-term keys, and a false one in a session without", () =>
    Effect.gen(function* () {
      yield* assume(alice, roleArn("longTerm"))
      assert.deepStrictEqual(yield* refused(assume(alice, roleArn("longTerm"), yield* withCode)), denied("longTerm"))
      assert.deepStrictEqual(yield* refused(assume(tokenOfAlice, roleArn("longTerm"))), denied("longTerm"))
      assert.strictEqual((yield* refused(assume(inAccount, roleArn("longTerm"))))[0], "AccessDenied")
    }).pipe(inWorld()),
  )

  it.effect("is not in a role's credentials, also where a code was given for them", () =>
    Effect.gen(function* () {
      const { credentials } = yield* assume(alice, roleArn("account"), yield* withCode)
      assert.deepStrictEqual(
        yield* refused(assume(Effect.succeed(credentials), roleArn("mfa"))),
        notAuthorized(sessionArn("account"), "sts:AssumeRole", roleArn("mfa")),
      )
    }).pipe(inWorld()),
  )
})

describe("a source identity", () => {
  const replaced = ["ValidationError", 400, "The source identity is already set for this assume role session"]
  const asAda = { sourceIdentity: "ada" }

  it.effect("is in the answer, and in those of the chain, repeated or not", () =>
    Effect.gen(function* () {
      const first = yield* assume(alice, roleArn("account"), asAda)
      assert.strictEqual(first.sourceIdentity, "ada")
      const who = Effect.succeed(first.credentials)
      assert.strictEqual((yield* assume(who, roleArn("chained"))).sourceIdentity, "ada")
      assert.strictEqual((yield* assume(who, roleArn("chained"), asAda)).sourceIdentity, "ada")
    }).pipe(inWorld()),
  )

  it.effect("cannot be replaced, not even further down the chain", () =>
    Effect.gen(function* () {
      const first = yield* assume(alice, roleArn("account"), asAda)
      const second = yield* assume(Effect.succeed(first.credentials), roleArn("chained"))
      for (const { credentials } of [first, second]) {
        assert.deepStrictEqual(
          yield* refused(assume(Effect.succeed(credentials), roleArn("chained"), { sourceIdentity: "bea" })),
          replaced,
        )
      }
    }).pipe(inWorld()),
  )

  it.effect("can be set in the middle of a chain", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* assume(inAccount, roleArn("chained"), asAda)).sourceIdentity, "ada")
    }).pipe(inWorld()),
  )

  it.effect("that the trust policy wants: left out, AssumeRole is denied; another, SetSourceIdentity is", () =>
    Effect.gen(function* () {
      yield* assume(alice, roleArn("sourced"), asAda)
      assert.deepStrictEqual(
        yield* refused(assume(alice, roleArn("sourced"))),
        notAuthorized(userArn("alice"), "sts:AssumeRole", roleArn("sourced")),
      )
      assert.deepStrictEqual(
        yield* refused(assume(alice, roleArn("sourced"), { sourceIdentity: "bea" })),
        notAuthorized(userArn("alice"), "sts:SetSourceIdentity", roleArn("sourced")),
      )
    }).pipe(inWorld()),
  )

  it.effect("needs sts:SetSourceIdentity in the trust policy", () =>
    Effect.gen(function* () {
      yield* assume(alice, roleArn("unsourced"))
      assert.deepStrictEqual(
        yield* refused(assume(alice, roleArn("unsourced"), asAda)),
        notAuthorized(userArn("alice"), "sts:SetSourceIdentity", roleArn("unsourced")),
      )
    }).pipe(inWorld()),
  )

  it.effect("needs sts:SetSourceIdentity in the caller's policies", () =>
    Effect.gen(function* () {
      const arn = userArn("team/blue/dave")
      yield* assume(dave, roleArn("account"))
      assert.deepStrictEqual(
        yield* refused(assume(dave, roleArn("account"), asAda)),
        notAuthorized(arn, "sts:SetSourceIdentity", roleArn("account")),
      )
    }).pipe(inWorld()),
  )

  it.effect("is needed along the chain too: a role that does not let it in is denied", () =>
    Effect.gen(function* () {
      const first = yield* assume(alice, roleArn("account"), asAda)
      assert.deepStrictEqual(
        yield* refused(assume(Effect.succeed(first.credentials), roleArn("unsourced"))),
        notAuthorized(sessionArn("account"), "sts:SetSourceIdentity", roleArn("unsourced")),
      )
    }).pipe(inWorld()),
  )

  it.effect("is aws:SourceIdentity in the calls that follow", () =>
    Effect.gen(function* () {
      const first = yield* assume(alice, roleArn("account"), asAda)
      yield* assume(Effect.succeed(first.credentials), roleArn("afterSource"))
      assert.strictEqual((yield* refused(assume(alice, roleArn("afterSource"), asAda)))[0], "AccessDenied")
      assert.strictEqual((yield* refused(assume(inAccount, roleArn("afterSource"))))[0], "AccessDenied")
    }).pipe(inWorld()),
  )
})

describe("a session policy", () => {
  const policy = (...statements: Parameters<typeof statement>) => JSON.stringify(statement(...statements))
  const inAccountWith = (policy: string) =>
    Effect.map(assume(alice, roleArn("account"), { policy }), ({ credentials }) => credentials)

  it.effect("narrows what the role may do, and never widens it", () =>
    Effect.gen(function* () {
      const wide = inAccountWith(policy("Allow", "sts:*"))
      yield* assume(wide, roleArn("crossChained", there))
      const other = inAccountWith(policy("Allow", "sts:AssumeRole", roleArn("pathed")))
      assert.deepStrictEqual(
        yield* refused(assume(other, roleArn("crossChained", there))),
        notAuthorized(sessionArn("account"), "sts:AssumeRole", roleArn("crossChained", there)),
      )
      const denying = inAccountWith(policy("Deny", "sts:AssumeRole"))
      assert.strictEqual((yield* refused(assume(denying, roleArn("chained"))))[0], "AccessDenied")
      const fromNarrow = assume(alice, roleArn("narrow"), { policy: policy("Allow", "*") })
      assert.strictEqual(
        (yield* refused(
          assume(
            Effect.map(fromNarrow, (it) => it.credentials),
            roleArn("account"),
          ),
        ))[0],
        "AccessDenied",
      )
    }).pipe(inWorld()),
  )

  it.effect("that is not one is refused", () =>
    Effect.gen(function* () {
      const rows: ReadonlyArray<readonly [policy: string, words: RegExp]> = [
        ["no json", /^This policy contains invalid Json$/],
        ["[]", /^Syntax errors in policy/],
        ["{}", /Statement/],
        [policy("Allow", "sts:AssumeRole", "role/x"), /Resource/],
        [policy("Allow", "s3:GetObject", "*", { StringEquals: { "aws:unheardOf": "x" } }), /aws:unheardOf/],
        [JSON.stringify({ Statement: { Effect: "Allow", Action: "*" } }), /Resource/],
      ]
      for (const [policy, words] of rows) {
        const [code, status, message] = yield* refused(assume(alice, roleArn("account"), { policy }))
        assert.deepStrictEqual([code, status], ["MalformedPolicyDocument", 400])
        assert.match(String(message), words)
      }
    }).pipe(inWorld()),
  )

  it.effect("counts in the size of the token, which has a limit", () =>
    Effect.gen(function* () {
      const narrowing = policy("Allow", "sts:*")
      const { credentials, packedPolicySize, sessionTokenSize, sessionTokenUtilization } = yield* assume(
        alice,
        roleArn("account"),
        { policy: narrowing },
      )
      assert.strictEqual(sessionTokenSize, tokenLength(credentials))
      assert.strictEqual(packedPolicySize, sessionTokenUtilization)
      const actions = Array.from({ length: 200 }, (_, index) => `service:Action${index}WithALongName`)
      const [code, status, message] = yield* refused(
        assume(alice, roleArn("account"), { policy: JSON.stringify(statement("Allow", actions)) }),
      )
      assert.deepStrictEqual([code, status], ["PackedPolicyTooLarge", 400])
      assert.match(String(message), /^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/)
    }).pipe(inWorld()),
  )
})

const tokenLength = ({ sessionToken }: AwsCredentials.Temporary) => Redacted.value(sessionToken).length

describe("minimumSessionTokenSize", () => {
  for (const size of [0, 100, 1000, 1001, 4095, 4096]) {
    it.effect(`of ${size} pads the token`, () =>
      Effect.gen(function* () {
        const { credentials, sessionTokenSize, sessionTokenUtilization } = yield* assume(alice, roleArn("account"), {
          minimumSessionTokenSize: size,
        })
        const length = tokenLength(credentials)
        assert.isAtLeast(length, size)
        assert.isAtMost(length, 4096)
        assert.strictEqual(sessionTokenSize, length)
        assert.strictEqual(sessionTokenUtilization, Math.ceil((length / 4096) * 100))
      }).pipe(inWorld()),
    )
  }
})
