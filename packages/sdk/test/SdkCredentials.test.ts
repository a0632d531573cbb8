import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { CredentialsError } from "@effect-sts/core/CredentialsError"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type { AwsCredentialIdentityProvider } from "@smithy/types"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { mkdtempDisposableSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import * as SdkCredentials from "../src/SdkCredentials.ts"
import * as StsSdk from "../src/StsSdk.ts"
import * as Server from "./server.ts"

const base = CredentialSource.fromCredentials({
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "secret-of-base",
})

const roleArn = (name: string) => `arn:aws:iam::111111111111:role/${name}`

/** An STS that issues keys which name the role and count, and last an hour by the clock of the test. */
const serveSts = () => {
  const issued = new Map<string, number>()
  return Effect.map(
    Server.serve(async (request) => {
      const role = /role\/(\w+)$/.exec(Server.formOf(request)["RoleArn"] ?? "")?.[1] ?? ""
      const count = (issued.get(role) ?? 0) + 1
      issued.set(role, count)
      const sent = request.headers["x-amz-date"] ?? ""
      const time = Date.parse(sent.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"))
      const answer = Server.roleOf(
        `ASIA${role.toUpperCase()}${count}`.padEnd(20, "0"),
        new Date(time + 3_600_000).toISOString(),
      )
      return { ...answer, headers: { ...answer.headers, date: new Date(time).toUTCString() } }
    }),
    (server) => ({ server, issued }),
  )
}

const keyOf = (role: string, count = 1) => `ASIA${role.toUpperCase()}${count}`.padEnd(20, "0")

const stack = (url: string) =>
  Layer.provideMerge(CredentialStack.layer(base), Layer.orDie(StsSdk.layer({ region: "eu-west-1", endpoint: url })))

/** Whether a promise was rejected with this reason. */
const rejection = (promise: () => Promise<unknown>) =>
  Effect.flip(Effect.tryPromise({ try: promise, catch: (error) => error }))

const reasonTag = (error: unknown) => (error instanceof CredentialsError ? error.reason._tag : error)

describe("A client of the SDK", () => {
  it.effect(
    "S3: is role by role what it was made under, also across a refresh",
    Effect.fnUntraced(function* () {
      const { server, issued } = yield* serveSts()
      const faults: Array<string | undefined> = []
      const s3Server = yield* Server.serve((request) => {
        const id = Server.accessKeyIdOf(request) ?? ""
        const secret = id.startsWith("AKIA") ? "secret-of-base" : `secret-of-${id}`
        faults.push(Server.signatureFault(request, secret, { time: Date.now(), service: "s3" }))
        assert.strictEqual(
          request.headers["x-amz-security-token"],
          id.startsWith("AKIA") ? undefined : `token-of-${id}`,
        )
        return { body: id, headers: { "content-type": "text/plain" } }
      })
      const makeS3 = Effect.map(
        SdkCredentials.provider,
        (credentials) =>
          new S3Client({
            region: "eu-west-1",
            endpoint: s3Server.url,
            forcePathStyle: true,
            credentials,
            maxAttempts: 1,
          }),
      )
      const keyUsed = (s3: S3Client) =>
        Effect.promise(async () => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))
          return Body?.transformToString()
        })
      yield* Effect.gen(function* () {
        const outer = yield* makeS3
        assert.strictEqual(yield* keyUsed(outer), "AKIAIOSFODNN7EXAMPLE")
        yield* Effect.gen(function* () {
          const reader = yield* makeS3
          assert.strictEqual(yield* keyUsed(reader), keyOf("reader"))
          yield* Effect.gen(function* () {
            const writer = yield* makeS3
            assert.strictEqual(yield* keyUsed(writer), keyOf("writer"))
            assert.strictEqual(yield* keyUsed(reader), keyOf("reader"))
            assert.strictEqual(yield* keyUsed(outer), "AKIAIOSFODNN7EXAMPLE")
            yield* TestClock.adjust("59 minutes")
            assert.strictEqual(yield* keyUsed(writer), keyOf("writer", 2))
            assert.strictEqual(yield* keyUsed(reader), keyOf("reader", 2))
          }).pipe(CredentialStack.withRole({ roleArn: roleArn("writer") }))
          assert.strictEqual(yield* keyUsed(reader), keyOf("reader", 2))
        }).pipe(CredentialStack.withRole({ roleArn: roleArn("reader") }))
        assert.strictEqual(yield* keyUsed(outer), "AKIAIOSFODNN7EXAMPLE")
      }).pipe(Effect.provide(stack(server.url)))
      assert.deepStrictEqual(Object.fromEntries(issued), { reader: 2, writer: 2 })
      assert.isTrue(faults.length > 0 && faults.every((fault) => fault === undefined), String(faults))
    }, Effect.scoped),
  )

  const sendWith = (url: string, credentials: AwsCredentialIdentityProvider) => {
    const client = new STSClient({ region: "eu-west-1", endpoint: url, credentials, maxAttempts: 1 })
    return () => client.send(new GetCallerIdentityCommand({}))
  }

  it.effect(
    "twenty of them share one session",
    Effect.fnUntraced(function* () {
      const { server, issued } = yield* serveSts()
      const service = yield* Server.serve(() => Server.identityOf())
      yield* Effect.gen(function* () {
        const provider = yield* SdkCredentials.provider
        const clients = Array.from({ length: 20 }, () => sendWith(service.url, provider))
        yield* Effect.promise(() => Promise.all(clients.map((send) => send())))
        yield* TestClock.adjust("2 hours")
        yield* Effect.promise(() => Promise.all(clients.map((send) => send())))
      }).pipe(CredentialStack.withRole({ roleArn: roleArn("reader") }), Effect.provide(stack(server.url)))
      assert.strictEqual(issued.get("reader"), 2)
      const used = service.received.map(Server.accessKeyIdOf)
      assert.deepStrictEqual(new Set(used.slice(0, 20)), new Set([keyOf("reader", 1)]))
      assert.deepStrictEqual(new Set(used.slice(20)), new Set([keyOf("reader", 2)]))
    }, Effect.scoped),
  )

  it.effect(
    "follows a push on the stack that it shares, at once and back",
    Effect.fnUntraced(function* () {
      const { server } = yield* serveSts()
      const service = yield* Server.serve(() => Server.identityOf())
      yield* Effect.gen(function* () {
        const send = Effect.promise(sendWith(service.url, yield* SdkCredentials.provider))
        yield* send
        yield* Effect.scoped(
          Effect.andThen(CredentialStack.push(CredentialSource.assumeRole({ roleArn: roleArn("writer") })), send),
        )
        yield* send
        yield* CredentialStack.set({ accessKeyId: "AKIASETBYHAND0000000", secretAccessKey: "x" })
        yield* send
      }).pipe(Effect.provide(stack(server.url)))
      assert.deepStrictEqual(service.received.map(Server.accessKeyIdOf), [
        "AKIAIOSFODNN7EXAMPLE",
        keyOf("writer"),
        "AKIAIOSFODNN7EXAMPLE",
        "AKIASETBYHAND0000000",
      ])
    }, Effect.scoped),
  )

  it.effect(
    "that outlives its role is refused, typed, and never is the identity below",
    Effect.fnUntraced(function* () {
      const { server } = yield* serveSts()
      const service = yield* Server.serve(() => Server.identityOf())
      yield* Effect.gen(function* () {
        const send = yield* Effect.gen(function* () {
          const send = sendWith(service.url, yield* SdkCredentials.provider)
          yield* Effect.promise(send)
          return send
        }).pipe(CredentialStack.withRole({ roleArn: roleArn("reader") }))
        assert.strictEqual(reasonTag(yield* rejection(send)), "ScopeClosed")
      }).pipe(Effect.provide(stack(server.url)))
      assert.deepStrictEqual(service.received.map(Server.accessKeyIdOf), [keyOf("reader")])
    }, Effect.scoped),
  )
})

