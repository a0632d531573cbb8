// Faults: each in process, through StsServer.fetch, and over a socket. What the caller is told must be the same.
import { RetryPolicy, type Sts, StsError } from "@effect-sts/core"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Fault from "../src/Fault.ts"
import * as Backend from "../src/internal/backend.ts"
import * as Door from "../src/internal/engine/door.ts"
import * as NodeStsServer from "../src/NodeStsServer.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as OverHttp from "./support/layerOverHttp.ts"
import * as Wire from "./support/wire.ts"
import {
  alice,
  bob,
  dave,
  getCallerIdentity,
  getSessionToken,
  here,
  inWorld,
  mfaArn,
  roleArn,
  session,
  sessionArn,
  start,
  there,
  userArn,
  world,
} from "./support/world.ts"

const once = RetryPolicy.withRetryPolicy({ attempts: 1 })

const transports: ReadonlyArray<readonly [name: string, layer: Layer.Layer<Sts.Sts | StsMemory.StsMemory, unknown>]> = [
  ["in process", StsMemory.layer(world)],
  ["through StsServer.fetch", OverHttp.layer(world)],
  [
    "over a socket",
    Layer.unwrap(
      Effect.map(NodeStsServer.listen(), (endpoint) => StsFetch.layer({ region: "us-east-1", endpoint })),
    ).pipe(Layer.provideMerge(StsMemory.layerWorld(world))),
  ],
]

/** What a caller is told, and whether STS has done what it was asked. */
interface Row {
  readonly fault: Fault.Fault
  readonly reason: string
  readonly message: string
  readonly httpStatus: number | undefined
  readonly isSent?: boolean
  readonly hasRequestId: boolean
  readonly isRetryable: boolean
  readonly retryAfterSeconds?: number
  readonly acts: boolean
  readonly outcome: string
  readonly label: string
}

const throttled = {
  reason: "Throttling",
  message: "Rate exceeded",
  httpStatus: 400,
  hasRequestId: true,
  isRetryable: true,
  acts: false,
  outcome: "Throttling",
}

const rows: ReadonlyArray<Row> = [
  { ...throttled, fault: Fault.throttling({ times: 1 }), label: "Throttling" },
  {
    fault: Fault.internalFailure({ times: 1 }),
    reason: "InternalFailure",
    message: "The request processing has failed because of an unknown error, exception or failure.",
    httpStatus: 500,
    hasRequestId: true,
    isRetryable: true,
    acts: false,
    outcome: "InternalFailure",
    label: "InternalFailure",
  },
  {
    fault: Fault.serviceUnavailable({ times: 1 }),
    reason: "ServiceUnavailable",
    message: "Service Unavailable",
    httpStatus: 503,
    hasRequestId: true,
    isRetryable: true,
    acts: false,
    outcome: "ServiceUnavailable",
    label: "ServiceUnavailable",
  },
  {
    fault: Fault.regionDisabled({ times: 1 }),
    reason: "RegionDisabledException",
    message:
      "STS is not activated in this region for account:111111111111. Your account administrator can activate STS in this region using the IAM Console.",
    httpStatus: 403,
    hasRequestId: true,
    isRetryable: false,
    acts: false,
    outcome: "RegionDisabledException",
    label: "region disabled",
  },
  {
    ...throttled,
    fault: Fault.refusal(new StsError.Throttling({ message: "Rate exceeded" }), {
      times: 1,
      retryAfter: "1500 millis",
    }),
    retryAfterSeconds: 2,
    label: "Throttling, retry after 1s 500ms",
  },
  {
    fault: Fault.refusal(new StsError.UnknownServiceError({ code: "Teapot", message: "short and stout" }), {
      times: 1,
    }),
    reason: "UnknownServiceError",
    message: "short and stout",
    httpStatus: 400,
    hasRequestId: true,
    isRetryable: false,
    acts: false,
    outcome: "Teapot",
    label: "Teapot",
  },
  {
    fault: Fault.connectionReset({ times: 1 }),
    reason: "TransportError",
    message: "No answer came (ECONNRESET)",
    httpStatus: undefined,
    hasRequestId: false,
    isRetryable: true,
    acts: false,
    outcome: "TransportError",
    label: "TransportError",
  },
  {
    fault: Fault.lostAnswer({ times: 1 }),
    reason: "TransportError",
    message: "No answer came (ECONNRESET)",
    httpStatus: undefined,
    hasRequestId: false,
    isRetryable: true,
    acts: true,
    outcome: "Success",
    label: "answer lost",
  },
  {
    fault: Fault.truncatedBody({ times: 1 }),
    reason: "TransportError",
    message: "The answer was cut off (UND_ERR_SOCKET)",
    httpStatus: 200,
    isSent: true,
    hasRequestId: true,
    isRetryable: true,
    acts: true,
    outcome: "Success",
    label: "body cut off",
  },
  {
    fault: Fault.emptyBody({ times: 1 }),
    reason: "InvalidResponse",
    message: "HTTP 200 with content type text/xml: The body is empty",
    httpStatus: 200,
    hasRequestId: true,
    isRetryable: false,
    acts: true,
    outcome: "Success",
    label: "body empty",
  },
  {
    fault: Fault.proxyError(502, { times: 1 }),
    reason: "InvalidResponse",
    message: "HTTP 502 with content type text/html: The document is not an error of STS",
    httpStatus: 502,
    hasRequestId: false,
    isRetryable: true,
    acts: false,
    outcome: "InvalidResponse",
    label: "HTTP 502 of a proxy",
  },
  {
    fault: Fault.proxyError(429, { times: 1, retryAfter: "3 seconds" }),
    reason: "Throttling",
    message: "HTTP 429 with content type text/html: The document is not an error of STS",
    httpStatus: 429,
    hasRequestId: false,
    isRetryable: true,
    retryAfterSeconds: 3,
    acts: false,
    outcome: "Throttling",
    label: "HTTP 429 of a proxy, retry after 3s",
  },
]

