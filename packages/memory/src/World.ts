/**
 * The world of the in-memory STS: accounts with their users, keys, MFA devices, roles and identity providers, as a
 * schema, so that a world is written in TypeScript or loaded from JSON.
 *
 * A world is read strictly. A field that is misspelled, an account number of 11 digits, a trust policy that names a user
 * who does not exist: each is an error that says where it is and what the rule is. No error shows a secret.
 *
 * @example
 * ```ts
 * import * as World from "@effect-sts/memory/World"
 *
 * const world: World.Encoded = {
 *   accounts: {
 *     "111111111111": {
 *       users: { alice: { accessKeys: [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }] } },
 *       roles: {
 *         deployer: {
 *           trustPolicy: {
 *             Version: "2012-10-17",
 *             Statement: {
 *               Effect: "Allow",
 *               Principal: { AWS: "arn:aws:iam::111111111111:user/alice" },
 *               Action: "sts:AssumeRole"
 *             }
 *           }
 *         }
 *       }
 *     }
 *   }
 * }
 *
 * const program = World.decode(world)
 * ```
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FileSystem from "effect/FileSystem"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import * as AwsManagedPolicies from "./internal/awsManagedPolicies.ts"
import * as Identifiers from "./internal/identifiers.ts"
import { principalFault } from "./internal/principalFault.ts"
import * as Place from "./internal/place.ts"
import * as Metadata from "./internal/saml/metadata.ts"
import { decodeBase32 } from "./internal/totp.ts"
import * as Policy from "./policy/Policy.ts"

/** A string of a form. The message shows the string: not for what could be a secret in the wrong place. */
const text = (pattern: RegExp, rule: string) =>
  Schema.String.check(Schema.makeFilter((value: string) => (pattern.test(value) ? undefined : `"${value}" ${rule}`)))

/** A string of a form, whose value no message shows. */
const hidden = (accepts: (value: string) => boolean, rule: string) =>
  Schema.String.check(Schema.makeFilter((value: string) => (accepts(value) ? undefined : rule)))

/** A record whose keys have a form: a key that has not is an error, not an entry that vanishes. */
const record = <S extends Schema.Top>(pattern: RegExp, rule: string, value: S) =>
  Schema.Record(Schema.String.check(Schema.isPattern(pattern)), value).annotate({ messageUnexpectedKey: rule })

/** A field that may be missing, and is then what is given here. */
const defaulted = <S extends Schema.Top>(schema: S, value: S["Type"]) =>
  schema.pipe(Schema.withDecodingDefaultTypeKey<S>(Effect.succeed(value)))

const Path = text(
  /^\/(?:[\u0021-\u007e]+\/)?$/,
  `is no path: expected "/", or one that begins and ends with "/"`,
).check(Schema.isMaxLength(512, { message: "is longer than 512 characters" }))

const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const maxTags = 50

const tagFaults = (tags: { readonly [key: string]: string }): ReadonlyArray<Schema.FilterIssue> => {
  const faults: Array<Schema.FilterIssue> = []
  const seen = new Set<string>()
  for (const [key, value] of Object.entries(tags)) {
    const fault = (issue: string): void => void faults.push({ path: [key], issue })
    if (key === "" || Array.from(key).length > 128 || !tagCharacters.test(key)) {
      fault("is no tag key: expected 1 to 128 letters, digits, spaces or _.:/=+-@")
    }
    if (/^aws:/i.test(key)) fault(`tag keys that begin with "aws:" are AWS's own`)
    if (Array.from(value).length > 256 || !tagCharacters.test(value)) {
      fault("is no tag value: expected up to 256 letters, digits, spaces or _.:/=+-@")
    }
    if (seen.has(key.toLowerCase())) fault("is a tag key that stands here twice: tag keys have no case")
    seen.add(key.toLowerCase())
  }
  if (Object.keys(tags).length > maxTags) faults.push(`has more than ${maxTags} tags`)
  return faults
}

const Tags = Schema.Record(Schema.String, Schema.String).check(Schema.makeFilter(tagFaults))

/** A list of identity policies. */
const Policies = Schema.Array(Policy.identity)

/** The managed policies that are attached to a user or a role. */
const ManagedPolicyArns = Schema.Array(
  text(/^arn:[\w-]+:iam::(?:\d{12}|aws):policy\/[\u0021-\u007e]+$/, "is no ARN of a managed policy"),
)

/**
 * A managed policy of an account, which users and roles of the account can have attached, and sessions passed.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ManagedPolicy = Schema.Struct({
  /** The path, which stands in the ARN before the name: `/`, the default, or `/team/`, at most 512 characters. */
  path: defaulted(Path, "/"),
  /** What it allows and denies: a policy as a JSON object. */
  document: Policy.identity,
})

/**
 * A long-term access key. The id is any `\w+`: AWS's own examples have 11 characters (`AKIDEXAMPLE`).
 *
 * @category schemas
 * @since 0.1.0
 */
