// Texts that only a world of the same seed can read or make, and the compression of what is in them.
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { compress, decompress } from "../src/internal/compression.ts"
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

describe("compression", () => {
  it("gives back what it was given, whatever comes after it", () => {
    const bytes = FastCheck.oneof(
      FastCheck.uint8Array({ maxLength: 300 }),
      // What repeats itself.
      FastCheck.array(FastCheck.constantFrom(1, 2, 3), { maxLength: 300 }).map((each) => Uint8Array.from(each)),
      FastCheck.nat(50_000).map((length) => new Uint8Array(length)),
    )
    FastCheck.assert(
      FastCheck.property(bytes, (bytes) => {
        const compressed = compress(bytes)
        assert.deepStrictEqual(decompress(Uint8Array.from([...compressed, 0, 255])), bytes)
      }),
    )
  })

  it("makes JSON of a list several times shorter", () => {
    const json = JSON.stringify(
      Array.from({ length: 500 }, (_, index) => ({ key: `a key ${index}`, values: ["value"] })),
    )
    const bytes = new TextEncoder().encode(json)
    assert.isBelow(compress(bytes).length, bytes.length / 7)
  })
})
