import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Authorization from "../src/policy/Authorization.ts"
import * as Policy from "../src/policy/Policy.ts"
import * as Principal from "../src/policy/Principal.ts"
import * as RequestContext from "../src/policy/RequestContext.ts"

const A = "111111111111"
const B = "222222222222"
const roleOfA = `arn:aws:iam::${A}:role/target`

const root: Principal.Caller = { _tag: "Root", arn: `arn:aws:iam::${A}:root` }
const alice: Principal.Caller = { _tag: "User", arn: `arn:aws:iam::${A}:user/team/alice` }
const stranger: Principal.Caller = { _tag: "User", arn: `arn:aws:iam::${B}:user/team/alice` }
const session: Principal.Caller = {
  _tag: "RoleSession",
  arn: `arn:aws:sts::${A}:assumed-role/worker/s1`,
  roleArn: `arn:aws:iam::${A}:role/jobs/worker`,
}
const foreignSession: Principal.Caller = {
  _tag: "RoleSession",
  arn: `arn:aws:sts::${B}:assumed-role/worker/s1`,
  roleArn: `arn:aws:iam::${B}:role/worker`,
}
const federated: Principal.Caller = {
  _tag: "FederatedUser",
  arn: `arn:aws:sts::${A}:federated-user/fred`,
  issuerArn: `arn:aws:iam::${A}:user/team/alice`,
}
const google: Principal.Caller = { _tag: "Federated", provider: "accounts.google.com" }
const provider: Principal.Caller = { _tag: "Federated", provider: `arn:aws:iam::${A}:oidc-provider/token.example.com` }
const ec2: Principal.Caller = { _tag: "Service", name: "ec2.amazonaws.com" }
const nobody: Principal.Caller = { _tag: "Anonymous" }

type Statement = Partial<Policy.StatementDocument>

interface Case {
  readonly caller: Principal.Caller
  readonly trust?: ReadonlyArray<Statement>
  readonly resource?: ReadonlyArray<Statement>
  readonly identity?: ReadonlyArray<Statement>
  readonly session?: ReadonlyArray<Statement>
  readonly action?: string
  readonly on?: string
  readonly context?: { readonly [key: string]: RequestContext.Value }
}

const read = (kind: Policy.Kind, statements: ReadonlyArray<Statement>, defaults: Statement): Policy.Policy =>
  Result.getOrThrowWith(
    Policy.parse(kind, {
      Version: "2012-10-17",
      Statement: statements.map((statement) => ({ Effect: "Allow", ...defaults, ...statement })),
    }),
    (faults) => new Error(JSON.stringify(faults)),
  )

const decide = (given: Case): Authorization.Decision => {
  const assume = { Action: "sts:AssumeRole" }
  const resource =
    given.trust === undefined
      ? given.resource && read("resource", given.resource, { ...assume, Resource: "*" })
      : read("trust", given.trust, assume)
  const permission = (statement: Statement): Statement => ({
    ...("NotAction" in statement ? {} : assume),
    ...("NotResource" in statement ? {} : { Resource: "*" }),
    ...statement,
  })
  return Authorization.decide(
    {
      caller: given.caller,
      action: given.action ?? "sts:AssumeRole",
      resource: given.on ?? roleOfA,
      context: RequestContext.make(given.context ?? {}),
    },
    {
      resource,
      identity: given.identity && [read("identity", given.identity.map(permission), {})],
      session: given.session && [read("session", given.session.map(permission), {})],
    },
  )
}

const summary = (decision: Authorization.Decision): string => {
  switch (decision._tag) {
    case "Allowed":
      return `allowed by ${decision.grant}`
    case "ExplicitlyDenied":
      return `denied by ${decision.policy.kind} ${decision.statement.index}`
    case "ImplicitlyDenied":
      return `lacks ${decision.lacks.join(" ")}`
  }
}

