// A service of your own that needs roles: it logs in to the Kubernetes clusters (EKS) of tenants, as a role in the account
// of each. clusterAccess.test.ts beside it tests it.
import { CredentialStack, type Sts } from "@effect-sts/core"
import { SigV4 } from "@effect-sts/protocol"
import { Clock, Context, Effect, Layer, Redacted, Schema } from "effect"

/** The tenant has not given the role, or has taken it back. */
export class NoAccess extends Schema.TaggedError<NoAccess>()("NoAccess", { account: Schema.String }) {}

/** It is not known whether there is access: STS was not reached, or is in trouble. */
export class AccessUnknown extends Schema.TaggedError<AccessUnknown>()("AccessUnknown", {
  account: Schema.String,
  message: Schema.String,
}) {}

/** A token of EKS is a presigned GetCallerIdentity, which the cluster sends to STS to learn who is there. */
const sign = Effect.fnUntraced(function* (cluster: string) {
  const url = SigV4.presign(
    {
      method: "GET",
      url: "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
      headers: { "x-k8s-aws-id": cluster },
    },
    {
      credentials: yield* CredentialStack.current,
      region: "us-east-1",
      service: "sts",
      time: yield* Clock.currentTimeMillis,
      expiresInSeconds: 60,
    },
  )
  return Redacted.make(`k8s-aws-v1.${Buffer.from(url).toString("base64url")}`)
})

export class ClusterAccess extends Context.Service<
  ClusterAccess,
  {
    readonly token: (
      account: string,
      cluster: string,
    ) => Effect.Effect<Redacted.Redacted<string>, NoAccess | AccessUnknown>
  }
>()("examples/ClusterAccess") {
  static readonly layer = Layer.effect(
    ClusterAccess,
    Effect.gen(function* () {
      const context = yield* Effect.context<Sts.Sts | CredentialStack.CredentialStack>()
      return ClusterAccess.of({
        token: (account, cluster) =>
          sign(cluster).pipe(
            CredentialStack.withRole({
              roleArn: `arn:aws:iam::${account}:role/cluster-access`,
              roleSessionName: "cluster-access",
            }),
            Effect.catchReason(
              "StsError",
              "AccessDenied",
              () => Effect.fail(new NoAccess({ account })),
              (_, error) => Effect.fail(error),
            ),
            Effect.catchTag(["StsError", "CredentialsError"], ({ message }) =>
              Effect.fail(new AccessUnknown({ account, message })),
            ),
            Effect.provideContext(context),
          ),
      })
    }),
  )
}
