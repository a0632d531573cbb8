import { assert, describe, it } from "@effect/vitest"
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Query from "../src/Query.ts"
import * as Xml from "../src/Xml.ts"

const operations: ReadonlyArray<Operation.Any> = Operations.all

const requestId = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"

const parameters = (form: string) => Result.getOrThrow(Query.parseForm(form)).parameters

const decodeForm = (operation: Operation.Any, form: string) =>
  Result.getOrThrow(Query.decodeRequest(operation, parameters(form)))

const decodeXml = (operation: Operation.Any, document: string) =>
  Result.getOrThrow(Query.decodeResponse(operation, document))

/** A value as a text format leaves it: what is no character is U+FFFD. */
const replaceIn =
  (pattern: RegExp) =>
  (value: unknown): unknown =>
    typeof value === "string"
      ? value.replace(pattern, "\u{FFFD}")
      : Array.isArray(value)
        ? value.map(replaceIn(pattern))
        : Predicate.isObject(value)
          ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaceIn(pattern)(member)]))
          : value === 0
            ? 0 // and not -0
            : value

const asInForm = replaceIn(/\p{Surrogate}/gu)

/** Everything in a value, at any depth. */
const contents = (value: unknown): Array<[key: string, value: unknown]> =>
  Predicate.isObject(value) && !DateTime.isDateTime(value)
    ? Object.entries(value).flatMap((entry) => [entry].concat(contents(entry[1])))
    : []

const asInXml = replaceIn(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu)

const shuffled = (form: string, order: ReadonlyArray<number>) =>
  form
    .split("&")
    .map((parameter, index) => ({ parameter, key: order[index % Math.max(1, order.length)] ?? 0 }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ parameter }) => parameter)
    .join("&")

describe("Query, for every operation", () => {
  for (const operation of operations) {
    it.effect.prop(
      `reads the request of ${operation.name} that it wrote, in any order`,
      [Schema.toType(operation.request), Schema.Array(Schema.Int)],
      Effect.fnUntraced(function* ([value, order]) {
        const request = yield* Schema.encodeUnknownEffect(operation.request)(value)
        const form = Query.encodeRequest(operation, request)
        assert.match(form, /^[\w.~%&=-]+$/)
        const { action, parameters, version } = yield* Effect.fromResult(Query.parseForm(form))
        assert.deepStrictEqual([action, version], [operation.name, "2011-06-15"])
        const decoded = yield* Effect.fromResult(Query.decodeRequest(operation, parameters))
        assert.deepStrictEqual(decoded, asInForm(request))
        assert.deepStrictEqual(decodeForm(operation, shuffled(form, order).replaceAll("%20", "+")), decoded)
        assert.strictEqual(Query.encodeRequest(operation, decoded), form)
      }),
    )

    it.effect.prop(
      `reads the answer to ${operation.name} that it wrote`,
      [Schema.toType(operation.response)],
      Effect.fnUntraced(function* ([value]) {
        const response = yield* Schema.encodeUnknownEffect(operation.response)(value)
        const document = Query.encodeResponse(operation, response, requestId)
        const decoded = yield* Effect.fromResult(Query.decodeResponse(operation, document))
        assert.deepStrictEqual(decoded, { response: asInXml(response) as Record<string, unknown>, requestId })
        assert.strictEqual(Query.encodeResponse(operation, decoded.response, requestId), document)
      }),
    )

    it.effect.prop(
      `writes all timestamps of the answer to ${operation.name}, and no other text, as numbers in JSON`,
      [Schema.toType(operation.response)],
      Effect.fnUntraced(function* ([value]) {
        const response = yield* Schema.encodeUnknownEffect(operation.response)(value)
        const texts = contents(response).filter(([, value]) => typeof value === "string")
        const json: unknown = JSON.parse(Query.encodeResponseJson(operation, response, requestId))
        const textsInJson = contents(json).filter(([key, value]) => typeof value === "string" && key !== "RequestId")
        const timestamps = contents(value).filter(([, value]) => DateTime.isDateTime(value))
        assert.strictEqual(texts.length - textsInJson.length, timestamps.length)
      }),
    )
  }
})

