import { assert, describe, it } from "@effect/vitest"
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetCallerIdentity, GetCallerIdentityResponse } from "@effect-sts/core/operations/GetCallerIdentity"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as StubSts from "./support/stubSts.ts"

const { role, roleArn, whoami } = StubSts

const test = (
  name: string,
  body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Sts.Sts | CredentialStack.CredentialStack>,
) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return body(stub).pipe(Effect.provide(StubSts.layer(stub)))
  })

const valid = { roleArn: roleArn("A"), roleSessionName: "test" }

/** What a caller without a type checker may write. */
const assumeRole = (input: object) => Sts.assumeRole({ ...valid, ...input })

const failure = (reason: StsError.Reason, options: object = {}) =>
  Effect.fail(new StsBackend.BackendFailure({ reason, ...options }))

const throttled = failure(new StsError.Throttling({ message: "Rate exceeded" }), { httpStatus: 400 })

/** Runs an effect while time passes as it needs. */
const patiently = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
  yield* TestClock.adjust("1 day")
  return yield* Fiber.join(fiber)
})

describe("validation", () => {
  const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, "v"]))
  const cases: ReadonlyArray<readonly [name: string, input: object, field: string, rule: RegExp]> = [
    ["a role ARN of 19 characters", { roleArn: "arn:aws:iam::1:role" }, "roleArn", /must have 20 to 2048 characters/],
    ["a duration of 61 seconds", { duration: "61 seconds" }, "duration", /900 to 43200 whole seconds/],
    ["13 hours", { duration: "13 hours" }, "duration", /900 to 43200 whole seconds/],
    ["a bare number", { duration: 3600 }, "duration", /bare number is milliseconds, so write "3600 seconds"/],
    ["no duration at all", { duration: "soon" }, "duration", /Duration/],
    ["51 tags", { tags: tags(51) }, "tags", /must have 0 to 50 items/],
    ["an unknown field", { roleSesionName: "typo" }, "roleSesionName", /./],
    ["a serial without a code", { mfa: { serialNumber: "arn:aws:iam::1:mfa/alice" } }, "mfa.tokenCode", /./],
    ["a code of five digits", { mfa: { serialNumber: "GAHT12345678", tokenCode: "12345" } }, "mfa.tokenCode", /6/],
    ["no session name", { roleSessionName: undefined }, "roleSessionName", /./],
    ["a number for a name", { roleSessionName: 42 }, "roleSessionName", /string/],
  ]
  for (const [name, input, field, rule] of cases) {
    test(`refuses ${name}: names the field and the rule, and sends nothing`, (stub) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(assumeRole(input))
        assert.strictEqual(error._tag, "StsError")
        assert(error._tag === "StsError" && error.reason._tag === "InvalidRequest")
        assert.strictEqual(error.reason.field, field)
        assert.match(error.message, rule)
        assert.include(error.message, field)
        assert.strictEqual(error.attempts, 0)
        assert.isFalse(error.isRetryable)
        assert.deepStrictEqual(stub.calls, [])
      }))
  }

  test("names every field at fault", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(assumeRole({ roleArn: "short", roleSessionName: "" }))
      assert(error._tag === "StsError" && error.reason._tag === "InvalidRequest")
      assert.deepStrictEqual(
        error.reason.issues.map((issue) => issue.field),
        ["roleArn", "roleSessionName"],
      )
    }))

  test("never shows a value that it refuses", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(assumeRole({ mfa: { serialNumber: "GAHT12345678", tokenCode: "hunter2" } }))
      assert.notInclude(JSON.stringify(error) + String(error) + error.message, "hunter2")
    }))

  it.effect("refuses an input that is no object, by the service itself", () =>
    Effect.gen(function* () {
      const sts = yield* Sts.Sts
      const credentials = yield* AwsCredentials.fromInput(StubSts.longTerm("root"))
      for (const input of [undefined, null, "x", []]) {
        const error = yield* Effect.flip(sts.call(AssumeRole, input as never, credentials))
        assert.strictEqual(error.reason._tag, "InvalidRequest")
      }
    }).pipe(Effect.provide(StubSts.make().layer)),
  )
})

