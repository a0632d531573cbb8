/**
 * AWS Query, the protocol of STS: a form goes up, XML comes down. Both directions, for any operation, read off its
 * schemas.
 *
 * A client calls {@link encodeRequest}, and {@link decodeResponse} or {@link decodeError}. A server calls
 * {@link parseForm}, finds the operation that the form names, and calls {@link decodeRequest}, and {@link encodeResponse}
 * or {@link encodeError}. All values are in AWS's own names, the Encoded side of an operation's schemas. Nothing here
 * checks them beyond their form: that is what the schemas are for.
 *
 * Rules: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { encode } from "./internal/canonicalRequest.ts"
import { type Shape, shapeOf, type Structure } from "./internal/shape.ts"
import * as Xml from "./Xml.ts"

/**
 * The version of STS's API, the `Version` of every request.
 *
 * @category constants
 * @since 0.1.0
 */
export const version = "2011-06-15"

/**
 * The XML namespace of STS's answers.
 *
 * @category constants
 * @since 0.1.0
 */
export const namespace = `https://sts.amazonaws.com/doc/${version}/`

/** That of the one answer which comes from the front end: there is no such operation. */
const faultNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09"

/**
 * A request's form, as far as it can be read without knowing the operation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Form {
  /** `undefined` where there is none; STS answers an empty one otherwise. */
  readonly action: string | undefined
  /** The version of the API: `2011-06-15`. `undefined` where there is none. */
  readonly version: string | undefined
  /** All parameters, `Action` and `Version` included. Of a name that is there more than once the first counts. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * An error as STS answers it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceError {
  /** The wire code: `AccessDenied`. */
  readonly code: string
  /** Empty for the few errors that STS gives no message. */
  readonly message: string
  /** Whose fault it is. */
  readonly type: "Sender" | "Receiver"
}

/**
 * A request cannot be read. `TooLong` is answered with HTTP 413 and nothing else; `MalformedInput` is STS's code, and
 * the message is STS's, which is empty for most. `member` is the name of the parameter, never its value.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestError extends Schema.TaggedError<RequestError>()("RequestError", {
  /** `TooLong`, or STS's `MalformedInput`. */
  code: Schema.Literals(["TooLong", "MalformedInput"]),
  /** STS's own words, which are none for most; of a `TooLong` what is too long. */
  message: Schema.String,
  /** The name of the parameter at fault. */
  member: Schema.optionalKey(Schema.String),
}) {}

/**
 * A document is XML, but not the answer that it should be. The message never quotes it.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResponseError extends Schema.TaggedError<ResponseError>()("ResponseError", {
  /** What the document lacks, or has too much. */
  message: Schema.String,
}) {}

/**
 * Writes a request as a form: the body of a POST, or the query of a GET.
 *
 * **Example** (Writing a request)
 *
 * ```ts
 * import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
 * import * as Query from "@effect-sts/protocol/Query"
 *
 * const body = Query.encodeRequest(AssumeRole, {
 *   RoleArn: "arn:aws:iam::111111111111:role/deploy",
 *   RoleSessionName: "release",
 *   Tags: [{ Key: "team", Value: "blue" }],
 * })
 *
 * console.log(body.split("&").slice(3)) // [ "RoleSessionName=release", "Tags.member.1.Key=team", "Tags.member.1.Value=blue" ]
 * ```
 *
 * @category requests
 * @since 0.1.0
 */
export const encodeRequest = <Op extends Operation.Any>(operation: Op, request: Operation.EncodedRequest<Op>): string =>
  `Action=${encode(operation.name)}&Version=${version}${parametersOf("", shapeOf(operation.request), request)}`

