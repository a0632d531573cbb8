/**
 * What is wrong with the parameters of a request, in STS's own words. The rules are read off the operation's schema: its
 * wire side says what there is and what is required, the checks along the way carry the limits.
 *
 * Lengths count Unicode scalars. STS does not keep an order between the rules of one parameter; here it is length, then
 * pattern.
 */
import * as Constraint from "@effect-sts/core/Constraint"
import type * as Operation from "@effect-sts/core/Operation"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

type Rule =
  | { readonly kind: "scalar"; readonly limits: ReadonlyArray<Constraint.Constraint>; readonly isSecret: boolean }
  | { readonly kind: "list"; readonly limits: ReadonlyArray<Constraint.Constraint>; readonly item: Rule }
  | { readonly kind: "structure"; readonly members: ReadonlyArray<Member> }

interface Member {
  /** AWS's own: `DurationSeconds`. */
  readonly name: string
  readonly rule: Rule
  readonly isRequired: boolean
}

/** What a schema decodes from, last link first; the schema itself where it transforms nothing. */
const wireOf = (ast: SchemaAST.AST): SchemaAST.AST => ast.encoding?.at(-1)?.to ?? ast

/** Whether what comes out of any string is `Redacted`. */
const isSecret = (ast: SchemaAST.AST): boolean => {
  const decode = Schema.decodeUnknownResult(Schema.make<Schema.ConstraintDecoder<unknown>>(ast), {
    disableChecks: true,
  })
  return Result.match(decode(""), { onSuccess: Redacted.isRedacted, onFailure: () => false })
}

const ruleOf = (ast: SchemaAST.AST): Rule => {
  const wire = wireOf(ast)
  if (SchemaAST.isObjects(ast)) return { kind: "structure", members: membersOf(ast) }
  // Tags: an object of our own making, a list to AWS.
  if (SchemaAST.isArrays(wire)) {
    const [item] = SchemaAST.isArrays(ast) ? ast.rest : wire.rest
    const limits = Constraint.on(SchemaAST.isArrays(ast) ? ast : wire)
    return { kind: "list", limits, item: item === undefined ? { kind: "structure", members: [] } : ruleOf(item) }
  }
  const scalar: Rule = { kind: "scalar", limits: Constraint.on(ast), isSecret: isSecret(ast) }
  // A policy's ARN: a string to us, to AWS a structure with nothing else in it.
  return SchemaAST.isObjects(wire)
    ? {
        kind: "structure",
        members: wire.propertySignatures.map(({ name }) => ({ name: String(name), rule: scalar, isRequired: true })),
      }
    : scalar
}

/**
 * The members of a structure. On the wire they have AWS's names, in the same order; what is a structure here may have its
 * members flat in their midst, as `mfa` has.
 */
const membersOf = (ast: SchemaAST.Objects): ReadonlyArray<Member> => {
  const wire = wireOf(ast)
  if (!SchemaAST.isObjects(wire)) return []
  const onWire = new Map(wire.propertySignatures.map(({ name, type }) => [String(name), type]))
  const names = Array.from(onWire.keys())
  let next = 0
  return ast.propertySignatures.flatMap(({ type }) => {
    const rule = ruleOf(type)
    const isFlat = rule.kind === "structure" && rule.members[0]?.name === names[next]
    const members = isFlat ? rule.members : [{ name: names[next] ?? "", rule }]
    next += members.length
    return members.map(({ name, rule }) => memberOf(name, rule, onWire.get(name)))
  })
}

const memberOf = (name: string, rule: Rule, wire: SchemaAST.AST | undefined): Member => ({
  name,
  rule,
  isRequired: wire !== undefined && !SchemaAST.isOptional(wire),
})

const countCodePoints = (text: string): number => {
  let count = 0
  for (const _ of text) count++
  return count
}

const outside = (
  size: number,
  what: "length" | "value",
  { max, min }: Constraint.Constraint,
): ReadonlyArray<string> => [
  ...(min !== undefined && size < min ? [`Member must have ${what} greater than or equal to ${min}`] : []),
  ...(max !== undefined && size > max ? [`Member must have ${what} less than or equal to ${max}`] : []),
]

/** The pattern as the model spells it, which is no valid one in JavaScript. */
const quoted = ({ pattern = "", repeat = "*" }: Constraint.Constraint): string =>
  `[${pattern.replaceAll(/\\u\{(\w+)\}/g, String.raw`\u$1`).replace(/\\-$/, "-")}]${repeat}`

const expressions = new WeakMap<Constraint.Constraint, RegExp>()

const expressionOf = (limits: Constraint.Constraint): RegExp => {
  const known = expressions.get(limits)
  if (known !== undefined) return known
  const { pattern = "", repeat = "*" } = limits
  const expression = new RegExp(`^[${pattern}]${repeat}$`, "u")
  expressions.set(limits, expression)
  return expression
}

const matches = (limits: Constraint.Constraint, text: string): boolean => expressionOf(limits).test(text)

