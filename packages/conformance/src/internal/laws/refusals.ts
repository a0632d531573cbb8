/** What is refused, and how: the code, the status, the words, a request id, one attempt, one line in the log. */
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import * as Sts from "@effect-sts/core/Sts"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue } from "../expect.ts"
import { everyExternalIdCharacter, here, mfaArn, roleArn, sessionArn, userArn } from "../world.ts"

const laws = { roleSessionName: "laws" }

const deniedRole = (role: string, caller = userArn("alice")) =>
  Act.notAuthorized(caller, "sts:AssumeRole", roleArn(role))

const invalidCode: Act.Refusal = {
  code: "AccessDenied",
  status: 403,
  message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
}

/** A request of each operation. What becomes of it depends on how much the world simulates. */
const requests: { readonly [Op in (typeof Operations.all)[number] as Op["name"]]: Operation.Input<Op> } = {
  AssumeRole: { roleArn: roleArn("nobody"), ...laws },
  AssumeRoleWithSAML: {
    roleArn: roleArn("account"),
    principalArn: `arn:aws:iam::${here}:saml-provider/idp`,
    samlAssertion: "PHNhbWw+Pz8/PC9zYW1sPg==",
  },
  AssumeRoleWithWebIdentity: { roleArn: roleArn("account"), ...laws, webIdentityToken: "no.jwt.at-all" },
  AssumeRoot: {
    targetPrincipal: here,
    taskPolicyArn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
  },
  DecodeAuthorizationMessage: { encodedMessage: "a+b/c=%20 ~" },
  GetAccessKeyInfo: { accessKeyId: "AKIAALICE00000000000" },
  GetCallerIdentity: {},
  GetDelegatedAccessToken: { tradeInToken: "t+r/a=%20 ~" },
  GetFederationToken: { name: "guest" },
  GetSessionToken: {},
  GetWebIdentityToken: { audience: ["https://example.com/?a=b&c=d"], signingAlgorithm: "RS256" },
}

/** The operation called with its request, by `bob`, who may do nothing. */
const reached = Effect.fnUntraced(function* (operation: Operation.Any, request: {}) {
  const credentials = yield* Act.bob
  const before = (yield* StsMemory.calls).length
  const sts = yield* Sts.Sts
  // oxlint-disable-next-line no-unsafe-type-assertion -- signed or not, which the types of an operation at large leave open
  const proof = (operation.auth === "signed" ? [credentials] : []) as Operation.CallCredentials<Operation.Any>
  const result = yield* Effect.result(sts.call(operation, request, ...proof))
  const calls = (yield* StsMemory.calls).slice(before)
  yield* equal(
    `${operation.name} in the log`,
    calls.map(({ caller, operation }) => [operation, caller]),
    [[operation.name, operation.auth === "signed" ? userArn("bob") : undefined]],
  )
  if (result._tag === "Success") return
  const { attempts, httpStatus = 0, operation: name, requestId } = result.failure
  yield* equal("the operation of the error", name, operation.name)
  yield* equal(`${operation.name}: the attempts`, attempts, 1)
  yield* isTrue(`${operation.name} has a status`, httpStatus === 400 || httpStatus === 403)
  yield* isTrue(`${operation.name} has a request id`, requestId !== undefined)
  yield* equal(`${operation.name}: the code`, Act.codeOf(result.failure), calls[0]?.outcome ?? "")
})

