// A role assumed over fetch with the identity of a credential stack.
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as Effect from "effect/Effect"

const alice = CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" })

export const role = Sts.assumeRole({
  roleArn: "arn:aws:iam::111111111111:role/my-role",
  roleSessionName: "release-42",
}).pipe(
  Effect.provide(CredentialStack.layer(alice)),
  Effect.provide(StsFetch.layer({ region: "eu-west-1" })),
  Effect.runPromise,
)
