// Session tags: facts/sts.md 3.3, and the IAM User Guide, "Pass session tags in AWS STS".
import type { AwsCredentials, Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import type * as Policy from "../src/policy/Policy.ts"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  bob,
  dave,
  getAccessKeyInfo,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  key,
  mayAssumeAll,
  notAuthorized,
  refused,
  roleArn,
  root,
  rootArn,
  sessionArn,
  statement,
  trusting,
  userArn,
} from "./support/world.ts"

type Input = Omit<Parameters<typeof assumeRole>[1], "roleArn" | "roleSessionName">
type Who = Effect.Effect<AwsCredentials.AwsCredentials, unknown, Sts.Sts | StsMemory.StsMemory>

const assume = (who: Who, role: string, input: Input = {}) =>
  Effect.flatMap(Effect.orDie(who), (credentials) =>
    assumeRole(credentials, { roleArn: roleArn(role), roleSessionName: "test", ...input }),
  )

const session = (who: Who, role: string, input: Input = {}): Who =>
  Effect.map(assume(who, role, input), ({ credentials }) => credentials)

/** Trusts who has a tag, whose value it wants as the external id; of who has not it wants `none`. */
const probing = (tagKey: string) => ({
  trustPolicy: trusting(rootArn(), { StringEquals: { "sts:ExternalId": `\${aws:PrincipalTag/${tagKey}, 'none'}` } }),
})

/** Trusts only on one condition. */
const onlyIf = (condition: Policy.StatementDocument["Condition"], role: object = {}) => ({
  trustPolicy: trusting(rootArn(), condition),
  policies: [mayAssumeAll],
  ...role,
})

/** Trusts in AssumeRole at any time, and in TagSession on a condition. */
const tagging = (condition: NonNullable<Policy.StatementDocument["Condition"]>) => {
  const allowed = { Effect: "Allow", Principal: { AWS: rootArn() } } as const
  const trustPolicy: Policy.Document = {
    Version: "2012-10-17",
    Statement: [
      { ...allowed, Action: ["sts:AssumeRole", "sts:SetSourceIdentity"] },
      { ...allowed, Action: "sts:TagSession", Condition: condition },
    ],
  }
  return { trustPolicy, policies: [mayAssumeAll] }
}

