/** What is answered, operation by operation. */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue, match } from "../expect.ts"
import { here, lookUpArn, roleArn, rootArn, sessionArn, tagValue, userArn } from "../world.ts"

/** That credentials are whole, and expire when they should: on a whole second. */
const issued = Effect.fnUntraced(function* (credentials: AwsCredentials.AwsCredentials, lifetime: Duration.Input) {
  yield* match("the access key id", credentials.accessKeyId, /^ASIA[A-Z2-7]{16}$/)
  yield* match("the secret", Redacted.value(credentials.secretAccessKey), /^[\w+/]{40}$/)
  yield* isTrue("the credentials are temporary", AwsCredentials.isTemporary(credentials))
  if (!AwsCredentials.isTemporary(credentials)) return
  yield* match("the session token", Redacted.value(credentials.sessionToken), /^[\w+/]{100,}={0,2}$/)
  const now = yield* Clock.currentTimeMillis
  const expected = Math.floor(now / 1000) * 1000 + Duration.toMillis(lifetime)
  yield* equal("the expiration", DateTime.toEpochMillis(credentials.expiration), expected)
})

const denyAll = { Version: "2012-10-17", Statement: { Effect: "Deny", Action: "*", Resource: "*" } }

export const answers: ReadonlyArray<Law> = [
  {
    name: "AssumeRole answers with the session's ARN, its id and whole credentials",
    holds: Effect.gen(function* () {
      const answer = yield* Act.assumeRole(yield* Act.alice, { roleArn: roleArn("account"), roleSessionName: "one" })
      yield* equal("the ARN", answer.assumedRoleUser.arn, sessionArn("account", "one"))
      yield* match("the id", answer.assumedRoleUser.assumedRoleId, /^AROA\w{17}:one$/)
      yield* issued(answer.credentials, "1 hour")
      const { packedPolicySize, sessionTokenSize, sourceIdentity } = answer
      yield* equal(
        "what was not asked for",
        [packedPolicySize, sessionTokenSize, sourceIdentity],
        [undefined, undefined, undefined],
      )
    }),
  },
  {
    name: "AssumeRole keeps to the duration that is asked for",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      for (const duration of ["900 seconds", "5437 seconds", "12 hours"] as const) {
        const request = { roleArn: roleArn("account"), roleSessionName: "laws", duration }
        yield* issued((yield* Act.assumeRole(own, request)).credentials, duration)
      }
    }),
  },
  {
    name: "GetSessionToken keeps to the duration, 12 hours by default, an hour at most for a root user",
    holds: Effect.gen(function* () {
      const [own, root] = [yield* Act.alice, yield* Act.root]
      yield* issued((yield* Act.getSessionToken(own)).credentials, "12 hours")
      yield* issued((yield* Act.getSessionToken(own, { duration: "36 hours" })).credentials, "36 hours")
      yield* issued((yield* Act.getSessionToken(own, { duration: "901 seconds" })).credentials, "901 seconds")
      yield* issued((yield* Act.getSessionToken(root, { duration: "2 hours" })).credentials, "1 hour")
    }),
  },
  {
    name: "GetFederationToken answers with the federated user, and keeps to the duration",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const answer = yield* Act.getFederationToken(own, { name: "guest@x", duration: "20 minutes" })
      yield* equal("the ARN", answer.federatedUser?.arn, `arn:aws:sts::${here}:federated-user/guest@x`)
      yield* equal("the id", answer.federatedUser?.federatedUserId, `${here}:guest@x`)
      yield* issued(answer.credentials, "20 minutes")
      yield* issued((yield* Act.getFederationToken(own, { name: "guest" })).credentials, "12 hours")
    }),
  },
  {
    name: "GetAccessKeyInfo tells the account of a key, and refuses one that carries none",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const { account } = yield* Act.call(GetAccessKeyInfo, { accessKeyId: "AKIABOB0000000000000" }, own)
      yield* equal("the account", account, here)
      const denied = Act.call(GetAccessKeyInfo, { accessKeyId: "AKIABOB0000000000000" }, yield* Act.bob)
      yield* Act.refused("bob", denied, Act.notAuthorizedTo(userArn("bob"), "sts:GetAccessKeyInfo"))
    }),
  },
  {
    name: "a session policy narrows the session, and its size is told",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const request = { roleArn: roleArn("account"), roleSessionName: "laws" }
      const free = yield* Act.assumeRole(own, request)
      yield* Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, free.credentials)
      const bound = yield* Act.assumeRole(own, { ...request, policy: denyAll })
      const denied = Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, bound.credentials)
      const caller = sessionArn("account", "laws")
      const message = `User: ${caller} is not authorized to perform: sts:GetAccessKeyInfo with an explicit deny in a session policy`
      yield* Act.refused("a call that it denies", denied, { code: "AccessDenied", status: 403, message })
      const { packedPolicySize = 0, sessionTokenSize = 0, sessionTokenUtilization } = bound
      yield* isTrue("the policy takes some of the token", packedPolicySize > 0 && packedPolicySize <= 100)
      yield* equal("the utilization", sessionTokenUtilization, packedPolicySize)
      const { length } = bound.credentials.sessionToken ? Redacted.value(bound.credentials.sessionToken) : ""
      yield* equal("the size of the token", sessionTokenSize, length)
    }),
  },
  {
    name: "the token is as large as is asked for",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const small = yield* Act.getSessionToken(own)
      yield* equal("the size that nobody asked for", small.sessionTokenSize, undefined)
      const large = yield* Act.getSessionToken(own, { minimumSessionTokenSize: 4096 })
      yield* equal("the size", large.sessionTokenSize, 4096)
      yield* equal("the utilization", large.sessionTokenUtilization, 100)
      const { sessionToken } = large.credentials
      yield* equal("the token", sessionToken && Redacted.value(sessionToken).length, 4096)
      yield* equal("the ARN", yield* Act.arnOf(large.credentials), userArn("alice"))
    }),
  },
  {
    name: "a source identity is answered, and stays with the chain",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const sourced = yield* Act.assumeRole(own, {
        roleArn: roleArn("account"),
        roleSessionName: "laws",
        sourceIdentity: "ada",
      })
      yield* equal("the source identity", sourced.sourceIdentity, "ada")
      const next = { roleArn: roleArn("chained"), roleSessionName: "laws" }
      const chained = yield* Act.assumeRole(sourced.credentials, next)
      yield* equal("that of the next link", chained.sourceIdentity, "ada")
      yield* Act.refused("another one", Act.assumeRole(sourced.credentials, { ...next, sourceIdentity: "eve" }), {
        code: "ValidationError",
        status: 400,
        message: "The source identity is already set for this assume role session",
      })
    }),
  },
  {
    name: "tags go with the session, over those of its role, and their size is told",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const request = { roleArn: roleArn("tagged"), roleSessionName: "laws" }
      const next = { roleArn: roleArn("afterTag"), roleSessionName: "laws" }
      const plain = yield* Act.assumeRole(own, request)
      yield* Act.assumeRole(plain.credentials, next)
      const tagged = yield* Act.assumeRole(own, { ...request, tags: { Team: "another" } })
      const expected = Act.notAuthorized(sessionArn("tagged", "laws"), "sts:AssumeRole", roleArn("afterTag"))
      yield* Act.refused("the role's tag", Act.assumeRole(tagged.credentials, next), expected)
      yield* isTrue("the tag takes some of the token", (tagged.packedPolicySize ?? 0) > 0)
      yield* equal("the utilization", tagged.sessionTokenUtilization, tagged.packedPolicySize)
      const requested = { roleArn: roleArn("wantsTag"), roleSessionName: "laws" }
      yield* Act.assumeRole(own, { ...requested, tags: { team: tagValue } })
      const without = Act.assumeRole(own, requested)
      yield* Act.refused(
        "without the tag",
        without,
        Act.notAuthorized(userArn("alice"), "sts:AssumeRole", roleArn("wantsTag")),
      )
    }),
  },
  {
    name: "transitive tags stay with the chain, with their values, and cannot be set again; others end with the session",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const request = { roleArn: roleArn("account"), roleSessionName: "laws" }
      const tags = { team: tagValue }
      const first = yield* Act.assumeRole(own, { ...request, tags, transitiveTagKeys: ["TEAM"] })
      const second = yield* Act.assumeRole(first.credentials, { ...request, roleArn: roleArn("chained") })
      yield* Act.session(second.credentials, roleArn("afterTag"))
      yield* Act.refused(
        "the tag once more",
        Act.assumeRole(second.credentials, { ...request, tags: { Team: tagValue } }),
        {
          code: "InvalidParameterValue",
          status: 400,
          message:
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
        },
      )
      const once = yield* Act.assumeRole(own, { ...request, tags })
      const end = yield* Act.assumeRole(once.credentials, { ...request, roleArn: roleArn("chained") })
      const denied = Act.session(end.credentials, roleArn("afterTag"))
      yield* Act.refused(
        "the tag that does not pass on",
        denied,
        Act.notAuthorized(sessionArn("chained", "laws"), "sts:AssumeRole", roleArn("afterTag")),
      )
    }),
  },
  {
    name: "GetFederationToken takes tags and managed policies, and their size is told",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const plain = yield* Act.getFederationToken(own, { name: "guest" })
      const policyArns = [lookUpArn]
      const full = yield* Act.getFederationToken(own, { name: "guest", tags: { team: tagValue }, policyArns })
      const { sessionTokenSize = 0 } = full
      yield* isTrue("the token is larger", sessionTokenSize > (plain.sessionTokenSize ?? 0))
      yield* equal("the packed size", full.packedPolicySize, full.sessionTokenUtilization)
      yield* equal("the ARN", yield* Act.arnOf(full.credentials), `arn:aws:sts::${here}:federated-user/guest`)
    }),
  },
  {
    name: "a root user may not assume roles",
    holds: Effect.gen(function* () {
      const denied = Act.assumeRole(yield* Act.root, { roleArn: roleArn("account"), roleSessionName: "laws" })
      const message = "Roles may not be assumed by root accounts."
      yield* Act.refused(rootArn, denied, { code: "AccessDenied", status: 403, message })
    }),
  },
]
