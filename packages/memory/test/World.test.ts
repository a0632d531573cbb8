import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as util from "node:util"
import { accessKeyAccount } from "../src/internal/identifiers.ts"
import * as Authorization from "../src/policy/Authorization.ts"
import * as Principal from "../src/policy/Principal.ts"
import * as RequestContext from "../src/policy/RequestContext.ts"
import * as World from "../src/World.ts"

const secrets = ["s3cr3t/access+key", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"] as const

const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: secrets[0] }
const device = { serialNumber: "arn:aws:iam::111111111111:mfa/alice", secret: secrets[1] }
const trustPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole" }],
}
const worldOf = (account: object, rest: object = {}): object => ({ ...rest, accounts: { "111111111111": account } })
const user = (fields: object): object => worldOf({ users: { alice: { accessKeys: [key], ...fields } } })
const role = (fields: object): object => worldOf({ roles: { "my-role": { trustPolicy, ...fields } } })
const trusting = (principal: string): object =>
  role({ trustPolicy: { Statement: [{ Effect: "Allow", Principal: { AWS: [principal] }, Action: "sts:AssumeRole" }] } })

const member = "222222222222"
const organized = (organization: object): object => ({
  accounts: { "111111111111": {}, [member]: {} },
  organization: { managementAccount: "111111111111", ...organization },
})

/** Metadata as identity providers publish them. */
const metadata = (use = "signing", certificate = "MIIC\n  AAAA") => `<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="${use}">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com" />
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`

const faults = (input: unknown): ReadonlyArray<string> =>
  Result.match(Effect.runSync(Effect.result(World.decodeUnknown(input))), {
    onSuccess: () => [],
    onFailure: (error) => error.faults.map(({ message, path }) => `${path}: ${message}`),
  })

const allowAll = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } }
const policyArn = (name: string, account = "111111111111") => `arn:aws:iam::${account}:policy/${name}`

const a1 = `accounts."111111111111"`
const alice = `${a1}.users.alice`
const myRole = `${a1}.roles."my-role"`

