import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Federation from "./federation.ts"
import * as Refusal from "./refusal.ts"
import * as RoleSession from "./roleSession.ts"
import { type Moment, simulateUnsigned } from "./simulation.ts"
import * as WebIdentity from "./webIdentity.ts"

/**
 * The providers of OAuth 2.0 that STS asks about access tokens. Nobody can make one here, so theirs are refused, as STS
 * was recorded to refuse what is none.
 */
const refusalOfOAuth = (providerId: string): Refusal.Refusal => {
  switch (providerId) {
    case "www.amazon.com":
      return Refusal.refusal("InvalidIdentityToken", "Provided Token is not a Login With Amazon token")
    case "graph.facebook.com":
      return Refusal.refusal(
        "IDPRejectedClaim",
        'graph.facebook.com rejected OAuth token with response "Bad signature" and code 190',
      )
    default:
      return Refusal.accessDenied(
        "Unrecognized OAuth provider. Do not include a provider parameter when submitting OpenIDConnect ID tokens",
      )
  }
}

const examine = (
  { providerId, roleArn, webIdentityToken }: Operation.Request<typeof AssumeRoleWithWebIdentity>,
  moment: Moment,
): Effect.Effect<WebIdentity.Verified, Refusal.Refusal> => {
  const account = RoleSession.accountOf(roleArn)
  if (Result.isFailure(account)) return Effect.fail(account.failure)
  return providerId === undefined
    ? WebIdentity.verify(Redacted.value(webIdentityToken), roleArn, account.success, moment)
    : Effect.fail(refusalOfOAuth(providerId))
}

export const assumeRoleWithWebIdentity = simulateUnsigned(AssumeRoleWithWebIdentity, {
  examine,
  act: ({ roleSessionName, ...request }, moment, { audience, provider, subject, ...verified }) =>
    Result.map(
      Federation.assumeRole(AssumeRoleWithWebIdentity.name, request, moment, {
        ...verified,
        provider: provider.principal,
        account: provider.account,
        roleSessionName,
        // It was recorded to tell a packed size with nothing in it.
        isTold: true,
      }),
      (opened) => ({
        SubjectFromWebIdentityToken: subject,
        Audience: audience,
        ...opened,
        // Documented as the issuer; recorded as the provider's ARN.
        Provider: provider.principal,
      }),
    ),
})
