// A page that assumes a role by itself, over fetch: `node examples/browser.ts --open` serves it until Ctrl+C.
//
// The page of browser/ is bundled by esbuild. One server of this machine gives it the page and a session, another is the
// world, which answers other origins as STS does. Without the flag a headless Chromium looks at the page, where there is
// one, and what it shows is checked.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { CredentialStack } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
import { Console, DateTime, Deferred, Effect, Redacted } from "effect"
import { build } from "esbuild"
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createServer, type IncomingMessage } from "node:http"
import process from "node:process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import * as Chromium from "./browser/chromium.ts"
import { listen } from "./http/listen.ts"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const bundle = Effect.promise(async () => {
  const { outputFiles } = await build({
    entryPoints: [here("browser/page.ts")],
    bundle: true,
    platform: "browser",
    format: "esm",
    minify: true,
    write: false,
  })
  return outputFiles[0]?.text ?? ""
})

/** What the server gives to whoever has signed in to it: a session of my-role, which is renewed here. */
const session = Effect.fnUntraced(function* (endpoint: string) {
  const { accessKeyId, expiration, secretAccessKey, sessionToken } = yield* CredentialStack.current
  return JSON.stringify({
    endpoint,
    region: "us-east-1",
    credentials: {
      accessKeyId,
      secretAccessKey: Redacted.value(secretAccessKey),
      sessionToken: sessionToken && Redacted.value(sessionToken),
      expiration: expiration && DateTime.formatIso(expiration),
    },
  })
})

/** Tells the server what the page shows, as soon as it shows all. */
const reporter = `<script>
  new MutationObserver(() => {
    const shown = Array.from(document.querySelectorAll("output"), (output) => output.textContent)
    if (!shown.includes("…")) fetch("seen", { method: "POST", body: JSON.stringify(shown) })
  }).observe(document.body, { childList: true, subtree: true })
</script>`

/** The page, its script and the session, as long as the scope lives. `seen` gets what the page shows. */
const servePage = Effect.fnUntraced(function* (seen: Deferred.Deferred<string>) {
  const endpoint = yield* NodeStsServer.listen()
  const script = yield* bundle
  const page = (yield* Effect.promise(() => readFile(here("browser/index.html"), "utf8"))) + reporter
  const run = Effect.runPromiseWith(yield* Effect.context<CredentialStack.CredentialStack>())
  const answers: Record<string, (request: IncomingMessage) => Promise<readonly [type: string, body: string]>> = {
    "/": async () => ["text/html", page],
    "/page.js": async () => ["text/javascript", script],
    "/session": async () => ["application/json", await run(session(endpoint))],
    "/seen": async (request) => {
      Deferred.doneUnsafe(seen, Effect.succeed(await text(request)))
      return ["text/plain", ""]
    },
  }
  return yield* listen(
    createServer((request, response) => {
      const answer = answers[request.url ?? ""] ?? (() => Promise.reject(new Error("no such page")))
      answer(request).then(
        ([type, body]) => response.writeHead(200, { "content-type": type }).end(body),
        () => response.writeHead(404).end(),
      )
    }),
  )
})

const program = Effect.gen(function* () {
  const seen = yield* Deferred.make<string>()
  const url = yield* servePage(seen)
  if (process.argv.includes("--open")) {
    yield* Console.log(url)
    return yield* Effect.never
  }
  const browser = yield* Chromium.find
  if (browser._tag === "None") return yield* Console.log("skipped: there is no chromium on the PATH")
  yield* Chromium.open(browser.value, url)
  const shown: unknown = JSON.parse(yield* Effect.timeout(Deferred.await(seen), "45 seconds"))
  const expected = [
    "arn:aws:sts::111111111111:assumed-role/my-role/page",
    "arn:aws:sts::222222222222:assumed-role/deployer/browser",
  ]
  assert.deepEqual(shown, expected)
  yield* Console.log(`${expected[0]} became ${expected[1]}, in ${browser.value}`)
})

/** What leaves this machine may do one thing, for a quarter of an hour. */
const forPages = {
  roleArn: "arn:aws:iam::111111111111:role/my-role",
  roleSessionName: "page",
  duration: "15 minutes",
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "arn:aws:iam::222222222222:role/deployer" }],
  },
} as const

const main = Effect.scoped(program).pipe(
  CredentialStack.withRole(forPages),
  Effect.provide(StsMemory.layer(World.demo).pipe(StsMemory.as("arn:aws:iam::111111111111:user/alice"))),
  Effect.provide(NodeServices.layer),
)

await Effect.runPromise(main)
