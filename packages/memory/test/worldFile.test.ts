// A test that starts from a fixture file.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import { getCallerIdentity } from "./support/world.ts"

const files: Readonly<Record<string, string>> = {
  "world.json": JSON.stringify(World.demo),
  "broken.json": `{ "accounts": { "111111111111": { "users": { "alice": { "accessKeys": [{ "secretAccessKey": "planted" `,
  "wrong.json": JSON.stringify({ accounts: { "111111111111": { rols: {} } }, sed: 1 }),
}

const fileSystem = FileSystem.layerNoop({
  readFileString: (path) => {
    const text = files[path]
    return text === undefined
      ? Effect.fail(
          PlatformError.systemError({
            _tag: "NotFound",
            module: "FileSystem",
            method: "readFileString",
            pathOrDescriptor: path,
          }),
        )
      : Effect.succeed(text)
  },
})

const messageOf = (path: string) =>
  Effect.map(Effect.flip(World.fromFile(path)), (error) => {
    assert.instanceOf(error, World.WorldError)
    assert.strictEqual(error.file, path)
    return error.message
  })

describe("World.fromFile", () => {
  it.effect("is what a layer can be made of, in one line", () =>
    Effect.gen(function* () {
      const own = yield* StsMemory.credentials("arn:aws:iam::111111111111:user/alice")
      assert.strictEqual((yield* getCallerIdentity(own)).account, "111111111111")
    }).pipe(Effect.provide(StsMemory.layer(World.fromFile("world.json")).pipe(Layer.provide(fileSystem)))),
  )

  it.effect("names the file in whatever is wrong with it", () =>
    Effect.gen(function* () {
      assert.match(yield* messageOf("none.json"), /^The world in none\.json cannot be read: NotFound.*none\.json/)
      const broken = yield* messageOf("broken.json")
      assert.match(broken, /^The world in broken\.json cannot be read: the text is no JSON/)
      assert.notInclude(broken, "planted")
      const [first, ...lines] = (yield* messageOf("wrong.json")).split("\n")
      assert.strictEqual(first, "The world in wrong.json cannot be read:")
      assert.lengthOf(lines, 2)
      assert.match(lines.join(), /sed: is no field here.*rols/)
    }).pipe(Effect.provide(fileSystem)),
  )

  it.effect("fails the layer with that error", () =>
    Effect.gen(function* () {
      const layer = StsMemory.layerWorld(World.fromFile("wrong.json")).pipe(Layer.provide(fileSystem))
      const error: World.WorldError = yield* Effect.flip(Layer.build(layer))
      assert.strictEqual(error.file, "wrong.json")
    }).pipe(Effect.scoped),
  )
})
