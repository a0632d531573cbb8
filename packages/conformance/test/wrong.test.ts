// The suite is worth what it finds: backends that are wrong on purpose, and a law that finds each of them out.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Law from "../src/Law.ts"
import * as Laws from "../src/Laws.ts"
import * as Minimal from "./support/minimal.ts"
import { wrong } from "./support/wrong.ts"

/** The laws that a backend breaks, by name, and what they say. */
const brokenBy = (layer: Law.Backend["layer"]) =>
  Effect.map(
    Effect.forEach(Laws.all, (law) => Effect.result(Law.check(law, { layer }))),
    (results) =>
      new Map(
        results.flatMap((result) => (result._tag === "Failure" ? [[result.failure.law, result.failure.message]] : [])),
      ),
  )

const foundOutBy: ReadonlyArray<readonly [fault: keyof typeof wrong, law: string, message: RegExp]> = [
  ["loses the session token", "the session token goes along with every signed call", /InvalidClientTokenId/],
  ["ignores the duration", "AssumeRole keeps to the duration that is asked for", /the expiration/],
  ["loses the tags", "tags go with the session, over those of its role, and their size is told", /./],
  [
    "lets no tag pass on",
    "transitive tags stay with the chain, with their values, and cannot be set again; others end with the session",
    /AccessDenied/,
  ],
  [
    "ignores managed policies",
    "every character of a managed policy's ARN arrives, and the policy narrows the session",
    /without the policy is refused/,
  ],
  [
    "swallows a throttle",
    "a call that is throttled to the end fails with it, after as many attempts as the policy says",
    /./,
  ],
  [
    "answers as the previous identity",
    "each call is made as who its credentials are of, whoever called before",
    /the ARN: expected "[^"]+bob"/,
  ],
  ["drops the request id", "every answer, good or bad, has a request id of its own", /all have one/],
  ["drops the request id of what succeeded", "every answer, good or bad, has a request id of its own", /all have one/],
  ["drops the HTTP status", "an answer's code, status and retryability reach the caller", /undefined/],
  ["mixes concurrent callers", "many calls at once, each as another, do not mix", /the ARNs/],
  ["ignores interruption", "a call that is interrupted ends at once, and has not happened", /is over at once/],
  ["goes on after interruption", "a call that is interrupted ends at once, and has not happened", /the log/],
  ["retries by itself", "a call with an MFA code that STS answered is not sent again", /./],
  ["truncates long values", "values as long as they may be arrive whole", /./],
  ["reads + as a space", "every character of a session's name and a source identity arrives", /./],
  [
    "signs by its own clock alone",
    "a caller's clock that is wrong is found out from the answer, and put right",
    /SignatureDoesNotMatch/,
  ],
  [
    "takes all that fails for a broken connection",
    "an answer's code, status and retryability reach the caller",
    /TransportError/,
  ],
]

describe("a backend", { timeout: 60_000 }, () => {
  it.live("of sixty lines, that is right, breaks no law", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* brokenBy(Minimal.layer((backend) => backend)), new Map())
    }),
  )

  for (const [fault, law, message] of foundOutBy) {
    it.live(`that ${fault} is found out: ${law}`, () =>
      Effect.gen(function* () {
        const broken = yield* brokenBy(Minimal.layer(wrong[fault]))
        assert.match(broken.get(law) ?? `not found out; broken are: ${[...broken.keys()].join(", ")}`, message)
      }),
    )
  }

  it("of each kind is tried", () => {
    assert.sameMembers(
      foundOutBy.map(([fault]) => fault),
      Object.keys(wrong),
    )
  })
})
