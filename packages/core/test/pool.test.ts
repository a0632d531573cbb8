import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as SessionPool from "@effect-sts/core/SessionPool"
import type * as Sts from "@effect-sts/core/Sts"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { key, make } from "./support/scriptedSource.ts"
import * as StubSts from "./support/stubSts.ts"

const { role } = StubSts

/** A root stack with settings of its own, and metrics of its own. */
const test = (
  name: string,
  settings: Partial<SessionPool.Settings>,
  body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, CredentialStack.CredentialStack | Sts.Sts | Scope.Scope>,
) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return body(stub).pipe(
      Effect.provide(StubSts.layer(stub).pipe(Layer.provide(SessionPool.layer(settings)))),
      Effect.provideService(Metric.MetricRegistry, new Map()),
    )
  })

/** The value of one of the library's metrics, the sum of all its attributes. */
const metric = (id: string, attributes: Record<string, string> = {}) =>
  Effect.map(Metric.snapshot, (snapshots) =>
    snapshots
      .filter((one) => one.id === id)
      .filter((one) => Object.entries(attributes).every(([name, value]) => one.attributes?.[name] === value))
      .reduce(
        (sum, one) =>
          sum + Number(one.type === "Gauge" ? one.state.value : one.type === "Counter" ? one.state.count : 0),
        0,
      ),
  )

const live = metric("sts_sessions_live")

const used = (name: string) => CredentialStack.use(role(name))(StubSts.current)

/** Holds a role until the scope closes. */
const hold = (name: string, scope: Scope.Scope) => Layer.buildWithScope(CredentialStack.layerPush(role(name)), scope)

