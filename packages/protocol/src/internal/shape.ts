/**
 * What the wire knows of a schema: how its values nest, and which of them are integers. It is read off the Encoded side,
 * so an operation needs nothing but its schemas to be written and read.
 */
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"

export type Shape =
  | { readonly kind: "text" }
  | { readonly kind: "integer" }
  | { readonly kind: "list"; readonly item: Shape }
  | Structure

export interface Structure {
  readonly kind: "structure"
  /** In the order of the schema, which is the order of STS's XML. */
  readonly members: ReadonlyArray<readonly [name: string, shape: Shape]>
}

const text: Shape = { kind: "text" }

const integer: Shape = { kind: "integer" }

const shapeOfAst = (ast: SchemaAST.AST): Shape => {
  switch (ast._tag) {
    case "String":
      return text
    case "Number":
      return integer
    case "Arrays":
      if (ast.rest[0] !== undefined && ast.elements.length === 0) {
        return { kind: "list", item: shapeOfAst(ast.rest[0]) }
      }
      break
    case "Union":
      if (ast.types.every((type) => type._tag === "Literal" && typeof type.literal === "string")) {
        return text
      }
      break
    case "Objects":
      return {
        kind: "structure",
        members: ast.propertySignatures.map(({ name, type }) => [String(name), shapeOfAst(type)]),
      }
    default:
      break
  }
  throw new TypeError(`AWS Query cannot carry a schema of ${ast._tag}`)
}

const shapes = new WeakMap<Schema.Constraint, Structure>()

/** The shape of an operation's request or response. Throws for a schema that AWS Query cannot carry: a bug in it. */
export const shapeOf = (schema: Schema.Constraint): Structure => {
  const known = shapes.get(schema)
  if (known !== undefined) {
    return known
  }
  const shape = shapeOfAst(Schema.toEncoded(schema).ast)
  if (shape.kind !== "structure") {
    throw new TypeError("AWS Query carries structures, and lists and values in them")
  }
  shapes.set(schema, shape)
  return shape
}
