// The same random programs through all backends, over equal worlds: nobody can tell which one it was.
//
// `CONFORMANCE_RUNS=10000 pnpm exec vitest run packages/conformance/test/differential.test.ts` runs that many programs;
// a failure prints the program and its replay, which `CONFORMANCE_REPLAY` runs again.
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import process from "node:process"
import type * as Law from "../src/Law.ts"
import * as Program from "../src/Program.ts"
import * as Backends from "./support/backends.ts"
import * as Minimal from "./support/minimal.ts"
import { wrong } from "./support/wrong.ts"

const runs = Number(process.env["CONFORMANCE_RUNS"] ?? 200)
const replay = process.env["CONFORMANCE_REPLAY"]

const check = (
  others: ReadonlyArray<Law.Backend & { readonly name: string }>,
  options: Arbitrary.CheckOptions,
  see: (trace: Program.Trace) => void = () => {},
) =>
  Arbitrary.checkEffect(
    Program.arbitrary,
    Effect.fnUntraced(function* (program) {
      const expected = yield* Program.run(program, Backends.memory)
      see(expected)
      for (const backend of others) {
        const difference = Program.difference(yield* Program.run(program, backend), expected)
        if (difference !== undefined) return yield* Effect.fail(`${backend.name}: ${difference}`)
      }
      return true
    }),
    options,
  )

describe("a random program", { timeout: 60_000 + runs * 1000 }, () => {
  it.live(`is answered alike by all backends, ${runs} times`, () =>
    Effect.gen(function* () {
      const seen = new Set<string>()
      const others = Backends.all.filter((backend) => backend !== Backends.memory)
      const result = yield* check(others, { runs, ...(replay !== undefined && { replay }) }, ({ calls }) => {
        for (const { operation, outcome } of calls) seen.add(operation).add(outcome)
      })
      assert.strictEqual(result._tag, "Passed", Arbitrary.formatCheckFailure(result))
      if (replay !== undefined || runs < 200) return
      assert.includeMembers(
        [...seen],
        // oxfmt-ignore
        [
          "AssumeRole", "AssumeRoleWithWebIdentity", "GetAccessKeyInfo", "GetCallerIdentity", "GetFederationToken",
          "GetSessionToken", "GetWebIdentityToken",
          "Success", "AccessDenied", "ExpiredToken", "InvalidClientTokenId", "InvalidParameterValue",
          "MalformedPolicyDocument", "PackedPolicyTooLarge", "SignatureDoesNotMatch", "Throttling", "TransportError",
        ],
      )
    }),
  )

  for (const fault of ["ignores the duration", "loses the session token", "reads + as a space"] as const) {
    it.live(`finds out a backend that ${fault}`, () =>
      Effect.gen(function* () {
        const backend = { name: fault, layer: Minimal.layer(wrong[fault]) }
        assert.strictEqual((yield* check([backend], { runs: 1000, maxShrinks: 0 }))._tag, "Falsified")
      }),
    )
  }
})