const aws = (...principals: ReadonlyArray<string>): Statement => ({ Principal: { AWS: principals } })
const deny = (statement: Statement = {}): Statement => ({ Effect: "Deny", ...statement })
const any: ReadonlyArray<Statement> = [{}]
const none: ReadonlyArray<Statement> = [{ Action: "s3:*" }]
const account = aws(`arn:aws:iam::${A}:root`)
const everyone: Statement = { Principal: "*" }
const byArn = (arn: string): Statement => ({
  Principal: "*",
  Condition: { ArnEquals: { "aws:PrincipalArn": arn } },
})

type Row = readonly [name: string, given: Case, expected: string]

const table = (title: string, rows: ReadonlyArray<Row>): void => {
  for (const [name, given, expected] of rows) {
    it(`${title}, ${name}: ${expected}`, () => {
      const decision = decide(given)
      assert.strictEqual(summary(decision), expected, Authorization.explain(decision))
    })
  }
}

table("a user of the same account", [
  ["no policy at all", { caller: alice, trust: [aws(B)] }, "lacks resource identity"],
  ["an identity policy alone", { caller: alice, trust: [aws(B)], identity: any }, "lacks resource"],
  ["the account", { caller: alice, trust: [account] }, "lacks identity"],
  ["the account by number", { caller: alice, trust: [aws(A)] }, "lacks identity"],
  ["the account and an identity policy", { caller: alice, trust: [account], identity: any }, "allowed by Account"],
  [
    "the account by number and an identity policy",
    { caller: alice, trust: [aws(A)], identity: any },
    "allowed by Account",
  ],
  [
    "the account and an identity policy for another action",
    { caller: alice, trust: [account], identity: none },
    "lacks identity",
  ],
  [
    "the account of another partition",
    { caller: alice, trust: [aws(`arn:aws-cn:iam::${A}:root`)], identity: any },
    "lacks resource",
  ],
  ["the user", { caller: alice, trust: [aws(alice.arn)] }, "allowed by User"],
  ["the user and the account", { caller: alice, trust: [account, aws(alice.arn)] }, "allowed by User"],
  ["the user and the account in one statement", { caller: alice, trust: [aws(A, alice.arn)] }, "allowed by User"],
  [
    "the user without the path",
    { caller: alice, trust: [aws(`arn:aws:iam::${A}:user/alice`)], identity: any },
    "lacks resource",
  ],
  [
    "the user in other case",
    { caller: alice, trust: [aws(`arn:aws:iam::${A}:user/team/Alice`)], identity: any },
    "lacks resource",
  ],
  ["another user", { caller: alice, trust: [aws(`arn:aws:iam::${A}:user/bob`)], identity: any }, "lacks resource"],
  ["a role", { caller: alice, trust: [aws(`arn:aws:iam::${A}:role/alice`)], identity: any }, "lacks resource"],
  ["everyone", { caller: alice, trust: [everyone] }, "allowed by Everyone"],
  ["everyone under AWS", { caller: alice, trust: [aws("*")] }, "allowed by Everyone"],
  [
    "everyone of this ARN",
    { caller: alice, trust: [byArn(alice.arn)], context: { "aws:PrincipalArn": alice.arn } },
    "allowed by PrincipalArn",
  ],
  [
    "everyone of another ARN",
    { caller: alice, trust: [byArn(alice.arn)], context: { "aws:PrincipalArn": "arn:aws:iam::1:user/x" } },
    "lacks resource identity",
  ],
  [
    "a service",
    { caller: alice, trust: [{ Principal: { Service: "ec2.amazonaws.com" } }], identity: any },
    "lacks resource",
  ],
  [
    "a provider",
    { caller: alice, trust: [{ Principal: { Federated: "accounts.google.com" } }], identity: any },
    "lacks resource",
  ],
])

