// A fourth backend, as small as one can be: it speaks HTTP by hand. The wrong backends are made of it.
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as StsServer from "@effect-sts/memory/StsServer"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import type * as World from "@effect-sts/memory/World"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"

const region = "eu-west-1"
const url = "http://sts.test/"

type Backend = StsBackend.StsBackend["Service"]

const make = Effect.map(StsServer.fetch, (fetch): Backend => {
  const post = (body: string, headers: Record<string, string>) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(url, { method: "POST", headers, body, signal })
        return { response, text: await response.text() }
      },
      catch: () =>
        new StsBackend.BackendFailure({ reason: new StsError.TransportError({ message: "No answer came" }) }),
    })

  return {
    region,
    execute: Effect.fnUntraced(function* (operation, request, credentials) {
      const body = Query.encodeRequest(operation, request)
      const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }
      const time = (yield* Clock.currentTimeMillis) + (yield* StsBackend.ClockOffset)
      const signature =
        credentials && SigV4.sign({ method: "POST", url, headers, body }, { credentials, region, service: "sts", time })
      const { response, text } = yield* post(body, { ...headers, ...signature })
      const metadata = {
        requestId: response.headers.get("x-amzn-requestid") ?? undefined,
        date: DateTime.makeUnsafe(response.headers.get("date") ?? ""),
      }
      const foreign = ({ message }: { readonly message: string }) =>
        new StsBackend.BackendFailure({ ...metadata, reason: new StsError.InvalidResponse({ message }) })
      if (response.ok) {
        const answer = yield* Effect.fromResult(Result.mapError(Query.decodeResponse(operation, text), foreign))
        return { ...metadata, response: answer.response }
      }
      const { code, message } = yield* Effect.fromResult(Result.mapError(Query.decodeError(text), foreign))
      return yield* StsBackend.answered({ ...metadata, code, message, httpStatus: response.status })
    }),
  }
})

/** The backend over a world, changed by `wrap`. */
export const layer = (wrap: (backend: Backend) => Backend) => (world: World.Encoded) =>
  Sts.layer.pipe(
    Layer.provide(Layer.effect(StsBackend.StsBackend, Effect.map(make, wrap))),
    Layer.provideMerge(StsMemory.layerWorld(world)),
  )
