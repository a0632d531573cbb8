// A program changes backend by one layer: examples/backends.ts, with each value of its flag.
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../../../examples/backends.ts", import.meta.url))

const run = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })
  return { status, stderr, stdout }
}

describe("examples/backends.ts", { timeout: 60_000 }, () => {
  it("says the same with every backend", () => {
    const expected = run()
    assert.strictEqual(expected.status, 0, expected.stderr)
    assert.include(expected.stdout, "arn:aws:sts::222222222222:assumed-role/deployer/two")
    for (const backend of ["memory", "fetch", "sdk"]) {
      assert.deepStrictEqual(run("--backend", backend), expected, backend)
    }
  })

  it("refuses a backend that it does not have", () => {
    assert.include(run("--backend", "carrier-pigeon").stderr, "--backend is one of memory, fetch, sdk")
  })
})
