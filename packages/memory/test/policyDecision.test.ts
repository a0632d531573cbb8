import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Authorization from "../src/policy/Authorization.ts"
import * as Policy from "../src/policy/Policy.ts"
import * as Principal from "../src/policy/Principal.ts"
import * as RequestContext from "../src/policy/RequestContext.ts"

// Who calls. All roles that are assumed here are in account A.

const A = "111111111111"
const B = "222222222222"
const target = `arn:aws:iam::${A}:role/target`

const rootUser: Principal.Caller = { _tag: "Root", arn: `arn:aws:iam::${A}:root` }
const foreignRoot: Principal.Caller = { _tag: "Root", arn: `arn:aws:iam::${B}:root` }
const alice: Principal.Caller = { _tag: "User", arn: `arn:aws:iam::${A}:user/team/alice` }
const stranger: Principal.Caller = { _tag: "User", arn: `arn:aws:iam::${B}:user/team/alice` }
const worker: Principal.Caller = {
  _tag: "RoleSession",
  arn: `arn:aws:sts::${A}:assumed-role/worker/s1`,
  roleArn: `arn:aws:iam::${A}:role/jobs/worker`,
}
const foreignWorker: Principal.Caller = {
  _tag: "RoleSession",
  arn: `arn:aws:sts::${B}:assumed-role/worker/s1`,
  roleArn: `arn:aws:iam::${B}:role/worker`,
}
const fred: Principal.Caller = {
  _tag: "FederatedUser",
  arn: `arn:aws:sts::${A}:federated-user/fred`,
  issuerArn: alice.arn,
}
const rootFred: Principal.Caller = { ...fred, issuerArn: rootUser.arn }
const foreignFred: Principal.Caller = {
  _tag: "FederatedUser",
  arn: `arn:aws:sts::${B}:federated-user/fred`,
  issuerArn: stranger.arn,
}
const google: Principal.Caller = { _tag: "Federated", provider: "accounts.google.com" }
const gitHub: Principal.Caller = {
  _tag: "Federated",
  provider: `arn:aws:iam::${A}:oidc-provider/token.actions.githubusercontent.com`,
}
const foreignGitHub = gitHub.provider.replace(A, B)
const cognito: Principal.Caller = { _tag: "Federated", provider: "cognito-identity.amazonaws.com" }
const saml: Principal.Caller = { _tag: "Federated", provider: `arn:aws:iam::${A}:saml-provider/idp` }
const ec2: Principal.Caller = { _tag: "Service", name: "ec2.amazonaws.com" }
const nobody: Principal.Caller = { _tag: "Anonymous" }

// What policies say. A statement allows sts:AssumeRole, on every resource, unless it says otherwise.

type Statement = Partial<Policy.StatementDocument>
type Condition = NonNullable<Statement["Condition"]>

const aws = (...principals: ReadonlyArray<string>): Statement => ({ Principal: { AWS: principals } })
const service = (...names: ReadonlyArray<string>): Statement => ({ Principal: { Service: names } })
const provider = (name: string): Statement => ({ Principal: { Federated: name } })
const account = aws(rootUser.arn)
const everyone: Statement = { Principal: "*" }
const byArn = (arn: string): Statement => ({ ...everyone, Condition: { ArnEquals: { "aws:PrincipalArn": arn } } })
const deny = (statement: Statement = {}): Statement => ({ Effect: "Deny", ...statement })
const where = (condition: Condition, statement: Statement = {}): Statement => ({ ...statement, Condition: condition })
const doing = (action: string | ReadonlyArray<string>, statement: Statement = {}): Statement => ({
  ...statement,
  Action: action,
})
const any: Statement = {}
const other = doing("s3:*")

// A case: who calls, which policies there are, and what the request says.

interface Case {
  readonly caller?: Principal.Caller
  readonly trust?: ReadonlyArray<Statement>
  readonly resource?: ReadonlyArray<Statement>
  readonly identity?: ReadonlyArray<Statement>
  readonly session?: ReadonlyArray<Statement>
  readonly action?: string
  readonly on?: string
  readonly context?: { readonly [key: string]: RequestContext.Value }
}

const by = (caller: Principal.Caller): Case => ({ caller })
const trust = (...statements: ReadonlyArray<Statement>): Case => ({ trust: statements })
const resource = (...statements: ReadonlyArray<Statement>): Case => ({ resource: statements })
const identity = (...statements: ReadonlyArray<Statement>): Case => ({ identity: statements })
const session = (...statements: ReadonlyArray<Statement>): Case => ({ session: statements })
const to = (action: string): Case => ({ action })
const on = (arn: string): Case => ({ on: arn })
const given = (context: NonNullable<Case["context"]>): Case => ({ context })
const trustIf = (condition: Condition, statement: Statement = account): Case => trust(where(condition, statement))
const mayIf = (condition: Condition): Case => identity(where(condition))
const mayNotIf = (condition: Condition): Case => identity(any, deny(where(condition)))

const read = (kind: Policy.Kind, statements: ReadonlyArray<Statement>, defaults: Statement): Policy.Policy =>
  Result.getOrThrowWith(
    Policy.parse(kind, {
      Version: "2012-10-17",
      Statement: statements.map((statement) => ({
        Effect: "Allow",
        ...("NotAction" in statement ? {} : { Action: "sts:AssumeRole" }),
        ...("NotResource" in statement ? {} : defaults),
        ...statement,
      })),
    }),
    (faults) => new Error(JSON.stringify(faults)),
  )

const everything = { Resource: "*" }

/** A part overlays those before it, and adds to what is known of the request. */
const all = (...parts: ReadonlyArray<Case>): Case =>
  Object.assign({}, ...parts, { context: Object.assign({}, ...parts.map(({ context }) => context)) })

