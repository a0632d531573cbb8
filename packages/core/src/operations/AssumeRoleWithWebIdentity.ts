/**
 * AssumeRoleWithWebIdentity: temporary credentials of a role, for whoever holds a token of an identity provider.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { secret, text } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of AssumeRoleWithWebIdentity.
 *
 * - `roleArn`: 20 to 2,048 characters.
 * - `roleSessionName`: 2 to 64 letters, digits and `_+=,.@-`; it shows in the ARN of the session and in CloudTrail.
 * - `webIdentityToken`: the provider's OAuth 2.0 access token or OpenID Connect ID token; 4 to 20,000 characters. A
 *   secret.
 * - `providerId`: the host name of an OAuth 2.0 provider (`www.amazon.com`, `graph.facebook.com`), without scheme and
 *   port; 4 to 2,048 characters. Left out for OpenID Connect.
 * - `policyArns`: up to 10 managed policies that narrow what the session may do. `policy`: the same as JSON text of at
 *   most 2,048 characters.
 * - `duration`: 15 minutes to 12 hours in whole seconds, 1 hour by default; no more than the role's MaxSessionDuration.
 * - `minimumSessionTokenSize`: 0 to 4,096 bytes.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRoleWithWebIdentityRequest = Schema.Struct({
  roleArn: fields.arn,
  roleSessionName: fields.roleSessionName,
  webIdentityToken: secret({ min: 4, max: 20_000 }),
  providerId: Schema.optionalKey(text({ min: 4, max: 2048 })),
  policyArns: Schema.optionalKey(fields.policyArns),
  policy: Schema.optionalKey(fields.policy),
  duration: Schema.optionalKey(fields.roleDuration),
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of AssumeRoleWithWebIdentity.
 *
 * - `subjectFromWebIdentityToken`: the token's `sub`, which identifies the user to this provider and application. The
 *   model says 6 to 255 characters; STS was seen to answer with shorter and longer ones.
 * - `provider`: the token's `iss`, or the `providerId` of the request.
 * - `audience`: the token's `azp`, else its `aud`: the application's client id.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRoleWithWebIdentityResponse extends Schema.Class<AssumeRoleWithWebIdentityResponse>(
  "@effect-sts/core/AssumeRoleWithWebIdentityResponse",
)({
  credentials: fields.issuedCredentials,
  subjectFromWebIdentityToken: Schema.optionalKey(Schema.String),
  assumedRoleUser: fields.assumedRoleUser,
  packedPolicySize: fields.packedPolicySize,
  provider: Schema.optionalKey(Schema.String),
  audience: Schema.optionalKey(Schema.String),
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  ...fields.sessionTokenSizes,
}) {}

const operation = /*#__PURE__*/ Operation.unsigned({
  name: "AssumeRoleWithWebIdentity",
  request: AssumeRoleWithWebIdentityRequest.pipe(awsKeys({ duration: "DurationSeconds" })),
  response: AssumeRoleWithWebIdentityResponse.pipe(awsKeys()),
  codes: [
    "MalformedPolicyDocument",
    "PackedPolicyTooLarge",
    "IDPRejectedClaim",
    "IDPCommunicationError",
    "InvalidIdentityToken",
    "ExpiredTokenException",
    "RegionDisabledException",
  ],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface AssumeRoleWithWebIdentity extends Operation.Declared<typeof operation> {}

/**
 * AssumeRoleWithWebIdentity, as data. It is not signed: the token proves who calls.
 *
 * @category operations
 * @since 0.1.0
 */
export const AssumeRoleWithWebIdentity: AssumeRoleWithWebIdentity = operation
