// What the checks in this folder know of the repository: its packages, their files, and what each file imports.
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
// TypeScript 6: the compiler's JavaScript API is not in TypeScript 7.
import ts from "typescript"

export const repository = dirname(import.meta.dirname)

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly [field: string]: unknown
}

export interface Package {
  /** From the root: "packages/core". */
  readonly folder: string
  readonly manifest: Manifest
}

export interface Import {
  readonly specifier: string
  readonly line: number
}

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest

export const packages = (root: string): ReadonlyArray<Package> =>
  globSync("packages/*/package.json", { cwd: root })
    .map((file) => ({ folder: dirname(file), manifest: readManifest(join(root, dirname(file))) }))
    .toSorted((a, b) => a.folder.localeCompare(b.folder))

/** The packages that npm gets. */
export const published = (root: string): ReadonlyArray<Package> =>
  packages(root).filter(({ manifest }) => manifest.private !== true)

/** These run in browsers and on the edge. */
export const portable: ReadonlySet<string> = new Set(["@effect-sts/core", "@effect-sts/protocol", "@effect-sts/fetch"])

/** What `"./*"` of the exports lets a user import: "index", "Sts", "operations/AssumeRole". */
export const publicModules = (root: string, folder: string): ReadonlyArray<string> =>
  globSync("**/*.ts", { cwd: join(root, folder, "src"), exclude: ["internal/**"] })
    .map((file) => file.slice(0, -".ts".length))
    .toSorted()

/** How a user imports a public module. */
export const specifier = ({ manifest }: Package, module: string): string =>
  module === "index" ? manifest.name : `${manifest.name}/${module}`

/** The TypeScript files of a folder, from the root. */
export const sources = (root: string, folder: string): ReadonlyArray<string> =>
  globSync("**/*.ts", { cwd: join(root, folder), exclude: ["**/node_modules/**", "**/dist/**"] })
    .map((file) => join(folder, file))
    .toSorted()

/**
 * Everything a file imports, type imports, re-exports, `import("x")` and `import("x").Type` included, and
 * `importLazily("x")`, which is how a file names what bundlers should not follow.
 */
export const imports = (root: string, file: string): ReadonlyArray<Import> => {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest)
  const found: Array<Import> = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      found.push({
        specifier: specifier.text,
        line: source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1,
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const isImport = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "importLazily")

const specifierOf = (node: ts.Node): ts.StringLiteral | undefined => {
  const literal =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : ts.isCallExpression(node) && isImport(node.expression)
          ? node.arguments[0]
          : undefined
  return literal !== undefined && ts.isStringLiteral(literal) ? literal : undefined
}

/** The file of this repository that an import means; undefined for a dependency. */
export const target = (root: string, file: string, specifier: string): string | undefined => {
  if (specifier.startsWith(".")) return relative(root, resolve(root, dirname(file), specifier))
  const [, name, module] = /^@effect-sts\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const path = join("packages", name, "src", `${module ?? "index"}.ts`)
  return existsSync(join(root, path)) ? path : undefined
}
