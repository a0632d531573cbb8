// The session of a role for who comes with a token or an assertion: what AssumeRoleWithWebIdentity and AssumeRoleWithSAML
// have of the engine.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ofSession } from "../src/internal/engine/caller.ts"
import * as Engine from "../src/internal/engine/engine.ts"
import * as Permission from "../src/internal/engine/permission.ts"
import * as Refusal from "../src/internal/engine/refusal.ts"
import * as RoleSession from "../src/internal/engine/roleSession.ts"
import * as SessionTags from "../src/internal/engine/sessionTags.ts"
import * as World from "../src/World.ts"
import { here, roleArn, rootArn, start, statement, trusting } from "./support/world.ts"

const codeAndWords = <A>(result: Result.Result<A, Refusal.Refusal>) =>
  Result.match(result, {
    onSuccess: (value): unknown => value,
    onFailure: ({ reason }): unknown => `${Refusal.codeOf(reason)}: ${reason.message}`,
  })

describe("the tags of a token", () => {
  const one = (key: string, value: string) => [[key, value]] as const
  const rows: ReadonlyArray<
    readonly [fact: string, entries: SessionTags.Entries, transitive: ReadonlyArray<string>, expected: unknown]
  > = [
    ["none", [], [], SessionTags.none],
    [
      "some",
      [...one("Project", "Automation"), ...one("cost", "")],
      ["project"],
      { tags: { Project: "Automation", cost: "" }, transitiveTagKeys: ["project"] },
    ],
    [
      "one twice",
      [...one("Project", "a"), ...one("project", "b")],
      [],
      "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ],
    [
      "[field] a transitive key that is none",
      one("uuid", "abc-123"),
      ["uuid", "roles"],
      "InvalidParameterValue: The specified transitive tag key must be included in the requested tags.",
    ],
    [
      "a value that is too long",
      one("team", "v".repeat(257)),
      [],
      `ValidationError: 1 validation error detected: Value '${"v".repeat(257)}' at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256`,
    ],
    [
      "51 of them",
      Array.from({ length: 51 }, (_, index) => [`key${index}`, ""] as const),
      [],
      "ValidationError: 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    ],
  ]
  for (const [fact, entries, transitive, expected] of rows) {
    it(`are taken, or refused: ${fact}`, () => {
      assert.deepStrictEqual(codeAndWords(SessionTags.ofToken(entries, transitive)), expected)
    })
  }
})

describe("the terms of a session for who comes with a token", () => {
  const ofProvider = (provider: string) => ({ StringEquals: { "aws:FederatedProvider": provider } })
  const policies = [
    statement("Allow", "s3:GetObject", "*", ofProvider("idp.example.com")),
    statement("Allow", "s3:PutObject", "*", ofProvider("another.example.com")),
  ]
  const moment = Effect.map(
    World.decode({ accounts: { [here]: { roles: { any: { trustPolicy: trusting(rootArn()), policies } } } } }),
    (world) => {
      const { state } = Engine.make(world)
      return {
        state,
        now: start,
        requestId: "",
        endpoint: { region: state.region, isGlobal: false },
        sourceIp: undefined,
      }
    },
  )

  it.effect("have nothing inherited, and need each action that they bring with them", () =>
    Effect.gen(function* () {
      const now = yield* moment
      const tags = Result.getOrThrow(SessionTags.ofToken([["team", "red"]], ["team"]))
      const wishes = { roleSessionName: "ada", sourceIdentity: "ada", tags }
      const terms = Result.getOrThrow(RoleSession.settle(here, wishes, RoleSession.noHeritage, now))
      assert.deepInclude(terms, {
        name: "ada",
        sourceIdentity: "ada",
        tags: { team: "red" },
        transitiveTagKeys: ["team"],
      })
      const role = now.state.roles.get(roleArn("any"))
      const asked: Array<unknown> = []
      const allowing = (allowed: RegExp) =>
        RoleSession.deniedAction("AssumeRoleWithWebIdentity", role, terms, ({ action, context, resource }) => {
          asked.push([action, resource, context?.()["aws:RequestTag/team"], context?.()["sts:RoleSessionName"]])
          return allowed.test(action)
        })
      assert.isUndefined(allowing(/./))
      assert.deepStrictEqual(
        asked,
        ["sts:SetSourceIdentity", "sts:TagSession", "sts:AssumeRoleWithWebIdentity"].map((action) => [
          action,
          roleArn("any"),
          "red",
          "ada",
        ]),
      )
      assert.strictEqual(allowing(/^sts:(?:SetSourceIdentity|AssumeRole)/), "sts:TagSession")
      assert.strictEqual(allowing(/^sts:(?:SetSourceIdentity|TagSession)$/), "sts:AssumeRoleWithWebIdentity")
      const missing = RoleSession.deniedAction("AssumeRoleWithWebIdentity", undefined, terms, () => true)
      assert.strictEqual(missing, "sts:SetSourceIdentity")
    }),
  )

  it.effect("become a session that policies see the provider of", () =>
    Effect.gen(function* () {
      const now = yield* moment
      const role = now.state.roles.get(roleArn("any"))
      assert(role !== undefined)
      const wishes = { roleSessionName: "ada", tags: SessionTags.none }
      const terms = Result.getOrThrow(RoleSession.settle(here, wishes, RoleSession.noHeritage, now))
      const duration = Result.getOrThrow(RoleSession.durationOf(undefined, role, false))
      const identityKeys = { "aws:FederatedProvider": "idp.example.com" }
      const { Credentials } = RoleSession.open(now, { ...terms, role, duration, identityKeys })
      const session = now.state.keys.get(Credentials.AccessKeyId)
      assert(session?._tag === "Session")
      const call = { ...now, caller: ofSession(now.state, session) }
      const may = ["s3:GetObject", "s3:PutObject"].filter((action) =>
        Permission.isAllowed(call, { action, resource: "*" }),
      )
      assert.deepStrictEqual(may, ["s3:GetObject"])
    }),
  )
})
