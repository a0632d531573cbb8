// The edge handler of edge/worker.ts, bundled and called: its bundle needs nothing of Node, and the requests of an isolate
// share the credentials of the role.
//
// esbuild bundles it for a neutral platform, where every `node:` import is an error. The bundle then runs in a context that
// has the web's globals and no others, against a world on this machine.
import { StsMemory, World } from "@effect-sts/memory"
import * as NodeStsServer from "@effect-sts/memory/NodeStsServer"
import { Console, Effect } from "effect"
import { build } from "esbuild"
import assert from "node:assert/strict"
import { fileURLToPath } from "node:url"
import { createContext, runInContext } from "node:vm"
import { gzipSync } from "node:zlib"
import type { Env } from "./edge/worker.ts"

interface Worker {
  readonly fetch: (request: Request, env: Env) => Promise<Response>
}

const bundle = Effect.promise(async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("edge/worker.ts", import.meta.url))],
    bundle: true,
    platform: "neutral",
    format: "iife",
    globalName: "bundle",
    minify: true,
    metafile: true,
    write: false,
  })
  const external = Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external))
  assert.deepEqual(external, [], "something is imported that is not in the bundle")
  return outputFiles[0]?.text ?? ""
})

/** What browsers, Workers, Deno and Bun all have. Not `process`, `Buffer` or `require`. */
const web = {
  AbortController,
  AbortSignal,
  Headers,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  clearTimeout,
  console: { ...console, log: () => {} },
  crypto,
  fetch,
  performance,
  queueMicrotask,
  setTimeout,
}

const isolate = (code: string) =>
  // oxlint-disable-next-line no-unsafe-type-assertion -- what edge/worker.ts exports
  runInContext(`${code}; bundle.default`, createContext({ ...web })) as Worker

const program = Effect.gen(function* () {
  const code = yield* bundle
  yield* Console.log(`${code.length} bytes, ${gzipSync(code).length} compressed, no import left`)

  const env: Env = {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_STS: yield* NodeStsServer.listen(),
    ROLE_ARN: "arn:aws:iam::111111111111:role/my-role",
  }
  const worker = isolate(code)
  const arn = "arn:aws:sts::111111111111:assumed-role/my-role/edge"
  const ask = Effect.gen(function* () {
    const response = yield* Effect.promise(() => worker.fetch(new Request("https://edge.example/"), env))
    assert.equal(response.status, 200)
    assert.deepEqual(yield* Effect.promise(() => response.json()), { account: "111111111111", arn })
  })

  yield* ask
  yield* Effect.all(
    Array.from({ length: 20 }, () => ask),
    { concurrency: "unbounded" },
  )
  const assumed = (yield* StsMemory.calls).filter(({ operation }) => operation === "AssumeRole")
  assert.equal(assumed.length, 1)
  yield* Console.log(`21 requests as ${arn}, ${assumed.length} AssumeRole call`)

  // The keys of the isolate are refused: who asks learns nothing of why.
  const refused = yield* Effect.promise(() =>
    isolate(code).fetch(new Request("https://edge.example/"), { ...env, AWS_SECRET_ACCESS_KEY: "another" }),
  )
  assert.equal(refused.status, 503)
  assert.equal(yield* Effect.promise(() => refused.text()), '{"error":"not available"}')
})

await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(StsMemory.layerWorld(World.demo))))