describe("a world is read", () => {
  it.effect("with what is missing filled in", () =>
    Effect.gen(function* () {
      const world = yield* World.decodeUnknown(worldOf({ users: { alice: {} }, roles: { "my-role": { trustPolicy } } }))
      assert.strictEqual(world.seed, "effect-sts")
      assert.strictEqual(world.region, "us-east-1")
      const account = world.accounts["111111111111"]
      assert.deepStrictEqual(account?.users["alice"], {
        path: "/",
        accessKeys: [],
        mfaDevices: [],
        policies: [],
        managedPolicyArns: [],
        tags: {},
      })
      assert.strictEqual(account?.roles["my-role"]?.maxSessionDuration, 3600)
      assert.strictEqual(account?.roles["my-role"]?.trustPolicy.statements.length, 1)
      assert.isFalse(account?.outboundWebIdentityFederation)
      assert.deepStrictEqual(account?.disabledRegions, [])
      assert.strictEqual(account?.globalEndpointTokenVersion, 1)
      assert.isUndefined(world.organization)
      assert.isUndefined(account?.root)
    }),
  )

  it.effect("with its secrets redacted", () =>
    Effect.gen(function* () {
      const world = yield* World.decodeUnknown(user({ mfaDevices: [device] }))
      const alice = world.accounts["111111111111"]?.users["alice"]
      const [accessKey] = alice?.accessKeys ?? []
      assert.isDefined(accessKey)
      if (accessKey !== undefined) assert.strictEqual(Redacted.value(accessKey.secretAccessKey), secrets[0])
      assert.strictEqual(accessKey?.status, "Active")
      for (const secret of secrets) {
        assert.notInclude(JSON.stringify(world), secret)
        assert.notInclude(util.inspect(world, { depth: 20 }), secret)
      }
    }),
  )

  it.effect("with an organization whose root sessions are closed, unless it says otherwise", () =>
    Effect.gen(function* () {
      const { organization } = yield* World.decodeUnknown(organized({}))
      assert.deepStrictEqual(organization, {
        id: "o-exampleorgid",
        managementAccount: "111111111111",
        members: [],
        delegatedAdministrators: [],
        rootSessions: false,
      })
    }),
  )

  it.effect("with a number for a seed", () =>
    Effect.gen(function* () {
      const world = yield* World.decodeUnknown({ seed: 42, accounts: {} })
      assert.strictEqual(world.seed, "42")
    }),
  )

  it.effect("and written back as a world that reads the same", () =>
    Effect.gen(function* () {
      const world = yield* World.decode(World.demo)
      const written = yield* Schema.encodeEffect(World.World)(world)
      const again = yield* World.fromJson(JSON.stringify(written))
      assert.deepStrictEqual(yield* Schema.encodeEffect(World.World)(again), written)
      assert.deepStrictEqual(
        written.accounts["111111111111"]?.users?.["alice"]?.accessKeys,
        World.demo.accounts["111111111111"]?.users?.["alice"]?.accessKeys?.map((key) => ({ ...key, status: "Active" })),
      )
    }),
  )

  const accepted: ReadonlyArray<readonly [name: string, world: object]> = [
    ["a root user", worldOf({ root: { accessKeys: [key], mfaDevices: [device] } })],
    ["a key that is not active", user({ accessKeys: [{ ...key, status: "Inactive" }] })],
    ["a path", user({ path: "/team/blue/" })],
    ["tags", user({ tags: { team: "blue", "cost:centre": "", "größe 1": "é" } })],
    ["a hardware device", user({ mfaDevices: [{ serialNumber: "GAHT12345678", secret: "MZXW6YTB" }] })],
    [
      "the longest and the shortest sessions",
      worldOf({
        roles: { a: { trustPolicy, maxSessionDuration: 3600 }, b: { trustPolicy, maxSessionDuration: 43200 } },
      }),
    ],
    ["a user and a role of one name", worldOf({ users: { x: {} }, roles: { x: { trustPolicy } } })],
    [
      "the same name in two accounts",
      { accounts: { "111111111111": { users: { x: {} } }, "222222222222": { users: { x: {} } } } },
    ],
    [
      "an OIDC provider",
      worldOf({
        oidcProviders: {
          "oidc.eks.eu-west-1.amazonaws.com/id/AB": {
            clientIds: ["sts.amazonaws.com"],
            jwks: { keys: [{ kty: "EC", crv: "P-384", x: "a", y: "b", kid: "1" }] },
          },
        },
      }),
    ],
    [
      "an OIDC provider whose issuer ends in a slash",
      worldOf({ oidcProviders: { "tenant.auth0.com/": { clientIds: [] } } }),
    ],
    ["an OIDC provider whose key the world makes", worldOf({ oidcProviders: { "a.example.com": { clientIds: [] } } })],
    ["a SAML provider", worldOf({ samlProviders: { "my.idp": { metadata: metadata() } } })],
    [
      "a SAML provider with other names for the namespaces",
      worldOf({ samlProviders: { idp: { metadata: metadata().replaceAll("md:", "").replace("xmlns:md", "xmlns") } } }),
    ],
    ["a SAML provider that the world is itself", worldOf({ samlProviders: { idp: {} } })],
    ["trust in an account that is not here", trusting("arn:aws:iam::999999999999:user/whoever")],
    ["trust in a session", trusting("arn:aws:sts::111111111111:assumed-role/my-role/session")],
    ["trust of a role in itself", trusting("arn:aws:iam::111111111111:role/my-role")],
    ["trust in its own partition", { ...trusting("arn:aws-cn:iam::111111111111:root"), region: "cn-north-1" }],
    [
      "managed policies, attached to users and roles",
      worldOf({
        users: { alice: { managedPolicyArns: [policyArn("team/look")] } },
        roles: { "my-role": { trustPolicy, managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] } },
        managedPolicies: { look: { path: "/team/", document: allowAll }, none: { document: allowAll } },
      }),
    ],
    ["outbound federation", worldOf({ outboundWebIdentityFederation: true })],
    ["no accounts", { accounts: {} }],
    ["regions that it has disabled", worldOf({ disabledRegions: ["eu-central-1", "ap-east-1"] })],
    [
      "regions of its partition that it has disabled",
      { ...worldOf({ disabledRegions: ["cn-north-1"] }), region: "cn-northwest-1" },
    ],
    ["tokens of version 2", worldOf({ globalEndpointTokenVersion: 2 })],
    ["an organization of itself alone", organized({})],
    [
      "an organization with a delegated administrator",
      organized({ id: "o-a1b2c3d4e5", members: [member], delegatedAdministrators: [member], rootSessions: true }),
    ],
  ]
  it.each(accepted)("with %s", (_, world) => {
    assert.deepStrictEqual(faults(world), [])
  })
})