describe("inputs", () => {
  test("reach the backend in AWS's own names: durations in seconds, secrets plain, policies as text", (stub) =>
    Effect.gen(function* () {
      yield* Sts.assumeRole({
        ...valid,
        duration: "1 hour",
        policy: { Version: "2012-10-17", Statement: [] },
        tags: { team: "a" },
        externalId: undefined,
        mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" },
      })
      assert.deepStrictEqual(stub.calls[0]?.request, {
        RoleArn: valid.roleArn,
        RoleSessionName: "test",
        DurationSeconds: 3600,
        Policy: '{"Version":"2012-10-17","Statement":[]}',
        Tags: [{ Key: "team", Value: "a" }],
        SerialNumber: "GAHT12345678",
        TokenCode: "123456",
      })
    }))

  const durations: ReadonlyArray<readonly [Duration.Input, number]> = [
    ["1 hour", 3600],
    [Duration.minutes(15), 900],
    [900_000, 900],
    [{ minutes: 20 }, 1200],
  ]
  for (const [duration, seconds] of durations) {
    test(`take a duration as ${JSON.stringify(duration)}`, (stub) =>
      Effect.gen(function* () {
        yield* Sts.assumeRole({ ...valid, duration })
        assert.strictEqual(stub.calls[0]?.request["DurationSeconds"], seconds)
      }))
  }

  test("take a secret that is Redacted already", (stub) =>
    Effect.gen(function* () {
      const tokenCode = Redacted.make("123456")
      yield* Sts.getSessionToken({ mfa: { serialNumber: "GAHT12345678", tokenCode } })
      assert.strictEqual(stub.calls[0]?.request["TokenCode"], "123456")
    }).pipe(Effect.exit, Effect.asVoid))

  test("of an unsigned operation need no identity, and are sent without one", (stub) =>
    Effect.gen(function* () {
      yield* Sts.assumeRoleWithWebIdentity({ ...valid, webIdentityToken: "a.b.c" })
      assert.strictEqual(stub.calls[0]?.by, undefined)
    }))
})

