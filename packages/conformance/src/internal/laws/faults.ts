/** Throttling, errors of the server, outages, slow answers, interruption, wrong clocks. */
import { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as StsError from "@effect-sts/core/StsError"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue } from "../expect.ts"
import { mfaArn, roleArn, userArn } from "../world.ts"

const throttling = new StsError.Throttling({ message: "Rate exceeded" })

type Shape = readonly [tag: string, httpStatus: number | undefined, isRetryable: boolean, hasNoRequestId: boolean]

/** What a failure is, beside its words. */
const shapeOf = (error: StsError.StsError): Shape => [
  error.reason._tag,
  error.httpStatus,
  error.isRetryable,
  error.requestId === undefined,
]

/** What STS may answer to AssumeRole, and what becomes of it. */
const faults: ReadonlyArray<
  readonly [reason: StsMemory.Failure["reason"], tag: string, httpStatus: number, isRetryable: boolean]
> = [
  [throttling, "Throttling", 400, true],
  [new StsError.InternalFailure({ message: "oops" }), "InternalFailure", 500, true],
  [new StsError.ServiceUnavailable({ message: "" }), "ServiceUnavailable", 503, true],
  [new StsError.AccessDenied({ message: "no" }), "AccessDenied", 403, false],
  [new StsError.ExpiredToken({ message: "expired" }), "ExpiredToken", 403, false],
  [new StsError.RegionDisabledException({ message: "off" }), "RegionDisabledException", 403, false],
  [new StsError.PackedPolicyTooLarge({ message: "101%" }), "PackedPolicyTooLarge", 400, false],
  [new StsError.RequestExpired({ message: "late" }), "RequestExpired", 400, false],
  [new StsError.MalformedInput({ message: "what?" }), "MalformedInput", 400, false],
  // Not a code that AssumeRole has, and one that no operation has.
  [new StsError.IDPRejectedClaim({ message: "no" }), "UnknownServiceError", 403, false],
  [new StsError.UnknownServiceError({ code: "Brewing", message: "tea" }), "UnknownServiceError", 400, false],
]

const sayings = [
  "Rate exceeded",
  "a < b & c > d",
  `"quoted", 'too' &amp; ]]>`,
  "größe: 日本 🦀",
  "two\nlines\tand tabs",
]

