/** The world of the tests, and short ways to act in it. */
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { AssumeRoot } from "@effect-sts/core/operations/AssumeRoot"
import { DecodeAuthorizationMessage } from "@effect-sts/core/operations/DecodeAuthorizationMessage"
import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import { GetDelegatedAccessToken } from "@effect-sts/core/operations/GetDelegatedAccessToken"
import { GetFederationToken } from "@effect-sts/core/operations/GetFederationToken"
import { GetSessionToken } from "@effect-sts/core/operations/GetSessionToken"
import * as Sts from "@effect-sts/core/Sts"
import type * as StsError from "@effect-sts/core/StsError"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type * as Policy from "../../src/policy/Policy.ts"
import * as StsMemory from "../../src/StsMemory.ts"
import type * as World from "../../src/World.ts"
import { layer } from "./layer.ts"

export const here = "111111111111"
export const there = "222222222222"

export const userArn = (name: string, account = here) => `arn:aws:iam::${account}:user/${name}`
export const rootArn = (account = here) => `arn:aws:iam::${account}:root`
export const roleArn = (name: string, account = here) => `arn:aws:iam::${account}:role/${name}`
export const sessionArn = (role: string, session = "test", account = here) =>
  `arn:aws:sts::${account}:assumed-role/${role}/${session}`
export const mfaArn = (name: string) => `arn:aws:iam::${here}:mfa/${name}`

type Condition = Policy.StatementDocument["Condition"]

/** What trust policies grant beside AssumeRole. */
export const assuming = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]

export const trusting = (
  principal: string,
  condition?: Condition,
  actions: ReadonlyArray<string> = assuming,
): Policy.Document => ({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { AWS: principal },
    Action: actions,
    ...(condition !== undefined && { Condition: condition }),
  },
})

export const statement = (
  effect: "Allow" | "Deny",
  action: string | ReadonlyArray<string>,
  resource: string | ReadonlyArray<string> = "*",
  condition?: Condition,
): Policy.Document => ({
  Version: "2012-10-17",
  Statement: {
    Effect: effect,
    Action: action,
    Resource: resource,
    ...(condition !== undefined && { Condition: condition }),
  },
})

export const mayAssumeAll = statement("Allow", assuming)

/** The secret access key of a key id, so that tests need not name them. */
export const secretOf = (accessKeyId: string) => `secret+of/${accessKeyId}`

export const key = (accessKeyId: string, status: "Active" | "Inactive" = "Active") => ({
  accessKeyId,
  secretAccessKey: secretOf(accessKeyId),
  status,
})

export const mfaSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

const device = (name: string, secret = mfaSecret) => ({ serialNumber: mfaArn(name), secret })

/**
 * `alice` may assume all, `bob` nothing, `dave` has a path and may not set a source identity, `erin` is denied all.
 * Roles are named after what they trust.
 */
export const world = {
  seed: "tests",
  accounts: {
    [here]: {
      root: { accessKeys: [key("AKIAROOT000000000000")], mfaDevices: [device("root", "JBSWY3DPEHPK3PXP")] },
      users: {
        alice: {
          accessKeys: [key("AKIAALICE00000000000")],
          mfaDevices: [device("alice")],
          policies: [mayAssumeAll, statement("Allow", ["sts:GetFederationToken", "sts:GetAccessKeyInfo"])],
          tags: { team: "blue" },
        },
        bob: { accessKeys: [key("AKIABOB0000000000000")], mfaDevices: [device("bob", "MFRGGZDFMZTWQ2LK")] },
        carol: { accessKeys: [key("AKIACAROL00000000000", "Inactive")] },
        dave: {
          path: "/team/blue/",
          accessKeys: [key("AKIADAVE000000000000")],
          policies: [statement("Allow", "sts:AssumeRole")],
        },
        erin: {
          accessKeys: [key("AKIAERIN000000000000")],
          policies: [mayAssumeAll, statement("Deny", "sts:*")],
        },
        example: { accessKeys: [key("AKIDEXAMPLE")] },
      },
      roles: {
        account: { trustPolicy: trusting(rootArn()), policies: [mayAssumeAll], maxSessionDuration: 43200 },
        narrow: { trustPolicy: trusting(rootArn()) },
        pathed: { path: "/service/deep/", trustPolicy: trusting(rootArn()), policies: [mayAssumeAll] },
        users: { trustPolicy: trusting(userArn("bob")) },
        session: { trustPolicy: trusting(sessionArn("narrow", "named")) },
        chained: { trustPolicy: trusting(roleArn("account")), policies: [mayAssumeAll], maxSessionDuration: 43200 },
        everyone: { trustPolicy: trusting("*") },
        nobody: { trustPolicy: trusting(rootArn("999999999999")) },
        external: { trustPolicy: trusting(rootArn(), { StringEquals: { "sts:ExternalId": "partner-1" } }) },
        mfa: { trustPolicy: trusting(rootArn(), { Bool: { "aws:MultiFactorAuthPresent": "true" } }) },
        mfaRecent: {
          trustPolicy: trusting(rootArn(), { NumericLessThan: { "aws:MultiFactorAuthAge": "60" } }),
        },
        unlessNoMfa: {
          trustPolicy: {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Principal: { AWS: rootArn() }, Action: "sts:AssumeRole" },
              {
                Effect: "Deny",
                Principal: { AWS: "*" },
                Action: "sts:AssumeRole",
                Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
              },
            ],
          },
        },
        longTerm: { trustPolicy: trusting(rootArn(), { Null: { "aws:MultiFactorAuthPresent": "true" } }) },
        named: { trustPolicy: trusting(rootArn(), { StringLike: { "sts:RoleSessionName": "release-*" } }) },
        team: { trustPolicy: trusting(rootArn(), { StringEquals: { "aws:PrincipalTag/team": "blue" } }) },
        sourced: { trustPolicy: trusting(rootArn(), { StringEquals: { "sts:SourceIdentity": "ada" } }) },
        unsourced: { trustPolicy: trusting(rootArn(), undefined, ["sts:AssumeRole"]), policies: [mayAssumeAll] },
        afterSource: { trustPolicy: trusting(rootArn(), { StringEquals: { "aws:SourceIdentity": "ada" } }) },
      },
    },
    [there]: {
      users: { frank: { accessKeys: [key("AKIAFRANK00000000000")], policies: [mayAssumeAll] } },
      roles: {
        cross: { trustPolicy: trusting(rootArn(here)) },
        crossUser: { trustPolicy: trusting(userArn("bob")) },
        crossEveryone: { trustPolicy: trusting("*") },
        crossChained: { trustPolicy: trusting(roleArn("account")), policies: [mayAssumeAll] },
        own: { trustPolicy: trusting(rootArn(there)) },
      },
    },
  },
} satisfies World.Encoded

