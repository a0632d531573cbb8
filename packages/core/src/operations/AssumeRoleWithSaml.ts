/**
 * AssumeRoleWithSAML: temporary credentials of a role, for whoever holds a SAML assertion.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { secret } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of AssumeRoleWithSAML.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRoleWithSamlRequest = Schema.Struct({
  /** The role to assume: an ARN of 20 to 2,048 characters. */
  roleArn: fields.arn,
  /** The SAML provider in IAM that stands for the identity provider: an ARN of 20 to 2,048 characters. */
  principalArn: fields.arn,
  /**
   * The identity provider's authentication response in base64: 4 to 100,000 characters. The name of the session, its
   * tags and its source identity are in it. A secret.
   */
  samlAssertion: secret({ min: 4, max: 100_000 }),
  /** Up to 10 managed policies, by ARN. They narrow what the session may do, as `policy` does. */
  policyArns: Schema.optionalKey(fields.policyArns),
  /**
   * A session policy, which narrows what the session may do: JSON text of 1 to 2,048 characters, or an object in its
   * place.
   */
  policy: Schema.optionalKey(fields.policy),
  /**
   * How long the session lasts: 15 minutes to 12 hours in whole seconds, 1 hour by default; no more than the role's
   * MaxSessionDuration, and the session ends no later than the `SessionNotOnOrAfter` of the assertion. A bare number is
   * milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(fields.roleDuration),
  /** Pads the session token to at least this many bytes, 0 to 4,096, to try what a larger one does to your clients. */
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of AssumeRoleWithSAML.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRoleWithSamlResponse extends Schema.Class<AssumeRoleWithSamlResponse>(
  "@effect-sts/core/AssumeRoleWithSamlResponse",
)({
  /** The temporary credentials of the session. */
  credentials: fields.issuedCredentials,
  /** The session: its unique id and its ARN. */
  assumedRoleUser: fields.assumedRoleUser,
  /**
   * How much of the allowed space policies and tags take, in percent; since September 2026 that of
   * `sessionTokenUtilization`. Not in every answer.
   */
  packedPolicySize: fields.packedPolicySize,
  /** The NameID of the assertion's subject. */
  subject: Schema.optionalKey(Schema.String),
  /** The format of the NameID, without `urn:oasis:names:tc:SAML:2.0:nameid-format:`. */
  subjectType: Schema.optionalKey(Schema.String),
  /** Who made the assertion: its Issuer. */
  issuer: Schema.optionalKey(Schema.String),
  /** The recipient of the assertion's SubjectConfirmationData. */
  audience: Schema.optionalKey(Schema.String),
  /** A hash of issuer, account and provider; with `subject` it identifies the user for good. */
  nameQualifier: Schema.optionalKey(Schema.String),
  /** The source identity of the session, if it has one. */
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  /** The size of the session token as a percentage of the limit of 4,096 bytes. Since September 2026. */
  sessionTokenUtilization: fields.sessionTokenSize,
  /** The size of the session token in bytes. Since September 2026. */
  sessionTokenSize: fields.sessionTokenSize,
}) {}

const operation = /*#__PURE__*/ Operation.unsigned({
  name: "AssumeRoleWithSAML",
  request: AssumeRoleWithSamlRequest.pipe(awsKeys({ samlAssertion: "SAMLAssertion", duration: "DurationSeconds" })),
  response: AssumeRoleWithSamlResponse.pipe(awsKeys()),
  codes: [
    "MalformedPolicyDocument",
    "PackedPolicyTooLarge",
    "IDPRejectedClaim",
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
export interface AssumeRoleWithSaml extends Operation.Declared<typeof operation> {}

/**
 * AssumeRoleWithSAML, as data. It is not signed: the assertion proves who calls.
 *
 * @category operations
 * @since 0.1.0
 */
export const AssumeRoleWithSaml: AssumeRoleWithSaml = operation
