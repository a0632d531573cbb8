/**
 * The `Condition` element: operators, set operators, `…IfExists`, and what they make of a key that is missing.
 *
 * Sources, all of the IAM User Guide: "IAM JSON policy elements: Condition operators", "Creating a condition with
 * multiple keys or values", "Single-valued vs. multivalued context keys", "IAM policy elements: Variables and tags".
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Arn from "./Arn.ts"
import * as ConditionKey from "./ConditionKey.ts"
import * as IpRange from "./IpRange.ts"
import * as Pattern from "./Pattern.ts"
import type * as RequestContext from "./RequestContext.ts"

/** How the values of an operator are read and compared. */
type Comparison =
  | "Arn"
  | "Binary"
  | "Bool"
  | "Date"
  | "Ip"
  | "Null"
  | "Numeric"
  | "Text"
  | "TextIgnoreCase"
  | "TextLike"

type Order = "<" | "<=" | "=" | ">" | ">="

interface Operator {
  readonly name: string
  readonly comparison: Comparison
  readonly negated: boolean
  readonly order: Order
}

const operator = (name: string, comparison: Comparison, order: Order = "="): Operator => ({
  name,
  comparison,
  negated: name.includes("Not"),
  order,
})

const operators: ReadonlyArray<Operator> = [
  operator("StringEquals", "Text"),
  operator("StringNotEquals", "Text"),
  operator("StringEqualsIgnoreCase", "TextIgnoreCase"),
  operator("StringNotEqualsIgnoreCase", "TextIgnoreCase"),
  operator("StringLike", "TextLike"),
  operator("StringNotLike", "TextLike"),
  operator("NumericEquals", "Numeric"),
  operator("NumericNotEquals", "Numeric"),
  operator("NumericLessThan", "Numeric", "<"),
  operator("NumericLessThanEquals", "Numeric", "<="),
  operator("NumericGreaterThan", "Numeric", ">"),
  operator("NumericGreaterThanEquals", "Numeric", ">="),
  operator("DateEquals", "Date"),
  operator("DateNotEquals", "Date"),
  operator("DateLessThan", "Date", "<"),
  operator("DateLessThanEquals", "Date", "<="),
  operator("DateGreaterThan", "Date", ">"),
  operator("DateGreaterThanEquals", "Date", ">="),
  operator("Bool", "Bool"),
  operator("BinaryEquals", "Binary"),
  operator("IpAddress", "Ip"),
  operator("NotIpAddress", "Ip"),
  operator("ArnEquals", "Arn"),
  operator("ArnLike", "Arn"),
  operator("ArnNotEquals", "Arn"),
  operator("ArnNotLike", "Arn"),
  operator("Null", "Null"),
]

const sets = [undefined, "ForAllValues", "ForAnyValue"] as const

/** An operator with its set operator and its suffix. */
interface Form {
  readonly set: (typeof sets)[number]
  readonly ifExists: boolean
  readonly operator: Operator
}

/** All that can be written for an operator. `Null` stands alone. */
const forms: ReadonlyMap<string, Form> = new Map(
  operators.flatMap((operator) =>
    sets.flatMap((set) =>
      [false, true].flatMap((ifExists): ReadonlyArray<readonly [string, Form]> => {
        if (operator.comparison === "Null" && (set !== undefined || ifExists)) return []
        const name = `${set === undefined ? "" : `${set}:`}${operator.name}${ifExists ? "IfExists" : ""}`
        return [[name, { set, ifExists, operator }]]
      }),
    ),
  ),
)

const spellings: ReadonlyMap<string, string> = new Map(Array.from(forms.keys(), (name) => [name.toLowerCase(), name]))

/** The types of key that each comparison can test; `Null` tests any. */
const comparable: { readonly [C in Exclude<Comparison, "Null">]: ReadonlyArray<ConditionKey.ValueType> } = {
  Arn: ["Arn"],
  Binary: ["String"],
  Bool: ["Bool"],
  Date: ["Date"],
  Ip: ["IpAddress"],
  Numeric: ["Numeric"],
  Text: ["Arn", "String"],
  TextIgnoreCase: ["Arn", "String"],
  TextLike: ["Arn", "String"],
}

/** Whether a value of a request is what a value of a policy describes. */
type Test = (actual: string, context: RequestContext.RequestContext) => boolean

/**
 * One test of a statement: an operator, a key, and the values of which one must match (of a negated operator, none).
 *
 * @category models
 * @since 0.1.0
 */
