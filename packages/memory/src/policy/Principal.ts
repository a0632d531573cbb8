/**
 * Who a policy of a resource speaks of (its `Principal` element), and who makes a request (a `Caller`).
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal".
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Arn from "./Arn.ts"
import type * as RequestContext from "./RequestContext.ts"

/**
 * One principal of a policy. `*` and `{"AWS": "*"}` are `Everyone`; an account is written as its 12 digits or as the
 * ARN of its root, which does not mean the root user alone.
 *
 * @category models
 * @since 0.1.0
 */
export type Principal =
  | { readonly _tag: "Everyone" }
  | { readonly _tag: "Account"; readonly account: string; readonly partition: string | undefined }
  | { readonly _tag: "User"; readonly arn: string }
  | { readonly _tag: "Role"; readonly arn: string }
  | { readonly _tag: "RoleSession"; readonly arn: string }
  | { readonly _tag: "FederatedUser"; readonly arn: string }
  | { readonly _tag: "Service"; readonly name: string }
  | { readonly _tag: "Federated"; readonly provider: string }
  | { readonly _tag: "CanonicalUser"; readonly id: string }

/**
 * Who makes a request. Credentials of GetSessionToken are the user's own: their caller is the `User` (or the `Root`).
 * A `Federated` caller has shown a token of an identity provider and has no AWS identity yet: `provider` is the ARN of
 * the provider, or the name of one that AWS knows by itself (`accounts.google.com`).
 *
 * @category models
 * @since 0.1.0
 */
export type Caller =
  | { readonly _tag: "Root"; readonly arn: string }
  | { readonly _tag: "User"; readonly arn: string }
  | { readonly _tag: "RoleSession"; readonly arn: string; readonly roleArn: string }
  | { readonly _tag: "FederatedUser"; readonly arn: string; readonly issuerArn: string }
  | { readonly _tag: "Federated"; readonly provider: string }
  | { readonly _tag: "Service"; readonly name: string }
  | { readonly _tag: "Anonymous" }

/**
 * How a principal names a caller. `Issuer` is the user who federated, where the caller is the federated session.
 *
 * @category models
 * @since 0.1.0
 */
export type Match =
  | "Account"
  | "Everyone"
  | "FederatedUser"
  | "Federated"
  | "Issuer"
  | "Role"
  | "RoleSession"
  | "Service"
  | "User"

/**
 * The kinds of principal that a `Principal` element can list.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "AWS" | "CanonicalUser" | "Federated" | "Service"

const accountArn = /^arn:(aws[a-z-]*):iam::(\d{12}):root$/
const identityArn =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(user|role)|sts::\d{12}:(assumed-role|federated-user))\/[\w+=,.@/-]+$/
const sessionArn = /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+$/
const providerArn = /^arn:aws[a-z-]*:iam::\d{12}:(?:oidc-provider|saml-provider)\/\S+$/
const wellKnownProvider =
  /^(?:accounts\.google\.com|graph\.facebook\.com|www\.amazon\.com|cognito-identity(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?)$/

const parseAws = (text: string): Result.Result<Principal, string> => {
  if (text === "*") return Result.succeed({ _tag: "Everyone" })
  if (/^\d{12}$/.test(text)) return Result.succeed({ _tag: "Account", account: text, partition: undefined })
  const [, partition, account] = accountArn.exec(text) ?? []
  if (account !== undefined) return Result.succeed({ _tag: "Account", account, partition })
  if (/[*?]/.test(text)) {
    return Result.fail(`"${text}" has a wildcard: a principal is named whole, or is "*" for everyone`)
  }
  const [, entity, session] = identityArn.exec(text) ?? []
  if (entity === "user") return Result.succeed({ _tag: "User", arn: text })
  if (entity === "role") return Result.succeed({ _tag: "Role", arn: text })
  if (session === "assumed-role" && sessionArn.test(text)) return Result.succeed({ _tag: "RoleSession", arn: text })
  if (session === "federated-user") return Result.succeed({ _tag: "FederatedUser", arn: text })
  return Result.fail(
    `"${text}" is no AWS principal: expected 12 digits, "*", or the ARN of an account's root, a user, a role, ` +
      "a session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION) or a federated user",
  )
}

/**
 * Reads one principal of a `Principal` element, or says why it is none.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (kind: Kind, text: string): Result.Result<Principal, string> => {
  switch (kind) {
    case "AWS":
      return parseAws(text)
    case "Service":
      return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text)
        ? Result.succeed({ _tag: "Service", name: text })
        : Result.fail(`"${text}" is no service principal: expected a name like "ec2.amazonaws.com"`)
    case "Federated":
      return providerArn.test(text) || wellKnownProvider.test(text)
        ? Result.succeed({ _tag: "Federated", provider: text })
        : Result.fail(
            `"${text}" is no identity provider: expected the ARN of an oidc-provider or a saml-provider, ` +
              `or one that AWS knows by itself, as "accounts.google.com"`,
          )
    case "CanonicalUser":
      return /^[0-9a-f]{64}$/.test(text)
        ? Result.succeed({ _tag: "CanonicalUser", id: text })
        : Result.fail(`"${text}" is no canonical user id: expected 64 hexadecimal digits`)
  }
}

const accountOfArn = (arn: string): string => Arn.split(arn)[4] ?? ""

/**
 * The ARN of a caller, or `undefined` where it has no AWS identity.
 *
 * @category getters
 * @since 0.1.0
 */
