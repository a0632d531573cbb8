// Copied, with `setup.ts`, to the root of the copy that is mutated.
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["packages/core/test/**/*.test.ts"],
    setupFiles: ["vitest.setup.ts", "setup.ts"],
    // A mutant that waits for what never comes is red after this time; no test takes a tenth of it.
    testTimeout: 20_000,
    // Enough for nearly all mutants that more programs kill; the seed is fixed, so that two runs agree on the survivors.
    env: { LAW_RUNS: "100", MODEL_RUNS: "200" },
  },
})
