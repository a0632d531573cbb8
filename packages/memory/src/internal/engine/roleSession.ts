/**
 * The session of a role, however its caller came to it: what AssumeRole, AssumeRoleWithSAML and
 * AssumeRoleWithWebIdentity have in common.
 *
 * They all go the same way: `settle` what is asked for into terms, or refuse it; ask the policies, action by action, with
 * `deniedAction`; then `durationOf` and `open`.
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type * as Policy from "../../policy/Policy.ts"
import type * as RequestContext from "../../policy/RequestContext.ts"
import { roleSessionArn } from "./caller.ts"
import type * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as Session from "./session.ts"
import * as SessionTags from "./sessionTags.ts"
import type { Moment } from "./simulation.ts"
import type * as State from "./state.ts"

/** The account of a role's ARN, of which STS looks no closer at the form. */
export const accountOf = (roleArn: string): Result.Result<string, Refusal.Refusal> => {
  const [, account] = /^arn:[^:]+:[^:]+:[^:]*:([^:]*):./.exec(roleArn) ?? []
  return account === undefined ? Result.fail(Refusal.validationError(`${roleArn} is invalid`)) : Result.succeed(account)
}

/** What a session inherits from the one that asks for it. */
export interface Heritage {
  readonly sourceIdentity: string | undefined
  /** All of them transitive. */
  readonly tags: State.Tags
}

/** Of who comes with long-term keys, or with the token or the assertion of an identity provider. */
export const noHeritage: Heritage = { sourceIdentity: undefined, tags: {} }

export const heritageOf = (session: State.Session | undefined): Heritage =>
  session?.subject._tag === "Role"
    ? { sourceIdentity: session.subject.sourceIdentity, tags: SessionTags.transitive(session.subject) }
    : noHeritage

/** What is asked for, whether it stands in the parameters, in the claims of a token or in an assertion. */
export interface Wishes extends Session.Wishes {
  readonly roleSessionName: string
  readonly sourceIdentity?: string | undefined
  /** Checked already: by `SessionTags.make`, or by `SessionTags.ofToken`. */
  readonly tags: SessionTags.SessionTags
  /** Whether the answer tells of the token's size in any case. */
  readonly isTold?: boolean
  /** The condition keys of provided contexts. */
  readonly context?: { readonly [key: string]: RequestContext.Value }
}

/** What a session will be, if the policies allow it. */
export interface Terms {
  readonly name: string
  readonly policies: ReadonlyArray<Policy.Policy> | undefined
  readonly size: Session.TokenSize
  readonly sourceIdentity: string | undefined
  readonly tags: State.Tags
  readonly transitiveTagKeys: ReadonlyArray<string>
  readonly wishes: Wishes
  readonly heritage: Heritage
}

/** A source identity stays with the chain: it can be repeated, but not replaced. */
const sourceIdentityOf = (
  asked: string | undefined,
  inherited: string | undefined,
): Result.Result<string | undefined, Refusal.Refusal> =>
  inherited !== undefined && asked !== undefined && asked !== inherited
    ? Result.fail(Refusal.validationError("The source identity is already set for this assume role session"))
    : Result.succeed(asked ?? inherited)

/** What is in the token, and how large that makes it. */
const tokenOf = (wishes: Wishes, heritage: Heritage) =>
  Result.flatMap(SessionTags.inherit(wishes.tags, heritage.tags), (inherited) =>
    Result.map(Session.tokenSize({ ...wishes, tags: inherited.tags }), (size) => ({ ...inherited, size })),
  )

/** The terms of a session of a role in an account, or why there can be none, whoever asks. */
export const settle = (
  account: string,
  wishes: Wishes,
  heritage: Heritage,
  moment: Moment,
): Result.Result<Terms, Refusal.Refusal> =>
  Result.map(
    Result.all({
      policies: Session.readPolicies(account, wishes, moment),
      token: tokenOf(wishes, heritage),
      sourceIdentity: sourceIdentityOf(wishes.sourceIdentity, heritage.sourceIdentity),
    }),
    ({ policies, sourceIdentity, token: { size, tags, transitiveTagKeys } }) => ({
      name: wishes.roleSessionName,
      policies,
      size,
      sourceIdentity,
      tags,
      transitiveTagKeys,
      wishes,
      heritage,
    }),
  )

