/**
 * What an attempt's error means. The SDK's errors are told by the code that STS gave and by how far the attempt came,
 * never by their class: there may be several copies of the SDK.
 */
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import type { Head, Progress } from "./attempt.ts"

/** What is known of an answer from its head on, whatever becomes of its body. */
interface Known extends StsBackend.AnswerMetadata {
  readonly httpStatus?: number
  readonly retryAfter?: Duration.Duration | undefined
}

/** The one form of a date that HTTP senders use. Anything else must not set our clock. */
const httpDate = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/

const millisOf = (header: string | undefined): number | undefined => {
  const millis = header !== undefined && httpDate.test(header) ? Date.parse(header) : NaN
  return Number.isNaN(millis) ? undefined : millis
}

const retryAfterOf = (header: string | undefined, now: number): Duration.Duration | undefined => {
  if (header !== undefined && /^\d{1,9}$/.test(header)) return Duration.seconds(Number(header))
  const millis = millisOf(header)
  return millis === undefined ? undefined : Duration.millis(Math.max(0, millis - now))
}

/** `now` is our own clock, in epoch milliseconds. */
export const knownOf = ({ head }: Progress, now: number): Known => {
  if (head === undefined) return {}
  const { headers, requestId, status } = head
  // A cache's answer has the date of when it was stored, and its age besides.
  const date = headers["age"] === undefined ? millisOf(headers["date"]) : undefined
  return {
    httpStatus: status,
    requestId,
    date: date === undefined ? undefined : DateTime.makeUnsafe(date),
    retryAfter: retryAfterOf(headers["retry-after"], date ?? now),
  }
}

/** Codes of Node and Bun that say that there never was a connection. All others may come when the request is out. */
const connectionCodes: ReadonlySet<unknown> = new Set(["EAI_AGAIN", "ECONNREFUSED", "ENOTFOUND", "ConnectionRefused"])

/** What Node does before there is one. A code like `ETIMEDOUT` it has for these and for what comes later. */
const connectionCalls: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

const isConnecting = (error: unknown): boolean =>
  Predicate.isObject(error) && (connectionCodes.has(error.code) || connectionCalls.has(error.syscall))

/** Whether it says that there never was a connection. Where a host has several addresses, it has an error for each. */
const isUnconnected = (error: unknown): boolean =>
  Predicate.isObject(error) && Array.isArray(error.errors)
    ? error.errors.length > 0 && error.errors.every(isConnecting)
    : isConnecting(error)

interface Coded {
  readonly error: unknown
  readonly code: string
}

/** An error or what caused it, with its code, or else its name. A message is no substitute: it may quote the URL. */
const codedIn = (error: unknown, depth = 0): Coded | undefined => {
  if (depth > 4 || !Predicate.isObject(error)) return undefined
  const { cause, code, name } = error
  if (Predicate.isString(code) && /^[A-Za-z][\w-]{2,40}$/.test(code)) return { error, code }
  return codedIn(cause, depth + 1) ?? (name === "TimeoutError" ? { error, code: name } : undefined)
}

const sentence = (words: string, code: string | undefined) => (code === undefined ? words : `${words} (${code})`)

/** What STS said: the SDK keeps the answer's `<Error>` as `Error` on all that it throws for one. */
const saidIn = (error: unknown): { readonly code: string; readonly message: string } | undefined => {
  const said = Predicate.hasProperty(error, "Error") ? error.Error : undefined
  if (!Predicate.isObject(said) || !Predicate.isString(said["Code"]) || said["Code"] === "") return undefined
  // The SDK's own word for a message that is empty.
  const message = said["Message"] === "Unknown" ? "" : said["Message"]
  return { code: said["Code"], message: Predicate.isString(message) ? message : "" }
}

/** An answer that is not STS's: a proxy's, a captive portal's, half of one. */
const foreign = ({ headers, status }: Head): StsError.Reason => {
  const [type] = /^[\w.+-]{1,50}\/[\w.+-]{1,50}/.exec(headers["content-type"] ?? "") ?? []
  const message = `HTTP ${status} with ${type === undefined ? "no content type" : `content type ${type}`} is not an answer of STS`
  // Gateways limit the rate too, in words of their own.
  return status === 429 ? new StsError.Throttling({ message }) : new StsError.InvalidResponse({ message })
}

/** The failure for whatever an attempt was rejected with. */
export const failureOf = (error: unknown, progress: Progress, now: number): StsBackend.BackendFailure => {
  const known = knownOf(progress, now)
  const { head, stage } = progress
  const fail = (reason: StsError.Reason) => new StsBackend.BackendFailure({ ...known, reason })
  const coded = codedIn(error)
  const code = coded?.code
  if (stage === "NotSent") {
    const words = error instanceof Error ? `The request was not sent: ${error.message}` : "The request was not sent"
    return fail(new StsError.TransportError({ message: words, isSent: false }))
  }
  if (stage === "NoAnswer" || head === undefined) {
    return isUnconnected(coded?.error)
      ? fail(new StsError.TransportError({ message: sentence("The request was not sent", code), isSent: false }))
      : fail(new StsError.TransportError({ message: sentence("No answer came", code) }))
  }
  if (stage === "CutOff") {
    return fail(new StsError.TransportError({ message: sentence("The answer was cut off", code), isSent: true }))
  }
  const said = head.status >= 300 ? saidIn(error) : undefined
  return said === undefined ? fail(foreign(head)) : StsBackend.answered({ ...known, ...said, httpStatus: head.status })
}