describe("Query.encodeRequest", () => {
  it.each([
    ["no input", Query.encodeRequest(Operations.GetCallerIdentity, {}), "Action=GetCallerIdentity&Version=2011-06-15"],
    [
      "lists, structures and integers",
      Query.encodeRequest(Operations.AssumeRole, {
        Tags: [
          { Key: "a b", Value: "~é+/" },
          { Key: "c", Value: "" },
        ],
        PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
        TransitiveTagKeys: ["c"],
        RoleArn: "arn:aws:iam::111111111111:role/x",
        RoleSessionName: "s'(!*)",
        DurationSeconds: 900,
      }),
      "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fx&RoleSessionName=s%27%28%21%2A%29&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess&DurationSeconds=900&Tags.member.1.Key=a%20b&Tags.member.1.Value=~%C3%A9%2B%2F&Tags.member.2.Key=c&Tags.member.2.Value=&TransitiveTagKeys.member.1=c",
    ],
    [
      "a structure in a structure",
      Query.encodeRequest(Operations.AssumeRoot, {
        TargetPrincipal: "111111111111",
        TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy" },
      }),
      "Action=AssumeRoot&Version=2011-06-15&TargetPrincipal=111111111111&TaskPolicyArn.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Froot-task%2FS3UnlockBucketPolicy",
    ],
    [
      "an empty list, as AWS Query has it",
      Query.encodeRequest(Operations.GetFederationToken, { Name: "bob", Tags: [] }),
      "Action=GetFederationToken&Version=2011-06-15&Name=bob&Tags=",
    ],
  ])("writes %s", (_, form, expected) => {
    assert.strictEqual(form, expected)
  })
})

describe("Query.parseForm", () => {
  it.each([
    ["the first of two", "Action=A&Action=B&Version=1", { action: "A", version: "1" }],
    ["nothing", "", { action: undefined, version: undefined }],
    ["an empty action apart from none", "Action=&Version", { action: "", version: "" }],
    ["a query after a body", "Action=A&&Version=1", { action: "A", version: "1" }],
    ["no name that starts with a mark", "?Action=A", { action: undefined, version: undefined }],
    ["escapes in names", "%41ction=%7E+%20%zz", { action: "~  %zz", version: undefined }],
  ])("takes %s", (_, form, expected) => {
    const { action, version } = Result.getOrThrow(Query.parseForm(form))
    assert.deepStrictEqual({ action, version }, expected)
  })

  it("refuses a form that is too long", () => {
    assert.isTrue(Result.isSuccess(Query.parseForm("a".repeat(10_000_000))))
    const refused = Result.getFailure(Query.parseForm("a".repeat(10_000_001)))
    assert.strictEqual(refused._tag === "Some" ? refused.value.code : undefined, "TooLong")
    assert.isTrue(Result.isFailure(Query.parseForm("ab", { maxLength: 1 })))
  })
})

