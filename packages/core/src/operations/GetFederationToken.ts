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
 * - `name`: of the federated user; 2 to 32 letters, digits and `_+=,.@-`. It shows in the session's ARN.
 * - `policy`: what the session may do, JSON text of at most 2,048 characters; `policyArns`: the same by up to 10 managed
 *   policies. Without either the session may do nothing but what resources' own policies grant it.
 * - `duration`: 15 minutes to 36 hours in whole seconds, 12 hours by default; a root user gets 1 hour at most.
 * - `tags`: up to 50 session tags.
 * - `minimumSessionTokenSize`: 0 to 4,096 bytes.
 *
 * The caller needs long-term credentials.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 * @category schemas
 * @since 0.1.0
 */
export const GetFederationTokenRequest = Schema.Struct({
  name: text({ min: 2, max: 32, characters: fields.nameCharacters }),
  policy: Schema.optionalKey(fields.policy),
  policyArns: Schema.optionalKey(fields.policyArns),
  duration: Schema.optionalKey(fields.userDuration),
  tags: Schema.optionalKey(fields.tags),
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
  credentials: fields.issuedCredentials,
  federatedUser: fields.federatedUser,
  packedPolicySize: fields.packedPolicySize,
  ...fields.sessionTokenSizes,
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
