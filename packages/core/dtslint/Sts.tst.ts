import type { AwsCredentials } from "@effect-sts/core/AwsCredentials"
import type { CredentialsError } from "@effect-sts/core/CredentialsError"
import type { CredentialStack } from "@effect-sts/core/CredentialStack"
import type * as Operation from "@effect-sts/core/Operation"
import type { AssumeRole, AssumeRoleResponse } from "@effect-sts/core/operations/AssumeRole"
import type { AssumeRoleWithSamlResponse } from "@effect-sts/core/operations/AssumeRoleWithSaml"
import type { AssumeRoleWithWebIdentityResponse } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import type { AssumeRootResponse } from "@effect-sts/core/operations/AssumeRoot"
import type { DecodeAuthorizationMessageResponse } from "@effect-sts/core/operations/DecodeAuthorizationMessage"
import type { GetAccessKeyInfoResponse } from "@effect-sts/core/operations/GetAccessKeyInfo"
import { GetCallerIdentity, type GetCallerIdentityResponse } from "@effect-sts/core/operations/GetCallerIdentity"
import type { GetDelegatedAccessTokenResponse } from "@effect-sts/core/operations/GetDelegatedAccessToken"
import type { GetFederationTokenResponse } from "@effect-sts/core/operations/GetFederationToken"
import { GetSessionToken, type GetSessionTokenResponse } from "@effect-sts/core/operations/GetSessionToken"
import type { GetWebIdentityTokenResponse } from "@effect-sts/core/operations/GetWebIdentityToken"
import { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import * as Sts from "@effect-sts/core/Sts"
import * as StsError from "@effect-sts/core/StsError"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { describe, expect, test } from "tstyche"

type Local = "InvalidRequest" | "InvalidResponse" | "TransportError" | "UnknownServiceError"

type Any =
  | Local
  | "AccessDenied"
  | "InternalFailure"
  | "InvalidParameterValue"
  | "MalformedInput"
  | "ServiceUnavailable"
  | "Throttling"
  | "ValidationError"

type Signed =
  | Any
  | "ExpiredToken"
  | "IncompleteSignature"
  | "InvalidClientTokenId"
  | "MissingAuthenticationToken"
  | "RequestExpired"
  | "SignatureDoesNotMatch"

/** The tags of the reasons that an effect's StsError can have. */
type Reasons<Fx> =
  Fx extends Effect.Effect<infer _, infer E, infer _>
    ? Extract<E, { readonly _tag: "StsError" }> extends StsError.StsError<infer Reason>
      ? Reason["_tag"]
      : never
    : never

type Services<Fx> = Fx extends Effect.Effect<infer _, infer _, infer R> ? R : never
type Success<Fx> = Fx extends Effect.Effect<infer A, infer _, infer _> ? A : never
type Failures<Fx> =
  Fx extends Effect.Effect<infer _, infer E, infer _> ? (E extends { _tag: infer Tag } ? Tag : never) : never

type Call<F> = F extends (input: infer _) => infer Fx ? Fx : never

describe("what each accessor needs", () => {
  test("signed operations need an identity, and fail as it does", () => {
    expect<Services<typeof Sts.getCallerIdentity>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.assumeRole>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.assumeRoot>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.decodeAuthorizationMessage>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.getAccessKeyInfo>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.getDelegatedAccessToken>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.getFederationToken>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.getSessionToken>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Services<Call<typeof Sts.getWebIdentityToken>>>().type.toBe<Sts.Sts | CredentialStack>()
    expect<Failures<Call<typeof Sts.assumeRole>>>().type.toBe<"StsError" | "CredentialsError">()
    expect<Extract<Effect.Error<typeof Sts.getCallerIdentity>, CredentialsError>>().type.toBe<CredentialsError>()
  })

  test("unsigned ones do not", () => {
    expect<Services<Call<typeof Sts.assumeRoleWithSaml>>>().type.toBe<Sts.Sts>()
    expect<Services<Call<typeof Sts.assumeRoleWithWebIdentity>>>().type.toBe<Sts.Sts>()
    expect<Failures<Call<typeof Sts.assumeRoleWithSaml>>>().type.toBe<"StsError">()
    expect<Failures<Call<typeof Sts.assumeRoleWithWebIdentity>>>().type.toBe<"StsError">()
  })
})

test("what each accessor gives", () => {
  expect<Success<typeof Sts.getCallerIdentity>>().type.toBe<GetCallerIdentityResponse>()
  expect<Success<Call<typeof Sts.assumeRole>>>().type.toBe<AssumeRoleResponse>()
  expect<Success<Call<typeof Sts.assumeRoleWithSaml>>>().type.toBe<AssumeRoleWithSamlResponse>()
  expect<Success<Call<typeof Sts.assumeRoleWithWebIdentity>>>().type.toBe<AssumeRoleWithWebIdentityResponse>()
  expect<Success<Call<typeof Sts.assumeRoot>>>().type.toBe<AssumeRootResponse>()
  expect<Success<Call<typeof Sts.decodeAuthorizationMessage>>>().type.toBe<DecodeAuthorizationMessageResponse>()
  expect<Success<Call<typeof Sts.getAccessKeyInfo>>>().type.toBe<GetAccessKeyInfoResponse>()
  expect<Success<Call<typeof Sts.getDelegatedAccessToken>>>().type.toBe<GetDelegatedAccessTokenResponse>()
  expect<Success<Call<typeof Sts.getFederationToken>>>().type.toBe<GetFederationTokenResponse>()
  expect<Success<Call<typeof Sts.getSessionToken>>>().type.toBe<GetSessionTokenResponse>()
  expect<Success<Call<typeof Sts.getWebIdentityToken>>>().type.toBe<GetWebIdentityTokenResponse>()
  expect<AssumeRoleResponse["credentials"]["expiration"]>().type.toBe<DateTime.Utc>()
  expect<AssumeRoleResponse["credentials"]["sessionToken"]>().type.toBe<Redacted.Redacted<string>>()
})

test("the reasons that each accessor can fail with", () => {
  expect<Reasons<typeof Sts.getCallerIdentity>>().type.toBe<Signed>()
  expect<Reasons<Call<typeof Sts.assumeRole>>>().type.toBe<
    Signed | "MalformedPolicyDocument" | "PackedPolicyTooLarge" | "RegionDisabledException" | "ExpiredTokenException"
  >()
  expect<Reasons<Call<typeof Sts.assumeRoleWithSaml>>>().type.toBe<
    | Any
    | "MalformedPolicyDocument"
    | "PackedPolicyTooLarge"
    | "IDPRejectedClaim"
    | "InvalidIdentityToken"
    | "ExpiredTokenException"
    | "RegionDisabledException"
  >()
  expect<Reasons<Call<typeof Sts.assumeRoleWithWebIdentity>>>().type.toBe<
    | Any
    | "MalformedPolicyDocument"
    | "PackedPolicyTooLarge"
    | "IDPRejectedClaim"
    | "IDPCommunicationError"
    | "InvalidIdentityToken"
    | "ExpiredTokenException"
    | "RegionDisabledException"
  >()
  expect<Reasons<Call<typeof Sts.assumeRoot>>>().type.toBe<
    Signed | "RegionDisabledException" | "ExpiredTokenException"
  >()
  expect<Reasons<Call<typeof Sts.decodeAuthorizationMessage>>>().type.toBe<
    Signed | "InvalidAuthorizationMessageException"
  >()
  expect<Reasons<Call<typeof Sts.getAccessKeyInfo>>>().type.toBe<Signed>()
  expect<Reasons<Call<typeof Sts.getDelegatedAccessToken>>>().type.toBe<
    Signed | "ExpiredTradeInTokenException" | "PackedPolicyTooLarge" | "RegionDisabledException"
  >()
  expect<Reasons<Call<typeof Sts.getFederationToken>>>().type.toBe<
    Signed | "MalformedPolicyDocument" | "PackedPolicyTooLarge" | "RegionDisabledException"
  >()
  expect<Reasons<Call<typeof Sts.getSessionToken>>>().type.toBe<Signed | "RegionDisabledException">()
  expect<Reasons<Call<typeof Sts.getWebIdentityToken>>>().type.toBe<
    | Signed
    | "JWTPayloadSizeExceededException"
    | "OutboundWebIdentityFederationDisabledException"
    | "SessionDurationEscalationException"
  >()
})

test("what an operation says of itself is what its accessor does", () => {
  expect<Parameters<typeof Sts.assumeRole>>().type.toBe<[input: Operation.Input<AssumeRole>]>()
  expect<Success<Call<typeof Sts.assumeRole>>>().type.toBe<Operation.Response<AssumeRole>>()
  expect<Effect.Error<Call<typeof Sts.assumeRole>>>().type.toBe<Operation.Error<AssumeRole> | CredentialsError>()
  expect<Operation.Error<AssumeRole>["reason"]>().type.toBe<Operation.Reason<AssumeRole>>()
  expect<Operation.Reason<GetSessionToken>>().type.toBe<
    StsError.ReasonOf<Exclude<Signed, Local> | "RegionDisabledException"> | StsError.LocalReason
  >()
})

describe("inputs", () => {
  const valid = { roleArn: "arn", roleSessionName: "name" }

  test("may be what a caller has at hand", () => {
    expect(Sts.assumeRole).type.toBeCallableWith(valid)
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, duration: "1 hour" })
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, duration: Duration.hours(1) })
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, duration: undefined, policy: undefined })
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, policy: { Version: "2012-10-17", Statement: [] } })
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, policy: "{}" })
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, tags: { team: "a" }, transitiveTagKeys: ["team"] })
    expect(Sts.assumeRole).type.toBeCallableWith({ ...valid, mfa: { serialNumber: "s", tokenCode: "123456" } })
    expect(Sts.getSessionToken).type.toBeCallableWith({
      mfa: { serialNumber: "s", tokenCode: Redacted.make("123456") },
    })
    expect(Sts.getSessionToken).type.toBeCallableWith({})
  })

  test("have no serial without a code, and no code without a serial", () => {
    expect(Sts.assumeRole).type.not.toBeCallableWith({ ...valid, mfa: { serialNumber: "s" } })
    expect(Sts.getSessionToken).type.not.toBeCallableWith({ mfa: { serialNumber: "s" } })
    expect(Sts.getSessionToken).type.not.toBeCallableWith({ mfa: { tokenCode: "123456" } })
    expect(Sts.getSessionToken).type.not.toBeCallableWith({ mfa: { serialNumber: "s", tokenCode: undefined } })
    expect(Sts.getSessionToken).type.not.toBeCallableWith({ serialNumber: "s" })
  })

  test("have all that is required, and nothing that is not there", () => {
    expect(Sts.assumeRole).type.not.toBeCallableWith({ roleArn: "arn" })
    expect(Sts.assumeRole).type.not.toBeCallableWith({ ...valid, RoleArn: "arn" })
    expect(Sts.assumeRole).type.not.toBeCallableWith({ ...valid, tags: [{ Key: "a", Value: "b" }] })
    expect(Sts.assumeRole).type.not.toBeCallableWith({ ...valid, duration: "an hour" })
  })
})