const world = {
  seed: "tags",
  accounts: {
    [here]: {
      root: { accessKeys: [key("AKIAROOT000000000000")] },
      users: {
        alice: {
          accessKeys: [key("AKIAALICE00000000000")],
          policies: [mayAssumeAll, statement("Allow", "sts:GetFederationToken")],
          tags: { team: "blue" },
        },
        bob: { accessKeys: [key("AKIABOB0000000000000")], policies: [statement("Allow", "sts:GetFederationToken")] },
        dave: { path: "/team/blue/", accessKeys: [key("AKIADAVE000000000000")], policies: [mayAssumeAll] },
        // May assume, but not tag.
        uma: { accessKeys: [key("AKIAUMA0000000000000")], policies: [statement("Allow", "sts:AssumeRole")] },
      },
      roles: {
        plain: { trustPolicy: trusting(rootArn()), policies: [mayAssumeAll] },
        tagged: {
          trustPolicy: trusting(rootArn()),
          policies: [mayAssumeAll],
          tags: { Team: "role", Cost: "role" },
        },
        untagged: { trustPolicy: trusting(rootArn(), undefined, ["sts:AssumeRole"]), policies: [mayAssumeAll] },
        // Trusts dave by name, so that nothing is needed of his own policies.
        named: { trustPolicy: trusting(userArn("team/blue/dave"), undefined, ["sts:AssumeRole"]) },
        closed: { trustPolicy: trusting(rootArn("999999999999")) },
        probeTeam: probing("team"),
        probeCost: probing("cost"),
        probeStage: probing("Stage"),
        wantsTeam: onlyIf({ StringEquals: { "aws:RequestTag/team": "red" } }),
        onlyTeam: tagging({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }),
        onlyRed: tagging({ StringEquals: { "aws:RequestTag/Team": "red" } }),
        noneTransitive: tagging({ Null: { "sts:TransitiveTagKeys": "true" } }),
        onlyTeamTransitive: tagging({ "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["team"] } }),
        byResource: onlyIf(
          { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } },
          { tags: { Team: "x" } },
        ),
        bluesOnly: tagging({ StringEquals: { "aws:PrincipalTag/team": "blue" } }),
        reader: {
          trustPolicy: trusting(rootArn()),
          policies: [
            statement("Allow", "sts:GetAccessKeyInfo", "*", { StringEquals: { "aws:PrincipalTag/Team": "red" } }),
          ],
        },
      },
    },
  },
} satisfies World.Encoded

const uma = StsMemory.credentials(userArn("uma"))

const inTags = inWorld(world)

const probes = { team: "probeTeam", cost: "probeCost", stage: "probeStage" } as const

/** What `aws:PrincipalTag` of a session is, by asking roles that want it told. */
const hasTag = Effect.fnUntraced(function* (who: Who, tagKey: keyof typeof probes, value: string | undefined) {
  const externalId = value ?? "none"
  yield* assume(who, probes[tagKey], { externalId })
  const [code] = yield* refused(assume(who, probes[tagKey], { externalId: `${externalId}x` }))
  assert.strictEqual(code, "AccessDenied")
})

const invalid = (message: string) => ["InvalidParameterValue", 400, message]

const conflict = invalid(
  "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
)

const red: Input = { tags: { team: "red" } }
const redTransitive: Input = { ...red, transitiveTagKeys: ["team"] }

describe("sts:TagSession is needed for tags", () => {
  const rows: ReadonlyArray<
    readonly [fact: string, who: Who, role: string, denied: readonly [caller: string, action: string] | true, Input?]
  > = [
    ["[live] in the trust policy", alice, "untagged", [userArn("alice"), "sts:TagSession"]],
    ["without tags it is not", alice, "untagged", true, {}],
    ["empty tags are none", alice, "untagged", true, { tags: {}, transitiveTagKeys: [] }],
    ["in the caller's policies, where the account is trusted", uma, "plain", [userArn("uma"), "sts:TagSession"]],
    ["nor for those who may not tag", uma, "plain", true, {}],
    ["in the trust policy, where the user is named", dave, "named", [userArn("team/blue/dave"), "sts:TagSession"]],
    ["and so it is named where nothing is allowed", alice, "closed", [userArn("alice"), "sts:TagSession"]],
    ["and of a role that does not exist", alice, "missing", [userArn("alice"), "sts:TagSession"]],
    [
      "[unverified] after sts:SetSourceIdentity",
      alice,
      "closed",
      [userArn("alice"), "sts:SetSourceIdentity"],
      { ...red, sourceIdentity: "ada" },
    ],
    ["and before sts:AssumeRole, which is named where it alone is missing", alice, "wantsTeam", true],
    ["of a session too", session(alice, "plain"), "untagged", [sessionArn("plain"), "sts:TagSession"]],
  ]
  for (const [fact, who, role, denied, input = red] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        if (denied === true) return yield* Effect.asVoid(assume(who, role, input))
        const [caller, action] = denied
        assert.deepStrictEqual(yield* refused(assume(who, role, input)), notAuthorized(caller, action, roleArn(role)))
      }).pipe(inTags),
    )
  }

  it.effect("[field] and for those that a session inherits", () =>
    Effect.gen(function* () {
      const chained = session(alice, "plain", redTransitive)
      assert.deepStrictEqual(
        yield* refused(assume(chained, "untagged")),
        notAuthorized(sessionArn("plain"), "sts:TagSession", roleArn("untagged")),
      )
      // Those that do not pass on are none of the next session's.
      yield* assume(session(alice, "plain", red), "untagged")
    }).pipe(inTags),
  )
})

