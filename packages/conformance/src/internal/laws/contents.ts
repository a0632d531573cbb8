/** Characters that a form, a header or a document could spoil, values as long as they may be, and many calls at once. */
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as Effect from "effect/Effect"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue } from "../expect.ts"
import {
  crowd,
  everyExternalIdCharacter,
  everyNameCharacter,
  everyTagCharacter,
  here,
  letterTags,
  longExternalId,
  lookUpArn,
  mfaArn,
  roleArn,
  sessionArn,
  tagValue,
  userArn,
} from "../world.ts"

const request = { roleArn: roleArn("account"), roleSessionName: "laws" }

/** Allows all to sessions of the role whose tag is this, to the letter. */
const onlyTagged = (value: string) => ({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Action: "*",
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalTag/team": value } },
  },
})

/** A policy as JSON with whatever may stand between its parts. */
const spread = (policy: object) => `\r\n\t ${JSON.stringify(policy, undefined, "\t  ").replaceAll("\n", "\r\n")}\n\n`

export const contents: ReadonlyArray<Law> = [
  {
    name: "every character of a session's name and a source identity arrives",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const named = { roleArn: roleArn("sourced"), roleSessionName: everyNameCharacter }
      const answer = yield* Act.assumeRole(own, { ...named, sourceIdentity: everyNameCharacter })
      yield* equal("the ARN", answer.assumedRoleUser.arn, sessionArn("sourced", everyNameCharacter))
      yield* equal("the source identity", answer.sourceIdentity, everyNameCharacter)
      const { arn } = yield* Act.getCallerIdentity(answer.credentials)
      yield* equal("the ARN of the session", arn, sessionArn("sourced", everyNameCharacter))
      yield* Act.session(answer.credentials, roleArn("afterSource"))
    }),
  },
  {
    name: "every character of an external id, a serial number and a federated name arrives",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const externalId = everyExternalIdCharacter
      yield* Act.assumeRole(own, { ...request, roleArn: roleArn("external"), externalId })
      const name = everyNameCharacter
      const { federatedUser } = yield* Act.getFederationToken(own, { name })
      yield* equal("the ARN", federatedUser?.arn, `arn:aws:sts::${here}:federated-user/${name}`)
      const serialNumber = mfaArn("alice")
      yield* Act.getSessionToken(own, { mfa: { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) } })
    }),
  },
  {
    name: "a policy arrives to the letter, with its quotes, breaks, signs and umlauts",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const mayAsk = (policy: string) =>
        Effect.gen(function* () {
          const { credentials } = yield* Act.assumeRole(own, { ...request, roleArn: roleArn("tagged"), policy })
          const call = Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, credentials)
          return (yield* Effect.result(call))._tag === "Success"
        })
      yield* isTrue("the right tag is allowed", yield* mayAsk(spread(onlyTagged(tagValue))))
      for (const wrong of ["%20", "+ %2B", "~ & = ; < > # ? ' \" \\ $", "ÿÖ", "a\nb"]) {
        const policy = spread(onlyTagged(`${tagValue}${wrong}`))
        yield* isTrue(`another tag, with ${wrong}, is not`, !(yield* mayAsk(policy)))
      }
    }),
  },
  {
    name: "every character of a tag's key and value arrives, of as many tags as there may be",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const lettered = { ...request, roleArn: roleArn("lettered") }
      const others = Array.from({ length: 47 }, (_, index) => [`key${index}`, `${index}`] as const)
      const tags = { ...Object.fromEntries(others), ...letterTags }
      const transitiveTagKeys = Object.keys(tags)
      const mayAsk = ({ credentials }: { readonly credentials: AwsCredentials.AwsCredentials }) =>
        Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, credentials)
      yield* mayAsk(yield* Act.assumeRole(own, { ...lettered, tags }))
      const first = yield* Act.assumeRole(own, { ...request, tags, transitiveTagKeys })
      yield* mayAsk(yield* Act.assumeRole(first.credentials, lettered))
      const other = { ...tags, [everyTagCharacter]: `${everyTagCharacter} ` }
      const expected = Act.notAuthorizedTo(sessionArn("lettered", "laws"), "sts:GetAccessKeyInfo")
      yield* Act.refused("another value", mayAsk(yield* Act.assumeRole(own, { ...lettered, tags: other })), expected)
    }),
  },
  {
    name: "every character of a managed policy's ARN arrives, and the policy narrows the session",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const policyArns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", lookUpArn]
      const { credentials } = yield* Act.assumeRole(own, { ...request, policyArns })
      yield* Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, credentials)
      const narrowed = yield* Act.assumeRole(own, { ...request, policyArns: policyArns.slice(0, 1) })
      const denied = Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, narrowed.credentials)
      const expected = Act.notAuthorizedTo(sessionArn("account", "laws"), "sts:GetAccessKeyInfo", "session")
      yield* Act.refused("without the policy", denied, expected)
    }),
  },
  {
    name: "a provided context arrives, with its assertion to the letter",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const contextual = { ...request, roleArn: roleArn("contextual") }
      const providerArn = "arn:aws:iam::aws:contextProvider/IdentityCenter"
      const contextAssertion = yield* StsMemory.contextAssertion({ "identitystore:UserId": everyNameCharacter })
      yield* Act.assumeRole(own, { ...contextual, providedContexts: [{ providerArn, contextAssertion }] })
      const without = Act.assumeRole(own, contextual)
      const expected = Act.notAuthorized(userArn("alice"), "sts:AssumeRole", roleArn("contextual"))
      yield* Act.refused("without it", without, expected)
    }),
  },
  {
    name: "values as long as they may be arrive whole",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const longArn = `arn:aws:iam::${here}:role/${"long+path~/".repeat(300)}`.slice(0, 2048)
      const denied = Act.assumeRole(own, { ...request, roleArn: longArn })
      yield* Act.refused("a long ARN", denied, Act.notAuthorized(userArn("alice"), "sts:AssumeRole", longArn))
      const external = { ...request, roleArn: roleArn("longExternal") }
      yield* Act.assumeRole(own, { ...external, externalId: longExternalId })
      const roleSessionName = "n".repeat(64)
      const named = yield* Act.assumeRole(own, { ...request, roleSessionName })
      yield* equal("the ARN", named.assumedRoleUser.arn, sessionArn("account", roleSessionName))
    }),
  },
  {
    name: "a policy of 3,000 bytes arrives whole",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const Resource = Array.from({ length: 85 }, (_, index) => `arn:aws:s3:::bucket-of-many-${index + 100}/*`)
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Deny", Action: "s3:*", Resource },
          { Effect: "Allow", Action: "sts:*", Resource: "*" },
        ],
      })
      yield* isTrue("the policy is long", policy.length > 3000)
      const { credentials } = yield* Act.assumeRole(own, { ...request, policy })
      yield* Act.call(GetAccessKeyInfo, { accessKeyId: own.accessKeyId }, credentials)
    }),
  },
  {
    name: "many calls at once, each as another, do not mix",
    holds: Effect.gen(function* () {
      const callers = yield* Effect.forEach(crowd, (name) => Effect.zip(Effect.succeed(name), Act.user(name)))
      const rounds = [...callers, ...callers.toReversed(), ...callers]
      const arns = yield* Effect.forEach(rounds, ([, credentials]) => Act.arnOf(credentials), {
        concurrency: "unbounded",
      })
      yield* equal(
        "the ARNs",
        arns,
        rounds.map(([name]) => userArn(name)),
      )
      const sessions = yield* Effect.forEach(
        callers,
        ([name, credentials]) => Act.session(credentials, roleArn("account"), name),
        { concurrency: "unbounded" },
      )
      const own = yield* Effect.forEach(sessions, Act.arnOf, { concurrency: "unbounded" })
      yield* equal(
        "the ARNs of the sessions",
        own,
        crowd.map((name) => sessionArn("account", name)),
      )
    }),
  },
  {
    name: "many calls at once, good and bad, each get their own answer",
    holds: Effect.gen(function* () {
      const callers = yield* Effect.forEach(crowd, Act.user)
      const results = yield* Effect.forEach(
        callers,
        (credentials, index) => {
          const roleSessionName = `n${index}`
          const arn = roleArn(index % 2 === 0 ? "account" : `missing${index}`)
          return Effect.match(Act.call(AssumeRole, { roleArn: arn, roleSessionName }, credentials), {
            onFailure: ({ reason }) => reason.message,
            onSuccess: ({ assumedRoleUser }) => assumedRoleUser.arn,
          })
        },
        { concurrency: "unbounded" },
      )
      yield* equal(
        "the answers",
        results,
        crowd.map((name, index) =>
          index % 2 === 0
            ? sessionArn("account", `n${index}`)
            : `User: ${userArn(name)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn(`missing${index}`)}`,
        ),
      )
    }),
  },
]
