/**
 * Hashing and keys of Signature Version 4, on `@noble/hashes`: synchronous, and the same in Node, browsers and edge
 * runtimes.
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Redacted from "effect/Redacted"

/** The only algorithm there is here; its asymmetric sibling is called AWS4-ECDSA-P256-SHA256. */
export const algorithm = "AWS4-HMAC-SHA256"

/** What the scope of a credential ends in. */
export const terminator = "aws4_request"

// Half of the cost of signing was allocation, so text is encoded into one buffer and hashed by one pair of hashers. All
// of it is taken and left within one synchronous call.
const encoder = new TextEncoder()
const buffer = new Uint8Array(8192)
const fresh = sha256.create()
const hasher = sha256.create()
const authenticator = hmac.create(sha256, new Uint8Array(32))

/** The text in UTF-8, valid until the next call. */
const encodeOnce = (text: string): Uint8Array =>
  text.length * 3 > buffer.length ? encoder.encode(text) : buffer.subarray(0, encoder.encodeInto(text, buffer).written)

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/** SHA-256 in lower-case hex. */
export const hash = (content: string | Uint8Array): string =>
  content.length === 0
    ? emptyHash
    : bytesToHex(
        fresh
          ._cloneInto(hasher)
          .update(typeof content === "string" ? encodeOnce(content) : content)
          .digest(),
      )

/** A HMAC whose key is set. */
type SigningKey = typeof authenticator

/** Days and regions that one secret signs for at a time: today and yesterday in a few regions. */
const capacity = 16

/**
 * Signing keys by secret, then by scope. The secret is the `Redacted` itself, so that no key outlives its secret, none is
 * found under another, and no plain text is a key of anything.
 */
const signingKeys = new WeakMap<Redacted.Redacted, Map<string, SigningKey>>()

const deriveSigningKey = (secretAccessKey: string, scope: string): SigningKey => {
  let key = encoder.encode(`AWS4${secretAccessKey}`)
  for (const part of scope.split("/")) {
    key = hmac(sha256, key, encoder.encode(part))
  }
  return hmac.create(sha256, key)
}

const signingKey = (secretAccessKey: Redacted.Redacted, scope: string): SigningKey => {
  const secret = Redacted.value(secretAccessKey)
  let keys = signingKeys.get(secretAccessKey)
  if (keys === undefined) {
    keys = new Map()
    signingKeys.set(secretAccessKey, keys)
  }
  let key = keys.get(scope)
  if (key === undefined) {
    key = deriveSigningKey(secret, scope)
    const [oldest] = keys.keys()
    if (oldest !== undefined && keys.size >= capacity) {
      keys.delete(oldest)
    }
    keys.set(scope, key)
  }
  return key
}

/** What is signed: the time, the scope (`20260713/eu-west-1/sts/aws4_request`) and the digest of the canonical request. */
export const stringToSign = (timestamp: string, scope: string, canonicalRequest: string): string =>
  `${algorithm}\n${timestamp}\n${scope}\n${hash(canonicalRequest)}`

/** The signature in lower-case hex. */
export const signature = (secretAccessKey: Redacted.Redacted, scope: string, text: string): string =>
  bytesToHex(signingKey(secretAccessKey, scope)._cloneInto(authenticator).update(encodeOnce(text)).digest())

/** Whether two strings are equal, in a time that depends on their lengths only. */
export const constantTimeEquals = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index++) {
    difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  }
  return difference === 0
}
