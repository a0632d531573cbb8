// Law 10: no secret appears in an error, a log, a span, a metric, a frame, or in JSON.stringify of anything exported.
import { CredentialSource, CredentialStack, ProcessEnv, RetryPolicy, Sts, StsError } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Formatter from "effect/Formatter"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import * as util from "node:util"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import * as Identity from "./support/identity.ts"
import { alice, here, inWorld, mfaArn, mfaSecret, roleArn, world } from "./support/world.ts"

/** Every way in which somebody might write a value down. */
const renderings = (value: unknown): ReadonlyArray<string> => [
  String(value),
  util.inspect(value, { depth: 12, showHidden: true }),
  Formatter.format(value),
  stringify(value),
  ...(value instanceof Error ? [value.message, value.stack ?? ""] : []),
]

const stringify = (value: unknown) => {
  const seen = new WeakSet()
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return String(item)
    if (item instanceof Map) return Array.from(item)
    if (typeof item !== "object" || item === null) return item
    if (seen.has(item)) return "seen"
    seen.add(item)
    return item
  })
}

/** Holds what was written down, and what must not be found in it. */
const make = () => {
  const secrets = new Map<string, string>()
  const written: Array<readonly [where: string, value: unknown]> = []
  const spans: Array<Tracer.NativeSpan> = []
  return {
    secrets,
    spans,
    keep: (name: string, secret: string | Redacted.Redacted<string> | undefined) =>
      void secrets.set(
        Redacted.isRedacted(secret) ? Redacted.value(secret) : (secret ?? assert.fail(`${name} is missing`)),
        name,
      ),
    write: (where: string, value: unknown) => void written.push([where, value]),
    logger: Logger.make((options) => void written.push(["log", [options.message, Cause.pretty(options.cause)]])),
    tracer: Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      },
    }),
    leaks: () =>
      written.flatMap(([where, value]) =>
        renderings(value).flatMap((text) =>
          Array.from(secrets).flatMap(([secret, name]) => (text.includes(secret) ? [`${name} in ${where}`] : [])),
        ),
      ),
    count: () => written.length,
  }
}

const role = (name: string) => ({ roleArn: roleArn(name), roleSessionName: "test" })

