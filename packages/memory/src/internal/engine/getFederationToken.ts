import { GetFederationToken } from "@effect-sts/core/operations/GetFederationToken"
import * as Result from "effect/Result"
import { federatedUserArn } from "./caller.ts"
import { durationOf, holderOf } from "./holderSession.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as Session from "./session.ts"
import * as SessionTags from "./sessionTags.ts"
import { simulate } from "./simulation.ts"

export const getFederationToken = simulate(GetFederationToken, (request, call) =>
  Result.gen(function* () {
    const holder = yield* holderOf(GetFederationToken.name, call.caller)
    const { name } = request
    const policies = yield* Session.readPolicies(holder.account, request, call)
    const passed = yield* SessionTags.make(Object.entries(request.tags ?? {}), [])
    const { tags } = passed
    // It was seen to tell a packed size with nothing in it.
    const size = yield* Session.tokenSize({ ...request, isTold: true })
    const resource = federatedUserArn(call.state, holder.account, name)
    const context = () => SessionTags.contextOf(passed)
    const actions = [...(Object.keys(tags).length === 0 ? [] : ["sts:TagSession"]), "sts:GetFederationToken"]
    const denied = actions.find((action) => !Permission.isAllowed(call, { action, resource, context }))
    if (denied !== undefined) return yield* Result.fail(Refusal.notAuthorized(holder.arn, denied, resource))
    return {
      Credentials: Session.open(call, {
        account: holder.account,
        duration: durationOf(holder, request.duration),
        subject: { _tag: "FederatedUser", issuer: holder, name, policies, tags },
        size,
      }),
      FederatedUser: { FederatedUserId: `${holder.account}:${name}`, Arn: resource },
      ...Session.withPackedPolicySize(size),
    }
  }),
)
