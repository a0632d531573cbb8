// AssumeRoot: facts/sts.md 1 (the rules of the model's text), IAM User Guide, "Centralize root access for member accounts".
import type { AwsCredentials, Operations, Sts } from "@effect-sts/core"
import type * as Operation from "@effect-sts/core/Operation"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  assumeRole,
  assumeRoot,
  decodeAuthorizationMessage,
  deniedTo,
  getAccessKeyInfo,
  getCallerIdentity,
  getDelegatedAccessToken,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  notAuthorized,
  refused,
  roleArn,
  rootArn,
  secretOf,
  session,
  sessionArn,
  start,
  statement,
  there,
  trusting,
  userArn,
} from "./support/world.ts"

const delegated = "333333333333"
const outside = "444444444444"

const user = (
  accessKeyId: string,
  ...policies: NonNullable<World.Encoded["accounts"][string]["users"]>[string]["policies"] & {}
) => ({
  accessKeys: [{ accessKeyId, secretAccessKey: secretOf(accessKeyId) }],
  policies,
})

const task = (name: string, partition = "aws") => `arn:${partition}:iam::aws:policy/root-task/${name}`
const audit = task("IAMAuditRootUserCredentials")
const unlock = task("S3UnlockBucketPolicy")

const onAllRoots = statement("Allow", "sts:AssumeRoot", "arn:aws:iam::*:root")

/**
 * `here` is the management account, `there` a member, `delegated` a member that administers, `outside` in no
 * organization. Users are named after what they may do.
 */
const organized = {
  seed: "organized",
  accounts: {
    [here]: {
      root: {
        accessKeys: [{ accessKeyId: "AKIAROOT000000000000", secretAccessKey: secretOf("AKIAROOT000000000000") }],
      },
      users: {
        all: user("AKIAALL0000000000000", onAllRoots, statement("Allow", ["sts:AssumeRole", "sts:SetSourceIdentity"])),
        nothing: user("AKIANOTHING000000000"),
        other: user("AKIAOTHER00000000000", statement("Allow", "sts:AssumeRoot", rootArn(delegated))),
        denied: user("AKIADENIED0000000000", onAllRoots, statement("Deny", "sts:AssumeRoot", rootArn(there))),
        auditor: user(
          "AKIAAUDITOR000000000",
          statement("Allow", "sts:AssumeRoot", "arn:aws:iam::*:root", { StringEquals: { "sts:TaskPolicyArn": audit } }),
        ),
        local: user(
          "AKIALOCAL00000000000",
          statement("Allow", "sts:AssumeRoot", "*", {
            StringEquals: { "aws:ResourceAccount": there, "aws:ResourceOrgID": "o-exampleorgid" },
          }),
        ),
      },
      roles: {
        administrator: { trustPolicy: trusting(rootArn()), policies: [onAllRoots] },
        same: {
          trustPolicy: trusting("*", { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } }, ["sts:AssumeRole"]),
        },
      },
    },
    [there]: { users: { member: user("AKIAMEMBER0000000000", onAllRoots) } },
    [delegated]: {
      users: {
        administrator: user("AKIADELEGATED0000000", onAllRoots, statement("Allow", "sts:AssumeRole")),
      },
    },
    [outside]: { users: { stranger: user("AKIASTRANGER00000000", onAllRoots, statement("Allow", "sts:AssumeRole")) } },
  },
  organization: {
    managementAccount: here,
    members: [there, delegated],
    delegatedAdministrators: [delegated],
    rootSessions: true,
  },
} satisfies World.Encoded

const as = (name: string, account = here) => StsMemory.credentials(userArn(name, account))
const request = { targetPrincipal: there, taskPolicyArn: audit }
const member = (taskPolicyArn = audit) =>
  Effect.map(
    Effect.flatMap(as("all"), (it) => assumeRoot(it, { ...request, taskPolicyArn })),
    (answer) => answer.credentials,
  )

type Input = Operation.Input<typeof Operations.AssumeRoot>

