// The world behind HTTP: what goes over the wire, byte by byte, and what of it real clients may vary.
import { StsError } from "@effect-sts/core"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import * as StsServer from "../src/StsServer.ts"
import * as Wire from "./support/wire.ts"
import { mfaArn, roleArn, userArn } from "./support/world.ts"

const { alice, assumeRole, call, keysOf, onWire, post, read, send, sendRaw } = Wire

const version = Query.version
const whoIs = `Action=GetCallerIdentity&Version=${version}`
const who = call("GetCallerIdentity")
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

describe("an answer", () => {
  it.effect("of GetCallerIdentity has STS's bytes and headers", () =>
    Effect.gen(function* () {
      const { body, headers, status } = yield* send(who)
      const requestId = headers["x-amzn-requestid"] ?? ""
      assert.match(requestId, uuid)
      assert.strictEqual(
        body.replace(/AIDA\w{17}/, "AIDA"),
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::111111111111:user/alice</Arn>
    <UserId>AIDA</UserId>
    <Account>111111111111</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>${requestId}</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`,
      )
      assert.strictEqual(status, 200)
      const { "x-amz-sts-extended-request-id": extended = "", ...others } = headers
      assert.match(atob(extended), /^1:us-east-1:S:1783936800700:R:[\da-f]{8}$/)
      assert.deepStrictEqual(others, {
        "x-amzn-requestid": requestId,
        "content-type": "text/xml",
        "content-length": String(new TextEncoder().encode(body).length),
        date: "Mon, 13 Jul 2026 10:00:00 GMT",
      })
    }).pipe(onWire()),
  )

  it.effect("of AssumeRole has its members in STS's order, and the source identity after the credentials", () =>
    Effect.gen(function* () {
      const { body } = yield* send(assumeRole({ SourceIdentity: "ada" }))
      const text = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? ""
      assert.strictEqual(
        body,
        `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>${text("AssumedRoleId")}</AssumedRoleId>
      <Arn>arn:aws:sts::111111111111:assumed-role/account/test</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${text("AccessKeyId")}</AccessKeyId>
      <SecretAccessKey>${text("SecretAccessKey")}</SecretAccessKey>
      <SessionToken>${text("SessionToken")}</SessionToken>
      <Expiration>2026-07-13T11:00:00Z</Expiration>
    </Credentials>
    <SourceIdentity>ada</SourceIdentity>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>${text("RequestId")}</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
`,
      )
      assert.match(text("AssumedRoleId"), /^AROA\w{17}:test$/)
    }).pipe(onWire()),
  )

  it.effect("that refuses has STS's bytes; one without a message has no element for it", () =>
    Effect.gen(function* () {
      const received = yield* send(who, { as: keysOf("AKIAUNKNOWN000000000") })
      assert.strictEqual(
        received.body,
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>InvalidClientTokenId</Code>
    <Message>The security token included in the request is invalid.</Message>
  </Error>
  <RequestId>${received.headers["x-amzn-requestid"]}</RequestId>
</ErrorResponse>
`,
      )
      const malformed = yield* send(assumeRole({ DurationSeconds: "abc" }))
      assert.notInclude(malformed.body, "Message")
    }).pipe(onWire()),
  )

  it.effect("is JSON where the client wants that, with an expiration in seconds", () =>
    Effect.gen(function* () {
      const asJson = (sent: Wire.Sent) => ({ ...sent, headers: { ...sent.headers, accept: "application/json" } })
      const received = yield* send(asJson(assumeRole()))
      assert.strictEqual(received.headers["content-type"], "application/json")
      const { AssumeRoleResponse: answer } = JSON.parse(received.body)
      assert.strictEqual(answer.AssumeRoleResult.Credentials.Expiration, Date.UTC(2026, 6, 13, 11) / 1000)
      assert.strictEqual(answer.ResponseMetadata.RequestId, received.headers["x-amzn-requestid"])
      const refused = yield* send(asJson(assumeRole({ RoleSessionName: "a" })))
      assert.strictEqual(refused.status, 400)
      assert.deepInclude(JSON.parse(refused.body).Error, { Code: "ValidationError", Type: "Sender" })
      const front = yield* sendRaw(asJson(call("Nothing")))
      assert.deepStrictEqual(JSON.parse(front.body), {
        Error: {
          Code: "InvalidAction",
          Message: "Could not find operation Nothing for version 2011-06-15",
          Type: "Sender",
        },
        RequestId: front.headers["x-amzn-requestid"],
      })
      const browser = { ...who, headers: { ...who.headers, accept: "text/xml, application/json;q=0.9, */*;q=0.8" } }
      assert.strictEqual((yield* send(browser)).headers["content-type"], "text/xml")
    }).pipe(onWire()),
  )

  it.effect("redirects who has no action, and lets scripts of other pages in", () =>
    Effect.gen(function* () {
      const redirected = yield* sendRaw({})
      assert.strictEqual(redirected.headers["location"], "https://aws.amazon.com/iam")
      assert.strictEqual(redirected.headers["content-length"], "0")
      for (const method of ["PUT", "DELETE", "PATCH"]) {
        assert.strictEqual((yield* sendRaw({ method, query: whoIs })).status, 302)
      }
      const origin = { origin: "https://example.com" }
      const preflight = yield* sendRaw({
        method: "OPTIONS",
        headers: { ...origin, "access-control-request-headers": "authorization,x-amz-date" },
      })
      assert.deepInclude(preflight.headers, {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "authorization,x-amz-date",
        "access-control-allow-methods": "GET, POST",
        "access-control-max-age": "172800",
      })
      const answer = yield* send({ ...who, headers: { ...who.headers, ...origin } })
      assert.strictEqual(answer.headers["access-control-allow-origin"], "*")
      assert.notProperty((yield* send(who)).headers, "access-control-allow-origin")
    }).pipe(onWire()),
  )

  it.effect("to a body of more than 10,000,000 bytes is 413 and empty", () =>
    Effect.gen(function* () {
      // In bytes: this has not as many characters.
      const { body, headers, status } = yield* sendRaw(post(`${whoIs}&x=${"é".repeat(5_000_000)}`))
      assert.deepStrictEqual([status, body, headers["content-length"]], [413, "", "0"])
    }).pipe(onWire()),
  )

  it.effect("never comes where the body breaks off, and nothing is in the log", () =>
    Effect.gen(function* () {
      const handler = yield* StsServer.handler
      const body = new ReadableStream({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode(whoIs))
          controller.error(new Error("gone"))
        },
      })
      const request = new Request("http://localhost/", { method: "POST", body, duplex: "half" })
      const failure = yield* Effect.flip(Effect.tryPromise(() => handler(request)))
      assert.instanceOf(failure.cause, TypeError)
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(onWire()),
  )
})

