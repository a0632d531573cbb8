// Packs what would be published and looks at it as its users would: publint, are-the-types-wrong, a list of the files,
// and an import of every public module by plain Node from a node_modules folder that has nothing else of this repository.
// The import of a portable package changes no global: "sideEffects" says so, and bundlers take its word.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import process from "node:process"
import { pack } from "./tarballs.ts"
import * as Workspace from "./workspace.ts"

const run = (command: string, args: ReadonlyArray<string>, cwd: string) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })

const check = (what: string, command: string, args: ReadonlyArray<string>, cwd: string) => {
  try {
    run(command, args, cwd)
    console.log(`ok ${what}`)
  } catch (error) {
    console.error(
      `FAILED ${what}\n${error instanceof Error && "stdout" in error ? String(error.stdout) : String(error)}`,
    )
    process.exitCode = 1
  }
}

const unwanted = /(^|\/)(test|dtslint|node_modules)\/|tsconfig|\.tsbuildinfo$|\.test\./
const wanted = ["package/LICENSE", "package/README.md", "package/package.json", "package/dist/index.js"]

const checkFiles = (what: string, files: ReadonlyArray<string>) => {
  const problems = [
    ...files.filter((file) => unwanted.test(file)).map((file) => `${file} should not be in it`),
    ...wanted.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
  ]
  console.log(`${problems.length === 0 ? "ok" : "FAILED"} ${what}`)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}

const importing = (some: Workspace.Package) => `
  const before = new Set(Reflect.ownKeys(globalThis))
${Workspace.publicModules(Workspace.repository, some.folder)
  .map((module) => `  await import("${Workspace.specifier(some, module)}")`)
  .join("\n")}
  const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key))
  if (${Workspace.portable.has(some.manifest.name)} && added.length > 0) {
    console.log("importing it adds globals:", added)
    process.exitCode = 1
  }
`

const temporary = mkdtempSync(join(tmpdir(), "effect-sts-packed-"))
try {
  const tarballs = pack(temporary)
  for (const { file, folder, manifest } of tarballs) {
    const source = join(Workspace.repository, folder)
    checkFiles(`${manifest.name} files`, run("tar", ["-tzf", file], temporary).trim().split("\n"))
    check(`${manifest.name} publint`, "publint", ["run", file, "--strict"], source)
    const entrypoints = Workspace.publicModules(Workspace.repository, folder).map((module) =>
      module === "index" ? "." : module,
    )
    check(
      `${manifest.name} attw`,
      "attw",
      [file, "--profile", "esm-only", "--no-definitely-typed", "--entrypoints", ...entrypoints],
      source,
    )

    const installed = join(temporary, "node_modules", manifest.name)
    mkdirSync(installed, { recursive: true })
    run("tar", ["-xzf", file, "-C", installed, "--strip-components=1"], temporary)
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const link = join(temporary, "node_modules", name)
      if (name.startsWith("@effect-sts/")) continue
      mkdirSync(dirname(link), { recursive: true })
      rmSync(link, { force: true })
      symlinkSync(realpathSync(join(source, "node_modules", name)), link)
    }
  }
  for (const some of tarballs) {
    const file = join(temporary, `${basename(some.folder)}.mjs`)
    writeFileSync(file, importing(some))
    check(`${some.manifest.name} imports`, process.execPath, [file], temporary)
  }
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