export const AccessKey = Schema.Struct({
  /** The id: 1 to 128 letters, digits and `_`. */
  accessKeyId: hidden((id) => /^\w{1,128}$/.test(id), "is no access key id: expected 1 to 128 letters, digits or _"),
  /** The key that requests are signed with: any string but the empty one. A secret. */
  secretAccessKey: Schema.RedactedFromValue(hidden((secret) => secret !== "", "is empty")),
  /** `Active`, the default, or `Inactive`: requests that are signed with it are refused. */
  status: defaulted(
    Schema.Literals(["Active", "Inactive"]).annotate({ message: `expected "Active" or "Inactive"` }),
    "Active",
  ),
})

/**
 * A virtual MFA device: SHA-1, six digits, 30 seconds. The secret is base32.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MfaDevice = Schema.Struct({
  /**
   * The serial number, as AssumeRole names it; of a virtual device an ARN: 9 to 256 letters, digits and `_+=/:,.@-`.
   */
  serialNumber: hidden(
    (serial) => /^[\w+=/:,.@-]{9,256}$/.test(serial),
    "is no MFA serial number: expected 9 to 256 letters, digits or +=/:,.@_-",
  ),
  /** What its codes are made of: base32. A secret. */
  secret: Schema.RedactedFromValue(
    hidden((secret) => decodeBase32(secret) !== undefined, "is no MFA secret: expected base32 (A to Z and 2 to 7)"),
  ),
})

/**
 * The root user of an account.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Root = Schema.Struct({
  /** The access keys. */
  accessKeys: Schema.Array(AccessKey),
  /** The MFA devices. None by default. */
  mfaDevices: defaulted(Schema.Array(MfaDevice), []),
})

/**
 * An IAM user.
 *
 * @category schemas
 * @since 0.1.0
 */
export const User = Schema.Struct({
  /** The path, which stands in the ARN before the name: `/`, the default, or `/team/`, at most 512 characters. */
  path: defaulted(Path, "/"),
  /** The access keys. None by default. */
  accessKeys: defaulted(Schema.Array(AccessKey), []),
  /** The MFA devices. None by default. */
  mfaDevices: defaulted(Schema.Array(MfaDevice), []),
  /** What it may do: policies of its own, as JSON objects. None by default. */
  policies: defaulted(Policies, []),
  /**
   * The managed policies that it has besides, by ARN: those of `managedPolicies` of its account, or AWS's. None by
   * default.
   */
  managedPolicyArns: defaulted(ManagedPolicyArns, []),
  /**
   * Up to 50 tags. Keys have 1 to 128 characters and no case, and do not begin with `aws:`; values have at most 256:
   * letters, digits, spaces and `_.:/=+-@`. None by default.
   */
  tags: defaulted(Tags, {}),
})

const sessionDurationRule = "expected whole seconds, from 3600 (an hour) to 43200 (12 hours)"

/**
 * An IAM role.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Role = Schema.Struct({
  /** The path, which stands in the ARN before the name: `/`, the default, or `/team/`, at most 512 characters. */
  path: defaulted(Path, "/"),
  /** Who may assume it: a policy as a JSON object, whose statements have a `Principal`. See `trust`. */
  trustPolicy: Policy.trust,
  /** What it may do: policies of its own, as JSON objects. None by default. */
  policies: defaulted(Policies, []),
  /**
   * The managed policies that it has besides, by ARN: those of `managedPolicies` of its account, or AWS's. None by
   * default.
   */
  managedPolicyArns: defaulted(ManagedPolicyArns, []),
  /** The longest that its sessions last, in whole seconds: 3600, which is the default, to 43200 (12 hours). */
  maxSessionDuration: defaulted(
    Schema.Number.check(
      Schema.makeFilter((seconds: number) =>
        Number.isInteger(seconds) && seconds >= 3600 && seconds <= 43200
          ? undefined
          : `${seconds}: ${sessionDurationRule}`,
      ),
    ),
    3600,
  ),
  /**
   * Up to 50 tags. Keys have 1 to 128 characters and no case, and do not begin with `aws:`; values have at most 256:
   * letters, digits, spaces and `_.:/=+-@`. None by default.
   */
  tags: defaulted(Tags, {}),
})

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

/** A public key of a provider. Its private half belongs to who makes the tokens, and is refused here. */
const Jwk = Schema.Record(Schema.String, Schema.Json).check(
  Schema.makeFilter((key) => {
    if (key["kty"] !== "RSA" && key["kty"] !== "EC") return { path: ["kty"], issue: `expected "RSA" or "EC"` }
    const secret = privateMembers.find((member) => member in key)
    return secret === undefined
      ? undefined
      : { path: [secret], issue: "is of a private key: a provider shows public keys" }
  }),
)

