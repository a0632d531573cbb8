import { assert, describe, it } from "@effect/vitest"
import * as Totp from "../src/internal/totp.ts"

const secret = new TextEncoder().encode("12345678901234567890")

describe("a code", () => {
  // RFC 6238, appendix B, SHA-1, of which six digits are the last of the eight.
  const vectors: ReadonlyArray<readonly [seconds: number, code: string]> = [
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ]
  for (const [seconds, expected] of vectors) {
    it(`at ${seconds} s is that of RFC 6238`, () => {
      assert.strictEqual(Totp.code(secret, seconds * 1000), expected.slice(2))
    })
  }

  // RFC 4226, appendix D.
  const counters = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
  for (const [counter, expected] of counters.entries()) {
    it(`of step ${counter} is that of RFC 4226`, () => {
      assert.strictEqual(Totp.codeOfStep(secret, counter), expected)
    })
  }

  it("stays the same for 30 seconds", () => {
    assert.strictEqual(Totp.code(secret, 30_000), Totp.code(secret, 59_999))
    assert.notStrictEqual(Totp.code(secret, 59_999), Totp.code(secret, 60_000))
  })
})

describe("a match", () => {
  const now = 1_111_111_111_000
  const step = Totp.step(now)

  it("says which step the code is of", () => {
    assert.strictEqual(Totp.matchStep(secret, Totp.code(secret, now), now), step)
    assert.strictEqual(Totp.matchStep(secret, Totp.code(secret, now - 30_000), now), step - 1)
    assert.strictEqual(Totp.matchStep(secret, Totp.code(secret, now + 30_000), now), step + 1)
  })

  it("is none outside the window", () => {
    assert.isUndefined(Totp.matchStep(secret, Totp.code(secret, now - 60_000), now))
    assert.isUndefined(Totp.matchStep(secret, Totp.code(secret, now + 60_000), now))
    assert.strictEqual(Totp.matchStep(secret, Totp.code(secret, now - 60_000), now, 2), step - 2)
    assert.isUndefined(Totp.matchStep(secret, Totp.code(secret, now - 30_000), now, 0))
  })

  it("is none for another code", () => {
    assert.isUndefined(Totp.matchStep(secret, "000000", now))
    assert.isUndefined(Totp.matchStep(secret, "", now))
  })
})

describe("base32", () => {
  // RFC 4648, section 10.
  const vectors: ReadonlyArray<readonly [text: string, bytes: string]> = [
    ["MY======", "f"],
    ["MZXQ====", "fo"],
    ["MZXW6===", "foo"],
    ["MZXW6YQ=", "foob"],
    ["MZXW6YTB", "fooba"],
    ["MZXW6YTBOI======", "foobar"],
    ["MZXW6YTBOI", "foobar"],
    ["mzxw6ytboi", "foobar"],
    ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "12345678901234567890"],
  ]
  for (const [text, bytes] of vectors) {
    it(`of ${text} is ${bytes}`, () => {
      assert.deepStrictEqual(Totp.decodeBase32(text), new TextEncoder().encode(bytes))
    })
  }

  for (const text of ["", "M", "MZX", "MZXW6YT1", "MZXW 6YTB", "MZXW6YQ==", "MZXW6YTB=", "========", "MZ=XQ==="]) {
    it(`is not "${text}"`, () => {
      assert.isUndefined(Totp.decodeBase32(text))
    })
  }
})
