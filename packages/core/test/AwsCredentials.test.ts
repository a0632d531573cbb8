import { assert, describe, it } from "@effect/vitest"
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"

const accessKeyId = "AKIAIOSFODNN7EXAMPLE"
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
const sessionToken = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"
const expiration = DateTime.makeUnsafe("2026-07-13T10:00:00Z")

const whole = { accessKeyId, secretAccessKey, sessionToken, expiration }

/** What somebody may give from JavaScript, or out of an environment. */
const given = (input: unknown) => AwsCredentials.fromInput(input as AwsCredentials.Input)

describe("fromInput", () => {
  it.effect.each<readonly [what: string, input: unknown, field: string, message: string]>([
    [
      "no secret",
      { accessKeyId },
      "secretAccessKey",
      "secretAccessKey is missing: credentials are set whole or not at all",
    ],
    [
      "no access key id",
      { secretAccessKey },
      "accessKeyId",
      "accessKeyId is missing: credentials are set whole or not at all",
    ],
    [
      "just a token",
      { sessionToken },
      "accessKeyId",
      "accessKeyId is missing: credentials are set whole or not at all",
    ],
    ["nothing in it", {}, "accessKeyId", "accessKeyId is missing: credentials are set whole or not at all"],
    ["nothing at all", undefined, "credentials", "credentials must be an accessKeyId and a secretAccessKey"],
    ["null", null, "credentials", "credentials must be an accessKeyId and a secretAccessKey"],
    ["a string", "AKIA:secret", "credentials", "credentials must be an accessKeyId and a secretAccessKey"],
    [
      "an undefined secret",
      { accessKeyId, secretAccessKey: undefined },
      "secretAccessKey",
      "secretAccessKey is missing: credentials are set whole or not at all",
    ],
    [
      "a null secret",
      { accessKeyId, secretAccessKey: null },
      "secretAccessKey",
      "secretAccessKey expected a Redacted string",
    ],
    [
      "an empty access key id",
      { accessKeyId: "", secretAccessKey },
      "accessKeyId",
      "accessKeyId must have 1 to 128 characters, but has 0",
    ],
    [
      "an empty secret",
      { accessKeyId, secretAccessKey: "" },
      "secretAccessKey",
      "secretAccessKey must have at least 1 character, but has 0",
    ],
    [
      "an empty Redacted secret",
      { accessKeyId, secretAccessKey: Redacted.make("") },
      "secretAccessKey",
      "secretAccessKey must have at least 1 character, but has 0",
    ],
    [
      "an empty token",
      { accessKeyId, secretAccessKey, sessionToken: "" },
      "sessionToken",
      "sessionToken must have at least 1 character, but has 0",
    ],
    [
      "an id with a newline",
      { accessKeyId: `${accessKeyId}\n`, secretAccessKey },
      "accessKeyId",
      "accessKeyId may have only the characters [\\w], but its character 21 is a line break",
    ],
    [
      "a temporary key without token",
      { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey },
      "sessionToken",
      "sessionToken is missing: an access key id that starts with ASIA is temporary and needs one",
    ],
    [
      "the same, made with new",
      new AwsCredentials.AwsCredentials({
        accessKeyId: "ASIAIOSFODNN7EXAMPLE",
        secretAccessKey: Redacted.make(secretAccessKey),
      }),
      "sessionToken",
      "sessionToken is missing: an access key id that starts with ASIA is temporary and needs one",
    ],
    [
      "what nobody has checked",
      new AwsCredentials.AwsCredentials(
        { accessKeyId: "", secretAccessKey: Redacted.make(secretAccessKey) },
        { disableChecks: true },
      ),
      "accessKeyId",
      "accessKeyId must have 1 to 128 characters, but has 0",
    ],
    ...["\n", "\r\n", "\t", " "].map(
      (end) =>
        [
          `a secret that ends in ${JSON.stringify(end)}`,
          { accessKeyId, secretAccessKey: secretAccessKey + end },
          "secretAccessKey",
          "secretAccessKey must not begin or end with white space",
        ] as const,
    ),
    [
      "a token that begins with a space",
      { ...whole, sessionToken: ` ${sessionToken}` },
      "sessionToken",
      "sessionToken must not begin or end with white space",
    ],
    ...["\n", "\r\n", "\0", "é"].map(
      (inside) =>
        [
          `a token with ${JSON.stringify(inside)} in it`,
          { ...whole, sessionToken: `${sessionToken}${inside}${sessionToken}` },
          "sessionToken",
          "sessionToken must have no line breaks, and nothing else that a header cannot carry",
        ] as const,
    ),
    ["an expiration that is no date", { ...whole, expiration: "tomorrow" }, "expiration", "expiration must be a date"],
    ["an expiration that is no time", { ...whole, expiration: Number.NaN }, "expiration", "expiration must be a date"],
    ["an invalid Date", { ...whole, expiration: new Date("never") }, "expiration", "expiration must be a date"],
    ["an id that is a number", { accessKeyId: 7, secretAccessKey }, "accessKeyId", "accessKeyId expected string"],
    [
      "a Redacted number for a secret",
      { accessKeyId, secretAccessKey: Redacted.make(7) },
      "secretAccessKey",
      "secretAccessKey expected a Redacted string",
    ],
  ])("refuses %s, by name", ([, input, field, message]) =>
    Effect.map(Effect.flip(given(input)), (error) => {
      assert.strictEqual(error._tag, "InvalidCredentials")
      assert.strictEqual(error.field, field)
      assert.strictEqual(error.message, message)
    }),
  )

  it.effect("gives what nobody can change: all who share a session have it", () =>
    Effect.gen(function* () {
      const credentials = yield* given(whole)
      for (const field of ["accessKeyId", "secretAccessKey", "sessionToken", "expiration"]) {
        assert.throws(() => Object.assign(credentials, { [field]: undefined }), TypeError)
      }
      assert.throws(() => Object.assign(credentials, { more: 1 }), TypeError)
      assert.isTrue(Equal.equals(credentials, yield* given(whole)))
    }),
  )

  it.effect.each<readonly [what: string, input: AwsCredentials.Input]>([
    ["plain strings", whole],
    [
      "Redacted ones",
      { ...whole, secretAccessKey: Redacted.make(secretAccessKey), sessionToken: Redacted.make(sessionToken) },
    ],
    ["one of each", { ...whole, sessionToken: Redacted.make(sessionToken) }],
    ["a Date", { ...whole, expiration: new Date("2026-07-13T10:00:00Z") }],
    ["an ISO date", { ...whole, expiration: "2026-07-13T12:00:00+02:00" }],
    ["milliseconds", { ...whole, expiration: Date.UTC(2026, 6, 13, 10) }],
    [
      "a zoned time",
      { ...whole, expiration: DateTime.makeZonedUnsafe("2026-07-13T10:00:00Z", { timeZone: "Asia/Tokyo" }) },
    ],
    [
      "AwsCredentials",
      new AwsCredentials.AwsCredentials({
        ...whole,
        secretAccessKey: Redacted.make(secretAccessKey),
        sessionToken: Redacted.make(sessionToken),
      }),
    ],
  ])("takes %s", ([, input]) =>
    Effect.map(AwsCredentials.fromInput(input), (credentials) => {
      assert.instanceOf(credentials, AwsCredentials.AwsCredentials)
      assert(AwsCredentials.isTemporary(credentials))
      assert.strictEqual(credentials.accessKeyId, accessKeyId)
      assert.strictEqual(Redacted.value(credentials.secretAccessKey), secretAccessKey)
      assert.strictEqual(Redacted.value(credentials.sessionToken), sessionToken)
      assert.isTrue(Equal.equals(credentials.expiration, expiration))
    }),
  )

  it.effect("leaves out what is undefined", () =>
    Effect.gen(function* () {
      const input = { accessKeyId: "AKIDEXAMPLE", secretAccessKey, sessionToken: undefined, expiration: undefined }
      const credentials = yield* AwsCredentials.fromInput(input)
      assert.isFalse(AwsCredentials.isTemporary(credentials))
      assert.isFalse("sessionToken" in credentials)
      assert.isFalse("expiration" in credentials)
    }),
  )

  it.effect("shows no secret in what it refuses", () =>
    Effect.gen(function* () {
      for (const input of [
        { accessKeyId: "", secretAccessKey, sessionToken },
        { accessKeyId: "no word", secretAccessKey, sessionToken },
        { accessKeyId, secretAccessKey, sessionToken: "" },
        { ...whole, expiration: "tomorrow" },
      ]) {
        const error = yield* Effect.flip(AwsCredentials.fromInput(input))
        checkHidden(error)
      }
    }),
  )
})