table("a user of another account", [
  ["the account", { caller: stranger, trust: [aws(B)] }, "lacks identity"],
  ["the account and an identity policy", { caller: stranger, trust: [aws(B)], identity: any }, "allowed by Account"],
  ["the role's own account", { caller: stranger, trust: [account], identity: any }, "lacks resource"],
  ["the user", { caller: stranger, trust: [aws(stranger.arn)] }, "lacks identity"],
  [
    "the user and an identity policy",
    { caller: stranger, trust: [aws(stranger.arn)], identity: any },
    "allowed by User",
  ],
  ["everyone", { caller: stranger, trust: [everyone] }, "lacks identity"],
  ["everyone and an identity policy", { caller: stranger, trust: [everyone], identity: any }, "allowed by Everyone"],
  [
    "everyone of this ARN",
    { caller: stranger, trust: [byArn(stranger.arn)], context: { "aws:PrincipalArn": stranger.arn } },
    "lacks identity",
  ],
  ["an identity policy alone", { caller: stranger, trust: [account], identity: any }, "lacks resource"],
  ["a user of the same name here", { caller: stranger, trust: [aws(alice.arn)], identity: any }, "lacks resource"],
])

table("a session of a role", [
  ["the account", { caller: session, trust: [account] }, "lacks identity"],
  ["the account and a policy of the role", { caller: session, trust: [account], identity: any }, "allowed by Account"],
  [
    "the account and a session policy that does not allow",
    { caller: session, trust: [account], identity: any, session: none },
    "lacks session",
  ],
  [
    "the account and a session policy that allows",
    { caller: session, trust: [account], identity: any, session: any },
    "allowed by Account",
  ],
  ["the account and a session policy alone", { caller: session, trust: [account], session: any }, "lacks identity"],
  ["the role", { caller: session, trust: [aws(session.roleArn)] }, "allowed by Role"],
  [
    "the role and a session policy that does not allow",
    { caller: session, trust: [aws(session.roleArn)], identity: any, session: none },
    "lacks session",
  ],
  [
    "the role and a session policy that allows",
    { caller: session, trust: [aws(session.roleArn)], session: any },
    "allowed by Role",
  ],
  [
    "the role without its path",
    { caller: session, trust: [aws(`arn:aws:iam::${A}:role/worker`)], identity: any },
    "lacks resource",
  ],
  ["the session", { caller: session, trust: [aws(session.arn)] }, "allowed by RoleSession"],
  [
    "the session and a session policy that does not allow",
    { caller: session, trust: [aws(session.arn)], session: none },
    "allowed by RoleSession",
  ],
  [
    "another session of the role",
    { caller: session, trust: [aws(`arn:aws:sts::${A}:assumed-role/worker/s2`)], identity: any },
    "lacks resource",
  ],
  ["everyone", { caller: session, trust: [everyone] }, "allowed by Everyone"],
  [
    "everyone and a session policy that does not allow",
    { caller: session, trust: [everyone], session: none },
    "lacks session",
  ],
  [
    "everyone of the role's ARN and a session policy that does not allow",
    {
      caller: session,
      trust: [byArn(session.roleArn)],
      session: none,
      context: { "aws:PrincipalArn": session.roleArn },
    },
    "allowed by PrincipalArn",
  ],
  [
    "everyone, if there is an ARN, of this ARN",
    {
      caller: session,
      trust: [{ Principal: "*", Condition: { ArnEqualsIfExists: { "aws:PrincipalArn": session.roleArn } } }],
      session: none,
      context: { "aws:PrincipalArn": session.roleArn },
    },
    "lacks session",
  ],
  [
    "everyone but another ARN",
    {
      caller: session,
      trust: [{ Principal: "*", Condition: { ArnNotEquals: { "aws:PrincipalArn": alice.arn } } }],
      session: none,
      context: { "aws:PrincipalArn": session.roleArn },
    },
    "lacks session",
  ],
  ["a user", { caller: session, trust: [aws(alice.arn)], identity: any }, "lacks resource"],
  ["the role of another account", { caller: foreignSession, trust: [aws(foreignSession.roleArn)] }, "lacks identity"],
  [
    "the role of another account and its policy",
    { caller: foreignSession, trust: [aws(foreignSession.roleArn)], identity: any },
    "allowed by Role",
  ],
  ["the session of another account", { caller: foreignSession, trust: [aws(foreignSession.arn)] }, "lacks identity"],
  [
    "the session of another account and the role's policy",
    { caller: foreignSession, trust: [aws(foreignSession.arn)], identity: any },
    "allowed by RoleSession",
  ],
  [
    "the session of another account, limited",
    { caller: foreignSession, trust: [aws(foreignSession.arn)], identity: any, session: none },
    "lacks session",
  ],
  [
    "the role itself, of which this is a session",
    { caller: session, on: session.roleArn, trust: [account], identity: any },
    "allowed by Account",
  ],
])

