import { SignatureV4 } from "@smithy/signature-v4"
import { assert, describe, it } from "@effect/vitest"
import aws4 from "aws4"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { createHash, createHmac } from "node:crypto"
import { inspect } from "node:util"
import * as SigV4 from "../src/SigV4.ts"

const now = Date.parse("2026-07-13T10:00:00Z")
const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
const credentials: SigV4.Credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: Redacted.make(secret) }
const signing: SigV4.SignOptions = { credentials, region: "eu-west-1", service: "sts", time: now }
const verifying: SigV4.ParseOptions = { region: "eu-west-1", service: "sts", time: now }

/** A request whose headers are a record. */
interface Request extends SigV4.Request {
  readonly headers?: Record<string, string>
}

const post: Request = {
  method: "POST",
  url: "https://sts.eu-west-1.amazonaws.com/",
  headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  body: "Action=GetCallerIdentity&Version=2011-06-15",
}

const mismatch =
  "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

const withHeaders = (request: Request, headers: Record<string, string>): Request => ({
  ...request,
  headers: { ...request.headers, ...headers },
})

const signed = (request: Request, options: SigV4.SignOptions = signing): Request =>
  withHeaders(request, SigV4.sign(request, options))

const presigned = (request: Request, options: SigV4.SignOptions = signing): Request => ({
  ...request,
  url: SigV4.presign(request, options),
})

const judge = (request: SigV4.Request, options = verifying, secretAccessKey = credentials.secretAccessKey): string =>
  Result.match(
    Result.flatMap(SigV4.parse(request, options), (authorization) => SigV4.verify(authorization, secretAccessKey)),
    { onFailure: ({ code, message }) => `${code}: ${message}`, onSuccess: () => "accepted" },
  )

/** A signature made here by hand, so with any header set and any spelling. */
const signByHand = (options: {
  readonly canonical: string
  readonly timestamp: string
  readonly scope: string
}): string => {
  const digest = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest()
  const key = options.scope.split("/").reduce<string | Uint8Array>(digest, `AWS4${secret}`)
  const hashed = createHash("sha256").update(options.canonical).digest("hex")
  return Buffer.from(digest(key, `AWS4-HMAC-SHA256\n${options.timestamp}\n${options.scope}\n${hashed}`)).toString("hex")
}

const emptyHash = createHash("sha256").digest("hex")
const scope = "20260713/eu-west-1/sts/aws4_request"
const timestamp = "20260713T100000Z"

