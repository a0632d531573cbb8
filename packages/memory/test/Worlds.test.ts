// The ready-made worlds: each loads, and is for what it says.
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { accessKeyAccount } from "../src/internal/identifiers.ts"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import * as Worlds from "../src/Worlds.ts"
import { here, mfaArn, roleArn, there, userArn } from "./support/world.ts"

const identity = Effect.map(Sts.getCallerIdentity, ({ arn }) => arn)

const under = (role: string, account = here) =>
  CredentialStack.withRole({ roleArn: roleArn(role, account), roleSessionName: "test" })

const as =
  (world: World.Encoded, user = "alice") =>
  <A, E>(effect: Effect.Effect<A, E, Sts.Sts | StsMemory.StsMemory | CredentialStack.CredentialStack>) =>
    Effect.provide(effect, StsMemory.layer(world).pipe(StsMemory.as(userArn(user))))

describe("Worlds", () => {
  it.effect("oneRole: a user who may assume a role", () =>
    Effect.gen(function* () {
      assert.match(yield* identity.pipe(under("deployer"), as(Worlds.oneRole())), /assumed-role\/deployer\/test/)
      const named = Worlds.oneRole({ user: "ada", role: "reader" })
      assert.match(yield* identity.pipe(under("reader"), as(named, "ada")), /assumed-role\/reader\/test/)
    }),
  )

  it.effect("chain: each role may assume the next, and no other", () =>
    Effect.gen(function* () {
      const [one, two, three] = [here, there, "333333333333"]
      const world = Worlds.chain(["build", "deploy", "audit"])
      const arn = yield* identity.pipe(under("audit", three), under("deploy", two), under("build", one), as(world))
      assert.strictEqual(arn, `arn:aws:sts::333333333333:assumed-role/audit/test`)
      yield* Effect.flip(identity.pipe(under("deploy", two), as(world)))
      yield* Effect.flip(identity.pipe(under("audit", three), under("build", one), as(world)))
      const long = Worlds.chain(["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10"])
      assert.include(Object.keys(long.accounts), "000000000010")
      yield* World.decode(long)
    }),
  )

  it.effect("mfaAdmin: a role that wants MFA", () =>
    Effect.gen(function* () {
      yield* Effect.flip(identity.pipe(under("admin")))
      const mfa = { serialNumber: mfaArn("alice"), tokenCode: yield* StsMemory.mfaCode(mfaArn("alice")) }
      const role = { roleArn: roleArn("admin"), roleSessionName: "test", mfa }
      assert.match(yield* identity.pipe(CredentialStack.withRole(role)), /assumed-role\/admin/)
    }).pipe(as(Worlds.mfaAdmin())),
  )

  it.effect("partner: a role of another account, with an external id", () =>
    Effect.gen(function* () {
      const role = { roleArn: roleArn("auditor", there), roleSessionName: "test" }
      yield* Effect.flip(identity.pipe(CredentialStack.withRole(role)))
      yield* Effect.flip(identity.pipe(CredentialStack.withRole({ ...role, externalId: "partner-0000" })))
      const inside = identity.pipe(CredentialStack.withRole({ ...role, externalId: "partner-7f3a" }))
      assert.match(yield* inside, /222222222222:assumed-role\/auditor/)
    }).pipe(as(Worlds.partner())),
  )

  it.effect("tenants: a role for each", () =>
    Effect.gen(function* () {
      const named = Worlds.tenants(["acme", "globex"])
      assert.match(yield* identity.pipe(under("globex"), as(named, "app")), /assumed-role\/globex/)
      const many = Worlds.tenants(3)
      assert.deepStrictEqual(Object.keys(many.accounts[here]?.roles ?? {}), ["tenant-1", "tenant-2", "tenant-3"])
      const { accounts } = yield* World.decode(many)
      assert.deepStrictEqual(accounts[here]?.roles["tenant-2"]?.tags, { tenant: "tenant-2" })
    }),
  )

  it.effect("ci: a role for the jobs of a repository, and of no other", () =>
    Effect.gen(function* () {
      const provider = "token.actions.githubusercontent.com"
      const job = (subject: string) =>
        identity.pipe(
          CredentialStack.use(
            CredentialSource.webIdentity({
              roleArn: roleArn("ci"),
              webIdentityToken: StsMemory.webIdentityToken({ provider, subject }),
            }),
          ),
        )
      assert.match(yield* job("repo:octo-org/octo-repo:ref:refs/heads/main"), /assumed-role\/ci\//)
      yield* Effect.flip(job("repo:octo-org/octo-repo:ref:refs/heads/other"))
    }).pipe(Effect.provide(StsMemory.layer(Worlds.ci()).pipe(Layer.provideMerge(CredentialStack.layerEmpty)))),
  )

  it.effect("ci: with the keys of a provider that signs by itself", () =>
    Effect.gen(function* () {
      const jwks = { keys: [{ kty: "RSA", kid: "one", n: "AQAB", e: "AQAB" }] }
      const { accounts } = yield* World.decode(Worlds.ci({ issuer: "token.example.com", jwks }))
      assert.deepStrictEqual(accounts[here]?.oidcProviders["token.example.com"]?.jwks, jwks)
    }),
  )
})

describe("World.merge", () => {
  const merged = World.merge(Worlds.oneRole(), Worlds.mfaAdmin(), Worlds.partner(), {
    region: "eu-west-1",
    accounts: {},
  })

  it.effect("has what each of them has, users with all that they may do", () =>
    Effect.gen(function* () {
      assert.match(yield* identity.pipe(under("deployer")), /deployer/)
      const mfa = { serialNumber: mfaArn("alice"), tokenCode: yield* StsMemory.mfaCode(mfaArn("alice")) }
      yield* identity.pipe(CredentialStack.withRole({ roleArn: roleArn("admin"), mfa }))
      const externalId = "partner-7f3a"
      yield* identity.pipe(CredentialStack.withRole({ roleArn: roleArn("auditor", there), externalId }))
    }).pipe(as(merged)),
  )

  it("keeps one of what is in several, and the later seed and region", () => {
    const alice = merged.accounts[here]?.users?.["alice"]
    assert.lengthOf(alice?.accessKeys ?? [], 1)
    assert.lengthOf(alice?.policies ?? [], 3)
    assert.strictEqual(merged.region, "eu-west-1")
    assert.deepStrictEqual(World.merge({ seed: 1, accounts: {} }, { seed: 2, accounts: {} }), { seed: 2, accounts: {} })
  })

  it("takes the later of two roles of one name whole", () => {
    const later = { trustPolicy: World.trust(there) }
    const world = World.merge(Worlds.oneRole(), { accounts: { [here]: { roles: { deployer: later } } } })
    assert.deepStrictEqual(world.accounts[here]?.roles?.["deployer"], later)
  })

  it("of one world, or with an empty one, is that world", () => {
    assert.deepStrictEqual(World.merge(World.demo), World.demo)
    assert.deepStrictEqual(World.merge(World.demo, { accounts: {} }), World.demo)
    assert.deepStrictEqual(World.merge({ accounts: {} }, World.demo), World.demo)
    assert.deepStrictEqual(World.merge(World.demo, World.demo), World.demo)
  })

  it("changes none of them", () => {
    const world = Worlds.oneRole()
    World.merge(world, Worlds.mfaAdmin())
    assert.deepStrictEqual(world, Worlds.oneRole())
  })
})

describe("policies from a few words", () => {
  const only = (document: World.PolicyDocument) => {
    const [statement] = [document.Statement].flat()
    assert.strictEqual(document.Version, "2012-10-17")
    return statement
  }
  const alice = userArn("alice")
  const oidc = { Federated: `arn:aws:iam::${here}:oidc-provider/token.example.com` }
  const saml = { Federated: `arn:aws:iam::${here}:saml-provider/idp` }
  const rest = ["sts:TagSession", "sts:SetSourceIdentity"]

  it("trust", () => {
    assert.deepStrictEqual(only(World.trust(alice)), {
      Effect: "Allow",
      Principal: { AWS: alice },
      Action: ["sts:AssumeRole", ...rest],
    })
    const condition = { Bool: { "aws:MultiFactorAuthPresent": "true" } }
    assert.deepStrictEqual(only(World.trust({ AWS: [alice, here] }, { action: "sts:AssumeRole", condition })), {
      Effect: "Allow",
      Principal: { AWS: [alice, here] },
      Action: "sts:AssumeRole",
      Condition: condition,
    })
    assert.deepStrictEqual(only(World.trust(oidc))?.Action, ["sts:AssumeRoleWithWebIdentity", ...rest])
    assert.deepStrictEqual(only(World.trust(saml))?.Action, ["sts:AssumeRoleWithSAML", ...rest])
    assert.deepStrictEqual(only(World.trust({ Service: "lambda.amazonaws.com" }))?.Action, ["sts:AssumeRole", ...rest])
  })

  it("allow, deny and mayAssume", () => {
    assert.deepStrictEqual(only(World.allow("s3:*")), { Effect: "Allow", Action: "s3:*", Resource: "*" })
    assert.deepStrictEqual(only(World.deny(["s3:*"], "arn:aws:s3:::b", { Null: { "aws:TagKeys": "true" } })), {
      Effect: "Deny",
      Action: ["s3:*"],
      Resource: "arn:aws:s3:::b",
      Condition: { Null: { "aws:TagKeys": "true" } },
    })
    const action = ["sts:AssumeRole", ...rest]
    const resource = [roleArn("a"), roleArn("b")]
    assert.deepStrictEqual(only(World.mayAssume(...resource)), { Effect: "Allow", Action: action, Resource: resource })
  })
})

describe("entities from a few words", () => {
  it("an access key is the same for the same user, and carries the account", () => {
    const key = World.accessKey(there, "ada")
    assert.deepStrictEqual(World.accessKey(there, "ada"), key)
    assert.strictEqual(accessKeyAccount(key.accessKeyId), there)
    const others = [World.accessKey(there, "bob"), World.accessKey(here, "ada")].map(({ accessKeyId }) => accessKeyId)
    assert.strictEqual(new Set([key.accessKeyId, ...others]).size, 3)
    assert.notStrictEqual(World.accessKey(here, "ada").secretAccessKey, key.secretAccessKey)
  })
})
