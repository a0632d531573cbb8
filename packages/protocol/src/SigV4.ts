/**
 * AWS Signature Version 4: signs requests, as a header or as a presigned URL, and verifies those of others.
 *
 * A client calls {@link sign} and adds the headers it returns, or sends what {@link presign} returns. A server calls
 * {@link parse}, looks up the secret of the access key id that it names, and calls {@link verify}. All four are
 * synchronous and pure: the caller says what time it is.
 *
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readAuthorization } from "./internal/authorization.ts"
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  encode,
  type Field,
  first,
  parseTarget,
  type Target,
} from "./internal/canonicalRequest.ts"
import { algorithm, constantTimeEquals, hash, signature, stringToSign, terminator } from "./internal/signature.ts"
import { formatTimestamp } from "./internal/timestamp.ts"

/**
 * Headers as a record, or as pairs where a name may occur more than once. Names may be in any case.
 *
 * @category models
 * @since 0.1.0
 */
export type Headers = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>

/**
 * A request as it goes over the wire.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  /** The HTTP method, in capitals: `POST`. */
  readonly method: string
  /** An absolute URL, or what stands in the request line: a path with its query. It is signed as written. */
  readonly url: string
  /** Without a `host` among them, the host of an absolute `url` is signed. */
  readonly headers?: Headers | undefined
  /** What is sent; nothing, where it is left out. */
  readonly body?: string | Uint8Array | undefined
}

/**
 * The keys to sign with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Credentials {
  /** The access key id. Not a secret. */
  readonly accessKeyId: string
  /** The signing keys derived from it are kept as long as this very `Redacted` lives: reuse it. */
  readonly secretAccessKey: Redacted.Redacted
  /** Of temporary credentials, and only of those. */
  readonly sessionToken?: Redacted.Redacted | undefined
}

/**
 * Where services differ in what they sign. STS needs none of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Variations {
  /** Resolve `.` and `..` and drop empty segments before the path is signed. True by default. Never done for `s3`. */
  readonly normalizePath?: boolean | undefined
  /** Send the session token without signing it. False by default. */
  readonly omitSessionToken?: boolean | undefined
}

/**
 * What signing needs to know beside the request.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignOptions extends Variations {
  /** The keys to sign with. */
  readonly credentials: Credentials
  /** The region to sign for: `eu-west-1`. */
  readonly region: string
  /** The signing name of the service: `sts`. */
  readonly service: string
  /** Now: milliseconds since the epoch, or a DateTime. */
  readonly time: number | DateTime.DateTime
  /** Names, in lower case, of more headers to leave unsigned because something on the way may change them. */
  readonly unsignedHeaders?: ReadonlySet<string> | undefined
}

/**
 * What a server expects of a signature.
 *
 * @category models
 * @since 0.1.0
 */
export interface ParseOptions extends Variations {
  /** The signing name of the service: `sts`. */
  readonly service: string
  /** The regions that a signature may be scoped to. All by default. */
  readonly region?: string | Predicate.Predicate<string> | undefined
  /** Now: milliseconds since the epoch, or a DateTime. */
  readonly time: number | DateTime.DateTime
}

/**
 * The signature that a request carries, and what it must be a signature of.
 *
 * @category models
 * @since 0.1.0
 */
export interface Authorization {
  /** The access key id that it names. */
  readonly accessKeyId: string
  /** The session token that came with it. */
  readonly sessionToken: Redacted.Redacted | undefined
  /** The region that it is scoped to. */
  readonly region: string
  /** The signing name that it is scoped to: `sts`. */
  readonly service: string
  /** When the client signed: milliseconds since the epoch. */
  readonly time: number
  /** In lower case, sorted. */
  readonly signedHeaders: ReadonlyArray<string>
  /** The signature, in hexadecimal digits. */
  readonly signature: string
  /** `20260713/eu-west-1/sts/aws4_request` */
  readonly scope: string
  /** What it must be a signature of. */
  readonly stringToSign: string
  /** False where the request carries an `x-amz-content-sha256` that is not the digest of its body. */
  readonly isBodyIntact: boolean
}

/**
 * A request is not signed, or not as it must be: STS's own code and words, to be sent to the client as they are. They
 * may quote the credential scope and the date of the request, never a signature, a token or a secret.
 *
 * @category errors
 * @since 0.1.0
 */
export class SignatureError extends Schema.TaggedError<SignatureError>()("SignatureError", {
  /** STS's own code. */
  code: Schema.Literals(["MissingAuthenticationToken", "IncompleteSignature", "SignatureDoesNotMatch"]),
  /** STS's own words. */
  message: Schema.String,
}) {}