const decide = (...parts: ReadonlyArray<Case>): Authorization.Decision => {
  const { action, caller = alice, context, identity, on, resource, session, trust } = all(...parts)
  return Authorization.decide(
    {
      caller,
      action: action ?? "sts:AssumeRole",
      resource: on ?? target,
      context: RequestContext.make({ ...Principal.contextOf(caller, { userId: "ID" }), ...context }),
    },
    {
      resource: trust ? read("trust", trust, {}) : resource && read("resource", resource, everything),
      identity: identity && [read("identity", identity, everything)],
      session: session && [read("session", session, everything)],
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

type Row = readonly [name: string, expected: string, ...parts: ReadonlyArray<Case>]

/** Cases of one rule. Each has what is common to all, overlaid with its own; who calls is alice where none is named. */
const rule = (title: string, common: Case, rows: ReadonlyArray<Row>): void => {
  for (const [name, expected, ...parts] of rows) {
    it(`${title}, ${name}: ${expected}`, () => {
      const decision = decide(common, ...parts)
      assert.strictEqual(summary(decision), expected, Authorization.explain(decision))
    })
  }
}

/** What the columns of a grid give the caller. */
const columns: ReadonlyArray<readonly [name: string, policies: Case]> = [
  ["nothing", {}],
  ["an identity policy", identity(any)],
  ["a session policy", session(any)],
  ["both", all(identity(any), session(any))],
  ["an identity policy, and a session policy for other actions", all(identity(any), session(other))],
  ["a session policy for other actions", session(other)],
]

const cells: { readonly [cell: string]: string } = {
  yes: "allowed",
  i: "lacks identity",
  s: "lacks session",
  "i+s": "lacks identity session",
}

/** All that a trust policy, an identity policy and a session policy can make together: a row is one way of trusting. */
const grid = (
  title: string,
  caller: Principal.Caller,
  rows: ReadonlyArray<readonly [trusted: string, statement: Statement, cells: string]>,
): void => {
  for (const [trusted, statement, line] of rows) {
    line.split(" ").forEach((cell, index) => {
      const [name, policies] = columns[index] ?? ["no column", {}]
      it(`${title}, trusted as ${trusted}, with ${name}: ${cells[cell]}`, () => {
        const decision = decide(by(caller), trust(statement), policies)
        assert.strictEqual(summary(decision).replace(/ by .*/, ""), cells[cell], Authorization.explain(decision))
      })
    })
  }
}

grid("a user of the role's account", alice, [
  ["the account by its ARN", account, "i yes"],
  ["the account by its number", aws(A), "i yes"],
  ["the user", aws(alice.arn), "yes yes"],
  ["everyone", everyone, "yes yes"],
  ["everyone under AWS", aws("*"), "yes yes"],
  ["everyone of this ARN", byArn(alice.arn), "yes yes"],
])

grid("a user of another account", stranger, [
  ["the account by its ARN", aws(foreignRoot.arn), "i yes"],
  ["the account by its number", aws(B), "i yes"],
  ["the user", aws(stranger.arn), "i yes"],
  ["everyone", everyone, "i yes"],
  ["everyone of this ARN", byArn(stranger.arn), "i yes"],
])

grid("a session of a role of the same account", worker, [
  ["the account", account, "i yes i yes s i+s"],
  ["the role", aws(worker.roleArn), "yes yes yes yes s s"],
  ["the session", aws(worker.arn), "yes yes yes yes yes yes"],
  ["everyone", everyone, "yes yes yes yes s s"],
  ["everyone of the role's ARN", byArn(worker.roleArn), "yes yes yes yes yes yes"],
])

grid("a session of a role of another account", foreignWorker, [
  ["the account", aws(B), "i yes i yes s i+s"],
  ["the role", aws(foreignWorker.roleArn), "i yes i yes s i+s"],
  ["the session", aws(foreignWorker.arn), "i yes i yes s i+s"],
  ["everyone", everyone, "i yes i yes s i+s"],
  ["everyone of the role's ARN", byArn(foreignWorker.roleArn), "i yes i yes s i+s"],
])

grid("a federated session of a user", fred, [
  ["the account", account, "i+s s i yes s i+s"],
  ["the user", aws(fred.issuerArn), "s s yes yes s s"],
  ["the session", aws(fred.arn), "yes yes yes yes yes yes"],
  ["everyone", everyone, "s s yes yes s s"],
  ["everyone of this ARN", byArn(fred.arn), "yes yes yes yes yes yes"],
])

grid("a federated session of a user of another account", foreignFred, [
  ["the account", aws(B), "i+s s i yes s i+s"],
  ["the user", aws(foreignFred.issuerArn), "i+s s i yes s i+s"],
  ["the session", aws(foreignFred.arn), "i+s s i yes s i+s"],
])

grid("a federated session of a root user", rootFred, [
  ["the account", account, "s s yes yes s s"],
  ["the session", aws(fred.arn), "yes yes yes yes yes yes"],
])

grid("a root user", rootUser, [
  ["the account", account, "yes yes"],
  ["everyone", everyone, "yes yes"],
])

grid("the root user of another account", foreignRoot, [
  ["the account", aws(B), "yes yes"],
  ["everyone", everyone, "yes yes"],
])

rule("a principal is named exactly", identity(any), [
  ["another account", "lacks resource", trust(aws(B))],
  ["the role's own account, for a stranger", "lacks resource", by(stranger), trust(account)],
  ["the account in another partition", "lacks resource", trust(aws(`arn:aws-cn:iam::${A}:root`))],
  ["the user without the path", "lacks resource", trust(aws(`arn:aws:iam::${A}:user/alice`))],
  ["the user in other case", "lacks resource", trust(aws(`arn:aws:iam::${A}:user/team/Alice`))],
  ["another user", "lacks resource", trust(aws(`arn:aws:iam::${A}:user/bob`))],
  ["a user of the same name elsewhere", "lacks resource", by(stranger), trust(aws(alice.arn))],
  ["a role of the user's name", "lacks resource", trust(aws(`arn:aws:iam::${A}:role/team/alice`))],
  ["a service, for a user", "lacks resource", trust(service("ec2.amazonaws.com"))],
  ["a provider, for a user", "lacks resource", trust(provider("accounts.google.com"))],
  ["a user, for a role", "lacks resource", by(worker), trust(aws(alice.arn))],
  ["a user, for a root user", "lacks resource", by(rootUser), trust(aws(alice.arn))],
  ["the role's own account, for a foreign root user", "lacks resource", by(foreignRoot), trust(account)],
  ["the role without its path", "lacks resource", by(worker), trust(aws(`arn:aws:iam::${A}:role/worker`))],
  ["another session", "lacks resource", by(worker), trust(aws(`${worker.arn}2`))],
  ["a session of a role, for a federated user", "lacks resource", by(fred), trust(aws(worker.arn)), session(any)],
  ["another federated session", "lacks resource", by(fred), trust(aws(`${fred.arn}2`)), session(any)],
  ["one of two", "allowed by User", trust(aws(stranger.arn, alice.arn))],
  ["user and account, where the user suffices", "allowed by User", trust(account, aws(alice.arn))],
  ["user and account in one statement", "allowed by User", trust(aws(A, alice.arn))],
  ["everyone of another ARN", "lacks resource", trust(byArn(stranger.arn))],
  ["the role itself, which must trust itself", "lacks resource", by(worker), on(worker.roleArn), trust(aws(B))],
  ["the role itself, trusting its account", "allowed by Account", by(worker), on(worker.roleArn), trust(account)],
])

// Only a test that singles ARNs out makes "everyone" as good as being named.
rule("everyone, by a test of the ARN that names no one", all(by(worker), session(other)), [
  [
    "if there is one",
    "lacks session",
    trustIf({ ArnEqualsIfExists: { "aws:PrincipalArn": worker.roleArn } }, everyone),
  ],
  ["but another", "lacks session", trustIf({ ArnNotEquals: { "aws:PrincipalArn": alice.arn } }, everyone)],
  [
    "all of whose ARNs are this one",
    "lacks session",
    trustIf({ "ForAllValues:ArnEquals": { "aws:PrincipalArn": worker.roleArn } }, everyone),
  ],
  ["that has one", "lacks session", trustIf({ Null: { "aws:PrincipalArn": "false" } }, everyone)],
])

const web = "sts:AssumeRoleWithWebIdentity"

rule("who has no AWS identity has what the role grants", all(by(google), to(web)), [
  ["the provider by its ARN", "allowed by Federated", by(gitHub), trust(doing(web, provider(gitHub.provider)))],
  ["the provider that AWS knows", "allowed by Federated", trust(doing(web, provider("accounts.google.com")))],
  ["another provider", "lacks resource", trust(doing(web, provider("www.amazon.com")))],
  ["the provider of another account", "lacks resource", by(gitHub), trust(doing(web, provider(foreignGitHub)))],
  ["the provider, for sts:AssumeRole", "lacks resource", trust(provider("accounts.google.com"))],
  ["the provider, for SAML", "lacks resource", trust(doing("sts:*SAML", provider("accounts.google.com")))],
  ["everyone", "lacks resource", trust(doing(web, everyone))],
  ["the account of the provider", "lacks resource", by(gitHub), trust(doing(web, account))],
  [
    "everyone denied",
    "denied by trust 1",
    trust(doing(web, provider("accounts.google.com")), deny(doing(web, everyone))),
  ],
])

rule("a service has what the role grants", by(ec2), [
  ["the service", "allowed by Service", trust(service("lambda.amazonaws.com", "ec2.amazonaws.com"))],
  ["another service", "lacks resource", trust(service("lambda.amazonaws.com"))],
  ["everyone", "lacks resource", trust(everyone)],
  ["everyone denied", "denied by trust 1", trust(service("ec2.amazonaws.com"), deny(everyone))],
  ["everyone, for the anonymous", "allowed by Everyone", by(nobody), resource(everyone)],
  ["an account, for the anonymous", "lacks resource", by(nobody), resource(account)],
])

const job = (condition: Condition): Case => trustIf(condition, doing(web, provider(gitHub.provider)))
const jobToken = given({
  "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
  "token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:ref:refs/heads/main",
  "token.actions.githubusercontent.com:repository_id": "42",
})
const jobOf = (repository: string): Condition => ({
  StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
  StringLike: { "token.actions.githubusercontent.com:sub": `repo:octo-org/${repository}:*` },
})

rule("claims of a job on GitHub", all(by(gitHub), to(web), jobToken), [
  ["audience and subject", "allowed by Federated", job(jobOf("octo-repo"))],
  ["another subject", "lacks resource", job(jobOf("octo-rep"))],
  [
    "a wildcard under StringEquals",
    "lacks resource",
    job({ StringEquals: { "token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:*" } }),
  ],
  [
    "another audience",
    "lacks resource",
    job({ StringEquals: { "token.actions.githubusercontent.com:aud": "https://github.com/octo-org" } }),
  ],
  [
    "a claim of GitHub's own",
    "allowed by Federated",
    job({ StringEquals: { "token.actions.githubusercontent.com:repository_id": ["41", "42"] } }),
  ],
  [
    "a claim that is missing",
    "lacks resource",
    job({ StringEquals: { "token.actions.githubusercontent.com:environment": "production" } }),
  ],
  [
    "a claim that is missing, under ForAllValues",
    "allowed by Federated",
    job({ "ForAllValues:StringEquals": { "token.actions.githubusercontent.com:environment": "production" } }),
  ],
  ["the claim of another provider", "lacks resource", job({ StringLike: { "accounts.google.com:sub": "*" } })],
  [
    "that GitHub authorized this role",
    "allowed by Federated",
    job({ Bool: { "sts:RoleAuthorizedByIdp": "true" } }),
    given({ "sts:RoleAuthorizedByIdp": true }),
  ],
  ["that GitHub authorized this role, unsaid", "lacks resource", job({ Bool: { "sts:RoleAuthorizedByIdp": "true" } })],
])

const ofGoogle = (condition: Condition): Case => trustIf(condition, doing(web, provider("accounts.google.com")))
const googleToken = given({ "accounts.google.com:sub": "u1", "accounts.google.com:google/organization_number": 77 })

rule("claims of a user of Google", all(by(google), to(web), googleToken), [
  ["the subject", "allowed by Federated", ofGoogle({ StringEquals: { "accounts.google.com:sub": "u1" } })],
  ["another subject", "lacks resource", ofGoogle({ StringEquals: { "accounts.google.com:sub": "u2" } })],
  ["the subject in other case", "lacks resource", ofGoogle({ StringEquals: { "accounts.google.com:sub": "U1" } })],
  ["the key in other case", "allowed by Federated", ofGoogle({ StringEquals: { "Accounts.Google.com:SUB": "u1" } })],
  [
    "the organization",
    "allowed by Federated",
    ofGoogle({ NumericEquals: { "accounts.google.com:google/organization_number": "77" } }),
  ],
  [
    "a session named as the subject",
    "allowed by Federated",
    ofGoogle({ StringEquals: { "sts:RoleSessionName": "${accounts.google.com:sub}" } }),
    given({ "sts:RoleSessionName": "u1" }),
  ],
  [
    "a session named otherwise",
    "lacks resource",
    ofGoogle({ StringEquals: { "sts:RoleSessionName": "${accounts.google.com:sub}" } }),
    given({ "sts:RoleSessionName": "u2" }),
  ],
])

const amr = "cognito-identity.amazonaws.com:amr"
const ofCognito = (condition: Condition): Case => trustIf(condition, doing(web, provider(cognito.provider)))
const anyMethod: Condition = { "ForAnyValue:StringLike": { [amr]: "authenticated" } }

rule("methods of a user of Cognito", all(by(cognito), to(web)), [
  [
    "authenticated",
    "allowed by Federated",
    ofCognito(anyMethod),
    given({ [amr]: ["graph.facebook.com", "authenticated"] }),
  ],
  ["unauthenticated", "lacks resource", ofCognito(anyMethod), given({ [amr]: "unauthenticated" })],
  ["none", "lacks resource", ofCognito(anyMethod)],
  [
    "one of several, without a set operator",
    "lacks resource",
    ofCognito({ StringEquals: { [amr]: "authenticated" } }),
    given({ [amr]: ["authenticated", "graph.facebook.com"] }),
  ],
])

const withSaml = "sts:AssumeRoleWithSAML"
const employee = (condition: Condition): Case => trustIf(condition, doing(withSaml, provider(saml.provider)))
const assertion = given({
  "SAML:aud": "https://signin.aws.amazon.com/saml",
  "SAML:iss": "https://idp.example.com",
  "SAML:sub": "_cbb88bf52c2510eabe00c1642d4643f41430fe25e3",
  "SAML:sub_type": "persistent",
  "SAML:doc": `${A}/idp`,
  "SAML:edupersonaffiliation": ["staff", "faculty"],
  "SAML:mail": "a@example.com",
})

rule("claims of a SAML assertion", all(by(saml), to(withSaml), assertion), [
  [
    "the recipient",
    "allowed by Federated",
    employee({ StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } }),
  ],
  [
    "another recipient",
    "lacks resource",
    employee({ StringEquals: { "SAML:aud": "https://signin.amazonaws.cn/saml" } }),
  ],
  [
    "issuer and type of subject",
    "allowed by Federated",
    employee({ StringEquals: { "saml:iss": "https://idp.example.com", "saml:sub_type": "persistent" } }),
  ],
  ["another issuer", "lacks resource", employee({ StringEquals: { "saml:iss": "https://other.example.com" } })],
  ["a subject that begins so", "allowed by Federated", employee({ StringLike: { "saml:sub": "_cbb88*" } })],
  ["the provider's name", "allowed by Federated", employee({ StringEquals: { "SAML:doc": `${A}/idp` } })],
  [
    "all affiliations",
    "allowed by Federated",
    employee({ "ForAllValues:StringLike": { "SAML:edupersonaffiliation": ["faculty", "staff"] } }),
  ],
  [
    "an affiliation too many",
    "lacks resource",
    employee({ "ForAllValues:StringLike": { "SAML:edupersonaffiliation": "staff" } }),
  ],
  [
    "any affiliation",
    "allowed by Federated",
    employee({ "ForAnyValue:StringEquals": { "SAML:edupersonaffiliation": "staff" } }),
  ],
  [
    "what is a list on one page of AWS's alone",
    "allowed by Federated",
    employee({ StringLike: { "SAML:mail": "a@*" } }),
  ],
  ["what is missing", "lacks resource", employee({ StringLike: { "SAML:edupersonprincipalname": "*" } })],
])

const notOf = (condition: Condition): Case => trust(account, deny(where(condition, everyone)))

rule("an explicit deny of the role decides", identity(any), [
  ["of the account", "denied by trust 1", trust(account, deny(account))],
  ["before the allow", "denied by trust 0", trust(deny(everyone), account)],
  ["of another user", "allowed by Account", trust(account, deny(aws(`${alice.arn}2`)))],
  ["of the account, against the user's name", "denied by trust 1", trust(aws(alice.arn), deny(aws(A)))],
  ["of the account, for a root user", "denied by trust 1", by(rootUser), trust(account, deny(account))],
  ["of the role of the session", "denied by trust 1", by(worker), trust(aws(worker.arn), deny(aws(worker.roleArn)))],
  ["of the session", "denied by trust 1", by(worker), trust(aws(worker.roleArn), deny(aws(worker.arn)))],
  ["of another session", "allowed by Role", by(worker), trust(aws(worker.roleArn), deny(aws(`${worker.arn}2`)))],
  ["of the user who federated", "denied by trust 1", by(fred), trust(aws(fred.arn), deny(aws(fred.issuerArn)))],
  ["of all but this ARN", "allowed by Account", notOf({ ArnNotEquals: { "aws:PrincipalArn": alice.arn } })],
  ["of all but another ARN", "denied by trust 1", notOf({ ArnNotEquals: { "aws:PrincipalArn": stranger.arn } })],
  ["of other accounts", "allowed by Account", notOf({ StringNotEquals: { "aws:PrincipalAccount": A } })],
  ["of accounts but another", "denied by trust 1", notOf({ StringNotEquals: { "aws:PrincipalAccount": B } })],
  [
    "of all outside of an organization",
    "denied by trust 1",
    notOf({ StringNotEquals: { "aws:PrincipalOrgID": "o-1" } }),
  ],
  ["of a foreign user", "denied by trust 1", by(stranger), trust(aws(B), deny(aws(stranger.arn)))],
  ["and of the user too", "denied by trust 1", trust(account, deny(everyone)), identity(deny())],
])

rule("an explicit deny of the caller's own policies decides", trust(account), [
  ["of everything", "denied by identity 1", identity(any, deny())],
  ["of everything, against the user's name", "denied by identity 1", trust(aws(alice.arn)), identity(any, deny())],
  ["of another role", "allowed by Account", identity(any, deny({ Resource: `${target}2` }))],
  ["of all but this role", "allowed by Account", identity(any, deny({ NotResource: target }))],
  ["of all but another role", "denied by identity 1", identity(any, deny({ NotResource: `${target}2` }))],
  ["of another action", "allowed by Account", identity(any, deny(doing("sts:TagSession")))],
  ["of all but another action", "denied by identity 1", identity(any, deny({ NotAction: "sts:GetCallerIdentity" }))],
  ["of all but these actions", "allowed by Account", identity(any, deny({ NotAction: "sts:*" }))],
  ["of the session's policy", "denied by session 0", by(worker), identity(any), session(deny())],
  [
    "of the session's, against the session's name",
    "denied by session 1",
    by(worker),
    trust(aws(worker.arn)),
    session(any, deny()),
  ],
  ["of a foreign user's policy", "denied by identity 1", by(stranger), trust(aws(B)), identity(any, deny())],
  [
    "that holds",
    "denied by identity 1",
    mayNotIf({ Bool: { "aws:SecureTransport": "false" } }),
    given({ "aws:SecureTransport": false }),
  ],
  [
    "that does not hold",
    "allowed by Account",
    mayNotIf({ Bool: { "aws:SecureTransport": "false" } }),
    given({ "aws:SecureTransport": true }),
  ],
])

const x1 = { StringEquals: { "sts:ExternalId": "x1" } }

rule("external ids", all(trustIf(x1), identity(any)), [
  ["the one", "allowed by Account", given({ "sts:ExternalId": "x1" })],
  ["another", "lacks resource", given({ "sts:ExternalId": "x2" })],
  ["the one in other case", "lacks resource", given({ "sts:ExternalId": "X1" })],
  ["none", "lacks resource"],
  ["none, for a foreign user", "lacks resource", by(stranger), trustIf(x1, aws(B))],
  [
    "the one, for a foreign user",
    "allowed by Account",
    by(stranger),
    trustIf(x1, aws(B)),
    given({ "sts:ExternalId": "x1" }),
  ],
  ["one that is not asked for", "allowed by Account", trust(account), given({ "sts:ExternalId": "x1" })],
  ["none, under IfExists", "allowed by Account", trustIf({ StringEqualsIfExists: { "sts:ExternalId": "x1" } })],
  ["none, which must be none", "allowed by Account", trustIf({ Null: { "sts:ExternalId": "true" } })],
  ["none, where it must be another", "allowed by Account", trustIf({ StringNotEquals: { "sts:ExternalId": "x1" } })],
  ["one that the caller's policy asks for", "lacks identity", trust(account), mayIf(x1)],
  [
    "one, and a session name that is missing",
    "lacks resource",
    given({ "sts:ExternalId": "x1" }),
    trustIf({
      StringEquals: { "sts:ExternalId": "x1", "sts:RoleSessionName": "s" },
    }),
  ],
])

const named = (value: string): Case => trustIf({ StringLike: { "sts:RoleSessionName": value } })
const call = (name: string): Case => given({ "sts:RoleSessionName": name })

rule("session names", identity(any), [
  ["the user's", "allowed by Account", named("${aws:username}"), call("alice")],
  ["another user's", "lacks resource", named("${aws:username}"), call("bob")],
  ["the user's, of a role, which has none", "lacks resource", by(worker), named("${aws:username}"), call("s1")],
  ["with a prefix", "allowed by Account", named("ci-*"), call("ci-42")],
  ["with another prefix", "lacks resource", named("ci-*"), call("cd-42")],
  [
    "by one of two statements",
    "allowed by Account",
    call("b"),
    trust(
      where({ StringEquals: { "sts:RoleSessionName": "a" } }, account),
      where({ StringEquals: { "sts:RoleSessionName": "b" } }, account),
    ),
  ],
])

const mfa = (operator: string, value: boolean): Condition => ({
  [operator]: { "aws:MultiFactorAuthPresent": String(value) },
})
const longTermKeys = given({})
const withoutMfa = given({ "aws:MultiFactorAuthPresent": false })
const withMfa = given({ "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 10 })
const lately = (seconds: string): Condition => ({ NumericLessThan: { "aws:MultiFactorAuthAge": seconds } })

rule("MFA, whose key long-term keys do not have", identity(any), [
  ["asked for by Bool, long-term keys", "lacks resource", trustIf(mfa("Bool", true)), longTermKeys],
  ["asked for by Bool, a session without", "lacks resource", trustIf(mfa("Bool", true)), withoutMfa],
  ["asked for by Bool, a session with", "allowed by Account", trustIf(mfa("Bool", true)), withMfa],
  ["asked for by BoolIfExists, long-term keys", "allowed by Account", trustIf(mfa("BoolIfExists", true)), longTermKeys],
  ["asked for by BoolIfExists, a session without", "lacks resource", trustIf(mfa("BoolIfExists", true)), withoutMfa],
  ["denied without by Bool, long-term keys", "allowed by Account", notOf(mfa("Bool", false)), longTermKeys],
  ["denied without by Bool, a session without", "denied by trust 1", notOf(mfa("Bool", false)), withoutMfa],
  [
    "denied without by BoolIfExists, long-term keys",
    "denied by trust 1",
    notOf(mfa("BoolIfExists", false)),
    longTermKeys,
  ],
  ["denied without by BoolIfExists, a session with", "allowed by Account", notOf(mfa("BoolIfExists", false)), withMfa],
  ["denied by Null, long-term keys", "denied by trust 1", notOf(mfa("Null", true)), longTermKeys],
  ["denied by Null, a session without", "allowed by Account", notOf(mfa("Null", true)), withoutMfa],
  ["of late", "allowed by Account", trustIf(lately("300")), withMfa],
  ["too long ago", "lacks resource", trustIf(lately("10")), withMfa],
  ["of an age, a session without", "lacks resource", trustIf(lately("300")), withoutMfa],
  ["asked for by the caller's policy", "lacks identity", trust(account), mayIf(mfa("Bool", true)), withoutMfa],
])

const tag = "sts:TagSession"

rule("sts:TagSession is a permission of its own", to(tag), [
  ["sts:AssumeRole of both", "lacks resource identity", trust(account), identity(any)],
  ["of both", "allowed by Account", trust(doing(tag, account)), identity(doing(tag))],
  ["of the role alone", "lacks identity", trust(doing(tag, account)), identity(any)],
  ["of the user alone", "lacks resource", trust(account), identity(doing("sts:*"))],
  ["of a role that trusts the user", "allowed by User", trust(doing(tag, aws(alice.arn)))],
  [
    "without sts:AssumeRole, to assume",
    "lacks resource",
    to("sts:AssumeRole"),
    trust(doing(tag, account)),
    identity(any),
  ],
  ["in a statement of its own", "allowed by Account", trust(account, doing(tag, account)), identity(doing("sts:*"))],
  ["of a foreign user alone", "lacks resource", by(stranger), trust(aws(B)), identity(doing("sts:*"))],
  ["of a foreign user's role alone", "lacks identity", by(stranger), trust(doing(tag, aws(B))), identity(any)],
  ["of both accounts", "allowed by Account", by(stranger), trust(doing(tag, aws(B))), identity(doing("sts:*"))],
  ["for a provider", "allowed by Federated", by(google), trust(doing(tag, provider(google.provider)))],
  [
    "the action of web identities, for a provider",
    "lacks resource",
    by(google),
    trust(doing(web, provider(google.provider))),
  ],
  ["denied", "denied by trust 1", trust(doing("sts:*", account), deny(doing(tag, account))), identity(doing("sts:*"))],
  [
    "denied, to assume",
    "allowed by Account",
    to("sts:AssumeRole"),
    trust(account, deny(doing(tag, account))),
    identity(any),
  ],
])

const tagIf = (condition: Condition): Case => trust(doing(tag, where(condition, account)))
const tags = (entries: { readonly [key: string]: string }, ...transitive: ReadonlyArray<string>): Case =>
  given({
    "aws:TagKeys": Object.keys(entries),
    ...Object.fromEntries(Object.entries(entries).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    "sts:TransitiveTagKeys": transitive,
  })
const blue = tags({ team: "blue" })
const blueAndCost = tags({ team: "blue", cost: "1" })
const noTags = tags({})

rule("aws:RequestTag", all(to(tag), identity(doing(tag))), [
  [
    "one of the values",
    "allowed by Account",
    blue,
    tagIf({ StringEquals: { "aws:RequestTag/team": ["red", "blue"] } }),
  ],
  ["another value", "lacks resource", blue, tagIf({ StringEquals: { "aws:RequestTag/team": "red" } })],
  ["the value in other case", "lacks resource", blue, tagIf({ StringEquals: { "aws:RequestTag/team": "Blue" } })],
  ["the tag in other case", "allowed by Account", blue, tagIf({ StringEquals: { "aws:RequestTag/Team": "blue" } })],
  ["any value", "allowed by Account", blue, tagIf({ StringLike: { "aws:RequestTag/team": "*" } })],
  ["any value of another tag", "lacks resource", blue, tagIf({ StringLike: { "aws:RequestTag/cost": "*" } })],
  ["a tag that must be there", "allowed by Account", blue, tagIf({ Null: { "aws:RequestTag/team": "false" } })],
  ["one that is not there", "lacks resource", noTags, tagIf({ Null: { "aws:RequestTag/team": "false" } })],
  ["one that is empty", "lacks resource", tags({ team: "" }), tagIf({ Null: { "aws:RequestTag/team": "false" } })],
  ["one that must not be there", "lacks resource", blue, tagIf({ Null: { "aws:RequestTag/team": "true" } })],
])

const onlyTeam: Condition = { "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }
const someTeam: Condition = { "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } }
const someOther: Condition = { "ForAnyValue:StringNotEquals": { "aws:TagKeys": ["team"] } }
const tagUnless = (condition: Condition): Case =>
  trust(doing(tag, account), deny(doing(tag, where(condition, account))))

rule("aws:TagKeys, and the pitfalls of ForAllValues", all(to(tag), identity(doing(tag))), [
  ["no others", "allowed by Account", blue, tagIf(onlyTeam)],
  ["one too many", "lacks resource", blueAndCost, tagIf(onlyTeam)],
  ["none, which are all of them", "allowed by Account", noTags, tagIf(onlyTeam)],
  ["none, with Null beside", "lacks resource", noTags, tagIf({ ...onlyTeam, Null: { "aws:TagKeys": "false" } })],
  ["no others, with Null beside", "allowed by Account", blue, tagIf({ ...onlyTeam, Null: { "aws:TagKeys": "false" } })],
  ["in other case, for they are values", "lacks resource", tags({ Team: "blue" }), tagIf(onlyTeam)],
  ["one of them", "allowed by Account", blueAndCost, tagIf(someTeam)],
  ["none of them", "lacks resource", tags({ cost: "1" }), tagIf(someTeam)],
  ["none, under ForAnyValue", "lacks resource", noTags, tagIf(someTeam)],
  ["one that is another, denied", "denied by trust 1", blueAndCost, tagUnless(someOther)],
  ["none that is another", "allowed by Account", blue, tagUnless(someOther)],
  ["none, under ForAnyValue and Not", "allowed by Account", noTags, tagUnless(someOther)],
  ["none, denied under ForAllValues", "denied by trust 1", noTags, tagUnless(onlyTeam)],
])

const passOn: Condition = { "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["team"] } }

rule("sts:TransitiveTagKeys", all(to(tag), identity(doing(tag))), [
  ["one of them", "allowed by Account", tagIf(passOn), tags({ team: "blue", cost: "1" }, "team")],
  ["one too many", "lacks resource", tagIf(passOn), tags({ team: "blue", cost: "1" }, "team", "cost")],
  ["none", "allowed by Account", tagIf(passOn), blueAndCost],
  ["none, with Null beside", "lacks resource", tagIf({ ...passOn, Null: { "sts:TransitiveTagKeys": "false" } }), blue],
])

// The policy of "Passing session tags in AWS STS", with what the page says of it.
const everyTag = { "aws:RequestTag/Project": "*", "aws:RequestTag/CostCenter": "*" }
const assumeExample = where(
  { StringLike: { ...everyTag, "aws:RequestTag/Department": "*" }, StringEquals: { "sts:ExternalId": "Example987" } },
  aws(alice.arn),
)
const tagExample = where(
  {
    StringLike: everyTag,
    StringEquals: { "aws:RequestTag/Department": ["Engineering", "Marketing"] },
    "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["Project", "Department"] },
  },
  aws(alice.arn),
)
const ofDepartment = (name: string, ...transitive: ReadonlyArray<string>): Case =>
  tags({ Project: "Automation", CostCenter: "12345", Department: name }, ...transitive)

rule("AWS's example of session tags", all(trust(assumeExample, doing(tag, tagExample)), identity(doing("sts:*"))), [
  ["to assume", "allowed by User", ofDepartment("Legal"), given({ "sts:ExternalId": "Example987" })],
  ["to assume, without the external id", "lacks resource", ofDepartment("Legal")],
  ["to assume, without a tag", "lacks resource", tags({ Project: "x" }), given({ "sts:ExternalId": "Example987" })],
  ["to tag", "allowed by User", to(tag), ofDepartment("Marketing", "Project", "Department")],
  ["to tag, another department", "lacks resource", to(tag), ofDepartment("Legal")],
  ["to tag, none transitive", "allowed by User", to(tag), ofDepartment("Engineering")],
  ["to tag, another transitive", "lacks resource", to(tag), ofDepartment("Engineering", "CostCenter")],
])

const setSource = "sts:SetSourceIdentity"
const diego: Condition = { StringEquals: { "sts:SourceIdentity": "Diego" } }

rule("sts:SetSourceIdentity is a permission of its own", to(setSource), [
  ["sts:AssumeRole of both", "lacks resource identity", trust(account), identity(any)],
  ["sts:TagSession of both", "lacks resource identity", trust(doing(tag, account)), identity(doing(tag))],
  ["of both", "allowed by Account", trust(doing(setSource, account)), identity(doing(setSource))],
  ["of the role alone", "lacks identity", trust(doing(setSource, account)), identity(any)],
  ["of the user alone", "lacks resource", trust(account), identity(doing("sts:*"))],
  [
    "of both accounts",
    "allowed by Account",
    by(stranger),
    trust(doing(setSource, aws(B))),
    identity(doing("sts:Set*")),
  ],
])

rule("source identities", all(to(setSource), identity(doing("sts:*"))), [
  [
    "the one",
    "allowed by Account",
    trustIf(diego, doing(setSource, account)),
    given({ "sts:SourceIdentity": "Diego" }),
  ],
  ["another", "lacks resource", trustIf(diego, doing(setSource, account)), given({ "sts:SourceIdentity": "Dora" })],
  ["none, to assume", "lacks resource", to("sts:AssumeRole"), trustIf(diego)],
  [
    "the user's name",
    "allowed by Account",
    trustIf({ StringLike: { "sts:SourceIdentity": "${aws:username}" } }, doing(setSource, account)),
    given({ "sts:SourceIdentity": "alice" }),
  ],
  [
    "of the session that calls",
    "allowed by Role",
    by(worker),
    trustIf({ StringEquals: { "aws:SourceIdentity": "Diego" } }, doing(setSource, aws(worker.roleArn))),
    given({ "aws:SourceIdentity": "Diego" }),
  ],
  [
    "of a session that has none",
    "lacks resource",
    by(worker),
    trustIf({ StringEquals: { "aws:SourceIdentity": "Diego" } }, doing(setSource, aws(worker.roleArn))),
  ],
])

const onBlue = given({ "aws:ResourceTag/team": "blue", "iam:ResourceTag/team": "blue" })
const ofTeam = (value: string): Case => given({ "aws:PrincipalTag/team": value })
const isBlue: Condition = { StringEquals: { "aws:PrincipalTag/team": "blue" } }
const isSame: Condition = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }
const isLike: Condition = { StringLike: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }
const isOther: Condition = { StringNotEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }

rule("tags of the principal and of the role", all(trust(account), onBlue), [
  ["the principal's", "allowed by Account", mayIf(isBlue), ofTeam("blue")],
  ["the principal's, another", "lacks identity", mayIf(isBlue), ofTeam("red")],
  ["the principal's, none", "lacks identity", mayIf(isBlue)],
  ["the principal's, on the side of the role", "lacks resource", identity(any), trustIf(isBlue), ofTeam("red")],
  ["the role's, by IAM's own key", "allowed by Account", mayIf({ StringEquals: { "iam:ResourceTag/team": "blue" } })],
  ["the same", "allowed by Account", mayIf(isSame), ofTeam("blue")],
  ["different ones", "lacks identity", mayIf(isSame), ofTeam("red")],
  ["one missing", "lacks identity", mayIf(isSame)],
  ["a wildcard, which is text", "lacks identity", mayIf(isLike), ofTeam("*")],
  ["different ones, denied", "denied by identity 1", mayNotIf(isOther), ofTeam("red")],
  ["the same, not denied", "allowed by Account", mayNotIf(isOther), ofTeam("blue")],
  ["one missing, denied", "denied by identity 1", mayNotIf(isOther)],
  [
    "one missing that has a default",
    "allowed by Account",
    mayIf({ StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team, 'blue'}" } }),
  ],
])

const office = ["203.0.113.0/24", "2001:db8::/32"]
const from = (address: string): Case => given({ "aws:SourceIp": address })
const inside: Condition = { IpAddress: { "aws:SourceIp": office } }
const outside: Condition = { NotIpAddress: { "aws:SourceIp": office } }

rule("where a request comes from", trust(account), [
  ["the network", "allowed by Account", mayIf(inside), from("203.0.113.9")],
  ["the network of the other version", "allowed by Account", mayIf(inside), from("2001:db8::7")],
  ["elsewhere", "lacks identity", mayIf(inside), from("198.51.100.1")],
  ["no address", "lacks identity", mayIf(inside)],
  ["no address, if there is one", "allowed by Account", mayIf({ IpAddressIfExists: { "aws:SourceIp": office } })],
  ["elsewhere, denied", "denied by identity 1", mayNotIf(outside), from("198.51.100.1")],
  ["the network, not denied", "allowed by Account", mayNotIf(outside), from("203.0.113.9")],
  ["no address, denied", "denied by identity 1", mayNotIf(outside)],
  ["the network, for everyone there", "allowed by Everyone", trustIf(inside, everyone), from("203.0.113.9")],
  ["the network, for a stranger there", "lacks identity", by(stranger), trustIf(inside, everyone), from("203.0.113.9")],
])

const at = (time: string): Case => given({ "aws:CurrentTime": time })
const onThe13th: Condition = {
  DateGreaterThanEquals: { "aws:CurrentTime": "2026-07-13T00:00:00Z" },
  DateLessThan: { "aws:CurrentTime": "2026-07-14T00:00:00Z" },
}
const revoked: Condition = { DateLessThan: { "aws:TokenIssueTime": "2026-07-13T13:00:00Z" } }
const issued = (time: string): Case => given({ "aws:TokenIssueTime": time })

rule("when a request is made", trust(account), [
  ["at the first moment", "allowed by Account", mayIf(onThe13th), at("2026-07-13T00:00:00Z")],
  ["at the last moment", "allowed by Account", mayIf(onThe13th), at("2026-07-13T23:59:59.999Z")],
  ["too early", "lacks identity", mayIf(onThe13th), at("2026-07-12T23:59:59.999Z")],
  ["too late", "lacks identity", mayIf(onThe13th), at("2026-07-14T00:00:00Z")],
  ["in another zone", "allowed by Account", mayIf(onThe13th), at("2026-07-14T01:59:00+02:00")],
  ["by a session of before a revocation", "denied by identity 1", mayNotIf(revoked), issued("2026-07-13T12:00:00Z")],
  ["by a session of after a revocation", "allowed by Account", mayNotIf(revoked), issued("2026-07-13T14:00:00Z")],
  ["by long-term keys after a revocation", "allowed by Account", mayNotIf(revoked)],
  [
    "in another region",
    "lacks identity",
    mayIf({ StringEquals: { "aws:RequestedRegion": "eu-west-1" } }),
    given({ "aws:RequestedRegion": "us-east-1" }),
  ],
])

const ofAccount: Condition = { StringEquals: { "aws:SourceAccount": A } }
const ofRoot: Condition = { ArnEquals: { "aws:PrincipalArn": rootUser.arn } }

rule("who is behind a request", identity(any), [
  [
    "a service for its owner",
    "allowed by Service",
    by(ec2),
    given({ "aws:SourceAccount": A }),
    trustIf(ofAccount, service(ec2.name)),
  ],
  [
    "a confused deputy",
    "lacks resource",
    by(ec2),
    given({ "aws:SourceAccount": B }),
    trustIf(ofAccount, service(ec2.name)),
  ],
  ["a root user, by its ARN", "allowed by Account", by(rootUser), trustIf(ofRoot)],
  ["a user, by the root user's ARN", "lacks resource", trustIf(ofRoot)],
  [
    "a role, by the type of a user",
    "lacks resource",
    by(worker),
    trustIf({ StringEquals: { "aws:PrincipalType": "User" } }),
  ],
  [
    "a session, by the ARN of the role",
    "allowed by Account",
    by(worker),
    trustIf({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/jobs/*" } }),
  ],
  [
    "a session, by its own ARN, which is not in the key",
    "lacks resource",
    by(worker),
    trustIf({ ArnLike: { "aws:PrincipalArn": worker.arn } }),
  ],
])

const home: Condition = { StringLike: { "s3:prefix": "home/*" } }
const withoutPrefix: Condition = { Null: { "s3:prefix": "true" } }
const leading: Condition = { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${aws:userid}" } }

rule("keys of other services, which no request to STS has", trust(account), [
  ["an allow that tests one", "lacks identity", identity(doing("*", where(home)))],
  ["an allow beside one that tests one", "allowed by Account", identity(doing("s3:*", where(home)), any)],
  [
    "an allow, if there is one",
    "allowed by Account",
    identity(doing("*", where({ StringLikeIfExists: { "ec2:InstanceType": "t2.*" } }))),
  ],
  ["an allow of none", "allowed by Account", identity(doing("*", where(withoutPrefix)))],
  ["an allow of all values", "allowed by Account", identity(doing("*", where(leading)))],
  ["a deny of S3 without one", "allowed by Account", identity(any, deny(doing("s3:*", where(withoutPrefix))))],
  ["a deny of everything without one", "denied by identity 1", identity(any, deny(doing("*", where(withoutPrefix))))],
  ["a deny of all but a value", "denied by identity 1", mayNotIf({ StringNotEquals: { "s3:x-amz-acl": "private" } })],
  [
    "a deny of any value",
    "allowed by Account",
    mayNotIf({ "ForAnyValue:StringEquals": { "dynamodb:Attributes": ["ID"] } }),
  ],
  ["a session policy for S3", "lacks session", by(worker), identity(any), session(doing("s3:*", where(home)))],
  [
    "a session policy for S3 and STS",
    "allowed by Account",
    by(worker),
    identity(any),
    session(doing("s3:*", where(home)), any),
  ],
  [
    "a trust that tests one",
    "lacks resource",
    identity(any),
    trustIf({ StringLike: { "lambda:SourceFunctionArn": "*" } }),
  ],
  ["a variable of one", "lacks identity", identity({ Resource: `arn:aws:iam::${A}:role/\${transfer:UserName}` })],
])

rule("actions", trust(account), [
  ["in other case", "allowed by Account", trust(doing("STS:assumerole", account)), identity(doing("sts:ASSUMEROLE"))],
  ["by wildcards", "allowed by Account", trust(doing("sts:Assume*", account)), identity(doing("sts:?ssume*"))],
  [
    "by a wildcard in the middle",
    "allowed by Account",
    trust(doing("sts:A*Role", account)),
    identity(doing("sts:*Role")),
  ],
  ["by wildcards for one character too many", "lacks identity", identity(doing("sts:AssumeRol??"))],
  ["all of a service", "allowed by Account", trust(doing("sts:*", account)), identity(doing("sts:*"))],
  ["all", "allowed by Account", identity(doing("*"))],
  ["of all services", "allowed by Account", identity(doing("*:*"))],
  ["of another service", "lacks identity", identity(doing("iam:AssumeRole"))],
  ["one of two", "allowed by Account", identity(doing(["s3:GetObject", "sts:AssumeRole"]))],
  ["that begin alike", "lacks resource identity", to(withSaml), identity(any)],
  ["all but one", "allowed by Account", identity({ NotAction: "sts:TagSession" })],
  ["all but this one", "lacks identity", identity({ NotAction: ["sts:TagSession", "sts:assumerole"] })],
  ["all but those of the service", "lacks identity", identity({ NotAction: "sts:*" })],
])

const may = (...Resource: ReadonlyArray<string>): Case => identity({ Resource })
const mayNot = (NotResource: string): Case => identity({ NotResource })
const roleOfTag = `arn:aws:iam::${A}:role/\${aws:PrincipalTag/role}`
const roleOfTagOrTarget = `arn:aws:iam::${A}:role/\${aws:PrincipalTag/role, 'target'}`
const roleTag = (value: string): Case => given({ "aws:PrincipalTag/role": value })

rule("resources", trust(account), [
  ["the role", "allowed by Account", may(target)],
  ["another role", "lacks identity", may(`${target}s`)],
  ["the role in other case", "lacks identity", may(`arn:aws:iam::${A}:role/Target`)],
  ["one of two", "allowed by Account", may(`${target}2`, target)],
  ["by wildcards", "allowed by Account", may("arn:aws:iam::*:role/t?rg*")],
  ["by a wildcard of one character for two", "lacks identity", may(`arn:aws:iam::${A}:role/t?get`)],
  [
    "by a wildcard over a path",
    "allowed by Account",
    on(`arn:aws:iam::${A}:role/a/b/c`),
    may(`arn:aws:iam::${A}:role/a/*`),
  ],
  ["of another account", "lacks identity", may(`arn:aws:iam::${B}:role/*`)],
  ["of another partition", "lacks identity", may(`arn:aws-cn:iam::${A}:role/*`)],
  ["of any partition", "allowed by Account", may(`arn:*:iam::${A}:role/*`)],
  ["of any region", "allowed by Account", may(`arn:aws:iam:*:${A}:role/target`)],
  ["of another service", "lacks identity", may(`arn:aws:sts::${A}:role/*`)],
  ["all of an account", "allowed by Account", may(`arn:aws:iam::${A}:*`)],
  ["users of an account", "lacks identity", may(`arn:aws:iam::${A}:user/*`)],
  ["an ARN that stops early", "allowed by Account", may("arn:aws:iam")],
  ["an ARN of another service that stops early", "lacks identity", may("arn:aws:sts")],
  ["a variable", "allowed by Account", may(roleOfTag), roleTag("target")],
  ["a variable of another value", "lacks identity", may(roleOfTag), roleTag("x")],
  ["a variable of a wildcard", "lacks identity", may(roleOfTag), roleTag("*")],
  ["a variable without a value", "lacks identity", may(roleOfTag)],
  ["a variable with a default", "allowed by Account", may(roleOfTagOrTarget)],
  ["a variable with a default and a value", "lacks identity", may(roleOfTagOrTarget), roleTag("x")],
  ["all but another", "allowed by Account", mayNot(`${target}2`)],
  ["all but this", "lacks identity", mayNot(target)],
  ["all but a variable of another value", "allowed by Account", mayNot(roleOfTag), roleTag("x")],
  ["all but a variable without a value", "lacks identity", mayNot(roleOfTag)],
  [
    "all but a variable without a value, denied",
    "denied by identity 1",
    identity(any, deny({ NotResource: roleOfTag })),
  ],
])

rule("resources that are no roles", identity(any), [
  ["no policy of the resource", "allowed by Holder", on("arn:aws:s3:::bucket")],
  ["a policy of the resource for others", "allowed by Holder", resource(aws(B))],
  ["no policy", "lacks identity", identity(other)],
  ["a session policy that does not allow", "lacks session", by(worker), session(other)],
  ["a federated session without a policy", "lacks session", by(fred)],
  ["a root user", "allowed by Root", by(rootUser), to("sts:GetFederationToken"), on("*"), identity(other)],
  ["the federated session of a root user", "lacks session", by(rootFred), identity(other)],
  [
    "the federated session of a root user, with a policy",
    "allowed by Holder",
    by(rootFred),
    identity(other),
    session(any),
  ],
  ["the user named by the resource", "allowed by User", identity(other), resource(aws(alice.arn))],
  ["the account named by the resource", "lacks identity", identity(other), resource(account)],
  ["another account", "lacks resource", by(stranger)],
  ["another account named by the resource", "allowed by Account", by(stranger), resource(aws(B))],
  ["a federated user, by name", "allowed by Holder", on(fred.arn), may(`arn:aws:sts::${A}:federated-user/f*`)],
  ["a federated user of another name", "lacks identity", on(fred.arn), may(`arn:aws:sts::${A}:federated-user/M*`)],
  [
    "a bucket, with a key of its service",
    "allowed by Holder",
    to("s3:ListBucket"),
    on("arn:aws:s3:::bucket"),
    identity(doing("s3:*", where(home))),
    given({ "s3:prefix": "home/a" }),
  ],
  ["none, for an action that has none", "allowed by Holder", on("*")],
  ["one, for an action that has none", "lacks identity", on("*"), may(target)],
])

const butNot = (...principals: ReadonlyArray<string>): Case => resource(deny({ NotPrincipal: { AWS: principals } }))
const butNotService = (name: string): Case => resource(service(ec2.name), deny({ NotPrincipal: { Service: name } }))

rule("NotPrincipal exempts who is named with all that it depends on", identity(any), [
  ["user and account", "allowed by Holder", butNot(alice.arn, A)],
  ["the user alone", "denied by resource 0", butNot(alice.arn)],
  ["the account alone", "denied by resource 0", butNot(A)],
  ["session, role and account", "allowed by Holder", by(worker), butNot(worker.arn, worker.roleArn, A)],
  ["role and account of a session", "denied by resource 0", by(worker), butNot(worker.roleArn, A)],
  ["federated session and account", "allowed by Holder", by(fred), butNot(fred.arn, A), session(any)],
  ["the account of a federated session", "denied by resource 0", by(fred), butNot(A), session(any)],
  ["the account of a root user", "allowed by Root", by(rootUser), butNot(A)],
  ["everyone", "allowed by Holder", resource(deny({ NotPrincipal: "*" }))],
  ["others", "denied by resource 0", butNot(stranger.arn, B)],
  ["a service", "allowed by Service", by(ec2), butNotService(ec2.name)],
  ["another service", "denied by resource 1", by(ec2), butNotService("sns.amazonaws.com")],
])

describe("an explanation", () => {
  it("says which condition did not hold, and shows no value of the request", () => {
    const decision = decide(
      trust(where(x1, { ...account, Sid: "Partner" })),
      identity(any),
      given({ "sts:ExternalId": "x2" }),
    )
    assert.strictEqual(
      Authorization.explain(decision),
      "Not allowed: no allow in resource policies; the trust policy does not allow it " +
        "(statement 0 (Partner) does not hold: StringEquals sts:ExternalId); " +
        "the identity policy allows it (statement 0, by Holder)",
    )
  })

  it("says which statement denied", () => {
    const decision = decide(trust(account), identity(any, deny({ Sid: "NoRoles" })))
    assert.include(Authorization.explain(decision), "Denied by the identity policy, statement 1 (NoRoles)")
  })

  it("says which element did not match", () => {
    const decision = decide(trust(aws(B)), identity(other, { Resource: `${target}2` }))
    assert.include(Authorization.explain(decision), "(statement 0 does not match the principal)")
    assert.include(
      Authorization.explain(decision),
      "(statement 0 does not match the action; statement 1 does not match the resource)",
    )
  })

  it("says by what grant a request is allowed", () => {
    const decision = decide(by(worker), trust(aws(A, worker.arn)))
    assert.strictEqual(
      Authorization.explain(decision),
      "Allowed by RoleSession; the trust policy allows it (statement 0, by RoleSession)",
    )
  })
})

describe("the context of a caller", () => {
  const rows: ReadonlyArray<readonly [caller: Principal.Caller, userId: string, context: object]> = [
    [
      rootUser,
      A,
      { "aws:PrincipalType": "Account", "aws:PrincipalArn": rootUser.arn, "aws:PrincipalAccount": A, "aws:userid": A },
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
      worker,
      "AROAX:s1",
      {
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalArn": worker.roleArn,
        "aws:PrincipalAccount": A,
        "aws:userid": "AROAX:s1",
      },
    ],
    [
      fred,
      `${A}:fred`,
      {
        "aws:PrincipalType": "FederatedUser",
        "aws:PrincipalArn": fred.arn,
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
