/**
 * GetSessionToken: temporary credentials of the calling user, proven by MFA where a policy asks for it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as fields from "../internal/fields.ts"
import { awsKeys, awsKeysFlatMfa } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of GetSessionToken.
 *
 * The caller needs long-term credentials.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 * @category schemas
 * @since 0.1.0
 */
export const GetSessionTokenRequest = Schema.Struct({
  /**
   * How long the session lasts: 15 minutes to 36 hours in whole seconds, 12 hours by default; a root user gets 1 hour
   * at most. A bare number is milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(fields.userDuration),
  /**
   * An MFA device of the calling user, by its serial number or ARN, and the 6 digits that it shows, where a policy asks
   * for MFA.
   */
  mfa: Schema.optionalKey(fields.mfa),
  /** Pads the session token to at least this many bytes, 0 to 4,096, to try what a larger one does to your clients. */
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of GetSessionToken.
 *
 * @category models
 * @since 0.1.0
 */
export class GetSessionTokenResponse extends Schema.Class<GetSessionTokenResponse>(
  "@effect-sts/core/GetSessionTokenResponse",
)({
  /** The temporary credentials of the calling user. */
  credentials: fields.issuedCredentials,
  /** The size of the session token as a percentage of the limit of 4,096 bytes. Since September 2026. */
  sessionTokenUtilization: fields.sessionTokenSize,
  /** The size of the session token in bytes. Since September 2026. */
  sessionTokenSize: fields.sessionTokenSize,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "GetSessionToken",
  request: GetSessionTokenRequest.pipe(awsKeysFlatMfa({ duration: "DurationSeconds" })),
  response: GetSessionTokenResponse.pipe(awsKeys()),
  codes: ["RegionDisabledException"],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetSessionToken extends Operation.Declared<typeof operation> {}

/**
 * GetSessionToken, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const GetSessionToken: GetSessionToken = operation