describe("sharing", () => {
  test("1,000 requests for 50 tenants, each under withRole, are 50 AssumeRole", {}, (stub) =>
    Effect.gen(function* () {
      const requests = Array.from({ length: 1000 }, (_, index) =>
        CredentialStack.withRole({ roleArn: StubSts.roleArn(`tenant${index % 50}`) })(StubSts.current),
      )
      stub.settings.latency = "100 millis"
      const fiber = yield* Effect.forkChild(Effect.all(requests, { concurrency: 20 }))
      yield* TestClock.adjust("10 seconds")
      const identities = yield* Fiber.join(fiber)
      assert.isTrue(identities.every((identity, index) => identity === `root>tenant${index % 50}`))
      assert.strictEqual(stub.issued().length, 50)
      assert.strictEqual(yield* metric("sts_session_acquisitions_total", { outcome: "hit" }), 950)
      assert.strictEqual(yield* metric("sts_session_acquisitions_total", { outcome: "miss" }), 51)
    }),
  )

  test("1,000 requests under use(A)(use(B)) are two calls in all", {}, (stub) =>
    Effect.gen(function* () {
      const request = StubSts.current.pipe(CredentialStack.use(role("B")), CredentialStack.use(role("A")))
      const identities = yield* Effect.all(
        Array.from({ length: 1000 }, () => request),
        { concurrency: 10 },
      )
      assert.deepStrictEqual(new Set(identities), new Set(["root>A>B"]))
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root>A AssumeRole B"])
    }),
  )

  test("two chains with a shared parent assume it once", {}, (stub) =>
    Effect.gen(function* () {
      yield* CredentialStack.use(role("A"))(Effect.all([used("B"), used("C")], { concurrency: "unbounded" }))
      yield* CredentialStack.use(role("A"))(used("D"))
      assert.strictEqual(stub.issued().filter((call) => call === "root AssumeRole A").length, 1)
    }),
  )

  test("the same role on two identities is two sessions", {}, (stub) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* CredentialStack.use(role("A"))(used("C")), "root>A>C")
      assert.strictEqual(yield* CredentialStack.use(role("B"))(used("C")), "root>B>C")
      assert.strictEqual(stub.issued().length, 4)
    }),
  )

  /** Two sources, and whether they are one session. */
  const roleArn = StubSts.roleArn("A")
  const token = Effect.succeed("a token of enough length")
  const token2 = Effect.succeed("a token of enough length")
  const web = <E = never, R = never>(webIdentityToken: CredentialSource.Secret<E, R>) =>
    CredentialSource.webIdentity({ roleArn, webIdentityToken })
  const policy = (Action: string) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  })
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }
  const effect = Effect.succeed(credentials)
  const source = (input: Omit<CredentialSource.AssumeRoleInput, "roleArn">) =>
    CredentialSource.assumeRole({ roleArn, ...input })
  type Source = CredentialSource.CredentialSource<unknown, Sts.Sts>

  it.effect.each<readonly [name: string, one: Source, other: Source, isShared: boolean]>([
    ["equal requests", source({}), source({}), true],
    ["tags in another order", source({ tags: { a: "1", b: "2" } }), source({ tags: { b: "2", a: "1" } }), true],
    ["another tag", source({ tags: { a: "1" } }), source({ tags: { a: "2" } }), false],
    ["equal policies", source({ policy: policy("s3:Get*") }), source({ policy: policy("s3:Get*") }), true],
    ["another policy", source({ policy: policy("s3:Get*") }), source({ policy: policy("s3:Put*") }), false],
    ["equal durations", source({ duration: "30 minutes" }), source({ duration: { minutes: 30 } }), true],
    ["another duration", source({ duration: "30 minutes" }), source({ duration: "45 minutes" }), false],
    ["another external id", source({ externalId: "one" }), source({ externalId: "two" }), false],
    ["another source identity", source({ sourceIdentity: "one" }), source({ sourceIdentity: "two" }), false],
    ["generated session names", source({}), source({ roleSessionName: undefined }), true],
    ["the same session name", source({ roleSessionName: "mine" }), source({ roleSessionName: "mine" }), true],
    ["another session name", source({ roleSessionName: "mine" }), source({ roleSessionName: "yours" }), false],
    ["a given session name and a generated one", source({ roleSessionName: "mine" }), source({}), false],
    ["another label", source({}), CredentialSource.withLabel("other")(source({})), true],
    ["a refresh policy", source({}), CredentialSource.withRefreshPolicy({ onOutage: "fail" })(source({})), false],
    [
      "equal refresh policies",
      CredentialSource.withRefreshPolicy({ onOutage: "fail" })(source({})),
      CredentialSource.withRefreshPolicy({ onOutage: "fail" })(source({})),
      true,
    ],
    ["an unshared source", source({}), CredentialSource.unshared(source({})), false],
    ["equal tokens", web("a token of enough length"), web("a token of enough length"), true],
    ["other tokens", web("a token of enough length"), web("another one of enough length"), false],
    ["the same effect as token", web(token), web(token), true],
    ["equal effects as tokens", web(token), web(token2), false],
    ["the same effect", CredentialSource.fromEffect(effect), CredentialSource.fromEffect(effect), true],
    [
      "equal effects",
      CredentialSource.fromEffect(effect),
      CredentialSource.fromEffect(Effect.succeed(credentials)),
      false,
    ],
    ["equal keys", CredentialSource.fromCredentials(credentials), CredentialSource.fromCredentials(credentials), true],
    [
      "other keys",
      CredentialSource.fromCredentials(credentials),
      CredentialSource.fromCredentials({ ...credentials, secretAccessKey: "other" }),
      false,
    ],
  ])("%s", ([, one, other, isShared]) => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const before = yield* live
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Layer.build(CredentialStack.layerPush(one))
          yield* Layer.build(CredentialStack.layerPush(other))
          assert.strictEqual((yield* live) - before, isShared ? 1 : 2)
        }),
      )
    }).pipe(Effect.provide(StubSts.layer(stub)), Effect.provideService(Metric.MetricRegistry, new Map()))
  })

  describe("an effect that reads what is around it", () => {
    class Tenant extends Context.Service<Tenant, { readonly id: string }>()("Tenant") {}
    const keysOf = (id: string) => ({
      accessKeyId: `AKIA${id}`,
      secretAccessKey: "secret",
      expiration: "2030-01-01T00:00:00Z",
    })
    const keys = CredentialSource.fromEffect(Effect.map(Tenant, ({ id }) => keysOf(id)))
    const key = Effect.map(CredentialStack.current, ({ accessKeyId }) => accessKeyId)
    const token = Effect.map(Tenant, ({ id }) => `a token of tenant ${id}`)

    it.effect("gives each user of it his own keys", () =>
      Effect.gen(function* () {
        const as = (id: string) => key.pipe(CredentialStack.use(keys), Effect.provideService(Tenant, { id }))
        assert.deepStrictEqual([yield* as("ONE"), yield* as("TWO")], ["AKIAONE", "AKIATWO"])
      }).pipe(Effect.provide(CredentialStack.layerEmpty)),
    )

    it.effect("is one session where the same is around it", () => {
      const stub = StubSts.make()
      const tenant = { id: "ONE" }
      return Effect.gen(function* () {
        const as = (tenant: { readonly id: string }) =>
          Effect.void.pipe(
            CredentialStack.use(web(token)),
            Effect.provideService(Tenant, tenant),
            Effect.withSpan("request"),
          )
        yield* as(tenant)
        yield* as(tenant)
        assert.strictEqual(stub.issued().length, 1)
        yield* as({ id: "TWO" })
        assert.deepStrictEqual(
          stub.calls.map(({ request }) => request["WebIdentityToken"]),
          ["a token of tenant ONE", "a token of tenant TWO"],
        )
      }).pipe(Effect.provide(StubSts.layer(stub)))
    })

    it.effect("is another session on another identity", () => {
      const stub = StubSts.make()
      const reads = web(Effect.map(CredentialStack.current, ({ accessKeyId }) => `a token of ${accessKeyId}`))
      return Effect.gen(function* () {
        for (const name of ["A", "B"]) {
          yield* Effect.void.pipe(CredentialStack.use(reads), CredentialStack.use(StubSts.role(name)))
        }
        const tokens = stub.calls.flatMap(({ request }) => request["WebIdentityToken"] ?? [])
        assert.deepStrictEqual(tokens, [
          `a token of ${StubSts.keyOf("root>A", 1)}`,
          `a token of ${StubSts.keyOf("root>B", 3)}`,
        ])
      }).pipe(Effect.provide(StubSts.layer(stub)))
    })

    it.effect("renews on the identity that it was pushed on, not on its own", () =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        let serial = 0
        yield* CredentialStack.push(
          CredentialSource.fromEffect(
            Effect.gen(function* () {
              seen.push((yield* CredentialStack.current).accessKeyId)
              const now = yield* Clock.currentTimeMillis
              return { ...keysOf(`DERIVED${++serial}`), expiration: now + 3_600_000 }
            }),
          ),
        )
        yield* CredentialStack.set(keysOf("SET"))
        yield* CredentialStack.restore
        yield* TestClock.adjust("61 minutes")
        assert.strictEqual(yield* key, "AKIADERIVED2")
        assert.deepStrictEqual(seen, ["AKIAROOT", "AKIAROOT"])
      }).pipe(Effect.scoped, Effect.provide(CredentialStack.layer(CredentialSource.fromCredentials(keysOf("ROOT"))))),
    )
  })

  test("a source that needs no identity below is one session on any", {}, (stub) =>
    Effect.gen(function* () {
      const source = web("a token of enough length")
      for (const name of ["A", "B"]) {
        assert.strictEqual(
          yield* StubSts.current.pipe(CredentialStack.use(source), CredentialStack.use(role(name))),
          "A",
        )
      }
      assert.deepStrictEqual(stub.issued(), [
        "root AssumeRole A",
        "nobody AssumeRoleWithWebIdentity A",
        "root AssumeRole B",
      ])
    }),
  )

  it.effect("a source is what it was when it was made", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const tags = { team: "a" }
      const ofTeam = () => CredentialSource.assumeRole({ roleArn: StubSts.roleArn("R"), tags })
      const made = ofTeam()
      yield* CredentialStack.use(made)(Effect.void)
      tags.team = "b"
      yield* CredentialStack.use(made)(Effect.void)
      yield* CredentialStack.use(ofTeam())(Effect.void)
      assert.deepStrictEqual(
        stub.calls.map(({ request }) => request["Tags"]),
        [[{ Key: "team", Value: "a" }], [{ Key: "team", Value: "b" }]],
      )
    }).pipe(Effect.provide(StubSts.layer(stub)))
  })

  it.effect("a source with MFA is what it was when it was made, and so is one of credentials", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const serialNumber = "arn:aws:iam::111111111111:mfa/alice"
      const mfa = { serialNumber, tokenCode: Effect.succeed("123456") }
      const made = CredentialSource.assumeRole({ roleArn: StubSts.roleArn("R"), mfa })
      const madeOfUser = CredentialSource.sessionToken({ mfa: Object.assign(mfa, { tokenCode: "654321" }) })
      mfa.serialNumber = "arn:aws:iam::111111111111:mfa/mallory"
      yield* CredentialStack.use(made)(Effect.void)
      yield* CredentialStack.use(madeOfUser)(Effect.void)
      assert.deepStrictEqual(
        stub.calls.map(({ request }) => [request["SerialNumber"], request["TokenCode"]]),
        [
          [serialNumber, "123456"],
          [serialNumber, "654321"],
        ],
      )
      const expiration = new Date(3_600_000)
      const credentials = CredentialSource.fromCredentials({ ...StubSts.longTerm("x"), expiration })
      expiration.setTime(0)
      assert.strictEqual(yield* CredentialStack.use(credentials)(StubSts.current), "x")
    }).pipe(Effect.provide(StubSts.layer(stub)))
  })

  it.effect("another Sts service is another session", () => {
    const [one, other] = [StubSts.make(), StubSts.make()]
    return Effect.gen(function* () {
      yield* Effect.provide(used("A"), one.layer)
      yield* Effect.provide(used("A"), other.layer)
      assert.deepStrictEqual([one.issued().length, other.issued().length], [1, 1])
    }).pipe(Effect.provide(CredentialStack.layer(CredentialSource.fromCredentials(StubSts.longTerm("root")))))
  })

  test("a generated session name stays for the life of the session, a new session gets a new one", {}, (stub) =>
    Effect.gen(function* () {
      yield* CredentialStack.use(role("A"))(Effect.andThen(TestClock.adjust("50 minutes"), StubSts.current))
      yield* used("B")
      const [first, renewed, other] = stub.calls.map(({ request }) => String(request["RoleSessionName"]))
      assert.match(String(first), /^effect-sts-[0-9a-z]{8}$/)
      assert.strictEqual(renewed, first)
      assert.notStrictEqual(other, first)
    }),
  )

  it.effect.each([
    { random: 0, name: "effect-sts-00000000" },
    { random: 0.5, name: "effect-sts-i0000000" },
    { random: 36 ** -7, name: "effect-sts-00000010" },
    { random: 1 - Number.EPSILON / 2, name: "effect-sts-zzzzzzzz" },
  ])("a generated session name is any of 36 to the power of 8: $name", ({ name, random }) => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      yield* used("A")
      assert.deepStrictEqual(
        stub.calls.map(({ request }) => request["RoleSessionName"]),
        [name],
      )
    }).pipe(
      Effect.provide(StubSts.layer(stub)),
      Effect.provideService(Random.Random, { nextDoubleUnsafe: () => random, nextIntUnsafe: () => 0 }),
    )
  })

  test("a failed acquisition is not pooled", {}, (stub) =>
    Effect.gen(function* () {
      stub.next(StubSts.refused("AccessDenied"))
      const before = yield* live
      const error = yield* Effect.flip(used("A"))
      assert.strictEqual(error._tag, "StsError")
      assert.strictEqual(yield* live, before)
      assert.strictEqual(yield* used("A"), "root>A")
    }),
  )

  test("an unshared source is a session for each use, which ends with it", {}, (stub) =>
    Effect.gen(function* () {
      const before = yield* live
      const use = CredentialStack.use(CredentialSource.unshared(role("A")))
      yield* use(Effect.asVoid(StubSts.current))
      assert.strictEqual(yield* live, before)
      yield* use(use(Effect.void))
      assert.strictEqual(stub.issued().length, 3)
    }),
  )
})

