/**
 * JSON Web Tokens in compact form (RFC 7519, RFC 7515).
 */
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Jose from "jose"
import type { SigningKey } from "./signingKey.ts"

/** An object of JSON. Of a member that is there twice the last one counts. */
export type Members = { readonly [name: string]: unknown }

/** A token that has been read, and not been verified. */
export interface Jwt {
  readonly header: Members
  readonly claims: Members
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

/** Only what an encoder writes: no padding, and no bits beyond the last byte. */
const decodePart = (part: string): Uint8Array | undefined =>
  Result.match(Base64Url.decode(part), {
    onFailure: () => undefined,
    onSuccess: (bytes) => (Base64Url.encode(bytes) === part ? bytes : undefined),
  })

const decodeObject = (part: string): Members | undefined => {
  const bytes = decodePart(part)
  if (bytes === undefined) return undefined
  const parsed = Result.try((): unknown => JSON.parse(decoder.decode(bytes)))
  return Result.isSuccess(parsed) && Predicate.isReadonlyObject(parsed.success) ? parsed.success : undefined
}

/** Reads a token, or gives `undefined` where it is none. */
export const read = (token: string): Jwt | undefined => {
  const [first = "", second = "", third = "", ...rest] = token.split(".")
  const header = decodeObject(first)
  const claims = decodeObject(second)
  return header === undefined || claims === undefined || rest.length > 0 || !decodePart(third)?.length
    ? undefined
    : { header, claims }
}

/** Makes a token. Members stay in their order. */
export const sign = (key: SigningKey, claims: object): Effect.Effect<string> => {
  const header = { kid: key.jwk.kid, typ: "JWT", alg: key.algorithm }
  const message = [header, claims].map((part) => Base64Url.encode(JSON.stringify(part))).join(".")
  return Effect.map(key.sign(encoder.encode(message)), (signature) => `${message}.${Base64Url.encode(signature)}`)
}

/** Whether a key is one that can be used with an algorithm, and has signed a token. The token's times do not matter. */
export const isSignedBy = (token: string, algorithm: string, jwk: Jose.JWK): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    try {
      const key = await Jose.importJWK(jwk, algorithm)
      await Jose.compactVerify(token, key, { algorithms: [algorithm] })
      return true
    } catch {
      return false
    }
  })