const rows: ReadonlyArray<
  readonly [
    fact: string,
    who: Effect.Effect<AwsCredentials.AwsCredentials, unknown, Sts.Sts | StsMemory.StsMemory>,
    input: Partial<Input>,
    expected: ReadonlyArray<unknown> | "allowed",
  ]
> = [
  ["a user of the management account", as("all"), {}, "allowed"],
  ["a user of a delegated administrator", as("administrator", delegated), {}, "allowed"],
  ["the delegated administrator's own root", as("administrator", delegated), { targetPrincipal: delegated }, "allowed"],
  ["a member by the ARN of its root", as("all"), { targetPrincipal: rootArn(there) }, "allowed"],
  ["a user who may ask for this task", as("auditor"), {}, "allowed"],
  ["a user whose policy tests the account and its organization", as("local"), {}, "allowed"],
  [
    "a user who may ask for another task",
    as("auditor"),
    { taskPolicyArn: unlock },
    notAuthorized(userArn("auditor"), "sts:AssumeRoot", rootArn(there)),
  ],
  ["a user without permission", as("nothing"), {}, notAuthorized(userArn("nothing"), "sts:AssumeRoot", rootArn(there))],
  [
    "a user with permission for another member",
    as("other"),
    {},
    notAuthorized(userArn("other"), "sts:AssumeRoot", rootArn(there)),
  ],
  ["a user who is denied", as("denied"), {}, notAuthorized(userArn("denied"), "sts:AssumeRoot", rootArn(there))],
  ["a root user", StsMemory.credentials(rootArn()), {}, notAuthorized(rootArn(), "sts:AssumeRoot", rootArn(there))],
  [
    "a user of a member that does not administer",
    as("member", there),
    { targetPrincipal: delegated },
    notAuthorized(userArn("member", there), "sts:AssumeRoot", rootArn(delegated)),
  ],
  [
    "a user of an account outside",
    as("stranger", outside),
    {},
    notAuthorized(userArn("stranger", outside), "sts:AssumeRoot", rootArn(there)),
  ],
  [
    "the management account's own root",
    as("all"),
    { targetPrincipal: here },
    notAuthorized(userArn("all"), "sts:AssumeRoot", rootArn()),
  ],
  [
    "the root of an account outside",
    as("all"),
    { targetPrincipal: outside },
    notAuthorized(userArn("all"), "sts:AssumeRoot", rootArn(outside)),
  ],
  [
    "the root of an account that is not there",
    as("all"),
    { targetPrincipal: "999999999999" },
    notAuthorized(userArn("all"), "sts:AssumeRoot", rootArn("999999999999")),
  ],
  [
    "the ARN of a role",
    as("all"),
    { targetPrincipal: roleArn("administrator", there) },
    ["ValidationError", 400, `${roleArn("administrator", there)} is invalid`],
  ],
  [
    "a number of 13 digits",
    as("all"),
    { targetPrincipal: `arn:aws:iam::${there}3:root` },
    ["ValidationError", 400, `arn:aws:iam::${there}3:root is invalid`],
  ],
  [
    "an ARN without an account",
    as("all"),
    { targetPrincipal: "arn:aws:iam:::root" },
    ["ValidationError", 400, "arn:aws:iam:::root is invalid"],
  ],
  [
    "a root in another partition",
    as("all"),
    { targetPrincipal: `arn:aws-cn:iam::${there}:root` },
    ["ValidationError", 400, `arn:aws-cn:iam::${there}:root is invalid`],
  ],
  [
    "a task policy of another partition",
    as("all"),
    { taskPolicyArn: task("S3UnlockBucketPolicy", "aws-cn") },
    ["ValidationError", 400, `${task("S3UnlockBucketPolicy", "aws-cn")} is invalid`],
  ],
]

