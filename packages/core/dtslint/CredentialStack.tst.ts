import * as CredentialSource from "@effect-sts/core/CredentialSource"
import type { CredentialsError } from "@effect-sts/core/CredentialsError"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type * as Operation from "@effect-sts/core/Operation"
import type { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import type { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import { describe, expect, test } from "tstyche"
import type { Sts } from "@effect-sts/core/Sts"

declare class VaultError {
  readonly _tag: "VaultError"
}
declare class Vault extends Context.Service<Vault, string>()("Vault") {}
declare class Other extends Context.Service<Other, string>()("Other") {}
declare class OtherError {
  readonly _tag: "OtherError"
}

declare const effect: Effect.Effect<number, OtherError, Other>
declare const source: CredentialSource.CredentialSource<VaultError, Vault>
declare const secret: Effect.Effect<string, VaultError, Vault>

type RoleError = Operation.Error<typeof AssumeRole>
type Stack = CredentialStack.CredentialStack
const roleArn = "arn:aws:iam::111111111111:role/a"

describe("CredentialStack", () => {
  test("current and the unscoped calls need the stack, and nothing else", () => {
    expect<Effect.Services<typeof CredentialStack.current>>().type.toBe<Stack>()
    expect<Effect.Error<typeof CredentialStack.current>>().type.toBe<CredentialsError>()
    expect(CredentialStack.set({ accessKeyId: "a", secretAccessKey: "b" })).type.toBe<
      Effect.Effect<void, CredentialsError, Stack>
    >()
    expect(CredentialStack.set).type.toBeCallableWith({ accessKeyId: "a", secretAccessKey: Redacted.make("b") })
    expect(CredentialStack.set).type.not.toBeCallableWith({ accessKeyId: "a" })
    expect(CredentialStack.restore).type.toBe<Effect.Effect<void, CredentialsError, Stack>>()
    expect(CredentialStack.restoreAll).type.toBe<Effect.Effect<void, CredentialsError, Stack>>()
    expect(CredentialStack.frames).type.toBe<Effect.Effect<ReadonlyArray<CredentialStack.Frame>, never, Stack>>()
    expect(CredentialStack.invalidate("a")).type.toBe<Effect.Effect<void, never, Stack>>()
  })

  test("use adds what the source can fail with and needs", () => {
    expect(effect.pipe(CredentialStack.use(source))).type.toBe<
      Effect.Effect<number, OtherError | VaultError | CredentialsError, Other | Vault | Stack>
    >()
  })

  test("withRole needs Sts, and what the code of an MFA device needs", () => {
    expect(effect.pipe(CredentialStack.withRole({ roleArn }))).type.toBe<
      Effect.Effect<number, OtherError | RoleError | CredentialsError, Other | Sts | Stack>
    >()
    expect(
      effect.pipe(CredentialStack.withRole({ roleArn, mfa: { serialNumber: "serial", tokenCode: secret } })),
    ).type.toBe<
      Effect.Effect<number, OtherError | VaultError | RoleError | CredentialsError, Other | Vault | Sts | Stack>
    >()
    expect(CredentialStack.withRole).type.not.toBeCallableWith({ roleArn, mfa: { serialNumber: "serial" } })
    expect(CredentialStack.withRole).type.not.toBeCallableWith({ roleSessionName: "name" })
  })

  test("push needs a scope", () => {
    expect(CredentialStack.push(source)).type.toBe<
      Effect.Effect<void, VaultError | CredentialsError, Vault | Stack | Scope>
    >()
  })

  test("layers need what their source needs", () => {
    expect(CredentialStack.layer(source)).type.toBe<Layer.Layer<Stack, VaultError | CredentialsError, Vault>>()
    expect(CredentialStack.layer(CredentialSource.fromConfig)).type.toBe<Layer.Layer<Stack, CredentialsError>>()
    expect(CredentialStack.layerEmpty).type.toBe<Layer.Layer<Stack>>()
    expect(CredentialStack.layerPush(source)).type.toBe<
      Layer.Layer<Stack, VaultError | CredentialsError, Vault | Stack>
    >()
    const provided = CredentialStack.provide(source)
    expect(provided({} as Layer.Layer<Other, OtherError, Stack | Sts>)).type.toBe<
      Layer.Layer<Other, OtherError | VaultError | CredentialsError, Vault | Stack | Sts>
    >()
  })
})

describe("CredentialSource", () => {
  test("is covariant in what it fails with and needs", () => {
    expect<CredentialSource.CredentialSource>().type.toBeAssignableTo<typeof source>()
    expect<CredentialSource.CredentialSource<VaultError>>().type.toBeAssignableTo<typeof source>()
    expect<typeof source>().type.toBeAssignableTo<
      CredentialSource.CredentialSource<VaultError | OtherError, Vault | Other>
    >()
    expect<typeof source>().type.not.toBeAssignableTo<CredentialSource.CredentialSource<VaultError>>()
    expect<typeof source>().type.not.toBeAssignableTo<CredentialSource.CredentialSource<never, Vault>>()
    expect<typeof source>().type.toBeAssignableTo<CredentialSource.CredentialSource<unknown, unknown>>()
  })

  test("says what each constructor needs", () => {
    expect(
      CredentialSource.fromCredentials({ accessKeyId: "a", secretAccessKey: "b" }),
    ).type.toBe<CredentialSource.CredentialSource>()
    expect(CredentialSource.fromConfig).type.toBe<CredentialSource.CredentialSource>()
    expect(CredentialSource.assumeRole({ roleArn })).type.toBe<CredentialSource.CredentialSource<RoleError, Sts>>()
    expect(CredentialSource.webIdentity({ roleArn, webIdentityToken: "token" })).type.toBe<
      CredentialSource.CredentialSource<Operation.Error<typeof AssumeRoleWithWebIdentity>, Sts>
    >()
    expect(CredentialSource.webIdentity({ roleArn, webIdentityToken: secret })).type.toBe<
      CredentialSource.CredentialSource<Operation.Error<typeof AssumeRoleWithWebIdentity> | VaultError, Sts | Vault>
    >()
    expect(
      CredentialSource.fromEffect(
        {} as Effect.Effect<{ accessKeyId: string; secretAccessKey: string }, VaultError, Vault>,
      ),
    ).type.toBe<CredentialSource.CredentialSource<VaultError, Vault>>()
  })

  test("a serial without a code does not type-check", () => {
    expect(CredentialSource.assumeRole).type.not.toBeCallableWith({ roleArn, mfa: { serialNumber: "serial" } })
    expect(CredentialSource.sessionToken).type.not.toBeCallableWith({ mfa: { serialNumber: "serial" } })
  })

  test("firstOf has the errors and needs of all", () => {
    expect(
      CredentialSource.firstOf(CredentialSource.fromConfig, source, CredentialSource.assumeRole({ roleArn })),
    ).type.toBe<CredentialSource.CredentialSource<VaultError | RoleError, Vault | Sts>>()
    expect(CredentialSource.firstOf(CredentialSource.fromConfig)).type.toBe<CredentialSource.CredentialSource>()
    expect(CredentialSource.firstOf).type.not.toBeCallableWith()
  })

  test("combinators keep its type", () => {
    expect(source.pipe(CredentialSource.withLabel("a"))).type.toBe<typeof source>()
    expect(source.pipe(CredentialSource.unshared)).type.toBe<typeof source>()
    expect(source.pipe(CredentialSource.withRefreshPolicy({ onOutage: "fail" }))).type.toBe<typeof source>()
  })
})