/**
 * An OIDC provider: who its tokens may be for, and the keys that they are signed with. Without `jwks` the world makes a
 * key of its own out of its seed, and `StsMemory.webIdentityToken` signs tokens with it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OidcProvider = Schema.Struct({
  /** Who its tokens may be for, their `aud`: each of 1 to 255 characters. */
  clientIds: Schema.Array(text(/^[^]{1,255}$/, "is no client id: expected 1 to 255 characters")),
  /** The public keys that its tokens are signed with (RFC 7517). Left out, the world makes a key of its own. */
  jwks: Schema.optionalKey(
    Schema.Struct({
      /** Keys of RSA or of an elliptic curve, without their private parts. */
      keys: Schema.Array(Jwk),
    }),
  ),
})

/**
 * A SAML provider: the metadata document of the identity provider, as XML. Without `metadata` the world is the identity
 * provider itself, and `StsMemory.samlAssertion` makes its assertions.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SamlProvider = Schema.Struct({
  /** The metadata document of the identity provider: XML. Left out, the world is the identity provider itself. */
  metadata: Schema.optionalKey(
    Schema.String.check(
      Schema.makeFilter((document: string) =>
        Result.match(Metadata.read(document), { onFailure: (fault) => fault, onSuccess: () => undefined }),
      ),
    ),
  ),
})

const caseless = (kind: string) =>
  Schema.makeFilter((entities: { readonly [name: string]: unknown }) => {
    const seen = new Map<string, string>()
    return Object.keys(entities).flatMap((name) => {
      const earlier = seen.get(name.toLowerCase())
      seen.set(name.toLowerCase(), name)
      return earlier === undefined
        ? []
        : [{ path: [name], issue: `there is a ${kind} "${earlier}" already: names have no case` }]
    })
  })

const namePattern = /^[\w+=,.@-]{1,64}$/
const nameRule = (kind: string, length = 64) => `is no ${kind} name: expected 1 to ${length} letters, digits or +=,.@_-`

const Region = text(/^[a-z]{2,4}(?:-[a-z]+)+-\d+$/, "is no region: expected one like eu-central-1")

/** Tokens of GetWebIdentityToken are for those outside of AWS: AWS takes none of its own. */
const issuerFaults = (providers: { readonly [issuer: string]: unknown }) =>
  Object.keys(providers)
    .filter((issuer) => /\.tokens\.sts\.global\.api\.aws$/i.test(issuer))
    .map((issuer) => ({ path: [issuer], issue: "is AWS itself, whose tokens AssumeRoleWithWebIdentity does not take" }))

/**
 * An account.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Account = Schema.Struct({
  /** The root user, if it has access keys or MFA devices. */
  root: Schema.optionalKey(Root),
  /** The users by name: 1 to 64 letters, digits and `+=,.@_-`, without case. */
  users: defaulted(record(namePattern, nameRule("user"), User).check(caseless("user")), {}),
  /** The roles by name: 1 to 64 letters, digits and `+=,.@_-`, without case. */
  roles: defaulted(record(namePattern, nameRule("role"), Role).check(caseless("role")), {}),
  /** The managed policies of the account by name: 1 to 128 letters, digits and `+=,.@_-`, without case. */
  managedPolicies: defaulted(
    record(/^[\w+=,.@-]{1,128}$/, nameRule("policy", 128), ManagedPolicy).check(caseless("policy")),
    {},
  ),
  /** The OIDC providers by their URL without `https://`: a host, with a path where it has one. */
  oidcProviders: defaulted(
    record(
      /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:\/[\w.~-]+)*\/?$/i,
      "is no OIDC provider: expected its host, with a path where it has one, and without https://",
      OidcProvider,
    ).check(Schema.makeFilter(issuerFaults)),
    {},
  ),
  /** The SAML providers by name: 1 to 128 letters, digits and `._-`. */
  samlProviders: defaulted(
    record(/^[\w.-]{1,128}$/, "is no SAML provider name: expected 1 to 128 letters, digits or ._-", SamlProvider),
    {},
  ),
  /** Whether GetWebIdentityToken gives tokens to its principals. False by default. */
  outboundWebIdentityFederation: defaulted(Schema.Boolean, false),
  /** The regions in which STS is not activated for it, as `eu-central-1`. None by default. */
  disabledRegions: defaulted(Schema.Array(Region), []),
  /**
   * The version of the session tokens that the global endpoint makes for it: 1, the default, which opt-in regions
   * refuse, or 2.
   */
  globalEndpointTokenVersion: defaulted(Schema.Literals([1, 2]).annotate({ message: "expected 1 or 2" }), 1),
})

const accountPattern = /^\d{12}$/
const accountRule = "is no account: expected 12 digits"
const AccountId = text(accountPattern, accountRule)

/**
 * An organization of accounts of the world.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Organization = Schema.Struct({
  /** Its id: `o-` and 10 to 32 small letters or digits. `o-exampleorgid` by default. */
  id: defaulted(
    text(/^o-[a-z0-9]{10,32}$/, `is no organization: expected "o-" and 10 to 32 small letters or digits`),
    "o-exampleorgid",
  ),
  /** The management account, by its 12 digits. */
  managementAccount: AccountId,
  /** The member accounts, by their 12 digits. None by default. */
  members: defaulted(Schema.Array(AccountId), []),
  /** The members that administer IAM for it, by their 12 digits. None by default. */
  delegatedAdministrators: defaulted(Schema.Array(AccountId), []),
  /**
   * Whether AssumeRoot is open to the management account and the delegated administrators: AWS calls it centralized root
   * access. False by default.
   */
  rootSessions: defaulted(Schema.Boolean, false),
})

