import { STS, type STSService } from "@effect-aws/client-sts"
import { Effect, ManagedRuntime } from "effect"
import { type Calls, type Client, input, keys, region, shares } from "../../clients.ts"

export const makeClient = (endpoint: string): Client => {
  const runtime = ManagedRuntime.make(STS.layer({ region, endpoint, credentials: keys }))
  const effects =
    (call: Effect.Effect<unknown, unknown, STSService>): Calls =>
    (times, atOnce) =>
      runtime.runPromise(
        Effect.forEach(shares(times, atOnce), (share) => Effect.repeatN(call, share - 1), {
          concurrency: "unbounded",
          discard: true,
        }),
      )
  return {
    assumeRole: effects(STS.assumeRole(input)),
    getCallerIdentity: effects(STS.getCallerIdentity({})),
  }
}
