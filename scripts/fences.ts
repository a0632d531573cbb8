// The programs in the documentation: the ```ts fences of the READMEs, of docs/ and of docstrings.
//
// A fence with imports begins a program; a fence without goes on where the one before it on the page, or in the docstring,
// stopped. A word after `ts` changes that:
//
//   ```ts no-run     is checked, but not run: it needs a test runner, a browser, a person
//   ```ts fragment   is not checked at all
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Workspace from "./workspace.ts"

export interface Program {
  readonly file: string
  /** Of its first fence. */
  readonly line: number
  /** Each line where it is in the file, so that what the compiler says of it is true of the file, too. */
  readonly text: string
  /** What it imports. */
  readonly specifiers: ReadonlyArray<string>
  readonly isRun: boolean
}

interface Markdown {
  /** Of its first line in the file. */
  readonly line: number
  readonly lines: ReadonlyArray<string>
}

interface Fence extends Markdown {
  readonly language: string
  readonly word: string
}

const pages = ["*.md", "packages/*/*.md", "docs/**/*.md", "examples/**/*.md"]
const generated = ["**/node_modules/**", "docs/api/**"]

const page = (root: string, file: string): Markdown => ({
  line: 1,
  lines: readFileSync(join(root, file), "utf8").split("\n"),
})

const docstrings = (root: string, file: string): ReadonlyArray<Markdown> => {
  const found: Array<{ line: number; lines: Array<string> }> = []
  let isInside = false
  for (const [index, line] of page(root, file).lines.entries()) {
    if (line.trimStart().startsWith("/**")) {
      isInside = true
      found.push({ line: index + 1, lines: [] })
    }
    if (isInside) found.at(-1)?.lines.push(line.replace(/^\s*(\/\*\*|\*(?!\/) ?)/, ""))
    if (line.includes("*/")) isInside = false
  }
  return found
}

const fencesOf = (file: string, { line, lines }: Markdown): ReadonlyArray<Fence> => {
  const found: Array<Fence> = []
  let open: { mark: string; indent: number; fence: Fence; lines: Array<string> } | undefined
  for (const [index, text] of lines.entries()) {
    if (open === undefined) {
      const [, indent = "", mark, language = "", word = ""] = /^(\s*)(```+|~~~+)\s*(\w*)\s*(.*?)\s*$/.exec(text) ?? []
      if (mark === undefined) continue
      const fence = { line: line + index + 1, language, word, lines: [] }
      open = { mark, indent: indent.length, fence, lines: [] }
    } else if (text.trim() === open.mark) {
      found.push({ ...open.fence, lines: open.lines })
      open = undefined
    } else {
      open.lines.push(text.slice(open.indent))
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.fence.line}: a fence that does not end`)
  return found
}

const isChecked = (file: string, { language, line, word }: Fence): boolean => {
  if (["cts", "javascript", "js", "jsx", "mjs", "mts", "tsx", "typescript"].includes(language)) {
    throw new Error(`${file}:${line}: a fence of ${language}; only those of ts are checked`)
  }
  if (language !== "ts" || word === "fragment") return false
  if (word !== "" && word !== "no-run") throw new Error(`${file}:${line}: "${word}" is neither "no-run" nor "fragment"`)
  return true
}

const specifiersOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^import\b[^"]*"([^"]+)"/gm)].map(([, specifier = ""]) => specifier)

const needsRunner = /^(@effect-sts\/conformance|@effect\/vitest|vitest)(\/|$)/
const callsAws = /^(@effect-sts\/(fetch|sdk)|@aws-sdk\/.+?)(\/|$)/
const isInMemory = /^@effect-sts\/memory(\/|$)/

/** Nothing in it is only declared, needs a test runner, or calls an STS other than the one in memory. */
const canRun = (text: string, specifiers: ReadonlyArray<string>): boolean =>
  !/^declare\b/m.test(text) &&
  !specifiers.some((name) => needsRunner.test(name)) &&
  (specifiers.some((name) => isInMemory.test(name)) || !specifiers.some((name) => callsAws.test(name)))

const toProgram = (file: string, fences: ReadonlyArray<Fence>): Program => {
  const lines: Array<string> = []
  for (const fence of fences) {
    while (lines.length < fence.line - 1) lines.push("")
    lines.push(...fence.lines)
  }
  const text = `${lines.join("\n")}\n`
  const specifiers = specifiersOf(text)
  const isRun = canRun(text, specifiers) && fences.every(({ word }) => word === "")
  return { file, line: fences[0]?.line ?? 0, text, specifiers, isRun }
}

const programsOf = (file: string, markdown: Markdown): ReadonlyArray<Program> => {
  const programs: Array<Array<Fence>> = []
  for (const fence of fencesOf(file, markdown)) {
    if (!isChecked(file, fence)) continue
    const last = programs.at(-1)
    if (last === undefined || specifiersOf(fence.lines.join("\n")).length > 0) programs.push([fence])
    else last.push(fence)
  }
  return programs.map((fences) => toProgram(file, fences))
}

export const programs = (root: string): ReadonlyArray<Program> => [
  ...globSync(pages, { cwd: root, exclude: generated })
    .toSorted()
    .flatMap((file) => programsOf(file, page(root, file))),
  ...Workspace.packages(root)
    .flatMap(({ folder }) => Workspace.sources(root, join(folder, "src")))
    .flatMap((file) => docstrings(root, file).flatMap((docstring) => programsOf(file, docstring))),
]

/** What whoever reads the README copies. */
export const firstProgram = (root: string): string => {
  const first = fencesOf("README.md", page(root, "README.md")).find(({ language }) => language === "ts")
  return first === undefined ? "" : `${first.lines.join("\n")}\n`
}
