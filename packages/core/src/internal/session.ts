/**
 * The refresh engine: live credentials and how to renew them, by the rules of 2026 (see `RefreshPolicy`).
 *
 * A session has one set of credentials, at most one request for new ones under way, which all who need it wait for
 * together, and a memory of what went wrong last. Who waits decides by {@link settled} what a failure means: the
 * cached set, or an error.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Tracer from "effect/Tracer"
import type { AwsCredentials } from "../AwsCredentials.ts"
import {
  CredentialsError,
  Expired,
  MfaRequired,
  NoCredentials,
  RefreshFailed,
  ScopeClosed,
} from "../CredentialsError.ts"
import type * as RefreshPolicy from "../RefreshPolicy.ts"
import * as StsError from "../StsError.ts"
import type { AskCode } from "./mfaDesk.ts"
import type { Recipe } from "./recipe.ts"

/** One user of a session: a frame, or the session above. Its context is what the recipe runs in. */
export interface Lease {
  readonly session: Session
  readonly context: Context.Context<never>
}

/** One request for new credentials, shared by all who wait for it. */
interface Flight {
  readonly deferred: Deferred.Deferred<AwsCredentials, Failure>
  waiters: number
  fiber: Fiber.Fiber<unknown> | undefined
}

/**
 * What a failure means. `recoverable`: the source may answer later, so the cached set goes on. `final`: the source said
 * no. `unavailable`: the identity below has no credentials to ask with; that costs nothing to find out, so there is no
 * backoff, and an expired set is not served.
 */
type FailureKind = "recoverable" | "final" | "unavailable"

interface Failure {
  readonly kind: FailureKind
  readonly cause: Cause.Cause<unknown>
}

export interface Session {
  readonly id: number
  readonly recipe: Recipe<unknown, unknown>
  readonly policy: RefreshPolicy.Settings
  readonly below: Lease | undefined
  readonly sessionName: string
  readonly askCode: AskCode
  readonly leases: Set<Lease>
  /** The cached set as an effect, so that handing it out allocates nothing. */
  cached: Effect.Effect<AwsCredentials> | undefined
  credentials: AwsCredentials | undefined
  /** Until then the cached set is given without a question; all three in epoch milliseconds. */
  advisoryAt: number
  mandatoryAt: number
  expiresAt: number
  isInvalid: boolean
  /** What went wrong last, and until when nobody asks the source again. */
  failure: { readonly failure: Failure; readonly until: number } | undefined
  flight: Flight | undefined
  isClosed: boolean
}

const refreshes = Metric.counter("sts_session_refreshes_total", {
  description: "Requests for credentials, by kind of source and outcome",
  incremental: true,
})

export const make = (options: {
  readonly id: number
  readonly recipe: Recipe<unknown, unknown>
  readonly policy: RefreshPolicy.Settings
  readonly below: Lease | undefined
  readonly sessionName: string
  readonly askCode: AskCode
}): Session => ({
  ...options,
  leases: new Set(),
  cached: undefined,
  credentials: undefined,
  advisoryAt: -Infinity,
  mandatoryAt: -Infinity,
  expiresAt: -Infinity,
  isInvalid: false,
  failure: undefined,
  flight: undefined,
  isClosed: false,
})

export const scopeClosed = (label: string) =>
  new CredentialsError({
    reason: new ScopeClosed({
      message: `${label} has ended: what it was acquired for is closed, and nothing replaces it`,
    }),
  })

/** Takes a set into use. The windows are fixed now, by the lifetime with which the set was issued (rule 2). */
const store = (session: Session, credentials: AwsCredentials, now: number) => {
  const { advisoryWindow, mandatoryWindow } = session.policy
  const expiresAt = credentials.expiration === undefined ? Infinity : DateTime.toEpochMillis(credentials.expiration)
  const lifetime = Duration.millis(expiresAt - now)
  const advisory = typeof advisoryWindow === "function" ? advisoryWindow(lifetime) : advisoryWindow
  session.credentials = credentials
  session.cached = Effect.succeed(credentials)
  session.expiresAt = expiresAt
  session.mandatoryAt = expiresAt - Duration.toMillis(mandatoryWindow)
  session.advisoryAt = Math.min(session.mandatoryAt, expiresAt - Duration.toMillis(advisory))
  session.isInvalid = false
  session.failure = undefined
}

const finalCodes: ReadonlySet<StsError.Reason["_tag"]> = new Set([
  "AccessDenied",
  "IDPRejectedClaim",
  "InvalidIdentityToken",
  "MalformedPolicyDocument",
  "PackedPolicyTooLarge",
  "RegionDisabledException",
])

const kindOf = (error: unknown): FailureKind => {
  if (error instanceof StsError.StsError) return finalCodes.has(error.reason._tag) ? "final" : "recoverable"
  if (!(error instanceof CredentialsError)) return "recoverable"
  return error.reason._tag === "RefreshFailed" ? kindOf(error.reason.error) : "unavailable"
}

