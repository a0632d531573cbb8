import type * as Operation from "@effect-sts/core/Operation"
import { GetWebIdentityToken } from "@effect-sts/core/operations/GetWebIdentityToken"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Jwt from "../identity/jwt.ts"
import * as Organization from "./organization.ts"
import * as OutboundFederation from "./outboundFederation.ts"
import * as Permission from "./permission.ts"
import * as Refusal from "./refusal.ts"
import * as SessionTags from "./sessionTags.ts"
import { type Call, simulateEffect } from "./simulation.ts"
import type { Tags } from "./state.ts"

type Request = Operation.Request<typeof GetWebIdentityToken>

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const unlessEmpty = (tags: Tags): Tags | undefined => (Object.keys(tags).length === 0 ? undefined : tags)

/** What AWS says of the caller, in its order. JSON leaves out what is not there. */
const callerClaims = ({ caller, endpoint, state }: Call, subject: string, requested: Tags) => {
  const { account, session, tags } = caller
  const role = session?.subject._tag === "Role" ? session.subject : undefined
  return {
    aws_account: account,
    original_session_exp: session && role && iso(session.expiresAt).replace(".000Z", "Z"),
    source_region: endpoint.region,
    org_id: Organization.idOf(state, account),
    principal_id: subject,
    source_identity: role?.sourceIdentity,
    federated_provider: role?.identityKeys["aws:FederatedProvider"],
    principal_tags: unlessEmpty(tags),
    request_tags: unlessEmpty(requested),
  }
}

/** Whom a token is about: of a session, the role. */
const subjectOf = ({ caller: { principal } }: Call): string =>
  principal._tag === "RoleSession" ? principal.roleArn : principal.arn

const defaultDuration = Duration.minutes(5)

/** In bytes. That there is a limit is documented; which one is not known. */
const maxPayloadSize = 8192

const contextOf = ({ audience, duration = defaultDuration, signingAlgorithm, tags = {} }: Request) => ({
  ...SessionTags.contextOf({ tags, transitiveTagKeys: [] }),
  "sts:DurationSeconds": Duration.toSeconds(duration),
  "sts:IdentityTokenAudience": audience,
  "sts:SigningAlgorithm": signingAlgorithm,
})

/** The words of the refusals are those of AWS's API reference; STS's own are not known. */
const checkFeature = ({ caller, state }: Call): Result.Result<void, Refusal.Refusal> =>
  OutboundFederation.isEnabled(state, caller.account)
    ? Result.void
    : Result.fail(
        Refusal.refusal(
          "OutboundWebIdentityFederationDisabledException",
          "The outbound web identity federation feature is not enabled for this account. To use this feature, you must first enable it through the Amazon Web Services Management Console or API.",
        ),
      )

const checkDuration = (duration: Duration.Duration, { caller, now }: Call): Result.Result<void, Refusal.Refusal> =>
  now + Duration.toMillis(duration) > (caller.session?.expiresAt ?? Infinity)
    ? Result.fail(
        Refusal.refusal(
          "SessionDurationEscalationException",
          "The requested token duration would extend the session beyond its original expiration time. You cannot use this operation to extend the lifetime of a session beyond what was granted when the session was originally created.",
        ),
      )
    : Result.void

/** The claims, in the order in which AWS writes them. */
const claimsOf = ({ audience }: Request, tags: Tags, call: Call, duration: Duration.Duration) => {
  const { caller, now, requestId, state } = call
  const subject = subjectOf(call)
  const issuedAt = Math.floor(now / 1000)
  return {
    aud: audience.length === 1 ? audience[0] : audience,
    sub: subject,
    "https://sts.amazonaws.com/": callerClaims(call, subject, tags),
    iss: OutboundFederation.issuerOf(state, caller.account),
    exp: issuedAt + Duration.toSeconds(duration),
    iat: issuedAt,
    jti: requestId,
  }
}

const checkSize = (claims: object): Result.Result<void, Refusal.Refusal> =>
  new TextEncoder().encode(JSON.stringify(claims)).length > maxPayloadSize
    ? Result.fail(
        Refusal.refusal(
          "JWTPayloadSizeExceededException",
          "The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size.",
        ),
      )
    : Result.void

/** The claims of the token, if the caller may have it. That permission is asked first is the narrower reading. */
const decide = (request: Request, call: Call) =>
  Result.gen(function* () {
    const { duration = defaultDuration, tags = {} } = request
    const context = () => contextOf(request)
    if (Object.keys(tags).length > 0) yield* Permission.requireAction(call, "sts:TagGetWebIdentityToken", context)
    yield* Permission.requireAction(call, "sts:GetWebIdentityToken", context)
    yield* checkFeature(call)
    yield* checkDuration(duration, call)
    const claims = claimsOf(request, tags, call, duration)
    yield* checkSize(claims)
    return { claims, Expiration: iso(call.now + Duration.toMillis(duration)) }
  })

export const getWebIdentityToken = simulateEffect(GetWebIdentityToken, (request, call) => {
  const decided = decide(request, call)
  if (Result.isFailure(decided)) return Effect.fail(decided.failure)
  const { claims, Expiration } = decided.success
  const key = OutboundFederation.keyOf(call.state, call.caller.account, request.signingAlgorithm)
  return Effect.map(Jwt.sign(key, claims), (WebIdentityToken) => ({ WebIdentityToken, Expiration }))
})
