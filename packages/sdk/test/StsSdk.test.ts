import { assert, describe, it } from "@effect/vitest"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as Query from "@effect-sts/protocol/Query"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Agent, type ServerResponse } from "node:http"
import { inspect } from "node:util"
import * as StsSdk from "../src/StsSdk.ts"
import * as Server from "./server.ts"

const keys = (name: string) =>
  new AwsCredentials.AwsCredentials({
    accessKeyId: `AKIA${name.toUpperCase().padEnd(16, "0")}`,
    secretAccessKey: Redacted.make(`PLANTED/SECRET+${name}`),
    sessionToken: Redacted.make(`PLANTED/TOKEN+${name}==`),
  })

const alice = keys("alice")

const whoami = (credentials = alice) => Effect.flatMap(Sts.Sts, (sts) => sts.call(GetCallerIdentity, {}, credentials))

const assumeRole = (input: Partial<Operation.Input<typeof AssumeRole>> = {}) =>
  Effect.flatMap(Sts.Sts, (sts) =>
    sts.call(AssumeRole, { roleArn: "arn:aws:iam::111111111111:role/reader", roleSessionName: "s1", ...input }, alice),
  )

interface Setting extends StsSdk.Options {
  readonly attempts?: number
}

const withServer = <A, E, R>(
  handler: Server.Handler,
  program: (server: Server.Server) => Effect.Effect<A, E, R>,
  { attempts = 1, ...options }: Setting = {},
) =>
  Effect.scoped(
    Effect.flatMap(Server.serve(handler), (server) =>
      program(server).pipe(
        RetryPolicy.withRetryPolicy({ attempts, baseDelay: "1 millis" }),
        Effect.provide(Layer.orDie(StsSdk.layer({ region: "eu-west-1", endpoint: server.url, ...options }))),
      ),
    ),
  )

/** Everything that a reader of logs would see of it. */
const shown = (error: unknown) =>
  `${String(error)} ${JSON.stringify(error)} ${Cause.pretty(Cause.fail(error))} ${inspect(error, { depth: 20 })}`

const now = Date.parse("2026-07-13T10:00:00Z")

const httpDate = (time: number) => new Date(time).toUTCString()

/** A promise, and what settles it. */
const signal = () => {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve: () => resolve() }
}

/** What a request handler of the SDK gives, without a connection. */
const answering = (answer: (body: string) => string) => ({
  handle: async (request: { readonly body?: unknown }) => ({
    response: { statusCode: 200, headers: {}, body: new TextEncoder().encode(answer(String(request.body))) },
  }),
})

const operations: ReadonlyArray<Operation.Any> = Operations.all

const parameters = (form: string) => Result.getOrThrow(Query.parseForm(form)).parameters

/**
 * Lone surrogates in a form, and what is no character in XML. The SDK itself reads no year that has not four digits, and
 * takes a text of nothing but line breaks and spaces for the document's layout.
 */
