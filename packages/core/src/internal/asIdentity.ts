/**
 * A signed call with an identity that can be renewed.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AwsCredentials } from "../AwsCredentials.ts"
import type { StsError } from "../StsError.ts"

/** Whose credentials sign. */
export interface Identity<out E, out R> {
  readonly current: Effect.Effect<AwsCredentials, E, R>
  /** Gives up the credentials with that key: whoever asks next gets others, if there are. */
  readonly invalidate: (accessKeyId: string) => Effect.Effect<void, never, R>
}

/**
 * Makes the call with the identity's current credentials. When STS says that they have expired although their time is not
 * over, they are given up, and the call is made once more if there are others. STS says so before it looks at the
 * request, so an MFA code in it was not taken.
 */
export const asIdentity = Effect.fnUntraced(function* <A, E extends StsError, E2, R, R2>(
  { current, invalidate }: Identity<E2, R2>,
  call: (credentials: AwsCredentials) => Effect.Effect<A, E, R>,
): Effect.fn.Return<A, E | E2, R | R2> {
  const credentials = yield* current
  const result = yield* Effect.result(call(credentials))
  if (Result.isSuccess(result)) return result.success
  if (result.failure.reason._tag !== "ExpiredToken") return yield* Effect.fail(result.failure)
  yield* invalidate(credentials.accessKeyId)
  const renewed = yield* current
  return yield* renewed.accessKeyId === credentials.accessKeyId ? Effect.fail(result.failure) : call(renewed)
})