describe("authentication", () => {
  const words = "The security token included in the request is invalid."
  const invalid = [403, "InvalidClientTokenId", words]
  const mismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
  const bad = { RoleArn: "short", DurationSeconds: "abc" }
  const unknown = keysOf("AKIAUNKNOWN000000000")
  const authorization = (value: string) => ({
    ...who,
    headers: { ...who.headers, authorization: value, "x-amz-date": "20260713T100000Z" },
  })
  const rows: ReadonlyArray<
    readonly [fact: string, reply: Effect.Effect<Wire.Received, never, StsMemory.StsMemory>, expected: unknown[]]
  > = [
    ["no signature", sendRaw(who), [403, "MissingAuthenticationToken", "Request is missing Authentication Token"]],
    [
      "half a signature",
      sendRaw(authorization("AWS4-HMAC-SHA256 Credential=a/20260713/us-east-1/sts/aws4_request")),
      [
        400,
        "IncompleteSignature",
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
      ],
    ],
    [
      "a clock that is slow, before all else that is wrong",
      send(call("AssumeRole", bad), { ahead: -901, as: unknown, region: "x" }),
      [
        403,
        "SignatureDoesNotMatch",
        "Signature expired: 20260713T094459Z is now earlier than 20260713T094500Z (20260713T100000Z - 15 min.)",
      ],
    ],
    [
      "a clock that is fast",
      send(who, { ahead: 901 }),
      [
        403,
        "SignatureDoesNotMatch",
        "Signature not yet current: 20260713T101501Z is still later than 20260713T101500Z (20260713T100000Z + 15 min.)",
      ],
    ],
    [
      "another region, before an unknown key",
      send(call("AssumeRole", bad), { as: unknown, region: "eu-west-1", service: "s3" }),
      [
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. ",
      ],
    ],
    ["an unknown key, before bad parameters", send(call("AssumeRole", bad), { as: unknown }), invalid],
    ["an inactive key", send(who, { as: keysOf("AKIACAROL00000000000") }), invalid],
    ["a long-term key with a token", send(who, { as: { ...alice, sessionToken: "IQoJb3JpZ2luX2Vj" } }), invalid],
    [
      "a session with another's token",
      Effect.flatMap(Effect.all([Wire.session(), Wire.session()]), ([one, other]) =>
        send(who, { as: { ...one, sessionToken: other.sessionToken } }),
      ),
      invalid,
    ],
    [
      "a wrong secret, before bad parameters",
      send(call("AssumeRole", bad), { as: { ...alice, secretAccessKey: "wrong" } }),
      [403, "SignatureDoesNotMatch", mismatch],
    ],
    ["parameters that cannot be read, before wrong ones", send(call("AssumeRole", bad)), [400, "MalformedInput", ""]],
    [
      "a body that was changed on the way",
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const headers = SigV4.sign(
          { method: "POST", url: `http://${Wire.host}/`, headers: who.headers, body: who.body },
          { credentials: Wire.credentialsOf(alice), region: "us-east-1", service: "sts", time: now },
        )
        return yield* sendRaw({ ...assumeRole(), headers: { ...who.headers, ...headers } })
      }),
      [403, "SignatureDoesNotMatch", mismatch],
    ],
  ]
  for (const [fact, reply, expected] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const { code, message, status } = { code: "", message: "", ...read(yield* reply) }
        assert.deepStrictEqual([status, code, message], expected)
      }).pipe(onWire()),
    )
  }

  it.effect("an unsigned call is in the log without a caller, one to nowhere is not", () =>
    Effect.gen(function* () {
      yield* sendRaw(who)
      yield* sendRaw(call("Nothing"))
      yield* send(who)
      assert.deepStrictEqual(
        (yield* StsMemory.calls).map(({ caller, operation, outcome }) => [operation, caller, outcome]),
        [
          ["GetCallerIdentity", undefined, "MissingAuthenticationToken"],
          ["GetCallerIdentity", userArn("alice"), "Success"],
        ],
      )
    }).pipe(onWire()),
  )
})

