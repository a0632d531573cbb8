import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type * as Sts from "@effect-sts/core/Sts"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as StubSts from "./support/stubSts.ts"

/** A client that captures the identity that it is built on, as a carelessly written S3 client does. */
class Client extends Context.Service<Client, { readonly chain: string }>()("Client") {
  static readonly Live = Layer.effect(
    Client,
    Effect.map(StubSts.whoami, (chain) => ({ chain })),
  )
}

/** Who the client in the context works for. */
const client = Client.use(({ chain }) => Effect.succeed(chain))

const source = (name: string) => CredentialSource.fromCredentials(StubSts.longTerm(name))

/** A service that has no identity, and a layer of it that counts how often it is built. */
class Db extends Context.Service<Db, { readonly id: number }>()("Db") {}

const countingDb = () => {
  const built = { times: 0 }
  return { built, Live: Layer.sync(Db, () => ({ id: ++built.times })) }
}

const db = Db.use(({ id }) => Effect.succeed(id))

class Repo extends Context.Service<Repo, { readonly db: number; readonly chain: string }>()("Repo") {
  static readonly Live = Layer.effect(
    Repo,
    Effect.gen(function* () {
      return { db: yield* db, chain: yield* StubSts.current }
    }),
  )
}
class OtherRepo extends Context.Service<OtherRepo, { readonly db: number }>()("OtherRepo") {
  static readonly Live = Layer.effect(
    OtherRepo,
    Effect.map(db, (id) => ({ db: id })),
  )
}

const A = CredentialStack.layerPush(StubSts.role("A"))
const B = CredentialStack.layerPush(StubSts.role("B"))

const test = (
  name: string,
  body: (stub: StubSts.Stub) => Effect.Effect<void, unknown, Sts.Sts | CredentialStack.CredentialStack | Scope.Scope>,
) =>
  it.effect(name, () => {
    const stub = StubSts.make()
    return body(stub).pipe(Effect.provide(StubSts.layer(stub)))
  })

describe("one layer value for role A, nested root→A→B→A", () => {
  test("gives the session of A obtained through B", (stub) =>
    Effect.gen(function* () {
      const labels = yield* Effect.gen(function* () {
        assert.strictEqual(yield* StubSts.whoami, "root>A>B>A")
        return (yield* CredentialStack.frames).map((frame) => frame.label)
      }).pipe(Effect.provide(A), Effect.provide(B), Effect.provide(A))
      assert.deepStrictEqual(stub.issued(), ["root AssumeRole A", "root>A AssumeRole B", "root>A>B AssumeRole A"])
      assert.deepStrictEqual(labels, [
        `assumeRole(${StubSts.roleArn("A")})`,
        `assumeRole(${StubSts.roleArn("B")})`,
        `assumeRole(${StubSts.roleArn("A")})`,
        `credentials(${StubSts.keyOf("root")})`,
      ])
    }))

  test("does so in one graph", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* StubSts.whoami, "root>A>B>A")
    }).pipe(Effect.provide(A.pipe(Layer.provide(B), Layer.provide(A)))))

  test("does so with use", () =>
    Effect.gen(function* () {
      const useA = CredentialStack.use(StubSts.role("A"))
      const useB = CredentialStack.use(StubSts.role("B"))
      assert.strictEqual(yield* StubSts.whoami.pipe(useA, useB, useA), "root>A>B>A")
    }))

  test("makes it anew also where the same stack has one already", () =>
    Effect.gen(function* () {
      const inner = Effect.gen(function* () {
        yield* CredentialStack.push(StubSts.role("B"))
        yield* CredentialStack.set(StubSts.longTerm("x")).pipe(Effect.provide(A))
        return [yield* client, yield* StubSts.whoami.pipe(Effect.provide(A))]
      })
      const chains = yield* Effect.provide(inner, Layer.provide(Client.Live, A))
      assert.deepStrictEqual(chains, ["root>A", "root>B>A"])
    }))
})