table("a federated session of a user", [
  ["the account and the user's policy", { caller: federated, trust: [account], identity: any }, "lacks session"],
  [
    "the account, the user's policy and a session policy",
    { caller: federated, trust: [account], identity: any, session: any },
    "allowed by Account",
  ],
  ["the account and a session policy", { caller: federated, trust: [account], session: any }, "lacks identity"],
  ["the user", { caller: federated, trust: [aws(federated.issuerArn)] }, "lacks session"],
  [
    "the user and a session policy",
    { caller: federated, trust: [aws(federated.issuerArn)], session: any },
    "allowed by Issuer",
  ],
  ["the session", { caller: federated, trust: [aws(federated.arn)] }, "allowed by FederatedUser"],
  [
    "another federated session",
    { caller: federated, trust: [aws(`arn:aws:sts::${A}:federated-user/bob`)], identity: any, session: any },
    "lacks resource",
  ],
  ["everyone", { caller: federated, trust: [everyone] }, "lacks session"],
])

table("a root user", [
  ["the account", { caller: root, trust: [account] }, "allowed by Account"],
  ["everyone", { caller: root, trust: [everyone] }, "allowed by Everyone"],
  ["a user", { caller: root, trust: [aws(alice.arn)] }, "lacks resource"],
  ["an action without a resource", { caller: root, action: "sts:GetFederationToken", on: "*" }, "allowed by Root"],
  [
    "of another account",
    { caller: { _tag: "Root", arn: `arn:aws:iam::${B}:root` }, trust: [aws(B)] },
    "allowed by Account",
  ],
  [
    "of another account that is not named",
    { caller: { _tag: "Root", arn: `arn:aws:iam::${B}:root` }, trust: [account] },
    "lacks resource",
  ],
  ["denied by the role", { caller: root, trust: [account, deny(everyone)] }, "denied by trust 1"],
])

table("who has no AWS identity", [
  [
    "the provider",
    {
      caller: provider,
      trust: [{ Principal: { Federated: provider.provider }, Action: "sts:AssumeRoleWithWebIdentity" }],
      action: "sts:AssumeRoleWithWebIdentity",
    },
    "allowed by Federated",
  ],
  [
    "the provider, for another action",
    {
      caller: provider,
      trust: [{ Principal: { Federated: provider.provider } }],
      action: "sts:AssumeRoleWithWebIdentity",
    },
    "lacks resource",
  ],
  [
    "a provider that AWS knows",
    { caller: google, trust: [{ Principal: { Federated: "accounts.google.com" } }] },
    "allowed by Federated",
  ],
  ["another provider", { caller: google, trust: [{ Principal: { Federated: "www.amazon.com" } }] }, "lacks resource"],
  [
    "the subject of the token",
    {
      caller: google,
      trust: [
        {
          Principal: { Federated: "accounts.google.com" },
          Condition: { StringEquals: { "accounts.google.com:sub": "1" } },
        },
      ],
      context: { "accounts.google.com:sub": "1" },
    },
    "allowed by Federated",
  ],
  [
    "another subject",
    {
      caller: google,
      trust: [
        {
          Principal: { Federated: "accounts.google.com" },
          Condition: { StringEquals: { "accounts.google.com:sub": "1" } },
        },
      ],
      context: { "accounts.google.com:sub": "2" },
    },
    "lacks resource",
  ],
  ["everyone, for a web identity", { caller: google, trust: [everyone] }, "lacks resource"],
  [
    "everyone denied, for a web identity",
    { caller: google, trust: [{ Principal: { Federated: "accounts.google.com" } }, deny(everyone)] },
    "denied by trust 1",
  ],
  [
    "the service",
    { caller: ec2, trust: [{ Principal: { Service: ["lambda.amazonaws.com", "ec2.amazonaws.com"] } }] },
    "allowed by Service",
  ],
  ["another service", { caller: ec2, trust: [{ Principal: { Service: "lambda.amazonaws.com" } }] }, "lacks resource"],
  ["everyone, for a service", { caller: ec2, trust: [everyone] }, "lacks resource"],
  ["everyone, for the anonymous", { caller: nobody, resource: [everyone] }, "allowed by Everyone"],
  ["an account, for the anonymous", { caller: nobody, resource: [account] }, "lacks resource"],
])