describe("The provider", () => {
  it.effect(
    "with forceRefresh gives up what it gave last, and nothing newer",
    Effect.fnUntraced(function* () {
      const { server, issued } = yield* serveSts()
      yield* Effect.gen(function* () {
        const provider = yield* SdkCredentials.provider
        const ask = (forceRefresh: boolean) => Effect.promise(() => provider({ forceRefresh }))
        assert.strictEqual((yield* ask(true)).accessKeyId, keyOf("reader", 1))
        assert.strictEqual((yield* ask(false)).accessKeyId, keyOf("reader", 1))
        assert.strictEqual((yield* ask(true)).accessKeyId, keyOf("reader", 2))
        assert.strictEqual((yield* ask(false)).accessKeyId, keyOf("reader", 2))
        // Others have renewed it already: what this provider gave is not current any more.
        yield* CredentialStack.invalidate(keyOf("reader", 2))
        yield* CredentialStack.current
        assert.strictEqual((yield* ask(true)).accessKeyId, keyOf("reader", 3))
      }).pipe(CredentialStack.withRole({ roleArn: roleArn("reader") }), Effect.provide(stack(server.url)))
      assert.strictEqual(issued.get("reader"), 3)
    }, Effect.scoped),
  )

  it.live(
    "never lets a client cache: it seems to expire within what clients keep, and never later than it does",
    Effect.fnUntraced(function* () {
      const expires = (expiration: Date | undefined) =>
        Effect.gen(function* () {
          const provider = yield* SdkCredentials.provider
          return (yield* Effect.promise(() => provider())).expiration?.getTime() ?? Infinity
        }).pipe(
          Effect.provide(
            CredentialStack.layer(
              CredentialSource.fromCredentials({
                accessKeyId: "ASIAIOSFODNN7EXAMPLE",
                secretAccessKey: "x",
                sessionToken: "y",
                expiration,
              }),
            ),
          ),
        )
      assert.isBelow(yield* expires(undefined), Date.now() + 299_000)
      assert.isAbove(yield* expires(undefined), Date.now() + 60_000)
      assert.isBelow(yield* expires(new Date(Date.now() + 3_600_000)), Date.now() + 299_000)
      const soon = new Date(Date.now() + 100_000)
      assert.strictEqual(yield* expires(soon), soon.getTime())
    }),
  )
})

