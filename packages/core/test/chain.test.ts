import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CredentialSource from "../src/CredentialSource.ts"
import * as CredentialStack from "../src/CredentialStack.ts"
import * as Sts from "../src/Sts.ts"
import * as StsBackend from "../src/StsBackend.ts"

const longTerm = CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" })
const temporary = CredentialSource.fromCredentials({
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "token",
})
const unknown = CredentialSource.fromConfig
const role = (name: string, options?: Omit<CredentialSource.AssumeRoleInput, "roleArn">) =>
  CredentialSource.assumeRole({ roleArn: `arn:aws:iam::111111111111:role/${name}`, ...options })
const token = CredentialSource.sessionToken()
const federated = CredentialSource.federationToken({ name: "fred" })
const root = CredentialSource.assumeRoot({
  targetPrincipal: "222222222222",
  taskPolicyArn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
})
const web = CredentialSource.webIdentity({
  roleArn: "arn:aws:iam::111111111111:role/web",
  webIdentityToken: Effect.succeed("a.b.c"),
})
const saml = CredentialSource.saml({
  roleArn: "arn:aws:iam::111111111111:role/saml",
  principalArn: "arn:aws:iam::111111111111:saml-provider/idp",
  samlAssertion: Effect.succeed("PHNhbWw+"),
})
const { firstOf } = CredentialSource

type Chain = ReadonlyArray<CredentialSource.CredentialSource<unknown, unknown>>

/**
 * Chain, the hop that is refused, words of the reason, and whose label it is where that is not the hop's own; none where
 * STS takes the whole chain.
 */
const cases: ReadonlyArray<
  readonly [name: string, chain: Chain, refused?: readonly [hop: number, words: RegExp, label?: string]]
> = [
  ["a role on long-term keys", [longTerm, role("a")]],
  ["12 hours on long-term keys", [longTerm, role("a", { duration: "12 hours" })]],
  ["12 hours on keys of which nothing is known", [unknown, role("a", { duration: "12 hours" })]],
  ["more than 12 hours", [longTerm, role("a", { duration: "13 hours" })], [1, /duration must be 900 to 43200/]],
  ["an hour on a role", [longTerm, role("a"), role("b", { duration: "1 hour" })]],
  [
    "more than an hour on a role",
    [longTerm, role("a"), role("b", { duration: "61 minutes" })],
    [2, /^asks for 1h 1m, .*role chaining/],
  ],
  ["more than an hour on a SAML user", [saml, role("b", { duration: "2 hours" })], [1, /role chaining/]],
  ["more than an hour on a web identity", [web, role("b", { duration: "2 hours" })], [1, /role chaining/]],
  [
    "more than an hour on GetSessionToken's",
    [longTerm, token, role("b", { duration: "2 hours" })],
    [2, /role chaining/],
  ],
  ["more than an hour on temporary keys", [temporary, role("b", { duration: "2 hours" })], [1, /role chaining/]],
  ["a session token on long-term keys", [longTerm, token]],
  ["a session token on a role", [longTerm, role("a"), token], [2, /long-term keys/]],
  ["a session token on a session token", [longTerm, token, token], [2, /long-term keys/]],
  ["a session token on temporary keys", [temporary, token], [1, /long-term keys/]],
  ["a federation token on a role", [longTerm, role("a"), federated], [2, /long-term keys/]],
  ["a role on a federated user", [longTerm, federated, role("a")], [2, /GetCallerIdentity and nothing else/]],
  ["AssumeRoot on a role", [longTerm, role("a"), root]],
  ["AssumeRoot on a session token", [longTerm, token, root], [2, /GetSessionToken/]],
  ["a role on AssumeRoot", [longTerm, role("a"), root, role("b")], [3, /AssumeRoot session/]],
  ["a web identity on anything", [longTerm, federated, web]],
  ["a role on nothing", [role("a")], [0, /there is none/]],
  ["a malformed session name", [longTerm, role("a", { roleSessionName: "a b" })], [1, /roleSessionName may have only/]],
  [
    "a short role ARN",
    [longTerm, CredentialSource.assumeRole({ roleArn: "arn:aws:iam::1:role" })],
    [1, /roleArn must/],
  ],
  [
    "an MFA code that is asked for",
    [longTerm, CredentialSource.sessionToken({ mfa: { serialNumber: "GAHT12345678", tokenCode: Effect.never } })],
  ],
  [
    "a malformed MFA code",
    [longTerm, CredentialSource.sessionToken({ mfa: { serialNumber: "GAHT12345678", tokenCode: "12" } })],
    [1, /mfa\.tokenCode must have 6/],
  ],
  [
    "a duration that is none, on a role",
    [longTerm, role("a"), role("b", { duration: "long" as never })],
    [2, /^duration /],
  ],
  ["a field that there is not", [longTerm, role("a", { rolArn: "x" } as object)], [1, /^rolArn /]],
  [
    "the first of several, one of them refused",
    [longTerm, token, firstOf(token, role("a"))],
    [2, /long-term keys/, "sessionToken"],
  ],
  [
    "the first of several within another, one of them refused",
    [longTerm, token, firstOf(role("a"), firstOf(role("b"), token))],
    [2, /long-term keys/, "sessionToken"],
  ],
  ["a session token on one of several roles", [longTerm, firstOf(role("a"), role("b")), token], [2, /long-term keys/]],
  ["a session token on long-term or temporary keys", [firstOf(longTerm, temporary), token]],
  ["a session token on a role or a federated user", [longTerm, firstOf(role("a"), federated), token]],
]

