import { assert, describe, it } from "@effect/vitest"
import * as StsError from "@effect-sts/core/StsError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"

/** Every code of STS, and whether the same call may succeed later. */
const codes: Record<StsError.ServiceCode, "retryable" | "final"> = {
  AccessDenied: "final",
  ExpiredToken: "final",
  ExpiredTokenException: "final",
  ExpiredTradeInTokenException: "final",
  IDPCommunicationError: "retryable",
  IDPRejectedClaim: "final",
  IncompleteSignature: "final",
  InternalFailure: "retryable",
  InvalidAuthorizationMessageException: "final",
  InvalidClientTokenId: "final",
  InvalidIdentityToken: "final",
  InvalidParameterValue: "final",
  JWTPayloadSizeExceededException: "final",
  MalformedInput: "final",
  MalformedPolicyDocument: "final",
  MissingAuthenticationToken: "final",
  OutboundWebIdentityFederationDisabledException: "final",
  PackedPolicyTooLarge: "final",
  RegionDisabledException: "final",
  RequestExpired: "final",
  ServiceUnavailable: "retryable",
  SessionDurationEscalationException: "final",
  SignatureDoesNotMatch: "final",
  Throttling: "retryable",
  ValidationError: "final",
}

const local: ReadonlyArray<readonly [StsError.LocalReason, "retryable" | "final"]> = [
  [
    new StsError.InvalidRequest({
      message: "roleArn: must have 20 to 2048 characters, but has 19",
      field: "roleArn",
      issues: [{ field: "roleArn", message: "must have 20 to 2048 characters, but has 19" }],
    }),
    "final",
  ],
  [new StsError.InvalidResponse({ message: "the body is empty" }), "final"],
  [new StsError.TransportError({ message: "connection refused", isSent: false }), "retryable"],
  [new StsError.UnknownServiceError({ code: "InvalidAction", message: "Could not find operation X" }), "final"],
]

const table = Object.entries(codes).map(([code, outcome]) => [code, outcome] as const)

const everyReason: ReadonlyArray<readonly [string, StsError.Reason, "retryable" | "final"]> = [
  ...table.map(([code, outcome]) => [code, StsError.reasonFromCode(code, "as STS says it"), outcome] as const),
  ...local.map(([reason, outcome]) => [reason._tag, reason, outcome] as const),
]

const failed = <R extends StsError.Reason>(reason: R, operation = "AssumeRole") =>
  new StsError.StsError({ operation, reason, attempts: 1 })

const denied = new StsError.AccessDenied({ message: "User: x is not authorized" })

describe("reasonFromCode", () => {
  it.each(table)("gives the reason %s its code as tag", (code) => {
    const reason = StsError.reasonFromCode(code, "as STS says it")
    assert.strictEqual(reason._tag, code)
    assert.strictEqual(reason.message, "as STS says it")
    assert.isFalse(StsError.isLocal(reason))
  })

  it.each([
    ["IDPCommunicationErrorException", "IDPCommunicationError"],
    ["IDPRejectedClaimException", "IDPRejectedClaim"],
    ["InternalError", "InternalFailure"],
    ["InternalServerError", "InternalFailure"],
    ["InvalidAuthorizationMessage", "InvalidAuthorizationMessageException"],
    ["InvalidIdentityTokenException", "InvalidIdentityToken"],
    ["MalformedPolicyDocumentException", "MalformedPolicyDocument"],
    ["PackedPolicyTooLargeException", "PackedPolicyTooLarge"],
    ["RegionDisabled", "RegionDisabledException"],
    ["RequestLimitExceeded", "Throttling"],
    ["RequestThrottled", "Throttling"],
    ["ServiceUnavailableException", "ServiceUnavailable"],
    ["ThrottledException", "Throttling"],
    ["ThrottlingException", "Throttling"],
    ["TooManyRequestsException", "Throttling"],
    ["ValidationException", "ValidationError"],
  ])("reads %s as %s", (code, tag) => {
    assert.strictEqual(StsError.reasonFromCode(code, "")._tag, tag)
  })

  it.each(["InvalidAction", "", "toString", "__proto__", "constructor", "accessdenied", "TransportError"])(
    "keeps the unknown code %j",
    (code) => {
      const reason = StsError.reasonFromCode(code, "who knows")
      assert(reason._tag === "UnknownServiceError")
      assert.strictEqual(reason.code, code)
      assert.strictEqual(reason.message, "who knows")
      assert.isTrue(StsError.isLocal(reason))
    },
  )
})

