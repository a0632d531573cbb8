/**
 * What is wrong with an input, field by field, without the input: it may hold secrets.
 */
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

const describe: SchemaIssue.LeafHook = (issue) => {
  switch (issue._tag) {
    case "MissingKey":
      return "is missing"
    case "UnexpectedKey": {
      const known = issue.ast._tag === "Objects" ? issue.ast.propertySignatures.map(({ name }) => String(name)) : []
      return `is no field here; ${known.length === 0 ? "there are none" : `the fields are ${known.join(", ")}`}`
    }
    default:
      return SchemaIssue.defaultLeafHook(issue)
  }
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook: describe })

/** One fault: the field it is in, as a path (`mfa.tokenCode`, `policyArns[3]`, `tags[0].Key`), and what is wrong with it. */
export const Fault = Schema.Struct({
  /** The field, as a path; the whole input where the fault is in no single field. */
  field: Schema.String,
  /** What is wrong with it, without a value that may be a secret. */
  message: Schema.String,
})
export type Fault = typeof Fault.Type

const formatPath = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>) =>
  path
    .map((segment) => (typeof segment === "object" ? segment.key : segment))
    .map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`))
    .join("")

const lowerFirst = (message: string) => message.charAt(0).toLowerCase() + message.slice(1)

/** The faults of a schema's issue; at least one. `whole` names the input where a fault is in no single field. */
export const describeIssue = (issue: SchemaIssue.Issue, whole: string): readonly [Fault, ...Array<Fault>] => {
  const [first, ...others] = format(issue).issues.map(({ message, path }) => ({
    field: path === undefined || path.length === 0 ? whole : formatPath(path),
    message: lowerFirst(message),
  }))
  return first === undefined ? [{ field: whole, message: "is not valid" }] : [first, ...others]
}