table("an explicit deny", [
  ["of the role", { caller: alice, trust: [account, deny(account)], identity: any }, "denied by trust 1"],
  [
    "of the role, before the allow",
    { caller: alice, trust: [deny(everyone), account], identity: any },
    "denied by trust 0",
  ],
  [
    "of the role, for another user",
    { caller: alice, trust: [account, deny(aws(`arn:aws:iam::${A}:user/bob`))], identity: any },
    "allowed by Account",
  ],
  [
    "of the role, for the role of the session",
    { caller: session, trust: [aws(session.arn), deny(aws(session.roleArn))] },
    "denied by trust 1",
  ],
  [
    "of the role, for the user who federated",
    { caller: federated, trust: [aws(federated.arn), deny(aws(federated.issuerArn))] },
    "denied by trust 1",
  ],
  ["of the user", { caller: alice, trust: [aws(alice.arn)], identity: [{}, deny()] }, "denied by identity 1"],
  [
    "of the user, for another role",
    { caller: alice, trust: [account], identity: [{}, deny({ Resource: `arn:aws:iam::${A}:role/other` })] },
    "allowed by Account",
  ],
  [
    "of the user, for all but this role",
    { caller: alice, trust: [account], identity: [{}, deny({ NotResource: roleOfA })] },
    "allowed by Account",
  ],
  [
    "of the user, for all but another role",
    { caller: alice, trust: [account], identity: [{}, deny({ NotResource: `arn:aws:iam::${A}:role/other` })] },
    "denied by identity 1",
  ],
  [
    "of the user, for all but another action",
    { caller: alice, trust: [account], identity: [{}, deny({ NotAction: "sts:GetCallerIdentity" })] },
    "denied by identity 1",
  ],
  [
    "of the user, for all but this action",
    { caller: alice, trust: [account], identity: [{}, deny({ NotAction: "sts:*" })] },
    "allowed by Account",
  ],
  [
    "of the session, against the session's own grant",
    { caller: session, trust: [aws(session.arn)], session: [{}, deny()] },
    "denied by session 1",
  ],
  [
    "of a user of another account",
    { caller: stranger, trust: [aws(B)], identity: [{}, deny()] },
    "denied by identity 1",
  ],
  [
    "without MFA, by a key that may be missing",
    {
      caller: alice,
      trust: [
        account,
        deny({ Principal: "*", Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } }),
      ],
      identity: any,
    },
    "denied by trust 1",
  ],
  [
    "without MFA, where there is MFA",
    {
      caller: alice,
      trust: [
        account,
        deny({ Principal: "*", Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } }),
      ],
      identity: any,
      context: { "aws:MultiFactorAuthPresent": true },
    },
    "allowed by Account",
  ],
  [
    "of the first that denies",
    { caller: alice, trust: [account, deny(everyone)], identity: [deny()] },
    "denied by trust 1",
  ],
])

