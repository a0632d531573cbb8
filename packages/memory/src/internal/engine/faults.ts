/**
 * The faults that the test has injected, and which of them strike a call.
 */
import * as Duration from "effect/Duration"
import * as Fault from "../../Fault.ts"
import type { Caller } from "./caller.ts"

export interface Injected {
  /** By which whoever injected it takes it away again, also from a copy. */
  readonly id: symbol
  readonly fault: Fault.Fault
  /** Epoch milliseconds: it is over at `until`. */
  readonly from: number
  readonly until: number
  /** How many calls it still lets pass, and how many it strikes then. */
  skip: number
  times: number
}

export const inject = (fault: Fault.Fault, now: number): Injected => {
  const { after = 0, lasting = Duration.infinity, skip = 0, times = Infinity } = fault.when
  const from = now + Duration.toMillis(Duration.fromInputUnsafe(after))
  return { id: Symbol(), fault, from, until: from + Duration.toMillis(Duration.fromInputUnsafe(lasting)), skip, times }
}

const isWhole = (count: number | undefined) => count === undefined || (Number.isInteger(count) && count >= 0)

const isArn = (text: string | undefined) => text === undefined || /^arn:[^:]+:(?:iam|sts)::\d{12}:./.test(text)

/** The statuses that a page can come with. */
const isPageStatus = (status: number) =>
  Number.isInteger(status) && status >= 200 && status <= 599 && ![204, 205, 304].includes(status)

/** What is wrong with a fault, which is a mistake in the test: it could never strike, or not as it is meant. */
export const mistakesIn = ({ what, when }: Fault.Fault): ReadonlyArray<string> => {
  const { caller, probability = 0, role, skip, times } = when
  return [
    ...(isArn(caller) || /^\d{12}$/.test(caller ?? "")
      ? []
      : [`caller: ${JSON.stringify(caller)} is neither an ARN nor the 12 digits of an account`]),
    ...(isArn(role) ? [] : [`role: ${JSON.stringify(role)} is no ARN`]),
    ...(isWhole(skip) ? [] : [`skip: ${skip} is no whole number of calls`]),
    ...(isWhole(times) || times === Infinity ? [] : [`times: ${times} is no whole number of calls`]),
    ...(probability >= 0 && probability <= 1 ? [] : [`probability: ${probability} is not from 0 to 1`]),
    ...(what._tag === "ProxyError" && !isPageStatus(what.status)
      ? [`status: no page can come with ${what.status}; expected 200 to 599, without 204, 205 and 304`]
      : []),
  ]
}

/** What a call shows of itself to faults. */
export interface Arrival {
  readonly now: number
  readonly operation: string
  /** None where nobody has proved who calls. */
  readonly caller: Caller | undefined
  readonly roleArn: string | undefined
}

const isBy = (wanted: string, { account, arn, principal }: Caller): boolean =>
  wanted === arn || wanted === account || (principal._tag === "RoleSession" && wanted === principal.roleArn)

const isFor = ({ caller, operation, role }: Fault.When, arrival: Arrival): boolean =>
  (operation === undefined || [operation].flat().some((name) => name === arrival.operation)) &&
  (caller === undefined || (arrival.caller !== undefined && isBy(caller, arrival.caller))) &&
  (role === undefined || role === arrival.roleArn)

/** How a call ends, for those faults that decide it. */
export type End = Exclude<Fault.What, { readonly _tag: "Slow" | "SkewedDate" }>

/** What strikes a call. */
export interface Strike {
  /** In the words of the log. */
  readonly faults: ReadonlyArray<string>
  /** How much longer it takes, and how far the date of its answer is ahead, in milliseconds. */
  readonly delay: number
  readonly ahead: number
  readonly end: End | undefined
}

/** What strikes no call. */
export const none: Strike = { faults: [], delay: 0, ahead: 0, end: undefined }

/**
 * What strikes a call: all that slows it or moves its date, and the first that decides how it ends. Each has one call the
 * fewer to strike then.
 */
export const strike = (injected: Array<Injected>, arrival: Arrival, chance: () => number): Strike => {
  if (injected.length === 0) return none
  const faults: Array<string> = []
  let [delay, ahead] = [0, 0]
  let end: End | undefined
  for (const each of injected.slice()) {
    const { what, when } = each.fault
    const decides = what._tag !== "Slow" && what._tag !== "SkewedDate"
    if (arrival.now >= each.until) injected.splice(injected.indexOf(each), 1)
    else if (arrival.now < each.from || !isFor(when, arrival) || (decides && end !== undefined)) continue
    else if (each.skip > 0) each.skip--
    else if (when.probability === undefined || chance() < when.probability) {
      faults.push(Fault.format(each.fault))
      if (--each.times <= 0) injected.splice(injected.indexOf(each), 1)
      if (what._tag === "Slow") delay += Duration.toMillis(what.delay)
      else if (what._tag === "SkewedDate") ahead += Duration.toMillis(what.ahead)
      else end = what
    }
  }
  return { faults, delay, ahead, end }
}