describe("retry", () => {
  const attemptsOf = (stub: StubSts.Stub) => stub.calls.length
  const retryable: Record<string, Effect.Effect<never, StsBackend.BackendFailure>> = {
    Throttling: throttled,
    InternalFailure: failure(new StsError.InternalFailure({ message: "" }), { httpStatus: 500 }),
    ServiceUnavailable: failure(new StsError.ServiceUnavailable({ message: "" }), { httpStatus: 503 }),
    TransportError: failure(new StsError.TransportError({ message: "reset" })),
    "a 5xx of an unknown code": failure(new StsError.UnknownServiceError({ code: "Odd", message: "" }), {
      httpStatus: 502,
    }),
  }
  for (const [name, fails] of Object.entries(retryable)) {
    test(`tries ${name} again, three times in all`, (stub) =>
      Effect.gen(function* () {
        stub.next(fails, fails)
        yield* patiently(Sts.assumeRole(valid))
        stub.next(fails, fails, fails)
        const error = yield* patiently(Effect.flip(Sts.assumeRole(valid)))
        assert(error._tag === "StsError")
        assert.strictEqual(error.attempts, 3)
        assert.isTrue(error.isRetryable)
        assert.strictEqual(attemptsOf(stub), 6)
      }))
  }

  const final: Record<string, StsError.Reason> = {
    AccessDenied: new StsError.AccessDenied({ message: "" }),
    ValidationError: new StsError.ValidationError({ message: "" }),
    InvalidClientTokenId: new StsError.InvalidClientTokenId({ message: "" }),
    InvalidResponse: new StsError.InvalidResponse({ message: "" }),
    "an unknown code": new StsError.UnknownServiceError({ code: "Odd", message: "" }),
  }
  for (const [name, reason] of Object.entries(final)) {
    test(`does not try ${name} again`, (stub) =>
      Effect.gen(function* () {
        stub.next(failure(reason, { httpStatus: 403 }))
        const error = yield* Effect.flip(Sts.assumeRole(valid))
        assert.strictEqual(error.reason._tag, reason._tag)
        assert.strictEqual(attemptsOf(stub), 1)
      }))
  }

  test("waits with full jitter: uniformly between nothing and 100 ms, then 200 ms", (stub) =>
    Effect.gen(function* () {
      const waits: Array<readonly [number, number]> = []
      for (let run = 0; run < 200; run++) {
        stub.calls.length = 0
        stub.next(throttled, throttled)
        yield* patiently(Random.withSeed(Sts.assumeRole(valid), run))
        const [first = 0, second = 0, third = 0] = stub.calls.map((call) => call.at)
        waits.push([second - first, third - second])
      }
      for (const [index, limit] of [100, 200].entries()) {
        const sorted = waits.map((wait) => wait[index] ?? Infinity).toSorted((a, b) => a - b)
        assert.isAtMost(sorted.at(-1) ?? Infinity, limit)
        assert.isAbove(sorted.at(-1) ?? 0, limit * 0.9)
        assert.isBelow(sorted[0] ?? Infinity, limit * 0.1)
        assert.approximately(sorted[100] ?? 0, limit / 2, limit * 0.15)
      }
    }))

  it.effect("never waits longer than the limit, or than STS asks for", () =>
    Effect.gen(function* () {
      const policy = yield* RetryPolicy.RetryPolicy
      for (let run = 0; run < 100; run++) {
        const wait = yield* RetryPolicy.delay(policy, 60, undefined)
        assert.isTrue(Duration.isLessThanOrEqualTo(wait, Duration.seconds(20)))
        const asked = yield* RetryPolicy.delay(policy, 1, Duration.seconds(30))
        assert.strictEqual(Duration.toSeconds(asked), 30)
      }
    }).pipe(Random.withSeed("delay")),
  )

  test("honours Retry-After", (stub) =>
    Effect.gen(function* () {
      const later = failure(new StsError.Throttling({ message: "" }), { retryAfter: Duration.seconds(7) })
      stub.next(later)
      yield* patiently(Sts.assumeRole(valid))
      const [first = 0, second = 0] = stub.calls.map((call) => call.at)
      assert.strictEqual(second - first, 7000)
      stub.next(later, later, later)
      const error = yield* patiently(Effect.flip(Sts.assumeRole(valid)))
      assert(error._tag === "StsError")
      assert.deepStrictEqual(error.retryAfter, Duration.seconds(7))
    }))

  test("gives up where Retry-After is longer than the policy waits", (stub) =>
    Effect.gen(function* () {
      stub.next(failure(new StsError.Throttling({ message: "" }), { retryAfter: Duration.days(1) }))
      const error = yield* patiently(Effect.flip(Sts.assumeRole(valid)))
      assert(error._tag === "StsError")
      assert.deepStrictEqual(error.retryAfter, Duration.days(1))
      assert.strictEqual(stub.calls.length, 1)
    }))

  test("never sends an MFA code twice, unless STS certainly did not get it", (stub) =>
    Effect.gen(function* () {
      const withCode = Sts.assumeRole({ ...valid, mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" } })
      const sent = [
        throttled,
        failure(new StsError.TransportError({ message: "cut off" })),
        failure(new StsError.TransportError({ message: "cut off", isSent: true })),
        failure(new StsError.InternalFailure({ message: "" }), { httpStatus: 500 }),
      ]
      for (const fails of sent) {
        stub.calls.length = 0
        stub.next(fails)
        yield* patiently(Effect.flip(withCode))
        assert.strictEqual(attemptsOf(stub), 1)
      }
      stub.calls.length = 0
      stub.next(failure(new StsError.TransportError({ message: "refused", isSent: false })))
      yield* patiently(withCode)
      assert.strictEqual(attemptsOf(stub), 2)
    }))

  test("never sends an MFA code twice, whatever the policy says", (stub) =>
    Effect.gen(function* () {
      stub.next(throttled)
      yield* patiently(
        Effect.flip(Sts.assumeRole({ ...valid, mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" } })),
      ).pipe(RetryPolicy.withRetryPolicy({ attempts: 9, isRetryable: () => true }))
      assert.strictEqual(attemptsOf(stub), 1)
    }))

  test("follows withRetryPolicy, which changes only what it names", (stub) =>
    Effect.gen(function* () {
      stub.next(throttled)
      yield* Effect.flip(Sts.assumeRole(valid)).pipe(RetryPolicy.withRetryPolicy({ attempts: 1 }))
      assert.strictEqual(attemptsOf(stub), 1)
      const denied = StubSts.refused("AccessDenied")
      stub.next(denied, denied, denied)
      yield* patiently(Sts.assumeRole(valid)).pipe(
        RetryPolicy.withRetryPolicy({ attempts: 4, isRetryable: ({ reason }) => reason._tag === "AccessDenied" }),
      )
      assert.strictEqual(attemptsOf(stub), 5)
      const policies = yield* Effect.map(RetryPolicy.RetryPolicy, (policy) => policy).pipe(
        RetryPolicy.withRetryPolicy({ baseDelay: "1 second" }),
        RetryPolicy.withRetryPolicy({ attempts: 7 }),
      )
      assert.deepInclude(policies, { attempts: 7, baseDelay: "1 second", maxDelay: "20 seconds" })
    }))

  test("is over when its caller is interrupted", (stub) =>
    Effect.gen(function* () {
      stub.next(throttled)
      const fiber = yield* Effect.forkChild(Sts.assumeRole(valid), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(attemptsOf(stub), 1)
    }))
})

describe("clock skew", () => {
  const at = (offset: Duration.Input) =>
    Effect.map(DateTime.now, (now) => ({ date: DateTime.addDuration(now, offset) }))
  const signatureOff = (
    offset: Duration.Input,
    tag: "SignatureDoesNotMatch" | "RequestExpired" = "SignatureDoesNotMatch",
  ) =>
    Effect.flatMap(at(offset), ({ date }) =>
      failure(StsError.reasonFromCode(tag, "Signature expired"), { httpStatus: 403, date }),
    )
  const identity = (offset: Duration.Input) =>
    Effect.map(at(offset), ({ date }) => ({
      response: { Arn: "arn:aws:iam::111111111111:root", UserId: "x", Account: "111111111111" },
      date,
    }))
  const offsets = (stub: StubSts.Stub) => stub.calls.map((call) => call.clockOffset)
  const hour = Duration.toMillis("1 hour")

  for (const tag of ["SignatureDoesNotMatch", "RequestExpired"] as const) {
    test(`is learned from the date of a ${tag}, and the call signed again once`, (stub) =>
      Effect.gen(function* () {
        stub.next(signatureOff("1 hour", tag))
        yield* whoami
        yield* whoami
        assert.deepStrictEqual(offsets(stub), [0, hour, hour])
      }))
  }

  test("is corrected once in a call, not twice", (stub) =>
    Effect.gen(function* () {
      stub.next(signatureOff("1 hour"), signatureOff("2 hours"))
      const error = yield* Effect.flip(whoami)
      assert.strictEqual(error.reason._tag, "SignatureDoesNotMatch")
      assert.deepStrictEqual(offsets(stub), [0, hour])
    }))

  test("is learned from any answer, also behind the clock", (stub) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      stub.next(identity("-1 hours"))
      yield* whoami
      yield* whoami
      assert.deepStrictEqual(offsets(stub), [0, -hour])
    }))

  test("is forgotten when the clocks agree again", (stub) =>
    Effect.gen(function* () {
      stub.next(identity("1 hour"), identity("1 minute"))
      yield* Effect.all([whoami, whoami, whoami])
      assert.deepStrictEqual(offsets(stub), [0, hour, 0])
    }))

  test("of less than 4 minutes changes nothing: a signature that does not match is an error", (stub) =>
    Effect.gen(function* () {
      stub.next(signatureOff("3 minutes"))
      assert.strictEqual((yield* Effect.flip(whoami)).reason._tag, "SignatureDoesNotMatch")
      assert.deepStrictEqual(offsets(stub), [0])
    }))

  test("is not the trouble where the answer has no date", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("SignatureDoesNotMatch"))
      assert.strictEqual((yield* Effect.flip(whoami)).reason._tag, "SignatureDoesNotMatch")
      assert.deepStrictEqual(offsets(stub), [0])
    }))

  test("learned by one of two calls at once corrects both", (stub) =>
    Effect.gen(function* () {
      stub.settings.latency = "1 second"
      stub.next(signatureOff("1 hour"), signatureOff("1 hour"))
      yield* patiently(Effect.all([whoami, whoami], { concurrency: 2 }))
      assert.deepStrictEqual(offsets(stub), [0, 0, hour, hour])
    }))

  test("is corrected also where the policy forbids retry, and where there is an MFA code: STS did not look at it", (stub) =>
    Effect.gen(function* () {
      stub.next(signatureOff("1 hour"))
      yield* Sts.assumeRole({ ...valid, mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" } }).pipe(
        RetryPolicy.withRetryPolicy({ attempts: 1 }),
      )
      assert.deepStrictEqual(offsets(stub), [0, hour])
    }))
})

describe("errors", () => {
  test("hold what STS said: code, message, request id, status, attempts", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied", "not authorized", { httpStatus: 403, requestId: "id-1" }))
      const error = yield* Effect.flip(Sts.assumeRole(valid))
      assert(error._tag === "StsError")
      const { attempts, httpStatus, message, operation, requestId } = error
      assert.deepStrictEqual(
        { attempts, httpStatus, message, operation, requestId },
        {
          attempts: 1,
          httpStatus: 403,
          message: "STS.AssumeRole failed with AccessDenied: not authorized",
          operation: "AssumeRole",
          requestId: "id-1",
        },
      )
    }))

  test("that the operation does not list become UnknownServiceError", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("IDPRejectedClaim", "what?"))
      const { reason } = yield* Effect.flip(whoami)
      assert.deepStrictEqual(reason, new StsError.UnknownServiceError({ code: "IDPRejectedClaim", message: "what?" }))
    }))

  const secretOf = "wJalrXUtnFEMI-secret"
  const whole = {
    AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
    SecretAccessKey: secretOf,
    SessionToken: `${secretOf}-token`,
    Expiration: "2030-01-01T00:00:00Z",
  }
  const AssumedRoleUser = { Arn: "arn:aws:sts::111111111111:assumed-role/a/b", AssumedRoleId: "AROA:b" }
  const responses: Record<string, unknown> = {
    nothing: undefined,
    "a string": secretOf,
    "no credentials": { AssumedRoleUser },
    "half a set": { AssumedRoleUser, Credentials: { ...whole, SessionToken: undefined } },
    "a secret of another type": { AssumedRoleUser, Credentials: { ...whole, SecretAccessKey: [secretOf] } },
    "a secret in the wrong place": { AssumedRoleUser, Credentials: { ...whole, Expiration: secretOf } },
    "a key id that is none": { AssumedRoleUser, Credentials: { ...whole, AccessKeyId: `${secretOf}/+` } },
    "credentials as text": { AssumedRoleUser, Credentials: secretOf },
  }
  for (const [name, response] of Object.entries(responses)) {
    test(`say InvalidResponse of ${name}, and show no secret`, (stub) =>
      Effect.gen(function* () {
        stub.next(Effect.succeed({ response, requestId: "id-1" }))
        const error = yield* Effect.flip(Sts.assumeRole(valid))
        assert(error._tag === "StsError")
        assert.strictEqual(error.reason._tag, "InvalidResponse")
        assert.strictEqual(error.requestId, "id-1")
        assert.notInclude(error.message + JSON.stringify(error) + String(error), secretOf)
        assert.isAbove(error.reason.message.length, 5)
      }))
  }

  test("never repeat a secret, even where STS does", (stub) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.suspend(() => {
          stub.next(
            StubSts.refused("ValidationError", "bad token 123456 signed with 'secret of root>A' and token of root>A"),
          )
          return Sts.assumeRole({ ...valid, mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" } })
        }).pipe(CredentialStack.use(role("A"))),
      )
      assert.strictEqual(error.reason._tag, "ValidationError")
      assert.strictEqual(error.reason.message, "bad token <redacted> signed with '<redacted>' and <redacted>")
    }))

  for (const reason of [
    new StsError.TransportError({ message: "cannot send secret of root", isSent: true }),
    new StsError.InvalidResponse({ message: "got secret of root" }),
    new StsError.UnknownServiceError({ code: "Odd", message: "about secret of root" }),
  ]) {
    test(`never repeat a secret in ${reason._tag}`, (stub) =>
      Effect.gen(function* () {
        stub.next(failure(reason))
        const error = yield* Effect.flip(whoami).pipe(RetryPolicy.withRetryPolicy({ attempts: 1 }))
        assert.strictEqual(error.reason._tag, reason._tag)
        assert.strictEqual(error.reason.message, reason.message.replace("secret of root", "<redacted>"))
      }))
  }
})

