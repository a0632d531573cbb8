/** What accounts let each other do, and what they explain. */
import { AssumeRoot } from "@effect-sts/core/operations/AssumeRoot"
import { DecodeAuthorizationMessage } from "@effect-sts/core/operations/DecodeAuthorizationMessage"
import { GetDelegatedAccessToken } from "@effect-sts/core/operations/GetDelegatedAccessToken"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { Law } from "../../Law.ts"
import * as Act from "../act.ts"
import { equal, isTrue } from "../expect.ts"
import { dark, everyNameCharacter, here, roleArn, rootArn, sessionArn, start, there, userArn } from "../world.ts"

const memberRoot = `arn:aws:iam::${there}:root`
const request = {
  targetPrincipal: there,
  taskPolicyArn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
}

/** What a service may tell of a request, with whatever could be spoilt in JSON, in XML or in a form. */
const context = { "aws:RequestTag/a+b=c": `"größe" & <50> %2B \\ 'x' \u20ac\u{1f600}` }

export const accounts: ReadonlyArray<Law> = [
  {
    name: "AssumeRoot opens the root of a member, for 15 minutes or less",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const { credentials, sourceIdentity } = yield* Act.call(AssumeRoot, request, own)
      yield* equal("the source identity", sourceIdentity, undefined)
      const { account, arn, userId } = yield* Act.getCallerIdentity(credentials)
      yield* equal("whose session it is", [account, arn, userId], [there, memberRoot, there])
      const short = yield* Act.call(
        AssumeRoot,
        { ...request, targetPrincipal: memberRoot, duration: "60 seconds", minimumSessionTokenSize: 1024 },
        own,
      )
      yield* equal("the size of the token", short.sessionTokenSize, 1024)
      const seconds = (DateTime.toEpochMillis(short.credentials.expiration) - Math.floor(start / 1000) * 1000) / 1000
      yield* equal("the lifetime", seconds, 60)
    }),
  },
  {
    name: "AssumeRoot is refused to who may not, and for who is no member",
    holds: Effect.gen(function* () {
      const denied = Act.call(AssumeRoot, request, yield* Act.bob)
      yield* Act.refused("bob", denied, Act.notAuthorized(userArn("bob"), "sts:AssumeRoot", memberRoot))
      const outside = Act.call(AssumeRoot, { ...request, targetPrincipal: here }, yield* Act.alice)
      yield* Act.refused("no member", outside, Act.notAuthorized(userArn("alice"), "sts:AssumeRoot", rootArn))
    }),
  },
  {
    name: "a source identity goes along to the root of a member",
    holds: Effect.gen(function* () {
      const { credentials } = yield* Act.assumeRole(yield* Act.alice, {
        roleArn: roleArn("sourced"),
        roleSessionName: "laws",
        sourceIdentity: everyNameCharacter,
      })
      const call = Act.call(AssumeRoot, request, credentials)
      yield* Act.refused(
        "a role that may not",
        call,
        Act.notAuthorized(sessionArn("sourced", "laws"), "sts:AssumeRoot", memberRoot),
      )
      const allowed = yield* Act.assumeRole(yield* Act.alice, {
        roleArn: roleArn("account"),
        roleSessionName: "laws",
        sourceIdentity: everyNameCharacter,
      })
      const answer = yield* Act.call(AssumeRoot, request, allowed.credentials)
      yield* equal("the source identity", answer.sourceIdentity, everyNameCharacter)
    }),
  },
  {
    name: "STS makes no credentials for an account in a region where it is not activated",
    holds: Effect.gen(function* () {
      const call = Act.assumeRole(yield* Act.alice, { roleArn: roleArn("off", dark), roleSessionName: "laws" })
      yield* Act.refused("its role", call, {
        code: "RegionDisabledException",
        status: 403,
        message: `STS is not activated in this region for account:${dark}. Your account administrator can activate STS in this region using the IAM Console.`,
      })
    }),
  },
  {
    name: "DecodeAuthorizationMessage explains a denial, whatever characters are in it",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const { encodedMessage = "" } = yield* Effect.flip(
        StsMemory.authorize({ caller: own, action: "ec2:RunInstances", resource: "*", context }),
      )
      const { decodedMessage } = yield* Act.call(DecodeAuthorizationMessage, { encodedMessage }, own)
      const decoded: unknown = JSON.parse(decodedMessage)
      yield* isTrue("it is JSON of an object", typeof decoded === "object" && decoded !== null)
      const told = JSON.stringify(decoded)
      for (const text of [userArn("alice"), "ec2:RunInstances", ...Object.entries(context).flat()]) {
        yield* isTrue(`it tells ${text}`, told.includes(JSON.stringify(text)))
      }
    }),
  },
  {
    name: "DecodeAuthorizationMessage refuses who may not, and what is no message",
    holds: Effect.gen(function* () {
      const decode = { encodedMessage: "no\nmessage" }
      yield* Act.refused("no message", Act.call(DecodeAuthorizationMessage, decode, yield* Act.alice), {
        code: "InvalidAuthorizationMessageException",
        status: 400,
      })
      const denied = Act.call(DecodeAuthorizationMessage, decode, yield* Act.bob)
      yield* Act.refused("bob", denied, Act.notAuthorizedTo(userArn("bob"), "sts:DecodeAuthorizationMessage"))
    }),
  },
  {
    name: "GetDelegatedAccessToken trades a token in until it expires",
    holds: Effect.gen(function* () {
      const own = yield* Act.alice
      const tradeInToken = yield* StsMemory.tradeInToken({ roleArn: roleArn("cross", there) })
      const { assumedPrincipal, credentials } = yield* Act.call(GetDelegatedAccessToken, { tradeInToken }, own)
      yield* equal("the principal", assumedPrincipal, roleArn("cross", there))
      yield* equal("the ARN", yield* Act.arnOf(credentials), sessionArn("cross", "delegated", there))
      yield* TestClock.adjust("1 hour")
      yield* Act.refused("the token later", Act.call(GetDelegatedAccessToken, { tradeInToken }, own), {
        code: "ExpiredTradeInTokenException",
        status: 400,
      })
    }),
  },
]
