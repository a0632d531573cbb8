// The engine with raw calls, as a server will make them: nothing is validated before, and there is only a signature.
import * as Operations from "@effect-sts/core/Operations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Engine from "../src/internal/engine/engine.ts"
import * as Refusal from "../src/internal/engine/refusal.ts"
import * as World from "../src/World.ts"
import { roleArn, secretOf, sessionArn, start, world } from "./support/world.ts"

const alice = "AKIAALICE00000000000"

const make = Effect.map(World.decode(world), Engine.make)

const proofOf = (accessKeyId: string, secret = secretOf(accessKeyId), sessionToken?: string) => ({
  accessKeyId,
  sessionToken,
  isSignedWith: (secretAccessKey: Redacted.Redacted) => Redacted.value(secretAccessKey) === secret,
})

const send = (
  engine: Engine.Engine,
  operation: Engine.Request["operation"],
  request: unknown,
  proof: Engine.Request["proof"] = proofOf(alice),
) => Effect.runSync(Engine.handle(engine, start, { operation, request, proof })).result

const codeAndWords = (result: Result.Result<unknown, Refusal.Refusal>) =>
  Result.match(result, {
    onSuccess: () => "Success",
    onFailure: ({ httpStatus, reason }) => `${httpStatus} ${Refusal.codeOf(reason)} ${reason.message}`,
  })

const input = { RoleArn: roleArn("account"), RoleSessionName: "test" }

