import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { CredentialStack } from "../src/CredentialStack.ts"
import { stackKey, surroundingsOf } from "../src/internal/surroundings.ts"

class User extends Context.Service<User, { readonly name: string } | undefined>()("User") {}
class Region extends Context.Service<Region, string>()("Region") {}

const fred = { name: "fred" }

const assertEqual = (isEqual: boolean, one: Context.Context<never>, other: Context.Context<never>) => {
  for (const [a, b] of [
    [surroundingsOf(one), surroundingsOf(other)],
    [surroundingsOf(other), surroundingsOf(one)],
  ] as const) {
    assert.strictEqual(Equal.equals(a, b), isEqual)
    // By themselves too, without their hashes, which `Equal` compares first.
    assert.strictEqual(a[Equal.symbol](b), isEqual)
  }
}

describe("surroundings are the same", () => {
  const user = Context.make(User, fred)

  it("where the services are, in whatever order they came", () => {
    assertEqual(true, Context.empty(), Context.empty())
    assertEqual(true, Context.add(user, Region, "eu"), Context.make(Region, "eu").pipe(Context.add(User, fred)))
  })

  const passing: Record<string, Context.Context<never>> = {
    scope: Context.add(user, Scope.Scope, Scope.makeUnsafe()),
    span: Context.add(user, Tracer.ParentSpan, Tracer.externalSpan({ spanId: "1", traceId: "2" })),
    "memo map": Context.add(user, Layer.CurrentMemoMap, Layer.makeMemoMapUnsafe()),
    "log level": Context.add(user, References.MinimumLogLevel, "Error"),
  }
  for (const [name, context] of Object.entries(passing)) {
    it(`whatever the ${name}`, () => {
      assertEqual(true, user, context)
    })
  }
})

describe("surroundings are not the same", () => {
  const user = Context.make(User, fred)
  const others: Record<string, Context.Context<never>> = {
    "another instance of a service, however equal": Context.make(User, { ...fred }),
    "one service more": Context.add(user, Region, "eu"),
    "no service": Context.empty(),
    "another service in place of one": Context.make(Region, "eu"),
  }
  for (const [name, context] of Object.entries(others)) {
    it(`with ${name}`, () => {
      assertEqual(false, user, context)
    })
  }

  it("with another service in place of one that is undefined", () => {
    assertEqual(false, Context.make(User, undefined), Context.make(Region, "eu"))
  })

  it("as something else that has their hash", () => {
    const surroundings = surroundingsOf(user)
    const other = { [Hash.symbol]: () => Hash.hash(surroundings), [Equal.symbol]: () => true }
    assert.isFalse(Equal.equals(surroundings, other))
  })
})

it("the key of the stack is its name, for whoever has not provided one", () => {
  assert.strictEqual(CredentialStack.key, "@effect-sts/core/CredentialStack")
  assert.strictEqual(stackKey, CredentialStack.key)
})