/** A GET of `/` whose query is canonically `query`, signed as `host;x-amz-date`. */
const getByHand = (url: string, query: string): Request => {
  const canonical = `GET\n/\n${query}\nhost:example.com\nx-amz-date:${timestamp}\n\nhost;x-amz-date\n${emptyHash}`
  const signature = signByHand({ canonical, timestamp, scope })
  return {
    method: "GET",
    url,
    headers: {
      Host: "example.com",
      "X-Amz-Date": timestamp,
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  }
}

describe("SigV4.sign", () => {
  it("returns the headers to add", () => {
    const sessionToken = Redacted.make("token")
    assert.deepStrictEqual(Object.keys(SigV4.sign(post, signing)).toSorted(), ["authorization", "x-amz-date"])
    const added = SigV4.sign(post, { ...signing, credentials: { ...credentials, sessionToken } })
    assert.strictEqual(added["x-amz-date"], timestamp)
    assert.strictEqual(added["x-amz-security-token"], "token")
    assert.match(
      added["authorization"] ?? "",
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260713\/eu-west-1\/sts\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    )
  })

  it("takes the time in either form", () => {
    assert.deepStrictEqual(SigV4.sign(post, { ...signing, time: DateTime.makeUnsafe(now) }), SigV4.sign(post, signing))
    const offset = DateTime.makeZonedUnsafe(now, { timeZone: "Asia/Tokyo" })
    assert.deepStrictEqual(SigV4.sign(post, { ...signing, time: offset }), SigV4.sign(post, signing))
  })

  it("takes headers as a record, as pairs and as Headers, and the body as text and as bytes", () => {
    const expected = SigV4.sign(post, signing)
    const pairs = Object.entries(post.headers ?? {})
    assert.deepStrictEqual(SigV4.sign({ ...post, headers: pairs }, signing), expected)
    assert.deepStrictEqual(SigV4.sign({ ...post, headers: new Headers(pairs) }, signing), expected)
    assert.deepStrictEqual(
      SigV4.sign({ ...post, body: new TextEncoder().encode(String(post.body)) }, signing),
      expected,
    )
  })

  it("signs bodies of any length", () => {
    for (const text of ["a".repeat(2730), "a".repeat(2731), "a".repeat(100_000), "\u{20AC}".repeat(2731)]) {
      const request = { ...post, body: text }
      assert.deepStrictEqual(
        SigV4.sign(request, signing),
        SigV4.sign({ ...post, body: new TextEncoder().encode(text) }, signing),
      )
      const headers = { ...post.headers, "x-long": text.slice(0, 10_000) }
      const contentHash = createHash("sha256").update(text).digest("hex")
      assert.strictEqual(
        judge(signed({ ...request, headers: { ...headers, "x-amz-content-sha256": contentHash } })),
        "accepted",
      )
    }
  })

  it("signs the host that will be sent", () => {
    const host = (url: string): string => {
      const request = { method: "GET", url }
      const added = SigV4.sign(request, signing)
      const sent = new URL(url).host
      return judge({ method: "GET", url: new URL(url).pathname, headers: { ...added, host: sent } })
    }
    for (const url of [
      "https://STS.example.com:443/",
      "http://a:80",
      "http://a:443/",
      "http://127.0.0.1:4566/",
      "http://[::1]:8/",
    ]) {
      assert.strictEqual(host(url), "accepted", url)
    }
  })

  it("does not sign what proxies and clients change, nor what it is told not to", () => {
    const headers = {
      "User-Agent": "a",
      connection: "close",
      "Proxy-x": "b",
      "Sec-Fetch": "c",
      Date: "d",
      "X-Mine": "e",
    }
    const added = SigV4.sign({ ...post, headers }, { ...signing, unsignedHeaders: new Set(["x-mine"]) })
    assert.include(added["authorization"], "SignedHeaders=host;x-amz-date,")
  })

  it("leaves a token unsigned where asked to", () => {
    const options = { ...signing, credentials: { ...credentials, sessionToken: Redacted.make("token") } }
    const request = withHeaders(post, SigV4.sign(post, { ...options, omitSessionToken: true }))
    assert.strictEqual(judge(withHeaders(request, { "x-amz-security-token": "other" })), "accepted")
    assert.strictEqual(judge(withHeaders(signed(post, options), { "x-amz-security-token": "other" })), mismatch)
  })

  it("signs the path of S3 as it is", () => {
    const options = { ...signing, service: "s3" }
    const request = { method: "GET", url: "https://b.example.com//a/../b%20c" }
    const encodedTwice = signed(request, signing)
    assert.strictEqual(judge(encodedTwice), "accepted")
    assert.strictEqual(
      judge({ ...encodedTwice, url: "/b%20c", headers: { ...encodedTwice.headers, host: "b.example.com" } }),
      "accepted",
    )
    const asIs = signed(request, options)
    assert.strictEqual(judge(asIs, { ...verifying, service: "s3" }), "accepted")
    assert.strictEqual(
      judge({ ...asIs, url: "https://b.example.com/b%20c" }, { ...verifying, service: "s3" }),
      mismatch,
    )
  })
})

describe("signing keys", () => {
  const signatureWith = (secretAccessKey: Redacted.Redacted, options: Partial<SigV4.SignOptions> = {}) =>
    SigV4.sign(post, { ...signing, ...options, credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey } })[
      "authorization"
    ]

  it("are those of the secret, not of the access key id", () => {
    const first = signatureWith(Redacted.make("one"))
    assert.notStrictEqual(signatureWith(Redacted.make("two")), first)
    assert.strictEqual(signatureWith(Redacted.make("one")), first)
  })

  it("are right however many days, regions and services a secret signs for", () => {
    const reused = Redacted.make("one")
    for (let round = 0; round < 3; round++) {
      for (let day = 0; day < 20; day++) {
        for (const region of ["eu-west-1", "us-east-1"]) {
          for (const service of ["sts", "iam"]) {
            const options = { time: now + day * 86_400_000, region, service }
            assert.strictEqual(signatureWith(reused, options), signatureWith(Redacted.make("one"), options))
          }
        }
      }
    }
  })

  it("are of no use once the secret is wiped", () => {
    const wiped = Redacted.make("one")
    signatureWith(wiped)
    Redacted.wipeUnsafe(wiped)
    assert.throws(() => signatureWith(wiped))
  })
})