export const refusals: ReadonlyArray<Law> = [
  {
    name: "every operation reaches STS, signed or not as it is declared",
    holds: Effect.gen(function* () {
      const byName: Readonly<Record<string, {}>> = requests
      for (const operation of Operations.all) yield* reached(operation, byName[operation.name] ?? {})
    }),
  },
  {
    name: "a role that does not exist, that does not trust, and a caller who may not are refused in the same words",
    holds: Effect.gen(function* () {
      const [alice, bob] = [yield* Act.alice, yield* Act.bob]
      const assume = (role: string, as = alice) => Act.assumeRole(as, { roleArn: roleArn(role), ...laws })
      yield* Act.refused("no role", assume("missing"), deniedRole("missing"))
      yield* Act.refused("no trust", assume("nobody"), deniedRole("nobody"))
      yield* Act.refused("no permission", assume("account", bob), deniedRole("account", userArn("bob")))
      yield* equal(
        "the log",
        (yield* StsMemory.calls).map(({ caller, outcome }) => [caller, outcome]),
        [
          [userArn("alice"), "AccessDenied"],
          [userArn("alice"), "AccessDenied"],
          [userArn("bob"), "AccessDenied"],
        ],
      )
    }),
  },
  {
    name: "every answer, good or bad, has a request id of its own",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const ids = yield* Effect.all(
        Array.from({ length: 5 }, () =>
          Effect.map(
            Effect.flip(Act.assumeRole(own, { roleArn: roleArn("nobody"), ...laws })),
            ({ requestId }) => requestId,
          ),
        ),
      )
      const spans = yield* Act.spansOf(Effect.replicateEffect(Act.getCallerIdentity(own), 5))
      const all = [...ids, ...spans.map(({ attributes }) => attributes.get("aws.request_id"))]
      yield* isTrue("all have one", all.length === 10 && all.every((id) => typeof id === "string"))
      yield* equal("how many there are", new Set(all).size, 10)
    }),
  },
  {
    name: "the duration is held to the role's longest, and to an hour in a chain",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const tooLong = Act.assumeRole(own, { roleArn: roleArn("narrow"), ...laws, duration: "3601 seconds" })
      yield* Act.refused("above the role's", tooLong, {
        code: "ValidationError",
        status: 400,
        message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      })
      const role = yield* Act.session(own, roleArn("account"))
      const chained = Act.assumeRole(role, { roleArn: roleArn("chained"), ...laws, duration: "2 hours" })
      yield* Act.refused("above the chain's", chained, {
        code: "ValidationError",
        status: 400,
        message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      })
    }),
  },
  {
    name: "a role can be assumed from a role that it trusts, and from no other",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const direct = Act.assumeRole(own, { roleArn: roleArn("chained"), ...laws })
      yield* Act.refused("the user", direct, deniedRole("chained"))
      const role = yield* Act.session(own, roleArn("account"), "link")
      const chained = yield* Act.session(role, roleArn("chained"), "end")
      yield* equal("the ARN", yield* Act.arnOf(chained), sessionArn("chained", "end"))
      yield* equal(
        "the callers in the log",
        (yield* StsMemory.calls).map(({ caller }) => caller),
        [userArn("alice"), userArn("alice"), sessionArn("account", "link"), sessionArn("chained", "end")],
      )
    }),
  },
  {
    name: "GetSessionToken and GetFederationToken refuse sessions",
    holds: Effect.gen(function* () {
      const role = yield* Act.session(yield* Act.alice, roleArn("account"))
      const words = (operation: string) => ({
        code: "AccessDenied",
        status: 403,
        message: `Cannot call ${operation} with session credentials`,
      })
      yield* Act.refused("GetSessionToken", Act.getSessionToken(role), words("GetSessionToken"))
      const federation = Act.getFederationToken(role, { name: "guest" })
      yield* Act.refused("GetFederationToken", federation, words("GetFederationToken"))
    }),
  },
  {
    name: "an external id is needed where the role asks for one",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const request = { roleArn: roleArn("external"), ...laws }
      yield* Act.refused("none", Act.assumeRole(own, request), deniedRole("external"))
      const wrong = Act.assumeRole(own, { ...request, externalId: "wrong" })
      yield* Act.refused("a wrong one", wrong, deniedRole("external"))
      yield* Act.assumeRole(own, { ...request, externalId: everyExternalIdCharacter })
    }),
  },
  {
    name: "tags need permission of their own, and so do those that a session inherits",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const request = { roleArn: roleArn("untagged"), ...laws }
      const tags = { team: "red" }
      yield* Act.assumeRole(own, request)
      const denied = (caller: string) => Act.notAuthorized(caller, "sts:TagSession", roleArn("untagged"))
      yield* Act.refused("a tag", Act.assumeRole(own, { ...request, tags }), denied(userArn("alice")))
      const first = { roleArn: roleArn("account"), ...laws, tags, transitiveTagKeys: ["team"] }
      const { credentials } = yield* Act.assumeRole(own, first)
      yield* Act.refused(
        "a tag that is inherited",
        Act.assumeRole(credentials, request),
        denied(sessionArn("account", "laws")),
      )
    }),
  },
  {
    name: "tags that are too large, and a managed policy that does not exist, are refused",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const request = { roleArn: roleArn("account"), ...laws }
      const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, "v".repeat(256)]))
      yield* Act.refused("tags", Act.assumeRole(own, { ...request, tags }), {
        code: "PackedPolicyTooLarge",
        status: 400,
      })
      const policyArns = [`arn:aws:iam::${here}:policy/no+such=policy`]
      yield* Act.refused("a policy", Act.assumeRole(own, { ...request, policyArns }), {
        code: "ValidationError",
        status: 400,
      })
    }),
  },
  {
    name: "an MFA code opens what asks for it, once",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const serialNumber = mfaArn("alice")
      const request = { roleArn: roleArn("mfa"), ...laws }
      yield* Act.refused("no code", Act.assumeRole(own, request), deniedRole("mfa"))
      const mfa = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
      yield* Act.assumeRole(own, { ...request, mfa })
      yield* Act.refused("the code again", Act.assumeRole(own, { ...request, mfa }), invalidCode)
      yield* TestClock.adjust("30 seconds")
      const next = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
      const signedIn = yield* Act.getSessionToken(own, { mfa: next })
      yield* Act.session(signedIn.credentials, roleArn("mfa"))
    }),
  },
  {
    name: "a wrong MFA code, and a device that is not the caller's, are refused",
    holds: Effect.gen(function* () {
      const [alice, bob] = [yield* Act.alice, yield* Act.bob]
      const serialNumber = mfaArn("alice")
      const tokenCode = yield* StsMemory.mfaCode(serialNumber)
      const wrong = { serialNumber, tokenCode: tokenCode === "000000" ? "000001" : "000000" }
      yield* Act.refused("a wrong code", Act.getSessionToken(alice, { mfa: wrong }), invalidCode)
      yield* Act.refused("another's device", Act.getSessionToken(bob, { mfa: { serialNumber, tokenCode } }), {
        code: "AccessDenied",
        status: 403,
        message:
          "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
      })
    }),
  },
  {
    name: "a session policy that is none, and one that is too large, are refused",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const assume = (policy: string) => Act.assumeRole(own, { roleArn: roleArn("account"), ...laws, policy })
      yield* Act.refused("no JSON", assume("{"), { code: "MalformedPolicyDocument", status: 400 })
      yield* Act.refused("no policy", assume("{}"), { code: "MalformedPolicyDocument", status: 400 })
      const Resource = Array.from({ length: 200 }, (_, index) => `arn:aws:s3:::a-bucket-${index}/*`)
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "s3:GetObject", Resource },
      })
      yield* Act.refused("too large", assume(policy), { code: "PackedPolicyTooLarge", status: 400 })
    }),
  },
]