/**
 * Signs a request with an `authorization` header. Returns the headers to add to it: `authorization`, `x-amz-date` and,
 * with a session token, `x-amz-security-token`.
 *
 * All its headers are signed but those that proxies and HTTP clients change. An `x-amz-content-sha256` among them is
 * taken as the digest of the body, which is how to send `UNSIGNED-PAYLOAD`.
 *
 * **Example** (Signing a request)
 *
 * ```ts
 * import * as SigV4 from "@effect-sts/protocol/SigV4"
 * import * as Redacted from "effect/Redacted"
 *
 * const headers = SigV4.sign(
 *   { method: "GET", url: "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15" },
 *   {
 *     credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: Redacted.make("example") },
 *     region: "eu-west-1",
 *     service: "sts",
 *     time: Date.parse("2026-07-13T10:00:00Z"),
 *   },
 * )
 *
 * console.log(headers["x-amz-date"]) // 20260713T100000Z
 * ```
 *
 * @category signing
 * @since 0.1.0
 */
export const sign = (request: Request, options: SignOptions): Record<string, string> => {
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials
  const timestamp = formatTimestamp(epochMillis(options.time))
  const scope = `${timestamp.slice(0, 8)}/${options.region}/${options.service}/${terminator}`
  const target = parseTarget(request.url)
  const fields = signableFields(request, target, options)
  const added: Record<string, string> = { "x-amz-date": timestamp }
  fields.push(["x-amz-date", timestamp])
  if (sessionToken !== undefined) {
    const token = Redacted.value(sessionToken)
    added["x-amz-security-token"] = token
    if (options.omitSessionToken !== true) {
      fields.push(["x-amz-security-token", token])
    }
  }
  const headers = canonicalHeaders(fields)
  const canonical = canonicalRequest(
    request.method,
    signedPath(target, options),
    canonicalQuery(target.query, []),
    headers,
    payloadHash(request, fields),
  )
  const signed = signature(secretAccessKey, scope, stringToSign(timestamp, scope, canonical))
  added["authorization"] =
    `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${headers.names}, Signature=${signed}`
  return added
}

/**
 * Signs a request in its query. Returns the URL to send it to, with the same method, headers and body.
 *
 * STS accepts it for 15 minutes and ignores `expiresInSeconds`, which other services need.
 *
 * @category signing
 * @since 0.1.0
 */
export const presign = (
  request: Request,
  options: SignOptions & {
    /** How long the URL can be used, where the service heeds it. */
    readonly expiresInSeconds?: number | undefined
  },
): string => {
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials
  const timestamp = formatTimestamp(epochMillis(options.time))
  const scope = `${timestamp.slice(0, 8)}/${options.region}/${options.service}/${terminator}`
  const target = parseTarget(request.url)
  const fields = signableFields(request, target, options)
  const headers = canonicalHeaders(fields)
  let query = target.query === "" ? "" : `${target.query}&`
  query += `X-Amz-Algorithm=${algorithm}&X-Amz-Credential=${encode(`${accessKeyId}/${scope}`)}`
  query += `&X-Amz-Date=${timestamp}&X-Amz-SignedHeaders=${encode(headers.names)}`
  if (options.expiresInSeconds !== undefined) {
    query += `&X-Amz-Expires=${options.expiresInSeconds}`
  }
  if (sessionToken !== undefined) {
    query += `&X-Amz-Security-Token=${encode(Redacted.value(sessionToken))}`
  }
  const canonical = canonicalRequest(
    request.method,
    signedPath(target, options),
    canonicalQuery(query, unsignedParameters(options)),
    headers,
    payloadHash(request, fields),
  )
  const signed = signature(secretAccessKey, scope, stringToSign(timestamp, scope, canonical))
  return `${request.url.replace(/[?#].*/s, "")}?${query}&X-Amz-Signature=${signed}`
}

/**
 * Reads the signature of a request, and checks all that can be checked without the secret, in the order of STS: is it
 * there, is it complete, is its date within 15 minutes of `time`, is its scope right.
 *
 * Of a header or parameter that is there more than once the first counts. `X-Amz-Expires` is ignored, as STS does.
 *
 * @category verifying
 * @since 0.1.0
 */
