import { GetDelegatedAccessToken } from "@effect-sts/core/operations/GetDelegatedAccessToken"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as Region from "./region.ts"
import * as Session from "./session.ts"
import { simulate } from "./simulation.ts"
import * as State from "./state.ts"
import * as TradeInToken from "./tradeInToken.ts"

/** The model's sentence about this error: STS's own words have not been seen. */
const expiredTradeInToken = () =>
  Refusal.refusal(
    "ExpiredTradeInTokenException",
    "The trade-in token provided in the request has expired and can no longer be exchanged for credentials. Request a new token and retry the operation.",
  )

/** What STS says of a token that is none is not known. */
const invalidTradeInToken = () => Refusal.validationError("The trade-in token is not valid")

/** AWS has opened this operation to partners only, and little of it has been seen. A token can be used until it expires. */
export const getDelegatedAccessToken = simulate(GetDelegatedAccessToken, ({ tradeInToken }, call) =>
  Result.gen(function* () {
    const { now, state } = call
    yield* Permission.requireAction(call, "sts:GetDelegatedAccessToken")
    const delegation = TradeInToken.read(state, Redacted.value(tradeInToken))
    if (delegation === undefined) return yield* Result.fail(invalidTradeInToken())
    if (now >= delegation.expiresAt) return yield* Result.fail(expiredTradeInToken())
    const { duration, policies, role, roleSessionName } = delegation
    yield* Region.requireActive(state, call.endpoint, role.account)
    return {
      Credentials: Session.open(call, {
        account: role.account,
        duration,
        subject: State.plainSubject(role, roleSessionName, policies),
        size: yield* Session.tokenSize({}),
      }),
      AssumedPrincipal: role.arn,
    }
  }),
)
