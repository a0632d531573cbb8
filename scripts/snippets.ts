// Type-checks the programs in the documentation, and runs those that can be run.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import process from "node:process"
import { type Program, programs } from "./fences.ts"
import * as Workspace from "./workspace.ts"

const root = Workspace.repository

const pathOf = ({ file, line }: Program) => `${file}.${line}.ts`

/** Documentation declares what it does not use, but has no reason to import it. */
const isExpected = (problem: string, { text }: Program) => {
  const [, line, code] = /\((\d+),\d+\): error (TS\d+)/.exec(problem) ?? []
  return code === "TS6133" && text.split("\n")[Number(line) - 1]?.startsWith("import") === false
}

const tsconfig = {
  extends: join(root, "tsconfig.test.json"),
  include: ["**/*.ts"],
  exclude: [],
  references: Workspace.packages(root).map((some) => ({ path: join(root, some.folder, "tsconfig.src.json") })),
}

const checkTypes = (folder: string, all: ReadonlyArray<Program>): ReadonlyArray<string> => {
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig))
  const { status, stdout } = spawnSync("tsc", ["-b", folder, "--pretty", "false"], { cwd: folder, encoding: "utf8" })
  if (status === null) return ["tsc does not run"]
  const byPath = new Map(all.map((program) => [pathOf(program), program]))
  // What explains a problem is indented below it.
  return stdout.split(/\n(?=\S)/).flatMap((problem) => {
    const [path = ""] = problem.split("(")
    const program = byPath.get(path)
    if (program === undefined) return problem === "" ? [] : [problem]
    return isExpected(problem, program) ? [] : [problem.replace(path, program.file)]
  })
}

/** Imports one program after the other: starting Node is most of what one costs. */
const runner = `
  import process from "node:process"
  let current, failures = 0
  const fail = (error) => {
    failures++
    console.error(current + ": does not run")
    console.error(error)
  }
  process.on("uncaughtException", fail)
  for (const [name, path] of JSON.parse(process.argv[2])) {
    current = name
    await import(path).catch(fail)
  }
  process.exit(failures === 0 ? 0 : 1)
`

// As in vitest.setup.ts; and whatever looks for an endpoint finds one where nobody listens.
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"))),
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
}

const run = (folder: string, all: ReadonlyArray<Program>): ReadonlyArray<string> => {
  const file = join(folder, "run.mjs")
  writeFileSync(file, runner)
  const paths = all.map((program) => [`${program.file}:${program.line}`, join(folder, pathOf(program))])
  const { status, stderr, stdout } = spawnSync(process.execPath, [file, JSON.stringify(paths)], {
    encoding: "utf8",
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  })
  return status === 0 ? [] : [status === null ? `${stdout}${stderr}\nthe programs do not end` : stderr]
}

/** What is wrong with programs. They are put into a package that depends on all that documentation imports. */
export const snippets = (all: ReadonlyArray<Program>): ReadonlyArray<string> => {
  const folder = mkdtempSync(join(import.meta.dirname, ".snippets-"))
  try {
    for (const program of all) {
      mkdirSync(join(folder, dirname(program.file)), { recursive: true })
      writeFileSync(join(folder, pathOf(program)), program.text)
    }
    return [
      ...checkTypes(folder, all),
      ...run(
        folder,
        all.filter(({ isRun }) => isRun),
      ),
    ].map((problem) => problem.replaceAll(`${relative(root, folder)}/`, ""))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const all = programs(root)
  const problems = snippets(all)
  for (const problem of problems) console.error(problem)
  const running = all.filter(({ isRun }) => isRun).length
  console.log(`snippets: ${all.length} programs, ${running} of them run, ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
