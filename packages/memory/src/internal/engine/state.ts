/**
 * A world that is lived in: the entities of a `World`, found by what STS is asked for, and what has happened to them.
 */
import type * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import type * as Policy from "../../policy/Policy.ts"
import type * as Principal from "../../policy/Principal.ts"
import type * as RequestContext from "../../policy/RequestContext.ts"
import * as World from "../../World.ts"
import * as AwsManagedPolicies from "../awsManagedPolicies.ts"
import * as Identifiers from "../identifiers.ts"
import type { SigningKey } from "../identity/signingKey.ts"
import { decodeBase32 } from "../totp.ts"

/** Tags by key, as they were written: to compare keys AWS takes no notice of case. */
export type Tags = { readonly [key: string]: string }

export interface Device {
  readonly serialNumber: string
  readonly secret: Uint8Array
  /** The last 30-second step whose code was taken: it and all before it are used up. */
  usedStep: number
}

/** Condition keys and their values. */
export type Keys = { readonly [key: string]: RequestContext.Value | undefined }

/** A root user or a user: whoever has long-term keys. */
export interface Holder {
  readonly _tag: "Root" | "User"
  readonly account: string
  readonly arn: string
  readonly userId: string
  readonly policies: ReadonlyArray<Policy.Policy>
  readonly tags: Tags
  readonly devices: ReadonlyArray<Device>
}

/** A role between its making and its deletion. One that is made again is another object, with another id. */
export interface Role {
  readonly account: string
  readonly name: string
  readonly arn: string
  readonly id: string
  readonly policies: ReadonlyArray<Policy.Policy>
  readonly maxSessionDuration: number
  readonly tags: Tags
  trustPolicy: Policy.Policy
}

export interface LongTermKey {
  readonly _tag: "LongTermKey"
  readonly accessKeyId: string
  /** One `Redacted` as long as the key lives: signing keys are kept by it. */
  readonly secretAccessKey: Redacted.Redacted
  readonly holder: Holder
  isActive: boolean
}

/** Whose session it is. A session of GetSessionToken is its holder's own, with or without MFA. */
export type Subject =
  | { readonly _tag: "Holder"; readonly holder: Holder; readonly isMfa: boolean }
  | {
      readonly _tag: "Role"
      readonly role: Role
      readonly name: string
      readonly policies: ReadonlyArray<Policy.Policy> | undefined
      readonly sourceIdentity: string | undefined
      readonly tags: Tags
      /** The keys of those tags that pass on to roles assumed from this session. */
      readonly transitiveTagKeys: ReadonlyArray<string>
      /** The condition keys that stay from the token or the assertion that opened the session: none where there was none. */
      readonly identityKeys: Keys
    }
  | {
      readonly _tag: "FederatedUser"
      readonly issuer: Holder
      readonly name: string
      readonly policies: ReadonlyArray<Policy.Policy> | undefined
      readonly tags: Tags
    }
  | {
      readonly _tag: "AssumedRoot"
      readonly account: string
      /** What the session may do of what a root user may. */
      readonly taskPolicy: Policy.Policy
      readonly sourceIdentity: string | undefined
    }

export interface Session {
  readonly _tag: "Session"
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
  readonly sessionToken: string
  /** Both in epoch milliseconds. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly subject: Subject
  /** Opt-in regions do not take tokens of version 1. */
  readonly tokenVersion: 1 | 2
}

/** The organization of the world's accounts. */
export interface Organization {
  readonly id: string
  readonly managementAccount: string
  readonly members: ReadonlySet<string>
  readonly delegatedAdministrators: ReadonlySet<string>
  readonly rootSessions: boolean
}

export interface ManagedPolicies extends ReadonlyMap<string, Policy.Policy> {}

/** Whose a session is that a role has without anything that is passed, inherited or told by a provider. */
export const plainSubject = (role: Role, name: string, policies?: ReadonlyArray<Policy.Policy>): Subject => ({
  _tag: "Role",
  role,
  name,
  policies,
  sourceIdentity: undefined,
  tags: {},
  transitiveTagKeys: [],
  identityKeys: {},
})

