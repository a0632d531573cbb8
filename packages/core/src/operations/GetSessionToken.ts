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
 * - `duration`: 15 minutes to 36 hours in whole seconds, 12 hours by default; a root user gets 1 hour at most.
 * - `mfa`: the device's serial number, or ARN, and its current code of 6 digits.
 * - `minimumSessionTokenSize`: 0 to 4,096 bytes.
 *
 * The caller needs long-term credentials.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 * @category schemas
 * @since 0.1.0
 */
export const GetSessionTokenRequest = Schema.Struct({
  duration: Schema.optionalKey(fields.userDuration),
  mfa: Schema.optionalKey(fields.mfa),
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
  credentials: fields.issuedCredentials,
  ...fields.sessionTokenSizes,
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
