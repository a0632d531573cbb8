/**
 * The source identity that a token or an assertion sets.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Refusal from "./refusal.ts"

/** The words are documented for SAML; those for a token are not known. */
export const read = (value: unknown): Result.Result<string, Refusal.Refusal> =>
  Predicate.isString(value) && /^[\w+=,.@-]{2,64}$/.test(value)
    ? Result.succeed(value)
    : Result.fail(
        Refusal.refusal(
          "InvalidIdentityToken",
          'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
        ),
      )
