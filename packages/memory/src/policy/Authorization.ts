/**
 * May this caller do this, given these policies? `evaluate` says what one policy makes of a request, `decide` what all
 * of them together do, and both say why.
 *
 * A request is for one action. What needs several permissions is several requests: AssumeRole with session tags and a
 * source identity needs `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity`, each of the role and of the
 * caller.
 *
 * The rules, from the IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic":
 *
 * - A matching `Deny` in any policy decides: nothing allows after it.
 * - **Other account**: the resource's policy must allow the caller, however it names it, and so must the caller's own
 *   policies.
 * - **Same account**, by how the policy of the resource names the caller:
 *
 * | named as | identity policies | session policies |
 * |---|---|---|
 * | account (`arn:aws:iam::A:root`, `A`) | must allow: the account decides | must allow |
 * | user, when the caller is the user | not needed | none apply |
 * | user, when the caller is a federated session of it | not needed | must allow |
 * | role | not needed | must allow |
 * | session of a role, federated session | not needed | not needed |
 * | `*` with a test of `aws:PrincipalArn` | not needed | not needed |
 * | `*` | not needed | must allow: the guide is silent, so the narrower reading |
 *
 * - A role's trust policy must allow, as no identity policy alone can. For other resources in the same account an
 *   identity policy alone is enough.
 * - Session policies limit: what they do not allow, the session may not do. A federated user session without session
 *   policies may do nothing but what a resource's policy grants to the session itself.
 * - A root user may do everything in its account that no policy denies. Its federated session needs a session policy.
 * - Who has no AWS identity (a web identity, a service) has only what the policy of the resource grants.
 *
 * @since 0.1.0
 */
import * as Arn from "./Arn.ts"
import * as Condition from "./Condition.ts"
import * as Pattern from "./Pattern.ts"
import type * as Policy from "./Policy.ts"
import * as Principal from "./Principal.ts"
import type * as RequestContext from "./RequestContext.ts"

/**
 * A request to decide. `resource` is the ARN of what it is done to, or `*` for an action without a resource.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly caller: Principal.Caller
  readonly action: string
  readonly resource: string
  readonly context: RequestContext.RequestContext
}

/**
 * How a policy of a resource grants: how it names the caller, where `PrincipalArn` is `*` narrowed by a test of
 * `aws:PrincipalArn`. `Holder` is the grant of an identity or session policy, to whoever has it.
 *
 * @category models
 * @since 0.1.0
 */
export type Grant = Principal.Match | "Holder" | "PrincipalArn"

/**
 * What a statement that matched grants, the strongest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Allow {
  readonly statement: Policy.Statement
  readonly grants: ReadonlyArray<Grant>
}

/**
 * Why a statement did not apply: the first element that did not match, and for a condition which one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Miss {
  readonly statement: Policy.Statement
  readonly element: "action" | "condition" | "principal" | "resource"
  readonly condition?: Condition.Condition
}

/**
 * What one policy makes of a request: the first `Deny` that matched, all that allow, or why nothing did.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict =
  | { readonly _tag: "ExplicitDeny"; readonly policy: Policy.Policy; readonly statement: Policy.Statement }
  | { readonly _tag: "Allow"; readonly policy: Policy.Policy; readonly allows: ReadonlyArray<Allow> }
  | { readonly _tag: "ImplicitDeny"; readonly policy: Policy.Policy; readonly misses: ReadonlyArray<Miss> }

/**
 * The policies that bear on a request. `resource` is the policy of the resource: for AssumeRole, the trust policy.
 * `identity` are those of the user or of the role of the session; `session` those passed for the session, where none
 * is not the same as one that allows nothing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Policies {
  readonly resource?: Policy.Policy | undefined
  readonly identity?: ReadonlyArray<Policy.Policy> | undefined
  readonly session?: ReadonlyArray<Policy.Policy> | undefined
}

/**
 * Which policies were missing an allow.
 *
 * @category models
 * @since 0.1.0
 */
export type Lack = "identity" | "resource" | "session"

/**
 * The decision and the verdicts that it rests on. Of an allowed request, `grant` is the one that sufficed; of one that
 * was refused for want of an allow, `lacks` says where it was wanting.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Allowed"; readonly grant: Grant | "Root"; readonly verdicts: ReadonlyArray<Verdict> }
  | {
      readonly _tag: "ExplicitlyDenied"
      readonly policy: Policy.Policy
      readonly statement: Policy.Statement
      readonly verdicts: ReadonlyArray<Verdict>
    }
  | {
      readonly _tag: "ImplicitlyDenied"
      readonly lacks: ReadonlyArray<Lack>
      readonly verdicts: ReadonlyArray<Verdict>
    }

/** The strongest grant first: each suffices wherever one after it does. */
const strength: ReadonlyArray<Grant> = [
  "RoleSession",
  "FederatedUser",
  "PrincipalArn",
  "User",
  "Service",
  "Federated",
  "Role",
  "Issuer",
  "Everyone",
  "Holder",
  "Account",
]