test("the service takes credentials for signed operations, and only for those", () => {
  const call = (sts: Sts.Sts["Service"], credentials: AwsCredentials) => {
    expect(sts.call(GetCallerIdentity, {}, credentials)).type.toBe<
      Effect.Effect<
        GetCallerIdentityResponse,
        StsError.StsError<StsError.ReasonOf<Exclude<Signed, Local>> | StsError.LocalReason>
      >
    >()
    sts.call(GetSessionToken, {}, credentials)
    // @ts-expect-error Expected 3 arguments
    sts.call(GetSessionToken, {})
    sts.call(AssumeRoleWithWebIdentity, { roleArn: "a", roleSessionName: "b", webIdentityToken: "c" })
    // @ts-expect-error Expected 2 arguments
    sts.call(AssumeRoleWithWebIdentity, { roleArn: "a", roleSessionName: "b", webIdentityToken: "c" }, credentials)
  }
  expect(call).type.not.toBe<never>()
})

describe("StsError", () => {
  test("is generic in its reason, and each user can make one", () => {
    const error = new StsError.StsError({
      operation: "AssumeRole",
      reason: new StsError.AccessDenied({ message: "no" }),
    })
    expect(error).type.toBe<StsError.StsError<StsError.AccessDenied>>()
    expect(error).type.toBeAssignableTo<StsError.StsError>()
    expect(error.reason).type.toBe<StsError.AccessDenied>()
    expect<StsError.StsError>().type.not.toBeAssignableTo<StsError.StsError<StsError.AccessDenied>>()
  })

  const call = Sts.getSessionToken({})
  type Reason = Extract<Effect.Error<typeof call>, { _tag: "StsError" }>["reason"]

  test("catchReason without its fourth argument leaves the error type as it was", () => {
    const caught = call.pipe(Effect.catchReason("StsError", "AccessDenied", () => Effect.succeed("denied" as const)))
    expect<Success<typeof caught>>().type.toBe<GetSessionTokenResponse | "denied">()
    expect<Reasons<typeof caught>>().type.toBe<Reason["_tag"]>()
  })

  test("catchReason with a fourth argument that fails again narrows it", () => {
    const caught = call.pipe(
      Effect.catchReason(
        "StsError",
        "AccessDenied",
        () => Effect.succeed("denied" as const),
        (reason) => Effect.fail(reason),
      ),
    )
    expect<Success<typeof caught>>().type.toBe<GetSessionTokenResponse | "denied">()
    expect<Effect.Error<typeof caught>>().type.toBe<Exclude<Reason, StsError.AccessDenied> | CredentialsError>()
  })

  test("catchReason takes only a reason that the operation can have", () => {
    // @ts-expect-error not assignable
    call.pipe(Effect.catchReason("StsError", "IDPRejectedClaim", () => Effect.void))
  })
})

