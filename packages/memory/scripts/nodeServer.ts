/**
 * A world on a socket of this machine, with nothing between `node:http` and the world: the request line, the headers and
 * the body are taken as they came, and an outage breaks the connection.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as Door from "../src/internal/engine/door.ts"
import { exchange, type Incoming } from "../src/internal/server/exchange.ts"
import type { Reply } from "../src/internal/server/reply.ts"
import * as StsMemory from "../src/StsMemory.ts"

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
  if (fate !== "sent") response.destroy()
  else response.writeHead(status, { ...headers }).end(body)
}

const open = (server: Server, port: number): Effect.Effect<string, Error> =>
  Effect.callback((resume) => {
    server.once("error", (error) => resume(Effect.fail(error)))
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      resume(
        Effect.succeed(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`),
      )
    })
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** Listens until the scope closes, and gives the URL. Port 0 is any that is free. */
export const listen = (port: number): Effect.Effect<string, Error, StsMemory.StsMemory | Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<StsMemory.StsMemory>()
    const engine = Context.get(context, StsMemory.StsMemory)[Door.engineOf]()
    const run = Effect.runCallbackWith(context)
    const server = createServer((request, response) => {
      run(exchange(engine, incoming(request)), {
        onExit: (exit) => {
          if (Exit.isSuccess(exit)) return send(response, exit.value)
          if (Cause.hasDies(exit.cause)) console.error(Cause.pretty(exit.cause))
          response.destroy()
        },
      })
    })
    return yield* Effect.acquireRelease(open(server, port), () => close(server))
  })
