/**
 * The limits that AWS's model puts on the members of requests and responses, as the operations' schemas carry them. For
 * servers and tests, which say and check them in other words than the schemas do.
 *
 * @since 0.1.0
 */
import type * as SchemaAST from "effect/SchemaAST"
import type { Limits } from "./internal/constraints.ts"

/**
 * One limit: the length of a string in Unicode scalars, its pattern, the number of items in a list, or the range of a
 * number (of seconds, where the member is a `Duration`).
 *
 * @category models
 * @since 0.1.0
 */
export type Constraint = Limits

const ofCheck = (check: SchemaAST.Check<never>): ReadonlyArray<Constraint> => {
  const limits = check.annotations?.["@effect-sts/core/constraint"]
  return [
    ...(limits === undefined ? [] : [limits]),
    ...(check._tag === "FilterGroup" ? check.checks.flatMap(ofCheck) : []),
  ]
}

/**
 * The limits on a node of a schema, in the order in which the schema checks them; none of its parts.
 *
 * @category accessors
 * @since 0.1.0
 */
export const on = ({ checks }: SchemaAST.AST): ReadonlyArray<Constraint> => checks?.flatMap(ofCheck) ?? []