const Seed = Schema.Union([Schema.String, Schema.Int])
  .annotate({ message: "expected a string or a whole number" })
  .pipe(
    Schema.decodeTo(Schema.String, {
      decode: SchemaGetter.transform((seed: string | number) => String(seed)),
      encode: SchemaGetter.transform((seed: string): string | number => seed),
    }),
  )

const fields = {
  /**
   * What all that is random in the world comes from, ids and keys: a string or a whole number. `effect-sts` by default.
   */
  seed: defaulted(Seed, "effect-sts"),
  /** The region of STS, which also decides the partition of all ARNs. `us-east-1` by default. */
  region: defaulted(Region, "us-east-1"),
  /** The accounts by their id of 12 digits. */
  accounts: record(accountPattern, accountRule, Account),
  /** The organization that accounts of the world belong to, for AssumeRoot. */
  organization: Schema.optionalKey(Organization),
}

type Decoded = Schema.Schema.Type<Schema.Struct<typeof fields>>

const partitions: ReadonlyArray<readonly [prefix: string, partition: string]> = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
]

/**
 * The partition that a region is in, which all ARNs of a world begin with: `aws`, `aws-cn`, `aws-us-gov`, …
 *
 * @category arns
 * @since 0.1.0
 */
export const partitionOf = (region: string): string =>
  partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws"

/**
 * The ARN of an account's root.
 *
 * @category arns
 * @since 0.1.0
 */
export const rootArn = (partition: string, account: string): string => `arn:${partition}:iam::${account}:root`

/**
 * The ARN of a user. `path` begins and ends with `/`.
 *
 * @category arns
 * @since 0.1.0
 */
export const userArn = (partition: string, account: string, path: string, name: string): string =>
  `arn:${partition}:iam::${account}:user${path}${name}`

/**
 * The ARN of a role. `path` begins and ends with `/`.
 *
 * @category arns
 * @since 0.1.0
 */
export const roleArn = (partition: string, account: string, path: string, name: string): string =>
  `arn:${partition}:iam::${account}:role${path}${name}`

/**
 * The ARN of a managed policy of an account, or of AWS, whose account is `aws`. `path` begins and ends with `/`.
 *
 * @category arns
 * @since 0.1.0
 */
export const policyArn = (partition: string, account: string, path: string, name: string): string =>
  `arn:${partition}:iam::${account}:policy${path}${name}`

/**
 * The ARN of an OIDC provider. `issuer` is its URL without `https://`.
 *
 * @category arns
 * @since 0.1.0
 */
export const oidcProviderArn = (partition: string, account: string, issuer: string): string =>
  `arn:${partition}:iam::${account}:oidc-provider/${issuer}`

/**
 * The ARN of a SAML provider.
 *
 * @category arns
 * @since 0.1.0
 */
export const samlProviderArn = (partition: string, account: string, name: string): string =>
  `arn:${partition}:iam::${account}:saml-provider/${name}`

interface Credentialed {
  readonly accessKeys: ReadonlyArray<Schema.Schema.Type<typeof AccessKey>>
  readonly mfaDevices: ReadonlyArray<Schema.Schema.Type<typeof MfaDevice>>
}

interface Holder extends Credentialed {
  readonly account: string
  readonly path: Place.Place
}

const holder = (account: string, path: Place.Place, { accessKeys, mfaDevices }: Credentialed): Holder => ({
  account,
  path,
  accessKeys,
  mfaDevices,
})

/** Whoever has keys: the root users and the users. */
const holdersOf = (world: Decoded): ReadonlyArray<Holder> =>
  Object.entries(world.accounts).flatMap(([account, { root, users }]) => {
    const roots = root === undefined ? [] : [holder(account, ["accounts", account, "root"], root)]
    return roots.concat(
      Object.entries(users).map(([name, user]) => holder(account, ["accounts", account, "users", name], user)),
    )
  })

/** The faults of values that stand twice in a world, each at its second place. */
const repeated = (
  kind: string,
  values: ReadonlyArray<{ readonly value: string; readonly path: Place.Place }>,
): ReadonlyArray<Schema.FilterIssue> => {
  const first = new Map<string, Place.Place>()
  return values.flatMap(({ path, value }) => {
    const earlier = first.get(value)
    if (earlier === undefined) first.set(value, path)
    return earlier === undefined ? [] : [{ path, issue: `is the ${kind} at ${Place.format(earlier)} already` }]
  })
}

const keyFaults = (holders: ReadonlyArray<Holder>): ReadonlyArray<Schema.FilterIssue> =>
  repeated(
    "access key id",
    holders.flatMap(({ accessKeys, path }) =>
      accessKeys.map((key, index) => ({ value: key.accessKeyId, path: [...path, "accessKeys", index, "accessKeyId"] })),
    ),
  )

