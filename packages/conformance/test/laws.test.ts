import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Law from "../src/Law.ts"
import * as Laws from "../src/Laws.ts"
import * as Backends from "./support/backends.ts"

const law = (holds: Law.Law["holds"]): Law.Law => ({ name: "a law", holds })

describe("the laws", () => {
  it("have names of their own", () => {
    assert.strictEqual(new Set(Laws.all.map(({ name }) => name)).size, Laws.all.length)
  })

  it("ask for each capability, and each law is run over some backend", () => {
    const needed = new Set(Laws.all.flatMap(({ needs }) => needs ?? []))
    assert.sameMembers([...needed], Object.keys(Law.defaultCapabilities))
    for (const law of Laws.all) {
      assert.isTrue(
        Backends.all.some((backend) => Law.missing(law, backend) === undefined),
        law.name,
      )
    }
  })

  it.live("are broken by failures and by defects, in their own words", () =>
    Effect.gen(function* () {
      for (const holds of [Effect.fail("in words"), Effect.die(new Error("in words")), Effect.interrupt]) {
        const broken = yield* Effect.flip(Law.check(law(holds), Backends.memory))
        assert.strictEqual(broken.law, "a law")
        if (holds !== Effect.interrupt) assert.include(broken.message, "in words")
      }
    }),
  )

  it.live("are broken by a layer that cannot be built", () =>
    Effect.gen(function* () {
      const { layer } = Backends.memory
      const broken = yield* Effect.flip(Law.check(law(Effect.void), { layer: () => layer({ accounts: { "1": {} } }) }))
      assert.include(broken.message, "WorldError")
    }),
  )

  it.live("are skipped where the backend lacks what they need", () =>
    Effect.gen(function* () {
      const needy: Law.Law = { ...law(Effect.die("run")), needs: "ownClock" }
      assert.strictEqual(yield* Law.check(needy, Backends.memory), "skipped")
      assert.strictEqual(yield* Law.check(law(Effect.void), Backends.memory), "holds")
    }),
  )
})
