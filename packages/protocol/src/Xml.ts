/**
 * The XML of STS's answers: a small tree, read and written.
 *
 * It reads what STS and its imitations send, and is safe for what anyone else sends: no DOCTYPE, no entities but the five
 * of XML and numeric ones, and limits on size and depth. Comments and processing instructions are dropped. Namespaces
 * are not resolved: a name is what stands in the tag, and `xmlns` is an attribute.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { read } from "./internal/readXml.ts"

/**
 * An element with either children or text: STS never mixes them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: ReadonlyArray<Element>
  /** Not trimmed. Empty where there are children. */
  readonly text: string
}

/**
 * Limits on what {@link parse} reads.
 *
 * @category models
 * @since 0.1.0
 */
export interface ParseOptions {
  /** The most characters (UTF-16 code units) a document may have. 1,048,576 by default; STS's own have a few thousand. */
  readonly maxLength?: number | undefined
  /** The most elements that may be open at once. 64 by default; STS's own have 6. */
  readonly maxDepth?: number | undefined
}

/**
 * A document is not XML, or more than {@link parse} takes. The message never quotes the document, since that may hold
 * credentials.
 *
 * @category errors
 * @since 0.1.0
 */
export class XmlError extends Schema.TaggedError<XmlError>()("XmlError", {
  /** What it is: more than {@link parse} takes, what XML has and STS never sends, or no XML. */
  reason: Schema.Literals(["TooLong", "TooDeep", "DoctypeForbidden", "EntityForbidden", "Malformed"]),
  /** From 1. */
  line: Schema.Int,
  /** From 1, in UTF-16 code units. */
  column: Schema.Int,
  /** What is wrong, without the text around. */
  message: Schema.String,
}) {}

/**
 * Builds an element out of its text or its children.
 *
 * @category constructors
 * @since 0.1.0
 */
export const element = (
  name: string,
  content: string | ReadonlyArray<Element>,
  attributes: Readonly<Record<string, string>> = {},
): Element =>
  typeof content === "string"
    ? { name, attributes, children: [], text: content }
    : { name, attributes, children: content, text: "" }

const describe: Record<XmlError["reason"], string> = {
  TooLong: "The document is longer than allowed",
  TooDeep: "The document nests deeper than allowed",
  DoctypeForbidden: "A DOCTYPE is not allowed",
  EntityForbidden: "Only the entities amp, lt, gt, quot and apos, and numeric ones, are allowed",
  Malformed: "The document is not well-formed XML",
}

/**
 * Reads a document.
 *
 * **Example** (Reading an answer)
 *
 * ```ts
 * import * as Xml from "@effect-sts/protocol/Xml"
 * import * as Result from "effect/Result"
 *
 * const { children, name } = Result.getOrThrow(Xml.parse("<Error><Code>AccessDenied</Code></Error>"))
 *
 * console.log(name, children.map((child) => child.text)) // Error [ "AccessDenied" ]
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (document: string, options: ParseOptions = {}): Result.Result<Element, XmlError> => {
  const { maxDepth = 64, maxLength = 1_048_576 } = options
  if (document.length > maxLength) {
    return fail("TooLong", 1, 1)
  }
  const outcome = read(document, maxDepth)
  if (!("fault" in outcome)) {
    return Result.succeed(outcome)
  }
  const lines = document.slice(0, outcome.position).split(/\r\n|\r|\n/)
  return fail(outcome.fault, lines.length, (lines.at(-1)?.length ?? 0) + 1)
}

/**
 * Writes a tree as STS writes its answers: two spaces a level, no XML declaration, a newline at the end.
 *
 * Names must be XML names. Characters that XML does not have become U+FFFD, so the result is always well-formed.
 *
 * @category rendering
 * @since 0.1.0
 */
export const render = (tree: Element): string => renderAt(tree, "")

const renderAt = ({ attributes, children, name, text }: Element, indent: string): string => {
  let tag = name
  for (const [key, value] of Object.entries(attributes)) {
    tag += ` ${key}="${escapeText(value).replace(/["\t\n]/g, escapeCharacter)}"`
  }
  if (children.length > 0) {
    const inner = children.map((child) => renderAt(child, `${indent}  `)).join("")
    return `${indent}<${tag}>\n${inner}${indent}</${name}>\n`
  }
  return text === "" ? `${indent}<${tag}/>\n` : `${indent}<${tag}>${escapeText(text)}</${name}>\n`
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

const escapeCharacter = (character: string): string => entities[character] ?? `&#${character.charCodeAt(0)};`

// A carriage return that is not escaped is read as a newline.
const escapeText = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replace(/[&<>\r]/g, escapeCharacter)

const fail = (reason: XmlError["reason"], line: number, column: number): Result.Result<never, XmlError> =>
  Result.fail(new XmlError({ reason, line, column, message: `${describe[reason]} (line ${line}, column ${column}).` }))
