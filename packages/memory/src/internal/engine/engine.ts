/**
 * An STS that runs on a world: authenticates, answers, keeps the log, and fails when it is told to. It has no transport
 * and, but for calls that a fault slows, no clock: a backend or a server brings both.
 *
 * What a call changes it changes in one step, in which no fiber can come between, so the same calls in the same order at
 * the same times get the same bytes. Only cryptography that is asynchronous stands outside of it.
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as StsError from "@effect-sts/core/StsError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as World from "../../World.ts"
import * as Totp from "../totp.ts"
import * as Authorize from "./authorize.ts"
import { authenticate, type Caller, type Proof } from "./caller.ts"
import * as Faults from "./faults.ts"
import type { Moment } from "./moment.ts"
import * as ProvidedContexts from "./providedContexts.ts"
import * as ProxyPage from "./proxyPage.ts"
import * as ReadRole from "./readRole.ts"
import * as Refusal from "./refusal.ts"
import type { Endpoint } from "./region.ts"
import * as Roles from "./roles.ts"
import { simulations } from "./simulations.ts"
import * as State from "./state.ts"
import * as TradeInToken from "./tradeInToken.ts"
import * as Validation from "./validation.ts"

export interface Request {
  readonly operation: Operation.Any
  /** In AWS's own names. It need not have been validated. */
  readonly request: unknown
  /** None where the request is not signed. */
  readonly proof: Proof | undefined
  /** What a transport found wrong with the signature by itself: its form, its date, its scope. */
  readonly signatureFault?: Refusal.Refusal | undefined
  /** Why a transport could not read the request. It is said to callers who have proved who they are, as STS does. */
  readonly requestFault?: Refusal.Refusal | undefined
  /** Where it came in; at the region of the world where it is left out. */
  readonly endpoint?: Endpoint | undefined
  /** The caller's IP address, where it came over a network. */
  readonly sourceIp?: string | undefined
}

/** How an answer comes to who asked: whole, or as the fault will have it that struck the call. */
export type Delivery =
  | { readonly _tag: "Whole" }
  | Extract<Faults.End, { readonly _tag: "ProxyError" | "LostAnswer" | "TruncatedBody" | "EmptyBody" }>

export interface Answer {
  readonly requestId: string
  readonly result: Result.Result<unknown, Refusal.Refusal>
  /** What its `Date` says, in epoch milliseconds. */
  readonly date: number
  readonly retryAfter: Duration.Duration | undefined
  readonly delivery: Delivery
}

/** A call as the log has it. */
export interface Entry {
  readonly operation: string
  readonly caller: string | undefined
  readonly accessKeyId: string | undefined
  readonly time: number
  readonly outcome: string
  readonly requestId: string
  readonly parameters: { readonly [name: string]: unknown }
  readonly faults: ReadonlyArray<string>
}

/** How many calls the log keeps. It is cut back to them when there are twice as many. */
export const logLength = 50_000

export interface Engine {
  state: State.State
  /** The oldest first. */
  log: Array<Entry>
  /** In the order of their injection. */
  faults: Array<Faults.Injected>
  isOut: boolean
  /** How long a call takes. Whoever brings the clock waits for it. */
  latency: Duration.Duration
  /** The address that all calls come from, whatever a transport says. */
  sourceIp: string | undefined
}

export const make = (world: World.World): Engine => ({
  state: State.make(world),
  log: [],
  faults: [],
  isOut: false,
  latency: Duration.zero,
  sourceIp: undefined,
})

/** An engine of its own that goes on from where this one is. */
export const copy = ({ faults, log, state, ...rest }: Engine): Engine => ({
  ...rest,
  state: State.copy(state),
  log: log.slice(),
  faults: faults.map((injected) => ({ ...injected })),
})

const outage: Faults.Strike = {
  ...Faults.none,
  faults: ["outage"],
  end: {
    _tag: "Refusal",
    reason: new StsError.TransportError({
      message: "STS cannot be reached: the test has set an outage",
      isSent: false,
    }),
    retryAfter: undefined,
  },
}

/** What a call comes to. Until now STS may not have heard of all roles. */
const momentOf = (
  { sourceIp, state }: Engine,
  now: number,
  call: Pick<Request, "endpoint" | "sourceIp"> = {},
  requestId = "",
): Moment => {
  Roles.settle(state, now)
  return {
    state,
    now,
    requestId,
    endpoint: call.endpoint ?? { region: state.region, isGlobal: false },
    sourceIp: sourceIp ?? call.sourceIp,
  }
}

