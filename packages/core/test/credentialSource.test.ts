import { assert, describe, it } from "@effect/vitest"
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import type * as Sts from "@effect-sts/core/Sts"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as StubSts from "./support/stubSts.ts"

const { role, roleArn, whoami } = StubSts

const test = (
  name: string,
  body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Sts.Sts | CredentialStack.CredentialStack>,
) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return body(stub).pipe(Effect.provide(StubSts.layer(stub)))
  })

const mfa = { serialNumber: "arn:aws:iam::111111111111:mfa/alice", tokenCode: "123456" }

const labelAndKind = <E, R>(source: CredentialSource.CredentialSource<E, R>) =>
  Effect.map(CredentialStack.use(source)(CredentialStack.frames), ([top]) => [top?.label, top?.kind])

describe("fromCredentials", () => {
  const { accessKeyId, secretAccessKey } = StubSts.longTerm("x")
  const forms: Record<string, AwsCredentials.Input | AwsCredentials.AwsCredentials> = {
    "plain strings": { accessKeyId, secretAccessKey },
    "Redacted ones": { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) },
    "fields that are undefined": { accessKeyId, secretAccessKey, sessionToken: undefined, expiration: undefined },
    "an AwsCredentials": new AwsCredentials.AwsCredentials({
      accessKeyId,
      secretAccessKey: Redacted.make(secretAccessKey),
    }),
  }
  for (const [name, input] of Object.entries(forms)) {
    test(`takes ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* CredentialStack.use(CredentialSource.fromCredentials(input))(whoami), "x")
      }))
  }

  const halves: ReadonlyArray<readonly [input: object, field: string]> = [
    [{ accessKeyId }, "secretAccessKey"],
    [{ secretAccessKey }, "accessKeyId"],
    [{ sessionToken: "token" }, "accessKeyId"],
    [{ accessKeyId, secretAccessKey: "" }, "secretAccessKey"],
    [{ accessKeyId, secretAccessKey, sessionToken: "" }, "sessionToken"],
    [{ accessKeyId, secretAccessKey, expiration: "soon" }, "expiration"],
    [{ accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey }, "sessionToken"],
    [{ accessKeyId: "a key/id", secretAccessKey }, "accessKeyId"],
  ]
  for (const [input, field] of halves) {
    test(`refuses ${JSON.stringify(Object.keys(input))} for its ${field}, and shows no secret`, (stub) =>
      Effect.gen(function* () {
        const source = CredentialSource.fromCredentials(input as never)
        const error = yield* Effect.flip(CredentialStack.use(source)(whoami))
        assert.strictEqual(error.reason._tag, "InvalidCredentials")
        assert.deepInclude(error.reason, { field })
        assert.notInclude(String(error) + JSON.stringify(error), secretAccessKey)
        assert.deepStrictEqual(stub.calls, [])
      }))
  }

  test("expires, where it says when, and is not renewed", () =>
    Effect.gen(function* () {
      const source = CredentialSource.fromCredentials({
        accessKeyId: StubSts.keyOf("x>y"),
        secretAccessKey,
        sessionToken: "token",
        expiration: "1970-01-01T01:00:00Z",
      })
      yield* CredentialStack.use(source)(
        Effect.gen(function* () {
          yield* TestClock.adjust("59 minutes")
          assert.strictEqual(yield* whoami, "x>y")
          yield* TestClock.adjust("1 minute")
          const { reason } = yield* Effect.flip(CredentialStack.current)
          assert.strictEqual(reason._tag, "Expired")
        }),
      )
    }))
})

describe("fromConfig", () => {
  const keys = { AWS_ACCESS_KEY_ID: StubSts.keyOf("env"), AWS_SECRET_ACCESS_KEY: "a-secret-key" }
  const token = { AWS_SESSION_TOKEN: "a-session-token" }
  const expiration = "2030-01-01T00:00:00Z"
  const whole = { ...keys, ...token, AWS_CREDENTIAL_EXPIRATION: expiration }
  const empty = (variable: string) => ({ ...whole, [variable]: "" })
  const good: Record<string, readonly [env: Record<string, string>, expected: object]> = {
    "long-term keys": [keys, { token: undefined, expiration: undefined }],
    "temporary ones": [
      { ...keys, ...token },
      { token: "a-session-token", expiration: undefined },
    ],
    "temporary ones with their expiration": [
      whole,
      { token: "a-session-token", expiration: "2030-01-01T00:00:00.000Z" },
    ],
    "an empty token beside long-term keys, as if it were not set": [
      { ...keys, AWS_SESSION_TOKEN: "" },
      { token: undefined, expiration: undefined },
    ],
  }
  const bad: Record<string, readonly [env: Record<string, string>, reason: string, named: string]> = {
    nothing: [{}, "NoCredentials", "AWS_ACCESS_KEY_ID"],
    "both keys empty": [{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }, "NoCredentials", "AWS_SECRET_ACCESS_KEY"],
    "a token alone": [token, "InvalidCredentials", "AWS_ACCESS_KEY_ID"],
    "no id": [{ AWS_SECRET_ACCESS_KEY: "a-secret-key" }, "InvalidCredentials", "AWS_ACCESS_KEY_ID"],
    "no secret": [{ AWS_ACCESS_KEY_ID: keys.AWS_ACCESS_KEY_ID }, "InvalidCredentials", "AWS_SECRET_ACCESS_KEY"],
    "an empty id": [empty("AWS_ACCESS_KEY_ID"), "InvalidCredentials", "AWS_ACCESS_KEY_ID"],
    "an empty secret": [empty("AWS_SECRET_ACCESS_KEY"), "InvalidCredentials", "AWS_SECRET_ACCESS_KEY"],
    "a temporary key without its token": [
      { ...keys, AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE" },
      "InvalidCredentials",
      "AWS_SESSION_TOKEN",
    ],
    "a temporary key with an empty token": [
      { ...keys, AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE", AWS_SESSION_TOKEN: "" },
      "InvalidCredentials",
      "AWS_SESSION_TOKEN",
    ],
    "an expiration that is no date": [
      { ...whole, AWS_CREDENTIAL_EXPIRATION: "soon" },
      "InvalidCredentials",
      "AWS_CREDENTIAL_EXPIRATION",
    ],
    "an id that is none": [{ ...keys, AWS_ACCESS_KEY_ID: "not a key" }, "InvalidCredentials", "AWS_ACCESS_KEY_ID"],
  }
  const providers = {
    fromUnknown: (env: Record<string, string>) => ConfigProvider.fromUnknown(env),
    fromEnv: (env: Record<string, string>) => ConfigProvider.fromEnv({ env }),
  }
  for (const [name, provider] of Object.entries(providers)) {
    const under = (env: Record<string, string>) =>
      Layer.build(CredentialStack.layer(CredentialSource.fromConfig)).pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, provider(env)),
      )
    for (const [what, [env, expected]] of Object.entries(good)) {
      it.effect(`reads ${what} (${name})`, () =>
        Effect.gen(function* () {
          const credentials = yield* Effect.provideContext(CredentialStack.current, yield* under(env))
          assert.strictEqual(credentials.accessKeyId, keys.AWS_ACCESS_KEY_ID)
          assert.strictEqual(Redacted.value(credentials.secretAccessKey), "a-secret-key")
          assert.deepStrictEqual(
            {
              token: credentials.sessionToken && Redacted.value(credentials.sessionToken),
              expiration: credentials.expiration && DateTime.formatIso(credentials.expiration),
            },
            expected,
          )
        }),
      )
    }
    for (const [what, [env, reason, named]] of Object.entries(bad)) {
      it.effect(`refuses ${what}, by the variable's name (${name})`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(under(env))
          assert.strictEqual(error.reason._tag, reason)
          assert.include(error.message, named)
          if (error.reason._tag === "InvalidCredentials") assert.strictEqual(error.reason.field, named)
          assert.notMatch(String(error) + JSON.stringify(error), /a-secret-key|a-session-token/)
        }),
      )
    }
  }
})

