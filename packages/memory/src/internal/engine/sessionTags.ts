/**
 * Session tags: those that a caller passes, those that pass on along a chain of roles, and what comes of both.
 *
 * To compare keys STS takes no notice of case; it keeps the case in which they were passed. Source: IAM User Guide, "Pass
 * session tags in AWS STS".
 */
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as RequestContext from "../../policy/RequestContext.ts"
import * as Refusal from "./refusal.ts"
import type { Subject, Tags } from "./state.ts"
import * as Validation from "./validation.ts"

export interface SessionTags {
  readonly tags: Tags
  /** The keys of those that pass on, which may be written in another case. */
  readonly transitiveTagKeys: ReadonlyArray<string>
}

export const none: SessionTags = { tags: {}, transitiveTagKeys: [] }

/** Tags as they are passed: a key may be there more than once. */
export type Entries = ReadonlyArray<readonly [key: string, value: string]>

type Checked = Result.Result<SessionTags, Refusal.Refusal>

const noTags: Checked = Result.succeed(none)

const fold = (key: string): string => key.toLowerCase()

const foldAll = (keys: Iterable<string>): ReadonlySet<string> => new Set(Array.from(keys, fold))

const invalidParameterValue = (message: string): Refusal.Refusal => Refusal.refusal("InvalidParameterValue", message)

const isReserved = (text: string): boolean => /^aws:/i.test(text)

/** The tags of a request whose lengths and characters are as they should be, or what STS says of them. */
export const make = (entries: Entries, transitiveTagKeys: ReadonlyArray<string>): Checked => {
  if (entries.length === 0 && transitiveTagKeys.length === 0) return noTags
  const keys = foldAll(entries.map(([key]) => key))
  if (keys.size < entries.length) {
    return Result.fail(
      invalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive."),
    )
  }
  if (!transitiveTagKeys.every((key) => keys.has(fold(key)))) {
    return Result.fail(
      invalidParameterValue("The specified transitive tag key must be included in the requested tags."),
    )
  }
  // The rule is documented, for values too; STS's words and its code are not known.
  return entries.some((tag) => tag.some(isReserved))
    ? Result.fail(invalidParameterValue("Tag keys and values must not begin with aws: which is reserved."))
    : Result.succeed({ tags: Object.fromEntries(entries), transitiveTagKeys })
}

const stringOf = (value: unknown, name: string): string => {
  const member = Predicate.hasProperty(value, name) ? value[name] : undefined
  return Predicate.isString(member) ? member : ""
}

const listOf = (request: unknown, name: string): ReadonlyArray<unknown> => {
  const member = Predicate.hasProperty(request, name) ? request[name] : undefined
  return Array.isArray(member) ? member : []
}

/**
 * The tags of a request in AWS's own names, of any operation that takes some. The schemas refuse what STS has words of its
 * own for, and once they have read a list of tags nobody can tell that a key was there twice.
 */
export const ofRequest = (request: unknown): Checked =>
  make(
    listOf(request, "Tags").map((tag) => [stringOf(tag, "Key"), stringOf(tag, "Value")]),
    listOf(request, "TransitiveTagKeys").filter(Predicate.isString),
  )

const validate = Validation.make(AssumeRole)

/** A request with nothing in it that could be wrong. */
const required = { RoleArn: "arn:aws:iam::000000000000:role/any", RoleSessionName: "any" }

/**
 * The tags that the token or the assertion of an identity provider passes: `principal_tags` with one value each, and
 * `transitive_tag_keys`. Of them nothing is known yet; the limits are those of AssumeRole.
 */
export const ofToken = (entries: Entries, transitiveTagKeys: ReadonlyArray<string>): Checked => {
  const faults = validate({
    ...required,
    Tags: entries.map(([Key, Value]) => ({ Key, Value })),
    TransitiveTagKeys: transitiveTagKeys,
  })
  return faults.length === 0
    ? make(entries, transitiveTagKeys)
    : Result.fail(Refusal.validationError(Validation.sentence(faults)))
}

/** The tags of a session that pass on to the sessions of roles which are assumed from it. */
export const transitive = (subject: Subject): Tags => {
  if (subject._tag !== "Role" || subject.transitiveTagKeys.length === 0) return {}
  const keys = foldAll(subject.transitiveTagKeys)
  return Object.fromEntries(Object.entries(subject.tags).filter(([key]) => keys.has(fold(key))))
}

/** The tags of a session: those that are passed, and those that it inherits, which are transitive from then on. */
export const inherit = (passed: SessionTags, inherited: Tags): Checked => {
  const inheritedKeys = Object.keys(inherited)
  if (inheritedKeys.length === 0) return Result.succeed(passed)
  const keys = foldAll(Object.keys(passed.tags))
  return inheritedKeys.some((key) => keys.has(fold(key)))
    ? Result.fail(
        invalidParameterValue(
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
        ),
      )
    : Result.succeed({
        tags: { ...inherited, ...passed.tags },
        transitiveTagKeys: [...inheritedKeys, ...passed.transitiveTagKeys],
      })
}

/** Tags with others laid over them: of a key that is in both, in whatever case, the upper one counts. */
export const overlay = (lower: Tags, upper: Tags): Tags => {
  const keys = foldAll(Object.keys(upper))
  return Object.fromEntries([
    ...Object.entries(lower).filter(([key]) => !keys.has(fold(key))),
    ...Object.entries(upper),
  ])
}

/** Tags whose values are replaced where others have the same key; they stay the same keys. */
const replace = (tags: Tags, others: Tags): Tags => {
  const values = new Map(Object.entries(others).map(([key, value]) => [fold(key), value]))
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, values.get(fold(key)) ?? value]))
}

type Context = { readonly [key: string]: RequestContext.Value }

/** The condition keys of the tags that are passed in a request. Inherited ones are not: nobody passes them. */
export const contextOf = (passed: SessionTags): Context =>
  passed === none
    ? {}
    : {
        "aws:TagKeys": Object.keys(passed.tags),
        "sts:TransitiveTagKeys": passed.transitiveTagKeys,
        ...Object.fromEntries(Object.entries(passed.tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      }

/**
 * The condition keys of the tags of a role. Where a tag is inherited whose key the role has too, the value is the
 * inherited one: "In role chaining, the value of a transitive tag overrides the role matching the ResourceTag value".
 */
export const contextOfRole = (tags: Tags, inherited: Tags): Context =>
  Object.fromEntries(
    Object.entries(replace(tags, inherited)).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  )