describe("Query.decodeRequest", () => {
  it.each([
    ["Unknown=1&RoleArn.x=2&RoleArn=3", { RoleArn: "3" }],
    ["RoleArn=&Policy", { RoleArn: "", Policy: "" }],
    ["RoleArn=1&RoleArn=2", { RoleArn: "1" }],
    ["Tags.member.2.Key=b&Tags.member.1.Value=&Tags.member.1.Key=a", { Tags: [{ Key: "a", Value: "" }, { Key: "b" }] }],
    ["Tags.member.10.Key=b&Tags.member.9.Key=a", { Tags: [{ Key: "a" }, { Key: "b" }] }],
    ["Tags.member.0.Key=a&Tags.member.01.Key=a&Tags.member.x.Key=a&Tags.1.Key=a&Tags.member.1x.Key=a", {}],
    ["Tags=", { Tags: [] }],
    ["TransitiveTagKeys.member.1=a", { TransitiveTagKeys: ["a"] }],
    ["PolicyArns.member.1.arn=a&PolicyArns.member.2.Arn=b", { PolicyArns: [{ arn: "a" }] }],
    ["ProvidedContexts.member.1=", { ProvidedContexts: [{}] }],
    ["__proto__=1&constructor=2&Tags.member.1.__proto__=3", {}],
    ["DurationSeconds=+900".replace("+", "%2B"), { DurationSeconds: 900 }],
    ["DurationSeconds=0900", { DurationSeconds: 900 }],
    ["DurationSeconds=-0", { DurationSeconds: 0 }],
    ["DurationSeconds=-2147483648", { DurationSeconds: -2147483648 }],
    [`${"Tags.member.1".repeat(1000)}=1`, {}],
  ])("reads %s", (form, expected) => {
    assert.deepStrictEqual(decodeForm(Operations.AssumeRole, form), expected)
  })

  it.each([
    ["abc", ""],
    ["900.0", ""],
    ["1e3", ""],
    [" 900", ""],
    ["2147483648", ""],
    ["-2147483649", ""],
    ["9".repeat(400), ""],
    ["", "missing value for decimal type"],
  ])("answers DurationSeconds=%s as STS does", (value, message) => {
    const refused = Query.decodeRequest(Operations.AssumeRole, new Map([["DurationSeconds", value]]))
    assert.deepStrictEqual(
      Result.getFailure(refused),
      Result.getFailure(
        Result.fail(new Query.RequestError({ code: "MalformedInput", message, member: "DurationSeconds" })),
      ),
    )
  })

  it("stays quick where somebody sends many list items", () => {
    const form = Array.from({ length: 100_000 }, (_, index) => `Tags.member.${100_000 - index}.Key=${index}`).join("&")
    const { Tags } = decodeForm(Operations.AssumeRole, form)
    assert.strictEqual(Array.isArray(Tags) ? Tags.length : 0, 100_000)
  })
})

const callerIdentity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::000123456789:user/alice</Arn>
    <UserId>AIDAEXAMPLE</UserId>
    <Account>000123456789</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>${requestId}</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`

const assumedRole = {
  SourceIdentity: "alice",
  PackedPolicySize: 6,
  AssumedRoleUser: { Arn: "arn:aws:sts::111111111111:assumed-role/demo/s", AssumedRoleId: "AROAEXAMPLE:s" },
  Credentials: {
    AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
    SecretAccessKey: "a+/=&<>",
    SessionToken: "token",
    Expiration: "2026-07-13T10:00:00Z",
  },
}

const assumedRoleXml = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId>
      <Arn>arn:aws:sts::111111111111:assumed-role/demo/s</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>a+/=&amp;&lt;&gt;</SecretAccessKey>
      <SessionToken>token</SessionToken>
      <Expiration>2026-07-13T10:00:00Z</Expiration>
    </Credentials>
    <SourceIdentity>alice</SourceIdentity>
    <PackedPolicySize>6</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>${requestId}</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
`

describe("Query.encodeResponse", () => {
  it("writes STS's own bytes", () => {
    assert.strictEqual(
      Query.encodeResponse(
        Operations.GetCallerIdentity,
        { Account: "000123456789", Arn: "arn:aws:iam::000123456789:user/alice", UserId: "AIDAEXAMPLE" },
        requestId,
      ),
      callerIdentity,
    )
    assert.strictEqual(Query.encodeResponse(Operations.AssumeRole, assumedRole, requestId), assumedRoleXml)
  })

  it("writes JSON with the expiration in seconds", () => {
    assert.strictEqual(
      Query.encodeResponseJson(Operations.AssumeRole, assumedRole, requestId),
      `{"AssumeRoleResponse":{"AssumeRoleResult":{"AssumedRoleUser":{"AssumedRoleId":"AROAEXAMPLE:s","Arn":"arn:aws:sts::111111111111:assumed-role/demo/s"},"Credentials":{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"a+/=&<>","SessionToken":"token","Expiration":1783936800},"SourceIdentity":"alice","PackedPolicySize":6},"ResponseMetadata":{"RequestId":"${requestId}"}}}`,
    )
    assert.include(
      Query.encodeResponseJson(
        Operations.GetWebIdentityToken,
        { WebIdentityToken: "e30", Expiration: "2026-07-13T10:00:00Z" },
        requestId,
      ),
      `{"WebIdentityToken":"e30","Expiration":1783936800}`,
    )
  })
})

