/**
 * The kinds of constraint that the STS model uses, as schemas whose failures say what is wrong with the value and
 * what the rule is, and never show the value: it may be a secret.
 *
 * Each check carries its limits as the annotation {@link Limits}, so that tests can compare them with AWS's model
 * and break them one by one.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"

/** The limits of one check, in the model's own terms. */
export interface Limits {
  readonly kind: "length" | "pattern" | "items" | "range"
  readonly min?: number
  readonly max?: number
  /** The inside of a character class. */
  readonly pattern?: string
  /** How often the model's pattern repeats the class: `*` where it does not say. */
  readonly repeat?: "*" | "+"
}

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly "@effect-sts/core/constraint"?: Limits | undefined
      /** Turns what a caller may write into the Type of the schema; whatever it does not know it returns as it is. */
      readonly "@effect-sts/core/fromInput"?: ((input: unknown) => unknown) | undefined
    }
  }
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`

const amount = (min: number, max: number | undefined, unit: string) =>
  max === undefined
    ? `at least ${plural(min, unit)}`
    : min === max
      ? plural(min, unit)
      : `${min} to ${plural(max, unit)}`

const countCodePoints = (value: string) => {
  let count = 0
  for (const _ of value) count++
  return count
}

interface TextRule {
  readonly min?: number
  readonly max?: number
  /** The inside of a regular expression's character class. Every pattern of the STS model is one, repeated. */
  readonly characters?: string
  /** `+` where the model's pattern has that instead of `*`: STS quotes it. */
  readonly repeat?: "*" | "+"
}

/** Length in Unicode scalar values, as STS counts it: an emoji is one character. */
const hasLength = <A>(min: number, max: number | undefined, read: (value: A) => string): SchemaAST.Filter<A> =>
  Schema.makeFilter<A>(
    (value) => {
      const text = read(value)
      // A character is one or two units of `length`, so mostly there is no need to count.
      if (text.length >= 2 * min && (max === undefined || text.length <= max)) return undefined
      const length = countCodePoints(text)
      return length >= min && (max === undefined || length <= max)
        ? undefined
        : `must have ${amount(min, max, "character")}, but has ${length}`
    },
    {
      expected: `a string of ${amount(min, max, "character")}`,
      arbitraryConstraint: max === undefined ? { minCodePoints: min } : { minCodePoints: min, maxCodePoints: max },
      "@effect-sts/core/constraint": max === undefined ? { kind: "length", min } : { kind: "length", min, max },
    },
    true,
  )

/** Effect's generator of values does not know `\p`; these are some characters of each. */
const someOf: Readonly<Record<string, string>> = {
  L: String.raw`A-Za-z\u00C0-\u00D6\u03B1-\u03C9\u4E00-\u4E1F\u{20000}-\u{2001F}`,
  N: String.raw`0-9\u0660-\u0669`,
  Z: String.raw`\u0020\u00A0\u3000`,
}

/** White space is the usual fault, cannot be seen, and gives no secret away. */
const nameOf = (character = "") =>
  character === " " ? "a space" : /[\r\n]/.test(character) ? "a line break" : character === "\t" ? "a tab" : "another"

const hasOnly = <A>(
  characters: string,
  { max, min = 0, repeat }: TextRule,
  read: (value: A) => string,
): SchemaAST.Filter<A> => {
  // Most fields of most requests are left out, and a program that assumes a role starts with all of them.
  let made: RegExp | undefined
  const whole = () => (made ??= new RegExp(`^[${characters}]*$`, "u"))
  const some = characters.replaceAll(/\\p\{(\w)\}/g, (class_, name: string) => someOf[name] ?? class_)
  return Schema.makeFilter<A>(
    (value) => {
      const string = read(value)
      if (whole().test(string)) return undefined
      const all = Array.from(string)
      const place = all.findIndex((character) => !whole().test(character))
      return `may have only the characters [${characters}], but its character ${place + 1} is ${nameOf(all[place])}`
    },
    {
      expected: `a string of the characters [${characters}]`,
      // The generator counts in UTF-16: without the length in the pattern most of its values would be too long.
      arbitraryConstraint: { patterns: [{ source: `^[${some}]{${min},${max ?? ""}}$`, flags: "u" }] },
      "@effect-sts/core/constraint": { kind: "pattern", pattern: characters, ...(repeat && { repeat }) },
    },
  )
}

const textChecks = <A>(
  rule: TextRule,
  read: (value: A) => string,
): readonly [SchemaAST.Filter<A>, ...Array<SchemaAST.Filter<A>>] => [
  hasLength(rule.min ?? 0, rule.max, read),
  ...(rule.characters === undefined ? [] : [hasOnly(rule.characters, rule, read)]),
]

/** A string with a length in Unicode scalars and, where the model has a pattern, a set of characters. */
export const text = (rule: TextRule, schema = Schema.String) =>
  schema.check(...textChecks<string>(rule, (value) => value))

/** A string that a regular expression matches, for the rules that AWS only documents. `rule` says it in words. */
export const matches = (pattern: RegExp, rule: string): SchemaAST.Filter<string> =>
  Schema.makeFilter<string>((value) => (pattern.test(value) ? undefined : `must be ${rule}`), {
    expected: rule,
    arbitraryConstraint: { patterns: [{ source: pattern.source, flags: pattern.flags }] },
  })

const isRedactedString = (value: unknown): value is Redacted.Redacted<string> =>
  Redacted.isRedacted(value) && typeof Redacted.value(value) === "string"

/**
 * A secret string: plain on the Encoded side, `Redacted` on the Type side, either in an `Operation.Input`. Unlike
 * `Schema.RedactedFromValue` it says which rule a secret breaks; it shows no more than its length.
 */
export const secret = (rule: TextRule) => {
  const plain = text(rule)
  const redacted = Schema.declare(isRedactedString, {
    expected: "a Redacted string",
    "@effect-sts/core/fromInput": (input) => (typeof input === "string" ? Redacted.make(input) : input),
    toCodecArbitrary: () =>
      Schema.link<Redacted.Redacted<string>>()(plain, {
        decode: SchemaGetter.transform((value) => Redacted.make(value)),
        encode: SchemaGetter.transform(Redacted.value),
      }),
  }).check(...textChecks<Redacted.Redacted<string>>(rule, Redacted.value))
  return Schema.String.pipe(
    Schema.decodeTo(redacted, {
      decode: SchemaGetter.transform((value: string) => Redacted.make(value)),
      encode: SchemaGetter.transform((value: Redacted.Redacted<string>) => Redacted.value(value)),
    }),
  )
}

/** A list with a number of items. */
export const hasItems = <A>(min: number, max: number): SchemaAST.Filter<ReadonlyArray<A>> =>
  Schema.makeFilter<ReadonlyArray<A>>(
    ({ length }) =>
      length >= min && length <= max ? undefined : `must have ${amount(min, max, "item")}, but has ${length}`,
    {
      expected: `a list of ${amount(min, max, "item")}`,
      arbitraryConstraint: { minLength: min, maxLength: max },
      "@effect-sts/core/constraint": { kind: "items", min, max },
    },
  )

/** A whole number in a range. */
export const integer = (min: number, max?: number) =>
  Schema.Int.check(
    Schema.makeFilter<number>(
      (value) =>
        value >= min && (max === undefined || value <= max)
          ? undefined
          : `must be ${max === undefined ? `${min} or more` : `${min} to ${max}`}, but is ${value}`,
      {
        expected: max === undefined ? `an integer of ${min} or more` : `an integer from ${min} to ${max}`,
        arbitraryConstraint: { order: Order.Number, minimum: min, ...(max === undefined ? {} : { maximum: max }) },
        "@effect-sts/core/constraint": max === undefined ? { kind: "range", min } : { kind: "range", min, max },
      },
    ),
  )

/** The durations that a caller wrote as a bare number, which Effect reads as milliseconds. */
const bareNumbers = new WeakSet<Duration.Duration>()

const isWholeSecondsBetween = (min: number, max: number): SchemaAST.Filter<Duration.Duration> =>
  Schema.makeFilter<Duration.Duration>(
    (duration) => {
      const seconds = Duration.toSeconds(duration)
      if (Number.isInteger(seconds) && seconds >= min && seconds <= max) return undefined
      const fault = `must be ${amount(min, max, "whole second")}, but is ${Duration.format(duration)}`
      const meant = Duration.toMillis(duration)
      // AWS's documents count seconds, and the two valid ranges never meet.
      return bareNumbers.has(duration) && Number.isInteger(meant) && meant > 0 && meant >= min && meant <= max
        ? `${fault}; a bare number is milliseconds, so write "${meant} seconds" if that was meant`
        : fault
    },
    {
      expected: `a Duration of ${amount(min, max, "whole second")}`,
      "@effect-sts/core/constraint": { kind: "range", min, max },
    },
  )

const readDuration = (input: unknown) => {
  // Effect reads NaN as no time at all.
  if (Number.isNaN(input)) return Option.none()
  // oxlint-disable-next-line no-unsafe-type-assertion -- it says none to whatever it cannot read
  const duration = Duration.fromInput(input as Duration.Input)
  if (typeof input === "number" && Option.isSome(duration)) bareNumbers.add(duration.value)
  return duration
}

/** A `Duration` of whole seconds in a range, on the wire an integer: the model's `DurationSeconds`. */
export const seconds = (min: number, max: number) =>
  Schema.Int.pipe(
    Schema.decodeTo(
      Schema.declare(Duration.isDuration, {
        expected: `a Duration of ${amount(min, max, "whole second")}, such as "15 minutes"`,
        "@effect-sts/core/fromInput": (input) => Option.getOrElse(readDuration(input), () => input),
        toCodecArbitrary: () =>
          Schema.link<Duration.Duration>()(integer(min, max), {
            decode: SchemaGetter.transform(Duration.seconds),
            encode: SchemaGetter.transform(Duration.toSeconds),
          }),
      }).check(isWholeSecondsBetween(min, max)),
      { decode: SchemaGetter.transform(Duration.seconds), encode: SchemaGetter.transform(Duration.toSeconds) },
    ),
  )
