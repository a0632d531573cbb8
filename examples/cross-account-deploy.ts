// A deploy into another account through a chain of roles, and what becomes of STS's hour.
//
// alice assumes my-role in the tools account, and my-role assumes deployer in production. A chained role gets one hour
// at most, although deployer itself may last twelve. A longer duration is refused before anything is sent; and a deploy
// of three hours goes through all the same, since each hop renews itself, signed by the one below it.
import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, DateTime, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import assert from "node:assert/strict"

const hub = { roleArn: "arn:aws:iam::111111111111:role/my-role", roleSessionName: "pipeline" }
const target = { roleArn: "arn:aws:iam::222222222222:role/deployer", roleSessionName: "release-42" }
const tooLong = { ...target, duration: "2 hours" } as const

const alice = CredentialSource.fromEffect(StsMemory.credentials("arn:aws:iam::111111111111:user/alice"))

const calls = Effect.map(StsMemory.calls, (calls) => calls.map(({ caller, operation }) => `${operation} by ${caller}`))

/** What a chain is refused can be known without any call, in a test of a pipeline's configuration say. */
const checked = Effect.gen(function* () {
  const chain = [alice, CredentialSource.assumeRole(hub), CredentialSource.assumeRole(tooLong)]
  const [finding] = CredentialStack.check(chain)
  assert.equal(finding?.hop, 2)
  yield* Console.log(`check: hop ${finding.hop}, ${finding.label} ${finding.message}`)
})

/** When the program runs it is an error with a reason of its own. STS was asked for the first hop alone. */
const refused = Effect.gen(function* () {
  const error = yield* Effect.void.pipe(CredentialStack.withRole(tooLong), CredentialStack.withRole(hub), Effect.flip)
  assert.ok(error._tag === "CredentialsError" && error.reason._tag === "ChainRefused")
  assert.deepEqual(yield* calls, ["AssumeRole by arn:aws:iam::111111111111:user/alice"])
  yield* Console.log(`withRole: ${error.message}`)
})

/** The operation by itself is sent as it is: then STS refuses it, and the error says what to do. */
const refusedBySts = Effect.gen(function* () {
  const error = yield* Sts.assumeRole(tooLong).pipe(CredentialStack.withRole(hub), Effect.flip)
  assert.ok(error._tag === "StsError" && error.reason._tag === "ValidationError")
  yield* Console.log(`STS: ${error.message}\n     ${error.hint}`)
})

/** Three hours of work in production, a step every ten minutes. */
const deploy = Effect.gen(function* () {
  for (let step = 0; step < 18; step++) {
    const { arn } = yield* Sts.getCallerIdentity
    assert.equal(arn, "arn:aws:sts::222222222222:assumed-role/deployer/release-42")
    yield* TestClock.adjust("10 minutes")
  }
})

const program = Effect.gen(function* () {
  yield* checked
  yield* refused
  yield* refusedBySts
  // The last in the pipe is assumed first.
  yield* deploy.pipe(CredentialStack.withRole(target), CredentialStack.withRole(hub))

  // A set of an hour is renewed in its last 15 minutes, here at minutes 50, 100 and 150: the target by the hub, and the
  // hub, which had been assumed already, by alice.
  const log = yield* StsMemory.calls
  const renewals = log.filter(({ operation, time }) => operation === "AssumeRole" && DateTime.toEpochMillis(time) > 0)
  assert.equal(renewals.length, 6)
  assert.ok(renewals.every(({ outcome }) => outcome === "Success"))
  yield* Console.log(`deployed for three hours, with ${renewals.length} renewals`)
})

const main = program.pipe(
  Effect.provide(CredentialStack.layer(alice).pipe(Layer.provideMerge(StsMemory.layer(World.demo)))),
  // Three hours pass at once: the world, the sessions and the windows of refresh all go by Effect's Clock.
  Effect.provide(TestClock.layer()),
)

await Effect.runPromise(main)
