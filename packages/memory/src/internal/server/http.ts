/**
 * The one module that knows `effect/http`.
 */
import * as Effect from "effect/Effect"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Engine } from "../engine/engine.ts"
import { exchange } from "./exchange.ts"
import type { Reply } from "./reply.ts"

/** Any server of Effect's. */
export type Server = HttpServer.HttpServer

const encoder = new TextEncoder()

/** Breaks the connection that a request came over, if the server is Node's, which shows its socket. */
const breakConnection = (source: object): void => {
  if (
    Predicate.hasProperty(source, "socket") &&
    Predicate.hasProperty(source.socket, "destroy") &&
    Predicate.isFunction(source.socket.destroy)
  ) {
    Reflect.apply(source.socket.destroy, source.socket, [])
  }
}

/** Some servers of Effect's fail where there is no body to read. */
const hasBody = (headers: Readonly<Record<string, string>>): boolean =>
  headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined

/** Until the server has sent what it has: a socket that is destroyed takes that with it. */
const sent = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))

/** The beginning of a body, after which the connection breaks. */
const breakingOff = (text: string, source: object) =>
  Stream.concat(
    Stream.make(encoder.encode(text)),
    Stream.fromEffect(
      Effect.flatMap(sent, () => {
        breakConnection(source)
        return Effect.fail(new Error("The connection breaks, as the test has ordered"))
      }),
    ),
  )

const toResponse = ({ body, fate, headers, status }: Reply, source: object): HttpServerResponse.HttpServerResponse => {
  const options = { status, headers, contentType: headers["content-type"] }
  if (fate === "truncated") return HttpServerResponse.stream(breakingOff(body, source), options)
  // A body of its own would add a content type to replies that have none.
  return body === "" ? HttpServerResponse.empty({ status, headers }) : HttpServerResponse.text(body, options)
}

/** The server's span would end with the whole answer, secret keys and all. */
const untraced = Layer.succeed(HttpMiddleware.TracerDisabledWhen, () => true)

/** Serves a world with the server that is there, as long as the layer lives. */
export const layer = <E, R>(engine: Effect.Effect<Engine, E, R>): Layer.Layer<never, E, R | Server> =>
  Layer.unwrap(
    Effect.map(engine, (engine) =>
      HttpServer.serve(
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { method, remoteAddress, source, stream, url } = request
          const headers = Object.entries(request.headers)
          const body = hasBody(request.headers) ? stream : Stream.empty
          const sourceIp = Option.getOrUndefined(remoteAddress)
          // A client that goes away before STS acts has not called; a handler by itself would go on.
          const reply = yield* Effect.interruptible(exchange(engine, { method, url, headers, body, sourceIp }))
          if (reply.fate === "reset" || reply.fate === "refused") yield* Effect.sync(() => breakConnection(source))
          return toResponse(reply, source)
        }),
      ).pipe(Layer.provide(untraced)),
    ),
  )
