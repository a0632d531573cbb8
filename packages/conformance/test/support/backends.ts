// The backends of this repository, each over the same world.
import type * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as StsServer from "@effect-sts/memory/StsServer"
import * as StsSdk from "@effect-sts/sdk/StsSdk"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import type * as Law from "../../src/Law.ts"

const region = "eu-west-1"

const overSocket =
  (backend: (options: { readonly endpoint: string; readonly region: string }) => Layer.Layer<Sts.Sts, unknown>) =>
  (world: Parameters<Law.Backend["layer"]>[0]) =>
    Layer.unwrap(Effect.map(NodeStsServer.listen(), (endpoint) => backend({ endpoint, region }))).pipe(
      Layer.provideMerge(StsMemory.layerWorld(world)),
    )

export interface Named extends Law.Backend {
  readonly name: string
}

export const memory: Named = {
  name: "memory",
  layer: StsMemory.layer,
  capabilities: { ownClock: false, unsent: true },
}

export const fetchInProcess: Named = {
  name: "fetch, in process",
  layer: (world) =>
    StsFetch.layer({ region }).pipe(
      Layer.provide(Layer.effect(FetchHttpClient.Fetch, StsServer.fetch)),
      Layer.provideMerge(StsMemory.layerWorld(world)),
    ),
}

export const fetchOverSocket: Named = { name: "fetch, over a socket", layer: overSocket(StsFetch.layer) }

export const sdkOverSocket: Named = { name: "sdk, over a socket", layer: overSocket(StsSdk.layer) }

export const all: ReadonlyArray<Named> = [memory, fetchInProcess, fetchOverSocket, sdkOverSocket]
