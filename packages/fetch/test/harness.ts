import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as StsFetch from "../src/StsFetch.ts"
import * as NodeHttp from "./nodeHttp.ts"

export const secretAccessKey = Redacted.make("PLANTED/SECRET+wJalrXUtnFEMI")

export const sessionToken = Redacted.make("PLANTED/TOKEN+=")

export const credentials = new AwsCredentials.AwsCredentials({
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey,
  sessionToken,
})

export const requestId = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"

/** What a request looks like to `fetch`. */
export interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
  readonly redirect: string | undefined
  readonly init: RequestInit
}

/** A `fetch` that answers by itself, and what was sent to it. */
export const fakeFetch = (answer: (sent: Sent) => Response | Promise<Response>) => {
  const sent: Array<Sent> = []
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const request = {
      url: input instanceof Request ? input.url : String(input),
      method: init.method ?? "GET",
      headers: init.headers as Record<string, string>,
      body: await new Response(init.body).text(),
      signal: init.signal as AbortSignal,
      redirect: init.redirect,
      init,
    }
    sent.push(request)
    return answer(request)
  }
  return { fetch, sent }
}

export type Way = readonly [name: string, layer: typeof StsFetch.layer]

/** The two ways to send with a `fetch`: by itself, and as an `HttpClient` that is made of it. */
export const waysOfFetch: ReadonlyArray<Way> = [
  ["StsFetch.layer", StsFetch.layer],
  ["StsFetch.layerNoDeps over fetch", (options) => Layer.provide(StsFetch.layerNoDeps(options), FetchHttpClient.layer)],
]

/** All of them. */
export const ways: ReadonlyArray<Way> = [
  ...waysOfFetch,
  ["StsFetch.layerNoDeps over node:http", (options) => Layer.provide(StsFetch.layerNoDeps(options), NodeHttp.layer)],
]

export const options = { region: "eu-west-1" } satisfies StsFetch.Options

export const getCallerIdentity = Effect.flatMap(Sts.Sts, (sts) => sts.call(GetCallerIdentity, {}, credentials))

export const assumeRole = (request: Operation.Input<typeof AssumeRole>) =>
  Effect.flatMap(Sts.Sts, (sts) => sts.call(AssumeRole, request, credentials))

/** Runs a program on a fake `fetch`, without retries. */
export const run = <A, E>(
  program: Effect.Effect<A, E, Sts.Sts>,
  fetch: typeof globalThis.fetch,
  layer: Layer.Layer<Sts.Sts, unknown> = StsFetch.layer(options),
): Effect.Effect<A, E> =>
  program.pipe(
    RetryPolicy.withRetryPolicy({ attempts: 1 }),
    Effect.provide(Layer.orDie(layer)),
    Effect.provideService(FetchHttpClient.Fetch, fetch),
  )