table("the conditions of a role", [
  [
    "an external id that is right",
    {
      caller: alice,
      trust: [{ ...account, Condition: { StringEquals: { "sts:ExternalId": "x1" } } }],
      identity: any,
      context: { "sts:ExternalId": "x1" },
    },
    "allowed by Account",
  ],
  [
    "an external id that is wrong",
    {
      caller: alice,
      trust: [{ ...account, Condition: { StringEquals: { "sts:ExternalId": "x1" } } }],
      identity: any,
      context: { "sts:ExternalId": "x2" },
    },
    "lacks resource",
  ],
  [
    "an external id that is missing",
    { caller: alice, trust: [{ ...account, Condition: { StringEquals: { "sts:ExternalId": "x1" } } }], identity: any },
    "lacks resource",
  ],
  [
    "an external id that is not asked for",
    { caller: alice, trust: [account], identity: any, context: { "sts:ExternalId": "x1" } },
    "allowed by Account",
  ],
  [
    "MFA",
    {
      caller: alice,
      trust: [{ ...account, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }],
      identity: any,
      context: { "aws:MultiFactorAuthPresent": "true" },
    },
    "allowed by Account",
  ],
  [
    "MFA that is missing",
    {
      caller: alice,
      trust: [{ ...account, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }],
      identity: any,
    },
    "lacks resource",
  ],
  [
    "MFA too long ago",
    {
      caller: alice,
      trust: [{ ...account, Condition: { NumericLessThan: { "aws:MultiFactorAuthAge": "300" } } }],
      identity: any,
      context: { "aws:MultiFactorAuthAge": 301 },
    },
    "lacks resource",
  ],
  [
    "a session name of the user",
    {
      caller: alice,
      trust: [{ ...account, Condition: { StringLike: { "sts:RoleSessionName": "${aws:username}" } } }],
      identity: any,
      context: { "aws:username": "alice", "sts:RoleSessionName": "alice" },
    },
    "allowed by Account",
  ],
  [
    "a session name of another user",
    {
      caller: alice,
      trust: [{ ...account, Condition: { StringLike: { "sts:RoleSessionName": "${aws:username}" } } }],
      identity: any,
      context: { "aws:username": "alice", "sts:RoleSessionName": "bob" },
    },
    "lacks resource",
  ],
  [
    "one of two statements",
    {
      caller: alice,
      trust: [
        { ...account, Condition: { StringEquals: { "sts:ExternalId": "x1" } } },
        { ...account, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } },
      ],
      identity: any,
      context: { "aws:MultiFactorAuthPresent": true },
    },
    "allowed by Account",
  ],
])

table("actions", [
  [
    "in other case",
    { caller: alice, trust: [{ ...account, Action: "STS:assumerole" }], identity: [{ Action: "sts:ASSUMEROLE" }] },
    "allowed by Account",
  ],
  [
    "by wildcards",
    { caller: alice, trust: [{ ...account, Action: "sts:Assume*" }], identity: [{ Action: "sts:?ssume*" }] },
    "allowed by Account",
  ],
  [
    "all of a service",
    { caller: alice, trust: [{ ...account, Action: "sts:*" }], identity: [{ Action: "sts:*" }] },
    "allowed by Account",
  ],
  ["all", { caller: alice, trust: [account], identity: [{ Action: "*" }] }, "allowed by Account"],
  ["of all services", { caller: alice, trust: [account], identity: [{ Action: "*:*" }] }, "allowed by Account"],
  [
    "that begin alike",
    { caller: alice, trust: [account], identity: any, action: "sts:AssumeRoleWithSAML" },
    "lacks resource identity",
  ],
  [
    "TagSession, which AssumeRole does not include",
    { caller: alice, trust: [account], identity: any, action: "sts:TagSession" },
    "lacks resource identity",
  ],
  [
    "TagSession of both",
    {
      caller: alice,
      trust: [{ ...account, Action: ["sts:AssumeRole", "sts:TagSession"] }],
      identity: [{ Action: ["sts:AssumeRole", "sts:TagSession"] }],
      action: "sts:TagSession",
    },
    "allowed by Account",
  ],
  [
    "TagSession of the user alone",
    { caller: alice, trust: [account], identity: [{ Action: "sts:*" }], action: "sts:TagSession" },
    "lacks resource",
  ],
  [
    "all but one",
    { caller: alice, trust: [account], identity: [{ NotAction: "sts:TagSession" }] },
    "allowed by Account",
  ],
  [
    "all but this one",
    { caller: alice, trust: [account], identity: [{ NotAction: ["sts:TagSession", "sts:assumerole"] }] },
    "lacks identity",
  ],
])

