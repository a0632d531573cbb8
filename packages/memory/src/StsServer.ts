/**
 * The world behind HTTP: an STS that checks real signatures, for whatever speaks to AWS over a network. AWS's own SDKs
 * and command line, `curl --aws-sigv4`, Terraform, and the backends of this library that go over HTTP.
 *
 * ```ts
 * import * as StsFetch from "@effect-sts/fetch/StsFetch"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as StsServer from "@effect-sts/memory/StsServer"
 * import * as World from "@effect-sts/memory/World"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * // `Sts` over HTTP, without a socket, and the test's hands on the world that answers.
 * const layer = StsFetch.layer({ region: "us-east-1" }).pipe(
 *   Layer.provide(Layer.effect(FetchHttpClient.Fetch, StsServer.fetch)),
 *   Layer.provideMerge(StsMemory.layerWorld(World.demo)),
 * )
 * ```
 *
 * It needs the service `StsMemory`, so the test's hands work over HTTP too: the call log, faults, latency,
 * outages, MFA codes. Time is that of Effect's Clock where the handler is made, also in the `Date` of the answers.
 *
 * Signatures may be in the header or in the query (presigned), for whatever `Host` the client signed. They must be for
 * the service `sts`, and for the region that the host names: `sts.eu-south-1.amazonaws.com` is that region's endpoint,
 * `sts.amazonaws.com` the global one, in `us-east-1`, and any other host, as `127.0.0.1`, is in the world's region. There
 * is no TLS: a server in front of it may bring that.
 *
 * Policies that test `aws:SourceIp` see the address of who calls the server, where that knows it: a web handler does not.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Door from "./internal/engine/door.ts"
import { exchange } from "./internal/server/exchange.ts"
import * as Http from "./internal/server/http.ts"
import type { Reply } from "./internal/server/reply.ts"
import * as StsMemory from "./StsMemory.ts"

const engine = Effect.map(StsMemory.StsMemory, (memory) => memory[Door.engineOf]())

/** Makes a function that runs the exchange for each request, with the clock that is there now. */
const exchanging = Effect.gen(function* () {
  const world = yield* engine
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  return (request: Request): Promise<Reply> => {
    const { body } = request
    const stream =
      body === null
        ? Stream.empty
        : Stream.fromReadableStream({
            evaluate: () => body,
            onError: (cause) => new TypeError("terminated", { cause }),
          })
    const { headers, method, signal, url } = request
    return run(exchange(world, { method, url, headers: Array.from(headers), body: stream }), { signal })
  }
})

/** A body that breaks off after this text. */
const breakingOff = (text: string): ReadableStream<Uint8Array> => {
  const chunks = [new TextEncoder().encode(text)].values()
  return new ReadableStream({
    pull: (controller) => {
      const { done, value } = chunks.next()
      // As Node's fetch says it.
      if (done) controller.error(new TypeError("terminated", { cause: failureOf("UND_ERR_SOCKET") }))
      else controller.enqueue(value)
    },
  })
}

const failureOf = (code: string) => Object.assign(new Error(code), { code })

const toResponse = ({ body, fate, headers, status }: Reply): Response =>
  new Response(fate === "truncated" ? breakingOff(body) : body === "" ? null : body, { status, headers })

/**
 * The world as a web handler, for anything that serves `Request → Promise<Response>`.
 *
 * An outage, and any other fault that breaks the connection before an answer, is an answer of status 503: a web handler
 * cannot do that. The promise rejects where the request is aborted, or its body breaks off.
 *
 * **Example** (A world on Deno, Bun or an edge runtime)
 *
 * ```ts
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as StsServer from "@effect-sts/memory/StsServer"
 * import * as World from "@effect-sts/memory/World"
 * import * as Effect from "effect/Effect"
 *
 * const handler = await Effect.runPromise(Effect.provide(StsServer.handler, StsMemory.layerWorld(World.demo)))
 *
 * const response = await handler(new Request("http://localhost/?Action=GetCallerIdentity&Version=2011-06-15"))
 *
 * console.log(response.status) // 403: it is not signed
 * ```
 *
 * @category handlers
 * @since 0.1.0
 */
export const handler: Effect.Effect<(request: Request) => Promise<Response>, never, StsMemory.StsMemory> =
  /*#__PURE__*/ Effect.map(exchanging, (exchange) => (request) => exchange(request).then(toResponse))

/**
 * The world as a `fetch` that goes nowhere: every request is answered by it, whatever its host. In an outage, and for
 * other faults that break the connection, it rejects with a `TypeError` as Node's does: `ECONNREFUSED` where the request
 * was never sent, else `ECONNRESET`.
 *
 * @category handlers
 * @since 0.1.0
 */
export const fetch: Effect.Effect<typeof globalThis.fetch, never, StsMemory.StsMemory> = /*#__PURE__*/ Effect.map(
  exchanging,
  (exchange): typeof globalThis.fetch =>
    async (input, init) => {
      const request = new Request(input, init)
      const reply = await exchange(request)
      request.signal.throwIfAborted()
      if (reply.fate === "refused") throw new TypeError("fetch failed", { cause: failureOf("ECONNREFUSED") })
      if (reply.fate === "reset") throw new TypeError("fetch failed", { cause: failureOf("ECONNRESET") })
      return toResponse(reply)
    },
)

/**
 * Serves the world with any `HttpServer` of `effect/http`, at its root, until the layer's scope closes. In an outage a
 * server of Node's breaks the connection; others answer with status 503. A client that goes away before STS acts has not
 * called. The server's own spans are switched off: they would have the answers in them, with their keys.
 *
 * ```ts
 * import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as StsServer from "@effect-sts/memory/StsServer"
 * import * as World from "@effect-sts/memory/World"
 * import * as Layer from "effect/Layer"
 * import { createServer } from "node:http"
 *
 * const server = StsServer.layer.pipe(
 *   Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 4599 })),
 *   Layer.provideMerge(StsMemory.layerWorld(World.demo)),
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, Http.Server | StsMemory.StsMemory> = /*#__PURE__*/ Http.layer(engine)
