// What a program costs that bundles these packages: esbuild, minified and gzipped.
//
// - The programs in sizes/ are no larger than sizes.json says, by more than its margin, and hold no operation but those
//   that it names. `pnpm sizes --update` writes today's sizes there.
// - An import that is not used leaves nothing behind, as "sideEffects" in the manifests promises.
// - All of core, protocol and fetch can be bundled for a browser, with whatever they depend on.
import * as Esbuild from "esbuild"
import { execFileSync } from "node:child_process"
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { basename, extname, join } from "node:path"
import process from "node:process"
import { gzipSync } from "node:zlib"
import * as Workspace from "./workspace.ts"

export interface Limit {
  /** Bytes. */
  readonly gzip: number
  readonly operations: ReadonlyArray<string>
}

interface Limits {
  /** By how much of it a size may exceed its limit. */
  readonly margin: number
  readonly programs: Record<string, Limit>
}

const limitsFile = join(import.meta.dirname, "sizes.json")

/** Bundles a module. For a browser that fails where anything in it needs Node. */
const bundle = async (contents: string, platform: "browser" | "node" = "browser", loader: "js" | "ts" = "js") => {
  const { metafile, outputFiles } = await Esbuild.build({
    stdin: { contents, loader, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "esm",
    platform,
    target: "es2023",
    logLevel: "silent",
    metafile: true,
    write: false,
  })
  const [output] = outputFiles
  const inputs = Object.values(metafile.outputs).flatMap((file) => Object.entries(file.inputs))
  return {
    code: output?.contents ?? new Uint8Array(),
    /** The files of which something is in the bundle. */
    files: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file),
  }
}

/** What a program measures. */
export const measure = async (contents: string): Promise<Limit> => {
  const { code, files } = await bundle(contents, "browser", "ts")
  const operations = files.filter((file) => file.includes("packages/core/src/operations/"))
  return {
    gzip: gzipSync(code, { level: 9 }).length,
    operations: operations.map((file) => basename(file, extname(file))).toSorted(),
  }
}

export const compare = (name: string, actual: Limit, limit: Limit, margin: number): ReadonlyArray<string> => [
  ...(actual.gzip > limit.gzip * (1 + margin)
    ? [`${name} has ${actual.gzip} bytes; its limit is ${limit.gzip}, give or take ${margin * 100} %`]
    : []),
  ...actual.operations
    .filter((operation) => !limit.operations.includes(operation))
    .map((operation) => `${name} holds ${operation}, which it does not call`),
]

/** What imports of these modules leave behind in a program that uses nothing of them. */
export const leftovers = async (modules: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const imports = modules.map((module, index) => `import * as _${index} from "${module}"`)
  const { code, files } = await bundle(imports.join("\n"), "node")
  return code.length === 0 ? [] : files.map((file) => `${file} stays in a program that uses nothing of it`)
}

/** Why modules cannot be bundled for a browser. */
export const nodeOnly = (modules: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
  bundle(modules.map((module, index) => `export * as _${index} from "${module}"`).join("\n")).then(
    () => [],
    (failure: Esbuild.BuildFailure) => failure.errors.map(({ location, text }) => `${location?.file}: ${text}`),
  )

const modulesOf = (some: Workspace.Package) =>
  Workspace.publicModules(Workspace.repository, some.folder).map((module) => Workspace.specifier(some, module))

const none: Limit = { gzip: 0, operations: [] }

const kibibytes = (bytes: number) => (bytes / 1024).toFixed(1)

if (import.meta.main) {
  const { margin, programs } = JSON.parse(readFileSync(limitsFile, "utf8")) as Limits
  const sizes = await Promise.all(
    globSync("sizes/*.ts", { cwd: import.meta.dirname })
      .toSorted()
      .map(async (file) => {
        const size = await measure(readFileSync(join(import.meta.dirname, file), "utf8"))
        return [basename(file, ".ts"), size] as const
      }),
  )
  for (const [name, { gzip, operations }] of sizes) {
    const { gzip: limit } = programs[name] ?? none
    console.log(
      `${name}: ${kibibytes(gzip)} KiB of ${kibibytes(limit)}, with ${operations.join(", ") || "no operation"}`,
    )
  }
  if (process.argv.includes("--update")) {
    writeFileSync(limitsFile, JSON.stringify({ margin, programs: Object.fromEntries(sizes) }))
    execFileSync("oxfmt", [limitsFile])
  } else {
    const published = Workspace.published(Workspace.repository)
    const portable = published.filter(({ manifest }) => Workspace.portable.has(manifest.name))
    const problems = [
      ...sizes.flatMap(([name, size]) => compare(name, size, programs[name] ?? none, margin)),
      ...(await leftovers(published.flatMap(modulesOf))),
      ...(await nodeOnly(portable.flatMap(modulesOf))),
    ]
    for (const problem of problems) console.error(problem)
    console.log(`sizes: ${problems.length} problems`)
    process.exitCode = problems.length === 0 ? 0 : 1
  }
}
