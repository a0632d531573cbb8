/** A story with everything that draws on the seed, told as JSON. Run as a program it prints it. */
import { Operations, RetryPolicy, Sts, StsError } from "@effect-sts/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Fault from "../../src/Fault.ts"
import * as StsMemory from "../../src/StsMemory.ts"
import type * as World from "../../src/World.ts"
import * as Identity from "./identity.ts"
import { alice, bob, here, inWorld, mfaArn, roleArn, root, start, trusting, userArn, world } from "./world.ts"

const once = RetryPolicy.withRetryPolicy({ attempts: 1 })

const seconds = (count: number) => TestClock.setTime(start + count * 1000)

/** Puts down each response whole, with its secrets, or what was refused. */
const noting = (told: Array<unknown>) =>
  Effect.fnUntraced(function* <A>(
    call: Effect.Effect<A, { readonly message: string; readonly requestId?: string }>,
    schema: Schema.Codec<A, unknown>,
  ) {
    const result = yield* Effect.result(call)
    if (result._tag === "Failure") {
      told.push([result.failure.message, result.failure.requestId])
      return undefined
    }
    told.push(yield* Effect.orDie(Schema.encodeEffect(schema)(result.success)))
    return result.success
  })

const tell = Effect.gen(function* () {
  const sts = yield* Sts.Sts
  const told: Array<unknown> = []
  const note = noting(told)
  const { AssumeRole, GetCallerIdentity, GetFederationToken, GetSessionToken } = Operations
  const own = yield* alice
  const beginning = yield* StsMemory.snapshot
  const assume = (name: string, credentials = own) =>
    note(sts.call(AssumeRole, { roleArn: roleArn(name), roleSessionName: "story" }, credentials), AssumeRole.response)
  const first = yield* assume("account")
  yield* assume("missing")
  if (first !== undefined) {
    yield* assume("chained", first.credentials)
    yield* note(sts.call(GetCallerIdentity, {}, first.credentials), GetCallerIdentity.response)
  }
  yield* note(sts.call(GetFederationToken, { name: "guest" }, yield* root), GetFederationToken.response)
  yield* note(sts.call(GetFederationToken, { name: "guest" }, yield* bob), GetFederationToken.response)
  yield* seconds(61)
  const mfa = { serialNumber: mfaArn("alice"), tokenCode: yield* StsMemory.mfaCode(mfaArn("alice")) }
  yield* note(sts.call(GetSessionToken, { mfa }, own), GetSessionToken.response)
  yield* note(sts.call(GetSessionToken, { mfa }, own), GetSessionToken.response)
  told.push(
    yield* Effect.flip(StsMemory.authorize({ caller: own, action: "s3:GetObject", resource: "*" })),
    Redacted.value(yield* StsMemory.tradeInToken({ roleArn: roleArn("account") })),
  )
  yield* StsMemory.recreateRole(roleArn("account"))
  yield* assume("account")
  told.push(Redacted.value(yield* StsMemory.contextAssertion({})))
  // Faults strike by chance, each time the same calls.
  yield* StsMemory.inject(Fault.throttling({ probability: 0.5, operation: "GetCallerIdentity" }))
  yield* StsMemory.inject(Fault.refusal(new StsError.AccessDenied({ message: "by chance" }), { probability: 0.3 }))
  for (let call = 0; call < 20; call++) {
    yield* note(once(sts.call(GetCallerIdentity, {}, own)), GetCallerIdentity.response)
  }
  yield* StsMemory.clearFaults
  yield* StsMemory.createRole(roleArn("made"), { trustPolicy: trusting(userArn("alice")) })
  yield* assume("made")
  const { accessKeyId, secretAccessKey } = yield* StsMemory.createAccessKey(userArn("alice"))
  told.push([accessKeyId, Redacted.value(secretAccessKey), yield* StsMemory.history])
  yield* StsMemory.restore(beginning)
  yield* assume("account")
  return JSON.stringify([told, yield* StsMemory.calls], undefined, 1)
})

/** The same with identity providers: tokens and assertions are signed, and nothing of it may be left to chance. */
const tellOfProviders = Effect.gen(function* () {
  const sts = yield* Sts.Sts
  const told: Array<unknown> = []
  const note = noting(told)
  const { AssumeRoleWithSaml, AssumeRoleWithWebIdentity, GetWebIdentityToken } = Operations
  const own = yield* alice
  for (const claims of [{}, { exp: 1 }]) {
    const webIdentityToken = yield* StsMemory.webIdentityToken({ provider: Identity.issuer, subject: "ada", claims })
    told.push(Redacted.value(webIdentityToken))
    const asked = { roleArn: Identity.webArn, roleSessionName: "story", webIdentityToken }
    yield* note(sts.call(AssumeRoleWithWebIdentity, asked), AssumeRoleWithWebIdentity.response)
  }
  const asked = { roleArn: roleArn("saml"), principalArn: Identity.samlArn("idp") }
  for (const samlAssertion of [
    yield* StsMemory.samlAssertion({ provider: asked.principalArn, role: asked.roleArn, roleSessionName: "story" }),
    "bm8geG1s",
  ]) {
    told.push(Redacted.isRedacted(samlAssertion) ? Redacted.value(samlAssertion) : samlAssertion)
    yield* note(sts.call(AssumeRoleWithSaml, { ...asked, samlAssertion }), AssumeRoleWithSaml.response)
  }
  for (const signingAlgorithm of ["ES384", "RS256"] as const) {
    const token = sts.call(GetWebIdentityToken, { audience: ["api"], signingAlgorithm }, own)
    yield* note(token, GetWebIdentityToken.response)
  }
  return JSON.stringify([told, yield* StsMemory.jwks(here), yield* StsMemory.issuer(here)], undefined, 1)
})

export const story = (input: World.Encoded = world) =>
  Effect.zipWith(
    tell.pipe(inWorld(input)),
    tellOfProviders.pipe(inWorld({ ...Identity.world, seed: input.seed ?? "tests" })),
    (one, other) => `${one}\n${other}`,
  )

if (import.meta.main) {
  console.log(await Effect.runPromise(Effect.provide(story(), TestClock.layer())))
}
