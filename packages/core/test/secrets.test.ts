import { assert, describe, it } from "@effect/vitest"
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as ProcessEnv from "@effect-sts/core/ProcessEnv"
import type * as Sts from "@effect-sts/core/Sts"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as StubSts from "./support/stubSts.ts"

/** Planted wherever a secret can be. */
const planted = {
  secretAccessKey: "PLANTED/secret",
  sessionToken: "PLANTED-token",
  webIdentityToken: "PLANTED.web.token",
}
const code = "918273"
const mfa = { serialNumber: "GAHT12345678", tokenCode: code }
const keys = { accessKeyId: StubSts.keyOf("x"), ...planted }

const isLeak = (text: string) => /PLANTED|918273|secret of|token of/.test(text)

/** All the ways in which somebody may print a thing. */
const printed = (thing: unknown) => {
  const ways = [() => String(thing), () => JSON.stringify(thing), () => inspect(thing, { depth: 7, showHidden: true })]
  return ways.map((way) => {
    try {
      return way() ?? ""
    } catch (error) {
      return String(error)
    }
  })
}

const assertNoSecret = (what: string, thing: unknown) => {
  for (const text of printed(thing)) assert.isFalse(isLeak(text), `${what}: ${text.slice(0, 2000)}`)
}

const sources = {
  fromCredentials: CredentialSource.fromCredentials(keys),
  "assumeRole with MFA": CredentialSource.assumeRole({ roleArn: StubSts.roleArn("A"), mfa }),
  "sessionToken with MFA": CredentialSource.sessionToken({ mfa }),
  webIdentity: CredentialSource.webIdentity({
    roleArn: StubSts.roleArn("A"),
    webIdentityToken: planted.webIdentityToken,
  }),
  saml: CredentialSource.saml({
    roleArn: StubSts.roleArn("A"),
    principalArn: "arn:aws:iam::111111111111:saml-provider/idp",
    samlAssertion: planted.webIdentityToken,
  }),
  firstOf: CredentialSource.firstOf(CredentialSource.fromCredentials(keys), CredentialSource.sessionToken({ mfa })),
}

describe("no secret is in", () => {
  it.each(Object.entries(sources))("a source: %s", (name, source) => assertNoSecret(name, source))

  it.effect("credentials, stacks, frames, variables, errors, logs, spans and metrics", () => {
    const stub = StubSts.make()
    const seen: Array<unknown> = []
    const tracer = Tracer.make({
      span(options) {
        const span = new Tracer.NativeSpan(options)
        seen.push(span)
        return span
      },
    })
    let refuses = false
    // STS repeats what it was sent.
    stub.settings.onCall = ({ by, request }) => {
      const { SAMLAssertion, TokenCode, WebIdentityToken } = request
      const words = [
        SAMLAssertion,
        TokenCode,
        WebIdentityToken,
        by === "x" ? planted.secretAccessKey : by && `secret of ${by}`,
      ]
      return refuses ? StubSts.refused("AccessDenied", `no: ${words.join(" and ")}`) : Effect.void
    }
    const refused = (effect: Effect.Effect<unknown, unknown, Sts.Sts | CredentialStack.CredentialStack>) =>
      Effect.gen(function* () {
        refuses = true
        const exit = yield* Effect.exit(effect)
        refuses = false
        seen.push(exit, Exit.isFailure(exit) ? [exit.cause, Cause.pretty(exit.cause)] : exit.value)
      })
    return Effect.gen(function* () {
      seen.push(yield* AwsCredentials.fromInput(keys))
      for (const source of Object.values<CredentialSource.CredentialSource<unknown, Sts.Sts>>(sources)) {
        const use = CredentialStack.use(source)
        yield* refused(use(Effect.void))
        yield* TestClock.adjust("1 hour")
        const inside = Effect.gen(function* () {
          const stack = yield* CredentialStack.CredentialStack
          seen.push(stack, yield* CredentialStack.current, yield* CredentialStack.frames, yield* ProcessEnv.toRecord)
          yield* refused(StubSts.whoami)
          yield* TestClock.adjust("2 hours")
          yield* refused(StubSts.whoami)
        })
        seen.push(yield* Effect.exit(use(inside)))
      }
      seen.push(yield* Metric.snapshot)
      for (const thing of seen) assertNoSecret("seen", thing)
    }).pipe(
      Effect.provide(StubSts.layer(stub)),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.withTracer(tracer),
      Effect.provide(Logger.layer([Logger.make((entry) => void seen.push(entry.message, entry.cause))])),
    )
  })
})

it("a secret that was taken for an access key id is in no label", () => {
  const secret = "wJalrXUtnFEMIXK7MDENGXbPxRfiCYEXAMPLEKEY"
  for (const accessKeyId of [secret, `${secret.slice(0, 20)}/`, ""]) {
    const { label } = CredentialSource.fromCredentials({ accessKeyId, secretAccessKey: "AKIAIOSFODNN7EXAMPLE" })
    assert.strictEqual(label, "credentials")
  }
})
