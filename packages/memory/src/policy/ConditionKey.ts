/**
 * The condition keys that the evaluator knows, as data: what kind of value each holds, and whether it may hold several.
 *
 * Keys of `aws:`, `sts:`, `iam:` and `saml:` and the claims of identity providers are all here: such a key that is not
 * is a load error of the policy that tests it, so that no statement is ever decided by guessing. Keys of other services
 * (`s3:prefix`) are known by their form alone. They load, for session and identity policies are full of them, and are
 * absent from the requests that STS decides, as they are in AWS.
 *
 * Sources: "AWS global condition context keys" and "IAM and AWS STS condition context keys" of the IAM User Guide, and
 * "Condition keys for AWS Security Token Service" and "… for AWS Identity and Access Management" of the Service
 * Authorization Reference.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"

/**
 * What a key's values are, which decides the operators that can test it.
 *
 * @category models
 * @since 0.1.0
 */
export type ValueType = "Arn" | "Bool" | "Date" | "IpAddress" | "Numeric" | "String"

/**
 * A condition key: its name as AWS writes it, what it holds, and whether a request can hold several values of it, which
 * is `undefined` where AWS does not say, or says both.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConditionKey {
  readonly name: string
  readonly types: ReadonlyArray<ValueType>
  readonly multivalued: boolean | undefined
}

const keys =
  (multivalued: ConditionKey["multivalued"]) =>
  (types: ReadonlyArray<ValueType>, names: ReadonlyArray<string>): ReadonlyArray<ConditionKey> =>
    names.map((name) => ({ name, types, multivalued }))

const one = keys(false)
const many = keys(true)
const oneOrMany = keys(undefined)

const anyType: ReadonlyArray<ValueType> = ["Arn", "Bool", "Date", "IpAddress", "Numeric", "String"]

/** Keys with a fixed name. */
const exact: ReadonlyArray<ConditionKey> = [
  ...one(
    ["String"],
    [
      "aws:CalledViaAWSMCP",
      "aws:CalledViaFirst",
      "aws:CalledViaLast",
      "aws:Ec2InstanceSourceVpc",
      "aws:FederatedProvider",
      "aws:PrincipalAccount",
      "aws:PrincipalOrgID",
      "aws:PrincipalOrgMasterAccountId",
      "aws:PrincipalServiceName",
      "aws:PrincipalType",
      "aws:RequestedRegion",
      "aws:ResourceAccount",
      "aws:ResourceOrgID",
      "aws:SourceAccount",
      "aws:SourceIdentity",
      "aws:SourceOrgID",
      "aws:SourceOwner",
      "aws:SourceVpc",
      "aws:SourceVpce",
      "aws:UserAgent",
      "aws:VpceAccount",
      "aws:VpceOrgID",
      "aws:referer",
      "aws:userid",
      "aws:username",
      "sts:AWSServiceName",
      "sts:ExternalId",
      "sts:RoleSessionName",
      "sts:SigningAlgorithm",
      "sts:SourceIdentity",
      "iam:AWSServiceName",
      "iam:DelegationDuration",
      "iam:FIDO-FIPS-140-2-certification",
      "iam:FIDO-FIPS-140-3-certification",
      "iam:FIDO-certification",
      "iam:NotificationChannel",
      "iam:OrganizationsPolicyId",
      "iam:PassedToService",
      "iam:RegisterSecurityKey",
      "iam:ServiceSpecificCredentialServiceName",
      "SAML:aud",
      "SAML:doc",
      "SAML:edupersonorgdn",
      "SAML:edupersonprimaryaffiliation",
      "SAML:edupersonprimaryorgunitdn",
      "SAML:edupersonprincipalname",
      "SAML:iss",
      "SAML:namequalifier",
      "SAML:sub",
      "SAML:sub_type",
    ],
  ),
  ...many(
    ["String"],
    [
      "aws:CalledVia",
      "aws:PrincipalOrgPaths",
      "aws:PrincipalServiceNamesList",
      "aws:ResourceOrgPaths",
      "aws:SourceOrgPaths",
      "aws:TagKeys",
      "aws:VpceOrgPaths",
      "sts:IdentityTokenAudience",
      "sts:TransitiveTagKeys",
      "iam:AccountPropertyNamespaces",
      "SAML:cn",
      "SAML:eduorghomepageuri",
      "SAML:eduorgidentityauthnpolicyuri",
      "SAML:eduorglegalname",
      "SAML:eduorgsuperioruri",
      "SAML:eduorgwhitepagesuri",
      "SAML:edupersonaffiliation",
      "SAML:edupersonassurance",
      "SAML:edupersonentitlement",
      "SAML:edupersonnickname",
      "SAML:edupersonorgunitdn",
      "SAML:edupersonscopedaffiliation",
      "SAML:edupersontargetedid",
    ],
  ),
  // Lists to the User Guide, single strings to the Service Authorization Reference.
  ...oneOrMany(
    ["String"],
    [
      "SAML:commonName",
      "SAML:givenName",
      "SAML:mail",
      "SAML:name",
      "SAML:organizationStatus",
      "SAML:primaryGroupSID",
      "SAML:surname",
      "SAML:uid",
      "SAML:x500UniqueIdentifier",
    ],
  ),
  ...one(
    ["Arn", "String"],
    [
      "aws:ChatbotSourceArn",
      "aws:PrincipalArn",
      "aws:SignInSessionArn",
      "aws:SourceArn",
      "aws:SourceVpcArn",
      "sts:TaskPolicyArn",
      "iam:AssociatedResourceArn",
      "iam:DelegationRequestOwner",
      "iam:PermissionsBoundary",
      "iam:PolicyARN",
      "iam:RoleTemplateARN",
      "iam:TemplateArn",
    ],
  ),
  ...many(["Arn", "String"], ["sts:RequestContextProviders"]),
  ...one(
    ["Bool"],
    [
      "aws:AssumedRoot",
      "aws:IsMcpServiceAction",
      "aws:MultiFactorAuthPresent",
      "aws:PrincipalIsAWSService",
      "aws:SecureTransport",
      "aws:ViaAWSMCPService",
      "aws:ViaAWSService",
      "sts:RoleAuthorizedByIdp",
      "sts:RoleAuthorizedByIdp",
    ],
  ),
  ...one(["Numeric"], ["aws:MultiFactorAuthAge", "sts:DurationSeconds", "iam:ServiceSpecificCredentialAgeDays"]),
  ...one(["Date"], ["aws:CurrentTime", "aws:TokenIssueTime"]),
  ...one(["Date", "Numeric"], ["aws:EpochTime"]),
  ...one(["IpAddress"], ["aws:SourceIp"]),
  // AWS compares them with each other by string operators, for those of addresses take no variables.
  ...one(["IpAddress", "String"], ["aws:VpcSourceIp", "aws:Ec2InstanceSourcePrivateIPv4"]),
]