describe("idleTimeToLive", () => {
  test("keeps a session for 10 minutes after its last user", {}, (stub) =>
    Effect.gen(function* () {
      const before = yield* live
      yield* used("A")
      yield* TestClock.adjust("599 seconds")
      yield* used("A")
      assert.strictEqual(stub.issued().length, 1)
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual(yield* live, before + 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* live, before)
      yield* used("A")
      assert.strictEqual(stub.issued().length, 2)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* live, before)
    }),
  )

  test("counts for each session from its own last user", { idleTimeToLive: "1 minute" }, () =>
    Effect.gen(function* () {
      const before = yield* live
      const left: Array<number> = []
      for (const name of ["A", "B", "C"]) {
        yield* used(name)
        yield* TestClock.adjust("20 seconds")
      }
      for (let step = 0; step < 3; step++) {
        left.push((yield* live) - before)
        yield* TestClock.adjust("20 seconds")
      }
      assert.deepStrictEqual(left, [2, 1, 0])
    }),
  )

  it.effect("is waited for by one fiber, however many sessions are idle", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let sleeping = 0
      const sleep = (duration: Duration.Duration) =>
        Effect.acquireUseRelease(
          Effect.sync(() => sleeping++),
          () => clock.sleep(duration),
          () => Effect.sync(() => sleeping--),
        )
      yield* Effect.gen(function* () {
        for (const name of ["A", "B", "C"]) yield* used(name)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(sleeping, 1)
      }).pipe(
        Effect.provide(StubSts.layer(stub)),
        Effect.provideService(Clock.Clock, Object.assign(Object.create(clock), { sleep })),
      )
    })
  })

  test("does not touch a session in use", { idleTimeToLive: "1 minute" }, (stub) =>
    CredentialStack.use(role("A"))(
      Effect.gen(function* () {
        yield* TestClock.adjust("30 minutes")
        assert.strictEqual(yield* StubSts.current, "root>A")
        assert.strictEqual(stub.issued().length, 1)
      }),
    ),
  )

  test("nor one that was taken again while it was idle", { idleTimeToLive: "1 minute" }, (stub) =>
    Effect.gen(function* () {
      yield* used("A")
      yield* TestClock.adjust("50 seconds")
      yield* CredentialStack.use(role("A"))(TestClock.adjust("10 minutes"))
      yield* used("A")
      assert.strictEqual(stub.issued().length, 1)
    }),
  )

  test("of zero ends a session with its last user", { idleTimeToLive: 0 }, (stub) =>
    Effect.gen(function* () {
      const before = yield* live
      yield* CredentialStack.use(role("A"))(used("B"))
      assert.strictEqual(yield* live, before)
      yield* used("A")
      assert.strictEqual(stub.issued().length, 3)
    }),
  )

  test("that is infinite keeps it until the root closes", { idleTimeToLive: "Infinity" }, (stub) =>
    Effect.gen(function* () {
      yield* used("A")
      yield* TestClock.adjust("40 minutes")
      yield* used("A")
      assert.strictEqual(stub.issued().length, 1)
    }),
  )

  test("a parent stays while a child lives, and goes after it", { idleTimeToLive: "1 minute" }, (stub) =>
    Effect.gen(function* () {
      const before = yield* live
      const [onA, onB] = [yield* Scope.make(), yield* Scope.make()]
      const A = yield* hold("A", onA)
      yield* hold("B", onB).pipe(Effect.provideContext(Context.merge(yield* Effect.context<Sts.Sts>(), A)))
      yield* Scope.close(onA, Exit.void)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* live, before + 2)
      yield* used("A")
      assert.strictEqual(stub.issued().length, 2)
      yield* Scope.close(onB, Exit.void)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* live, before + 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* live, before)
    }),
  )
})