/** What a trade-in token is good for. */
export interface Delegation {
  readonly role: Role
  readonly roleSessionName: string
  readonly policies: ReadonlyArray<Policy.Policy> | undefined
  readonly duration: Duration.Duration
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** What an encoded authorization message says, to those of the account that it is of. */
export interface AuthorizationMessage {
  readonly account: string
  readonly decoded: string
}

export interface State {
  /** The region of calls that come in at no endpoint with a region of its own. */
  readonly region: string
  readonly partition: string
  readonly seed: string
  readonly identifiers: Identifiers.Identifiers
  /** All keys that ever were, by access key id. */
  readonly keys: Map<string, LongTermKey | Session>
  /** The roles that there are now, by ARN. */
  readonly roles: Map<string, Role>
  readonly devices: ReadonlyMap<string, Device>
  /** Those of the accounts, and those of AWS, by ARN. */
  readonly managedPolicies: ManagedPolicies
  /** The context assertions that the test has had made, with the keys that are in them. */
  readonly contextAssertions: Map<string, { readonly [key: string]: string }>
  /** Each makes the role of an ARN as the world has it, with an id of its own each time. */
  readonly roleMakers: ReadonlyMap<string, () => Role>
  /** Users and root users by ARN, with keys or without. */
  readonly holders: ReadonlyMap<string, Holder>
  /** The accounts as the world has them, by number. */
  readonly accounts: ReadonlyMap<string, typeof World.Account.Type>
  readonly organization: Organization | undefined
  /** By trade-in token. */
  readonly delegations: Map<string, Delegation>
  /** By encoded message. */
  readonly authorizationMessages: Map<string, AuthorizationMessage>
  /** The keys that the world has made so far, by what they are for: to make one takes long. */
  readonly signingKeys: Map<string, SigningKey>
}

const deviceOf = ({ secret, serialNumber }: typeof World.MfaDevice.Type): Device => ({
  serialNumber,
  // A world does not load with a secret that is no base32.
  secret: decodeBase32(Redacted.value(secret)) ?? new Uint8Array(),
  usedStep: -Infinity,
})

interface Credentialed {
  readonly holder: Holder
  readonly accessKeys: ReadonlyArray<typeof World.AccessKey.Type>
}

const managedPoliciesOf = (world: World.World, partition: string): ManagedPolicies =>
  new Map([
    ...Array.from(AwsManagedPolicies.policies, ([name, policy]) => {
      const [, path = "/", last = ""] = /^(.*\/)([^/]*)$/.exec(name) ?? []
      return [World.policyArn(partition, "aws", path, last), policy] as const
    }),
    ...Object.entries(world.accounts).flatMap(([account, { managedPolicies }]) =>
      Object.entries(managedPolicies).map(
        ([name, { document, path }]) => [World.policyArn(partition, account, path, name), document] as const,
      ),
    ),
  ])

/** The policies of a user or a role: its own, and those that are attached to it. */
const policiesOf = (
  { managedPolicyArns, policies }: Pick<typeof World.Role.Type, "managedPolicyArns" | "policies">,
  managed: ManagedPolicies,
): ReadonlyArray<Policy.Policy> => [...policies, ...managedPolicyArns.flatMap((arn) => managed.get(arn) ?? [])]

/** Whoever has keys in an account. */
const holdersOf = (
  { seed }: World.World,
  partition: string,
  managed: ManagedPolicies,
  account: string,
  { root, users }: typeof World.Account.Type,
): ReadonlyArray<Credentialed> => {
  const holders = Object.entries(users).map(([name, user]): Credentialed => {
    const arn = World.userArn(partition, account, user.path, name)
    const { tags } = user
    const policies = policiesOf(user, managed)
    const devices = user.mfaDevices.map(deviceOf)
    const userId = Identifiers.uniqueId("AIDA", seed, arn)
    return { holder: { _tag: "User", account, arn, userId, policies, tags, devices }, accessKeys: user.accessKeys }
  })
  if (root === undefined) return holders
  const arn = World.rootArn(partition, account)
  const devices = root.mfaDevices.map(deviceOf)
  const holder: Holder = { _tag: "Root", account, arn, userId: account, policies: [], tags: {}, devices }
  return [{ holder, accessKeys: root.accessKeys }, ...holders]
}

const keyOf = (holder: Holder, { accessKeyId, secretAccessKey, status }: typeof World.AccessKey.Type): LongTermKey => ({
  _tag: "LongTermKey",
  accessKeyId,
  secretAccessKey,
  holder,
  isActive: status === "Active",
})

const roleMakersOf = (world: World.World, partition: string, managed: ManagedPolicies): State["roleMakers"] => {
  const makers = new Map<string, () => Role>()
  for (const [account, { roles }] of Object.entries(world.accounts)) {
    for (const [name, role] of Object.entries(roles)) {
      const { maxSessionDuration, path, tags, trustPolicy } = role
      const policies = policiesOf(role, managed)
      const arn = World.roleArn(partition, account, path, name)
      let generation = 0
      makers.set(arn, () => {
        const id = Identifiers.uniqueId("AROA", world.seed, arn, generation++)
        return { account, name, arn, id, policies, maxSessionDuration, tags, trustPolicy }
      })
    }
  }
  return makers
}

const organizationOf = ({ organization }: World.World): Organization | undefined =>
  organization && {
    ...organization,
    members: new Set(organization.members),
    delegatedAdministrators: new Set(organization.delegatedAdministrators),
  }

/** The state of a world at its beginning. */
export const make = (world: World.World): State => {
  const partition = World.partitionOf(world.region)
  const managedPolicies = managedPoliciesOf(world, partition)
  const holders = Object.entries(world.accounts).flatMap(([account, entities]) =>
    holdersOf(world, partition, managedPolicies, account, entities),
  )
  const roleMakers = roleMakersOf(world, partition, managedPolicies)
  return {
    region: world.region,
    partition,
    seed: world.seed,
    identifiers: Identifiers.make(world.seed),
    keys: new Map(
      holders.flatMap(({ accessKeys, holder }) => accessKeys.map((key) => [key.accessKeyId, keyOf(holder, key)])),
    ),
    roles: new Map(Array.from(roleMakers, ([arn, makeRole]) => [arn, makeRole()])),
    devices: new Map(holders.flatMap(({ holder }) => holder.devices.map((device) => [device.serialNumber, device]))),
    managedPolicies,
    contextAssertions: new Map(),
    roleMakers,
    holders: new Map(holders.map(({ holder }) => [holder.arn, holder])),
    accounts: new Map(Object.entries(world.accounts)),
    organization: organizationOf(world),
    delegations: new Map(),
    authorizationMessages: new Map(),
    signingKeys: new Map(),
  }
}

const names = (principal: Principal.Principal, { account, arn, name }: Role): boolean =>
  (principal._tag === "Role" && principal.arn === arn) ||
  (principal._tag === "RoleSession" && principal.arn.split(":")[4] === account && principal.arn.split("/")[1] === name)

/** The policy with only some of its principals. */
const filterPrincipals = (
  policy: Policy.Policy,
  keeps: (principal: Principal.Principal) => boolean,
): Policy.Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => {
    const { principal } = statement
    return principal === undefined
      ? statement
      : { ...statement, principal: { ...principal, items: principal.items.filter(keeps) } }
  }),
})

