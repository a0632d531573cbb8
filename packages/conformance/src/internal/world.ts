/**
 * The world of the laws. `alice` may assume all, `bob` nothing. Roles are named after what they ask for.
 */
import type * as World from "@effect-sts/memory/World"

export const here = "111111111111"
export const there = "222222222222"
/** Where STS is not activated in the region of the world. */
export const dark = "333333333333"

export const userArn = (name: string) => `arn:aws:iam::${here}:user/${name}`
export const rootArn = `arn:aws:iam::${here}:root`
export const roleArn = (name: string, account = here) => `arn:aws:iam::${account}:role/${name}`
export const sessionArn = (role: string, session: string, account = here) =>
  `arn:aws:sts::${account}:assumed-role/${role}/${session}`
export const mfaArn = (name: string) => `arn:aws:iam::${here}:mfa/${name}`

/** The world makes the keys of both, and tokens and assertions with them. */
export const oidcProvider = "token.example.com"
export const samlProvider = `arn:aws:iam::${here}:saml-provider/idp`

type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>

const assuming = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]

const trusting = (principal: string, condition?: Condition, actions: ReadonlyArray<string> = assuming) => ({
  Version: "2012-10-17" as const,
  Statement: {
    Effect: "Allow" as const,
    Principal: { AWS: principal },
    Action: actions,
    ...(condition !== undefined && { Condition: condition }),
  },
})

const federated = (provider: string, action: string) => ({
  Version: "2012-10-17" as const,
  Statement: {
    Effect: "Allow" as const,
    Principal: { Federated: provider },
    Action: [action, "sts:TagSession", "sts:SetSourceIdentity"],
  },
})

const allowing = (action: string | ReadonlyArray<string>, condition?: Condition) => ({
  Version: "2012-10-17" as const,
  Statement: {
    Effect: "Allow" as const,
    Action: action,
    Resource: "*",
    ...(condition !== undefined && { Condition: condition }),
  },
})

/** With every character that a form, a header or a document could spoil. */
const secretOf = (accessKeyId: string) => `a+b/c=%2B&~ '"<é>${accessKeyId}`

const key = (accessKeyId: string, status: "Active" | "Inactive" = "Active") => ({
  accessKeyId,
  secretAccessKey: secretOf(accessKeyId),
  status,
})

/** Who call at once, each as himself. */
export const crowd = Array.from({ length: 8 }, (_, index) => `crowd${index}`)

/** All that may stand in a name of a session. */
export const everyNameCharacter = "aZ09_+=,.@-"

/** All that may stand in an external id. */
export const everyExternalIdCharacter = "aZ09_+=,.@:/-"

/** The longest external id. */
export const longExternalId = "a+b=".repeat(306)

/** All that may stand in the key and the value of a tag, of each kind some. */
export const everyTagCharacter = "aZ09_.:/=+-@ é ä 日本 ٣\u3000x"

/** Tags that the policy of a role asks for, to the letter. */
export const letterTags = { [everyTagCharacter]: everyTagCharacter, empty: "", "Key 47": "47" }

/** A managed policy, which lets a session look up an access key. */
export const lookUpArn = `arn:aws:iam::${here}:policy/look/${everyNameCharacter}`

/** A tag of a role, which policies of sessions can ask for letter by letter. */
export const tagValue = "größe + 50=é : @x_/-.  y"

export const start = Date.UTC(2026, 6, 13, 10, 0, 0, 700)

