import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRoot } from "@effect-sts/core/operations/AssumeRoot"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Policy from "../../policy/Policy.ts"
import * as World from "../../World.ts"
import { sourceIdentityOf } from "./caller.ts"
import * as Organization from "./organization.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as Region from "./region.ts"
import * as Session from "./session.ts"
import { type Call, simulate } from "./simulation.ts"
import * as TaskPolicies from "./taskPolicies.ts"

type Request = Operation.Request<typeof AssumeRoot>

const action = "sts:AssumeRoot"

/** What STS says of ARNs of roles that are none. */
const invalid = (text: string) => Refusal.validationError(`${text} is invalid`)

/** The account whose root is asked for, by its number or the ARN of its root. */
const memberOf = ({ targetPrincipal }: Request, { state }: Call): Result.Result<string, Refusal.Refusal> => {
  const account = /\d{12}/.exec(targetPrincipal)?.[0]
  return account !== undefined && [account, World.rootArn(state.partition, account)].includes(targetPrincipal)
    ? Result.succeed(account)
    : Result.fail(invalid(targetPrincipal))
}

const taskPolicyOf = ({ taskPolicyArn }: Request, { state }: Call): Result.Result<Policy.Policy, Refusal.Refusal> => {
  const document = TaskPolicies.find(state.partition, taskPolicyArn)
  return document === undefined
    ? Result.fail(invalid(taskPolicyArn))
    : Result.mapError(Policy.parse("session", document), () => invalid(taskPolicyArn))
}

/** What lets an account in whose organization has centralized root access. */
const letsIn = (account: string): Result.Result<Policy.Policy, Refusal.Refusal> =>
  Result.mapError(
    Policy.parse("resource", {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: account }, Action: action, Resource: "*" },
    }),
    () => invalid(account),
  )

/**
 * Whether the caller may have a session of a member's root. STS's words of a refusal have not been seen; they are taken
 * to be the same for all reasons, as those of AssumeRole are.
 */
const authorize = (request: Request, call: Call, member: string): Result.Result<void, Refusal.Refusal> =>
  Result.gen(function* () {
    const { caller, state } = call
    const resource = World.rootArn(state.partition, member)
    const isOpen = Organization.administersRootOf(state, caller.account, member) && caller.principal._tag !== "Root"
    const context = () => ({ "sts:TaskPolicyArn": request.taskPolicyArn })
    const resourcePolicy = yield* letsIn(caller.account)
    if (!isOpen || !Permission.isAllowed(call, { action, resource, resourcePolicy, context })) {
      return yield* Result.fail(Refusal.notAuthorized(caller.arn, action, resource))
    }
  })

export const assumeRoot = simulate(AssumeRoot, (request, call) =>
  Result.gen(function* () {
    const account = yield* memberOf(request, call)
    const taskPolicy = yield* taskPolicyOf(request, call)
    const size = yield* Session.tokenSize(request)
    yield* Region.requireActive(call.state, call.endpoint, account)
    yield* authorize(request, call, account)
    const sourceIdentity = sourceIdentityOf(call.caller)
    return {
      Credentials: Session.open(call, {
        account,
        duration: request.duration ?? Duration.minutes(15),
        subject: { _tag: "AssumedRoot", account, taskPolicy, sourceIdentity },
        size,
      }),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
      ...size.told,
    }
  }),
)
