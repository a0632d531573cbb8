// `pnpm demo`: examples/walkthrough.ts, as a program of its own.
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import process from "node:process"
import { fileURLToPath } from "node:url"

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url))
const source = readFileSync(`${examples}walkthrough.ts`, "utf8")

const run = (text: string, env: Record<string, string> = {}) => {
  const { FORCE_COLOR: _, NO_COLOR: __, ...rest } = process.env
  return spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", text], {
    cwd: examples,
    encoding: "utf8",
    env: { ...rest, ...env },
  })
}

describe("the walkthrough", { timeout: 60_000 }, () => {
  it("shows each identity of the R session, the refusal among them, and exits with 0", () => {
    const { status, stderr, stdout } = run(source)
    assert.strictEqual(status, 0, stderr)
    const [first = "", second = ""] = stdout.split("Beyond R")
    const alice = "arn:aws:iam::111111111111:user/alice"
    const identities = Array.from(
      first.matchAll(/^ {2}(?:ok|WRONG) +.*? {2}(\d) +(arn\S+(?: \(\w+\))?)$/gm),
      (match) => [match[1], match[2]],
    )
    assert.deepStrictEqual(identities, [
      ["1", `${alice} (root)`],
      ["2", `${alice} (T1)`],
      ["2", `${alice} (T1)`],
      ["3", `${alice} (T2)`],
      ["4", "arn:aws:sts::111111111111:assumed-role/my-role/test"],
      ["3", `${alice} (T2)`],
      ["2", `${alice} (T1)`],
      ["1", `${alice} (root)`],
      ["1", `${alice} (root)`],
    ])
    assert.include(first, "Cannot call GetSessionToken with session credentials")
    assert.include(second, "arn:aws:sts::222222222222:assumed-role/deployer/test")
    assert.notInclude(stdout, "WRONG")
  })

  for (const [what, right, wrong] of [
    [
      "expects another identity",
      'look("set the role", sessionOf("my-role")',
      'look("set the role", sessionOf("other")',
    ],
    ["expects another identity afterwards", 'look("afterwards", alice)', 'look("afterwards", mfaOfAlice)'],
    ["expects a refusal that does not come", "refusal(Sts.getSessionToken", "refusal(Sts.assumeRole"],
    ["forgets to restore", "yield* CredentialStack.restore\n    rows", "rows"],
  ] as const) {
    it(`exits with another code where it ${what}`, () => {
      assert.include(source, right)
      const text = source
        .replace(right, wrong)
        .replace('Sts.assumeRole({ duration: "15 minutes" })', 'Sts.assumeRole(role("my-role"))')
      assert.strictEqual(run(text).status, 1)
    })
  }

  it("has no colours where nobody sees them, and has them where they are asked for", () => {
    const escape = "\u001b["
    assert.notInclude(run(source).stdout, escape)
    assert.notInclude(run(source, { NO_COLOR: "1" }).stdout, escape)
    assert.include(run(source, { FORCE_COLOR: "1" }).stdout, escape)
  })
})
