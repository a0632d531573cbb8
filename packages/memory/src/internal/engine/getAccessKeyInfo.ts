import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
import * as Result from "effect/Result"
import { accessKeyAccount } from "../identifiers.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import { simulate } from "./simulation.ts"
import type { State } from "./state.ts"

/** The keys of the world may have been made before ids carried their account, or be those of AWS's documentation. */
const accountOf = ({ keys }: State, accessKeyId: string): string | undefined => {
  const key = keys.get(accessKeyId)
  return key?._tag === "LongTermKey" ? key.holder.account : accessKeyAccount(accessKeyId)
}

/** What STS says of a key that it does not know has not been seen. */
const unknownKey = () => Refusal.validationError("The access key id is not known, and carries no account")

export const getAccessKeyInfo = simulate(GetAccessKeyInfo, ({ accessKeyId }, call) =>
  Result.gen(function* () {
    yield* Permission.requireAction(call, "sts:GetAccessKeyInfo")
    const account = accountOf(call.state, accessKeyId)
    return account === undefined ? yield* Result.fail(unknownKey()) : { Account: account }
  }),
)
