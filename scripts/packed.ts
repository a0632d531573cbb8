// Packs what would be published and looks at it as its users would: publint, are-the-types-wrong, a list of the files,
// and an import of every public module by plain Node from a node_modules folder that has nothing else of this repository.
import { execFileSync } from "node:child_process"
import { globSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import process from "node:process"
import * as Workspace from "./workspace.ts"

const published = Workspace.packages(Workspace.repository).filter(({ manifest }) => manifest.private !== true)

/** What `"./*"` of the exports lets a user import. */
const publicModules = (folder: string) =>
  globSync("**/*.ts", { cwd: join(Workspace.repository, folder, "src"), exclude: ["internal/**"] })
    .map((file) => file.slice(0, -".ts".length))
    .toSorted()

const specifierOf = (name: string, module: string) => (module === "index" ? name : `${name}/${module}`)

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

const temporary = mkdtempSync(join(tmpdir(), "effect-sts-packed-"))
try {
  for (const { folder, manifest } of published) {
    const source = join(Workspace.repository, folder)
    const modules = publicModules(folder)
    run("pnpm", ["pack", "--pack-destination", temporary], source)
    const tarball = join(temporary, `${manifest.name.slice(1).replace("/", "-")}-${String(manifest["version"])}.tgz`)

    checkFiles(`${manifest.name} files`, run("tar", ["-tzf", tarball], temporary).trim().split("\n"))
    check(`${manifest.name} publint`, "publint", ["run", tarball, "--strict"], source)
    const entrypoints = modules.map((module) => (module === "index" ? "." : module))
    check(
      `${manifest.name} attw`,
      "attw",
      [tarball, "--profile", "esm-only", "--no-definitely-typed", "--entrypoints", ...entrypoints],
      source,
    )

    const installed = join(temporary, "node_modules", manifest.name)
    mkdirSync(installed, { recursive: true })
    run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], temporary)
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const link = join(temporary, "node_modules", name)
      if (name.startsWith("@effect-sts/")) continue
      mkdirSync(dirname(link), { recursive: true })
      rmSync(link, { force: true })
      symlinkSync(realpathSync(join(source, "node_modules", name)), link)
    }
  }
  for (const { folder, manifest } of published) {
    const script = publicModules(folder).map((module) => `import ${JSON.stringify(specifierOf(manifest.name, module))}`)
    const file = join(temporary, `${basename(folder)}.mjs`)
    writeFileSync(file, script.join("\n"))
    check(`${manifest.name} imports`, process.execPath, [file], temporary)
  }
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
