import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "scripts/test/**/*.test.ts",
      "examples/**/*.test.ts",
      "mutation/*.test.ts",
    ],
    setupFiles: ["vitest.setup.ts"],
    // No test is about time; random programs take seconds where a machine has other things to do.
    testTimeout: 60_000,
    // A machine of two cores would otherwise run one file after the other.
    maxWorkers: "100%",
  },
})
