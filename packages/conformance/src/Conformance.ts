/**
 * The conformance suite as vitest tests.
 *
 * ```ts
 * import * as Conformance from "@effect-sts/conformance/Conformance"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 *
 * Conformance.suite("memory", StsMemory.layer, { ownClock: false, unsent: true })
 * ```
 *
 * @since 0.1.0
 */
import { describe, it } from "@effect/vitest"
import * as Law from "./Law.ts"
import * as Laws from "./Laws.ts"

/**
 * A test for each law. `layer` gives `Sts` over the backend, and the world that answers it: see `Law.Backend`.
 *
 * Laws that need a capability which the backend has not are skipped, and their names say why.
 *
 * @category suites
 * @since 0.1.0
 */
export const suite = (
  name: string,
  layer: Law.Backend["layer"],
  capabilities: Partial<Law.Capabilities> = {},
): void => {
  const backend: Law.Backend = { layer, capabilities }
  describe(`${name} keeps the law:`, () => {
    for (const law of Laws.all) {
      const missing = Law.missing(law, backend)
      const test = missing === undefined ? it.live : it.live.skip
      const title = missing === undefined ? law.name : `${law.name} (needs ${missing})`
      test(title, () => Law.check(law, backend), 30_000)
    }
  })
}
