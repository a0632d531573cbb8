// A small HTTP server in the place of STS, or of S3: it keeps what it got, and answers as told.
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type Handler = (request: Received, response: ServerResponse) => Reply | Promise<Reply> | void

export interface Server {
  readonly url: string
  readonly received: ReadonlyArray<Received>
}

const read = async (request: IncomingMessage): Promise<Received> => {
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk)
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  return { method: request.method ?? "", url: request.url ?? "", headers, body }
}

/** A handler that returns nothing does with the response what it likes, or leaves the client waiting. */
export const serve = (handler: Handler): Effect.Effect<Server, never, Scope> =>
  Effect.acquireRelease(
    Effect.callback<Server & { readonly close: Effect.Effect<void> }>((resume) => {
      const received: Array<Received> = []
      const answer = async (request: IncomingMessage, response: ServerResponse) => {
        const got = await read(request)
        received.push(got)
        const reply = await handler(got, response)
        if (reply === undefined) return
        response.writeHead(reply.status ?? 200, { "content-type": "text/xml", ...reply.headers })
        response.end(reply.body ?? "")
      }
      const server = createServer((request, response) => {
        // A client that went away in the middle is what some tests are about.
        answer(request, response).catch(() => response.destroy())
      })
      const close = Effect.callback<void>((done) => {
        server.close(() => done(Effect.void))
        server.closeAllConnections()
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close }))
      })
    }),
    ({ close }) => close,
  )

export const formOf = ({ body }: Received): Readonly<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(body))

export const accessKeyIdOf = ({ headers }: Received): string | undefined =>
  /Credential=(\w+)\//.exec(headers["authorization"] ?? "")?.[1]

/** What a server would find wrong with the signature; undefined where it holds. */
export const signatureFault = (
  request: Received,
  secretAccessKey: string,
  options: { readonly time: number; readonly service?: string; readonly region?: string },
): string | undefined =>
  Result.match(SigV4.parse(request, { service: "sts", ...options }), {
    onFailure: (error) => `${error.code}: ${error.message}`,
    onSuccess: (authorization) =>
      Result.match(SigV4.verify(authorization, Redacted.make(secretAccessKey)), {
        onFailure: (error) => `${error.code}: ${error.message}`,
        onSuccess: () => undefined,
      }),
  })

export const requestId = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"

export const answerOf = (operation: string, result: string): Reply => ({
  headers: { "x-amzn-requestid": requestId },
  body: `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
})

export const errorOf = (status: number, code: string, message = "no"): Reply => ({
  status,
  headers: { "x-amzn-requestid": requestId },
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
})

export const identityOf = (account = "111111111111"): Reply =>
  answerOf(
    "GetCallerIdentity",
    `<Arn>arn:aws:iam::${account}:user/alice</Arn><UserId>AIDAIOSFODNN7EXAMPLE</UserId><Account>${account}</Account>`,
  )

export const roleOf = (
  accessKeyId: string,
  expiration: string,
  roleArn = "arn:aws:sts::111111111111:assumed-role/reader/s",
): Reply =>
  answerOf(
    "AssumeRole",
    `<AssumedRoleUser><Arn>${roleArn}</Arn><AssumedRoleId>AROAIOSFODNN7EXAMPLE:s</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>secret-of-${accessKeyId}</SecretAccessKey><SessionToken>token-of-${accessKeyId}</SessionToken><Expiration>${expiration}</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize>`,
  )