describe("capacity", () => {
  // The base is one of them.
  test("when it is reached, the session that was idle longest goes", { capacity: 3 }, (stub) =>
    Effect.gen(function* () {
      yield* used("A")
      yield* TestClock.adjust("1 second")
      yield* used("B")
      yield* TestClock.adjust("1 second")
      yield* used("A")
      yield* used("C")
      assert.strictEqual(yield* live, 3)
      yield* used("A")
      assert.strictEqual(stub.issued().length, 3)
      yield* used("B")
      assert.strictEqual(stub.issued().length, 4)
    }),
  )

  test("when none is idle, a new one is for its user alone", { capacity: 2 }, (stub) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* hold("A", scope)
      yield* CredentialStack.use(role("B"))(
        Effect.gen(function* () {
          assert.strictEqual(yield* live, 3)
          assert.strictEqual(yield* StubSts.current, "root>B")
        }),
      )
      assert.strictEqual(yield* live, 2)
      yield* used("B")
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root AssumeRole B", "root AssumeRole B"])
      yield* Scope.close(scope, Exit.void)
      yield* used("B")
      yield* used("B")
      assert.strictEqual(stub.issued().length, 4)
    }),
  )

  test("a session that others stand on is never evicted", { capacity: 3 }, (stub) =>
    Effect.gen(function* () {
      yield* CredentialStack.use(role("A"))(used("B"))
      yield* used("C")
      // B, which was idle, is gone; A was let go with it and is idle now.
      yield* used("A")
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root>A AssumeRole B", "root AssumeRole C"])
    }),
  )

  test("of zero pools nothing", { capacity: 0 }, (stub) =>
    Effect.gen(function* () {
      yield* used("A")
      yield* used("A")
      assert.strictEqual(stub.issued().length, 2)
      assert.strictEqual(yield* live, 1)
    }),
  )

  test("1,000 roles in a pool of 10 are never more than 10 sessions", { capacity: 10 }, () =>
    Effect.gen(function* () {
      for (let index = 0; index < 1000; index++) yield* used(`tenant${index}`)
      assert.isAtMost(yield* live, 10)
    }),
  )
})