const deviceFaults = (holders: ReadonlyArray<Holder>): ReadonlyArray<Schema.FilterIssue> => {
  const devices = holders.flatMap(({ account, mfaDevices, path }) =>
    mfaDevices.map(({ serialNumber }, index) => ({
      account,
      value: serialNumber,
      path: [...path, "mfaDevices", index, "serialNumber"],
    })),
  )
  const foreign = devices.flatMap(({ account, path, value }) => {
    const [head, , , , owner] = value.split(":")
    return head === "arn" && owner !== account ? [{ path, issue: `is an ARN of another account than ${account}` }] : []
  })
  return [...repeated("MFA serial number", devices), ...foreign]
}

const trustFaults = (world: Decoded): ReadonlyArray<Schema.FilterIssue> => {
  const partition = partitionOf(world.region)
  const accounts = new Set(Object.keys(world.accounts))
  const entities = new Set<string>()
  for (const [account, { roles, users }] of Object.entries(world.accounts)) {
    for (const [name, { path }] of Object.entries(users)) entities.add(userArn(partition, account, path, name))
    for (const [name, { path }] of Object.entries(roles)) entities.add(roleArn(partition, account, path, name))
  }
  return Object.entries(world.accounts).flatMap(([account, { roles }]) =>
    Object.entries(roles).flatMap(([name, { trustPolicy }]) =>
      Policy.awsPrincipals(trustPolicy).flatMap(({ path, text }) => {
        const issue = principalFault(text, partition, entities, accounts)
        return issue === undefined
          ? []
          : [{ path: ["accounts", account, "roles", name, "trustPolicy", ...path], issue }]
      }),
    ),
  )
}

/** Why IAM would not attach a managed policy to a user or a role of an account, or `undefined`. */
const attachmentFault = (
  arn: string,
  account: string,
  partition: string,
  own: ReadonlySet<string>,
): string | undefined => {
  const [, itsPartition, , , owner] = arn.split(":")
  if (itsPartition !== partition) return `"${arn}" is not in the partition of the world's region, ${partition}`
  if (owner === "aws") {
    const known = Object.keys(AwsManagedPolicies.documents)
    return known.some((name) => arn === `arn:${partition}:iam::aws:policy${name}`)
      ? undefined
      : `"${arn}" is none of the AWS managed policies that a world has: ${known.map((name) => name.slice(1)).join(", ")}`
  }
  if (owner !== account) return `"${arn}" is of another account than ${account}`
  return own.has(arn) ? undefined : `"${arn}" does not exist in account ${account} of this world`
}

const attachmentFaults = (world: Decoded): ReadonlyArray<Schema.FilterIssue> => {
  const partition = partitionOf(world.region)
  return Object.entries(world.accounts).flatMap(([account, { managedPolicies, roles, users }]) => {
    const own = new Set(
      Object.entries(managedPolicies).map(([name, { path }]) => policyArn(partition, account, path, name)),
    )
    const attached = [
      ...Object.entries(users).map(([name, { managedPolicyArns }]) => ["users", name, managedPolicyArns] as const),
      ...Object.entries(roles).map(([name, { managedPolicyArns }]) => ["roles", name, managedPolicyArns] as const),
    ]
    return attached.flatMap(([kind, name, arns]) =>
      arns.flatMap((arn, index) => {
        const issue = attachmentFault(arn, account, partition, own)
        return issue === undefined
          ? []
          : [{ path: ["accounts", account, kind, name, "managedPolicyArns", index], issue }]
      }),
    )
  })
}

const regionFaults = ({ accounts, region }: Decoded): ReadonlyArray<Schema.FilterIssue> => {
  const partition = partitionOf(region)
  return Object.entries(accounts).flatMap(([account, { disabledRegions }]) =>
    disabledRegions.flatMap((disabled, index) => {
      const path = ["accounts", account, "disabledRegions", index]
      if (partitionOf(disabled) !== partition) {
        return [{ path, issue: `"${disabled}" is not in the partition of the world's region, ${partition}` }]
      }
      return disabled === "us-east-1" ? [{ path, issue: `STS cannot be deactivated in "us-east-1"` }] : []
    }),
  )
}

const organizationFaults = ({ accounts, organization }: Decoded): ReadonlyArray<Schema.FilterIssue> => {
  if (organization === undefined) return []
  const { delegatedAdministrators, managementAccount, members } = organization
  const named = [
    { value: managementAccount, path: ["organization", "managementAccount"] },
    ...members.map((value, index) => ({ value, path: ["organization", "members", index] })),
  ]
  return [
    ...repeated("account", named),
    ...named.flatMap(({ path, value }) =>
      Object.hasOwn(accounts, value) ? [] : [{ path, issue: `"${value}" is no account of this world` }],
    ),
    ...delegatedAdministrators.flatMap((value, index) =>
      members.includes(value)
        ? []
        : [{ path: ["organization", "delegatedAdministrators", index], issue: `"${value}" is not among the members` }],
    ),
  ]
}