const sdkError = (message: string, tryNextLink: boolean) =>
  Object.assign(new Error(message), { name: "CredentialsProviderError", tryNextLink })

const identity = (count: number, expiration?: Date) => ({
  accessKeyId: `ASIAFROMSDK${count}`.padEnd(20, "0"),
  secretAccessKey: `secret-${count}`,
  sessionToken: `token-${count}`,
  ...(expiration === undefined ? {} : { expiration }),
})

const current = Effect.map(CredentialStack.current, (credentials) => ({
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: Redacted.value(credentials.secretAccessKey),
}))

const acquisitionError = (source: CredentialSource.CredentialSource<CredentialsError>) =>
  Effect.flip(Effect.scoped(Layer.build(CredentialStack.layer(source))))

describe("A source of the SDK", () => {
  it.effect(
    "is asked once, and with forceRefresh for each renewal",
    Effect.fnUntraced(function* () {
      yield* TestClock.setTime(Date.parse("2026-07-13T10:00:00Z"))
      const asked: Array<boolean> = []
      // As the SDK's own do, it caches until five minutes before the end.
      let cached = identity(0, new Date("2026-07-13T11:00:00Z"))
      const source = SdkCredentials.source(async (properties) => {
        asked.push(properties?.["forceRefresh"] === true)
        if (properties?.["forceRefresh"] === true) cached = identity(asked.length, new Date("2026-07-13T12:00:00Z"))
        return cached
      })
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* current).accessKeyId, identity(0).accessKeyId)
        assert.strictEqual((yield* current).secretAccessKey, "secret-0")
        assert.deepStrictEqual(asked, [false])
        yield* TestClock.adjust("58 minutes")
        assert.strictEqual((yield* current).accessKeyId, identity(2).accessKeyId)
        assert.deepStrictEqual(asked, [false, true])
      }).pipe(Effect.provide(CredentialStack.layer(source)))
    }),
  )

  it.effect(
    "that has none lets the next one have its turn",
    Effect.fnUntraced(function* () {
      const none = SdkCredentials.source(() => Promise.reject(sdkError("no profile", true)), { label: "ini" })
      const some = SdkCredentials.source(() => Promise.resolve(identity(1)))
      const { accessKeyId } = yield* Effect.provide(
        current,
        CredentialStack.layer(CredentialSource.firstOf(none, some)),
      )
      assert.strictEqual(accessKeyId, identity(1).accessKeyId)
      const { reason } = yield* acquisitionError(none)
      assert.strictEqual(reason._tag, "NoCredentials")
      assert.strictEqual(reason.message, "ini gave no credentials: no profile")
    }),
  )

  it.effect(
    "that fails does not",
    Effect.fnUntraced(function* () {
      const broken = SdkCredentials.source(() => Promise.reject(sdkError("the SSO session has expired", false)))
      const some = SdkCredentials.source(() => assert.fail("no other identity takes its place"))
      const { reason } = yield* acquisitionError(CredentialSource.firstOf(broken, some))
      assert(reason._tag === "RefreshFailed")
      assert.include(reason.message, "the SSO session has expired")
    }),
  )

  it.effect(
    "that gives half a set is refused",
    Effect.fnUntraced(function* () {
      const half = SdkCredentials.source(() =>
        Promise.resolve({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "" }),
      )
      assert.strictEqual((yield* acquisitionError(half)).reason._tag, "InvalidCredentials")
    }),
  )
})