const byName: ReadonlyMap<string, ConditionKey> = new Map(exact.map((key) => [key.name.toLowerCase(), key]))

/** Keys that end in a name of the user's choice, as `aws:RequestTag/team`, by what they begin with in lower case. */
const prefixes: ReadonlyMap<string, string> = new Map(
  ["aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/", "iam:ResourceTag/", "sts:RequestContext/"].map(
    (prefix) => [prefix.toLowerCase(), prefix],
  ),
)

/** What can be the key of a tag: it is STS's own rule. */
const tagKey = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u

/** Namespaces whose keys are all here. */
const reserved: ReadonlySet<string> = new Set(["aws", "iam", "saml", "sts"])

/** The claims that can be tested of any identity provider, as `token.example.com:sub`. */
const claims: ReadonlyArray<ConditionKey> = [
  ...one(["String"], ["aud", "email", "oaud", "sub"]),
  // Several values to the User Guide, one to the Service Authorization Reference.
  ...oneOrMany(["String"], ["amr"]),
]

const gitHubClaims = one(
  ["String"],
  [
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
  ],
)

const gitLabClaims = one(
  ["String"],
  [
    "namespace_id",
    "pipeline_source",
    "project_id",
    "ref_protected",
    "runner_environment",
    "user_access_level",
    "user_email",
    "user_id",
    "user_login",
  ],
)

const buildkiteClaims = one(
  ["String"],
  [
    "build_branch",
    "cluster_id",
    "cluster_name",
    "organization_id",
    "organization_slug",
    "pipeline_id",
    "pipeline_slug",
  ],
)