const failureOf = <A, E extends { readonly message: string }>(result: Result.Result<A, E>) =>
  Result.match(result, { onFailure: (error) => error.message, onSuccess: () => "accepted" })

describe("Query.decodeResponse", () => {
  it("keeps strings strings and makes numbers numbers", () => {
    assert.deepStrictEqual(decodeXml(Operations.GetCallerIdentity, callerIdentity).response, {
      Arn: "arn:aws:iam::000123456789:user/alice",
      UserId: "AIDAEXAMPLE",
      Account: "000123456789",
    })
    assert.deepStrictEqual(decodeXml(Operations.AssumeRole, assumedRoleXml).response, assumedRole)
  })

  it.each([
    ["minified", callerIdentity.replace(/\n */g, "")],
    ["with a declaration", `<?xml version="1.0" encoding="UTF-8"?>\n${callerIdentity}`],
    ["with unknown members", callerIdentity.replace("<UserId>", "<New><Arn>no</Arn></New><UserId>")],
    [
      "in another order",
      callerIdentity
        .replace(/ *<ResponseMetadata>[^]*<\/ResponseMetadata>\n/, "")
        .replace(
          "<GetCallerIdentityResult>",
          `<ResponseMetadata><RequestId>\n${requestId}\n</RequestId></ResponseMetadata><GetCallerIdentityResult>`,
        ),
    ],
    ["without a namespace", callerIdentity.replace(/ xmlns="[^"]*"/, "")],
    ["with a member twice", callerIdentity.replace("</Account>", "</Account><Account>2</Account>")],
  ])("reads an answer %s", (_, document) => {
    assert.deepStrictEqual(
      decodeXml(Operations.GetCallerIdentity, document),
      decodeXml(Operations.GetCallerIdentity, callerIdentity),
    )
    assert.strictEqual(decodeXml(Operations.GetCallerIdentity, document).requestId, requestId)
  })

  it("leaves out what is missing", () => {
    const document = "<AssumeRoleResponse><AssumeRoleResult><Credentials/></AssumeRoleResult></AssumeRoleResponse>"
    assert.deepStrictEqual(decodeXml(Operations.AssumeRole, document), {
      response: { Credentials: {} },
      requestId: undefined,
    })
  })

  it.each([
    ["HTML", "<html><body><h1>502 Bad Gateway</h1></body></html>", "The document is not an answer to AssumeRole"],
    ["another operation's", callerIdentity, "The document is not an answer to AssumeRole"],
    ["no result", "<AssumeRoleResponse/>", "The document is not an answer to AssumeRole"],
    ["JSON", `{"AssumeRoleResponse":{}}`, "The document is not well-formed XML (line 1, column 1)."],
    ["nothing", "", "The document is not well-formed XML (line 1, column 1)."],
    ["half", assumedRoleXml.slice(0, 400), "The document is not well-formed XML (line 10, column 19)."],
    ["no number", assumedRoleXml.replace(">6<", ">6.5<"), "PackedPolicySize is not an integer"],
    ["no number at all", assumedRoleXml.replace(">6<", "><"), "PackedPolicySize is not an integer"],
    [
      "too large a number",
      assumedRoleXml.replace(">6<", ">99999999999999999999<"),
      "PackedPolicySize is not an integer",
    ],
  ])("refuses %s", (_, document, message) => {
    assert.strictEqual(failureOf(Query.decodeResponse(Operations.AssumeRole, document)), message)
  })

  it("passes limits on", () => {
    assert.isTrue(Result.isFailure(Query.decodeResponse(Operations.AssumeRole, assumedRoleXml, { maxLength: 10 })))
  })
})

const denied = {
  code: "SignatureDoesNotMatch",
  message: "Credential should be scoped to a valid region. ",
  type: "Sender",
} as const

describe("Query.encodeError", () => {
  it("writes STS's own bytes", () => {
    assert.strictEqual(
      Query.encodeError(denied, requestId),
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>SignatureDoesNotMatch</Code>
    <Message>Credential should be scoped to a valid region. </Message>
  </Error>
  <RequestId>${requestId}</RequestId>
</ErrorResponse>
`,
    )
  })

  it("has another namespace for an action that there is not", () => {
    const document = Query.encodeError({ ...denied, code: "InvalidAction" }, requestId)
    assert.include(document, `xmlns="http://webservices.amazon.com/AWSFault/2005-15-09"`)
  })

  it("leaves an empty message out", () => {
    assert.notInclude(Query.encodeError({ ...denied, message: "" }, requestId), "Message")
    assert.notInclude(Query.encodeErrorJson({ ...denied, message: "" }, requestId), "Message")
  })

  it("writes JSON", () => {
    assert.strictEqual(
      Query.encodeErrorJson(denied, requestId),
      `{"Error":{"Code":"SignatureDoesNotMatch","Message":"Credential should be scoped to a valid region. ","Type":"Sender"},"RequestId":"${requestId}"}`,
    )
  })
})

describe("Query.decodeError", () => {
  const CodeName = Schema.NonEmptyString.check(Schema.isPattern(/^[A-Za-z]+$/))

  it.prop(
    "reads what was written",
    [Schema.Struct({ code: CodeName, message: Schema.String, type: Schema.Literals(["Sender", "Receiver"]) })],
    ([error]) => {
      assert.deepStrictEqual(Result.getOrThrow(Query.decodeError(Query.encodeError(error, requestId))), {
        ...(asInXml(error) as Query.ServiceError),
        requestId,
      })
    },
  )

  it.each([
    ["<ErrorResponse><RequestId>1</RequestId><Error><Code> A </Code></Error></ErrorResponse>", "1"],
    ["<ErrorResponse><Error><Message/><Type/><Code>A</Code></Error></ErrorResponse>", undefined],
    ["<Error><Code>A</Code><RequestId>1</RequestId></Error>", "1"],
  ])("reads %s", (document, requestId) => {
    assert.deepStrictEqual(Result.getOrThrow(Query.decodeError(document)), {
      code: "A",
      message: "",
      type: "Sender",
      requestId,
    })
  })

  it.each([
    ["<UnknownOperationException/>", "The document is not an error of STS"],
    ["<ErrorResponse><Error><Code/></Error></ErrorResponse>", "The document is not an error of STS"],
    ["<html><head/></html>", "The document is not an error of STS"],
    [callerIdentity, "The document is not an error of STS"],
    ["", "The document is not well-formed XML (line 1, column 1)."],
  ])("refuses %s", (document, message) => {
    assert.strictEqual(failureOf(Query.decodeError(document)), message)
  })
})

describe("Query's errors", () => {
  it("quote nothing that they were given", () => {
    const secret = "wJalrXUtnFEMI"
    const messages = [
      failureOf(Query.decodeRequest(Operations.AssumeRole, new Map([["DurationSeconds", secret]]))),
      failureOf(Query.parseForm(secret, { maxLength: 1 })),
      failureOf(Query.decodeError(`<${secret}/>`)),
      failureOf(Query.decodeResponse(Operations.AssumeRole, `<${secret}>`)),
      failureOf(Query.decodeResponse(Operations.AssumeRole, assumedRoleXml.replace(">6<", `>${secret}<`))),
    ]
    for (const message of messages) {
      assert.notInclude(message, secret)
    }
  })

  it("are typed", () => {
    const result = Query.decodeResponse(Operations.AssumeRole, "")
    assert.isTrue(Result.isFailure(result) && result.failure instanceof Xml.XmlError)
  })
})
