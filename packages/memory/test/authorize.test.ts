// What a fake of another service asks the world, and DecodeAuthorizationMessage, which explains the denials. The form of
// the JSON: AWS CLI Command Reference, decode-authorization-message. Words: IAM User Guide, "Troubleshoot access denied
// error messages"; AWS re:Post, "decode and analyze 'You are not authorized to perform this operation' errors".
import { AwsCredentials, type Sts } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Identifiers from "../src/internal/identifiers.ts"
import type * as Policy from "../src/policy/Policy.ts"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  assumeRole,
  decodeAuthorizationMessage,
  deniedTo,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  mfaArn,
  mfaSecret,
  notAuthorizedTo,
  refused,
  roleArn,
  rootArn,
  secretOf,
  sessionArn,
  statement,
  there,
  trusting,
  userArn,
} from "./support/world.ts"

const user = (accessKeyId: string, ...policies: ReadonlyArray<Policy.Document>) => ({
  accessKeys: [{ accessKeyId, secretAccessKey: secretOf(accessKeyId) }],
  policies,
})

const decoding = statement("Allow", "sts:DecodeAuthorizationMessage")
const bucket = "arn:aws:s3:::a-bucket"
const instance = `arn:aws:ec2:us-east-1:${here}:instance/*`

const world = {
  seed: "authorize",
  accounts: {
    [here]: {
      root: {
        accessKeys: [{ accessKeyId: "AKIAROOT000000000000", secretAccessKey: secretOf("AKIAROOT000000000000") }],
      },
      users: {
        nobody: user("AKIANOBODY0000000000"),
        reader: user("AKIAREADER0000000000", statement("Allow", "s3:GetObject", `${bucket}/*`)),
        decoder: user(
          "AKIADECODER000000000",
          decoding,
          statement("Allow", "sts:GetFederationToken"),
          statement("Allow", "iam:*"),
        ),
        undecoder: user("AKIAUNDECODER0000000", decoding, statement("Deny", "sts:Decode*")),
        launcher: {
          ...user(
            "AKIALAUNCHER00000000",
            statement("Allow", ["ec2:*", "iam:*", "s3:*"]),
            {
              Version: "2012-10-17",
              Statement: [
                { Sid: "Other", Effect: "Deny", Action: "ec2:StopInstances", Resource: "*" },
                {
                  Sid: "OnlyFromHere",
                  Effect: "Deny",
                  Action: ["ec2:RunInstances", "ec2:StartInstances"],
                  Resource: ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"],
                  Condition: {
                    NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "198.51.100.7"] },
                    Bool: { "aws:SecureTransport": true },
                  },
                },
              ],
            },
            {
              Version: "2012-10-17",
              Statement: {
                Effect: "Deny",
                NotAction: ["ec2:*", "s3:*"],
                NotResource: "arn:aws:iam::*:mfa/*",
                Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
              },
            },
          ),
          path: "/team/",
          mfaDevices: [{ serialNumber: mfaArn("launcher"), secret: mfaSecret }],
        },
      },
      roles: {
        worker: {
          trustPolicy: trusting(userArn("reader")),
          policies: [statement("Allow", ["s3:*", "ec2:Describe*"]), statement("Deny", "ec2:DeleteVpc")],
          tags: { team: "blue" },
        },
      },
    },
    [there]: {
      users: { foreigner: user("AKIAFOREIGNER0000000", decoding, statement("Allow", "s3:GetObject", `${bucket}/*`)) },
    },
  },
} satisfies World.Encoded

type Who = Effect.Effect<AwsCredentials.AwsCredentials | string, unknown, Sts.Sts | StsMemory.StsMemory>

const keyOf = (name: string, account = here) => StsMemory.credentials(userArn(name, account))
const mfaSession = Effect.gen(function* () {
  const mfa = { serialNumber: mfaArn("launcher"), tokenCode: yield* StsMemory.mfaCode(mfaArn("launcher")) }
  return (yield* getSessionToken(yield* keyOf("team/launcher"), { mfa })).credentials
})
const inWorker = (policy?: Policy.Document) =>
  Effect.map(
    Effect.flatMap(keyOf("reader"), (it) =>
      assumeRole(it, { roleArn: roleArn("worker"), roleSessionName: "job", ...(policy && { policy }) }),
    ),
    ({ credentials }) => credentials,
  )
