/**
 * The XML that STS and its imitations send, read strictly: XML 1.0 without DOCTYPE. A parser for all of XML costs a
 * bundle eight times as much; the tests hold this one to what such a parser says.
 *
 * Rules: https://www.w3.org/TR/xml/
 */
/** Why a document is refused, and where: the index of the first character that is at fault. */
export interface Refusal {
  readonly fault: "TooDeep" | "DoctypeForbidden" | "EntityForbidden" | "Malformed"
  readonly position: number
}

/** An element, as {@link read} gives it and while it is still being read. */
interface OpenElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Array<OpenElement>
  text: string
}

// Sticky, so that each starts where the last one ended.
const name =
  /[:A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}-\u{200D}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}][-.\d:A-Z_a-z\u{B7}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{37D}\u{37F}-\u{1FFF}\u{200C}-\u{200D}\u{203F}-\u{2040}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}]*/uy
// Nearly all documents are ASCII, and for those the large classes cost most of the time.
const asciiName = /[:A-Z_a-z][-.\d:A-Z_a-z]*/y
const ascii = /^[\t\n\r -~]*$/
const space = /[ \t\r\n]+/y
const equals = /[ \t\r\n]*=[ \t\r\n]*/y
const quoted = /"[^"<]*"|'[^'<]*'/y
const declaration =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y

const notXml = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u

const entities = new Map([
  ["amp", "&"],
  ["apos", "'"],
  ["gt", ">"],
  ["lt", "<"],
  ["quot", '"'],
])

const none: Readonly<Record<string, string>> = {}

/** Reads a document. */
export const read = (document: string, maxDepth: number): OpenElement | Refusal => {
  const isAscii = ascii.test(document)
  const tagName = isAscii ? asciiName : name
  let position = document.startsWith("\uFEFF") ? 1 : 0
  let root: OpenElement | undefined
  const open: Array<OpenElement> = []
  const refusals: Array<Refusal> = []

  // Only the first counts, and a document can be nothing but faults.
  const refuse = (fault: Refusal["fault"], at = position): void => {
    const [first] = refusals
    if (first === undefined || at < first.position) {
      refusals.splice(0, 1, { fault, position: at })
    }
  }

  /** What stands here, and goes past it. */
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position
    if (!pattern.test(document)) return undefined
    const start = position
    position = pattern.lastIndex
    return document.slice(start, position)
  }

  const takeText = (expected: string): boolean => {
    const isThere = document.startsWith(expected, position)
    position += isThere ? expected.length : 0
    return isThere
  }

  /** Goes past the next `end`, and gives what is before it. */
  const takeUntil = (end: string): string => {
    const found = document.indexOf(end, position)
    if (found < 0) {
      refuse("Malformed")
    }
    const content = document.slice(position, found < 0 ? document.length : found)
    position += content.length + (found < 0 ? 0 : end.length)
    return content
  }

  /** Text with its line ends made one, and its references made characters. */
  const decode = (raw: string, start: number, isAttribute: boolean): string => {
    if (!(isAttribute ? /[&\r\t\n]/ : /[&\r]/).test(raw)) return raw
    return raw.replace(
      /\r\n?|[\t\n]|&(?:#(\d+);|#x([\dA-Fa-f]+);|([\w:.-]+);)?/g,
      (match, decimal: string | undefined, hex: string | undefined, entity: string | undefined, index: number) => {
        if (!match.startsWith("&")) {
          return isAttribute ? " " : match === "\t" ? match : "\n"
        }
        const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal)
        const character =
          entity === undefined
            ? code >= 0 && code <= 0x10ffff
              ? String.fromCodePoint(code)
              : undefined
            : entities.get(entity)
        if (character === undefined || notXml.test(character)) {
          refuse(entity === undefined ? "Malformed" : "EntityForbidden", start + index)
        }
        return character ?? ""
      },
    )
  }

  const addText = (text: string): void => {
    const current = open.at(-1)
    if (current !== undefined && current.children.length === 0) {
      current.text += text
    }
  }

  const readAttributes = (): Readonly<Record<string, string>> => {
    if (document[position] === ">") return none
    const attributes = new Map<string, string>()
    while (refusals.length === 0 && take(space) !== undefined) {
      const start = position
      const key = take(tagName)
      if (key === undefined) {
        break
      }
      const value = take(equals) === undefined ? undefined : take(quoted)
      if (value === undefined || attributes.has(key)) {
        refuse("Malformed", start)
      } else {
        attributes.set(key, decode(value.slice(1, -1), position - value.length + 1, true))
      }
    }
    return Object.fromEntries(attributes)
  }

  const readStartTag = (): void => {
    const start = position - 1
    const tag = take(tagName)
    const parent = open.at(-1)
    if (tag === undefined || (parent === undefined && root !== undefined)) {
      return refuse("Malformed", start)
    }
    if (open.length >= maxDepth) {
      return refuse("TooDeep", start)
    }
    const element: OpenElement = { name: tag, attributes: readAttributes(), children: [], text: "" }
    const isEmpty = takeText("/")
    if (!takeText(">")) {
      return refuse("Malformed")
    }
    if (parent === undefined) {
      root = element
    } else {
      parent.children.push(element)
      parent.text = ""
    }
    if (!isEmpty) {
      open.push(element)
    }
  }

  const readMarkup = (): void => {
    const start = position
    const kind = document[start + 1]
    if (kind === "/") {
      position += 2
      const tag = take(tagName)
      take(space)
      if (!takeText(">") || open.pop()?.name !== tag) {
        refuse("Malformed", start)
      }
    } else if (kind !== "!" && kind !== "?") {
      position += 1
      readStartTag()
    } else if (takeText("<!--")) {
      takeUntil("--")
      if (!takeText(">")) {
        refuse("Malformed", start)
      }
    } else if (takeText("<![CDATA[")) {
      if (open.length === 0) {
        refuse("Malformed", start)
      }
      addText(takeUntil("]]>").replace(/\r\n?/g, "\n"))
    } else if (takeText("<?")) {
      const target = take(tagName)
      if (target === undefined || target.toLowerCase() === "xml") {
        refuse("Malformed", start)
      } else if (!takeText("?>")) {
        if (take(space) === undefined) {
          refuse("Malformed", start)
        }
        takeUntil("?>")
      }
    } else if (takeText("<!DOCTYPE") || takeText("<!doctype")) {
      refuse("DoctypeForbidden", start)
    } else {
      refuse("Malformed", start)
    }
  }

  take(declaration)
  while (refusals.length === 0 && position < document.length) {
    if (document[position] === "<") {
      readMarkup()
      continue
    }
    const start = position
    const end = document.indexOf("<", start)
    const raw = document.slice(start, end < 0 ? document.length : end)
    position += raw.length
    const fault = open.length === 0 ? raw.search(/[^ \t\r\n]/) : raw.indexOf("]]>")
    if (fault >= 0) {
      refuse("Malformed", start + fault)
    } else if (open.length > 0) {
      addText(decode(raw, start, false))
    }
  }
  if (root === undefined || open.length > 0) {
    refuse("Malformed")
  }
  const [refusal] = refusals
  const bad = isAscii ? -1 : document.search(notXml)
  if (bad >= 0 && (refusal === undefined || bad < refusal.position)) {
    return { fault: "Malformed", position: bad }
  }
  return refusal ?? root ?? { fault: "Malformed", position }
}
