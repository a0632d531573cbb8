// A CI job without keys: the token of the CI service, GitHub's here, is the base identity of the stack.
//
// The token is an Effect, asked anew for each call of AssumeRoleWithWebIdentity. So the job may take longer than a token,
// which lives for minutes, and longer than a session, which lives for an hour. A job of another repository is refused.
import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, Effect } from "effect"
import { TestClock } from "effect/testing"
import assert from "node:assert/strict"

let tokens = 0

/**
 * What a job of the repository gets from its CI service. On GitHub it is the answer to a request to
 * `ACTIONS_ID_TOKEN_REQUEST_URL`, with `ACTIONS_ID_TOKEN_REQUEST_TOKEN` as its bearer token.
 */
const tokenOf = (repository: string) =>
  Effect.suspend(() => {
    tokens++
    return StsMemory.webIdentityToken({
      provider: "token.actions.githubusercontent.com",
      subject: `repo:${repository}:ref:refs/heads/main`,
      expiresIn: "5 minutes",
    })
  })

/** The role trusts the provider, for the jobs of octo-org/octo-repo. */
const jobOf = (repository: string) =>
  CredentialSource.webIdentity({
    roleArn: "arn:aws:iam::111111111111:role/ci",
    roleSessionName: "job-42",
    webIdentityToken: tokenOf(repository),
  })

/** Two hours of work, with a look at who we are every ten minutes. */
const work = Effect.gen(function* () {
  for (let step = 0; step < 12; step++) {
    const { arn } = yield* Sts.getCallerIdentity
    assert.equal(arn, "arn:aws:sts::111111111111:assumed-role/ci/job-42")
    yield* TestClock.adjust("10 minutes")
  }
})

const program = Effect.gen(function* () {
  yield* work.pipe(Effect.provide(CredentialStack.layer(jobOf("octo-org/octo-repo"))))
  assert.equal(tokens, 3, "at the beginning, and for the renewals of minutes 50 and 100")

  const fork = yield* Effect.flip(Effect.void.pipe(Effect.provide(CredentialStack.layer(jobOf("somebody/octo-repo")))))
  assert.ok(fork._tag === "StsError" && fork.reason._tag === "AccessDenied")

  const outcomes = (yield* StsMemory.calls)
    .filter(({ operation }) => operation === "AssumeRoleWithWebIdentity")
    .map(({ outcome }) => outcome)
  assert.deepEqual(outcomes, ["Success", "Success", "Success", "AccessDenied"])
  yield* Console.log(`two hours as role/ci with ${outcomes.length - 1} tokens; a fork: ${fork.message}`)
})

await Effect.runPromise(program.pipe(Effect.provide(StsMemory.layer(World.demo)), Effect.provide(TestClock.layer())))