describe("ExpiredToken", () => {
  test("of the stack's credentials gets new ones and makes one more call", (stub) =>
    Effect.gen(function* () {
      yield* Effect.gen(function* () {
        const before = yield* CredentialStack.current
        stub.next(StubSts.refused("ExpiredToken"))
        assert.strictEqual(yield* whoami, "root>A")
        assert.notStrictEqual((yield* CredentialStack.current).accessKeyId, before.accessKeyId)
      }).pipe(CredentialStack.use(role("A")))
      assert.deepStrictEqual(
        stub.calls.map((call) => `${call.by} ${call.operation}`),
        ["root AssumeRole", "root>A GetCallerIdentity", "root AssumeRole", "root>A GetCallerIdentity"],
      )
    }))

  test("twice is an error after the second call", (stub) =>
    Effect.gen(function* () {
      const expired = StubSts.refused("ExpiredToken")
      const error = yield* Effect.gen(function* () {
        stub.settings.onCall = (call) => (call.operation === "GetCallerIdentity" ? expired : Effect.void)
        return yield* Effect.flip(whoami)
      }).pipe(CredentialStack.use(role("A")))
      assert.strictEqual(error.reason._tag, "ExpiredToken")
      assert.strictEqual(stub.calls.filter(({ operation }) => operation === "GetCallerIdentity").length, 2)
    }))

  test("of credentials that cannot be renewed is an error at once", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("ExpiredToken"))
      assert.strictEqual((yield* Effect.flip(whoami)).reason._tag, "ExpiredToken")
      assert.lengthOf(stub.calls, 1)
    }))
})