const permitting = (principal: string, effect: "Allow" | "Deny" = "Allow"): Policy.Document => ({
  Version: "2012-10-17",
  Statement: {
    Effect: effect,
    Principal: principal === "*" ? "*" : { AWS: principal },
    Action: "s3:*",
    Resource: [bucket, `${bucket}/*`],
  },
})

const noIdentity = (action: string) => `because no identity-based policy allows the ${action} action`
const noSession = (action: string) => `because no session policy allows the ${action} action`
const noResource = (action: string) => `because no resource-based policy allows the ${action} action`
const deniedBy = (kind: string) => `with an explicit deny in ${kind} policy`

const get = { action: "s3:GetObject", resource: `${bucket}/key` }

const rows: ReadonlyArray<
  readonly [
    fact: string,
    who: Who,
    request: Omit<StsMemory.AuthorizationRequest, "caller">,
    expected: "allowed" | readonly [caller: string, why: string],
  ]
> = [
  ["a user whose policy allows", keyOf("reader"), get, "allowed"],
  ["the same by ARN", Effect.succeed(userArn("reader")), get, "allowed"],
  [
    "a user for another resource",
    keyOf("reader"),
    { ...get, resource: "arn:aws:s3:::another/key" },
    [userArn("reader"), noIdentity("s3:GetObject")],
  ],
  ["a user without policies", keyOf("nobody"), get, [userArn("nobody"), noIdentity("s3:GetObject")]],
  [
    "a user whom the bucket lets in",
    keyOf("nobody"),
    { ...get, resourcePolicy: permitting(userArn("nobody")) },
    "allowed",
  ],
  [
    "a user whose account the bucket lets in",
    keyOf("nobody"),
    { ...get, resourcePolicy: permitting(rootArn()) },
    [userArn("nobody"), noIdentity("s3:GetObject")],
  ],
  [
    "a user whom the bucket denies",
    keyOf("reader"),
    { ...get, resourcePolicy: permitting("*", "Deny") },
    [userArn("reader"), deniedBy("a resource-based")],
  ],
  ["a root user", Effect.succeed(rootArn()), get, "allowed"],
  [
    "a root user whom the bucket denies",
    Effect.succeed(rootArn()),
    { ...get, resourcePolicy: permitting("*", "Deny") },
    [rootArn(), deniedBy("a resource-based")],
  ],
  ["a role", Effect.succeed(roleArn("worker")), get, "allowed"],
  [
    "a role, as a session of it",
    Effect.succeed(roleArn("worker")),
    { action: "ec2:RunInstances", resource: instance },
    [sessionArn("worker", "session"), noIdentity("ec2:RunInstances")],
  ],
  ["a session of a role", inWorker(), get, "allowed"],
  [
    "a session whose own policy is narrower",
    inWorker(statement("Allow", "s3:ListBucket")),
    get,
    [sessionArn("worker", "job"), noSession("s3:GetObject")],
  ],
  [
    "a session whose own policy denies",
    inWorker(statement("Deny", "s3:*")),
    get,
    [sessionArn("worker", "job"), deniedBy("a session")],
  ],
  [
    "an access point of another account that does not let in",
    Effect.succeed(userArn("team/launcher")),
    { action: "s3:GetObject", resource: `arn:aws:s3:us-east-1:${there}:accesspoint/a` },
    [userArn("team/launcher"), noResource("s3:GetObject")],
  ],
  [
    "who calls from elsewhere",
    Effect.succeed(userArn("team/launcher")),
    { action: "ec2:RunInstances", resource: instance, context: { "aws:SourceIp": "192.0.2.1" } },
    [userArn("team/launcher"), deniedBy("an identity-based")],
  ],
  [
    "who calls from where it is allowed, in the key's other case",
    Effect.succeed(userArn("team/launcher")),
    { action: "ec2:RunInstances", resource: instance, context: { "AWS:sourceip": "198.51.100.7" } },
    "allowed",
  ],
  [
    "who calls from where the test says that all calls come from",
    Effect.andThen(StsMemory.setSourceIp("203.0.113.9"), Effect.succeed(userArn("team/launcher"))),
    { action: "ec2:RunInstances", resource: instance },
    "allowed",
  ],
  [
    "a session without MFA where MFA is asked for",
    Effect.map(
      Effect.flatMap(keyOf("team/launcher"), (it) => getSessionToken(it, {})),
      (it) => it.credentials,
    ),
    { action: "iam:PassRole", resource: roleArn("worker") },
    [userArn("team/launcher"), deniedBy("an identity-based")],
  ],
  ["a session with MFA where MFA is asked for", mfaSession, { action: "iam:CreateUser", resource: "*" }, "allowed"],
  [
    "a tag of the resource that the service tells",
    Effect.succeed(userArn("nobody")),
    {
      ...get,
      context: { "aws:ResourceTag/team": "blue" },
      resourcePolicy: {
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { StringEquals: { "aws:ResourceTag/team": "blue" } },
        },
      },
    },
    "allowed",
  ],
]

