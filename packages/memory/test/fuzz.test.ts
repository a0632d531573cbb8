import { it } from "@effect/vitest"
import { fuzz } from "../fuzz/fuzz.ts"

it("the server answers anything as STS could, and soon", { timeout: 60_000 }, async () => {
  await fuzz({ runs: 3000, seed: Date.now() % 1_000_000_000 })
})