describe("one client layer under A and under B", () => {
  test("by nested Effect.provide, is of its own identity each time", () =>
    Effect.gen(function* () {
      const inner = client.pipe(Effect.provide(Client.Live), Effect.provide(B))
      const chains = yield* Effect.gen(function* () {
        return [yield* client, yield* inner]
      }).pipe(Effect.provide(Client.Live), Effect.provide(A), Effect.zip(client), Effect.provide(Client.Live))
      assert.deepStrictEqual(chains, [["root>A", "root>A>B"], "root"])
    }))

  test("by Effect.provide of client and identity together, is of its own identity each time", () =>
    Effect.gen(function* () {
      const under = (push: typeof A) => Client.Live.pipe(Layer.provideMerge(push))
      const chains = yield* Effect.gen(function* () {
        return [yield* client, yield* client.pipe(Effect.provide(under(B)))]
      }).pipe(Effect.provide(under(A)))
      assert.deepStrictEqual(chains, ["root>A", "root>A>B"])
    }))

  test("is not the pushed identity's outside of it", () =>
    Effect.gen(function* () {
      const chains = yield* Effect.gen(function* () {
        return [yield* client, yield* client.pipe(Effect.provide(Client.Live))]
      }).pipe(Effect.provide(Client.Live.pipe(Layer.provide(A))))
      assert.deepStrictEqual(chains, ["root>A", "root"])
    }))

  test("beside a push in mergeAll, is the outer identity's, and inside of it the pushed one's", () =>
    Effect.gen(function* () {
      const inner = Effect.gen(function* () {
        return [yield* client, yield* client.pipe(Effect.provide(Client.Live))]
      })
      assert.deepStrictEqual(yield* Effect.provide(inner, Layer.mergeAll(A, Client.Live)), ["root", "root>A"])
      assert.deepStrictEqual(yield* Effect.provide(inner, Layer.mergeAll(Client.Live, A)), ["root", "root>A"])
    }))

  test("in one graph with CredentialStack.provide, is of its own identity each time", () =>
    Effect.gen(function* () {
      class ClientA extends Context.Service<ClientA, string>()("ClientA") {}
      class ClientB extends Context.Service<ClientB, string>()("ClientB") {}
      const Graph = Layer.mergeAll(
        Client.Live,
        Layer.effect(ClientA, client).pipe(Layer.provide(CredentialStack.provide(StubSts.role("A"))(Client.Live))),
        Layer.effect(ClientB, client).pipe(Layer.provide(CredentialStack.provide(StubSts.role("B"))(Client.Live))),
      )
      const chains = yield* Effect.all([client, ClientA, ClientB]).pipe(Effect.provide(Graph))
      assert.deepStrictEqual(chains, ["root", "root>A", "root>B"])
    }))

  test("in one graph with layerPush, is of its own identity each time", () =>
    Effect.gen(function* () {
      class ClientA extends Context.Service<ClientA, string>()("ClientA") {}
      class ClientB extends Context.Service<ClientB, string>()("ClientB") {}
      const Graph = Layer.mergeAll(
        Client.Live,
        Layer.effect(ClientA, client).pipe(Layer.provide(Client.Live), Layer.provide(A)),
        Layer.effect(ClientB, client).pipe(Layer.provide(Client.Live), Layer.provide(B)),
      )
      const chains = yield* Effect.all([client, ClientA, ClientB]).pipe(Effect.provide(Graph))
      assert.deepStrictEqual(chains, ["root", "root>A", "root>B"])
    }))

  test("one value of CredentialStack.provide follows the identity it is built on, also after a push", () =>
    Effect.gen(function* () {
      const ClientOfA = CredentialStack.provide(StubSts.role("A"))(Client.Live)
      const chains = yield* Effect.gen(function* () {
        const before = yield* client
        yield* CredentialStack.push(StubSts.role("B"))
        return [before, yield* client.pipe(Effect.provide(ClientOfA))]
      }).pipe(Effect.provide(ClientOfA))
      assert.deepStrictEqual(chains, ["root>A", "root>B>A"])
    }))

  test("inside nested use, is of its own identity each time", () =>
    Effect.gen(function* () {
      const built = client.pipe(Effect.provide(Client.Live))
      const chains = yield* Effect.gen(function* () {
        return [yield* built, yield* built.pipe(CredentialStack.use(StubSts.role("B"))), yield* built]
      }).pipe(
        Effect.provide(Client.Live),
        CredentialStack.use(StubSts.role("A")),
        Effect.zip(built),
        Effect.provide(Client.Live),
      )
      assert.deepStrictEqual(chains, [["root>A", "root>A>B", "root>A"], "root"])
    }))

  test("is not shared by the keys of a LayerMap", () =>
    Effect.gen(function* () {
      const clients = yield* LayerMap.make((name: string) =>
        Client.Live.pipe(Layer.provide(CredentialStack.layerPush(StubSts.role(name)))),
      )
      const chainOf = (name: string) => Effect.scoped(Effect.provide(client, clients.get(name)))
      assert.deepStrictEqual(yield* Effect.all([chainOf("A"), chainOf("B")]), ["root>A", "root>B"])
    }))

  test("of a LayerMap that says where it builds, is of that identity, whoever asks first", () =>
    Effect.gen(function* () {
      const here = Layer.succeed(CredentialStack.CredentialStack, yield* CredentialStack.CredentialStack)
      const clients = yield* LayerMap.make((name: string) =>
        Client.Live.pipe(CredentialStack.provide(StubSts.role(name)), Layer.provide(here)),
      )
      const chain = Effect.provide(client, clients.get("A"))
      assert.strictEqual(yield* CredentialStack.use(StubSts.role("B"))(chain), "root>A")
      assert.strictEqual(yield* chain, "root>A")
    }).pipe(Effect.scoped))

  it.effect("inside use within a ManagedRuntime, is of its own identity", () =>
    Effect.gen(function* () {
      const stub = StubSts.make()
      const runtime = ManagedRuntime.make(Layer.provideMerge(Client.Live, StubSts.layer(stub)))
      yield* Effect.addFinalizer(() => runtime.disposeEffect)
      const built = client.pipe(Effect.provide(Client.Live))
      const chains = yield* Effect.promise(() =>
        runtime.runPromise(
          Effect.all([
            client,
            built,
            built.pipe(CredentialStack.use(StubSts.role("A"))),
            built.pipe(Effect.provide(B)),
            built.pipe(CredentialStack.use(StubSts.role("A")), Effect.provide(B)),
            built,
          ]),
        ),
      )
      assert.deepStrictEqual(chains, ["root", "root", "root>A", "root>B", "root>B>A", "root"])
      assert.strictEqual(stub.calls.filter(({ by }) => by === "root").length, 3, "one client and two roles")
    }),
  )

  it.effect("two root stacks share none of it, in one graph or by one memo map", () =>
    Effect.gen(function* () {
      const stub = StubSts.make()
      const under = (name: string) => Client.Live.pipe(Layer.provide(CredentialStack.layer(source(name))))
      const nested = client.pipe(Effect.provide(under("Y")), Effect.zip(client), Effect.provide(under("X")))
      assert.deepStrictEqual(yield* Effect.provide(nested, stub.layer), ["Y", "X"])
      const memoMap = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      const build = (name: string) =>
        Effect.map(Layer.buildWithMemoMap(Layer.provide(under(name), stub.layer), memoMap, scope), Context.get(Client))
      assert.deepStrictEqual(yield* Effect.all([build("X"), build("Y")]), [{ chain: "X" }, { chain: "Y" }])
    }),
  )
})