/** A request as statements are matched against it: the action in lower case, the resource cut into its parts. */
interface Question {
  readonly caller: Principal.Caller
  readonly action: string
  readonly resource: ReadonlyArray<string>
  readonly context: RequestContext.RequestContext
}

const questionOf = ({ action, caller, context, resource }: Request): Question => ({
  caller,
  action: action.toLowerCase(),
  resource: Arn.split(resource),
  context,
})

const holder: ReadonlyArray<Grant> = ["Holder"]

const grantsOf = (statement: Policy.Statement, caller: Principal.Caller): ReadonlyArray<Grant> => {
  const { effect, principal } = statement
  if (principal === undefined) return holder
  if (principal.negated) return Principal.isExempt(principal.items, caller) ? [] : ["Everyone"]
  const grants: Array<Grant> = []
  for (const item of principal.items) {
    const match = Principal.match(item, caller, effect)
    if (match === undefined) continue
    grants.push(match === "Everyone" && statement.conditions.some(Condition.namesPrincipal) ? "PrincipalArn" : match)
  }
  return grants.length < 2 ? grants : strength.filter((grant) => grants.includes(grant))
}

const matchesAction = ({ action: { items, negated } }: Policy.Statement, { action, context }: Question): boolean =>
  items.some((pattern) => Pattern.matches(pattern, action, context)) !== negated

const isUnresolved = (resource: Policy.Resource, { context }: Question): boolean =>
  resource._tag === "Arn" && !Arn.isResolved(resource.pattern, context)

const matchesResource = ({ effect, resource }: Policy.Statement, question: Question): boolean => {
  if (resource === undefined) return true
  const { items, negated } = resource
  const isListed = items.some(
    (item) => item._tag === "Everything" || Arn.matches(item.pattern, question.resource, question.context),
  )
  if (!negated) return isListed
  // A variable without a value matches no resource, so NotResource would allow them all: it must not.
  return !isListed && !(effect === "Allow" && items.some((item) => isUnresolved(item, question)))
}

const missOf = (statement: Policy.Statement, question: Question): Miss | undefined => {
  if (!matchesAction(statement, question)) return { statement, element: "action" }
  if (!matchesResource(statement, question)) return { statement, element: "resource" }
  const condition = statement.conditions.find((condition) => !Condition.holds(condition, question.context))
  return condition === undefined ? undefined : { statement, element: "condition", condition }
}

const answer = (policy: Policy.Policy, question: Question): Verdict => {
  const allows: Array<Allow> = []
  const misses: Array<Miss> = []
  for (const statement of policy.statements) {
    const grants = grantsOf(statement, question.caller)
    const miss: Miss | undefined =
      grants.length === 0 ? { statement, element: "principal" } : missOf(statement, question)
    if (miss !== undefined) misses.push(miss)
    else if (statement.effect === "Deny") return { _tag: "ExplicitDeny", policy, statement }
    else allows.push({ statement, grants })
  }
  return allows.length > 0 ? { _tag: "Allow", policy, allows } : { _tag: "ImplicitDeny", policy, misses }
}

/**
 * What one policy makes of a request.
 *
 * @category evaluating
 * @since 0.1.0
 */
export const evaluate = (policy: Policy.Policy, request: Request): Verdict => answer(policy, questionOf(request))

const allows = (verdicts: ReadonlyArray<Verdict>): boolean => verdicts.some(({ _tag }) => _tag === "Allow")

/** What a grant of the resource's policy still needs in the same account: see the table above. */
const needs = (grant: Grant): ReadonlyArray<Lack> => {
  switch (grant) {
    case "Account":
    case "Holder":
      return ["identity", "session"]
    case "Everyone":
    case "Issuer":
    case "Role":
      return ["session"]
    case "Federated":
    case "FederatedUser":
    case "PrincipalArn":
    case "RoleSession":
    case "Service":
    case "User":
      return []
  }
}

/** Whether the caller is a root user, or the federated session of one: no policy has to allow what a root user does. */
const isRoot = (caller: Principal.Caller): boolean =>
  caller._tag === "Root" || (caller._tag === "FederatedUser" && Principal.isRootArn(caller.issuerArn))