describe("StsError", () => {
  const codec = Schema.toCodecJson(StsError.StsError)

  it.effect.each(everyReason)("with the reason %s survives JSON", ([, reason]) =>
    Effect.gen(function* () {
      const error = new StsError.StsError({
        operation: "AssumeRole",
        reason,
        requestId: "c6104cbe-af31-11e0-8154-cbc7ccf896c7",
        httpStatus: 400,
        retryAfter: Duration.seconds(3),
        attempts: 2,
      })
      const json = JSON.stringify(yield* Schema.encodeEffect(codec)(error))
      const decoded = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(json))
      assert.instanceOf(decoded, StsError.StsError)
      assert.instanceOf(decoded.reason, reason.constructor as new () => StsError.Reason)
      assert.strictEqual(JSON.stringify(yield* Schema.encodeEffect(codec)(decoded)), json)
      assert.strictEqual(decoded.requestId, "c6104cbe-af31-11e0-8154-cbc7ccf896c7")
      assert.strictEqual(decoded.httpStatus, 400)
      assert.isTrue(Equal.equals(decoded.retryAfter, Duration.seconds(3)))
      assert.strictEqual(decoded.attempts, 2)
      assert.strictEqual(decoded.message, error.message)
      assert.strictEqual(decoded.hint, error.hint)
      assert.strictEqual(decoded.isRetryable, error.isRetryable)
    }),
  )

  it("was never sent unless somebody says so, and has no keys for what is unknown", () => {
    const error = new StsError.StsError({ operation: "GetCallerIdentity", reason: denied, requestId: undefined })
    assert.strictEqual(error.attempts, 0)
    assert.isFalse("requestId" in error)
    assert.isFalse("httpStatus" in error)
    assert.isFalse("retryAfter" in error)
  })

  it.each<readonly [reason: StsError.Reason, operation: string, message: string]>([
    [denied, "AssumeRole", "STS.AssumeRole failed with AccessDenied: User: x is not authorized"],
    [new StsError.MalformedInput({ message: "" }), "AssumeRole", "STS.AssumeRole failed with MalformedInput"],
    [
      new StsError.AccessDenied({ message: "MultiFactorAuthentication failed with invalid MFA one time pass code. " }),
      "GetSessionToken",
      "STS.GetSessionToken failed with AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code.",
    ],
    [
      new StsError.UnknownServiceError({ code: "InvalidAction", message: "Could not find operation X" }),
      "AssumeRole",
      "STS.AssumeRole failed with InvalidAction: Could not find operation X",
    ],
  ])("says in one sentence what failed and why: %o", (reason, operation, message) => {
    assert.strictEqual(failed(reason, operation).message, message)
    assert.include(String(failed(reason, operation)), message)
  })

  it.each(everyReason)("with the reason %s knows whether to try again", (_, reason, outcome) => {
    assert.strictEqual(failed(reason).isRetryable, outcome === "retryable")
  })

  it.each([
    [400, false],
    [403, false],
    [499, false],
    [500, true],
    [503, true],
  ])("is worth another try by HTTP status %d: %s", (httpStatus, isRetryable) => {
    const reason = new StsError.InvalidResponse({ message: "HTML" })
    const error = new StsError.StsError({ operation: "AssumeRole", reason, httpStatus })
    assert.strictEqual(error.isRetryable, isRetryable)
  })

  it.each<readonly [reason: StsError.Reason, operation: string, hint: RegExp | undefined]>([
    [
      new StsError.ValidationError({
        message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      }),
      "AssumeRole",
      /one hour at most/,
    ],
    [
      new StsError.ValidationError({
        message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      }),
      "AssumeRole",
      /shorter duration/,
    ],
    [new StsError.ValidationError({ message: "1 validation error detected" }), "AssumeRole", undefined],
    [
      new StsError.AccessDenied({ message: "MultiFactorAuthentication failed with invalid MFA one time pass code. " }),
      "AssumeRole",
      /A code works once/,
    ],
    [
      new StsError.AccessDenied({
        message:
          "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
      }),
      "GetSessionToken",
      /serial number/,
    ],
    [
      new StsError.AccessDenied({ message: "Cannot call GetSessionToken with session credentials" }),
      "GetSessionToken",
      /long-term keys/,
    ],
    [denied, "AssumeRole", /made seconds ago/],
    [denied, "AssumeRoleWithWebIdentity", undefined],
    [denied, "GetFederationToken", undefined],
    [
      new StsError.SignatureDoesNotMatch({
        message:
          "Signature expired: 20210502T144040Z is now earlier than 20210502T173143Z (20210502T174643Z - 15 min.)",
      }),
      "AssumeRole",
      /clock/,
    ],
    [
      new StsError.SignatureDoesNotMatch({
        message: "Signature not yet current: 20210502T174040Z is still later than 20210502T173143Z (NOW + 15 min.)",
      }),
      "AssumeRole",
      /clock/,
    ],
    [
      new StsError.SignatureDoesNotMatch({
        message: "The request signature we calculated does not match the signature you provided.",
      }),
      "AssumeRole",
      undefined,
    ],
    [new StsError.RequestExpired({ message: "Request has expired." }), "AssumeRole", /clock/],
    [new StsError.RegionDisabledException({ message: "STS is not activated" }), "AssumeRole", /Switch STS on/],
    [new StsError.InvalidClientTokenId({ message: "The security token" }), "AssumeRole", /inactive or deleted/],
    [new StsError.ExpiredToken({ message: "The security token" }), "AssumeRole", /new credentials/],
    [new StsError.PackedPolicyTooLarge({ message: "Packed size" }), "AssumeRole", /4,096 bytes/],
    [new StsError.Throttling({ message: "Rate exceeded" }), "AssumeRole", undefined],
  ])("says what the caller can do, where there is something: %o of %s", (reason, operation, hint) => {
    const found = failed(reason, operation).hint
    if (hint === undefined) assert.isUndefined(found)
    else assert.match(found ?? "", hint)
  })

  it.effect("is caught by its reason, and keeps the others in its type", () =>
    Effect.gen(function* () {
      const attempt = (
        reason: StsError.AccessDenied | StsError.Throttling,
      ): Effect.Effect<string, StsError.StsError<StsError.AccessDenied | StsError.Throttling>> =>
        Effect.fail(failed(reason))
      const caught = (
        reason: StsError.AccessDenied | StsError.Throttling,
      ): Effect.Effect<string, StsError.Throttling> =>
        attempt(reason).pipe(
          Effect.catchReason(
            "StsError",
            "AccessDenied",
            ({ message }) => Effect.succeed(message),
            (reason) => Effect.fail(reason),
          ),
        )
      assert.strictEqual(yield* caught(denied), "User: x is not authorized")
      const throttled = new StsError.Throttling({ message: "Rate exceeded" })
      assert.strictEqual(yield* Effect.flip(caught(throttled)), throttled)
    }),
  )
})
