import * as Predicate from "effect/Predicate"

/** An object as one writes it: not an array, and not of a class, whose content might be elsewhere, as a Map's is. */
export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (!Predicate.isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
