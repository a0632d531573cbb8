/** A world of the in-memory STS on a socket of this machine, as long as the scope lives. */
import { StsServer } from "@effect-sts/memory"
import { Effect } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"

const read = async (request: IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk)
  return body
}

type Handler = (request: Request) => Promise<Response>

const answer = async (handler: Handler, request: IncomingMessage, response: ServerResponse) => {
  const { headers, method = "GET", url = "/" } = request
  const answered = await handler(
    new Request(`http://${headers.host ?? "127.0.0.1"}${url}`, {
      method,
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      ...(method === "POST" && { body: await read(request) }),
    }),
  )
  response.writeHead(answered.status, Object.fromEntries(answered.headers))
  response.end(await answered.text())
}

/** Listens on a free port of this machine as long as the scope lives, and gives the URL. */
export const listen = Effect.fnUntraced(function* (server: Server) {
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }),
  )
  const address = server.address()
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
})

/** The world on a socket, by its URL. */
export const serve = Effect.flatMap(StsServer.handler, (handler) =>
  listen(
    createServer((request, response) => {
      answer(handler, request, response).catch(() => response.destroy())
    }),
  ),
)