describe.each(transports)("%s", (transport, layer) => {
  const inThisWorld = <A, E>(effect: Effect.Effect<A, E, Sts.Sts | StsMemory.StsMemory>) =>
    Effect.andThen(TestClock.setTime(start), effect).pipe(Effect.provide(layer), Effect.scoped)

  for (const row of rows) {
    it.effect(`${row.label}: tells the caller, and ${row.acts ? "has" : "has not"} done what was asked`, () =>
      Effect.gen(function* () {
        const own = yield* alice
        const serialNumber = mfaArn("alice")
        const mfa = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
        yield* StsMemory.inject(row.fault)
        const error: StsError.StsError = yield* Effect.flip(once(getSessionToken(own, { mfa })))
        const { httpStatus, isRetryable, reason, requestId, retryAfter } = error
        assert.deepStrictEqual(
          {
            reason: reason._tag,
            message: reason.message,
            httpStatus,
            isSent: reason._tag === "TransportError" ? reason.isSent : undefined,
            hasRequestId: requestId !== undefined,
            isRetryable,
            retryAfterSeconds: retryAfter && Duration.toSeconds(retryAfter),
          },
          {
            reason: row.reason,
            message: row.message,
            httpStatus: row.httpStatus,
            isSent: row.isSent,
            hasRequestId: row.hasRequestId,
            isRetryable: row.isRetryable,
            retryAfterSeconds: row.retryAfterSeconds,
          },
        )
        const [call] = yield* StsMemory.calls
        assert.deepInclude(call, { outcome: row.outcome, faults: [row.label], caller: userArn("alice") })
        if (requestId !== undefined) assert.strictEqual(requestId, call?.requestId)
        // STS takes a code once.
        const again = yield* Effect.exit(getSessionToken(own, { mfa }))
        assert.strictEqual(Exit.isFailure(again), row.acts)
        assert.deepStrictEqual((yield* StsMemory.calls)[1]?.faults, [])
      }).pipe(inThisWorld),
    )
  }

  it.effect("connection refused: has not done what was asked, and is retryable", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.inject(Fault.connectionRefused({ times: 1 }))
      const { reason } = yield* Effect.flip(once(getSessionToken(own, {})))
      // A server that listens cannot refuse; it breaks the connection.
      const told =
        transport === "over a socket"
          ? { message: "No answer came (ECONNRESET)" }
          : { message: "The request was not sent (ECONNREFUSED)", isSent: false }
      assert.deepInclude(reason, { _tag: "TransportError", ...told })
      assert.strictEqual((yield* StsMemory.calls)[0]?.outcome, "TransportError")
    }).pipe(inThisWorld),
  )

  it.effect("a Date that is ahead is what core learns of STS's clock, and STS goes by the right one", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.inject(Fault.skewedDate("10 minutes", { times: 1 }))
      const { credentials } = yield* getSessionToken(own, { duration: "15 minutes" })
      assert.strictEqual(DateTime.toEpochMillis(credentials.expiration), Math.floor(start / 1000) * 1000 + 900_000)
      // A signature may be 15 minutes off; then the right date is learned again.
      assert.strictEqual((yield* getCallerIdentity(own)).arn, userArn("alice"))
      yield* StsMemory.inject(Fault.skewedDate("20 minutes", { times: 1 }))
      yield* getCallerIdentity(own)
      yield* getCallerIdentity(own)
      const outcomes = (yield* StsMemory.calls).map(({ faults, outcome }) => [outcome].concat(faults))
      assert.deepStrictEqual(
        outcomes,
        transport === "in process"
          ? [["Success", "Date 10m ahead"], ["Success"], ["Success", "Date 20m ahead"], ["Success"]]
          : [
              ["Success", "Date 10m ahead"],
              ["Success"],
              ["Success", "Date 20m ahead"],
              ["SignatureDoesNotMatch"],
              ["Success"],
            ],
      )
    }).pipe(inThisWorld),
  )

  it.effect("a slow call takes that much longer, and STS acts at its end", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.inject(Fault.slow("3 seconds", { times: 1 }))
      const fiber = yield* Effect.forkChild(getSessionToken(own, { duration: "15 minutes" }))
      yield* letPass("2999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      assert.deepStrictEqual(yield* StsMemory.calls, [])
      yield* letPass("1 millis")
      const { credentials } = yield* Fiber.join(fiber)
      const second = Math.floor(start / 1000) * 1000
      assert.strictEqual(DateTime.toEpochMillis(credentials.expiration), second + 903_000)
      const [call] = yield* StsMemory.calls
      assert.strictEqual(call?.time.epochMilliseconds, start + 3000)
      assert.deepStrictEqual(call?.faults, ["slow by 3s"])
    }).pipe(inThisWorld),
  )

  it.effect("a slow call that is given up has not happened", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.inject(Fault.slow("3 seconds"))
      const fiber = yield* Effect.forkChild(getSessionToken(own, {}))
      yield* letPass("1 second")
      yield* Fiber.interrupt(fiber)
      yield* letPass("5 seconds")
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(inThisWorld),
  )

  it.effect("a call that is slow is judged by what holds at its end", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.inject(Fault.slow("3 seconds"))
      const fiber = yield* Effect.forkChild(Effect.flip(once(getCallerIdentity(own))))
      yield* letPass("1 second")
      yield* StsMemory.deactivateKey(own.accessKeyId)
      yield* letPass("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "InvalidClientTokenId")
    }).pipe(inThisWorld),
  )

  it.effect("what slows, what moves the date and what refuses strike together", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.inject(Fault.serviceUnavailable({ times: 2 }))
      yield* StsMemory.inject(Fault.slow("1 second", { times: 1 }))
      yield* StsMemory.inject(Fault.skewedDate("-1 hour", { times: 1 }))
      yield* StsMemory.inject(Fault.throttling({ times: 1 }))
      const fiber = yield* Effect.forkChild(Effect.flip(once(getCallerIdentity(own))))
      yield* letPass("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "ServiceUnavailable")
      yield* Effect.flip(once(getCallerIdentity(own)))
      yield* Effect.flip(once(getCallerIdentity(own)))
      assert.deepStrictEqual(
        (yield* StsMemory.calls).map(({ faults }) => faults),
        [["ServiceUnavailable", "slow by 1s", "Date 1h behind"], ["ServiceUnavailable"], ["Throttling"]],
      )
    }).pipe(inThisWorld),
  )
})

