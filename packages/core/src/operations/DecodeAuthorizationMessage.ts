/**
 * DecodeAuthorizationMessage: what an encoded message about a denied request says.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { text } from "../internal/constraints.ts"
import { awsKeys } from "../internal/wire.ts"
import * as Operation from "../Operation.ts"

/**
 * The request of DecodeAuthorizationMessage.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 * @category schemas
 * @since 0.1.0
 */
export const DecodeAuthorizationMessageRequest = Schema.Struct({
  /** The message as the service that denied a request gave it: 1 to 10,240 characters. */
  encodedMessage: text({ min: 1, max: 10_240 }),
})

/**
 * The response of DecodeAuthorizationMessage.
 *
 * @category models
 * @since 0.1.0
 */
export class DecodeAuthorizationMessageResponse extends Schema.Class<DecodeAuthorizationMessageResponse>(
  "@effect-sts/core/DecodeAuthorizationMessageResponse",
)({
  /**
   * JSON text: whether a statement denied the request or none allowed it, who asked, for which action on which
   * resource, and the condition keys.
   */
  decodedMessage: Schema.String,
}) {}

const operation = /*#__PURE__*/ Operation.signed({
  name: "DecodeAuthorizationMessage",
  request: DecodeAuthorizationMessageRequest.pipe(awsKeys()),
  response: DecodeAuthorizationMessageResponse.pipe(awsKeys()),
  codes: ["InvalidAuthorizationMessageException"],
})

/**
 * The type of the operation, which editors show by this name.
 *
 * @category models
 * @since 0.1.0
 */
export interface DecodeAuthorizationMessage extends Operation.Declared<typeof operation> {}

/**
 * DecodeAuthorizationMessage, as data.
 *
 * @category operations
 * @since 0.1.0
 */
export const DecodeAuthorizationMessage: DecodeAuthorizationMessage = operation
