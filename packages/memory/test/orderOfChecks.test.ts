// facts/sts.md 3.2: the order in which STS checks a request, told by one that has everything wrong and is put right step by
// step. That a region is checked after the parameters and before permissions is the reading chosen here.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../src/StsMemory.ts"
import { here, roleArn, sessionArn, world } from "./support/world.ts"
import * as Wire from "./support/wire.ts"

const invalidToken = [403, "InvalidClientTokenId", "The security token included in the request is invalid."] as const

/** What is wrong, in the order in which STS finds it, and what it says. */
const steps = [
  ["the path", [404, "", ""]],
  ["no signature", [403, "MissingAuthenticationToken", "Request is missing Authentication Token"]],
  [
    "half a signature",
    [400, "IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256"],
  ],
  [
    "the form of the date",
    [
      400,
      "IncompleteSignature",
      "Date must be in ISO-8601 'basic format'. Got 'today'. See http://en.wikipedia.org/wiki/ISO_8601",
    ],
  ],
  ["the time", [403, "SignatureDoesNotMatch", /^Signature expired: \w+ is now earlier than \w+ \(\w+ - 15 min\.\)$/]],
  [
    "the scope",
    [
      403,
      "SignatureDoesNotMatch",
      "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. ",
    ],
  ],
  ["the key", invalidToken],
  ["the token", invalidToken],
  ["the expiration", [403, "ExpiredToken", "The security token included in the request is expired"]],
  ["the role of the session", invalidToken],
  ["the secret", [403, "SignatureDoesNotMatch", /^The request signature we calculated does not match/]],
  [
    "a parameter",
    [
      400,
      "ValidationError",
      String.raw`1 validation error detected: Value 'a/b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
    ],
  ],
  [
    "the region",
    [
      403,
      "RegionDisabledException",
      `STS is not activated in this region for account:${here}. Your account administrator can activate STS in this region using the IAM Console.`,
    ],
  ],
  [
    "permission",
    [
      403,
      "AccessDenied",
      `User: ${sessionArn("account")} is not authorized to perform: sts:AssumeRole on resource: ${roleArn("nobody")}`,
    ],
  ],
  ["nothing", [200, "", ""]],
] as const

type Wrong = (typeof steps)[number][0]

const off = "us-west-2"

/** A call of a session with all of this wrong. */
const answered = (isWrong: (what: Wrong) => boolean) =>
  Effect.gen(function* () {
    const session = yield* Wire.session()
    if (isWrong("the expiration")) yield* TestClock.adjust("1 hour")
    if (isWrong("the role of the session")) yield* StsMemory.deleteRole(roleArn("account"))
    const { sessionToken, ...keys } = {
      ...session,
      ...(isWrong("the key") && { accessKeyId: "ASIAUNKNOWN000000000" }),
      ...(isWrong("the secret") && { secretAccessKey: "wrong" }),
    }
    const region = isWrong("the region") ? off : "us-east-1"
    const host = `sts.${region}.amazonaws.com`
    const sent = Wire.call("AssumeRole", {
      RoleArn: roleArn(isWrong("permission") ? "nobody" : "chained"),
      RoleSessionName: isWrong("a parameter") ? "a/b" : "test",
    })
    const signed = yield* Wire.signedNow(
      { ...sent, path: isWrong("the path") ? "/x" : "/" },
      {
        as: isWrong("the token") ? keys : { ...keys, sessionToken },
        region: isWrong("the scope") ? "xx-east-1" : region,
        service: isWrong("the scope") ? "s3" : "sts",
        host,
        ahead: isWrong("the time") ? -901 : 0,
      },
    )
    const { authorization = "", ...headers } = signed.headers ?? {}
    return yield* Wire.sendRaw(
      {
        ...signed,
        headers: {
          ...headers,
          ...(isWrong("the form of the date") && { "x-amz-date": "today" }),
          ...(!isWrong("no signature") && {
            authorization: isWrong("half a signature") ? authorization.replace(/, *Signature=\w+/, "") : authorization,
          }),
        },
      },
      host,
    )
  })

const disabled = {
  ...world,
  accounts: { ...world.accounts, [here]: { ...world.accounts[here], disabledRegions: [off] } },
}

describe("a request with everything wrong from here on is refused for", () => {
  for (const [index, [step, expected]] of steps.entries()) {
    it.effect(step, () =>
      Effect.gen(function* () {
        const isWrong = (what: Wrong) => steps.slice(index).some(([name]) => name === what)
        const { code, message, status } = { code: "", message: "", ...Wire.read(yield* answered(isWrong)) }
        const [itsStatus, itsCode, words]: readonly [number, string, string | RegExp] = expected
        assert.deepStrictEqual([status, code], [itsStatus, itsCode])
        if (typeof words === "string") assert.strictEqual(message, words)
        else assert.match(message, words)
      }).pipe(Wire.onWire(disabled)),
    )
  }
})
