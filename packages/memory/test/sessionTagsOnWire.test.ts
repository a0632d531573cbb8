// What StsServer says of tags that no schema lets pass: facts/sts.md 3.3. Core refuses them before sending.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assumeRole, call, onWire, read, send, session } from "./support/wire.ts"
import { roleArn } from "./support/world.ts"

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"
const invalid = (message: string) => ({ status: 400, namespace, code: "InvalidParameterValue", message })
const faults = (...list: ReadonlyArray<string>) => ({
  status: 400,
  namespace,
  code: "ValidationError",
  message: `${list.length === 1 ? "1 validation error" : `${list.length} validation errors`} detected: ${list.join("; ")}`,
})
const at = (value: string, path: string, clause: string) =>
  `Value ${value} at '${path}' failed to satisfy constraint: ${clause}`

const duplicate = invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
const notIncluded = invalid("The specified transitive tag key must be included in the requested tags.")
const conflict = invalid(
  "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
)

const tags = (...list: ReadonlyArray<readonly [key: string, value: string]>) =>
  Object.fromEntries(
    list.flatMap(([key, value], index) => [
      [`Tags.member.${index + 1}.Key`, key],
      [`Tags.member.${index + 1}.Value`, value],
    ]),
  )
const transitive = (...keys: ReadonlyArray<string>) =>
  Object.fromEntries(keys.map((key, index) => [`TransitiveTagKeys.member.${index + 1}`, key]))

const pattern = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`

const rows: ReadonlyArray<readonly [fact: string, parameters: Record<string, string>, expected: object]> = [
  ["[live] a key twice, in another case", tags(["SessionTag1", "a"], ["sessiontag1", "b"]), duplicate],
  ["a key twice, to the letter", tags(["team", "a"], ["team", "a"]), duplicate],
  [
    "[live] a key twice, before a transitive key that is none",
    { ...tags(["SessionTag1", "a"], ["sessiontag1", "b"]), ...transitive("other") },
    duplicate,
  ],
  ["[live] a transitive key that is none", { ...tags(["SessionTag1", "a"]), ...transitive("InvalidKey") }, notIncluded],
  ["a transitive key without tags", transitive("team"), notIncluded],
  [
    "a wrong length comes first",
    { ...tags(["team", "a"], ["team", "v".repeat(257)]), ...transitive("other") },
    faults(at(`'${"v".repeat(257)}'`, "tags.2.member.value", "Member must have length less than or equal to 256")),
  ],
  [
    "an empty key",
    tags(["", "x"]),
    faults(
      at("''", "tags.1.member.key", "Member must have length greater than or equal to 1"),
      at("''", "tags.1.member.key", `Member must satisfy regular expression pattern: ${pattern}+`),
    ),
  ],
  [
    "a key that is too long, and one with a letter that is none",
    tags(["k".repeat(129), "x"], ["a$b", "x"]),
    faults(
      at(`'${"k".repeat(129)}'`, "tags.1.member.key", "Member must have length less than or equal to 128"),
      at("'a$b'", "tags.2.member.key", `Member must satisfy regular expression pattern: ${pattern}+`),
    ),
  ],
  [
    "a value that is none",
    { "Tags.member.1.Key": "team" },
    faults(at("null", "tags.1.member.value", "Member must not be null")),
  ],
  [
    "51 tags",
    tags(...Array.from({ length: 51 }, (_, index) => [`k${index}`, ""] as const)),
    // What Java makes of a list of structures is not known, so it is not quoted.
    faults(`Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50`),
  ],
]

describe("AssumeRole refuses", () => {
  for (const [fact, parameters, expected] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(read(yield* send(assumeRole(parameters))), expected)
      }).pipe(onWire()),
    )
  }

  it.effect("[live] a tag that the calling session passes on, whatever its case", () =>
    Effect.gen(function* () {
      const first = { ...tags(["SessionTag1", "SessionValue1"]), ...transitive("SessionTag1") }
      const as = yield* session(roleArn("account"), {}, first)
      for (const key of ["SessionTag1", "sessiontag1"]) {
        const again = assumeRole({ RoleArn: roleArn("chained"), ...tags([key, "SessionValue2"]) })
        assert.deepStrictEqual(read(yield* send(again, { as })), conflict)
      }
    }).pipe(onWire()),
  )

  it.effect("[live] none of another case among the transitive keys", () =>
    Effect.gen(function* () {
      const { status } = yield* send(assumeRole({ ...tags(["SessionTag1", "a"]), ...transitive("sessiontag1") }))
      assert.strictEqual(status, 200)
    }).pipe(onWire()),
  )
})

describe("GetFederationToken refuses", () => {
  it.effect("a key twice", () =>
    Effect.gen(function* () {
      const sent = call("GetFederationToken", { Name: "guest", ...tags(["Team", "a"], ["team", "b"]) })
      assert.deepStrictEqual(read(yield* send(sent)), duplicate)
    }).pipe(onWire()),
  )

  it.effect("[model] a policy of more than 2,048 characters, which AssumeRole takes", () =>
    Effect.gen(function* () {
      const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${"b".repeat(2000)}/*` }
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statement })
      assert.deepStrictEqual(
        read(yield* send(call("GetFederationToken", { Name: "guest", Policy }))),
        faults(at(`'${Policy}'`, "policy", "Member must have length less than or equal to 2048")),
      )
      assert.strictEqual((yield* send(assumeRole({ Policy }))).status, 200)
    }).pipe(onWire()),
  )
})

describe("an answer with tags", () => {
  it.effect("has the sizes after the credentials, in the order of the model", () =>
    Effect.gen(function* () {
      const { body } = yield* send(assumeRole(tags(["team", "red"])))
      const names = Array.from(body.matchAll(/^ {4}<(\w+)>/gm), ([, name]) => name)
      assert.deepStrictEqual(names, [
        "AssumedRoleUser",
        "Credentials",
        "PackedPolicySize",
        "SessionTokenUtilization",
        "SessionTokenSize",
        "RequestId",
      ])
    }).pipe(onWire()),
  )
})
