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
import type { CredentialsError } from "../CredentialsError.ts"
import type * as RefreshPolicy from "../RefreshPolicy.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import type { Identity } from "./asIdentity.ts"
import * as Failure from "./failure.ts"
import type { AskCode } from "./mfaDesk.ts"
import type { Recipe } from "./recipe.ts"

export { scopeClosed } from "./failure.ts"

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** One user of a session: a frame, or the session above. */
export interface Lease {
  readonly session: Session
  readonly isFrame: boolean
  /** Where the recipe was put to use, which is what it runs in. Not kept while the session above is idle. */
  context: Context.Context<never> | undefined
}

/** One request for new credentials, shared by all who wait for it. */
interface Flight {
  readonly answer: Deferred.Deferred<AwsCredentials, Failure.Failure>
  waiters: number
  /** Interrupts what fetches, and waits until that has ended. */
  cancel: Effect.Effect<void>
  /** Whether the identity below failed, and the recipe with it: no recipe goes on without the identity that it asks for. */
  isFailedBelow: boolean
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
  failure: { readonly failure: Failure.Failure; readonly since: number; readonly until: number } | undefined
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

/** Takes a set into use. The windows are fixed now, by the lifetime with which the set was issued (rule 2). */
const store = (session: Session, credentials: AwsCredentials, now: number) => {
  const { advisoryWindow, mandatoryWindow } = session.policy
  const expiresAt = credentials.expiration === undefined ? Infinity : DateTime.toEpochMillis(credentials.expiration)
  const lifetime = Duration.millis(expiresAt - now)
  const advisory = typeof advisoryWindow === "function" ? advisoryWindow(lifetime) : advisoryWindow
  const before = (window: Duration.Input) => (expiresAt === Infinity ? Infinity : expiresAt - Duration.toMillis(window))
  session.credentials = credentials
  session.cached = Effect.succeed(credentials)
  session.expiresAt = expiresAt
  session.mandatoryAt = before(mandatoryWindow)
  session.advisoryAt = Math.min(session.mandatoryAt, before(advisory))
  session.isInvalid = false
  session.failure = undefined
}

/**
 * The cached set, if it goes on while its source cannot be reached. A session that needs a person to renew it is not
 * served stale: its next acquisition asks again.
 */
const standby = ({ cached, expiresAt, policy, recipe }: Session, now: number) =>
  now < expiresAt || (policy.onOutage === "serveStale" && recipe.prompt === undefined) ? cached : undefined

/** What a failure comes to for a caller: the cached set where it may still be used, else the failure. */
const settled = (
  session: Session,
  failure: Failure.Failure,
  now: number,
): Effect.Effect<AwsCredentials, Failure.Failure> => {
  const mayServe =
    !session.isClosed && (failure.kind === "recoverable" || (failure.kind === "unavailable" && now < session.expiresAt))
  return (mayServe ? standby(session, now) : undefined) ?? Effect.fail(failure)
}

/**
 * Leaves the source alone for a while, and gives that time in milliseconds. Nothing is remembered of a first fetch (rule
 * 5), of one that a person has just typed a code for, and of one that got no further than the session below.
 */
const remember = (session: Session, failure: Failure.Failure, now: number, random: number) => {
  const { credentials, policy, recipe } = session
  if (credentials === undefined || recipe.prompt !== undefined || failure.isFromBelow) return 0
  const range = failure.kind === "final" ? policy.errorMemory : policy.backoff
  const [min, max] = [Duration.toMillis(range.min), Duration.toMillis(range.max)]
  const pause = min + (max - min) * random
  session.failure = { failure, since: now, until: now + pause }
  return pause
}

/** What is wrong with an answer: a set that has expired already is none (rule 7). */
const faultOf = ({ recipe: { isRenewable, label } }: Session, { expiration }: AwsCredentials, now: number) => {
  if (expiration === undefined || now < DateTime.toEpochMillis(expiration)) return undefined
  return isRenewable
    ? Failure.noAnswer(label, "answered with credentials that have expired already, if the clock here is right")
    : Failure.expired(label, expiration)
}

const count = (session: Session, outcome: Failure.Kind | "success") =>
  Metric.update(Metric.withAttributes(refreshes, { kind: session.recipe.kind, outcome }), 1)

/**
 * Takes an answer into the session, in one step, and then reports it. The answer to a flight that nobody waits for any
 * more, or whose session is closed, changes nothing.
 */
const land = (session: Session, flight: Flight, exit: Exit.Exit<AwsCredentials, unknown>) =>
  Effect.withFiber((fiber): Effect.Effect<AwsCredentials, Failure.Failure> => {
    if (session.flight !== flight) return Effect.interrupt
    const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
    const fault = Exit.isSuccess(exit) ? faultOf(session, exit.value, now) : undefined
    if (Exit.isSuccess(exit) && fault === undefined) {
      store(session, exit.value, now)
      session.flight = undefined
      return Effect.as(count(session, "success"), exit.value)
    }
    const cause = Exit.isSuccess(exit) ? Cause.fail(fault) : exit.cause
    const failure = Failure.make(session.recipe.label, cause, flight.isFailedBelow)
    const pause = remember(session, failure, now, fiber.getRef(Random.Random).nextDoubleUnsafe())
    session.flight = undefined
    return count(session, failure.kind).pipe(
      Effect.andThen(pause > 0 && failure.kind === "recoverable" ? warn(session, failure, pause, now) : Effect.void),
      Effect.andThen(Effect.fail(failure)),
    )
  })

const warn = (session: Session, failure: Failure.Failure, pause: number, now: number) =>
  Effect.logWarning(
    `${Failure.toCredentialsError(session.recipe.label, failure).message}. It is not asked again for ${Math.round(pause / 1000)} seconds${
      standby(session, now) === undefined ? "" : ", in which its current credentials stay in use"
    }.`,
  )

/** The session below, for a flight that signs with it. */
const identityBelow = ({ below, recipe }: Session, flight: Flight): Identity<CredentialsError, never> => ({
  current: Effect.tapError(
    below === undefined ? Effect.failSync(() => Failure.noneBelow(recipe.label)) : current(below.session),
    () =>
      Effect.sync(() => {
        flight.isFailedBelow = true
      }),
  ),
  invalidate: (accessKeyId) =>
    Effect.sync(() => {
      if (below !== undefined) invalidate(below.session, accessKeyId)
    }),
})

/** Runs the recipe once. */
const load = Effect.fnUntraced(function* (session: Session, flight: Flight, isAcquisition: boolean) {
  const { askCode, isInvalid, policy, recipe, sessionName } = session
  const prompt = isAcquisition ? recipe.prompt : undefined
  const below = identityBelow(session, flight)
  if (prompt !== undefined) {
    // A code is precious: it is not asked for where the call, which is always a signed one, cannot be made.
    yield* prompt.check
    yield* below.current
  }
  const tokenCode = prompt === undefined ? undefined : yield* askCode(prompt)
  // While a set is there to go on with, the backoff is the retry: an STS in trouble sees one request.
  const isCovered = standby(session, yield* Clock.currentTimeMillis) !== undefined && !isInvalid
  const fetch = recipe.fetch({ below, sessionName, tokenCode })
  const loadTimeout = Duration.fromInputUnsafe(policy.loadTimeout)
  return yield* (isCovered ? RetryPolicy.withRetryPolicy({ attempts: 1 })(fetch) : fetch).pipe(
    Effect.timeoutOrElse({
      duration: loadTimeout,
      orElse: () =>
        Effect.fail(Failure.noAnswer(recipe.label, `did not answer within ${Duration.format(loadTimeout)}`)),
    }),
    Effect.withSpan("CredentialStack.refresh", {
      attributes: { "credentials.label": recipe.label, "credentials.kind": recipe.kind },
    }),
  )
})

/** What the recipe runs in: where it was put to use last by one who still does, but not in the span of that. */
const refreshContext = (session: Session): Context.Context<never> => {
  let newest: Lease | undefined
  for (const lease of session.leases) {
    if (lease.context !== undefined && (lease.isFrame || newest?.isFrame !== true)) newest = lease
  }
  return Context.omit(Tracer.ParentSpan)(newest?.context ?? Context.empty())
}

/** Starts a flight, all in one step: no interruption can come between its fiber and whoever will wait for it. */
const start = (session: Session, acquirer: Context.Context<never> | undefined): Flight => {
  const flight: Flight = { answer: Deferred.makeUnsafe(), waiters: 0, cancel: Effect.void, isFailedBelow: false }
  session.flight = flight
  const fiber = Effect.withFiber((fiber) => {
    flight.cancel = Fiber.interrupt(fiber)
    return Effect.flatMap(Effect.exit(load(session, flight, acquirer !== undefined)), (exit) =>
      land(session, flight, exit),
    )
  }).pipe(
    // oxlint-disable-next-line no-unsafe-type-assertion -- what the recipe needs was there when it was put to use
    Effect.runForkWith((acquirer ?? refreshContext(session)) as Context.Context<unknown>),
  )
  // However it ended, also by a fault of ours or of the policy's: nobody waits in vain.
  fiber.addObserver((exit) => {
    if (session.flight === flight) session.flight = undefined
    const isAnswer = Exit.isSuccess(exit) || Cause.hasFails(exit.cause)
    Deferred.doneUnsafe(
      flight.answer,
      isAnswer ? exit : Exit.fail(Failure.make(session.recipe.label, exit.cause, false)),
    )
  })
  return flight
}

/**
 * Waits for a flight, in an uninterruptible region of which `restore` excepts the wait. An interrupted waiter just
 * leaves; the last one to leave cancels the flight.
 */
const join = (session: Session, flight: Flight, restore: Restore): Effect.Effect<AwsCredentials, Failure.Failure> => {
  flight.waiters++
  return Effect.onExit(restore(Deferred.await(flight.answer)), () => {
    flight.waiters--
    if (flight.waiters > 0 || session.flight !== flight) return Effect.void
    session.flight = undefined
    return flight.cancel
  }).pipe(Effect.catch((failure) => Effect.flatMap(Clock.currentTimeMillis, (now) => settled(session, failure, now))))
}

const ended = ({ expiresAt, recipe: { label, prompt } }: Session) =>
  prompt === undefined ? Failure.expired(label, DateTime.makeUnsafe(expiresAt)) : Failure.mfaRequired(label, prompt)

const unavailable = (error: CredentialsError) => Effect.fail(Failure.unavailable(error))

/**
 * The rules, for a session whose cached set cannot simply be handed out. `acquirer` is there for an acquisition. What is
 * decided here is begun in the same step, so nothing can change in between.
 */
const obtain = (
  session: Session,
  acquirer: Context.Context<never> | undefined,
): Effect.Effect<AwsCredentials, Failure.Failure> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((fiber) => {
      const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
      const { cached, failure, flight, recipe } = session
      if (session.isClosed || session.leases.size === 0) return unavailable(Failure.scopeClosed(recipe.label))
      const isAdvisory = cached !== undefined && !session.isInvalid && now < session.mandatoryAt
      if (isAdvisory && (now < session.advisoryAt || flight !== undefined)) return cached
      const isRenewable = recipe.prompt === undefined ? recipe.isRenewable : acquirer !== undefined && !isAdvisory
      if (cached !== undefined && !isRenewable) return now < session.expiresAt ? cached : unavailable(ended(session))
      // A clock that was set back ends the pause, which would else last as long as it went back.
      const isPaused = failure !== undefined && failure.since <= now && now < failure.until
      if (isPaused) return settled(session, failure.failure, now)
      return join(session, flight ?? start(session, acquirer), restore)
    }),
  )

