// What a CredentialsError is after it has crossed a wire, as with RPC and workers.
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as CredentialsError from "../src/CredentialsError.ts"

const codec = Schema.toCodecJson(CredentialsError.CredentialsError)

const crossed = (reason: CredentialsError.Reason) =>
  Schema.encodeEffect(codec)(new CredentialsError.CredentialsError({ reason })).pipe(
    Effect.map((encoded): unknown => JSON.parse(JSON.stringify(encoded))),
    Effect.flatMap(Schema.decodeUnknownEffect(codec)),
  )

class Broken extends Error {
  override readonly name = "Broken"
  readonly secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
}

describe("a CredentialsError that has crossed a wire", () => {
  it.effect("says when the credentials expired", () =>
    Effect.gen(function* () {
      const expiration = DateTime.makeUnsafe("2026-07-13T10:00:00.700Z")
      const { reason } = yield* crossed(new CredentialsError.Expired({ message: "alice has expired", expiration }))
      assert(reason._tag === "Expired")
      assert.strictEqual(DateTime.toEpochMillis(reason.expiration), DateTime.toEpochMillis(expiration))
    }),
  )

  it.effect.each<readonly [what: string, error: unknown, name: string, message: string]>([
    ["an error", new Broken("no answer"), "Broken", "no answer"],
    ["a string", "no answer", "Error", "no answer"],
    ["anything else", { secret: "planted" }, "Error", ""],
  ])(
    "says what a source failed with: of %s its name and message, and nothing that else was in it",
    ([, error, ...said]) =>
      Effect.gen(function* () {
        const failed = new CredentialsError.RefreshFailed({ message: "alice failed", label: "alice", error })
        assert.strictEqual(failed.error, error)
        const { reason } = yield* crossed(failed)
        assert(reason._tag === "RefreshFailed" && reason.error instanceof Error)
        assert.deepStrictEqual([reason.error.name, reason.error.message], said)
        assert.notInclude(
          JSON.stringify(yield* Schema.encodeEffect(codec)(new CredentialsError.CredentialsError({ reason: failed }))),
          "planted",
        )
      }),
  )
})