const cannotBeCarried = (request: unknown, document: string) =>
  /\\ud[89a-f]/.test(JSON.stringify(request)) ||
  /[^\t\n\r -\uD7FF\uE000-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(document) ||
  />[+-]\d+-|>\s*\n\s*</.test(document)

describe("For every operation", () => {
  for (const operation of operations) {
    it.effect.prop(
      `${operation.name}: STS gets the request that core gave, and core the response that STS gave`,
      [Schema.toType(operation.request), Schema.toType(operation.response)],
      Effect.fnUntraced(function* ([request, response]) {
        const encoded = yield* Schema.encodeUnknownEffect(operation.request)(request)
        const document = Query.encodeResponse(
          operation,
          yield* Schema.encodeUnknownEffect(operation.response)(response),
          "id",
        )
        if (cannotBeCarried(encoded, document)) return
        let sent = ""
        const requestHandler = answering((body) => {
          sent = body
          return document
        })
        const credentials = operation.auth === "signed" ? [alice] : []
        // Of an operation that is only known here, the call's types say nothing.
        const call = Effect.flatMap(Sts.Sts, (sts) =>
          sts.call(operation, request as never, ...(credentials as unknown as [])),
        )
        const answer = yield* Effect.provide(call, Layer.orDie(StsSdk.layer({ region: "eu-west-1", requestHandler })))
        const expected = Query.encodeRequest(operation, encoded)
        assert.deepStrictEqual(
          Query.decodeRequest(operation, parameters(sent)),
          Query.decodeRequest(operation, parameters(expected)),
        )
        const read = Result.getOrThrow(Query.decodeResponse(operation, document)).response
        assert.deepStrictEqual(answer, yield* Schema.decodeUnknownEffect(operation.response)(read))
      }),
    )
  }
})

describe("A request", () => {
  it.effect(
    "is signed with the given credentials, at Effect's time, for the region",
    Effect.fnUntraced(function* () {
      yield* TestClock.setTime(now)
      yield* withServer(
        () => ({ ...Server.identityOf(), headers: { date: httpDate(now) } }),
        ({ received }) =>
          Effect.gen(function* () {
            yield* whoami(alice)
            yield* whoami(keys("bob"))
            const [first, second] = received
            assert(first !== undefined && second !== undefined)
            const options = { time: now, region: "eu-west-1" }
            assert.isUndefined(Server.signatureFault(first, "PLANTED/SECRET+alice", options))
            assert.isUndefined(Server.signatureFault(second, "PLANTED/SECRET+bob", options))
            assert.isDefined(Server.signatureFault(second, "PLANTED/SECRET+alice", options))
            assert.strictEqual(first.headers["x-amz-date"], "20260713T100000Z")
            assert.strictEqual(second.headers["x-amz-security-token"], "PLANTED/TOKEN+bob==")
          }),
      )
    }),
  )

  it.effect.each<readonly [options: StsSdk.Options, host: string, region: string]>([
    [{ region: "eu-west-1" }, "sts.eu-west-1.amazonaws.com", "eu-west-1"],
    [{ region: "cn-north-1" }, "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    [{ region: "us-east-1", useFipsEndpoint: true }, "sts-fips.us-east-1.amazonaws.com", "us-east-1"],
    [{ region: "us-east-2", useDualstackEndpoint: true }, "sts.us-east-2.api.aws", "us-east-2"],
    [{ region: "aws-global" }, "sts.amazonaws.com", "us-east-1"],
    [{ region: "us-west-2", useGlobalEndpoint: true }, "sts.amazonaws.com", "us-east-1"],
  ])("for %j goes where the SDK would send it", ([options, host, region]) =>
    Effect.gen(function* () {
      const requests: Array<{ readonly hostname: string; readonly headers: Record<string, string> }> = []
      const requestHandler = {
        handle: async (request: (typeof requests)[number]) => {
          requests.push(request)
          return { response: { statusCode: 403, headers: {} } }
        },
      }
      yield* whoami().pipe(Effect.provide(StsSdk.layer({ ...options, requestHandler })), Effect.flip)
      assert.strictEqual(requests[0]?.hostname, host)
      assert.include(requests[0]?.headers["authorization"], `/${region}/sts/aws4_request`)
    }),
  )

  it.effect(
    "of many fibers with different credentials carries the right ones",
    Effect.fnUntraced(function* () {
      yield* withServer(
        (request) => Server.identityOf(request.headers["x-amz-security-token"]?.replace(/\D/g, "").padStart(12, "0")),
        () =>
          Effect.forEach(
            Array.from({ length: 40 }, (_, index) => index),
            Effect.fnUntraced(function* (index) {
              const { account } = yield* whoami(keys(`n${index}`))
              assert.strictEqual(Number(account), index)
            }),
            { concurrency: "unbounded" },
          ),
      )
    }),
  )

  it.effect(
    "that needs no signature has none",
    Effect.fnUntraced(function* () {
      yield* withServer(
        () => ({ status: 400 }),
        ({ received }) =>
          Effect.gen(function* () {
            const sts = yield* Sts.Sts
            yield* Effect.flip(
              sts.call(AssumeRoleWithWebIdentity, {
                roleArn: "arn:aws:iam::111111111111:role/reader",
                roleSessionName: "s1",
                webIdentityToken: "a.web.identity.token",
              }),
            )
            assert.strictEqual(Server.formOf(received[0] ?? assert.fail()).WebIdentityToken, "a.web.identity.token")
            assert.isUndefined(received[0]?.headers["authorization"])
          }),
      )
    }),
  )

  it.effect(
    "is signed again with the clock of STS, once, and goes on with it",
    Effect.fnUntraced(function* () {
      yield* TestClock.setTime(now)
      const theirs = now + 3_600_000
      yield* withServer(
        (request) => {
          const fault = Server.signatureFault(request, "PLANTED/SECRET+alice", { time: theirs })
          const date = { date: httpDate(theirs) }
          const answer = fault === undefined ? Server.identityOf() : Server.errorOf(403, "SignatureDoesNotMatch", fault)
          return { ...answer, headers: { ...answer.headers, ...date } }
        },
        ({ received }) =>
          Effect.gen(function* () {
            yield* whoami()
            assert.deepStrictEqual(
              received.map(({ headers }) => headers["x-amz-date"]),
              ["20260713T100000Z", "20260713T110000Z"],
            )
            yield* whoami()
            assert.strictEqual(received.length, 3)
          }),
      )
    }),
  )
})

describe("The date of an answer", () => {
  it.effect(
    "that a cache has kept says nothing of the clock",
    Effect.fnUntraced(function* () {
      yield* TestClock.setTime(now)
      yield* withServer(
        () => ({ ...Server.identityOf(), headers: { date: httpDate(now - 3_600_000), age: "3600" } }),
        ({ received }) =>
          Effect.gen(function* () {
            yield* whoami()
            yield* whoami()
            assert.strictEqual(received[1]?.headers["x-amz-date"], "20260713T100000Z")
          }),
      )
    }),
  )
})

describe("One attempt", () => {
  it.live.each([
    ["Throttling", 400, true],
    ["InternalFailure", 500, true],
    ["AccessDenied", 403, false],
  ] as const)("is all that the SDK makes of %s", ([code, status]) =>
    withServer(
      () => Server.errorOf(status, code),
      ({ received }) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(whoami())
          assert.strictEqual(error.reason._tag, code)
          assert.strictEqual(received.length, 1)
        }),
    ),
  )

  it.live("is what core counts", () =>
    withServer(
      () => Server.errorOf(400, "Throttling", "Rate exceeded"),
      ({ received }) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(whoami())
          assert.strictEqual(error.attempts, 3)
          assert.strictEqual(received.length, 3)
        }),
      { attempts: 3 },
    ),
  )
})

