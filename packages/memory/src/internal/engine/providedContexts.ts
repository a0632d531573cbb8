/**
 * Provided contexts: what IAM Identity Center, the one context provider that there is, asserts of whom a session is for.
 *
 * An assertion is encrypted, and only STS can read it. Here only those are known that the test has had made; they do not
 * expire. Of one that is not STS's words are not known.
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as RequestContext from "../../policy/RequestContext.ts"
import * as Refusal from "./refusal.ts"
import type { State } from "./state.ts"

/** Context keys, as `identitystore:UserId`, with their values. */
export type Keys = { readonly [key: string]: string }

export interface ProvidedContext {
  readonly providerArn?: string
  readonly contextAssertion?: Redacted.Redacted
}

const providerArn = ({ partition }: State): string => `arn:${partition}:iam::aws:contextProvider/IdentityCenter`

const invalid = (what: string) => Refusal.validationError(`The ${what} of a provided context is not valid`)

/** The condition keys of provided contexts. */
export const read = (
  contexts: ReadonlyArray<ProvidedContext>,
  state: State,
): Result.Result<{ readonly [key: string]: RequestContext.Value }, Refusal.Refusal> =>
  Result.gen(function* () {
    const keys: Array<readonly [string, string]> = []
    for (const { contextAssertion, providerArn: arn } of contexts) {
      if (arn !== providerArn(state)) return yield* Result.fail(invalid("provider"))
      const asserted = contextAssertion && state.contextAssertions.get(Redacted.value(contextAssertion))
      if (asserted === undefined) return yield* Result.fail(invalid("assertion"))
      keys.push(...Object.entries(asserted))
    }
    return {
      "sts:RequestContextProviders": [providerArn(state)],
      ...Object.fromEntries(keys.map(([key, value]) => [`sts:RequestContext/${key}`, value])),
    }
  })

/** Makes an assertion of these keys. */
export const assert = ({ contextAssertions, identifiers }: State, keys: Keys): Redacted.Redacted => {
  const assertion = identifiers.contextAssertion()
  contextAssertions.set(assertion, keys)
  return Redacted.make(assertion)
}
