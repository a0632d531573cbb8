// facts/sts.md 3.2: the order in which STS checks credentials, and what it says.
import { AwsCredentials, type Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import {
  alice,
  assumeRole,
  bob,
  getCallerIdentity,
  getSessionToken,
  inWorld,
  refused,
  roleArn,
  rootArn,
  secretOf,
  session,
  sessionArn,
  there,
  trusting,
  userArn,
  world,
} from "./support/world.ts"

const invalid = ["InvalidClientTokenId", 403, "The security token included in the request is invalid."]
const expired = ["ExpiredToken", 403, "The security token included in the request is expired"]
const mismatch = [
  "SignatureDoesNotMatch",
  403,
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
]

type Credentials = AwsCredentials.AwsCredentials

interface Members {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  /** `null` leaves it out. */
  readonly sessionToken?: string | null
}

/** The credentials with some members replaced. */
const change = (credentials: Credentials, members: Members): Credentials => {
  const { sessionToken } = members
  const token = typeof sessionToken === "string" ? Redacted.make(sessionToken) : credentials.sessionToken
  return new AwsCredentials.AwsCredentials({
    accessKeyId: members.accessKeyId ?? credentials.accessKeyId,
    secretAccessKey:
      members.secretAccessKey === undefined ? credentials.secretAccessKey : Redacted.make(members.secretAccessKey),
    ...(token !== undefined && sessionToken !== null && { sessionToken: token }),
  })
}

const wrongSecret = (credentials: Credentials) => change(credentials, { secretAccessKey: "wrong" })

const tokenOf = ({ sessionToken }: Credentials) => (sessionToken === undefined ? "" : Redacted.value(sessionToken))

const inAccount = Effect.flatMap(alice, (credentials) => session(credentials, roleArn("account")))

const rows: ReadonlyArray<
  readonly [
    fact: string,
    credentials: Effect.Effect<Credentials, unknown, StsMemory.StsMemory | Sts.Sts>,
    answer: ReadonlyArray<unknown>,
  ]
> = [
  ["an unknown key", Effect.map(alice, (it) => change(it, { accessKeyId: "AKIANOBODY0000000000" })), invalid],
  ["a key of Object.prototype", Effect.map(alice, (it) => change(it, { accessKeyId: "constructor" })), invalid],
  [
    "an unknown key with a token",
    Effect.map(inAccount, (it) => change(it, { accessKeyId: "ASIANOBODY0000000000" })),
    invalid,
  ],
  [
    "an inactive key",
    Effect.succeed(
      new AwsCredentials.AwsCredentials({
        accessKeyId: "AKIACAROL00000000000",
        secretAccessKey: Redacted.make(secretOf("AKIACAROL00000000000")),
      }),
    ),
    invalid,
  ],
  [
    "an inactive key with a wrong secret",
    Effect.succeed(
      new AwsCredentials.AwsCredentials({
        accessKeyId: "AKIACAROL00000000000",
        secretAccessKey: Redacted.make("wrong"),
      }),
    ),
    invalid,
  ],
  ["a key that was deactivated", Effect.tap(alice, (it) => StsMemory.deactivateKey(it.accessKeyId)), invalid],
  ["a long-term key with a wrong secret", Effect.map(alice, wrongSecret), mismatch],
  [
    "a long-term key with another's secret",
    Effect.map(alice, (it) => change(it, { secretAccessKey: secretOf("AKIABOB0000000000000") })),
    mismatch,
  ],
  [
    "a long-term key with a session's token",
    Effect.flatMap(alice, (it) => Effect.map(inAccount, (of) => change(it, { sessionToken: tokenOf(of) }))),
    invalid,
  ],
  ["a session without its token", Effect.map(inAccount, (it) => change(it, { sessionToken: null })), invalid],
  [
    "a session without its token and with a wrong secret",
    Effect.map(inAccount, (it) => change(wrongSecret(it), { sessionToken: null })),
    invalid,
  ],
  [
    "a session with another session's token",
    Effect.gen(function* () {
      const [one, other] = [yield* inAccount, yield* inAccount]
      return change(one, { sessionToken: tokenOf(other) })
    }),
    invalid,
  ],
  [
    "a session with a token that is cut off",
    Effect.map(inAccount, (it) => change(it, { sessionToken: tokenOf(it).slice(0, -4) })),
    invalid,
  ],
  ["a session with its token and a wrong secret", Effect.map(inAccount, wrongSecret), mismatch],
  ["an expired session", Effect.tap(inAccount, TestClock.adjust("1 hour")), expired],
  [
    "an expired session with a wrong secret",
    Effect.map(Effect.tap(inAccount, TestClock.adjust("1 hour")), wrongSecret),
    expired,
  ],
  [
    "an expired session without its token",
    Effect.map(Effect.tap(inAccount, TestClock.adjust("1 hour")), (it) => change(it, { sessionToken: null })),
    invalid,
  ],
  [
    "an expired session whose role is deleted",
    Effect.tap(inAccount, Effect.andThen(TestClock.adjust("1 hour"), StsMemory.deleteRole(roleArn("account")))),
    expired,
  ],
  ["a session whose role is deleted", Effect.tap(inAccount, StsMemory.deleteRole(roleArn("account"))), invalid],
  [
    "a session whose role is deleted, with a wrong secret",
    Effect.map(Effect.tap(inAccount, StsMemory.deleteRole(roleArn("account"))), wrongSecret),
    invalid,
  ],
  [
    "a session whose role is deleted and made again",
    Effect.tap(inAccount, StsMemory.recreateRole(roleArn("account"))),
    invalid,
  ],
]

describe("refuses", () => {
  for (const [fact, credentials, answer] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const used = yield* credentials
        assert.deepStrictEqual(yield* refused(getCallerIdentity(used)), answer)
        const [last] = (yield* StsMemory.calls).slice(-1)
        assert.deepInclude(last, { operation: "GetCallerIdentity", caller: undefined, outcome: String(answer[0]) })
      }).pipe(inWorld()),
    )
  }

  it.effect("before it looks at the parameters", () =>
    Effect.gen(function* () {
      const used = wrongSecret(yield* alice)
      assert.deepStrictEqual(
        yield* refused(assumeRole(used, { roleArn: "x".repeat(20), roleSessionName: "test" })),
        mismatch,
      )
    }).pipe(inWorld()),
  )
})

