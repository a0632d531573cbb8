// A role that wants MFA, and a prompt for the code in the terminal: `node examples/mfa-prompt.ts --ask` asks you.
//
// A prompt is precious. Whoever needs the role at the same time shares one question, a session that is there is used
// without one, and nothing asks behind your back: when the session has ended, `current` says `MfaRequired`, and only a new
// `withRole` asks again. Without the flag a scripted terminal answers, and an hour passes at once.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { CredentialSource, CredentialStack, SessionPool, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, Effect, Layer } from "effect"
import { Prompt } from "effect/cli"
import { TestClock } from "effect/testing"
import assert from "node:assert/strict"
import process from "node:process"
import * as ScriptedTerminal from "./terminal/scripted.ts"

const serialNumber = "arn:aws:iam::111111111111:mfa/alice"

/** What it needs, a terminal, shows in the type of every program that uses it. */
const tokenCode = Prompt.Password({
  message: `MFA code of ${serialNumber}`,
  validate: (code) => (/^\d{6}$/.test(code) ? Effect.succeed(code) : Effect.fail("six digits")),
})

const asAdmin = CredentialStack.withRole({
  roleArn: "arn:aws:iam::111111111111:role/admin",
  roleSessionName: "alice",
  mfa: { serialNumber, tokenCode },
})

const whoami = Effect.map(Sts.getCallerIdentity, ({ arn }) => arn)

/** Two fibers want the role at once. */
const together = Effect.gen(function* () {
  const arns = yield* Effect.all([asAdmin(whoami), asAdmin(whoami)], { concurrency: "unbounded" })
  assert.deepEqual(new Set(arns), new Set(["arn:aws:sts::111111111111:assumed-role/admin/alice"]))
  yield* Console.log(`both are ${arns[0]}`)
})

const questions = { count: 0 }

const scripted = Effect.gen(function* () {
  yield* together
  assert.equal(questions.count, 1)

  yield* TestClock.adjust("30 minutes")
  yield* asAdmin(whoami)
  assert.equal(questions.count, 1, "a session that is there is used without a question")

  const ended = yield* asAdmin(Effect.andThen(TestClock.adjust("30 minutes"), Effect.flip(CredentialStack.current)))
  assert.equal(ended.reason._tag, "MfaRequired")
  assert.equal(questions.count, 1, "nothing asks behind your back")
  yield* Console.log(`an hour later: ${ended.message}`)

  yield* asAdmin(whoami)
  assert.equal(questions.count, 2)
})

const byHand = Effect.gen(function* () {
  yield* Console.log(`(alice's device shows ${yield* StsMemory.mfaCode(serialNumber)})`)
  yield* together
})

const alice = CredentialSource.fromEffect(StsMemory.credentials("arn:aws:iam::111111111111:user/alice"))

const world = CredentialStack.layer(alice).pipe(
  // A session that nobody uses is kept for 10 minutes, if nothing else is said. One that cost a question is worth more.
  Layer.provide(SessionPool.layer({ idleTimeToLive: "1 hour" })),
  Layer.provideMerge(StsMemory.layer(World.demo)),
)

const main = process.argv.includes("--ask")
  ? byHand.pipe(Effect.provide(Layer.merge(world, NodeServices.layer)))
  : scripted.pipe(
      Effect.provide(ScriptedTerminal.layer(StsMemory.mfaCode(serialNumber), questions)),
      Effect.provide(Layer.merge(world, NodeServices.layer)),
      Effect.provide(TestClock.layer()),
    )

await Effect.runPromise(main)