const marker = "Encoded authorization failure message: "

describe("authorize", () => {
  for (const [fact, who, request, expected] of rows) {
    it.effect(`${expected === "allowed" ? "allows" : "refuses"} ${fact}`, () =>
      Effect.gen(function* () {
        const asked = StsMemory.authorize({ caller: yield* who, ...request })
        if (expected === "allowed") return yield* asked
        const { code, encodedMessage = "", message } = yield* Effect.flip(asked)
        const [caller, why] = expected
        assert.strictEqual(code, "UnauthorizedOperation")
        assert.strictEqual(
          message,
          `You are not authorized to perform this operation. User: ${caller} is not authorized to perform: ${request.action} on resource: ${request.resource} ${why}. ${marker}${encodedMessage}`,
        )
      }).pipe(inWorld(world)),
    )
  }

  it.effect("is no call of STS", () =>
    Effect.gen(function* () {
      yield* StsMemory.authorize({ caller: rootArn(), ...get })
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(inWorld(world)),
  )

  const invalid = ["InvalidClientTokenId", "The security token included in the request is invalid."]
  const credentials: ReadonlyArray<readonly [fact: string, who: Who, expected: ReadonlyArray<string>]> = [
    [
      "an expired session",
      Effect.tap(inWorker(), () => TestClock.adjust("1 hour")),
      ["ExpiredToken", "The security token included in the request is expired"],
    ],
    [
      "a session of a role that was deleted",
      Effect.tap(inWorker(), () => StsMemory.deleteRole(roleArn("worker"))),
      invalid,
    ],
    ["a deactivated key", Effect.tap(keyOf("reader"), (it) => StsMemory.deactivateKey(it.accessKeyId)), invalid],
    [
      "a wrong secret",
      Effect.map(
        keyOf("reader"),
        ({ accessKeyId }) =>
          new AwsCredentials.AwsCredentials({ accessKeyId, secretAccessKey: Redacted.make("wrong") }),
      ),
      [
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      ],
    ],
  ]
  for (const [fact, who, expected] of credentials) {
    it.effect(`says of ${fact} what AWS says`, () =>
      Effect.gen(function* () {
        const { code, encodedMessage, message } = yield* Effect.flip(
          StsMemory.authorize({ caller: yield* who, ...get }),
        )
        assert.deepStrictEqual([code, message, encodedMessage], [...expected, undefined])
      }).pipe(inWorld(world)),
    )
  }

  // facts/sts.md 3.5 and 3.6: what may not call IAM.
  const decoder = keyOf("decoder")
  const withoutMfa = Effect.map(
    Effect.flatMap(decoder, (it) => getSessionToken(it, {})),
    (it) => it.credentials,
  )
  const guest = Effect.map(
    Effect.flatMap(decoder, (it) => getFederationToken(it, { name: "guest", policy: statement("Allow", "iam:*") })),
    (it) => it.credentials,
  )
  for (const [fact, who, action, expected] of [
    ["a session of a user without MFA", withoutMfa, "iam:GetUser", "InvalidClientTokenId"],
    ["a session of a user without MFA, in another case", withoutMfa, "IAM:ListUsers", "InvalidClientTokenId"],
    ["a session of a user with MFA", mfaSession, "iam:GetUser", undefined],
    ["a federated user", guest, "iam:GetUser", "InvalidClientTokenId"],
    ["a session of a user without MFA who passes a role", withoutMfa, "iam:PassRole", undefined],
    ["a federated user who passes a role", guest, "iam:PassRole", undefined],
    ["a user", decoder, "iam:GetUser", undefined],
  ] as const) {
    it.effect(`${expected === undefined ? "lets" : "does not let"} ${fact} call IAM`, () =>
      Effect.gen(function* () {
        const result = yield* Effect.result(StsMemory.authorize({ caller: yield* who, action, resource: "*" }))
        assert.strictEqual(result._tag === "Failure" ? result.failure.code : undefined, expected)
      }).pipe(inWorld(world)),
    )
  }

  for (const [fact, request, words] of [
    ["nobody of this ARN", { ...get, caller: userArn("missing") }, /no user, root user or role .*missing.*reader/],
    ["a session by ARN", { ...get, caller: sessionArn("worker") }, /no user, root user or role/],
    ["an action that is none", { ...get, caller: rootArn(), action: "GetObject" }, /"GetObject" is no service:Name/],
    [
      "a policy that cannot be read",
      { ...get, caller: rootArn(), resourcePolicy: { Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } } },
      /This resource policy cannot be read: Statement has no Principal/,
    ],
  ] as const) {
    it.effect(`dies of a test that asks about ${fact}`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(StsMemory.authorize(request))
        assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", words)
      }).pipe(inWorld(world)),
    )
  }
})

