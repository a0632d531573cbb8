// Backends that are wrong on purpose, each in one way.
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"

type Backend = StsBackend.StsBackend["Service"]
type Credentials = AwsCredentials.AwsCredentials

interface Attempt {
  readonly operation: Operation.Any
  readonly request: unknown
  readonly credentials: Credentials | undefined
}

type Execute = (attempt: Attempt) => Effect.Effect<StsBackend.Answer<unknown>, StsBackend.BackendFailure>

const wrap =
  (change: (execute: Execute) => Execute) =>
  ({ execute, ...rest }: Backend): Backend => {
    const changed = change(({ credentials, operation, request }) => execute(operation, request, credentials))
    return { ...rest, execute: (operation, request, credentials) => changed({ operation, request, credentials }) }
  }

/** With every string of a request changed. */
const mapStrings = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === "string") return change(value)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change))
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapStrings(member, change)]))
}

const without = (value: unknown, field: string) =>
  Predicate.isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== field)) : value

const isThrottling = ({ reason }: StsBackend.BackendFailure) => reason._tag === "Throttling"

/** Each is made anew for each world. */
export const wrong = {
  "loses the session token": wrap((execute) => (attempt) => {
    const { accessKeyId, secretAccessKey } = attempt.credentials ?? {}
    return accessKeyId === undefined || secretAccessKey === undefined
      ? execute(attempt)
      : execute({ ...attempt, credentials: new AwsCredentials.AwsCredentials({ accessKeyId, secretAccessKey }) })
  }),
  "ignores the duration": wrap(
    (execute) => (attempt) => execute({ ...attempt, request: without(attempt.request, "DurationSeconds") }),
  ),
  "loses the tags": wrap((execute) => (attempt) => execute({ ...attempt, request: without(attempt.request, "Tags") })),
  "lets no tag pass on": wrap(
    (execute) => (attempt) => execute({ ...attempt, request: without(attempt.request, "TransitiveTagKeys") }),
  ),
  "ignores managed policies": wrap(
    (execute) => (attempt) => execute({ ...attempt, request: without(attempt.request, "PolicyArns") }),
  ),
  "swallows a throttle": wrap((execute) => {
    const again: Execute = (attempt) =>
      Effect.catchIf(execute(attempt), isThrottling, () => Effect.suspend(() => again(attempt)))
    return again
  }),
  "answers as the previous identity": wrap((execute) => {
    let previous: Credentials | undefined
    return (attempt) =>
      Effect.suspend(() => {
        const credentials = attempt.credentials && (previous ?? attempt.credentials)
        previous = attempt.credentials ?? previous
        return execute({ ...attempt, credentials })
      })
  }),
  "drops the request id": wrap(
    (execute) => (attempt) =>
      Effect.mapBoth(execute(attempt), {
        onFailure: ({ date, httpStatus, reason }) => new StsBackend.BackendFailure({ date, httpStatus, reason }),
        onSuccess: ({ date, response }) => ({ date, response }),
      }),
  ),
  "drops the request id of what succeeded": wrap(
    (execute) => (attempt) => Effect.map(execute(attempt), ({ date, response }) => ({ date, response })),
  ),
  "drops the HTTP status": wrap(
    (execute) => (attempt) =>
      Effect.mapError(
        execute(attempt),
        ({ date, reason, requestId }) => new StsBackend.BackendFailure({ date, requestId, reason }),
      ),
  ),
  "mixes concurrent callers": wrap((execute) => {
    let latest: Credentials | undefined
    return (attempt) =>
      Effect.suspend(() => {
        latest = attempt.credentials
        return Effect.andThen(
          Effect.yieldNow,
          Effect.suspend(() => execute({ ...attempt, credentials: attempt.credentials && latest })),
        )
      })
  }),
  "ignores interruption": wrap((execute) => (attempt) => Effect.uninterruptible(execute(attempt))),
  "goes on after interruption": wrap(
    (execute) => (attempt) => Effect.flatMap(Effect.forkDetach(execute(attempt)), Fiber.join),
  ),
  "retries by itself": wrap(
    (execute) => (attempt) =>
      Effect.catchIf(
        execute(attempt),
        ({ httpStatus = 0 }) => httpStatus !== 403,
        () => execute(attempt),
      ),
  ),
  "truncates long values": wrap(
    (execute) => (attempt) =>
      execute({ ...attempt, request: mapStrings(attempt.request, (text) => text.slice(0, 1024)) }),
  ),
  "reads + as a space": wrap(
    (execute) => (attempt) =>
      execute({ ...attempt, request: mapStrings(attempt.request, (text) => text.replaceAll("+", " ")) }),
  ),
  "signs by its own clock alone": wrap(
    (execute) => (attempt) => Effect.provideService(execute(attempt), StsBackend.ClockOffset, 0),
  ),
  "takes all that fails for a broken connection": wrap(
    (execute) => (attempt) =>
      Effect.mapError(
        execute(attempt),
        () => new StsBackend.BackendFailure({ reason: new StsError.TransportError({ message: "No answer came" }) }),
      ),
  ),
} satisfies { readonly [fault: string]: (backend: Backend) => Backend }
