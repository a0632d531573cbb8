import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as StubSts from "./support/stubSts.ts"

const expired = StubSts.refused("ExpiredToken", "The security token included in the request is expired")

describe("a source whose identity below is refused as expired", () => {
  it.effect("gives those credentials up and signs once more with new ones", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      stub.next(expired)
      assert.strictEqual(yield* StubSts.whoami.pipe(CredentialStack.use(StubSts.role("B"))), "root>A>B")
      assert.deepStrictEqual(stub.issued(), [
        "root AssumeRole A",
        "root>A AssumeRole B",
        "root AssumeRole A",
        "root>A AssumeRole B",
      ])
    }).pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(StubSts.layer(stub)))
  })

  it.effect("fails where there are no others", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      stub.next(expired)
      const failure = yield* Effect.flip(StubSts.whoami.pipe(CredentialStack.use(StubSts.role("A"))))
      assert.strictEqual(failure.reason._tag, "ExpiredToken")
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A"])
      assert.strictEqual(yield* StubSts.current, "root")
    }).pipe(Effect.provide(StubSts.layer(stub)))
  })
})