describe("the engine", () => {
  it.effect("answers in AWS's own names and order", () =>
    Effect.gen(function* () {
      const result = send(yield* make, Operations.AssumeRole, { ...input, Unknown: "ignored" })
      assert.isTrue(Result.isSuccess(result))
      if (Result.isFailure(result)) return
      const { AssumedRoleUser, Credentials } = result.success as (typeof Operations.AssumeRole)["response"]["Encoded"]
      assert.deepStrictEqual(Object.keys(Object(result.success)), ["AssumedRoleUser", "Credentials"])
      assert.deepStrictEqual(Object.keys(AssumedRoleUser), ["AssumedRoleId", "Arn"])
      assert.deepStrictEqual(Object.keys(Credentials), ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"])
      assert.strictEqual(AssumedRoleUser.Arn, sessionArn("account"))
      assert.strictEqual(Credentials.Expiration, "2026-07-13T11:00:00Z")
      assert.lengthOf(Credentials.SecretAccessKey, 40)
    }),
  )

  it.effect("refuses a request without a signature, where one is needed", () =>
    Effect.gen(function* () {
      const { result } = yield* Engine.handle(yield* make, start, {
        operation: Operations.GetCallerIdentity,
        request: {},
        proof: undefined,
      })
      assert.strictEqual(codeAndWords(result), "403 MissingAuthenticationToken Request is missing Authentication Token")
    }),
  )

  const rows: ReadonlyArray<readonly [fact: string, request: unknown, field: RegExp]> = [
    ["a duration of 899 seconds", { ...input, DurationSeconds: 899 }, /duration/],
    ["a duration of 43201 seconds", { ...input, DurationSeconds: 43201 }, /duration/],
    ["a duration of 900.5 seconds", { ...input, DurationSeconds: 900.5 }, /duration/],
    ["a duration of NaN", { ...input, DurationSeconds: Number.NaN }, /duration/],
    ["a duration of Infinity", { ...input, DurationSeconds: Infinity }, /duration/],
    ["a duration in a string", { ...input, DurationSeconds: "3600" }, /duration/],
    ["no role", { RoleSessionName: "test" }, /roleArn/],
    ["no session name", { RoleArn: roleArn("account") }, /roleSessionName/],
    ["a session name with a slash", { ...input, RoleSessionName: "a/b" }, /roleSessionName/],
    ["a session name of one character", { ...input, RoleSessionName: "a" }, /roleSessionName/],
    ["a serial number without a code", { ...input, SerialNumber: "arn:aws:iam::1:mfa/x" }, /tokenCode/],
    ["a code without a serial number", { ...input, TokenCode: "123456" }, /serialNumber/],
    ["a source identity of AWS's own", { ...input, SourceIdentity: "aws:x" }, /sourceIdentity/],
    ["a list", [], /./],
    ["nothing", undefined, /./],
    ["null", null, /./],
  ]
  for (const [fact, request, field] of rows) {
    it.effect(`refuses ${fact}, and issues nothing`, () =>
      Effect.gen(function* () {
        const engine = yield* make
        const before = engine.state.keys.size
        const words = codeAndWords(send(engine, Operations.AssumeRole, request))
        assert.match(words, /^400 ValidationError \d+ validation errors? detected: /)
        assert.match(words, field)
        assert.strictEqual(engine.state.keys.size, before)
      }),
    )
  }

  it.effect("shows no value in what it refuses", () =>
    Effect.gen(function* () {
      const engine = yield* make
      const planted = "PLANTED-SECRET"
      for (const request of [
        { ...input, SerialNumber: "arn:aws:iam::111111111111:mfa/alice", TokenCode: planted },
        { ...input, SerialNumber: planted },
        { ...input, DurationSeconds: planted },
        { ...input, TokenCode: { planted } },
      ]) {
        assert.notInclude(codeAndWords(send(engine, Operations.AssumeRole, request)), planted)
      }
    }),
  )

  it.effect("never throws and never lets in, whatever is sent by whom", () =>
    Effect.gen(function* () {
      const engine = yield* make
      const proofs = fc.record({
        accessKeyId: fc.oneof(fc.string(), fc.constantFrom(...engine.state.keys.keys())),
        sessionToken: fc.option(fc.string(), { nil: undefined }),
        isSignedWith: fc.constant(() => false),
      })
      fc.assert(
        fc.property(fc.constantFrom(...Operations.all), fc.anything(), proofs, (operation, request, proof) => {
          assert.isTrue(Result.isFailure(send(engine, operation, request, proof)))
          Result.match(send(engine, operation, request), { onFailure: () => {}, onSuccess: () => {} })
        }),
        { numRuns: 500 },
      )
    }),
  )

  for (const operation of Operations.all) {
    it.effect.prop(
      `answers a valid ${operation.name} with what core can read, or with a refusal`,
      [operation.request as Schema.Codec<unknown>],
      ([request]) =>
        Effect.gen(function* () {
          const engine = yield* make
          const encoded = yield* Schema.encodeUnknownEffect(operation.request)(request)
          const result = send(engine, operation, encoded)
          if (Result.isFailure(result)) return
          yield* Schema.decodeUnknownEffect(operation.response)(result.success)
        }),
      { arbitrary: { runs: 20 } },
    )
  }

  it.effect("follows the permissions that a role has now, not those of when it was assumed", () =>
    Effect.gen(function* () {
      const engine = yield* make
      const issued = send(engine, Operations.AssumeRole, input)
      assert.isTrue(Result.isSuccess(issued))
      if (Result.isFailure(issued)) return
      const { Credentials } = issued.success as (typeof Operations.AssumeRole)["response"]["Encoded"]
      const proof = proofOf(Credentials.AccessKeyId, Credentials.SecretAccessKey, Credentials.SessionToken)
      const chain = () =>
        codeAndWords(send(engine, Operations.AssumeRole, { ...input, RoleArn: roleArn("chained") }, proof))
      assert.strictEqual(chain(), "Success")
      const role = engine.state.roles.get(roleArn("account"))
      Object.assign(role ?? {}, { policies: [] })
      assert.strictEqual(chain(), "Success", "chained trusts the role by name")
      const across = () =>
        codeAndWords(
          send(engine, Operations.AssumeRole, { ...input, RoleArn: roleArn("crossChained", "222222222222") }, proof),
        )
      assert.match(across(), /AccessDenied/)
      Object.assign(role ?? {}, {
        policies:
          engine.state.roles.get(roleArn("pathed"))?.policies ?? engine.state.roles.get(roleArn("chained"))?.policies,
      })
      assert.strictEqual(across(), "Success")
    }),
  )

  it.effect("gives no access key id twice", () =>
    Effect.gen(function* () {
      const engine = yield* make
      // The generator begins again, so it would give the same ids again.
      const again = yield* make
      const first = send(engine, Operations.AssumeRole, input)
      const session = Array.from(engine.state.keys.entries()).at(-1)
      assert.isTrue(Result.isSuccess(first))
      if (session === undefined) return
      again.state.keys.set(...session)
      send(again, Operations.AssumeRole, input)
      assert.strictEqual(again.state.keys.get(session[0]), session[1])
      assert.strictEqual(again.state.keys.size, engine.state.keys.size + 1)
    }),
  )
})