/** A failure as those see it who did not choose the source and so cannot know its error. */
const toCredentialsError = (session: Session, { cause }: Failure): CredentialsError => {
  const error = Cause.squash(cause)
  return error instanceof CredentialsError
    ? error
    : new CredentialsError({
        reason: new RefreshFailed({
          label: session.recipe.label,
          message: `${session.recipe.label} gave no credentials: ${error instanceof Error ? error.message : "its source failed"}`,
          error,
        }),
      })
}

/**
 * What a failure comes to for a caller: the cached set where it may still be used, else the failure. A session that
 * needs a person to renew it is not served stale: its next acquisition asks again.
 */
const settled = (session: Session, failure: Failure, now: number): Effect.Effect<AwsCredentials, Failure> => {
  const { cached, expiresAt, policy, recipe } = session
  if (cached === undefined || failure.kind === "final") return Effect.fail(failure)
  const servesStale = failure.kind === "recoverable" && policy.onOutage === "serveStale" && recipe.prompt === undefined
  return now < expiresAt || servesStale ? cached : Effect.fail(failure)
}

const remember = Effect.fnUntraced(function* (session: Session, failure: Failure, now: number) {
  const { credentials, policy, recipe } = session
  yield* Metric.update(Metric.withAttributes(refreshes, { kind: recipe.kind, outcome: failure.kind }), 1)
  // Rule 5: a first fetch that fails is not rate-limited; nor is one that a person has just typed a code for, nor one
  // that ended at the identity below.
  if (credentials === undefined || recipe.prompt !== undefined || failure.kind === "unavailable") return
  const { max, min } = failure.kind === "final" ? policy.errorMemory : policy.backoff
  const pause = yield* Random.nextBetween(Duration.toMillis(min), Duration.toMillis(max))
  session.failure = { failure, until: now + pause }
  if (failure.kind === "recoverable") {
    yield* Effect.logWarning(
      `${toCredentialsError(session, failure).message}. Its current credentials stay in use, and it is not asked again for ${Math.round(pause / 1000)} seconds.`,
    )
  }
})

const noneBelow = (label: string) =>
  new CredentialsError({
    reason: new NoCredentials({ message: `${label} signs with the identity below it, and there is none`, tried: [] }),
  })

/** Runs the recipe once and takes its answer into the session. */
const load = (session: Session, flight: Flight, isAcquisition: boolean) =>
  Effect.gen(function* () {
    const { askCode, below, policy, recipe, sessionName } = session
    const tokenCode = isAcquisition && recipe.prompt !== undefined ? yield* askCode(recipe.prompt) : undefined
    return yield* recipe
      .fetch({
        below: below === undefined ? Effect.fail(noneBelow(recipe.label)) : current(below.session),
        sessionName,
        tokenCode,
      })
      .pipe(
        Effect.timeoutOrElse({
          duration: policy.loadTimeout,
          orElse: () =>
            Effect.fail(
              noAnswer(
                recipe.label,
                `did not answer within ${Duration.format(Duration.fromInputUnsafe(policy.loadTimeout))}`,
              ),
            ),
        }),
        Effect.withSpan("CredentialStack.refresh", {
          attributes: { "credentials.label": recipe.label, "credentials.kind": recipe.kind },
        }),
      )
  }).pipe(
    Effect.exit,
    Effect.flatMap((exit) => land(session, flight, exit)),
  )

const noAnswer = (label: string, fault: string) =>
  new CredentialsError({
    reason: new RefreshFailed({ label, message: `${label} ${fault}`, error: new Error(fault) }),
  })

const land = Effect.fnUntraced(function* (session: Session, flight: Flight, exit: Exit.Exit<AwsCredentials, unknown>) {
  // A flight that nobody waits for any more, or whose session is closed, changes nothing.
  if (session.flight !== flight) return
  const now = yield* Clock.currentTimeMillis
  const isExpired =
    Exit.isSuccess(exit) && exit.value.expiration !== undefined && DateTime.toEpochMillis(exit.value.expiration) <= now
  if (Exit.isSuccess(exit) && !isExpired) {
    store(session, exit.value, now)
    session.flight = undefined
    Deferred.doneUnsafe(flight.deferred, Effect.succeed(exit.value))
    yield* Metric.update(Metric.withAttributes(refreshes, { kind: session.recipe.kind, outcome: "success" }), 1)
    return
  }
  const cause = Exit.isSuccess(exit)
    ? Cause.fail(noAnswer(session.recipe.label, "answered with credentials that have expired already"))
    : Cause.hasInterruptsOnly(exit.cause)
      ? // A recipe that interrupts itself has failed; a bare interrupt would take its callers down with it.
        Cause.fail(noAnswer(session.recipe.label, "was interrupted by itself"))
      : exit.cause
  const failure: Failure = { kind: kindOf(Cause.squash(cause)), cause }
  yield* remember(session, failure, now)
  session.flight = undefined
  Deferred.doneUnsafe(flight.deferred, Exit.fail(failure))
})