describe("policies see the tags of a request", () => {
  const rows: ReadonlyArray<readonly [fact: string, role: string, input: Input, denied?: string]> = [
    ["aws:RequestTag in AssumeRole", "wantsTeam", red],
    ["another value", "wantsTeam", { tags: { team: "blue" } }, "sts:TagSession"],
    ["a missing tag", "wantsTeam", {}, "sts:AssumeRole"],
    ["aws:RequestTag in TagSession, in any case of the key", "onlyRed", { tags: { TEAM: "red" } }],
    ["another value there", "onlyRed", { tags: { team: "Red" } }, "sts:TagSession"],
    ["aws:TagKeys", "onlyTeam", red],
    ["a key too many", "onlyTeam", { tags: { team: "red", cost: "1" } }, "sts:TagSession"],
    ["no sts:TransitiveTagKeys", "noneTransitive", red],
    ["some", "noneTransitive", redTransitive, "sts:TagSession"],
    ["sts:TransitiveTagKeys", "onlyTeamTransitive", redTransitive],
    [
      "a transitive key too many",
      "onlyTeamTransitive",
      { tags: { team: "red", cost: "1" }, transitiveTagKeys: ["team", "cost"] },
      "sts:TagSession",
    ],
    ["aws:PrincipalTag is the caller's, not the new session's", "bluesOnly", { tags: { team: "red" } }],
  ]
  for (const [fact, role, input, denied] of rows) {
    it.effect(`${denied === undefined ? "allowed" : "denied"}: ${fact}`, () =>
      Effect.gen(function* () {
        const call = assume(alice, role, input)
        if (denied === undefined) return yield* Effect.asVoid(call)
        assert.deepStrictEqual(yield* refused(call), notAuthorized(userArn("alice"), denied, roleArn(role)))
      }).pipe(inTags),
    )
  }

  it.effect("but not those that a session inherits: nobody passes them", () =>
    Effect.gen(function* () {
      const chained = session(alice, "plain", redTransitive)
      for (const [role, denied] of [
        ["wantsTeam", "sts:TagSession"],
        ["onlyRed", "sts:TagSession"],
      ] as const) {
        assert.deepStrictEqual(
          yield* refused(assume(chained, role)),
          notAuthorized(sessionArn("plain"), denied, roleArn(role)),
        )
      }
      yield* assume(chained, "onlyTeam")
      yield* assume(chained, "noneTransitive")
    }).pipe(inTags),
  )
})

describe("the tags of a session", () => {
  it.effect("[docs] are its own over those of its role, in whatever case", () =>
    Effect.gen(function* () {
      const plain = session(alice, "tagged")
      yield* hasTag(plain, "team", "role")
      yield* hasTag(plain, "cost", "role")
      yield* hasTag(plain, "stage", undefined)
      const tagged = session(alice, "tagged", { tags: { TEAM: "red", stage: "test" } })
      yield* hasTag(tagged, "team", "red")
      yield* hasTag(tagged, "cost", "role")
      yield* hasTag(tagged, "stage", "test")
      // The user's own are no tags of the role's session.
      yield* hasTag(session(alice, "plain"), "team", undefined)
    }).pipe(inTags),
  )

  it.effect("[docs] go with the identity policies of its role", () =>
    Effect.gen(function* () {
      const ask = (who: Who) =>
        Effect.flatMap(who, (it) => getAccessKeyInfo(it, { accessKeyId: "AKIAALICE00000000000" }))
      yield* ask(session(alice, "reader", red))
      const denied = yield* Effect.flip(ask(session(alice, "reader", { tags: { team: "blue" } })))
      assert.deepInclude(denied, { _tag: "StsError" })
    }).pipe(inTags),
  )

  it.effect("[docs] of GetSessionToken are the user's", () =>
    Effect.gen(function* () {
      const token = Effect.flatMap(alice, (it) => Effect.map(getSessionToken(it, {}), (t) => t.credentials))
      yield* hasTag(token, "team", "blue")
      yield* hasTag(alice, "team", "blue")
      yield* hasTag(dave, "team", undefined)
    }).pipe(inTags),
  )

  it.effect("with odd keys are tags as others are", () =>
    Effect.gen(function* () {
      for (const tags of [{ constructor: "x" }, JSON.parse(`{"__proto__":"red"}`), { "größe 1/:=+@": "é ." }]) {
        yield* assume(alice, "plain", { tags, transitiveTagKeys: Object.keys(tags) })
      }
    }).pipe(inTags),
  )
})

