// The world on real sockets: any server of effect/http, and `pnpm serve`.
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { HttpEffect, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, request as httpRequest } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as Fault from "../src/Fault.ts"
import { listen } from "../src/internal/node/listen.ts"
import * as NodeStsServer from "../src/NodeStsServer.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as StsServer from "../src/StsServer.ts"
import * as World from "../src/World.ts"
import { statement, world } from "./support/world.ts"
import { alice, type Keys } from "./support/wire.ts"

const body = `Action=GetCallerIdentity&Version=${Query.version}`

/** Who the server says we are, or how it fails. */
const ask = (url: string, { accessKeyId, secretAccessKey }: Keys = alice, time = Date.now(), form = body) =>
  Effect.promise(async () => {
    const contentType = { "content-type": "application/x-www-form-urlencoded" }
    const request = { method: "POST", url, headers: contentType, body: form }
    const headers = SigV4.sign(request, {
      credentials: { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) },
      region: "us-east-1",
      service: "sts",
      time,
    })
    let head = ""
    try {
      const response = await fetch(url, { ...request, headers: { ...request.headers, ...headers } })
      head = `${response.status} and then `
      return /<(?:Account|Arn|Code)>(.*)</.exec(await response.text())?.[1] ?? String(response.status)
    } catch (error) {
      return head + (error instanceof TypeError && error.cause instanceof Error ? error.cause.message : String(error))
    }
  })

const demo: Keys = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}

/** A server of effect/http on node:http, of as few lines as there can be. */
const nodeServer = Layer.effect(
  HttpServer.HttpServer,
  Effect.gen(function* () {
    const server = createServer()
    const port = yield* Effect.orDie(listen(server, { host: "127.0.0.1", port: 0 }))
    return HttpServer.make({
      address: NetAddress.inetAddressUnsafe(NetAddress.ipv4Loopback, port),
      serve: (app) =>
        Effect.gen(function* () {
          const context = yield* Effect.context<never>()
          server.on("request", (source, target) => {
            const chunks: Array<Uint8Array> = []
            source.on("data", (chunk: Uint8Array) => chunks.push(chunk))
            source.on("end", () => {
              const web = new Request(`http://127.0.0.1${source.url}`, {
                method: source.method ?? "",
                headers: Object.entries(source.headers).map(([name, value]): [string, string] => [name, String(value)]),
                ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
              })
              // As with Node's own, what the request came from shows its socket.
              const request = HttpServerRequest.fromWeb(Object.assign(web, { socket: source.socket })).modify({
                remoteAddress: Option.fromNullishOr(source.socket.remoteAddress),
              })
              const handled = HttpEffect.toHandled(app, (_, response) =>
                Effect.promise(async () => {
                  const answer = HttpServerResponse.toWeb(response)
                  target.writeHead(answer.status, Object.fromEntries(answer.headers))
                  try {
                    for await (const chunk of answer.body ?? []) target.write(chunk)
                    target.end()
                  } catch {
                    target.destroy()
                  }
                }),
              )
              Effect.runForkWith(context)(Effect.provideService(handled, HttpServerRequest.HttpServerRequest, request))
            })
          })
        }),
    })
  }),
)

describe("StsServer.layer", () => {
  it.live("serves the world until its scope closes, with the test's hands on it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        StsServer.layer.pipe(Layer.provideMerge(nodeServer), Layer.provideMerge(StsMemory.layerWorld(world))),
        scope,
      )
      const url = yield* Effect.provide(HttpServer.addressFormattedWith(Effect.succeed), context)
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(yield* ask(`${url}/`), "arn:aws:iam::111111111111:user/alice")
      assert.strictEqual(yield* ask(`${url}/x`), "404")
      yield* Effect.provide(
        Effect.gen(function* () {
          assert.lengthOf(yield* StsMemory.calls, 1)
          yield* StsMemory.setOutage(true)
          assert.match(yield* ask(`${url}/`), /ECONNRESET|other side closed/)
          yield* StsMemory.setOutage(false)
          yield* StsMemory.inject(Fault.connectionReset({ times: 1 }))
          assert.match(yield* ask(`${url}/`), /ECONNRESET|other side closed/)
          yield* StsMemory.inject(Fault.truncatedBody({ times: 1 }))
          assert.match(yield* ask(`${url}/`), /^200 and then .*(terminated|aborted|other side closed)/)
          yield* StsMemory.deactivateKey(alice.accessKeyId)
          assert.strictEqual(yield* ask(`${url}/`), "InvalidClientTokenId")
        }),
        context,
      )
      yield* Scope.close(scope, Exit.void)
      // The first may find a connection of before.
      yield* ask(`${url}/`)
      assert.match(yield* ask(`${url}/`), /ECONNREFUSED/)
    }),
  )

  it.live("makes no span, which would end with an answer and its keys", () => {
    const spans: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        spans.push(options.name)
        return new Tracer.NativeSpan(options)
      },
    })
    return Effect.gen(function* () {
      const url = yield* HttpServer.addressFormattedWith(Effect.succeed)
      const form = `Action=GetSessionToken&Version=${Query.version}`
      assert.strictEqual(yield* ask(url, demo, Date.now(), form), "200")
      assert.deepStrictEqual(spans, [])
    }).pipe(
      Effect.provide(
        StsServer.layer.pipe(Layer.provideMerge(nodeServer), Layer.provide(StsMemory.layerWorld(World.demo))),
      ),
      Effect.withTracer(tracer),
    )
  })

  it.live("redirects without a body, and without a content type", () =>
    Effect.gen(function* () {
      const url = yield* HttpServer.addressFormattedWith(Effect.succeed)
      const response = yield* Effect.promise(() => fetch(url, { redirect: "manual" }))
      assert.deepStrictEqual(
        [response.status, response.headers.get("location"), response.headers.get("content-type")],
        [302, "https://aws.amazon.com/iam", null],
      )
    }).pipe(
      Effect.provide(
        StsServer.layer.pipe(Layer.provideMerge(nodeServer), Layer.provide(StsMemory.layerWorld(World.demo))),
      ),
    ),
  )
})

