/**
 * The error of every STS operation: one class, generic in its `reason`, so that each operation's type lists just the
 * reasons it can have.
 *
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Sts from "@effect-sts/core/Sts"
 *
 * const roleArn = "arn:aws:iam::111111111111:role/deploy"
 *
 * const orNobody = Sts.assumeRole({ roleArn, roleSessionName: "release-42" }).pipe(
 *   // The fourth argument takes the other reasons; without it the error type stays as it was.
 *   Effect.catchReason("StsError", "AccessDenied", () => Effect.succeed(undefined), (_, error) => Effect.fail(error))
 * )
 * ```
 *
 * The tags of the reasons that STS itself gives are its wire codes, to the letter.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { Fault } from "./internal/describeIssue.ts"
import { omitUndefined } from "./internal/omitUndefined.ts"

const answered = {
  /** What STS said about it; empty where it said nothing. */
  message: Schema.String,
}

/**
 * STS or a policy said no (HTTP 403). STS says the same of a role that does not exist, of a trust policy that does not fit and of a wrong external id.
 *
 * @category reasons
 * @since 0.1.0
 */
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", answered) {}

/**
 * The caller's own credentials have expired (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class ExpiredToken extends Schema.TaggedError<ExpiredToken>()("ExpiredToken", answered) {}

/**
 * The web identity token or SAML assertion has expired (HTTP 400). About the caller's credentials STS says `ExpiredToken`.
 *
 * @category reasons
 * @since 0.1.0
 */
export class ExpiredTokenException extends Schema.TaggedError<ExpiredTokenException>()(
  "ExpiredTokenException",
  answered,
) {}

/**
 * The trade-in token of GetDelegatedAccessToken has expired (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class ExpiredTradeInTokenException extends Schema.TaggedError<ExpiredTradeInTokenException>()(
  "ExpiredTradeInTokenException",
  answered,
) {}

/**
 * STS could not reach the identity provider (HTTP 400). Retryable.
 *
 * @category reasons
 * @since 0.1.0
 */
export class IDPCommunicationError extends Schema.TaggedError<IDPCommunicationError>()(
  "IDPCommunicationError",
  answered,
) {}

/**
 * The identity provider rejected the claim (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class IDPRejectedClaim extends Schema.TaggedError<IDPRejectedClaim>()("IDPRejectedClaim", answered) {}

/**
 * The Authorization header lacks a part (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class IncompleteSignature extends Schema.TaggedError<IncompleteSignature>()("IncompleteSignature", answered) {}

/**
 * STS failed (HTTP 500). Retryable.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InternalFailure extends Schema.TaggedError<InternalFailure>()("InternalFailure", answered) {}

/**
 * The message given to DecodeAuthorizationMessage is not one that STS encoded (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidAuthorizationMessageException extends Schema.TaggedError<InvalidAuthorizationMessageException>()(
  "InvalidAuthorizationMessageException",
  answered,
) {}

/**
 * The access key is unknown, inactive or deleted, its session token is missing or another's, or the role it came from is gone (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidClientTokenId extends Schema.TaggedError<InvalidClientTokenId>()(
  "InvalidClientTokenId",
  answered,
) {}

/**
 * The web identity token or SAML assertion does not hold (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidIdentityToken extends Schema.TaggedError<InvalidIdentityToken>()(
  "InvalidIdentityToken",
  answered,
) {}

/**
 * A parameter's value is refused (HTTP 400): a transitive tag key that is not among the tags, say.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidParameterValue extends Schema.TaggedError<InvalidParameterValue>()(
  "InvalidParameterValue",
  answered,
) {}

/**
 * The requested token would be too large (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class JWTPayloadSizeExceededException extends Schema.TaggedError<JWTPayloadSizeExceededException>()(
  "JWTPayloadSizeExceededException",
  answered,
) {}

/**
 * A parameter could not be read (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class MalformedInput extends Schema.TaggedError<MalformedInput>()("MalformedInput", answered) {}

/**
 * The session policy is not a policy (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class MalformedPolicyDocument extends Schema.TaggedError<MalformedPolicyDocument>()(
  "MalformedPolicyDocument",
  answered,
) {}

/**
 * The request was not signed (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class MissingAuthenticationToken extends Schema.TaggedError<MissingAuthenticationToken>()(
  "MissingAuthenticationToken",
  answered,
) {}

/**
 * The account has not switched outbound web identity federation on (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class OutboundWebIdentityFederationDisabledException extends Schema.TaggedError<OutboundWebIdentityFederationDisabledException>()(
  "OutboundWebIdentityFederationDisabledException",
  answered,
) {}

/**
 * Session policies and tags together are too large for a session token (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class PackedPolicyTooLarge extends Schema.TaggedError<PackedPolicyTooLarge>()(
  "PackedPolicyTooLarge",
  answered,
) {}

/**
 * STS is switched off in this region for the account (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class RegionDisabledException extends Schema.TaggedError<RegionDisabledException>()(
  "RegionDisabledException",
  answered,
) {}

/**
 * The request's date is too far from STS's clock (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class RequestExpired extends Schema.TaggedError<RequestExpired>()("RequestExpired", answered) {}

/**
 * STS is not available (HTTP 503). Retryable.
 *
 * @category reasons
 * @since 0.1.0
 */
