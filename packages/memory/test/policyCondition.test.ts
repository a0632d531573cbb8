import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Authorization from "../src/policy/Authorization.ts"
import * as Policy from "../src/policy/Policy.ts"
import * as RequestContext from "../src/policy/RequestContext.ts"

type Block = NonNullable<Policy.StatementDocument["Condition"]>
type Context = { readonly [key: string]: RequestContext.Value }
type Row = readonly [condition: Block, context: Context, holds: boolean]

type Version = "2008-10-17" | "2012-10-17" | "none"

const holds = (condition: Block, context: Context, version: Version): boolean => {
  const policy = Policy.parse("identity", {
    ...(version === "none" ? {} : { Version: version }),
    Statement: { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*", Condition: condition },
  })
  const verdict = Authorization.evaluate(Result.getOrThrow(policy), {
    caller: { _tag: "User", arn: "arn:aws:iam::111111111111:user/alice" },
    action: "sts:AssumeRole",
    resource: "arn:aws:iam::111111111111:role/my-role",
    context: RequestContext.make(context),
  })
  return verdict._tag === "Allow"
}

const table = (title: string, rows: ReadonlyArray<Row>, version: Version = "2012-10-17"): void => {
  for (const [condition, context, expected] of rows) {
    it(`${title}: ${JSON.stringify(condition)} ${expected ? "holds" : "fails"} for ${JSON.stringify(context)}`, () => {
      assert.strictEqual(holds(condition, context, version), expected)
    })
  }
}

const id = "sts:ExternalId"
const arn = "aws:PrincipalArn"
const role = "arn:aws:iam::111111111111:role/team/deployer"

table("string operators", [
  [{ StringEquals: { [id]: "abc" } }, { [id]: "abc" }, true],
  [{ StringEquals: { [id]: "abc" } }, { [id]: "ABC" }, false],
  [{ StringEquals: { [id]: "abc" } }, { [id]: "abcd" }, false],
  [{ StringEquals: { [id]: "abc" } }, {}, false],
  [{ StringEquals: { [id]: ["a", "b"] } }, { [id]: "b" }, true],
  [{ StringEquals: { [id]: ["a", "b"] } }, { [id]: "c" }, false],
  [{ StringEquals: { [id]: "a*" } }, { [id]: "abc" }, false],
  [{ StringEquals: { [id]: "a*" } }, { [id]: "a*" }, true],
  [{ StringEquals: { [id]: "" } }, { [id]: "" }, true],
  [{ StringEquals: { "aws:PrincipalAccount": 111111111111 } }, { "aws:PrincipalAccount": "111111111111" }, true],
  [{ StringNotEquals: { [id]: "abc" } }, { [id]: "abc" }, false],
  [{ StringNotEquals: { [id]: "abc" } }, { [id]: "x" }, true],
  [{ StringNotEquals: { [id]: "abc" } }, {}, true],
  [{ StringNotEquals: { [id]: ["a", "b"] } }, { [id]: "b" }, false],
  [{ StringNotEquals: { [id]: ["a", "b"] } }, { [id]: "c" }, true],
  [{ StringEqualsIgnoreCase: { [id]: "AbC" } }, { [id]: "aBc" }, true],
  [{ StringEqualsIgnoreCase: { [id]: "AbC" } }, { [id]: "aBd" }, false],
  [{ StringEqualsIgnoreCase: { [id]: "a*" } }, { [id]: "abc" }, false],
  [{ StringNotEqualsIgnoreCase: { [id]: "AbC" } }, { [id]: "aBc" }, false],
  [{ StringNotEqualsIgnoreCase: { [id]: "AbC" } }, {}, true],
  [{ StringLike: { [id]: "a*c" } }, { [id]: "abbbc" }, true],
  [{ StringLike: { [id]: "a*c" } }, { [id]: "ac" }, true],
  [{ StringLike: { [id]: "a*c" } }, { [id]: "abcd" }, false],
  [{ StringLike: { [id]: "a?c" } }, { [id]: "abc" }, true],
  [{ StringLike: { [id]: "a?c" } }, { [id]: "ac" }, false],
  [{ StringLike: { [id]: "a*b*c" } }, { [id]: "aXbYbZc" }, true],
  [{ StringLike: { [id]: "a*b*c" } }, { [id]: "aXcYc" }, false],
  [{ StringLike: { [id]: "*" } }, { [id]: "" }, true],
  [{ StringLike: { [id]: "*" } }, {}, false],
  [{ StringLike: { [id]: "A*" } }, { [id]: "abc" }, false],
  [{ StringLike: { [id]: "a.c" } }, { [id]: "abc" }, false],
  [{ StringLike: { "aws:RequestTag/x": "?" } }, { "aws:RequestTag/x": "é" }, true],
  [{ StringNotLike: { [id]: "a*" } }, { [id]: "abc" }, false],
  [{ StringNotLike: { [id]: "a*" } }, { [id]: "bc" }, true],
  [{ StringNotLike: { [id]: "a*" } }, {}, true],
])

table("names of keys, in any case", [
  [{ StringEquals: { "STS:externalID": "abc" } }, { "sts:ExternalId": "abc" }, true],
  [{ StringEquals: { [id]: "abc" } }, { "STS:EXTERNALID": "abc" }, true],
  [{ "ForAnyValue:StringEquals": { "aws:tagkeys": "a" } }, { "aws:TagKeys": ["a"] }, true],
  [{ StringEquals: { "aws:PrincipalTag/Team": "x" } }, { "aws:PrincipalTag/team": "x" }, true],
  [{ StringEquals: { [id]: "${AWS:PrincipalTag/TEAM}" } }, { [id]: "x", "aws:PrincipalTag/team": "x" }, true],
])

table("several operators and keys, all of which must hold", [
  [{ StringEquals: { [id]: "a" }, Bool: { "aws:MultiFactorAuthPresent": "true" } }, { [id]: "a" }, false],
  [
    { StringEquals: { [id]: "a" }, Bool: { "aws:MultiFactorAuthPresent": "true" } },
    { [id]: "a", "aws:MultiFactorAuthPresent": true },
    true,
  ],
  [{ StringEquals: { [id]: "a", "sts:RoleSessionName": "s" } }, { [id]: "a", "sts:RoleSessionName": "t" }, false],
  [{ StringEquals: { [id]: "a", "sts:RoleSessionName": "s" } }, { [id]: "a", "sts:RoleSessionName": "s" }, true],
  [{}, {}, true],
  [{ StringEquals: {} }, {}, true],
])

const age = "aws:MultiFactorAuthAge"

table("numeric operators", [
  [{ NumericEquals: { [age]: "300" } }, { [age]: 300 }, true],
  [{ NumericEquals: { [age]: 300 } }, { [age]: "300.0" }, true],
  [{ NumericEquals: { [age]: "300" } }, { [age]: 301 }, false],
  [{ NumericEquals: { [age]: "300" } }, {}, false],
  [{ NumericNotEquals: { [age]: "300" } }, { [age]: 300 }, false],
  [{ NumericNotEquals: { [age]: "300" } }, {}, true],
  [{ NumericLessThan: { [age]: "300" } }, { [age]: 299 }, true],
  [{ NumericLessThan: { [age]: "300" } }, { [age]: 300 }, false],
  [{ NumericLessThan: { [age]: "300" } }, {}, false],
  [{ NumericLessThanEquals: { [age]: "300" } }, { [age]: 300 }, true],
  [{ NumericLessThanEquals: { [age]: "300" } }, { [age]: 300.5 }, false],
  [{ NumericGreaterThan: { [age]: "300" } }, { [age]: 301 }, true],
  [{ NumericGreaterThan: { [age]: "300" } }, { [age]: 300 }, false],
  [{ NumericGreaterThanEquals: { [age]: "300" } }, { [age]: 300 }, true],
  [{ NumericGreaterThanEquals: { [age]: "300" } }, { [age]: 299 }, false],
  [{ NumericLessThanIfExists: { [age]: "300" } }, {}, true],
  [{ NumericLessThanIfExists: { [age]: "300" } }, { [age]: 400 }, false],
  [{ NumericEquals: { "aws:EpochTime": "1752400800" } }, { "aws:EpochTime": 1752400800 }, true],
  [{ NumericLessThan: { [age]: "300" } }, { [age]: "soon" }, false],
])

const now = "aws:CurrentTime"
const noon = "2026-07-13T12:00:00Z"

table("date operators", [
  [{ DateEquals: { [now]: noon } }, { [now]: "2026-07-13T12:00:00.000Z" }, true],
  [{ DateEquals: { [now]: "2026-07-13T14:00:00+02:00" } }, { [now]: noon }, true],
  [{ DateNotEquals: { [now]: noon } }, { [now]: noon }, false],
  [{ DateNotEquals: { [now]: noon } }, { [now]: "2026-07-13T12:00:01Z" }, true],
  [{ DateLessThan: { [now]: noon } }, { [now]: "2026-07-13T11:59:59Z" }, true],
  [{ DateLessThan: { [now]: noon } }, { [now]: noon }, false],
  [{ DateLessThanEquals: { [now]: noon } }, { [now]: noon }, true],
  [{ DateGreaterThan: { [now]: noon } }, { [now]: "2026-07-13T12:00:01Z" }, true],
  [{ DateGreaterThan: { [now]: noon } }, { [now]: noon }, false],
  [{ DateGreaterThanEquals: { [now]: noon } }, { [now]: noon }, true],
  [{ DateGreaterThan: { [now]: "2026" } }, { [now]: noon }, true],
  [{ DateGreaterThan: { [now]: "2026-07-14" } }, { [now]: noon }, false],
  [{ DateEquals: { "aws:EpochTime": noon } }, { "aws:EpochTime": 1783944000 }, true],
  [{ DateLessThan: { [now]: "1783944001" } }, { [now]: noon }, true],
  [{ DateGreaterThan: { "aws:TokenIssueTime": noon } }, {}, false],
  [{ DateGreaterThanIfExists: { "aws:TokenIssueTime": noon } }, {}, true],
  [{ DateNotEquals: { "aws:TokenIssueTime": noon } }, {}, true],
  [{ DateEquals: { [now]: "2028-02-29" } }, { [now]: "2028-02-29T00:00:00Z" }, true],
  [{ DateLessThan: { [now]: "2026-08" } }, { [now]: "2026-07-31T23:59:59Z" }, true],
  [{ DateLessThan: { [now]: noon } }, { [now]: "soon" }, false],
])

const mfa = "aws:MultiFactorAuthPresent"

table("Bool, Null and BinaryEquals", [
  [{ Bool: { [mfa]: "true" } }, { [mfa]: true }, true],
  [{ Bool: { [mfa]: "true" } }, { [mfa]: false }, false],
  [{ Bool: { [mfa]: "true" } }, {}, false],
  [{ Bool: { [mfa]: true } }, { [mfa]: "True" }, true],
  [{ Bool: { [mfa]: "false" } }, {}, false],
  [{ Bool: { [mfa]: "false" } }, { [mfa]: false }, true],
  [{ BoolIfExists: { [mfa]: "false" } }, {}, true],
  [{ BoolIfExists: { [mfa]: "true" } }, { [mfa]: false }, false],
  [{ Null: { [mfa]: "true" } }, {}, true],
  [{ Null: { [mfa]: "true" } }, { [mfa]: false }, false],
  [{ Null: { [mfa]: "false" } }, { [mfa]: false }, true],
  [{ Null: { [mfa]: false } }, {}, false],
  [{ Null: { [mfa]: ["true", "false"] } }, {}, true],
  [{ Null: { "aws:TagKeys": "false" } }, { "aws:TagKeys": [] }, false],
  [{ Null: { "aws:TagKeys": "false" } }, { "aws:TagKeys": ["a", "b"] }, true],
  [{ Null: { "aws:TagKeys": "false" } }, { "aws:TagKeys": [""] }, false],
  [{ Null: { "aws:TagKeys": "false" } }, { "aws:TagKeys": ["", "b"] }, true],
  [{ Null: { "aws:RequestTag/team": "true" } }, { "aws:RequestTag/team": "" }, true],
  [{ Null: { "aws:RequestTag/team": "false" } }, { "aws:RequestTag/team": "" }, false],
  [{ BinaryEquals: { [id]: "YWJj" } }, { [id]: "abc" }, true],
  [{ BinaryEquals: { [id]: "YWJj" } }, { [id]: "abd" }, false],
  [{ BinaryEquals: { [id]: "YWJj" } }, {}, false],
])

const ip = "aws:SourceIp"

table("IP address operators", [
  [{ IpAddress: { [ip]: "203.0.113.0/24" } }, { [ip]: "203.0.113.255" }, true],
  [{ IpAddress: { [ip]: "203.0.113.0/24" } }, { [ip]: "203.0.114.0" }, false],
  [{ IpAddress: { [ip]: "203.0.113.9/24" } }, { [ip]: "203.0.113.1" }, true],
  [{ IpAddress: { [ip]: "203.0.113.7" } }, { [ip]: "203.0.113.7" }, true],
  [{ IpAddress: { [ip]: "203.0.113.7" } }, { [ip]: "203.0.113.8" }, false],
  [{ IpAddress: { [ip]: "0.0.0.0/0" } }, { [ip]: "255.255.255.255" }, true],
  [{ IpAddress: { [ip]: "0.0.0.0/0" } }, { [ip]: "2001:db8::1" }, false],
  [{ IpAddress: { [ip]: "2001:DB8:1234:5678::/64" } }, { [ip]: "2001:db8:1234:5678:9::1" }, true],
  [{ IpAddress: { [ip]: "2001:DB8:1234:5678::/64" } }, { [ip]: "2001:db8:1234:5679::1" }, false],
  [{ IpAddress: { [ip]: "::/0" } }, { [ip]: "203.0.113.7" }, false],
  [{ IpAddress: { [ip]: "::1" } }, { [ip]: "0:0:0:0:0:0:0:1" }, true],
  [{ IpAddress: { [ip]: "::ffff:192.0.2.0/120" } }, { [ip]: "::ffff:192.0.2.9" }, true],
  [{ IpAddress: { [ip]: ["10.0.0.0/8", "2001:db8::/32"] } }, { [ip]: "2001:db8::7" }, true],
  [{ IpAddress: { [ip]: "203.0.113.0/24" } }, {}, false],
  [{ IpAddress: { [ip]: "0.0.0.0/0" } }, { [ip]: "sts.amazonaws.com" }, false],
  [{ NotIpAddress: { [ip]: "203.0.113.0/24" } }, { [ip]: "203.0.113.9" }, false],
  [{ NotIpAddress: { [ip]: "203.0.113.0/24" } }, { [ip]: "198.51.100.1" }, true],
  [{ NotIpAddress: { [ip]: ["203.0.113.0/24", "198.51.100.0/24"] } }, { [ip]: "198.51.100.1" }, false],
  [{ NotIpAddress: { [ip]: "203.0.113.0/24" } }, {}, true],
])

table("ARN operators", [
  [{ ArnEquals: { [arn]: role } }, { [arn]: role }, true],
  [{ ArnEquals: { [arn]: "arn:aws:iam::*:role/team/*" } }, { [arn]: role }, true],
  [{ ArnLike: { [arn]: "arn:aws:iam::111111111111:role/*" } }, { [arn]: role }, true],
  [{ ArnLike: { [arn]: "arn:aws:iam::111111111111:role/deployer" } }, { [arn]: role }, false],
  [{ ArnLike: { [arn]: "arn:aws:iam::11111111111?:role/team/deployer" } }, { [arn]: role }, true],
  [{ ArnLike: { [arn]: "arn:aws:iam::*:ROLE/*" } }, { [arn]: role }, false],
  [{ ArnLike: { [arn]: "arn:*:111111111111:role/team/deployer:*:x" } }, { [arn]: role }, false],
  [
    { ArnLike: { "aws:SourceArn": "arn:aws:x:*:111122223333:finance/*" } },
    { "aws:SourceArn": "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt" },
    false,
  ],
  [
    { StringLike: { "aws:SourceArn": "arn:aws:x:*:111122223333:finance/*" } },
    { "aws:SourceArn": "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt" },
    true,
  ],
  [{ ArnLike: { "aws:SourceArn": "arn:aws:x:::a:*" } }, { "aws:SourceArn": "arn:aws:x:::a:b:c" }, true],
  [{ ArnLike: { [arn]: "arn:*:*:*:*:*" } }, { [arn]: "not an arn" }, false],
  [{ ArnLike: { [arn]: "arn:*:*:*:*:*" } }, { [arn]: "arn:aws:iam" }, false],
  [{ ArnEquals: { [arn]: role } }, {}, false],
  [{ ArnNotEquals: { [arn]: role } }, { [arn]: role }, false],
  [{ ArnNotEquals: { [arn]: role } }, { [arn]: `${role}s` }, true],
  [{ ArnNotLike: { [arn]: "arn:aws:iam::*:role/team/*" } }, { [arn]: role }, false],
  [{ ArnNotLike: { [arn]: "arn:aws:iam::*:role/team/*" } }, {}, true],
  [{ ArnLikeIfExists: { [arn]: "arn:aws:iam::*:role/other" } }, {}, true],
  [{ StringLike: { [arn]: "arn:aws:iam::111111111111:*" } }, { [arn]: role }, true],
])

table("IfExists", [
  [{ StringEqualsIfExists: { [id]: "abc" } }, {}, true],
  [{ StringEqualsIfExists: { [id]: "abc" } }, { [id]: "abc" }, true],
  [{ StringEqualsIfExists: { [id]: "abc" } }, { [id]: "x" }, false],
  [{ StringNotEqualsIfExists: { [id]: "abc" } }, {}, true],
  [{ StringNotEqualsIfExists: { [id]: "abc" } }, { [id]: "abc" }, false],
  [{ StringLikeIfExists: { [id]: "a*" } }, { [id]: "b" }, false],
  [{ IpAddressIfExists: { [ip]: "203.0.113.0/24" } }, {}, true],
])

const keys = "aws:TagKeys"

table("set operators", [
  [{ "ForAllValues:StringEquals": { [keys]: ["a", "b"] } }, { [keys]: ["a"] }, true],
  [{ "ForAllValues:StringEquals": { [keys]: ["a", "b"] } }, { [keys]: ["a", "b"] }, true],
  [{ "ForAllValues:StringEquals": { [keys]: ["a", "b"] } }, { [keys]: ["a", "c"] }, false],
  [{ "ForAllValues:StringEquals": { [keys]: ["a", "b"] } }, {}, true],
  [{ "ForAllValues:StringEquals": { [keys]: ["a", "b"] } }, { [keys]: [""] }, true],
  [{ "ForAllValues:StringLike": { [keys]: "a*" } }, { [keys]: ["ab", "ac"] }, true],
  [{ "ForAllValues:StringLike": { [keys]: "a*" } }, { [keys]: ["ab", "bc"] }, false],
  [{ "ForAllValues:StringNotEquals": { [keys]: ["a", "b"] } }, { [keys]: ["c", "d"] }, true],
  [{ "ForAllValues:StringNotEquals": { [keys]: ["a", "b"] } }, { [keys]: ["c", "a"] }, false],
  [{ "ForAllValues:StringNotEquals": { [keys]: ["a", "b"] } }, {}, true],
  [{ "ForAllValues:StringEqualsIfExists": { [keys]: "a" } }, {}, true],
  [{ "ForAnyValue:StringEquals": { [keys]: ["a", "b"] } }, { [keys]: ["x", "b"] }, true],
  [{ "ForAnyValue:StringEquals": { [keys]: ["a", "b"] } }, { [keys]: ["x", "y"] }, false],
  [{ "ForAnyValue:StringEquals": { [keys]: ["a", "b"] } }, {}, false],
  [{ "ForAnyValue:StringLike": { [keys]: "*" } }, { [keys]: [""] }, false],
  [{ "ForAnyValue:StringNotEquals": { [keys]: ["a", "b"] } }, { [keys]: ["a", "x"] }, true],
  [{ "ForAnyValue:StringNotEquals": { [keys]: ["a", "b"] } }, { [keys]: ["a", "b"] }, false],
  [{ "ForAnyValue:StringNotEquals": { [keys]: ["a", "b"] } }, {}, false],
  [{ "ForAnyValue:StringEqualsIfExists": { [keys]: "a" } }, {}, false],
  [
    { "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "auth*" } },
    { "cognito-identity.amazonaws.com:amr": ["x", "authenticated"] },
    true,
  ],
  [{ "ForAllValues:StringEquals": { [id]: "a" } }, {}, true],
  [{ "ForAllValues:StringEquals": { [id]: "a" } }, { [id]: "b" }, false],
  [{ "ForAnyValue:StringEquals": { [id]: "a" } }, { [id]: "a" }, true],
  [
    { "ForAllValues:StringLike": { "SAML:edupersonaffiliation": "staff" } },
    { "SAML:edupersonaffiliation": ["staff"] },
    true,
  ],
])

// What they hold is not known, so that any operator can test them, with or without a set operator.
table("keys of other services", [
  [{ StringLike: { "s3:prefix": "home/*" } }, {}, false],
  [{ StringLike: { "s3:prefix": "home/*" } }, { "s3:prefix": "home/a" }, true],
  [
    { StringLike: { "S3:Prefix": "home/${aws:username}/*" } },
    { "s3:prefix": "home/bob/x", "aws:username": "bob" },
    true,
  ],
  [{ StringNotLike: { "s3:prefix": "home/*" } }, {}, true],
  [{ StringEqualsIfExists: { "ec2:InstanceType": "t2.micro" } }, {}, true],
  [{ Null: { "s3:x-amz-server-side-encryption": "true" } }, {}, true],
  [{ Bool: { "kms:GrantIsForAWSResource": true } }, { "kms:GrantIsForAWSResource": "true" }, true],
  [{ Bool: { "kms:GrantIsForAWSResource": true } }, {}, false],
  [{ NumericLessThanEquals: { "s3:max-keys": 10 } }, { "s3:max-keys": 11 }, false],
  [{ ArnLike: { "lambda:FunctionArn": "arn:aws:lambda:*:*:function:*" } }, {}, false],
  [{ IpAddress: { "foo:Address": "10.0.0.0/8" } }, { "foo:Address": "10.1.2.3" }, true],
  [{ DateLessThan: { "rds:Until": "2027" } }, {}, false],
  [{ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "a" } }, {}, true],
  [{ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "a" } }, { "dynamodb:LeadingKeys": ["a", "b"] }, false],
  [{ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": "a" } }, {}, false],
  [{ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": "a" } }, { "dynamodb:LeadingKeys": ["a", "b"] }, true],
  [{ StringEquals: { "ec2:ResourceTag/cost center": "1" } }, { "ec2:ResourceTag/Cost Center": "1" }, true],
  [{ StringEquals: { "kms:RecipientAttestation:PCR8": "x" } }, {}, false],
])

table("keys of which AWS says both that they are lists and that they are not", [
  [{ StringEquals: { "SAML:mail": "a@example.com" } }, { "SAML:mail": "a@example.com" }, true],
  [{ StringEquals: { "SAML:mail": "a@example.com" } }, { "SAML:mail": ["a@example.com", "b@example.com"] }, false],
  [{ StringNotEquals: { "SAML:mail": "c@example.com" } }, { "SAML:mail": ["a@example.com", "b@example.com"] }, false],
  [{ "ForAnyValue:StringEquals": { "SAML:mail": "a@example.com" } }, { "SAML:mail": ["b", "a@example.com"] }, true],
  [{ "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "a*" } }, {}, false],
])

table("policy variables", [
  [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "alice", "aws:username": "alice" }, true],
  [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "bob", "aws:username": "alice" }, false],
  [{ StringEquals: { [id]: "x-${AWS:UserName}-y" } }, { [id]: "x-alice-y", "aws:username": "alice" }, true],
  [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "${aws:username}" }, false],
  [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "" }, false],
  [{ StringNotEquals: { [id]: "${aws:username}" } }, { [id]: "x" }, true],
  [{ StringLike: { [id]: "${aws:username}-*" } }, { [id]: "alice-1", "aws:username": "alice" }, true],
  [{ StringLike: { [id]: "${aws:PrincipalTag/team}" } }, { [id]: "abc", "aws:PrincipalTag/team": "*" }, false],
  [{ StringLike: { [id]: "${aws:PrincipalTag/team}" } }, { [id]: "*", "aws:PrincipalTag/team": "*" }, true],
  [{ StringEquals: { [id]: "${aws:PrincipalTag/team, 'none'}" } }, { [id]: "none" }, true],
  [
    { StringEquals: { [id]: "${aws:PrincipalTag/team, 'none'}" } },
    { [id]: "none", "aws:PrincipalTag/team": "x" },
    false,
  ],
  [{ StringEquals: { [id]: "${aws:PrincipalTag/team, 'none'}" } }, { [id]: "x", "aws:PrincipalTag/team": "x" }, true],
  [{ StringEquals: { [id]: "${aws:PrincipalTag/team, ''}" } }, { [id]: "" }, true],
  [{ StringLike: { [id]: "a${*}c" } }, { [id]: "a*c" }, true],
  [{ StringLike: { [id]: "a${*}c" } }, { [id]: "abc" }, false],
  [{ StringLike: { [id]: "a${?}c" } }, { [id]: "a?c" }, true],
  [{ StringLike: { [id]: "a${?}c" } }, { [id]: "abc" }, false],
  [{ StringEquals: { [id]: "${$}{aws:username}" } }, { [id]: "${aws:username}" }, true],
  [{ StringEquals: { [id]: "$5" } }, { [id]: "$5" }, true],
  [{ StringEqualsIgnoreCase: { [id]: "${aws:username}" } }, { [id]: "ALICE", "aws:username": "alice" }, true],
  [
    { ArnLike: { [arn]: "arn:aws:iam::${aws:PrincipalAccount}:role/team/*" } },
    { [arn]: role, "aws:PrincipalAccount": "111111111111" },
    true,
  ],
  [
    { ArnLike: { [arn]: "arn:aws:iam::${aws:PrincipalAccount}:role/team/*" } },
    { [arn]: role, "aws:PrincipalAccount": "222222222222" },
    false,
  ],
  [
    { ArnLike: { [arn]: "arn:aws:iam::111111111111:role/${aws:PrincipalTag/team, 'a:b'}/*" } },
    { [arn]: role, "aws:PrincipalTag/team": "team" },
    true,
  ],
])

table(
  "version 2008-10-17, where a variable is text",
  [
    [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "alice", "aws:username": "alice" }, false],
    [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "${aws:username}" }, true],
    [{ StringLike: { [id]: "${*}" } }, { [id]: "${abc}" }, true],
    [{ StringEquals: { [id]: "${unknown" } }, { [id]: "${unknown" }, true],
  ],
  "2008-10-17",
)

