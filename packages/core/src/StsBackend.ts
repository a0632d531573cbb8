/**
 * What a backend does: one attempt at one operation. Validation, credentials, retry, clock skew, spans and metrics are
 * core's, once for all backends, so a backend is little more than its transport.
 *
 * ```ts
 * import * as Layer from "effect/Layer"
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsBackend from "@effect-sts/core/StsBackend"
 *
 * declare const execute: StsBackend.StsBackend["Service"]["execute"]
 *
 * const layer = Sts.layer.pipe(Layer.provide(Layer.succeed(StsBackend.StsBackend, { execute })))
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { AwsCredentials } from "./AwsCredentials.ts"
import type * as Operation from "./Operation.ts"
import * as StsError from "./StsError.ts"

/**
 * What a backend knows of an answer besides its content.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnswerMetadata {
  /** The id that STS gave the request, `x-amzn-requestid`. */
  readonly requestId?: string | undefined
  /** STS's own clock: the `Date` of the answer, where the backend has it. Core learns clock skew from it. */
  readonly date?: DateTime.Utc | undefined
}

/**
 * A successful answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer<out Response> extends AnswerMetadata {
  /** The response in AWS's own names, timestamps as ISO strings. Core decodes it. */
  readonly response: Response
}

/**
 * An attempt that failed: what STS answered, or why no answer came. A reason that the operation does not list reaches
 * the caller as `UnknownServiceError`.
 *
 * @category errors
 * @since 0.1.0
 */
export class BackendFailure extends Data.TaggedError("BackendFailure")<
  AnswerMetadata & {
    /** Why it failed. */
    readonly reason: StsError.Reason
    /** The status of the answer, where there was one. */
    readonly httpStatus?: number | undefined
    /** How long STS asks to wait before another attempt, with `Retry-After`. */
    readonly retryAfter?: Duration.Duration | undefined
  }
> {}

/**
 * The failure for an error that STS answered with.
 *
 * @category constructors
 * @since 0.1.0
 */
export const answered = (
  error: { readonly code: string; readonly message: string; readonly httpStatus: number } & AnswerMetadata & {
      readonly retryAfter?: Duration.Duration | undefined
    },
): BackendFailure => {
  const { code, message, ...rest } = error
  return new BackendFailure({ ...rest, reason: StsError.reasonFromCode(code, message) })
}

/**
 * The backend service. It gets a request that has been validated, in AWS's own names (`RoleArn`, `DurationSeconds`), and
 * gives the response in AWS's own names. `credentials` are there for signed operations and only for those.
 *
 * An implementation makes one attempt and no retry, is interruptible, signs with its clock plus {@link ClockOffset},
 * and never lets a secret into a message.
 *
 * @category services
 * @since 0.1.0
 */
export class StsBackend extends Context.Service<
  StsBackend,
  {
    /** Makes one attempt at an operation. */
    readonly execute: <Op extends Operation.Any>(
      operation: Op,
      request: Operation.EncodedRequest<Op>,
      credentials: AwsCredentials | undefined,
    ) => Effect.Effect<Answer<unknown>, BackendFailure>
    /** The region that requests go to, for spans. */
    readonly region?: string | undefined
  }
>()("@effect-sts/core/StsBackend") {}

/**
 * How far STS's clock is ahead of ours, in milliseconds. Core sets it for each attempt from what earlier answers told;
 * a backend that signs adds it to the time it signs with.
 *
 * @category references
 * @since 0.1.0
 */
export const ClockOffset = Context.Reference<number>("@effect-sts/core/StsBackend/ClockOffset", {
  defaultValue: () => 0,
})
