// The client of node:http as users bring it, and with a `fetch` of a test at the other end of its connections.
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import * as Https from "node:https"
import { connect } from "node:net"
import { Duplex } from "node:stream"
import { bodyOf, serve } from "./server.ts"

/** Without TLS, of which whoever sends knows nothing. */
const over = (agent: Https.Agent): Layer.Layer<HttpClient.HttpClient> =>
  Layer.provide(
    NodeHttpClient.layerNodeHttpNoAgent,
    Layer.succeed(NodeHttpClient.HttpAgent, { http: new Http.Agent(), https: agent }),
  )

const agentOf = (createConnection: () => Duplex) =>
  Object.assign(new Https.Agent({ keepAlive: true }), { createConnection })

/** The client whose connections fail, before they are there or later. */
export const failing = (error: Error): Layer.Layer<HttpClient.HttpClient> =>
  over(
    agentOf(() => {
      const socket = new Duplex({ read: () => {}, write: () => {} })
      setImmediate(() => socket.destroy(error))
      return socket
    }),
  )

/** What node:http itself puts into a request. */
const own: ReadonlySet<string> = new Set(["connection", "content-length", "host"])

const headersOf = ({ headers }: Http.IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (own.has(name) ? [] : [[name, String(value)]])))

/** Answers as the `fetch` does. Its signal tells that the client has closed the connection before all was answered. */
const answering =
  (fetch: typeof globalThis.fetch): Http.RequestListener =>
  (request, response) => {
    const controller = new AbortController()
    let cancel = () => {}
    response.once("close", () => {
      if (response.writableFinished) return
      controller.abort()
      cancel()
    })
    const answer = async () => {
      const { body, headers, status } = await fetch(`https://${request.headers.host}${request.url}`, {
        method: request.method ?? "",
        headers: headersOf(request),
        body: await bodyOf(request),
        signal: controller.signal,
      })
      response.sendDate = false
      response.writeHead(status, [...headers].flat())
      response.flushHeaders()
      const reader = body?.getReader()
      cancel = () => void reader?.cancel()
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one chunk comes after the other
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) break
        // oxlint-disable-next-line no-await-in-loop -- no more than the connection takes
        if (!response.write(value)) await new Promise((resolve) => response.once("drain", resolve))
      }
      response.end()
    }
    answer().catch(() => response.destroy())
  }

const endingIn = (fetch: typeof globalThis.fetch) =>
  Effect.gen(function* () {
    const closed: Array<Promise<unknown>> = []
    const answer = answering(fetch)
    const endpoint = yield* serve((request, response) => {
      closed.push(new Promise((resolve) => response.once("close", resolve)))
      answer(request, response)
    })
    const agent = yield* Effect.acquireRelease(
      Effect.sync(() => agentOf(() => connect(Number(new URL(endpoint).port), "127.0.0.1"))),
      // What the client has left open stays open, and the test does not end.
      (agent) => Effect.promise(() => Promise.all(closed).then(() => agent.destroy())),
    )
    return over(agent)
  })

/**
 * `NodeHttpClient.layerNodeHttpOptions({ keepAlive: true })`; where a test brings a `fetch`, the `fetch` is the server that
 * it connects to, whatever host a request is for.
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.unwrap(
  Effect.flatMap(FetchHttpClient.Fetch, (fetch) =>
    fetch === globalThis.fetch
      ? Effect.succeed(NodeHttpClient.layerNodeHttpOptions({ keepAlive: true }))
      : endingIn(fetch),
  ),
)
