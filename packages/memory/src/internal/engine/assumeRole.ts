import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Result from "effect/Result"
import type { Caller } from "./caller.ts"
import * as Mfa from "./mfa.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as RoleSession from "./roleSession.ts"
import * as Session from "./session.ts"
import { type Call, simulate } from "./simulation.ts"
import type { Role } from "./state.ts"
import { refuseUnsimulated } from "./unsimulated.ts"

type Request = Operation.Request<typeof AssumeRole>

const requireRoleArn = (arn: string): Result.Result<void, Refusal.Refusal> =>
  /^arn:[^:]+:[^:]*:[^:]*:[^:]*:./.test(arn) ? Result.void : Result.fail(Refusal.validationError(`${arn} is invalid`))

const inheritedSourceIdentity = ({ session }: Caller): string | undefined =>
  session?.subject._tag === "Role" ? session.subject.sourceIdentity : undefined

/** A source identity stays with the chain: it can be repeated, but not replaced. */
const sourceIdentityOf = (
  { sourceIdentity }: Request,
  caller: Caller,
): Result.Result<string | undefined, Refusal.Refusal> => {
  const inherited = inheritedSourceIdentity(caller)
  return inherited !== undefined && sourceIdentity !== undefined && sourceIdentity !== inherited
    ? Result.fail(Refusal.validationError("The source identity is already set for this assume role session"))
    : Result.succeed(sourceIdentity ?? inherited)
}

/** The condition keys of the request, and those of the role that it is for. */
const contextOf = (request: Request, role: Role, call: Call, isMfa: boolean) => ({
  ...Mfa.contextOf(call.caller, isMfa, call.now),
  "aws:ResourceAccount": role.account,
  ...Object.fromEntries(
    Object.entries(role.tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  ),
  "sts:ExternalId": request.externalId,
  "sts:RoleSessionName": request.roleSessionName,
})

/**
 * The role, if the caller may assume it. Setting a source identity is an action of its own, which STS checks first; here
 * it is also needed where the source identity is inherited, since the new session has it too.
 */
const authorize = (
  request: Request,
  call: Call,
  isMfa: boolean,
  sourceIdentity: string | undefined,
): Result.Result<Role, Refusal.Refusal> => {
  const { caller, state } = call
  const actions = [...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]), "sts:AssumeRole"]
  if (caller.principal._tag === "Root") {
    return Result.fail(Refusal.accessDenied("Roles may not be assumed by root accounts."))
  }
  const role = state.roles.get(request.roleArn)
  const denied = actions.find((action) => {
    // The documentation denies AssumeRole to federated users, whatever policies say.
    if (role === undefined || caller.principal._tag === "FederatedUser") return true
    return !Permission.isAllowed(call, {
      action,
      resource: role.arn,
      resourcePolicy: role.trustPolicy,
      context: {
        ...contextOf(request, role, call, isMfa),
        "sts:SourceIdentity": action === "sts:SetSourceIdentity" ? sourceIdentity : request.sourceIdentity,
      },
    })
  })
  return role !== undefined && denied === undefined
    ? Result.succeed(role)
    : Result.fail(Refusal.notAuthorized(caller.arn, denied ?? "sts:AssumeRole", request.roleArn))
}

export const assumeRole = simulate(AssumeRole, (request, call) =>
  Result.gen(function* () {
    yield* refuseUnsimulated(request)
    yield* requireRoleArn(request.roleArn)
    const policies = yield* Session.readPolicy(request.policy)
    const size = yield* Session.tokenSize(request)
    const sourceIdentity = yield* sourceIdentityOf(request, call.caller)
    const isMfa = yield* Mfa.verify(call.caller, request.mfa, call.now)
    const role = yield* authorize(request, call, isMfa, sourceIdentity)
    const duration = yield* RoleSession.durationOf(request.duration, role, call.caller.session !== undefined)
    const name = request.roleSessionName
    const tags = {}
    const transitiveTagKeys: ReadonlyArray<string> = []
    return RoleSession.open(call, { role, name, duration, policies, size, sourceIdentity, tags, transitiveTagKeys })
  }),
)