describe("fromEffect", () => {
  test("is run again whenever new credentials are due, and checks each set", () =>
    Effect.gen(function* () {
      let runs = 0
      const source = CredentialSource.fromEffect(
        Effect.map(DateTime.now, (now) => ({
          ...StubSts.longTerm(`run${++runs}`),
          expiration: DateTime.add(now, { hours: 1 }),
        })),
      )
      yield* CredentialStack.use(source)(
        Effect.gen(function* () {
          assert.strictEqual(yield* whoami, "run1")
          yield* TestClock.adjust("1 hour")
          assert.strictEqual(yield* whoami, "run2")
        }),
      )
      const half = CredentialSource.fromEffect(Effect.succeed({ accessKeyId: "AKIA", secretAccessKey: "" }))
      const error = yield* Effect.flip(CredentialStack.use(half)(whoami))
      assert.strictEqual(error.reason._tag, "InvalidCredentials")
    }))

  test("fails with its own error at its acquisition, and with RefreshFailed later", () =>
    Effect.gen(function* () {
      class NoVault {
        readonly _tag = "NoVault"
      }
      let isDown = true
      const source = CredentialSource.fromEffect(
        Effect.suspend(() =>
          isDown
            ? Effect.fail(new NoVault())
            : Effect.map(DateTime.now, (now) => ({
                ...StubSts.longTerm("x"),
                expiration: DateTime.add(now, { minutes: 30 }),
              })),
        ),
      )
      const strict = source.pipe(CredentialSource.withRefreshPolicy({ onOutage: "fail" }))
      assert.instanceOf(yield* Effect.flip(CredentialStack.use(strict)(Effect.void)), NoVault)
      isDown = false
      const { reason } = yield* Effect.gen(function* () {
        isDown = true
        yield* TestClock.adjust("1 hour")
        return yield* Effect.flip(CredentialStack.current)
      }).pipe(CredentialStack.use(strict))
      assert(reason._tag === "RefreshFailed")
      assert.strictEqual(reason.label, "effect")
      assert.instanceOf(reason.error, NoVault)
    }))
})

