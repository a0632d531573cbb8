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
 * - `targetPrincipal`: the member account, by its id of 12 digits or by an ARN of at most 2,048 characters.
 * - `taskPolicyArn`: what the session may do, by one of the five task policies that AWS manages:
 *   `arn:aws:iam::aws:policy/root-task/` and IAMAuditRootUserCredentials, IAMCreateRootUserPassword,
 *   IAMDeleteRootUserCredentials, S3UnlockBucketPolicy or SQSUnlockQueuePolicy. Other partitions have theirs
 *   (`arn:aws-cn:…`, `arn:aws-us-gov:…`).
 * - `duration`: at most 15 minutes in whole seconds, and that by default.
 * - `minimumSessionTokenSize`: 0 to 4,096 bytes.
 *
 * The caller must belong to the organization's management account or its delegated administrator for IAM, and not be a
 * root user. The global endpoint does not have this operation.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
 * @category schemas
 * @since 0.1.0
 */
export const AssumeRootRequest = Schema.Struct({
  targetPrincipal: text({ min: 12, max: 2048 }).check(
    matches(/^(?:\d{12}|arn:.+)$/s, 'an account id of 12 digits, or an ARN, which starts with "arn:"'),
  ),
  taskPolicyArn: fields.policyArn(
    fields.arn.check(
      matches(
        new RegExp(`^arn:aws(?:-[a-z]+)*:iam::aws:policy/root-task/(?:${tasks.join("|")})$`),
        `the ARN of a task policy: arn:aws:iam::aws:policy/root-task/ and one of ${tasks.join(", ")}`,
      ),
    ),
  ),
  duration: Schema.optionalKey(seconds(0, 900)),
  minimumSessionTokenSize: Schema.optionalKey(fields.minimumSessionTokenSize),
})

/**
 * The response of AssumeRoot.
 *
 * @category models
 * @since 0.1.0
 */
export class AssumeRootResponse extends Schema.Class<AssumeRootResponse>("@effect-sts/core/AssumeRootResponse")({
  credentials: fields.issuedCredentials,
  sourceIdentity: Schema.optionalKey(fields.sourceIdentity),
  ...fields.sessionTokenSizes,
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
