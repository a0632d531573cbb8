/**
 * An STS that runs on a world: authenticates, answers, keeps the log, and fails when it is told to. It has no transport
 * and no clock: a backend or a server brings both.
 *
 * What a call changes it changes in one step, in which no fiber can come between, so the same calls in the same order at
 * the same times get the same bytes. Only cryptography that is asynchronous stands outside of it.
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as StsError from "@effect-sts/core/StsError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as World from "../../World.ts"
import * as Totp from "../totp.ts"
import * as Authorize from "./authorize.ts"
import { authenticate, type Caller, type Proof } from "./caller.ts"
import type { Moment } from "./moment.ts"
import * as ProvidedContexts from "./providedContexts.ts"
import * as Refusal from "./refusal.ts"
import type { Endpoint } from "./region.ts"
import { simulations } from "./simulations.ts"
import * as State from "./state.ts"

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

export interface Answer {
  readonly requestId: string
  readonly result: Result.Result<unknown, Refusal.Refusal>
}

/** A call as the log has it. */
export interface Entry {
  readonly operation: string
  readonly caller: string | undefined
  readonly time: number
  readonly outcome: string
}

export interface Fault {
  readonly reason: StsError.Reason
  readonly operation: string | undefined
  times: number
}

export interface Engine {
  readonly state: State.State
  readonly log: Array<Entry>
  readonly faults: Array<Fault>
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

const outage = () =>
  new StsError.TransportError({ message: "STS cannot be reached: the test has set an outage", isSent: false })

/** The failure that the test has ordered for this call, which is one the fewer of them now. */
const takeFault = ({ faults, isOut }: Engine, operation: string): StsError.Reason | undefined => {
  if (isOut) return outage()
  const fault = faults.find((fault) => fault.operation === undefined || fault.operation === operation)
  if (fault === undefined) return undefined
  fault.times--
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1)
  return fault.reason
}

const momentOf = (
  engine: Engine,
  now: number,
  { endpoint, sourceIp }: Pick<Request, "endpoint" | "sourceIp"> = {},
  requestId = "",
): Moment => ({
  state: engine.state,
  now,
  requestId,
  endpoint: endpoint ?? { region: engine.state.region, isGlobal: false },
  sourceIp: engine.sourceIp ?? sourceIp,
})

const callerOf = (moment: Moment, { proof, signatureFault }: Request) =>
  signatureFault === undefined ? authenticate(moment, proof) : Result.fail(signatureFault)

/** What becomes of a call that no fault was ordered for. */
const answer = (
  moment: Moment,
  { operation, request, requestFault }: Request,
  caller: Result.Result<Caller, Refusal.Refusal> | undefined,
): Effect.Effect<unknown, Refusal.Refusal> => {
  if (caller !== undefined && Result.isFailure(caller)) return Effect.fail(caller.failure)
  const simulation = simulations.get(operation.name)
  if (simulation === undefined) return Effect.fail(Refusal.notSimulated(operation.name))
  return requestFault === undefined ? simulation.answer(request, moment, caller?.success) : Effect.fail(requestFault)
}

/** The answer to a call at a time in epoch milliseconds. */
export const handle = (engine: Engine, now: number, request: Request): Effect.Effect<Answer> =>
  Effect.suspend(() => {
    const { log, state } = engine
    const { name, auth } = request.operation
    const requestId = state.identifiers.requestId()
    const moment = momentOf(engine, now, request, requestId)
    const caller = auth === "signed" ? callerOf(moment, request) : undefined
    const fault = takeFault(engine, name)
    const outcome = fault === undefined ? answer(moment, request, caller) : Effect.fail(Refusal.fromReason(fault))
    return Effect.map(Effect.result(outcome), (result) => {
      log.push({
        operation: name,
        caller: caller !== undefined && Result.isSuccess(caller) ? caller.success.arn : undefined,
        time: now,
        outcome: Result.isSuccess(result) ? "Success" : Refusal.codeOf(result.failure.reason),
      })
      return { requestId, result }
    })
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
export const delegate = (
  { state }: Engine,
  roleArn: string,
  terms: Omit<State.Delegation, "role">,
): string | undefined => {
  const role = state.roles.get(roleArn)
  if (role === undefined) return undefined
  const token = state.identifiers.tradeInToken()
  state.delegations.set(token, { role, ...terms })
  return token
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

export const deleteRole = ({ state }: Engine, arn: string): boolean => {
  const role = state.roles.get(arn)
  if (role === undefined) return false
  State.deleteRole(state, role)
  return true
}

export const recreateRole = (engine: Engine, arn: string): boolean => {
  deleteRole(engine, arn)
  return State.createRole(engine.state, arn)
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