describe("what has no identity", () => {
  test("stays shared through a service in the context", () =>
    Effect.gen(function* () {
      const Db1 = countingDb()
      const repo = Repo.use(Effect.succeed).pipe(Effect.provide(Repo.Live))
      const repos = yield* Effect.all([
        repo,
        repo.pipe(CredentialStack.use(StubSts.role("A"))),
        repo.pipe(Effect.provide(B)),
        Repo.use(Effect.succeed).pipe(Effect.provide(CredentialStack.provide(StubSts.role("A"))(Repo.Live))),
      ]).pipe(Effect.provide(Db1.Live))
      assert.deepStrictEqual(repos, [
        { db: 1, chain: "root" },
        { db: 1, chain: "root>A" },
        { db: 1, chain: "root>B" },
        { db: 1, chain: "root>A" },
      ])
      assert.strictEqual(Db1.built.times, 1)
    }))

  const besides = {
    "before a push": (repos: Layer.Layer<Repo | OtherRepo, unknown, CredentialStack.CredentialStack | Sts.Sts>) =>
      Layer.mergeAll(repos, A),
    "after a push": (repos: Layer.Layer<Repo | OtherRepo, unknown, CredentialStack.CredentialStack | Sts.Sts>) =>
      Layer.mergeAll(A, repos),
    "around a push": (repos: Layer.Layer<Repo | OtherRepo, unknown, CredentialStack.CredentialStack | Sts.Sts>) =>
      Layer.mergeAll(repos, A, Layer.fresh(A), repos),
    "under a push": (repos: Layer.Layer<Repo | OtherRepo, unknown, CredentialStack.CredentialStack | Sts.Sts>) =>
      Layer.provideMerge(repos, A),
  }
  for (const [where, graph] of Object.entries(besides)) {
    test(`is built once for two siblings of one graph ${where}`, () =>
      Effect.gen(function* () {
        const Db1 = countingDb()
        const repos = Layer.mergeAll(
          Repo.Live.pipe(Layer.provide(Db1.Live)),
          OtherRepo.Live.pipe(Layer.provide(Db1.Live)),
        )
        yield* Effect.all([Repo, OtherRepo]).pipe(Effect.provide(graph(repos)))
        assert.strictEqual(Db1.built.times, 1)
      }))
  }

  test("is built once for siblings before and after a push", () =>
    Effect.gen(function* () {
      const Db1 = countingDb()
      yield* Effect.all([Repo, OtherRepo]).pipe(
        Effect.provide(
          Layer.mergeAll(Repo.Live.pipe(Layer.provide(Db1.Live)), A, OtherRepo.Live.pipe(Layer.provide(Db1.Live))),
        ),
      )
      assert.strictEqual(Db1.built.times, 1)
    }))

  it.effect("and was built beside a root stack stays shared with what is provided inside", () =>
    Effect.gen(function* () {
      const Db1 = countingDb()
      const stub = StubSts.make()
      const App = Layer.mergeAll(Db1.Live, StubSts.layer(stub))
      yield* Repo.use(Effect.succeed).pipe(
        Effect.provide(Layer.provide(Repo.Live, Db1.Live)),
        Effect.provide(OtherRepo.Live.pipe(Layer.provide(Db1.Live))),
        Effect.provide(App),
      )
      assert.strictEqual(Db1.built.times, 1)
    }),
  )
})

