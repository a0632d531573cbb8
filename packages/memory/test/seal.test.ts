// Texts that only a world of the same seed can read or make.
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import * as Seal from "../src/internal/seal.ts"

const nonce = new Uint8Array(Seal.nonceBytes)

describe("seal", () => {
  it("opens with the seed and the purpose that a text was made with, to the letter", () => {
    const text = FastCheck.string({ unit: "grapheme" })
    FastCheck.assert(
      FastCheck.property(text, text, FastCheck.nat(500), FastCheck.nat(), (seed, message, length, at) => {
        const sealed = Seal.seal(seed, "trade-in token", nonce, message, length)
        assert.isAtLeast(sealed.length, Math.floor(length * 0.75))
        assert.strictEqual(Seal.open(seed, "trade-in token", sealed), message)
        assert.isUndefined(Seal.open(`${seed}.`, "trade-in token", sealed))
        assert.isUndefined(Seal.open(seed, "authorization message", sealed))
        const index = at % sealed.length
        const changed = sealed.slice(0, index) + (sealed[index] === "A" ? "B" : "A") + sealed.slice(index + 1)
        assert.isUndefined(Seal.open(seed, "trade-in token", changed))
      }),
    )
  })

  it("opens nothing else", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.string(), FastCheck.base64String()), (text) => {
        assert.isUndefined(Seal.open("seed", "trade-in token", text))
      }),
    )
  })
})
