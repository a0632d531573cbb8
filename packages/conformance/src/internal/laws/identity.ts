/** Who STS says that a caller is, and what it asks of the credentials. */
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
import * as Sts from "@effect-sts/core/Sts"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue, match } from "../expect.ts"
import { here, roleArn, rootArn, sessionArn, there, userArn } from "../world.ts"

const invalid: Act.Refusal = {
  code: "InvalidClientTokenId",
  status: 403,
  message: "The security token included in the request is invalid.",
}

export const identity: ReadonlyArray<Law> = [
  {
    name: "GetCallerIdentity names users, also under a path, and the root user",
    holds: Effect.gen(function* () {
      for (const arn of [userArn("alice"), userArn("team/blue/dave"), rootArn]) {
        const answer = yield* Act.getCallerIdentity(yield* StsMemory.credentials(arn))
        yield* equal("the ARN", answer.arn, arn)
        yield* equal("the account", answer.account, here)
        yield* match("the user id", answer.userId, arn === rootArn ? /^\d{12}$/ : /^AIDA\w{17}$/)
      }
    }),
  },
  {
    name: "GetCallerIdentity names sessions of roles, of users and of federated users",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const role = yield* Act.session(own, roleArn("account"), "first")
      yield* equal("the role's session", yield* Act.arnOf(role), sessionArn("account", "first"))
      const cross = yield* Act.getCallerIdentity(yield* Act.session(own, roleArn("cross", there), "second"))
      yield* equal("another account's role", cross.arn, sessionArn("cross", "second", there))
      yield* equal("its account", cross.account, there)
      yield* match("its user id", cross.userId, /^AROA\w{17}:second$/)
      const signedIn = yield* Act.getSessionToken(own)
      yield* equal("the user's session", yield* Act.arnOf(signedIn.credentials), userArn("alice"))
      const federated = yield* Act.getFederationToken(own, { name: "guest" })
      const guest = `arn:aws:sts::${here}:federated-user/guest`
      yield* equal("the federated user", yield* Act.arnOf(federated.credentials), guest)
    }),
  },
  {
    name: "each call is made as who its credentials are of, whoever called before",
    holds: Effect.gen(function* () {
      const [alice, bob] = [yield* Act.alice, yield* Act.bob]
      const role = yield* Act.session(alice, roleArn("account"))
      for (const [credentials, arn] of [
        [alice, userArn("alice")],
        [bob, userArn("bob")],
        [role, sessionArn("account", "laws")],
        [alice, userArn("alice")],
        [role, sessionArn("account", "laws")],
        [bob, userArn("bob")],
      ] as const) {
        yield* equal("the ARN", yield* Act.arnOf(credentials), arn)
      }
      const callers = (yield* StsMemory.calls).slice(1).map(({ caller }) => caller)
      const [a, b, r] = [userArn("alice"), userArn("bob"), sessionArn("account", "laws")]
      yield* equal("the callers in the log", callers, [a, b, r, a, r, b])
    }),
  },
  {
    name: "the session token goes along with every signed call",
    holds: Effect.gen(function* () {
      const role = yield* Act.session(yield* Act.alice, roleArn("account"))
      yield* Act.getCallerIdentity(role)
      yield* Act.call(GetAccessKeyInfo, { accessKeyId: "AKIAALICE00000000000" }, role)
      const chained = yield* Act.session(role, roleArn("chained"))
      yield* Act.getCallerIdentity(chained)
      yield* equal("the outcomes", new Set(yield* Act.outcomes), new Set(["Success"]))
    }),
  },
  {
    name: "a session is refused without its token, and with another's",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const [one, other] = [yield* Act.session(own, roleArn("account")), yield* Act.session(own, roleArn("narrow"))]
      const { accessKeyId, secretAccessKey } = one
      const without = Act.changed(own, { accessKeyId, secretAccessKey })
      yield* Act.refused("without a token", Act.getCallerIdentity(without), invalid)
      const { sessionToken } = other
      if (sessionToken === undefined) return yield* isTrue("a session has a token", false)
      yield* Act.refused("with another's token", Act.getCallerIdentity(Act.changed(one, { sessionToken })), invalid)
      yield* Act.refused("a user with a token", Act.getCallerIdentity(Act.changed(own, { sessionToken })), invalid)
      yield* equal("the ARN", yield* Act.arnOf(one), sessionArn("account", "laws"))
    }),
  },
  {
    name: "a wrong secret is refused",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const wrong = { secretAccessKey: Redacted.make("wrong") }
      const expected = { code: "SignatureDoesNotMatch", status: 403 }
      yield* Act.refused("a user", Act.getCallerIdentity(Act.changed(own, wrong)), expected)
      const role = yield* Act.session(own, roleArn("account"))
      yield* Act.refused("a session", Act.getCallerIdentity(Act.changed(role, wrong)), expected)
      yield* equal("the ARN", yield* Act.arnOf(own), userArn("alice"))
    }),
  },
  {
    name: "an unknown, an inactive and a deactivated key are refused",
    holds: Effect.gen(function* () {
      const [alice, carol] = [yield* Act.alice, yield* Act.user("carol")]
      const unknown = Act.changed(alice, { accessKeyId: "AKIANOBODY0000000000" })
      yield* Act.refused("an unknown key", Act.getCallerIdentity(unknown), invalid)
      const inactive = Act.changed(carol, { accessKeyId: "AKIACAROL00000000001" })
      yield* Act.refused("an inactive key", Act.getCallerIdentity(inactive), invalid)
      yield* StsMemory.deactivateKey(carol.accessKeyId)
      yield* Act.refused("a deactivated key", Act.getCallerIdentity(carol), invalid)
      const callers = (yield* StsMemory.calls).map(({ caller }) => caller)
      yield* equal("the callers in the log", callers, [undefined, undefined, undefined])
    }),
  },
  {
    name: "credentials hold until the second of their expiration",
    holds: Effect.gen(function* () {
      const { credentials } = yield* Act.getSessionToken(yield* Act.alice, { duration: "15 minutes" })
      yield* TestClock.adjust("899 seconds")
      yield* equal("the ARN", yield* Act.arnOf(credentials), userArn("alice"))
      yield* TestClock.adjust("1 second")
      yield* Act.refused("afterwards", Act.getCallerIdentity(credentials), { code: "ExpiredToken", status: 403 })
    }),
  },
  {
    name: "sessions of a role that was deleted, or made again, are refused",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const role = yield* Act.session(own, roleArn("account"))
      yield* StsMemory.recreateRole(roleArn("account"))
      yield* Act.refused("of the old role", Act.getCallerIdentity(role), invalid)
      const renewed = yield* Act.session(own, roleArn("account"))
      yield* StsMemory.deleteRole(roleArn("account"))
      yield* Act.refused("of the deleted role", Act.getCallerIdentity(renewed), invalid)
    }),
  },
  {
    name: "the identity of the credential stack signs, and the one below is back afterwards",
    holds: Effect.gen(function* () {
      const who = Effect.map(Sts.getCallerIdentity, ({ arn }) => arn)
      const role = (name: string) => CredentialStack.withRole({ roleArn: roleArn(name), roleSessionName: "laws" })
      const arns = yield* Effect.all([
        who,
        Effect.all([who, role("chained")(who), who]).pipe(role("account")),
        role("narrow")(who),
        who,
      ]).pipe(Effect.provide(CredentialStack.layer(CredentialSource.fromEffect(Act.alice))))
      const [account, chained] = [sessionArn("account", "laws"), sessionArn("chained", "laws")]
      const expected = [userArn("alice"), [account, chained, account], sessionArn("narrow", "laws"), userArn("alice")]
      yield* equal("the ARNs", arns.flat(), expected.flat())
      const roles = (yield* StsMemory.calls).filter(({ operation }) => operation === "AssumeRole")
      yield* equal(
        "who assumed roles",
        roles.map(({ caller }) => caller),
        [userArn("alice"), account, userArn("alice")],
      )
    }),
  },
  {
    name: "a request that breaks a rule is not sent",
    holds: Effect.gen(function* () {
      const request = { roleArn: roleArn("account"), roleSessionName: "no spaces" }
      const error = yield* Effect.flip(Act.assumeRole(yield* Act.alice, request))
      yield* equal("the error", [error.reason._tag, error.attempts], ["InvalidRequest", 0])
      yield* equal("the calls", (yield* StsMemory.calls).length, 0)
    }),
  },
]