describe("SigV4.parse", () => {
  it("tells what it read", () => {
    const options = { ...signing, credentials: { ...credentials, sessionToken: Redacted.make("token+/=") } }
    for (const request of [signed(post, options), presigned(post, options)]) {
      const authorization = Result.getOrThrow(SigV4.parse(request, verifying))
      assert.strictEqual(authorization.accessKeyId, "AKIDEXAMPLE")
      assert.strictEqual(authorization.region, "eu-west-1")
      assert.strictEqual(authorization.service, "sts")
      assert.strictEqual(authorization.time, now)
      assert.strictEqual(authorization.sessionToken && Redacted.value(authorization.sessionToken), "token+/=")
      assert.include(authorization.signedHeaders, "host")
      assert.notInclude(JSON.stringify(authorization) + inspect(authorization), "token+/=")
    }
    assert.isUndefined(Result.getOrThrow(SigV4.parse(signed(post), verifying)).sessionToken)
  })

  const good = signed(post)
  const url = presigned({ method: "GET", url: "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity" }).url
  const header = (authorization: string): Request => withHeaders(good, { authorization })
  const parameters = (change: (query: URLSearchParams) => void): SigV4.Request => {
    const changed = new URL(url)
    change(changed.searchParams)
    return { method: "GET", url: changed.href }
  }
  const dated = (minutes: number, milliseconds = 0): Request =>
    signed(post, { ...signing, time: now + minutes * 60_000 + milliseconds })

  it.each<[string, SigV4.Request, string]>([
    ["no signature", post, "MissingAuthenticationToken: Request is missing Authentication Token"],
    [
      "another algorithm in the query",
      parameters((query) => query.set("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256")),
      "MissingAuthenticationToken: Request is missing Authentication Token",
    ],
    [
      "another algorithm in the header",
      header("AWS4-ECDSA-P256-SHA256 Credential=a"),
      "IncompleteSignature: Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    ],
    ["a bearer token", header("Bearer abc.def"), "IncompleteSignature: Unsupported AWS 'algorithm': 'Bearer'."],
    ["a bare token", header("abc.def.ghi"), "IncompleteSignature: Unsupported AWS 'algorithm': '...'."],
    [
      "nothing but the algorithm",
      header("AWS4-HMAC-SHA256"),
      "IncompleteSignature: Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
    ],
    [
      "no Credential",
      header("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=a"),
      "IncompleteSignature: Authorization header requires 'Credential' parameter. Authorization=AWS4-HMAC-SHA256",
    ],
    [
      "no date",
      { ...post, headers: { authorization: "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=a" } },
      "IncompleteSignature: Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
    ],
    [
      "a parameter without a value",
      header("AWS4-HMAC-SHA256 Credential"),
      "IncompleteSignature: Not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256'.",
    ],
    [
      "no parameters in the query",
      { method: "GET", url: "/?X-Amz-Algorithm=AWS4-HMAC-SHA256" },
      "IncompleteSignature: AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    ],
    [
      "no date in the query",
      parameters((query) => query.delete("X-Amz-Date")),
      "IncompleteSignature: AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    ],
    [
      "both a header and a query",
      { ...good, url },
      "SignatureDoesNotMatch: A request may be signed in its Authorization header or in its query, not in both.",
    ],
    [
      "no host among the signed headers",
      header(`AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=x-amz-date, Signature=a`),
      "SignatureDoesNotMatch: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    ...[
      "2026-07-13T10:00:00Z",
      "20260713T100000",
      "20260713",
      "20260732T100000Z",
      "20260230T100000Z",
      "20260713T240000Z",
      "13 Jul 2026",
      "",
    ].map((date): [string, SigV4.Request, string] => [
      `the date "${date}"`,
      withHeaders(good, { "x-amz-date": date }),
      `IncompleteSignature: Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    ]),
    [
      "a date that is too old",
      dated(-15, -1),
      "SignatureDoesNotMatch: Signature expired: 20260713T094459Z is now earlier than 20260713T094500Z (20260713T100000Z - 15 min.)",
    ],
    [
      "a date that is too far ahead",
      dated(15, 1000),
      "SignatureDoesNotMatch: Signature not yet current: 20260713T101501Z is still later than 20260713T101500Z (20260713T100000Z + 15 min.)",
    ],
    ["the oldest date there may be", dated(-15), "accepted"],
    ["the latest date there may be", dated(15), "accepted"],
    [
      "an old date and a wrong scope",
      signed(post, { ...signing, region: "moon", time: now - 3_600_000 }),
      "SignatureDoesNotMatch: Signature expired: 20260713T090000Z is now earlier than 20260713T094500Z (20260713T100000Z - 15 min.)",
    ],
    [
      "too few parts in the credential",
      header(`AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260713/eu-west-1/sts, SignedHeaders=host, Signature=a`),
      "IncompleteSignature: Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20260713/eu-west-1/sts'",
    ],
    [
      "too many parts in the credential",
      header(`AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}/, SignedHeaders=host, Signature=a`),
      `IncompleteSignature: Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/${scope}/'`,
    ],
    [
      "another region",
      signed(post, { ...signing, region: "us-east-1" }),
      "SignatureDoesNotMatch: Credential should be scoped to a valid region. ",
    ],
    [
      "another service",
      signed(post, { ...signing, service: "s3" }),
      "SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'. ",
    ],
    [
      "another region and service",
      signed(post, { ...signing, region: "us-east-1", service: "s3" }),
      "SignatureDoesNotMatch: Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. ",
    ],
    [
      "another day and terminator",
      header(`AWS4-HMAC-SHA256 Credential=A/20260712/eu-west-1/sts/aws4, SignedHeaders=host, Signature=a`),
      "SignatureDoesNotMatch: Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260712' != '20260713', from '20260713T100000Z'. ",
    ],
    ["a signature cut short", header(String(SigV4.sign(post, signing)["authorization"]).slice(0, -1)), mismatch],
    ["an empty signature", header(`AWS4-HMAC-SHA256 Credential=A/${scope}, SignedHeaders=host, Signature=`), mismatch],
    ["another body", { ...good, body: "Action=AssumeRole" }, mismatch],
    ["UNSIGNED-PAYLOAD", signed(withHeaders(post, { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" })), mismatch],
    ["the digest of another body", signed(withHeaders(post, { "x-amz-content-sha256": emptyHash })), mismatch],
    ["an unsigned digest of another body", withHeaders(good, { "x-amz-content-sha256": emptyHash }), mismatch],
    [
      "the digest of the body",
      signed(
        withHeaders(post, { "x-amz-content-sha256": createHash("sha256").update(String(post.body)).digest("hex") }),
      ),
      "accepted",
    ],
    [
      "a signed header that is missing",
      { ...good, headers: { ...SigV4.sign(post, signing), host: "sts.eu-west-1.amazonaws.com" } },
      mismatch,
    ],
    [
      "a second header of a signed name",
      { ...good, headers: [...Object.entries(good.headers ?? {}), ["content-type", "a"]] },
      mismatch,
    ],
    ["a presigned URL without X-Amz-Expires", { method: "GET", url }, "accepted"],
    ["a presigned URL with another Action", { method: "GET", url: url.replace("GetCaller", "SetCaller") }, mismatch],
    ["a presigned URL for another host", { method: "GET", url: url.replace("eu-west", "eu-east") }, mismatch],
  ])("answers %s as STS does", (_, request, expected) => {
    assert.strictEqual(judge(request), expected)
  })

  it("ignores X-Amz-Expires, as STS does", () => {
    const request = { method: "GET", url: "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity" }
    for (const [expiresInSeconds, minutes, expected] of [
      [60, 14, "accepted"],
      [604_800, 14, "accepted"],
      [604_800, 16, "SignatureDoesNotMatch"],
    ] as const) {
      const url = SigV4.presign(request, { ...signing, expiresInSeconds })
      assert.include(url, `X-Amz-Expires=${expiresInSeconds}`)
      assert.include(judge({ method: "GET", url }, { ...verifying, time: now + minutes * 60_000 }), expected)
    }
  })

  it("reads the headers' names in any case and order", () => {
    const authorization = String(getByHand("/", "").headers?.["Authorization"]).replace(
      "host;x-amz-date",
      "X-Amz-Date;Host",
    )
    assert.strictEqual(
      judge({ ...getByHand("/", ""), headers: { HOST: "example.com", "x-amz-DATE": timestamp, authorization } }),
      "accepted",
    )
  })

  it("counts whole seconds", () => {
    assert.strictEqual(judge(dated(-15), { ...verifying, time: now + 999 }), "accepted")
    assert.include(judge(dated(-15), { ...verifying, time: now + 1000 }), "Signature expired")
  })

  it("leaves no parameter unsigned next to a header", () => {
    const request = getByHand("/?a=1", "a=1")
    assert.strictEqual(judge(request), "accepted")
    assert.strictEqual(judge({ ...request, url: "/?a=1&X-Amz-Signature=2" }), mismatch)
    assert.strictEqual(judge({ ...request, url: "/?a=1&X-Amz-Security-Token=2" }), mismatch)
  })

  it("judges the region by name, by predicate or not at all", () => {
    const request = signed(post)
    assert.strictEqual(judge(request, { service: "sts", time: now }), "accepted")
    assert.strictEqual(judge(request, { ...verifying, region: (region) => region.startsWith("eu-") }), "accepted")
    assert.include(judge(request, { ...verifying, region: (region) => region.startsWith("us-") }), "valid region")
  })

  it("reads the Date header where there is no X-Amz-Date", () => {
    for (const date of ["Mon, 13 Jul 2026 10:00:00 GMT", timestamp]) {
      const canonical = `GET\n/\n\ndate:${date}\nhost:example.com\n\ndate;host\n${emptyHash}`
      const signature = signByHand({ canonical, timestamp, scope })
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=date;host, Signature=${signature}`
      const request = { method: "GET", url: "/", headers: { host: "example.com", date, authorization } }
      assert.strictEqual(judge(request), "accepted")
      assert.strictEqual(judge(withHeaders(request, { date: "Mon, 13 Jul 2026 10:00:01 GMT" })), mismatch)
    }
  })

  it.each([
    ["/?a=b+c", "a=b%20c"],
    ["/?a=b%20c", "a=b%20c"],
    ["/?a=%7Eb", "a=~b"],
    ["/?a=~b", "a=~b"],
    ["/?a=%2b%2B", "a=%2B%2B"],
    ["/?a=*'()!", "a=%2A%27%28%29%21"],
    ["/?b=2&a=1", "a=1&b=2"],
    ["/?a=2&a=1", "a=1&a=2"],
    ["/?a-b=1&a=2", "a=2&a-b=1"],
    ["/?A=1&a=2&B=3", "A=1&B=3&a=2"],
    ["/?a", "a="],
    ["/?a=&&b=", "a=&b="],
    ["/?a=b=c", "a=b%3Dc"],
    ["/?a=%zz%", "a=%25zz%25"],
    ["/?a=%FF", "a=%FF"],
    ["/?a=é\u{1F600}", "a=%C3%A9%F0%9F%98%80"],
    ["/?a=1#b", "a=1"],
    ["/?a=\t", "a=%09"],
  ])("reads the query of %s as %s", (url, query) => {
    assert.strictEqual(judge(getByHand(url, query)), "accepted")
    assert.strictEqual(judge(getByHand(url, `${query}x`)), mismatch)
  })

  it("takes the Authorization header in any spacing and order", () => {
    const authorization = String(SigV4.sign(post, signing)["authorization"])
    assert.strictEqual(judge(header(authorization.replaceAll(", ", ","))), "accepted")
    assert.strictEqual(judge(header(authorization.replaceAll(", ", " ,  "))), "accepted")
    const [algorithm, ...rest] = authorization.split(" ")
    assert.strictEqual(judge(header(`${algorithm} ${rest.join(" ").split(", ").toReversed().join(", ")}`)), "accepted")
  })
})

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const textOf = fc.string({ unit: "grapheme", maxLength: 12 })
const headerName = fc.constantFrom("content-type", "X-Amz-Target", "x-custom", "A", "User-Agent", "sec-x", "Accept")
const headerValue = fc.string({
  unit: fc.constantFrom("a", "B", "1", " ", "  ", "\t", ",", ";", '"', "é", "%"),
  maxLength: 12,
})
const segment = fc.oneof(fc.constantFrom("", ".", "..", "a", "b%20c", "~"), textOf.map(escaped))

const generated = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT"),
  host: fc.constantFrom("sts.eu-west-1.amazonaws.com", "127.0.0.1:4566", "example.com"),
  path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join("/")}`),
  query: fc.dictionary(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((name) => !/^x-amz-/i.test(name)),
    fc.oneof(textOf, fc.array(textOf, { minLength: 1, maxLength: 3 })),
    {
      maxKeys: 4,
    },
  ),
  headers: fc.uniqueArray(fc.tuple(headerName, headerValue), { selector: ([name]) => name, maxLength: 4 }),
  body: fc.oneof(fc.constant(""), textOf, fc.uint8Array({ maxLength: 200 })),
  region: fc.constantFrom("us-east-1", "eu-west-1", "cn-north-1"),
  service: fc.constantFrom("sts", "iam"),
  accessKeyId: fc.stringMatching(/^AKIA[A-Z2-7]{16}$/),
  secretAccessKey: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 100 }),
  sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 600 }), { nil: undefined }),
  time: fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00:00Z") }),
  expiresInSeconds: fc.integer({ min: 1, max: 604_800 }),
})

type Generated = typeof generated extends fc.Arbitrary<infer A> ? A : never

class NodeSha256 {
  readonly #hash
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      key === undefined
        ? createHash("sha256")
        : createHmac(
            "sha256",
            typeof key === "string"
              ? key
              : new Uint8Array(
                  "buffer" in key ? key.buffer.slice(key.byteOffset, key.byteOffset + key.byteLength) : key,
                ),
          )
  }
  update(data: Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest())
  }
  reset(): void {}
}

const smithy = ({ accessKeyId, region, secretAccessKey, service, sessionToken }: Generated): SignatureV4 =>
  new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region,
    service,
    sha256: NodeSha256,
    applyChecksum: false,
  })