/** What the caller's own policies are wanting; who has no AWS identity can have none. */
const lacksOf = (
  caller: Principal.Caller,
  identity: ReadonlyArray<Verdict>,
  session: ReadonlyArray<Verdict>,
): ReadonlySet<Lack> => {
  const lacks = new Set<Lack>()
  if (!("arn" in caller)) return lacks
  if (!isRoot(caller) && !allows(identity)) lacks.add("identity")
  if (session.length > 0 ? !allows(session) : caller._tag === "FederatedUser") lacks.add("session")
  return lacks
}

/** The account that a resource is in; one without an account is the caller's. */
const isOtherAccount = ({ caller, resource }: Request): boolean => {
  const account = Arn.split(resource)[4] ?? ""
  return "arn" in caller && account !== "" && account !== Principal.accountOf(caller)
}

/** The ways in which a request could be allowed, each with what it still lacks. */
const ways = (
  request: Request,
  { resource }: Policies,
  resourceVerdict: Verdict | undefined,
  lacks: ReadonlySet<Lack>,
): ReadonlyArray<{ readonly grant: Grant | "Root"; readonly lacks: ReadonlyArray<Lack> }> => {
  const own = request.caller._tag === "Root" ? "Root" : "Holder"
  const identified = "arn" in request.caller
  const other = isOtherAccount(request)
  const granted = resourceVerdict?._tag === "Allow" ? resourceVerdict.allows.flatMap(({ grants }) => grants) : []
  const byResource = strength
    .filter((grant) => granted.includes(grant))
    .map((grant) => ({
      grant,
      lacks: (other ? needs("Account") : identified ? needs(grant) : []).filter((lack) => lacks.has(lack)),
    }))
  const ownIsEnough = identified && !other && resource?.kind !== "trust"
  return ownIsEnough ? [...byResource, { grant: own, lacks: [...lacks] }] : byResource
}

/**
 * Whether a request may be done, by the rules at the head of this module.
 *
 * @category evaluating
 * @since 0.1.0
 */
export const decide = (request: Request, policies: Policies): Decision => {
  const question = questionOf(request)
  const resource = policies.resource === undefined ? undefined : answer(policies.resource, question)
  const identity = (policies.identity ?? []).map((policy) => answer(policy, question))
  const session = (policies.session ?? []).map((policy) => answer(policy, question))
  const verdicts = [...(resource === undefined ? [] : [resource]), ...identity, ...session]

  for (const verdict of verdicts) {
    if (verdict._tag === "ExplicitDeny") {
      return { _tag: "ExplicitlyDenied", policy: verdict.policy, statement: verdict.statement, verdicts }
    }
  }
  const lacks = lacksOf(request.caller, identity, session)
  const open = ways(request, policies, resource, lacks)
  const way = open.find((way) => way.lacks.length === 0)
  if (way !== undefined) return { _tag: "Allowed", grant: way.grant, verdicts }
  return { _tag: "ImplicitlyDenied", lacks: open[0]?.lacks ?? ["resource", ...lacks], verdicts }
}

const nameOf = ({ index, sid }: Policy.Statement): string =>
  sid === undefined || sid === "" ? `statement ${index}` : `statement ${index} (${sid})`

const describeMiss = ({ condition, element, statement }: Miss): string =>
  condition === undefined
    ? `${nameOf(statement)} does not match the ${element}`
    : `${nameOf(statement)} does not hold: ${condition.operator} ${condition.key}`

const describeVerdict = (verdict: Verdict): string => {
  const subject = `the ${verdict.policy.kind} policy`
  switch (verdict._tag) {
    case "ExplicitDeny":
      return `${subject} denies it (${nameOf(verdict.statement)})`
    case "Allow":
      return `${subject} allows it (${verdict.allows.map(({ grants, statement }) => `${nameOf(statement)}, by ${grants[0]}`).join("; ")})`
    case "ImplicitDeny":
      return `${subject} does not allow it (${verdict.misses.map(describeMiss).join("; ")})`
  }
}

/**
 * A decision in words, for test failures and logs: what each policy made of the request, and what was wanting. It shows
 * names of policies' elements, but no value of the request.
 *
 * @category formatting
 * @since 0.1.0
 */
export const explain = (decision: Decision): string => {
  const verdicts = decision.verdicts.map(describeVerdict)
  switch (decision._tag) {
    case "Allowed":
      return [`Allowed by ${decision.grant}`, ...verdicts].join("; ")
    case "ExplicitlyDenied":
      return [`Denied by the ${decision.policy.kind} policy, ${nameOf(decision.statement)}`, ...verdicts].join("; ")
    case "ImplicitlyDenied":
      return [`Not allowed: no allow in ${decision.lacks.join(", ")} policies`, ...verdicts].join("; ")
  }
}