const denial = (request: StsMemory.AuthorizationRequest) =>
  Effect.map(Effect.flip(StsMemory.authorize(request)), ({ encodedMessage = "" }) => encodedMessage)

const decode = (encodedMessage: string, who = keyOf("decoder")) =>
  Effect.flatMap(who, (it) => decodeAuthorizationMessage(it, { encodedMessage }))

interface Items<A> {
  readonly items: ReadonlyArray<A>
}

interface Decoded {
  readonly allowed: boolean
  readonly explicitDeny: boolean
  readonly failures: Items<unknown>
  readonly matchedStatements: Items<{ readonly [name: string]: unknown }>
  readonly context: {
    readonly principal: { readonly id: string; readonly name?: string; readonly arn: string }
    readonly conditions: Items<unknown>
  }
}

const decodedOf = (request: StsMemory.AuthorizationRequest) =>
  Effect.gen(function* () {
    const { decodedMessage } = yield* decode(yield* denial(request))
    return JSON.parse(decodedMessage) as Decoded
  })

const values = (...each: ReadonlyArray<string>) => ({ items: each.map((value) => ({ value })) })
const condition = (key: string, ...each: ReadonlyArray<string>) => ({ key, values: values(...each) })

const invalidMessage = [
  "InvalidAuthorizationMessageException",
  400,
  "The error returned if the message passed to DecodeAuthorizationMessage was invalid. This can happen if the token contains invalid characters, such as line breaks, or if the message has expired.",
]

