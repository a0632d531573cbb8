/**
 * Worlds that many tests want, each from a few words. They are plain values, to be used as they are, spread, and merged.
 *
 * ```ts
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Worlds from "@effect-sts/memory/Worlds"
 * import * as Effect from "effect/Effect"
 *
 * const test = Sts.getCallerIdentity.pipe(
 *   CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/deployer" }),
 *   Effect.provide(StsMemory.layer(Worlds.oneRole()).pipe(StsMemory.as("arn:aws:iam::111111111111:user/alice"))),
 * )
 * ```
 *
 * Whatever may be named has a name where none is given, which its documentation says. Each user has one access key;
 * `StsMemory.credentials`, or `StsMemory.as`, finds it. All worlds are in `us-east-1`.
 *
 * @since 0.1.0
 */
import * as World from "./World.ts"

/** Twelve ones for the first, twelve twos for the second; beyond the ninth the number itself. */
const accountAt = (index: number): string =>
  index < 9 ? String(index + 1).repeat(12) : String(index + 1).padStart(12, "0")

const home = accountAt(0)
const abroad = accountAt(1)

const userArn = (name: string, account = home): string => World.userArn("aws", account, "/", name)
const roleArn = (name: string, account = home): string => World.roleArn("aws", account, "/", name)

type User = (typeof World.User)["Encoded"]
type Role = (typeof World.Role)["Encoded"]

const userOf = (account: string, name: string, user: User = {}): { readonly [name: string]: User } => ({
  [name]: { accessKeys: [World.accessKey(account, name)], ...user },
})

/** Who assumes a role, and the role. */
interface Names {
  /** `alice`, where it is left out. */
  readonly user?: string | undefined
  /** The name of the role; where it is left out, the one that the world's description names. */
  readonly role?: string | undefined
}

/**
 * A user who may assume a role of the same account, 111111111111: `alice` and `deployer`.
 *
 * @category worlds
 * @since 0.1.0
 */
export const oneRole = ({ role = "deployer", user = "alice" }: Names = {}): World.Encoded => ({
  accounts: {
    [home]: {
      users: userOf(home, user, { policies: [World.mayAssume(roleArn(role))] }),
      roles: { [role]: { trustPolicy: World.trust(userArn(user)) } },
    },
  },
})

/**
 * A chain of roles, each of which may assume the next: the first in account 111111111111, where the user is, the second
 * in 222222222222, and so on.
 *
 * ```ts
 * import * as Worlds from "@effect-sts/memory/Worlds"
 *
 * const world = Worlds.chain(["build", "deploy", "audit"])
 * ```
 *
 * @category worlds
 * @since 0.1.0
 */
export const chain = (
  roles: readonly [string, ...ReadonlyArray<string>],
  { user = "alice" }: Pick<Names, "user"> = {},
): World.Encoded => {
  const arns = roles.map((name, index) => roleArn(name, accountAt(index)))
  const accounts = roles.map((name, index) => {
    const next = arns[index + 1]
    const role: Role = {
      trustPolicy: World.trust(arns[index - 1] ?? userArn(user)),
      ...(next !== undefined && { policies: [World.mayAssume(next)] }),
    }
    return [accountAt(index), { roles: { [name]: role } }] as const
  })
  const start: World.Encoded = {
    accounts: { [home]: { users: userOf(home, user, { policies: [World.mayAssume(...arns.slice(0, 1))] }) } },
  }
  return World.merge(start, { accounts: Object.fromEntries(accounts) })
}

/**
 * A role that wants MFA, and a user with a device who may assume it: `alice` and `admin` of account 111111111111. The
 * device is `arn:aws:iam::111111111111:mfa/alice`, and `StsMemory.mfaCode` gives its codes.
 *
 * @category worlds
 * @since 0.1.0
 */