describe("sources made of an STS call", () => {
  const sources: Record<
    string,
    readonly [source: CredentialSource.CredentialSource<unknown, Sts.Sts>, chain: string, label: string, kind: string]
  > = {
    assumeRole: [role("A"), "root>A", `assumeRole(${roleArn("A")})`, "assumeRole"],
    sessionToken: [CredentialSource.sessionToken(), "root>token", "sessionToken", "sessionToken"],
    "sessionToken with MFA": [
      CredentialSource.sessionToken({ mfa }),
      "root>token",
      `sessionToken(${mfa.serialNumber})`,
      "sessionToken",
    ],
    federationToken: [
      CredentialSource.federationToken({ name: "fred" }),
      "root>fred",
      "federationToken(fred)",
      "federationToken",
    ],
    webIdentity: [
      CredentialSource.webIdentity({ roleArn: roleArn("web"), webIdentityToken: "a.b.c" }),
      "web",
      `webIdentity(${roleArn("web")})`,
      "webIdentity",
    ],
    saml: [
      CredentialSource.saml({
        roleArn: roleArn("saml"),
        principalArn: "arn:aws:iam::111111111111:saml-provider/idp",
        samlAssertion: Redacted.make("PHNhbWw+"),
      }),
      "saml",
      `saml(${roleArn("saml")})`,
      "saml",
    ],
    assumeRoot: [
      CredentialSource.assumeRoot({
        targetPrincipal: "222222222222",
        taskPolicyArn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
      }),
      "root>rootOf222222222222",
      "assumeRoot(222222222222)",
      "assumeRoot",
    ],
  }
  for (const [name, [source, chain, label, kind]] of Object.entries(sources)) {
    test(`${name} gives credentials of ${chain}, labelled ${label}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* CredentialStack.use(source)(whoami), chain)
        assert.deepStrictEqual(yield* labelAndKind(source), [label, kind])
        const renamed = source.pipe(CredentialSource.withLabel("mine"))
        assert.strictEqual(renamed.label, "mine")
        assert.deepStrictEqual(yield* labelAndKind(renamed), ["mine", kind])
      }))
  }

  test("sign with the identity below them, also when they renew themselves", (stub) =>
    Effect.gen(function* () {
      stub.settings.lifetime = 900
      yield* Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* whoami, "root>A>B")
      }).pipe(CredentialStack.use(role("B")), CredentialStack.use(role("A")))
      assert.deepStrictEqual(stub.issued(), [
        "root AssumeRole A",
        "root>A AssumeRole B",
        "root AssumeRole A",
        "root>A AssumeRole B",
      ])
    }))

  test("get a session name where none is given, the same one at each renewal", (stub) =>
    Effect.gen(function* () {
      stub.settings.lifetime = 900
      yield* Effect.andThen(TestClock.adjust("1 hour"), CredentialStack.current).pipe(CredentialStack.use(role("A")))
      const [first, second] = stub.calls.map(({ request }) => request["RoleSessionName"])
      assert.match(String(first), /^effect-sts-[0-9a-z]{8}$/)
      assert.strictEqual(first, second)
      yield* CredentialStack.withRole({ roleArn: roleArn("A"), roleSessionName: "mine" })(Effect.void)
      assert.strictEqual(stub.calls.at(-1)?.request["RoleSessionName"], "mine")
    }))

  test("refuse a request that breaks a rule before anything is sent", (stub) =>
    Effect.gen(function* () {
      const source = CredentialSource.assumeRole({ roleArn: "arn:aws:iam::1:role" })
      const error = yield* Effect.flip(CredentialStack.use(source)(Effect.void))
      assert.include(error.message, "roleArn")
      assert.deepStrictEqual(stub.calls, [])
    }))

  class Tokens extends Context.Service<Tokens, { readonly next: Effect.Effect<string> }>()("Tokens") {}
  const counting = (prefix: string) => {
    let asked = 0
    return { next: Effect.sync(() => `${prefix}${++asked}`) }
  }
  const secrets = {
    webIdentity: [
      "WebIdentityToken",
      CredentialSource.webIdentity({
        roleArn: roleArn("web"),
        webIdentityToken: Tokens.use((tokens) => tokens.next),
      }),
    ],
    saml: [
      "SAMLAssertion",
      CredentialSource.saml({
        roleArn: roleArn("web"),
        principalArn: "arn:aws:iam::111111111111:saml-provider/idp",
        samlAssertion: Tokens.use((tokens) => tokens.next),
      }),
    ],
  } as const
  for (const [name, [member, source]] of Object.entries(secrets)) {
    test(`${name}: asks for its secret anew for each call, with the services of where it was put to use`, (stub) =>
      Effect.gen(function* () {
        stub.settings.lifetime = 900
        const renewing = Effect.andThen(TestClock.adjust("1 hour"), CredentialStack.current)
        yield* renewing.pipe(
          // Inside, another one answers: it must not be asked.
          Effect.provideService(Tokens, counting("inside")),
          CredentialStack.use(source),
          Effect.provideService(Tokens, counting("token")),
        )
        assert.deepStrictEqual(
          stub.calls.map(({ request }) => request[member]),
          ["token1", "token2"],
        )
      }))
  }

  test("renew themselves under the retry policy of where they were put to use, not of who needs them", (stub) =>
    Effect.gen(function* () {
      stub.settings.lifetime = 900
      yield* Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        const before = stub.calls.length
        stub.next(StubSts.refused("Throttling"), StubSts.refused("Throttling"))
        yield* CredentialStack.current.pipe(RetryPolicy.withRetryPolicy({ attempts: 9 }), Effect.exit)
        assert.strictEqual(stub.calls.length - before, 1)
      }).pipe(CredentialStack.use(role("A")), RetryPolicy.withRetryPolicy({ attempts: 1 }))
    }))
})

describe("firstOf", () => {
  const none = (label: string) => CredentialSource.fromConfig.pipe(CredentialSource.withLabel(label))
  const without = Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))

  test("takes the first that has credentials, under that one's label", (stub) =>
    Effect.gen(function* () {
      const source = CredentialSource.firstOf(none("env"), role("A"), role("B"))
      assert.strictEqual(source.label, `firstOf(env, assumeRole(${roleArn("A")}), assumeRole(${roleArn("B")}))`)
      assert.strictEqual(yield* CredentialStack.use(source)(whoami), "root>A")
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A"])
    }).pipe(without))

  test("never puts another identity in the place of one that was refused", (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied"))
      const error = yield* Effect.flip(CredentialStack.use(CredentialSource.firstOf(role("A"), role("B")))(whoami))
      assert.strictEqual(error.reason._tag, "AccessDenied")
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A"])
    }))

  test("never puts another identity in the place of a half set", () =>
    Effect.gen(function* () {
      const half = CredentialSource.fromCredentials({ accessKeyId: "AKIA", secretAccessKey: "" })
      const error = yield* Effect.flip(CredentialStack.use(CredentialSource.firstOf(half, role("B")))(whoami))
      assert.strictEqual(error.reason._tag, "InvalidCredentials")
    }))

  test("says what it tried where none has any, also nested", () =>
    Effect.gen(function* () {
      const source = CredentialSource.firstOf(none("one"), CredentialSource.firstOf(none("two"), none("three")))
      const { message, reason } = yield* Effect.flip(CredentialStack.use(source)(whoami))
      assert(reason._tag === "NoCredentials")
      assert.lengthOf(reason.tried, 2)
      assert.match(reason.tried[0] ?? "", /^one: AWS_ACCESS_KEY_ID/)
      assert.strictEqual(message, `no source has credentials (${reason.tried.join("; ")})`)
      for (const label of ["one", "two", "three"]) assert.include(message, label)
    }).pipe(without))

  it.effect("can be the base of a stack", () => {
    const stub = StubSts.make()
    const base = CredentialSource.firstOf(none("env"), CredentialSource.fromCredentials(StubSts.longTerm("root")))
    return Effect.gen(function* () {
      assert.strictEqual(yield* whoami, "root")
    }).pipe(Effect.provide(Layer.provideMerge(CredentialStack.layer(base), stub.layer)), without)
  })
})

describe("sharing", () => {
  test("equal sources on the same identity make one call", (stub) =>
    Effect.gen(function* () {
      yield* Effect.all([
        CredentialStack.use(role("A"))(whoami),
        CredentialStack.withRole({ roleArn: roleArn("A"), duration: undefined })(whoami),
        CredentialStack.use(role("A"))(CredentialStack.use(role("A"))(whoami)),
      ])
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root>A AssumeRole A"])
    }))

  test("unshared ones make one each", (stub) =>
    Effect.gen(function* () {
      const source = role("A").pipe(CredentialSource.unshared)
      yield* Effect.all([CredentialStack.use(source)(whoami), CredentialStack.use(source)(whoami)])
      assert.lengthOf(stub.issued(), 2)
    }))
})
