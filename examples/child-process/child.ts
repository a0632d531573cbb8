// A program that knows of nothing but the environment, as the AWS CLI and Terraform do. It prints who it is.
import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsFetch } from "@effect-sts/fetch"
import { Console, Effect, Layer } from "effect"
import process from "node:process"

const main = Effect.gen(function* () {
  const { arn } = yield* Sts.getCallerIdentity
  yield* Console.log(JSON.stringify({ arn, profile: process.env["AWS_PROFILE"] }))
}).pipe(
  Effect.provide(CredentialStack.layer(CredentialSource.fromConfig).pipe(Layer.provideMerge(StsFetch.layerConfig))),
)

await Effect.runPromise(main)
