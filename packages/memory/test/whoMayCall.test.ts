// facts/sts.md 3.5 and 3.6, the model's texts, IAM User Guide, "Compare AWS STS credentials": who may call AssumeRoot,
// DecodeAuthorizationMessage and GetDelegatedAccessToken. The other operations: sessionsOfUsers.test.ts.
import type { AwsCredentials, Sts, StsError } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as StsMemory from "../src/StsMemory.ts"
import {
  alice,
  assumeRoot,
  decodeAuthorizationMessage,
  getDelegatedAccessToken,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  mfaArn,
  notAuthorized,
  notAuthorizedTo,
  refused,
  roleArn,
  root,
  rootArn,
  session,
  sessionArn,
  statement,
  there,
  userArn,
  world,
} from "./support/world.ts"

type Credentials = AwsCredentials.AwsCredentials
type Who = Effect.Effect<Credentials, unknown, Sts.Sts | StsMemory.StsMemory>
type Operation = "AssumeRoot" | "DecodeAuthorizationMessage" | "GetDelegatedAccessToken"

const allowing = statement("Allow", ["sts:AssumeRoot", "sts:DecodeAuthorizationMessage", "sts:GetDelegatedAccessToken"])

/** `alice` and the role `account` may do all; `there` is a member of the organization. */
const open = {
  ...world,
  accounts: {
    ...world.accounts,
    [here]: {
      ...world.accounts[here],
      users: {
        ...world.accounts[here].users,
        alice: {
          ...world.accounts[here].users.alice,
          policies: [...world.accounts[here].users.alice.policies, allowing],
        },
      },
      roles: {
        ...world.accounts[here].roles,
        account: {
          ...world.accounts[here].roles.account,
          policies: [...world.accounts[here].roles.account.policies, allowing],
        },
      },
    },
  },
  organization: { managementAccount: here, members: [there], rootSessions: true },
}

const calls: {
  readonly [Op in Operation]: (
    credentials: Credentials,
  ) => Effect.Effect<unknown, StsError.StsError, Sts.Sts | StsMemory.StsMemory>
} = {
  AssumeRoot: (it) =>
    assumeRoot(it, {
      targetPrincipal: there,
      taskPolicyArn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
    }),
  DecodeAuthorizationMessage: (it) =>
    Effect.gen(function* () {
      const denied = StsMemory.authorize({ caller: userArn("bob"), action: "s3:GetObject", resource: "*" })
      const { encodedMessage = "" } = yield* Effect.orDie(Effect.flip(denied))
      return yield* decodeAuthorizationMessage(it, { encodedMessage })
    }),
  GetDelegatedAccessToken: (it) =>
    Effect.flatMap(StsMemory.tradeInToken({ roleArn: roleArn("cross", there) }), (tradeInToken) =>
      getDelegatedAccessToken(it, { tradeInToken }),
    ),
}

const credentialsOf = <E, R>(effect: Effect.Effect<{ readonly credentials: Credentials }, E, R>) =>
  Effect.map(effect, ({ credentials }) => credentials)

const sessionOf = (who: typeof alice) => Effect.flatMap(who, (it) => credentialsOf(getSessionToken(it, {})))
const withMfa = Effect.gen(function* () {
  const mfa = { serialNumber: mfaArn("alice"), tokenCode: yield* StsMemory.mfaCode(mfaArn("alice")) }
  return yield* credentialsOf(getSessionToken(yield* alice, { mfa }))
})
const federated = (who: typeof alice) =>
  Effect.flatMap(who, (it) =>
    credentialsOf(getFederationToken(it, { name: "guest", policy: statement("Allow", "sts:*") })),
  )
const inRole = (role: string) => Effect.flatMap(alice, (it) => session(it, roleArn(role)))

const withSession = (operation: Operation) => ["AccessDenied", 403, `Cannot call ${operation} with session credentials`]
const unheard = (arn: string, operation: Operation) =>
  operation === "AssumeRoot"
    ? notAuthorized(arn, "sts:AssumeRoot", rootArn(there))
    : notAuthorizedTo(arn, `sts:${operation}`)

const rows: ReadonlyArray<
  readonly [kind: string, who: Who, refusal: (operation: Operation) => ReadonlyArray<unknown> | undefined]
> = [
  ["a user", alice, () => undefined],
  [
    "a user without permission",
    StsMemory.credentials(userArn("bob")),
    (operation) => unheard(userArn("bob"), operation),
  ],
  [
    "a root user, who may not call AssumeRoot",
    root,
    (operation) => (operation === "AssumeRoot" ? unheard(rootArn(), operation) : undefined),
  ],
  ["a session of a role", inRole("account"), () => undefined],
  ["a session of a role without permission", inRole("narrow"), (operation) => unheard(sessionArn("narrow"), operation)],
  ["a session of a user", sessionOf(alice), withSession],
  ["a session of a user with MFA", withMfa, withSession],
  ["a session of a root user", sessionOf(root), withSession],
  ["a federated user", federated(alice), withSession],
  ["a federated root user", federated(root), withSession],
]

const operations: ReadonlyArray<Operation> = ["AssumeRoot", "DecodeAuthorizationMessage", "GetDelegatedAccessToken"]

describe("who may call what", () => {
  for (const [kind, who, refusal] of rows) {
    it.effect(kind, () =>
      Effect.gen(function* () {
        const credentials = yield* who
        for (const operation of operations) {
          const result = yield* Effect.result(calls[operation](credentials))
          const words = result._tag === "Failure" ? yield* refused(Effect.fail(result.failure)) : undefined
          assert.deepStrictEqual(words, refusal(operation), operation)
        }
      }).pipe(inWorld(open)),
    )
  }
})