describe("a world is refused, with the place,", () => {
  const refused: ReadonlyArray<readonly [name: string, world: unknown, fault: string | RegExp]> = [
    ["that is no object", "world", ": expected object"],
    ["without accounts", {}, "accounts: is missing"],
    [
      "with a misspelled field",
      { acounts: {}, accounts: {} },
      "acounts: is no field here; the fields are seed, region, accounts, organization",
    ],
    ["with a seed that is no whole number", { seed: 1.5, accounts: {} }, "seed: expected an integer"],
    [
      "with a region that is none",
      { region: "Frankfurt", accounts: {} },
      `region: "Frankfurt" is no region: expected one like eu-central-1`,
    ],
    [
      "with an account of four digits",
      { accounts: { "1111": {} } },
      `accounts."1111": is no account: expected 12 digits`,
    ],
    [
      "with an account of 13 digits",
      { accounts: { "1111111111111": {} } },
      `accounts."1111111111111": is no account: expected 12 digits`,
    ],
    [
      "with a misspelled field of an account",
      worldOf({ user: {} }),
      /^accounts\."111111111111"\.user: is no field here; the fields are root, users, roles/,
    ],
    [
      "with a user name that has a space",
      worldOf({ users: { "al ice": {} } }),
      `${a1}.users."al ice": is no user name: expected 1 to 64 letters, digits or +=,.@_-`,
    ],
    ["with a role name of 65 characters", worldOf({ roles: { ["r".repeat(65)]: { trustPolicy } } }), /is no role name/],
    [
      "with two users whose names differ in case",
      worldOf({ users: { alice: {}, Alice: {} } }),
      `${a1}.users.Alice: there is a user "alice" already: names have no case`,
    ],
    [
      "with two roles whose names differ in case",
      worldOf({ roles: { r: { trustPolicy }, R: { trustPolicy } } }),
      `${a1}.roles.R: there is a role "r" already: names have no case`,
    ],
    [
      "with a misspelled field of a user",
      user({ pth: "/" }),
      /^accounts\."111111111111"\.users\.alice\.pth: is no field here/,
    ],
    [
      "with a path without an end",
      user({ path: "/team" }),
      `${alice}.path: "/team" is no path: expected "/", or one that begins and ends with "/"`,
    ],
    [
      "with a misspelled field of a key",
      user({ accessKeys: [{ ...key, state: "Active" }] }),
      /^accounts\."111111111111"\.users\.alice\.accessKeys\[0\]\.state: is no field here/,
    ],
    [
      "with a key without a secret",
      user({ accessKeys: [{ accessKeyId: "AKIDEXAMPLE" }] }),
      `${alice}.accessKeys[0].secretAccessKey: is missing`,
    ],
    [
      "with an empty secret",
      user({ accessKeys: [{ ...key, secretAccessKey: "" }] }),
      `${alice}.accessKeys[0].secretAccessKey: is empty`,
    ],
    [
      "with a secret that is a number",
      user({ accessKeys: [{ ...key, secretAccessKey: 12345 }] }),
      `${alice}.accessKeys[0].secretAccessKey: expected string`,
    ],
    [
      "with a secret for a key id",
      user({ accessKeys: [{ ...key, accessKeyId: secrets[0] }] }),
      `${alice}.accessKeys[0].accessKeyId: is no access key id: expected 1 to 128 letters, digits or _`,
    ],
    [
      "with a status that is none",
      user({ accessKeys: [{ ...key, status: "active" }] }),
      `${alice}.accessKeys[0].status: expected "Active" or "Inactive"`,
    ],
    [
      "with a key twice in one account",
      worldOf({ root: { accessKeys: [key] }, users: { alice: { accessKeys: [key] } } }),
      `${alice}.accessKeys[0].accessKeyId: is the access key id at ${a1}.root.accessKeys[0].accessKeyId already`,
    ],
    [
      "with a key twice in two accounts",
      {
        accounts: {
          "111111111111": { users: { alice: { accessKeys: [key] } } },
          "222222222222": { users: { bob: { accessKeys: [key] } } },
        },
      },
      `accounts."222222222222".users.bob.accessKeys[0].accessKeyId: is the access key id at ${alice}.accessKeys[0].accessKeyId already`,
    ],
    [
      "with an MFA device twice",
      user({ mfaDevices: [device, device] }),
      `${alice}.mfaDevices[1].serialNumber: is the MFA serial number at ${alice}.mfaDevices[0].serialNumber already`,
    ],
    [
      "with an MFA device of another account",
      user({ mfaDevices: [{ ...device, serialNumber: "arn:aws:iam::222222222222:mfa/alice" }] }),
      `${alice}.mfaDevices[0].serialNumber: is an ARN of another account than 111111111111`,
    ],
    [
      "with a serial number of 8 characters",
      user({ mfaDevices: [{ ...device, serialNumber: "12345678" }] }),
      `${alice}.mfaDevices[0].serialNumber: is no MFA serial number: expected 9 to 256 letters, digits or +=/:,.@_-`,
    ],
    [
      "with an MFA secret that is no base32",
      user({ mfaDevices: [{ ...device, secret: "0189" }] }),
      `${alice}.mfaDevices[0].secret: is no MFA secret: expected base32 (A to Z and 2 to 7)`,
    ],
    [
      "with a tag of AWS's own",
      user({ tags: { "aws:team": "x" } }),
      `${alice}.tags."aws:team": tag keys that begin with "aws:" are AWS's own`,
    ],
    [
      "with two tags that differ in case",
      user({ tags: { team: "x", Team: "y" } }),
      `${alice}.tags.Team: is a tag key that stands here twice: tag keys have no case`,
    ],
    [
      "with a tag value of 257 characters",
      user({ tags: { team: "x".repeat(257) } }),
      /^accounts\."111111111111"\.users\.alice\.tags\.team: is no tag value/,
    ],
    ["with a tag key of a letter that is none", user({ tags: { a$b: "x" } }), /is no tag key/],
    [
      "with 51 tags",
      user({ tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""])) }),
      `${alice}.tags: has more than 50 tags`,
    ],
    [
      "with an identity policy that is text",
      user({ policies: ["{}"] }),
      `${alice}.policies[0]: expected a policy document, as an object`,
    ],
    [
      "with an identity policy with a Principal",
      user({ policies: [{ Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }] }] }),
      `${alice}.policies[0].Statement[0].Principal: cannot stand in an identity policy, which speaks of whoever has it`,
    ],
    [
      "with a managed policy that does not exist",
      user({ managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess", policyArn("look")] }),
      `${alice}.managedPolicyArns[1]: "arn:aws:iam::111111111111:policy/look" does not exist in account 111111111111 of this world`,
    ],
    [
      "with a managed policy under another path",
      worldOf({
        roles: { "my-role": { trustPolicy, managedPolicyArns: [policyArn("look")] } },
        managedPolicies: { look: { path: "/team/", document: allowAll } },
      }),
      `${myRole}.managedPolicyArns[0]: "arn:aws:iam::111111111111:policy/look" does not exist in account 111111111111 of this world`,
    ],
    [
      "with a managed policy of another account",
      {
        accounts: {
          "111111111111": { users: { alice: { managedPolicyArns: [policyArn("look", "222222222222")] } } },
          "222222222222": { managedPolicies: { look: { document: allowAll } } },
        },
      },
      `${alice}.managedPolicyArns[0]: "arn:aws:iam::222222222222:policy/look" is of another account than 111111111111`,
    ],
    [
      "with an AWS managed policy that it does not have",
      user({ managedPolicyArns: ["arn:aws:iam::aws:policy/NoSuchAccess"] }),
      /managedPolicyArns\[0\]: "arn:aws:iam::aws:policy\/NoSuchAccess" is none of the AWS managed policies that a world has: AdministratorAccess, /,
    ],
    [
      "with an AWS managed policy without its path",
      user({ managedPolicyArns: ["arn:aws:iam::aws:policy/ViewOnlyAccess"] }),
      /is none of the AWS managed policies .*, job-function\/ViewOnlyAccess$/,
    ],
    [
      "with a managed policy of another partition",
      user({ managedPolicyArns: ["arn:aws-cn:iam::aws:policy/ReadOnlyAccess"] }),
      `${alice}.managedPolicyArns[0]: "arn:aws-cn:iam::aws:policy/ReadOnlyAccess" is not in the partition of the world's region, aws`,
    ],
    [
      "with a managed policy by its name",
      user({ managedPolicyArns: ["ReadOnlyAccess"] }),
      `${alice}.managedPolicyArns[0]: "ReadOnlyAccess" is no ARN of a managed policy`,
    ],
    [
      "with a managed policy that has a mistake in it",
      worldOf({
        managedPolicies: { look: { document: { Statement: [{ Effect: "Allow", Action: "look", Resource: "*" }] } } },
      }),
      /^accounts\."111111111111"\.managedPolicies\.look\.document\.Statement\[0\]\.Action: "look" is no action/,
    ],
    [
      "with a policy name of 129 characters",
      worldOf({ managedPolicies: { ["p".repeat(129)]: { document: allowAll } } }),
      /is no policy name: expected 1 to 128 letters/,
    ],
    [
      "with two managed policies whose names differ in case",
      worldOf({ managedPolicies: { look: { document: allowAll }, Look: { document: allowAll } } }),
      `${a1}.managedPolicies.Look: there is a policy "look" already: names have no case`,
    ],
    ["with a role without a trust policy", worldOf({ roles: { "my-role": {} } }), `${myRole}.trustPolicy: is missing`],
    [
      "with an unknown operator in a trust policy",
      role({
        trustPolicy: {
          Statement: [
            {
              Effect: "Allow",
              Principal: "*",
              Action: "sts:AssumeRole",
              Condition: { StringEqual: { "sts:ExternalId": "x" } },
            },
          ],
        },
      }),
      `${myRole}.trustPolicy.Statement[0].Condition.StringEqual: "StringEqual" is no condition operator`,
    ],
    [
      "with an unknown key in a trust policy",
      role({
        trustPolicy: {
          Statement: [
            {
              Effect: "Allow",
              Principal: "*",
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "sts:ExternalID": ["x"], "sts:Extern": ["x"] } },
            },
          ],
        },
      }),
      `${myRole}.trustPolicy.Statement[0].Condition.StringEquals."sts:Extern": "sts:Extern" is not a known condition key`,
    ],
    [
      "with a misspelled element in a trust policy",
      role({
        trustPolicy: { Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole", Conditions: {} }] },
      }),
      /^accounts\."111111111111"\.roles\."my-role"\.trustPolicy\.Statement\[0\]\.Conditions: is no element of a statement/,
    ],
    [
      "with trust in a user who does not exist",
      trusting("arn:aws:iam::111111111111:user/bob"),
      `${myRole}.trustPolicy.Statement[0].Principal.AWS[0]: "arn:aws:iam::111111111111:user/bob" does not exist in account 111111111111 of this world`,
    ],
    [
      "with trust in a role without its path",
      worldOf({
        roles: {
          a: { trustPolicy, path: "/x/" },
          "my-role": {
            trustPolicy: {
              Statement: {
                Effect: "Allow",
                Principal: { AWS: "arn:aws:iam::111111111111:role/a" },
                Action: "sts:AssumeRole",
              },
            },
          },
        },
      }),
      `${myRole}.trustPolicy.Statement.Principal.AWS: "arn:aws:iam::111111111111:role/a" does not exist in account 111111111111 of this world`,
    ],
    [
      "with trust in another partition",
      trusting("arn:aws-cn:iam::111111111111:root"),
      `${myRole}.trustPolicy.Statement[0].Principal.AWS[0]: "arn:aws-cn:iam::111111111111:root" is not in the partition of the world's region, aws`,
    ],
    [
      "with a session of 59 minutes",
      role({ maxSessionDuration: 3599 }),
      `${myRole}.maxSessionDuration: 3599: expected whole seconds, from 3600 (an hour) to 43200 (12 hours)`,
    ],
    [
      "with a session of more than 12 hours",
      role({ maxSessionDuration: 43201 }),
      /maxSessionDuration: 43201: expected/,
    ],
    [
      "with a session of parts of seconds",
      role({ maxSessionDuration: 3600.5 }),
      /maxSessionDuration: 3600.5: expected/,
    ],
    [
      "with the URL of an OIDC provider",
      worldOf({ oidcProviders: { "https://token.example.com": { clientIds: [], jwks: { keys: [] } } } }),
      /oidcProviders\."https:\/\/token\.example\.com": is no OIDC provider/,
    ],
    [
      "with a private key of an OIDC provider",
      worldOf({
        oidcProviders: {
          "token.example.com": { clientIds: ["a"], jwks: { keys: [{ kty: "RSA", n: "1", e: "2", d: secrets[0] }] } },
        },
      }),
      `${a1}.oidcProviders."token.example.com".jwks.keys[0].d: is of a private key: a provider shows public keys`,
    ],
    [
      "with a disabled region that is none",
      worldOf({ disabledRegions: ["eu-central-1", "Frankfurt"] }),
      `${a1}.disabledRegions[1]: "Frankfurt" is no region: expected one like eu-central-1`,
    ],
    [
      "with a disabled region of another partition",
      worldOf({ disabledRegions: ["cn-north-1"] }),
      `${a1}.disabledRegions[0]: "cn-north-1" is not in the partition of the world's region, aws`,
    ],
    [
      "with the region that cannot be disabled",
      worldOf({ disabledRegions: ["eu-central-1", "us-east-1"] }),
      `${a1}.disabledRegions[1]: STS cannot be deactivated in "us-east-1"`,
    ],
    [
      "with tokens of a version that is none",
      worldOf({ globalEndpointTokenVersion: 3 }),
      `${a1}.globalEndpointTokenVersion: expected 1 or 2`,
    ],
    [
      "with an organization whose id is none",
      organized({ id: "o-1" }),
      `organization.id: "o-1" is no organization: expected "o-" and 10 to 32 small letters or digits`,
    ],
    [
      "with an organization without a management account",
      { ...organized({}), organization: {} },
      "organization.managementAccount: is missing",
    ],
    [
      "with a misspelled field of an organization",
      organized({ accounts: [] }),
      "organization.accounts: is no field here; the fields are id, managementAccount, members, delegatedAdministrators, rootSessions",
    ],
    [
      "with a management account that is not there",
      organized({ managementAccount: "999999999999" }),
      `organization.managementAccount: "999999999999" is no account of this world`,
    ],
    [
      "with a member that is not there",
      organized({ members: [member, "999999999999"] }),
      `organization.members[1]: "999999999999" is no account of this world`,
    ],
    [
      "with a member that is no account",
      organized({ members: ["1"] }),
      `organization.members[0]: "1" is no account: expected 12 digits`,
    ],
    [
      "with a member that is the management account",
      organized({ members: ["111111111111"] }),
      "organization.members[0]: is the account at organization.managementAccount already",
    ],
    [
      "with a member that stands there twice",
      organized({ members: [member, member] }),
      "organization.members[1]: is the account at organization.members[0] already",
    ],
    [
      "with a delegated administrator that is no member",
      organized({ delegatedAdministrators: [member] }),
      `organization.delegatedAdministrators[0]: "${member}" is not among the members`,
    ],
    [
      "with a SAML provider without metadata",
      worldOf({ samlProviders: { idp: { metadata: "" } } }),
      `${a1}.samlProviders.idp.metadata: is no XML`,
    ],
    [
      "with the metadata of something else",
      worldOf({ samlProviders: { idp: { metadata: "<EntityDescriptor/>" } } }),
      `${a1}.samlProviders.idp.metadata: is no metadata of SAML 2.0: expected an EntityDescriptor`,
    ],
    [
      "with metadata that name nobody",
      worldOf({ samlProviders: { idp: { metadata: metadata().replace(/entityID="[^"]*"/, "") } } }),
      `${a1}.samlProviders.idp.metadata: has no entityID`,
    ],
    [
      "with metadata without a certificate",
      worldOf({ samlProviders: { idp: { metadata: metadata("encryption") } } }),
      `${a1}.samlProviders.idp.metadata: has no certificate to sign with: expected an X509Certificate in a KeyDescriptor`,
    ],
    [
      "with metadata whose certificate is none",
      worldOf({ samlProviders: { idp: { metadata: metadata("signing", "%") } } }),
      `${a1}.samlProviders.idp.metadata: has a certificate that is no base64`,
    ],
    [
      "with an OIDC provider that is AWS itself",
      worldOf({ oidcProviders: { "abc.tokens.sts.global.api.aws": { clientIds: [] } } }),
      `${a1}.oidcProviders."abc.tokens.sts.global.api.aws": is AWS itself, whose tokens AssumeRoleWithWebIdentity does not take`,
    ],
  ]
  it.each(refused)("%s", (_, world, expected) => {
    const [first = "", ...others] = faults(world)
    if (typeof expected === "string") assert.strictEqual(first, expected)
    else assert.match(first, expected)
    assert.deepStrictEqual(others, [])
    for (const secret of secrets) assert.notInclude(first, secret)
  })

  it("with all that is wrong at once", () => {
    const world = worldOf({ users: { alice: { pth: "/", accessKeys: [{}] } }, roles: { "my-role": {} } }, { seeds: 1 })
    assert.deepStrictEqual(
      faults(world).map((fault) => fault.slice(0, fault.indexOf(": "))),
      [
        "seeds",
        `${alice}.pth`,
        `${alice}.accessKeys[0].accessKeyId`,
        `${alice}.accessKeys[0].secretAccessKey`,
        `${myRole}.trustPolicy`,
      ],
    )
  })
})

describe("the error of a world", () => {
  it.effect("is one typed error that lists its faults", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(World.decodeUnknown({ seed: true, accounts: { "1": {} } }))
      assert.instanceOf(error, World.WorldError)
      assert.strictEqual(error._tag, "WorldError")
      assert.strictEqual(
        error.message,
        "This world cannot be read:\n" +
          "- seed: expected a string or a whole number\n" +
          `- accounts."1": is no account: expected 12 digits`,
      )
    }),
  )

  it.effect("shows no secret, however it is printed", () =>
    Effect.gen(function* () {
      const broken = [
        user({ accessKeys: [{ ...key, secretAccessKey: [secrets[0]] }] }),
        user({ accessKeys: [{ secretAccessKey: secrets[0] }] }),
        user({ accessKeys: [key, key] }),
        user({ mfaDevices: [{ serialNumber: secrets[1], secret: `${secrets[1]}0` }] }),
        user({ mfaDevices: [device, { ...device, serialNumber: `${secrets[1]}!` }] }),
      ]
      for (const world of broken) {
        const error = yield* Effect.flip(World.decodeUnknown(world))
        for (const text of [
          String(error),
          error.stack ?? "",
          JSON.stringify(error),
          util.inspect(error, { depth: 20 }),
        ]) {
          for (const secret of secrets) assert.notInclude(text, secret)
        }
      }
    }),
  )
})