/** Most of what the library does, with everything written down that a program could write down. */
const program = (taint: ReturnType<typeof make>) =>
  Effect.gen(function* () {
    const { keep, write } = taint
    /** Writes down the outcome, and keeps what is secret in it. */
    const run = Effect.fnUntraced(function* <A, E, R>(where: string, effect: Effect.Effect<A, E, R>) {
      const exit = yield* Effect.exit(effect)
      write(where, exit)
      if (Exit.isFailure(exit)) {
        write(where, Cause.squash(exit.cause))
        write(where, Cause.pretty(exit.cause))
        yield* Effect.logError(where, exit.cause)
      }
      write(`frames after ${where}`, yield* CredentialStack.frames)
      write(`calls after ${where}`, yield* StsMemory.calls)
      const current = yield* Effect.option(CredentialStack.current)
      write(`current after ${where}`, current)
      if (current._tag === "Some") {
        keep(`the secret key after ${where}`, current.value.secretAccessKey)
        if (current.value.sessionToken !== undefined) keep(`the token after ${where}`, current.value.sessionToken)
        yield* Effect.logInfo("current", current.value)
      }
      return exit
    })
    const issued = Effect.fnUntraced(function* <
      A extends { readonly credentials: { readonly [K in "secretAccessKey" | "sessionToken"]: Redacted.Redacted } },
      E,
      R,
    >(where: string, effect: Effect.Effect<A, E, R>) {
      const exit = yield* run(where, effect)
      if (Exit.isFailure(exit)) return yield* Effect.die(new Error(`${where} failed`))
      keep(`the secret key of ${where}`, exit.value.credentials.secretAccessKey)
      keep(`the token of ${where}`, exit.value.credentials.sessionToken)
      return exit.value
    })

    const own = yield* alice
    const serialNumber = mfaArn("alice")
    const tokenCode = yield* StsMemory.mfaCode(serialNumber)
    keep("an MFA code", tokenCode)
    const mfa = { serialNumber, tokenCode }

    write("the service Sts", yield* Sts.Sts)
    write("the service StsMemory", yield* StsMemory.StsMemory)
    write("the stack", yield* CredentialStack.CredentialStack)
    yield* run("identity", Sts.getCallerIdentity)
    const session = yield* issued("a session", Sts.getSessionToken({ mfa }))
    yield* run("the code again", Sts.getSessionToken({ mfa }))
    const assumed = yield* issued("a role", Sts.assumeRole(role("account")))
    yield* issued("a federated user", Sts.getFederationToken({ name: "guest" }))
    const tradeInToken = yield* StsMemory.tradeInToken({ roleArn: roleArn("account") })
    keep("a trade-in token", tradeInToken)
    yield* run("a trade-in token that may not be traded in", Sts.getDelegatedAccessToken({ tradeInToken }))
    yield* run("a denied request", StsMemory.authorize({ caller: own, action: "s3:GetObject", resource: "*" }))
    yield* run("a denied role", Sts.assumeRole(role("nobody")))
    yield* run("withRole", Sts.getCallerIdentity.pipe(CredentialStack.withRole(role("account"))))
    yield* run("a failure inside", Effect.fail("no").pipe(CredentialStack.withRole(role("account"))))
    yield* run("a defect inside", Effect.die(new Error("bug")).pipe(CredentialStack.withRole(role("account"))))
    yield* run("the environment", CredentialStack.withRole(role("account"))(ProcessEnv.toRecord))

    // Bad input with secrets in it.
    const planted = "planted/secret"
    keep("a secret in bad input", planted)
    const bad = { planted } as never
    yield* run("half a set", CredentialStack.set({ accessKeyId: "", secretAccessKey: planted }))
    yield* run("no token", CredentialStack.set({ accessKeyId: "ASIA", secretAccessKey: planted }))
    yield* run("a bad code", Sts.getSessionToken({ mfa: { serialNumber, tokenCode: planted } }))
    yield* run("a bad serial", Sts.getSessionToken({ mfa: { serialNumber, tokenCode: bad } }))
    yield* run("a bad set", CredentialStack.set(bad))
    yield* run(
      "a bad expiration",
      CredentialStack.set({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: planted, expiration: bad }),
    )
    yield* run(
      "a source of bad credentials",
      CredentialStack.use(CredentialSource.fromEffect(Effect.succeed({ accessKeyId: "", secretAccessKey: planted })))(
        Effect.void,
      ),
    )
    yield* run(
      "a token",
      CredentialStack.use(CredentialSource.webIdentity({ roleArn: roleArn("account"), webIdentityToken: planted }))(
        Effect.void,
      ),
    )

    // Tokens and assertions, good and bad.
    const webIdentityToken = yield* StsMemory.webIdentityToken({ provider: Identity.issuer, subject: "ada" })
    keep("a web identity token", webIdentityToken)
    const samlAssertion = yield* StsMemory.samlAssertion({
      provider: Identity.samlArn("idp"),
      role: roleArn("saml"),
      roleSessionName: "test",
    })
    keep("an assertion", samlAssertion)
    write("a token", webIdentityToken)
    write("an assertion", samlAssertion)
    const web = { roleSessionName: "test", webIdentityToken }
    yield* issued("a web identity", Sts.assumeRoleWithWebIdentity({ roleArn: Identity.webArn, ...web }))
    yield* run("a web identity's denied role", Sts.assumeRoleWithWebIdentity({ roleArn: roleArn("account"), ...web }))
    const saml = { principalArn: Identity.samlArn("idp"), samlAssertion }
    yield* issued("SAML", Sts.assumeRoleWithSaml({ roleArn: roleArn("saml"), ...saml }))
    yield* run("SAML's denied role", Sts.assumeRoleWithSaml({ roleArn: roleArn("account"), ...saml }))
    const outbound = yield* run(
      "a token of AWS",
      Sts.getWebIdentityToken({ audience: ["x"], signingAlgorithm: "ES384" }),
    )
    if (Exit.isSuccess(outbound)) keep("the token of AWS", outbound.value.webIdentityToken)

    // Wrong secrets, and words of STS that repeat one.
    yield* CredentialStack.set({ accessKeyId: own.accessKeyId, secretAccessKey: planted })
    yield* run("a wrong secret", Sts.getCallerIdentity)
    const words = `the secret is ${planted}, and the token ${Redacted.value(assumed.credentials.sessionToken)}`
    yield* StsMemory.failNext({ times: 1, reason: new StsError.AccessDenied({ message: words }) })
    const echoed = yield* run(
      "an echo of the secret",
      Effect.flip(Sts.getCallerIdentity).pipe(
        CredentialStack.use(
          CredentialSource.fromCredentials({
            accessKeyId: assumed.credentials.accessKeyId,
            sessionToken: assumed.credentials.sessionToken,
            secretAccessKey: planted,
          }),
        ),
      ),
    )
    assert.include(String(Exit.isSuccess(echoed) && echoed.value), "the secret is <redacted>, and the token <redacted>")
    yield* CredentialStack.restore

    // Expiry, renewal, outage.
    yield* CredentialStack.set(session.credentials)
    yield* run("a session that is set", Sts.getCallerIdentity)
    yield* Effect.gen(function* () {
      yield* TestClock.adjust("13 hours")
      yield* run("a session that has expired", Sts.getCallerIdentity)
      yield* StsMemory.setOutage(true)
      yield* run("an outage", Sts.getCallerIdentity.pipe(CredentialStack.withRole(role("narrow"))))
      yield* StsMemory.setOutage(false)
    })
    yield* CredentialStack.restoreAll
    const fiber = yield* Effect.forkChild(
      Effect.andThen(Effect.sleep("2 hours"), run("a renewed role", Sts.getCallerIdentity)).pipe(
        CredentialStack.withRole(role("account")),
      ),
    )
    yield* TestClock.adjust("3 hours")
    yield* Fiber.join(fiber)

    // Hands that find nothing, and a world that cannot be read.
    for (const hand of [StsMemory.deleteRole("x"), StsMemory.deactivateKey("x"), StsMemory.mfaCode("x")]) {
      yield* run("a hand", hand)
    }
    const wrong = { ...world, accounts: { ...world.accounts, "1": {} } }
    yield* run("a wrong world", Effect.scoped(Layer.build(StsMemory.layer(wrong))))
    write("a world", yield* World.decode(world))
    write("metrics", yield* Metric.snapshot)
  }).pipe(
    RetryPolicy.withRetryPolicy({ attempts: 1 }),
    Effect.provide(CredentialStack.layer(CredentialSource.fromEffect(alice))),
    Effect.provide(Logger.layer([taint.logger])),
    Effect.withTracer(taint.tracer),
    inWorld({
      ...world,
      accounts: {
        ...world.accounts,
        [here]: {
          ...Identity.world.accounts[here],
          ...world.accounts[here],
          roles: { ...Identity.world.accounts[here].roles, ...world.accounts[here].roles },
        },
      },
    }),
  )