/** A world whose `alice` may do something from this machine, and from 203.0.113.7. */
const local = {
  accounts: {
    "111111111111": {
      users: {
        alice: {
          accessKeys: [alice],
          policies: [
            statement("Allow", "sts:GetAccessKeyInfo", "*", {
              IpAddress: { "aws:SourceIp": ["127.0.0.1/32", "203.0.113.7/32"] },
            }),
          ],
        },
      },
    },
  },
}

describe("who calls a server is told by", () => {
  const form = `Action=GetAccessKeyInfo&AccessKeyId=ASIAY34FZKBOKMUTVV7A&Version=${Query.version}`
  const knows = (url: string) =>
    Effect.gen(function* () {
      const call = ask(`${url}/`, alice, Date.now(), form)
      assert.strictEqual(yield* call, "609629065308")
      yield* StsMemory.setSourceIp("203.0.113.8")
      assert.strictEqual(yield* call, "AccessDenied")
      yield* StsMemory.setSourceIp("203.0.113.7")
      assert.strictEqual(yield* call, "609629065308")
      yield* StsMemory.setSourceIp(undefined)
      assert.strictEqual(yield* call, "609629065308")
    })

  it.live("any server of effect/http that knows", () =>
    Effect.flatMap(HttpServer.addressFormattedWith(Effect.succeed), knows).pipe(
      Effect.provide(
        StsServer.layer.pipe(Layer.provideMerge(nodeServer), Layer.provideMerge(StsMemory.layerWorld(local))),
      ),
    ),
  )

  it.live("NodeStsServer", () =>
    Effect.flatMap(NodeStsServer.listen(), knows).pipe(Effect.scoped, Effect.provide(StsMemory.layerWorld(local))),
  )
})

describe("NodeStsServer", () => {
  it.live("serves the world on a port of this machine until its scope closes", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(
        Effect.gen(function* () {
          const url = yield* NodeStsServer.listen()
          assert.match(url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
          assert.strictEqual(yield* ask(`${url}/`), "arn:aws:iam::111111111111:user/alice")
          yield* StsMemory.setOutage(true)
          assert.match(yield* ask(`${url}/`), /ECONNRESET/)
          yield* StsMemory.setOutage(false)
          return url
        }),
      )
      assert.match(yield* ask(`${url}/`), /ECONNREFUSED|other side closed/)
      assert.lengthOf(yield* StsMemory.calls, 2)
    }).pipe(Effect.provide(StsMemory.layerWorld(world))),
  )

  it.live("says which port it cannot have", () =>
    Effect.gen(function* () {
      const { port } = new URL(yield* NodeStsServer.listen())
      const error = yield* Effect.flip(NodeStsServer.listen({ port: Number(port) }))
      assert.instanceOf(error, NodeStsServer.ListenError)
      assert.match(error.message, new RegExp(`EADDRINUSE.*127\\.0\\.0\\.1:${port}`))
    }).pipe(Effect.scoped, Effect.provide(StsMemory.layerWorld(world))),
  )

  it.live("listens where it is told to", () =>
    Effect.gen(function* () {
      const url = yield* NodeStsServer.listen({ host: "::1" })
      assert.match(url, /^http:\/\/\[::1\]:\d+$/)
      assert.strictEqual(yield* ask(`${url}/`), "arn:aws:iam::111111111111:user/alice")
    }).pipe(
      Effect.catchTag("ListenError", ({ message }) =>
        Effect.sync(() => assert.match(message, /EADDRNOTAVAIL|EAFNOSUPPORT/)),
      ),
      Effect.scoped,
      Effect.provide(StsMemory.layerWorld(world)),
    ),
  )

  it.live("does not act for a client that has gone away", () =>
    Effect.gen(function* () {
      const url = yield* NodeStsServer.listen()
      yield* StsMemory.setLatency("200 millis")
      yield* Effect.promise(async () => {
        const response = fetch(`${url}/?${body}`, { signal: AbortSignal.timeout(50) })
        await response.catch(() => undefined)
      })
      yield* Effect.sleep("300 millis")
      assert.deepStrictEqual(yield* StsMemory.calls, [])
      yield* StsMemory.setLatency(0)
      yield* ask(`${url}/`)
      assert.lengthOf(yield* StsMemory.calls, 1)
    }).pipe(Effect.scoped, Effect.provide(StsMemory.layerWorld(world))),
  )
})

