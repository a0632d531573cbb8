// What the errors of sessions say to whoever reads them: whose credentials failed, why, and what can be done.
import { assert, it } from "@effect/vitest"
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type * as CredentialsError from "@effect-sts/core/CredentialsError"
import * as RefreshPolicy from "@effect-sts/core/RefreshPolicy"
import type * as Sts from "@effect-sts/core/Sts"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { logs } from "./support/scriptedSource.ts"
import * as StubSts from "./support/stubSts.ts"

const serialNumber = "arn:aws:iam::111111111111:mfa/alice"
const expiration = 3_600_000

/** A source that gives a set for an hour, and then does something else. */
const thenDoes = (second: Effect.Effect<AwsCredentials.Input, unknown>) => {
  let calls = 0
  const first = Effect.succeed({ accessKeyId: "KEY1", secretAccessKey: "secret", expiration })
  return CredentialSource.fromEffect(
    Effect.suspend(() => (calls++ === 0 ? first : second)),
    { label: "mine" },
  )
}

/** What `current` fails with when the credentials of a source have expired. */
const anHourLater = <E, R>(source: CredentialSource.CredentialSource<E, R>) =>
  CredentialStack.use(source)(Effect.andThen(TestClock.adjust("1 hour"), Effect.flip(CredentialStack.current)))

/** What `current` fails with for a fiber that goes on in a `use` that is over. */
const afterUse = <E, R>(source: CredentialSource.CredentialSource<E, R>) =>
  Effect.flatMap(
    CredentialStack.use(source)(Effect.context<CredentialStack.CredentialStack>()),
    (inside: Context.Context<CredentialStack.CredentialStack>) =>
      Effect.provideContext(Effect.flip(CredentialStack.current), inside),
  )

type Case = readonly [
  message: string,
  error: Effect.Effect<CredentialsError.CredentialsError, unknown, CredentialStack.CredentialStack | Sts.Sts>,
]

it.effect.each<Case>([
  [
    `assumeRole(${StubSts.roleArn("A")}) has ended: what it was acquired for is closed, and nothing replaces it`,
    afterUse(StubSts.role("A")),
  ],
  [
    "mine has expired, and cannot be renewed",
    anHourLater(CredentialSource.fromCredentials({ ...StubSts.longTerm("alice"), expiration }, { label: "mine" })),
  ],
  [
    `sessionToken(${serialNumber}) has expired, and needs a new code of the MFA device ${serialNumber}: acquire it again`,
    anHourLater(CredentialSource.sessionToken({ duration: "1 hour", mfa: { serialNumber, tokenCode: "123456" } })),
  ],
  ["mine gave no credentials: broken", anHourLater(thenDoes(Effect.fail(new Error("broken"))))],
  ["mine gave no credentials: its source failed", anHourLater(thenDoes(Effect.fail({ secret: "planted" })))],
  ["mine was interrupted by itself", anHourLater(thenDoes(Effect.interrupt))],
  [
    "mine answered with credentials that have expired already, if the clock here is right",
    anHourLater(thenDoes(Effect.succeed({ accessKeyId: "KEY2", secretAccessKey: "secret", expiration }))),
  ],
])("%s", ([message, error]) => {
  const policy = RefreshPolicy.layer({ onOutage: "fail" })
  return Effect.gen(function* () {
    assert.strictEqual((yield* error).message, message)
  }).pipe(Effect.provide(StubSts.layer(StubSts.make()).pipe(Layer.provide(policy))), Effect.provide(logs().layer))
})

it.effect("a source without the identity that it signs with has no credentials, and says that nothing was tried", () =>
  Effect.gen(function* () {
    const { reason } = yield* Effect.flip(CredentialStack.use(StubSts.role("A"))(Effect.void))
    assert(reason._tag === "NoCredentials")
    assert.strictEqual(
      reason.message,
      `assumeRole(${StubSts.roleArn("A")}) signs with the identity below it, and there is none`,
    )
    assert.deepStrictEqual(reason.tried, [])
  }).pipe(Effect.provide(CredentialStack.layerEmpty), Effect.provide(StubSts.make().layer)),
)
