import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, Effect, Layer } from "effect"

// Everything inside runs as the role; afterwards the identity is what it was, however the inside ends.
const program = Effect.gen(function* () {
  const outside = yield* Sts.getCallerIdentity
  const inside = yield* Sts.getCallerIdentity.pipe(
    CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/my-role" }),
  )
  yield* Console.log(`${outside.arn} became ${inside.arn}`)
})

// alice of the demo world, with the access key of AWS's documentation.
const alice = CredentialSource.fromCredentials({
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
})

const main = program.pipe(
  Effect.provide(CredentialStack.layer(alice).pipe(Layer.provideMerge(StsMemory.layer(World.demo)))),
)

await Effect.runPromise(main)
