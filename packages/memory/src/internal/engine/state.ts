/**
 * A world that is lived in: the entities of a `World`, found by what STS is asked for, and what has happened to them.
 */
import * as Redacted from "effect/Redacted"
import type * as Policy from "../../policy/Policy.ts"
import type * as RequestContext from "../../policy/RequestContext.ts"
import * as World from "../../World.ts"
import * as AwsManagedPolicies from "../awsManagedPolicies.ts"
import * as Identifiers from "../identifiers.ts"
import type { SigningKey } from "../identity/signingKey.ts"
import { decodeBase32 } from "../totp.ts"
import { copyPlain } from "./copyPlain.ts"

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
  policies: ReadonlyArray<Policy.Policy>
  maxSessionDuration: number
  tags: Tags
  trustPolicy: Policy.Policy
}

/** A role as it is written down. */
export interface RoleDefinition {
  readonly account: string
  readonly name: string
  readonly role: typeof World.Role.Type
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

/**
 * Whatever changes is in here, as plain data: objects, arrays, maps and sets. So a snapshot of it is a copy, in which
 * policies, secrets and bytes, which never change, are shared.
 */
export interface State {
  readonly seed: string
  /** The region of calls that come in at no endpoint with a region of its own. */
  readonly region: string
  readonly partition: string
  readonly identifiers: Identifiers.Identifiers
  /** All long-term keys, and the sessions that last, by access key id. Some that have ended may still be there. */
  readonly keys: Map<string, LongTermKey | Session>
  /** How many keys there may be before it is looked which sessions have ended. */
  keysBeforeSweep: number
  /** The roles that there are now, by ARN. */
  readonly roles: Map<string, Role>
  /** Those that IAM has made, but not told STS yet. */
  readonly comingRoles: Array<{ readonly role: Role; readonly at: number }>
  /** The roles that there are or were, by ARN. */
  readonly roleDefinitions: Map<string, RoleDefinition>
  /** How many roles of an ARN there have been. */
  readonly generations: Map<string, number>
  readonly devices: ReadonlyMap<string, Device>
  /** Those of the accounts, and those of AWS, by ARN. */
  readonly managedPolicies: ManagedPolicies
  /** The context assertions that the test has had made, with the keys that are in them. */
  readonly contextAssertions: Map<string, { readonly [key: string]: string }>
  /** Users and root users by ARN, with keys or without. */
  readonly holders: ReadonlyMap<string, Holder>
  /** The accounts as the world has them, by number. */
  readonly accounts: ReadonlyMap<string, typeof World.Account.Type>
  readonly organization: Organization | undefined
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
export const policiesOf = (
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

const roleDefinitionsOf = (world: World.World, partition: string): State["roleDefinitions"] =>
  new Map(
    Object.entries(world.accounts).flatMap(([account, { roles }]) =>
      Object.entries(roles).map(([name, role]) => [
        World.roleArn(partition, account, role.path, name),
        { account, name, role },
      ]),
    ),
  )

/** Each role of an ARN has an id of its own. */
export const newRole = (
  { generations, managedPolicies, seed }: State,
  arn: string,
  { account, name, role }: RoleDefinition,
): Role => {
  const generation = generations.get(arn) ?? 0
  generations.set(arn, generation + 1)
  const { maxSessionDuration, tags, trustPolicy } = role
  const policies = policiesOf(role, managedPolicies)
  const id = Identifiers.uniqueId("AROA", seed, arn, generation)
  return { account, name, arn, id, policies, maxSessionDuration, tags, trustPolicy }
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
  const state: State = {
    seed: world.seed,
    region: world.region,
    partition,
    identifiers: Identifiers.make(world.seed),
    keysBeforeSweep: fewestKeysToSweep,
    keys: new Map(
      holders.flatMap(({ accessKeys, holder }) => accessKeys.map((key) => [key.accessKeyId, keyOf(holder, key)])),
    ),
    roles: new Map(),
    comingRoles: [],
    roleDefinitions: roleDefinitionsOf(world, partition),
    generations: new Map(),
    devices: new Map(holders.flatMap(({ holder }) => holder.devices.map((device) => [device.serialNumber, device]))),
    managedPolicies,
    contextAssertions: new Map(),
    holders: new Map(holders.map(({ holder }) => [holder.arn, holder])),
    accounts: new Map(Object.entries(world.accounts)),
    organization: organizationOf(world),
    signingKeys: new Map(),
  }
  for (const [arn, definition] of state.roleDefinitions) state.roles.set(arn, newRole(state, arn, definition))
  return state
}

const fewestKeysToSweep = 1024

/**
 * Keeps a session for as long as it lasts. What has ended is forgotten when there are twice as many keys as there were
 * the last time, so that a call costs the same however many there are.
 */
export const addSession = (state: State, session: Session): void => {
  const { keys } = state
  keys.set(session.accessKeyId, session)
  if (keys.size <= state.keysBeforeSweep) return
  for (const [accessKeyId, key] of keys) {
    if (key._tag === "Session" && key.expiresAt <= session.issuedAt) keys.delete(accessKeyId)
  }
  state.keysBeforeSweep = Math.max(fewestKeysToSweep, 2 * keys.size)
}

/** The place of a key in the state is its id: no two may have the same. */
export const newAccessKeyId = (
  { identifiers, keys }: State,
  account: string,
  prefix: "AKIA" | "ASIA" = "ASIA",
): string => {
  let accessKeyId = identifiers.accessKeyId(prefix, account)
  while (keys.has(accessKeyId)) accessKeyId = identifiers.accessKeyId(prefix, account)
  return accessKeyId
}

export const newLongTermKey = (state: State, holder: Holder): LongTermKey => {
  const accessKeyId = newAccessKeyId(state, holder.account, "AKIA")
  const secretAccessKey = Redacted.make(state.identifiers.secretAccessKey())
  const key: LongTermKey = { _tag: "LongTermKey", accessKeyId, secretAccessKey, holder, isActive: true }
  state.keys.set(accessKeyId, key)
  return key
}

/** A state of its own that goes on from where this one is. What is as the world has it is shared. */
export const copy = ({
  accounts,
  identifiers,
  managedPolicies,
  organization,
  roleDefinitions,
  signingKeys,
  ...state
}: State): State => ({
  ...copyPlain(state),
  accounts,
  identifiers: identifiers.copy(),
  managedPolicies,
  organization,
  signingKeys,
  roleDefinitions: new Map(roleDefinitions),
})
