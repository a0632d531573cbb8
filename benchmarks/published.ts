/** Programs in plain JavaScript, and our packages as npm would bring them: what is published starts without TypeScript. */
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { basename, dirname, join } from "node:path"
import { mainOf, type Program } from "./programs.ts"

const here = import.meta.dirname

const cache = join(here, "node_modules/.cache")

/** What programs bring to our packages. It stays where it is, and so has the one Effect that they have. */
const brought = ["@effect/platform-node"]

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig: { readonly exports: unknown }
}

/** What a folder depends on, once. */
const link = (name: string, folder: string, modules: string) => {
  const path = join(modules, name)
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(realpathSync(join(folder, "node_modules", name)), path)
}

/** One package with its `dist` and the exports of `publishConfig`, beside the others and what they depend on. */
const install = (folder: string, modules: string) => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
  const target = join(modules, manifest.name)
  cpSync(join(folder, "dist"), join(target, "dist"), { recursive: true })
  writeFileSync(
    join(target, "package.json"),
    JSON.stringify({ ...manifest, exports: manifest.publishConfig.exports, publishConfig: undefined }),
  )
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (!name.startsWith("@effect-sts/")) link(name, folder, modules)
  }
}

/** Installs what we publish, as it is now, and gives the folder. */
const publish = (): string => {
  const folders = ["core", "protocol", "fetch", "sdk"].map((name) => join(here, "../packages", name))
  execFileSync(join(here, "../node_modules/.bin/tsc"), [
    "-b",
    ...folders.map((folder) => join(folder, "tsconfig.src.json")),
  ])
  const target = join(cache, "published")
  rmSync(target, { recursive: true, force: true })
  const modules = join(target, "node_modules")
  for (const folder of folders) install(folder, modules)
  for (const name of brought) link(name, here, modules)
  return target
}

let published: string | undefined

/** Where the packages are that a program imports. */
const homeOf = ({ file }: Program): string => {
  if (!file.startsWith("peers/")) return (published ??= publish())
  const folder = join(here, dirname(file))
  return existsSync(join(folder, "node_modules")) ? join(folder, "node_modules/.cache") : cache
}

/** The program as a file that Node runs; it prints what the program answers. */
export const unbundled = (program: Program): string => {
  const home = homeOf(program)
  const module = `${basename(program.file, ".ts")}.module.mjs`
  const main = join(home, `${basename(program.file, ".ts")}.mjs`)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, module), stripTypeScriptTypes(readFileSync(join(here, program.file), "utf8")))
  writeFileSync(main, mainOf(`./${module}`))
  return main
}

/** The bundle as a file that Node runs. */
export const bundled = (program: Program, code: string): string => {
  const main = join(cache, "bundled", `${program.file.replaceAll("/", "-").replace(/\.ts$/, "")}.mjs`)
  mkdirSync(dirname(main), { recursive: true })
  writeFileSync(main, code)
  return main
}
