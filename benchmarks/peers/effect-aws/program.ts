import { STS } from "@effect-aws/client-sts"
import * as Effect from "effect/Effect"

export const assumeRole = (endpoint: string): Promise<string | undefined> =>
  STS.assumeRole({
    RoleArn: "arn:aws:iam::111111111111:role/deploy",
    RoleSessionName: "release-42",
    DurationSeconds: 900,
  }).pipe(
    Effect.map(({ Credentials }) => Credentials?.AccessKeyId),
    Effect.provide(
      STS.layer({
        region: "us-east-1",
        endpoint,
        credentials: {
          accessKeyId: "AKIAIOSFODNN7EXAMPLE",
          secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        },
      }),
    ),
    Effect.runPromise,
  )
