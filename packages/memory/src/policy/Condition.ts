/**
 * The `Condition` element: operators, set operators, `…IfExists`, and what they make of a key that is missing.
 *
 * Sources, all of the IAM User Guide: "IAM JSON policy elements: Condition operators", "Creating a condition with
 * multiple keys or values", "IAM policy elements: Variables and tags".
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as ConditionKey from "./ConditionKey.ts"
import * as IpRange from "./IpRange.ts"
import * as Pattern from "./Pattern.ts"
import * as RequestContext from "./RequestContext.ts"

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

const operators: ReadonlyMap<string, Operator> = new Map(
  [
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
  ].map((operator) => [operator.name.toLowerCase(), operator]),
)

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

/** A value of a policy, read as its operator reads it. */
type Expected =
  | { readonly _tag: "Text"; readonly pattern: Pattern.Pattern }
  | { readonly _tag: "TextIgnoreCase"; readonly pattern: Pattern.Pattern }
  | { readonly _tag: "Arn"; readonly pieces: ReadonlyArray<Pattern.Pattern> }
  | { readonly _tag: "Numeric"; readonly number: number }
  | { readonly _tag: "Date"; readonly millis: number }
  | { readonly _tag: "Bool"; readonly bool: boolean }
  | { readonly _tag: "Binary"; readonly bytes: string }
  | { readonly _tag: "Ip"; readonly range: IpRange.IpRange }

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
    readonly set: "ForAllValues" | "ForAnyValue" | undefined
    readonly ifExists: boolean
    readonly operator: Operator
    readonly expected: ReadonlyArray<Expected>
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

const isoDate = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/

/** A date of ISO 8601 (W3C's subset), or seconds since 1970: four digits are a year. */
const millisOf = (text: string): number | undefined => {
  if (isoDate.test(text)) return Option.getOrUndefined(Option.map(DateTime.make(text), DateTime.toEpochMillis))
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : undefined
}

const numberOf = (text: string): number | undefined => (/^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined)

const boolOf = (text: string): boolean | undefined => {
  const lower = text.toLowerCase()
  return lower === "true" ? true : lower === "false" ? false : undefined
}

const bytesOf = (base64: string): string | undefined =>
  Result.getOrUndefined(Result.map(Base64.decode(base64), (bytes) => bytes.toString()))

const arnPieces = 6

const readArn = (text: string, variables: boolean): Result.Result<Expected, string> =>
  Result.flatMap(Pattern.parse(text, { wildcards: true, variables }), (pattern): Result.Result<Expected, string> => {
    const pieces = Pattern.splitAtColons(pattern, arnPieces)
    return pieces.length === arnPieces
      ? Result.succeed({ _tag: "Arn", pieces })
      : Result.fail(`"${text}" is no ARN: expected six parts, as arn:aws:iam::*:role/name; each can have wildcards`)
  })

const required = <A>(
  value: A | undefined,
  make: (value: A) => Expected,
  problem: string,
): Result.Result<Expected, string> => (value === undefined ? Result.fail(problem) : Result.succeed(make(value)))

const read = (comparison: Comparison, text: string, variables: boolean): Result.Result<Expected, string> => {
  switch (comparison) {
    case "Text":
    case "TextLike":
      return Result.map(Pattern.parse(text, { wildcards: comparison === "TextLike", variables }), (pattern) => ({
        _tag: "Text",
        pattern,
      }))
    case "TextIgnoreCase":
      return Result.map(Pattern.parse(text, { wildcards: false, variables }), (pattern) => ({
        _tag: "TextIgnoreCase",
        pattern,
      }))
    case "Arn":
      return readArn(text, variables)
    case "Numeric":
      return required(numberOf(text), (number) => ({ _tag: "Numeric", number }), `"${text}" is no number`)
    case "Date":
      return required(
        millisOf(text),
        (millis) => ({ _tag: "Date", millis }),
        `"${text}" is no date: expected ISO 8601, as 2026-07-13T10:00:00Z, or seconds since 1970`,
      )
    case "Bool":
    case "Null":
      return required(boolOf(text), (bool) => ({ _tag: "Bool", bool }), `"${text}" is neither "true" nor "false"`)
    case "Binary":
      return required(bytesOf(text), (bytes) => ({ _tag: "Binary", bytes }), `"${text}" is no base64`)
    case "Ip":
      return required(
        IpRange.parse(text),
        (range) => ({ _tag: "Ip", range }),
        `"${text}" is no IP address or range: expected one like 203.0.113.0/24 or 2001:db8::/32`,
      )
  }
}

const shape = /^(?:(ForAllValues|ForAnyValue):)?([a-z]+?)(IfExists)?$/i

type Form = Pick<Condition["test"], "ifExists" | "operator" | "set">

/** The operator that a name is, with its set operator and its suffix, or why it is none. */
const readOperator = (written: string): Result.Result<Form, string> => {
  const [, setName, base, suffix] = shape.exec(written) ?? []
  const operator = base === undefined ? undefined : operators.get(base.toLowerCase())
  if (operator === undefined) return Result.fail(`"${written}" is no condition operator`)
  if (operator.comparison === "Null" && (setName !== undefined || suffix !== undefined)) {
    return Result.fail(`"${written}": Null stands alone, without a set operator and without IfExists`)
  }
  const set =
    setName === undefined ? undefined : setName.toLowerCase() === "forallvalues" ? "ForAllValues" : "ForAnyValue"
  return Result.succeed({ set, ifExists: suffix !== undefined, operator })
}

