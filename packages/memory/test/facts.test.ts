// What facts/sts.md, section 3, knows from AWS itself ([live]) or from who quoted it ([field]), to the letter, where no other
// test has it. FIDELITY.md names the test of each fact.
import * as StsError from "@effect-sts/core/StsError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import { issuer, webArn, world as identityWorld } from "./support/identity.ts"
import { assumeRole, call, onWire, read, type Received, send, sendRaw } from "./support/wire.ts"
import { roleArn, sessionArn } from "./support/world.ts"

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

type Reply = Effect.Effect<Received, never, StsMemory.StsMemory>
type Row = readonly [fact: string, reply: Reply, status: number, code: string, message: string]

const invalidArn = (fact: string, arn: string): Row => [
  `[live] a role ARN ${fact} is invalid`,
  send(assumeRole({ RoleArn: arn })),
  400,
  "ValidationError",
  `${arn} is invalid`,
]

const rows: ReadonlyArray<Row> = [
  invalidArn("without anything of an ARN", "nothing-valid-in-here"),
  invalidArn("without a partition", "arn::b:::something/test-role"),
  invalidArn("without enough colons", "arn:a:::something/test-role"),
  invalidArn("without a resource", "arn:a:a::aaaaaaaaaa:"),
  [
    "[live] a session name with a colon is said to break the pattern",
    send(assumeRole({ RoleSessionName: "Session1:2" })),
    400,
    "ValidationError",
    String.raw`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
  ],
  [
    "[live] two faults are counted, and joined by a semicolon",
    send(assumeRole({ RoleSessionName: "a", DurationSeconds: "899" })),
    400,
    "ValidationError",
    "2 validation errors detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
  ],
  [
    "[live] an empty duration is malformed, in words of its own",
    send(assumeRole({ DurationSeconds: "" })),
    400,
    "MalformedInput",
    "missing value for decimal type",
  ],
  [
    "[field] a clock that is slow is told all three times",
    Effect.andThen(
      TestClock.setTime(Date.UTC(2021, 4, 2, 17, 46, 43)),
      send(assumeRole(), { ahead: Date.UTC(2021, 4, 2, 14, 40, 40) / 1000 - Date.UTC(2021, 4, 2, 17, 46, 43) / 1000 }),
    ),
    403,
    "SignatureDoesNotMatch",
    "Signature expired: 20210502T144040Z is now earlier than 20210502T173143Z (20210502T174643Z - 15 min.)",
  ],
  [
    "[field] throttling is a 400 in STS's own envelope",
    Effect.andThen(
      StsMemory.failNext({ times: 1, reason: new StsError.Throttling({ message: "Rate exceeded" }) }),
      send(call("GetCallerIdentity")),
    ),
    400,
    "Throttling",
    "Rate exceeded",
  ],
]

describe("as AWS was seen to say it", () => {
  for (const [fact, reply, status, code, message] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(read(yield* reply), { status, namespace, code, message })
      }).pipe(onWire()),
    )
  }

  it.effect("[live] the same words for who may not, whoever and whatever it is", () =>
    Effect.gen(function* () {
      const words = new Set<string>()
      for (const role of [roleArn("missing"), roleArn("nobody"), roleArn("external"), roleArn("own", "222222222222")]) {
        const { message = "" } = read(yield* send(assumeRole({ RoleArn: role })))
        words.add(message.replace(role, "ROLE"))
      }
      assert.lengthOf([...words], 1)
    }).pipe(onWire()),
  )

  it.effect.each([
    ["invalid json", "'i' (code 105)", "line: 1, column: 2"],
    ["\n  <policy/>", "'<' (code 60)", "line: 2, column: 4"],
  ] as const)(
    "[field] the words of STS's parser for a policy that does not begin as JSON: %s",
    ([policy, found, place]) =>
      Effect.gen(function* () {
        assert.deepInclude(read(yield* send(assumeRole({ Policy: policy }))), {
          status: 400,
          code: "MalformedPolicyDocument",
          message: `Unexpected character (${found}): expected a valid value (number, String, array, object, 'true', 'false' or 'null')\n at [Source: java.io.StringReader@52b5743d; ${place}]`,
        })
      }).pipe(onWire()),
  )

  it.effect("[live] a role ARN without a service is invalid", () =>
    Effect.gen(function* () {
      const arn = "arn:a::::something/test-role"
      assert.strictEqual(read(yield* send(assumeRole({ RoleArn: arn }))).message, `${arn} is invalid`)
    }).pipe(onWire()),
  )

  it.effect("[field] a web identity is answered in JSON where that is wanted", () =>
    Effect.gen(function* () {
      const asJson = (token: string) => {
        const sent = call("AssumeRoleWithWebIdentity", {
          RoleArn: webArn,
          RoleSessionName: "test",
          WebIdentityToken: token,
        })
        return sendRaw({ ...sent, headers: { ...sent.headers, accept: "application/json" } })
      }
      const token = yield* StsMemory.webIdentityToken({ provider: issuer, subject: "ada" })
      const { AssumeRoleWithWebIdentityResponse: answer, ...others } = JSON.parse(
        (yield* asJson(Redacted.value(token))).body,
      )
      assert.deepStrictEqual(others, {})
      const { AssumeRoleWithWebIdentityResult: result, ResponseMetadata } = answer
      assert.strictEqual(result.AssumedRoleUser.Arn, sessionArn("web"))
      assert.strictEqual(result.Credentials.Expiration, Date.UTC(2026, 6, 13, 11) / 1000)
      assert.hasAllKeys(ResponseMetadata, ["RequestId"])
      const refused = yield* asJson("an access token")
      assert.strictEqual(refused.status, 400)
      const { Error: error, RequestId, ...more } = JSON.parse(refused.body)
      assert.deepStrictEqual(more, {})
      assert.strictEqual(RequestId, refused.headers["x-amzn-requestid"])
      assert.deepStrictEqual(error, {
        Code: "InvalidIdentityToken",
        Message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        Type: "Sender",
      })
    }).pipe(onWire(identityWorld)),
  )
})