describe("An answer that is no success", () => {
  it.live.each([
    ["AccessDenied", 403, "AccessDenied", false],
    ["IDPRejectedClaim", 403, "UnknownServiceError", false],
    ["MalformedPolicyDocument", 400, "MalformedPolicyDocument", false],
    ["PackedPolicyTooLarge", 400, "PackedPolicyTooLarge", false],
    ["RegionDisabledException", 403, "RegionDisabledException", false],
    ["InvalidClientTokenId", 403, "InvalidClientTokenId", false],
    ["Throttling", 400, "Throttling", true],
    ["SomethingNew", 400, "UnknownServiceError", false],
    ["SomethingNew", 503, "UnknownServiceError", true],
  ] as const)("%s, HTTP %s", ([code, status, tag, isRetryable]) =>
    withServer(
      () => Server.errorOf(status, code, "what STS says"),
      () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(assumeRole())
          assert.strictEqual(error.reason._tag, tag)
          assert.strictEqual(error.reason.message, "what STS says")
          assert.strictEqual(error.httpStatus, status)
          assert.strictEqual(error.requestId, Server.requestId)
          assert.strictEqual(error.isRetryable, isRetryable)
          if (error.reason._tag === "UnknownServiceError") assert.strictEqual(error.reason.code, code)
        }),
    ),
  )

  it.live("has the request id of its body where there is none in its head", () =>
    withServer(
      () => ({ ...Server.errorOf(403, "AccessDenied"), headers: {} }),
      () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* Effect.flip(whoami())).requestId, Server.requestId)
        }),
    ),
  )

  it.live("says after what time to try again", () =>
    withServer(
      () => ({ ...Server.errorOf(503, "ServiceUnavailable"), headers: { "retry-after": "7" } }),
      () =>
        Effect.gen(function* () {
          assert.deepStrictEqual((yield* Effect.flip(whoami())).retryAfter, Duration.seconds(7))
        }),
    ),
  )

  it.live.each([
    [
      "a proxy's page",
      { status: 502, headers: { "content-type": "text/html" }, body: "<html><br>PLANTED</html>" },
      "InvalidResponse",
      true,
    ],
    ["no body", { status: 503 }, "InvalidResponse", true],
    ["an empty success", { status: 200 }, "InvalidResponse", false],
    ["text", { status: 200, body: "PLANTED" }, "InvalidResponse", false],
    [
      "half of an answer",
      { status: 200, body: "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a" },
      "InvalidResponse",
      false,
    ],
    ["half of an error", { status: 400, body: "<ErrorResponse><Error><Code>Thrott" }, "InvalidResponse", false],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, "InvalidResponse", false],
    [
      "an error without a code",
      { status: 400, body: "<ErrorResponse><Error/></ErrorResponse>" },
      "InvalidResponse",
      false,
    ],
    ["a gateway's limit", { status: 429, body: "slow down" }, "Throttling", true],
  ] as const)("%s", ([, reply, tag, isRetryable]) =>
    withServer(
      () => ({ ...reply, headers: { ...("headers" in reply ? reply.headers : {}), "x-amzn-requestid": "the-id" } }),
      () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(whoami())
          assert.strictEqual(error.reason._tag, tag)
          assert.strictEqual(error.requestId, "the-id")
          assert.strictEqual(error.isRetryable, isRetryable)
          assert.notInclude(shown(error), "PLANTED")
          if (reply.status !== 200) assert.strictEqual(error.httpStatus, reply.status)
        }),
    ),
  )
})