describe("takes what clients send", () => {
  const name = "a+b=c,d.e@f-g"
  const accepted = (reply: Effect.Effect<Wire.Received, never, StsMemory.StsMemory>, pattern: RegExp) =>
    Effect.gen(function* () {
      const { body, status } = yield* reply
      assert.strictEqual(status, 200, body)
      assert.match(body, pattern)
    }).pipe(onWire())

  /** A request whose headers are all signed but those of the second list. */
  const style = (headers: Record<string, string>, unsigned: ReadonlyArray<string> = [], hostName = Wire.host) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const all = { "content-type": "application/x-www-form-urlencoded", ...headers }
      const request = { method: "POST", url: `http://${hostName}/`, headers: { ...all, host: hostName }, body: whoIs }
      const added = SigV4.sign(request, {
        credentials: Wire.credentialsOf(alice),
        region: "us-east-1",
        service: "sts",
        time: now,
        unsignedHeaders: new Set(unsigned),
      })
      return yield* sendRaw({ method: "POST", headers: { ...request.headers, ...added }, body: whoIs })
    })
  const digest = "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843"
  const length = String(whoIs.length)
  const invocation = {
    "amz-sdk-invocation-id": "8a9b0c1d-0000-4000-8000-000000000000",
    "amz-sdk-request": "attempt=1; max=3",
  }

  const styles: ReadonlyArray<readonly [client: string, reply: ReturnType<typeof style>]> = [
    ["the least there is: host;x-amz-date", style({}, ["content-type"])],
    ["botocore: content-type;host;x-amz-date", style({ "user-agent": "Boto3/1.43" })],
    [
      "Go: content-length;content-type;host;x-amz-date",
      style({ "content-length": length, ...invocation }, ["amz-sdk-invocation-id", "amz-sdk-request"]),
    ],
    [
      "JavaScript, with the digest of the body",
      style({
        ...invocation,
        "content-length": length,
        "x-amz-content-sha256": digest,
        "x-amz-user-agent": "aws-sdk-js/3",
      }),
    ],
    [
      "Ruby: content-type;host;x-amz-content-sha256;x-amz-date",
      style({ "x-amz-content-sha256": digest, "accept-encoding": "" }, ["accept-encoding"]),
    ],
    ["white space in headers", style({ "x-amz-user-agent": "a  b   c" })],
    ["a host of AWS", style({}, [], "sts.us-east-1.amazonaws.com")],
    ["the global host", style({}, [], "sts.amazonaws.com")],
    ["a host with a port", style({}, [], "localhost:80")],
  ]
  for (const [client, reply] of styles) {
    it.effect(client, () => accepted(reply, /user\/alice/))
  }

  const forms: ReadonlyArray<readonly [fact: string, body: string]> = [
    [
      "in another order",
      `RoleSessionName=${encodeURIComponent(name)}&Version=${version}&RoleArn=${roleArn("account")}&Action=AssumeRole`,
    ],
    [
      "with every character escaped, in either case",
      `Action=AssumeRole&Version=${version}&RoleArn=${encodeURIComponent(roleArn("account")).toLowerCase()}&RoleSessionName=${Array.from(name, (c) => `%${c.charCodeAt(0).toString(16)}`).join("")}`,
    ],
    [
      "with an empty parameter, and one without a value",
      `Action=AssumeRole&Version=${version}&RoleArn=${roleArn("account")}&RoleSessionName=${encodeURIComponent(name)}&PolicyArns=&Unknown&Tags=&=`,
    ],
    [
      "with the first of two values",
      `Action=AssumeRole&Version=${version}&RoleArn=${roleArn("account")}&RoleSessionName=${encodeURIComponent(name)}&RoleSessionName=other&RoleArn=x`,
    ],
  ]
  for (const [fact, body] of forms) {
    it.effect(`a form ${fact}`, () => accepted(send(post(body)), /assumed-role\/account\/a\+b=c,d\.e@f-g</))
    it.effect(`a query ${fact}`, () => accepted(send({ query: body }), /assumed-role\/account\/a\+b=c,d\.e@f-g</))
  }

  it.effect("a space as + and as %20, and ~ as %7E", () =>
    Effect.gen(function* () {
      for (const value of ["a+%7E", "a%20~", "a%20%7e"]) {
        const { message } = { message: "", ...read(yield* send(post(`${assumeRole().body}&ExternalId=${value}`))) }
        assert.include(message, "Value 'a ~' at 'externalId'")
      }
    }).pipe(onWire()),
  )

  it.effect("a POST with parameters in its query and in its body, those of the query first", () =>
    accepted(send({ ...post("Action=AssumeRole&Padding=x"), query: whoIs }), /^<GetCallerIdentityResponse/),
  )

  const presigned = (options: {
    readonly expiresInSeconds?: number
    readonly as?: Wire.Keys
    readonly method?: string
    readonly body?: string
    readonly query?: string
    readonly after?: number
  }) =>
    Effect.gen(function* () {
      const { after = 0, as = alice, body, expiresInSeconds, method = "GET", query = whoIs } = options
      const time = yield* Clock.currentTimeMillis
      const headers: Record<string, string> =
        body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }
      const url = SigV4.presign(
        { method, url: `http://${Wire.host}/?${query}`, headers, body },
        { credentials: Wire.credentialsOf(as), region: "us-east-1", service: "sts", time, expiresInSeconds },
      )
      yield* TestClock.adjust(`${after} seconds`)
      return yield* sendRaw({
        method,
        headers,
        query: url.slice(url.indexOf("?") + 1),
        ...(body !== undefined && { body }),
      })
    })

  it.effect("a presigned URL", () => accepted(presigned({ expiresInSeconds: 60 }), /user\/alice/))
  it.effect("a presigned URL without X-Amz-Expires, as aws-sdk-go-v2 makes it", () =>
    accepted(presigned({}), /user\/alice/),
  )
  it.effect("a presigned URL of a session", () =>
    accepted(
      Effect.flatMap(Wire.session(), (as) => presigned({ as })),
      /assumed-role\/account\/test/,
    ),
  )
  it.effect("a presigned URL for 15 minutes, whatever it says", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* presigned({ after: 899, expiresInSeconds: 1 })).status, 200)
      assert.strictEqual((yield* presigned({ after: 902, expiresInSeconds: 3600 })).status, 403)
    }).pipe(onWire()),
  )
  it.effect("a presigned POST with its parameters in the body", () =>
    accepted(presigned({ method: "POST", query: "", body: whoIs }), /user\/alice/),
  )
})