/** Each parameter with a `&` before it. `path` is empty for the request itself. */
const parametersOf = (path: string, shape: Shape, value: unknown): string => {
  switch (shape.kind) {
    case "text":
    case "integer":
      return `&${path}=${encode(String(value))}`
    case "list": {
      const items = itemsOf(value)
      return items.length === 0
        ? `&${path}=`
        : items.map((item, index) => parametersOf(`${path}.member.${index + 1}`, shape.item, item)).join("")
    }
    case "structure": {
      const members = membersOf(shape, value)
      return members.length === 0 && path !== ""
        ? `&${path}=`
        : members.map(([name, shape, member]) => parametersOf(join(path, name), shape, member)).join("")
    }
  }
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`)

const itemsOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The members of a structure that have a value, in the order of the schema. */
const membersOf = (shape: Structure, value: unknown): ReadonlyArray<Member> => {
  const members: Array<Member> = []
  if (Predicate.isObject(value)) {
    for (const [name, member] of shape.members) {
      if (value[name] !== undefined) members.push([name, member, value[name]])
    }
  }
  return members
}

type Member = readonly [name: string, shape: Shape, value: unknown]

/**
 * Reads a form: the body of a POST, the query of a GET without its `?`, or both with a `&` between. `+` and `%20` are
 * both spaces, and what is no escape stays as it is.
 *
 * Fails with `TooLong` where it has more than `maxLength` characters: 10,000,000 by default, as STS has it in bytes.
 *
 * @category requests
 * @since 0.1.0
 */
export const parseForm = (
  form: string,
  options: {
    /** The most characters to read: 10,000,000 by default. */
    readonly maxLength?: number | undefined
  } = {},
): Result.Result<Form, RequestError> => {
  if (form.length > (options.maxLength ?? 10_000_000)) {
    return Result.fail(new RequestError({ code: "TooLong", message: "The form is longer than allowed" }))
  }
  const parameters = new Map<string, string>()
  // A `?` is dropped if it comes first.
  for (const [name, value] of new URLSearchParams(`&${form}`)) {
    if (!parameters.has(name)) {
      parameters.set(name, value)
    }
  }
  return Result.succeed({ action: parameters.get("Action"), version: parameters.get("Version"), parameters })
}

/**
 * Reads the request of an operation out of the parameters of its form, in any order. Parameters that the operation does
 * not have are ignored, and those that it lacks are absent: decode the result with the operation's schema.
 *
 * Fails with `MalformedInput`, as STS does, where an integer is none of 32 bits. `+900` and `0900` are 900.
 *
 * **Example** (Reading a request)
 *
 * ```ts
 * import { GetSessionToken } from "@effect-sts/core/operations/GetSessionToken"
 * import * as Query from "@effect-sts/protocol/Query"
 * import * as Result from "effect/Result"
 *
 * const form = Result.getOrThrow(Query.parseForm("Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900"))
 *
 * console.log(Result.getOrThrow(Query.decodeRequest(GetSessionToken, form.parameters))) // { DurationSeconds: 900 }
 * ```
 *
 * @category requests
 * @since 0.1.0
 */
export const decodeRequest = (
  operation: Operation.Any,
  parameters: ReadonlyMap<string, string>,
): Result.Result<Readonly<Record<string, unknown>>, RequestError> => {
  const indices = listIndices(parameters)
  const failures: Array<RequestError> = []
  const read = (path: string, shape: Shape): unknown => {
    const text = parameters.get(path)
    switch (shape.kind) {
      case "text":
        return text
      case "integer": {
        const number = text === undefined ? undefined : parseInteger(text)
        if (text !== undefined && (number === undefined || !isInt32(number))) {
          failures.push(malformed(path, text))
        }
        return number
      }
      case "list": {
        const items = Array.from(indices.get(path) ?? [])
          .toSorted((a, b) => a - b)
          .map((index) => read(`${path}.member.${index}`, shape.item))
          .filter((item) => item !== undefined)
        return items.length > 0 || text !== undefined ? items : undefined
      }
      case "structure": {
        const members = readMembers(shape, (name, member) => read(join(path, name), member))
        return Object.keys(members).length > 0 || text !== undefined ? members : undefined
      }
    }
  }
  const request = readMembers(shapeOf(operation.request), read)
  const [failure] = failures
  return failure === undefined ? Result.succeed(request) : Result.fail(failure)
}

const readMembers = (
  { members }: Structure,
  read: (name: string, shape: Shape) => unknown,
): Readonly<Record<string, unknown>> => {
  const structure: Record<string, unknown> = {}
  for (const [name, shape] of members) {
    const value = read(name, shape)
    if (value !== undefined) structure[name] = value
  }
  return structure
}

/** No parameter of STS has a longer name, and long ones are slow to take apart. */
const maxNameLength = 256

/** The numbers of the items of each list, by the list's name. */
const listIndices = (parameters: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlySet<number>> => {
  const indices = new Map<string, Set<number>>()
  for (const name of parameters.keys()) {
    if (name.length <= maxNameLength) {
      for (const { 1: index, index: end } of name.matchAll(/\.member\.([1-9]\d{0,8})/g)) {
        const list = name.slice(0, end)
        const known = indices.get(list)
        if (known === undefined) {
          indices.set(list, new Set([Number(index)]))
        } else {
          known.add(Number(index))
        }
      }
    }
  }
  return indices
}

const malformed = (member: string, text: string): RequestError =>
  new RequestError({ code: "MalformedInput", message: text === "" ? "missing value for decimal type" : "", member })

/** `undefined` for what is no integer. Adding 0 makes -0 a 0. */
const parseInteger = (text: string): number | undefined => (/^[+-]?\d+$/.test(text) ? Number(text) + 0 : undefined)

const isInt32 = (number: number): boolean => number === (number | 0)

/**
 * Writes an answer, byte for byte as STS does: members in the order of the schema, two spaces a level, no XML
 * declaration, a newline at the end.
 *
 * @category responses
 * @since 0.1.0
 */
export const encodeResponse = <Op extends Operation.Any>(
  operation: Op,
  response: Operation.EncodedResponse<Op>,
  requestId: string,
): string =>
  Xml.render(
    Xml.element(
      `${operation.name}Response`,
      [
        elementOf(`${operation.name}Result`, shapeOf(operation.response), response),
        Xml.element("ResponseMetadata", [Xml.element("RequestId", requestId)]),
      ],
      { xmlns: namespace },
    ),
  )

const elementOf = (name: string, shape: Shape, value: unknown): Xml.Element => {
  switch (shape.kind) {
    case "text":
    case "integer":
      return Xml.element(name, String(value))
    case "list":
      return Xml.element(
        name,
        itemsOf(value).map((item) => elementOf("member", shape.item, item)),
      )
    case "structure":
      return Xml.element(
        name,
        membersOf(shape, value).map(([name, shape, member]) => elementOf(name, shape, member)),
      )
  }
}

/**
 * Writes an answer as STS does for `Accept: application/json`: the same tree, with `Expiration` in seconds since the
 * epoch.
 *
 * @category responses
 * @since 0.1.0
 */
export const encodeResponseJson = <Op extends Operation.Any>(
  operation: Op,
  response: Operation.EncodedResponse<Op>,
  requestId: string,
): string =>
  JSON.stringify({
    [`${operation.name}Response`]: {
      [`${operation.name}Result`]: jsonOf("", shapeOf(operation.response), response),
      ResponseMetadata: { RequestId: requestId },
    },
  })

const jsonOf = (name: string, shape: Shape, value: unknown): unknown => {
  switch (shape.kind) {
    case "text":
      // Every timestamp of STS's model has this name, and nothing else has it.
      return name === "Expiration" ? Date.parse(String(value)) / 1000 : value
    case "integer":
      return value
    case "list":
      return itemsOf(value).map((item) => jsonOf("", shape.item, item))
    case "structure":
      return Object.fromEntries(
        membersOf(shape, value).map(([name, shape, member]) => [name, jsonOf(name, shape, member)]),
      )
  }
}

/**
 * Reads an answer of STS, or of what imitates it: elements in any order, unknown ones ignored, missing ones absent. Decode
 * the `response` with the operation's schema.
 *
 * **Example** (Reading an answer)
 *
 * ```ts
 * import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
 * import * as Query from "@effect-sts/protocol/Query"
 * import * as Result from "effect/Result"
 *
 * const xml = Query.encodeResponse(GetAccessKeyInfo, { Account: "000123456789" }, "c6104cbe-af31-11e0-8154-cbc7ccf896c7")
 *
 * console.log(Result.getOrThrow(Query.decodeResponse(GetAccessKeyInfo, xml)).response) // { Account: "000123456789" }
 * ```
 *
 * @category responses
 * @since 0.1.0
 */
export const decodeResponse = (
  operation: Operation.Any,
  document: string,
  options?: Xml.ParseOptions,
): Result.Result<
  { readonly response: Readonly<Record<string, unknown>>; readonly requestId: string | undefined },
  ResponseError | Xml.XmlError
> =>
  Result.flatMap(Xml.parse(document, options), (root) => {
    const result = root.name === `${operation.name}Response` ? child(root, `${operation.name}Result`) : undefined
    if (result === undefined) {
      return Result.fail(new ResponseError({ message: `The document is not an answer to ${operation.name}` }))
    }
    const failures: Array<ResponseError> = []
    const read = (element: Xml.Element, shape: Shape): unknown => {
      switch (shape.kind) {
        case "text":
          return element.text
        case "integer": {
          const number = parseInteger(element.text.trim())
          if (number === undefined || !Number.isSafeInteger(number)) {
            failures.push(new ResponseError({ message: `${element.name} is not an integer` }))
          }
          return number
        }
        case "list":
          return element.children.filter(({ name }) => name === "member").map((item) => read(item, shape.item))
        case "structure":
          return readStructure(element, shape)
      }
    }
    const readStructure = (element: Xml.Element, shape: Structure) =>
      readMembers(shape, (name, member) => {
        const found = child(element, name)
        return found === undefined ? undefined : read(found, member)
      })
    const response = readStructure(result, shapeOf(operation.response))
    const [failure] = failures
    const metadata = child(root, "ResponseMetadata")
    return failure === undefined
      ? Result.succeed({ response, requestId: metadata === undefined ? undefined : requestIdIn(metadata) })
      : Result.fail(failure)
  })

const child = (element: Xml.Element, name: string): Xml.Element | undefined =>
  element.children.find((candidate) => candidate.name === name)

const textIn = (element: Xml.Element, name: string): string | undefined => child(element, name)?.text

const requestIdIn = (element: Xml.Element): string | undefined => textIn(element, "RequestId")?.trim()

/**
 * Writes an error, byte for byte as STS does. `InvalidAction` has a namespace of its own.
 *
 * @category errors
 * @since 0.1.0
 */
export const encodeError = ({ code, message, type }: ServiceError, requestId: string): string =>
  Xml.render(
    Xml.element(
      "ErrorResponse",
      [
        Xml.element("Error", [
          Xml.element("Type", type),
          Xml.element("Code", code),
          ...(message === "" ? [] : [Xml.element("Message", message)]),
        ]),
        Xml.element("RequestId", requestId),
      ],
      { xmlns: code === "InvalidAction" ? faultNamespace : namespace },
    ),
  )

/**
 * Writes an error as STS does for `Accept: application/json`.
 *
 * @category errors
 * @since 0.1.0
 */
export const encodeErrorJson = ({ code, message, type }: ServiceError, requestId: string): string =>
  JSON.stringify({
    Error: { Code: code, ...(message === "" ? {} : { Message: message }), Type: type },
    RequestId: requestId,
  })

/**
 * Reads an error of STS, or of what imitates it. The message is as it came, with its spaces.
 *
 * @category errors
 * @since 0.1.0
 */
export const decodeError = (
  document: string,
  options?: Xml.ParseOptions,
): Result.Result<ServiceError & { readonly requestId: string | undefined }, ResponseError | Xml.XmlError> =>
  Result.flatMap(Xml.parse(document, options), (root) => {
    // Ceph answers with the error alone, as S3 does.
    const error = root.name === "Error" ? root : root.name === "ErrorResponse" ? child(root, "Error") : undefined
    const code = error === undefined ? undefined : textIn(error, "Code")?.trim()
    if (error === undefined || code === undefined || code === "") {
      return Result.fail(new ResponseError({ message: "The document is not an error of STS" }))
    }
    return Result.succeed({
      code,
      message: textIn(error, "Message") ?? "",
      type: textIn(error, "Type")?.trim() === "Receiver" ? "Receiver" : "Sender",
      requestId: requestIdIn(root),
    })
  })
