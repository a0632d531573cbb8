import { DecodeAuthorizationMessage } from "@effect-sts/core/operations/DecodeAuthorizationMessage"
import * as Result from "effect/Result"
import * as AuthorizationMessage from "./authorizationMessage.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import { simulate } from "./simulation.ts"

/** The model's sentence about this error: STS's own words have not been seen. */
const invalidMessage = () =>
  Refusal.refusal(
    "InvalidAuthorizationMessageException",
    "The error returned if the message passed to DecodeAuthorizationMessage was invalid. This can happen if the token contains invalid characters, such as line breaks, or if the message has expired.",
  )

export const decodeAuthorizationMessage = simulate(DecodeAuthorizationMessage, ({ encodedMessage }, call) =>
  Result.gen(function* () {
    yield* Permission.requireAction(call, "sts:DecodeAuthorizationMessage")
    const decoded = AuthorizationMessage.decode(call.state, encodedMessage, call.caller.account)
    return decoded === undefined ? yield* Result.fail(invalidMessage()) : { DecodedMessage: decoded }
  }),
)
