/**
 * What STS's front end sends back, byte by byte.
 */
import * as StsError from "@effect-sts/core/StsError"
import * as Query from "@effect-sts/protocol/Query"
import * as Refusal from "../engine/refusal.ts"

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /**
   * Whether it is to be sent. If not, the connection breaks, or never came to be, which only a client that is in this
   * process can tell; what is in the reply is then for servers that cannot break it.
   */
  readonly fate: "sent" | "reset" | "refused"
}

/** What every reply has to know. */
export interface Frame {
  readonly requestId: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly region: string
  /** Whether the client asked for JSON. */
  readonly isJson: boolean
  /** Whether the request came from a script of a web page: the page may read the reply. */
  readonly isCrossOrigin: boolean
}

const encoder = new TextEncoder()

/** Base64 of `1:us-east-2:S:1763579652304:R:1Qdxo2gT`; what stands last is not known. */
const extendedRequestId = ({ now, region, requestId }: Frame): string =>
  btoa(`1:${region}:S:${now}:R:${requestId.slice(0, 8)}`)

const readable = "x-amzn-RequestId,x-amz-sts-extended-request-id,Date"

const make = (frame: Frame, status: number, headers: Reply["headers"], body: string): Reply => ({
  status,
  headers: {
    "x-amzn-requestid": frame.requestId,
    "x-amz-sts-extended-request-id": extendedRequestId(frame),
    ...(frame.isCrossOrigin && {
      "access-control-allow-origin": "*",
      "access-control-expose-headers": readable,
    }),
    ...headers,
    "content-length": String(encoder.encode(body).length),
    date: new Date(frame.now).toUTCString(),
  },
  body,
  fate: "sent",
})

const document = (frame: Frame, status: number, xml: () => string, json: () => string): Reply =>
  frame.isJson
    ? make(frame, status, { "content-type": "application/json" }, json())
    : make(frame, status, { "content-type": "text/xml" }, xml())

/** An error of STS. `InvalidAction` has a namespace of its own. */
export const error = (frame: Frame, status: number, code: string, message: string): Reply => {
  const fault = { code, message, type: status >= 500 ? "Receiver" : "Sender" } as const
  return document(
    frame,
    status,
    () => Query.encodeError(fault, frame.requestId),
    () => Query.encodeErrorJson(fault, frame.requestId),
  )
}

/** An answer to an operation, in AWS's own names. */
export const success = (
  frame: Frame,
  operation: Parameters<typeof Query.encodeResponse>[0],
  response: unknown,
): Reply =>
  document(
    frame,
    200,
    () => Query.encodeResponse(operation, response, frame.requestId),
    () => Query.encodeResponseJson(operation, response, frame.requestId),
  )

/** The connection breaks; where the server cannot do that, STS is out of service. */
export const lost = (frame: Frame, fate: "reset" | "refused"): Reply => ({
  ...error(frame, 503, "ServiceUnavailable", "Service Unavailable"),
  fate,
})

/** What a proxy says in the place of STS, for tests that want an answer which is none. */
const notSts = (frame: Frame): Reply =>
  make(frame, 502, { "content-type": "text/html" }, "<html><body><h1>502 Bad Gateway</h1></body></html>\n")

export const refusal = (frame: Frame, { httpStatus = 400, reason }: Refusal.Refusal): Reply => {
  if (reason._tag === "TransportError") return lost(frame, reason.isSent === false ? "refused" : "reset")
  if (reason._tag !== "UnknownServiceError" && StsError.isLocal(reason)) return notSts(frame)
  return error(frame, httpStatus, Refusal.codeOf(reason), reason.message)
}

/** A document that is no answer of STS. */
export const json = (frame: Frame, value: object): Reply =>
  make(frame, 200, { "content-type": "application/json" }, JSON.stringify(value))

export const unknownPath = (frame: Frame): Reply =>
  make(frame, 404, { "content-type": "text/xml" }, "<UnknownOperationException/>")

/** To those who come without an action, as web browsers do. */
export const redirect = (frame: Frame): Reply => make(frame, 302, { location: "https://aws.amazon.com/iam" }, "")

export const tooLarge = (frame: Frame): Reply => make(frame, 413, { connection: "close" }, "")

/** To a browser that asks what a script of another origin may send: anything. */
export const preflight = (frame: Frame, requestedHeaders: string | undefined): Reply =>
  make(
    frame,
    200,
    {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": requestedHeaders ?? "*",
      "access-control-expose-headers": readable,
      "access-control-max-age": "172800",
    },
    "",
  )
