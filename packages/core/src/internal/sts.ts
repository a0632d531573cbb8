/**
 * The `Sts` service and all that happens to a call between the caller and the backend: validation, retry, clock skew,
 * spans, metrics.
 *
 * It knows nothing of the credential stack: sources call it with credentials in hand, and the accessors of `Sts.ts`
 * read the stack. So there is no circle.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import type { AwsCredentials } from "../AwsCredentials.ts"
import type * as Operation from "../Operation.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as StsBackend from "../StsBackend.ts"
import * as StsError from "../StsError.ts"
import { describeIssue } from "./describeIssue.ts"
import { isPlain } from "./isPlain.ts"
import { normalize } from "./normalize.ts"
import { omitUndefined } from "./omitUndefined.ts"

/**
 * AWS STS. Most programs use the accessors (`Sts.assumeRole(…)`), which sign with the identity of the credential stack;
 * `call` takes the credentials explicitly.
 *
 * @category services
 * @since 0.1.0
 */
export class Sts extends Context.Service<
  Sts,
  {
    readonly call: <Op extends Operation.Any>(
      operation: Op,
      input: Operation.Input<Op>,
      ...credentials: Operation.CallCredentials<Op>
    ) => Effect.Effect<Operation.Response<Op>, Operation.Error<Op>>
  }
>()("@effect-sts/core/Sts") {}

/** The metrics of one operation. */
const makeMeters = (operation: string) => {
  const outcomes = new Map<string, Metric.Counter<number>>()
  return {
    attempts: Metric.counter("sts_attempts_total", {
      description: "Requests sent to STS, by operation",
      incremental: true,
      attributes: { operation },
    }),
    latency: Metric.timer("sts_call_duration", {
      description: "Time from call to answer, retries included, by operation",
      attributes: { operation },
    }),
    calls: (outcome: string) => {
      const known = outcomes.get(outcome)
      if (known !== undefined) return known
      const counter = Metric.counter("sts_calls_total", {
        description: "Calls to STS, by operation and outcome",
        incremental: true,
        attributes: { operation, outcome },
      })
      outcomes.set(outcome, counter)
      return counter
    },
  }
}

/** A difference that is worth correcting: the limit of the AWS SDKs. */
const skewToCorrect = Duration.toMillis("4 minutes")

/** Answers that a wrong clock causes. */
const isClockReason = (reason: StsError.Reason) =>
  reason._tag === "SignatureDoesNotMatch" || reason._tag === "RequestExpired"

/**
 * Every secret string in a value, to keep STS's own words from repeating one. What is shorter than an MFA code is no
 * secret of STS's, and would only garble the words.
 */
const secretsIn = (value: unknown): ReadonlyArray<string> =>
  Redacted.isRedacted(value)
    ? [String(Redacted.value(value))].filter((secret) => secret.length >= 6)
    : Predicate.isObject(value)
      ? Object.values(value).flatMap(secretsIn)
      : []

const withoutSecrets = (reason: StsError.Reason, secrets: ReadonlyArray<string>): StsError.Reason => {
  const clean = (text: string) => secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "<redacted>"), text)
  const message = clean(reason.message)
  if (message === reason.message) return reason
  switch (reason._tag) {
    case "InvalidRequest": {
      const issues = reason.issues.map((issue) => ({ field: issue.field, message: clean(issue.message) }))
      return new StsError.InvalidRequest({ field: reason.field, message, issues })
    }
    case "InvalidResponse":
      return new StsError.InvalidResponse({ message })
    case "TransportError":
      return new StsError.TransportError(omitUndefined({ isSent: reason.isSent, message }))
    case "UnknownServiceError":
      return new StsError.UnknownServiceError({ code: reason.code, message })
    default:
      return StsError.reasonFromCode(reason._tag, message)
  }
}

/** The reason as this operation can have it: a code that it does not list becomes `UnknownServiceError`. */
const listed = <Op extends Operation.Any>(operation: Op, reason: StsError.Reason): Operation.Reason<Op> => {
  const isListed = StsError.isLocal(reason) || operation.codes.some((code) => code === reason._tag)
  const known = isListed ? reason : new StsError.UnknownServiceError({ code: reason._tag, message: reason.message })
  // oxlint-disable-next-line no-unsafe-type-assertion -- isListed proves it, through a generic that types cannot follow
  return known as Operation.Reason<Op>
}