describe("AssumeRoot", () => {
  for (const [fact, who, input, expected] of rows) {
    it.effect(`${expected === "allowed" ? "lets in" : "refuses"} ${fact}`, () =>
      Effect.gen(function* () {
        const call = assumeRoot(yield* who, { ...request, ...input })
        if (expected !== "allowed") return assert.deepStrictEqual(yield* refused(call), expected)
        const { credentials } = yield* call
        const [, account = there] = /(\d{12})/.exec(input.targetPrincipal ?? there) ?? []
        const { account: itsAccount, arn, userId } = yield* getCallerIdentity(credentials)
        assert.deepStrictEqual([arn, userId, itsAccount], [rootArn(account), account, account])
      }).pipe(inWorld(organized)),
    )
  }

  for (const [fact, organization] of [
    ["without centralized root access", { ...organized.organization, rootSessions: false }],
    ["without delegated administrators", { ...organized.organization, delegatedAdministrators: [] }],
    ["without an organization", undefined],
  ] as const) {
    it.effect(`is closed ${fact}`, () =>
      Effect.gen(function* () {
        const call = assumeRoot(yield* as("administrator", delegated), request)
        assert.deepStrictEqual(
          yield* refused(call),
          notAuthorized(userArn("administrator", delegated), "sts:AssumeRoot", rootArn(there)),
        )
      }).pipe(
        inWorld({
          seed: organized.seed,
          accounts: organized.accounts,
          ...(organization !== undefined && { organization }),
        }),
      ),
    )
  }

  it.effect("makes a session of 15 minutes, or of what is asked", () =>
    Effect.gen(function* () {
      const own = yield* as("all")
      for (const [asked, seconds] of [
        [{}, 900],
        [{ duration: "900 seconds" }, 900],
        [{ duration: "1 second" }, 1],
        [{ duration: "0 seconds" }, 0],
      ] as const) {
        const { credentials } = yield* assumeRoot(own, { ...request, ...asked })
        const lifetime = DateTime.toEpochMillis(credentials.expiration) - Math.floor(start / 1000) * 1000
        assert.strictEqual(lifetime, seconds * 1000)
      }
      const { credentials } = yield* assumeRoot(own, request)
      yield* TestClock.adjust("899 seconds")
      yield* getCallerIdentity(credentials)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* refused(getCallerIdentity(credentials)))[0], "ExpiredToken")
    }).pipe(inWorld(organized)),
  )

  it.effect("tells of the size of the token where one was asked for", () =>
    Effect.gen(function* () {
      const own = yield* as("all")
      const { sessionTokenSize, sessionTokenUtilization, credentials } = yield* assumeRoot(own, {
        ...request,
        minimumSessionTokenSize: 2048,
      })
      assert.deepStrictEqual([sessionTokenSize, sessionTokenUtilization], [2048, 50])
      assert.strictEqual(credentials.sessionToken && Redacted.value(credentials.sessionToken).length, 2048)
      assert.isUndefined((yield* assumeRoot(own, request)).sessionTokenSize)
    }).pipe(inWorld(organized)),
  )

  it.effect("carries the caller's source identity on, and answers with it", () =>
    Effect.gen(function* () {
      const { credentials } = yield* assumeRole(yield* as("all"), {
        roleArn: roleArn("administrator"),
        roleSessionName: "test",
        sourceIdentity: "ada",
      })
      const answer = yield* assumeRoot(credentials, request)
      assert.strictEqual(answer.sourceIdentity, "ada")
      assert.isUndefined((yield* assumeRoot(yield* as("all"), request)).sourceIdentity)
      // As long as nothing else is denied, what the session may do can be bound to who began it.
      const resourcePolicy = (value: string) => ({
        Version: "2012-10-17" as const,
        Statement: {
          Effect: "Deny" as const,
          Principal: "*" as const,
          Action: "iam:*",
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceIdentity": value }, Bool: { "aws:AssumedRoot": "true" } },
        },
      })
      const ask = (value: string) =>
        StsMemory.authorize({
          caller: answer.credentials,
          action: "iam:GetUser",
          resource: rootArn(there),
          resourcePolicy: resourcePolicy(value),
        })
      yield* ask("eve")
      assert.match((yield* Effect.flip(ask("ada"))).message, /with an explicit deny in a resource-based policy/)
    }).pipe(inWorld(organized)),
  )

  it.effect("is in the log, with what the session calls as the member's root", () =>
    Effect.gen(function* () {
      yield* getCallerIdentity(yield* member())
      assert.deepStrictEqual(
        (yield* StsMemory.calls).map(({ caller, operation, outcome }) => [operation, caller, outcome]),
        [
          ["AssumeRoot", userArn("all"), "Success"],
          ["GetCallerIdentity", rootArn(there), "Success"],
        ],
      )
    }).pipe(inWorld(organized)),
  )

  it.effect("gives keys that carry the member's account", () =>
    Effect.gen(function* () {
      const { accessKeyId } = yield* member()
      const { account } = yield* getAccessKeyInfo(yield* as("reader"), { accessKeyId })
      assert.strictEqual(account, there)
    }).pipe(
      inWorld({
        ...organized,
        accounts: {
          ...organized.accounts,
          [here]: {
            ...organized.accounts[here],
            users: {
              ...organized.accounts[here].users,
              reader: user("AKIAREADER0000000000", statement("Allow", "sts:GetAccessKeyInfo")),
            },
          },
        },
      }),
    ),
  )
})

