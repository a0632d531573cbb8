/**
 * One POST over `effect/http`, and its answer as text. That module family is tagged unstable, so nothing else here
 * touches it.
 *
 * Failures are told in words that hold nothing of the request: an `HttpClientError` has all of it inside.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import type * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"

/** The client that a backend sends with. */
export type Client = HttpClient.HttpClient

export const Client = HttpClient.HttpClient

/** The client that is made of the global `fetch`. */
export const layerFetch: Layer.Layer<Client> = FetchHttpClient.layer

/** What comes before the body. */
export interface Head {
  /** 0 for a redirect in a browser. */
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The body as text, read once. */
  readonly body: (options: { readonly maxBytes: number }) => Effect.Effect<string, Failure>
}

/** No whole answer came. */
export class Failure extends Data.TaggedError("Failure")<{
  readonly kind: "NotSent" | "NoAnswer" | "CutOff" | "TooLarge"
  /** What the platform calls it, like `ECONNRESET`. */
  readonly code: string | undefined
}> {}

/** Codes of Node and Bun that say that there never was a connection. All others may come when the request is out. */
const connectionCodes: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
])

/** The code of an error or of what caused it. A message is no substitute: it may quote the URL. */
const codeOf = (error: unknown, depth = 0): string | undefined => {
  if (depth > 4 || !Predicate.isObject(error)) {
    return undefined
  }
  const { cause, code } = error
  return Predicate.isString(code) && /^[A-Za-z][\w-]{2,40}$/.test(code) ? code : codeOf(cause, depth + 1)
}

/** A client that refuses statuses still has the answer. */
const answerIn = ({ reason }: HttpClientError) =>
  reason._tag === "StatusCodeError" ? Effect.succeed(reason.response) : Effect.fail(failureOf(reason))

const failureOf = (reason: HttpClientError["reason"]): Failure => {
  const code = codeOf("cause" in reason ? reason.cause : undefined)
  const isUnsent =
    reason._tag === "InvalidUrlError" ||
    reason._tag === "EncodeError" ||
    (reason._tag === "TransportError" && code !== undefined && connectionCodes.has(code))
  return new Failure({ kind: isUnsent ? "NotSent" : "NoAnswer", code })
}

const bodyOf = Effect.fnUntraced(function* (response: HttpClientResponse, maxBytes: number) {
  const decoder = new TextDecoder()
  let text = ""
  let length = 0
  yield* Stream.runForEach(response.stream, (chunk) => {
    length += chunk.byteLength
    if (length > maxBytes) {
      return Effect.fail(new Failure({ kind: "TooLarge", code: undefined }))
    }
    text += decoder.decode(chunk, { stream: true })
    return Effect.void
  }).pipe(
    Effect.catchTag("HttpClientError", ({ reason }) =>
      reason._tag === "EmptyBodyError"
        ? Effect.void
        : Effect.fail(new Failure({ kind: "CutOff", code: codeOf("cause" in reason ? reason.cause : undefined) })),
    ),
  )
  return text + decoder.decode()
})

/** Options of `fetch` that somebody gave, where the client is made of it. */
export const requestInit: Effect.Effect<globalThis.RequestInit | undefined> = Effect.map(
  Effect.context<never>(),
  Context.getOrUndefined(FetchHttpClient.RequestInit),
)

/**
 * Sends a form. Interruption aborts the request, also while the body is read.
 *
 * `init` are options of `fetch` from where the client was made. Whatever they and the caller's say, redirects are not
 * followed: they would take the session token, and an MFA code, to wherever an answer says.
 */
export const post = Effect.fnUntraced(function* (
  client: Client,
  request: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly form: string },
  init: globalThis.RequestInit | undefined,
): Effect.fn.Return<Head, Failure> {
  const { form, headers, url } = request
  const response = yield* client
    .execute(
      HttpClientRequest.post(url, {
        headers,
        body: HttpBody.text(form, headers["content-type"]),
      }),
    )
    .pipe(
      Effect.provideService(FetchHttpClient.RequestInit, { ...init, ...(yield* requestInit), redirect: "manual" }),
      // Core has a span for the call. The client's own would end with the failed request, session token and all; and
      // STS reads no trace headers, for which a browser's preflight would have to ask.
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      Effect.catchTag("HttpClientError", answerIn),
    )
  return {
    status: response.status,
    headers: response.headers,
    body: ({ maxBytes }) => bodyOf(response, maxBytes),
  }
})