export const parse = (request: Request, options: ParseOptions): Result.Result<Authorization, SignatureError> => {
  const target = parseTarget(request.url)
  const fields = requestFields(request, target)
  const expected = {
    service: options.service,
    isRegion: regionPredicate(options.region),
    now: epochMillis(options.time),
  }
  return Result.mapBoth(readAuthorization(fields, new URLSearchParams(target.query), expected), {
    onFailure: (fault) => new SignatureError(fault),
    onSuccess: ({ isPresigned, sessionToken, timestamp, ...claim }) => {
      const bodyHash = hash(request.body ?? "")
      const canonical = canonicalRequest(
        request.method,
        signedPath(target, options),
        canonicalQuery(target.query, isPresigned ? unsignedParameters(options) : []),
        canonicalHeaders(selectFields(fields, claim.signedHeaders)),
        bodyHash,
      )
      return {
        ...claim,
        sessionToken: sessionToken === undefined ? undefined : Redacted.make(sessionToken),
        stringToSign: stringToSign(timestamp, claim.scope, canonical),
        isBodyIntact: (first(fields, "x-amz-content-sha256") ?? bodyHash) === bodyHash,
      }
    },
  })
}

/**
 * Checks a signature against the secret that belongs to its access key id, in constant time. It fails with
 * `SignatureDoesNotMatch` for another secret and for a request that was changed after it was signed.
 *
 * **Example** (Verifying a request)
 *
 * ```ts
 * import * as SigV4 from "@effect-sts/protocol/SigV4"
 * import * as Redacted from "effect/Redacted"
 * import * as Result from "effect/Result"
 *
 * const secrets = new Map([["AKIDEXAMPLE", Redacted.make("example")]])
 *
 * export const accessKeyIdOf = (request: SigV4.Request, time: number) =>
 *   Result.gen(function* () {
 *     const authorization = yield* SigV4.parse(request, { service: "sts", region: "eu-west-1", time })
 *     const secret = secrets.get(authorization.accessKeyId)
 *     if (secret === undefined) {
 *       return yield* Result.fail("InvalidClientTokenId" as const)
 *     }
 *     yield* SigV4.verify(authorization, secret)
 *     return authorization.accessKeyId
 *   })
 * ```
 *
 * @category verifying
 * @since 0.1.0
 */
export const verify = (
  authorization: Authorization,
  secretAccessKey: Redacted.Redacted,
): Result.Result<void, SignatureError> => {
  const expected = signature(secretAccessKey, authorization.scope, authorization.stringToSign)
  return constantTimeEquals(expected, authorization.signature) && authorization.isBodyIntact
    ? Result.void
    : Result.fail(
        new SignatureError({
          code: "SignatureDoesNotMatch",
          message:
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        }),
      )
}

/** Headers that are never signed: signing sets them itself, or something between the two ends may change them. */
const unsignable: ReadonlySet<string> = new Set([
  "authorization",
  "cache-control",
  "connection",
  "date",
  "expect",
  "from",
  "keep-alive",
  "max-forwards",
  "pragma",
  "referer",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-amz-date",
  "x-amz-security-token",
  "x-amzn-trace-id",
])

/** All headers of a request, and the host that its URL names where they name none. */
const requestFields = ({ headers = [] }: Request, target: Target): Array<Field> => {
  const fields: Array<Field> = []
  let hasHost = target.host === undefined
  for (const [name, value] of Predicate.isIterable(headers) ? headers : Object.entries(headers)) {
    const lowerCase = name.toLowerCase()
    hasHost ||= lowerCase === "host"
    fields.push([lowerCase, value])
  }
  if (!hasHost && target.host !== undefined) {
    fields.push(["host", target.host])
  }
  return fields
}

const signableFields = (request: Request, target: Target, { unsignedHeaders }: SignOptions): Array<Field> =>
  requestFields(request, target).filter(
    ([name]) =>
      !unsignable.has(name) &&
      !name.startsWith("proxy-") &&
      !name.startsWith("sec-") &&
      unsignedHeaders?.has(name) !== true,
  )

/** The signed headers of a request; one that it lacks counts as empty. */
const selectFields = (fields: ReadonlyArray<Field>, names: ReadonlyArray<string>): Array<Field> =>
  names.flatMap((name): Array<Field> => {
    const selected = fields.filter((field) => field[0] === name)
    return selected.length === 0 ? [[name, ""]] : selected
  })

const payloadHash = (request: Request, fields: ReadonlyArray<Field>): string =>
  first(fields, "x-amz-content-sha256") ?? hash(request.body ?? "")

const signedPath = (
  target: Target,
  options: { readonly service: string; readonly normalizePath?: boolean | undefined },
): string => (options.service === "s3" ? target.path : canonicalPath(target.path, options.normalizePath !== false))

const unsignedParameters = (options: Variations): ReadonlyArray<string> =>
  options.omitSessionToken === true ? ["X-Amz-Signature", "X-Amz-Security-Token"] : ["X-Amz-Signature"]

const regionPredicate = (region: ParseOptions["region"]): Predicate.Predicate<string> =>
  typeof region === "function" ? region : (actual) => region === undefined || region === actual

const epochMillis = (time: number | DateTime.DateTime): number =>
  typeof time === "number" ? time : time.epochMilliseconds
