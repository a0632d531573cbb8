// A world that runs for long: what has ended is forgotten, and no answer is another for it.
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Door from "../src/internal/engine/door.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as Wire from "./support/wire.ts"
import {
  alice,
  assumeRole,
  getCallerIdentity,
  inWorld,
  refused,
  roleArn,
  session,
  sessionArn,
} from "./support/world.ts"

const engine = Effect.map(StsMemory.StsMemory, (memory) => memory[Door.engineOf]())

const sessions = (count: number, duration: "15 minutes" | "12 hours" = "15 minutes") =>
  Effect.gen(function* () {
    const own = yield* alice
    const assume = assumeRole(own, { roleArn: roleArn("account"), roleSessionName: "test", duration })
    return (yield* Effect.replicateEffect(assume, count)).map(({ credentials }) => credentials)
  })

const changed = (
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials.AwsCredentials,
  change: Partial<AwsCredentials.AwsCredentials>,
) =>
  new AwsCredentials.AwsCredentials({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...change })

const expired = ["ExpiredToken", 403, "The security token included in the request is expired"]
const invalid = ["InvalidClientTokenId", 403, "The security token included in the request is invalid."]

describe("sessions that have ended", () => {
  it.effect("are forgotten in the long run, and those that last are kept", () =>
    Effect.gen(function* () {
      const { state } = yield* engine
      const [lasting] = yield* sessions(1, "12 hours")
      for (let round = 0; round < 6; round++) {
        yield* sessions(500)
        yield* TestClock.adjust("20 minutes")
      }
      assert.isBelow(state.keys.size, 1600)
      assert.isDefined(lasting)
      if (lasting === undefined) return
      assert.strictEqual((yield* getCallerIdentity(lasting)).arn, sessionArn("account"))
    }).pipe(inWorld()),
  )

  it.effect("are still told that they have expired, and nobody else is", () =>
    Effect.gen(function* () {
      const { state } = yield* engine
      const [ended, other] = yield* sessions(2)
      assert.isDefined(ended)
      assert.isDefined(other)
      if (ended === undefined || other === undefined) return
      yield* TestClock.setTime(DateTime.toEpochMillis(ended.expiration ?? (yield* DateTime.now)))
      assert.deepStrictEqual(yield* refused(getCallerIdentity(ended)), expired)
      yield* sessions(1100)
      assert.isFalse(state.keys.has(ended.accessKeyId))
      assert.deepStrictEqual(yield* refused(getCallerIdentity(ended)), expired)
      const badSecret = changed(ended, { secretAccessKey: Redacted.make("wrong") })
      assert.deepStrictEqual(yield* refused(getCallerIdentity(badSecret)), expired)
      const tokenOfOther = changed(ended, { sessionToken: other.sessionToken })
      assert.deepStrictEqual(yield* refused(getCallerIdentity(tokenOfOther)), invalid)
      const { accessKeyId, secretAccessKey } = ended
      const withoutToken = new AwsCredentials.AwsCredentials({ accessKeyId, secretAccessKey })
      assert.deepStrictEqual(yield* refused(getCallerIdentity(withoutToken)), invalid)
    }).pipe(inWorld()),
  )

  it.effect("whose role is gone are told that they have expired, as before", () =>
    Effect.gen(function* () {
      const ended = yield* session(yield* alice, roleArn("narrow"))
      yield* StsMemory.deleteRole(roleArn("narrow"))
      assert.deepStrictEqual(yield* refused(getCallerIdentity(ended)), invalid)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* refused(getCallerIdentity(ended)), expired)
      yield* sessions(1100)
      assert.deepStrictEqual(yield* refused(getCallerIdentity(ended)), expired)
    }).pipe(inWorld()),
  )

  it.effect("are told the same as before in every region", () =>
    Effect.gen(function* () {
      const { state } = yield* engine
      const atGlobal = { host: "sts.amazonaws.com", region: "us-east-1" }
      const ofGlobal = yield* Wire.session(roleArn("account"), atGlobal)
      const ofRegion = yield* Wire.session()
      const told = (as: Wire.Keys) =>
        Effect.forEach(
          [{ region: "us-east-1" }, { host: "sts.eu-south-1.amazonaws.com", region: "eu-south-1" }],
          (endpoint) => Effect.map(Wire.send(Wire.call("GetCallerIdentity"), { as, ...endpoint }), Wire.read),
        )
      yield* TestClock.adjust("1 hour")
      const before = [yield* told(ofGlobal), yield* told(ofRegion)]
      yield* sessions(1100)
      assert.isFalse(state.keys.has(ofGlobal.accessKeyId) || state.keys.has(ofRegion.accessKeyId))
      assert.deepStrictEqual([yield* told(ofGlobal), yield* told(ofRegion)], before)
      const codes = before.flat().map(({ code }) => code)
      assert.deepStrictEqual(codes, ["ExpiredToken", "InvalidClientTokenId", "ExpiredToken", "ExpiredToken"])
    }).pipe(inWorld()),
  )
})
