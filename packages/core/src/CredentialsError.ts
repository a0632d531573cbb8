/**
 * What can go wrong with credentials on this side of STS: there are none, they have expired, their scope is closed.
 *
 * ```ts
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const credentials = CredentialStack.current.pipe(
 *   Effect.catchReason("CredentialsError", "MfaRequired", (reason) =>
 *     Effect.andThen(Console.log(`a code of ${reason.serialNumber} is needed`), Effect.succeed(undefined)),
 *   ),
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { timestamp } from "./internal/timestamp.ts"

/**
 * There is no identity. `tried` lists the labels of the sources that were asked, and what each said.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NoCredentials extends Schema.TaggedError<NoCredentials>()("NoCredentials", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** The labels of the sources that were asked, and what each said. */
  tried: Schema.Array(Schema.String),
}) {}

/**
 * The credentials have expired, and their source cannot get them again.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Expired extends Schema.TaggedError<Expired>()("Expired", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** When they expired. */
  expiration: timestamp,
}) {}

/**
 * The `use`, the layer or the root stack that the identity belonged to has ended. Whoever outlives it gets this error,
 * and never the identity below.
 *
 * @category reasons
 * @since 0.1.0
 */
export class ScopeClosed extends Schema.TaggedError<ScopeClosed>()("ScopeClosed", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
}) {}

/**
 * The session has expired and only a new MFA code can renew it. Codes are asked for during acquisition alone: acquire
 * the same source again, with `use`, `withRole`, `push` or `layerPush`.
 *
 * @category reasons
 * @since 0.1.0
 */
export class MfaRequired extends Schema.TaggedError<MfaRequired>()("MfaRequired", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** The MFA device whose code is needed, where it is known. */
  serialNumber: Schema.optionalKey(Schema.String),
}) {}

/**
 * There is nothing to restore: `set` has put nothing on this stack.
 *
 * @category reasons
 * @since 0.1.0
 */
export class EmptyStack extends Schema.TaggedError<EmptyStack>()("EmptyStack", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
}) {}

/**
 * The frame on top belongs to a scope, which alone may remove it.
 *
 * @category reasons
 * @since 0.1.0
 */
export class FrameInUse extends Schema.TaggedError<FrameInUse>()("FrameInUse", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** The label of the frame's source. */
  label: Schema.String,
}) {}

/** Kept as it is, and sent on as its name and message. `Schema.Defect` would do it with all of JSON in a bundle. */
const failedWith = Schema.Struct({ name: Schema.String, message: Schema.String }).pipe(
  Schema.decodeTo(Schema.Unknown, {
    decode: SchemaGetter.transform(({ message, name }) => Object.assign(new Error(message), { name })),
    encode: SchemaGetter.transform((error: unknown) =>
      error instanceof Error
        ? { name: error.name, message: error.message }
        : { name: "Error", message: Predicate.isString(error) ? error : "" },
    ),
  }),
)

/**
 * A source did not give credentials. `error` is what it failed with, of which the message says the essence.
 *
 * @category reasons
 * @since 0.1.0
 */
export class RefreshFailed extends Schema.TaggedError<RefreshFailed>()("RefreshFailed", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** The label of the source. */
  label: Schema.String,
  /** What the source failed with. Encoded it is its name and message. */
  error: failedWith,
}) {}

/**
 * Credentials that somebody gave by hand, or that the environment holds, are not a whole set. `field` is the part
 * that is missing or malformed.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** The part that is missing or malformed: `secretAccessKey`, or the name of a variable. */
  field: Schema.String,
}) {}

/**
 * STS would refuse the source on the identity below it, so it was not asked: a session token on a session, a chained role
 * for more than an hour, anything on a federated user. See `CredentialStack.check`.
 *
 * @category reasons
 * @since 0.1.0
 */
export class ChainRefused extends Schema.TaggedError<ChainRefused>()("ChainRefused", {
  /** What went wrong, in a sentence without secrets. */
  message: Schema.String,
  /** The label of the source. */
  label: Schema.String,
}) {}

/**
 * Why credentials could not be had: the schema of all reasons.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reason = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Union([
    NoCredentials,
    Expired,
    ScopeClosed,
    MfaRequired,
    EmptyStack,
    FrameInUse,
    RefreshFailed,
    InvalidCredentials,
    ChainRefused,
  ]),
)

/**
 * Why credentials could not be had, set or restored.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * Credentials could not be had, set or restored. The stack is as it was before.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>()("CredentialsError", {
  /** Why: its `_tag` says what happened, and `Effect.catchReason` handles one of them. */
  reason: Reason,
}) {
  override get message(): string {
    return this.reason.message
  }
}
