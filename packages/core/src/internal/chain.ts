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

/** What an identity's credentials are, as far as that decides what they may ask STS for. */
export type Standing = "none" | "session" | "session token" | "federated" | "root task"

/**
 * The standing that a recipe gives, from its kind or, where that says nothing, from the credentials that it gave:
 * `undefined` for long-term keys, which may ask for anything, and where nothing is known.
 */
export const standingOf = (
  recipe: Recipe<unknown, unknown>,
  credentials: AwsCredentials | undefined,
): Standing | undefined => {
  switch (recipe.kind) {
    case "assumeRole":
    case "saml":
    case "webIdentity":
      return "session"
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
      return isTemporary ? "session" : undefined
    }
  }
}

const hourOfChaining = Duration.hours(1)

/** A field of the request that a recipe makes, where it has that. */
const fieldOf = ({ request }: Recipe<unknown, unknown>, name: string): unknown =>
  Predicate.hasProperty(request?.input, name) ? request.input[name] : undefined

/** Why STS would refuse the recipe on an identity of that standing. */
export const refusal = (recipe: Recipe<unknown, unknown>, below: Standing | undefined): string | undefined => {
  if (!recipe.needsBelow) return undefined
  switch (below) {
    case "none":
      return "signs with the identity below it, and there is none"
    case "federated":
      return "cannot be had with a federated user's credentials, which may call GetCallerIdentity and nothing else"
    case "root task":
      return "cannot be had with an AssumeRoot session, which may not assume roles or make sessions"
    case "session":
    case "session token":
      return refusalOnSession(recipe, below)
    case undefined:
      return undefined
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
      const duration = fieldOf(recipe, "duration")
      return Duration.isDuration(duration) && Duration.isGreaterThan(duration, hourOfChaining)
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

/** All that is to be said of a chain, bottom first. */
export const check = (chain: ReadonlyArray<AnyRecipe<unknown, unknown>>): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  const roles = new Set<unknown>()
  let below: Standing | undefined = "none"
  for (const [hop, recipe] of chain.entries()) {
    const members = recipe._tag === "FirstOf" ? flatten(recipe.members) : [recipe]
    for (const member of members) {
      const { label } = member
      const refused = refusal(member, below)
      const messages = [...(refused === undefined ? [] : [refused]), ...invalidFields(member)]
      findings.push(...messages.map((message) => ({ hop, label, message, isRefused: true })))
      const role = fieldOf(member, "roleArn")
      if (role !== undefined && roles.has(role)) {
        findings.push({ hop, label, message: "is assumed a second time in this chain", isRefused: false })
      }
    }
    for (const member of members) roles.add(fieldOf(member, "roleArn"))
    const [standing, ...others] = new Set(members.map((member) => standingOf(member, undefined)))
    below = others.length === 0 ? standing : undefined
  }
  return findings
}

const flatten = <E, R>(members: ReadonlyArray<AnyRecipe<E, R>>): ReadonlyArray<Recipe<E, R>> =>
  members.flatMap((member) => (member._tag === "FirstOf" ? flatten(member.members) : [member]))
