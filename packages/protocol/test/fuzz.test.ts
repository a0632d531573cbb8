import { it } from "@effect/vitest"
import { fuzz, targets } from "../fuzz/fuzz.ts"

it.each(targets)("$name answers anything with a value or a typed error", (target) => {
  fuzz({ runs: 3000, seed: Date.now() % 1_000_000_000, targets: [target] })
})