const onRole = (Resource: string | ReadonlyArray<string>, context = {}): Case => ({
  caller: alice,
  trust: [account],
  identity: [{ Resource }],
  context,
})

table("resources", [
  ["the role", onRole(roleOfA), "allowed by Account"],
  ["another role", onRole(`arn:aws:iam::${A}:role/targets`), "lacks identity"],
  ["the role in other case", onRole(`arn:aws:iam::${A}:role/Target`), "lacks identity"],
  ["one of two", onRole([`arn:aws:iam::${A}:role/x`, roleOfA]), "allowed by Account"],
  ["by wildcards", onRole(`arn:aws:iam::*:role/t?rg*`), "allowed by Account"],
  ["of another account", onRole(`arn:aws:iam::${B}:role/*`), "lacks identity"],
  ["of another partition", onRole(`arn:aws-cn:iam::${A}:role/*`), "lacks identity"],
  ["all of an account", onRole(`arn:aws:iam::${A}:*`), "allowed by Account"],
  ["an ARN that stops early", onRole("arn:aws:iam"), "allowed by Account"],
  ["an ARN of another service that stops early", onRole("arn:aws:sts"), "lacks identity"],
  ["a wildcard that would have to span parts", onRole("arn:aws:*:role/target"), "lacks identity"],
  [
    "a variable",
    onRole(`arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}`, { "aws:PrincipalTag/role": "target" }),
    "allowed by Account",
  ],
  [
    "a variable of another value",
    onRole(`arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}`, { "aws:PrincipalTag/role": "x" }),
    "lacks identity",
  ],
  [
    "a variable of a wildcard",
    onRole(`arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}`, { "aws:PrincipalTag/role": "*" }),
    "lacks identity",
  ],
  ["a variable without a value", onRole(`arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}`), "lacks identity"],
  [
    "a variable with a default",
    onRole(`arn:aws:iam::${A}:role/\${aws:PrincipalTag/role, 'target'}`),
    "allowed by Account",
  ],
  [
    "all but another",
    { caller: alice, trust: [account], identity: [{ NotResource: `arn:aws:iam::${A}:role/x` }] },
    "allowed by Account",
  ],
  ["all but this", { caller: alice, trust: [account], identity: [{ NotResource: roleOfA }] }, "lacks identity"],
  [
    "all but a variable without a value",
    {
      caller: alice,
      trust: [account],
      identity: [{ NotResource: `arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}` }],
    },
    "lacks identity",
  ],
  [
    "all but a variable without a value, denied",
    {
      caller: alice,
      trust: [aws(alice.arn)],
      identity: [deny({ NotResource: `arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}` })],
    },
    "denied by identity 0",
  ],
])

const bucket = "arn:aws:s3:::bucket"

