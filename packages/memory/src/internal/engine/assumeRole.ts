import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Result from "effect/Result"
import * as Mfa from "./mfa.ts"
import * as Permission from "./permission.ts"
import * as ProvidedContexts from "./providedContexts.ts"
import * as Refusal from "./refusal.ts"
import * as RoleSession from "./roleSession.ts"
import * as SessionTags from "./sessionTags.ts"
import { type Call, simulate } from "./simulation.ts"
import type { Role } from "./state.ts"

type Request = Operation.Request<typeof AssumeRole>

/** The role, if the caller may assume it on these terms. */
const authorize = (
  { externalId, roleArn }: Request,
  call: Call,
  isMfa: boolean,
  terms: RoleSession.Terms,
): Result.Result<Role, Refusal.Refusal> => {
  const { caller, now, state } = call
  if (caller.principal._tag === "Root") {
    return Result.fail(Refusal.accessDenied("Roles may not be assumed by root accounts."))
  }
  // The documentation denies AssumeRole to federated users, whatever policies say.
  const role = caller.principal._tag === "FederatedUser" ? undefined : state.roles.get(roleArn)
  const denied = RoleSession.deniedAction("AssumeRole", role, terms, ({ context, ...request }) =>
    Permission.isAllowed(call, {
      ...request,
      context: () => ({ ...context?.(), ...Mfa.contextOf(caller, isMfa, now), "sts:ExternalId": externalId }),
    }),
  )
  return role !== undefined && denied === undefined
    ? Result.succeed(role)
    : Result.fail(Refusal.notAuthorized(caller.arn, denied ?? "sts:AssumeRole", roleArn))
}

/** What is asked for: the session's terms, before anything that a policy or a code decides. */
const settle = (
  { providedContexts, roleArn, tags = {}, transitiveTagKeys = [], ...rest }: Request,
  call: Call,
): Result.Result<RoleSession.Terms, Refusal.Refusal> =>
  Result.flatMap(RoleSession.accountOf(roleArn), (account) =>
    Result.flatMap(
      Result.all({
        tags: SessionTags.make(Object.entries(tags), transitiveTagKeys),
        ...(providedContexts && { context: ProvidedContexts.read(providedContexts, call.state) }),
      }),
      (read) => RoleSession.settle(account, { ...rest, ...read }, RoleSession.heritageOf(call.caller.session), call),
    ),
  )

export const assumeRole = simulate(AssumeRole, (request, call) =>
  Result.flatMap(settle(request, call), (terms) =>
    Result.flatMap(Mfa.verify(call.caller, request.mfa, call.now), (isMfa) =>
      Result.flatMap(authorize(request, call, isMfa, terms), (role) =>
        Result.map(RoleSession.durationOf(request.duration, role, call.caller.session !== undefined), (duration) =>
          RoleSession.open(call, { ...terms, role, duration }),
        ),
      ),
    ),
  ),
)
