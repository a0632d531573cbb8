/**
 * The exchange over `fetch` itself. An `HttpClient` would do the same with 10 KiB of gzip more in a browser's bundle, and a
 * quarter more CPU than `fetch` takes.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import { cutOff, type Exchange, Failure, makeReader, timedOut, tooLarge, unanswered } from "./exchange.ts"

const readBody = async (body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> => {
  const { add, end } = makeReader(maxBytes)
  const reader = body.getReader()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one chunk comes after the other
    const { done, value } = await reader.read().catch((error: unknown) => Promise.reject(cutOff(error)))
    if (done) return end()
    if (!add(value)) {
      reader.cancel().catch(() => {})
      throw tooLarge()
    }
  }
}

const toRecord = (headers: HeadersInit | undefined): Readonly<Record<string, string>> =>
  headers === undefined ? {} : Object.fromEntries(new Headers(headers))

const toFailure = (error: unknown): Failure => (error instanceof Failure ? error : unanswered(error))

/**
 * Sends with the `fetch` of the call's own context (`FetchHttpClient.Fetch`), or else of where the layer was made, which
 * by default is the global one. `FetchHttpClient.RequestInit`, from both, adds options to it.
 */
export const make: Effect.Effect<Exchange> = Effect.map(Effect.context<never>(), (outer) => {
  const outerInit = Context.getOrUndefined(outer, FetchHttpClient.RequestInit)
  return ({ form, headers, maxBytes, timeout, url }, onHead) =>
    Effect.withFiber(({ context }) => {
      const fetch = Context.getOrUndefined(context, FetchHttpClient.Fetch) ?? Context.get(outer, FetchHttpClient.Fetch)
      const init = { ...outerInit, ...Context.getOrUndefined(context, FetchHttpClient.RequestInit) }
      const send = async (signal: AbortSignal) => {
        const response = await fetch(url, {
          ...init,
          method: "POST",
          headers: { ...toRecord(init.headers), ...headers },
          body: form,
          redirect: "manual",
          signal,
        })
        onHead({ status: response.status, header: (name) => response.headers.get(name) ?? undefined })
        return response.body === null ? "" : readBody(response.body, maxBytes)
      }
      return Effect.callback<string, Failure>((resume) => {
        const controller = new AbortController()
        // One fiber; `Effect.timeout` would fork two and race them.
        const timer = Effect.runForkWith(context)(Effect.sleep(timeout))
        timer.addObserver((exit) => {
          if (Exit.isFailure(exit)) return
          resume(Effect.fail(timedOut()))
          controller.abort()
        })
        const end = () => timer.interruptUnsafe()
        send(controller.signal)
          .finally(end)
          .then(
            (body) => resume(Effect.succeed(body)),
            (error: unknown) => resume(Effect.fail(toFailure(error))),
          )
        return Effect.sync(() => {
          end()
          controller.abort()
        })
      })
    })
})