export const start = Date.UTC(2026, 6, 13, 10, 0, 0, 700)

/** Runs an effect in a fresh world, at a time that is no whole second. */
export const inWorld =
  (input: World.Encoded = world) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) => {
    const provided: Layer.Layer<Sts.Sts | StsMemory.StsMemory, World.WorldError> = layer(input)
    return Effect.andThen(TestClock.setTime(start), effect).pipe(Effect.provide(provided))
  }

type Signed = Operation.Any & { readonly auth: "signed" }

const call =
  <Op extends Signed>(operation: Op) =>
  (
    credentials: AwsCredentials.AwsCredentials,
    input: Operation.Input<Op>,
  ): Effect.Effect<Operation.Response<Op>, Operation.Error<Op>, Sts.Sts> =>
    Effect.flatMap(Sts.Sts, (sts) =>
      sts.call(operation, input, ...([credentials] as unknown as Operation.CallCredentials<Op>)),
    )

export const assumeRole = call(AssumeRole)
export const assumeRoot = call(AssumeRoot)
export const decodeAuthorizationMessage = call(DecodeAuthorizationMessage)
export const getAccessKeyInfo = call(GetAccessKeyInfo)
export const getDelegatedAccessToken = call(GetDelegatedAccessToken)
export const getFederationToken = call(GetFederationToken)
export const getSessionToken = call(GetSessionToken)
export const getCallerIdentity = (credentials: AwsCredentials.AwsCredentials) =>
  call(GetCallerIdentity)(credentials, {})

export const alice = StsMemory.credentials(userArn("alice"))
export const bob = StsMemory.credentials(userArn("bob"))
export const dave = StsMemory.credentials(userArn("team/blue/dave"))
export const erin = StsMemory.credentials(userArn("erin"))
export const root = StsMemory.credentials(rootArn())

/** The credentials of a role, as a caller has them who asks for no more than that. */
export const session = (credentials: AwsCredentials.AwsCredentials, arn: string, roleSessionName = "test") =>
  Effect.map(assumeRole(credentials, { roleArn: arn, roleSessionName }), (response) => response.credentials)

/** A call that is refused, as STS's code, status and words. */
export const refused = <A, E extends StsError.StsError, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ httpStatus, reason }) => [
    reason._tag === "UnknownServiceError" ? reason.code : reason._tag,
    httpStatus,
    reason.message,
  ])

/** What STS says of an action that has no resource: no policy of this kind allows it. */
export const notAuthorizedTo = (caller: string, action: string, kind = "identity-based") => [
  "AccessDenied",
  403,
  `User: ${caller} is not authorized to perform: ${action} because no ${kind} policy allows the ${action} action`,
]

/** What STS says of an action that has no resource, and that a policy of this kind denies. */
export const deniedTo = (caller: string, action: string, kind = "an identity-based") => [
  "AccessDenied",
  403,
  `User: ${caller} is not authorized to perform: ${action} with an explicit deny in ${kind} policy`,
]

export const notAuthorized = (caller: string, action: string, resource: string) => [
  "AccessDenied",
  403,
  `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`,
]