/**
 * The actions beside the operation's own that the terms need. STS checks them before it, and says which of them it was;
 * in what order among themselves is not known. What is inherited needs them again, since the new session has it too: of
 * tags it was seen, of a source identity it is the narrower reading.
 */
const actionsOf = ({ sourceIdentity, tags, wishes }: Terms): ReadonlyArray<string> => [
  ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ...(Object.keys(tags).length === 0 ? [] : ["sts:TagSession"]),
  ...(wishes.context === undefined ? [] : ["sts:SetContext"]),
]

/** The condition keys of the terms, and those of the role that they are for. */
const contextOf = (action: string, role: State.Role, { heritage, sourceIdentity, wishes }: Terms) => ({
  "aws:ResourceAccount": role.account,
  ...SessionTags.contextOfRole(role.tags, heritage.tags),
  ...SessionTags.contextOf(wishes.tags),
  ...wishes.context,
  "sts:RoleSessionName": wishes.roleSessionName,
  "sts:SourceIdentity": action === "sts:SetSourceIdentity" ? sourceIdentity : wishes.sourceIdentity,
})

/**
 * The first action that is not allowed, or `undefined` where all are. `isAllowed` asks the policies that bear on the
 * caller, and adds the condition keys that the operation has of its own.
 */
export const deniedAction = (
  operation: "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity",
  role: State.Role | undefined,
  terms: Terms,
  isAllowed: (request: Permission.Request) => boolean,
): string | undefined =>
  [...actionsOf(terms), `sts:${operation}`].find(
    (action) =>
      role === undefined ||
      !isAllowed({
        action,
        resource: role.arn,
        resourcePolicy: role.trustPolicy,
        context: () => contextOf(action, role, terms),
      }),
  )

const hour = Duration.hours(1)

/**
 * How long the session lasts: an hour where nothing is asked. `isChained` where the caller is a session; any counts as a
 * link of a chain, also one of GetSessionToken.
 */
export const durationOf = (
  duration: Duration.Duration = hour,
  role: State.Role,
  isChained: boolean,
): Result.Result<Duration.Duration, Refusal.Refusal> => {
  if (Duration.toSeconds(duration) > role.maxSessionDuration) {
    return Result.fail(
      Refusal.validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    )
  }
  return isChained && Duration.isGreaterThan(duration, hour)
    ? Result.fail(
        Refusal.validationError(
          "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ),
      )
    : Result.succeed(duration)
}

/** What becomes a session once everything is allowed. `Terms` have all but the role, the duration and the provider. */
export interface Settled {
  readonly role: State.Role
  readonly name: string
  readonly duration: Duration.Duration
  readonly policies: ReadonlyArray<Policy.Policy> | undefined
  readonly size: Session.TokenSize
  readonly sourceIdentity: string | undefined
  readonly tags: State.Tags
  readonly transitiveTagKeys: ReadonlyArray<string>
  /** Of who comes with a token or an assertion: the condition keys that stay, as `aws:FederatedProvider`. */
  readonly identityKeys?: State.Keys
}

/** Opens the session, and gives what the answers of all three have, in AWS's own names and order. */
export const open = (
  moment: Moment,
  { duration, identityKeys = {}, name, policies, role, size, sourceIdentity, tags, transitiveTagKeys }: Settled,
) => ({
  AssumedRoleUser: {
    AssumedRoleId: `${role.id}:${name}`,
    Arn: roleSessionArn(moment.state, role.account, role.name, name),
  },
  Credentials: Session.open(moment, {
    account: role.account,
    duration,
    subject: { _tag: "Role", role, name, policies, sourceIdentity, tags, transitiveTagKeys, identityKeys },
    size,
  }),
  ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
  ...Session.withPackedPolicySize(size),
})
