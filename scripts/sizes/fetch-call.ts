// One operation over fetch, with credentials at hand: no stack.
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as Effect from "effect/Effect"

export const identity = Effect.gen(function* () {
  const credentials = yield* AwsCredentials.fromInput({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" })
  const sts = yield* Sts.Sts
  return yield* sts.call(GetCallerIdentity, {}, credentials)
}).pipe(Effect.provide(StsFetch.layer({ region: "eu-west-1" })), Effect.runPromise)