describe("The default chain", () => {
  const withEnv = (env: Record<string, string>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]))
        Object.assign(process.env, env)
        return before
      }),
      (before) =>
        Effect.sync(() => {
          for (const [name, value] of Object.entries(before)) {
            if (value === undefined) delete process.env[name]
            else process.env[name] = value
          }
        }),
    )

  const found = Effect.provide(current, CredentialStack.layer(SdkCredentials.defaultChain))

  it.live("finds nothing where there is nothing, and says so", () =>
    Effect.gen(function* () {
      const { reason } = yield* acquisitionError(SdkCredentials.defaultChain)
      assert.strictEqual(reason._tag, "NoCredentials")
      const stack = CredentialStack.layer(CredentialSource.firstOf(SdkCredentials.defaultChain, base))
      assert.strictEqual((yield* Effect.provide(current, stack)).accessKeyId, "AKIAIOSFODNN7EXAMPLE")
    }),
  )

  it.live("finds a profile, also of a later stack and environment", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempDisposableSync(join(tmpdir(), "effect-sts-"))),
        (folder) => Effect.sync(() => folder.remove()),
      )
      const file = join(folder.path, "credentials")
      writeFileSync(file, "[work]\naws_access_key_id = AKIAPROFILE000000000\naws_secret_access_key = of-profile\n")
      yield* withEnv({ AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: "work" })
      assert.deepStrictEqual(yield* found, { accessKeyId: "AKIAPROFILE000000000", secretAccessKey: "of-profile" })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* withEnv({
            AWS_PROFILE: "",
            AWS_ACCESS_KEY_ID: "AKIAENV0000000000000",
            AWS_SECRET_ACCESS_KEY: "of-env",
          })
          assert.strictEqual((yield* found).accessKeyId, "AKIAENV0000000000000")
        }),
      )
    }).pipe(Effect.scoped),
  )
})