describe("accepts", () => {
  it.effect("a session until the second that it expires", () =>
    Effect.gen(function* () {
      const used = yield* inAccount
      // It was issued 700 ms into a second, and ends on a whole one.
      yield* TestClock.adjust(Duration.subtract(Duration.hours(1), Duration.millis(701)))
      assert.strictEqual((yield* getCallerIdentity(used)).arn, sessionArn("account"))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* refused(getCallerIdentity(used)), expired)
    }).pipe(inWorld()),
  )

  it.effect("a session whose maker's key is deactivated", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const { credentials } = yield* getSessionToken(own, {})
      yield* StsMemory.deactivateKey(own.accessKeyId)
      assert.strictEqual((yield* getCallerIdentity(credentials)).arn, userArn("alice"))
    }).pipe(inWorld()),
  )

  it.effect("a session while another role is deleted", () =>
    Effect.gen(function* () {
      const used = yield* inAccount
      yield* StsMemory.deleteRole(roleArn("narrow"))
      assert.strictEqual((yield* getCallerIdentity(used)).arn, sessionArn("account"))
    }).pipe(inWorld()),
  )

  it.effect("AWS's own example key of 11 characters", () =>
    Effect.gen(function* () {
      const example = yield* StsMemory.credentials(userArn("example"))
      assert.strictEqual(example.accessKeyId, "AKIDEXAMPLE")
      assert.strictEqual((yield* getCallerIdentity(example)).arn, userArn("example"))
    }).pipe(inWorld()),
  )
})

