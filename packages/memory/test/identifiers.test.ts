import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Identifiers from "../src/internal/identifiers.ts"

const account = fc.bigInt(0n, 999_999_999_999n).map((number) => number.toString().padStart(12, "0"))

describe("an access key id", () => {
  it("has 20 characters of base32 after its kind", () => {
    const identifiers = Identifiers.make("seed")
    assert.match(identifiers.accessKeyId("ASIA", "111111111111"), /^ASIA[Q-Z2-7][A-Z2-7]{15}$/)
    assert.match(identifiers.accessKeyId("AKIA", "111111111111"), /^AKIA[Q-Z2-7][A-Z2-7]{15}$/)
  })

  it("carries its account", () => {
    fc.assert(
      fc.property(account, fc.string(), (account, seed) => {
        const id = Identifiers.make(seed).accessKeyId("ASIA", account)
        assert.strictEqual(Identifiers.accessKeyAccount(id), account)
      }),
    )
  })

  it("begins as AWS's for the same account does", () => {
    const id = Identifiers.make("seed").accessKeyId("ASIA", "609629065308")
    assert.strictEqual(id.slice(0, 12), "ASIAY34FZKBO")
  })

  it("of AWS tells its account", () => {
    assert.strictEqual(Identifiers.accessKeyAccount("ASIAY34FZKBOKMUTVV7A"), "609629065308")
  })

  for (const id of [
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAI44QH8DHBEXAMPLE",
    "AKIDEXAMPLE",
    "ASIAY34FZKBOKMUTVV7",
    "ASIAY34FZKBOKMUTVV7AA",
    "asiay34fzkbokmutvv7a",
    "ASIA77777777777777777",
    "ASIA7777777777777777",
    "",
  ]) {
    it(`"${id}" carries no account`, () => {
      assert.isUndefined(Identifiers.accessKeyAccount(id))
    })
  }
})

const bearer = { accessKeyId: "ASIARTXV5AHDSLECOMT2", expiresAt: Date.UTC(2026, 6, 13, 11), tokenVersion: 2 } as const

const events = ({ accessKeyId, requestId, secretAccessKey, sessionToken }: Identifiers.Identifiers) => [
  requestId(),
  accessKeyId("ASIA", "111111111111"),
  secretAccessKey(),
  sessionToken(bearer),
  requestId(),
  accessKeyId("ASIA", "222222222222"),
  secretAccessKey(),
  sessionToken(bearer, 600),
]

describe("identifiers of events", () => {
  it("are the same for the same seed and the same calls", () => {
    assert.deepStrictEqual(events(Identifiers.make("one")), events(Identifiers.make("one")))
  })

  it("are these bytes, on every machine", () => {
    const { accessKeyId, requestId, secretAccessKey } = Identifiers.make("one")
    assert.deepStrictEqual(
      [accessKeyId("ASIA", "111111111111"), secretAccessKey(), requestId()],
      ["ASIARTXV5AHDSLECOMT2", "kmpunLMZ8blCXalk0Z3wJrdasxNiGWtm+GSVYMyd", "e13d7fed-66f9-4f05-95b7-001c03f50fb5"],
    )
  })

  it("differ between seeds and between calls", () => {
    const all = ["one", "two", ""].flatMap((seed) => events(Identifiers.make(seed)))
    assert.strictEqual(new Set(all).size, all.length)
  })

  it("of one kind do not depend on how many of another kind were taken", () => {
    const quiet = Identifiers.make("one")
    const busy = Identifiers.make("one")
    for (let call = 0; call < 10; call++) busy.requestId()
    assert.strictEqual(busy.secretAccessKey(), quiet.secretAccessKey())
    assert.strictEqual(busy.sessionToken(bearer), quiet.sessionToken(bearer))
    assert.strictEqual(busy.accessKeyId("ASIA", "1"), quiet.accessKeyId("ASIA", "1"))
  })

  it("do not repeat in 10,000 calls", () => {
    const { secretAccessKey } = Identifiers.make("one")
    assert.strictEqual(new Set(Array.from({ length: 10_000 }, secretAccessKey)).size, 10_000)
  })

  it("have the forms of AWS's", () => {
    const { requestId, secretAccessKey, sessionToken } = Identifiers.make("one")
    assert.match(secretAccessKey(), /^[A-Za-z0-9+/]{40}$/)
    assert.match(requestId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.match(sessionToken(bearer), /^IQoJb3JpZ2luX2Vj[A-Za-z0-9+/]{340}$/)
    assert.strictEqual(sessionToken(bearer, 1001).length, 1004)
  })
})

describe("a session token", () => {
  const { bearerOf, sessionToken } = Identifiers.make("one")

  it("tells what it is of, and when its session ends, to who knows the seed and the key", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40 - 1), fc.constantFrom(1, 2), fc.integer({ min: 48, max: 4096 }), (...args) => {
        const [seconds, tokenVersion, length] = args
        const told = { ...bearer, expiresAt: seconds * 1000, tokenVersion } as const
        const token = sessionToken(told, length)
        assert.deepStrictEqual(bearerOf(token, bearer.accessKeyId), told)
      }),
    )
  })

  it("of another key, of another seed, or changed in what it tells, tells nothing", () => {
    const token = sessionToken(bearer)
    assert.isUndefined(bearerOf(token, "ASIARTXV5AHDSLECOMT3"))
    assert.isUndefined(Identifiers.make("other").bearerOf(token, bearer.accessKeyId))
    for (let index = 16; index < 32; index++) {
      const other = token[index] === "A" ? "B" : "A"
      assert.isUndefined(bearerOf(token.slice(0, index) + other + token.slice(index + 1), bearer.accessKeyId))
    }
    for (const text of ["", "token", token.slice(0, 31), `${token.slice(0, 16)}${"é".repeat(16)}`]) {
      assert.isUndefined(bearerOf(text, bearer.accessKeyId))
    }
  })
})

describe("chances", () => {
  it("lie from 0 to 1, without 1, and come as often low as high", () => {
    const { chance } = Identifiers.make("one")
    const chances = Array.from({ length: 10_000 }, chance)
    assert.isTrue(chances.every((each) => each >= 0 && each < 1))
    const low = chances.filter((each) => each < 0.25).length
    assert.isTrue(low > 2300 && low < 2700, String(low))
  })
})

describe("a copy", () => {
  it("goes on from where the first one is, and leaves it there", () => {
    const first = Identifiers.make("one")
    events(first)
    const copy = first.copy()
    const [chance, ...next] = [copy.chance(), ...events(copy)]
    assert.deepStrictEqual([first.chance(), ...events(first)], [chance, ...next])
  })
})

describe("the unique id of an entity", () => {
  const arn = "arn:aws:iam::111111111111:role/my-role"

  it("has 21 characters", () => {
    assert.match(Identifiers.uniqueId("AROA", "seed", arn), /^AROA[A-Z2-7]{17}$/)
    assert.match(Identifiers.uniqueId("AIDA", "seed", arn), /^AIDA[A-Z2-7]{17}$/)
  })

  it("depends on nothing but the seed, the entity and how often it was made", () => {
    const id = Identifiers.uniqueId("AROA", "seed", arn)
    assert.strictEqual(Identifiers.uniqueId("AROA", "seed", arn, 0), id)
    assert.notStrictEqual(Identifiers.uniqueId("AROA", "seed", arn, 1), id)
    assert.notStrictEqual(Identifiers.uniqueId("AROA", "other", arn), id)
    assert.notStrictEqual(Identifiers.uniqueId("AROA", "seed", `${arn}2`), id)
  })
})