describe("CredentialStack.check", () => {
  it.each(cases.map(([name, chain, refused]) => ({ name, chain, refused })))("$name", ({ chain, refused }) => {
    const findings = CredentialStack.check(chain)
    assert.deepStrictEqual(
      findings.map(({ hop, isRefused, label }) => ({ hop, isRefused, label })),
      refused === undefined
        ? []
        : [{ hop: refused[0], isRefused: true, label: refused[2] ?? String(chain[refused[0]]?.label) }],
    )
    if (refused !== undefined) assert.match(String(findings[0]?.message), refused[1])
  })

  it("says all that is wrong with a request", () => {
    const findings = CredentialStack.check([longTerm, role("a", { roleSessionName: "a b", duration: "13 hours" })])
    assert.deepStrictEqual(
      findings.map(({ hop, message }) => [hop, message.split(" ")[0]]),
      [
        [1, "roleSessionName"],
        [1, "duration"],
      ],
    )
  })

  it("calls a role odd that is assumed for a web identity and once more, also as one of several", () => {
    const findings = CredentialStack.check([web, role("a"), firstOf(role("b"), role("web")), web])
    assert.deepStrictEqual(
      findings.map(({ hop, isRefused, label }) => ({ hop, isRefused, label })),
      [
        { hop: 2, isRefused: false, label: role("web").label },
        { hop: 3, isRefused: false, label: web.label },
      ],
    )
  })

  it("says nothing of a role that can be had in two ways, of which one is taken", () => {
    assert.deepStrictEqual(CredentialStack.check([longTerm, firstOf(web, role("web"))]), [])
  })

  it("calls a role that comes twice odd, not refused", () => {
    const findings = CredentialStack.check([longTerm, role("a"), role("b"), role("a")])
    assert.deepStrictEqual(findings, [
      {
        hop: 3,
        label: "assumeRole(arn:aws:iam::111111111111:role/a)",
        message: "is assumed a second time in this chain",
        isRefused: false,
      },
    ])
  })
})

describe("putting a source to use", () => {
  const calls: Array<string> = []
  const Backend = Layer.succeed(StsBackend.StsBackend, {
    execute: (operation) =>
      Effect.sync(() => {
        calls.push(operation.name)
        return {
          response: {
            Credentials: {
              AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
              SecretAccessKey: "secret",
              SessionToken: "token",
              Expiration: "2030-01-01T00:00:00Z",
            },
            AssumedRoleUser: { Arn: "arn:aws:sts::111111111111:assumed-role/a/b", AssumedRoleId: "AROA:b" },
          },
        }
      }),
  })
  const TestLayer = CredentialStack.layer(longTerm).pipe(Layer.provideMerge(Sts.layer), Layer.provide(Backend))
  const attempts = {
    use: CredentialStack.use(token)(Effect.void),
    push: Effect.scoped(CredentialStack.push(token)),
    layerPush: Effect.void.pipe(Effect.provide(CredentialStack.layerPush(token))),
  }

  it.effect.each(Object.entries(attempts))("%s fails before the first call where STS would refuse", ([, attempt]) =>
    Effect.gen(function* () {
      calls.length = 0
      const failure = yield* Effect.flip(attempt.pipe(CredentialStack.use(role("a"))))
      assert.strictEqual(failure._tag, "CredentialsError")
      assert.strictEqual(failure.reason._tag, "ChainRefused")
      assert.match(failure.message, /^sessionToken needs long-term keys below it/)
      assert.deepStrictEqual(calls, ["AssumeRole"])
      assert.strictEqual((yield* CredentialStack.frames).length, 1)
    }).pipe(Effect.provide(TestLayer)),
  )

  const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" }
  const environment = (token: object) =>
    ConfigProvider.fromUnknown({ AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: "secret", ...token })
  const bases = {
    fromCredentials: (token: object) => CredentialSource.fromCredentials({ ...keys, ...token }),
    fromEffect: (token: object) => CredentialSource.fromEffect(Effect.succeed({ ...keys, ...token })),
    fromConfig: () => CredentialSource.fromConfig,
  }
  it.effect.each(Object.entries(bases))("what %s gave is known by its session token", ([, base]) =>
    Effect.gen(function* () {
      calls.length = 0
      const long = CredentialStack.use(role("a", { duration: "2 hours" }))(Effect.void)
      yield* long.pipe(
        CredentialStack.use(base({})),
        Effect.provideService(ConfigProvider.ConfigProvider, environment({})),
      )
      assert.deepStrictEqual(calls, ["AssumeRole"])
      const failure = yield* long.pipe(
        CredentialStack.use(base({ sessionToken: "t" })),
        Effect.provideService(ConfigProvider.ConfigProvider, environment({ AWS_SESSION_TOKEN: "t" })),
        Effect.flip,
      )
      assert.strictEqual(failure.reason._tag, "ChainRefused")
      assert.deepStrictEqual(calls, ["AssumeRole"])
    }).pipe(Effect.provide(TestLayer)),
  )
})
