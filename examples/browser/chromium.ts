// A headless Chromium, for who wants to know what a page does in a browser.
import { Effect, FileSystem } from "effect"
import { ChildProcess } from "effect/process"
import process from "node:process"

/** Where it is, if it is on the PATH. */
export const find = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const names = ["chromium", "chromium-browser", "google-chrome"]
  const places = (process.env["PATH"] ?? "").split(":").flatMap((folder) => names.map((name) => `${folder}/${name}`))
  return yield* Effect.findFirst(places, (place) => Effect.orElseSucceed(files.exists(place), () => false))
})

/** A browser that looks at the page until the scope ends. */
export const open = Effect.fnUntraced(function* (browser: string, url: string) {
  const files = yield* FileSystem.FileSystem
  const profile = yield* files.makeTempDirectoryScoped()
  const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`]
  return yield* ChildProcess.make(browser, [...options, url], {
    env: { TMPDIR: profile },
    extendEnv: true,
    stdout: "ignore",
    stderr: "ignore",
  })
})
