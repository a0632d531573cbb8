// The in-memory STS, and one operation on it.
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as World from "@effect-sts/memory/World"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const alice = CredentialSource.fromEffect(StsMemory.credentials("arn:aws:iam::111111111111:user/alice"))

export const identity = Sts.getCallerIdentity.pipe(
  Effect.provide(CredentialStack.layer(alice).pipe(Layer.provideMerge(StsMemory.layer(World.demo)))),
  Effect.runPromise,
)
