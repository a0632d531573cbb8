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
import * as Result from "effect/Result"
import * as Seal from "./seal.ts"

/** Faster than building it letter by letter, and the string is in one piece. */
const fromCharCodes = (codes: Uint8Array): string => String(Reflect.apply(String.fromCharCode, undefined, codes))

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const base32Codes = Uint8Array.from(base32, (symbol) => symbol.charCodeAt(0))

const encodeBase32 = (bytes: Uint8Array): string => {
  const codes = new Uint8Array(Math.floor((bytes.length * 8) / 5))
  let length = 0
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      codes[length++] = base32Codes[(buffer >>> bits) & 31] ?? 0
    }
  }
  return fromCharCodes(codes)
}

/** A sequence of bytes that its seed decides. */
interface Sequence {
  readonly bytes: (length: number) => Uint8Array
  /** A sequence of its own that goes on from where this one is. */
  readonly copy: () => Sequence
}

/** xoshiro128** (Blackman and Vigna), from its four words of state. */
const xoshiro = (a: number, b: number, c: number, d: number): Sequence => {
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
  return {
    bytes: (length) => {
      const bytes = new Uint8Array(length)
      // What is written past the end is dropped.
      for (let index = 0; index < length; index += 4) {
        const word = next()
        bytes[index] = word
        bytes[index + 1] = word >>> 8
        bytes[index + 2] = word >>> 16
        bytes[index + 3] = word >>> 24
      }
      return bytes
    },
    copy: () => xoshiro(a, b, c, d),
  }
}

/** The sequence of a seed, by way of SHA-256. */
const sequence = (seed: string): Sequence => {
  const digest = sha256(utf8ToBytes(seed))
  const view = new DataView(digest.buffer, digest.byteOffset)
  return xoshiro(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12))
}

const encodeBase64 = (bytes: Uint8Array): string => btoa(fromCharCodes(bytes))

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const encodeUuid = (bytes: Uint8Array): string => {
  const part = (start: number, end: number) => {
    let text = ""
    for (let index = start; index < end; index++) text += hex[bytes[index] ?? 0] ?? ""
    return text
  }
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${part(8, 10)}-${part(10, 16)}`
}

const accessKeyBytes = 10

/**
 * An access key id of 20 characters whose first characters carry its account, as those of AWS do since 2019: base32
 * of a set bit, the 40 bits of the account number and random bits.
 */
const accessKeyId = (prefix: string, account: string, bytes: Uint8Array): string => {
  // 48 bits, which a number holds whole.
  const head = 2 ** 47 + Number(account) * 2 ** 7 + ((bytes[5] ?? 0) & 0x7f)
  for (let index = 0; index < 6; index++) bytes[index] = Math.floor(head / 2 ** (8 * (5 - index)))
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

/** What a session token tells of its session. */
export interface Bearer {
  readonly accessKeyId: string
  /** The end of the session, in epoch milliseconds: a whole second. */
  readonly expiresAt: number
  readonly tokenVersion: 1 | 2
}

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
  /**
   * A session token of base64, `length` characters rounded up to a multiple of four. As with AWS's, the session's end is
   * in it, so that nobody has to remember a session for longer than it lasts.
   */
  readonly sessionToken: (bearer: Bearer, length?: number) => string
  /** What a token tells, if it is one of this seed and of this key. */
  readonly bearerOf: (sessionToken: string, accessKeyId: string) => Bearer | undefined
  /** An opaque context assertion of base64. */
  readonly contextAssertion: () => string
  /** A UUID of version 4 in form. */
  readonly requestId: () => string
  /** What makes each of the texts that are sealed for a purpose another. */
  readonly nonce: (purpose: Seal.Purpose) => Uint8Array
  /** A number from 0 to 1, without 1: whether a fault strikes. */
  readonly chance: () => number
  /** A generator of its own that goes on from where this one is. */
  readonly copy: () => Identifiers
}

/** What session tokens of AWS begin with: base64 of `!`, two control characters and `origin_ec`. */
const tokenPrefix = "IQoJb3JpZ2luX2Vj"

/** 32 bits that every character changes: FNV-1a with the finalizer of MurmurHash3. */
const hash = (text: string): number => {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}

/** What stands first in a token: its version in 1 byte, the end of the session in 5 of seconds, and 6 that prove it. */
const markBytes = 12

/** What is a token's own: its mark, and as much again that no other has. What else makes it long is the world's. */
const ownTokenBytes = 2 * markBytes

/** Longer than any token. */
const paddingBytes = 3072

const writeMark = (bytes: Uint8Array, seed: string, { accessKeyId, expiresAt, tokenVersion }: Bearer): Uint8Array => {
  const seconds = expiresAt / 1000
  const view = new DataView(bytes.buffer)
  view.setUint8(0, tokenVersion)
  view.setUint8(1, Math.floor(seconds / 2 ** 32))
  view.setUint32(2, seconds % 2 ** 32)
  view.setUint32(6, hash(`${seed} ${accessKeyId} ${tokenVersion} ${seconds}`))
  view.setUint16(10, hash(`${seconds} ${tokenVersion} ${accessKeyId} ${seed}`))
  return bytes
}

const markOf = (sessionToken: string): string =>
  sessionToken.slice(tokenPrefix.length, tokenPrefix.length + (markBytes / 3) * 4)

/** What a mark says, whether it is true or not. */
const readMark = (mark: string): Omit<Bearer, "accessKeyId"> | undefined => {
  const bytes = Result.getOrUndefined(Base64.decode(mark))
  if (bytes?.length !== markBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const expiresAt = (view.getUint8(1) * 2 ** 32 + view.getUint32(2)) * 1000
  return { expiresAt, tokenVersion: view.getUint8(0) === 1 ? 1 : 2 }
}

const from = (seed: string, sequences: Map<string, Sequence>): Identifiers => {
  /** Each kind of event has a sequence of its own. */
  const next = (kind: string, length: number): Uint8Array => {
    const known = sequences.get(kind) ?? sequence(`${seed}\0${kind}`)
    sequences.set(kind, known)
    return known.bytes(length)
  }
  let padding: string | undefined
  return {
    accessKeyId: (prefix, account) => accessKeyId(prefix, account, next("accessKeyId", accessKeyBytes)),
    secretAccessKey: () => encodeBase64(next("secretAccessKey", 30)),
    sessionToken: (bearer, length = 356) => {
      const own = tokenPrefix + encodeBase64(writeMark(next("sessionToken", ownTokenBytes), seed, bearer))
      padding ??= encodeBase64(sequence(`${seed}\0padding`).bytes(paddingBytes))
      return own + padding.slice(0, Math.max(0, Math.ceil((length - own.length) / 4) * 4))
    },
    bearerOf: (sessionToken, accessKeyId) => {
      const mark = markOf(sessionToken)
      const told = readMark(mark)
      if (told === undefined) return undefined
      const bearer = { accessKeyId, ...told }
      return encodeBase64(writeMark(new Uint8Array(markBytes), seed, bearer)) === mark ? bearer : undefined
    },
    contextAssertion: () => encodeBase64(next("contextAssertion", 300)),
    requestId: () => toUuid(next("requestId", 16)),
    nonce: (purpose) => next(purpose, Seal.nonceBytes),
    chance: () => new DataView(next("chance", 4).buffer).getUint32(0) / 2 ** 32,
    copy: () => from(seed, new Map(Array.from(sequences, ([kind, sequence]) => [kind, sequence.copy()]))),
  }
}

/**
 * The generator of a world's events, at the beginning of its sequences.
 */
export const make = (seed: string): Identifiers => from(seed, new Map())