describe("transitive tags", () => {
  // The example of the user guide, "Chaining roles with session tags", with other names.
  it.effect("[docs] pass on along the chain with their values, and override the tags of the roles", () =>
    Effect.gen(function* () {
      const first = session(alice, "plain", {
        tags: { Team: "v1", cost: "v1", stage: "v1" },
        transitiveTagKeys: ["team", "Cost"],
      })
      yield* hasTag(first, "stage", "v1")
      const second = session(first, "tagged")
      yield* hasTag(second, "team", "v1")
      yield* hasTag(second, "cost", "v1")
      yield* hasTag(second, "stage", undefined)
      const third = session(second, "plain", { tags: { Stage: "v3" } })
      yield* hasTag(third, "team", "v1")
      yield* hasTag(third, "cost", "v1")
      yield* hasTag(third, "stage", "v3")
      const fourth = session(third, "tagged")
      yield* hasTag(fourth, "team", "v1")
      yield* hasTag(fourth, "stage", undefined)
    }).pipe(inTags),
  )

  it.effect("[docs] of a role do not pass on: only tags of a session do", () =>
    Effect.gen(function* () {
      const second = session(session(alice, "tagged"), "plain")
      yield* hasTag(second, "team", undefined)
      yield* hasTag(second, "cost", undefined)
    }).pipe(inTags),
  )

  it.effect("[live] cannot be set again down the chain, in whatever case, transitive or not", () =>
    Effect.gen(function* () {
      const first = session(alice, "plain", {
        tags: { SessionTag1: "SessionValue1" },
        transitiveTagKeys: ["SessionTag1"],
      })
      const second = session(first, "plain")
      for (const who of [first, second]) {
        for (const input of [
          { tags: { SessionTag1: "SessionValue2" } },
          { tags: { sessiontag1: "SessionValue2" } },
          { tags: { SessionTag1: "SessionValue1" }, transitiveTagKeys: ["SessionTag1"] },
          { tags: { other: "x", SESSIONTAG1: "" } },
        ]) {
          assert.deepStrictEqual(yield* refused(assume(who, "plain", input)), conflict)
        }
      }
      yield* assume(first, "plain", { tags: { SessionTag2: "SessionValue2" } })
    }).pipe(inTags),
  )

  it.effect("[live] of another case are among the tags", () =>
    Effect.gen(function* () {
      const first = session(alice, "plain", { tags: { Team: "red" }, transitiveTagKeys: ["teAM"] })
      yield* hasTag(session(first, "plain"), "team", "red")
    }).pipe(inTags),
  )

  it.effect("that do not pass on can be set again", () =>
    Effect.gen(function* () {
      const first = session(alice, "plain", red)
      yield* hasTag(session(first, "plain", { tags: { team: "green" } }), "team", "green")
    }).pipe(inTags),
  )

  it.effect("[docs] stand for the tags of the role in its trust policy, where it has the same", () =>
    Effect.gen(function* () {
      const chained = session(alice, "plain", redTransitive)
      yield* assume(chained, "byResource")
      const denied = yield* refused(assume(session(alice, "plain", red), "byResource"))
      assert.deepStrictEqual(denied, notAuthorized(sessionArn("plain"), "sts:AssumeRole", roleArn("byResource")))
    }).pipe(inTags),
  )
})

describe("[docs] what begins with aws: is AWS's own", () => {
  for (const tags of [{ "aws:team": "red" }, { "AWS:team": "red" }, { team: "aws:red" }, { "aws:": "" }]) {
    it.effect(JSON.stringify(tags), () =>
      Effect.gen(function* () {
        const words = invalid("Tag keys and values must not begin with aws: which is reserved.")
        assert.deepStrictEqual(yield* refused(assume(alice, "plain", { tags })), words)
        assert.deepStrictEqual(yield* refused(getFederationToken(yield* alice, { name: "guest", tags })), words)
      }).pipe(inTags),
    )
  }

  it.effect("but not what has it further on", () =>
    assume(alice, "plain", { tags: { "my:aws:team": "arn:aws:s3" } }).pipe(inTags),
  )
})

