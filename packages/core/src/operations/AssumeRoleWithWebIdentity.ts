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
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRoleWithWebIdentityRequest = Schema.Struct({
  /** The role to assume: an ARN of 20 to 2,048 characters. */
  roleArn: fields.arn,
  /**
   * The name of the session: 2 to 64 letters, digits and `_+=,.@-`. It shows in the session's ARN and in CloudTrail.
   */
  roleSessionName: fields.roleSessionName,
  /** The provider's OAuth 2.0 access token or OpenID Connect ID token: 4 to 20,000 characters. A secret. */
  webIdentityToken: secret({ min: 4, max: 20_000 }),
  /**
   * The host name of an OAuth 2.0 provider (`www.amazon.com`, `graph.facebook.com`), without scheme and port: 4 to
   * 2,048 characters. Left out for OpenID Connect.
   */
  providerId: Schema.optionalKey(text({ min: 4, max: 2048 })),
  /** Up to 10 managed policies, by ARN. They narrow what the session may do, as `policy` does. */
  policyArns: Schema.optionalKey(fields.policyArns),
  /**
   * A session policy, which narrows what the session may do: JSON text of 1 to 2,048 characters, or an object in its
   * place.
   */
  policy: Schema.optionalKey(fields.policy),
  /**
   * How long the session lasts: 15 minutes to 12 hours in whole seconds, 1 hour by default; no more than the role's
   * MaxSessionDuration. A bare number is milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(fields.roleDuration),
  /** Pads the session token to at least this many bytes, 0 to 4,096, to try what a larger one does to your clients. */
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of AssumeRoleWithWebIdentity.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRoleWithWebIdentityResponse extends Schema.Class<AssumeRoleWithWebIdentityResponse>(
  "@effect-sts/core/AssumeRoleWithWebIdentityResponse",
)({
  /** The temporary credentials of the session. */
  credentials: fields.issuedCredentials,
  /**
   * The token's `sub`, which identifies the user to this provider and application. The model says 6 to 255 characters;
   * STS was seen to answer with shorter and longer ones.
   */
  subjectFromWebIdentityToken: Schema.optionalKey(Schema.String),
  /** The session: its unique id and its ARN. */
  assumedRoleUser: fields.assumedRoleUser,
  /**
   * How much of the allowed space policies and tags take, in percent; since September 2026 that of
   * `sessionTokenUtilization`. Not in every answer.
   */
  packedPolicySize: fields.packedPolicySize,
  /** The token's `iss`, or the `providerId` of the request. */
  provider: Schema.optionalKey(Schema.String),
  /** The token's `azp`, else its `aud`: the application's client id. */
  audience: Schema.optionalKey(Schema.String),
  /** The source identity of the session, if it has one. */
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  /** The size of the session token as a percentage of the limit of 4,096 bytes. Since September 2026. */
  sessionTokenUtilization: fields.sessionTokenSize,
  /** The size of the session token in bytes. Since September 2026. */
  sessionTokenSize: fields.sessionTokenSize,
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