/** Lets sockets come on, then time, then sockets again. */
const letPass = (duration: Duration.Input) =>
  Effect.gen(function* () {
    yield* TestClock.withLive(Effect.sleep("30 millis"))
    yield* TestClock.adjust(duration)
    yield* TestClock.withLive(Effect.sleep("30 millis"))
  })

type AnyCall = Effect.Effect<unknown, StsError.StsError, Sts.Sts>

const tagOf = (call: AnyCall) =>
  Effect.map(Effect.result(once(call)), (result) =>
    result._tag === "Failure" ? result.failure.reason._tag : "Success",
  )

/** What becomes of calls that one fault may strike. */
const outcomesUnder = (fault: Fault.Fault, calls: ReadonlyArray<AnyCall>) =>
  Effect.andThen(
    StsMemory.inject(fault),
    Effect.suspend(() => Effect.forEach(calls, tagOf)),
  )

const no = "Throttling"
const yes = "Success"

describe("a Date", () => {
  for (const [ahead, date] of [
    ["10 minutes", "Mon, 13 Jul 2026 10:10:00 GMT"],
    ["-10 minutes", "Mon, 13 Jul 2026 09:50:00 GMT"],
  ] as const) {
    it.effect(`that is ${ahead} ahead`, () =>
      Effect.gen(function* () {
        yield* StsMemory.inject(Fault.skewedDate(ahead))
        assert.strictEqual((yield* Wire.send(Wire.call("GetCallerIdentity"))).headers["date"], date)
        const answer = yield* Backend.make((yield* StsMemory.StsMemory)[Door.engineOf]()).execute(
          GetCallerIdentity,
          {},
          yield* alice,
        )
        assert.strictEqual(answer.date && DateTime.toEpochMillis(answer.date), Date.parse(date) + 700)
      }).pipe(inWorld()),
    )
  }
})