type Authenticated = Result.Result<Caller, Refusal.Refusal> | undefined

const callerOf = (moment: Moment, { operation, proof, signatureFault }: Request): Authenticated => {
  if (operation.auth === "unsigned") return undefined
  return signatureFault === undefined ? authenticate(moment, proof) : Result.fail(signatureFault)
}

const roleArnOf = (request: unknown): string | undefined =>
  Predicate.hasProperty(request, "RoleArn") && Predicate.isString(request.RoleArn) ? request.RoleArn : undefined

const strikeOf = (
  { faults, isOut, state }: Engine,
  now: number,
  { operation, request }: Request,
  caller: Authenticated,
): Faults.Strike => {
  if (isOut) return outage
  if (faults.length === 0) return Faults.none
  const known = caller !== undefined && Result.isSuccess(caller) ? caller.success : undefined
  const arrival = { now, operation: operation.name, caller: known, roleArn: roleArnOf(request) }
  return Faults.strike(faults, arrival, state.identifiers.chance)
}

/** What is said in the place of STS, or by an STS that does nothing; none, where it does what it is asked. */
const refusalOf = (end: Faults.End | undefined, { request }: Request, caller: Authenticated) => {
  switch (end?._tag) {
    case "Refusal":
      return Refusal.fromReason(end.reason)
    case "RegionDisabled":
      return Refusal.regionDisabled(
        roleArnOf(request)?.split(":")[4] ??
          (caller !== undefined && Result.isSuccess(caller) ? caller.success.account : ""),
      )
    case "ProxyError":
      return ProxyPage.read(end.status)
    default:
      return undefined
  }
}

const deliveryOf = (end: Faults.End | undefined): Delivery =>
  end === undefined || end._tag === "Refusal" || end._tag === "RegionDisabled" ? { _tag: "Whole" } : end

/** In whole seconds, as the header has it. */
const retryAfterOf = (end: Faults.End | undefined): Duration.Duration | undefined =>
  end !== undefined && "retryAfter" in end && end.retryAfter !== undefined
    ? Duration.seconds(Math.ceil(Duration.toSeconds(end.retryAfter)))
    : undefined

/** What becomes of a call that STS hears of. */
const answer = (
  moment: Moment,
  { operation, request, requestFault }: Request,
  caller: Authenticated,
): Effect.Effect<unknown, Refusal.Refusal> => {
  if (caller !== undefined && Result.isFailure(caller)) return Effect.fail(caller.failure)
  const simulation = simulations.get(operation.name)
  if (simulation === undefined) return Effect.fail(Refusal.notSimulated(operation.name))
  return requestFault === undefined ? simulation.answer(request, moment, caller?.success) : Effect.fail(requestFault)
}

const record = ({ log }: Engine, entry: Entry): void => {
  log.push(entry)
  if (log.length >= 2 * logLength) log.splice(0, log.length - logLength)
}

/** The call as it comes to STS, at the end of all waiting. */
const act = (
  engine: Engine,
  moment: Moment,
  call: Request,
  requestId: string,
  caller: Authenticated,
  { ahead, end, faults }: Faults.Strike,
): Effect.Effect<Answer> => {
  const refusal = refusalOf(end, call, caller)
  const outcome = refusal === undefined ? answer(moment, call, caller) : Effect.fail(refusal)
  return Effect.map(Effect.result(outcome), (result) => {
    record(engine, {
      operation: call.operation.name,
      caller: caller !== undefined && Result.isSuccess(caller) ? caller.success.arn : undefined,
      accessKeyId: call.proof?.accessKeyId,
      time: moment.now,
      outcome: Result.isSuccess(result) ? "Success" : Refusal.codeOf(result.failure.reason),
      requestId,
      parameters: Validation.parametersOf(call.operation, call.request),
      faults,
    })
    return { requestId, result, date: moment.now + ahead, retryAfter: retryAfterOf(end), delivery: deliveryOf(end) }
  })
}

/** The answer to a call that comes in at a time in epoch milliseconds. */
export const handle = (engine: Engine, now: number, call: Request): Effect.Effect<Answer> =>
  Effect.suspend(() => {
    const requestId = engine.state.identifiers.requestId()
    const moment = momentOf(engine, now, call, requestId)
    const caller = callerOf(moment, call)
    const strike = strikeOf(engine, now, call, caller)
    if (strike.delay <= 0) return act(engine, moment, call, requestId, caller, strike)
    return Effect.sleep(Duration.millis(strike.delay)).pipe(
      Effect.andThen(Clock.currentTimeMillis),
      Effect.flatMap((later) => {
        const moment = momentOf(engine, later, call, requestId)
        return act(engine, moment, call, requestId, callerOf(moment, call), strike)
      }),
    )
  })

