/** What goes wrong with credentials in the field: ours on a stub, and the SDK's provider on an STS of this machine. */
import * as Effect from "effect/Effect"
import * as Scenarios from "../../packages/core/test/support/scenarios.ts"
import { peer, reasonOf, type Section } from "../harness.ts"

export interface ScenariosModule {
  /** By the name of one of ours. */
  readonly measure: (name: string) => Promise<string>
}

const theirs = async (name: string) => {
  try {
    const { measure } = await peer<ScenariosModule>("scenarios.ts")
    return await measure(name)
  } catch (error) {
    return `not measured: ${reasonOf(error)}`
  }
}

export const run = async (): Promise<ReadonlyArray<Section>> => {
  const rows = []
  for (const scenario of Scenarios.all) {
    const ours = await Effect.runPromise(Scenarios.measure(scenario))
    rows.push({
      scenario: scenario.name,
      "effect-sts": ours,
      "as promised": ours === scenario.expected ? "limit as in core's tests: ok" : "limit as in core's tests: OVER",
      "fromTemporaryCredentials of the SDK": await theirs(scenario.name),
    })
  }
  return [
    {
      title: "What goes wrong with credentials in the field",
      rows,
      notes: ["The SDK makes one attempt at each AssumeRole here; by default it makes three."],
    },
  ]
}
