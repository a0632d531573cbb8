import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import * as SigV4 from "../src/SigV4.ts"

// The public test vectors lie beside the repository, not in it. They are of the service "service".
const folder = new URL("../../../../shared/data/sigv4/", import.meta.url)

interface Context {
  readonly credentials: {
    readonly access_key_id: string
    readonly secret_access_key: string
    readonly token?: string
  }
  readonly expiration_in_seconds: number
  readonly normalize: boolean
  readonly region: string
  readonly service: string
  readonly sign_body: boolean
  readonly timestamp: string
  readonly omit_session_token?: boolean
}

interface HttpMessage {
  readonly method: string
  readonly url: string
  readonly headers: Array<[string, string]>
  readonly body: string
}

const parseMessage = (text: string): HttpMessage => {
  const [head = "", ...body] = text.split("\n\n")
  const [requestLine = "", ...lines] = head.trimEnd().split("\n")
  const [, method = "", url = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine) ?? []
  const headers: Array<[string, string]> = []
  for (const line of lines) {
    const colon = line.indexOf(":")
    const previous = headers.at(-1)
    if (line.startsWith(" ") && previous !== undefined) {
      previous[1] += `\n${line}`
    } else {
      headers.push([line.slice(0, colon), line.slice(colon + 1)])
    }
  }
  return { method, url, headers, body: body.join("\n\n") }
}

const load = (name: string) => {
  const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, folder), "utf8")
  const context: Context = JSON.parse(read("context.json"))
  const { access_key_id, secret_access_key, token } = context.credentials
  const sessionToken = token === undefined ? {} : { sessionToken: Redacted.make(token) }
  const variations = { normalizePath: context.normalize, omitSessionToken: context.omit_session_token }
  return {
    context,
    request: parseMessage(read("request.txt")),
    headerRequest: parseMessage(read("header-signed-request.txt")),
    queryRequest: parseMessage(read("query-signed-request.txt")),
    headerSignature: read("header-signature.txt"),
    querySignature: read("query-signature.txt"),
    secret: Redacted.make(secret_access_key),
    verifying: { ...variations, service: context.service, region: context.region, time: Date.parse(context.timestamp) },
    signing: {
      ...variations,
      credentials: { accessKeyId: access_key_id, secretAccessKey: Redacted.make(secret_access_key), ...sessionToken },
      region: context.region,
      service: context.service,
      time: Date.parse(context.timestamp),
      expiresInSeconds: context.expiration_in_seconds,
    },
  }
}

const names = existsSync(folder) ? readdirSync(folder).toSorted() : []

describe.skipIf(names.length === 0)("SigV4 test vectors (skipped where ../shared/data/sigv4 is missing)", () => {
  describe.each(names)("%s", (name) => {
    const vector = load(name)

    it("signs in a header", () => {
      const { request, signing } = vector
      const contentHash = vector.headerRequest.headers.filter(([header]) => header === "x-amz-content-sha256")
      const headers = [...request.headers, ...contentHash]
      const added = SigV4.sign({ ...request, headers }, signing)
      const signed = new Map(vector.headerRequest.headers.map(([header, value]) => [header.toLowerCase(), value]))
      assert.strictEqual(added["authorization"], signed.get("authorization"))
      for (const [header, value] of Object.entries(added)) {
        assert.strictEqual(value, signed.get(header))
      }
      assert.include(added["authorization"], vector.headerSignature)
    })

    it("signs in the query", () => {
      const url = SigV4.presign(vector.request, vector.signing)
      assert.strictEqual(url, vector.queryRequest.url)
      assert.include(url, vector.querySignature)
    })

    it("accepts both, and refuses them when tampered with", () => {
      for (const request of [vector.headerRequest, vector.queryRequest]) {
        const outcome = (tampered: SigV4.Request, secret = vector.secret): string =>
          Result.match(
            Result.flatMap(SigV4.parse(tampered, vector.verifying), (parsed) => SigV4.verify(parsed, secret)),
            { onFailure: (error) => error.code, onSuccess: () => "accepted" },
          )
        assert.strictEqual(outcome(request), "accepted")
        assert.strictEqual(outcome(request, Redacted.make("other")), "SignatureDoesNotMatch")
        assert.strictEqual(outcome({ ...request, method: "PUT" }), "SignatureDoesNotMatch")
        assert.strictEqual(outcome({ ...request, body: `${request.body}x` }), "SignatureDoesNotMatch")
        assert.strictEqual(outcome({ ...request, url: `/x${request.url}` }), "SignatureDoesNotMatch")
        assert.strictEqual(
          outcome({ ...request, url: request.url + (request.url.includes("?") ? "&x=" : "?x=") }),
          "SignatureDoesNotMatch",
        )
        assert.strictEqual(
          outcome({
            ...request,
            headers: request.headers.map(([header, value]) =>
              header === "Host" ? [header, "other.example.com"] : [header, value],
            ),
          }),
          "SignatureDoesNotMatch",
        )
      }
    })
  })
})
