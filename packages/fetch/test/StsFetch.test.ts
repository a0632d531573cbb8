import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Operations from "@effect-sts/core/Operations"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as StsError from "@effect-sts/core/StsError"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import { gzipSync } from "node:zlib"
import * as StsFetch from "../src/StsFetch.ts"
import {
  assumeRole,
  credentials,
  fakeFetch,
  getCallerIdentity,
  options,
  requestId,
  run as runWith,
  secretAccessKey,
  type Sent,
  sessionToken,
  ways,
  waysOfFetch,
} from "./harness.ts"
import * as NodeHttp from "./nodeHttp.ts"
import { bodyOf, serve } from "./server.ts"

const identity = { Arn: "arn:aws:iam::000123456789:user/alice", UserId: "AIDAEXAMPLE", Account: "000123456789" }

const identityXml = Query.encodeResponse(Operations.GetCallerIdentity, identity, requestId)

const deniedXml = Query.encodeError({ code: "AccessDenied", message: "No.", type: "Sender" }, requestId)

const xml = (body: string | null, status = 200, headers: Record<string, string> = {}) =>
  new Response(body, { status, headers: { "content-type": "text/xml", ...headers } })

const ok = () => xml(identityXml, 200, { "x-amzn-requestid": requestId })

/** Checks the signature as a server does. */
const verify = (sent: Pick<Sent, "method" | "url" | "headers" | "body">, time: number) =>
  Result.gen(function* () {
    const authorization = yield* SigV4.parse(sent, { service: "sts", region: "eu-west-1", time })
    yield* SigV4.verify(authorization, secretAccessKey)
    return authorization
  })

/** A body that sends some bytes and then whatever `pull` does. */
const streaming = (start: string, pull: (controller: ReadableStreamDefaultController) => void | Promise<void>) => {
  const state = { isCancelled: false }
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
    pull,
    cancel: () => {
      state.isCancelled = true
    },
  })
  return { response: new Response(body, { headers: { "x-amzn-requestid": requestId } }), state }
}

const never = () => new Promise<never>(() => {})

const spaces = new Uint8Array(1000).fill(32)

const sendingBy = (layerOf: typeof StsFetch.layer) => {
  const run = <A, E>(program: Effect.Effect<A, E, Sts.Sts>, fetch: typeof globalThis.fetch, layer = layerOf(options)) =>
    runWith(program, fetch, layer)

  const callerError = (
    answer: (sent: Sent) => Response | Promise<Response>,
    settings: Partial<StsFetch.Options> = {},
  ) => Effect.flip(run(getCallerIdentity, fakeFetch(answer).fetch, layerOf({ ...options, ...settings })))

  return { run, callerError }
}

