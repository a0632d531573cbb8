// Every public module and everything it exports has a docstring, with a sentence, @since and @category; every field of a
// schema that it exports has a sentence, which editors show where the field is written or read.
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
    ...(textOf(docstring) === "" ? ["has a docstring without a sentence"] : []),
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

/** The calls that make a schema of fields. */
const structures = /^Schema\.(?:Struct|Class|TaggedClass|ErrorClass|TaggedError)\b/

/** The object that an expression writes, or names where the module writes it. */
const writtenBy = (node: ts.Node): ts.ObjectLiteralExpression | undefined => {
  if (!ts.isIdentifier(node)) return ts.isObjectLiteralExpression(node) ? node : undefined
  const named = node
    .getSourceFile()
    .statements.filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .find(({ name }) => ts.isIdentifier(name) && name.text === node.text)
  return named?.initializer === undefined ? undefined : writtenBy(named.initializer)
}

interface Field {
  /** With the fields that it is in: `providedContexts.providerArn`. */
  readonly path: string
  readonly node: ts.Node
  readonly docstring: ts.JSDoc | undefined
}

/** The fields of the schemas that are written in a node. */
const schemaFieldsOf = (node: ts.Node, within = ""): ReadonlyArray<Field> => {
  const literal =
    ts.isCallExpression(node) && structures.test(node.expression.getText())
      ? node.arguments.map(writtenBy).find((written) => written !== undefined)
      : undefined
  if (literal === undefined) return childrenOf(node).flatMap((child) => schemaFieldsOf(child, within))
  return literal.properties.flatMap((property) => {
    // What is spread has its docstrings where it is written.
    if (property.name === undefined) return []
    const path = within + property.name.getText()
    const field: Field = { path, node: property, docstring: docstringOf(property) }
    return [field].concat(schemaFieldsOf(property, `${path}.`))
  })
}

const childrenOf = (node: ts.Node): ReadonlyArray<ts.Node> => {
  const children: Array<ts.Node> = []
  ts.forEachChild(node, (child) => void children.push(child))
  return children
}

const textOf = (docstring: ts.JSDoc | undefined): string => ts.getTextOfJSDocComment(docstring?.comment)?.trim() ?? ""

const parse = (root: string, file: string) =>
  ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true)

/** What a module says of itself, as Markdown. */
export const moduleDocstring = (root: string, file: string): string => {
  const [first] = parse(root, file).statements
  return first === undefined ? "" : textOf(docstringOf(first))
}

/** What a module says of the fields of the schemas that it exports as constants, as Markdown, by their names. */
export const fieldDocstrings = (root: string, file: string): ReadonlyMap<string, string> =>
  new Map(
    parse(root, file)
      .statements.filter(ts.isVariableStatement)
      .flatMap(exportsOf)
      .map(({ name, node }) => [
        name,
        schemaFieldsOf(node)
          .map(({ docstring, path }) => `- \`${path}\`: ${textOf(docstring).replaceAll(/\s+/g, " ")}`)
          .join("\n"),
      ]),
  )

const checkModule = (root: string, file: string): ReadonlyArray<string> => {
  const source = parse(root, file)
  const [first] = source.statements
  // In a barrel the modules speak for themselves.
  const placeOf = (node: ts.Node) => `${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`
  const exported = file.endsWith("/index.ts") ? [] : source.statements.flatMap(exportsOf)
  return [
    ...(first === undefined
      ? []
      : faults(docstringOf(first), ["since"]).map((fault) => `${file}:1: the module ${fault}`)),
    ...exported.flatMap(({ name, node }) =>
      faults(docstringOf(node), ["since", "category"]).map((fault) => `${placeOf(node)}: ${name} ${fault}`),
    ),
    ...exported.flatMap(({ name, node }) =>
      schemaFieldsOf(node).flatMap(({ docstring, node: field, path }) =>
        faults(docstring, []).map((fault) => `${placeOf(field)}: ${name}.${path} ${fault}`),
      ),
    ),
  ]
}

export const docstrings = (root: string): ReadonlyArray<string> =>
  Workspace.published(root).flatMap(({ folder }) =>
    Workspace.publicModules(root, folder).flatMap((module) => checkModule(root, join(folder, "src", `${module}.ts`))),
  )