describe("GetFederationToken with tags", () => {
  const guestArn = `arn:aws:sts::${here}:federated-user/guest`

  it.effect("needs sts:TagSession in the user's policies, and names it first", () =>
    Effect.gen(function* () {
      yield* getFederationToken(yield* bob, { name: "guest" })
      assert.deepStrictEqual(
        yield* refused(getFederationToken(yield* bob, { name: "guest", ...red })),
        notAuthorized(userArn("bob"), "sts:TagSession", guestArn),
      )
      assert.deepStrictEqual(
        yield* refused(getFederationToken(yield* dave, { name: "guest", ...red })),
        notAuthorized(userArn("team/blue/dave"), "sts:GetFederationToken", guestArn),
      )
      yield* getFederationToken(yield* root, { name: "guest", ...red })
    }).pipe(inTags),
  )

  it.effect("lets policies see them", () =>
    Effect.gen(function* () {
      const { users, ...account } = world.accounts[here]
      const policies = [
        statement("Allow", "sts:GetFederationToken"),
        statement("Allow", "sts:TagSession", "*", {
          "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] },
          StringEquals: { "aws:RequestTag/team": "${aws:PrincipalTag/team}" },
        }),
      ]
      const narrowed = {
        ...world,
        accounts: { [here]: { ...account, users: { ...users, alice: { ...users.alice, policies } } } },
      }
      yield* Effect.gen(function* () {
        const call = (tags: Record<string, string>) =>
          Effect.flatMap(alice, (it) => getFederationToken(it, { name: "guest", tags }))
        yield* call({ team: "blue" })
        // aws:TagKeys compare to the letter, as other strings do.
        for (const tags of [{ team: "red" }, { team: "blue", cost: "1" }, { Team: "blue" }]) {
          assert.strictEqual((yield* refused(call(tags)))[0], "AccessDenied")
        }
      }).pipe(inWorld(narrowed))
    }),
  )
})

