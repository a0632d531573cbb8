/**
 * GetCallerIdentity: whose credentials these are. It needs no permission.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of GetCallerIdentity: nothing but the signature.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * @category schemas
 * @since 0.1.0
 */
export const GetCallerIdentityRequest = Schema.Struct({})

/**
 * The response of GetCallerIdentity.
 *
 * @category models
 * @since 0.1.0
 */
export class GetCallerIdentityResponse extends Schema.Class<GetCallerIdentityResponse>(
  "@effect-sts/core/GetCallerIdentityResponse",
)({
  /** Who calls: the account's root, an IAM user, an assumed role's session or a federated user. */
  arn: fields.arn,
  /** The unique id of the caller; for a session that of its role or account, a colon, and its name. */
  userId: Schema.String,
  /** The account of the caller: an id of 12 digits. */
  account: Schema.String,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "GetCallerIdentity",
  request: GetCallerIdentityRequest,
  response: GetCallerIdentityResponse.pipe(awsKeys()),
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetCallerIdentity extends Operation.Declared<typeof operation> {}

/**
 * GetCallerIdentity, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const GetCallerIdentity: GetCallerIdentity = operation