/**
 * Why a name is no operator, or `undefined` where it is one.
 *
 * @category parsing
 * @since 0.1.0
 */
export const operatorFault = (written: string): string | undefined =>
  Result.match(readOperator(written), { onSuccess: () => undefined, onFailure: (fault) => fault })

/** Why an operator cannot test a key, or `undefined` where it can. */
const mismatch = (
  set: Condition["test"]["set"],
  { comparison, name }: Operator,
  key: ConditionKey.ConditionKey,
): string | undefined => {
  if (comparison === "Null") return undefined
  if (!key.types.some((type) => comparable[comparison].includes(type))) {
    return `${name} cannot test "${key.name}", whose type is ${key.types.join(" or ")}`
  }
  if (key.multivalued && set === undefined) {
    return `"${key.name}" can have several values: write ForAllValues:${name} or ForAnyValue:${name}, for without them AWS never finds a match`
  }
  return undefined
}

/**
 * Reads one test of a `Condition` element: `{ [operator]: { [key]: values } }`.
 *
 * The names of operators and keys are taken in any case. `variables` says whether the version of the policy has policy
 * variables; they stand only in values of string and ARN operators.
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
  const form = readOperator(written)
  if (Result.isFailure(form)) return Result.fail([{ at: "operator", message: form.failure }])
  const { operator, set } = form.success
  const key = ConditionKey.lookup(keyName)
  if (key === undefined) return Result.fail([{ at: "key", message: `"${keyName}" is not a known condition key` }])
  const problem = mismatch(set, operator, key)
  if (problem !== undefined) return Result.fail([{ at: "key", message: problem }])

  const faults: Array<Fault> = []
  const expected: Array<Expected> = []
  values.forEach((value, index) => {
    const result = read(operator.comparison, value, variables)
    if (Result.isSuccess(result)) expected.push(result.success)
    else faults.push({ at: { value: index }, message: result.failure })
  })
  if (faults.length > 0) return Result.fail(faults)
  return Result.succeed({ operator: written, key: keyName, values, test: { ...form.success, expected } })
}

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

/** Cuts an ARN into its six parts: the last one keeps its colons. */
const splitArn = (arn: string): ReadonlyArray<string> | undefined => {
  const [head, partition, service, region, account, ...resource] = arn.split(":")
  if (head === undefined || partition === undefined || service === undefined) return undefined
  if (region === undefined || account === undefined || resource.length === 0) return undefined
  return [head, partition, service, region, account, resource.join(":")]
}

const matchesOne = (
  expected: Expected,
  actual: string,
  order: Order,
  context: RequestContext.RequestContext,
): boolean => {
  switch (expected._tag) {
    case "Text":
      return Pattern.matches(expected.pattern, actual, context)
    case "TextIgnoreCase":
      return Pattern.matchesIgnoringCase(expected.pattern, actual, context)
    case "Arn": {
      const pieces = splitArn(actual)
      return (
        pieces !== undefined &&
        expected.pieces.every((piece, index) => Pattern.matches(piece, pieces[index] ?? "", context))
      )
    }
    case "Numeric": {
      const number = numberOf(actual)
      return number !== undefined && ordered(number, order, expected.number)
    }
    case "Date": {
      const millis = millisOf(actual)
      return millis !== undefined && ordered(millis, order, expected.millis)
    }
    case "Bool":
      return boolOf(actual) === expected.bool
    case "Binary":
      return new TextEncoder().encode(actual).toString() === expected.bytes
    case "Ip":
      return IpRange.contains(expected.range, actual)
  }
}

/** Whether one value of a request satisfies the operator: of a negated one, no value of the policy may match it. */
const satisfies = ({ test }: Condition, actual: string, context: RequestContext.RequestContext): boolean =>
  test.expected.some((expected) => matchesOne(expected, actual, test.operator.order, context)) !== test.operator.negated

/**
 * Whether a condition holds for a request.
 *
 * A key that is missing fails a test, but for a negated operator, for `…IfExists`, and for `ForAllValues`, which is
 * true of no values at all. `ForAnyValue` is false then, also when negated or with `IfExists`. A list of nothing but
 * empty strings counts as no values for the set operators.
 *
 * @category evaluating
 * @since 0.1.0
 */
export const holds = (condition: Condition, context: RequestContext.RequestContext): boolean => {
  const { test } = condition
  const actual = RequestContext.get(context, condition.key)
  if (test.operator.comparison === "Null") {
    const absent = actual === undefined
    return test.expected.some((expected) => expected._tag === "Bool" && expected.bool === absent)
  }
  if (test.set === undefined) {
    if (actual === undefined) return test.ifExists || test.operator.negated
    const [only, ...others] = actual
    return only !== undefined && others.length === 0 && satisfies(condition, only, context)
  }
  const values = actual?.some((value) => value !== "") === true ? actual : []
  return test.set === "ForAllValues"
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
export const namesPrincipal = ({ key, test }: Condition): boolean =>
  key.toLowerCase() === "aws:principalarn" &&
  !test.operator.negated &&
  !test.ifExists &&
  test.set !== "ForAllValues" &&
  test.operator.comparison !== "Null"
