// What a federated user may do. STS lets it do nothing but ask who it is, so the policies are asked themselves.
import * as Operations from "@effect-sts/core/Operations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { authenticate } from "../src/internal/engine/caller.ts"
import * as Engine from "../src/internal/engine/engine.ts"
import * as Permission from "../src/internal/engine/permission.ts"
import * as World from "../src/World.ts"
import { here, key, secretOf, start, statement } from "./support/world.ts"

const world = {
  accounts: {
    [here]: {
      users: {
        alice: {
          accessKeys: [key("AKIAALICE00000000000")],
          policies: [
            statement("Allow", ["sts:GetFederationToken", "sts:TagSession", "s3:*"]),
            statement("Allow", "ec2:*", "*", { StringEquals: { "aws:PrincipalTag/team": "red" } }),
          ],
          tags: { Team: "blue", cost: "1" },
        },
      },
      managedPolicies: {
        objects: { document: statement("Allow", "s3:GetObject") },
        machines: { document: statement("Allow", ["ec2:*", "lambda:*"]) },
      },
    },
  },
} satisfies World.Encoded

const objects = `arn:aws:iam::${here}:policy/objects`
const machines = `arn:aws:iam::${here}:policy/machines`

type Input = Omit<(typeof Operations.GetFederationToken)["request"]["Encoded"], "Name">
type Answer = (typeof Operations.GetFederationToken)["response"]["Encoded"]

const proofOf = (accessKeyId: string, secret = secretOf(accessKeyId), sessionToken?: string) => ({
  accessKeyId,
  sessionToken,
  isSignedWith: (secretAccessKey: Redacted.Redacted) => Redacted.value(secretAccessKey) === secret,
})

/** The federated user, as a call of its own that has been authenticated. */
const federate = Effect.fnUntraced(function* (input: Input) {
  const engine = Engine.make(yield* World.decode(world))
  const { result } = yield* Engine.handle(engine, start, {
    operation: Operations.GetFederationToken,
    request: { Name: "guest", ...input },
    proof: proofOf("AKIAALICE00000000000"),
  })
  const { Credentials } = Result.getOrThrow(result) as Answer
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials
  const { state } = engine
  const endpoint = { region: state.region, isGlobal: false }
  const moment = { state, now: start, requestId: "", endpoint, sourceIp: undefined }
  const caller = authenticate(moment, proofOf(AccessKeyId, SecretAccessKey, SessionToken))
  return { ...moment, caller: Result.getOrThrow(caller) }
})

const actions = ["s3:GetObject", "s3:PutObject", "ec2:RunInstances", "lambda:InvokeFunction"]

describe("a federated user may do", () => {
  const all = JSON.stringify(statement("Allow", "*"))
  const red: Input = { Tags: [{ Key: "TEAM", Value: "red" }] }
  const rows: ReadonlyArray<readonly [fact: string, input: Input, allowed: ReadonlyArray<string>]> = [
    ["[docs] nothing, where no policy is passed", {}, []],
    ["what the user may, where all is passed", { Policy: all }, ["s3:GetObject", "s3:PutObject"]],
    ["what is passed, of what the user may", { PolicyArns: [{ arn: objects }] }, ["s3:GetObject"]],
    ["nothing that only is passed", { PolicyArns: [{ arn: machines }] }, []],
    [
      "[docs] what the user may with the tags of the session over his own",
      { PolicyArns: [{ arn: machines }], ...red },
      ["ec2:RunInstances"],
    ],
    [
      "what one of two policies passes",
      { PolicyArns: [{ arn: objects }], Policy: JSON.stringify(statement("Allow", "s3:PutObject")) },
      ["s3:GetObject", "s3:PutObject"],
    ],
  ]
  for (const [fact, input, allowed] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const call = yield* federate(input)
        const may = actions.filter((action) => Permission.isAllowed(call, { action, resource: "*" }))
        assert.deepStrictEqual(may, allowed)
      }),
    )
  }

  it.effect("and has the user's tags with those of the session over them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* federate({})).caller.tags, { Team: "blue", cost: "1" })
      assert.deepStrictEqual((yield* federate(red)).caller.tags, { cost: "1", TEAM: "red" })
    }),
  )
})
