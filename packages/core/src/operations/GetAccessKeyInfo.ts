/**
 * GetAccessKeyInfo: the account that an access key belongs to.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as fields from "../internal/fields.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of GetAccessKeyInfo.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
 * @category schemas
 * @since 0.1.0
 */
export const GetAccessKeyInfoRequest = Schema.Struct({
  /** The access key id: 16 to 128 letters, digits and `_`. The key may be inactive or deleted, and of any account. */
  accessKeyId: fields.accessKeyId,
})

/**
 * The response of GetAccessKeyInfo.
 *
 * @category models
 * @since 0.1.0
 */
export class GetAccessKeyInfoResponse extends Schema.Class<GetAccessKeyInfoResponse>(
  "@effect-sts/core/GetAccessKeyInfoResponse",
)({
  /** The account of the key: an id of 12 digits. */
  account: Schema.String,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "GetAccessKeyInfo",
  request: GetAccessKeyInfoRequest.pipe(awsKeys()),
  response: GetAccessKeyInfoResponse.pipe(awsKeys()),
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetAccessKeyInfo extends Operation.Declared<typeof operation> {}

/**
 * GetAccessKeyInfo, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const GetAccessKeyInfo: GetAccessKeyInfo = operation
