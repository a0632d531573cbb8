/**
 * Time-based one-time passwords (RFC 6238) as AWS's virtual MFA devices make them: HMAC-SHA-1 over the number of
 * 30-second steps since 1970, six digits, a secret written in base32 (RFC 4648).
 *
 * Nothing here reads a clock: the caller passes the time, so codes follow Effect's Clock and TestClock.
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha1 } from "@noble/hashes/legacy.js"

const stepMillis = 30_000
const digits = 6
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/**
 * The bytes of a base32 secret, or `undefined` where the text is not base32. Case does not matter; padding may be
 * missing, but where it is written it must be whole (RFC 4648, section 6).
 */
export const decodeBase32 = (text: string): Uint8Array | undefined => {
  const [, symbols, padding] = /^([A-Z2-7]+)(=*)$/i.exec(text) ?? []
  if (symbols === undefined || padding === undefined) return undefined
  if (padding !== "" && (padding.length > 6 || (symbols.length + padding.length) % 8 !== 0)) return undefined
  // 1, 3 and 6 symbols over a group of eight do not end on a byte.
  if ([1, 3, 6].includes(symbols.length % 8)) return undefined

  const bytes = new Uint8Array(Math.floor((symbols.length * 5) / 8))
  let buffer = 0
  let bits = 0
  let length = 0
  for (const symbol of symbols.toUpperCase()) {
    buffer = ((buffer << 5) | alphabet.indexOf(symbol)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = (buffer >>> bits) & 0xff
    }
  }
  return bytes
}

/**
 * The number of the 30-second step that a time in milliseconds falls into.
 */
export const step = (millis: number): number => Math.floor(millis / stepMillis)

/**
 * The code of one step.
 */
export const codeOfStep = (secret: Uint8Array, counter: number): string => {
  const message = new DataView(new ArrayBuffer(8))
  message.setBigUint64(0, BigInt(counter))
  const digest = hmac(sha1, secret, new Uint8Array(message.buffer))
  // RFC 4226, section 5.3: the low four bits of the last byte say where the four bytes of the code begin.
  const offset = (digest.at(-1) ?? 0) & 0x0f
  const truncated = new DataView(digest.buffer, digest.byteOffset + offset, 4).getUint32(0) & 0x7fffffff
  return String(truncated % 10 ** digits).padStart(digits, "0")
}

/**
 * The code that a device shows at a time in milliseconds.
 */
export const code = (secret: Uint8Array, millis: number): string => codeOfStep(secret, step(millis))

/**
 * The step whose code this is, or `undefined` where it is none of those around `millis`. `window` is how many steps
 * of drift are accepted each way: RFC 6238, section 5.2, recommends one, and AWS accepts the neighbouring code too.
 *
 * A code is good once: whoever accepts it must remember the step and refuse it, and all before it, from then on.
 */
export const matchStep = (secret: Uint8Array, given: string, millis: number, window = 1): number | undefined => {
  const now = step(millis)
  for (let drift = 0; drift <= window; drift++) {
    if (codeOfStep(secret, now - drift) === given) return now - drift
    if (codeOfStep(secret, now + drift) === given) return now + drift
  }
  return undefined
}