describe("Sts.mock", () => {
  test("has the operations by the names of their accessors", () => {
    expect<keyof Sts.Mock>().type.toBe<
      | "assumeRole"
      | "assumeRoleWithSaml"
      | "assumeRoleWithWebIdentity"
      | "assumeRoot"
      | "decodeAuthorizationMessage"
      | "getAccessKeyInfo"
      | "getCallerIdentity"
      | "getDelegatedAccessToken"
      | "getFederationToken"
      | "getSessionToken"
      | "getWebIdentityToken"
    >()
    expect(Sts.mock({})).type.toBe<Layer.Layer<Sts.Sts>>()
    expect(Sts.mock).type.not.toBeCallableWith({ assumeRoleWithSAML: () => Effect.never })
  })

  test("fails only with a reason that the operation can have", () => {
    expect(Sts.mock).type.toBeCallableWith({
      getCallerIdentity: () => Effect.fail(new StsError.Throttling({ message: "" })),
    })
    expect(Sts.mock).type.not.toBeCallableWith({
      getCallerIdentity: () => Effect.fail(new StsError.IDPRejectedClaim({ message: "" })),
    })
    expect(Sts.mock).type.not.toBeCallableWith({ getCallerIdentity: () => Effect.fail(new Error("no")) })
  })

  test("gets the request, and the credentials where the operation is signed", () => {
    Sts.mock({
      assumeRole: (request, credentials) => {
        expect(request.roleArn).type.toBe<string>()
        expect(request.duration).type.toBe<Duration.Duration | undefined>()
        expect(credentials).type.toBe<AwsCredentials>()
        return Effect.never
      },
      assumeRoleWithWebIdentity: (...received) => {
        expect(received["length"]).type.toBe<1>()
        return Effect.never
      },
    })
  })
})
