/** A world with `Sts` on it, and HTTP between the two: the fetch backend, real signatures, XML, the server. */
import type * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as StsMemory from "../../src/StsMemory.ts"
import * as StsServer from "../../src/StsServer.ts"
import type * as World from "../../src/World.ts"

export const layer = (world: World.Encoded): Layer.Layer<Sts.Sts | StsMemory.StsMemory, World.WorldError> => {
  const fetch = Layer.effect(FetchHttpClient.Fetch, StsServer.fetch)
  const client = Layer.provide(FetchHttpClient.layer, fetch)
  return Layer.fresh(StsFetch.layerNoDeps({ region: world.region ?? "us-east-1" })).pipe(
    Layer.orDie,
    Layer.provide(client),
    Layer.provideMerge(StsMemory.layerWorld(world)),
  )
}