/** An error of Node: which system call failed, and how. */
const failed = (syscall: string, code: string) => Object.assign(new Error(`${syscall} ${code}`), { code, syscall })

/** Node's own when no address of a host can be reached. */
const everywhere = (...errors: readonly [NodeJS.ErrnoException, ...Array<NodeJS.ErrnoException>]) =>
  Object.assign(new AggregateError(errors), { code: errors[0].code })

describe("No whole answer", () => {
  it.live("where nothing listens, nothing was sent", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(Server.serve(() => ({})))
      const error = yield* whoami().pipe(
        RetryPolicy.withRetryPolicy({ attempts: 1 }),
        Effect.provide(StsSdk.layer({ region: "eu-west-1", endpoint: url })),
        Effect.flip,
      )
      assert(error._tag === "StsError" && error.reason._tag === "TransportError")
      assert.strictEqual(error.reason.isSent, false)
      assert.include(error.reason.message, "ECONNREFUSED")
    }),
  )

  it.live.each<readonly [what: string, error: Error, message: string, isSent: boolean | undefined]>([
    ["no such host", failed("getaddrinfo", "ENOTFOUND"), "The request was not sent (ENOTFOUND)", false],
    ["no route", failed("connect", "EHOSTUNREACH"), "The request was not sent (EHOSTUNREACH)", false],
    ["no route any more", failed("write", "EHOSTUNREACH"), "No answer came (EHOSTUNREACH)", undefined],
    ["nobody there", failed("connect", "ETIMEDOUT"), "The request was not sent (ETIMEDOUT)", false],
    ["nobody there any more", failed("read", "ETIMEDOUT"), "No answer came (ETIMEDOUT)", undefined],
    [
      "no address reached",
      everywhere(failed("connect", "ENETUNREACH"), failed("connect", "ECONNREFUSED")),
      "The request was not sent (ENETUNREACH)",
      false,
    ],
    [
      "one address reached",
      everywhere(failed("connect", "ECONNREFUSED"), failed("read", "ECONNRESET")),
      "No answer came (ECONNREFUSED)",
      undefined,
    ],
  ])("%s", ([, failure, message, isSent]) =>
    Effect.gen(function* () {
      const requestHandler = { handle: () => Promise.reject(failure) }
      const error = yield* whoami().pipe(
        RetryPolicy.withRetryPolicy({ attempts: 1 }),
        Effect.provide(StsSdk.layer({ region: "eu-west-1", requestHandler })),
        Effect.flip,
      )
      assert(error._tag === "StsError" && error.reason._tag === "TransportError")
      assert.strictEqual(error.reason.message, message)
      assert.strictEqual(error.reason.isSent, isSent)
    }),
  )

  it.live.each([
    ["a connection that closes", (response: ServerResponse): void => void response.destroy(), undefined],
    [
      "an answer that breaks off",
      (response: ServerResponse): void => {
        response.writeHead(200, { "content-length": "1000", "x-amzn-requestid": "the-id" })
        response.write("<GetCallerIdentityResponse>", () => response.destroy())
      },
      true,
    ],
  ] as const)("%s", ([, spoil, isSent]) =>
    withServer(
      (_, response) => spoil(response),
      () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(whoami())
          assert(error.reason._tag === "TransportError")
          assert.strictEqual(error.reason.isSent, isSent)
          assert.strictEqual(error.isRetryable, true)
          assert.strictEqual(error.requestId, isSent ? "the-id" : undefined)
        }),
    ),
  )

  it.live("within the timeout: the connection is closed", () =>
    Effect.gen(function* () {
      const closed = signal()
      yield* withServer(
        (_, response) => void response.on("close", () => closed.resolve()),
        () =>
          Effect.gen(function* () {
            const error = yield* Effect.flip(whoami())
            assert.strictEqual(error.reason._tag, "TransportError")
            assert.include(error.reason.message, "within 50ms")
            yield* Effect.promise(() => closed.promise)
          }),
        { timeout: "50 millis" },
      )
    }),
  )

  it.live.each([Duration.infinity, Duration.days(30)])(
    "within a timeout that no timer can count: it has come",
    (timeout) =>
      withServer(
        async () => {
          // Longer than what a timer makes of it: a millisecond.
          await new Promise((passed) => setTimeout(passed, 20))
          return Server.identityOf()
        },
        () => Effect.map(whoami(), ({ account }) => assert.strictEqual(account, "111111111111")),
        { timeout },
      ),
  )

  it.live.each(["before the answer", "in the middle of it"])("interrupted %s: the connection is closed", (when) =>
    Effect.gen(function* () {
      const arrived = signal()
      const closed = signal()
      yield* withServer(
        (_, response) => {
          response.on("close", () => closed.resolve())
          if (when === "in the middle of it") {
            response.writeHead(200)
            response.write("<GetCaller")
          }
          arrived.resolve()
        },
        () =>
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(whoami())
            yield* Effect.promise(() => arrived.promise)
            yield* Fiber.interrupt(fiber)
            assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
            yield* Effect.promise(() => closed.promise)
          }),
      )
    }),
  )
})

