// The world on a socket of this machine, as long as the scope lives.
import * as StsServer from "@effect-sts/memory/StsServer"
import * as Effect from "effect/Effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

const read = async (request: IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk)
  return body
}

const headersOf = ({ rawHeaders }: IncomingMessage): Array<[string, string]> =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index] ?? "",
    rawHeaders[2 * index + 1] ?? "",
  ])

const answer = async (fetch: typeof globalThis.fetch, request: IncomingMessage, response: ServerResponse) => {
  const controller = new AbortController()
  response.on("close", () => controller.abort())
  const { method = "GET", url = "/" } = request
  const answered = await fetch(`http://127.0.0.1${url}`, {
    method,
    headers: headersOf(request),
    signal: controller.signal,
    ...(method === "POST" && { body: await read(request) }),
  })
  response.writeHead(answered.status, Object.fromEntries(answered.headers))
  response.end(await answered.text())
}

/** Its URL. Where there is no answer, as in an outage, the connection breaks. */
export const serve = Effect.gen(function* () {
  const fetch = yield* StsServer.fetch
  const server = createServer((request, response) => {
    answer(fetch, request, response).catch(() => response.destroy())
  })
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
