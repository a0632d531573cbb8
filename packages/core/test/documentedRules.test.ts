import { assert, describe, it } from "@effect/vitest"
import type * as Operation from "@effect-sts/core/Operation"
import {
  AssumeRole,
  AssumeRoot,
  GetAccessKeyInfo,
  GetFederationToken,
  GetSessionToken,
  GetWebIdentityToken,
} from "@effect-sts/core/Operations"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describeIssue, type Fault } from "../src/internal/describeIssue.ts"
import { normalize } from "../src/internal/normalize.ts"
import * as Sts from "../src/internal/sts.ts"

const encode = (operation: Operation.Any, input: unknown) =>
  Effect.mapError(Sts.encode(operation, normalize(operation.request, input)), ({ reason }) => reason.issues)

const decode = (operation: Operation.Any, encoded: unknown) =>
  Effect.mapError(
    Schema.decodeUnknownEffect(operation.request, { errors: "all", onExcessProperty: "error" })(encoded),
    ({ issue }) => describeIssue(issue, "request"),
  )

const faultsOf = <A>(attempt: Effect.Effect<A, ReadonlyArray<Fault>>) =>
  Effect.map(Effect.flip(attempt), (faults) => faults.map(({ field, message }) => `${field}: ${message}`))

const role = { roleArn: "arn:aws:iam::111111111111:role/deploy", roleSessionName: "test" }
const task = "arn:aws:iam::aws:policy/root-task/"
const root = { targetPrincipal: "111111111111", taskPolicyArn: `${task}S3UnlockBucketPolicy` }
const webIdentity = { audience: ["https://api.example.com"], signingAlgorithm: "ES384" }
const arns = (length: number) => Array.from({ length }, (_, index) => `arn:aws:iam::aws:policy/Policy${index}`)
const tags = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`key${index}`, ""]))
const noTask =
  "must be the ARN of a task policy: arn:aws:iam::aws:policy/root-task/ and one of IAMAuditRootUserCredentials, IAMCreateRootUserPassword, IAMDeleteRootUserCredentials, S3UnlockBucketPolicy, SQSUnlockQueuePolicy"
const noTarget = 'must be an account id of 12 digits, or an ARN, which starts with "arn:"'

