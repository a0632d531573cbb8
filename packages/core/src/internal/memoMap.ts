/**
 * Keeps what was built on one identity from being given to another.
 *
 * Effect memoizes layers by reference, also across nested `Effect.provide`: each `provide` looks layers up in a memo map
 * whose parent is the map of the provide around it. A client layer that is built under role A and provided again under
 * role B would therefore be A's client both times. So a layer that changes the identity cuts the map in which it is built
 * off from its parent: what was built around it is built again inside it, what is built beside it is still shared.
 */
import * as Layer from "effect/Layer"

/**
 * Cuts a memo map off from the maps around it. `MemoMap` has no operation for that, so this changes `parent`, which is a
 * plain field in Effect 4.1; should a later version hide it, the map forgets everything instead: more is built anew, and
 * no identity is shared.
 */
export const cutOff = (memoMap: Layer.MemoMap): void => {
  const map: Layer.MemoMap & { parent?: unknown } = memoMap
  if ("parent" in map) {
    map.parent = undefined
    return
  }
  const empty = Layer.makeMemoMapUnsafe()
  Object.assign(map, {
    get: empty.get.bind(empty),
    getOrElseMemoize: empty.getOrElseMemoize.bind(empty),
  })
}