describe("closing", () => {
  it.effect("ends every session, used or idle, shared or not, whatever is still open", () => {
    const stub = StubSts.make()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const stack = yield* Layer.buildWithScope(StubSts.layer(stub), scope)
      const gate = yield* Deferred.make<void>()
      const inside = (name: string) =>
        CredentialStack.use(role(name))(Effect.andThen(Deferred.await(gate), Effect.flip(CredentialStack.current)))
      yield* Effect.provideContext(used("idle"), stack)
      const fiber = yield* inside("A").pipe(
        CredentialStack.use(CredentialSource.unshared(role("B"))),
        Effect.provideContext(stack),
        Effect.forkChild({ startImmediately: true }),
      )
      yield* Effect.yieldNow
      assert.strictEqual(yield* live, 4)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* live, 0)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "ScopeClosed")
      assert.strictEqual(yield* live, 0)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  })

  it.effect("of one root does not touch another", () => {
    const scripted = make()
    return Effect.gen(function* () {
      const [one, other] = [yield* Scope.make(), yield* Scope.make()]
      const layer = Layer.fresh(CredentialStack.layer(scripted.source))
      yield* Layer.buildWithScope(layer, one)
      const stack = yield* Layer.buildWithScope(layer, other)
      assert.strictEqual(scripted.calls.length, 2)
      yield* Scope.close(one, Exit.void)
      assert.strictEqual(yield* Effect.provideContext(key, stack), "KEY2")
      yield* Scope.close(other, Exit.void)
    })
  })
})

