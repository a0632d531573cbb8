import { GetFederationToken } from "@effect-sts/core/operations/GetFederationToken"
import * as Result from "effect/Result"
import { federatedUserArn } from "./caller.ts"
import { durationOf, holderOf } from "./holderSession.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as Session from "./session.ts"
import { simulate } from "./simulation.ts"
import { refuseUnsimulated } from "./unsimulated.ts"

export const getFederationToken = simulate(GetFederationToken, (request, call) =>
  Result.gen(function* () {
    const holder = yield* holderOf(GetFederationToken.name, call.caller)
    yield* refuseUnsimulated(request)
    const policies = yield* Session.readPolicy(request.policy)
    const size = yield* Session.tokenSize(request)
    const { name } = request
    const arn = federatedUserArn(call.state, holder.account, name)
    const action = "sts:GetFederationToken"
    if (!Permission.isAllowed(call, { action, resource: arn })) {
      return yield* Result.fail(Refusal.notAuthorized(holder.arn, action, arn))
    }
    return {
      Credentials: Session.open(call, {
        account: holder.account,
        duration: durationOf(holder, request.duration),
        subject: { _tag: "FederatedUser", issuer: holder, name, policies, tags: {} },
        size,
      }),
      FederatedUser: { FederatedUserId: `${holder.account}:${name}`, Arn: arn },
      ...Session.withPackedPolicySize(size),
    }
  }),
)
