// Lists what comes with each published package at run time, and under which licence, in THIRD-PARTY.md.
//
//   pnpm third-party            writes it
//   pnpm third-party --check    fails where it is out of date, or where a licence is none of those below
//
// Peers are the user's own choice, so what they depend on is not listed.
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import * as Workspace from "./workspace.ts"

/** All of them let anyone use, change and pass on, and ask for no more than their notice. */
const allowed = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"])

export interface Dependency {
  readonly name: string
  readonly version: string
  readonly licence: string
}

/** The folder of a dependency, found as Node finds it. */
const find = (folder: string, name: string): string => {
  const candidate = join(folder, "node_modules", name)
  if (existsSync(candidate)) return realpathSync(candidate)
  const parent = dirname(folder)
  if (parent === folder) throw new Error(`${name} is not installed`)
  return find(parent, name)
}

const describe = (name: string, path: string, note = ""): Dependency => {
  const { license, version } = Workspace.readManifest(path)
  return { name, version: `${String(version)}${note}`, licence: typeof license === "string" ? license : "unknown" }
}

/** Everything that npm installs with a package of this repository, but for its siblings and what they bring. */
export const dependencies = (folder: string): ReadonlyArray<Dependency> => {
  const found = new Map<string, Dependency>()
  const visit = (from: string, names: ReadonlyArray<string>): void => {
    for (const name of names) {
      const path = find(from, name)
      if (name.startsWith("@effect-sts/") || found.has(path)) continue
      found.set(path, describe(name, path))
      visit(path, Object.keys(Workspace.readManifest(path).dependencies ?? {}))
    }
  }
  const { dependencies = {}, peerDependencies = {} } = Workspace.readManifest(folder)
  visit(folder, Object.keys(dependencies))
  const peers = Object.keys(peerDependencies).map((name) => describe(name, find(folder, name), " (peer)"))
  return [...peers, ...found.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version),
  )
}

const section = (root: string, { folder, manifest }: Workspace.Package): string => {
  const rows = dependencies(join(root, folder))
  return `
## ${manifest.name}

| package | version | licence |
|---|---|---|
${rows.map(({ licence, name, version }) => `| ${name} | ${version} | ${licence} |`).join("\n")}
`
}

const listing = (root: string): string => `# What comes with the packages

Their dependencies at run time, and what those depend on, with the versions that are tested here. What a package of this
repository brings stands under its own name. \`pnpm third-party\` writes this page.
${Workspace.published(root)
  .map((some) => section(root, some))
  .join("")}`

export const forbidden = (all: ReadonlyArray<Dependency>): ReadonlyArray<string> =>
  all.filter(({ licence }) => !allowed.has(licence)).map(({ licence, name }) => `${name} is under ${licence}`)

if (import.meta.main) {
  const file = join(Workspace.repository, "THIRD-PARTY.md")
  const current = listing(Workspace.repository)
  if (!process.argv.includes("--check")) writeFileSync(file, current)
  const problems = [
    ...(readFileSync(file, "utf8") === current ? [] : ["THIRD-PARTY.md is out of date; pnpm third-party writes it"]),
    ...Workspace.published(Workspace.repository).flatMap(({ folder }) =>
      forbidden(dependencies(join(Workspace.repository, folder))),
    ),
  ]
  for (const problem of problems) console.error(problem)
  console.log(`third parties: ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
