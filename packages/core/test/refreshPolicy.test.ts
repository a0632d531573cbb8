import { assert, describe, it } from "@effect/vitest"
import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const seconds = Duration.toSeconds

describe("RefreshPolicy", () => {
  it.effect("is by default the rules that the AWS SDKs agreed on", () =>
    Effect.gen(function* () {
      const policy = yield* RefreshPolicy.RefreshPolicy
      const range = ({ max, min }: RefreshPolicy.Range) => [seconds(min), seconds(max)]
      assert.strictEqual(policy.onOutage, "serveStale")
      assert.strictEqual(policy.advisoryWindow, RefreshPolicy.advisoryWindow)
      assert.strictEqual(seconds(policy.mandatoryWindow), 60)
      assert.deepStrictEqual(range(policy.backoff), [300, 600])
      assert.deepStrictEqual(range(policy.errorMemory), [1, 5])
      assert.strictEqual(seconds(policy.loadTimeout), 20)
    }),
  )

  it.effect("of a layer is what it names, and the default for all else", () =>
    Effect.gen(function* () {
      const policy = yield* RefreshPolicy.RefreshPolicy
      assert.strictEqual(policy.onOutage, "fail")
      assert.strictEqual(seconds(policy.loadTimeout), 20)
    }).pipe(Effect.provide(RefreshPolicy.layer({ onOutage: "fail" }))),
  )
})