/** The clauses that a value breaks. One of another type than it should be breaks none: that is for the schema to say. */
const brokenBy =
  (value: unknown) =>
  (limits: Constraint.Constraint): ReadonlyArray<string> => {
    switch (limits.kind) {
      case "length":
        return Predicate.isString(value) ? outside(countCodePoints(value), "length", limits) : []
      case "pattern":
        return Predicate.isString(value) && !matches(limits, value)
          ? [`Member must satisfy regular expression pattern: ${quoted(limits)}`]
          : []
      case "items":
        return Array.isArray(value) ? outside(value.length, "length", limits) : []
      case "range":
        return Number.isInteger(value) ? outside(Number(value), "value", limits) : []
    }
  }

const clausesOf = ({ kind, max, min, ...limits }: Constraint.Constraint): ReadonlyArray<string> =>
  kind === "pattern"
    ? [`Member must satisfy regular expression pattern: ${quoted({ kind, ...limits })}`]
    : [
        ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
        ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
      ]

const fault = (path: string, value: string | undefined, clause: string): string =>
  `Value ${value === undefined ? "" : `'${value}' `}at '${path}' failed to satisfy constraint: ${clause}`

const isScalar = (value: unknown) => Predicate.isString(value) || Predicate.isNumber(value)

const listFaults = (
  path: string,
  items: ReadonlyArray<unknown>,
  limits: ReadonlyArray<Constraint.Constraint>,
  item: Rule,
) => {
  // Of a list of structures STS gives what Java makes of them, which nobody here knows.
  const value = items.every(isScalar) ? `[${items.join(", ")}]` : undefined
  const own = limits.flatMap(brokenBy(items)).map((clause) => fault(path, value, clause))
  if (item.kind !== "scalar") {
    return [...own, ...items.flatMap((each, index) => faultsOf(item, `${path}.${index + 1}.member`, each))]
  }
  // About the strings in a list STS says all their rules, whichever of them is broken.
  const areBroken = items.some((each) => item.limits.some((limits) => brokenBy(each)(limits).length > 0))
  const clause = `Member must satisfy constraint: [${item.limits.flatMap(clausesOf).join(", ")}]`
  return [...own, ...(areBroken ? [fault(path, value, clause)] : [])]
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const faultsOf = (rule: Rule, path: string, value: unknown): ReadonlyArray<string> => {
  switch (rule.kind) {
    case "scalar":
      return rule.limits
        .flatMap(brokenBy(value))
        .map((clause) => fault(path, rule.isSecret ? undefined : String(value), clause))
    case "list":
      return Array.isArray(value) ? listFaults(path, value, rule.limits, rule.item) : []
    case "structure":
      return memberFaults(rule.members, path, value)
  }
}

const memberFaults = (members: ReadonlyArray<Member>, path: string, value: unknown): ReadonlyArray<string> => {
  const faults: Array<string> = []
  for (const { isRequired, name, rule } of members) {
    const member = Predicate.hasProperty(value, name) ? value[name] : undefined
    if (member === undefined && !isRequired) continue
    const inner = path === "" ? lowerFirst(name) : `${path}.${lowerFirst(name)}`
    if (member === undefined) {
      faults.push(`Value null at '${inner}' failed to satisfy constraint: Member must not be null`)
    } else {
      faults.push(...faultsOf(rule, inner, member))
    }
  }
  return faults
}

/** STS's sentence about all that is wrong. */
export const sentence = (faults: ReadonlyArray<string>): string =>
  `${faults.length === 1 ? "1 validation error" : `${faults.length} validation errors`} detected: ${faults.join("; ")}`

const rules = new WeakMap<Operation.Any, Rule>()

const ruleOfRequest = (operation: Operation.Any): Rule => {
  const known = rules.get(operation)
  if (known !== undefined) return known
  const rule = ruleOf(operation.request.ast)
  rules.set(operation, rule)
  return rule
}

/** What may be shown of a value: none, where it is a secret, or another thing than it should be. */
const shown = (rule: Rule, value: unknown): unknown => {
  switch (rule.kind) {
    case "scalar":
      return isScalar(value) && !rule.isSecret ? value : undefined
    case "list":
      return Array.isArray(value) ? value.map((item) => shown(rule.item, item)) : undefined
    case "structure":
      return shownMembers(rule.members, value)
  }
}

const shownMembers = (members: ReadonlyArray<Member>, value: unknown): { readonly [name: string]: unknown } => {
  const found: Record<string, unknown> = {}
  for (const { name, rule } of members) {
    const member = Predicate.hasProperty(value, name) ? shown(rule, value[name]) : undefined
    if (member !== undefined) found[name] = member
  }
  return found
}

/** The parameters of a request in AWS's own names, as they were given. Secrets are left out, and what no operation has. */
export const parametersOf = (operation: Operation.Any, request: unknown): { readonly [name: string]: unknown } => {
  const rule = ruleOfRequest(operation)
  return rule.kind === "structure" ? shownMembers(rule.members, request) : {}
}

/**
 * Finds what is wrong with a request in AWS's own names: none, where STS would have nothing to say. Secrets are not
 * quoted. A rule that no sentence of STS is known for is left to the schema.
 */
export const make = (operation: Operation.Any): ((request: unknown) => ReadonlyArray<string>) => {
  const rule = ruleOfRequest(operation)
  return (request) => faultsOf(rule, "", request)
}
