/**
 * The session of a role, however its caller came to it: what AssumeRole, AssumeRoleWithSAML and
 * AssumeRoleWithWebIdentity have in common.
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type * as Policy from "../../policy/Policy.ts"
import { roleSessionArn } from "./caller.ts"
import * as Refusal from "./refusal.ts"
import * as Session from "./session.ts"
import type { Moment } from "./simulation.ts"
import type * as State from "./state.ts"

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

/** What becomes a session once everything is allowed. */
export interface Settled {
  readonly role: State.Role
  readonly name: string
  readonly duration: Duration.Duration
  readonly policies: ReadonlyArray<Policy.Policy> | undefined
  readonly size: Session.TokenSize
  readonly sourceIdentity: string | undefined
  readonly tags: State.Tags
  readonly transitiveTagKeys: ReadonlyArray<string>
}

/** Opens the session, and gives what the answers of all three have, in AWS's own names and order. */
export const open = (moment: Moment, { duration, size, ...settled }: Settled) => {
  const { name, role, sourceIdentity } = settled
  return {
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${name}`,
      Arn: roleSessionArn(moment.state, role.account, role.name, name),
    },
    Credentials: Session.open(moment, {
      account: role.account,
      duration,
      subject: { _tag: "Role", ...settled },
      size,
    }),
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    ...Session.withPackedPolicySize(size),
  }
}
