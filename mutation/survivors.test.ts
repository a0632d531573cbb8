import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Fingerprint, type Mutant, mutantsOf, onOneLine, survivorsOf, unlistedOf } from "./survivors.ts"

const repository = dirname(import.meta.dirname)

/** Whether the code of a mutant begins on one of the lines that its fingerprint names. */
const isIn = (text: string, { from, line }: Fingerprint) => {
  const lines = text.split("\n")
  return lines.some((candidate, index) => {
    if (candidate.trim() !== line) return false
    const start = onOneLine(lines.slice(index).join("\n")).indexOf(from)
    return start >= 0 && start < line.length
  })
}

it("survivors.json names code that is there", () => {
  const gone = survivorsOf(import.meta.dirname).flatMap(({ file, mutants }) => {
    const text = readFileSync(join(repository, file), "utf8")
    return mutants.filter((mutant) => !isIn(text, mutant))
  })
  assert.deepStrictEqual(gone, [])
})

describe("a survivor", () => {
  const source = 'const a = 1\n  if (\n    b === "x"\n  ) c()\n'
  const mutant = (startLine: number, startColumn: number, endLine: number, endColumn: number, replacement: string) => ({
    replacement,
    status: "Survived",
    location: { start: { line: startLine, column: startColumn }, end: { line: endLine, column: endColumn } },
  })
  const report = {
    files: {
      "a.ts": {
        source,
        mutants: [mutant(3, 5, 3, 14, "false"), mutant(2, 3, 4, 8, ";"), mutant(3, 5, 3, 14, "false")],
      },
    },
  }
  const survivors = mutantsOf(report)
  const condition = { line: 'b === "x"', from: 'b === "x"', to: "false" }
  const statement = { line: "if (", from: 'if ( b === "x" ) c()', to: ";" }

  it("is told by its line and its code, on one line", () => {
    const told = ({ from, line, to }: Mutant) => ({ line, from, to })
    assert.deepStrictEqual(survivors.map(told), [condition, statement, condition])
    assert.isTrue([condition, statement].every((mutant) => isIn(source, mutant)))
    assert.isFalse(isIn(source, { ...condition, from: "c()" }))
    assert.isFalse(isIn(source, { ...condition, line: "c()" }))
  })

  it("is listed by an entry of its own", () => {
    const listed = [{ file: "a.ts", reason: "", mutants: [condition, statement] }]
    assert.deepStrictEqual(unlistedOf(survivors, listed), survivors.slice(2))
    assert.deepStrictEqual(unlistedOf(survivors, []), survivors)
    assert.deepStrictEqual(unlistedOf(survivors, [{ file: "b.ts", reason: "", mutants: [condition] }]), survivors)
  })
})
