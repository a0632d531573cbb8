// What was recorded of the real STS, replayed against the server: facts/sts.md 3.1 to 3.3, case by case.
import * as Query from "@effect-sts/protocol/Query"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as StsMemory from "../src/StsMemory.ts"
import { alice, assumeRole, call, onWire, post, read, type Received, send, sendRaw, session } from "./support/wire.ts"
import { roleArn, sessionArn, userArn } from "./support/world.ts"

interface Expected {
  readonly status: number
  readonly code?: string
  readonly message?: string
  /** Where it is neither STS's answer nor its error. */
  readonly body?: string
}

type Reply = Effect.Effect<Received, never, StsMemory.StsMemory>

const version = Query.version
const front = "http://webservices.amazon.com/AWSFault/2005-15-09"

const ok: Expected = { status: 200 }
const validation = (fault: string): Expected => ({
  status: 400,
  code: "ValidationError",
  message: `1 validation error detected: ${fault}`,
})
const wrong = (value: string, field: string, rule: string) =>
  validation(`Value ${value} at '${field}' failed to satisfy constraint: Member must ${rule}`)
const refused = (message: string): Expected => ({ status: 400, code: "ValidationError", message })
const noOperation = (name: string, of = version): Expected => ({
  status: 400,
  code: "InvalidAction",
  message: `Could not find operation ${name} for version ${of}`,
})
const denied = (action: string, role: string, caller = userArn("alice")): Expected => ({
  status: 403,
  code: "AccessDenied",
  message: `User: ${caller} is not authorized to perform: sts:${action} on resource: ${roleArn(role)}`,
})
const malformed: Expected = { status: 400, code: "MalformedInput", message: "" }
const invalidToken: Expected = {
  status: 403,
  code: "InvalidClientTokenId",
  message: "The security token included in the request is invalid.",
}
const expired: Expected = {
  status: 403,
  code: "ExpiredToken",
  message: "The security token included in the request is expired",
}
const mismatch = (message: string): Expected => ({ status: 403, code: "SignatureDoesNotMatch", message })
const wrongSignature = mismatch(
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
)
const redirect: Expected = { status: 302, body: "" }

const who = call("GetCallerIdentity")
const whoIs = `Action=GetCallerIdentity&Version=${version}`
const assume = (parameters: Record<string, string>) => send(assumeRole(parameters))
const without = (...names: ReadonlyArray<string>) => {
  const parameters = new URLSearchParams(assumeRole().body)
  for (const name of names) parameters.delete(name)
  return send(post(parameters.toString()))
}
const lasting = (seconds: string, role = "account") => assume({ RoleArn: roleArn(role), DurationSeconds: seconds })
const chained = (parameters: Record<string, string>, before: Record<string, string> = {}) =>
  Effect.flatMap(session(roleArn("account"), {}, before), (as) =>
    send(assumeRole({ RoleArn: roleArn("chained"), ...parameters }), { as }),
  )
const withSession = (change: (keys: typeof alice) => typeof alice) =>
  Effect.flatMap(session(), (keys) => send(who, { as: change(keys) }))