describe("spans", () => {
  const traced = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span(options) {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      },
    })
    yield* Effect.exit(Effect.withTracer(effect, tracer))
    return spans
  })

  test("are made one per call, named and described as OpenTelemetry says for AWS", (stub) =>
    Effect.gen(function* () {
      stub.next(
        throttled,
        Effect.map(StubSts.refused("AccessDenied", "no", { requestId: "id-2" }), (never) => never),
      )
      const spans = yield* patiently(traced(Sts.assumeRole({ ...valid, duration: "1 hour" })))
      assert.lengthOf(spans, 1)
      const [span] = spans
      assert.strictEqual(span?.name, "STS.AssumeRole")
      assert.strictEqual(span?.kind, "client")
      assert.strictEqual(span?.status._tag, "Ended")
      assert.deepStrictEqual(Object.fromEntries(span?.attributes ?? []), {
        "rpc.system": "aws-api",
        "rpc.service": "STS",
        "rpc.method": "AssumeRole",
        "cloud.region": "eu-central-1",
        "aws.sts.role_arn": valid.roleArn,
        "aws.sts.role_session_name": "test",
        "aws.sts.attempts": 2,
        "aws.request_id": "id-2",
      })
    }))

  test("are the parents of what the backend does, and children of the caller's", (stub) =>
    Effect.gen(function* () {
      stub.settings.onCall = () => Effect.withSpan(Effect.void, "http")
      const spans = yield* traced(Effect.withSpan(whoami, "caller"))
      const parentOf = (name: string) => {
        const span = spans.find((span) => span.name === name)
        const parent = span && Option.getOrUndefined(span.parent)
        return parent?._tag === "Span" ? parent.name : undefined
      }
      assert.strictEqual(parentOf("http"), "STS.GetCallerIdentity")
      assert.strictEqual(parentOf("STS.GetCallerIdentity"), "caller")
    }))

  test("hold no secret", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied", "secret of root, 123456"))
      const spans = yield* traced(
        Sts.assumeRole({ ...valid, mfa: { serialNumber: "GAHT12345678", tokenCode: "123456" } }),
      )
      const text = spans.map((span) => inspect([...span.attributes, span.status, span.events], { depth: 9 })).join()
      assert.notMatch(text, /secret of|123456"|, 123456/)
    }))
})

