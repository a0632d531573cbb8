/**
 * What a request for credentials can fail with, and what that means for the session which made it.
 */
import * as Cause from "effect/Cause"
import type * as DateTime from "effect/DateTime"
import {
  CredentialsError,
  Expired,
  MfaRequired,
  NoCredentials,
  RefreshFailed,
  ScopeClosed,
} from "../CredentialsError.ts"
import * as StsError from "../StsError.ts"
import type { Prompt } from "./recipe.ts"

/**
 * `recoverable`: the source may answer later, so the cached set goes on. `final`: the source said no. `unavailable`:
 * there is no identity below to ask with any more, so an expired set is not served.
 */
export type Kind = "recoverable" | "final" | "unavailable"

export interface Failure {
  readonly kind: Kind
  readonly cause: Cause.Cause<unknown>
  /** Whether the session below failed. It has a memory of its own, so to ask it again costs nothing. */
  readonly isFromBelow: boolean
}

export const scopeClosed = (label: string) =>
  new CredentialsError({
    reason: new ScopeClosed({
      message: `${label} has ended: what it was acquired for is closed, and nothing replaces it`,
    }),
  })

export const noneBelow = (label: string) =>
  new CredentialsError({
    reason: new NoCredentials({ message: `${label} signs with the identity below it, and there is none`, tried: [] }),
  })

export const expired = (label: string, expiration: DateTime.Utc) =>
  new CredentialsError({ reason: new Expired({ message: `${label} has expired, and cannot be renewed`, expiration }) })

export const mfaRequired = (label: string, { serialNumber }: Prompt<unknown, unknown>) =>
  new CredentialsError({
    reason: new MfaRequired({
      message: `${label} has expired, and needs a new code of the MFA device ${serialNumber}: acquire it again`,
      serialNumber,
    }),
  })

const refreshFailed = (label: string, fault: string, error: unknown) =>
  new CredentialsError({ reason: new RefreshFailed({ label, message: `${label} ${fault}`, error }) })

export const noAnswer = (label: string, fault: string) => refreshFailed(label, fault, new Error(fault))

/** Rule 6. */
const finalCodes: ReadonlySet<StsError.Reason["_tag"]> = new Set([
  "AccessDenied",
  "IDPRejectedClaim",
  "InvalidIdentityToken",
  "MalformedPolicyDocument",
  "PackedPolicyTooLarge",
  "RegionDisabledException",
])

const isStsError = (error: unknown): error is StsError.StsError => error instanceof StsError.StsError

const kindOf = (error: unknown, isFromBelow: boolean): Kind => {
  if (isStsError(error)) return finalCodes.has(error.reason._tag) ? "final" : "recoverable"
  if (error instanceof CredentialsError && error.reason._tag === "RefreshFailed") {
    return kindOf(error.reason.error, false)
  }
  return isFromBelow ? "unavailable" : "recoverable"
}

export const make = (label: string, cause: Cause.Cause<unknown>, isFromBelow: boolean): Failure => {
  const reasons = cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  // A recipe that interrupts itself has failed; a bare interrupt would take its callers down with it.
  const own =
    reasons.length === 0 ? Cause.fail(noAnswer(label, "was interrupted by itself")) : Cause.fromReasons(reasons)
  return { kind: kindOf(Cause.squash(own), isFromBelow), cause: own, isFromBelow }
}

/** There is nobody to ask any more. */
export const unavailable = (error: CredentialsError): Failure => ({
  kind: "unavailable",
  cause: Cause.fail(error),
  isFromBelow: false,
})

/** A failure as those see it who did not choose the source and so cannot know its error. */
export const toCredentialsError = (label: string, { cause }: Failure): CredentialsError => {
  const error = Cause.squash(cause)
  return error instanceof CredentialsError
    ? error
    : refreshFailed(
        label,
        `gave no credentials: ${error instanceof Error ? error.message : "its source failed"}`,
        error,
      )
}
