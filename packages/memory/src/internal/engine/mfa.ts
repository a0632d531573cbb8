/**
 * MFA codes: real TOTP, of a device of the caller, each good once.
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { matchStep } from "../totp.ts"
import type { Caller } from "./caller.ts"
import * as Refusal from "./refusal.ts"

/** The text ends in a space. STS says it of a wrong code and of one that was used before. */
const invalidCode = () => Refusal.accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")

const unknownDevice = () =>
  Refusal.accessDenied(
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
  )

interface Mfa {
  readonly serialNumber: string
  readonly tokenCode: Redacted.Redacted<string>
}

/**
 * Whether the request proves MFA. A code that is right is used up by this, whatever becomes of the request afterwards.
 */
export const verify = (
  { devices }: Caller,
  mfa: Mfa | undefined,
  now: number,
): Result.Result<boolean, Refusal.Refusal> => {
  if (mfa === undefined) return Result.succeed(false)
  const device = devices.find(({ serialNumber }) => serialNumber === mfa.serialNumber)
  if (device === undefined) return Result.fail(unknownDevice())
  const step = matchStep(device.secret, Redacted.value(mfa.tokenCode), now)
  if (step === undefined || step <= device.usedStep) return Result.fail(invalidCode())
  device.usedStep = step
  return Result.succeed(true)
}

/**
 * The condition keys of MFA. With long-term keys they are not there, unless the request itself carries a code. The
 * credentials of AssumeRole carry no MFA, also where a code was given for them.
 */
export const contextOf = ({ session }: Caller, isVerified: boolean, now: number) => {
  if (isVerified) return { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 0 }
  if (session === undefined) return {}
  return session.subject._tag === "Holder" && session.subject.isMfa
    ? { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": Math.floor((now - session.issuedAt) / 1000) }
    : { "aws:MultiFactorAuthPresent": false }
}