describe("Nothing leaks", () => {
  it.live("a secret that STS repeats is not in the error", () =>
    withServer(
      (request) => Server.errorOf(403, "SignatureDoesNotMatch", `${JSON.stringify(request.headers)} 918273`),
      () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(
            assumeRole({ mfa: { serialNumber: "arn:aws:iam::111111111111:mfa/alice", tokenCode: "918273" } }),
          )
          assert.notInclude(shown(error), "PLANTED")
          assert.notInclude(shown(error), "918273")
        }),
    ),
  )
})

describe("A logger of the SDK", () => {
  const logging = () => {
    const lines: Array<unknown> = []
    const log = (...line: ReadonlyArray<unknown>) => void lines.push(line)
    return { lines, logger: { trace: log, debug: log, info: log, warn: log, error: log } }
  }

  it.live.each(["of the layer", "of a client that is there already"])(
    "%s sees each call, and no secret of it",
    (whose) =>
      Effect.gen(function* () {
        const { lines, logger } = logging()
        const server = yield* Server.serve(({ body }) =>
          body.includes("GetCallerIdentity")
            ? Server.errorOf(403, "AccessDenied")
            : Server.roleOf("ASIAIOSFODNN7EXAMPLE", "2036-07-13T10:00:00Z"),
        )
        const options = { region: "eu-west-1", endpoint: server.url, logger }
        const layer =
          whose === "of the layer"
            ? StsSdk.layer(options)
            : StsSdk.layerClient(
                new STSClient({ ...options, credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "x" } }),
              )
        yield* assumeRole({ mfa: { serialNumber: "arn:aws:iam::111111111111:mfa/alice", tokenCode: "918273" } }).pipe(
          Effect.andThen(Effect.exit(whoami())),
          Effect.provide(layer),
        )
        const shown = inspect(lines, { depth: 20 })
        assert.include(shown, "AssumeRoleCommand")
        assert.include(shown, "GetCallerIdentityCommand")
        assert.notMatch(shown, /PLANTED|918273|(secret|token)-of-/)
      }),
  )
})

