import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as StsMemory from "../src/StsMemory.ts"
import { story } from "./support/story.ts"
import { alice, assumeRole, getCallerIdentity, inWorld, roleArn, world } from "./support/world.ts"

const tellElsewhere = () => {
  const program = fileURLToPath(new URL("support/story.ts", import.meta.url))
  const { status, stderr, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8" })
  assert.strictEqual(status, 0, stderr)
  return stdout.trimEnd()
}

describe("the same world, clock and calls give the same bytes", { timeout: 60_000 }, () => {
  it.effect("in two layers", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* story(), yield* story()]
      assert.strictEqual(one, other)
      assert.include(one, "ASIA")
      for (const outcome of ["✗ Throttling [Throttling]", "GetCallerIdentity alice ✓", "by chance"]) {
        assert.include(one, outcome)
      }
      assert.include(one, "IQoJb3JpZ2luX2Vj")
      // Tokens and assertions that are signed, and what came of them.
      assert.isAbove(one.match(/eyJ/g)?.length ?? 0, 3)
      assert.include(one, '"SubjectFromWebIdentityToken": "ada"')
      assert.include(one, '"NameQualifier"')
    }),
  )

  it.effect("in two processes", () =>
    Effect.gen(function* () {
      assert.strictEqual(tellElsewhere(), yield* story())
    }),
  )

  it.effect("and another seed gives others", () =>
    Effect.gen(function* () {
      assert.notStrictEqual(yield* story({ ...world, seed: "another" }), yield* story())
    }),
  )

  it.effect("whatever other fibers do between: a call is one step", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const assume = (roleSessionName: string) =>
        Effect.map(assumeRole(own, { roleArn: roleArn("account"), roleSessionName }), ({ credentials }) => credentials)
      const many = yield* Effect.all(
        Array.from({ length: 50 }, (_, index) => assume(`s${index}`)),
        { concurrency: "unbounded" },
      )
      assert.strictEqual(new Set(many.map(({ accessKeyId }) => accessKeyId)).size, 50)
      // Each key has its own secret and token: had two calls mixed, a signature would not hold.
      yield* Effect.forEach(many, getCallerIdentity)
      assert.isTrue((yield* StsMemory.calls).every(({ outcome }) => outcome === "Success"))
    }).pipe(inWorld()),
  )

  it.effect("also where GetCallerIdentity is called in between: the keys are the same", () =>
    Effect.gen(function* () {
      const keys = (calls: number) =>
        Effect.gen(function* () {
          const own = yield* alice
          yield* Effect.replicateEffect(getCallerIdentity(own), calls)
          const { credentials } = yield* assumeRole(own, { roleArn: roleArn("account"), roleSessionName: "test" })
          return credentials.accessKeyId
        }).pipe(inWorld())
      assert.strictEqual(yield* keys(0), yield* keys(5))
    }),
  )
})
