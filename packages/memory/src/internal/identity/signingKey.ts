/**
 * The keys that tokens and assertions of the world are signed with. The same seed gives the same keys, and the same bytes
 * the same signature: ECDSA draws its nonces from the message (RFC 6979), RSA with PKCS #1 v1.5 has none.
 */
import { p256, p384 } from "@noble/curves/nist.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import { publishedKey } from "./publishedKey.ts"

/** A public key, with its members in the order in which AWS writes them. */
export type Jwk =
  | { readonly e: string; readonly kid: string; readonly kty: "RSA"; readonly n: string; readonly use: "sig" }
  | {
      readonly alg: "ES256" | "ES384"
      readonly crv: "P-256" | "P-384"
      readonly kid: string
      readonly kty: "EC"
      readonly use: "sig"
      readonly x: string
      readonly y: string
    }

export interface SigningKey {
  readonly algorithm: "ES256" | "ES384" | "RS256"
  readonly jwk: Jwk
  readonly sign: (message: Uint8Array<ArrayBuffer>) => Effect.Effect<Uint8Array>
}

/** Half as many bytes again as the order of the curve has, so that all keys are as likely (FIPS 186-5, A.2.1). */
const curves = {
  ES256: { crv: "P-256", curve: p256, seedLength: 48 },
  ES384: { crv: "P-384", curve: p384, seedLength: 72 },
} as const

/** A key that is a function of what it is made from. */
export const elliptic = (algorithm: "ES256" | "ES384", kid: string, from: string): SigningKey => {
  const { crv, curve, seedLength } = curves[algorithm]
  const material = hkdf(sha256, utf8ToBytes(from), undefined, undefined, seedLength)
  const secretKey = curve.utils.randomSecretKey(material)
  const point = curve.getPublicKey(secretKey, false)
  const half = (point.length - 1) / 2
  const coordinate = (index: number) => Base64Url.encode(point.slice(1 + index * half, 1 + (index + 1) * half))
  return {
    algorithm,
    jwk: { alg: algorithm, crv, kid, kty: "EC", use: "sig", x: coordinate(0), y: coordinate(1) },
    sign: (message) => Effect.sync(() => curve.sign(message, secretKey)),
  }
}

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

const cryptoKey = Effect.promise(() => crypto.subtle.importKey("jwk", publishedKey, rsa, false, ["sign"]))

/** The published RSA key, with RS256. */
export const published = (kid: string): SigningKey => ({
  algorithm: "RS256",
  jwk: { e: publishedKey.e, kid, kty: "RSA", n: publishedKey.n, use: "sig" },
  sign: (message) =>
    Effect.flatMap(cryptoKey, (key) =>
      Effect.promise(() => crypto.subtle.sign(rsa.name, key, message).then((signature) => new Uint8Array(signature))),
    ),
})