export const contextAssertion = ({ state }: Engine, keys: ProvidedContexts.Keys): Redacted.Redacted =>
  ProvidedContexts.assert(state, keys)

/** The code that an MFA device shows, or none where there is no such device. */
export const mfaCode = ({ state }: Engine, now: number, serialNumber: string): string | undefined => {
  const device = state.devices.get(serialNumber)
  return device === undefined ? undefined : Totp.code(device.secret, now)
}

/** Whether credentials, or somebody by ARN, may do something: none where the world has nobody of that ARN. */
export const authorize = (
  engine: Engine,
  now: number,
  caller: Proof | string,
  request: Authorize.Request,
): Result.Result<void, Authorize.Refusal> | undefined => {
  const moment = momentOf(engine, now)
  if (typeof caller === "string") {
    const known = Authorize.callerNamed(moment, caller)
    return known && Authorize.authorize({ ...moment, caller: known }, request)
  }
  return Result.flatMap(Result.mapError(authenticate(moment, caller), Authorize.fromRefusal), (caller) =>
    Authorize.authorize({ ...moment, caller }, request),
  )
}

/** A trade-in token for a session of a role, or none where there is no such role. */
export const delegate = ({ state }: Engine, roleArn: string, terms: TradeInToken.Terms): string | undefined => {
  const role = state.roles.get(roleArn)
  return role && TradeInToken.make(state, role, terms)
}

/** The first active long-term key of a user or root user. */
export const keyOf = ({ state }: Engine, arn: string): State.LongTermKey | undefined => {
  for (const key of state.keys.values()) {
    if (key._tag === "LongTermKey" && key.isActive && key.holder.arn === arn) return key
  }
  return undefined
}

/** Each says whether there was such a thing. */
export const deactivateKey = ({ state }: Engine, accessKeyId: string): boolean => {
  const key = state.keys.get(accessKeyId)
  if (key?._tag !== "LongTermKey") return false
  key.isActive = false
  return true
}

export const hasRole = ({ state }: Engine, arn: string): boolean => Roles.exists(state, arn)

export const deleteRole = (engine: Engine, arn: string): boolean => {
  const exists = hasRole(engine, arn)
  Roles.remove(engine.state, arn)
  return exists
}

/** STS knows the role at once, or from a time on. */
export const recreateRole = (engine: Engine, arn: string, at: number | undefined): boolean => {
  const definition = engine.state.roleDefinitions.get(arn)
  if (definition === undefined) return false
  Roles.remove(engine.state, arn)
  Roles.make(engine.state, arn, definition, at)
  return true
}

/** What is wrong with a role that is to be made; none, where it has been. */
export const createRole = (
  { state }: Engine,
  arn: string,
  input: ReadRole.Input,
  at: number | undefined,
): Effect.Effect<void, ReadonlyArray<string>> =>
  Effect.map(ReadRole.definition(state, arn, input), (definition) => {
    state.roleDefinitions.set(arn, definition)
    Roles.make(state, arn, definition, at)
  })

/** What is wrong with the changes; none, where they have been made. */
export const updateRole = (
  { state }: Engine,
  arn: string,
  changes: Partial<ReadRole.Input>,
): Effect.Effect<void, ReadonlyArray<string>> =>
  Effect.map(ReadRole.changes(state, arn.split(":")[4] ?? "", changes), (read) => Roles.change(state, arn, read))

/** A new key of a user or root user, if there is one of that ARN. */
export const createAccessKey = ({ state }: Engine, arn: string): State.LongTermKey | undefined => {
  const holder = state.holders.get(arn)
  return holder && State.newLongTermKey(state, holder)
}

const longTermKeys = ({ state }: Engine): ReadonlyArray<State.LongTermKey> =>
  Array.from(state.keys.values()).filter((key) => key._tag === "LongTermKey")

export const longTermKeyIds = (engine: Engine): ReadonlyArray<string> =>
  longTermKeys(engine).map(({ accessKeyId }) => accessKeyId)

export const arnsWithKeys = (engine: Engine): ReadonlyArray<string> =>
  longTermKeys(engine)
    .filter(({ isActive }) => isActive)
    .map(({ holder }) => holder.arn)

export const arnsOfEntities = ({ state }: Engine): ReadonlyArray<string> => [
  ...state.holders.keys(),
  ...state.roles.keys(),
]
