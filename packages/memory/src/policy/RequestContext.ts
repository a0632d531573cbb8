/**
 * The request context: what is known about a request, under the names that `Condition` elements and policy variables
 * use. A key without a value is not in the context; there is no other kind of null.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"

/**
 * What has the values of each key. Keys are in lower case, since AWS takes no notice of case in their names.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestContext {
  readonly get: (key: string) => ReadonlyArray<string> | undefined
}

/**
 * A context that can be looked through.
 *
 * @category models
 * @since 0.1.0
 */
export interface Known extends ReadonlyMap<string, ReadonlyArray<string>> {}

/**
 * What can be written for a key: one value, or several where the key can hold several. Dates are ISO 8601 strings or
 * numbers of seconds since 1970.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = string | number | boolean | ReadonlyArray<string>

const values = (value: Value): ReadonlyArray<string> =>
  Predicate.isString(value) || Predicate.isNumber(value) || Predicate.isBoolean(value) ? [String(value)] : value

/**
 * A context of these values. A key whose value is `undefined` or an empty list is left out. A name given twice in
 * different case keeps its last value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (entries: { readonly [key: string]: Value | undefined }): Known => {
  const context = new Map<string, ReadonlyArray<string>>()
  for (const [key, value] of Object.entries(entries)) {
    const list = value === undefined ? [] : values(value)
    if (list.length > 0) context.set(key.toLowerCase(), list)
  }
  return context
}

/**
 * A context that is made when somebody asks it: many policies have neither conditions nor variables.
 *
 * @category constructors
 * @since 0.1.0
 */
export const suspend = (evaluate: () => RequestContext): RequestContext => {
  let made: RequestContext | undefined
  return {
    get: (key) => {
      made ??= evaluate()
      return made.get(key)
    },
  }
}

/**
 * A context of nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: RequestContext = new Map()

/**
 * The values of a key, or `undefined` where it is not in the context.
 *
 * @category getters
 * @since 0.1.0
 */
export const get = (context: RequestContext, key: string): ReadonlyArray<string> | undefined =>
  context.get(key.toLowerCase())
