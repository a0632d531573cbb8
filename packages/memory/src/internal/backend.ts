/**
 * The engine as a backend in this process. What a fault does to an answer on its way it tells as `StsFetch` would.
 */
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Door from "./engine/door.ts"
import * as Engine from "./engine/engine.ts"

const fail = (failure: ConstructorParameters<typeof StsBackend.BackendFailure>[0]) =>
  Effect.fail(new StsBackend.BackendFailure(failure))

const toWholeAnswer = ({ date, requestId, result, retryAfter }: Engine.Answer) => {
  const known = { requestId, date: DateTime.makeUnsafe(date) }
  if (Result.isSuccess(result)) return Effect.succeed({ ...known, response: result.success })
  const { httpStatus, reason } = result.failure
  // Where nothing answered there is neither an id nor a date.
  return fail(reason._tag === "TransportError" ? { reason } : { ...known, reason, httpStatus, retryAfter })
}

const toAnswer = (answer: Engine.Answer): Effect.Effect<StsBackend.Answer<unknown>, StsBackend.BackendFailure> => {
  const { delivery, requestId, result, retryAfter } = answer
  const date = DateTime.makeUnsafe(answer.date)
  const httpStatus = Result.isSuccess(result) ? 200 : result.failure.httpStatus
  switch (delivery._tag) {
    case "Whole":
      return toWholeAnswer(answer)
    case "ProxyError":
      return Result.isSuccess(result)
        ? toWholeAnswer(answer)
        : fail({ reason: result.failure.reason, date, httpStatus, retryAfter })
    case "LostAnswer":
      return fail({ reason: new StsError.TransportError({ message: "No answer came (ECONNRESET)" }) })
    case "TruncatedBody": {
      const message = "The answer was cut off (UND_ERR_SOCKET)"
      return fail({ requestId, date, httpStatus, reason: new StsError.TransportError({ message, isSent: true }) })
    }
    case "EmptyBody": {
      const message = `HTTP ${httpStatus} with content type text/xml: The body is empty`
      return fail({ requestId, date, httpStatus, reason: new StsError.InvalidResponse({ message }) })
    }
  }
}

/** What credentials prove in process, where the secret itself can be compared. */
export const toProof = ({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials.AwsCredentials) => ({
  accessKeyId,
  sessionToken: sessionToken && Redacted.value(sessionToken),
  isSignedWith: (secret: Redacted.Redacted) => Redacted.value(secret) === Redacted.value(secretAccessKey),
})

export const make = (engine: Engine.Engine): StsBackend.StsBackend["Service"] =>
  StsBackend.StsBackend.of({
    region: engine.state.region,
    execute: (operation, request, credentials) =>
      Effect.flatMap(Door.arrival(engine), (now) =>
        Effect.flatMap(
          Engine.handle(engine, now, { operation, request, proof: credentials && toProof(credentials) }),
          toAnswer,
        ),
      ),
  })
