/** Who comes from an identity provider, without credentials; and who goes to others with a token of AWS's. */
import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRoleWithSaml } from "@effect-sts/core/operations/AssumeRoleWithSaml"
import { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import { GetWebIdentityToken } from "@effect-sts/core/operations/GetWebIdentityToken"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue } from "../expect.ts"
import { here, oidcProvider, roleArn, samlProvider, sessionArn, tagValue } from "../world.ts"

const withToken = (
  identity: Partial<StsMemory.WebIdentity>,
  more: Partial<Operation.Input<typeof AssumeRoleWithWebIdentity>> = {},
) =>
  Effect.flatMap(
    StsMemory.webIdentityToken({ provider: oidcProvider, subject: "ada", ...identity }),
    (webIdentityToken) =>
      Act.call(AssumeRoleWithWebIdentity, {
        roleArn: roleArn("job"),
        roleSessionName: "laws",
        webIdentityToken,
        ...more,
      }),
  )

const withAssertion = (
  identity: Partial<StsMemory.SamlIdentity>,
  more: Partial<Operation.Input<typeof AssumeRoleWithSaml>> = {},
) =>
  Effect.flatMap(
    StsMemory.samlAssertion({
      provider: samlProvider,
      role: roleArn("analyst"),
      roleSessionName: "laws",
      ...identity,
    }),
    (samlAssertion) =>
      Act.call(AssumeRoleWithSaml, {
        roleArn: roleArn("analyst"),
        principalArn: samlProvider,
        samlAssertion,
        ...more,
      }),
  )

/** The claims of a token, which are not what this is about. */
const claimsOf = (token: Redacted.Redacted): { readonly [name: PropertyKey]: unknown } => {
  const [, payload = ""] = Redacted.value(token).split(".")
  const claims: unknown = JSON.parse(Result.getOrThrow(Base64Url.decodeString(payload)))
  return Predicate.isReadonlyObject(claims) ? claims : {}
}

const letters = `größe "日本" <&> ' 🦀 ${"x".repeat(100)}`

export const federation: ReadonlyArray<Law> = [
  {
    name: "AssumeRoleWithWebIdentity answers with the session and who the token says that it is, for nobody's credentials",
    holds: Effect.gen(function* () {
      const answer = yield* withToken({ sourceIdentity: "ada" }, { duration: "20 minutes" })
      yield* equal("the ARN", answer.assumedRoleUser.arn, sessionArn("job", "laws"))
      yield* equal("the subject", answer.subjectFromWebIdentityToken, "ada")
      yield* equal("the audience", answer.audience, "sts.amazonaws.com")
      yield* equal("the provider", answer.provider, `arn:aws:iam::${here}:oidc-provider/${oidcProvider}`)
      yield* equal("the source identity", answer.sourceIdentity, "ada")
      const end = Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000 + 20 * 60_000
      yield* equal("the expiration", DateTime.toEpochMillis(answer.credentials.expiration), end)
      yield* equal("who it is", yield* Act.arnOf(answer.credentials), sessionArn("job", "laws"))
      const [call] = yield* StsMemory.calls
      yield* equal("the caller in the log", call?.caller, undefined)
    }),
  },
  {
    name: "AssumeRoleWithSAML answers with the session and who the assertion says that it is, for nobody's credentials",
    holds: Effect.gen(function* () {
      const answer = yield* withAssertion({ subject: "ada", subjectType: "transient" })
      yield* equal("the ARN", answer.assumedRoleUser.arn, sessionArn("analyst", "laws"))
      yield* equal("the subject", [answer.subject, answer.subjectType], ["ada", "transient"])
      yield* equal("the audience", answer.audience, "https://signin.aws.amazon.com/saml")
      yield* isTrue("there are an issuer and a qualifier", Boolean(answer.issuer && answer.nameQualifier))
      yield* equal("who it is", yield* Act.arnOf(answer.credentials), sessionArn("analyst", "laws"))
    }),
  },
  {
    name: "a token or an assertion that does not hold is refused in STS's words, and is not sent again",
    holds: Effect.gen(function* () {
      const invalid = (message: string): Act.Refusal => ({ code: "InvalidIdentityToken", status: 400, message })
      const denied = (operation: string): Act.Refusal => ({
        code: "AccessDenied",
        status: 403,
        message: `Not authorized to perform sts:${operation}`,
      })
      const late: Act.Refusal = { code: "ExpiredTokenException", status: 400 }
      yield* Act.refused("an audience", withToken({ audience: "x" }), invalid("Incorrect token audience"))
      yield* Act.refused("an old token", withToken({ claims: { exp: 1 } }), late)
      const elsewhere = { roleArn: roleArn("analyst") }
      yield* Act.refused("a role", withToken({}, elsewhere), denied("AssumeRoleWithWebIdentity"))
      const provider = { principalArn: `${samlProvider}2` }
      yield* Act.refused("a provider", withAssertion({}, provider), invalid("Specified provider doesn't exist."))
      yield* Act.refused("an old assertion", withAssertion({ expiresIn: 0 }), late)
      const other = { roleArn: roleArn("job") }
      yield* Act.refused("another role", withAssertion({ role: roleArn("job") }, other), denied("AssumeRoleWithSAML"))
    }),
  },
  {
    name: "tokens and assertions arrive whole, however long they are and whatever is in them",
    holds: Effect.gen(function* () {
      const token = yield* withToken({ subject: letters, claims: { more: "y".repeat(14_000) } })
      yield* equal("the subject of a token", token.subjectFromWebIdentityToken, letters)
      const assertion = yield* withAssertion({ subject: letters, attributes: { more: "y".repeat(70_000) } })
      yield* equal("the subject of an assertion", assertion.subject, letters)
    }),
  },
  {
    name: "GetWebIdentityToken answers with a token for those who are asked for, that says who the caller is",
    holds: Effect.gen(function* () {
      const own = yield* Act.session(yield* Act.alice, roleArn("account"))
      const audience = ["https://example.com/?a=b&c=d", letters]
      for (const signingAlgorithm of ["RS256", "ES384"] as const) {
        const { expiration, webIdentityToken } = yield* Act.call(
          GetWebIdentityToken,
          { audience, signingAlgorithm, duration: "10 minutes", tags: { "a+b": tagValue } },
          own,
        )
        const { aud, iss, sub, "https://sts.amazonaws.com/": caller } = claimsOf(webIdentityToken)
        yield* equal("the audience", aud, audience)
        yield* equal("the subject", sub, roleArn("account"))
        yield* equal("the issuer", iss, yield* StsMemory.issuer(here))
        const tags = Predicate.hasProperty(caller, "request_tags") ? caller.request_tags : undefined
        yield* equal("the tags", tags, { "a+b": tagValue })
        const now = yield* Clock.currentTimeMillis
        yield* equal("the expiration", DateTime.toEpochMillis(expiration), now + 600_000)
      }
    }),
  },
]
