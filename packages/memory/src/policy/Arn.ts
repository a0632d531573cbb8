/**
 * ARNs, cut into their six parts, `arn:partition:service:region:account:resource`: policies are matched part by part, so
 * that no wildcard reaches over a colon before the resource. The resource keeps its own colons.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators", on ARN operators. In a `Resource` element AWS
 * lets a `*` at the end of a part reach further, which makes no difference to ARNs that have five colons and no more, as
 * those of IAM and STS do.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Pattern from "./Pattern.ts"
import type * as RequestContext from "./RequestContext.ts"

const count = 6

/**
 * The parts of an ARN, of which there are six: fewer where the text is no ARN.
 *
 * @category getters
 * @since 0.1.0
 */
export const split = (arn: string): ReadonlyArray<string> => Pattern.split(arn, count)

/**
 * A pattern of an ARN: a pattern for each part that is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface ArnPattern {
  readonly pieces: ReadonlyArray<Pattern.Pattern>
}

/**
 * Whether all six parts of a pattern are written.
 *
 * @category guards
 * @since 0.1.0
 */
export const isWhole = ({ pieces }: ArnPattern): boolean => pieces.length === count

/**
 * A pattern that stops early, with anything for the parts that are missing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const complete = (pattern: ArnPattern): ArnPattern => {
  const missing = count - pattern.pieces.length
  return missing === 0
    ? pattern
    : { pieces: [...pattern.pieces, ...Array.from({ length: missing }, () => Pattern.anything)] }
}

/**
 * Whether all policy variables of a pattern have a value or a default.
 *
 * @category guards
 * @since 0.1.0
 */
export const isResolved = ({ pieces }: ArnPattern, context: RequestContext.RequestContext): boolean =>
  pieces.every((piece) => Pattern.isResolved(piece, context))

/**
 * Reads a pattern with wildcards, or says why it is none.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string, variables: boolean): Result.Result<ArnPattern, string> =>
  Result.map(Pattern.parsePieces(text, { wildcards: true, variables }, count), (pieces) => ({ pieces }))

/**
 * Whether the parts of an ARN, as `split` gives them, are what a pattern describes.
 *
 * @category matching
 * @since 0.1.0
 */
export const matches = (
  { pieces }: ArnPattern,
  parts: ReadonlyArray<string>,
  context: RequestContext.RequestContext,
): boolean =>
  pieces.length === parts.length && pieces.every((piece, index) => Pattern.matches(piece, parts[index] ?? "", context))
