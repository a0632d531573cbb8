/**
 * GetWebIdentityToken: a signed JSON Web Token that proves the caller's AWS identity to services outside of AWS.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Timestamp } from "../AwsCredentials.ts"
import { hasItems, seconds, secret, text } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of GetWebIdentityToken.
 *
 * The account must have outbound web identity federation switched on. The global endpoint does not have this operation.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 * @category schemas
 * @since 0.1.0
 */
export const GetWebIdentityTokenRequest = Schema.Struct({
  /** Who the token is for, its `aud`: 1 to 10 items of 1 to 1,000 characters. */
  audience: Schema.Array(text({ min: 1, max: 1000 })).check(hasItems(1, 10)),
  /**
   * How long the token can be used: 1 minute to 1 hour in whole seconds, 5 minutes by default; no longer than the
   * caller's own session. A bare number is milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(seconds(60, 3600)),
  /** `RS256` (RSA with SHA-256) or `ES384` (ECDSA on P-384 with SHA-384). */
  signingAlgorithm: Schema.Literals(["RS256", "ES384"]),
  /**
   * Up to 50 tags, which become claims of the token. Keys have 1 to 128 characters and no case, values at most 256:
   * letters, digits, spaces and `_.:/=+-@`.
   */
  tags: Schema.optionalKey(fields.tags),
})

/**
 * The response of GetWebIdentityToken.
 *
 * @category models
 * @since 0.1.0
 */
export class GetWebIdentityTokenResponse extends Schema.Class<GetWebIdentityTokenResponse>(
  "@effect-sts/core/GetWebIdentityTokenResponse",
)({
  /** The token: a JSON Web Token, and a bearer token at that. A secret. */
  webIdentityToken: secret({ min: 1 }),
  /** When the token expires. */
  expiration: Timestamp,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "GetWebIdentityToken",
  request: GetWebIdentityTokenRequest.pipe(awsKeys({ duration: "DurationSeconds" })),
  response: GetWebIdentityTokenResponse.pipe(awsKeys()),
  codes: [
    "SessionDurationEscalationException",
    "OutboundWebIdentityFederationDisabledException",
    "JWTPayloadSizeExceededException",
  ],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetWebIdentityToken extends Operation.Declared<typeof operation> {}

/**
 * GetWebIdentityToken, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const GetWebIdentityToken: GetWebIdentityToken = operation
