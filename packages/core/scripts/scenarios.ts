// Prints what goes wrong with credentials in the field, and what becomes of it here. Fails if a figure is not as expected.
import * as Effect from "effect/Effect"
import process from "node:process"
import * as Scenarios from "../test/support/scenarios.ts"

const rows = await Effect.runPromise(
  Effect.forEach(Scenarios.all, (scenario) =>
    Effect.map(Scenarios.measure(scenario), (ours) => ({
      scenario: scenario.name,
      "in the field": scenario.field,
      ours,
      "as expected": ours === scenario.expected ? "yes" : `no: ${scenario.expected}`,
    })),
  ),
)

console.table(rows)
if (rows.some((row) => row["as expected"] !== "yes")) process.exitCode = 1
