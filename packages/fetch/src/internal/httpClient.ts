/**
 * The exchange over the `HttpClient` that somebody brings. With `fetch.ts`, the only modules that know `effect/http`,
 * which is tagged unstable.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import {
  cutOff,
  type Exchange,
  Failure,
  type Head,
  makeReader,
  type Request,
  timedOut,
  tooLarge,
  unanswered,
} from "./exchange.ts"

/** The client that a backend sends with. */
export type Client = HttpClient.HttpClient

/** A client that refuses statuses still has the answer. */
const answerIn = ({ reason }: HttpClientError) =>
  reason._tag === "StatusCodeError" ? Effect.succeed(reason.response) : Effect.fail(failureOf(reason))

const causeOf = (reason: HttpClientError["reason"]): unknown => ("cause" in reason ? reason.cause : undefined)

const failureOf = (reason: HttpClientError["reason"]): Failure => {
  switch (reason._tag) {
    case "InvalidUrlError":
    case "EncodeError":
      return new Failure({ kind: "NotSent", code: undefined })
    case "TransportError":
      return unanswered(reason.cause)
    default:
      return new Failure({ kind: "NoAnswer", code: unanswered(causeOf(reason)).code })
  }
}

const readBody = (response: HttpClientResponse, maxBytes: number): Effect.Effect<string, Failure> =>
  Effect.suspend(() => {
    const { add, end } = makeReader(maxBytes)
    return Stream.runForEach(response.stream, (chunk) => (add(chunk) ? Effect.void : Effect.fail(tooLarge()))).pipe(
      Effect.catchTag("HttpClientError", ({ reason }) =>
        reason._tag === "EmptyBodyError" ? Effect.void : Effect.fail(cutOff(causeOf(reason))),
      ),
      Effect.map(end),
    )
  })

const requestInit = Effect.map(Effect.context<never>(), Context.getOrUndefined(FetchHttpClient.RequestInit))

/**
 * Sends with the client that is there. Where it is made of `fetch`, `FetchHttpClient.RequestInit`, from where the layer
 * was made and from the call's own context, adds options to it.
 */
export const make: Effect.Effect<Exchange, never, Client> = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient
  const init = yield* requestInit
  const send = Effect.fnUntraced(function* ({ form, headers, maxBytes, url }: Request, onHead: (head: Head) => void) {
    const response = yield* client
      .execute(HttpClientRequest.post(url, { headers, body: HttpBody.text(form, headers["content-type"]) }))
      .pipe(
        Effect.provideService(FetchHttpClient.RequestInit, { ...init, ...(yield* requestInit), redirect: "manual" }),
        // Core has a span for the call. The client's own would end with the failed request, session token and all; and
        // STS reads no trace headers, for which a browser's preflight would have to ask.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.catchTag("HttpClientError", answerIn),
      )
    onHead({ status: response.status, header: (name) => response.headers[name] })
    return yield* readBody(response, maxBytes)
  })
  return (request, onHead) =>
    Effect.timeoutOrElse(send(request, onHead), {
      duration: request.timeout,
      orElse: () => Effect.fail(timedOut()),
    })
})