/**
 * Deletes a role. IAM keeps the trust in a role under the role's unique id, so trust that names it is broken for good,
 * also if a role of the same ARN is made later. Its sessions are refused from now on.
 */
export const deleteRole = ({ roles }: State, deleted: Role): void => {
  roles.delete(deleted.arn)
  for (const role of roles.values()) {
    role.trustPolicy = filterPrincipals(role.trustPolicy, (principal) => !names(principal, deleted))
  }
}

/**
 * Makes a role that was deleted again, or says that the world never had it. It does not trust roles that are deleted at
 * this time: IAM would refuse them as principals.
 */
export const createRole = ({ roleMakers, roles }: State, arn: string): boolean => {
  const role = roleMakers.get(arn)?.()
  if (role === undefined) return false
  roles.set(arn, role)
  const isDeleted = (arn: string) => roleMakers.has(arn) && !roles.has(arn)
  role.trustPolicy = filterPrincipals(
    role.trustPolicy,
    (principal) => principal._tag !== "Role" || !isDeleted(principal.arn),
  )
  return true
}

/** The session's place in the state is its access key id: no two may have the same. */
export const newAccessKeyId = ({ identifiers, keys }: State, account: string): string => {
  let accessKeyId = identifiers.accessKeyId("ASIA", account)
  while (keys.has(accessKeyId)) accessKeyId = identifiers.accessKeyId("ASIA", account)
  return accessKeyId
}
