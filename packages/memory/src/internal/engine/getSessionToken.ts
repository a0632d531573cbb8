import { GetSessionToken } from "@effect-sts/core/operations/GetSessionToken"
import * as Result from "effect/Result"
import { durationOf, holderOf } from "./holderSession.ts"
import * as Mfa from "./mfa.ts"
import * as Session from "./session.ts"
import { simulate } from "./simulation.ts"

/** It needs no permission: no policy can allow or deny a user to sign in. */
export const getSessionToken = simulate(GetSessionToken, (request, call) =>
  Result.gen(function* () {
    const holder = yield* holderOf(GetSessionToken.name, call.caller)
    const size = yield* Session.tokenSize(request)
    const isMfa = yield* Mfa.verify(call.caller, request.mfa, call.now)
    return {
      Credentials: Session.open(call, {
        account: holder.account,
        duration: durationOf(holder, request.duration),
        subject: { _tag: "Holder", holder, isMfa },
        size,
      }),
      ...size.told,
    }
  }),
)
