// Rules of this repository that no other tool knows. Each returns the sentences to print; none means that it holds.
import { existsSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { basename, join } from "node:path"
import process from "node:process"
import { isDeepStrictEqual } from "node:util"
import { docstrings } from "./docstrings.ts"
import { firstProgram, programs } from "./fences.ts"
import * as Workspace from "./workspace.ts"

type Problems = ReadonlyArray<string>

/** In a bundle, the barrel `effect` costs 114 KiB where modules cost 24; `effect/http` and its like are barrels too. */
const isEffectBarrel = (specifier: string) => /^effect(\/[a-z][^/]*)?$/.test(specifier)

const packageNameOf = (specifier: string) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const names = (...dependencies: ReadonlyArray<Record<string, string> | undefined>) =>
  dependencies.flatMap((some) => Object.keys(some ?? {}))

const isSource = (folder: string, file: string) => file.startsWith(join(folder, "src/"))

/** The modules that run on Node alone have that in their names, and no other module imports them: not an index either. */
const isForNode = (path: string) => /\/src\/(?:Node[A-Z]\w*\.ts$|internal\/node\/)/.test(path)

const checkImports = (root: string, { folder, manifest }: Workspace.Package): Problems => {
  const published = [manifest.name, ...names(manifest.dependencies, manifest.peerDependencies)]
  const local = [...published, ...names(manifest.devDependencies, Workspace.readManifest(root).devDependencies)]

  const problemOf = (file: string, specifier: string): string | undefined => {
    const isPublished = isSource(folder, file)
    const runsElsewhere = isPublished && (Workspace.portable.has(manifest.name) || !isForNode(file))
    const target = Workspace.target(root, file, specifier)
    if (runsElsewhere && (isBuiltin(specifier) || (target !== undefined && isForNode(target)))) {
      return "is Node's alone; this module also runs elsewhere"
    }
    if (isBuiltin(specifier)) return undefined
    if (specifier.startsWith(".")) {
      return target?.startsWith(join(folder, "/")) === true
        ? undefined
        : "leaves its package; import the sibling by its name"
    }
    if (isPublished && isEffectBarrel(specifier)) return "is a barrel; import the module itself, like effect/Effect"
    const name = packageNameOf(specifier)
    if (name.startsWith("@effect-sts/") && specifier.split("/").includes("internal"))
      return "is internal to its package"
    if (!(isPublished ? published : local).includes(name))
      return `is not among the dependencies in ${folder}/package.json`
    return undefined
  }

  return Workspace.sources(root, folder).flatMap((file) =>
    Workspace.imports(root, file).flatMap(({ line, specifier }) => {
      const problem = problemOf(file, specifier)
      return problem === undefined ? [] : [`${file}:${line}: "${specifier}" ${problem}`]
    }),
  )
}

/** What the files of a folder import, and the peers of that. */
const usedIn = (root: string, { folder }: Workspace.Package, where: string): ReadonlySet<string> => {
  const imported = Workspace.sources(root, join(folder, where)).flatMap((file) => Workspace.imports(root, file))
  // The documentation is checked with what the scripts depend on.
  const documented = folder === "scripts" ? programs(root).flatMap(({ specifiers }) => specifiers) : []
  const packages = [...imported.map(({ specifier }) => specifier), ...documented].map(packageNameOf)
  const peers = [...new Set(packages)]
    .map((name) => join(root, folder, "node_modules", name))
    .filter((path) => existsSync(join(path, "package.json")))
    .flatMap((path) => names(Workspace.readManifest(path).peerDependencies))
  return new Set([...packages, ...peers])
}

const checkUnused = (root: string, some: Workspace.Package): Problems => {
  const { folder, manifest } = some
  const { dependencies, devDependencies, peerDependencies } = manifest
  const unused = (where: string, ...all: ReadonlyArray<Record<string, string> | undefined>) => {
    const used = usedIn(root, some, where)
    return names(...all)
      .filter((name) => !used.has(name.replace(/^@types\//, "")))
      .map((name) => `${folder}/package.json: "${name}" is a dependency that ${join(folder, where)} never imports`)
  }
  return manifest.private === true
    ? unused(".", dependencies, devDependencies)
    : [...unused("src", dependencies, peerDependencies), ...unused(".", devDependencies)]
}

const checkCore = ({ manifest }: Workspace.Package): Problems => {
  if (manifest.name !== "@effect-sts/core") return []
  const siblings = names(manifest.devDependencies).filter((name) => name.startsWith("@effect-sts/"))
  return [
    ...names(manifest.dependencies).map((name) => `core depends on "${name}"; it may depend on nothing but effect`),
    ...names(manifest.peerDependencies)
      .filter((name) => name !== "effect")
      .map((name) => `core has the peer "${name}"; it may have none but effect`),
    ...siblings.map((name) => `core's tests depend on "${name}"; they use a stub backend`),
  ]
}

const exportsOf = (folder: string, extension: string) => ({
  "./package.json": "./package.json",
  ".": `./${folder}/index.${extension}`,
  "./*": `./${folder}/*.${extension}`,
  "./internal/*": null,
})

const checkManifest = (root: string, { folder, manifest }: Workspace.Package): Problems => {
  const expected = {
    name: `@effect-sts/${basename(folder)}`,
    homepage: "https://github.com/effect-sts/effect-sts#readme",
    bugs: "https://github.com/effect-sts/effect-sts/issues",
    license: "MIT",
    repository: { type: "git", url: "git+https://github.com/effect-sts/effect-sts.git", directory: folder },
    files: ["src", "dist", "!dist/.tsbuildinfo"],
    type: "module",
    sideEffects: [],
    exports: exportsOf("src", "ts"),
    publishConfig: { access: "public", exports: exportsOf("dist", "js") },
    engines: { node: ">=22.19" },
  }
  const references = readFileSync(join(root, "tsconfig.json"), "utf8")
  return [
    ...Object.entries(expected)
      .filter(([field, value]) => !isDeepStrictEqual(manifest[field], value))
      .map(([field, value]) => `${folder}/package.json: "${field}" should be ${JSON.stringify(value)}`),
    ...["description", "keywords"]
      .filter((field) => manifest[field] === undefined)
      .map((field) => `${folder}/package.json: "${field}" is missing`),
    ...(existsSync(join(root, folder, "README.md")) ? [] : [`${folder}/README.md is missing; npm shows it`]),
    ...(references.includes(`"path": "${folder}"`) ? [] : [`tsconfig.json: no reference to ${folder}`]),
  ]
}

/** The program that the README shows is the one that runs with the examples. */
const checkFirstProgram = (root: string): Problems =>
  firstProgram(root) === readFileSync(join(root, "examples/first-program.ts"), "utf8")
    ? []
    : ["README.md: its first program is not that of examples/first-program.ts"]

export const guards = (root: string): Problems => {
  const packages = Workspace.packages(root)
  const others = ["examples", "scripts"].map((folder) => ({
    folder,
    manifest: Workspace.readManifest(join(root, folder)),
  }))
  return [
    ...[...packages, ...others].flatMap((some) => checkImports(root, some)),
    ...[...packages, ...others].flatMap((some) => checkUnused(root, some)),
    ...packages.flatMap(checkCore),
    ...Workspace.published(root).flatMap((some) => checkManifest(root, some)),
    ...docstrings(root),
    ...checkFirstProgram(root),
  ]
}

if (import.meta.main) {
  const problems = guards(Workspace.repository)
  for (const problem of problems) console.error(problem)
  console.log(`guards: ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
