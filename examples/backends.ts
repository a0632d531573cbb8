// One program, three backends: `node examples/backends.ts --backend memory|fetch|sdk`. They differ in one layer.
//
// All of them speak to the same world in memory. Two speak HTTP to it, as they would to AWS.
import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsFetch } from "@effect-sts/fetch"
import { StsMemory, World } from "@effect-sts/memory"
import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
import { StsSdk } from "@effect-sts/sdk"
import { Console, Effect, Layer } from "effect"
import { parseArgs } from "node:util"

// What the program says is the same with every backend, to the letter.
const program = Effect.gen(function* () {
  const who = Effect.flatMap(Sts.getCallerIdentity, ({ arn }) => Console.log(arn))
  yield* who
  yield* Effect.andThen(
    who,
    who.pipe(CredentialStack.withRole({ roleArn: "arn:aws:iam::222222222222:role/deployer", roleSessionName: "two" })),
  ).pipe(CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/my-role", roleSessionName: "one" }))
  yield* who
  const refused = who.pipe(CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/admin" }))
  yield* Console.log((yield* Effect.flip(refused)).message)
  for (const { caller, operation, outcome } of yield* StsMemory.calls) {
    yield* Console.log(`${operation} ${outcome} by ${caller}`)
  }
})

const region = "us-east-1"

/** What stands between the program and STS. For real AWS leave the `endpoint` out, and the world with it. */
const backends = {
  memory: StsMemory.layer(World.demo),
  fetch: Layer.unwrap(Effect.map(NodeStsServer.listen(), (endpoint) => StsFetch.layer({ region, endpoint }))).pipe(
    Layer.provideMerge(StsMemory.layerWorld(World.demo)),
  ),
  sdk: Layer.unwrap(Effect.map(NodeStsServer.listen(), (endpoint) => StsSdk.layer({ region, endpoint }))).pipe(
    Layer.provideMerge(StsMemory.layerWorld(World.demo)),
  ),
}

const { backend = "memory" } = parseArgs({ options: { backend: { type: "string" } } }).values

const isBackend = (name: string): name is keyof typeof backends => Object.hasOwn(backends, name)

if (!isBackend(backend)) throw new Error(`--backend is one of ${Object.keys(backends).join(", ")}`)

const alice = CredentialSource.fromEffect(StsMemory.credentials("arn:aws:iam::111111111111:user/alice"))

const main = program.pipe(
  Effect.provide(CredentialStack.layer(alice)),
  Effect.provide(backends[backend] satisfies Layer.Layer<Sts.Sts | StsMemory.StsMemory, unknown>),
)

await Effect.runPromise(main)
