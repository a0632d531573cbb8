import { assert, describe, it } from "@effect/vitest"
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

type Chain = ReadonlyArray<CredentialSource.CredentialSource<unknown, unknown>>

/** Chain, the hop that is refused and words of the reason; none where STS takes the whole chain. */
const cases: ReadonlyArray<readonly [name: string, chain: Chain, refused?: readonly [hop: number, words: RegExp]]> = [
  ["a role on long-term keys", [longTerm, role("a")]],
  ["12 hours on long-term keys", [longTerm, role("a", { duration: "12 hours" })]],
  ["12 hours on keys of which nothing is known", [unknown, role("a", { duration: "12 hours" })]],
  ["more than 12 hours", [longTerm, role("a", { duration: "13 hours" })], [1, /duration must be 900 to 43200/]],
  ["an hour on a role", [longTerm, role("a"), role("b", { duration: "1 hour" })]],
  ["more than an hour on a role", [longTerm, role("a"), role("b", { duration: "61 minutes" })], [2, /role chaining/]],
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
    "the first of several, one of them refused",
    [longTerm, token, CredentialSource.firstOf(token, role("a"))],
    [2, /long-term keys/],
  ],
]

describe("CredentialStack.check", () => {
  it.each(cases.map(([name, chain, refused]) => ({ name, chain, refused })))("$name", ({ chain, refused }) => {
    const refusals = CredentialStack.check(chain).filter((finding) => finding.isRefused)
    assert.deepStrictEqual(
      refusals.map(({ hop, label }) => ({ hop, label })),
      refused === undefined ? [] : [{ hop: refused[0], label: refusals[0]?.label ?? "" }],
    )
    if (refused !== undefined) assert.match(refusals[0]?.message ?? "", refused[1])
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
})