describe("A client that is there already", () => {
  const stolen = () => Promise.reject(new Error("the client's own provider was asked"))

  it.live("sends through its middleware, once, with our credentials, and stays as it is", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve((request) =>
        Server.accessKeyIdOf(request) === "AKIACLIENT"
          ? Server.identityOf("222222222222")
          : Server.errorOf(500, "InternalFailure"),
      )
      const client = new STSClient({ region: "eu-west-1", endpoint: server.url, credentials: stolen, maxAttempts: 5 })
      client.middlewareStack.add(
        (next) => (args) => {
          const { request } = args
          if (typeof request === "object" && request !== null && "headers" in request) {
            Object.assign(request.headers ?? {}, { "x-mine": "1" })
          }
          return next(args)
        },
        { step: "build", name: "mine" },
      )
      const before = client.middlewareStack.identify()
      const { systemClockOffset } = client.config
      const error = yield* whoami().pipe(
        RetryPolicy.withRetryPolicy({ attempts: 1 }),
        Effect.provide(StsSdk.layerClient(client)),
        Effect.flip,
      )
      assert.strictEqual(error._tag === "StsError" && error.reason._tag, "InternalFailure")
      assert.strictEqual(server.received.length, 1)
      const [request] = server.received
      assert(request !== undefined)
      assert.strictEqual(request.headers["x-mine"], "1")
      assert.strictEqual(Server.accessKeyIdOf(request), alice.accessKeyId)
      assert.isUndefined(Server.signatureFault(request, "PLANTED/SECRET+alice", { time: Date.now() }))
      assert.deepStrictEqual(client.middlewareStack.identify(), before)
      assert.strictEqual(client.config.systemClockOffset, systemClockOffset)
      // It was not destroyed either, and retries as it did.
      client.config.credentials = async () => ({ accessKeyId: "AKIACLIENT", secretAccessKey: "x" })
      const { Account } = yield* Effect.promise(() => client.send(new GetCallerIdentityCommand({})))
      assert.strictEqual(Account, "222222222222")
      client.destroy()
    }).pipe(Effect.scoped),
  )

  it.live("is asked for middleware that comes later", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve(() => Server.identityOf())
      const client = new STSClient({ region: "eu-west-1", endpoint: server.url, credentials: stolen })
      let seen = 0
      yield* Effect.gen(function* () {
        yield* whoami()
        client.middlewareStack.add((next) => (args) => (seen++, next(args)), { step: "initialize" })
        yield* whoami()
      }).pipe(Effect.provide(StsSdk.layerClient(client)))
      assert.strictEqual(seen, 1)
      client.destroy()
    }).pipe(Effect.scoped),
  )
})

