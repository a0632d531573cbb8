/**
 * From what a caller may write (`Operation.Input`) to the Type of a schema: the schema's own annotations say how.
 */
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { isPlain } from "./isPlain.ts"

type Convert = (input: unknown) => unknown

const identity: Convert = (input) => input

const convert = (ast: SchemaAST.AST): Convert => {
  const fromInput = ast.annotations?.["@effect-sts/core/fromInput"]
  if (fromInput !== undefined) return fromInput
  switch (ast._tag) {
    case "Objects": {
      const fields = ast.propertySignatures.map(({ name, type }) => [String(name), convert(type)] as const)
      const converters = new Map(fields)
      return (input) =>
        isPlain(input)
          ? Object.fromEntries(
              Object.entries(input)
                .filter(([, value]) => value !== undefined)
                .map(([key, value]) => [key, (converters.get(key) ?? identity)(value)]),
            )
          : input
    }
    case "Arrays": {
      const [item] = ast.rest
      if (item === undefined) return identity
      const each = convert(item)
      return (input) => (Array.isArray(input) ? input.map(each) : input)
    }
    default:
      return identity
  }
}

const converters = new WeakMap<SchemaAST.AST, Convert>()

/**
 * Normalises an input for a schema: durations, secrets and policies become what the Type has, and keys whose value is
 * `undefined` are left out. What it does not understand it leaves for the schema to refuse.
 *
 * The result is a copy: whoever changes the input afterwards changes nothing.
 */
export const normalize = (schema: Schema.Constraint, input: unknown): unknown => {
  const { ast } = schema
  const known = converters.get(ast)
  if (known !== undefined) return known(input)
  const converter = convert(Schema.toType(schema).ast)
  converters.set(ast, converter)
  return converter(input)
}