describe("metrics", () => {
  const read = Effect.fnUntraced(function* (id: string, attributes: Record<string, string>) {
    const snapshot = yield* Metric.snapshot
    return snapshot.find(
      (metric) =>
        metric.id === id && Object.entries(attributes).every(([key, value]) => metric.attributes?.[key] === value),
    )?.state
  })

  test("count calls by operation and outcome, attempts, and time", (stub) =>
    Effect.gen(function* () {
      stub.settings.latency = "2 seconds"
      stub.next(throttled)
      yield* patiently(whoami)
      stub.next(StubSts.refused("AccessDenied"))
      yield* patiently(Effect.exit(whoami))
      stub.next(Effect.die("bug in a backend"))
      yield* patiently(Effect.exit(whoami))
      const fiber = yield* Effect.forkChild(whoami, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      const operation = "GetCallerIdentity"
      for (const outcome of ["Success", "AccessDenied", "Defect", "Interrupted"]) {
        assert.deepInclude(yield* read("sts_calls_total", { operation, outcome }), { count: 1 }, outcome)
      }
      assert.deepInclude(yield* read("sts_attempts_total", { operation }), { count: 5 })
      const latency = yield* read("sts_call_duration", { operation })
      assert.deepInclude(latency, { count: 4 })
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})

describe("interruption", () => {
  test("of a caller interrupts the backend's attempt", (stub) =>
    Effect.gen(function* () {
      const isSent = yield* Deferred.make<void>()
      const isCancelled = yield* Deferred.make<void>()
      stub.next(
        Deferred.succeed(isSent, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(isCancelled, undefined)),
        ),
      )
      const fiber = yield* Effect.forkChild(whoami)
      yield* Deferred.await(isSent)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(isCancelled)
    }))
})

describe("Sts.mock", () => {
  const stack = CredentialStack.layer(CredentialSource.fromCredentials(StubSts.longTerm("root")))
  const mocked = (handlers: Sts.Mock) => Layer.merge(Sts.mock(handlers), stack)
  const arn = "arn:aws:iam::111111111111:root"
  const response = new GetCallerIdentityResponse({
    arn,
    userId: "x",
    account: "111111111111",
  })

  it.effect("answers the operations it names, with the request and the credentials that signed", () => {
    const seen: Array<unknown> = []
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* Sts.getCallerIdentity, response)
      const error = yield* Effect.flip(Sts.assumeRole({ ...valid, duration: "1 hour" }))
      assert.deepStrictEqual(error.reason, new StsError.AccessDenied({ message: "no" }))
      assert.deepStrictEqual(seen, [{ ...valid, duration: Duration.hours(1) }, StubSts.keyOf("root")])
    }).pipe(
      Effect.provide(
        mocked({
          getCallerIdentity: () => Effect.succeed(response),
          assumeRole: (request, credentials) => {
            seen.push({ ...request }, credentials.accessKeyId)
            return Effect.fail(new StsError.AccessDenied({ message: "no" }))
          },
        }),
      ),
    )
  })

  it.effect("says what is wrong with a response that is none", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Sts.getCallerIdentity)
      assert(Exit.isFailure(exit))
      assert.match(
        Cause.pretty(exit.cause),
        /Sts\.mock: getCallerIdentity answered what is no response of it: arn: must have 20 to 2048 characters, but has 1/,
      )
    }).pipe(
      Effect.provide(mocked({ getCallerIdentity: () => Effect.succeed({ arn: "a", userId: "x", account: "1" }) })),
    ),
  )

  it.effect("takes a response that is a plain object", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Sts.getCallerIdentity, response)
    }).pipe(
      Effect.provide(
        mocked({ getCallerIdentity: () => Effect.succeed({ arn, userId: "x", account: "111111111111" }) }),
      ),
    ),
  )

  it.effect("dies with the name of an operation that it does not have", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Sts.getSessionToken({}))
      assert(Exit.isFailure(exit))
      assert.match(String(Cause.squash(exit.cause)), /Sts\.mock has no getSessionToken/)
      const saml = yield* Effect.exit(
        Sts.assumeRoleWithSaml({
          ...valid,
          principalArn: "arn:aws:iam::1:saml-provider/idp",
          samlAssertion: "aaaa",
        }),
      )
      assert(Exit.isFailure(saml))
    }).pipe(Effect.provide(mocked({}))),
  )

  it.effect("has AssumeRoleWithSAML by its accessor's name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Sts.assumeRoleWithSaml({
          roleArn: valid.roleArn,
          principalArn: "arn:aws:iam::111111111111:saml-provider/idp",
          samlAssertion: "PHNhbWw+",
        }),
      )
      assert.strictEqual(error.reason._tag, "IDPRejectedClaim")
    }).pipe(
      Effect.provide(
        mocked({ assumeRoleWithSaml: () => Effect.fail(new StsError.IDPRejectedClaim({ message: "no" })) }),
      ),
    ),
  )

  it.effect("validates requests as a real backend does", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Sts.assumeRole({ roleArn: "short", roleSessionName: "test" }))
      assert.strictEqual(error.reason._tag, "InvalidRequest")
    }).pipe(Effect.provide(mocked({ assumeRole: () => Effect.die("was called") }))),
  )
})

describe("Sts.call", () => {
  it.effect("takes the credentials explicitly, whatever the stack holds", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const sts = yield* Sts.Sts
      const credentials = yield* AwsCredentials.fromInput(StubSts.longTerm("other"))
      assert.strictEqual((yield* sts.call(GetCallerIdentity, {}, credentials)).userId, "other")
    }).pipe(Effect.provide(stub.layer))
  })
})