const worldFaults = (world: Decoded): ReadonlyArray<Schema.FilterIssue> => {
  const holders = holdersOf(world)
  return [
    ...keyFaults(holders),
    ...deviceFaults(holders),
    ...trustFaults(world),
    ...attachmentFaults(world),
    ...regionFaults(world),
    ...organizationFaults(world),
  ]
}

/**
 * The schema of a world. Decode it with `decode`, which is strict; a decoding of your own needs
 * `{ onExcessProperty: "error" }`, without which Effect drops what it does not know.
 *
 * @category schemas
 * @since 0.1.0
 */
export const World = Schema.Struct(fields).check(Schema.makeFilter(worldFaults))

/**
 * A world that has been read: what may be missing is filled in, secrets are `Redacted`, policies are read.
 *
 * @category models
 * @since 0.1.0
 */
export interface World extends Schema.Schema.Type<typeof World> {}

/**
 * A world as it is written, in TypeScript or in JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface Encoded extends Schema.Codec.Encoded<typeof World> {}

const WorldFault = Schema.Struct({
  /** Where it is; empty where it is the world as a whole. */
  path: Schema.String,
  /** What is wrong there, and what the rule is. */
  message: Schema.String,
})

/**
 * A world that cannot be read: all that is wrong with it, each with its place, as
 * `accounts."111111111111".roles."my-role".trustPolicy.Statement[0].Effect`. No value of a secret is in it.
 *
 * @category errors
 * @since 0.1.0
 */
export class WorldError extends Schema.TaggedError<WorldError>()("WorldError", {
  /** All that is wrong with it. */
  faults: Schema.Array(WorldFault),
  /** Where it was to be read from, if it was a file. */
  file: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    const lines = this.faults.map(({ message, path }) => (path === "" ? message : `${path}: ${message}`))
    const what = this.file === undefined ? "This world" : `The world in ${this.file}`
    return lines.length === 1
      ? `${what} cannot be read: ${lines[0]}`
      : `${what} cannot be read:\n- ${lines.join("\n- ")}`
  }
}

const describe: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag === "MissingKey") return "is missing"
  if (issue._tag !== "UnexpectedKey" || Predicate.hasProperty(issue.ast.annotations, "messageUnexpectedKey")) {
    return SchemaIssue.defaultLeafHook(issue)
  }
  const known = issue.ast._tag === "Objects" ? issue.ast.propertySignatures.map(({ name }) => String(name)) : []
  return `is no field here; the fields are ${known.join(", ")}`
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook: describe })

const toWorldError = ({ issue }: Schema.SchemaError): WorldError =>
  new WorldError({
    faults: format(issue).issues.map(({ message, path }) => ({
      message: message.replace(/^Expected /, "expected "),
      path: Place.format((path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment))),
    })),
  })

const decodeStrictly = Schema.decodeUnknownEffect(World, { onExcessProperty: "error", errors: "all" })

/**
 * Reads a world of which nothing is known.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeUnknown = (input: unknown): Effect.Effect<World, WorldError> =>
  Effect.mapError(decodeStrictly(input), toWorldError)

/**
 * Reads a world that is written in TypeScript.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = (input: Encoded): Effect.Effect<World, WorldError> => decodeUnknown(input)

const decodeRoleStrictly = Schema.decodeUnknownEffect(Role, { onExcessProperty: "error", errors: "all" })

/**
 * Reads a role, as strictly as a world.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeRole = (input: (typeof Role)["Encoded"]): Effect.Effect<(typeof Role)["Type"], WorldError> =>
  Effect.mapError(decodeRoleStrictly(input), toWorldError)

/** Where JSON breaks off, of an engine's message: the rest of it can quote the text around, with a secret in it. */
const positionOf = (error: unknown): string => {
  const [, position] = /at (position \d+(?: \(line \d+ column \d+\))?)/.exec(String(error)) ?? []
  return position === undefined ? "" : `; it breaks off at ${position}`
}

/**
 * Reads a world from JSON.
 *
 * @category decoding
 * @since 0.1.0
 */
export const fromJson = (json: string): Effect.Effect<World, WorldError> =>
  Effect.flatMap(
    Effect.try({
      try: (): unknown => JSON.parse(json),
      catch: (error) => new WorldError({ faults: [{ path: "", message: `the text is no JSON${positionOf(error)}` }] }),
    }),
    decodeUnknown,
  )

/**
 * Reads a world from a file of JSON. Whatever is wrong, with the file or in it, is a `WorldError` that names the file.
 *
 * ```ts
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as World from "@effect-sts/memory/World"
 *
 * // Needs a FileSystem: that of @effect/platform-node, or of Bun.
 * const layer = StsMemory.layer(World.fromFile("test/fixtures/world.json"))
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const fromFile = (path: string): Effect.Effect<World, WorldError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) => fileSystem.readFileString(path)).pipe(
    Effect.mapError(({ message }) => new WorldError({ faults: [{ path: "", message }] })),
    Effect.flatMap(fromJson),
    Effect.mapError(({ faults }) => new WorldError({ faults, file: path })),
  )

/**
 * A policy document as a world has it, for those that stand in a constant of their own.
 *
 * @category models
 * @since 0.1.0
 */