/** Says on the span of a call what it asks for. */
const describeRequest = (span: Tracer.Span, request: unknown): void => {
  if (Predicate.hasProperty(request, "roleArn")) span.attribute("aws.sts.role_arn", request.roleArn)
  if (Predicate.hasProperty(request, "roleSessionName")) {
    span.attribute("aws.sts.role_session_name", request.roleSessionName)
  }
}

const describeIssues = (error: Schema.SchemaError, whole: string) => {
  const issues = describeIssue(error.issue, whole)
  return { issues, message: issues.map(({ field, message }) => `${field}: ${message}`).join("; ") }
}

/** Whether nothing can be in a value that its schema does not know. */
const isScalar = (value: unknown) =>
  Predicate.isString(value) || Predicate.isNumber(value) || Redacted.isRedacted(value) || Duration.isDuration(value)

/** Reads what a caller gave, and puts it into AWS's own names. */
const encoder = <Op extends Operation.Any>(operation: Op) => {
  const encode = Schema.encodeUnknownEffect(operation.request)
  // To look for all faults, and for fields that there are not, takes longer, so it is for requests that may have some.
  const examine = Schema.encodeUnknownEffect(operation.request, { errors: "all", onExcessProperty: "error" })
  const { ast } = Schema.toType(operation.request)
  const fields = new Set(ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => name) : [])
  const isFlat = (request: unknown) =>
    isPlain(request) && Object.entries(request).every(([field, value]) => fields.has(field) && isScalar(value))
  return (request: unknown): Effect.Effect<Operation.EncodedRequest<Op>, StsError.StsError<StsError.InvalidRequest>> =>
    Effect.mapErrorEager(
      isFlat(request) ? Effect.catchEager(encode(request), () => examine(request)) : examine(request),
      (error) => {
        const { issues, message } = describeIssues(error, "request")
        const reason = new StsError.InvalidRequest({ field: issues[0].field, message, issues })
        return new StsError.StsError({ operation: operation.name, reason })
      },
    )
}

/** The request in AWS's own names, if it breaks no rule that is known on this side. */
export const encode = <Op extends Operation.Any>(
  operation: Op,
  request: unknown,
): Effect.Effect<Operation.EncodedRequest<Op>, StsError.StsError<StsError.InvalidRequest>> =>
  encoder(operation)(request)

/** What the calls of an operation need. Made once: to make it costs more than to use it. */
const prepare = <Op extends Operation.Any>(operation: Op, region: string | undefined) => ({
  operation,
  encode: encoder(operation),
  decode: Schema.decodeUnknownEffect(operation.response),
  meters: makeMeters(operation.name),
  spanName: `STS.${operation.name}`,
  spanAttributes: {
    "rpc.system": "aws-api",
    "rpc.service": "STS",
    "rpc.method": operation.name,
    ...(region === undefined ? {} : { "cloud.region": region }),
  },
})

type Prepared<Op extends Operation.Any> = ReturnType<typeof prepare<Op>>

const outcomeOf = <A>(exit: Exit.Exit<A, StsError.StsError>): string => {
  if (Exit.isSuccess(exit)) return "Success"
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return error.value.reason._tag
  return Cause.hasInterruptsOnly(exit.cause) ? "Interrupted" : "Defect"
}

/** Counts the call, and takes its time. */
const observe =
  ({ meters }: Pick<Prepared<Operation.Any>, "meters">) =>
  <A, E extends StsError.StsError, R>(call: Effect.Effect<A, E, R>) =>
    Effect.withFiber<A, E, R>((fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const start = clock.currentTimeMillisUnsafe()
      return Effect.onExit(call, (exit) => {
        meters.calls(outcomeOf(exit)).updateUnsafe(1, fiber.context)
        meters.latency.updateUnsafe(Duration.millis(clock.currentTimeMillisUnsafe() - start), fiber.context)
        return Effect.void
      })
    })

