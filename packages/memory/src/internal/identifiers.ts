/**
 * The identifiers that AWS hands out, made deterministically: the same seed and the same calls give the same bytes,
 * on every machine. No clock and no `Math.random` is read.
 *
 * Two kinds. What belongs to an entity (the `AROA…` of a role) is a function of the seed and the entity, so that
 * adding one role to a world leaves the ids of all others alone. What belongs to an event (the keys of a session, the
 * id of a request) comes from a sequence, one for each kind, so that an extra GetCallerIdentity, which takes a request
 * id, does not change the keys of the next session.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import * as Base64 from "effect/encoding/Base64"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

const encodeBase32 = (bytes: Uint8Array): string => {
  let text = ""
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32[(buffer >>> bits) & 31] ?? ""
    }
  }
  return text
}

/**
 * Fills bytes from a sequence that its seed decides: xoshiro128** (Blackman and Vigna), seeded with SHA-256.
 */
const sequence = (seed: string): ((length: number) => Uint8Array) => {
  const digest = sha256(utf8ToBytes(seed))
  const view = new DataView(digest.buffer, digest.byteOffset)
  let [a, b, c, d] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)]
  const next = (): number => {
    const scrambled = Math.imul(b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let index = 0; index < length; index += 4) {
      const word = next()
      for (let part = 0; part < 4 && index + part < length; part++) bytes[index + part] = word >>> (part * 8)
    }
    return bytes
  }
}

const accessKeyBytes = 10

/**
 * An access key id of 20 characters whose first characters carry its account, as those of AWS do since 2019: base32
 * of a set bit, the 40 bits of the account number and random bits.
 */
const accessKeyId = (prefix: string, account: string, random: Uint8Array): string => {
  const bytes = random.slice(0, accessKeyBytes)
  const view = new DataView(bytes.buffer)
  const head = (1n << 47n) | (BigInt(account) << 7n) | BigInt((bytes[5] ?? 0) & 0x7f)
  view.setUint16(0, Number(head >> 32n))
  view.setUint32(2, Number(head & 0xffffffffn))
  return prefix + encodeBase32(bytes)
}

/**
 * The account that an access key id carries, or `undefined` where it carries none: key ids made before 2019 (the
 * fifth character before `Q`, as in `AKIAIOSFODNN7EXAMPLE`) and what is no key id of 20 characters in base32.
 */
export const accessKeyAccount = (accessKeyId: string): string | undefined => {
  if (!/^[A-Z0-9]{4}[Q-Z2-7][A-Z2-7]{15}$/.test(accessKeyId)) return undefined
  // Ten symbols hold the leading 50 bits: the set bit, 40 bits of account, 9 random ones.
  let head = 0n
  for (const symbol of accessKeyId.slice(4, 14)) head = (head << 5n) | BigInt(base32.indexOf(symbol))
  const account = ((head >> 9n) & 0xffffffffffn).toString()
  return account.length > 12 ? undefined : account.padStart(12, "0")
}

/**
 * The unique id of 21 characters that IAM gives a role (`AROA`) or a user (`AIDA`) when it is made. `generation`
 * counts how often an entity of this ARN has been made before: a role that is deleted and made again is another role.
 */
export const uniqueId = (prefix: "AIDA" | "AROA", seed: string, arn: string, generation = 0): string =>
  prefix + encodeBase32(sha256(utf8ToBytes(`${seed}\0${prefix}\0${arn}\0${generation}`))).slice(0, 17)

const encodeUuid = (bytes: Uint8Array): string =>
  Hex.encode(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5")

/** A UUID of version 4 in form. */
const toUuid = (bytes: Uint8Array): string => {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return encodeUuid(bytes)
}

/** A UUID of version 4 in form, which is a function of what it is made from. */
export const uuidOf = (from: string): string => toUuid(sha256(utf8ToBytes(from)))

/**
 * The generator of a world's events. Each call takes the next value of its own sequence.
 */
export interface Identifiers {
  /** An access key id of 20 characters that carries the account: `ASIA` for a session, `AKIA` for a long-term key. */
  readonly accessKeyId: (prefix: "AKIA" | "ASIA", account: string) => string
  /** 40 characters of base64, as AWS's secrets are. */
  readonly secretAccessKey: () => string
  /** An opaque session token of base64, `length` characters rounded up to a multiple of four. */
  readonly sessionToken: (length?: number) => string
  /** An opaque context assertion of base64. */
  readonly contextAssertion: () => string
  /** A UUID of version 4 in form. */
  readonly requestId: () => string
  /** What stands for the explanation of a refused request: `length` characters of base64url. */
  readonly authorizationMessage: (length: number) => string
  /** 64 characters of base64url. Nobody here has seen one of AWS's. */
  readonly tradeInToken: () => string
}

/** What session tokens of AWS begin with: base64 of `!`, two control characters and `origin_ec`. */
const tokenPrefix = "IQoJb3JpZ2luX2Vj"

/**
 * The generator of a world's events, at the beginning of its sequences.
 */
export const make = (seed: string): Identifiers => {
  const keyIds = sequence(`${seed}\0accessKeyId`)
  const secrets = sequence(`${seed}\0secretAccessKey`)
  const tokens = sequence(`${seed}\0sessionToken`)
  const assertions = sequence(`${seed}\0contextAssertion`)
  const requests = sequence(`${seed}\0requestId`)
  const messages = sequence(`${seed}\0authorizationMessage`)
  const tradeIns = sequence(`${seed}\0tradeInToken`)
  return {
    accessKeyId: (prefix, account) => accessKeyId(prefix, account, keyIds(accessKeyBytes)),
    secretAccessKey: () => Base64.encode(secrets(30)),
    sessionToken: (length = 356) => {
      const groups = Math.max(8, Math.ceil((length - tokenPrefix.length) / 4))
      return tokenPrefix + Base64.encode(tokens(groups * 3))
    },
    contextAssertion: () => Base64.encode(assertions(300)),
    requestId: () => toUuid(requests(16)),
    authorizationMessage: (length) => Base64Url.encode(messages(Math.ceil(length * 0.75))).slice(0, length),
    tradeInToken: () => Base64Url.encode(tradeIns(48)),
  }
}
