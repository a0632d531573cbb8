/**
 * The condition keys that the evaluator knows, as data: what kind of value each holds, and whether it may hold several.
 * A key that is not here is a load error of the policy that tests it, so that no statement is ever decided by guessing.
 *
 * Sources, all of the IAM User Guide: "AWS global condition context keys", "IAM and AWS STS condition context keys", and
 * "Actions, resources, and condition keys for AWS Security Token Service" of the Service Authorization Reference.
 */

/**
 * What a key's values are, which decides the operators that can test it.
 *
 * @category models
 * @since 0.1.0
 */
export type ValueType = "Arn" | "Bool" | "Date" | "IpAddress" | "Numeric" | "String"

/**
 * A condition key: its name as AWS writes it, what it holds, and whether a request can hold several values of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConditionKey {
  readonly name: string
  readonly types: ReadonlyArray<ValueType>
  readonly multivalued: boolean
}

const one = (types: ReadonlyArray<ValueType>, names: ReadonlyArray<string>): ReadonlyArray<ConditionKey> =>
  names.map((name) => ({ name, types, multivalued: false }))

const many = (types: ReadonlyArray<ValueType>, names: ReadonlyArray<string>): ReadonlyArray<ConditionKey> =>
  names.map((name) => ({ name, types, multivalued: true }))

/** Keys with a fixed name. */
const exact: ReadonlyArray<ConditionKey> = [
  ...one(
    ["String"],
    [
      "aws:CalledViaFirst",
      "aws:CalledViaLast",
      "aws:Ec2InstanceSourceVpc",
      "aws:FederatedProvider",
      "aws:PrincipalAccount",
      "aws:PrincipalOrgID",
      "aws:PrincipalServiceName",
      "aws:PrincipalType",
      "aws:RequestedRegion",
      "aws:ResourceAccount",
      "aws:ResourceOrgID",
      "aws:SourceAccount",
      "aws:SourceIdentity",
      "aws:SourceOrgID",
      "aws:SourceVpc",
      "aws:SourceVpce",
      "aws:UserAgent",
      "aws:referer",
      "aws:userid",
      "aws:username",
      "sts:AWSServiceName",
      "sts:ExternalId",
      "sts:RoleSessionName",
      "sts:SigningAlgorithm",
      "sts:SourceIdentity",
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
      "sts:IdentityTokenAudience",
      "sts:TransitiveTagKeys",
    ],
  ),
  ...one(["Arn", "String"], ["aws:PrincipalArn", "aws:SourceArn", "sts:TaskPolicyArn"]),
  ...many(["Arn", "String"], ["sts:RequestContextProviders"]),
  ...one(
    ["Bool"],
    [
      "aws:AssumedRoot",
      "aws:MultiFactorAuthPresent",
      "aws:PrincipalIsAWSService",
      "aws:SecureTransport",
      "aws:ViaAWSService",
      "sts:RoleAuthorizedByIdp",
    ],
  ),
  ...one(["Numeric"], ["aws:MultiFactorAuthAge", "sts:DurationSeconds"]),
  ...one(["Date"], ["aws:CurrentTime", "aws:TokenIssueTime"]),
  ...one(["Date", "Numeric"], ["aws:EpochTime"]),
  ...one(["IpAddress"], ["aws:SourceIp", "aws:VpcSourceIp", "aws:Ec2InstanceSourcePrivateIPv4"]),
  ...one(
    ["String"],
    [
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
      "SAML:cn",
      "SAML:commonName",
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
]

/** Keys that end in a name of the user's choice, as `aws:RequestTag/team`. */
const prefixes: ReadonlyArray<string> = [
  "aws:PrincipalTag/",
  "aws:RequestTag/",
  "aws:ResourceTag/",
  "iam:ResourceTag/",
  "sts:RequestContext/",
]

/** Claims of a web identity token that can be tested, as `token.example.com:sub`. */
const claims: ReadonlyMap<string, boolean> = new Map([
  ["amr", true],
  ["app_id", false],
  ["aud", false],
  ["email", false],
  ["id", false],
  ["oaud", false],
  ["sub", false],
  ["user_id", false],
])

const byName: ReadonlyMap<string, ConditionKey> = new Map(exact.map((key) => [key.name.toLowerCase(), key]))

/** A provider is a host with a dot in it, with a path where it has one, before the last colon. */
const webIdentity = /^([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[^\s:]+)*):([a-z_]+)$/i

/**
 * The key of this name, in whatever case it is written: AWS takes no notice of case in the names of keys.
 *
 * @category lookups
 * @since 0.1.0
 */
export const lookup = (name: string): ConditionKey | undefined => {
  const known = byName.get(name.toLowerCase())
  if (known !== undefined) return known
  const prefix = prefixes.find((prefix) => name.toLowerCase().startsWith(prefix.toLowerCase()))
  if (prefix !== undefined) {
    return name.length > prefix.length ? { name, types: ["String"], multivalued: false } : undefined
  }
  const [, , claim] = webIdentity.exec(name) ?? []
  const multivalued = claim === undefined ? undefined : claims.get(claim.toLowerCase())
  return multivalued === undefined ? undefined : { name, types: ["String"], multivalued }
}
