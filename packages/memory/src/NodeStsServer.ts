/**
 * `StsServer` on a port of this machine, for whatever comes over a real network: the AWS SDKs, the AWS CLI, Terraform, a
 * program in another process. It needs `node:http`, which Bun and Deno have too; the rest of this package does not, so
 * the package's index leaves this module out.
 *
 * ```ts
 * import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as World from "@effect-sts/memory/World"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const endpoint = yield* NodeStsServer.listen()
 *   yield* Effect.log(`AWS_ENDPOINT_URL_STS=${endpoint}`)
 *   yield* StsMemory.setLatency("200 millis")
 * }).pipe(Effect.scoped, Effect.provide(StsMemory.layerWorld(World.demo)))
 * ```
 *
 * Nothing stands between `node:http` and the world: the request line, the headers and the body are taken as they came, and
 * faults break the connection. A client that goes away before STS acts has not called.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as Door from "./internal/engine/door.ts"
import { listen as listenWith } from "./internal/node/listen.ts"
import { exchange, type Incoming } from "./internal/server/exchange.ts"
import type { Reply } from "./internal/server/reply.ts"
import * as StsMemory from "./StsMemory.ts"

/**
 * Where to listen.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Any that is free, where it is 0 or left out. */
  readonly port?: number | undefined
  /** `127.0.0.1`, where it is left out: nobody but this machine. */
  readonly host?: string | undefined
}

/**
 * The port is taken, or not for this process. The message says which and why.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  /** Which port, and why. */
  message: Schema.String,
}) {}

const pairs = (rawHeaders: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as const] : []))

const incoming = (request: IncomingMessage): Incoming<Error> => ({
  method: request.method ?? "",
  url: request.url ?? "",
  headers: pairs(request.rawHeaders),
  sourceIp: request.socket.remoteAddress,
  body: Stream.fromAsyncIterable<Uint8Array, Error>(
    // Who was sent too much still gets an answer.
    request.iterator({ destroyOnReturn: false }),
    (cause) => new Error("The body broke off", { cause }),
  ),
})

const send = (response: ServerResponse, { body, fate, headers, status }: Reply): void => {
  switch (fate) {
    case "sent":
      response.writeHead(status, { ...headers }).end(body)
      return
    case "truncated":
      response.writeHead(status, { ...headers }).write(body, () => response.destroy())
      return
    case "reset":
    case "refused":
      response.socket?.resetAndDestroy()
  }
}

const make = Effect.gen(function* () {
  const context = yield* Effect.context<StsMemory.StsMemory>()
  const memory = yield* StsMemory.StsMemory
  const engine = memory[Door.engineOf]()
  const run = Effect.runCallbackWith(context)
  return createServer((request, response) => {
    const answering = exchange(engine, incoming(request)).pipe(
      Effect.tapDefect((defect) => Effect.logError("The in-memory STS has a bug", Cause.die(defect))),
    )
    const interrupt = run(answering, {
      onExit: (exit) => (Exit.isSuccess(exit) ? send(response, exit.value) : response.destroy()),
    })
    response.once("close", () => interrupt())
  })
})

const urlOf = (host: string, port: number) => `http://${host.includes(":") ? `[${host}]` : host}:${port}`

/**
 * Serves the world until the scope closes, and gives the URL: `http://127.0.0.1:41234`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listen = ({ host = "127.0.0.1", port = 0 }: Options = {}): Effect.Effect<
  string,
  ListenError,
  StsMemory.StsMemory | Scope.Scope
> =>
  Effect.flatMap(make, (server) =>
    listenWith(server, { host, port }).pipe(
      Effect.mapBoth({
        onFailure: ({ message }) => new ListenError({ message }),
        onSuccess: (port) => urlOf(host, port),
      }),
    ),
  )
