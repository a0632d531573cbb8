/** How a law says that it does not hold. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Formatter from "effect/Formatter"

export class Violation extends Data.TaggedError("Violation")<{ readonly message: string }> {}

const fail = (message: string) => Effect.fail(new Violation({ message }))

/** By structure. `what` says of what the values are. */
export const equal = <A>(what: string, actual: A, expected: NoInfer<A>): Effect.Effect<void, Violation> =>
  Equal.equals(actual, expected)
    ? Effect.void
    : fail(`${what}: expected ${Formatter.format(expected)}, got ${Formatter.format(actual)}`)

export const isTrue = (what: string, holds: boolean): Effect.Effect<void, Violation> =>
  holds ? Effect.void : fail(`it does not hold that ${what}`)

export const match = (what: string, actual: string | undefined, pattern: RegExp): Effect.Effect<void, Violation> =>
  actual !== undefined && pattern.test(actual)
    ? Effect.void
    : fail(`${what}: expected ${String(pattern)}, got ${Formatter.format(actual)}`)
