// How to test a service that assumes roles: on a world in memory, with tenants that have given a role and one that has not,
// with failures that are ordered, and with hours that pass at once. Nothing is stubbed: a token is shown to the same STS
// over HTTP, as a cluster would.
import { StsError } from "@effect-sts/core"
import { Fault, StsMemory, StsServer, World } from "@effect-sts/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { ClusterAccess } from "./ClusterAccess.ts"

const service = "arn:aws:iam::999999999999:user/service"

const world: World.Encoded = {
  accounts: {
    "999999999999": {
      users: {
        service: {
          accessKeys: [World.accessKey("999999999999", "service")],
          policies: [World.allow("sts:AssumeRole")],
        },
      },
    },
    "111111111111": { roles: { "cluster-access": { trustPolicy: World.trust(service) } } },
    "222222222222": { roles: { "cluster-access": { trustPolicy: World.trust("222222222222") } } },
  },
}

const TestLayer = ClusterAccess.layer.pipe(Layer.provideMerge(StsMemory.layer(world).pipe(StsMemory.as(service))))

const token = (account: string) => Effect.flatMap(ClusterAccess, (access) => access.token(account, "production"))

/** Who the cluster takes the owner of a token for. */
const seenByCluster = Effect.fnUntraced(function* (token: Redacted.Redacted<string>, cluster: string = "production") {
  const sts = yield* StsServer.fetch
  const url = Buffer.from(Redacted.value(token).replace("k8s-aws-v1.", ""), "base64url").toString()
  return yield* Effect.promise(async () => (await sts(url, { headers: { "x-k8s-aws-id": cluster } })).text())
})

/** The calls for a role, whatever else was called. */
const assumed = (...outcomes: ReadonlyArray<string>) =>
  StsMemory.expectCalls(
    outcomes.map((outcome) => ({ outcome })),
    { among: { operation: "AssumeRole" } },
  )

describe("ClusterAccess", () => {
  it.effect("logs in as the tenant's role, to the cluster that the token is for", () =>
    Effect.gen(function* () {
      const mine = yield* token("111111111111")
      assert.include(yield* seenByCluster(mine), "arn:aws:sts::111111111111:assumed-role/cluster-access/cluster-access")
      assert.include(yield* seenByCluster(mine, "another"), "SignatureDoesNotMatch")
    }).pipe(Effect.provide(TestLayer)),
  )

  it.effect("tells tenants who have given no access from an STS that is in trouble", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(token("222222222222")))._tag, "NoAccess")
      yield* StsMemory.inject(Fault.regionDisabled())
      assert.strictEqual((yield* Effect.flip(token("111111111111")))._tag, "AccessUnknown")
    }).pipe(Effect.provide(TestLayer)),
  )

  it.effect("tries again where STS throttles", () =>
    Effect.gen(function* () {
      yield* StsMemory.failNext({ times: 2, reason: new StsError.Throttling({ message: "Rate exceeded" }) })
      const fiber = yield* Effect.forkChild(token("111111111111"))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      yield* assumed("Throttling", "Throttling", "Success")
    }).pipe(Effect.provide(TestLayer)),
  )

  it.effect("asks STS three times in two hours, however many tokens are wanted", () =>
    Effect.gen(function* () {
      for (let minute = 0; minute < 120; minute += 5) {
        assert.notInclude(yield* seenByCluster(yield* token("111111111111")), "<Error>")
        yield* TestClock.adjust("5 minutes")
      }
      yield* assumed("Success", "Success", "Success")
    }).pipe(Effect.provide(TestLayer)),
  )

  it.effect("goes on through an outage of STS", () =>
    Effect.gen(function* () {
      const before = yield* token("111111111111")
      yield* StsMemory.setOutage(true)
      for (let minute = 0; minute < 50; minute += 5) {
        yield* TestClock.adjust("5 minutes")
        yield* token("111111111111")
      }
      yield* StsMemory.setOutage(false)
      assert.include(yield* seenByCluster(yield* token("111111111111")), "cluster-access")
      assert.notStrictEqual(Redacted.value(yield* token("111111111111")), Redacted.value(before))
    }).pipe(Effect.provide(TestLayer)),
  )
})
