// FIDELITY.md is true to the tests: each row has a grade, an opinion on every fake, and tests that are there; its counts and
// its lists are those of the rows.
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const packages = new URL("../../", import.meta.url)
const page = readFileSync(new URL("memory/FIDELITY.md", packages), "utf8")

const grades = ["live", "field", "docs", "model", "unverified"] as const

/** `file: "name", "name"; file: "name"`, of this folder, or by a path below `packages`. */
const reference = /^[\w/.-]+: "[^"]+"(?:, "[^"]+")*(?:; [\w/.-]+: "[^"]+"(?:, "[^"]+")*)*$/

const files = new Map<string, ReadonlyArray<string> | undefined>()

/** What is written in quotes in a file, a line at a time: the names of its tests are among it. */
const quotedIn = (file: string): ReadonlyArray<string> | undefined => {
  if (files.has(file)) return files.get(file)
  const path = fileURLToPath(new URL(file.endsWith(".ts") ? file : `memory/test/${file}.test.ts`, packages))
  const quoted = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\\n]|\\.)*)`/g
  const texts = existsSync(path)
    ? Array.from(readFileSync(path, "utf8").matchAll(quoted), ([, ...alternatives]) => alternatives.join(""))
    : undefined
  files.set(file, texts)
  return texts
}

const rowsOf = (markdown: string) =>
  Array.from(markdown.matchAll(/^\| ([A-Z])(\d+) \| (.*) \|$/gm), ([, section = "", number, rest = ""]) => {
    const [behaviour = "", evidence = "", here = "", tests = "", moto = "", localStack = "", ...more] =
      rest.split(" | ")
    const grade = grades.find((grade) => evidence.replaceAll("**", "").startsWith(`[${grade}]`))
    const cells = [behaviour, evidence, here, tests, moto, localStack]
    const differs = here.includes("**differs**")
    return { section, number: Number(number), id: `${section}${number}`, grade, differs, tests, cells, more }
  })

/** All that is wrong with the page. */
const faultsOf = (markdown: string): ReadonlyArray<string> => {
  const rows = rowsOf(markdown)
  const faults = rows.flatMap(({ cells, grade, id, more, number, section, tests }) => {
    const before = rows.filter((row) => row.section === section && row.number < number).length
    const references = Array.from(tests.matchAll(/([\w/.-]+): ((?:"[^"]+"(?:, )?)+)/g), ([, file = "", names = ""]) => {
      const quoted = quotedIn(file)
      if (quoted === undefined) return [`${id}: there is no ${file}`]
      return Array.from(names.matchAll(/"([^"]+)"/g), ([, name = ""]) => name)
        .filter((name) => !quoted.some((text) => text.includes(name)))
        .map((name) => `${id}: ${file} has no test "${name}"`)
    }).flat()
    return [
      ...(grade === undefined ? [`${id}: has no grade`] : []),
      ...(cells.some((cell) => cell.trim() === "") || more.length > 0 ? [`${id}: has not seven cells`] : []),
      ...(before === number - 1 ? [] : [`${id}: is out of order`]),
      ...(reference.test(tests) ? references : [`${id}: names its tests in another form`]),
    ]
  })
  const lists: ReadonlyArray<readonly [what: string, list: RegExp, of: typeof rows]> = [
    ["the unverified readings", /with the row: ([^.]*)\./, rows.filter(({ grade }) => grade === "unverified")],
    ["what differs", /what AWS was seen to do: ([^.]*)\./, rows.filter(({ differs }) => differs)],
  ]
  for (const [what, list, of] of lists) {
    const ids = of.map(({ id }) => id).join(", ")
    if ((list.exec(markdown)?.[1] ?? "") !== ids) faults.push(`${what}: ${ids}`)
  }
  const count = (of: typeof rows) => grades.map((grade) => of.filter((row) => row.grade === grade).length)
  const sections = Array.from(markdown.matchAll(/^## (.*)\n\n\| \| behaviour .*\n.*\n\| ([A-Z])\d+ /gm))
  for (const [, title = "", letter] of sections) {
    const [, counts] =
      markdown
        .split("\n")
        .find((line) => line.startsWith(`| [${title}](#`))
        ?.split(") | ") ?? []
    const expected = count(rows.filter(({ section }) => section === letter))
    const actual = counts?.split("|").slice(0, grades.length).map(Number)
    if (String(actual) !== String(expected)) faults.push(`${title} has ${expected.join(", ")}`)
  }
  const [, all] = /^\| \*\*all\*\* \| (.*) \|$/m.exec(markdown) ?? []
  const expected = count(rows)
    .map((number) => `**${number}**`)
    .join(" | ")
  if (all !== expected) faults.push(`all are ${expected}`)
  return faults
}

describe("FIDELITY.md", () => {
  it("has grades, tests that are there, and true counts", () => {
    assert.isAbove(rowsOf(page).length, 200)
    assert.deepStrictEqual(faultsOf(page), [])
  })

  const [first] = rowsOf(page)
  const planted: ReadonlyArray<readonly [fact: string, change: (page: string) => string, fault: string]> = [
    [
      "a test that is not there",
      (page) => page.replace('wireCases: "gci-get"', 'wireCases: "gci-got"'),
      'W3: wireCases has no test "gci-got"',
    ],
    [
      "a file that is not there",
      (page) => page.replace('wireCases: "gci-get"', 'wires: "gci-get"'),
      "W3: there is no wires",
    ],
    ["a row without a test", (page) => page.replace(first?.tests ?? "", "–"), "W1: names its tests in another form"],
    ["a row without a grade", (page) => page.replace(/^(\| W1 .*)\[live\] /m, "$1"), "W1: has no grade"],
    ["a cell that is empty", (page) => page.replace(/(\| W1 \|.*\|)[^|]*\|$/m, "$1  |"), "W1: has not seven cells"],
    ["a row that is twice", (page) => page.replace(/^\| W1 .*\n/m, "$&$&"), "W2: is out of order"],
    [
      "a reading that is not listed",
      (page) => page.replace(/with the row: \w+, /, "with the row: "),
      "the unverified readings",
    ],
    ["a difference that is not listed", (page) => page.replace("| to the byte |", "| **differs** |"), "what differs"],
    ["a count that is wrong", (page) => page.replace(/(\[Wire\]\(#wire\) \| )\d+/, "$10"), "Wire has"],
  ]
  it.each(planted)("would not be taken with %s", (_, change, fault) => {
    assert.isTrue(faultsOf(change(page)).some((found) => found.startsWith(fault)))
  })
})
