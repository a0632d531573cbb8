/**
 * Policy documents of the IAM policy language, read strictly. A document becomes a `Policy`, which `Authorization`
 * decides with; what the evaluator does not understand, or what IAM would refuse to store, is an error that points into
 * the document, never an allow.
 *
 * There is a schema for each place where a policy can stand: `identity` (of a user or a role), `session` (passed when a
 * session is made), `trust` (of a role) and `resource` (of other resources). Each decodes a document, as IAM's JSON
 * has it, and encodes to the same document.
 *
 * **What is supported**
 *
 * | element | in | what |
 * |---|---|---|
 * | `Version` | all | `2012-10-17`; `2008-10-17`, or none, in which `${` is text |
 * | `Id` | trust, resource | any text |
 * | `Sid` | all | letters and digits (any text in `resource`), once in a document |
 * | `Effect` | all | `Allow`, `Deny` |
 * | `Principal` | trust, resource | `*`, `AWS`, `Service`, `Federated`, `CanonicalUser` (`resource` only), each named whole |
 * | `NotPrincipal` | resource | with `Deny` |
 * | `Action` | all | `*`, or `service:Name` with wildcards in the name, in any case; of a role those of `sts:` about roles |
 * | `NotAction` | but trust | as `Action` |
 * | `Resource`, `NotResource` | but trust | `*`, or ARNs with wildcards, and with variables in their sixth part |
 * | `Condition` | all | all operators of the guide, with `ForAllValues:`, `ForAnyValue:` and `IfExists`: see `Condition` |
 *
 * Policy variables, with defaults, stand in resources and in the values of string and ARN operators: see `Pattern`. All
 * keys of `aws:`, `sts:`, `iam:` and `saml:` and the claims of identity providers are known: see `ConditionKey`. Keys of
 * other services load in every policy and are absent from requests to STS.
 *
 * **What does not load**, besides an element, an operator or a key that is not known, or stands where it cannot:
 *
 * - a name of an operator in other case than AWS's, and a key twice under one operator;
 * - an operator on a key of another type, as `StringEquals` on `aws:SourceIp`, and one without a set operator on a key
 *   that is always a list: IAM stores those, and never finds a match;
 * - a value that its operator cannot read: a date that is none, a number with letters, an ARN without its six parts;
 * - a variable that is not closed, names no key or a list, or has a default without quotes;
 * - a principal with a wildcard in it, and one written as a unique id (`AIDA…`, `AROA…`);
 * - an ARN of an unknown partition, with a wildcard for its service, or of a kind of resource that IAM does not have;
 * - empty lists.
 *
 * Not checked: the size of a document, whether an action or a service exists, and whether an action goes with a resource
 * or a principal. Permissions boundaries and the policies of organizations are not simulated.
 *
 * Sources, all of the IAM User Guide: "Grammar of the IAM JSON policy language", "IAM JSON policy elements reference",
 * "IAM policy validation check reference".
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as Arn from "./Arn.ts"
import * as Condition from "./Condition.ts"
import * as Pattern from "./Pattern.ts"
import * as Principal from "./Principal.ts"
import * as RequestContext from "./RequestContext.ts"

const oneOrMore = <S extends Schema.Top>(item: S, expected: string) =>
  Schema.Union([item, Schema.Array(item).check(Schema.isMinLength(1, { message: "is an empty list" }))]).annotate({
    message: `expected ${expected}, or a list of them`,
  })

const strings = oneOrMore(Schema.String, "a string")

const only = (place: string, names: ReadonlyArray<string>) => ({
  messageUnexpectedKey: `is no element of ${place}; the elements are ${names.join(", ")}`,
})

const principalFields = {
  /** Principals of AWS: ARNs, or accounts by their 12 digits; `*` is everybody. */
  AWS: Schema.optionalKey(strings),
  /** Services of AWS: `lambda.amazonaws.com`. */
  Service: Schema.optionalKey(strings),
  /** Identity providers: the ARN of one in IAM, or the name of one that AWS knows, as `accounts.google.com`. */
  Federated: Schema.optionalKey(strings),
  /** Accounts by their canonical user id, as S3 has them. */
  CanonicalUser: Schema.optionalKey(strings),
}