describe.each(ways)("%s", (_, layerOf) => {
  const { callerError, run } = sendingBy(layerOf)

  describe("A request", () => {
    it.effect(
      "is signed with the credentials of the stack",
      Effect.fnUntraced(function* () {
        yield* TestClock.setTime(Date.parse("2026-07-13T10:00:00Z"))
        const { fetch, sent } = fakeFetch(ok)
        const answer = yield* run(getCallerIdentity, fetch)
        assert.strictEqual(answer.account, "000123456789")
        const [request] = sent
        assert.isDefined(request)
        assert.strictEqual(request.method, "POST")
        assert.strictEqual(request.url, "https://sts.eu-west-1.amazonaws.com/")
        assert.strictEqual(request.body, "Action=GetCallerIdentity&Version=2011-06-15")
        assert.strictEqual(request.headers["content-type"], "application/x-www-form-urlencoded; charset=utf-8")
        const authorization = Result.getOrThrow(verify(request, Date.parse("2026-07-13T10:00:00Z")))
        assert.strictEqual(authorization.accessKeyId, credentials.accessKeyId)
        assert.deepStrictEqual(authorization.signedHeaders, [
          "content-type",
          "host",
          "x-amz-date",
          "x-amz-security-token",
        ])
        assert.strictEqual(authorization.time, Date.parse("2026-07-13T10:00:00Z"))
        assert.deepStrictEqual(Object.keys(request.headers).toSorted(), [
          "authorization",
          "content-type",
          "x-amz-date",
          "x-amz-security-token",
        ])
      }),
    )

    it.effect(
      "of an unsigned operation carries no signature",
      Effect.fnUntraced(function* () {
        const { fetch, sent } = fakeFetch(() => xml(deniedXml, 403))
        const request = {
          roleArn: "arn:aws:iam::111111111111:role/x",
          roleSessionName: "me",
          webIdentityToken: "a.b.c",
        }
        yield* Effect.flip(run(Sts.assumeRoleWithWebIdentity(request), fetch))
        assert.deepStrictEqual(Object.keys(sent[0]?.headers ?? {}), ["content-type"])
        assert.include(sent[0]?.body, "WebIdentityToken=a.b.c")
      }),
    )

    it.effect(
      "goes to a custom endpoint as it stands, signed for it",
      Effect.fnUntraced(function* () {
        const { fetch, sent } = fakeFetch(ok)
        const endpoint = "https://proxy.example.com:8443/sts/a%20b/?x=1&y=%7E+z"
        yield* run(getCallerIdentity, fetch, layerOf({ ...options, endpoint }))
        assert.strictEqual(sent[0]?.url, endpoint)
        assert.isDefined(sent[0])
        assert.isTrue(Result.isSuccess(verify(sent[0], 0)))
      }),
    )

    it.effect.each<readonly [settings: Partial<StsFetch.Options>, url: string]>([
      [{ useFips: true }, "https://sts-fips.eu-west-1.amazonaws.com/"],
      [{ useDualStack: true }, "https://sts.eu-west-1.api.aws/"],
      [{ useGlobalEndpoint: true }, "https://sts.amazonaws.com/"],
      [{ region: "cn-north-1" }, "https://sts.cn-north-1.amazonaws.com.cn/"],
    ])("with %j goes to %s", ([settings, url]) =>
      Effect.gen(function* () {
        const { fetch, sent } = fakeFetch(ok)
        yield* run(getCallerIdentity, fetch, layerOf({ ...options, ...settings }))
        assert.strictEqual(sent[0]?.url, url)
      }),
    )

    it.effect(
      "is signed by STS's clock when ours is off, and sent again once",
      Effect.fnUntraced(function* () {
        const theirs = Date.parse("2026-07-13T10:00:00Z")
        yield* TestClock.setTime(theirs - Duration.toMillis("1 hour"))
        const expired = Query.encodeError({ code: "SignatureDoesNotMatch", message: "", type: "Sender" }, requestId)
        const { fetch, sent } = fakeFetch((request) =>
          Result.isSuccess(verify(request, theirs))
            ? ok()
            : xml(expired, 403, { date: new Date(theirs).toUTCString() }),
        )
        yield* run(getCallerIdentity, fetch)
        assert.deepStrictEqual(
          sent.map(({ headers }) => headers["x-amz-date"]),
          ["20260713T090000Z", "20260713T100000Z"],
        )
        // A cached answer says nothing of the clock.
        const stale = fakeFetch(() => xml(expired, 403, { date: new Date(theirs).toUTCString(), age: "3600" }))
        yield* Effect.flip(run(getCallerIdentity, stale.fetch))
        assert.lengthOf(stale.sent, 1)
      }),
    )
  })

  const html = "<html><body><h1>Bad Gateway</h1><br></body></html>"

  const withoutCredentials = "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>"

  describe("An answer that is no success", () => {
    it.effect.each<
      readonly [
        what: string,
        answer: () => Response,
        expected: { readonly tag: string; readonly message: string; readonly status: number; readonly id?: string },
      ]
    >([
      [
        "an error of STS",
        () => xml(deniedXml, 403),
        { tag: "AccessDenied", message: "No.", status: 403, id: requestId },
      ],
      [
        "an error with the request's id in a header",
        () => xml(deniedXml, 403, { "x-amzn-requestid": "header" }),
        { tag: "AccessDenied", message: "No.", status: 403, id: "header" },
      ],
      [
        "a code that nobody lists",
        () => xml(deniedXml.replace("AccessDenied", "Teapot"), 418),
        { tag: "UnknownServiceError", message: "No.", status: 418, id: requestId },
      ],
      [
        "HTML with HTTP 502",
        () => xml(html, 502, { "content-type": "text/html; charset=utf-8", "x-amzn-requestid": "header" }),
        {
          tag: "InvalidResponse",
          message: "HTTP 502 with content type text/html: The document is not well-formed XML",
          status: 502,
          id: "header",
        },
      ],
      [
        "HTML with HTTP 200",
        () => xml("<html><head/></html>", 200, { "content-type": "text/html" }),
        {
          tag: "InvalidResponse",
          message: "HTTP 200 with content type text/html: The document is not an answer to GetCallerIdentity",
          status: 200,
        },
      ],
      [
        "an empty body with HTTP 200",
        () => xml("", 200, { "x-amzn-requestid": "header" }),
        {
          tag: "InvalidResponse",
          message: "HTTP 200 with content type text/xml: The body is empty",
          status: 200,
          id: "header",
        },
      ],
      [
        "no body at all",
        () => new Response(null, { status: 204 }),
        { tag: "InvalidResponse", message: "HTTP 204 with no content type: The body is empty", status: 204 },
      ],
      [
        "an empty body with HTTP 503",
        () => xml(null, 503),
        { tag: "InvalidResponse", message: "HTTP 503 with content type text/xml: The body is empty", status: 503 },
      ],
      [
        "half an answer",
        () => xml(identityXml.slice(0, 200)),
        {
          tag: "InvalidResponse",
          message: "HTTP 200 with content type text/xml: The document is not well-formed XML",
          status: 200,
        },
      ],
      [
        "JSON",
        () => xml(`{"Error":{"Code":"AccessDenied"}}`, 403, { "content-type": "application/json" }),
        {
          tag: "InvalidResponse",
          message: "HTTP 403 with content type application/json: The document is not well-formed XML",
          status: 403,
        },
      ],
      [
        "the answer to another question",
        () => xml(withoutCredentials),
        {
          tag: "InvalidResponse",
          message: "HTTP 200 with content type text/xml: The document is not an answer to GetCallerIdentity",
          status: 200,
        },
      ],
      [
        "an error with HTTP 200",
        () => xml(deniedXml),
        {
          tag: "InvalidResponse",
          message: "HTTP 200 with content type text/xml: The document is not an answer to GetCallerIdentity",
          status: 200,
        },
      ],
      [
        "STS's 404",
        () => xml("<UnknownOperationException/>", 404),
        {
          tag: "InvalidResponse",
          message: "HTTP 404 with content type text/xml: The document is not an error of STS",
          status: 404,
        },
      ],
      [
        "a rate limit of a gateway",
        () => xml("slow down", 429, { "content-type": "text/plain" }),
        {
          tag: "Throttling",
          message: "HTTP 429 with content type text/plain: The document is not well-formed XML",
          status: 429,
        },
      ],
      [
        "a redirect",
        () => xml(null, 302, { location: "https://aws.amazon.com/iam" }),
        {
          tag: "InvalidResponse",
          message: "HTTP 302 with content type text/xml: A redirect, which is not followed",
          status: 302,
        },
      ],
    ])("%s", ([, answer, { id, message, status, tag }]) =>
      Effect.gen(function* () {
        const error = yield* callerError(answer)
        assert(error instanceof StsError.StsError)
        assert.deepStrictEqual(
          {
            tag: error.reason._tag,
            message: error.reason.message.replace(/ \(line.*/, ""),
            status: error.httpStatus,
            id: error.requestId,
          },
          { tag, message, status, id },
        )
        assert.strictEqual(error.isRetryable, status >= 500 || tag === "Throttling")
      }),
    )

    it.effect(
      "without the credentials it should hold is none",
      Effect.fnUntraced(function* () {
        const { fetch } = fakeFetch(() => xml(withoutCredentials, 200, { "x-amzn-requestid": requestId }))
        const role = { roleArn: "arn:aws:iam::111111111111:role/x", roleSessionName: "me" }
        const error = yield* Effect.flip(run(assumeRole(role), fetch))
        assert(error instanceof StsError.StsError)
        assert.strictEqual(error.reason._tag, "InvalidResponse")
        assert.strictEqual(error.requestId, requestId)
      }),
    )

    it.effect.each<readonly [header: Record<string, string>, seconds: number | undefined]>([
      [{ "retry-after": "7" }, 7],
      [{ "retry-after": "0" }, 0],
      [{ date: "Mon, 13 Jul 2026 10:00:00 GMT", "retry-after": "Mon, 13 Jul 2026 10:00:05 GMT" }, 5],
      [{ date: "Mon, 13 Jul 2026 10:00:00 GMT", "retry-after": "Mon, 13 Jul 2026 09:00:00 GMT" }, 0],
      [{ "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }, 9],
      [{ "retry-after": "soon" }, undefined],
      [{ "retry-after": "-1" }, undefined],
      [{ "retry-after": "1e9" }, undefined],
      [{}, undefined],
    ])("asks by %j to wait %s seconds", ([headers, seconds]) =>
      Effect.gen(function* () {
        const error = yield* callerError(() => xml(deniedXml, 503, headers))
        assert(error instanceof StsError.StsError)
        assert.strictEqual(error.retryAfter === undefined ? undefined : Duration.toSeconds(error.retryAfter), seconds)
      }),
    )
  })

  describe("No whole answer", () => {
    it.live(
      "where nobody listens",
      Effect.fnUntraced(function* () {
        const endpoint = yield* Effect.scoped(serve(() => {}))
        const layer = layerOf({ ...options, endpoint })
        const error = yield* Effect.flip(run(getCallerIdentity, globalThis.fetch, layer))
        assert(error instanceof StsError.StsError && error.reason instanceof StsError.TransportError)
        assert.isFalse(error.reason.isSent)
      }),
    )

    it.live(
      "where the connection is reset before the head",
      Effect.fnUntraced(function* () {
        const endpoint = yield* serve((request) => request.socket.resetAndDestroy())
        const layer = layerOf({ ...options, endpoint })
        const error = yield* Effect.flip(run(getCallerIdentity, globalThis.fetch, layer))
        assert(error instanceof StsError.StsError && error.reason instanceof StsError.TransportError)
        assert.strictEqual(error.reason.message, "No answer came (ECONNRESET)")
        assert.isUndefined(error.reason.isSent)
      }),
    )

    it.live(
      "where the connection is reset before the end",
      Effect.fnUntraced(function* () {
        const endpoint = yield* serve((request, response) => {
          response.writeHead(200, { "x-amzn-requestid": requestId })
          response.write(identityXml)
          setTimeout(() => request.socket.resetAndDestroy(), 20)
        })
        const layer = layerOf({ ...options, endpoint })
        const error = yield* Effect.flip(run(getCallerIdentity, globalThis.fetch, layer))
        assert(error instanceof StsError.StsError && error.reason instanceof StsError.TransportError)
        assert.strictEqual(error.reason.message, "The answer was cut off (ECONNRESET)")
        assert.isTrue(error.reason.isSent)
        assert.strictEqual(error.requestId, requestId)
      }),
    )

    it.live(
      "where the connection closes before the end",
      Effect.fnUntraced(function* () {
        const endpoint = yield* serve((_, response) => {
          response.writeHead(200, { "content-length": "9999", "x-amzn-requestid": requestId })
          response.write(identityXml)
          setTimeout(() => response.destroy(), 20)
        })
        const layer = layerOf({ ...options, endpoint })
        const error = yield* Effect.flip(run(getCallerIdentity, globalThis.fetch, layer))
        assert(error instanceof StsError.StsError && error.reason instanceof StsError.TransportError)
        assert.match(error.reason.message, /^The answer was cut off \((UND_ERR_SOCKET|ECONNRESET)\)$/)
        assert.isTrue(error.reason.isSent)
        assert.strictEqual(error.requestId, requestId)
        assert.strictEqual(error.httpStatus, 200)
      }),
    )

    /** Answers that stop, and say when they have. */
    const stopping: ReadonlyArray<
      readonly [where: string, answer: (stopped: () => void) => Response | Promise<Response>, id: string | undefined]
    > = [
      [
        "before the head",
        (stopped) => {
          stopped()
          return never()
        },
        undefined,
      ],
      [
        "in the body",
        // It is asked for more when the start of it has been read.
        (stopped) =>
          streaming("<A", () => {
            stopped()
            return never()
          }).response,
        requestId,
      ],
    ]

    it.effect.each(stopping)("in time, %s, aborts the request", ([, answer, id]) =>
      Effect.gen(function* () {
        const stopped = yield* Deferred.make<void>()
        const { fetch, sent } = fakeFetch(() => answer(() => Deferred.doneUnsafe(stopped, Effect.void)))
        const fiber = yield* Effect.forkChild(Effect.flip(run(getCallerIdentity, fetch)))
        yield* Deferred.await(stopped)
        yield* TestClock.adjust("9999 millis")
        assert.strictEqual(sent[0]?.signal.aborted, false)
        yield* TestClock.adjust("1 millis")
        const error = yield* Fiber.join(fiber)
        assert(error instanceof StsError.StsError && error.reason instanceof StsError.TransportError)
        assert.strictEqual(error.reason.message, "No whole answer came within 10s")
        assert.strictEqual(error.reason.isSent, undefined)
        assert.strictEqual(error.requestId, id)
        assert.strictEqual(sent[0]?.signal.aborted, true)
      }),
    )

    it.effect(
      "in the time that somebody set",
      Effect.fnUntraced(function* () {
        const sent = yield* Deferred.make<void>()
        const answer = () => {
          Deferred.doneUnsafe(sent, Effect.void)
          return never()
        }
        const fiber = yield* Effect.forkChild(callerError(answer, { timeout: "2 seconds" }))
        yield* Deferred.await(sent)
        yield* TestClock.adjust("2 seconds")
        const error = yield* Fiber.join(fiber)
        assert.include(error.message, "within 2s")
      }),
    )

    it.effect.each(stopping)("wanted any more, %s, aborts the request", ([, answer]) =>
      Effect.gen(function* () {
        const stopped = yield* Deferred.make<void>()
        const { fetch, sent } = fakeFetch(() => answer(() => Deferred.doneUnsafe(stopped, Effect.void)))
        const fiber = yield* Effect.forkChild(run(getCallerIdentity, fetch))
        yield* Deferred.await(stopped)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(sent[0]?.signal.aborted, false)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(sent[0]?.signal.aborted, true)
      }),
    )

    it.live(
      "wanted any more closes the connection",
      Effect.fnUntraced(function* () {
        const arrived = yield* Deferred.make<void>()
        const closed = yield* Deferred.make<void>()
        const endpoint = yield* serve((request) => {
          request.socket.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
          Deferred.doneUnsafe(arrived, Effect.void)
        })
        const layer = layerOf({ ...options, endpoint })
        const fiber = yield* Effect.forkChild(run(getCallerIdentity, globalThis.fetch, layer))
        yield* Deferred.await(arrived)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(closed)
      }),
    )

    it.effect(
      "is read beyond the size limit",
      Effect.fnUntraced(function* () {
        const { response, state } = streaming("<a>", (controller) => controller.enqueue(spaces))
        const error = yield* callerError(() => response, { maxResponseSize: 10_000 })
        assert(error instanceof StsError.StsError)
        assert.strictEqual(error.reason._tag, "InvalidResponse")
        assert.strictEqual(error.reason.message, "The answer is larger than allowed")
        assert.strictEqual(error.requestId, requestId)
        assert.isTrue(state.isCancelled)
      }),
    )

    it.effect(
      "is made of characters torn apart",
      Effect.fnUntraced(function* () {
        const bytes = new TextEncoder().encode(identityXml.replace("alice", "al\u{1F600}ce"))
        const body = new ReadableStream({
          start: (controller) => {
            for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
            controller.close()
          },
        })
        const { fetch } = fakeFetch(() => new Response(body))
        const { arn } = yield* run(getCallerIdentity, fetch, layerOf({ ...options, maxResponseSize: bytes.length }))
        assert.include(arn, "al\u{1F600}ce")
      }),
    )
  })

  describe("Over a real connection", () => {
    it.live(
      "a server that checks signatures accepts the request",
      Effect.fnUntraced(function* () {
        const endpoint = yield* serve((request, response) => {
          const answer = async () => {
            const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
            const { method = "", url = "" } = request
            const body = await bodyOf(request)
            const verified = verify({ method, url, headers: Object.fromEntries(headers), body }, Date.now())
            const isGood = Result.isSuccess(verified) && request.headers["traceparent"] === undefined
            response.writeHead(isGood ? 200 : 403, { "content-type": "text/xml" })
            response.end(isGood ? identityXml : deniedXml)
          }
          void answer()
        })
        for (const url of [endpoint, `${endpoint}/a%20b/~c/?x=1&y=%7E+z`]) {
          const layer = layerOf({ ...options, endpoint: url })
          const answer = yield* run(getCallerIdentity, globalThis.fetch, layer).pipe(Effect.withSpan("outside"))
          assert.strictEqual(answer.account, "000123456789")
        }
      }),
    )

    it.live(
      "calls one after the other share one",
      Effect.fnUntraced(function* () {
        const connections = new Set<unknown>()
        const endpoint = yield* serve((request, response) => {
          connections.add(request.socket)
          response.end(identityXml)
        })
        const calls = Effect.repeat(getCallerIdentity, { times: 4 })
        yield* run(calls, globalThis.fetch, layerOf({ ...options, endpoint }))
        assert.strictEqual(connections.size, 1)
      }),
    )

    it.live(
      "a call is made again where the one from before was closed meanwhile",
      Effect.fnUntraced(function* () {
        const connections = new Set<unknown>()
        const endpoint = yield* serve((request, response) => {
          if (connections.has(request.socket)) {
            request.socket.destroy()
            return
          }
          connections.add(request.socket)
          response.end(identityXml)
        })
        const calls = Effect.repeat(RetryPolicy.withRetryPolicy({ attempts: 2 })(getCallerIdentity), { times: 1 })
        yield* run(calls, globalThis.fetch, layerOf({ ...options, endpoint }))
        assert.strictEqual(connections.size, 2)
      }),
    )

    it.live(
      "no redirect is followed",
      Effect.fnUntraced(function* () {
        let hits = 0
        const elsewhere = yield* serve((_, response) => {
          hits++
          response.end(identityXml)
        })
        for (const status of [301, 302, 303, 307, 308]) {
          const endpoint = yield* serve((_, response) => {
            response.writeHead(status, { location: elsewhere })
            response.end()
          })
          const settings = { ...options, endpoint }
          const error = yield* Effect.flip(run(getCallerIdentity, globalThis.fetch, layerOf(settings)))
          assert(error instanceof StsError.StsError)
          assert.strictEqual(error.reason._tag, "InvalidResponse")
          assert.strictEqual(error.httpStatus, status)
        }
        assert.strictEqual(hits, 0)
      }),
    )
  })

  describe("Nothing leaks", () => {
    const planted = "PLANTED"
    const role = {
      roleArn: "arn:aws:iam::111111111111:role/x",
      roleSessionName: "me",
      mfa: { serialNumber: "arn:aws:iam::111111111111:mfa/a", tokenCode: "918273" },
    }

    const assertClean = (value: unknown) => {
      const all = `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)} ${String(value)}`
      for (const secret of [planted, "918273", Redacted.value(sessionToken), Redacted.value(secretAccessKey)]) {
        assert.isFalse(all.includes(secret), `${secret} is in ${all}`)
      }
    }

    it.effect.each<readonly [what: string, answer: (sent: Sent) => Response]>([
      [
        "an error that quotes the request",
        ({ body, headers, url }) => {
          throw Object.assign(new Error(`${url} ${body} ${JSON.stringify(headers)}`), { code: JSON.stringify(headers) })
        },
      ],
      [
        "a page that quotes the request",
        ({ body, headers }) => xml(`<html>${body}${JSON.stringify(headers)}</html>`, 502),
      ],
      ["an answer that is not XML", ({ headers }) => xml(JSON.stringify(headers))],
      [
        "a content type that quotes the request",
        ({ headers }) => new Response("", { headers: { "content-type": JSON.stringify(headers) } }),
      ],
    ])("into the error of %s", ([, answer]) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(run(assumeRole(role), fakeFetch(answer).fetch))
        assert.isTrue(Exit.isFailure(exit))
        assertClean(exit)
      }),
    )

    it.effect(
      "into a span, even where headers are wanted in spans",
      Effect.fnUntraced(function* () {
        const spans: Array<Tracer.NativeSpan> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          },
        })
        yield* Effect.exit(run(assumeRole(role), fakeFetch(() => xml(deniedXml, 403)).fetch)).pipe(
          Effect.withTracer(tracer),
          Effect.provideService(HttpClient.TracerHeaderFilter, () => true),
        )
        assert.deepStrictEqual(
          spans.map(({ name }) => name),
          ["STS.AssumeRole"],
        )
        for (const { attributes, status } of spans) {
          assertClean(attributes)
          assert(status._tag === "Ended")
          assertClean(status.exit)
        }
      }),
    )
  })

  describe("Retries", () => {
    it.effect(
      "are core's: each attempt is signed anew",
      Effect.fnUntraced(function* () {
        yield* TestClock.setTime(Date.parse("2026-07-13T10:00:00Z"))
        const { fetch, sent } = fakeFetch(() => (sent.length === 1 ? xml(null, 503, { "retry-after": "15" }) : ok()))
        const failed = yield* Deferred.make<void>()
        const isRetryable = (error: StsError.StsError) => {
          Deferred.doneUnsafe(failed, Effect.void)
          return error.isRetryable
        }
        const program = getCallerIdentity.pipe(RetryPolicy.withRetryPolicy({ attempts: 2, isRetryable }))
        const fiber = yield* Effect.forkChild(run(program, fetch))
        yield* Deferred.await(failed)
        yield* TestClock.adjust("14 seconds")
        assert.lengthOf(sent, 1)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(
          sent.map(({ headers }) => headers["x-amz-date"]),
          ["20260713T100000Z", "20260713T100015Z"],
        )
      }),
    )
  })
})

