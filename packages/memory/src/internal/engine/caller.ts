/**
 * Who calls: what the credentials of a request prove, checked in STS's own order.
 */
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Policy from "../../policy/Policy.ts"
import type * as Principal from "../../policy/Principal.ts"
import * as World from "../../World.ts"
import { accessKeyAccount } from "../identifiers.ts"
import type { Moment } from "./moment.ts"
import * as Refusal from "./refusal.ts"
import * as Region from "./region.ts"
import * as SessionTags from "./sessionTags.ts"
import type { Device, Holder, LongTermKey, Session, State } from "./state.ts"

/**
 * What a request shows of its caller's credentials. In process `isSignedWith` compares secrets; a server, which has only a
 * signature, computes it with the secret that it is given and compares those.
 */
export interface Proof {
  readonly accessKeyId: string
  readonly sessionToken: string | undefined
  readonly isSignedWith: (secretAccessKey: Redacted.Redacted) => boolean
}

export interface Caller {
  readonly principal: Extract<Principal.Caller, { readonly arn: string }>
  readonly account: string
  readonly arn: string
  readonly userId: string
  /** Identity policies as they are now, and those passed for the session, where none is not the same as an empty list. */
  readonly policies: ReadonlyArray<Policy.Policy>
  readonly sessionPolicies: ReadonlyArray<Policy.Policy> | undefined
  /** Those of the user or the role, with those of the session laid over them. */
  readonly tags: { readonly [key: string]: string }
  /** The MFA devices whose codes the caller may give: none for roles and federated users. */
  readonly devices: ReadonlyArray<Device>
  /** Who the long-term keys are of, or the session that it is: one of the two. */
  readonly holder: Holder | undefined
  readonly session: Session | undefined
}

const ofHolder = (holder: Holder, session?: Session): Caller => ({
  principal: { _tag: holder._tag, arn: holder.arn },
  account: holder.account,
  arn: holder.arn,
  userId: holder.userId,
  policies: holder.policies,
  sessionPolicies: undefined,
  tags: holder.tags,
  devices: holder.devices,
  holder: session === undefined ? holder : undefined,
  session,
})

/** The ARN of a role's session: the path of the role is not in it. */
export const roleSessionArn = ({ partition }: State, account: string, role: string, session: string): string =>
  `arn:${partition}:sts::${account}:assumed-role/${role}/${session}`

export const federatedUserArn = ({ partition }: State, account: string, name: string): string =>
  `arn:${partition}:sts::${account}:federated-user/${name}`

/** The caller whose session this is, with the policies that its role or user has now. */
export const ofSession = (state: State, session: Session): Caller => {
  const { subject } = session
  switch (subject._tag) {
    case "Holder":
      return ofHolder(subject.holder, session)
    case "Role": {
      const { name, policies, role, tags } = subject
      const arn = roleSessionArn(state, role.account, role.name, name)
      return {
        principal: { _tag: "RoleSession", arn, roleArn: role.arn },
        account: role.account,
        arn,
        userId: `${role.id}:${name}`,
        policies: role.policies,
        sessionPolicies: policies,
        tags: SessionTags.overlay(role.tags, tags),
        devices: [],
        holder: undefined,
        session,
      }
    }
    case "FederatedUser": {
      const { issuer, name, policies, tags } = subject
      const arn = federatedUserArn(state, issuer.account, name)
      return {
        principal: { _tag: "FederatedUser", arn, issuerArn: issuer.arn },
        account: issuer.account,
        arn,
        userId: `${issuer.account}:${name}`,
        policies: issuer.policies,
        sessionPolicies: policies,
        tags: SessionTags.overlay(issuer.tags, tags),
        devices: [],
        holder: undefined,
        session,
      }
    }
    case "AssumedRoot": {
      const { account, taskPolicy } = subject
      const arn = World.rootArn(state.partition, account)
      return {
        principal: { _tag: "Root", arn },
        account,
        arn,
        userId: account,
        // A root user needs no policy that allows, and a task policy has none: it denies all but the task.
        policies: [taskPolicy],
        sessionPolicies: undefined,
        tags: {},
        devices: [],
        holder: undefined,
        session,
      }
    }
  }
}

/** The caller that long-term keys prove. */
export const ofLongTermKey = (holder: Holder): Caller => ofHolder(holder)

/** The source identity that a session has from where it was opened. */
export const sourceIdentityOf = ({ session }: Caller): string | undefined =>
  session !== undefined && "sourceIdentity" in session.subject ? session.subject.sourceIdentity : undefined

/** A long-term key comes without a token, a session with its own. */
const isBoundTo = (key: LongTermKey | Session, { sessionToken }: Proof): boolean =>
  key._tag === "LongTermKey" ? key.isActive && sessionToken === undefined : sessionToken === key.sessionToken

/** Whether the role is still the one that was assumed: one made again under its ARN is another. */
const isOrphan = ({ roles }: State, { subject }: Session): boolean =>
  subject._tag === "Role" && roles.get(subject.role.arn) !== subject.role

/** Whether the region that is called knows the key. */
const isKnownAt = (state: State, endpoint: Region.Endpoint, key: LongTermKey | Session, { account }: Caller): boolean =>
  Region.knowsAccount(state, endpoint, account) &&
  (key._tag === "LongTermKey" || Region.takesTokenVersion(endpoint, key.tokenVersion))

/**
 * What is said of a key that is not there: it never was, or its session has ended and is forgotten. Then it is said what
 * would be if the session were remembered.
 */
const unknownKey = ({ endpoint, now, state }: Moment, { accessKeyId, sessionToken = "" }: Proof): Refusal.Refusal => {
  const account = accessKeyAccount(accessKeyId)
  const bearer = state.identifiers.bearerOf(sessionToken, accessKeyId)
  return account !== undefined &&
    bearer !== undefined &&
    now >= bearer.expiresAt &&
    Region.knowsAccount(state, endpoint, account) &&
    Region.takesTokenVersion(endpoint, bearer.tokenVersion)
    ? Refusal.expiredToken()
    : Refusal.invalidClientTokenId()
}

/**
 * The caller that the credentials prove. The order is STS's: key, token, expiration, role, and only then the signature.
 */
export const authenticate = (moment: Moment, proof: Proof | undefined): Result.Result<Caller, Refusal.Refusal> => {
  const { endpoint, now, state } = moment
  if (proof === undefined) return Result.fail(Refusal.missingAuthenticationToken())
  const key = state.keys.get(proof.accessKeyId)
  if (key === undefined) return Result.fail(unknownKey(moment, proof))
  if (!isBoundTo(key, proof)) return Result.fail(Refusal.invalidClientTokenId())
  const caller = key._tag === "Session" ? ofSession(state, key) : ofHolder(key.holder)
  if (!isKnownAt(state, endpoint, key, caller)) return Result.fail(Refusal.invalidClientTokenId())
  if (key._tag === "Session" && now >= key.expiresAt) return Result.fail(Refusal.expiredToken())
  if (key._tag === "Session" && isOrphan(state, key)) return Result.fail(Refusal.invalidClientTokenId())
  return proof.isSignedWith(key.secretAccessKey) ? Result.succeed(caller) : Result.fail(Refusal.signatureDoesNotMatch())
}
