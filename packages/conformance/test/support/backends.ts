// The backends of this repository, each over the same world.
import type * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as StsServer from "@effect-sts/memory/StsServer"
import * as StsSdk from "@effect-sts/sdk/StsSdk"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServer from "effect/http/HttpServer"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import type { Scope } from "effect/Scope"
import type * as Law from "../../src/Law.ts"

const region = "eu-west-1"

const overSocket =
  (backend: (options: { readonly endpoint: string; readonly region: string }) => Layer.Layer<Sts.Sts, unknown>) =>
  (world: Parameters<Law.Backend["layer"]>[0]) =>
    Layer.unwrap(Effect.map(NodeStsServer.listen(), (endpoint) => backend({ endpoint, region }))).pipe(
      Layer.provideMerge(StsMemory.layerWorld(world)),
    )

export interface Named extends Law.Backend {
  readonly name: string
}

export const memory: Named = {
  name: "memory",
  layer: StsMemory.layer,
  capabilities: { ownClock: false, unsent: true },
}

export const fetchInProcess: Named = {
  name: "fetch, in process",
  layer: (world) =>
    StsFetch.layer({ region }).pipe(
      Layer.provide(Layer.effect(FetchHttpClient.Fetch, StsServer.fetch)),
      Layer.provideMerge(StsMemory.layerWorld(world)),
    ),
}

export const fetchOverSocket: Named = { name: "fetch, over a socket", layer: overSocket(StsFetch.layer) }

export const nodeHttpOverSocket: Named = {
  name: "fetch over node:http, over a socket",
  layer: overSocket((options) =>
    Layer.provide(StsFetch.layerNoDeps(options), NodeHttpClient.layerNodeHttpOptions({ keepAlive: true })),
  ),
}

export const sdkOverSocket: Named = { name: "sdk, over a socket", layer: overSocket(StsSdk.layer) }

export const all: ReadonlyArray<Named> = [memory, fetchInProcess, fetchOverSocket, nodeHttpOverSocket, sdkOverSocket]

/** A server of effect/http without a socket, and the client that calls it. */
const makeServer = () => {
  let handler: ((request: Request) => Promise<Response>) | undefined
  const server = HttpServer.make({
    address: NetAddress.inetAddressUnsafe(NetAddress.ipv4Loopback, 80),
    serve: (app, middleware) =>
      Effect.map(Effect.context<never>(), (context) => {
        handler = HttpEffect.toWebHandlerWith<never, HttpServerRequest | Scope>(context)(app, middleware)
      }),
  })
  const fetch: typeof globalThis.fetch = (input, init) =>
    new Promise((resolve, reject) => {
      const request = new Request(input, init)
      // Both are there on a wire, where a client adds them.
      request.headers.set("host", new URL(request.url).host)
      request.headers.set("transfer-encoding", "chunked")
      const fail = () => reject(new TypeError("fetch failed"))
      // As with Node's own, what the request came from shows its socket, for an outage to break.
      handler?.(Object.assign(request, { socket: { destroy: fail } })).then(resolve, reject)
      request.signal.addEventListener("abort", fail)
    })
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.transformResponse(Effect.provideService(FetchHttpClient.Fetch, fetch)),
    ),
  ).pipe(Layer.provide(FetchHttpClient.layer))
  return { client, server: Layer.succeed(HttpServer.HttpServer, server) }
}

/** Both ends are those of effect/http, which make spans of their own. */
export const effectHttp: Named = {
  name: "fetch, with the client and the server of effect/http",
  layer: (world) =>
    Layer.unwrap(
      Effect.map(Effect.sync(makeServer), ({ client, server }) =>
        StsFetch.layerNoDeps({ endpoint: "http://127.0.0.1/", region }).pipe(
          Layer.provide(client),
          Layer.merge(Layer.provide(StsServer.layer, server)),
          Layer.provideMerge(StsMemory.layerWorld(world)),
        ),
      ),
    ),
}
