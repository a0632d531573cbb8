// Snapshots: a world at one moment, to go back to, and to make other worlds of.
import { RetryPolicy } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import * as Fault from "../src/Fault.ts"
import * as StsMemory from "../src/StsMemory.ts"
import {
  alice,
  assumeRole,
  bob,
  getCallerIdentity,
  getSessionToken,
  inWorld,
  mfaArn,
  refused,
  roleArn,
  secretOf,
  session,
  sessionArn,
  statement,
  trusting,
  userArn,
} from "./support/world.ts"

const once = RetryPolicy.withRetryPolicy({ attempts: 1 })

const withMfa = Effect.gen(function* () {
  const serialNumber = mfaArn("alice")
  return yield* getSessionToken(yield* alice, {
    mfa: { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) },
  })
})

/** Calls that draw on every sequence, as the bytes that they got. */
const told = Effect.gen(function* () {
  const own = yield* alice
  const { assumedRoleUser, credentials } = yield* assumeRole(own, {
    roleArn: roleArn("account"),
    roleSessionName: "told",
  })
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  yield* StsMemory.recreateRole(roleArn("narrow"))
  const narrow = yield* getCallerIdentity(yield* session(own, roleArn("narrow")))
  return [
    assumedRoleUser.assumedRoleId,
    accessKeyId,
    Redacted.value(secretAccessKey),
    Redacted.value(sessionToken),
    narrow.userId,
    yield* StsMemory.history,
    JSON.stringify(yield* StsMemory.calls),
  ]
})

describe("restore", () => {
  it.effect("makes the world what it was, whatever has happened since", () =>
    Effect.gen(function* () {
      const own = yield* alice
      const open = yield* session(own, roleArn("account"))
      const chained = yield* session(open, roleArn("chained"))
      const prepared = yield* StsMemory.snapshot
      const history = yield* StsMemory.history

      yield* withMfa
      const later = yield* session(own, roleArn("account"))
      yield* StsMemory.deleteRole(roleArn("chained"))
      yield* StsMemory.recreateRole(roleArn("account"))
      yield* StsMemory.updateRole(roleArn("narrow"), { trustPolicy: trusting(userArn("bob")) })
      yield* StsMemory.createRole(roleArn("ci"), { trustPolicy: trusting(userArn("alice")) })
      yield* StsMemory.createRole(roleArn("soon"), { trustPolicy: trusting(userArn("alice")) }, { propagation: 0 })
      yield* StsMemory.deactivateKey((yield* bob).accessKeyId)
      yield* StsMemory.inject(Fault.throttling())
      yield* StsMemory.setLatency("1 hour")
      yield* StsMemory.setOutage(true)

      yield* StsMemory.restore(prepared)
      assert.strictEqual(yield* StsMemory.history, history)
      // Sessions of then are there, those of later are not.
      assert.strictEqual((yield* getCallerIdentity(open)).arn, sessionArn("account"))
      assert.strictEqual((yield* getCallerIdentity(chained)).arn, sessionArn("chained"))
      assert.strictEqual((yield* refused(getCallerIdentity(later)))[0], "InvalidClientTokenId")
      yield* session(own, roleArn("narrow"))
      yield* getCallerIdentity(yield* bob)
      assert.strictEqual((yield* refused(session(own, roleArn("ci"))))[0], "AccessDenied")
      assert.strictEqual((yield* refused(session(own, roleArn("soon"))))[0], "AccessDenied")
      // The code has not been used.
      yield* withMfa
    }).pipe(inWorld()),
  )

  it.effect("can be done again and again, with the same bytes each time", () =>
    Effect.gen(function* () {
      yield* withMfa
      yield* StsMemory.inject(Fault.slow(0, { times: 3 }))
      const prepared = yield* StsMemory.snapshot
      const first = yield* told
      for (let round = 0; round < 3; round++) {
        yield* StsMemory.restore(prepared)
        assert.deepStrictEqual(yield* told, first)
      }
      assert.notDeepEqual(yield* told, first)
    }).pipe(inWorld()),
  )

  it.effect("leaves the faults that were there then, with the calls that they had left", () =>
    Effect.gen(function* () {
      const call = Effect.flatMap(alice, (own) => Effect.result(once(getCallerIdentity(own))))
      const outcomes = Effect.map(Effect.replicateEffect(call, 4), (results) => results.map(({ _tag }) => _tag))
      yield* StsMemory.inject(Fault.throttling({ times: 3 }))
      yield* call
      const prepared = yield* StsMemory.snapshot
      assert.deepStrictEqual(yield* outcomes, ["Failure", "Failure", "Success", "Success"])
      yield* StsMemory.restore(prepared)
      assert.deepStrictEqual(yield* outcomes, ["Failure", "Failure", "Success", "Success"])
    }).pipe(inWorld()),
  )

  it.effect("within a fault leaves nothing of it when that ends", () =>
    Effect.gen(function* () {
      const own = yield* alice
      yield* Effect.gen(function* () {
        yield* StsMemory.restore(yield* StsMemory.snapshot)
        assert.strictEqual((yield* Effect.flip(once(getCallerIdentity(own)))).reason._tag, "Throttling")
      }).pipe(StsMemory.withFault(Fault.throttling()))
      yield* once(getCallerIdentity(own))
    }).pipe(inWorld()),
  )

  it.effect("does not turn back time", () =>
    Effect.gen(function* () {
      const open = yield* session(yield* alice, roleArn("account"))
      const prepared = yield* StsMemory.snapshot
      yield* TestClock.adjust("1 hour")
      yield* StsMemory.restore(prepared)
      assert.strictEqual((yield* refused(getCallerIdentity(open)))[0], "ExpiredToken")
    }).pipe(inWorld()),
  )
})

describe("a layer of a snapshot", () => {
  it.effect("is a world of its own, each time it is built", () =>
    Effect.gen(function* () {
      const open = yield* session(yield* alice, roleArn("account"))
      const layer = Layer.fresh(StsMemory.layer(yield* StsMemory.snapshot))
      const [one, other] = [yield* Layer.build(layer), yield* Layer.build(layer)]
      yield* Context.get(one, StsMemory.StsMemory).deleteRole(roleArn("account"))
      yield* Context.get(one, StsMemory.StsMemory).updateRole(roleArn("chained"), {
        policies: [statement("Deny", "sts:*")],
      })
      assert.strictEqual((yield* Effect.provide(refused(getCallerIdentity(open)), one))[0], "InvalidClientTokenId")
      yield* Effect.provide(session(open, roleArn("chained")), other)
      yield* session(open, roleArn("chained"))
    }).pipe(Effect.scoped, inWorld()),
  )

  it.effect("gets the same bytes as the world that it is of", () =>
    Effect.gen(function* () {
      yield* told
      const layer = StsMemory.layer(yield* StsMemory.snapshot)
      const elsewhere = yield* Effect.provide(told, layer)
      assert.deepStrictEqual(yield* told, elsewhere)
    }).pipe(inWorld()),
  )
})

describe("a snapshot", () => {
  it.effect("shows nothing of what is in it", () =>
    Effect.gen(function* () {
      const { credentials } = yield* withMfa
      const snapshot = yield* StsMemory.snapshot
      const shown = inspect(snapshot, { depth: Infinity, showHidden: true }) + JSON.stringify(snapshot)
      for (const secret of [secretOf("AKIAALICE00000000000"), Redacted.value(credentials.secretAccessKey), "AKIA"]) {
        assert.notInclude(shown, secret)
      }
    }).pipe(inWorld()),
  )
})
