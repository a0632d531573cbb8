// Managed policies: attached to users and roles, and passed for sessions (PolicyArns).
import type { AwsCredentials, Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AwsManagedPolicies from "../src/internal/awsManagedPolicies.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  bob,
  getAccessKeyInfo,
  getCallerIdentity,
  getFederationToken,
  here,
  inWorld,
  key,
  mayAssumeAll,
  refused,
  roleArn,
  root,
  statement,
  there,
  trusting,
  userArn,
} from "./support/world.ts"

type Input = Omit<Parameters<typeof assumeRole>[1], "roleArn" | "roleSessionName">
type Who = Effect.Effect<AwsCredentials.AwsCredentials, unknown, Sts.Sts | StsMemory.StsMemory>

const awsPolicy = (name: string) => `arn:aws:iam::aws:policy/${name}`
const own = (name: string, account = here) => `arn:aws:iam::${account}:policy/${name}`

const lookUp = { document: statement("Allow", "sts:GetAccessKeyInfo") }

const world = {
  seed: "managed",
  accounts: {
    [here]: {
      root: { accessKeys: [key("AKIAROOT000000000000")] },
      users: {
        alice: { accessKeys: [key("AKIAALICE00000000000")], managedPolicyArns: [awsPolicy("AdministratorAccess")] },
        bob: {
          accessKeys: [key("AKIABOB0000000000000")],
          policies: [mayAssumeAll],
          managedPolicyArns: [own("team/blue/lookUp")],
        },
        carol: {
          accessKeys: [key("AKIACAROL00000000000")],
          policies: [statement("Allow", "*")],
          managedPolicyArns: [awsPolicy("AWSDenyAll")],
        },
      },
      managedPolicies: {
        lookUp: { path: "/team/blue/", ...lookUp },
        elsewhere: { document: statement("Allow", "s3:GetObject") },
        byTag: {
          document: statement("Allow", "sts:GetAccessKeyInfo", "*", {
            StringEquals: { "aws:PrincipalTag/team": "red" },
          }),
        },
        noLookUp: { document: statement("Deny", "sts:GetAccessKeyInfo") },
      },
      roles: {
        wide: { trustPolicy: trusting(userArn("alice")), policies: [statement("Allow", "*")] },
        attached: { trustPolicy: trusting(userArn("alice")), managedPolicyArns: [awsPolicy("ReadOnlyAccess")] },
        narrow: { trustPolicy: trusting(userArn("alice")), policies: [statement("Allow", "s3:*")] },
      },
    },
    [there]: {
      managedPolicies: { lookUp },
      roles: {
        cross: { trustPolicy: trusting(userArn("alice")), policies: [statement("Allow", "*")] },
      },
    },
  },
} satisfies World.Encoded

const inManaged = inWorld(world)
const carol = StsMemory.credentials(userArn("carol"))

const session = (role: string, input: Input = {}, who: Who = alice, account = here): Who =>
  Effect.flatMap(who, (it) =>
    Effect.map(
      assumeRole(it, { roleArn: roleArn(role, account), roleSessionName: "test", ...input }),
      ({ credentials }) => credentials,
    ),
  )

const mayLookUp = (who: Who) =>
  Effect.flatMap(Effect.orDie(who), (it) =>
    Effect.match(getAccessKeyInfo(it, { accessKeyId: "AKIAALICE00000000000" }), {
      onSuccess: () => true,
      onFailure: (error) => error.reason._tag !== "AccessDenied" && error.reason.message,
    }),
  )

describe("a managed policy that is attached", () => {
  const rows: ReadonlyArray<readonly [fact: string, who: Who, may: boolean]> = [
    ["one of AWS's, to a user", alice, true],
    ["one of the account's, under a path, to a user with policies of his own", bob, true],
    ["one that denies", carol, false],
    ["one of AWS's, to a role", session("attached"), true],
    ["none, to a role", session("narrow"), false],
  ]
  for (const [fact, who, may] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* mayLookUp(who), may)
      }).pipe(inManaged),
    )
  }

  it.effect("stays with a role that is made again", () =>
    Effect.gen(function* () {
      yield* StsMemory.recreateRole(roleArn("attached"))
      assert.isTrue(yield* mayLookUp(session("attached")))
    }).pipe(inManaged),
  )
})

