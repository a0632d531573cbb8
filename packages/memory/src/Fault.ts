/**
 * What goes wrong when a test wants it to: which calls, from when, how often, and how.
 *
 * ```ts
 * import * as Fault from "@effect-sts/memory/Fault"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * const alice = "arn:aws:iam::111111111111:user/alice"
 *
 * const orders = Effect.gen(function* () {
 *   // Every call of alice's in the next 30 seconds is throttled.
 *   yield* StsMemory.inject(Fault.throttling({ caller: alice, lasting: "30 seconds" }))
 *   // Her second and third AssumeRole are answered with 503.
 *   yield* StsMemory.inject(Fault.serviceUnavailable({ operation: "AssumeRole", caller: alice, skip: 1, times: 2 }))
 *   // One call in ten takes 3 seconds, each time the same ones.
 *   yield* StsMemory.inject(Fault.slow("3 seconds", { probability: 0.1 }))
 * })
 *
 * // As long as the program runs, the clock of whoever answers it is 10 minutes ahead.
 * const withSkew = (program: Effect.Effect<void>) => program.pipe(StsMemory.withFault(Fault.skewedDate("10 minutes")))
 * ```
 *
 * Faults are plain values. A call can be slow, and its `Date` wrong, besides whatever else happens to it; of the faults
 * that decide how it ends, the one that was injected first strikes, and the others wait for their turn.
 *
 * What happens on a wire happens over `StsServer` and on a real server too. In process the call fails as it would over
 * `StsFetch`.
 *
 * @since 0.1.0
 */
import type * as Operations from "@effect-sts/core/Operations"
import * as StsError from "@effect-sts/core/StsError"
import * as Duration from "effect/Duration"

/**
 * AWS's name of an operation: `AssumeRole`.
 *
 * @category models
 * @since 0.1.0
 */
export type OperationName = (typeof Operations.all)[number]["name"]

/**
 * Which calls a fault strikes: all, where nothing is said. What is said must all be true of a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface When {
  /** One operation, or any of several. */
  readonly operation?: OperationName | ReadonlyArray<OperationName> | undefined
  /**
   * Who calls, as policies name them: the ARN of a user, of a role's session, of a role for all its sessions, or the 12
   * digits of an account. Calls whose credentials do not hold are nobody's, and so are unsigned ones.
   */
  readonly caller?: string | undefined
  /** The ARN of the role that is asked for. */
  readonly role?: string | undefined
  /** How long after the injection it begins. At once, where it is left out. */
  readonly after?: Duration.Input | undefined
  /** How long it lasts from its beginning. Without an end, where it is left out. */
  readonly lasting?: Duration.Input | undefined
  /** How many calls it lets pass first. */
  readonly skip?: number | undefined
  /** How many calls it strikes, before it is over. */
  readonly times?: number | undefined
  /**
   * The chance that it strikes a call, from 0 to 1. The world's seed decides: the same calls in the same order are struck
   * each time.
   */
  readonly probability?: number | undefined
}

/**
 * What happens to a call that is struck.
 *
 * @category models
 * @since 0.1.0
 */
export type What =
  | {
      readonly _tag: "Slow"
      /** How much longer STS takes. */
      readonly delay: Duration.Duration
    }
  | {
      readonly _tag: "SkewedDate"
      /** How far ahead the `Date` is; behind, where it is negative. */
      readonly ahead: Duration.Duration
    }
  | {
      readonly _tag: "Refusal"
      /** What STS says. */
      readonly reason: Exclude<StsError.Reason, StsError.InvalidRequest>
      /** The `Retry-After` of the answer. */
      readonly retryAfter: Duration.Duration | undefined
    }
  | { readonly _tag: "RegionDisabled" }
  | {
      readonly _tag: "ProxyError"
      /** The HTTP status of the page. */
      readonly status: number
      /** The `Retry-After` of the page. */
      readonly retryAfter: Duration.Duration | undefined
    }
  | { readonly _tag: "LostAnswer" }
  | { readonly _tag: "TruncatedBody" }
  | { readonly _tag: "EmptyBody" }

/**
 * A fault.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fault {
  /** What happens to a call that is struck. */
  readonly what: What
  /** Which calls it strikes. */
  readonly when: When
}

const make = (what: What, when: When = {}): Fault => ({ what, when })

const optional = (input: Duration.Input | undefined): Duration.Duration | undefined =>
  input === undefined ? undefined : Duration.fromInputUnsafe(input)

