/**
 * One POST of a form, and its answer as text: what the two ways to send it have in common.
 *
 * Failures are told in words that hold nothing of the request, since it holds the session token, and a code of MFA.
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** What is to be sent, and how much of the answer to read. */
export interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly form: string
  readonly maxBytes: number
  /** The longest that it may take, to the last byte of the answer. */
  readonly timeout: Duration.Duration
}

/** What comes before the body. */
export interface Head {
  /** 0 for a redirect in a browser. */
  readonly status: number
  /** By name in lower case. */
  readonly header: (name: string) => string | undefined
}

/**
 * Sends a form and gives the body of the answer. `onHead` is told what came before it, also where the body then fails.
 *
 * Interruption aborts the request, also while the body is read. Redirects are not followed: they would take the session
 * token, and an MFA code, to wherever an answer says.
 */
export type Exchange = (request: Request, onHead: (head: Head) => void) => Effect.Effect<string, Failure>

/** No whole answer came. */
export class Failure extends Data.TaggedError("Failure")<{
  readonly kind: "NotSent" | "NoAnswer" | "CutOff" | "TooLarge" | "TimedOut"
  /** What the platform calls it, like `ECONNRESET`. */
  readonly code: string | undefined
}> {}

/** Codes of Node and Bun that say that there never was a connection. All others may come when the request is out. */
const connectionCodes: ReadonlySet<unknown> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
])

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
  readonly code: string
}

const isCoded = (error: object): error is Coded =>
  "code" in error && Predicate.isString(error.code) && /^[A-Za-z][\w-]{2,40}$/.test(error.code)

/** What has a code: an error, or what caused it. A message is no substitute: it may quote the URL. */
const codedIn = (error: unknown, depth = 0): Coded | undefined => {
  if (depth > 4 || !Predicate.isObject(error)) return undefined
  return isCoded(error) ? error : codedIn(error.cause, depth + 1)
}

/** Before the head. */
export const unanswered = (error: unknown): Failure => {
  const coded = codedIn(error)
  return new Failure({ kind: isUnconnected(coded) ? "NotSent" : "NoAnswer", code: coded?.code })
}

/** After it. */
export const cutOff = (error: unknown): Failure => new Failure({ kind: "CutOff", code: codedIn(error)?.code })

const decoder = new TextDecoder()

/** Puts the chunks of a body together, and refuses one that is too large. */
export const makeReader = (maxBytes: number) => {
  const chunks: Array<Uint8Array> = []
  let length = 0
  const concat = () => {
    const whole = new Uint8Array(length)
    let offset = 0
    for (const chunk of chunks) {
      whole.set(chunk, offset)
      offset += chunk.byteLength
    }
    return whole
  }
  return {
    /** Whether there is still room. */
    add: (chunk: Uint8Array): boolean => {
      length += chunk.byteLength
      if (length > maxBytes) return false
      chunks.push(chunk)
      return true
    },
    end: (): string => decoder.decode(chunks.length === 1 ? chunks[0] : concat()),
  }
}

export const tooLarge = (): Failure => new Failure({ kind: "TooLarge", code: undefined })

export const timedOut = (): Failure => new Failure({ kind: "TimedOut", code: undefined })
