/**
 * Writes XML as exclusive canonicalization has it, so that what is signed is what is written.
 *
 * Rules: Canonical XML 1.0, and Exclusive XML Canonicalization 1.0. A namespace is declared where it is first used.
 */
const escapes: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
}

const escape = (text: string, characters: RegExp): string =>
  text.replace(characters, (character) => escapes[character] ?? character)

/** What a document cannot have, U+FFFD stands for. */
const xml = (text: string): string =>
  text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")

/** The text of an element. */
export const text = (value: string): string => escape(xml(value), /[&<>\r]/g)

/** Attributes, in the order of their names, after namespaces. */
const attribute = ([name, value]: readonly [string, string]): string =>
  ` ${name}="${escape(xml(value), /[&<"\t\n\r]/g)}"`

const isNamespace = ([name]: readonly [string, string]): number => (name.startsWith("xmlns:") ? 0 : 1)

/** An element with content that is canonical already. */
export const element = (
  name: string,
  attributes: { readonly [name: string]: string },
  ...content: ReadonlyArray<string>
): string => {
  const written = Object.entries(attributes)
    .toSorted((one, other) => isNamespace(one) - isNamespace(other) || (one[0] < other[0] ? -1 : 1))
    .map(attribute)
  return `<${name}${written.join("")}>${content.join("")}</${name}>`
}