describe("a session of AssumeRoot", () => {
  it.effect("may call nothing of STS but GetCallerIdentity", () =>
    Effect.gen(function* () {
      const credentials = yield* member()
      const root = rootArn(there)
      const denied = (action: string) => deniedTo(root, action, "a session")
      assert.deepStrictEqual(
        [
          yield* refused(assumeRole(credentials, { roleArn: roleArn("administrator"), roleSessionName: "test" })),
          yield* refused(assumeRoot(credentials, request)),
          yield* refused(getSessionToken(credentials, {})),
          yield* refused(getFederationToken(credentials, { name: "guest" })),
          yield* refused(getAccessKeyInfo(credentials, { accessKeyId: "ASIAY34FZKBOKMUTVV7A" })),
          yield* refused(decodeAuthorizationMessage(credentials, { encodedMessage: "x" })),
          yield* refused(getDelegatedAccessToken(credentials, { tradeInToken: "x" })),
        ],
        [
          ["AccessDenied", 403, "Roles may not be assumed by root accounts."],
          notAuthorized(root, "sts:AssumeRoot", root),
          ["AccessDenied", 403, "Cannot call GetSessionToken with session credentials"],
          ["AccessDenied", 403, "Cannot call GetFederationToken with session credentials"],
          denied("sts:GetAccessKeyInfo"),
          denied("sts:DecodeAuthorizationMessage"),
          denied("sts:GetDelegatedAccessToken"),
        ],
      )
      assert.strictEqual((yield* getCallerIdentity(credentials)).arn, root)
    }).pipe(inWorld(organized)),
  )

  const bucket = "arn:aws:s3:::a-bucket"
  const queue = (account: string) => `arn:aws:sqs:us-east-1:${account}:a-queue`
  const tasks: ReadonlyArray<
    readonly [
      name: string,
      allowed: ReadonlyArray<readonly [string, string]>,
      denied: ReadonlyArray<readonly [string, string]>,
    ]
  > = [
    [
      "IAMAuditRootUserCredentials",
      [
        ["iam:ListAccessKeys", rootArn(there)],
        ["iam:ListSigningCertificates", rootArn(there)],
        ["iam:GetLoginProfile", rootArn(there)],
        ["iam:ListMFADevices", rootArn(there)],
        ["iam:GetUser", rootArn(there)],
        ["iam:GetAccessKeyLastUsed", rootArn(there)],
        ["iam:GetAccountSummary", "*"],
      ],
      [
        ["iam:ListAccessKeys", userArn("member", there)],
        ["iam:DeleteAccessKey", rootArn(there)],
        ["iam:CreateLoginProfile", rootArn(there)],
        ["s3:DeleteBucketPolicy", bucket],
      ],
    ],
    [
      "IAMCreateRootUserPassword",
      [
        ["iam:CreateLoginProfile", rootArn(there)],
        ["iam:GetLoginProfile", rootArn(there)],
      ],
      [
        ["iam:CreateLoginProfile", userArn("member", there)],
        ["iam:DeleteLoginProfile", rootArn(there)],
        ["iam:GetUser", rootArn(there)],
      ],
    ],
    [
      "IAMDeleteRootUserCredentials",
      [
        ["iam:DeleteAccessKey", rootArn(there)],
        ["iam:DeleteSigningCertificate", rootArn(there)],
        ["iam:DeleteLoginProfile", rootArn(there)],
        ["iam:DeactivateMFADevice", rootArn(there)],
        ["iam:DeleteVirtualMFADevice", rootArn(there)],
        ["iam:ListAccessKeys", rootArn(there)],
        ["iam:GetAccessKeyLastUsed", rootArn(there)],
      ],
      [
        ["iam:DeleteAccessKey", userArn("member", there)],
        ["iam:CreateLoginProfile", rootArn(there)],
        ["iam:GetAccountSummary", "*"],
      ],
    ],
    [
      "S3UnlockBucketPolicy",
      [
        ["s3:DeleteBucketPolicy", bucket],
        ["s3:PutBucketPolicy", bucket],
        ["s3:GetBucketPolicy", bucket],
        ["s3:ListAllMyBuckets", "*"],
      ],
      [
        ["s3:GetObject", `${bucket}/key`],
        ["s3:DeleteBucket", bucket],
        ["iam:GetUser", rootArn(there)],
      ],
    ],
    [
      "SQSUnlockQueuePolicy",
      [
        ["sqs:SetQueueAttributes", queue(there)],
        ["sqs:GetQueueAttributes", queue(there)],
        ["sqs:ListQueues", "*"],
        ["sqs:GetQueueUrl", queue(there)],
      ],
      [
        ["sqs:SendMessage", queue(there)],
        ["sqs:GetQueueAttributes", queue(here)],
        ["sqs:SetQueueAttributes", queue(here)],
      ],
    ],
  ]
  for (const [name, allowed, denied] of tasks) {
    it.effect(`with ${name} may do that, and nothing else`, () =>
      Effect.gen(function* () {
        const caller = yield* member(task(name))
        const ask = ([action, resource]: readonly [string, string]) => StsMemory.authorize({ caller, action, resource })
        yield* Effect.forEach(allowed, ask)
        for (const each of denied) {
          const { code } = yield* Effect.flip(ask(each))
          assert.strictEqual(code, "UnauthorizedOperation", each[0])
        }
      }).pipe(inWorld(organized)),
    )
  }

  it.effect("may not read the attributes of another account's queue, whatever that lets in", () =>
    Effect.gen(function* () {
      const caller = yield* member(task("SQSUnlockQueuePolicy"))
      const ask = (action: string) =>
        StsMemory.authorize({
          caller,
          action,
          resource: queue(here),
          resourcePolicy: {
            Version: "2012-10-17",
            Statement: { Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: "*" },
          },
        })
      yield* ask("sqs:GetQueueUrl")
      assert.match((yield* Effect.flip(ask("sqs:GetQueueAttributes"))).message, /with an explicit deny in a session/)
    }).pipe(inWorld(organized)),
  )

  it.effect("is the root's, so a root user's real keys are not narrowed by it", () =>
    Effect.gen(function* () {
      yield* member()
      yield* StsMemory.authorize({ caller: rootArn(), action: "s3:GetObject", resource: `${bucket}/key` })
    }).pipe(inWorld(organized)),
  )
})

describe("an organization", () => {
  it.effect("is what aws:PrincipalOrgID tells trust policies", () =>
    Effect.gen(function* () {
      const assume = (who: AwsCredentials.AwsCredentials) => session(who, roleArn("same"))
      const inside = yield* assume(yield* as("administrator", delegated))
      assert.strictEqual((yield* getCallerIdentity(inside)).arn, sessionArn("same"))
      assert.deepStrictEqual(
        yield* refused(assume(yield* as("stranger", outside))),
        notAuthorized(userArn("stranger", outside), "sts:AssumeRole", roleArn("same")),
      )
    }).pipe(inWorld(organized)),
  )
})