const checkHidden = (value: unknown) => {
  for (const shown of [JSON.stringify(value), inspect(value, { depth: 9, showHidden: true }), String(value)]) {
    assert.notInclude(shown, secretAccessKey)
    assert.notInclude(shown, sessionToken)
  }
}

describe("AwsCredentials", () => {
  const encoded = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: "2026-07-13T10:00:00Z",
  }

  it.effect("never shows its secrets", () =>
    Effect.map(AwsCredentials.fromInput(whole), (credentials) => {
      checkHidden(credentials)
      checkHidden({ credentials: [credentials] })
      assert.include(JSON.stringify(credentials), accessKeyId)
    }),
  )

  it.effect("is equal to another of the same keys, and to no other", () =>
    Effect.gen(function* () {
      const credentials = yield* AwsCredentials.fromInput(whole)
      assert.isTrue(Equal.equals(credentials, yield* AwsCredentials.fromInput(whole)))
      for (const other of [
        { ...whole, secretAccessKey: "another" },
        { ...whole, sessionToken: "another" },
        { ...whole, expiration: 0 },
        { accessKeyId, secretAccessKey },
      ]) {
        assert.isFalse(Equal.equals(credentials, yield* AwsCredentials.fromInput(other)))
      }
    }),
  )

  it.effect("goes to AWS's names and back", () =>
    Effect.gen(function* () {
      const credentials = yield* Schema.decodeEffect(AwsCredentials.FromAws)(encoded)
      assert.instanceOf(credentials, AwsCredentials.AwsCredentials)
      assert.isTrue(Equal.equals(credentials, yield* AwsCredentials.fromInput(whole)))
      assert.deepStrictEqual(yield* Schema.encodeEffect(AwsCredentials.FromAws)(credentials), encoded)
    }),
  )

  it.effect.prop("goes to AWS's names and back, whatever is in it", [AwsCredentials.AwsCredentials], ([credentials]) =>
    Effect.gen(function* () {
      const there = yield* Schema.encodeEffect(AwsCredentials.FromAws)(credentials)
      assert.isTrue(Equal.equals(yield* Schema.decodeEffect(AwsCredentials.FromAws)(there), credentials))
    }),
  )

  it.effect.each<readonly [written: string, again: string]>([
    ["2026-07-13T10:00:00Z", "2026-07-13T10:00:00Z"],
    ["2026-07-13T10:00:00.000Z", "2026-07-13T10:00:00Z"],
    ["2026-07-13T10:00:00.250Z", "2026-07-13T10:00:00.250Z"],
    ["2026-07-13T12:00:00+02:00", "2026-07-13T10:00:00Z"],
  ])("reads the time %s", ([written, again]) =>
    Effect.gen(function* () {
      const instant = yield* Schema.decodeEffect(AwsCredentials.Timestamp)(written)
      assert.strictEqual(yield* Schema.encodeEffect(AwsCredentials.Timestamp)(instant), again)
    }),
  )

  it.effect.each(["", "never", "2026-13-45T10:00:00Z"])("does not read the time %j", (written) =>
    Effect.map(Effect.flip(Schema.decodeEffect(AwsCredentials.Timestamp)(written)), (error) =>
      assert.strictEqual(error._tag, "SchemaError"),
    ),
  )
})