const smithyRequest = ({ body, headers, host, method, path, query }: Generated) => ({
  method,
  protocol: "https:",
  hostname: host,
  path,
  query,
  headers: { host, ...Object.fromEntries(headers) },
  body,
})

const queryString = (query: Generated["query"]): string =>
  Object.entries(query)
    .flatMap(([name, value]) => [value].flat().map((item) => `${escaped(name)}=${escaped(item)}`))
    .join("&")

const requestOf = (value: Generated): Request => {
  const query = queryString(value.query)
  return {
    method: value.method,
    url: `https://${value.host}${value.path}${query === "" ? "" : `?${query}`}`,
    headers: Object.fromEntries(value.headers),
    body: value.body,
  }
}

const optionsOf = ({
  accessKeyId,
  expiresInSeconds,
  region,
  secretAccessKey,
  service,
  sessionToken,
  time,
}: Generated) => ({
  credentials: {
    accessKeyId,
    secretAccessKey: Redacted.make(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: Redacted.make(sessionToken) }),
  },
  region,
  service,
  time,
  expiresInSeconds,
})

describe("SigV4 and @smithy/signature-v4", () => {
  it("sign alike in a header", async () => {
    await fc.assert(
      fc.asyncProperty(generated, async (value) => {
        const expected = await smithy(value).sign(smithyRequest(value), { signingDate: new Date(value.time) })
        const added = SigV4.sign(requestOf(value), optionsOf(value))
        for (const [name, header] of Object.entries(added)) {
          assert.strictEqual(header, expected.headers[name])
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("sign alike in the query", async () => {
    await fc.assert(
      fc.asyncProperty(generated, async (value) => {
        // Smithy moves these into the query.
        const headers = value.headers.filter(([name]) => !name.toLowerCase().startsWith("x-amz-"))
        const expected = await smithy(value).presign(smithyRequest({ ...value, headers }), {
          signingDate: new Date(value.time),
          expiresIn: value.expiresInSeconds,
        })
        const url = SigV4.presign({ ...requestOf(value), headers: Object.fromEntries(headers) }, optionsOf(value))
        assert.strictEqual(new URL(url).searchParams.get("X-Amz-Signature"), expected.query?.["X-Amz-Signature"])
      }),
      { numRuns: 1000 },
    )
  })
})

describe("SigV4 and aws4", () => {
  it("sign alike", () => {
    fc.assert(
      fc.property(generated, (value) => {
        const { accessKeyId, body, host, region, secretAccessKey, service, sessionToken } = value
        const request = {
          ...requestOf(value),
          // aws4 decodes the path first, and reads an empty name as no parameter.
          url: "/?Action=GetCallerIdentity&Version=2011-06-15",
          headers: {
            Host: host,
            "X-Custom": "1  2",
            "Content-Type": "text/plain",
            "Content-Length": "0",
            "X-Amz-Date": timestamp,
          },
          body: typeof body === "string" ? body : "",
        }
        const expected = aws4.sign(
          {
            method: request.method,
            path: request.url,
            headers: { ...request.headers },
            body: request.body,
            region,
            service,
          },
          { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
        )
        const added = SigV4.sign(request, { ...optionsOf(value), time: now })
        assert.strictEqual(added["authorization"], expected.headers?.["Authorization"])
      }),
      { numRuns: 300 },
    )
  })
})

describe("SigV4.verify", () => {
  it("accepts what sign and presign make, and nothing that was changed since", () => {
    fc.assert(
      fc.property(generated, fc.nat(), (value, where) => {
        const options = optionsOf(value)
        const verifyOptions = { region: value.region, service: value.service, time: value.time }
        const key = options.credentials.secretAccessKey
        const request = requestOf(value)
        const asHeader = signed(request, options)
        const inQuery = { ...request, url: SigV4.presign(request, options) }
        for (const candidate of [asHeader, inQuery]) {
          assert.strictEqual(judge(candidate, verifyOptions, key), "accepted")
          const other = Redacted.make(`${value.secretAccessKey}x`)
          assert.strictEqual(judge(candidate, verifyOptions, other), mismatch)
          assert.strictEqual(judge({ ...candidate, method: `${request.method}X` }, verifyOptions, key), mismatch)
        }
        // One digit of the signature, in any place.
        const digit = where % 64
        const flip = (text: string): string => {
          const at = text.length - 64 + digit
          return `${text.slice(0, at)}${text[at] === "0" ? "1" : "0"}${text.slice(at + 1)}`
        }
        const { authorization = "" } = SigV4.sign(request, options)
        assert.strictEqual(
          judge(withHeaders(asHeader, { authorization: flip(authorization) }), verifyOptions, key),
          mismatch,
        )
        assert.strictEqual(judge({ ...inQuery, url: flip(inQuery.url) }, verifyOptions, key), mismatch)
      }),
      { numRuns: 300 },
    )
  })

  it("never shows a secret", () => {
    const sessionToken = Redacted.make("hunter2")
    const options = { ...signing, credentials: { ...credentials, sessionToken } }
    const other = Redacted.make("hunter3")
    for (const request of [signed(post, options), presigned(post, options)]) {
      const authorization = Result.getOrThrow(SigV4.parse(request, verifying))
      const error = Result.getOrThrow(Result.flip(SigV4.verify(authorization, other)))
      const shown =
        inspect([authorization, error, signing, options], { depth: 9, showHidden: true }) +
        JSON.stringify([authorization, error, options])
      for (const hidden of ["hunter2", "hunter3", secret]) {
        assert.notInclude(shown, hidden)
      }
    }
  })
})
