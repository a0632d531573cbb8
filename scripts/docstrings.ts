// Every public module and everything it exports has a docstring, with a sentence, @since and @category.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import * as Workspace from "./workspace.ts"

/** The docstring that stands right before a node. */
const docstringOf = (node: ts.Node): ts.JSDoc | undefined => ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc)

/** What a docstring lacks. */
const faults = (docstring: ts.JSDoc | undefined, tags: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (docstring === undefined) return ["has no docstring"]
  if (docstring.tags?.some((tag) => tag.tagName.text === "internal") === true) return []
  const written = new Set(
    docstring.tags?.filter((tag) => ts.getTextOfJSDocComment(tag.comment)?.trim()).map((tag) => tag.tagName.text),
  )
  return [
    ...(ts.getTextOfJSDocComment(docstring.comment)?.trim() ? [] : ["has a docstring without a sentence"]),
    ...tags.filter((tag) => !written.has(tag)).map((tag) => `has no @${tag}`),
  ]
}

/** What a statement exports: the names, and the node whose docstring speaks of them. */
const exportsOf = (statement: ts.Statement): ReadonlyArray<{ readonly name: string; readonly node: ts.Node }> => {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement
    // What comes whole from another module has its docstrings there.
    return exportClause === undefined || ts.isNamespaceExport(exportClause)
      ? []
      : exportClause.elements.map((node) => ({ name: node.name.text, node }))
  }
  const isExported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  if (!isExported) return []
  const declarations = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]
  return declarations.map((declaration) => ({
    name: ts.getNameOfDeclaration(declaration as ts.Declaration)?.getText() ?? "an export",
    node: statement,
  }))
}

const parse = (root: string, file: string) =>
  ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true)

/** What a module says of itself, as Markdown. */
export const moduleDocstring = (root: string, file: string): string => {
  const [first] = parse(root, file).statements
  return first === undefined ? "" : (ts.getTextOfJSDocComment(docstringOf(first)?.comment) ?? "")
}

const checkModule = (root: string, file: string): ReadonlyArray<string> => {
  const source = parse(root, file)
  const [first] = source.statements
  // In a barrel the modules speak for themselves.
  const statements = file.endsWith("/index.ts") ? [] : source.statements
  return [
    ...(first === undefined
      ? []
      : faults(docstringOf(first), ["since"]).map((fault) => `${file}:1: the module ${fault}`)),
    ...statements.flatMap(exportsOf).flatMap(({ name, node }) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      return faults(docstringOf(node), ["since", "category"]).map((fault) => `${file}:${line + 1}: ${name} ${fault}`)
    }),
  ]
}

export const docstrings = (root: string): ReadonlyArray<string> =>
  Workspace.published(root).flatMap(({ folder }) =>
    Workspace.publicModules(root, folder).flatMap((module) => checkModule(root, join(folder, "src", `${module}.ts`))),
  )