const script = fileURLToPath(new URL("../scripts/serve.ts", import.meta.url))

/** `pnpm serve`, until the scope closes. */
const serve = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly stop: Effect.Effect<number | null> }, Error>((resume) => {
      const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] })
      let output = ""
      child.stderr.on("data", (data: Buffer) => (output += data.toString()))
      child.stdout.on("data", (data: Buffer) => {
        output += data.toString()
        const [, url] = /^sts listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output) ?? []
        const stop = Effect.callback<number | null>((stopped) => {
          if (child.exitCode !== null) return stopped(Effect.succeed(child.exitCode))
          child.once("exit", (code) => stopped(Effect.succeed(code)))
          child.kill("SIGTERM")
        })
        if (url !== undefined) resume(Effect.succeed({ url, stop }))
      })
      child.once("exit", () => resume(Effect.fail(new Error(output))))
    }),
    ({ stop }) => stop,
  )

describe("pnpm serve", { timeout: 60_000 }, () => {
  it.live("serves the demo world on a free port, and ends with 0 when it is told to", () =>
    Effect.gen(function* () {
      const { stop, url } = yield* serve()
      assert.strictEqual(yield* ask(`${url}/`, demo), "arn:aws:iam::111111111111:user/alice")
      assert.strictEqual(yield* stop, 0)
    }).pipe(Effect.scoped),
  )

  it.live("serves a file's world, at a time that stands still", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "sts-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true })),
      )
      const file = join(folder, "world.json")
      writeFileSync(file, JSON.stringify(world))
      const now = "2026-07-13T10:00:00Z"
      const { url } = yield* serve("--", "--world", file, "--port", "0", "--now", now)
      assert.strictEqual(yield* ask(`${url}/`, alice, Date.parse(now)), "arn:aws:iam::111111111111:user/alice")
      assert.strictEqual(yield* ask(`${url}/`, alice, Date.parse(now) + 901_000), "SignatureDoesNotMatch")
      const dates = yield* Effect.promise(() =>
        Promise.all([1, 2].map(async () => (await fetch(`${url}/x`)).headers.get("date"))),
      )
      assert.deepStrictEqual(dates, ["Mon, 13 Jul 2026 10:00:00 GMT", "Mon, 13 Jul 2026 10:00:00 GMT"])
    }).pipe(Effect.scoped),
  )

  it.live("answers who sends too much, half a request, or another's URL", () =>
    Effect.gen(function* () {
      const { url } = yield* serve()
      const { port } = new URL(url)
      const status = yield* Effect.callback<number | undefined>((resume) => {
        const request = httpRequest(url, { method: "POST" }, (response) => {
          response.resume()
          resume(Effect.succeed(response.statusCode))
        })
        request.on("error", () => resume(Effect.succeed(undefined)))
        request.end("x".repeat(10_000_001))
      })
      assert.strictEqual(status, 413)
      const raw = (text: string, isHalf = false) =>
        Effect.callback<string>((resume) => {
          let answer = ""
          const socket = connect(Number(port), "127.0.0.1", () => (isHalf ? socket.end(text) : socket.write(text)))
          socket.on("data", (data: Buffer) => (answer += data.toString()))
          socket.on("close", () => resume(Effect.succeed(answer)))
          socket.on("error", () => resume(Effect.succeed(answer)))
        })
      const close = "\r\nConnection: close\r\n\r\n"
      assert.match(
        yield* raw(`GET http://sts.amazonaws.com/?${body} HTTP/1.1\r\nHost: a b${close}`),
        /MissingAuthentication/,
      )
      assert.match(yield* raw(`TRACE / HTTP/1.1\r\nHost: x${close}`), /302 Found/)
      assert.match(yield* raw(`GET //x HTTP/1.1\r\nHost: x${close}`), /404 Not Found/)
      yield* raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", true)
      const identity = yield* ask(`${url}/`, demo)
      assert.strictEqual(identity, "arn:aws:iam::111111111111:user/alice")
    }).pipe(Effect.scoped),
  )

  const rows: ReadonlyArray<readonly [fact: string, args: ReadonlyArray<string>, words: RegExp]> = [
    ["a file that is not there", ["--world", "/nowhere/world.json"], /ENOENT.*\/nowhere\/world\.json/],
    ["a file that is no world", ["--world", fileURLToPath(import.meta.url)], /This world cannot be read/],
    ["a port that is none", ["--port", "web"], /--port takes a number/],
    ["a time that is none", ["--now", "soon"], /--now takes an instant/],
    ["an option that it does not have", ["--wrold", "x"], /--wrold/],
  ]
  it.each(rows)("says what is wrong with %s, and ends with 1", (_, args, words) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" })
    assert.match(stderr, words)
    assert.notMatch(stderr, /\n\s+at /)
    assert.deepStrictEqual([status, stdout], [1, ""])
  })
})
