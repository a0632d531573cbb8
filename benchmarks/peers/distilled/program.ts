import * as Credentials from "@distilled.cloud/aws/Credentials"
import { Endpoint } from "@distilled.cloud/aws"
import * as Region from "@distilled.cloud/aws/Region"
import * as Sts from "@distilled.cloud/aws/sts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FetchHttpClient from "effect/unstable/http/FetchHttpClient"

export const assumeRole = (endpoint: string): Promise<string | undefined> =>
  Sts.assumeRole({
    RoleArn: "arn:aws:iam::111111111111:role/deploy",
    RoleSessionName: "release-42",
    DurationSeconds: 900,
  }).pipe(
    Effect.map(({ Credentials }) => Credentials?.AccessKeyId),
    Effect.provide(
      Layer.mergeAll(
        FetchHttpClient.layer,
        Layer.succeed(Region.Region, Effect.succeed("us-east-1")),
        Layer.succeed(Endpoint.Endpoint, Effect.succeed(endpoint)),
        Credentials.fromCredentials({
          accessKeyId: "AKIAIOSFODNN7EXAMPLE",
          secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        }),
      ),
    ),
    Effect.runPromise,
  )
