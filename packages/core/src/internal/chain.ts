/**
 * What STS refuses of a chain of identities, known before anything is sent.
 *
 * Sources: the comparison of STS's operations in the IAM User Guide, and AssumeRole's documentation on role chaining.
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AwsCredentials } from "../AwsCredentials.ts"
import { describeIssue } from "./describeIssue.ts"
import type { AnyRecipe, Recipe } from "./recipe.ts"

/** What kind of credentials an identity has, as far as it is known: that decides what it may ask STS for. */
export type Standing =
  | "none"
  | "long-term"
  | "role"
  | "session token"
  | "federated"
  | "root task"
  | "temporary"
  | "unknown"

/** The standing that a recipe gives, from its kind or, where that says nothing, from the credentials that it gave. */
export const standingOf = (recipe: Recipe<unknown, unknown>, credentials: AwsCredentials | undefined): Standing => {
  switch (recipe.kind) {
    case "assumeRole":
    case "saml":
    case "webIdentity":
      return "role"
    case "sessionToken":
      return "session token"
    case "federationToken":
      return "federated"
    case "assumeRoot":
      return "root task"
    case "config":
    case "effect":
    case "static": {
      const isTemporary = credentials === undefined ? recipe.isTemporary : credentials.sessionToken !== undefined
      return isTemporary === undefined ? "unknown" : isTemporary ? "temporary" : "long-term"
    }
  }
}

const hourOfChaining = Duration.hours(1)

const durationOf = (request: unknown): Duration.Duration | undefined =>
  Predicate.hasProperty(request, "duration") && Duration.isDuration(request.duration) ? request.duration : undefined

const isSession = (standing: Standing) =>
  standing === "role" || standing === "session token" || standing === "temporary"

/** Why STS would refuse the recipe on an identity of that standing. */
export const refusal = (recipe: Recipe<unknown, unknown>, below: Standing): string | undefined => {
  if (!recipe.needsBelow) return undefined
  switch (below) {
    case "none":
      return "signs with the identity below it, and there is none"
    case "federated":
      return "cannot be had with a federated user's credentials, which may call GetCallerIdentity and nothing else"
    case "root task":
      return "cannot be had with an AssumeRoot session, which may not assume roles or make sessions"
    default:
      return isSession(below) ? refusalOnSession(recipe, below) : undefined
  }
}

const refusalOnSession = (recipe: Recipe<unknown, unknown>, below: Standing): string | undefined => {
  switch (recipe.kind) {
    case "federationToken":
    case "sessionToken":
      return "needs long-term keys below it, and has a session"
    case "assumeRoot":
      return below === "session token" ? "cannot be had with credentials of GetSessionToken" : undefined
    case "assumeRole": {
      const duration = durationOf(recipe.request?.input)
      return duration !== undefined && Duration.isGreaterThan(duration, hourOfChaining)
        ? `asks for ${Duration.format(duration)}, but a role assumed with a session's credentials lasts 1 hour at most (role chaining)`
        : undefined
    }
    default:
      return undefined
  }
}

/**
 * Something about one hop of a chain.
 *
 * @category models
 * @since 0.1.0
 */
export interface Finding {
  /** Which source of the chain, 0 for the one at the bottom. */
  readonly hop: number
  readonly label: string
  readonly message: string
  /** Whether STS will refuse it; else it is merely odd. */
  readonly isRefused: boolean
}

const invalidFields = ({ request }: Recipe<unknown, unknown>): ReadonlyArray<string> => {
  if (request === undefined) return []
  const encoded = Schema.encodeUnknownResult(request.operation.request)(request.input, {
    errors: "all",
    onExcessProperty: "error",
  })
  return Result.isSuccess(encoded)
    ? []
    : describeIssue(encoded.failure.issue, "request").map(({ field, message }) => `${field} ${message}`)
}

const roleOf = ({ kind, request }: Recipe<unknown, unknown>) =>
  kind === "assumeRole" && Predicate.hasProperty(request?.input, "roleArn") ? request.input.roleArn : undefined

/** All that is to be said of a chain, bottom first. */
export const check = (chain: ReadonlyArray<AnyRecipe<unknown, unknown>>): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  const roles = new Set<unknown>()
  let below: Standing = "none"
  for (const [hop, recipe] of chain.entries()) {
    const { label } = recipe
    const members = recipe._tag === "FirstOf" ? flatten(recipe.members) : [recipe]
    for (const member of members) {
      const refused = refusal(member, below)
      const messages = [...(refused === undefined ? [] : [refused]), ...invalidFields(member)]
      findings.push(...messages.map((message) => ({ hop, label: member.label, message, isRefused: true })))
      const role = roleOf(member)
      if (role !== undefined && roles.has(role)) {
        findings.push({ hop, label, message: "is assumed a second time in this chain", isRefused: false })
      }
      roles.add(role)
    }
    const standings: ReadonlySet<Standing> = new Set(members.map((member) => standingOf(member, undefined)))
    const [standing] = standings
    below = standings.size === 1 && standing !== undefined ? standing : "unknown"
  }
  return findings
}

const flatten = <E, R>(members: ReadonlyArray<AnyRecipe<E, R>>): ReadonlyArray<Recipe<E, R>> =>
  members.flatMap((member) => (member._tag === "FirstOf" ? flatten(member.members) : [member]))