export class ServiceUnavailable extends Schema.TaggedError<ServiceUnavailable>()("ServiceUnavailable", answered) {}

/**
 * The requested token would live longer than the session that asks for it (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class SessionDurationEscalationException extends Schema.TaggedError<SessionDurationEscalationException>()(
  "SessionDurationEscalationException",
  answered,
) {}

/**
 * The signature is wrong, or the clock (HTTP 403).
 *
 * @category reasons
 * @since 0.1.0
 */
export class SignatureDoesNotMatch extends Schema.TaggedError<SignatureDoesNotMatch>()(
  "SignatureDoesNotMatch",
  answered,
) {}

/**
 * Too many requests. STS answers this with HTTP 400. Retryable.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Throttling extends Schema.TaggedError<Throttling>()("Throttling", answered) {}

/**
 * A parameter breaks a rule (HTTP 400).
 *
 * @category reasons
 * @since 0.1.0
 */
export class ValidationError extends Schema.TaggedError<ValidationError>()("ValidationError", answered) {}

/**
 * The request breaks a rule that is known on this side. Nothing was sent. No message shows a value that may be a secret.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  /** All that is wrong, without any value that may be a secret. */
  message: Schema.String,
  /** The first field at fault, as a path: `mfa.tokenCode`, `policyArns[3]`. */
  field: Schema.String,
  /** All fields at fault, and what is wrong with each. */
  issues: Schema.Array(Fault),
}) {}

/**
 * Something answered, but not as STS does: a proxy's HTML, an empty body, a response without its credentials.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>()("InvalidResponse", {
  /** What is wrong with the answer. */
  message: Schema.String,
}) {}

/**
 * No whole answer came: no connection, a timeout, a stream cut off. Retryable. `isSent: false` says that STS certainly
 * did not get the request.
 *
 * @category reasons
 * @since 0.1.0
 */
export class TransportError extends Schema.TaggedError<TransportError>()("TransportError", {
  /** What broke. */
  message: Schema.String,
  /** Whether the request was sent: with `false`, STS certainly did not get it. Missing where nobody knows. */
  isSent: Schema.optionalKey(Schema.Boolean),
}) {}

/**
 * STS gave a code that its model does not list for this operation.
 *
 * @category reasons
 * @since 0.1.0
 */
export class UnknownServiceError extends Schema.TaggedError<UnknownServiceError>()("UnknownServiceError", {
  /** What STS said about it; empty where it said nothing. */
  message: Schema.String,
  /** The code that STS gave, to the letter. */
  code: Schema.String,
}) {}

/** The reasons that STS gives, by their wire code. */
const service = {
  AccessDenied,
  ExpiredToken,
  ExpiredTokenException,
  ExpiredTradeInTokenException,
  IDPCommunicationError,
  IDPRejectedClaim,
  IncompleteSignature,
  InternalFailure,
  InvalidAuthorizationMessageException,
  InvalidClientTokenId,
  InvalidIdentityToken,
  InvalidParameterValue,
  JWTPayloadSizeExceededException,
  MalformedInput,
  MalformedPolicyDocument,
  MissingAuthenticationToken,
  OutboundWebIdentityFederationDisabledException,
  PackedPolicyTooLarge,
  RegionDisabledException,
  RequestExpired,
  ServiceUnavailable,
  SessionDurationEscalationException,
  SignatureDoesNotMatch,
  Throttling,
  ValidationError,
}