export const faultLaws: ReadonlyArray<Law> = [
  {
    name: "an answer's code, status and retryability reach the caller",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      for (const [reason, tag, httpStatus, isRetryable] of faults) {
        yield* StsMemory.failNext({ times: 1, reason })
        const error = yield* Effect.flip(
          Act.once(Act.assumeRole(own, { roleArn: roleArn("account"), roleSessionName: "laws" })),
        )
        const code = reason._tag === "UnknownServiceError" ? reason.code : reason._tag
        yield* equal(`the error of ${code}`, shapeOf(error), [tag, httpStatus, isRetryable, false])
        yield* equal("its wire code", Act.codeOf(error), code)
        yield* equal("its message", error.reason.message, reason.message)
        yield* equal("its attempts", error.attempts, 1)
      }
    }),
  },
  {
    name: "STS's words reach the caller to the letter",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      for (const message of sayings) {
        yield* StsMemory.failNext({ times: 1, reason: new StsError.AccessDenied({ message }) })
        const error = yield* Effect.flip(Act.getCallerIdentity(own))
        yield* equal("the message", error.reason.message, message)
      }
    }),
  },
  {
    name: "a throttled call is tried again, and each attempt is one call",
    holds: Effect.gen(function* () {
      yield* StsMemory.failNext({ times: 2, reason: throttling })
      yield* equal("the ARN", yield* Act.whileTimePasses(Act.patiently(Act.arnOf(yield* Act.alice))), userArn("alice"))
      yield* equal("the outcomes", yield* Act.outcomes, ["Throttling", "Throttling", "Success"])
    }),
  },
  {
    name: "a call that is throttled to the end fails with it, after as many attempts as the policy says",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      yield* StsMemory.failNext({ times: 4, reason: throttling })
      const error = yield* Effect.flip(Act.getCallerIdentity(own))
      yield* equal("the error", shapeOf(error), ["Throttling", 400, true, false])
      yield* equal("its attempts", error.attempts, 3)
      yield* equal("the outcomes", yield* Act.outcomes, ["Throttling", "Throttling", "Throttling"])
      const other = yield* Effect.flip(Act.once(Act.getCallerIdentity(own)))
      yield* equal("the attempts without retry", other.attempts, 1)
      yield* equal("the calls", (yield* Act.outcomes).length, 4)
      yield* equal("the ARN afterwards", yield* Act.arnOf(own), userArn("alice"))
    }),
  },
  {
    name: "what is not retryable is sent once",
    holds: Effect.gen(function* () {
      yield* StsMemory.failNext({ times: 1, reason: new StsError.AccessDenied({ message: "no" }) })
      const error = yield* Effect.flip(Act.getCallerIdentity(yield* Act.alice))
      yield* equal("the attempts", error.attempts, 1)
      yield* equal("the outcomes", yield* Act.outcomes, ["AccessDenied"])
    }),
  },
  {
    name: "an unsigned call whose identity provider is out of reach is tried again",
    holds: Effect.gen(function* () {
      const reason = new StsError.IDPCommunicationError({ message: "no answer" })
      yield* StsMemory.failNext({ times: 3, reason })
      const request = { roleArn: roleArn("account"), roleSessionName: "laws", webIdentityToken: "no.jwt.at-all" }
      const error = yield* Effect.flip(Act.call(AssumeRoleWithWebIdentity, request))
      yield* equal("the error", shapeOf(error), ["IDPCommunicationError", 400, true, false])
      yield* equal(
        "the log",
        (yield* StsMemory.calls).map(({ caller, outcome }) => [caller, outcome]),
        [
          [undefined, "IDPCommunicationError"],
          [undefined, "IDPCommunicationError"],
          [undefined, "IDPCommunicationError"],
        ],
      )
    }),
  },
  {
    name: "a call with an MFA code that STS answered is not sent again",
    holds: Effect.gen(function* () {
      const serialNumber = mfaArn("alice")
      const mfa = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
      yield* StsMemory.failNext({ times: 1, reason: throttling })
      const error = yield* Effect.flip(Act.getSessionToken(yield* Act.alice, { mfa }))
      yield* equal("the error", shapeOf(error), ["Throttling", 400, true, false])
      yield* equal("the outcomes", yield* Act.outcomes, ["Throttling"])
    }),
  },
  {
    name: "in an outage a call fails with TransportError, and works again after it",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      yield* StsMemory.setOutage(true)
      const error = yield* Effect.flip(Act.getCallerIdentity(own))
      yield* equal("the error", shapeOf(error), ["TransportError", undefined, true, true])
      yield* equal("its attempts", error.attempts, 3)
      yield* StsMemory.setOutage(false)
      yield* equal("the ARN", yield* Act.arnOf(own), userArn("alice"))
    }),
  },
  {
    name: "a connection that breaks is tried again",
    holds: Effect.gen(function* () {
      yield* StsMemory.failNext({ times: 1, reason: new StsError.TransportError({ message: "reset" }) })
      yield* equal("the ARN", yield* Act.arnOf(yield* Act.alice), userArn("alice"))
      yield* equal("the outcomes", yield* Act.outcomes, ["TransportError", "Success"])
    }),
  },
  {
    name: "a call with an MFA code that was certainly not sent is tried again",
    needs: "unsent",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const serialNumber = mfaArn("alice")
      const mfa = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
      yield* StsMemory.setOutage(true)
      const error = yield* Effect.flip(Act.getSessionToken(own, { mfa }))
      yield* equal("whether it was sent", error.reason._tag === "TransportError" && error.reason.isSent, false)
      yield* equal("the attempts", error.attempts, 3)
    }),
  },
  {
    name: "an answer that is not STS's is InvalidResponse",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      yield* StsMemory.failNext({ times: 1, reason: new StsError.InvalidResponse({ message: "a proxy" }) })
      const error = yield* Effect.flip(Act.once(Act.getCallerIdentity(own)))
      yield* equal("the reason", error.reason._tag, "InvalidResponse")
      yield* equal("the ARN afterwards", yield* Act.arnOf(own), userArn("alice"))
    }),
  },
  {
    name: "a slow answer is waited for, and STS acts at its end",
    holds: Effect.gen(function* () {
      yield* StsMemory.setLatency("300 millis")
      const own = yield* Act.alice
      const before = yield* DateTime.now
      yield* equal("the ARN", yield* Act.whileTimePasses(Act.arnOf(own)), userArn("alice"))
      const [call] = yield* StsMemory.calls
      const waited = call === undefined ? 0 : DateTime.toEpochMillis(call.time) - DateTime.toEpochMillis(before)
      yield* isTrue("STS acts at the end of the wait", waited >= 300)
    }),
  },
  {
    name: "a call that is interrupted ends at once, and has not happened",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      yield* StsMemory.setLatency("5 seconds")
      const fiber = yield* Effect.forkChild(Act.getSessionToken(own))
      yield* Act.breathe(25)
      fiber.interruptUnsafe()
      yield* Act.breathe(10)
      const isOver = fiber.pollUnsafe() !== undefined
      yield* StsMemory.setLatency(0)
      if (isOver) yield* equal("the ARN", yield* Act.arnOf(own), userArn("alice"))
      yield* Act.breathe(10)
      yield* TestClock.adjust("5 seconds")
      yield* isTrue("an interrupted call is over at once", isOver)
      yield* Act.breathe(10)
      const operations = (yield* StsMemory.calls).map(({ operation }) => operation)
      yield* equal("the log", operations, [GetCallerIdentity.name])
    }),
  },
  {
    name: "interrupting one of many calls at once harms none of the others",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      yield* StsMemory.setLatency("1 second")
      const fibers = yield* Effect.forEach([0, 1, 2, 3, 4], () => Effect.forkChild(Act.arnOf(own)))
      yield* Act.breathe(25)
      const [first, ...others] = fibers
      if (first !== undefined) yield* Effect.forkChild(Fiber.interrupt(first))
      yield* Act.breathe(10)
      const arns = yield* Act.whileTimePasses(Effect.forEach(others, Fiber.join))
      yield* equal(
        "the ARNs",
        arns,
        [0, 1, 2, 3].map(() => userArn("alice")),
      )
      yield* equal("the outcomes", yield* Act.outcomes, ["Success", "Success", "Success", "Success"])
    }),
  },
  {
    name: "a caller's clock that is wrong is found out from the answer, and put right",
    needs: "ownClock",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const arns = yield* Act.withClockAhead("1 hour")(Effect.replicateEffect(Act.arnOf(own), 2))
      yield* equal("the ARNs", arns, [userArn("alice"), userArn("alice")])
      yield* equal("the outcomes", yield* Act.outcomes, ["SignatureDoesNotMatch", "Success", "Success"])
      yield* equal("the ARN with a clock that is right again", yield* Act.arnOf(own), userArn("alice"))
      yield* equal("the last outcomes", (yield* Act.outcomes).slice(3), ["SignatureDoesNotMatch", "Success"])
    }),
  },
]