const rows: ReadonlyArray<readonly [id: string, reply: Reply, expected: Expected, others?: ReadonlyArray<Reply>]> = [
  ["gci-get", send({ query: whoIs }), ok],
  ["gci-post", send(post(whoIs)), ok],
  [
    "post-charset",
    send(post(whoIs, { "content-type": "application/x-www-form-urlencoded; charset=utf-8" })),
    ok,
    [send(post(whoIs, { "content-type": "Application/X-WWW-Form-URLEncoded;charset=UTF-8" }))],
  ],
  ["post-no-content-type", send(post(whoIs, { "content-type": "text/plain" })), redirect],
  ["post-missing-action", send(post(`Version=${version}`)), redirect, [send({}), sendRaw({}), send(post(""))]],
  ["unknown-action", send(call("NoSuchAction")), noOperation("NoSuchAction"), [sendRaw(call("NoSuchAction"))]],
  ["missing-version", send(post("Action=GetCallerIdentity")), noOperation("GetCallerIdentity", "NO_VERSION_SPECIFIED")],
  [
    "unsupported-version",
    send(call("GetCallerIdentity", { Version: "2000-01-01" })),
    noOperation("GetCallerIdentity", "2000-01-01"),
  ],
  ["empty-action", send(call("")), noOperation("")],
  ["duplicate-action-first-valid", send(post(`Action=GetCallerIdentity&Action=NoSuchAction&Version=${version}`)), ok],
  [
    "duplicate-action-first-invalid",
    send(post(`Action=NoSuchAction&Action=GetCallerIdentity&Version=${version}`)),
    noOperation("NoSuchAction"),
  ],
  ["unknown-parameter", send(call("GetCallerIdentity", { Unknown: "value" })), ok],
  ["body-10000000", send(post(`${whoIs}&Padding=`.padEnd(10_000_000, "x"))), ok],
  ["ar-missing-rolearn", without("RoleArn"), wrong("null", "roleArn", "not be null")],
  [
    "ar-short-rolearn",
    assume({ RoleArn: "not-an-arn" }),
    wrong("'not-an-arn'", "roleArn", "have length greater than or equal to 20"),
  ],
  ["ar-malformed-rolearn", assume({ RoleArn: "x".repeat(20) }), refused("xxxxxxxxxxxxxxxxxxxx is invalid")],
  ["ar-unknown-role", assume({ RoleArn: roleArn("missing") }), denied("AssumeRole", "missing")],
  ["ar-missing-session", without("RoleSessionName"), wrong("null", "roleSessionName", "not be null")],
  [
    "ar-short-session",
    assume({ RoleSessionName: "a" }),
    wrong("'a'", "roleSessionName", "have length greater than or equal to 2"),
  ],
  [
    "ar-invalid-session",
    assume({ RoleSessionName: "bad/name" }),
    wrong("'bad/name'", "roleSessionName", String.raw`satisfy regular expression pattern: [\w+=,.@-]*`),
    [assume({ RoleSessionName: "bad/name", RoleArn: roleArn("missing") })],
  ],
  [
    "ar-long-session",
    assume({ RoleSessionName: "a".repeat(65) }),
    wrong(`'${"a".repeat(65)}'`, "roleSessionName", "have length less than or equal to 64"),
  ],
  ["ar-session-min", assume({ RoleSessionName: "aa" }), ok],
  ["ar-duration-abc", lasting("abc"), malformed],
  ["ar-duration-900.0", lasting("900.0"), malformed],
  ["ar-duration--2147483649", lasting("-2147483649"), malformed, [lasting("2147483648")]],
  ["ar-duration-899", lasting("899"), wrong("'899'", "durationSeconds", "have value greater than or equal to 900")],
  [
    "ar-duration--2147483648",
    lasting("-2147483648"),
    wrong("'-2147483648'", "durationSeconds", "have value greater than or equal to 900"),
  ],
  [
    "ar-duration-43201",
    lasting("43201"),
    wrong("'43201'", "durationSeconds", "have value less than or equal to 43200"),
  ],
  [
    "ar-duration-2147483647",
    lasting("2147483647"),
    wrong("'2147483647'", "durationSeconds", "have value less than or equal to 43200"),
  ],
  ["ar-duration-900", lasting("900"), ok],
  ["ar-duration-43200", lasting("43200"), ok],
  ["ar-duration-+900", lasting("+900"), ok, [lasting("0900")]],
  ["ar-default-duration", assume({}), ok],
  [
    "ar-over-role-max",
    lasting("3601", "narrow"),
    refused("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
  ],
  ["chain-3600", chained({ DurationSeconds: "3600" }), ok],
  [
    "chain-3601",
    chained({ DurationSeconds: "3601" }),
    refused("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."),
  ],
  [
    "chain-43201",
    chained({ DurationSeconds: "43201" }),
    wrong("'43201'", "durationSeconds", "have value less than or equal to 43200"),
  ],
  [
    "ext-wrong",
    assume({ RoleArn: roleArn("external"), ExternalId: "partner-2" }),
    denied("AssumeRole", "external"),
    [assume({ RoleArn: roleArn("external") })],
  ],
  ["srcid-trust-omitted", assume({ RoleArn: roleArn("sourced") }), denied("AssumeRole", "sourced")],
  [
    "srcid-trust-wrong",
    assume({ RoleArn: roleArn("sourced"), SourceIdentity: "eve" }),
    denied("SetSourceIdentity", "sourced"),
  ],
  [
    "srcid-replace-in-chain",
    chained({ SourceIdentity: "eve" }, { SourceIdentity: "ada" }),
    refused("The source identity is already set for this assume role session"),
  ],
  ["srcid-repeat-in-chain", chained({ SourceIdentity: "ada" }, { SourceIdentity: "ada" }), ok],
  [
    "auth-missing-token",
    withSession(({ accessKeyId, secretAccessKey }) => ({ accessKeyId, secretAccessKey })),
    invalidToken,
    [withSession(({ accessKeyId }) => ({ accessKeyId, secretAccessKey: "wrong" }))],
  ],
  ["auth-bad-signature", withSession((keys) => ({ ...keys, secretAccessKey: "wrong" })), wrongSignature],
  [
    "auth-role-deleted",
    Effect.flatMap(session(), (as) => Effect.andThen(StsMemory.deleteRole(roleArn("account")), send(who, { as }))),
    invalidToken,
    [Effect.flatMap(session(), (as) => Effect.andThen(StsMemory.recreateRole(roleArn("account")), send(who, { as })))],
  ],
  [
    "auth-expired",
    Effect.flatMap(session(), (as) => Effect.andThen(TestClock.adjust("1 hour"), send(who, { as }))),
    expired,
    [
      Effect.flatMap(session(), (as) =>
        Effect.andThen(TestClock.adjust("1 hour"), send(who, { as: { ...as, secretAccessKey: "wrong" } })),
      ),
      Effect.flatMap(session(), (as) =>
        Effect.andThen(
          Effect.andThen(TestClock.adjust("1 hour"), StsMemory.deleteRole(roleArn("account"))),
          send(who, { as }),
        ),
      ),
    ],
  ],
  [
    "scope-wrong-region",
    send(who, { region: "eu-west-1" }),
    mismatch("Credential should be scoped to a valid region. "),
    [send(who, { region: "eu-west-1", as: { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" } })],
  ],
  [
    "scope-wrong-service",
    send(who, { service: "s3" }),
    mismatch("Credential should be scoped to correct service: 'sts'. "),
  ],
  [
    "scope-global",
    send(who, { host: "sts.amazonaws.com", region: "us-west-2" }),
    mismatch("Credential should be scoped to a valid region. "),
  ],
  [
    "payload-mismatch",
    send({ ...who, headers: { ...who.headers, "x-amz-content-sha256": "0".repeat(64) } }),
    wrongSignature,
    [send({ ...who, headers: { ...who.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } })],
  ],
  [
    "unknown-path",
    sendRaw({ path: "/x" }),
    { status: 404, body: "<UnknownOperationException/>" },
    [
      ...["POST", "PUT", "DELETE", "OPTIONS", "PATCH"].map((method) => sendRaw({ method, path: "/x/", query: whoIs })),
      send({ path: "//", query: whoIs }, { service: "s3" }),
    ],
  ],
  [
    "options-preflight",
    sendRaw({
      method: "OPTIONS",
      headers: { origin: "https://example.com", "access-control-request-method": "POST" },
    }),
    { status: 200, body: "" },
  ],
]

/** Those that a world cannot express yet, and why. */
const missing: ReadonlyMap<string, string> = new Map()

const namespaceOf = ({ code }: Expected) => (code === "InvalidAction" ? front : Query.namespace)

describe("as recorded from STS", () => {
  for (const [id, reply, expected, others = []] of rows) {
    it.effect(id, () =>
      Effect.gen(function* () {
        for (const each of [reply, ...others]) {
          const received = yield* onWire()(each)
          if (expected.body === undefined) {
            assert.deepStrictEqual(read(received), { ...expected, namespace: namespaceOf(expected) })
          } else {
            assert.deepStrictEqual([received.status, received.body], [expected.status, expected.body])
          }
        }
      }),
    )
  }

  it.effect("the global endpoint takes us-east-1, also where the world is elsewhere", () =>
    Effect.gen(function* () {
      const elsewhere = {
        region: "eu-central-1",
        accounts: { "111111111111": { users: { alice: { accessKeys: [alice] } } } },
      }
      const global = onWire(elsewhere)
      assert.strictEqual((yield* global(send(who, { host: "sts.amazonaws.com" }))).status, 200)
      assert.strictEqual((yield* global(send(who, { host: "sts.amazonaws.com:80" }))).status, 200)
      assert.strictEqual((yield* global(send(who))).status, 403)
      assert.strictEqual((yield* global(send(who, { region: "eu-central-1" }))).status, 200)
    }),
  )

  it.effect("a chained call is the session's", () =>
    Effect.gen(function* () {
      const { body } = yield* Effect.flatMap(session(), (as) => send(who, { as }))
      assert.include(body, `<Arn>${sessionArn("account")}</Arn>`)
    }).pipe(onWire()),
  )
})

// The recording itself is not part of this repository.
const recorded = fileURLToPath(new URL("../../../../shared/data/wire-cases.json", import.meta.url))

describe.skipIf(!existsSync(recorded))("the recording (skipped where ../shared is not there)", () => {
  const { cases }: { cases: ReadonlyArray<Expected & { readonly id: string; readonly xmlns?: string }> } = existsSync(
    recorded,
  )
    ? JSON.parse(readFileSync(recorded, "utf8"))
    : { cases: [] }

  it("has no case that is neither tested here nor listed as missing", () => {
    const known = [...rows.map(([id]) => id), ...missing.keys()]
    assert.sameMembers(
      known,
      cases.map(({ id }) => id),
    )
  })

  it.each(rows.map(([id, , expected]) => [id, expected] as const))(
    "says of %s what is expected here",
    (id, expected) => {
      const found = cases.find((each) => each.id === id)
      assert(found !== undefined)
      assert.strictEqual(expected.status, found.status)
      assert.strictEqual(expected.code, found.code)
      // Placeholders stand for ARNs.
      const pattern = (found.message ?? "")
        .replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
        .replaceAll(/\{\w+\}/g, String.raw`\S+`)
      assert.match(expected.message ?? "", new RegExp(`^${pattern}$`))
      if (found.body !== undefined) assert.strictEqual(expected.body, found.body)
      if (found.xmlns !== undefined) assert.strictEqual(namespaceOf(expected), found.xmlns)
    },
  )
})
