/**
 * AssumeRole: temporary credentials of a role, for a caller who has credentials.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { hasItems, secret, text } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys, awsKeysFlatMfa } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of AssumeRole.
 *
 * - `roleArn`: 20 to 2,048 characters.
 * - `roleSessionName`: 2 to 64 letters, digits and `_+=,.@-`; it shows in the ARN of the session and in CloudTrail.
 * - `duration`: 15 minutes to 12 hours in whole seconds, 1 hour by default; no more than the role's MaxSessionDuration,
 *   and 1 hour at most where the caller's credentials are a session's (role chaining).
 * - `policy`: narrows what the session may do; JSON text. `policyArns`: the same by up to 10 managed policies.
 * - `tags`: up to 50 session tags; `transitiveTagKeys`: those of them that pass on to roles assumed from this one.
 * - `externalId`: 2 to 1,224 characters, where the role's trust policy asks for one. Not a secret.
 * - `mfa`: the device's serial number, or ARN, and its current code of 6 digits.
 * - `sourceIdentity`: who is behind the session; kept through role chaining. STS accepts up to 256 characters, the
 *   model says 64.
 * - `providedContexts`: 1 to 5 signed contexts of IAM Identity Center.
 * - `minimumSessionTokenSize`: 0 to 4,096 bytes.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRoleRequest = Schema.Struct({
  roleArn: fields.arn,
  roleSessionName: fields.roleSessionName,
  policyArns: Schema.optionalKey(fields.policyArns),
  policy: Schema.optionalKey(fields.unrestrictedPolicy),
  duration: Schema.optionalKey(fields.roleDuration),
  tags: Schema.optionalKey(fields.tags),
  transitiveTagKeys: Schema.optionalKey(Schema.Array(fields.tagKey).check(hasItems(0, 50))),
  externalId: Schema.optionalKey(text({ min: 2, max: 1224, characters: String.raw`\w+=,.@:\/\-` })),
  mfa: Schema.optionalKey(fields.mfa),
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  providedContexts: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        providerArn: Schema.optionalKey(fields.arn),
        contextAssertion: Schema.optionalKey(secret({ min: 4, max: 2048 })),
      }).pipe(awsKeys()),
    ).check(hasItems(1, 5)),
  ),
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
}).check(fields.transitiveKeysAreTags())

/**
 * The response of AssumeRole.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRoleResponse extends Schema.Class<AssumeRoleResponse>("@effect-sts/core/AssumeRoleResponse")({
  assumedRoleUser: fields.assumedRoleUser,
  credentials: fields.issuedCredentials,
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  packedPolicySize: fields.packedPolicySize,
  ...fields.sessionTokenSizes,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "AssumeRole",
  request: AssumeRoleRequest.pipe(awsKeysFlatMfa({ duration: "DurationSeconds" })),
  response: AssumeRoleResponse.pipe(awsKeys()),
  codes: ["MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabledException", "ExpiredTokenException"],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface AssumeRole extends Operation.Declared<typeof operation> {}

/**
 * AssumeRole, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const AssumeRole: AssumeRole = operation