export const mfaAdmin = ({ role = "admin", user = "alice" }: Names = {}): World.Encoded => ({
  accounts: {
    [home]: {
      users: userOf(home, user, {
        mfaDevices: [World.mfaDevice(home, user)],
        policies: [World.mayAssume(roleArn(role))],
      }),
      roles: {
        [role]: {
          trustPolicy: World.trust(userArn(user), { condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
        },
      },
    },
  },
})

/**
 * A partner in account 111111111111, `alice`, and a role of a customer in 222222222222, `auditor`, that trusts the
 * partner's account with an external id, `partner-7f3a`.
 *
 * @category worlds
 * @since 0.1.0
 */
export const partner = ({
  externalId = "partner-7f3a",
  role = "auditor",
  user = "alice",
}: Names & {
  /** The external id of the trust policy: `partner-7f3a`, where it is left out. */
  readonly externalId?: string | undefined
} = {}): World.Encoded => ({
  accounts: {
    [home]: { users: userOf(home, user, { policies: [World.mayAssume(roleArn(role, abroad))] }) },
    [abroad]: {
      roles: {
        [role]: { trustPolicy: World.trust(home, { condition: { StringEquals: { "sts:ExternalId": externalId } } }) },
      },
    },
  },
})

/**
 * An application, `app` of account 111111111111, and a role for each of its tenants, with the tag `tenant`. Tenants have
 * names, or are so many: `tenant-1`, `tenant-2`, and so on. A role is called as its tenant is.
 *
 * ```ts
 * import * as Worlds from "@effect-sts/memory/Worlds"
 *
 * const some = Worlds.tenants(["acme", "globex"])
 * const many = Worlds.tenants(10_000)
 * ```
 *
 * @category worlds
 * @since 0.1.0
 */
export const tenants = (
  tenants: number | ReadonlyArray<string>,
  { user = "app" }: Pick<Names, "user"> = {},
): World.Encoded => {
  const names =
    typeof tenants === "number" ? Array.from({ length: tenants }, (_, index) => `tenant-${index + 1}`) : tenants
  const trustPolicy = World.trust(userArn(user))
  return {
    accounts: {
      [home]: {
        users: userOf(home, user, { policies: [World.mayAssume(roleArn("*"))] }),
        roles: Object.fromEntries(names.map((name) => [name, { trustPolicy, tags: { tenant: name } }])),
      },
    },
  }
}

/**
 * A role for the jobs of a CI service that has an OIDC provider, in account 111111111111: `ci`, for
 * `token.actions.githubusercontent.com`, whose tokens are for `sts.amazonaws.com` and about
 * `repo:octo-org/octo-repo:ref:refs/heads/main`. The subject may have wildcards.
 *
 * `StsMemory.webIdentityToken` makes its tokens; with `jwks`, the public keys of another, that other does.
 *
 * @category worlds
 * @since 0.1.0
 */
export const ci = ({
  audience = "sts.amazonaws.com",
  issuer = "token.actions.githubusercontent.com",
  jwks,
  role = "ci",
  subject = "repo:octo-org/octo-repo:ref:refs/heads/main",
}: {
  /** The name of the role: `ci`, where it is left out. */
  readonly role?: string | undefined
  /** Who makes the tokens, without `https://`: `token.actions.githubusercontent.com`, where it is left out. */
  readonly issuer?: string | undefined
  /** Who they are for: `sts.amazonaws.com`, where it is left out. */
  readonly audience?: string | undefined
  /** Who may assume the role, with wildcards: the branch `main` of `octo-org/octo-repo`, where it is left out. */
  readonly subject?: string | undefined
  /** The public keys of the provider, where its tokens are not made by the world. */
  readonly jwks?: (typeof World.OidcProvider)["Encoded"]["jwks"] | undefined
} = {}): World.Encoded => ({
  accounts: {
    [home]: {
      oidcProviders: { [issuer]: { clientIds: [audience], ...(jwks !== undefined && { jwks }) } },
      roles: {
        [role]: {
          trustPolicy: World.trust(
            { Federated: `arn:aws:iam::${home}:oidc-provider/${issuer}` },
            {
              condition: {
                StringEquals: { [`${issuer}:aud`]: audience },
                StringLike: { [`${issuer}:sub`]: subject },
              },
            },
          ),
        },
      },
    },
  },
})
