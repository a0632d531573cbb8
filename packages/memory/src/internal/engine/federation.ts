/**
 * Roles for those who have shown the token or the assertion of an identity provider, and have no AWS identity yet: what
 * AssumeRoleWithWebIdentity and AssumeRoleWithSAML have in common once they know who it is.
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as RoleSession from "./roleSession.ts"
import type * as Session from "./session.ts"
import type * as SessionTags from "./sessionTags.ts"
import type { Moment } from "./simulation.ts"
import type { Keys } from "./state.ts"

type Operation = "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity"

/** Who a token or an assertion says that it is, and what else it says of the session. */
export interface Identity {
  /** How trust policies name the identity provider. */
  readonly provider: string
  /** The account that it is in; none has one that AWS knows by itself. */
  readonly account: string | undefined
  readonly roleSessionName: string
  readonly sourceIdentity: string | undefined
  readonly tags: SessionTags.SessionTags
  /** The condition keys that trust policies see. */
  readonly keys: Keys
  /** Those that the session keeps. */
  readonly sessionKeys: Keys
  /** Whether the answer tells of the token's size in any case. */
  readonly isTold?: boolean
  /** The longest that the session may last. */
  readonly maxDuration?: Duration.Duration
}

export interface Request extends Session.Wishes {
  readonly roleArn: string
  readonly duration?: Duration.Duration
}

/** The same words whether the role is unknown, its trust policy says no, or a tag or a source identity may not be set. */
export const notAuthorized = (operation: Operation): Refusal.Refusal =>
  Refusal.accessDenied(`Not authorized to perform sts:${operation}`)

/** STS takes whoever comes from a provider for a user of the provider's account. */
const principalKeys = ({ account, provider }: Identity): Keys =>
  account === undefined ? {} : { "aws:PrincipalAccount": account, "aws:PrincipalType": "User", "aws:userid": provider }

/** Opens the session, and gives what the answers of both have. */
export const assumeRole = (
  operation: Operation,
  { duration, roleArn, ...wishes }: Request,
  moment: Moment,
  identity: Identity,
) =>
  Result.gen(function* () {
    const account = yield* RoleSession.accountOf(roleArn)
    const terms = yield* RoleSession.settle(account, { ...wishes, ...identity }, RoleSession.noHeritage, moment)
    const role = moment.state.roles.get(roleArn)
    const own = { ...principalKeys(identity), ...identity.sessionKeys, ...identity.keys }
    const denied = RoleSession.deniedAction(operation, role, terms, ({ context, ...request }) => {
      const asked = { ...request, context: () => ({ ...context?.(), ...own }) }
      return Permission.decideFederated(moment, identity.provider, asked)._tag === "Allowed"
    })
    if (role === undefined || denied !== undefined) return yield* Result.fail(notAuthorized(operation))
    const asked = yield* RoleSession.durationOf(duration, role, false)
    const lifetime = Duration.min(asked, identity.maxDuration ?? asked)
    return RoleSession.open(moment, { ...terms, role, duration: lifetime, identityKeys: identity.sessionKeys })
  })