table("resources other than roles", [
  ["an identity policy alone", { caller: alice, resource: [aws(B)], identity: any }, "allowed by Holder"],
  ["no policy of the resource", { caller: alice, identity: any, on: bucket }, "allowed by Holder"],
  ["no policy", { caller: alice, on: bucket }, "lacks identity"],
  [
    "an identity policy and a session policy that does not allow",
    { caller: session, identity: any, session: none, on: bucket },
    "lacks session",
  ],
  ["an identity policy of a federated session", { caller: federated, identity: any, on: bucket }, "lacks session"],
  ["the user named by the resource", { caller: alice, resource: [aws(alice.arn)] }, "allowed by User"],
  ["the account named by the resource", { caller: alice, resource: [account] }, "lacks identity"],
  ["another account without a policy of the resource", { caller: stranger, identity: any }, "lacks resource"],
  [
    "another account named by the resource",
    { caller: stranger, resource: [aws(B)], identity: any },
    "allowed by Account",
  ],
  [
    "NotPrincipal that lists the user and the account",
    { caller: alice, resource: [deny({ NotPrincipal: { AWS: [alice.arn, A] } })], identity: any },
    "allowed by Holder",
  ],
  [
    "NotPrincipal that lists the user alone",
    { caller: alice, resource: [deny({ NotPrincipal: { AWS: alice.arn } })], identity: any },
    "denied by resource 0",
  ],
  [
    "NotPrincipal that lists the account alone",
    { caller: alice, resource: [deny({ NotPrincipal: { AWS: A } })], identity: any },
    "denied by resource 0",
  ],
  [
    "NotPrincipal that lists session, role and account",
    { caller: session, resource: [deny({ NotPrincipal: { AWS: [session.arn, session.roleArn, A] } })], identity: any },
    "allowed by Holder",
  ],
  [
    "NotPrincipal that lists role and account",
    { caller: session, resource: [deny({ NotPrincipal: { AWS: [session.roleArn, A] } })], identity: any },
    "denied by resource 0",
  ],
  [
    "NotPrincipal that lists another",
    { caller: alice, resource: [deny({ NotPrincipal: { AWS: [stranger.arn, B] } })], identity: any },
    "denied by resource 0",
  ],
])

describe("an explanation", () => {
  it("says which condition did not hold, and shows no value of the request", () => {
    const decision = decide({
      caller: alice,
      trust: [{ ...account, Sid: "Partner", Condition: { StringEquals: { "sts:ExternalId": "right" } } }],
      identity: any,
      context: { "sts:ExternalId": "wrong" },
    })
    assert.strictEqual(
      Authorization.explain(decision),
      "Not allowed: no allow in resource policies; the trust policy does not allow it " +
        "(statement 0 (Partner) does not hold: StringEquals sts:ExternalId); " +
        "the identity policy allows it (statement 0, by Holder)",
    )
  })

  it("says which statement denied", () => {
    const decision = decide({ caller: alice, trust: [account], identity: [{}, deny({ Sid: "NoRoles" })] })
    assert.include(Authorization.explain(decision), "Denied by the identity policy, statement 1 (NoRoles)")
  })
})

describe("the context of a caller", () => {
  const rows: ReadonlyArray<readonly [caller: Principal.Caller, userId: string, context: object]> = [
    [
      root,
      A,
      { "aws:PrincipalType": "Account", "aws:PrincipalArn": root.arn, "aws:PrincipalAccount": A, "aws:userid": A },
    ],
    [
      alice,
      "AIDAX",
      {
        "aws:PrincipalType": "User",
        "aws:PrincipalArn": alice.arn,
        "aws:PrincipalAccount": A,
        "aws:userid": "AIDAX",
        "aws:username": "alice",
      },
    ],
    [
      session,
      "AROAX:s1",
      {
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalArn": session.roleArn,
        "aws:PrincipalAccount": A,
        "aws:userid": "AROAX:s1",
      },
    ],
    [
      federated,
      `${A}:fred`,
      {
        "aws:PrincipalType": "FederatedUser",
        "aws:PrincipalArn": federated.arn,
        "aws:PrincipalAccount": A,
        "aws:userid": `${A}:fred`,
      },
    ],
    [google, "", { "aws:PrincipalType": "Anonymous" }],
  ]
  for (const [caller, userId, expected] of rows) {
    it(`of a ${caller._tag}`, () => {
      assert.deepStrictEqual({ ...Principal.contextOf(caller, { userId }) }, expected)
    })
  }

  it("has the tags of the principal", () => {
    const context = Principal.contextOf(alice, { userId: "AIDAX", tags: { team: "blue" } })
    assert.strictEqual(context["aws:PrincipalTag/team"], "blue")
  })
})