const principals = Schema.Union([
  Schema.Literal("*"),
  Schema.Struct(principalFields).annotate(only("a principal", Object.keys(principalFields))),
]).annotate({ message: `expected "*", or an object of AWS, Service, Federated, CanonicalUser` })

const conditionValues = oneOrMore(
  Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]).annotate({
    message: "expected a string, a number or a boolean",
  }),
  "a string, a number or a boolean",
)

const statementFields = {
  /** A name for the statement. */
  Sid: Schema.optionalKey(Schema.String),
  /** What it does where all of it matches: `Allow`, or `Deny`, which wins. */
  Effect: Schema.Literals(["Allow", "Deny"]).annotate({ message: `expected "Allow" or "Deny"` }),
  /** Who it is about, in a trust policy or that of a resource. */
  Principal: Schema.optionalKey(principals),
  /** All but these. */
  NotPrincipal: Schema.optionalKey(principals),
  /** The actions it is about, with wildcards: `sts:AssumeRole`, `s3:Get*`. */
  Action: Schema.optionalKey(strings),
  /** All actions but these. */
  NotAction: Schema.optionalKey(strings),
  /** The resources it is about: ARNs with wildcards, or `*`. */
  Resource: Schema.optionalKey(strings),
  /** All resources but these. */
  NotResource: Schema.optionalKey(strings),
  /** What must hold besides: operator, condition key, values. `{ Bool: { "aws:MultiFactorAuthPresent": "true" } }` */
  Condition: Schema.optionalKey(Schema.Record(Schema.String, Schema.Record(Schema.String, conditionValues))),
}

const StatementDocument = Schema.Struct(statementFields).annotate(only("a statement", Object.keys(statementFields)))

const documentFields = {
  /** The version of the policy language: `2012-10-17` has variables, `2008-10-17`, the default, has none. */
  Version: Schema.optionalKey(
    Schema.Literals(["2012-10-17", "2008-10-17"]).annotate({ message: `expected "2012-10-17" or "2008-10-17"` }),
  ),
  /** A name for the policy. */
  Id: Schema.optionalKey(Schema.String),
  /** One statement, or several. */
  Statement: oneOrMore(StatementDocument, "a statement"),
}

const PolicyDocument = Schema.Struct(documentFields).annotate(only("a policy", Object.keys(documentFields)))

/**
 * A policy document, as it is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface Document extends Schema.Schema.Type<typeof PolicyDocument> {}

/**
 * A statement of a document, as it is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface StatementDocument extends Schema.Schema.Type<typeof StatementDocument> {}

/**
 * Where a policy stands, which decides what may be written in it.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "identity" | "resource" | "session" | "trust"

/**
 * An element with its negation: `Action` or `NotAction`, and so on.
 *
 * @category models
 * @since 0.1.0
 */
export interface Element<A> {
  readonly negated: boolean
  readonly items: ReadonlyArray<A>
}

/**
 * A resource of a statement: everything (`*`), or the six parts of an ARN, each with wildcards and variables.
 *
 * @category models
 * @since 0.1.0
 */
export type Resource = { readonly _tag: "Everything" } | { readonly _tag: "Arn"; readonly pattern: Arn.ArnPattern }

/**
 * A statement that has been read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Statement {
  /** Its place in the document, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: "Allow" | "Deny"
  /** Only in the policy of a resource or a role. */
  readonly principal: Element<Principal.Principal> | undefined
  /** In lower case: AWS takes no notice of case in the names of actions. */
  readonly action: Element<Pattern.Pattern>
  /** Not in the trust policy of a role, which speaks of that role. */
  readonly resource: Element<Resource> | undefined
  readonly conditions: ReadonlyArray<Condition.Condition>
}

const TypeId: unique symbol = Symbol.for("@effect-sts/memory/policy/Policy")