describe("DecodeAuthorizationMessage", () => {
  it.effect("explains what no policy allows", () =>
    Effect.gen(function* () {
      const { decodedMessage } = yield* decode(
        yield* denial({ caller: userArn("nobody"), action: "ec2:RunInstances", resource: instance }),
      )
      // Letter by letter: the order of the members is AWS's.
      const id = /"id":"(AIDA\w{17})"/.exec(decodedMessage)?.[1]
      assert.strictEqual(
        decodedMessage,
        `{"allowed":false,"explicitDeny":false,"matchedStatements":{"items":[]},"failures":{"items":[]},"context":{"principal":{"id":"${id}","name":"nobody","arn":"${userArn("nobody")}"},"action":"ec2:RunInstances","resource":"${instance}","conditions":{"items":[{"key":"aws:Region","values":{"items":[{"value":"us-east-1"}]}},{"key":"aws:Service","values":{"items":[{"value":"ec2"}]}},{"key":"aws:Account","values":{"items":[{"value":"${here}"}]}},{"key":"aws:ARN","values":{"items":[{"value":"${instance}"}]}},{"key":"aws:Resource","values":{"items":[{"value":"instance/*"}]}},{"key":"aws:Type","values":{"items":[{"value":"instance"}]}}]}}}`,
      )
    }).pipe(inWorld(world)),
  )

  it.effect("names the statement that denies, as AWS does: without operators", () =>
    Effect.gen(function* () {
      const caller = userArn("team/launcher")
      const decoded = yield* decodedOf({
        caller,
        action: "ec2:RunInstances",
        resource: instance,
        context: { "aws:SourceIp": "192.0.2.1", "aws:TagKeys": ["one", "two"], "ec2:ebsOptimized": false },
      })
      const { allowed, context, explicitDeny, failures, matchedStatements } = decoded
      assert.deepStrictEqual([allowed, explicitDeny, failures], [false, true, { items: [] }])
      assert.match(context.principal.id, /^AIDA\w{17}$/)
      assert.strictEqual(context.principal.name, "launcher")
      assert.deepStrictEqual(matchedStatements, {
        items: [
          {
            statementId: "OnlyFromHere",
            effect: "DENY",
            principals: values(context.principal.id),
            principalGroups: { items: [] },
            actions: values("ec2:RunInstances", "ec2:StartInstances"),
            resources: values("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"),
            conditions: {
              items: [
                condition("aws:SourceIp", "203.0.113.0/24", "198.51.100.7"),
                condition("aws:SecureTransport", "true"),
              ],
            },
          },
        ],
      })
      assert.deepStrictEqual(context.conditions.items.slice(0, 3), [
        condition("aws:SourceIp", "192.0.2.1"),
        condition("aws:TagKeys", "one", "two"),
        condition("ec2:ebsOptimized", "false"),
      ])
    }).pipe(inWorld(world)),
  )

  it.effect("gives NotAction and NotResource as if they were not negated, and no name where there is no Sid", () =>
    Effect.gen(function* () {
      const caller = (yield* getSessionToken(yield* keyOf("team/launcher"), {})).credentials
      const decoded = yield* decodedOf({ caller, action: "iam:PassRole", resource: roleArn("worker") })
      const { context, matchedStatements } = decoded
      assert.deepStrictEqual(matchedStatements.items, [
        {
          statementId: "",
          effect: "DENY",
          principals: values(context.principal.id),
          principalGroups: { items: [] },
          actions: values("ec2:*", "s3:*"),
          resources: values("arn:aws:iam::*:mfa/*"),
          conditions: { items: [condition("aws:MultiFactorAuthPresent", "false")] },
        },
      ])
      assert.deepStrictEqual(context.conditions.items, [
        condition("aws:Region", "us-east-1"),
        condition("aws:Service", "iam"),
        condition("aws:Account", here),
        condition("aws:ARN", roleArn("worker")),
        condition("aws:Resource", "role/worker"),
        condition("aws:Type", "role"),
      ])
    }).pipe(inWorld(world)),
  )

  it.effect("names a role's session by its id, and in the statement the role", () =>
    Effect.gen(function* () {
      const decoded = yield* decodedOf({ caller: yield* inWorker(), action: "ec2:DeleteVpc", resource: "*" })
      const { context, matchedStatements } = decoded
      assert.match(context.principal.id, /^AROA\w{17}:job$/)
      assert.deepStrictEqual(context.principal, { id: context.principal.id, arn: sessionArn("worker", "job") })
      assert.deepStrictEqual(matchedStatements.items[0]?.["principals"], values(context.principal.id.slice(0, 21)))
      assert.deepStrictEqual(context.conditions.items, [
        condition("aws:Region", "us-east-1"),
        condition("aws:Service", "ec2"),
      ])
    }).pipe(inWorld(world)),
  )

  it.effect("names a root user by its account", () =>
    Effect.gen(function* () {
      const decoded = yield* decodedOf({
        caller: rootArn(),
        ...get,
        resourcePolicy: permitting("*", "Deny"),
      })
      const { context, matchedStatements } = decoded
      assert.deepStrictEqual(context.principal, { id: here, arn: rootArn() })
      assert.deepStrictEqual(matchedStatements.items[0]?.["resources"], values(bucket, `${bucket}/*`))
      assert.deepStrictEqual(context.conditions.items, [
        condition("aws:Region", "us-east-1"),
        condition("aws:Service", "s3"),
        condition("aws:ARN", `${bucket}/key`),
        condition("aws:Resource", "a-bucket/key"),
        condition("aws:Type", "a-bucket"),
      ])
    }).pipe(inWorld(world)),
  )

  it.effect("needs permission, and says which policy is wanting", () =>
    Effect.gen(function* () {
      const message = yield* denial({ caller: userArn("nobody"), ...get })
      const action = "sts:DecodeAuthorizationMessage"
      assert.deepStrictEqual(
        [
          yield* refused(decode(message, keyOf("nobody"))),
          yield* refused(decode(message, keyOf("undecoder"))),
          yield* refused(decode("none", keyOf("nobody"))),
        ],
        [
          notAuthorizedTo(userArn("nobody"), action),
          deniedTo(userArn("undecoder"), action),
          notAuthorizedTo(userArn("nobody"), action),
        ],
      )
    }).pipe(inWorld(world)),
  )

  it.effect("takes no messages but those of this world, wherever they were made, whole", () =>
    Effect.gen(function* () {
      const request = { caller: userArn("nobody"), ...get }
      const elsewhere = yield* denial(request).pipe(inWorld(world))
      yield* decode(elsewhere)
      const message = yield* denial(request)
      assert.strictEqual(message, elsewhere)
      const ofAnotherSeed = yield* denial(request).pipe(inWorld({ ...world, seed: "another" }))
      assert.lengthOf(ofAnotherSeed, message.length)
      yield* decode(message)
      yield* decode(message)
      const changed = (index: number) =>
        message.slice(0, index) + (message[index] === "A" ? "B" : "A") + message.slice(index + 1)
      const tradeInToken = Redacted.value(yield* StsMemory.tradeInToken({ roleArn: roleArn("worker") }))
      for (const wrong of [
        ofAnotherSeed,
        tradeInToken,
        changed(0),
        changed(100),
        changed(message.length - 2),
        message.slice(1),
        `${message}A`,
        ` ${message}`,
        `${message.slice(0, 76)}\n${message.slice(76)}`,
        message.toLowerCase(),
        "constructor",
        "x".repeat(10_240),
      ]) {
        assert.deepStrictEqual(yield* refused(decode(wrong)), invalidMessage)
      }
    }).pipe(inWorld(world)),
  )

  it.effect("is for the account whose principal was denied", () =>
    Effect.gen(function* () {
      const own = yield* denial({ caller: userArn("nobody"), ...get })
      const foreign = yield* denial({ caller: userArn("foreigner", there), action: "s3:PutObject", resource: "*" })
      assert.deepStrictEqual(yield* refused(decode(own, keyOf("foreigner", there))), invalidMessage)
      assert.deepStrictEqual(yield* refused(decode(foreign)), invalidMessage)
      yield* decode(foreign, keyOf("foreigner", there))
    }).pipe(inWorld(world)),
  )

  it.effect("takes messages that say nothing, each another, and none longer than it takes", () =>
    Effect.gen(function* () {
      const request = { caller: userArn("nobody"), ...get }
      const one = yield* denial(request)
      const other = yield* denial(request)
      assert.notStrictEqual(one, other)
      assert.match(one, /^[\w-]{300,}$/)
      for (const text of ["nobody", "GetObject", Buffer.from("nobody").toString("base64url").slice(0, 6)]) {
        assert.notInclude(one, text)
      }
      const context = Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [`aws:RequestTag/${index}`, "value"]),
      )
      const long = yield* denial({ ...request, context })
      assert.lengthOf(long, 10_240)
      const { decodedMessage } = yield* decode(long)
      assert.isAbove(decodedMessage.length, 10_240)
      assert.include(decodedMessage, `"aws:RequestTag/499"`)
    }).pipe(inWorld(world)),
  )

  it.effect("leaves out the last keys of a context that is too large for a message", () =>
    Effect.gen(function* () {
      // What repeats itself nowhere cannot be made shorter.
      const values = Array.from({ length: 400 }, (_, index) => Identifiers.uuidOf(String(index)))
      const context = Object.fromEntries(values.map((value, index) => [`aws:RequestTag/${index}`, value]))
      const message = yield* denial({ caller: userArn("nobody"), ...get, context })
      assert.isAtMost(message.length, 10_240)
      const { decodedMessage } = yield* decode(message)
      const { context: told } = JSON.parse(decodedMessage) as Decoded
      assert.isBelow(told.conditions.items.length, 400)
      assert.deepStrictEqual(told.conditions.items[99], condition("aws:RequestTag/99", values[99] ?? ""))
    }).pipe(inWorld(world)),
  )

  it.effect("does not change what else the seed decides", () =>
    Effect.gen(function* () {
      const keys = Effect.map(inWorker(), ({ accessKeyId }) => accessKeyId)
      const without = yield* keys.pipe(inWorld(world))
      const after = yield* Effect.andThen(denial({ caller: userArn("nobody"), ...get }), keys).pipe(inWorld(world))
      assert.strictEqual(after, without)
    }),
  )
})