table(
  "no version, where a variable is text",
  [
    [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "alice", "aws:username": "alice" }, false],
    [{ StringEquals: { [id]: "${aws:username}" } }, { [id]: "${aws:username}" }, true],
  ],
  "none",
)

describe("a request context", () => {
  it("leaves out what is undefined or empty, and takes no notice of the case of names", () => {
    const context = RequestContext.make({ "aws:TagKeys": [], "sts:ExternalId": undefined, "AWS:Username": "alice" })
    assert.deepStrictEqual(Array.from(context.keys()), ["aws:username"])
    assert.deepStrictEqual(RequestContext.get(context, "aws:UserName"), ["alice"])
  })

  it("can be made when somebody asks it, once", () => {
    let made = 0
    const context = RequestContext.suspend(() => {
      made++
      return RequestContext.make({ "AWS:Username": "alice" })
    })
    assert.strictEqual(made, 0)
    assert.deepStrictEqual(RequestContext.get(context, "aws:UserName"), ["alice"])
    assert.isUndefined(RequestContext.get(context, "sts:ExternalId"))
    assert.strictEqual(made, 1)
  })

  it("with several values of a key that holds one never satisfies a test without a set operator", () => {
    const context = { [id]: ["a", "b"] }
    assert.isFalse(holds({ StringEquals: { [id]: "a" } }, context, "2012-10-17"))
    assert.isFalse(holds({ StringNotEquals: { [id]: "c" } }, context, "2012-10-17"))
  })

  it("with several values of a key gives a variable no value", () => {
    const context = { [id]: ["a", "b"], "sts:RoleSessionName": "a" }
    assert.isFalse(holds({ StringEquals: { "sts:RoleSessionName": "${sts:ExternalId}" } }, context, "2012-10-17"))
  })
})
