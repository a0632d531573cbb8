/**
 * The services that an effect may read, as something that can be compared.
 *
 * What an effect needs is known to its type alone. So where one is part of a source, a token that is asked for say, two
 * uses of it are equal only in the same surroundings: an effect that reads the user of a request gives another identity
 * in another request.
 */
import type * as Context from "effect/Context"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"

/** The key of the service `CredentialStack`. The session below stands for it. */
export const stackKey = "@effect-sts/core/CredentialStack"

/** What says where a fiber is, and nothing of what it can reach. */
const passing = new Set<string>([stackKey, Layer.CurrentMemoMap.key, Scope.Scope.key, Tracer.ParentSpan.key])

const isPassing = (key: string) => passing.has(key) || key.startsWith("effect/References/")

const TypeId = "~@effect-sts/core/Surroundings"

interface Surroundings extends Equal.Equal {
  readonly [TypeId]: ReadonlyMap<string, unknown>
}

const isSurroundings = (that: unknown): that is Surroundings => Predicate.hasProperty(that, TypeId)

/** Compared service by service, by reference, with `Equal`. */
export const surroundingsOf = (context: Context.Context<never>): Surroundings => {
  const services = Array.from(context.mapUnsafe).filter(([key]) => !isPassing(key))
  return {
    [TypeId]: new Map<string, unknown>(services),
    [Hash.symbol]: () => services.length,
    [Equal.symbol]: (that) =>
      isSurroundings(that) &&
      that[TypeId].size === services.length &&
      services.every(([key, service]) => that[TypeId].has(key) && that[TypeId].get(key) === service),
  }
}