export interface Condition {
  /** The operator as the policy writes it, with its set operator and its `IfExists`. */
  readonly operator: string
  /** The key as the policy writes it. */
  readonly key: string
  readonly values: ReadonlyArray<string>
  readonly test: {
    readonly form: Form
    /** The key in lower case, as a context has it. */
    readonly key: string
    readonly expected: ReadonlyArray<Test>
  }
}

/**
 * What is wrong with a condition: with its operator, its key, or one of its values.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fault {
  readonly at: "key" | "operator" | { readonly value: number }
  readonly message: string
}

const isoDate =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/

/** Whether a month has so many days: `DateTime` takes February 30 for March 2. */
const hasDay = (year: number, month: number, day: number): boolean =>
  day <= new Date(Date.UTC(year, month, 0)).getUTCDate()

/** A date of ISO 8601 (W3C's subset), or seconds since 1970: four digits are a year. */
const millisOf = (text: string): number | undefined => {
  const [iso, year, month = "1", day = "1"] = isoDate.exec(text) ?? []
  if (iso === undefined) return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : undefined
  return hasDay(Number(year), Number(month), Number(day))
    ? Option.getOrUndefined(Option.map(DateTime.make(iso), DateTime.toEpochMillis))
    : undefined
}

const numberOf = (text: string): number | undefined => (/^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined)

const boolOf = (text: string): boolean | undefined => {
  const lower = text.toLowerCase()
  return lower === "true" ? true : lower === "false" ? false : undefined
}

const bytesOf = (base64: string): string | undefined =>
  Result.getOrUndefined(Result.map(Base64.decode(base64), (bytes) => bytes.toString()))

const ordered = (actual: number, order: Order, expected: number): boolean => {
  switch (order) {
    case "<":
      return actual < expected
    case "<=":
      return actual <= expected
    case "=":
      return actual === expected
    case ">":
      return actual > expected
    case ">=":
      return actual >= expected
  }
}

/** A test of values that have an order, as `read` takes them from text: what it cannot read passes no test. */
const orderedTest =
  (read: (text: string) => number | undefined, order: Order) =>
  (expected: number): Test =>
  (text) => {
    const actual = read(text)
    return actual !== undefined && ordered(actual, order, expected)
  }

const required = <A>(value: A | undefined, test: (value: A) => Test, problem: string): Result.Result<Test, string> =>
  value === undefined ? Result.fail(problem) : Result.succeed(test(value))

const readText = (text: string, wildcards: boolean, variables: boolean): Result.Result<Test, string> =>
  Result.map(
    Pattern.parse(text, { wildcards, variables }),
    (pattern): Test =>
      (actual, context) =>
        Pattern.matches(pattern, actual, context),
  )

const readArn = (text: string, variables: boolean): Result.Result<Test, string> =>
  Result.flatMap(Arn.parse(text, variables), (pattern): Result.Result<Test, string> =>
    Arn.isWhole(pattern)
      ? Result.succeed((actual, context) => Arn.matches(pattern, Arn.split(actual), context))
      : Result.fail(`"${text}" is no ARN: expected six parts, as arn:aws:iam::*:role/name; each can have wildcards`),
  )

/** Reads one value of a policy as its operator reads it. */
const read = ({ comparison, order }: Operator, text: string, variables: boolean): Result.Result<Test, string> => {
  switch (comparison) {
    case "Text":
    case "TextLike":
      return readText(text, comparison === "TextLike", variables)
    case "TextIgnoreCase":
      return Result.map(
        Pattern.parse(text, { wildcards: false, variables }),
        (pattern): Test =>
          (actual, context) =>
            Pattern.textOf(pattern, context)?.toLowerCase() === actual.toLowerCase(),
      )
    case "Arn":
      return readArn(text, variables)
    case "Numeric":
      return required(numberOf(text), orderedTest(numberOf, order), `"${text}" is no number`)
    case "Date":
      return required(
        millisOf(text),
        orderedTest(millisOf, order),
        `"${text}" is no date: expected ISO 8601, as 2026-07-13T10:00:00Z, or seconds since 1970`,
      )
    case "Bool":
    case "Null":
      return required(
        boolOf(text),
        (expected) => (actual) => boolOf(actual) === expected,
        `"${text}" is neither "true" nor "false"`,
      )
    case "Binary":
      return required(
        bytesOf(text),
        (expected) => (actual) => new TextEncoder().encode(actual).toString() === expected,
        `"${text}" is no base64`,
      )
    case "Ip":
      return required(
        IpRange.parse(text),
        (range) => (actual) => IpRange.contains(range, actual),
        `"${text}" is no IP address or range: expected one like 203.0.113.0/24 or 2001:db8::/32`,
      )
  }
}

