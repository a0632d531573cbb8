/** Assumes a role with the identity of a credential stack, over the AWS SDK. */
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsSdk from "@effect-sts/sdk/StsSdk"
import * as Effect from "effect/Effect"

const alice = CredentialSource.fromCredentials({
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
})

export const assumeRole = (endpoint: string): Promise<string> =>
  Sts.assumeRole({
    roleArn: "arn:aws:iam::111111111111:role/deploy",
    roleSessionName: "release-42",
    duration: "15 minutes",
  }).pipe(
    Effect.map(({ credentials }) => credentials.accessKeyId),
    Effect.provide(CredentialStack.layer(alice)),
    Effect.provide(StsSdk.layer({ region: "us-east-1", endpoint })),
    Effect.runPromise,
  )
