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
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRoleRequest = Schema.Struct({
  /** The role to assume: an ARN of 20 to 2,048 characters. */
  roleArn: fields.arn,
  /**
   * The name of the session: 2 to 64 letters, digits and `_+=,.@-`. It shows in the session's ARN and in CloudTrail.
   */
  roleSessionName: fields.roleSessionName,
  /** Up to 10 managed policies, by ARN. They narrow what the session may do, as `policy` does. */
  policyArns: Schema.optionalKey(fields.policyArns),
  /**
   * A session policy, which narrows what the session may do: JSON text, or an object in its place, with no limit on it
   * but the session token's size.
   */
  policy: Schema.optionalKey(fields.unrestrictedPolicy),
  /**
   * How long the session lasts: 15 minutes to 12 hours in whole seconds, 1 hour by default; no more than the role's
   * MaxSessionDuration, and 1 hour at most where the caller's credentials are a session's (role chaining). A bare
   * number is milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(fields.roleDuration),
  /**
   * Up to 50 session tags. Keys have 1 to 128 characters and no case, values at most 256: letters, digits, spaces and
   * `_.:/=+-@`. They need the permission `sts:TagSession`.
   */
  tags: Schema.optionalKey(fields.tags),
  /** Up to 50 keys of the `tags` that pass on to the roles assumed from this session. */
  transitiveTagKeys: Schema.optionalKey(Schema.Array(fields.tagKey).check(hasItems(0, 50))),
  /**
   * What the role's trust policy may ask of a third party: 2 to 1,224 letters, digits and `_+=,.@:/-`. Not a secret.
   */
  externalId: Schema.optionalKey(text({ min: 2, max: 1224, characters: String.raw`\w+=,.@:\/\-` })),
  /**
   * An MFA device of the calling user, by its serial number or ARN, and the 6 digits that it shows, where the role's
   * trust policy asks for MFA.
   */
  mfa: Schema.optionalKey(fields.mfa),
  /**
   * Who is behind the session; kept through role chaining. 2 to 256 letters, digits and `_+=,.@-`, not beginning with
   * `aws:`; the model says 64 at most, STS accepts 256. It needs the permission `sts:SetSourceIdentity`.
   */
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  /** 1 to 5 signed contexts of IAM Identity Center. */
  providedContexts: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        /** The ARN of the context provider, 20 to 2,048 characters. */
        providerArn: Schema.optionalKey(fields.arn),
        /** The context's assertion, signed and encrypted: 4 to 2,048 characters. A secret. */
        contextAssertion: Schema.optionalKey(secret({ min: 4, max: 2048 })),
      }).pipe(awsKeys()),
    ).check(hasItems(1, 5)),
  ),
  /** Pads the session token to at least this many bytes, 0 to 4,096, to try what a larger one does to your clients. */
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
}).check(fields.transitiveKeysAreTags())

/**
 * The response of AssumeRole.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRoleResponse extends Schema.Class<AssumeRoleResponse>("@effect-sts/core/AssumeRoleResponse")({
  /** The session: its unique id and its ARN. */
  assumedRoleUser: fields.assumedRoleUser,
  /** The temporary credentials of the session. */
  credentials: fields.issuedCredentials,
  /** The source identity of the session, if it has one. */
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
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
