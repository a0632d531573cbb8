import { assert, it } from "@effect/vitest"
import * as core from "@effect-sts/core"
import * as Context from "effect/Context"

it("a context finds each service and setting by the name of its module", () => {
  const keys = Object.entries(core).flatMap(([module, exports]) =>
    Object.entries(exports).flatMap(([name, value]) =>
      Context.isKey(value) ? [[module === name ? name : `${module}/${name}`, value.key]] : [],
    ),
  )
  assert.isAbove(keys.length, 1)
  for (const [name, key] of keys) assert.strictEqual(key, `@effect-sts/core/${name}`)
})