describe("The layer", () => {
  it.live("destroys its client when it is released", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve(() => Server.identityOf())
      const agent = new Agent({ keepAlive: true })
      let destroyed = 0
      const destroy = agent.destroy.bind(agent)
      agent.destroy = () => {
        destroyed++
        destroy()
      }
      const layer = StsSdk.layer({ region: "eu-west-1", endpoint: server.url, requestHandler: { httpAgent: agent } })
      yield* Effect.gen(function* () {
        yield* whoami()
        assert.strictEqual(destroyed, 0)
      }).pipe(Effect.provide(layer))
      assert.strictEqual(destroyed, 1)
    }).pipe(Effect.scoped),
  )

  const build = (layer: Layer.Layer<Sts.Sts, unknown>) => Effect.flip(Effect.scoped(Layer.build(layer)))

  it.live.each([
    ["no region", {}, /AWS_REGION/],
    ["FIPS with an endpoint", { region: "eu-west-1", endpoint: "http://127.0.0.1:1", useFipsEndpoint: true }, /FIPS/],
    ["an endpoint that is no URL", { region: "eu-west-1", endpoint: "nonsense" }, /./],
    ["a region that is no host label", { region: "not a region" }, /./],
  ] as const)("fails at start with %s", ([, options, message]) =>
    Effect.gen(function* () {
      const error = yield* build(StsSdk.layer(options))
      assert(error instanceof StsSdk.InvalidOptions)
      assert.match(error.message, message)
    }),
  )

  const withConfig = (env: Record<string, string>) =>
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))

  it.live("reads the configuration, and nothing of the process", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve(() => Server.identityOf())
      const env = {
        AWS_DEFAULT_REGION: "eu-west-2",
        AWS_REGION: "",
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
        AWS_ENDPOINT_URL_STS: server.url,
      }
      yield* whoami().pipe(Effect.provide(StsSdk.layerConfig), withConfig(env))
      assert.include(server.received[0]?.headers["authorization"], "/eu-west-2/sts/")
    }).pipe(Effect.scoped),
  )

  it.effect.each<readonly [env: Record<string, string>, options: Partial<StsSdk.Options>]>([
    [{ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" }, { region: "a" }],
    [
      { AWS_ENDPOINT_URL: "x", AWS_ENDPOINT_URL_STS: "y" },
      { endpoint: "y", ignoreConfiguredEndpointUrls: true },
    ],
    [{ AWS_ENDPOINT_URL: "x", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }, {}],
    [{ AWS_USE_FIPS_ENDPOINT: "true" }, { useFipsEndpoint: true, useDualstackEndpoint: false }],
    [{ AWS_USE_DUALSTACK_ENDPOINT: "true" }, { useFipsEndpoint: false, useDualstackEndpoint: true }],
  ])("reads %j", ([env, options]) =>
    Effect.gen(function* () {
      const found = yield* StsSdk.config.pipe(withConfig(env))
      assert.deepInclude({ ...found }, options)
      assert.strictEqual("endpoint" in found, "endpoint" in options)
    }),
  )

  it.live("of an empty configuration fails and says what to set", () =>
    Effect.gen(function* () {
      const error = yield* build(StsSdk.layerConfig).pipe(withConfig({}))
      assert(error instanceof StsSdk.InvalidOptions)
      assert.match(error.message, /AWS_REGION/)
    }),
  )
})
