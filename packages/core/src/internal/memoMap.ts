/**
 * Keeps what was built on one identity from being given to another.
 *
 * Effect memoizes layers by reference, also across nested `Effect.provide`: each `provide` looks layers up in a memo map
 * whose parent is the map of the provide around it. A client layer that is built under role A and provided again under
 * role B would therefore be A's client both times. So the map in which a stack is built keeps one memory per stack: what
 * was built on one identity is built again on another; what was built on the same one, or before there was any, is shared
 * as ever.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"

/** Stands for the identity where there is none. */
const nobody = {}

const divided = new WeakSet<Layer.MemoMap>()

/**
 * Makes a memo map keep one memory per identity. `identityOf` finds the identity in the context of the fiber that builds a
 * layer; `around` is the one that the map, and the maps around it, have been used with so far. `MemoMap` has no operation
 * for that, so this replaces the two methods of this one map.
 */
export const divide = (
  memoMap: Layer.MemoMap,
  identityOf: (context: Context.Context<never>) => object | undefined,
  around: object | undefined,
): void => {
  if (divided.has(memoMap)) return
  divided.add(memoMap)
  const first = Object.assign(Layer.makeMemoMapUnsafe(), {
    get: memoMap.get.bind(memoMap),
    getOrElseMemoize: memoMap.getOrElseMemoize.bind(memoMap),
  })
  const memories = new WeakMap([[around ?? nobody, first]])
  const memoryOf = (context: Context.Context<never> | undefined) => {
    const identity = (context && identityOf(context)) ?? nobody
    const known = memories.get(identity)
    if (known !== undefined) return known
    const memory = around === undefined ? Layer.forkMemoMapUnsafe(first) : Layer.makeMemoMapUnsafe()
    memories.set(identity, memory)
    return memory
  }
  const get: Layer.MemoMap["get"] = (layer, scope) => memoryOf(Fiber.getCurrent()?.context).get(layer, scope)
  const getOrElseMemoize: Layer.MemoMap["getOrElseMemoize"] = (layer, scope, build) =>
    Effect.withFiber((fiber) => memoryOf(fiber.context).getOrElseMemoize(layer, scope, build))
  Object.assign(memoMap, { get, getOrElseMemoize })
}
