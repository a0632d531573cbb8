/**
 * The canonical request of Signature Version 4: the one spelling of a request that both sides hash.
 *
 * Everything starts from the request as it is on the wire and works on text: no step parses and prints a URL again, so
 * that an escape, a `+` or a dot segment means the same to the signer and to the verifier.
 *
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

/** A header as it is signed: the name in lower case, the value as given. */
export type Field = readonly [name: string, value: string]

/** The value of the first header of that name. */
export const first = (fields: ReadonlyArray<Field>, name: string): string | undefined =>
  fields.find((field) => field[0] === name)?.[1]

/** The parts of a URL that are signed. */
export interface Target {
  /** In lower case, with the port unless it is the scheme's own; `undefined` for a bare path. */
  readonly host: string | undefined
  readonly path: string
  /** Without the `?`. */
  readonly query: string
}

const encoder = new TextEncoder()

const escapeByte = (byte: number): string => `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`

const percentEncode = (characters: string): string => {
  let encoded = ""
  for (let index = 0; index < characters.length; index++) {
    const code = characters.charCodeAt(index)
    // A lone surrogate becomes U+FFFD.
    if (code > 0x7f) return Array.from(encoder.encode(characters), escapeByte).join("")
    encoded += escapeByte(code)
  }
  return encoded
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
export const encode = (text: string): string => text.replace(/[^\w.~-]+/g, percentEncode)

const normalizeEscape = (match: string): string => {
  if (match === "+") {
    return "%20"
  }
  if (match.length < 3 || match[0] !== "%") {
    return percentEncode(match)
  }
  const character = String.fromCharCode(Number.parseInt(match.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : match.toUpperCase()
}

/** The canonical spelling of a name or value that may be encoded in any way: `%7E` is `~`, `+` is `%20`. */
const recode = (text: string): string => text.replace(/%[\dA-Fa-f]{2}|[^\w.~-]/gu, normalizeEscape)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const absolute = /^(https?):\/\/([^/?#]*)/i

/** Splits an absolute URL, or a path with its query, without normalizing either. */
export const parseTarget = (url: string): Target => {
  const match = absolute.exec(url)
  const [origin = "", scheme = "", authority] = match ?? []
  const fragment = url.indexOf("#")
  const target = url.slice(origin.length, fragment < 0 ? undefined : fragment)
  const mark = target.indexOf("?")
  return {
    host: authority?.toLowerCase().replace(scheme.toLowerCase() === "http" ? /:80$/ : /:443$/, ""),
    path: (mark < 0 ? target : target.slice(0, mark)) || "/",
    query: mark < 0 ? "" : target.slice(mark + 1),
  }
}

/**
 * The path, encoded once more than it is on the wire, as every service but S3 wants it. `normalize` also resolves dot
 * segments and drops empty ones.
 */
export const canonicalPath = (path: string, normalize: boolean): string => {
  if (path === "/") {
    return path
  }
  if (!normalize) {
    return path.replace(/[^\w.~/-]+/g, percentEncode)
  }
  const segments: Array<string> = []
  for (const segment of path.split("/")) {
    if (segment === "..") {
      segments.pop()
    } else if (segment !== "" && segment !== ".") {
      segments.push(encode(segment))
    }
  }
  const trailing = segments.length > 0 && path.endsWith("/") ? "/" : ""
  return `/${segments.join("/")}${trailing}`
}

/** The query, each name and value in canonical spelling, sorted by name and then by value, without `omitted` names. */
export const canonicalQuery = (query: string, omitted: ReadonlyArray<string>): string => {
  if (query === "") {
    return ""
  }
  const fields: Array<Field> = []
  for (const field of query.split("&")) {
    const equals = field.indexOf("=")
    const name = recode(equals < 0 ? field : field.slice(0, equals))
    if (field !== "" && !omitted.includes(name)) {
      fields.push([name, equals < 0 ? "" : recode(field.slice(equals + 1))])
    }
  }
  fields.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
  return fields.map(([name, value]) => `${name}=${value}`).join("&")
}

/** Trims, and makes each run of white space one space. The test is for speed: few values have any of it. */
const canonicalValue = (value: string): string =>
  /[\t\r\n]|^ |  | $/.test(value) ? value.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "") : value

/** Signed headers, sorted: their names as `SignedHeaders` lists them, and one line each with duplicates joined. */
export interface CanonicalHeaders {
  readonly names: string
  readonly lines: string
}

export const canonicalHeaders = (fields: ReadonlyArray<Field>): CanonicalHeaders => {
  let names = ""
  let lines = ""
  let last: string | undefined
  for (const [name, value] of fields.toSorted((a, b) => compare(a[0], b[0]))) {
    if (name === last) {
      lines += `,${canonicalValue(value)}`
    } else {
      names += last === undefined ? name : `;${name}`
      lines += `${last === undefined ? "" : "\n"}${name}:${canonicalValue(value)}`
    }
    last = name
  }
  return { names, lines: `${lines}\n` }
}

/** Puts the parts together. */
export const canonicalRequest = (
  method: string,
  path: string,
  query: string,
  headers: CanonicalHeaders,
  payloadHash: string,
): string => `${method}\n${path}\n${query}\n${headers.lines}\n${headers.names}\n${payloadHash}`