/**
 * Why an operation failed: the schema of all reasons.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reason = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Union([...Object.values(service), InvalidRequest, InvalidResponse, TransportError, UnknownServiceError]),
)

/**
 * Why an operation failed.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason = InstanceType<(typeof service)[ServiceCode]> | LocalReason

/**
 * A code that STS answers with.
 *
 * @category models
 * @since 0.1.0
 */
export type ServiceCode = keyof typeof service

/**
 * The reasons that any operation can have and that STS did not give by a listed code.
 *
 * @category models
 * @since 0.1.0
 */
export type LocalReason = InvalidRequest | InvalidResponse | TransportError | UnknownServiceError

/**
 * The reasons by their tags.
 *
 * @category models
 * @since 0.1.0
 */
export type ReasonsByTag = { readonly [R in Reason as R["_tag"]]: R }

/**
 * The reason with a wire code.
 *
 * @category models
 * @since 0.1.0
 */
export type ReasonOf<Code extends ServiceCode> = ReasonsByTag[Code]

/** Other spellings of the codes: shape names of the SDKs, and the names that other AWS services use. */
const aliases: Readonly<Record<string, ServiceCode>> = {
  IDPCommunicationErrorException: "IDPCommunicationError",
  IDPRejectedClaimException: "IDPRejectedClaim",
  InternalError: "InternalFailure",
  InternalServerError: "InternalFailure",
  InvalidIdentityTokenException: "InvalidIdentityToken",
  InvalidAuthorizationMessage: "InvalidAuthorizationMessageException",
  MalformedPolicyDocumentException: "MalformedPolicyDocument",
  PackedPolicyTooLargeException: "PackedPolicyTooLarge",
  RegionDisabled: "RegionDisabledException",
  RequestLimitExceeded: "Throttling",
  RequestThrottled: "Throttling",
  ServiceUnavailableException: "ServiceUnavailable",
  ThrottledException: "Throttling",
  ThrottlingException: "Throttling",
  TooManyRequestsException: "Throttling",
  ValidationException: "ValidationError",
}

const isServiceCode = (code: string): code is ServiceCode => Object.hasOwn(service, code)

/**
 * The reason for a wire code and message: an `UnknownServiceError` where the code is not one that STS is known to use.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reasonFromCode = (code: string, message: string): Reason => {
  const known = isServiceCode(code) ? code : Object.hasOwn(aliases, code) ? aliases[code] : undefined
  return known === undefined ? new UnknownServiceError({ code, message }) : new service[known]({ message })
}

const localTags: ReadonlySet<string> = new Set<LocalReason["_tag"]>([
  "InvalidRequest",
  "InvalidResponse",
  "TransportError",
  "UnknownServiceError",
])

/**
 * Whether a reason is one that any operation can have.
 *
 * @category guards
 * @since 0.1.0
 */
export const isLocal = (reason: Reason): reason is LocalReason => localTags.has(reason._tag)

const retryable: ReadonlySet<Reason["_tag"]> = new Set([
  "IDPCommunicationError",
  "InternalFailure",
  "ServiceUnavailable",
  "Throttling",
  "TransportError",
])

