/** Assumes a role with credentials in hand: no stack, no sessions. */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const alice = new AwsCredentials.AwsCredentials({
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
})

const request = {
  roleArn: "arn:aws:iam::111111111111:role/deploy",
  roleSessionName: "release-42",
  duration: "15 minutes",
} as const

export const assumeRole = (endpoint: string): Promise<string> =>
  Effect.flatMap(Sts.Sts, (sts) => sts.call(AssumeRole, request, alice)).pipe(
    Effect.map(({ credentials }) => credentials.accessKeyId),
    Effect.provide(StsFetch.layer({ region: "us-east-1", endpoint })),
    Effect.runPromise,
  )