export type PolicyDocument = Policy.Document

/** What a role's trust policy has to allow for all that AssumeRole can ask for. */
const assuming = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]

/**
 * A condition of a statement, as it is written: `{ Bool: { "aws:MultiFactorAuthPresent": "true" } }`.
 *
 * @category models
 * @since 0.1.0
 */
export type Condition = NonNullable<Policy.StatementDocument["Condition"]>

const statement = (
  effect: "Allow" | "Deny",
  elements: Omit<Policy.StatementDocument, "Effect" | "Condition">,
  condition: Condition | undefined,
): Policy.Document => ({
  Version: "2012-10-17",
  Statement: [{ Effect: effect, ...elements, ...(condition !== undefined && { Condition: condition }) }],
})

/**
 * A trust policy of one statement. A principal is an ARN or an account of AWS, or a policy's own `{ Federated: "…" }`.
 *
 * ```ts
 * import * as World from "@effect-sts/memory/World"
 *
 * const user = World.trust("arn:aws:iam::111111111111:user/alice")
 * const partner = World.trust("111111111111", { condition: { StringEquals: { "sts:ExternalId": "partner-7f3a" } } })
 * const provider = World.trust({ Federated: "arn:aws:iam::111111111111:oidc-provider/token.example.com" })
 * ```
 *
 * Where no action is given it allows whatever goes with such a principal: AssumeRole, AssumeRoleWithWebIdentity or
 * AssumeRoleWithSAML, and tags and a source identity for the session.
 *
 * @category policies
 * @since 0.1.0
 */
export const trust = (
  principal: string | Exclude<Policy.StatementDocument["Principal"], string | undefined>,
  options: {
    /** What it allows: where it is left out, whatever goes with such a principal. */
    readonly action?: string | ReadonlyArray<string>
    /** What must hold besides: `{ StringEquals: { "sts:ExternalId": "partner-7f3a" } }`. */
    readonly condition?: Condition
  } = {},
): PolicyDocument => {
  const named = Predicate.isString(principal) ? { AWS: principal } : principal
  const { action = assumingAs([named.Federated ?? []].flat()), condition } = options
  return statement("Allow", { Principal: named, Action: action }, condition)
}

/** STS has an operation of its own for each kind of identity provider. */
const assumingAs = (providers: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (providers.length === 0) return assuming
  const suffix = providers.some((arn) => arn.includes(":saml-provider/")) ? "WithSAML" : "WithWebIdentity"
  return assuming.map((action) => (action === "sts:AssumeRole" ? action + suffix : action))
}

/**
 * A policy of one statement that allows actions, on all resources where none is given.
 *
 * ```ts
 * import * as World from "@effect-sts/memory/World"
 *
 * const policies = [World.allow("s3:GetObject", "arn:aws:s3:::bucket/*"), World.allow("sts:GetAccessKeyInfo")]
 * ```
 *
 * @category policies
 * @since 0.1.0
 */
export const allow = (
  action: string | ReadonlyArray<string>,
  resource: string | ReadonlyArray<string> = "*",
  condition?: Condition,
): PolicyDocument => statement("Allow", { Action: action, Resource: resource }, condition)

/**
 * A policy of one statement that denies actions, on all resources where none is given.
 *
 * @category policies
 * @since 0.1.0
 */
export const deny = (
  action: string | ReadonlyArray<string>,
  resource: string | ReadonlyArray<string> = "*",
  condition?: Condition,
): PolicyDocument => statement("Deny", { Action: action, Resource: resource }, condition)

/**
 * A policy that allows to assume roles, with tags and a source identity.
 *
 * @category policies
 * @since 0.1.0
 */
export const mayAssume = (...roleArns: ReadonlyArray<string>): PolicyDocument => allow(assuming, roleArns)

/**
 * An access key for a user of an account: always the same one for the same two, whose id carries the account.
 *
 * @category entities
 * @since 0.1.0
 */
export const accessKey = (account: string, user: string): (typeof AccessKey)["Encoded"] => {
  const identifiers = Identifiers.make(`${account}/${user}`)
  return { accessKeyId: identifiers.accessKeyId("AKIA", account), secretAccessKey: identifiers.secretAccessKey() }
}

/**
 * An MFA device for a user of an account. Its secret is that of RFC 6238.
 *
 * @category entities
 * @since 0.1.0
 */
export const mfaDevice = (account: string, user: string): (typeof MfaDevice)["Encoded"] => ({
  serialNumber: `arn:aws:iam::${account}:mfa/${user}`,
  secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
})

const mayFederate = allow(["sts:GetWebIdentityToken", "sts:TagGetWebIdentityToken"])