/** What a caller can do about it, by reason and, where one code stands for several troubles, by its words. */
const hints: ReadonlyArray<{
  readonly reason: Reason["_tag"]
  readonly operation?: RegExp
  readonly words?: RegExp
  readonly hint: string
}> = [
  {
    reason: "ValidationError",
    words: /role chaining/,
    hint: "A role assumed with a session's credentials lasts one hour at most: leave the duration out, or assume it with long-term keys.",
  },
  {
    reason: "ValidationError",
    words: /MaxSessionDuration/,
    hint: "Ask for a shorter duration, or raise the role's MaxSessionDuration (12 hours at most).",
  },
  {
    reason: "AccessDenied",
    words: /invalid MFA one time pass code/,
    hint: "A code works once: wait for the device to show the next one, up to 30 seconds, and check its clock.",
  },
  {
    reason: "AccessDenied",
    words: /unable to validate MFA code/,
    hint: "The serial number must be that of an MFA device of the calling user: its ARN, or the number of a hardware device.",
  },
  {
    reason: "AccessDenied",
    words: /with session credentials/,
    hint: "GetSessionToken and GetFederationToken need long-term keys: call them with the identity at the bottom of the stack.",
  },
  {
    reason: "AccessDenied",
    operation: /^AssumeRole$/,
    hint: "STS says the same of a role that does not exist, a trust policy that does not name the caller, a wrong external id and a missing permission; a role made seconds ago needs some seconds more.",
  },
  {
    reason: "SignatureDoesNotMatch",
    words: /^Signature (expired|not yet current)/,
    hint: "The clock of this machine is more than 15 minutes off.",
  },
  { reason: "RequestExpired", hint: "The clock of this machine is off." },
  {
    reason: "RegionDisabledException",
    hint: "Switch STS on for this region in the account's settings of the IAM console, or call another region's endpoint.",
  },
  {
    reason: "InvalidClientTokenId",
    hint: "The key is unknown, inactive or deleted, or its session token is missing or belongs to another key.",
  },
  { reason: "ExpiredToken", hint: "Get new credentials; those on a CredentialStack renew themselves." },
  {
    reason: "PackedPolicyTooLarge",
    hint: "Policies and tags share the 4,096 bytes of a session token: shorten the policy, or name managed policies.",
  },
]

/** A `Duration`, sent on as a number of milliseconds. */
const milliseconds = Schema.Number.pipe(
  Schema.decodeTo(Schema.declare(Duration.isDuration, { expected: "a Duration" }), {
    decode: SchemaGetter.transform(Duration.millis),
    encode: SchemaGetter.transform(Duration.toMillis),
  }),
)

/**
 * An STS operation failed.
 *
 * It can be encoded and decoded, so it crosses RPC and workers.
 *
 * @category errors
 * @since 0.1.0
 */
export class StsError<out R extends Reason = Reason> extends Schema.TaggedError<StsError>()("StsError", {
  /** AWS's name of the operation: `AssumeRole`. */
  operation: Schema.String,
  /** Why it failed. */
  reason: Reason,
  /** The id that STS gave the request, for AWS's support. There when STS answered. */
  requestId: Schema.optionalKey(Schema.String),
  /** The HTTP status of the answer, where one came. */
  httpStatus: Schema.optionalKey(Schema.Int),
  /** How long STS asked to wait, with `Retry-After`. Encoded it is milliseconds. */
  retryAfter: Schema.optionalKey(milliseconds),
  /** How often the call was sent; 0 if it never was. */
  attempts: Schema.Int,
}) {
  /** Why it failed: its `_tag` is STS's code, and `Effect.catchReason` handles one of them. */
  declare readonly reason: R

  constructor(props: Props<R>, options?: Schema.MakeOptions) {
    const { attempts = 0, operation, reason, ...known } = props
    super({ operation, reason, attempts, ...omitUndefined(known) }, options)
  }

  /** Whether the same call may succeed later. */
  get isRetryable(): boolean {
    return retryable.has(this.reason._tag) || (this.httpStatus !== undefined && this.httpStatus >= 500)
  }

  /** What the caller can do about it, where there is something. */
  get hint(): string | undefined {
    const { operation, reason } = this
    return hints.find(
      (candidate) =>
        candidate.reason === reason._tag &&
        (candidate.operation?.test(operation) ?? true) &&
        (candidate.words?.test(reason.message) ?? true),
    )?.hint
  }

  /** Operation, code and what STS said, in one line: `STS.AssumeRole failed with AccessDenied: …`. */
  override get message(): string {
    const code = this.reason._tag === "UnknownServiceError" ? this.reason.code : this.reason._tag
    const said = this.reason.message === "" ? "" : `: ${this.reason.message.trim()}`
    return `STS.${this.operation} failed with ${code}${said}`
  }
}

/**
 * What an `StsError` is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface Props<out R extends Reason> {
  /** AWS's name of the operation: `AssumeRole`. */
  readonly operation: string
  /** Why it failed. */
  readonly reason: R
  /** The id that STS gave the request. */
  readonly requestId?: string | undefined
  /** The status of the answer. */
  readonly httpStatus?: number | undefined
  /** How long STS asked to wait, with `Retry-After`. */
  readonly retryAfter?: Duration.Duration | undefined
  /** How often the call was sent; 0, the default, if it never was. */
  readonly attempts?: number | undefined
}