describe("metrics", () => {
  test("count refreshes by outcome", {}, (stub) =>
    CredentialStack.use(role("A"))(
      Effect.gen(function* () {
        const refreshes = (outcome: string) => metric("sts_session_refreshes_total", { kind: "assumeRole", outcome })
        assert.strictEqual(yield* refreshes("success"), 1)
        stub.next(StubSts.refused("ServiceUnavailable"))
        yield* TestClock.adjust("46 minutes")
        yield* StubSts.current
        assert.strictEqual(yield* refreshes("recoverable"), 1)
        stub.next(StubSts.refused("AccessDenied"))
        yield* TestClock.adjust("12 minutes")
        yield* Effect.flip(StubSts.current)
        assert.strictEqual(yield* refreshes("final"), 1)
        assert.strictEqual(yield* live, 2)
      }),
    ),
  )

  test("say what they count, and the counters that they only grow", {}, () =>
    CredentialStack.use(role("A"))(
      Effect.gen(function* () {
        const metrics = (yield* Metric.snapshot).filter(({ id }) => id.startsWith("sts_session"))
        assert.strictEqual(new Set(metrics.map(({ id }) => id)).size, 3)
        for (const one of metrics) {
          assert.isNotEmpty(one.description, one.id)
          if (one.type === "Counter") assert.isTrue(one.state.incremental, one.id)
        }
      }),
    ),
  )

  test("count acquisitions by kind of source", {}, () =>
    Effect.gen(function* () {
      const acquisitions = (kind: string, outcome: string) =>
        metric("sts_session_acquisitions_total", { kind, outcome })
      yield* used("A")
      yield* used("A")
      assert.strictEqual(yield* acquisitions("assumeRole", "miss"), 1)
      assert.strictEqual(yield* acquisitions("assumeRole", "hit"), 1)
      assert.strictEqual(yield* acquisitions("static", "miss"), 1)
    }),
  )
})

