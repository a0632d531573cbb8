import { assert, describe, it } from "@effect/vitest"
import { dependencies, forbidden } from "../thirdParty.ts"
import { inRepository } from "./support/repository.ts"

const manifest = (license: unknown, dependencies = {}) => JSON.stringify({ version: "1.0.0", license, dependencies })

describe("third parties", () => {
  const all = inRepository(
    {
      "package.json": JSON.stringify({
        dependencies: { direct: "1", "@effect-sts/core": "1" },
        peerDependencies: { peer: "1" },
      }),
      "node_modules/direct/package.json": manifest("MIT", { nested: "1", hoisted: "1" }),
      "node_modules/direct/node_modules/nested/package.json": manifest("GPL-3.0-only"),
      "node_modules/hoisted/package.json": manifest({ type: "MIT" }, { direct: "1" }),
      "node_modules/peer/package.json": manifest("ISC", { beyond: "1" }),
      "node_modules/@effect-sts/core/package.json": manifest("MIT", { beyond: "1" }),
    },
    dependencies,
  )

  it("are the dependencies, theirs, and the peers, but nothing of the siblings", () => {
    assert.deepStrictEqual(
      all.map(({ name, version }) => `${name} ${version}`),
      ["direct 1.0.0", "hoisted 1.0.0", "nested 1.0.0", "peer 1.0.0 (peer)"],
    )
  })

  it("are refused under a licence that is not known to be free of conditions", () => {
    assert.deepStrictEqual(forbidden(all), ["hoisted is under unknown", "nested is under GPL-3.0-only"])
  })
})
