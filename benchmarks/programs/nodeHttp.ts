/** Assumes a role with the identity of a credential stack, over node:http: the first `fetch` of a process is slow. */
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const alice = CredentialSource.fromCredentials({
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
})

const overNodeHttp = (endpoint: string) =>
  Layer.provide(
    StsFetch.layerNoDeps({ region: "us-east-1", endpoint }),
    NodeHttpClient.layerNodeHttpOptions({ keepAlive: true }),
  )

export const assumeRole = (endpoint: string): Promise<string> =>
  Sts.assumeRole({
    roleArn: "arn:aws:iam::111111111111:role/deploy",
    roleSessionName: "release-42",
    duration: "15 minutes",
  }).pipe(
    Effect.map(({ credentials }) => credentials.accessKeyId),
    Effect.provide(CredentialStack.layer(alice)),
    Effect.provide(overNodeHttp(endpoint)),
    Effect.runPromise,
  )