describe("a world of JSON", () => {
  it.effect("that breaks off is refused without the text around", () =>
    Effect.gen(function* () {
      const texts = [
        `{"secretAccessKey": ${secrets[0]}}`,
        `{"secretAccessKey": "${secrets[0]}" x`,
        `"${secrets[0]}`,
        "",
      ]
      for (const text of texts) {
        const error = yield* Effect.flip(World.fromJson(text))
        assert.include(error.message, "the text is no JSON")
        for (const part of ["s3cr3t", "access", "key"]) assert.notInclude(error.message, part)
      }
    }),
  )

  it.effect("that is no world is refused as one", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(World.fromJson(`{"accounts": {"1": {}}}`))
      assert.strictEqual(error.message, `This world cannot be read: accounts."1": is no account: expected 12 digits`)
    }),
  )
})

describe("a partition", () => {
  const rows = [
    ["us-east-1", "aws"],
    ["eu-central-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
    ["us-iso-east-1", "aws-iso"],
    ["us-isob-east-1", "aws-iso-b"],
    ["eu-isoe-west-1", "aws-iso-e"],
    ["us-isof-south-1", "aws-iso-f"],
    ["eusc-de-east-1", "aws-eusc"],
  ] as const
  for (const [region, partition] of rows) {
    it(`of ${region} is ${partition}`, () => {
      assert.strictEqual(World.partitionOf(region), partition)
    })
  }
})

describe("the demo world", () => {
  const aliceOf = { _tag: "User", arn: "arn:aws:iam::111111111111:user/alice" } as const
  const bobOf = { _tag: "User", arn: "arn:aws:iam::111111111111:user/bob" } as const
  const myRoleOf = {
    _tag: "RoleSession",
    arn: "arn:aws:sts::111111111111:assumed-role/my-role/test",
    roleArn: "arn:aws:iam::111111111111:role/my-role",
  } as const

  const rows: ReadonlyArray<
    readonly [caller: Principal.Caller, account: string, role: string, context: object, allowed: boolean]
  > = [
    [aliceOf, "111111111111", "my-role", {}, true],
    [bobOf, "111111111111", "my-role", {}, false],
    [aliceOf, "111111111111", "admin", {}, false],
    [aliceOf, "111111111111", "admin", { "aws:MultiFactorAuthPresent": true }, true],
    [aliceOf, "222222222222", "auditor", {}, false],
    [aliceOf, "222222222222", "auditor", { "sts:ExternalId": "partner-7f3a" }, true],
    [aliceOf, "222222222222", "deployer", {}, false],
    [myRoleOf, "222222222222", "deployer", {}, true],
    [myRoleOf, "111111111111", "admin", { "aws:MultiFactorAuthPresent": true }, false],
  ]
  for (const [caller, accountId, name, context, allowed] of rows) {
    it.effect(
      `${allowed ? "lets" : "does not let"} ${caller._tag} ${Principal.arnOf(caller)} assume ${name} with ${JSON.stringify(context)}`,
      () =>
        Effect.gen(function* () {
          const { accounts } = yield* World.decode(World.demo)
          const home = accounts["111111111111"]
          const identity =
            caller._tag === "RoleSession"
              ? home?.roles["my-role"]?.policies
              : home?.users[caller === aliceOf ? "alice" : "bob"]?.policies
          const decision = Authorization.decide(
            {
              caller,
              action: "sts:AssumeRole",
              resource: World.roleArn("aws", accountId, "/", name),
              context: RequestContext.make({ ...context }),
            },
            { resource: accounts[accountId]?.roles[name]?.trustPolicy, identity },
          )
          assert.strictEqual(decision._tag === "Allowed", allowed, Authorization.explain(decision))
        }),
    )
  }

  it("has keys of AWS's documentation, which carry no account", () => {
    const keys = Object.values(World.demo.accounts).flatMap(({ users }) =>
      Object.values(users ?? {}).flatMap(({ accessKeys }) => accessKeys ?? []),
    )
    assert.deepStrictEqual(
      keys.map(({ accessKeyId }) => accessKeyAccount(accessKeyId)),
      [undefined, undefined],
    )
  })
})