describe("a role that is deleted", () => {
  it.effect("cannot be assumed, as if it had never been", () =>
    Effect.gen(function* () {
      yield* StsMemory.deleteRole(roleArn("account"))
      const [code, , message] = yield* refused(
        assumeRole(yield* alice, { roleArn: roleArn("account"), roleSessionName: "test" }),
      )
      assert.deepStrictEqual(
        [code, message],
        [
          "AccessDenied",
          `User: ${userArn("alice")} is not authorized to perform: sts:AssumeRole on resource: ${roleArn("account")}`,
        ],
      )
    }).pipe(inWorld()),
  )

  it.effect("and made again has another unique id, and can be assumed", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const input = { roleArn: roleArn("account"), roleSessionName: "test" }
      const before = yield* assumeRole(own, input)
      yield* StsMemory.recreateRole(roleArn("account"))
      const after = yield* assumeRole(own, input)
      assert.strictEqual(after.assumedRoleUser.arn, before.assumedRoleUser.arn)
      assert.notStrictEqual(after.assumedRoleUser.assumedRoleId, before.assumedRoleUser.assumedRoleId)
      assert.strictEqual((yield* getCallerIdentity(after.credentials)).arn, sessionArn("account"))
    }).pipe(inWorld()),
  )

  for (const [name, trusts] of [
    ["chained", roleArn("account")],
    ["session", sessionArn("narrow", "named")],
  ] as const) {
    it.effect(`and made again is no longer trusted by who named ${trusts}`, () =>
      Effect.gen(function* () {
        const own = yield* alice
        const trusted = trusts.includes("assumed-role") ? "narrow" : "account"
        const become = session(own, roleArn(trusted), "named")
        const assume = (credentials: Credentials) => session(credentials, roleArn(name))
        yield* assume(yield* become)
        yield* StsMemory.recreateRole(roleArn(trusted))
        assert.strictEqual((yield* refused(assume(yield* become)))[0], "AccessDenied")
      }).pipe(
        inWorld({
          ...world,
          accounts: {
            ...world.accounts,
            "111111111111": {
              ...world.accounts["111111111111"],
              roles: {
                ...world.accounts["111111111111"].roles,
                narrow: {
                  trustPolicy: trusting(rootArn()),
                  policies: [...world.accounts["111111111111"].roles.account.policies],
                },
              },
            },
          },
        }),
      ),
    )
  }

  it.effect("and made again trusts whoever is there at that time", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.recreateRole(roleArn("account"))
      yield* StsMemory.recreateRole(roleArn("chained"))
      const credentials = yield* session(yield* session(own, roleArn("account")), roleArn("chained"))
      assert.strictEqual((yield* getCallerIdentity(credentials)).arn, sessionArn("chained"))
    }).pipe(inWorld()),
  )

  it.effect("does not come back into the trust of a role that was made while it was gone", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.deleteRole(roleArn("account"))
      yield* StsMemory.recreateRole(roleArn("chained"))
      yield* StsMemory.recreateRole(roleArn("account"))
      const account = yield* session(own, roleArn("account"))
      assert.strictEqual((yield* refused(session(account, roleArn("chained"))))[0], "AccessDenied")
    }).pipe(inWorld()),
  )

  it.effect("leaves the sessions alive that were made under its trust", () =>
    Effect.gen(function* () {
      const account = yield* session(yield* alice, roleArn("account"))
      const chained = yield* session(account, roleArn("crossChained", there))
      yield* StsMemory.deleteRole(roleArn("account"))
      assert.strictEqual((yield* getCallerIdentity(chained)).arn, sessionArn("crossChained", "test", there))
    }).pipe(inWorld()),
  )
})

describe("another's keys", () => {
  it.effect("do not mix", () =>
    Effect.gen(function* () {
      const mixed = change(yield* alice, { accessKeyId: (yield* bob).accessKeyId })
      assert.deepStrictEqual(yield* refused(getCallerIdentity(mixed)), mismatch)
    }).pipe(inWorld()),
  )
})