/** The operator that a name is, or why it is none. IAM takes it in no other case. */
const readForm = (written: string): Result.Result<Form, string> => {
  const form = forms.get(written)
  if (form !== undefined) return Result.succeed(form)
  if (/^(?:For[A-Za-z]+:)?Null(?:IfExists)?$/.test(written)) {
    return Result.fail(`"${written}": Null stands alone, without a set operator and without IfExists`)
  }
  const meant = spellings.get(written.toLowerCase())
  const hint = meant === undefined ? "" : `: write "${meant}", for the names of operators have case`
  return Result.fail(`"${written}" is no condition operator${hint}`)
}

/**
 * Why a name is no operator, or `undefined` where it is one.
 *
 * @category parsing
 * @since 0.1.0
 */
export const operatorFault = (written: string): string | undefined =>
  Result.match(readForm(written), { onSuccess: () => undefined, onFailure: (fault) => fault })

/** Why an operator cannot test a key, or `undefined` where it can. */
const mismatch = (
  { operator: { comparison, name }, set }: Form,
  key: ConditionKey.ConditionKey,
): string | undefined => {
  if (comparison === "Null") return undefined
  if (!key.types.some((type) => comparable[comparison].includes(type))) {
    return `${name} cannot test "${key.name}", whose type is ${key.types.join(" or ")}`
  }
  if (key.multivalued === true && set === undefined) {
    return `"${key.name}" can have several values: write ForAllValues:${name} or ForAnyValue:${name}, for without them AWS never finds a match`
  }
  return undefined
}

/**
 * Reads one test of a `Condition` element: `{ [operator]: { [key]: values } }`.
 *
 * The name of the key is taken in any case, that of the operator is not. `variables` says whether the version of the
 * policy has policy variables; they stand only in values of string and ARN operators.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (
  written: string,
  keyName: string,
  values: ReadonlyArray<string>,
  variables: boolean,
): Result.Result<Condition, ReadonlyArray<Fault>> => {
  const form = readForm(written)
  if (Result.isFailure(form)) return Result.fail([{ at: "operator", message: form.failure }])
  const key = ConditionKey.parse(keyName)
  if (Result.isFailure(key)) return Result.fail([{ at: "key", message: key.failure }])
  const problem = mismatch(form.success, key.success)
  if (problem !== undefined) return Result.fail([{ at: "key", message: problem }])

  const faults: Array<Fault> = []
  const expected: Array<Test> = []
  values.forEach((value, index) => {
    const result = read(form.success.operator, value, variables)
    if (Result.isSuccess(result)) expected.push(result.success)
    else faults.push({ at: { value: index }, message: result.failure })
  })
  if (faults.length > 0) return Result.fail(faults)
  return Result.succeed({
    operator: written,
    key: keyName,
    values,
    test: { form: form.success, key: keyName.toLowerCase(), expected },
  })
}

/** Whether one value of a request satisfies the operator: of a negated one, no value of the policy may match it. */
const satisfies = ({ test }: Condition, actual: string, context: RequestContext.RequestContext): boolean =>
  test.expected.some((matches) => matches(actual, context)) !== test.form.operator.negated

/**
 * Whether a condition holds for a request.
 *
 * A key that is missing fails a test, but for a negated operator, for `…IfExists`, and for `ForAllValues`, which is
 * true of no values at all. `ForAnyValue` is false then, also when negated or with `IfExists`. For the set operators and
 * for `Null`, nothing but empty strings is as good as no value.
 *
 * @category evaluating
 * @since 0.1.0
 */
export const holds = (condition: Condition, context: RequestContext.RequestContext): boolean => {
  const { ifExists, operator, set } = condition.test.form
  const actual = context.get(condition.test.key)
  if (operator.comparison !== "Null" && set === undefined) {
    if (actual === undefined) return ifExists || operator.negated
    const [only, ...others] = actual
    return only !== undefined && others.length === 0 && satisfies(condition, only, context)
  }
  const values = actual?.some((value) => value !== "") === true ? actual : []
  if (operator.comparison === "Null") return satisfies(condition, String(values.length === 0), context)
  return set === "ForAllValues"
    ? values.every((value) => satisfies(condition, value, context))
    : values.some((value) => satisfies(condition, value, context))
}

/**
 * Whether a condition makes a statement depend on who the caller is, by its ARN: a test of `aws:PrincipalArn` that
 * does not hold for one who is not named. AWS then takes `"Principal": "*"` as naming those directly.
 *
 * @category getters
 * @since 0.1.0
 */
export const namesPrincipal = ({ test: { form, key } }: Condition): boolean =>
  key === "aws:principalarn" &&
  !form.operator.negated &&
  !form.ifExists &&
  form.set !== "ForAllValues" &&
  form.operator.comparison !== "Null"
