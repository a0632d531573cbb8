/**
 * GetDelegatedAccessToken: temporary credentials of a principal that delegated access, for a trade-in token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { secret } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of GetDelegatedAccessToken.
 *
 * AWS has not opened this operation to everybody.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetDelegatedAccessToken.html
 * @category schemas
 * @since 0.1.0
 */
export const GetDelegatedAccessTokenRequest = Schema.Struct({
  /** The token to exchange, of any length but none. A secret. */
  tradeInToken: secret({ min: 1 }),
})

/**
 * The response of GetDelegatedAccessToken.
 *
 * @category models
 * @since 0.1.0
 */
export class GetDelegatedAccessTokenResponse extends Schema.Class<GetDelegatedAccessTokenResponse>(
  "@effect-sts/core/GetDelegatedAccessTokenResponse",
)({
  /** The temporary credentials of the principal that delegated access. */
  credentials: fields.issuedCredentials,
  /** How much of the allowed space the session's policy takes, in percent. Not in every answer. */
  packedPolicySize: fields.packedPolicySize,
  /** The ARN of the principal whose credentials these are. */
  assumedPrincipal: Schema.optionalKey(fields.arn),
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "GetDelegatedAccessToken",
  request: GetDelegatedAccessTokenRequest.pipe(awsKeys()),
  response: GetDelegatedAccessTokenResponse.pipe(awsKeys()),
  codes: ["ExpiredTradeInTokenException", "RegionDisabledException", "PackedPolicyTooLarge"],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetDelegatedAccessToken extends Operation.Declared<typeof operation> {}

/**
 * GetDelegatedAccessToken, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const GetDelegatedAccessToken: GetDelegatedAccessToken = operation
