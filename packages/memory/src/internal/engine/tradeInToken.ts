/**
 * The token that a customer's approval makes, and that a partner trades in for a session of the customer's role: all that
 * it is good for is sealed in it. Nobody here has seen one of AWS's.
 */
import type * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Policy from "../../policy/Policy.ts"
import * as Seal from "../seal.ts"
import type { Role, State } from "./state.ts"

/** On what terms the role is delegated. */
export interface Terms {
  readonly roleSessionName: string
  readonly policies: ReadonlyArray<Policy.Policy> | undefined
  readonly duration: Duration.Duration
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export interface Delegation extends Terms {
  readonly role: Role
}

const Content = Schema.fromJsonString(
  Schema.toCodecJson(
    Schema.Struct({
      roleArn: Schema.String,
      /** A role that is made again is another. */
      roleId: Schema.String,
      roleSessionName: Schema.String,
      policies: Schema.UndefinedOr(Schema.Array(Policy.session)),
      duration: Schema.Duration,
      expiresAt: Schema.Number,
    }),
  ),
)

const encode = Schema.encodeSync(Content)
const decode = Schema.decodeResult(Content)

export const make = ({ identifiers, seed }: State, role: Role, terms: Terms): string =>
  Seal.seal(
    seed,
    "trade-in token",
    identifiers.nonce("trade-in token"),
    encode({ roleArn: role.arn, roleId: role.id, ...terms }),
  )

/** What a token of this world is good for, while its role is there. */
export const read = ({ roles, seed }: State, token: string): Delegation | undefined => {
  const content = Seal.open(seed, "trade-in token", token)
  if (content === undefined) return undefined
  const delegation = Result.getOrUndefined(decode(content))
  const role = delegation && roles.get(delegation.roleArn)
  return delegation && role?.id === delegation.roleId ? { ...delegation, role } : undefined
}