describe("no secret", () => {
  it.effect("appears in errors, logs, spans, metrics, frames, responses or services", () =>
    Effect.gen(function* () {
      const taint = make()
      for (const { users } of Object.values(world.accounts)) {
        for (const { accessKeys } of Object.values(users)) {
          for (const key of accessKeys) taint.keep(`the secret of ${key.accessKeyId}`, key.secretAccessKey)
        }
      }
      taint.keep("an MFA secret", mfaSecret)
      yield* program(taint)
      for (const span of taint.spans) {
        taint.write(`span ${span.name}`, [Array.from(span.attributes), span.events, span.status])
      }
      assert.deepStrictEqual(taint.leaks(), [])
      // Enough was written, and enough was secret, for this to mean something.
      assert.isAbove(taint.count(), 100)
      assert.isAbove(taint.spans.length, 20)
      assert.isAbove(taint.secrets.size, 15)
    }),
  )

  it("is missed by this test, were it written", () => {
    const taint = make()
    taint.keep("a secret", Redacted.make("planted/secret"))
    for (const value of [
      { deep: { er: ["planted/secret"] } },
      new Error("planted/secret"),
      new Map([["key", "planted/secret"]]),
      Exit.fail({ token: "planted/secret" }),
    ]) {
      const before = taint.leaks().length
      taint.write("value", value)
      assert.isAbove(taint.leaks().length, before)
    }
  })
})
