import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Policy from "../src/policy/Policy.ts"

const faults = (kind: Policy.Kind, document: unknown): ReadonlyArray<string> =>
  Result.match(Policy.parse(kind, document), {
    onSuccess: () => [],
    onFailure: (faults) => faults.map(({ message, path }) => `${path.join(".")}: ${message}`),
  })

const trust = (statement: object): object => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole", ...statement },
  ],
})

const identity = (statement: object): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*", ...statement }],
})

const resource = (statement: object): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*", ...statement }],
})

const principal = (element: unknown): object => trust({ Principal: element })
const test = (condition: unknown): object => trust({ Condition: condition })

const accepted: ReadonlyArray<readonly [name: string, kind: Policy.Kind, document: unknown]> = [
  ["a trust policy", "trust", trust({})],
  ["a single statement", "trust", { Statement: { Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" } }],
  ["an Id in a trust policy", "trust", { ...trust({}), Id: "any id" }],
  ["an account by its number", "trust", principal({ AWS: "111111111111" })],
  [
    "all kinds of AWS principals",
    "trust",
    principal({
      AWS: [
        "*",
        "arn:aws:iam::111111111111:user/a/b/alice",
        "arn:aws:iam::111111111111:role/r",
        "arn:aws:sts::111111111111:assumed-role/r/session",
        "arn:aws:sts::111111111111:federated-user/bob",
      ],
    }),
  ],
  [
    "principals of other partitions",
    "trust",
    principal({ AWS: ["arn:aws-cn:iam::111111111111:root", "arn:aws-us-gov:iam::111111111111:role/r"] }),
  ],
  ["a service", "trust", principal({ Service: ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com.cn"] })],
  [
    "providers",
    "trust",
    principal({
      Federated: [
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "arn:aws:iam::111111111111:oidc-provider/token.example.com/id/A",
        "arn:aws:iam::111111111111:saml-provider/idp",
      ],
    }),
  ],
  ["wildcards in actions of STS", "trust", trust({ Action: ["sts:*", "sts:AssumeRole*", "STS:tagsession"] })],
  ["an identity policy", "identity", identity({})],
  ["actions of any service", "identity", identity({ Action: ["s3:Get*", "*", "ec2:Describe?mages"] })],
  [
    "NotAction and NotResource",
    "identity",
    { Statement: { Effect: "Deny", NotAction: "iam:*", NotResource: "arn:aws:iam::*:role/x" } },
  ],
  ["a variable in a resource", "identity", identity({ Resource: "arn:aws:iam::111111111111:role/${aws:username}" })],
  ["NotPrincipal with Deny on a resource", "resource", resource({ NotPrincipal: { AWS: "111111111111" } })],
  ["a canonical user on a resource", "resource", resource({ Principal: { CanonicalUser: "0".repeat(64) } })],
  ["a Sid with spaces on a resource", "resource", resource({ Principal: "*", Sid: "any text" })],
  [
    "keys of web identities",
    "trust",
    test({ StringEquals: { "token.example.com/id/A:sub": "x", "accounts.google.com:aud": "y" } }),
  ],
  ["keys of SAML", "trust", test({ StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } })],
  [
    "claims that providers have of their own",
    "trust",
    test({
      StringLike: {
        "accounts.google.com:oaud": "x",
        "graph.facebook.com:app_id": "x",
        "www.amazon.com:user_id": "x",
        "token.actions.githubusercontent.com:job_workflow_ref": "x",
        "token.actions.githubusercontent.com/octo:repository_owner_id": "x",
        "token.actions.octo.ghe.com:environment": "x",
        "github.com/enterprises/octo:actor": "x",
        "gitlab.com:project_id": "x",
        "agent.buildkite.com:pipeline_slug": "x",
        "oidc.circleci.com/org/1:oidc.circleci.com/project-id": "x",
        "idcs-1.identity.oraclecloud.com:rpst_id": "x",
      },
      NumericEquals: { "accounts.google.com:google/organization_number": 1 },
    }),
  ],
  [
    "keys of IAM",
    "identity",
    identity({
      Action: "iam:PassRole",
      Condition: {
        StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" },
        ArnLike: { "iam:AssociatedResourceARN": "arn:aws:ec2:*:*:instance/*" },
      },
    }),
  ],
  [
    "a session policy for a prefix in S3",
    "session",
    {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::bucket",
          Condition: { StringLike: { "s3:prefix": ["", "home/", "home/${aws:userid}/*"] } },
        },
        { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::bucket/home/${aws:userid}/*" },
      ],
    },
  ],
  [
    "variables of other services and of providers",
    "identity",
    identity({
      Resource: ["arn:aws:s3:::b/${cognito-identity.amazonaws.com:sub}", "arn:aws:s3:::b/${transfer:UserName}"],
    }),
  ],
  [
    "tags of any text",
    "identity",
    identity({ Condition: { StringEquals: { "aws:PrincipalTag/Größe: a/b=c+d-e@f.g_h": "1" } } }),
  ],
  [
    "addresses that are compared with each other",
    "identity",
    identity({ Condition: { StringNotEquals: { "aws:Ec2InstanceSourcePrivateIPv4": "${aws:VpcSourceIp}" } } }),
  ],
  [
    "tags whose values are ARNs",
    "identity",
    identity({ Condition: { ArnLike: { "aws:RequestTag/cluster": "arn:aws:ecs:*:*:cluster/*" } } }),
  ],
  ["an action with a hyphen", "identity", identity({ Action: "vpc-lattice:AssociateViaAWSService-EventsAndStates" })],
  ["resources of any partition", "identity", identity({ Resource: ["arn:*:s3:::b", "arn:aws-us-gov:s3:::b"] })],
  ["ARNs that stop early", "identity", identity({ Resource: ["arn:aws:s3", "arn:aws:sqs:us-east-1"] })],
  [
    "all kinds of resources of IAM",
    "identity",
    identity({
      Resource: ["role/*", "user/${aws:username}", "root", "mfa/x", "*", "policy/a/b", "oidc-provider/x"].map(
        (resource) => `arn:aws:iam::111111111111:${resource}`,
      ),
    }),
  ],
]

describe("a policy is read with", () => {
  it.each(accepted)("%s", (_, kind, document) => {
    assert.deepStrictEqual(faults(kind, document), [])
  })
})

const at = "Statement.0"

const refused: ReadonlyArray<readonly [name: string, kind: Policy.Kind, document: unknown, fault: string | RegExp]> = [
  ["that is text", "trust", "{}", ": expected a policy document, as an object"],
  ["without a Statement", "trust", {}, /^Statement: Missing key/],
  ["without statements", "trust", { Statement: [] }, "Statement: is an empty list"],
  [
    "of an unknown Version",
    "trust",
    { ...trust({}), Version: "2020-01-01" },
    `Version: expected "2012-10-17" or "2008-10-17"`,
  ],
  ["with an unknown element", "trust", { ...trust({}), Comment: "x" }, /^Comment: is no element of a policy/],
  [
    "with an unknown element of a statement",
    "trust",
    trust({ Conditions: {} }),
    /^Statement\.0\.Conditions: is no element of a statement/,
  ],
  ["with an element in other case", "trust", trust({ condition: {} }), /^Statement\.0\.condition: is no element/],
  ["with an unknown Effect", "trust", trust({ Effect: "allow" }), `${at}.Effect: expected "Allow" or "Deny"`],
  ["with an Id for an identity", "identity", { ...identity({}), Id: "x" }, "Id: cannot stand in an identity policy"],
  [
    "with a Sid that has spaces",
    "trust",
    trust({ Sid: "a b" }),
    `${at}.Sid: "a b": only letters and digits can stand in a Sid`,
  ],
  [
    "with a Sid twice",
    "identity",
    {
      Statement: [
        { Sid: "A", Effect: "Allow", Action: "*", Resource: "*" },
        { Sid: "A", Effect: "Deny", Action: "*", Resource: "*" },
      ],
    },
    `Statement.1.Sid: "A" is already the Sid of statement 0`,
  ],

  [
    "without a Principal for a role",
    "trust",
    { Statement: { Effect: "Allow", Action: "sts:AssumeRole" } },
    "Statement: has no Principal",
  ],
  [
    "with a Principal for an identity",
    "identity",
    identity({ Principal: "*" }),
    `${at}.Principal: cannot stand in an identity policy, which speaks of whoever has it`,
  ],
  [
    "with a NotPrincipal for a session",
    "session",
    identity({ NotPrincipal: "*" }),
    /NotPrincipal: cannot stand in a session policy/,
  ],
  [
    "with a NotPrincipal for a role",
    "trust",
    { Statement: { Effect: "Deny", NotPrincipal: { AWS: "111111111111" }, Action: "sts:AssumeRole" } },
    "Statement.NotPrincipal: cannot stand in a trust policy",
  ],
  [
    "with a NotPrincipal that allows",
    "resource",
    resource({ Effect: "Allow", NotPrincipal: { AWS: "111111111111" } }),
    /^Statement\.0\.NotPrincipal: cannot stand with Allow/,
  ],
  [
    "with Principal and NotPrincipal",
    "resource",
    resource({ Principal: "*", NotPrincipal: "*" }),
    `${at}: has both Principal and NotPrincipal`,
  ],
  ["with a principal that is a name", "trust", principal("alice"), /^Statement\.0\.Principal: expected "\*"/],
  [
    "with a principal of an unknown kind",
    "trust",
    principal({ Aws: "*" }),
    /^Statement\.0\.Principal\.Aws: is no element of a principal/,
  ],
  ["with a principal of no kind", "trust", principal({}), `${at}.Principal: names no principal`],
  ["with an empty list of principals", "trust", principal({ AWS: [] }), `${at}.Principal.AWS: is an empty list`],
  [
    "with a wildcard in a principal",
    "trust",
    principal({ AWS: "arn:aws:iam::111111111111:role/*" }),
    /^Statement\.0\.Principal\.AWS: .* has a wildcard/,
  ],
  [
    "with a wildcard in the account of a principal",
    "trust",
    principal({ AWS: "arn:aws:iam::*:root" }),
    /has a wildcard/,
  ],
  [
    "with any session of a role as a principal",
    "trust",
    principal({ AWS: "arn:aws:sts::111111111111:assumed-role/r/*" }),
    /has a wildcard/,
  ],
  [
    "with the role of a session as a principal",
    "trust",
    principal({ AWS: "arn:aws:sts::111111111111:assumed-role/r" }),
    /is no AWS principal/,
  ],
  [
    "with an account of 11 digits",
    "trust",
    principal({ AWS: ["111111111111", "11111111111"] }),
    /^Statement\.0\.Principal\.AWS\.1: "11111111111" is no AWS principal/,
  ],
  [
    "with a group as a principal",
    "trust",
    principal({ AWS: "arn:aws:iam::111111111111:group/g" }),
    /is no AWS principal/,
  ],
  ["with a unique id as a principal", "trust", principal({ AWS: "AROAEXAMPLEID12345678" }), /is no AWS principal/],
  [
    "with any service as a principal",
    "trust",
    principal({ Service: "*" }),
    /^Statement\.0\.Principal\.Service: "\*" is no service principal/,
  ],
  ["with any provider as a principal", "trust", principal({ Federated: "*" }), /is no identity provider/],
  [
    "with the URL of a provider",
    "trust",
    principal({ Federated: "https://accounts.google.com" }),
    /is no identity provider/,
  ],
  [
    "with a canonical user for a role",
    "trust",
    principal({ CanonicalUser: "0".repeat(64) }),
    `${at}.Principal.CanonicalUser: cannot stand in a trust policy`,
  ],

  [
    "without an Action",
    "identity",
    { Statement: { Effect: "Allow", Resource: "*" } },
    "Statement: has neither Action nor NotAction",
  ],
  ["with Action and NotAction", "identity", identity({ NotAction: "iam:*" }), `${at}: has both Action and NotAction`],
  [
    "with an empty list of actions",
    "identity",
    { Statement: { Effect: "Allow", NotAction: [], Resource: "*" } },
    "Statement.NotAction: is an empty list",
  ],
  [
    "with an action without a service",
    "identity",
    identity({ Action: "AssumeRole" }),
    /^Statement\.0\.Action: "AssumeRole" is no action/,
  ],
  ["with a wildcard in the service", "identity", identity({ Action: "st*:AssumeRole" }), /is no action/],
  [
    "with an action of another service for a role",
    "trust",
    trust({ Action: ["sts:AssumeRole", "s3:GetObject"] }),
    /^Statement\.0\.Action\.1: "s3:GetObject": a trust policy may only specify/,
  ],
  ["with all actions for a role", "trust", trust({ Action: "*" }), /a trust policy may only specify/],
  [
    "with a misspelled action for a role",
    "trust",
    trust({ Action: "sts:AsumeRole" }),
    /a trust policy may only specify/,
  ],
  [
    "with an action that is not about roles",
    "trust",
    trust({ Action: "sts:GetCallerIdentity" }),
    /a trust policy may only specify/,
  ],
  [
    "with a NotAction for a role",
    "trust",
    { Statement: { Effect: "Deny", Principal: "*", NotAction: "sts:TagSession" } },
    /^Statement\.NotAction: cannot stand in a trust policy/,
  ],

  [
    "without a Resource for an identity",
    "identity",
    { Statement: { Effect: "Allow", Action: "*" } },
    "Statement: has neither Resource nor NotResource",
  ],
  [
    "with a Resource for a role",
    "trust",
    trust({ Resource: "*" }),
    /^Statement\.0\.Resource: cannot stand in a trust policy/,
  ],
  [
    "with a NotResource for a role",
    "trust",
    trust({ NotResource: "*" }),
    /^Statement\.0\.NotResource: cannot stand in a trust policy/,
  ],
  [
    "with Resource and NotResource",
    "identity",
    identity({ NotResource: "*" }),
    `${at}: has both Resource and NotResource`,
  ],
  [
    "with a resource that is no ARN",
    "identity",
    identity({ Resource: ["*", "my-role"] }),
    /^Statement\.0\.Resource\.1: "my-role" is no resource/,
  ],
  [
    "with a wildcard for the service of a resource",
    "identity",
    identity({ Resource: "arn:aws:*:::x" }),
    `${at}.Resource: "arn:aws:*:::x": the service must be named, without wildcards`,
  ],
  ["with no service of a resource", "identity", identity({ Resource: "arn:aws" }), /the service must be named/],
  [
    "with an empty service of a resource",
    "identity",
    identity({ Resource: "arn:aws::::x" }),
    /the service must be named/,
  ],
  ["with an unknown partition", "identity", identity({ Resource: "arn:error:s3:::x" }), /"error" is no partition/],
  [
    "with a resource that stops early after an empty part",
    "identity",
    identity({ Resource: "arn:aws:s3::bucket" }),
    /an ARN that stops early has no empty parts/,
  ],
  [
    "with a role that is named without its kind",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:my-role" }),
    /"my-role" is no resource of IAM: expected one like role\/name/,
  ],
  [
    "with a wildcard for the kind of a resource of IAM",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:*/my-role" }),
    /is no resource of IAM/,
  ],
  [
    "with a region of a role",
    "identity",
    identity({ Resource: "arn:aws:iam:us-east-1:111111111111:role/x" }),
    /IAM has no regions/,
  ],
  [
    "with a variable for the account of a resource",
    "identity",
    identity({ Resource: "arn:aws:iam::${aws:PrincipalAccount}:role/x" }),
    /before the fifth colon/,
  ],
  [
    "with an unknown variable",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:role/${aws:user}" }),
    /"\$\{aws:user\}" names no condition key: "aws:user" is not a known condition key/,
  ],
  [
    "with an open variable",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:role/${aws:username" }),
    /does not close it/,
  ],
  [
    "with a variable of a template",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:role/${AWS::StackName}" }),
    /"AWS::StackName" is not a known condition key/,
  ],
  [
    "with a space in a variable",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:role/${aws:PrincipalTag/cost center}" }),
    /is not a policy variable/,
  ],
  ["with an empty variable", "identity", identity({ Resource: "arn:aws:s3:::b/${}" }), /is not a policy variable/],
  [
    "with a variable of several values",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:role/${aws:TagKeys}" }),
    /cannot be a policy variable/,
  ],
  [
    "with a default without quotes",
    "identity",
    identity({ Resource: "arn:aws:iam::111111111111:role/${aws:username, x}" }),
    /is not a policy variable/,
  ],

  [
    "with an unknown operator",
    "trust",
    test({ StringEqual: { "sts:ExternalId": "x" } }),
    `${at}.Condition.StringEqual: "StringEqual" is no condition operator`,
  ],
  [
    "with an operator in other case",
    "trust",
    test({ stringEquals: { "sts:ExternalId": "x" } }),
    `${at}.Condition.stringEquals: "stringEquals" is no condition operator: write "StringEquals", for the names of operators have case`,
  ],
  [
    "with a set operator in other case",
    "trust",
    test({ "forAnyValue:StringLikeIfexists": { "aws:TagKeys": "x" } }),
    /write "ForAnyValue:StringLikeIfExists"/,
  ],
  [
    "with an unknown set operator",
    "trust",
    test({ "ForEachValue:StringEquals": { "aws:TagKeys": "x" } }),
    /is no condition operator/,
  ],
  ["with Null and IfExists", "trust", test({ NullIfExists: { "sts:ExternalId": "true" } }), /Null stands alone/],
  [
    "with a set operator before Null",
    "trust",
    test({ "ForAnyValue:Null": { "aws:TagKeys": "true" } }),
    /Null stands alone/,
  ],
  [
    "with an unknown key",
    "trust",
    test({ StringEquals: { "sts:ExternalID2": "x" } }),
    `${at}.Condition.StringEquals.sts:ExternalID2: "sts:ExternalID2" is not a known condition key`,
  ],
  [
    "with a key without a service",
    "trust",
    test({ StringEquals: { ExternalId: "x" } }),
    /"ExternalId" is not a known condition key: did you mean "sts:ExternalId"\?/,
  ],
  [
    "with an unknown key without a service",
    "trust",
    test({ StringEquals: { x: "x" } }),
    /"x" is not a known condition key: expected service:Name/,
  ],
  [
    "with a key of STS under another service",
    "trust",
    test({ StringEquals: { "st:ExternalId": "x" } }),
    /"st:ExternalId" is not a known condition key: did you mean "sts:ExternalId"\?/,
  ],
  [
    "with a global key under another service",
    "identity",
    identity({ Condition: { IpAddress: { "awss:SourceIp": "10.0.0.0/8" } } }),
    /did you mean "aws:SourceIp"\?/,
  ],
  [
    "with a global key under STS",
    "trust",
    test({ Bool: { "sts:MultiFactorAuthPresent": "true" } }),
    /did you mean "aws:MultiFactorAuthPresent"\?/,
  ],
  ...["aws:SourceIpp", "iam:PassedToServices", "saml:audience", "sts:", "aws:aws:SourceIp"].map(
    (key) =>
      [
        `with the unknown key ${key}`,
        "session",
        identity({ Condition: { Null: { [key]: "true" } } }),
        /is not a known/,
      ] as const,
  ),
  [
    "with a key of a service without a name",
    "session",
    identity({ Condition: { Null: { "s3:": "true" } } }),
    /is not a known/,
  ],
  [
    "with a key of a service with spaces",
    "session",
    identity({ Condition: { Null: { "s 3:x": "true" } } }),
    /is not a known/,
  ],
  [
    "with a variable in a key",
    "trust",
    test({ StringEquals: { "aws:PrincipalTag/${aws:username}": "x" } }),
    /expected aws:PrincipalTag\/ and then the key of a tag/,
  ],
  [
    "with a claim of no provider",
    "trust",
    test({ StringEquals: { "keycloak:sub": "x" } }),
    /a claim stands after the host of its provider/,
  ],
  [
    "with the URL of a provider in a key",
    "trust",
    test({ StringEquals: { "https://token.example.com:sub": "x" } }),
    /is not a known condition key/,
  ],
  [
    "with the port of a provider in a key",
    "trust",
    test({ StringEquals: { "keycloak:8443/realms/x:sub": "x" } }),
    /is not a known condition key/,
  ],
  [
    "with a claim of another provider's",
    "trust",
    test({ StringEquals: { "token.example.com:repository": "x" } }),
    /the claims of token\.example\.com that can be tested are aud, email, oaud, sub, amr/,
  ],
  [
    "with a tag key without a name",
    "trust",
    test({ StringEquals: { "aws:PrincipalTag/": "x" } }),
    /is not a known condition key/,
  ],
  [
    "with an unknown claim",
    "trust",
    test({ StringEquals: { "token.example.com:subject": "x" } }),
    /is not a known condition key/,
  ],
  [
    "with a string operator on a number",
    "trust",
    test({ StringEquals: { "aws:MultiFactorAuthAge": "5" } }),
    /StringEquals cannot test "aws:MultiFactorAuthAge", whose type is Numeric/,
  ],
  [
    "with a string operator on a boolean",
    "trust",
    test({ StringEquals: { "aws:MultiFactorAuthPresent": "true" } }),
    /whose type is Bool/,
  ],
  ["with Bool on a string", "trust", test({ Bool: { "sts:ExternalId": "true" } }), /whose type is String/],
  [
    "with an ARN operator on a string",
    "trust",
    test({ ArnLike: { "aws:username": "arn:aws:iam::1:user/x" } }),
    /whose type is String/,
  ],
  [
    "with a date operator on a number",
    "trust",
    test({ DateLessThan: { "aws:MultiFactorAuthAge": "5" } }),
    /whose type is Numeric/,
  ],
  [
    "with an IP operator on a string",
    "trust",
    test({ IpAddress: { "sts:ExternalId": "10.0.0.0/8" } }),
    /whose type is String/,
  ],
  [
    "with a plain operator on several values",
    "trust",
    test({ StringEquals: { "aws:TagKeys": "team" } }),
    /write ForAllValues:StringEquals or ForAnyValue:StringEquals/,
  ],
  [
    "with a value that is no number",
    "trust",
    test({ NumericLessThan: { "aws:MultiFactorAuthAge": ["5", "five"] } }),
    `${at}.Condition.NumericLessThan.aws:MultiFactorAuthAge.1: "five" is no number`,
  ],
  [
    "with a value that is no date",
    "trust",
    test({ DateLessThan: { "aws:CurrentTime": "tomorrow" } }),
    /"tomorrow" is no date/,
  ],
  [
    "with a date of a month that is none",
    "trust",
    test({ DateLessThan: { "aws:CurrentTime": "2026-13-01" } }),
    /is no date/,
  ],
  ...["2026-02-29", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00", "26-01-01", "-1"].map(
    (date) =>
      [`with the date ${date}`, "trust", test({ DateLessThan: { "aws:CurrentTime": date } }), /is no date/] as const,
  ),
  [
    "with a value that is no boolean",
    "trust",
    test({ Bool: { "aws:MultiFactorAuthPresent": "yes" } }),
    /"yes" is neither "true" nor "false"/,
  ],
  ["with a Null that is no boolean", "trust", test({ Null: { "sts:ExternalId": "" } }), /is neither/],
  [
    "with a variable in a boolean",
    "trust",
    test({ Bool: { "aws:MultiFactorAuthPresent": "${aws:SecureTransport}" } }),
    /is neither/,
  ],
  [
    "with a value that is no address",
    "trust",
    test({ IpAddress: { "aws:SourceIp": "10.0.0.300" } }),
    /is no IP address or range/,
  ],
  [
    "with a prefix that is too long",
    "trust",
    test({ IpAddress: { "aws:SourceIp": "10.0.0.0/33" } }),
    /is no IP address or range/,
  ],
  [
    "with an IPv6 address that is too short",
    "trust",
    test({ IpAddress: { "aws:SourceIp": "2001:db8:1" } }),
    /is no IP address or range/,
  ],
  ["with a value that is no ARN", "trust", test({ ArnLike: { "aws:PrincipalArn": "*" } }), /is no ARN/],
  ["with a value that is no base64", "trust", test({ BinaryEquals: { "sts:ExternalId": "%%%" } }), /is no base64/],
  [
    "with an empty list of values",
    "trust",
    test({ StringEquals: { "sts:ExternalId": [] } }),
    `${at}.Condition.StringEquals.sts:ExternalId: is an empty list`,
  ],
  [
    "with a value that is an object",
    "trust",
    test({ StringEquals: { "sts:ExternalId": {} } }),
    /^Statement\.0\.Condition\.StringEquals\.sts:ExternalId: expected a string, a number or a boolean/,
  ],
  [
    "with one test twice",
    "trust",
    test({ StringEquals: { "sts:ExternalId": "a", "STS:ExternalId": "b" } }),
    /stands here twice/,
  ],
]

describe("a policy is refused", () => {
  it.each(refused)("%s", (_, kind, document, expected) => {
    const [first = "", ...others] = faults(kind, document)
    if (typeof expected === "string") assert.strictEqual(first, expected)
    else assert.match(first, expected)
    assert.deepStrictEqual(others, [])
  })

  it("with all that is wrong at once", () => {
    const document = trust({ Action: ["sts:AssumeRole", "s3:*"], Condition: { StringEqual: {}, Bool: { "sts:X": 1 } } })
    assert.deepStrictEqual(
      faults("trust", document).map((fault) => fault.slice(0, fault.indexOf(": "))),
      [`${at}.Action.1`, `${at}.Condition.StringEqual`, `${at}.Condition.Bool.sts:X`],
    )
  })
})

describe("the schema of a policy", () => {
  it.effect("encodes a policy to the document that it came from", () =>
    Effect.gen(function* () {
      const document = trust({ Condition: { Bool: { "aws:MultiFactorAuthPresent": true } } })
      const policy = yield* Schema.decodeUnknownEffect(Policy.trust)(document)
      assert.deepStrictEqual(yield* Schema.encodeEffect(Policy.trust)(policy), document)
    }),
  )

  it.effect("is strict also where the decoding is not", () =>
    Effect.gen(function* () {
      const decode = Schema.decodeUnknownEffect(Policy.trust, { onExcessProperty: "ignore" })
      const error = yield* Effect.flip(decode(trust({ Conditions: {} })))
      assert.include(error.message, "is no element of a statement")
    }),
  )
})