describe("what AWS only documents", () => {
  it.effect.each<readonly [what: string, operation: Operation.Any, input: object, ...faults: ReadonlyArray<string>]>([
    [
      "a transitive key that is no tag",
      AssumeRole,
      { ...role, tags: { team: "a" }, transitiveTagKeys: ["team", "cost"] },
      "transitiveTagKeys[1]: must be the key of one of the tags",
    ],
    [
      "a transitive key without tags",
      AssumeRole,
      { ...role, transitiveTagKeys: ["team"] },
      "transitiveTagKeys[0]: must be the key of one of the tags",
    ],
    [
      "tag keys that differ in case",
      AssumeRole,
      { ...role, tags: { team: "a", Team: "b" } },
      'tags: must not have a key twice, and STS ignores case: "Team" is there already as "team"',
    ],
    [
      "the same for a federated user",
      GetFederationToken,
      { name: "bob", tags: { team: "a", TEAM: "b" } },
      'tags: must not have a key twice, and STS ignores case: "TEAM" is there already as "team"',
    ],
    [
      "the same for a token's claims",
      GetWebIdentityToken,
      { ...webIdentity, tags: { É: "a", é: "b" } },
      'tags: must not have a key twice, and STS ignores case: "é" is there already as "É"',
    ],
    ["51 tags", AssumeRole, { ...role, tags: tags(51) }, "tags: must have 0 to 50 items, but has 51"],
    [
      "tags in AWS's form",
      AssumeRole,
      { ...role, tags: [{ Key: "team", Value: "a" }] },
      "tags: expected an object of strings",
    ],
    ["a tag that is a number", AssumeRole, { ...role, tags: { team: 7 } }, "tags: expected an object of strings"],
    ["11 policies", AssumeRole, { ...role, policyArns: arns(11) }, "policyArns: must have 0 to 10 items, but has 11"],
    [
      "a source identity of AWS",
      AssumeRole,
      { ...role, sourceIdentity: "aws:bob" },
      "sourceIdentity: may have only the characters [\\w+=,.@\\-], but its character 4 is another",
      'sourceIdentity: must not start with "aws:"',
    ],
    [
      "a task policy there is not",
      AssumeRoot,
      { ...root, taskPolicyArn: `${task}DeleteEverything` },
      `taskPolicyArn: ${noTask}`,
    ],
    [
      "a task policy and more",
      AssumeRoot,
      { ...root, taskPolicyArn: `${task}S3UnlockBucketPolicyToo` },
      `taskPolicyArn: ${noTask}`,
    ],
    [
      "a managed policy that is no task",
      AssumeRoot,
      { ...root, taskPolicyArn: "arn:aws:iam::aws:policy/S3UnlockBucketPolicy" },
      `taskPolicyArn: ${noTask}`,
    ],
    ["a target of 13 digits", AssumeRoot, { ...root, targetPrincipal: "1".repeat(13) }, `targetPrincipal: ${noTarget}`],
    [
      "a target that is a name",
      AssumeRoot,
      { ...root, targetPrincipal: "production-account" },
      `targetPrincipal: ${noTarget}`,
    ],
    [
      "an algorithm that AWS does not sign with",
      GetWebIdentityToken,
      { ...webIdentity, signingAlgorithm: "HS256" },
      'signingAlgorithm: expected "RS256" | "ES384"',
    ],
    [
      "half a second",
      AssumeRole,
      { ...role, duration: "900.5 seconds" },
      "duration: must be 900 to 43200 whole seconds, but is 15m 500ms",
    ],
    [
      "61 seconds",
      AssumeRole,
      { ...role, duration: "61 seconds" },
      "duration: must be 900 to 43200 whole seconds, but is 1m 1s",
    ],
    [
      "no end",
      GetSessionToken,
      { duration: "Infinity" },
      "duration: must be 900 to 129600 whole seconds, but is Infinity",
    ],
    [
      "what is no duration",
      AssumeRole,
      { ...role, duration: "1h" },
      'duration: expected a Duration of 900 to 43200 whole seconds, such as "15 minutes"',
    ],
    [
      "not a number",
      AssumeRoot,
      { ...root, duration: Number.NaN },
      'duration: expected a Duration of 0 to 900 whole seconds, such as "15 minutes"',
    ],
    [
      "a bare number",
      AssumeRole,
      { ...role, duration: 3600 },
      'duration: must be 900 to 43200 whole seconds, but is 3s 600ms; a bare number is milliseconds, so write "3600 seconds" if that was meant',
    ],
    [
      "a bare number whose seconds no double holds",
      AssumeRole,
      { ...role, duration: 1001 },
      'duration: must be 900 to 43200 whole seconds, but is 1s 1ms; a bare number is milliseconds, so write "1001 seconds" if that was meant',
    ],
    [
      "a bare number for a root session",
      AssumeRoot,
      { ...root, duration: 900 },
      'duration: must be 0 to 900 whole seconds, but is 900ms; a bare number is milliseconds, so write "900 seconds" if that was meant',
    ],
    [
      "a minute in words, whose milliseconds would be a good number of seconds",
      GetSessionToken,
      { duration: "1 minute" },
      "duration: must be 900 to 129600 whole seconds, but is 1m",
    ],
    [
      "a bare number that is neither",
      AssumeRole,
      { ...role, duration: 60_000 },
      "duration: must be 900 to 43200 whole seconds, but is 1m",
    ],
    ["a serial without code", GetSessionToken, { mfa: { serialNumber: "GAHT12345678" } }, "mfa.tokenCode: is missing"],
    ["a code without serial", GetSessionToken, { mfa: { tokenCode: "123456" } }, "mfa.serialNumber: is missing"],
    [
      "a serial of its own",
      GetSessionToken,
      { serialNumber: "GAHT12345678", tokenCode: "123456" },
      "serialNumber: is no field here; the fields are duration, mfa, minimumSessionTokenSize",
      "tokenCode: is no field here; the fields are duration, mfa, minimumSessionTokenSize",
    ],
    [
      "an unknown field of a device",
      GetSessionToken,
      { mfa: { serialNumber: "GAHT12345678", tokenCode: "123456", code: "123456" } },
      "mfa.code: is no field here; the fields are serialNumber, tokenCode",
    ],
    [
      "an unknown field of a context",
      AssumeRole,
      { ...role, providedContexts: [{ providerArn: role.roleArn, assertion: "signed" }] },
      "providedContexts[0].assertion: is no field here; the fields are providerArn, contextAssertion",
    ],
    [
      "AWS's own names",
      AssumeRole,
      { ...role, ExternalId: "123" },
      "ExternalId: is no field here; the fields are roleArn, roleSessionName, policyArns, policy, duration, tags, transitiveTagKeys, externalId, mfa, sourceIdentity, providedContexts, minimumSessionTokenSize",
    ],
    [
      "an ARN of 19 characters",
      AssumeRole,
      { ...role, roleArn: "arn:aws:iam::1:role" },
      "roleArn: must have 20 to 2048 characters, but has 19",
    ],
    [
      "a policy of 2,049 characters",
      GetFederationToken,
      { name: "bob", policy: "x".repeat(2049) },
      "policy: must have 1 to 2048 characters, but has 2049",
    ],
    [
      "an access key id of the documents",
      GetAccessKeyInfo,
      { accessKeyId: "AKIDEXAMPLE" },
      "accessKeyId: must have 16 to 128 characters, but has 11",
    ],
  ])("refuses %s", ([, operation, input, ...faults]) =>
    Effect.map(faultsOf(encode(operation, input)), (found) => assert.deepStrictEqual(found, faults)),
  )

  it.effect.each<readonly [what: string, operation: Operation.Any, input: object, encoded: object]>([
    [
      "transitive keys in another case",
      AssumeRole,
      { tags: { Team: "a" }, transitiveTagKeys: ["team"] },
      { Tags: [{ Key: "Team", Value: "a" }], TransitiveTagKeys: ["team"] },
    ],
    ["50 tags", AssumeRole, { tags: tags(50) }, { Tags: Object.keys(tags(50)).map((Key) => ({ Key, Value: "" })) }],
    [
      "a tag named __proto__",
      AssumeRole,
      { tags: JSON.parse('{"__proto__":"a"}') },
      { Tags: [{ Key: "__proto__", Value: "a" }] },
    ],
    ["10 policies", AssumeRole, { policyArns: arns(10) }, { PolicyArns: arns(10).map((arn) => ({ arn })) }],
    [
      "a source identity of 256 characters",
      AssumeRole,
      { sourceIdentity: "a".repeat(256) },
      { SourceIdentity: "a".repeat(256) },
    ],
    [
      "a policy as an object",
      AssumeRole,
      { policy: { Version: "2012-10-17", Statement: [] } },
      { Policy: '{"Version":"2012-10-17","Statement":[]}' },
    ],
    ["a policy of 10,000 characters", AssumeRole, { policy: "x".repeat(10_000) }, { Policy: "x".repeat(10_000) }],
    ["hours in words", AssumeRole, { duration: "12 hours" }, { DurationSeconds: 43_200 }],
    ["a Duration", AssumeRole, { duration: Duration.minutes(15) }, { DurationSeconds: 900 }],
    ["milliseconds that are whole seconds", AssumeRole, { duration: 3_600_000 }, { DurationSeconds: 3600 }],
    [
      "a device and its code",
      AssumeRole,
      { mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" } },
      { SerialNumber: "GAHT12345678", TokenCode: "123456" },
    ],
    ["what is undefined", AssumeRole, { mfa: undefined, duration: undefined }, {}],
  ])("takes %s", ([, operation, input, encoded]) =>
    Effect.map(encode(operation, { ...role, ...input }), (found) =>
      assert.deepStrictEqual(found, { RoleArn: role.roleArn, RoleSessionName: role.roleSessionName, ...encoded }),
    ),
  )

  it.effect.each(
    ["aws", "aws-cn", "aws-us-gov"].flatMap((partition) =>
      [
        "IAMAuditRootUserCredentials",
        "IAMCreateRootUserPassword",
        "IAMDeleteRootUserCredentials",
        "S3UnlockBucketPolicy",
        "SQSUnlockQueuePolicy",
      ].map((name) => `arn:${partition}:iam::aws:policy/root-task/${name}`),
    ),
  )("takes the task policy %s", (arn) =>
    Effect.map(encode(AssumeRoot, { targetPrincipal: "arn:aws:iam::111111111111:root", taskPolicyArn: arn }), (found) =>
      assert.deepStrictEqual(found, { TargetPrincipal: "arn:aws:iam::111111111111:root", TaskPolicyArn: { arn } }),
    ),
  )

  it.effect.each<readonly [what: string, encoded: object, fault: string]>([
    [
      "a serial without code",
      { SerialNumber: "GAHT12345678" },
      "request: serialNumber must come with a tokenCode of its MFA device",
    ],
    [
      "a code without serial",
      { TokenCode: "123456" },
      "request: tokenCode must come with the serialNumber of its MFA device",
    ],
    [
      "a code of 5 digits",
      { SerialNumber: "GAHT12345678", TokenCode: "12345" },
      "mfa.tokenCode: must have 6 characters, but has 5",
    ],
    ["half a second", { DurationSeconds: 900.5 }, "DurationSeconds: expected an integer"],
  ])("does not decode %s", ([, encoded, fault]) =>
    Effect.map(faultsOf(decode(GetSessionToken, encoded)), (found) => assert.deepStrictEqual(found, [fault])),
  )

  it.effect("does not decode a tag key that is there twice", () =>
    Effect.map(
      faultsOf(
        decode(AssumeRole, {
          RoleArn: role.roleArn,
          RoleSessionName: role.roleSessionName,
          Tags: [
            { Key: "team", Value: "a" },
            { Key: "Team", Value: "b" },
          ],
        }),
      ),
      (found) =>
        assert.deepStrictEqual(found, [
          'Tags: must not have a key twice, and STS ignores case: "Team" is there already as "team"',
        ]),
    ),
  )
})