/**
 * STS says no for this reason, with the status that goes with it, and does nothing. A `TransportError` is a connection
 * that breaks, an `InvalidResponse` the page of a proxy.
 *
 * `retryAfter` goes with the answer as its `Retry-After`, in whole seconds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const refusal = (
  reason: Exclude<StsError.Reason, StsError.InvalidRequest>,
  when?: When & {
    /** The `Retry-After` of the answer, in whole seconds. None, where it is left out. */
    readonly retryAfter?: Duration.Input | undefined
  },
): Fault => make({ _tag: "Refusal", reason, retryAfter: optional(when?.retryAfter) }, when)

/**
 * STS says `Throttling`, with status 400 as it does, and does nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const throttling = (when?: When): Fault => refusal(new StsError.Throttling({ message: "Rate exceeded" }), when)

/**
 * STS says `InternalFailure`, with status 500, and does nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const internalFailure = (when?: When): Fault =>
  refusal(
    new StsError.InternalFailure({
      message: "The request processing has failed because of an unknown error, exception or failure.",
    }),
    when,
  )

/**
 * STS says `ServiceUnavailable`, with status 503, and does nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const serviceUnavailable = (when?: When): Fault =>
  refusal(new StsError.ServiceUnavailable({ message: "Service Unavailable" }), when)

/**
 * STS is not activated in the region, for the account that credentials are asked of: `RegionDisabledException`, with
 * status 403. In a world an account can have a region that is off for all calls: see `disabledRegions` of `World`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const regionDisabled = (when?: When): Fault => make({ _tag: "RegionDisabled" }, when)

/**
 * There is no connection: a `TransportError` that was never sent. STS does nothing. A server that has the connection
 * already breaks it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connectionRefused = (when?: When): Fault =>
  refusal(new StsError.TransportError({ message: "The request was not sent (ECONNREFUSED)", isSent: false }), when)

/**
 * The connection breaks before STS does anything: a `TransportError`, of which the caller cannot know that.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connectionReset = (when?: When): Fault =>
  refusal(new StsError.TransportError({ message: "No answer came (ECONNRESET)" }), when)

/**
 * STS does what it is asked, and the connection breaks before its answer: an MFA code is used up, and a session is there
 * that nobody knows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lostAnswer = (when?: When): Fault => make({ _tag: "LostAnswer" }, when)

/**
 * STS does what it is asked, and the connection breaks in the middle of the answer's body: a `TransportError` that was
 * sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const truncatedBody = (when?: When): Fault => make({ _tag: "TruncatedBody" }, when)

/**
 * STS does what it is asked, and the answer comes with its status and headers, but an empty body: an `InvalidResponse`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const emptyBody = (when?: When): Fault => make({ _tag: "EmptyBody" }, when)

/**
 * A proxy answers in the place of STS, which hears nothing of it: a page of HTML with this status. An `InvalidResponse`;
 * of status 429, `Throttling`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const proxyError = (
  status: number,
  when?: When & {
    /** The `Retry-After` of the page, in whole seconds. None, where it is left out. */
    readonly retryAfter?: Duration.Input | undefined
  },
): Fault => make({ _tag: "ProxyError", status, retryAfter: optional(when?.retryAfter) }, when)

/**
 * STS takes this much longer, on Effect's Clock. It acts at the end of it: a call that is interrupted before has not
 * happened.
 *
 * @category constructors
 * @since 0.1.0
 */
export const slow = (delay: Duration.Input, when?: When): Fault =>
  make({ _tag: "Slow", delay: Duration.fromInputUnsafe(delay) }, when)

/**
 * The `Date` of the answer is this much ahead, or behind where it is negative: `"-10 minutes"`. STS itself goes by the
 * right time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const skewedDate = (ahead: Duration.Input, when?: When): Fault =>
  make({ _tag: "SkewedDate", ahead: Duration.fromInputUnsafe(ahead) }, when)

const after = (retryAfter: Duration.Duration | undefined): string =>
  retryAfter === undefined ? "" : `, retry after ${Duration.format(retryAfter)}`

/**
 * What happens, in a few words, as the log has it.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = ({ what }: Fault): string => {
  switch (what._tag) {
    case "Slow":
      return `slow by ${Duration.format(what.delay)}`
    case "SkewedDate":
      return `Date ${Duration.format(Duration.abs(what.ahead))} ${Duration.isNegative(what.ahead) ? "behind" : "ahead"}`
    case "Refusal": {
      const code = what.reason._tag === "UnknownServiceError" ? what.reason.code : what.reason._tag
      return `${code}${after(what.retryAfter)}`
    }
    case "RegionDisabled":
      return "region disabled"
    case "ProxyError":
      return `HTTP ${what.status} of a proxy${after(what.retryAfter)}`
    case "LostAnswer":
      return "answer lost"
    case "TruncatedBody":
      return "body cut off"
    case "EmptyBody":
      return "body empty"
  }
}
