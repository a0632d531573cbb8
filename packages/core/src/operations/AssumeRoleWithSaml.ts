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
 * - `roleArn`: 20 to 2,048 characters.
 * - `principalArn`: the SAML provider in IAM that stands for the identity provider; 20 to 2,048 characters.
 * - `samlAssertion`: the identity provider's authentication response in base64; 4 to 100,000 characters. The name of
 *   the session, its tags and its source identity are in it. A secret.
 * - `policyArns`: up to 10 managed policies that narrow what the session may do. `policy`: the same as JSON text of at
 *   most 2,048 characters.
 * - `duration`: 15 minutes to 12 hours in whole seconds, 1 hour by default; no more than the role's MaxSessionDuration,
 *   and the session ends no later than the `SessionNotOnOrAfter` of the assertion.
 * - `minimumSessionTokenSize`: 0 to 4,096 bytes.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRoleWithSamlRequest = Schema.Struct({
  roleArn: fields.arn,
  principalArn: fields.arn,
  samlAssertion: secret({ min: 4, max: 100_000 }),
  policyArns: Schema.optionalKey(fields.policyArns),
  policy: Schema.optionalKey(fields.policy),
  duration: Schema.optionalKey(fields.roleDuration),
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of AssumeRoleWithSAML.
 *
 * - `subject`, `subjectType`: the assertion's NameID and its format, without `urn:oasis:names:tc:SAML:2.0:nameid-format:`.
 * - `issuer`: who made the assertion; `audience`: the recipient of its SubjectConfirmationData.
 * - `nameQualifier`: a hash of issuer, account and provider; with `subject` it identifies the user for good.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRoleWithSamlResponse extends Schema.Class<AssumeRoleWithSamlResponse>(
  "@effect-sts/core/AssumeRoleWithSamlResponse",
)({
  credentials: fields.issuedCredentials,
  assumedRoleUser: fields.assumedRoleUser,
  packedPolicySize: fields.packedPolicySize,
  subject: Schema.optionalKey(Schema.String),
  subjectType: Schema.optionalKey(Schema.String),
  issuer: Schema.optionalKey(Schema.String),
  audience: Schema.optionalKey(Schema.String),
  nameQualifier: Schema.optionalKey(Schema.String),
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  ...fields.sessionTokenSizes,
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
