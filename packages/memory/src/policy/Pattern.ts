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
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as ConditionKey from "./ConditionKey.ts"
import type * as RequestContext from "./RequestContext.ts"

/**
 * A character, or a wildcard for one or for any number.
 *
 * @category models
 * @since 0.1.0
 */
export type Glyph = string | { readonly any: boolean }

/**
 * A piece of a template: text, with wildcards in it or without, or a variable, whose key is in lower case.
 *
 * @category models
 * @since 0.1.0
 */
export type Part =
  | { readonly _tag: "Text"; readonly text: string; readonly wildcards: boolean }
  | { readonly _tag: "Variable"; readonly key: string; readonly fallback: string | undefined }

/**
 * A pattern that has been read: a text, a text and then anything, one with other wildcards, or one with variables.
 *
 * @category models
 * @since 0.1.0
 */
export type Pattern =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Prefix"; readonly text: string }
  | { readonly _tag: "Glob"; readonly glyphs: ReadonlyArray<Glyph> }
  | { readonly _tag: "Template"; readonly parts: ReadonlyArray<Part> }

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

/**
 * The pattern of any text, `*`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const anything: Pattern = { _tag: "Prefix", text: "" }

const wildcardGlyphs: ReadonlyMap<string, Glyph> = new Map([
  ["*", { any: true }],
  ["?", { any: false }],
])

const glyphsOf = (text: string, wildcards: boolean): ReadonlyArray<Glyph> =>
  Array.from(text, (character) => (wildcards ? (wildcardGlyphs.get(character) ?? character) : character))

/** The pattern of a text without variables. */
const plain = (text: string, wildcards: boolean): Pattern => {
  const first = wildcards ? text.search(/[*?]/) : -1
  if (first === -1) return { _tag: "Text", text }
  if (first === text.length - 1 && text.endsWith("*")) return { _tag: "Prefix", text: text.slice(0, first) }
  return { _tag: "Glob", glyphs: glyphsOf(text, wildcards) }
}

const special: ReadonlySet<string> = new Set(["*", "?", "$"])