describe("a managed policy that is passed for a session", () => {
  const rows: ReadonlyArray<readonly [fact: string, who: Who, may: boolean]> = [
    ["none", session("wide"), true],
    ["an empty list is none", session("wide", { policyArns: [] }), true],
    ["one that allows", session("wide", { policyArns: [own("team/blue/lookUp")] }), true],
    ["one that allows something else", session("wide", { policyArns: [own("elsewhere")] }), false],
    ["two, of which one allows", session("wide", { policyArns: [own("elsewhere"), own("team/blue/lookUp")] }), true],
    ["two, of which one denies", session("wide", { policyArns: [own("team/blue/lookUp"), own("noLookUp")] }), false],
    ["[docs] it allows no more than the role", session("narrow", { policyArns: [own("team/blue/lookUp")] }), false],
    ["one of AWS's", session("wide", { policyArns: [awsPolicy("PowerUserAccess")] }), true],
    ["another of AWS's", session("wide", { policyArns: [awsPolicy("AmazonS3ReadOnlyAccess")] }), false],
    ["one under a path", session("wide", { policyArns: [awsPolicy("job-function/ViewOnlyAccess")] }), false],
    ["one that asks for a tag", session("wide", { policyArns: [own("byTag")] }), false],
    ["with the tag", session("wide", { policyArns: [own("byTag")], tags: { Team: "red" } }), true],
    [
      "beside an inline policy that allows",
      session("wide", { policyArns: [own("elsewhere")], policy: lookUp.document }),
      true,
    ],
    [
      "beside an inline policy that denies",
      session("wide", { policyArns: [own("team/blue/lookUp")], policy: statement("Deny", "*") }),
      false,
    ],
    [
      "ten of them",
      session("wide", { policyArns: Array.from({ length: 10 }, () => awsPolicy("ReadOnlyAccess")) }),
      true,
    ],
    ["for a role of another account", session("cross", { policyArns: [own("lookUp", there)] }, alice, there), true],
  ]
  for (const [fact, who, may] of rows) {
    it.effect(`${may ? "allows" : "denies"}: ${fact}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* mayLookUp(who), may)
      }).pipe(inManaged),
    )
  }

  const unknown: ReadonlyArray<readonly [fact: string, arn: string]> = [
    ["does not exist", own("missing")],
    ["has another path", own("lookUp")],
    ["is of another account", own("lookUp", there)],
    ["is none of AWS's", awsPolicy("NoSuchAccess")],
    ["is of another partition", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"],
    ["is no policy", roleArn("wide")],
    ["is no ARN", "x".repeat(20)],
    ["has a name of Object.prototype", own("constructor")],
  ]
  for (const [fact, arn] of unknown) {
    it.effect(`[unverified] is refused where it ${fact}`, () =>
      Effect.gen(function* () {
        const words = ["ValidationError", 400, `Policy ${arn} does not exist or is not attachable.`]
        const credentials = yield* alice
        const policyArns = [own("elsewhere"), arn]
        const assume = assumeRole(credentials, { roleArn: roleArn("wide"), roleSessionName: "test", policyArns })
        assert.deepStrictEqual(yield* refused(assume), words)
        assert.deepStrictEqual(yield* refused(getFederationToken(credentials, { name: "guest", policyArns })), words)
      }).pipe(inManaged),
    )
  }

  it.effect("[docs] counts in the size of the token by its ARN, and is named in what is too large", () =>
    Effect.gen(function* () {
      const assume = (input: Input) =>
        Effect.flatMap(alice, (it) => assumeRole(it, { roleArn: roleArn("wide"), roleSessionName: "test", ...input }))
      const length = (credentials: AwsCredentials.Temporary) => Redacted.value(credentials.sessionToken).length
      const plain = yield* assume({})
      const passed = yield* assume({ policyArns: [awsPolicy("AdministratorAccess")] })
      assert.strictEqual(length(passed.credentials), length(plain.credentials) + 44)
      assert.strictEqual(passed.sessionTokenSize, length(passed.credentials))
      assert.strictEqual(passed.packedPolicySize, passed.sessionTokenUtilization)
      const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, "v".repeat(200)]))
      const tooLarge = yield* refused(assume({ tags, policyArns: [awsPolicy("AdministratorAccess")] }))
      assert.match(String(tooLarge[2]), /^Packed policy consumes 26\d% of allotted space, please use smaller policy\.$/)
    }).pipe(inManaged),
  )
})

describe("a federated user", () => {
  const guest = (input: object, who: Who = alice): Who =>
    Effect.flatMap(who, (it) =>
      Effect.map(getFederationToken(it, { name: "guest", ...input }), ({ credentials }) => credentials),
    )

  it.effect("[docs] may call nothing of STS but GetCallerIdentity, whatever is passed", () =>
    Effect.gen(function* () {
      for (const input of [{}, { policyArns: [awsPolicy("AdministratorAccess")] }, { tags: { team: "red" } }]) {
        for (const who of [alice, root]) {
          const credentials = yield* guest(input, who)
          assert.strictEqual((yield* getCallerIdentity(credentials)).arn, `arn:aws:sts::${here}:federated-user/guest`)
          assert.isFalse(yield* mayLookUp(Effect.succeed(credentials)))
        }
      }
    }).pipe(inManaged),
  )

  it.effect("is told the size of the token, [live] also where nothing is passed", () =>
    Effect.gen(function* () {
      const credentials = yield* alice
      const plain = yield* getFederationToken(credentials, { name: "guest" })
      const { length } = Redacted.value(plain.credentials.sessionToken)
      assert.strictEqual(plain.sessionTokenSize, length)
      assert.strictEqual(plain.packedPolicySize, Math.ceil((length / 4096) * 100))
      assert.strictEqual(plain.sessionTokenUtilization, plain.packedPolicySize)
      const passed = yield* getFederationToken(credentials, {
        name: "guest",
        policyArns: [awsPolicy("AdministratorAccess")],
        tags: { team: "red" },
      })
      assert.strictEqual(passed.sessionTokenSize, length + 43 + 7 + 2)
      const padded = yield* getFederationToken(credentials, { name: "guest", minimumSessionTokenSize: 2048 })
      assert.strictEqual(padded.packedPolicySize, 50)
    }).pipe(inManaged),
  )
})

describe("the AWS managed policies", () => {
  it("are those of the names, each read", () => {
    assert.sameMembers([...AwsManagedPolicies.policies.keys()], Object.keys(AwsManagedPolicies.documents))
  })

  it.effect("have the partition of the world", () =>
    Effect.gen(function* () {
      const attached = (arn: string) => ({
        region: "cn-north-1",
        accounts: { [here]: { users: { alice: { managedPolicyArns: [arn] } } } },
      })
      yield* World.decode(attached("arn:aws-cn:iam::aws:policy/ReadOnlyAccess"))
      const error = yield* Effect.flip(World.decode(attached(awsPolicy("ReadOnlyAccess"))))
      assert.match(error.message, /partition/)
    }),
  )

  // What each says of STS, as AWS had it in February 2025.
  const calls: ReadonlyArray<readonly [name: string, mayLookUp: boolean]> = [
    ["AdministratorAccess", true],
    ["PowerUserAccess", true],
    ["ReadOnlyAccess", true],
    ["SecurityAudit", true],
    ["job-function/ViewOnlyAccess", false],
    ["IAMReadOnlyAccess", false],
    ["AmazonS3ReadOnlyAccess", false],
    ["AmazonS3FullAccess", false],
    ["AWSDenyAll", false],
  ]
  it("are all of these", () => {
    assert.sameMembers(
      calls.map(([name]) => `/${name}`),
      Object.keys(AwsManagedPolicies.documents),
    )
  })
  for (const [name, may] of calls) {
    it.effect(`${name} ${may ? "allows" : "does not allow"} sts:GetAccessKeyInfo`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* mayLookUp(session("wide", { policyArns: [awsPolicy(name)] })), may)
      }).pipe(inManaged),
    )
  }
  it.effect("of which only two let a role be assumed", () =>
    Effect.gen(function* () {
      const open: Array<string> = []
      for (const [name] of calls) {
        const policy = awsPolicy(name)
        const users = { bob: { accessKeys: [key("AKIABOB0000000000000")], managedPolicyArns: [policy] } }
        const roles = { any: { trustPolicy: trusting(`arn:aws:iam::${here}:root`) } }
        const call = Effect.flatMap(bob, (it) => assumeRole(it, { roleArn: roleArn("any"), roleSessionName: "test" }))
        const result = yield* Effect.result(inWorld({ accounts: { [here]: { users, roles } } })(call))
        if (result._tag === "Success") open.push(name)
      }
      assert.deepStrictEqual(open, ["AdministratorAccess", "PowerUserAccess"])
    }),
  )
})
