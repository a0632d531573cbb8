import { assert, describe, it } from "@effect/vitest"
import { compare, leftovers, measure, nodeOnly } from "../sizes.ts"

const limit = { gzip: 1000, operations: ["AssumeRole"] }

describe("sizes", () => {
  for (const [what, size, problems] of [
    ["a program within its limit", { gzip: 900, operations: [] }, 0],
    ["a program within the margin", { gzip: 1020, operations: ["AssumeRole"] }, 0],
    ["a program over the margin", { gzip: 1021, operations: [] }, 1],
    ["an operation that is not called", { gzip: 900, operations: ["AssumeRole", "AssumeRoot"] }, 1],
  ] as const) {
    it(`find ${problems === 0 ? "nothing in" : "fault with"} ${what}`, () => {
      assert.lengthOf(compare("a program", size, limit, 0.02), problems)
    })
  }

  it("grow with the operations that a program calls", { timeout: 60_000 }, async () => {
    const program = (...names: ReadonlyArray<string>) =>
      measure(
        `import * as Sts from "@effect-sts/core/Sts"\nexport const called = [${names.map((name) => `Sts.${name}`).join()}]`,
      )
    const one = await program("assumeRole")
    const two = await program("assumeRole", "getFederationToken")
    assert.deepStrictEqual(one.operations, ["AssumeRole"])
    assert.deepStrictEqual(two.operations, ["AssumeRole", "GetFederationToken"])
    assert.isAbove(two.gzip, one.gzip)
  })

  it("are nothing for an import that is not used", { timeout: 60_000 }, async () => {
    assert.deepStrictEqual(await leftovers(["@effect-sts/core", "@effect-sts/core/Sts"]), [])
    assert.isNotEmpty(await leftovers(["data:text/javascript,globalThis.a = 1"]))
  })

  it("need no Node", { timeout: 60_000 }, async () => {
    assert.deepStrictEqual(await nodeOnly(["@effect-sts/core"]), [])
    assert.include((await nodeOnly(["node:fs"])).join(), `Could not resolve "node:fs"`)
    assert.include((await nodeOnly(["@effect/platform-node/NodeHttpServer"])).join(), "Could not resolve")
  })
})
