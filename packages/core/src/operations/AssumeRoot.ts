/**
 * AssumeRoot: temporary credentials of a member account's root user, for one task.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { matches, seconds, text } from "../internal/constraints.ts"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

const tasks = [
  "IAMAuditRootUserCredentials",
  "IAMCreateRootUserPassword",
  "IAMDeleteRootUserCredentials",
  "S3UnlockBucketPolicy",
  "SQSUnlockQueuePolicy",
] as const

/**
 * The request of AssumeRoot.
 *
 * The caller must belong to the organization's management account or its delegated administrator for IAM, and not be a
 * root user. The global endpoint does not have this operation.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRootRequest = Schema.Struct({
  /** The member account: its id of 12 digits, or an ARN of at most 2,048 characters. */
  targetPrincipal: text({ min: 12, max: 2048 }).check(
    matches(/^(?:\d{12}|arn:.+)$/s, 'an account id of 12 digits, or an ARN, which starts with "arn:"'),
  ),
  /**
   * What the session may do: the ARN of one of five policies of AWS, `arn:aws:iam::aws:policy/root-task/` and
   * IAMAuditRootUserCredentials, IAMCreateRootUserPassword, IAMDeleteRootUserCredentials, S3UnlockBucketPolicy or
   * SQSUnlockQueuePolicy. Other partitions have theirs (`arn:aws-cn:…`, `arn:aws-us-gov:…`).
   */
  taskPolicyArn: fields.policyArn(
    fields.arn.check(
      matches(
        new RegExp(`^arn:aws(?:-[a-z]+)*:iam::aws:policy/root-task/(?:${tasks.join("|")})$`),
        `the ARN of a task policy: arn:aws:iam::aws:policy/root-task/ and one of ${tasks.join(", ")}`,
      ),
    ),
  ),
  /**
   * How long the session lasts: at most 15 minutes in whole seconds, and that by default. A bare number is
   * milliseconds: write `"15 minutes"`.
   */
  duration: Schema.optionalKey(seconds(0, 900)),
  /** Pads the session token to at least this many bytes, 0 to 4,096, to try what a larger one does to your clients. */
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of AssumeRoot.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRootResponse extends Schema.Class<AssumeRootResponse>("@effect-sts/core/AssumeRootResponse")({
  /** The temporary credentials of the session. */
  credentials: fields.issuedCredentials,
  /** The source identity of the session, if it has one. */
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  /** The size of the session token as a percentage of the limit of 4,096 bytes. Since September 2026. */
  sessionTokenUtilization: fields.sessionTokenSize,
  /** The size of the session token in bytes. Since September 2026. */
  sessionTokenSize: fields.sessionTokenSize,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "AssumeRoot",
  request: AssumeRootRequest.pipe(awsKeys({ duration: "DurationSeconds" })),
  response: AssumeRootResponse.pipe(awsKeys()),
  codes: ["RegionDisabledException", "ExpiredTokenException"],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface AssumeRoot extends Operation.Declared<typeof operation> {}

/**
 * AssumeRoot, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const AssumeRoot: AssumeRoot = operation
