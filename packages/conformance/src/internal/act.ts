/** Short ways to act in the world of the laws. */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import { GetFederationToken } from "@effect-sts/core/operations/GetFederationToken"
import { GetSessionToken } from "@effect-sts/core/operations/GetSessionToken"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as StsError from "@effect-sts/core/StsError"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { equal, isTrue, match } from "./expect.ts"
import { rootArn, userArn } from "./world.ts"

export const call = <Op extends Operation.Any>(
  operation: Op,
  input: Operation.Input<Op>,
  ...credentials: Operation.CallCredentials<Op>
): Effect.Effect<Operation.Response<Op>, Operation.Error<Op>, Sts.Sts> =>
  Effect.flatMap(Sts.Sts, (sts) => sts.call(operation, input, ...credentials))

type Credentials = AwsCredentials.AwsCredentials

export const assumeRole = (as: Credentials, input: Operation.Input<typeof AssumeRole>) => call(AssumeRole, input, as)
export const getFederationToken = (as: Credentials, input: Operation.Input<typeof GetFederationToken>) =>
  call(GetFederationToken, input, as)
export const getSessionToken = (as: Credentials, input: Operation.Input<typeof GetSessionToken> = {}) =>
  call(GetSessionToken, input, as)
export const getCallerIdentity = (as: Credentials) => call(GetCallerIdentity, {}, as)

/** Who STS says that these credentials are. */
export const arnOf = (as: Credentials) => Effect.map(getCallerIdentity(as), ({ arn }) => arn)

export const user = (name: string) => StsMemory.credentials(userArn(name))
export const alice = user("alice")
export const bob = user("bob")
export const root = StsMemory.credentials(rootArn)

/** The credentials of a role. */
export const session = (as: Credentials, arn: string, roleSessionName = "laws") =>
  Effect.map(assumeRole(as, { roleArn: arn, roleSessionName }), ({ credentials }) => credentials)

/** The same credentials with something else in them. */
export const changed = (
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  change: Partial<Pick<Credentials, "accessKeyId" | "secretAccessKey" | "sessionToken">>,
) =>
  new AwsCredentials.AwsCredentials({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...change,
  })

/** Without retries. */
export const once = RetryPolicy.withRetryPolicy({ attempts: 1 })

/** With waits between the attempts, which laws are otherwise spared. */
export const patiently = RetryPolicy.withRetryPolicy({ baseDelay: "100 millis" })

export const outcomes = Effect.map(StsMemory.calls, (calls) => calls.map(({ outcome }) => outcome))

/** The wire code, also of those that the operation does not list. */
export const codeOf = ({ reason }: StsError.StsError): string =>
  reason._tag === "UnknownServiceError" ? reason.code : reason._tag

const requestId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

export interface Refusal {
  readonly code: string
  readonly status: number
  readonly message?: string
}

/** That a call is refused by STS, at once, with a reason that stands for itself. */
export const refused = Effect.fnUntraced(function* <A, E extends StsError.StsError, R>(
  what: string,
  effect: Effect.Effect<A, E, R>,
  expected: Refusal,
) {
  const result = yield* Effect.result(effect)
  yield* isTrue(`${what} is refused`, result._tag === "Failure")
  if (result._tag === "Success") return
  const error = result.failure
  yield* isTrue(`${what} fails with an StsError`, error instanceof StsError.StsError)
  yield* equal(`${what}: the code`, codeOf(error), expected.code)
  yield* equal(`${what}: the HTTP status`, error.httpStatus, expected.status)
  if (expected.message !== undefined) yield* equal(`${what}: the message`, error.reason.message, expected.message)
  yield* match(`${what}: the request id`, error.requestId, requestId)
  yield* equal(`${what}: the attempts`, error.attempts, 1)
})

export const notAuthorized = (caller: string, action: string, resource: string): Refusal => ({
  code: "AccessDenied",
  status: 403,
  message: `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`,
})

/** What STS says of an action that has no resource. */
export const notAuthorizedTo = (caller: string, action: string, kind = "identity-based"): Refusal => ({
  code: "AccessDenied",
  status: 403,
  message: `User: ${caller} is not authorized to perform: ${action} because no ${kind} policy allows the ${action} action`,
})

/** Lets sockets and other things that are not Effect's come on. */
export const breathe = (millis = 2) => TestClock.withLive(Effect.sleep(Duration.millis(millis)))

/**
 * Runs an effect to its end while time passes, in steps that are small beside the time that a backend waits for an
 * answer.
 */
export const whileTimePasses = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  while (fiber.pollUnsafe() === undefined) {
    yield* breathe(1)
    yield* TestClock.adjust("10 millis")
  }
  return yield* Fiber.join(fiber)
})

/** Runs an effect with a clock that is ahead of everybody else's. */
export const withClockAhead =
  (difference: Duration.Input) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const millis = Duration.toMillis(difference)
    return Effect.flatMap(Clock.Clock, (clock) =>
      Effect.provideService(effect, Clock.Clock, {
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(millis) * 1_000_000n,
        currentTimeNanos: Effect.map(clock.currentTimeNanos, (now) => now + BigInt(millis) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        sleep: (duration) => clock.sleep(duration),
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + millis,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + millis),
      }),
    )
  }

/** The spans of the calls that an effect makes. */
export const spansOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<Tracer.Span>, E, R> =>
  Effect.suspend(() => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        if (span.name.startsWith("STS.")) spans.push(span)
        return span
      },
    })
    return Effect.as(Effect.withTracer(effect, tracer), spans)
  })
