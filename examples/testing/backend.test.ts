// A backend of your own, and the suite that says whether it is right. docs/writing-a-backend.md explains it.
import * as Conformance from "@effect-sts/conformance/Conformance"
import { Sts, StsBackend, StsError } from "@effect-sts/core"
import { StsMemory, StsServer } from "@effect-sts/memory"
import { Query, SigV4 } from "@effect-sts/protocol"
import { Clock, DateTime, Effect, Layer, Option, Result } from "effect"

const make = (region: string, url: string, send: typeof fetch) =>
  StsBackend.StsBackend.of({
    region,
    execute: Effect.fnUntraced(function* (operation, request, credentials) {
      const body = Query.encodeRequest(operation, request)
      const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }
      const time = (yield* Clock.currentTimeMillis) + (yield* StsBackend.ClockOffset)
      const signature =
        credentials && SigV4.sign({ method: "POST", url, headers, body }, { credentials, region, service: "sts", time })

      const { response, text } = yield* Effect.tryPromise({
        try: async (signal) => {
          const response = await send(url, { method: "POST", headers: { ...headers, ...signature }, body, signal })
          return { response, text: await response.text() }
        },
        catch: () => new StsBackend.BackendFailure({ reason: new StsError.TransportError({ message: "No answer" }) }),
      })

      const known = {
        requestId: response.headers.get("x-amzn-requestid") ?? undefined,
        date: Option.getOrUndefined(Option.map(DateTime.make(response.headers.get("date") ?? ""), DateTime.toUtc)),
      }
      const foreign = ({ message }: { readonly message: string }) =>
        new StsBackend.BackendFailure({ ...known, reason: new StsError.InvalidResponse({ message }) })
      if (response.ok) {
        const answer = yield* Effect.fromResult(Result.mapError(Query.decodeResponse(operation, text), foreign))
        return { ...known, response: answer.response }
      }
      const { code, message } = yield* Effect.fromResult(Result.mapError(Query.decodeError(text), foreign))
      return yield* StsBackend.answered({ ...known, code, message, httpStatus: response.status })
    }),
  })

/** What users provide. In the suite `fetch` ends in the world of the test. */
const layer = Sts.layer.pipe(
  Layer.provide(
    Layer.effect(
      StsBackend.StsBackend,
      Effect.map(StsServer.fetch, (fetch) => make("eu-west-1", "https://sts.eu-west-1.amazonaws.com/", fetch)),
    ),
  ),
)

Conformance.suite("my backend", (world) => Layer.provideMerge(layer, StsMemory.layerWorld(world)))