/** Objects by their members, lists one after the other without what is in both; of all else the later. */
const combine = (earlier: unknown, later: unknown): unknown => {
  if (Array.isArray(earlier) && Array.isArray(later)) return Arr.unionWith(earlier, later, Equal.equals)
  if (!Predicate.isObject(earlier) || !Predicate.isObject(later)) return later
  const combined: Record<PropertyKey, unknown> = { ...earlier }
  for (const [key, value] of Object.entries(later)) {
    combined[key] = Object.hasOwn(earlier, key) ? combine(earlier[key], value) : value
  }
  return combined
}

/**
 * One world of several. What two of them have, an account or a user in it, has what it has in both: keys, devices and
 * policies. Of two roles of one name in an account it is the later, and so of a seed and a region.
 *
 * ```ts
 * import * as World from "@effect-sts/memory/World"
 * import * as Worlds from "@effect-sts/memory/Worlds"
 *
 * const world = World.merge(Worlds.oneRole(), Worlds.mfaAdmin(), { region: "eu-central-1", accounts: {} })
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const merge = (...worlds: readonly [Encoded, ...ReadonlyArray<Encoded>]): Encoded =>
  worlds.reduce((earlier, later) => {
    // oxlint-disable-next-line no-unsafe-type-assertion -- what two of one type are combined to is of that type
    const combined = combine(earlier, later) as Encoded
    const accounts = Object.entries(combined.accounts).map(([number, account]) => {
      const roles = { ...earlier.accounts[number]?.roles, ...later.accounts[number]?.roles }
      return [number, { ...account, ...(account.roles !== undefined && { roles }) }] as const
    })
    return { ...combined, accounts: Object.fromEntries(accounts) }
  })

/**
 * The world of `pnpm demo` and of `serve` without a file. Keys are those of AWS's documentation.
 *
 * - `alice` (account 111111111111) has a key and an MFA device, and may assume the roles of her account, the `auditor`
 *   of the other one, call AssumeRoot for the other account, which is a member of her organization, and whatever else
 *   STS has for users. `bob` has a key and may do nothing.
 * - `my-role` trusts its account; its sessions may assume `deployer` in account 222222222222, which trusts that role:
 *   a chain across accounts. It may last 12 hours, so that the hour of role chaining shows.
 * - `admin` wants MFA, `auditor` the external id `partner-7f3a`.
 * - `ci` is for jobs of the repository `octo-org/octo-repo`, with a token of the OIDC provider
 *   `token.actions.githubusercontent.com`, and `analyst` for users of the SAML provider `example-idp`; both can be given
 *   session tags. The world has the keys of both providers.
 * - Outbound federation is on in account 111111111111; `alice` and `ci` may call GetWebIdentityToken.
 *
 * @category demo
 * @since 0.1.0
 */
export const demo: Encoded = {
  seed: "demo",
  region: "us-east-1",
  accounts: {
    "111111111111": {
      users: {
        alice: {
          accessKeys: [
            { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
          ],
          mfaDevices: [
            { serialNumber: "arn:aws:iam::111111111111:mfa/alice", secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" },
          ],
          policies: [
            mayAssume("arn:aws:iam::111111111111:role/*", "arn:aws:iam::222222222222:role/auditor"),
            allow([
              "sts:AssumeRoot",
              "sts:DecodeAuthorizationMessage",
              "sts:GetAccessKeyInfo",
              "sts:GetDelegatedAccessToken",
              "sts:GetFederationToken",
            ]),
            mayFederate,
          ],
          tags: { team: "platform" },
        },
        bob: {
          accessKeys: [
            { accessKeyId: "AKIAI44QH8DHBEXAMPLE", secretAccessKey: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" },
          ],
        },
      },
      roles: {
        "my-role": {
          trustPolicy: trust("arn:aws:iam::111111111111:root"),
          policies: [mayAssume("arn:aws:iam::222222222222:role/deployer")],
          maxSessionDuration: 43200,
        },
        admin: {
          trustPolicy: trust("arn:aws:iam::111111111111:root", {
            condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
          }),
        },
        ci: {
          trustPolicy: trust(
            { Federated: "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com" },
            {
              condition: {
                StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
                StringLike: { "token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:*" },
              },
            },
          ),
          policies: [mayFederate],
        },
        analyst: {
          trustPolicy: trust(
            { Federated: "arn:aws:iam::111111111111:saml-provider/example-idp" },
            { condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } } },
          ),
        },
      },
      oidcProviders: { "token.actions.githubusercontent.com": { clientIds: ["sts.amazonaws.com"] } },
      samlProviders: { "example-idp": {} },
      outboundWebIdentityFederation: true,
    },
    "222222222222": {
      roles: {
        deployer: {
          trustPolicy: trust("arn:aws:iam::111111111111:role/my-role"),
          maxSessionDuration: 43200,
        },
        auditor: {
          trustPolicy: trust("111111111111", { condition: { StringEquals: { "sts:ExternalId": "partner-7f3a" } } }),
        },
      },
    },
  },
  organization: { managementAccount: "111111111111", members: ["222222222222"], rootSessions: true },
}