/** An error of Node: which system call failed, and how. */
const failed = (syscall: string, code: string) => Object.assign(new Error(`${syscall} ${code}`), { code, syscall })

/** Node's own when no address of a host can be reached. */
const everywhere = (...errors: readonly [NodeJS.ErrnoException, ...Array<NodeJS.ErrnoException>]) =>
  Object.assign(new AggregateError(errors), { code: errors[0].code })

const failures: ReadonlyArray<readonly [way: string, callerError: (error: Error) => Effect.Effect<unknown, unknown>]> =
  [
    ...waysOfFetch.map(
      ([way, layerOf]) =>
        [
          way,
          (error: Error) =>
            sendingBy(layerOf).callerError(() => {
              throw Object.assign(new TypeError("fetch failed"), { cause: error })
            }),
        ] as const,
    ),
    [
      "StsFetch.layerNoDeps over node:http",
      (error) =>
        sendingBy((options) => Layer.provide(StsFetch.layerNoDeps(options), NodeHttp.failing(error))).callerError(ok),
    ],
  ]

describe.each(failures)("%s, where a connection fails", (_, callerError) => {
  it.effect.each<readonly [what: string, error: Error, message: string, isSent: boolean | undefined]>([
    ["refused", failed("connect", "ECONNREFUSED"), "The request was not sent (ECONNREFUSED)", false],
    ["no such host", failed("getaddrinfo", "ENOTFOUND"), "The request was not sent (ENOTFOUND)", false],
    ["no DNS", failed("getaddrinfo", "EAI_AGAIN"), "The request was not sent (EAI_AGAIN)", false],
    ["DNS broken", failed("getaddrinfo", "EAI_FAIL"), "The request was not sent (EAI_FAIL)", false],
    ["no route", failed("connect", "EHOSTUNREACH"), "The request was not sent (EHOSTUNREACH)", false],
    ["no route any more", failed("write", "EHOSTUNREACH"), "No answer came (EHOSTUNREACH)", undefined],
    ["nobody there", failed("connect", "ETIMEDOUT"), "The request was not sent (ETIMEDOUT)", false],
    ["nobody there any more", failed("read", "ETIMEDOUT"), "No answer came (ETIMEDOUT)", undefined],
    ["reset", failed("read", "ECONNRESET"), "No answer came (ECONNRESET)", undefined],
    ["broken pipe", failed("write", "EPIPE"), "No answer came (EPIPE)", undefined],
    [
      "no address reached",
      everywhere(failed("connect", "ENETUNREACH"), failed("connect", "ECONNREFUSED")),
      "The request was not sent (ENETUNREACH)",
      false,
    ],
    [
      "one address reached",
      everywhere(failed("connect", "ECONNREFUSED"), failed("read", "ECONNRESET")),
      "No answer came (ECONNREFUSED)",
      undefined,
    ],
  ])("%s", ([, error, message, isSent]) =>
    Effect.gen(function* () {
      const transport = yield* callerError(error)
      assert(transport instanceof StsError.StsError && transport.reason instanceof StsError.TransportError)
      assert.strictEqual(transport.reason.message, message)
      assert.strictEqual(transport.reason.isSent, isSent)
      assert.isTrue(transport.isRetryable)
    }),
  )
})

