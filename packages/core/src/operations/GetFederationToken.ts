/**
 * GetFederationToken: temporary credentials for somebody else, within the caller's own permissions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { text } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of GetFederationToken.
 *
 * The caller needs long-term credentials.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 * @category schemas
 * @since 0.1.0
 */
export const GetFederationTokenRequest = Schema.Struct({
  /** The name of the federated user: 2 to 32 letters, digits and `_+=,.@-`. It shows in the session's ARN. */
  name: text({ min: 2, max: 32, characters: fields.nameCharacters }),
  /**
   * What the session may do, within the caller's own permissions: JSON text of 1 to 2,048 characters, or an object in
   * its place. Without it and `policyArns` it is nothing but what resources' own policies grant.
   */
  policy: Schema.optionalKey(fields.policy),
  /** Up to 10 managed policies, by ARN, that say what the session may do, as `policy` does. */
  policyArns: Schema.optionalKey(fields.policyArns),
  /**
   * How long the session lasts: 15 minutes to 36 hours in whole seconds, 12 hours by default; a root user gets 1 hour
   * at most. A bare number is milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(fields.userDuration),
  /**
   * Up to 50 session tags. Keys have 1 to 128 characters and no case, values at most 256: letters, digits, spaces and
   * `_.:/=+-@`.
   */
  tags: Schema.optionalKey(fields.tags),
  /** Pads the session token to at least this many bytes, 0 to 4,096, to try what a larger one does to your clients. */
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of GetFederationToken.
 *
 * @category models
 * @since 0.1.0
 */
export class GetFederationTokenResponse extends Schema.Class<GetFederationTokenResponse>(
  "@effect-sts/core/GetFederationTokenResponse",
)({
  /** The temporary credentials of the session. */
  credentials: fields.issuedCredentials,
  /** The federated user: its unique id and its ARN. */
  federatedUser: fields.federatedUser,
  /**
   * How much of the allowed space policies and tags take, in percent; since September 2026 that of
   * `sessionTokenUtilization`. Not in every answer.
   */
  packedPolicySize: fields.packedPolicySize,
  /** The size of the session token as a percentage of the limit of 4,096 bytes. Since September 2026. */
  sessionTokenUtilization: fields.sessionTokenSize,
  /** The size of the session token in bytes. Since September 2026. */
  sessionTokenSize: fields.sessionTokenSize,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "GetFederationToken",
  request: GetFederationTokenRequest.pipe(awsKeys({ duration: "DurationSeconds" })),
  response: GetFederationTokenResponse.pipe(awsKeys()),
  codes: ["MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabledException"],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetFederationToken extends Operation.Declared<typeof operation> {}

/**
 * GetFederationToken, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const GetFederationToken: GetFederationToken = operation
