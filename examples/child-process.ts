// A child process with the identity of a role: what reads only the environment gets it from `ProcessEnv.toRecord`.
//
// The child gets the role's keys and nothing of the parent's own identity: an old session token beside new keys is a
// broken identity, and a profile can win over keys. The environment of the parent stays as it was.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { CredentialStack, ProcessEnv } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
import { Console, Effect } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import assert from "node:assert/strict"
import process from "node:process"
import { fileURLToPath } from "node:url"

// What a developer's shell may have. The child must not see it.
process.env["AWS_PROFILE"] = "somebody-else"
process.env["AWS_SESSION_TOKEN"] = "an old one"

const child = fileURLToPath(new URL("child-process/child.ts", import.meta.url))

/** Runs the child as the identity that is current where it is called. */
const runChild = Effect.fnUntraced(function* (endpoint: string) {
  const identity = yield* ProcessEnv.toRecord
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const said = yield* spawner.string(
    ChildProcess.make(process.execPath, [child], {
      // Against real AWS the region would do: the endpoint is that of the world of this program.
      env: { ...identity, AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_STS: endpoint },
      extendEnv: true,
    }),
  )
  yield* Console.log(said.trim())
  return JSON.parse(said) as unknown
})

const program = Effect.gen(function* () {
  const endpoint = yield* NodeStsServer.listen()
  const before = { ...process.env }

  assert.deepEqual(yield* runChild(endpoint), { arn: "arn:aws:iam::111111111111:user/alice" })
  assert.deepEqual(
    yield* runChild(endpoint).pipe(
      CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/my-role", roleSessionName: "child" }),
    ),
    { arn: "arn:aws:sts::111111111111:assumed-role/my-role/child" },
  )
  assert.deepEqual({ ...process.env }, before)
})

const main = Effect.scoped(program).pipe(
  Effect.provide(StsMemory.layer(World.demo).pipe(StsMemory.as("arn:aws:iam::111111111111:user/alice"))),
  Effect.provide(NodeServices.layer),
)

await Effect.runPromise(main)
