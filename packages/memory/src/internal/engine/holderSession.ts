/**
 * What GetSessionToken and GetFederationToken have in common: they are for users and root users with long-term keys.
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { Caller } from "./caller.ts"
import * as Refusal from "./refusal.ts"
import type { Holder } from "./state.ts"

export const holderOf = (operation: string, { holder }: Caller): Result.Result<Holder, Refusal.Refusal> =>
  holder === undefined ? Result.fail(Refusal.withSessionCredentials(operation)) : Result.succeed(holder)

/** 12 hours where nothing is asked; a root user's session is cut to an hour, whatever is asked. */
export const durationOf = ({ _tag }: Holder, duration: Duration.Duration = Duration.hours(12)): Duration.Duration =>
  _tag === "Root" ? Duration.min(duration, Duration.hours(1)) : duration
