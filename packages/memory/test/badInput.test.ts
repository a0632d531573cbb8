// Bad input: a typed error that names the field and the rule, nothing sent, the stack as it was.
import { CredentialSource, CredentialStack, Sts, type CredentialsError, type StsError } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as StsMemory from "../src/StsMemory.ts"
import { alice, inWorld, mfaArn, roleArn } from "./support/world.ts"

type Program = Effect.Effect<
  unknown,
  StsError.StsError | CredentialsError.CredentialsError,
  Sts.Sts | CredentialStack.CredentialStack
>

const role = { roleArn: roleArn("account"), roleSessionName: "test" }

const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, "value"]))

const rows: ReadonlyArray<readonly [fact: string, program: Program, field: string, rule: RegExp]> = [
  [
    "a role ARN of 19 characters",
    Sts.assumeRole({ ...role, roleArn: "arn:aws:iam::1:role" }),
    "roleArn",
    /20 to 2048 characters, but has 19/,
  ],
  ["a session name with a space", Sts.assumeRole({ ...role, roleSessionName: "a b" }), "roleSessionName", /characters/],
  [
    "a duration of 61 seconds",
    Sts.assumeRole({ ...role, duration: "61 seconds" }),
    "duration",
    /900 to 43200 whole seconds, but is 1m 1s/,
  ],
  [
    "a duration of a bare 3600",
    Sts.assumeRole({ ...role, duration: 3600 }),
    "duration",
    /a bare number is milliseconds, so write "3600 seconds"/,
  ],
  [
    "a duration that is no whole second",
    Sts.getSessionToken({ duration: "900500 millis" }),
    "duration",
    /whole seconds/,
  ],
  [
    "a duration of 37 hours",
    Sts.getFederationToken({ name: "guest", duration: "37 hours" }),
    "duration",
    /900 to 129600 whole seconds/,
  ],
  ["51 tags", Sts.assumeRole({ ...role, tags: tags(51) }), "tags", /0 to 50 items, but has 51/],
  ["a tag key twice, but for its case", Sts.assumeRole({ ...role, tags: { a: "1", A: "2" } }), "tags", /ignores case/],
  [
    "a transitive tag key that is no tag",
    Sts.assumeRole({ ...role, tags: { a: "1" }, transitiveTagKeys: ["b"] }),
    "transitiveTagKeys[0]",
    /key of one of the tags/,
  ],
  [
    "11 managed policies",
    Sts.assumeRole({ ...role, policyArns: Array.from({ length: 11 }, () => "arn:aws:iam::aws:policy/P") }),
    "policyArns",
    /0 to 10 items, but has 11/,
  ],
  [
    "a source identity of AWS's own",
    Sts.assumeRole({ ...role, sourceIdentity: "aws:me" }),
    "sourceIdentity",
    /must not start with "aws:"|may have only the characters/,
  ],
  [
    "an MFA code of five digits",
    Sts.getSessionToken({ mfa: { serialNumber: mfaArn("alice"), tokenCode: "12345" } }),
    "mfa.tokenCode",
    /6 characters, but has 5/,
  ],
  [
    "a serial number without a code",
    // @ts-expect-error -- it cannot be written
    Sts.getSessionToken({ mfa: { serialNumber: mfaArn("alice") } }),
    "mfa.tokenCode",
    /missing/,
  ],
  [
    "a code without a serial number",
    // @ts-expect-error -- it cannot be written
    Sts.assumeRole({ ...role, mfa: { tokenCode: "123456" } }),
    "mfa.serialNumber",
    /missing/,
  ],
  [
    "a field that is misspelled",
    // @ts-expect-error -- it cannot be written
    Sts.assumeRole({ ...role, external_id: "x" }),
    "external_id",
    /./,
  ],
  [
    "a key without its secret",
    // @ts-expect-error -- it cannot be written
    CredentialStack.set({ accessKeyId: "AKIDEXAMPLE" }),
    "secretAccessKey",
    /whole or not at all/,
  ],
  [
    "a temporary key without its token",
    CredentialStack.set({ accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" }),
    "sessionToken",
    /temporary/,
  ],
  [
    "an empty secret",
    CredentialStack.set({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "" }),
    "secretAccessKey",
    /at least 1 character/,
  ],
  [
    "half a set, put to use",
    // @ts-expect-error -- it cannot be written
    CredentialStack.use(CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE" }))(Effect.void),
    "secretAccessKey",
    /whole or not at all/,
  ],
  [
    "a role of bad input, put to use",
    CredentialStack.withRole({ roleArn: "arn:aws:iam::1:role" })(Effect.void),
    "roleArn",
    /20 to 2048 characters/,
  ],
]

/** The environment as a program finds it. */
const inEnvironment = (env: Record<string, string>) => (program: Program) =>
  Effect.provide(program, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

const useConfig: Program = CredentialStack.use(CredentialSource.fromConfig)(Effect.void)

const environments: typeof rows = [
  [
    "an empty secret in the environment",
    inEnvironment({ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "" })(useConfig),
    "AWS_SECRET_ACCESS_KEY",
    /missing or empty/,
  ],
  [
    "an empty key id in the environment",
    inEnvironment({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "secret" })(useConfig),
    "AWS_ACCESS_KEY_ID",
    /missing or empty/,
  ],
  [
    "a temporary key without a token in the environment",
    inEnvironment({ AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" })(useConfig),
    "AWS_SESSION_TOKEN",
    /temporary/,
  ],
]

describe("bad input is an error that names field and rule, sends nothing and changes nothing:", () => {
  for (const [fact, program, field, rule] of [...rows, ...environments]) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const before = [yield* CredentialStack.frames, yield* CredentialStack.current]
        const { message, reason } = yield* Effect.flip(program)
        assert.include(["InvalidRequest", "InvalidCredentials"], reason._tag)
        assert.strictEqual("field" in reason ? reason.field : undefined, field)
        assert.match(message, rule)
        assert.include(message, field)
        assert.deepStrictEqual([yield* CredentialStack.frames, yield* CredentialStack.current], before)
        assert.deepStrictEqual(yield* StsMemory.calls, [])
      }).pipe(Effect.provide(CredentialStack.layer(CredentialSource.fromEffect(alice))), inWorld()),
    )
  }
})

describe("an environment without credentials", () => {
  for (const [fact, env] of [
    ["that is empty", {}],
    ["whose variables are empty", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "" }],
  ] as const) {
    it.effect(`${fact} gives NoCredentials, by name`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Layer.build(CredentialStack.layer(CredentialSource.fromConfig)))
        assert.strictEqual(error.reason._tag, "NoCredentials")
        assert.include(error.message, "AWS_ACCESS_KEY_ID")
        assert.deepStrictEqual(yield* StsMemory.calls, [])
      }).pipe(Effect.scoped, Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))), inWorld()),
    )
  }
})
