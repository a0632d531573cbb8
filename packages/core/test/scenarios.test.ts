import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scenarios from "./support/scenarios.ts"

describe("what goes wrong in the field", () => {
  it.each(Scenarios.all)("$name: $expected", async (scenario) => {
    assert.strictEqual(await Effect.runPromise(Scenarios.measure(scenario)), scenario.expected)
  })
})
