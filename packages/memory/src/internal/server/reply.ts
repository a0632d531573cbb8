/**
 * What STS's front end sends back, byte by byte.
 */
import * as StsError from "@effect-sts/core/StsError"
import * as Query from "@effect-sts/protocol/Query"
import * as Duration from "effect/Duration"
import type * as Engine from "../engine/engine.ts"
import * as ProxyPage from "../engine/proxyPage.ts"
import * as Refusal from "../engine/refusal.ts"

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /**
   * What becomes of it. `truncated`: the body is only the beginning of what the headers tell of, and then the connection
   * breaks. `reset`: the connection breaks before anything is sent; `refused`: it never came to be, which only a client
   * that is in this process can tell. What is in the reply is then for servers that cannot break it.
   */
  readonly fate: "sent" | "truncated" | "reset" | "refused"
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

/** What a proxy says in the place of STS. */
const proxyError = ({ now }: Frame, status: number): Reply => {
  const body = ProxyPage.write(status)
  return {
    status,
    headers: {
      "content-type": ProxyPage.contentType,
      "content-length": String(encoder.encode(body).length),
      date: new Date(now).toUTCString(),
    },
    body,
    fate: "sent",
  }
}

export const refusal = (frame: Frame, { httpStatus = 400, reason }: Refusal.Refusal): Reply => {
  if (reason._tag === "TransportError") return lost(frame, reason.isSent === false ? "refused" : "reset")
  if (reason._tag !== "UnknownServiceError" && StsError.isLocal(reason)) return proxyError(frame, 502)
  return error(frame, httpStatus, Refusal.codeOf(reason), reason.message)
}

/** The reply as it comes to the client. */
export const deliver = (frame: Frame, reply: Reply, { delivery, retryAfter }: Engine.Answer): Reply => {
  switch (delivery._tag) {
    case "Whole":
      return withRetryAfter(reply, retryAfter)
    case "ProxyError":
      return withRetryAfter(proxyError(frame, delivery.status), retryAfter)
    case "LostAnswer":
      return lost(frame, "reset")
    case "TruncatedBody":
      return { ...reply, body: reply.body.slice(0, reply.body.length / 2), fate: "truncated" }
    case "EmptyBody":
      return { ...reply, headers: { ...reply.headers, "content-length": "0" }, body: "" }
  }
}

const withRetryAfter = (reply: Reply, retryAfter: Duration.Duration | undefined): Reply =>
  retryAfter === undefined
    ? reply
    : { ...reply, headers: { ...reply.headers, "retry-after": String(Duration.toSeconds(retryAfter)) } }

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
