// Finds secrets in texts, in whatever form somebody wrote them down.
import { Buffer } from "node:buffer"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"

/** What to look for, and what it means when it is there. */
export type Needle = readonly [text: string, kind: string]

/** What was found, and the text that leads to it. */
export interface Find {
  readonly kind: string
  readonly before: string
}

/** In the middle of something else: what Base64 makes of a text depends on how many bytes are before it. */
const base64 = (text: string): ReadonlyArray<string> =>
  [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.from("x".repeat(before) + text)
    // Without the characters that have bits of what is before and behind.
    const [first, last] = [before === 0 ? 0 : before + 1, bytes.length % 3 === 0 ? undefined : -1]
    return (["base64", "base64url"] as const).map((as) => bytes.toString(as).replace(/=+$/, "").slice(first, last))
  })

const json = (text: string) => JSON.stringify(text).slice(1, -1)

const xml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const formsOf = (text: string): ReadonlyArray<string> => [
  text,
  encodeURIComponent(text),
  encodeURIComponent(encodeURIComponent(text)),
  new URLSearchParams({ "": text }).toString().slice(1),
  json(text),
  json(json(text)),
  inspect(text).slice(1, -1),
  xml(text),
  Buffer.from(text).toString("hex"),
  ...base64(text),
]

const partLength = 20

/** Of a message that is cut off, or a token without its ends. A text this long is not there by chance. */
const partsOf = (text: string): ReadonlyArray<string> =>
  text.length < 2 * partLength
    ? []
    : [0, (text.length - partLength) >> 1, text.length - partLength].map((at) => text.slice(at, at + partLength))

/** What is looked for anywhere in a text is no shorter. What is shorter, as MFA codes are, must be a word of its own. */
const windowLength = 8

export const needlesOf = (secret: string, kind: string): ReadonlyArray<Needle> => {
  const forms = new Set([...formsOf(secret), ...partsOf(secret)])
  return Array.from(forms)
    .filter((form) => form === secret || form.length >= windowLength)
    .map((form) => [form, kind])
}

/** What SigV4 derives from a secret access key, step by step. Each is as good as the key itself for its day. */
const signingKeys = (secretAccessKey: string, day: string, region: string): ReadonlyArray<Buffer> => {
  let key = Buffer.from(`AWS4${secretAccessKey}`)
  return [day, region, "sts", "aws4_request"].map((step) => (key = createHmac("sha256", key).update(step).digest()))
}

export const needlesOfSigningKeys = (secretAccessKey: string, day: string, region: string): ReadonlyArray<Needle> =>
  signingKeys(secretAccessKey, day, region).flatMap((key) =>
    [
      key.toString("latin1"),
      key.toString("hex"),
      key.toString("base64").replace(/=+$/, ""),
      key.toString("base64url"),
      key.join(","),
      Array.from(key, (byte, index) => `"${index}":${byte}`).join(","),
    ].map((form): Needle => [form, "signing key"]),
  )

const escapeRegExp = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)

/** No part of a number, an id or a fraction of a second; it may follow a `%3D`. */
const wordOf = (words: Iterable<string>) =>
  new RegExp(
    String.raw`(?:(?<![\p{L}\d]|\d\.)|(?<=%[\dA-F]{2}))(?:${Array.from(words, escapeRegExp).join("|")})(?![\p{L}\d]|\.\d)`,
    "gu",
  )

const sieveBits = 16

/** Where the beginning of a text would be in the sieve. */
const cellOf = (text: string, at: number): number =>
  (text.charCodeAt(at) ^
    (text.charCodeAt(at + 1) << 5) ^
    (text.charCodeAt(at + 3) << 10) ^
    (text.charCodeAt(at + windowLength - 1) << 7)) &
  ((1 << sieveBits) - 1)

/** Looks for all needles in one pass. */
export const finder = (needles: Iterable<Needle>): ((text: string) => ReadonlyArray<Find>) => {
  const words = new Map<string, string>()
  const byBeginning = new Map<string, Array<Needle>>()
  // Hardly any place of a text passes, and to ask the map at each would take ten times as long.
  const sieve = new Uint8Array(1 << sieveBits)
  for (const needle of needles) {
    const [text, kind] = needle
    if (text.length < windowLength) {
      words.set(text, kind)
      continue
    }
    const beginning = text.slice(0, windowLength)
    sieve[cellOf(beginning, 0)] = 1
    const known = byBeginning.get(beginning)
    if (known === undefined) byBeginning.set(beginning, [needle])
    else known.push(needle)
  }
  const word = words.size === 0 ? undefined : wordOf(words.keys())
  return (text) => {
    const finds: Array<Find> = []
    const found = (kind: string, at: number) => finds.push({ kind, before: text.slice(Math.max(0, at - 60), at) })
    for (let at = 0; at + windowLength <= text.length; at++) {
      if (sieve[cellOf(text, at)] === 0) continue
      const candidates = byBeginning.get(text.slice(at, at + windowLength)) ?? []
      const needle = candidates.find(([candidate]) => text.startsWith(candidate, at))
      if (needle === undefined) continue
      found(needle[1], at)
      at += needle[0].length - 1
    }
    if (word !== undefined) {
      for (const match of text.matchAll(word)) found(words.get(match[0]) ?? "", match.index)
    }
    return finds
  }
}