describe("parameters", () => {
  const said = (sent: Wire.Sent) => Effect.map(send(sent), (received) => ({ message: "", ...read(received) }).message)
  const value = (text: string, field: string, rule: string) =>
    `Value${text === "" ? "" : ` ${text}`} at '${field}' failed to satisfy constraint: Member must ${rule}`
  const arnPattern = String.raw`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`
  const tagPattern = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`
  const rows: ReadonlyArray<readonly [fact: string, sent: Wire.Sent, faults: ReadonlyArray<string>]> = [
    [
      "all that is wrong at once, in the order of the model",
      call("AssumeRole", { RoleArn: "", DurationSeconds: "1", ExternalId: "!" }),
      [
        value("''", "roleArn", "have length greater than or equal to 20"),
        value("''", "roleArn", `satisfy regular expression pattern: ${arnPattern}`),
        value("null", "roleSessionName", "not be null"),
        value("'1'", "durationSeconds", "have value greater than or equal to 900"),
        value("'!'", "externalId", "have length greater than or equal to 2"),
        value("'!'", "externalId", String.raw`satisfy regular expression pattern: [\w+=,.@:\/-]*`),
      ],
    ],
    [
      "Unicode scalars are counted",
      assumeRole({ RoleArn: "😀".repeat(19) }),
      [value(`'${"😀".repeat(19)}'`, "roleArn", "have length greater than or equal to 20")],
    ],
    [
      "what is in lists of structures, by its number",
      assumeRole({
        "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/Ok",
        "PolicyArns.member.2.arn": "short",
        "Tags.member.1.Key": "",
        "Tags.member.1.Value": "!",
        "Tags.member.2.Key": "a",
      }),
      [
        value("'short'", "policyArns.2.member.arn", "have length greater than or equal to 20"),
        value("''", "tags.1.member.key", "have length greater than or equal to 1"),
        value("''", "tags.1.member.key", `satisfy regular expression pattern: ${tagPattern}+`),
        value("'!'", "tags.1.member.value", `satisfy regular expression pattern: ${tagPattern}*`),
        value("null", "tags.2.member.value", "not be null"),
      ],
    ],
    [
      "strings in a list, all rules at once",
      assumeRole({ "TransitiveTagKeys.member.1": "a", "TransitiveTagKeys.member.2": "!" }),
      [
        value(
          "'[a, !]'",
          "transitiveTagKeys",
          `satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${tagPattern}+]`,
        ),
      ],
    ],
    [
      "too many items",
      assumeRole(
        Object.fromEntries(
          Array.from({ length: 11 }, (_, index) => [`PolicyArns.member.${index + 1}.arn`, "arn:aws:iam::aws:policy/P"]),
        ),
      ),
      [value("", "policyArns", "have length less than or equal to 10")],
    ],
    [
      "an MFA code is not repeated",
      call("GetSessionToken", { SerialNumber: mfaArn("alice"), TokenCode: "12345x" }),
      [value("", "tokenCode", String.raw`satisfy regular expression pattern: [\d]*`)],
    ],
    [
      "a source identity of 257 characters",
      assumeRole({ SourceIdentity: "s".repeat(257) }),
      [value(`'${"s".repeat(257)}'`, "sourceIdentity", "have length less than or equal to 256")],
    ],
    [
      "a source identity of AWS's own",
      assumeRole({ SourceIdentity: "aws:me" }),
      [value("'aws:me'", "sourceIdentity", String.raw`satisfy regular expression pattern: [\w+=,.@-]*`)],
    ],
    [
      "those of GetFederationToken",
      call("GetFederationToken", { Name: "a b", DurationSeconds: "129601", MinimumSessionTokenSize: "4097" }),
      [
        value("'a b'", "name", String.raw`satisfy regular expression pattern: [\w+=,.@-]*`),
        value("'129601'", "durationSeconds", "have value less than or equal to 129600"),
        value("'4097'", "minimumSessionTokenSize", "have value less than or equal to 4096"),
      ],
    ],
    [
      "those of GetAccessKeyInfo",
      call("GetAccessKeyInfo", { AccessKeyId: "AKIA!" }),
      [
        value("'AKIA!'", "accessKeyId", "have length greater than or equal to 16"),
        value("'AKIA!'", "accessKeyId", String.raw`satisfy regular expression pattern: [\w]*`),
      ],
    ],
  ]
  for (const [fact, sent, faults] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const count = faults.length === 1 ? "1 validation error" : `${faults.length} validation errors`
        assert.strictEqual(yield* said(sent), `${count} detected: ${faults.join("; ")}`)
      }).pipe(onWire()),
    )
  }

  it.effect("a source identity of 256 characters is taken", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send(assumeRole({ SourceIdentity: "s".repeat(256) }))).status, 200)
    }).pipe(onWire()),
  )

  it.effect("a code without its device is refused, in words of our own", () =>
    Effect.gen(function* () {
      const message = yield* said(call("GetSessionToken", { TokenCode: "123456" }))
      assert.match(message, /^1 validation error detected: .*serialNumber/)
      assert.notInclude(message, "123456")
    }).pipe(onWire()),
  )
})

describe("the test's hands", () => {
  const ordered = (reason: StsMemory.Failure["reason"]) =>
    Effect.andThen(StsMemory.failNext({ times: 1, reason }), send(who))

  it.effect("order failures", () =>
    Effect.gen(function* () {
      const throttled = yield* ordered(new StsError.Throttling({ message: "Rate exceeded" }))
      assert.deepInclude(read(throttled), { status: 400, code: "Throttling", message: "Rate exceeded" })
      const failed = yield* ordered(new StsError.InternalFailure({ message: "no" }))
      assert.strictEqual(failed.status, 500)
      assert.include(failed.body, "<Type>Receiver</Type>")
      const strange = yield* ordered(new StsError.UnknownServiceError({ code: "Strange", message: "odd" }))
      assert.deepInclude(read(strange), { status: 400, code: "Strange", message: "odd" })
      const foreign = yield* ordered(new StsError.InvalidResponse({ message: "proxy" }))
      assert.deepStrictEqual([foreign.status, foreign.headers["content-type"]], [502, "text/html"])
      assert.strictEqual((yield* ordered(new StsError.TransportError({ message: "reset" }))).status, 503)
      assert.strictEqual((yield* send(who)).status, 200)
    }).pipe(onWire()),
  )

  it.effect("set an outage, for whatever comes", () =>
    Effect.gen(function* () {
      const fetch = yield* StsServer.fetch
      const codeOf = (url: string) =>
        Effect.map(Effect.flip(Effect.tryPromise(() => fetch(url))), ({ cause }) => {
          assert.instanceOf(cause, TypeError)
          return cause instanceof TypeError && cause.cause instanceof Error ? cause.cause.message : ""
        })
      yield* StsMemory.setOutage(true)
      for (const sent of [who, {}, { path: "/x" }, { method: "OPTIONS" }]) {
        assert.deepInclude(read(yield* sendRaw(sent)), { status: 503, code: "ServiceUnavailable" })
      }
      assert.strictEqual(yield* codeOf("http://localhost/"), "ECONNREFUSED")
      assert.strictEqual(yield* codeOf(`http://localhost/?${whoIs}`), "ECONNREFUSED")
      yield* StsMemory.setOutage(false)
      yield* StsMemory.failNext({ times: 1, reason: new StsError.TransportError({ message: "reset" }) })
      assert.strictEqual(yield* codeOf(`http://localhost/?${whoIs}`), "ECONNRESET")
      assert.strictEqual((yield* send(who)).status, 200)
    }).pipe(onWire()),
  )

  it.effect("set a latency, at whose end STS acts; who goes away before has not called", () =>
    Effect.gen(function* () {
      yield* StsMemory.setLatency("10 seconds")
      const fiber = yield* Effect.forkChild(send(who))
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(yield* StsMemory.calls, [])
      yield* TestClock.adjust("1 second")
      const { headers } = yield* Fiber.join(fiber)
      assert.strictEqual(headers["date"], "Mon, 13 Jul 2026 10:00:10 GMT")
      const fetch = yield* StsServer.fetch
      const controller = new AbortController()
      const aborted = yield* Effect.forkChild(
        Effect.exit(Effect.tryPromise(() => fetch("http://localhost/", { signal: controller.signal }))),
      )
      yield* TestClock.adjust("1 second")
      controller.abort()
      assert.strictEqual((yield* Fiber.join(aborted))._tag, "Failure")
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* StsMemory.calls, 1)
    }).pipe(onWire()),
  )

  it.effect("show the codes that it takes", () =>
    Effect.gen(function* () {
      const code = yield* StsMemory.mfaCode(mfaArn("alice"))
      const sent = call("GetSessionToken", { SerialNumber: mfaArn("alice"), TokenCode: code })
      assert.strictEqual((yield* send(sent)).status, 200)
      assert.deepInclude(read(yield* send(sent)), {
        status: 403,
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
      })
    }).pipe(onWire()),
  )

  it.effect("make two worlds of two layers", () =>
    Effect.gen(function* () {
      const answer = onWire()(Effect.map(send(assumeRole()), ({ body }) => body))
      assert.strictEqual(yield* answer, yield* answer)
    }),
  )
})