const make = Effect.gen(function* () {
  const backend = yield* StsBackend.StsBackend
  const prepared = new Map<Operation.Any, unknown>()
  const preparedOf = <Op extends Operation.Any>(operation: Op): Prepared<Op> => {
    // oxlint-disable-next-line no-unsafe-type-assertion -- under each operation stands what was prepared for it
    const known = prepared.get(operation) as Prepared<Op> | undefined
    if (known !== undefined) return known
    const made = prepare(operation, backend.region)
    prepared.set(operation, made)
    return made
  }

  // How far STS's clock is ahead of ours, by its last answer. One STS has one clock, so all calls share it.
  let clockOffset = 0

  const learnClock = (date: DateTime.Utc, now: number) => {
    const measured = DateTime.toEpochMillis(date) - now
    if (Math.abs(measured - clockOffset) < skewToCorrect) return
    clockOffset = Math.abs(measured) < skewToCorrect ? 0 : measured
  }

  const send = Effect.fnUntraced(function* <Op extends Operation.Any>(
    { decode, encode, meters, operation }: Prepared<Op>,
    input: unknown,
    credentials: AwsCredentials | undefined,
    span: Tracer.Span,
  ) {
    const request = normalize(operation.request, input)
    const encoded = yield* encode(request)
    describeRequest(span, request)
    const { context } = yield* Effect.fiber
    const clock = Context.get(context, Clock.Clock)
    const policy = Context.get(context, RetryPolicy.RetryPolicy)
    const carriesMfaCode = Predicate.hasProperty(request, "mfa")
    let isClockCorrected = false
    for (let attempts = 1; ; attempts++) {
      span.attribute("aws.sts.attempts", attempts)
      meters.attempts.updateUnsafe(1, context)
      const signedWith = clockOffset
      const attempt = backend.execute(operation, encoded, credentials)
      const result = yield* Effect.result(
        Context.get(context, StsBackend.ClockOffset) === signedWith
          ? attempt
          : Effect.provideService(attempt, StsBackend.ClockOffset, signedWith),
      )
      const answer = Result.merge(result)
      if (answer.date !== undefined) learnClock(answer.date, clock.currentTimeMillisUnsafe())
      if (answer.requestId !== undefined) span.attribute("aws.request_id", answer.requestId)
      const known = { operation: operation.name, requestId: answer.requestId, attempts }
      if (Result.isSuccess(result)) {
        return yield* Effect.mapErrorEager(
          decode(result.success.response),
          (error) =>
            new StsError.StsError({
              ...known,
              reason: new StsError.InvalidResponse({ message: describeIssues(error, "response").message }),
            }),
        )
      }
      const { httpStatus, reason, retryAfter } = result.failure
      const error = new StsError.StsError({
        ...known,
        reason: listed(operation, withoutSecrets(reason, [...secretsIn(credentials), ...secretsIn(request)])),
        httpStatus,
        retryAfter,
      })
      // STS checks the signature before all else, so a request refused for its clock took no MFA code. The clock may be
      // known from another call's answer by now.
      if (clockOffset !== signedWith && !isClockCorrected && isClockReason(reason)) {
        isClockCorrected = true
        continue
      }
      const mayHaveTakenCode = carriesMfaCode && !(reason._tag === "TransportError" && reason.isSent === false)
      if (mayHaveTakenCode || attempts >= policy.attempts || !policy.isRetryable(error)) return yield* error
      const longest = Duration.fromInputUnsafe(policy.maxDelay)
      if (retryAfter !== undefined && Duration.isGreaterThan(retryAfter, longest)) return yield* error
      yield* Effect.sleep(yield* RetryPolicy.delay(policy, attempts, retryAfter))
    }
  })

  const call = <Op extends Operation.Any>(
    operation: Op,
    input: Operation.Input<Op>,
    ...[credentials]: Operation.CallCredentials<Op>
  ): Effect.Effect<Operation.Response<Op>, Operation.Error<Op>> => {
    const known = preparedOf(operation)
    const { spanAttributes: attributes, spanName } = known
    return Effect.useSpan(spanName, { kind: "client", attributes }, (span) =>
      send(known, input, credentials, span).pipe(Effect.provideService(Tracer.ParentSpan, span), observe(known)),
    )
  }

  return Sts.of({ call })
})

/**
 * `Sts` on whatever backend is there. Never memoized: two backends in one graph are two services.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Sts, never, StsBackend.StsBackend> = /*#__PURE__*/ Layer.fresh(Layer.effect(Sts, make))
