/**
 * Answers as STS does, at once and always the same, in a process of its own: what it costs is not counted. It runs until
 * its parent lets go of it, and reads nothing of a request but the name of the operation.
 */
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as Query from "@effect-sts/protocol/Query"
import { fork } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import process from "node:process"

export const accessKeyId = "ASIAIOSFODNN7EXAMPLE"

const requestId = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"

/** With a session token as long as STS's own often are. */
export const assumeRoleAnswer = Query.encodeResponse(
  AssumeRole,
  {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      SessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN/".padEnd(500, "AbCd0123+/"),
      Expiration: new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000).toISOString().replace(".000Z", "Z"),
    },
    AssumedRoleUser: {
      Arn: "arn:aws:sts::111111111111:assumed-role/deploy/release-42",
      AssumedRoleId: "AROAIOSFODNN7EXAMPLE:release-42",
    },
    PackedPolicySize: 6,
  },
  requestId,
)

const callerIdentityAnswer = Query.encodeResponse(
  GetCallerIdentity,
  {
    Arn: "arn:aws:sts::111111111111:assumed-role/deploy/release-42",
    UserId: "AROAIOSFODNN7EXAMPLE:release-42",
    Account: "111111111111",
  },
  requestId,
)

export interface Server {
  readonly url: string
  readonly close: () => void
}

export const serve = async (): Promise<Server> => {
  const child = fork(import.meta.filename)
  const [url] = (await once(child, "message")) as [string]
  return { url, close: () => child.disconnect() }
}

const listen = () => {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let body = ""
    request.setEncoding("utf8")
    request.on("data", (chunk: string) => (body += chunk))
    request.on("end", () => {
      const answer = body.includes("GetCallerIdentity") ? callerIdentityAnswer : assumeRoleAnswer
      response.writeHead(200, {
        "content-type": "text/xml",
        "content-length": answer.length,
        "x-amzn-requestid": requestId,
      })
      response.end(answer)
    })
  })
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    process.send?.(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`)
  })
  process.once("disconnect", () => process.exit())
}

if (import.meta.main) listen()
