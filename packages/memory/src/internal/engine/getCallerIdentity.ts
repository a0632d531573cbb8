import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as Result from "effect/Result"
import { simulate } from "./simulation.ts"

/** It needs no permission, and no policy can deny it. */
export const getCallerIdentity = simulate(GetCallerIdentity, (_, { caller: { account, arn, userId } }) =>
  Result.succeed({ Arn: arn, UserId: userId, Account: account }),
)