/** What the recipe runs in: the newest user's context, but not the span that it was acquired in. */
const refreshContext = (session: Session) => {
  let context = Context.empty()
  for (const lease of session.leases) context = lease.context
  return Context.omit(Tracer.ParentSpan)(context)
}

const start = (session: Session, acquirer: Context.Context<never> | undefined): Effect.Effect<Flight> => {
  const flight: Flight = { deferred: Deferred.makeUnsafe(), waiters: 0, fiber: undefined }
  session.flight = flight
  return load(session, flight, acquirer !== undefined).pipe(
    // The recipe's services are in the context that was captured when it was put to use.
    Effect.setContext((acquirer ?? refreshContext(session)) as Context.Context<unknown>),
    Effect.forkDetach({ uninterruptible: false }),
    Effect.map((fiber) => {
      flight.fiber = fiber
      return flight
    }),
  )
}

/** Waits for a flight. An interrupted waiter just leaves; the last one to leave cancels the flight. */
const join = (session: Session, flight: Flight): Effect.Effect<AwsCredentials, Failure> =>
  Effect.suspend(() => {
    flight.waiters++
    return Effect.onExit(Deferred.await(flight.deferred), () => {
      flight.waiters--
      if (flight.waiters > 0 || session.flight !== flight) return Effect.void
      session.flight = undefined
      return flight.fiber === undefined ? Effect.void : Fiber.interrupt(flight.fiber)
    })
  }).pipe(Effect.catch((failure) => Effect.flatMap(Clock.currentTimeMillis, (now) => settled(session, failure, now))))

const unavailable = (error: CredentialsError): Effect.Effect<never, Failure> =>
  Effect.fail({ kind: "unavailable", cause: Cause.fail(error) })

const ended = ({ expiresAt, recipe }: Session): CredentialsError =>
  new CredentialsError({
    reason:
      recipe.prompt === undefined
        ? new Expired({
            message: `${recipe.label} has expired, and cannot be renewed`,
            expiration: DateTime.makeUnsafe(expiresAt),
          })
        : new MfaRequired({
            message: `${recipe.label} has expired, and needs a new code of the MFA device ${recipe.prompt.serialNumber}: acquire it again`,
            serialNumber: recipe.prompt.serialNumber,
          }),
  })

/** The rules, for a session whose cached set cannot simply be handed out. `acquirer` is there for an acquisition. */
const obtain = (
  session: Session,
  now: number,
  acquirer: Context.Context<never> | undefined,
): Effect.Effect<AwsCredentials, Failure> => {
  const { cached, failure, flight, recipe } = session
  if (session.isClosed) return unavailable(scopeClosed(recipe.label))
  const isAdvisory = cached !== undefined && !session.isInvalid && now < session.mandatoryAt
  const isRenewable = recipe.prompt === undefined ? recipe.isRenewable : acquirer !== undefined && !isAdvisory
  if (cached !== undefined && !isRenewable) return now < session.expiresAt ? cached : unavailable(ended(session))
  if (failure !== undefined && now < failure.until) return settled(session, failure.failure, now)
  if (flight !== undefined) return isAdvisory ? cached : join(session, flight)
  return Effect.flatMap(start(session, acquirer), (started) => join(session, started))
}

/** The cached set, where it can be handed out without a question. */
const fresh = (session: Session, now: number) =>
  now < session.advisoryAt && !session.isInvalid && !session.isClosed ? session.cached : undefined

const failCause = ({ cause }: Failure) => Effect.failCause(cause)

/** Current credentials, for whoever uses the session. Never prompts. */
export const current = (session: Session): Effect.Effect<AwsCredentials, CredentialsError> =>
  Effect.withFiber((fiber) => {
    const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
    return (
      fresh(session, now) ??
      Effect.mapError(obtain(session, now, undefined), (failure) => toCredentialsError(session, failure))
    )
  })

/** Credentials for whoever puts the session to use: may prompt, and fails with the recipe's own error. */
export const acquire = ({ context, session }: Lease): Effect.Effect<AwsCredentials, unknown> =>
  Effect.withFiber((fiber) => {
    const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
    return fresh(session, now) ?? Effect.catch(obtain(session, now, context), failCause)
  })

/** Someone was told that the cached keys are expired or unknown: the next call gets new ones (rule 8). */
export const invalidate = (session: Session, accessKeyId: string) => {
  if (session.credentials?.accessKeyId === accessKeyId) session.isInvalid = true
}

/** Ends the session: its flight is cancelled and waited for, and whoever waits for it gets `ScopeClosed`. */
export const close = (session: Session): Effect.Effect<void> =>
  Effect.suspend(() => {
    session.isClosed = true
    const { flight } = session
    if (flight === undefined) return Effect.void
    session.flight = undefined
    Deferred.doneUnsafe(flight.deferred, unavailable(scopeClosed(session.recipe.label)))
    return flight.fiber === undefined ? Effect.void : Fiber.interrupt(flight.fiber)
  })