/**
 * A policy that has been read, with the document that it came from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Policy {
  readonly [TypeId]: typeof TypeId
  readonly kind: Kind
  readonly statements: ReadonlyArray<Statement>
  readonly document: Document
}

/**
 * Whether a value is a policy that has been read.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPolicy = (u: unknown): u is Policy => Predicate.hasProperty(u, TypeId)

/**
 * Something wrong with a document, and where.
 *
 * @category errors
 * @since 0.1.0
 */
export interface Fault {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

/** Collects the faults of a document while it is read. */
type Report = (path: ReadonlyArray<PropertyKey>, message: string) => void

/** The path of an item that can stand alone or in a list. */
const itemPath = (path: ReadonlyArray<PropertyKey>, value: unknown, index: number): ReadonlyArray<PropertyKey> =>
  Array.isArray(value) ? [...path, index] : path

/** The actions that a trust policy can speak of. */
const trustActions: ReadonlyArray<string> = [
  "sts:assumerole",
  "sts:assumerolewithsaml",
  "sts:assumerolewithwebidentity",
  "sts:setcontext",
  "sts:setsourceidentity",
  "sts:tagsession",
]

const actionShape = /^(?:\*|\*:\*|[a-z0-9-]+:[a-z0-9*?-]+)$/

const readAction = (kind: Kind, text: string): Result.Result<Pattern.Pattern, string> => {
  const lower = text.toLowerCase()
  if (!actionShape.test(lower)) {
    return Result.fail(
      `"${text}" is no action: expected "*" or service:Name, as sts:AssumeRole; the name can have wildcards`,
    )
  }
  return Result.flatMap(Pattern.parse(lower, { wildcards: true, variables: false }), (pattern) =>
    kind !== "trust" ||
    (lower.startsWith("sts:") && trustActions.some((action) => Pattern.matches(pattern, action, RequestContext.empty)))
      ? Result.succeed(pattern)
      : Result.fail(
          `"${text}": a trust policy may only specify the STS AssumeRole actions, TagSession, SetSourceIdentity and SetContext`,
        ),
  )
}

/** What a resource of IAM can be, as in `role/name`. */
const iamResources: ReadonlySet<string> = new Set([
  "access-report",
  "assumed-role",
  "contextProvider",
  "delegation-request",
  "federated-user",
  "group",
  "instance-profile",
  "mfa",
  "oidc-provider",
  "policy",
  "report",
  "role",
  "role-template",
  "saml-provider",
  "server-certificate",
  "sms-mfa",
  "user",
])

const isIamResource = (resource: string): boolean =>
  resource === "*" || resource === "root" || iamResources.has(resource.slice(0, Math.max(resource.indexOf("/"), 0)))

/** Why IAM would not store an ARN as a resource, or `undefined` where it would. */
const resourceFault = (text: string): string | undefined => {
  const [, partition = "", service = "", region, , resource] = Arn.split(text)
  if (partition !== "*" && !/^aws(?:-[a-z-]+)?$/.test(partition)) return `"${partition}" is no partition`
  if (!/^[a-z0-9-]+$/i.test(service)) return "the service must be named, without wildcards"
  if (resource === undefined) {
    return Arn.split(text).includes("") ? "an ARN that stops early has no empty parts" : undefined
  }
  if (service !== "iam") return undefined
  if (region !== "" && region !== "*") return "IAM has no regions"
  return isIamResource(resource)
    ? undefined
    : `"${resource}" is no resource of IAM: expected one like role/name, or "*"`
}

/** An ARN that stops early is completed with `*`: "IAM JSON policy elements: Resource", on incomplete ARNs. */
const readResource = (text: string, variables: boolean): Result.Result<Resource, string> => {
  if (text === "*") return Result.succeed({ _tag: "Everything" })
  if (!text.startsWith("arn:"))
    return Result.fail(`"${text}" is no resource: expected "*" or an ARN, which can have wildcards`)
  return Result.flatMap(Arn.parse(text, variables), (pattern): Result.Result<Resource, string> => {
    if (pattern.pieces.slice(0, 5).some(Pattern.hasVariable)) {
      return Result.fail(`"${text}" has a policy variable before the fifth colon, where AWS allows none`)
    }
    const fault = resourceFault(text)
    return fault === undefined
      ? Result.succeed({ _tag: "Arn", pattern: Arn.complete(pattern) })
      : Result.fail(`"${text}": ${fault}`)
  })
}

/** Reads each item of an element that is one string or a list of strings. */
const readItems = <A>(
  value: string | ReadonlyArray<string>,
  path: ReadonlyArray<PropertyKey>,
  report: Report,
  readItem: (text: string) => Result.Result<A, string>,
): ReadonlyArray<A> => {
  const items: Array<A> = []
  Arr.ensure(value).forEach((text, index) => {
    const item = readItem(text)
    if (Result.isSuccess(item)) items.push(item.success)
    else report(itemPath(path, value, index), item.failure)
  })
  return items
}

type ElementName = "Action" | "Resource"

/** Reads `Action` or `NotAction`, `Resource` or `NotResource`: one of the two, and not both. */
const readElement = <A>(
  statement: StatementDocument,
  name: ElementName,
  path: ReadonlyArray<PropertyKey>,
  report: Report,
  readItem: (text: string) => Result.Result<A, string>,
): Element<A> => {
  const plain = statement[name]
  const negated = statement[`Not${name}`]
  if (plain !== undefined && negated !== undefined) report(path, `has both ${name} and Not${name}`)
  if (plain !== undefined) return { negated: false, items: readItems(plain, [...path, name], report, readItem) }
  if (negated !== undefined)
    return { negated: true, items: readItems(negated, [...path, `Not${name}`], report, readItem) }
  report(path, `has neither ${name} nor Not${name}`)
  return { negated: false, items: [] }
}

const policyOf = (kind: "identity" | "session"): string =>
  kind === "identity" ? "an identity policy" : "a session policy"

const principalKinds: ReadonlyArray<Principal.Kind> = ["AWS", "Service", "Federated", "CanonicalUser"]

const readPrincipals = (
  value: NonNullable<StatementDocument["Principal"]>,
  path: ReadonlyArray<PropertyKey>,
  kind: Kind,
  report: Report,
): ReadonlyArray<Principal.Principal> => {
  if (value === "*") return [{ _tag: "Everyone" }]
  const principals = principalKinds.flatMap((type) => {
    const texts = value[type]
    if (texts === undefined) return []
    if (type === "CanonicalUser" && kind === "trust") report([...path, type], "cannot stand in a trust policy")
    return readItems(texts, [...path, type], report, (text) => Principal.parse(type, text))
  })
  if (Object.keys(value).length === 0) report(path, "names no principal")
  return principals
}

const readPrincipal = (
  statement: StatementDocument,
  path: ReadonlyArray<PropertyKey>,
  kind: Kind,
  report: Report,
): Element<Principal.Principal> | undefined => {
  const { Effect: effect, NotPrincipal: negated, Principal: plain } = statement
  if (kind === "identity" || kind === "session") {
    const issue = `cannot stand in ${policyOf(kind)}, which speaks of whoever has it`
    if (plain !== undefined) report([...path, "Principal"], issue)
    if (negated !== undefined) report([...path, "NotPrincipal"], issue)
    return undefined
  }
  if (plain !== undefined && negated !== undefined) report(path, "has both Principal and NotPrincipal")
  if (negated !== undefined) {
    if (kind === "trust") report([...path, "NotPrincipal"], "cannot stand in a trust policy")
    if (effect === "Allow")
      report([...path, "NotPrincipal"], "cannot stand with Allow: it would let in whoever is not named")
    return { negated: true, items: readPrincipals(negated, [...path, "NotPrincipal"], kind, report) }
  }
  if (plain === undefined) {
    report(path, "has no Principal")
    return undefined
  }
  return { negated: false, items: readPrincipals(plain, [...path, "Principal"], kind, report) }
}

const faultPath = (
  path: ReadonlyArray<PropertyKey>,
  operator: string,
  key: string,
  values: unknown,
  { at }: Condition.Fault,
): ReadonlyArray<PropertyKey> => {
  if (at === "operator") return [...path, operator]
  return at === "key" ? [...path, operator, key] : itemPath([...path, operator, key], values, at.value)
}

const readConditions = (
  block: NonNullable<StatementDocument["Condition"]>,
  path: ReadonlyArray<PropertyKey>,
  variables: boolean,
  report: Report,
): ReadonlyArray<Condition.Condition> => {
  return Object.entries(block).flatMap(([operator, tests]) => {
    const problem = Condition.operatorFault(operator)
    if (problem !== undefined) {
      report([...path, operator], problem)
      return []
    }
    const seen = new Set<string>()
    return Object.entries(tests).flatMap(([key, values]) => {
      const name = key.toLowerCase()
      if (seen.has(name)) report([...path, operator, key], "stands here twice: the names of keys have no case")
      seen.add(name)
      const condition = Condition.parse(operator, key, Arr.ensure(values).map(String), variables)
      if (Result.isSuccess(condition)) return [condition.success]
      for (const fault of condition.failure) report(faultPath(path, operator, key, values, fault), fault.message)
      return []
    })
  })
}

const readResources = (
  statement: StatementDocument,
  path: ReadonlyArray<PropertyKey>,
  kind: Kind,
  variables: boolean,
  report: Report,
): Element<Resource> | undefined => {
  if (kind !== "trust") return readElement(statement, "Resource", path, report, (text) => readResource(text, variables))
  for (const name of ["Resource", "NotResource"] as const) {
    if (statement[name] !== undefined)
      report([...path, name], "cannot stand in a trust policy, which speaks of its own role")
  }
  return undefined
}

const readStatement = (
  statement: StatementDocument,
  index: number,
  path: ReadonlyArray<PropertyKey>,
  kind: Kind,
  variables: boolean,
  report: Report,
): Statement => {
  if (statement.Sid !== undefined && kind !== "resource" && !/^[a-z0-9]*$/i.test(statement.Sid)) {
    report([...path, "Sid"], `"${statement.Sid}": only letters and digits can stand in a Sid`)
  }
  if (kind === "trust" && statement.NotAction !== undefined) {
    report([...path, "NotAction"], "cannot stand in a trust policy, which names the STS actions that it speaks of")
  }
  return {
    index,
    sid: statement.Sid,
    effect: statement.Effect,
    principal: readPrincipal(statement, path, kind, report),
    action: readElement(statement, "Action", path, report, (text) => readAction(kind, text)),
    resource: readResources(statement, path, kind, variables, report),
    conditions:
      statement.Condition === undefined
        ? []
        : readConditions(statement.Condition, [...path, "Condition"], variables, report),
  }
}

const reportRepeatedSids = (
  statements: ReadonlyArray<Statement>,
  pathOf: (index: number) => ReadonlyArray<PropertyKey>,
  report: Report,
): void => {
  const first = new Map<string, number>()
  for (const { index, sid } of statements) {
    if (sid === undefined || sid === "") continue
    const earlier = first.get(sid)
    if (earlier === undefined) first.set(sid, index)
    else report([...pathOf(index), "Sid"], `"${sid}" is already the Sid of statement ${earlier}`)
  }
}

const read = (kind: Kind, document: Document): Result.Result<Policy, ReadonlyArray<Fault>> => {
  const faults: Array<Fault> = []
  const report: Report = (path, message) => faults.push({ path, message })
  const pathOf = (index: number) => itemPath(["Statement"], document.Statement, index)
  // Version 2008-10-17, which a document without Version has, knows no variables: "${" is text there.
  const variables = document.Version === "2012-10-17"
  if (document.Id !== undefined && (kind === "identity" || kind === "session")) {
    report(["Id"], `cannot stand in ${policyOf(kind)}`)
  }
  const statements = Arr.ensure(document.Statement).map((statement, index) =>
    readStatement(statement, index, pathOf(index), kind, variables, report),
  )
  reportRepeatedSids(statements, pathOf, report)
  return faults.length === 0 ? Result.succeed({ [TypeId]: TypeId, kind, statements, document }) : Result.fail(faults)
}

/**
 * The principals under `AWS` in a policy, as they are written, with their places in the document.
 *
 * @category getters
 * @since 0.1.0
 */
export const awsPrincipals = ({
  document,
}: Policy): ReadonlyArray<{ readonly path: ReadonlyArray<PropertyKey>; readonly text: string }> =>
  Arr.ensure(document.Statement).flatMap((statement, index) =>
    (["Principal", "NotPrincipal"] as const).flatMap((name) => {
      const principal = statement[name]
      const texts = Predicate.isObject(principal) ? principal.AWS : principal
      if (texts === undefined) return []
      const path = [
        ...itemPath(["Statement"], document.Statement, index),
        name,
        ...(principal === texts ? [] : ["AWS"]),
      ]
      return Arr.ensure(texts).map((text, place) => ({ path: itemPath(path, texts, place), text }))
    }),
  )

const notAnObject = "expected a policy document, as an object"

/** An object of any form: what is in it is decided by the strict reading, whatever the options of the decoding are. */
const AnyDocument = Schema.declare((u: unknown): u is Document => Predicate.isObject(u), {
  expected: "a policy document",
  message: notAnObject,
})

const ReadPolicy = Schema.declare(isPolicy, { expected: "a policy that has been read" })

const decodeDocument = SchemaParser.decodeUnknownResult(PolicyDocument, { onExcessProperty: "error", errors: "all" })

const issueOf = (faults: ReadonlyArray<Fault>): SchemaIssue.Issue => {
  const [first, ...rest] = faults.map(
    ({ message, path }) => new SchemaIssue.Pointer(path, new SchemaIssue.InvalidValue({ message })),
  )
  if (first === undefined) return new SchemaIssue.InvalidValue()
  return rest.length === 0 ? first : new SchemaIssue.Composite(PolicyDocument.ast, [first, ...rest])
}

/**
 * Reads a document, or fails with all that is wrong with it. It is strict whatever the options: an element that is not
 * known fails.
 */
const readUnknown = (kind: Kind, input: unknown): Result.Result<Policy, SchemaIssue.Issue> =>
  Predicate.isObject(input)
    ? Result.flatMap(decodeDocument(input), (document) => Result.mapError(read(kind, document), issueOf))
    : Result.fail(new SchemaIssue.InvalidValue({ message: notAnObject }))

/**
 * The schema of a policy at one kind of place.
 *
 * @category schemas
 * @since 0.1.0
 */
export interface PolicySchema extends Schema.Codec<Policy, Document> {}

const schema = (kind: Kind): PolicySchema =>
  AnyDocument.pipe(
    Schema.decodeTo(ReadPolicy, {
      decode: SchemaGetter.transformEffect((document: Document) => Effect.fromResult(readUnknown(kind, document))),
      encode: SchemaGetter.transform((policy: Policy) => policy.document),
    }),
  )

/**
 * A policy of a user or a role: no `Principal`, and a `Resource`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const identity: PolicySchema = schema("identity")

/**
 * A policy passed for one session: written as an identity policy is.
 *
 * @category schemas
 * @since 0.1.0
 */
export const session: PolicySchema = schema("session")

/**
 * The trust policy of a role: a `Principal`, no `Resource`, and no actions but those of STS.
 *
 * @category schemas
 * @since 0.1.0
 */
export const trust: PolicySchema = schema("trust")

/**
 * The policy of another resource: a `Principal` and a `Resource`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const resource: PolicySchema = schema("resource")

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/**
 * Reads a document that stands at a kind of place. Faults say what is wrong and where, all of them at once.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (kind: Kind, document: unknown): Result.Result<Policy, ReadonlyArray<Fault>> =>
  Result.mapError(readUnknown(kind, document), (issue) =>
    formatIssue(issue).issues.map(({ message, path }) => ({
      message,
      path: (path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment)),
    })),
  )