describe("which calls are struck", () => {
  it.effect("those of an operation, or of several", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const calls: ReadonlyArray<AnyCall> = [
        getCallerIdentity(own),
        getSessionToken(own, {}),
        session(own, roleArn("account")),
      ]
      assert.deepStrictEqual(yield* outcomesUnder(Fault.throttling({ operation: "AssumeRole" }), calls), [yes, yes, no])
      yield* StsMemory.clearFaults
      const operation = ["AssumeRole", "GetSessionToken"] as const
      assert.deepStrictEqual(yield* outcomesUnder(Fault.throttling({ operation }), calls), [yes, no, no])
      yield* StsMemory.clearFaults
      assert.deepStrictEqual(yield* Effect.forEach(calls, tagOf), [yes, yes, yes])
    }).pipe(inWorld()),
  )

  const callers: ReadonlyArray<readonly [caller: string, struck: ReadonlyArray<string>]> = [
    [userArn("alice"), [no, yes, yes, yes, yes]],
    [userArn("team/blue/dave"), [yes, yes, yes, yes, no]],
    [sessionArn("account", "one"), [yes, no, yes, yes, yes]],
    [roleArn("account"), [yes, no, no, yes, yes]],
    [here, [no, no, no, no, no]],
    [there, [yes, yes, yes, yes, yes]],
  ]
  for (const [caller, struck] of callers) {
    it.effect(`those by ${caller}`, () =>
      Effect.gen(function* () {
        const own = yield* alice
        const calls = [
          getCallerIdentity(own),
          getCallerIdentity(yield* session(own, roleArn("account"), "one")),
          getCallerIdentity(yield* session(own, roleArn("account"), "two")),
          getCallerIdentity(yield* session(own, roleArn("service/deep/pathed"), "one")),
          getCallerIdentity(yield* dave),
        ]
        assert.deepStrictEqual(yield* outcomesUnder(Fault.throttling({ caller }), calls), struck)
      }).pipe(inWorld()),
    )
  }

  it.effect("not those of nobody, where it is for somebody", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* StsMemory.deactivateKey(own.accessKeyId)
      const fault = Fault.throttling({ caller: userArn("alice") })
      assert.deepStrictEqual(yield* outcomesUnder(fault, [getCallerIdentity(own)]), ["InvalidClientTokenId"])
      assert.deepStrictEqual(yield* outcomesUnder(Fault.throttling(), [getCallerIdentity(own)]), [no])
    }).pipe(inWorld()),
  )

  it.effect("those for a role", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const calls: ReadonlyArray<AnyCall> = [
        session(own, roleArn("account")),
        session(own, roleArn("narrow")),
        getCallerIdentity(own),
      ]
      const fault = Fault.throttling({ role: roleArn("narrow") })
      assert.deepStrictEqual(yield* outcomesUnder(fault, calls), [yes, no, yes])
    }).pipe(inWorld()),
  )

  it.effect("so many of them, after those that it lets pass", () =>
    Effect.gen(function* () {
      const call = getCallerIdentity(yield* alice)
      const fault = Fault.throttling({ skip: 1, times: 2 })
      assert.deepStrictEqual(yield* outcomesUnder(fault, [call, call, call, call]), [yes, no, no, yes])
      assert.deepStrictEqual(yield* outcomesUnder(Fault.throttling({ times: 0 }), [call]), [yes])
    }).pipe(inWorld()),
  )

  it.effect("those that do not match are not counted", () =>
    Effect.gen(function* () {
      const [own, other] = [yield* alice, yield* bob]
      const fault = Fault.throttling({ caller: userArn("alice"), skip: 1, times: 1 })
      const calls = [other, own, other, own, own].map(getCallerIdentity)
      assert.deepStrictEqual(yield* outcomesUnder(fault, calls), [yes, yes, yes, no, yes])
    }).pipe(inWorld()),
  )

  it.effect("those from its beginning to its end", () =>
    Effect.gen(function* () {
      const call = getCallerIdentity(yield* alice)
      yield* StsMemory.inject(Fault.throttling({ after: "10 seconds", lasting: "30 seconds" }))
      const told: Array<string> = []
      for (const step of ["9999 millis", "1 millis", "29999 millis", "1 millis"] as const) {
        yield* TestClock.adjust(step)
        told.push(yield* tagOf(call))
      }
      assert.deepStrictEqual(told, [yes, no, no, yes])
    }).pipe(inWorld()),
  )

  it.effect("by chance, which the seed decides", () =>
    Effect.gen(function* () {
      const struckIn = (seed: string, probability: number) =>
        Effect.flatMap(alice, (own) =>
          outcomesUnder(
            Fault.throttling({ probability }),
            Array.from({ length: 100 }, () => getCallerIdentity(own)),
          ),
        ).pipe(inWorld({ ...world, seed }))
      const struck = yield* struckIn("one", 0.3)
      assert.deepStrictEqual(yield* struckIn("one", 0.3), struck)
      assert.notDeepEqual(yield* struckIn("two", 0.3), struck)
      const count = struck.filter((outcome) => outcome === no).length
      assert.isTrue(count > 15 && count < 45, String(count))
      assert.notInclude(yield* struckIn("one", 0), no)
      assert.notInclude(yield* struckIn("one", 1), yes)
    }),
  )
})