/** The cached set, where it can be handed out without a question. */
const fresh = (session: Session, now: number) =>
  now < session.advisoryAt && !session.isInvalid && !session.isClosed ? session.cached : undefined

const failCause = ({ cause }: Failure.Failure) => Effect.failCause(cause)

/** Current credentials, for whoever uses the session. Never prompts. */
export const current = (session: Session): Effect.Effect<AwsCredentials, CredentialsError> =>
  Effect.withFiber((fiber) => {
    const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
    return (
      fresh(session, now) ??
      Effect.mapError(obtain(session, undefined), (failure) =>
        Failure.toCredentialsError(session.recipe.label, failure),
      )
    )
  })

/** Credentials for whoever puts the session to use: may prompt, and fails with the recipe's own error. */
export const acquire = ({ context, session }: Lease): Effect.Effect<AwsCredentials, unknown> =>
  Effect.withFiber((fiber) => {
    const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
    return fresh(session, now) ?? obtain(session, context).pipe(Effect.catch(failCause))
  })

/** Someone was told that the cached keys are expired or unknown: the next call gets new ones (rule 8). */
export const invalidate = (session: Session, accessKeyId: string) => {
  if (session.credentials?.accessKeyId === accessKeyId) session.isInvalid = true
}

/**
 * Ends the session at once: whoever waits for it, or asks from now on, gets `ScopeClosed`. What is given cancels its
 * flight, and waits until that has ended.
 */
export const close = (session: Session): Effect.Effect<void> => {
  session.isClosed = true
  const { flight } = session
  if (flight === undefined) return Effect.void
  session.flight = undefined
  Deferred.doneUnsafe(flight.answer, unavailable(Failure.scopeClosed(session.recipe.label)))
  return flight.cancel
}