describe.each(waysOfFetch)("%s, made of a fetch,", (_, layerOf) => {
  const { callerError, run } = sendingBy(layerOf)

  it.effect(
    "goes to the fetch of the call, or else of where the layer was made, and never past them",
    Effect.fnUntraced(function* () {
      const made = fakeFetch(ok)
      const called = fakeFetch(ok)
      const layer = Layer.provide(layerOf(options), Layer.succeed(FetchHttpClient.Fetch, made.fetch))
      const program = Effect.provide(getCallerIdentity, layer)
      yield* program
      assert.lengthOf(made.sent, 1)
      yield* Effect.provideService(program, FetchHttpClient.Fetch, called.fetch)
      assert.lengthOf(made.sent, 1)
      assert.lengthOf(called.sent, 1)
    }),
  )

  it.effect(
    "keeps the options of fetch that somebody gave, but not to follow redirects",
    Effect.fnUntraced(function* () {
      const init = { credentials: "include", redirect: "follow" } as const
      const { fetch, sent } = fakeFetch(ok)
      const layer = Layer.provide(layerOf(options), Layer.succeed(FetchHttpClient.RequestInit, init))
      yield* run(getCallerIdentity, fetch, layer)
      yield* run(Effect.provideService(getCallerIdentity, FetchHttpClient.RequestInit, init), fetch)
      for (const { init } of sent) {
        assert.strictEqual(init.credentials, "include")
        assert.strictEqual(init.redirect, "manual")
      }
      assert.lengthOf(sent, 2)
    }),
  )

  it.effect(
    "does not follow a redirect, as browsers give it",
    Effect.fnUntraced(function* () {
      const error = yield* callerError(() => Object.defineProperty(new Response(null), "status", { value: 0 }))
      assert(error instanceof StsError.StsError && error.reason instanceof StsError.InvalidResponse)
      assert.strictEqual(error.reason.message, "HTTP 0 with no content type: A redirect, which is not followed")
      assert.strictEqual(error.httpStatus, 0)
      assert.isFalse(error.isRetryable)
    }),
  )

  it.effect.each<readonly [what: string, error: unknown, message: string, isSent: boolean | undefined]>([
    [
      "several troubles",
      { cause: new AggregateError([{ code: "ECONNREFUSED" }, { code: "ECONNRESET" }], "all") },
      "No answer came",
      undefined,
    ],
    [
      "no route in time",
      { cause: { code: "UND_ERR_CONNECT_TIMEOUT" } },
      "The request was not sent (UND_ERR_CONNECT_TIMEOUT)",
      false,
    ],
    ["as Bun says it", { code: "ConnectionRefused" }, "The request was not sent (ConnectionRefused)", false],
    ["closed by the other side", { cause: { code: "UND_ERR_SOCKET" } }, "No answer came (UND_ERR_SOCKET)", undefined],
    ["as browsers say it", new TypeError("Failed to fetch"), "No answer came", undefined],
    ["no code but a sentence", { code: "token=PLANTED" }, "No answer came", undefined],
    ["nothing said", undefined, "No answer came", undefined],
  ])("gets no answer: %s", ([, thrown, message, isSent]) =>
    Effect.gen(function* () {
      const error = yield* callerError(() => {
        throw thrown
      })
      assert(error instanceof StsError.StsError)
      assert(error.reason instanceof StsError.TransportError)
      assert.strictEqual(error.reason.message, message)
      assert.strictEqual(error.reason.isSent, isSent)
      assert.isTrue(error.isRetryable)
    }),
  )

  it.effect(
    "asks a body for no more than it may be large",
    Effect.fnUntraced(function* () {
      let pulls = 0
      const { response } = streaming("<a>", (controller) => {
        pulls++
        controller.enqueue(spaces)
      })
      yield* callerError(() => response, { maxResponseSize: 10_000 })
      assert.isBelow(pulls, 15)
    }),
  )
})

