/**
 * What the signature of a request says about itself, and the checks of it that need no secret. Order and words are those
 * of STS where they are known; where AWS would quote what may be a token, these quote nothing.
 */
import * as Result from "effect/Result"
import { type Field, first } from "./canonicalRequest.ts"
import { algorithm, terminator } from "./signature.ts"
import { formatTimestamp, parseTimestamp } from "./timestamp.ts"

/** Why a request is refused. */
export interface Fault {
  readonly code: "MissingAuthenticationToken" | "IncompleteSignature" | "SignatureDoesNotMatch"
  readonly message: string
}

/** What the server expects. */
export interface Expected {
  readonly service: string
  readonly isRegion: (region: string) => boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What a header or a query says, as text. */
interface Carrier {
  readonly isPresigned: boolean
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
  readonly date: string
  readonly sessionToken: string | undefined
}

interface Credential {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly last: string
}

/** A claim whose form, date and scope are right. */
export interface Claim {
  readonly isPresigned: boolean
  readonly accessKeyId: string
  readonly region: string
  readonly service: string
  readonly scope: string
  readonly time: number
  readonly timestamp: string
  readonly signedHeaders: ReadonlyArray<string>
  readonly signature: string
  readonly sessionToken: string | undefined
}

export const readAuthorization = (
  fields: ReadonlyArray<Field>,
  parameters: URLSearchParams,
  expected: Expected,
): Result.Result<Claim, Fault> =>
  Result.gen(function* () {
    const { isPresigned, sessionToken, signature, ...carrier } = yield* readCarrier(fields, parameters)
    const signedHeaders = carrier.signedHeaders.toLowerCase().split(";").toSorted()
    if (!signedHeaders.includes("host")) {
      return yield* mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    }
    const time = yield* readTimestamp(carrier.date)
    const timestamp = formatTimestamp(time)
    yield* checkSkew(time, Math.floor(expected.now / 1000) * 1000)
    const credential = yield* readCredential(carrier.credential)
    yield* checkScope(credential, timestamp, expected)
    const { accessKeyId, date, region, service } = credential
    const scope = `${date}/${region}/${service}/${terminator}`
    return { isPresigned, accessKeyId, region, service, scope, time, timestamp, signedHeaders, signature, sessionToken }
  })

const readCarrier = (fields: ReadonlyArray<Field>, parameters: URLSearchParams): Result.Result<Carrier, Fault> => {
  const header = first(fields, "authorization")
  const queryAlgorithm = parameters.get("X-Amz-Algorithm")
  if (header !== undefined && queryAlgorithm !== null) {
    return mismatch("A request may be signed in its Authorization header or in its query, not in both.")
  }
  if (header !== undefined) {
    return readHeader(header.trim(), fields)
  }
  return queryAlgorithm === algorithm
    ? readQuery(parameters)
    : Result.fail({ code: "MissingAuthenticationToken", message: "Request is missing Authentication Token" })
}

const readHeader = (header: string, fields: ReadonlyArray<Field>): Result.Result<Carrier, Fault> => {
  const [scheme = ""] = header.split(" ", 1)
  if (scheme !== algorithm) {
    return incomplete(`Unsupported AWS 'algorithm': '${/^[\w-]{1,32}$/.test(scheme) ? scheme : "..."}'.`)
  }
  const parameters = new Map<string, string>()
  for (const parameter of header.slice(scheme.length).split(",")) {
    const [name = "", value] = parameter.trim().split("=", 2)
    if (value !== undefined) {
      parameters.set(name, value)
    } else if (name !== "") {
      return incomplete(`Not a valid key=value pair (missing equal-sign) in Authorization header: '${algorithm}'.`)
    }
  }
  const credential = parameters.get("Credential")
  const signature = parameters.get("Signature")
  const signedHeaders = parameters.get("SignedHeaders")
  const date = first(fields, "x-amz-date") ?? first(fields, "date")
  if (credential === undefined || signature === undefined || signedHeaders === undefined || date === undefined) {
    const missing = ["Credential", "Signature", "SignedHeaders"]
      .filter((name) => !parameters.has(name))
      .map((name) => `Authorization header requires '${name}' parameter. `)
    if (date === undefined) {
      missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
    }
    return incomplete(`${missing.join("")}Authorization=${algorithm}`)
  }
  const sessionToken = first(fields, "x-amz-security-token")
  return Result.succeed({ isPresigned: false, credential, signature, signedHeaders, date, sessionToken })
}

const readQuery = (parameters: URLSearchParams): Result.Result<Carrier, Fault> => {
  const credential = parameters.get("X-Amz-Credential")
  const signature = parameters.get("X-Amz-Signature")
  const signedHeaders = parameters.get("X-Amz-SignedHeaders")
  const date = parameters.get("X-Amz-Date")
  if (credential === null || signature === null || signedHeaders === null || date === null) {
    const missing = ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
      .filter((name) => !parameters.has(name))
      .map((name) => `AWS query-string parameters must include '${name}'. `)
    return incomplete(`${missing.join("")}Re-examine the query-string parameters.`)
  }
  const sessionToken = parameters.get("X-Amz-Security-Token") ?? undefined
  return Result.succeed({ isPresigned: true, credential, signature, signedHeaders, date, sessionToken })
}

const readTimestamp = (text: string): Result.Result<number, Fault> => {
  const time = parseTimestamp(text)
  return time === undefined
    ? incomplete(`Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`)
    : Result.succeed(time)
}

const skewMillis = 15 * 60 * 1000

const checkSkew = (time: number, now: number): Result.Result<void, Fault> => {
  const [signed, server] = [formatTimestamp(time), formatTimestamp(now)]
  if (time < now - skewMillis) {
    const limit = formatTimestamp(now - skewMillis)
    return mismatch(`Signature expired: ${signed} is now earlier than ${limit} (${server} - 15 min.)`)
  }
  if (time > now + skewMillis) {
    const limit = formatTimestamp(now + skewMillis)
    return mismatch(`Signature not yet current: ${signed} is still later than ${limit} (${server} + 15 min.)`)
  }
  return Result.void
}

const readCredential = (text: string): Result.Result<Credential, Fault> => {
  const [accessKeyId, date, region, service, last, ...rest] = text.split("/")
  return accessKeyId === undefined ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    last === undefined ||
    rest.length > 0
    ? incomplete(
        `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
      )
    : Result.succeed({ accessKeyId, date, region, service, last })
}

const checkScope = (credential: Credential, timestamp: string, expected: Expected): Result.Result<void, Fault> => {
  const day = timestamp.slice(0, 8)
  let faults = ""
  if (!expected.isRegion(credential.region)) {
    faults += "Credential should be scoped to a valid region. "
  }
  if (credential.service !== expected.service) {
    faults += `Credential should be scoped to correct service: '${expected.service}'. `
  }
  if (credential.last !== terminator) {
    faults += `Credential should be scoped with a valid terminator: '${terminator}', not '${credential.last}'. `
  }
  if (credential.date !== day) {
    faults += `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${credential.date}' != '${day}', from '${timestamp}'. `
  }
  return faults === "" ? Result.void : mismatch(faults)
}

const incomplete = (message: string): Result.Result<never, Fault> =>
  Result.fail({ code: "IncompleteSignature", message })

const mismatch = (message: string): Result.Result<never, Fault> =>
  Result.fail({ code: "SignatureDoesNotMatch", message })