/** What stands between the braces of a variable: a key, and a default in single quotes where there is one. */
const variable = /^([^,'\s]+)(?:, ?'([^']*)')?$/

const parseVariable = (inside: string): Result.Result<Part, string> => {
  if (special.has(inside)) return Result.succeed({ _tag: "Text", text: inside, wildcards: false })
  const [, name, fallback] = variable.exec(inside) ?? []
  if (name === undefined) {
    return Result.fail(`"\${${inside}}" is not a policy variable; write \${key} or \${key, 'default'}`)
  }
  const key = ConditionKey.parse(name)
  if (Result.isFailure(key)) return Result.fail(`"\${${inside}}" names no condition key: ${key.failure}`)
  if (key.success.multivalued === true) {
    return Result.fail(`"\${${inside}}" names a key with several values, which cannot be a policy variable`)
  }
  return Result.succeed({ _tag: "Variable", key: name.toLowerCase(), fallback })
}

const parseParts = (source: string, { wildcards }: Syntax): Result.Result<ReadonlyArray<Part>, string> => {
  const parts: Array<Part> = []
  let start = 0
  for (let open = source.indexOf("${"); open !== -1; open = source.indexOf("${", start)) {
    const close = source.indexOf("}", open)
    if (close === -1) return Result.fail(`"${source}" opens a policy variable with "\${" and does not close it`)
    const part = parseVariable(source.slice(open + 2, close))
    if (Result.isFailure(part)) return Result.fail(part.failure)
    parts.push({ _tag: "Text", text: source.slice(start, open), wildcards }, part.success)
    start = close + 1
  }
  parts.push({ _tag: "Text", text: source.slice(start), wildcards })
  return Result.succeed(parts)
}

const ofParts = (parts: ReadonlyArray<Part>): Pattern => {
  const [only, ...others] = parts
  if (only?._tag === "Text" && others.length === 0) return plain(only.text, only.wildcards)
  return parts.some(({ _tag }) => _tag === "Variable")
    ? { _tag: "Template", parts }
    : {
        _tag: "Glob",
        glyphs: parts.flatMap((part) => (part._tag === "Text" ? glyphsOf(part.text, part.wildcards) : [])),
      }
}

const hasBraces = (source: string, syntax: Syntax): boolean => syntax.variables && source.includes("${")

/**
 * Reads a pattern, or says why it is none.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (source: string, syntax: Syntax): Result.Result<Pattern, string> =>
  hasBraces(source, syntax)
    ? Result.map(parseParts(source, syntax), ofParts)
    : Result.succeed(plain(source, syntax.wildcards))

/**
 * Cuts a text at its first `count - 1` colons.
 *
 * @category getters
 * @since 0.1.0
 */
export const split = (text: string, count: number): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  let start = 0
  for (let colon = text.indexOf(":"); colon !== -1 && pieces.length < count - 1; colon = text.indexOf(":", start)) {
    pieces.push(text.slice(start, colon))
    start = colon + 1
  }
  pieces.push(text.slice(start))
  return pieces
}

/** Cuts the parts at the first `count - 1` colons. */
const splitParts = (parts: ReadonlyArray<Part>, count: number): ReadonlyArray<ReadonlyArray<Part>> => {
  const pieces: Array<Array<Part>> = [[]]
  for (const part of parts) {
    if (part._tag === "Variable") {
      pieces.at(-1)?.push(part)
      continue
    }
    split(part.text, count + 1 - pieces.length).forEach((text, index) => {
      if (index > 0) pieces.push([])
      pieces.at(-1)?.push({ ...part, text })
    })
  }
  return pieces
}

/**
 * Reads a text as patterns with colons between them, `count` of them at most: further colons are part of the last. A
 * colon inside a variable does not count.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parsePieces = (
  source: string,
  syntax: Syntax,
  count: number,
): Result.Result<ReadonlyArray<Pattern>, string> =>
  hasBraces(source, syntax)
    ? Result.map(parseParts(source, syntax), (parts) => splitParts(parts, count).map(ofParts))
    : Result.succeed(split(source, count).map((piece) => plain(piece, syntax.wildcards)))

/**
 * Whether a pattern has a policy variable.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasVariable = ({ _tag }: Pattern): boolean => _tag === "Template"

/** The glyphs of a template for a request, or `undefined` where a variable has neither a value nor a default. */
const resolve = (
  parts: ReadonlyArray<Part>,
  context: RequestContext.RequestContext,
): ReadonlyArray<Glyph> | undefined => {
  const glyphs: Array<Glyph> = []
  for (const part of parts) {
    if (part._tag === "Text") {
      glyphs.push(...glyphsOf(part.text, part.wildcards))
      continue
    }
    const values = context.get(part.key)
    const text = values === undefined ? part.fallback : values.length === 1 ? values[0] : undefined
    if (text === undefined) return undefined
    glyphs.push(...glyphsOf(text, false))
  }
  return glyphs
}

/**
 * Whether all variables of a pattern have a value or a default: a pattern one of whose variables has neither matches
 * nothing.
 *
 * @category guards
 * @since 0.1.0
 */
export const isResolved = (pattern: Pattern, context: RequestContext.RequestContext): boolean =>
  pattern._tag !== "Template" || resolve(pattern.parts, context) !== undefined

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

/**
 * Whether a whole text is what the pattern describes. Case matters.
 *
 * @category matching
 * @since 0.1.0
 */
export const matches = (pattern: Pattern, actual: string, context: RequestContext.RequestContext): boolean => {
  switch (pattern._tag) {
    case "Text":
      return actual === pattern.text
    case "Prefix":
      return actual.startsWith(pattern.text)
    case "Glob":
      return glob(pattern.glyphs, Array.from(actual))
    case "Template": {
      const glyphs = resolve(pattern.parts, context)
      return glyphs !== undefined && glob(glyphs, Array.from(actual))
    }
  }
}

/**
 * The text that a pattern without wildcards stands for, or `undefined` where a variable has neither a value nor a
 * default.
 *
 * @category getters
 * @since 0.1.0
 */
export const textOf = (pattern: Pattern, context: RequestContext.RequestContext): string | undefined => {
  if (pattern._tag === "Text") return pattern.text
  if (pattern._tag === "Prefix") return undefined
  const glyphs = pattern._tag === "Glob" ? pattern.glyphs : resolve(pattern.parts, context)
  return glyphs?.every(Predicate.isString) === true ? glyphs.join("") : undefined
}