describe("StsFetch.layerNoDeps", () => {
  it.effect(
    "reads the answer of a client that refuses statuses all the same",
    Effect.fnUntraced(function* () {
      const { fetch } = fakeFetch(() => xml(deniedXml, 403))
      const client = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk),
      ).pipe(Layer.provide(FetchHttpClient.layer))
      const layer = Layer.provide(StsFetch.layerNoDeps(options), client)
      const error = yield* Effect.flip(runWith(getCallerIdentity, fetch, layer))
      assert(error instanceof StsError.StsError)
      assert.strictEqual(error.reason._tag, "AccessDenied")
    }),
  )
})

describe("StsFetch.layerNoDeps over node:http", () => {
  it.live(
    "says that nothing was sent where no address of a host is reached",
    Effect.fnUntraced(function* () {
      const { port } = new URL(yield* Effect.scoped(serve(() => {})))
      const addresses = [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ]
      const client = NodeHttpClient.layerNodeHttpOptions({
        lookup: (_host, _options, callback) => callback(null, addresses),
      })
      const endpoint = `http://sts.test:${port}`
      const layer = Layer.provide(StsFetch.layerNoDeps({ ...options, endpoint }), client)
      const error = yield* Effect.flip(runWith(getCallerIdentity, globalThis.fetch, layer))
      assert(error instanceof StsError.StsError && error.reason instanceof StsError.TransportError)
      assert.isFalse(error.reason.isSent)
    }),
  )

  it.live(
    "asks for no compression, and does not read what is compressed all the same",
    Effect.fnUntraced(function* () {
      const asked: Array<unknown> = []
      const endpoint = yield* serve((request, response) => {
        asked.push(request.headers["accept-encoding"])
        response.writeHead(200, { "content-type": "text/xml", "content-encoding": "gzip" })
        response.end(gzipSync(identityXml))
      })
      const layer = Layer.provide(StsFetch.layerNoDeps({ ...options, endpoint }), NodeHttp.layer)
      const error = yield* Effect.flip(runWith(getCallerIdentity, globalThis.fetch, layer))
      assert(error instanceof StsError.StsError)
      assert.strictEqual(error.reason._tag, "InvalidResponse")
      assert.deepStrictEqual(asked, [undefined])
    }),
  )
})