describe("withFault", () => {
  it.effect("ends its own fault and no other, however the effect ends", () =>
    Effect.gen(function* () {
      const call = getCallerIdentity(yield* alice)
      yield* StsMemory.inject(Fault.slow(0))
      const inside = yield* tagOf(call).pipe(StsMemory.withFault(Fault.throttling()))
      assert.deepStrictEqual([inside, yield* tagOf(call)], [no, yes])
      yield* Effect.exit(Effect.fail("boom" as const).pipe(StsMemory.withFault(Fault.throttling())))
      assert.strictEqual(yield* tagOf(call), yes)
      const fiber = yield* Effect.forkChild(Effect.never.pipe(StsMemory.withFault(Fault.throttling())))
      yield* Effect.yieldNow
      assert.strictEqual(yield* tagOf(call), no)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* tagOf(call), yes)
      assert.deepStrictEqual((yield* StsMemory.calls).at(-1)?.faults, ["slow by 0"])
    }).pipe(inWorld()),
  )

  it.effect("can be worked off before the effect ends", () =>
    Effect.gen(function* () {
      const call = getCallerIdentity(yield* alice)
      const told = yield* Effect.all([tagOf(call), tagOf(call)]).pipe(
        StsMemory.withFault(Fault.throttling({ times: 1 })),
      )
      assert.deepStrictEqual(told, [no, yes])
    }).pipe(inWorld()),
  )
})

describe("a fault that could never strike dies, and says why:", () => {
  const mistakes: ReadonlyArray<readonly [fault: Fault.Fault, words: RegExp]> = [
    [Fault.throttling({ caller: "alice" }), /caller: "alice" is neither an ARN nor the 12 digits of an account/],
    [Fault.throttling({ role: "narrow" }), /role: "narrow" is no ARN/],
    [Fault.throttling({ times: 1.5 }), /times: 1\.5 is no whole number of calls/],
    [Fault.throttling({ skip: -1 }), /skip: -1 is no whole number/],
    [Fault.throttling({ probability: 30 }), /probability: 30 is not from 0 to 1/],
    [Fault.proxyError(204), /no page can come with 204/],
    [Fault.proxyError(1000), /no page can come with 1000/],
  ]
  for (const [fault, words] of mistakes) {
    it.effect(String(words), () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(StsMemory.inject(fault))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        if (Exit.isFailure(exit)) assert.match(Cause.pretty(exit.cause), words)
        yield* getCallerIdentity(yield* alice)
      }).pipe(inWorld()),
    )
  }
})