describe("the size of the token", () => {
  const many = (count: number, length: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index + 10}`, "v".repeat(length)]))

  it.effect("[docs] grows with tags, also with inherited ones, transitive or not", () =>
    Effect.gen(function* () {
      const plain = yield* assume(alice, "plain")
      const length = ({ credentials }: typeof plain) => Redacted.value(credentials.sessionToken).length
      assert.isUndefined(plain.packedPolicySize)
      const tagged = yield* assume(alice, "plain", { tags: many(5, 100) })
      assert.strictEqual(length(tagged), length(plain) + 5 * 105 + 3)
      assert.strictEqual(tagged.sessionTokenSize, length(tagged))
      assert.strictEqual(tagged.packedPolicySize, Math.ceil((length(tagged) / 4096) * 100))
      assert.strictEqual(tagged.sessionTokenUtilization, tagged.packedPolicySize)
      const transitive = { tags: many(5, 100), transitiveTagKeys: Object.keys(many(5, 100)) }
      const first = yield* assume(alice, "plain", transitive)
      assert.strictEqual(length(first), length(tagged))
      const chained = yield* assume(Effect.succeed(first.credentials), "plain")
      assert.strictEqual(length(chained), length(first))
      assert.strictEqual(chained.packedPolicySize, first.packedPolicySize)
      const more = yield* assume(Effect.succeed(first.credentials), "plain", { tags: { other: "x".repeat(95) } })
      assert.strictEqual(length(more), length(first) + 100)
    }).pipe(inTags),
  )

  it.effect("[live] has a limit: tags alone are said to be too large in words of their own", () =>
    Effect.gen(function* () {
      const full = { tags: many(49, 71), transitiveTagKeys: Object.keys(many(49, 71)) }
      assert.deepStrictEqual(yield* refused(assume(alice, "plain", { tags: many(50, 256) })), [
        "PackedPolicyTooLarge",
        400,
        "Packed size of session tags consumes 328% of allotted space.",
      ])
      const { credentials } = yield* assume(alice, "plain", full)
      const and = (length: number) => assume(Effect.succeed(credentials), "plain", { tags: { t: "v".repeat(length) } })
      assert.strictEqual((yield* and(15)).sessionTokenSize, 4096)
      assert.deepStrictEqual(yield* refused(and(16)), [
        "PackedPolicyTooLarge",
        400,
        "Packed size of session tags consumes 101% of allotted space.",
      ])
      assert.deepStrictEqual(yield* refused(getFederationToken(yield* alice, { name: "guest", tags: many(50, 256) })), [
        "PackedPolicyTooLarge",
        400,
        "Packed size of session tags consumes 328% of allotted space.",
      ])
    }).pipe(inTags),
  )

  it.effect("[field] with a policy it is the policy that is said to be too large", () =>
    Effect.gen(function* () {
      const policy = JSON.stringify(statement("Allow", "*"))
      const message = "Packed policy consumes 330% of allotted space, please use smaller policy."
      assert.deepStrictEqual(yield* refused(assume(alice, "plain", { tags: many(50, 256), policy })), [
        "PackedPolicyTooLarge",
        400,
        message,
      ])
    }).pipe(inTags),
  )
})

describe("a random chain", { timeout: 60_000 }, () => {
  const keys = ["team", "Team", "cost", "COST", "stage", "Stage"]
  const link = fc.record({
    role: fc.constantFrom("plain", "tagged"),
    tags: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...keys), fc.constantFrom("a1", "b2", "c3")), {
        selector: ([key]) => key.toLowerCase(),
        maxLength: 3,
      })
      .map((entries) => Object.fromEntries(entries)),
    transitive: fc.subarray(keys),
  })

  /** A model of what tags each session has: keys without case. */
  interface Model {
    readonly tags: ReadonlyMap<string, string>
    readonly transitive: ReadonlySet<string>
  }

  const roleTags: { readonly [role: string]: ReadonlyArray<readonly [string, string]> } = {
    plain: [],
    tagged: [
      ["team", "role"],
      ["cost", "role"],
    ],
  }

  it.effect("gives each session the tags of the model", () =>
    Effect.tryPromise({
      try: () =>
        fc.assert(
          fc.asyncProperty(fc.array(link, { minLength: 1, maxLength: 5 }), (chain) =>
            Effect.runPromise(follow(chain).pipe(Effect.provide(TestClock.layer()))),
          ),
          { numRuns: 40 },
        ),
      catch: (error) => error,
    }),
  )

  const follow = (chain: ReadonlyArray<typeof link extends fc.Arbitrary<infer A> ? A : never>) =>
    Effect.gen(function* () {
      let credentials: AwsCredentials.AwsCredentials = yield* alice
      let model: Model = { tags: new Map([["team", "blue"]]), transitive: new Set() }
      for (const { role, tags, transitive } of chain) {
        const passed = new Map(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value]))
        const transitiveTagKeys = transitive.filter((key) => passed.has(key.toLowerCase()))
        const call = assume(Effect.succeed(credentials), role, { tags, transitiveTagKeys })
        if ([...passed.keys()].some((key) => model.transitive.has(key))) {
          assert.deepStrictEqual(yield* refused(call), conflict)
          continue
        }
        credentials = (yield* call).credentials
        const inherited = [...model.tags].filter(([key]) => model.transitive.has(key))
        model = {
          tags: new Map([...(roleTags[role] ?? []), ...inherited, ...passed]),
          transitive: new Set([...model.transitive, ...transitiveTagKeys.map((key) => key.toLowerCase())]),
        }
        for (const key of ["team", "cost", "stage"] as const) {
          yield* hasTag(Effect.succeed(credentials), key, model.tags.get(key))
        }
      }
    }).pipe(inTags)
})