/** The further claims of the providers whose tokens AWS knows. */
const ownClaims: ReadonlyArray<readonly [provider: RegExp, claims: ReadonlyArray<ConditionKey>]> = [
  [/^accounts\.google\.com$/, one(["Numeric"], ["google/organization_number"])],
  [/^graph\.facebook\.com$/, one(["String"], ["app_id", "id"])],
  [/^www\.amazon\.com$/, one(["String"], ["app_id", "user_id"])],
  [/^token\.actions\.(?:githubusercontent\.com(?:\/.+)?|[^.]+\.ghe\.com)$/, gitHubClaims],
  [/^github\.com\/enterprises\/[^/]+$/, gitHubClaims],
  [/^gitlab\.com$/, gitLabClaims],
  [/^agent\.(?:buildkite\.com|[^.]+\.buildkite\.(?:dev|site))$/, buildkiteClaims],
  [/^oidc\.circleci\.com\/org\/[^/]+$/, one(["String"], ["oidc.circleci.com/project-id"])],
  [/^idcs-[^.]+\.identity\.oraclecloud\.com$/, one(["String"], ["rpst_id"])],
]

/** A provider is a host with a dot in it, with a path where it has one. */
const providerShape = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[^\s:]*)?$/

/** A key of a service, which can end in a name of the user's choice, as `ec2:ResourceTag/cost center`. */
const serviceKey = /^[a-z0-9-]+:[a-z](?:.*\S)?$/

/** Names of `aws:` and `sts:` keys that other services have too, as `kms:SigningAlgorithm`. */
const shared: ReadonlySet<string> = new Set([
  "durationseconds",
  "principalarn",
  "resourceaccount",
  "signingalgorithm",
  "sourcevpc",
  "userid",
  "username",
])

const afterColon = (name: string): string => name.slice(name.indexOf(":") + 1)

/** The keys of `aws:` and `sts:` by the part of their name that no other service has. */
const ours: ReadonlyMap<string, string> = new Map(
  exact.flatMap(({ name }): ReadonlyArray<readonly [string, string]> => {
    const own = afterColon(name).toLowerCase()
    return /^(?:aws|sts):/.test(name) && !shared.has(own) ? [[own, name]] : []
  }),
)

const unknown = (name: string, hint?: string): Result.Result<never, string> =>
  Result.fail(`"${name}" is not a known condition key${hint === undefined ? "" : `: ${hint}`}`)

const parseClaim = (name: string, host: string, claim: string): Result.Result<ConditionKey, string> => {
  const known = [...claims, ...ownClaims.flatMap(([provider, own]) => (provider.test(host) ? own : []))]
  const found = known.find((key) => key.name === claim)
  return found === undefined
    ? unknown(name, `the claims of ${host} that can be tested are ${known.map((key) => key.name).join(", ")}`)
    : Result.succeed({ ...found, name })
}

/** The value of a tag can be an ARN: AWS's own policies test it as one. */
const tagTypes: ReadonlyArray<ValueType> = ["Arn", "String"]

const parseTag = (name: string, prefix: string): Result.Result<ConditionKey, string> =>
  tagKey.test(name.slice(prefix.length))
    ? Result.succeed({ name, types: tagTypes, multivalued: false })
    : unknown(name, `expected ${prefix} and then the key of a tag`)

/**
 * Reads the name of a key, or says why it is none. It can be written in any case: AWS takes no notice of case in the
 * names of keys.
 *
 * A name of `aws:` or `sts:` after another service's prefix (`st:ExternalId`) is taken for a slip, and is no key.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (name: string): Result.Result<ConditionKey, string> => {
  const lower = name.toLowerCase()
  const known = byName.get(lower)
  if (known !== undefined) return Result.succeed(known)
  const prefix = prefixes.get(lower.slice(0, lower.indexOf("/") + 1))
  if (prefix !== undefined) return parseTag(name, prefix)

  const own = afterColon(lower)
  const meant = ours.get(own)
  const hint = meant === undefined ? undefined : `did you mean "${meant}"?`
  if (own === lower) return unknown(name, hint ?? "expected service:Name, as sts:ExternalId")
  const namespace = lower.slice(0, lower.indexOf(":"))
  if (reserved.has(namespace)) return unknown(name, hint)
  if (providerShape.test(namespace)) return parseClaim(name, namespace, own)
  if (!serviceKey.test(lower)) return unknown(name, "expected service:Name, as s3:prefix")
  if (hint !== undefined) return unknown(name, hint)
  if (claims.some((claim) => claim.name === own)) {
    return unknown(name, "a claim stands after the host of its provider, as token.example.com:sub")
  }
  return Result.succeed({ name, types: anyType, multivalued: undefined })
}