describe("a use that ends while the first of several sources is still being asked", () => {
  /** A fiber that outlives the use it was forked in, and goes on to its second source `seconds` later. */
  const outlive = <E, R>(second: CredentialSource.CredentialSource<E, R>, seconds: number) =>
    StubSts.current.pipe(
      CredentialStack.use(CredentialSource.firstOf(CredentialSource.fromConfig, second)),
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.make(() => Effect.as(Effect.sleep(`${seconds} seconds`), undefined)),
      ),
      Effect.flip,
      Effect.forkDetach({ startImmediately: true }),
      CredentialStack.use(role("A")),
    )

  const isScopeClosed = (error: unknown) => assert.include(String(error), "role/A) has ended")

  test("is not revived for the second: nobody is asked for a code", {}, (stub) =>
    Effect.gen(function* () {
      let prompts = 0
      const tokenCode = Effect.sync(() => String(100_000 + ++prompts))
      const mfa = { serialNumber: "arn:aws:iam::111111111111:mfa/alice", tokenCode }
      const fiber = yield* outlive(CredentialSource.assumeRole({ roleArn: StubSts.roleArn("B"), mfa }), 1)
      yield* TestClock.adjust("5 seconds")
      isScopeClosed(yield* Fiber.join(fiber))
      assert.strictEqual(prompts, 0)
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A"])
    }),
  )

  test("and whose session has ended too, leaves the pool to end others", { idleTimeToLive: "1 second" }, (stub) =>
    Effect.gen(function* () {
      const fiber = yield* outlive(role("B"), 4)
      yield* TestClock.adjust("50 seconds")
      isScopeClosed(yield* Fiber.join(fiber))
      yield* used("C")
      yield* TestClock.adjust("2 seconds")
      yield* used("C")
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root AssumeRole C", "root AssumeRole C"])
    }),
  )
})

test("a flight that outlives its use renews what is below where that was put to use", {}, (stub) =>
  Effect.gen(function* () {
    const short = CredentialSource.assumeRole({ roleArn: StubSts.roleArn("B"), duration: "15 minutes" })
    const fiber = yield* Effect.gen(function* () {
      yield* TestClock.adjust("12 minutes")
      stub.settings.latency = "1 second"
      stub.next(StubSts.refused("ExpiredToken"))
      return yield* Effect.forkDetach(StubSts.current, { startImmediately: true })
    }).pipe(CredentialStack.use(short), CredentialStack.use(role("A")))
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual(yield* Fiber.join(fiber), "root>A>B")
    const [a, b] = ["root AssumeRole A", "root>A AssumeRole B"]
    assert.deepStrictEqual(stub.issued(), [a, b, b, a, b])
  }),
)