export const arnOf = (caller: Caller): string | undefined => ("arn" in caller ? caller.arn : undefined)

/**
 * The account of a caller, or `undefined` where it has no AWS identity.
 *
 * @category getters
 * @since 0.1.0
 */
export const accountOf = (caller: Caller): string | undefined =>
  "arn" in caller ? accountOfArn(caller.arn) : undefined

/**
 * Whether an ARN is that of an account's root user.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRootArn = (arn: string): boolean => accountArn.test(arn)

/**
 * How a principal names a caller, or `undefined` where it does not.
 *
 * `*` names whoever has an AWS identity, and the anonymous. Whether it lets a service or the holder of a web identity
 * token in is not documented, so it does so where that refuses (`Deny`) and not where it grants.
 *
 * @category matching
 * @since 0.1.0
 */
export const match = (principal: Principal, caller: Caller, effect: "Allow" | "Deny"): Match | undefined => {
  switch (principal._tag) {
    case "Everyone":
      return effect === "Deny" || "arn" in caller || caller._tag === "Anonymous" ? "Everyone" : undefined
    case "Account": {
      if (!("arn" in caller)) return undefined
      const [, partition, , , account] = Arn.split(caller.arn)
      return account === principal.account && (principal.partition ?? partition) === partition ? "Account" : undefined
    }
    case "User":
      if (caller._tag === "User" && caller.arn === principal.arn) return "User"
      return caller._tag === "FederatedUser" && caller.issuerArn === principal.arn ? "Issuer" : undefined
    case "Role":
      return caller._tag === "RoleSession" && caller.roleArn === principal.arn ? "Role" : undefined
    case "RoleSession":
      return caller._tag === "RoleSession" && caller.arn === principal.arn ? "RoleSession" : undefined
    case "FederatedUser":
      return caller._tag === "FederatedUser" && caller.arn === principal.arn ? "FederatedUser" : undefined
    case "Service":
      return caller._tag === "Service" && caller.name === principal.name ? "Service" : undefined
    case "Federated":
      return caller._tag === "Federated" && caller.provider === principal.provider ? "Federated" : undefined
    case "CanonicalUser":
      return undefined
  }
}

/** The ways in which all of a caller must be named to be exempt from `NotPrincipal`: itself and what it depends on. */
const wholeOf = (caller: Caller): ReadonlyArray<Match> => {
  switch (caller._tag) {
    case "Root":
      return ["Account"]
    case "User":
      return ["User", "Account"]
    case "RoleSession":
      return ["RoleSession", "Role", "Account"]
    case "FederatedUser":
      return ["FederatedUser", "Account"]
    case "Federated":
      return ["Federated"]
    case "Service":
      return ["Service"]
    case "Anonymous":
      return ["Everyone"]
  }
}

/**
 * Whether `NotPrincipal` exempts a caller. The guide says that AWS may check the account, then the role, then the
 * session, and that a caller may be denied where one of them is not listed: here it always is.
 *
 * @category matching
 * @since 0.1.0
 */
export const isExempt = (principals: ReadonlyArray<Principal>, caller: Caller): boolean => {
  const matches = new Set(principals.map((principal) => match(principal, caller, "Deny")))
  return matches.has("Everyone") || wholeOf(caller).every((needed) => matches.has(needed))
}

/**
 * What IAM calls the user of a caller in a context: everything that depends on the caller alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attributes {
  /** `AIDA…`, `AROA…:session`, the account's number for a root user, `account:name` for a federated user. */
  readonly userId: string
  /** Tags of the user or role, overlaid by those of the session. */
  readonly tags?: { readonly [key: string]: string }
}

const principalType = (caller: Caller): string => {
  switch (caller._tag) {
    case "Root":
      return "Account"
    case "User":
      return "User"
    case "RoleSession":
      return "AssumedRole"
    case "FederatedUser":
      return "FederatedUser"
    case "Federated":
    case "Service":
    case "Anonymous":
      return "Anonymous"
  }
}

/**
 * The condition keys that say who the caller is: `aws:PrincipalArn` (of a session, the role's), `aws:PrincipalAccount`,
 * `aws:PrincipalType`, `aws:userid`, `aws:username` (users only) and `aws:PrincipalTag/…`. Spread them into
 * `RequestContext.make`.
 *
 * @category context
 * @since 0.1.0
 */
export const contextOf = (
  caller: Caller,
  attributes: Attributes,
): { readonly [key: string]: RequestContext.Value } => ({
  "aws:PrincipalType": principalType(caller),
  ...("arn" in caller && {
    "aws:PrincipalArn": caller._tag === "RoleSession" ? caller.roleArn : caller.arn,
    "aws:PrincipalAccount": accountOfArn(caller.arn),
    "aws:userid": attributes.userId,
  }),
  ...(caller._tag === "User" && { "aws:username": caller.arn.split("/").at(-1) ?? "" }),
  ...Object.fromEntries(
    Object.entries(attributes.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
  ),
})
