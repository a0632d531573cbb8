import * as Predicate from "effect/Predicate"
import * as Policy from "../../policy/Policy.ts"

/**
 * A copy of plain data (objects, arrays, maps and sets), in which what was one thing is one thing again. Whatever has a
 * class of its own is shared, and so are policies, which never change.
 */
export const copyPlain = <A>(original: A): A => {
  const copies = new Map<unknown, unknown>()
  /** A copy is known before it is filled, since it may hold itself. */
  const known = <B>(value: unknown, copied: B): B => {
    copies.set(value, copied)
    return copied
  }
  const copy = (value: unknown): unknown => {
    if (copies.has(value)) return copies.get(value)
    if (Array.isArray(value)) {
      const array = known<Array<unknown>>(value, [])
      for (const item of value) array.push(copy(item))
      return array
    }
    if (value instanceof Map) {
      const map = known(value, new Map<unknown, unknown>())
      for (const [key, item] of value) map.set(copy(key), copy(item))
      return map
    }
    if (value instanceof Set) {
      const set = known(value, new Set<unknown>())
      for (const item of value) set.add(copy(item))
      return set
    }
    if (!Predicate.isObject(value) || Object.getPrototypeOf(value) !== Object.prototype || Policy.isPolicy(value)) {
      return value
    }
    const object = known<Record<PropertyKey, unknown>>(value, {})
    for (const key of Reflect.ownKeys(value)) object[key] = copy(value[key])
    return object
  }
  // oxlint-disable-next-line no-unsafe-type-assertion -- a copy has the type of what it is a copy of
  return copy(original) as A
}
