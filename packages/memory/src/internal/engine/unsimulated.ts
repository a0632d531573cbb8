/**
 * Parameters that STS knows and this one does not, yet. They are refused and never ignored: a session without the tags
 * that were asked for, or with more permissions, would be another one.
 */
import * as Result from "effect/Result"
import * as Refusal from "./refusal.ts"

interface Request {
  readonly policyArns?: ReadonlyArray<string>
  readonly providedContexts?: ReadonlyArray<unknown>
  readonly tags?: { readonly [key: string]: string }
  readonly transitiveTagKeys?: ReadonlyArray<string>
}

export const refuseUnsimulated = (request: Request): Result.Result<void, Refusal.Refusal> => {
  const { policyArns = [], providedContexts = [], tags = {}, transitiveTagKeys = [] } = request
  const given = [
    ...(Object.keys(tags).length > 0 ? ["Tags"] : []),
    ...(transitiveTagKeys.length > 0 ? ["TransitiveTagKeys"] : []),
    // There are no managed policies in a world.
    ...(policyArns.length > 0 ? ["PolicyArns"] : []),
    ...(providedContexts.length > 0 ? ["ProvidedContexts"] : []),
  ]
  return given.length === 0 ? Result.void : Result.fail(Refusal.notSimulated(`The parameter ${given.join(", ")}`))
}
