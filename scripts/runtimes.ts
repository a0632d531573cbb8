// A stranger's path: installs the packed packages with npm into an empty project, type-checks, compiles and bundles the
// README's first program there, and runs it on every runtime; then one program on each of the three backends.
//
//   pnpm runtimes                      all runtimes
//   pnpm runtimes "Node 24" Bun        some of them
//
// The runtimes come from npm, too.
import * as Esbuild from "esbuild"
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { firstProgram } from "./fences.ts"
import { pack } from "./tarballs.ts"
import * as Workspace from "./workspace.ts"

interface Runtime {
  /** On npm. */
  readonly name: string
  readonly version: string
  /** What comes before the file. */
  readonly args: ReadonlyArray<string>
  /** Whether it runs TypeScript as it is. */
  readonly isTyped: boolean
}

const node = (version: string, isTyped = true): Runtime => ({ name: "node", version, args: [], isTyped })

const runtimes: Record<string, Runtime> = {
  // Older than Effect asks for.
  "Node 20": node("20.20.2", false),
  // The oldest that Effect asks for.
  "Node 22.19": node("22.19.0"),
  "Node 22": node("22.23.3"),
  "Node 24": node("24.21.0"),
  "Node 26": node("26.10.0"),
  Bun: { name: "bun", version: "1.4.5", args: ["run"], isTyped: true },
  Deno: { name: "deno", version: "2.9.6", args: ["run", "--allow-all", "--quiet"], isTyped: true },
}

interface Program {
  readonly title: string
  readonly args: readonly [file: string, ...options: Array<string>]
  readonly said: RegExp | string
}

const examples = join(Workspace.repository, "examples")

const became = /^arn:aws:iam::\d+:user\/alice became arn:aws:sts::\d+:assumed-role\/my-role\/\S+\n$/

const programs = (): ReadonlyArray<Program> => {
  const said = execFileSync(process.execPath, [join(examples, "backends.ts")], { encoding: "utf8" })
  return [
    { title: "TypeScript", args: ["first-program.ts"], said: became },
    { title: "compiled", args: ["compiled/first-program.js"], said: became },
    { title: "bundled", args: ["bundled.mjs"], said: became },
    { title: "memory", args: ["compiled/backends.js", "--backend", "memory"], said },
    { title: "fetch", args: ["compiled/backends.js", "--backend", "fetch"], said },
    { title: "sdk", args: ["compiled/backends.js", "--backend", "sdk"], said },
  ]
}

const tsconfig = {
  compilerOptions: {
    target: "ES2023",
    module: "NodeNext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    rewriteRelativeImportExtensions: true,
    outDir: "compiled",
  },
}

/** Makes the project, up to what can be done without a runtime. */
const prepare = async (project: string) => {
  const { devDependencies = {} } = Workspace.readManifest(Workspace.repository)
  const others = ["effect", "@types/node"].map((name) => `${name}@${devDependencies[name]}`)
  const tarballs = pack(project).map(({ file }) => file)
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...tarballs, ...others], {
    cwd: project,
    stdio: "inherit",
  })
  writeFileSync(join(project, "first-program.ts"), firstProgram(Workspace.repository))
  cpSync(join(examples, "backends.ts"), join(project, "backends.ts"))
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig))
  for (const compiler of ["typescript-6", "typescript"]) {
    const tsc = join(Workspace.repository, "node_modules", compiler, "bin/tsc")
    execFileSync(process.execPath, [tsc], { cwd: project, stdio: "inherit" })
    console.log(`ok types with ${compiler}, the declarations of all dependencies included`)
  }
  await Esbuild.build({
    absWorkingDir: project,
    entryPoints: ["first-program.ts"],
    outfile: "bundled.mjs",
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
  })
}

/** The runtime's command, from npm's cache where it is there. */
const install = ({ name, version }: Runtime, project: string): string =>
  execFileSync("npx", ["--yes", "-p", `${name}@${version}`, "-c", `command -v ${name}`], {
    cwd: project,
    encoding: "utf8",
  }).trim()

/** What went wrong, if anything did. */
const run = (command: string, runtime: Runtime, { args, said }: Program, cwd: string): string | undefined => {
  const { error, status, stderr, stdout } = spawnSync(command, [...runtime.args, ...args], {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
  })
  const isSaid = typeof said === "string" ? stdout === said : said.test(stdout)
  return status === 0 && isSaid ? undefined : (error?.message ?? `${stdout}${stderr}`)
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(runtimes)
const unknown = names.filter((name) => !Object.hasOwn(runtimes, name))
if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: none of ${Object.keys(runtimes).join(", ")}`)

const row = (cells: ReadonlyArray<string>) =>
  console.log(
    cells
      .map((cell) => cell.padEnd(12))
      .join("")
      .trimEnd(),
  )

const project = realpathSync(mkdtempSync(join(tmpdir(), "effect-sts-runtimes-")))
try {
  await prepare(project)
  const all = programs()
  row(["", ...all.map(({ title }) => title)])
  for (const [name, runtime] of Object.entries(runtimes).filter(([name]) => names.includes(name))) {
    const command = install(runtime, project)
    const results = all.map((program) => {
      if (program.title === "TypeScript" && !runtime.isTyped) return "-"
      const problem = run(command, runtime, program, project)
      if (problem === undefined) return "ok"
      console.error(`${name}, ${program.title}: ${problem}`)
      process.exitCode = 1
      return "FAILED"
    })
    row([name, ...results])
  }
} finally {
  rmSync(project, { recursive: true, force: true })
}
