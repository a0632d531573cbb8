import { Credentials, Endpoint, Region } from "@distilled.cloud/aws"
import * as Sts from "@distilled.cloud/aws/sts"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as FetchHttpClient from "effect/unstable/http/FetchHttpClient"
import { type Calls, type Client, input, keys, region, shares } from "../../clients.ts"

export const makeClient = (endpoint: string): Client => {
  const layer = Layer.mergeAll(
    FetchHttpClient.layer,
    Layer.succeed(Region.Region, Effect.succeed(region)),
    Layer.succeed(Endpoint.Endpoint, Effect.succeed(endpoint)),
    Credentials.fromCredentials(keys),
  )
  const runtime = ManagedRuntime.make(layer)
  const effects =
    (call: Effect.Effect<unknown, unknown, Layer.Success<typeof layer>>): Calls =>
    (times, atOnce) =>
      runtime.runPromise(
        Effect.forEach(
          shares(times, atOnce),
          Effect.fnUntraced(function* (share) {
            for (let time = 0; time < share; time++) yield* call
          }),
          { concurrency: "unbounded", discard: true },
        ),
      )
  return {
    assumeRole: effects(Sts.assumeRole(input)),
    getCallerIdentity: effects(Sts.getCallerIdentity({})),
  }
}
