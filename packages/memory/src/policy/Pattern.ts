/**
 * Text of a policy that is matched against text of a request: wildcards (`*` any characters, `?` one character) and
 * policy variables (`${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` for the
 * characters themselves).
 *
 * What a variable stands for is always taken literally: a user named `*` gets no more than others. Source: IAM User
 * Guide, "IAM policy elements: Variables and tags".
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as ConditionKey from "./ConditionKey.ts"
import * as RequestContext from "./RequestContext.ts"

/**
 * A piece of a pattern.
 *
 * @category models
 * @since 0.1.0
 */
export type Part =
  | { readonly _tag: "Literal"; readonly text: string }
  | { readonly _tag: "AnyCharacters" }
  | { readonly _tag: "OneCharacter" }
  | { readonly _tag: "Variable"; readonly key: string; readonly fallback: string | undefined }

/**
 * A parsed pattern, with the text that it was read from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pattern {
  readonly source: string
  readonly parts: ReadonlyArray<Part>
}

/**
 * What is special in a text: wildcards, variables, both or neither.
 *
 * @category models
 * @since 0.1.0
 */
export interface Syntax {
  readonly wildcards: boolean
  readonly variables: boolean
}

const special: ReadonlySet<string> = new Set(["*", "?", "$"])

/** What stands between the braces of a variable: a key, and a default in single quotes where there is one. */
const variable = /^([^,'\s]+)(?:, ?'([^']*)')?$/

const parseVariable = (inside: string): Result.Result<Part, string> => {
  if (special.has(inside)) return Result.succeed({ _tag: "Literal", text: inside })
  const [, key, fallback] = variable.exec(inside) ?? []
  if (key === undefined) {
    return Result.fail(`"\${${inside}}" is not a policy variable; write \${key} or \${key, 'default'}`)
  }
  const known = ConditionKey.lookup(key)
  if (known === undefined) return Result.fail(`"\${${inside}}" names the condition key "${key}", which is not known`)
  if (known.multivalued) {
    return Result.fail(`"\${${inside}}" names a key with several values, which cannot be a policy variable`)
  }
  return Result.succeed({ _tag: "Variable", key, fallback })
}

/**
 * Reads a pattern, or says why it is none.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (source: string, syntax: Syntax): Result.Result<Pattern, string> => {
  const parts: Array<Part> = []
  let literal = ""
  const push = (part: Part): void => {
    if (literal !== "") parts.push({ _tag: "Literal", text: literal })
    literal = ""
    parts.push(part)
  }
  for (let index = 0; index < source.length; index++) {
    const character = source.charAt(index)
    if (syntax.variables && source.startsWith("${", index)) {
      const end = source.indexOf("}", index)
      if (end === -1) return Result.fail(`"${source}" opens a policy variable with "\${" and does not close it`)
      const part = parseVariable(source.slice(index + 2, end))
      if (Result.isFailure(part)) return Result.fail(part.failure)
      if (part.success._tag === "Literal") literal += part.success.text
      else push(part.success)
      index = end
    } else if (syntax.wildcards && character === "*") {
      push({ _tag: "AnyCharacters" })
    } else if (syntax.wildcards && character === "?") {
      push({ _tag: "OneCharacter" })
    } else {
      literal += character
    }
  }
  if (literal !== "" || parts.length === 0) parts.push({ _tag: "Literal", text: literal })
  return Result.succeed({ source, parts })
}

/**
 * The pattern with its variables replaced, or `undefined` where one of them has no value and no default: such a
 * pattern matches nothing.
 *
 * @category matching
 * @since 0.1.0
 */
export const resolve = (pattern: Pattern, context: RequestContext.RequestContext): Pattern | undefined => {
  if (pattern.parts.every((part) => part._tag !== "Variable")) return pattern
  const parts: Array<Part> = []
  for (const part of pattern.parts) {
    if (part._tag !== "Variable") {
      parts.push(part)
      continue
    }
    const values = RequestContext.get(context, part.key)
    const text = values === undefined ? part.fallback : values.length === 1 ? values[0] : undefined
    if (text === undefined) return undefined
    parts.push({ _tag: "Literal", text })
  }
  return { source: pattern.source, parts }
}

/** One character, or a wildcard for one or for any number. */
type Glyph = string | { readonly any: boolean }

const glyphs = (parts: ReadonlyArray<Part>): ReadonlyArray<Glyph> =>
  parts.flatMap((part): ReadonlyArray<Glyph> => {
    switch (part._tag) {
      case "Literal":
        return Array.from(part.text)
      case "AnyCharacters":
        return [{ any: true }]
      case "OneCharacter":
        return [{ any: false }]
      case "Variable":
        return []
    }
  })

/** Matches in one pass: on a mismatch the latest `*` takes one character more. */
const glob = (wanted: ReadonlyArray<Glyph>, actual: ReadonlyArray<string>): boolean => {
  let at = 0
  let index = 0
  let star: { readonly at: number; index: number } | undefined
  while (index < actual.length) {
    const glyph = wanted[at]
    if (typeof glyph === "object" && glyph.any) {
      star = { at, index }
      at++
    } else if (glyph !== undefined && (typeof glyph === "object" || glyph === actual[index])) {
      at++
      index++
    } else if (star !== undefined) {
      star.index++
      at = star.at + 1
      index = star.index
    } else {
      return false
    }
  }
  return wanted.slice(at).every((glyph) => typeof glyph === "object" && glyph.any)
}

const matchesParts = (parts: ReadonlyArray<Part>, actual: string): boolean => {
  const [only, ...rest] = parts
  if (only !== undefined && rest.length === 0) {
    if (only._tag === "Literal") return only.text === actual
    if (only._tag === "AnyCharacters") return true
  }
  return glob(glyphs(parts), Array.from(actual))
}

/**
 * Whether a whole text is what the pattern describes. Case matters.
 *
 * @category matching
 * @since 0.1.0
 */
export const matches = (pattern: Pattern, actual: string, context: RequestContext.RequestContext): boolean => {
  const resolved = resolve(pattern, context)
  return resolved !== undefined && matchesParts(resolved.parts, actual)
}

/**
 * As `matches`, taking no notice of case.
 *
 * @category matching
 * @since 0.1.0
 */
export const matchesIgnoringCase = (
  pattern: Pattern,
  actual: string,
  context: RequestContext.RequestContext,
): boolean => {
  const resolved = resolve(pattern, context)
  if (resolved === undefined) return false
  const lower = resolved.parts.map((part): Part =>
    part._tag === "Literal" ? { _tag: "Literal", text: part.text.toLowerCase() } : part,
  )
  return matchesParts(lower, actual.toLowerCase())
}

/**
 * The pattern cut at its first `count - 1` colons. Colons inside a variable do not count.
 *
 * @category parsing
 * @since 0.1.0
 */
export const splitAtColons = (pattern: Pattern, count: number): ReadonlyArray<Pattern> => {
  const pieces: Array<Array<Part>> = [[]]
  for (const part of pattern.parts) {
    if (part._tag !== "Literal") {
      pieces.at(-1)?.push(part)
      continue
    }
    let rest = part.text
    while (pieces.length < count && rest.includes(":")) {
      const colon = rest.indexOf(":")
      if (colon > 0) pieces.at(-1)?.push({ _tag: "Literal", text: rest.slice(0, colon) })
      pieces.push([])
      rest = rest.slice(colon + 1)
    }
    if (rest !== "") pieces.at(-1)?.push({ _tag: "Literal", text: rest })
  }
  return pieces.map((parts) => ({
    source: pattern.source,
    parts: parts.length === 0 ? [{ _tag: "Literal", text: "" }] : parts,
  }))
}

/**
 * Whether a pattern has a policy variable.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasVariable = (pattern: Pattern): boolean => pattern.parts.some((part) => part._tag === "Variable")
