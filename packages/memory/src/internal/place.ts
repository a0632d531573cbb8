/** A place in a document. */
export type Place = ReadonlyArray<PropertyKey>

/** A place as JavaScript would write it: `roles."my-role".trustPolicy.Statement[0].Effect`. */
export const format = (place: Place): string =>
  place
    .map((segment) => {
      if (typeof segment === "number") return `[${segment}]`
      const name = String(segment)
      return /^[a-z_$][\w$]*$/i.test(name) ? `.${name}` : `.${JSON.stringify(name)}`
    })
    .join("")
    .replace(/^\./, "")