export const world: World.Encoded = {
  seed: "conformance",
  region: "eu-west-1",
  accounts: {
    [here]: {
      root: { accessKeys: [key("AKIAROOT000000000000")] },
      users: {
        alice: {
          accessKeys: [key("AKIAALICE00000000000")],
          mfaDevices: [{ serialNumber: mfaArn("alice"), secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }],
          policies: [
            allowing([...assuming, "sts:SetContext"]),
            allowing(["sts:GetFederationToken", "sts:GetAccessKeyInfo"]),
            allowing(["sts:AssumeRoot", "sts:DecodeAuthorizationMessage", "sts:GetDelegatedAccessToken"]),
          ],
          tags: { team: "blue" },
        },
        bob: { accessKeys: [key("AKIABOB0000000000000")] },
        carol: { accessKeys: [key("AKIACAROL00000000000"), key("AKIACAROL00000000001", "Inactive")] },
        dave: { path: "/team/blue/", accessKeys: [key("AKIADAVE000000000000")] },
        ...Object.fromEntries(
          crowd.map((name, index) => [
            name,
            { accessKeys: [key(`AKIACROWD0000000000${index}`)], policies: [allowing(assuming)] },
          ]),
        ),
      },
      managedPolicies: {
        [everyNameCharacter]: { path: "/look/", document: allowing("sts:GetAccessKeyInfo") },
      },
      roles: {
        account: { trustPolicy: trusting(rootArn), policies: [allowing("sts:*")], maxSessionDuration: 43200 },
        narrow: { trustPolicy: trusting(rootArn) },
        chained: {
          trustPolicy: trusting(roleArn("account")),
          policies: [allowing(assuming)],
          maxSessionDuration: 43200,
        },
        nobody: { trustPolicy: trusting("arn:aws:iam::999999999999:root") },
        external: {
          trustPolicy: trusting(rootArn, { StringEquals: { "sts:ExternalId": everyExternalIdCharacter } }),
        },
        longExternal: { trustPolicy: trusting(rootArn, { StringEquals: { "sts:ExternalId": longExternalId } }) },
        mfa: { trustPolicy: trusting(rootArn, { Bool: { "aws:MultiFactorAuthPresent": "true" } }) },
        sourced: {
          trustPolicy: trusting(rootArn, { StringEquals: { "sts:SourceIdentity": everyNameCharacter } }),
          policies: [allowing(assuming)],
        },
        afterSource: { trustPolicy: trusting(rootArn, { StringEquals: { "aws:SourceIdentity": everyNameCharacter } }) },
        lettered: {
          trustPolicy: trusting(rootArn),
          policies: [
            allowing("sts:GetAccessKeyInfo", {
              StringEquals: Object.fromEntries(
                Object.entries(letterTags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
              ),
            }),
          ],
        },
        untagged: {
          trustPolicy: trusting(rootArn, undefined, ["sts:AssumeRole"]),
          policies: [allowing(assuming)],
        },
        afterTag: { trustPolicy: trusting(rootArn, { StringEquals: { "aws:PrincipalTag/team": tagValue } }) },
        wantsTag: { trustPolicy: trusting(rootArn, { StringEquals: { "aws:RequestTag/team": tagValue } }) },
        contextual: {
          trustPolicy: trusting(
            rootArn,
            { StringEquals: { "sts:RequestContext/identitystore:UserId": everyNameCharacter } },
            [...assuming, "sts:SetContext"],
          ),
        },
        tagged: { trustPolicy: trusting(rootArn), policies: [allowing("sts:*")], tags: { team: tagValue } },
        job: {
          trustPolicy: federated(`arn:aws:iam::${here}:oidc-provider/${oidcProvider}`, "sts:AssumeRoleWithWebIdentity"),
        },
        analyst: { trustPolicy: federated(samlProvider, "sts:AssumeRoleWithSAML") },
      },
      oidcProviders: { [oidcProvider]: { clientIds: ["sts.amazonaws.com"] } },
      samlProviders: { idp: {} },
      outboundWebIdentityFederation: true,
    },
    [there]: { roles: { cross: { trustPolicy: trusting(rootArn) } } },
    [dark]: { disabledRegions: ["eu-west-1"], roles: { off: { trustPolicy: trusting(rootArn) } } },
  },
  organization: { managementAccount: here, members: [there], rootSessions: true },
}
