/**
 * Texts that the world gives out and takes back, and that only a world with the same seed can read or make. So whoever has
 * the world understands them, in whichever process they were made, and nobody has to remember them.
 *
 * A synthetic initialization vector, as in RFC 5297, with HMAC-SHA-256: the tag of the message is what its keystream begins
 * with, so that equal messages have equal texts and different ones never share a keystream.
 */
import { hkdf } from "@noble/hashes/hkdf.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Result from "effect/Result"
import { deflateSync, inflateSync } from "fflate"

/** What a text is for. One that was made for something else cannot be read. */
export type Purpose = "authorization message" | "trade-in token"

const tagBytes = 16
const blockBytes = 32

interface Keys {
  readonly tag: Uint8Array
  readonly stream: Uint8Array
}

const keysOf = (seed: string, purpose: Purpose): Keys => {
  const keys = hkdf(sha256, utf8ToBytes(seed), undefined, utf8ToBytes(purpose), 2 * blockBytes)
  return { tag: keys.subarray(0, blockBytes), stream: keys.subarray(blockBytes) }
}

/** There and back again. */
const cipher = ({ stream }: Keys, tag: Uint8Array, bytes: Uint8Array): Uint8Array => {
  const result = bytes.slice()
  const keyed = hmac.create(sha256, stream)
  const block = concatBytes(tag, new Uint8Array(4))
  const view = new DataView(block.buffer, tagBytes)
  for (let start = 0; start < bytes.length; start += blockBytes) {
    view.setUint32(0, start)
    const mask = keyed.clone().update(block).digest()
    for (const [index, byte] of mask.subarray(0, bytes.length - start).entries()) {
      result[start + index] = (bytes[start + index] ?? 0) ^ byte
    }
  }
  return result
}

const tagOf = (keys: Keys, bytes: Uint8Array): Uint8Array => hmac(sha256, keys.tag, bytes).subarray(0, tagBytes)

const write = (keys: Keys, bytes: Uint8Array): string => {
  const tag = tagOf(keys, bytes)
  return Base64Url.encode(concatBytes(tag, cipher(keys, tag, bytes)))
}

/** How many bytes a nonce has: it tells apart what is given out twice with the same message. */
export const nonceBytes = 12

/** Base64url. It has `length` characters where the message needs no more. */
export const seal = (seed: string, purpose: Purpose, nonce: Uint8Array, message: string, length = 0): string => {
  const content = concatBytes(nonce, deflateSync(utf8ToBytes(message)))
  const padded = new Uint8Array(Math.max(content.length, Math.floor(length * 0.75) - tagBytes))
  padded.set(content)
  return write(keysOf(seed, purpose), padded)
}

/** The message of a text of this seed, or none where it is not one, to the letter. */
export const open = (seed: string, purpose: Purpose, text: string): string | undefined => {
  const bytes = Result.getOrUndefined(Base64Url.decode(text))
  if (bytes === undefined || bytes.length <= tagBytes + nonceBytes) return undefined
  const keys = keysOf(seed, purpose)
  const content = cipher(keys, bytes.subarray(0, tagBytes), bytes.subarray(tagBytes))
  // One message can be written in one way only.
  if (write(keys, content) !== text) return undefined
  return new TextDecoder().decode(inflateSync(content.subarray(nonceBytes)))
}
