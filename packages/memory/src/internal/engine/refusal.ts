/**
 * What STS says when it says no: a reason with STS's own code and words, and the HTTP status that goes with it.
 *
 * The words are those that were recorded from STS or quoted by its users. Where none are known, the comment says so.
 */
import * as StsError from "@effect-sts/core/StsError"

export interface Refusal {
  readonly reason: StsError.Reason
  /** None where nothing answered. */
  readonly httpStatus: number | undefined
}

/** The statuses that differ from 400. Throttling is a 400 at STS. */
const statuses: ReadonlyMap<string, number> = new Map([
  ["AccessDenied", 403],
  ["ExpiredToken", 403],
  ["IDPRejectedClaim", 403],
  ["InternalFailure", 500],
  ["InvalidClientTokenId", 403],
  ["MissingAuthenticationToken", 403],
  ["OutboundWebIdentityFederationDisabledException", 403],
  ["RegionDisabledException", 403],
  ["ServiceUnavailable", 503],
  ["SessionDurationEscalationException", 403],
  ["SignatureDoesNotMatch", 403],
])

/** The wire code of a reason, or our own name for it where nothing came over a wire. */
export const codeOf = (reason: StsError.Reason): string =>
  reason._tag === "UnknownServiceError" ? reason.code : reason._tag

/** A refusal for a reason that somebody else chose. */
export const fromReason = (reason: StsError.Reason): Refusal => ({
  reason,
  httpStatus:
    reason._tag !== "UnknownServiceError" && StsError.isLocal(reason)
      ? undefined
      : (statuses.get(codeOf(reason)) ?? 400),
})

export const refusal = (code: string, message: string): Refusal => fromReason(StsError.reasonFromCode(code, message))

export const accessDenied = (message: string): Refusal => refusal("AccessDenied", message)

export const validationError = (message: string): Refusal => refusal("ValidationError", message)

/** The same words whether the role is unknown, its trust policy says no, or the caller's own policies do. */
export const notAuthorized = (callerArn: string, action: string, resource: string): Refusal =>
  accessDenied(`User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource}`)

export const regionDisabled = (account: string): Refusal =>
  refusal(
    "RegionDisabledException",
    `STS is not activated in this region for account:${account}. Your account administrator can activate STS in this region using the IAM Console.`,
  )

/** Of a key that is unknown, inactive or deleted, of a token that is missing or another's, of a role that is gone. */
export const invalidClientTokenId = (): Refusal =>
  refusal("InvalidClientTokenId", "The security token included in the request is invalid.")

export const expiredToken = (): Refusal =>
  refusal("ExpiredToken", "The security token included in the request is expired")

export const signatureDoesNotMatch = (): Refusal =>
  refusal(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  )

export const missingAuthenticationToken = (): Refusal =>
  refusal("MissingAuthenticationToken", "Request is missing Authentication Token")

/** STS says it of GetSessionToken and GetFederationToken; of others that sessions may not call its words are unknown. */
export const withSessionCredentials = (operation: string): Refusal =>
  accessDenied(`Cannot call ${operation} with session credentials`)

/** Not STS's words: what this STS does not know how to do, it refuses. */
export const notSimulated = (what: string): Refusal =>
  refusal("UnsupportedOperation", `${what} is not simulated yet by @effect-sts/memory`)