describe("a memo map that somebody shares", () => {
  test("keeps what is built on each identity apart, and closes it with its scope", () =>
    Effect.gen(function* () {
      const memoMap = yield* Layer.makeMemoMap
      const scope = yield* Scope.make()
      const open: Array<string> = []
      const Live = Layer.effect(
        Client,
        Effect.acquireRelease(
          Effect.tap(StubSts.current, (chain) => Effect.sync(() => open.push(chain))).pipe(
            Effect.map((chain) => ({ chain })),
          ),
          ({ chain }) => Effect.sync(() => open.splice(open.indexOf(chain), 1)),
        ),
      )
      const build = (layer: Layer.Layer<Client, unknown, CredentialStack.CredentialStack | Sts.Sts>) =>
        Effect.map(Layer.buildWithMemoMap(layer, memoMap, scope), (context) => Context.get(context, Client).chain)
      const chains = yield* Effect.all([
        build(Live),
        build(Layer.provide(Live, A)),
        build(Live),
        build(Layer.provide(Live, B)),
        build(Live),
      ])
      assert.deepStrictEqual(chains, ["root", "root>A", "root", "root>B", "root"])
      assert.deepStrictEqual(open, ["root", "root>A", "root>B"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(open, [])
    }))

  test("keeps what was built on an identity, also where another is pushed meanwhile", () =>
    Effect.gen(function* () {
      const memoMap = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      const onA = yield* Layer.buildWithMemoMap(A, memoMap, scope)
      const clientOfA = Layer.buildWithMemoMap(Client.Live, memoMap, scope).pipe(
        Effect.map(Context.get(Client)),
        Effect.provideContext(onA),
      )
      const before = yield* clientOfA
      assert.strictEqual(before.chain, "root>A")
      yield* Layer.buildWithMemoMap(B, memoMap, scope)
      assert.strictEqual(yield* clientOfA, before)
    }))

  test("may be asked outside of any fiber, where nobody has an identity", () =>
    Effect.gen(function* () {
      const memoMap = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      const onA = yield* Layer.buildWithMemoMap(Layer.provideMerge(Client.Live, A), memoMap, scope)
      assert.strictEqual(Context.get(onA, Client).chain, "root>A")
      const found = yield* Effect.promise(() => Promise.resolve().then(() => memoMap.get(Client.Live, scope)))
      assert.isUndefined(found)
    }))
})
