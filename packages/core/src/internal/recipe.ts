/**
 * What the engine knows of a credential source: how to get credentials, whether it can get them again, and what makes
 * two sources equal.
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { AwsCredentials } from "../AwsCredentials.ts"
import type { CredentialsError } from "../CredentialsError.ts"
import type * as Operation from "../Operation.ts"
import type * as RefreshPolicy from "../RefreshPolicy.ts"
import type { Identity } from "./asIdentity.ts"

/** Where credentials come from, as frames show it. */
export type Kind =
  | "static"
  | "config"
  | "effect"
  | "assumeRole"
  | "assumeRoot"
  | "federationToken"
  | "saml"
  | "sessionToken"
  | "webIdentity"

/** What a recipe gets when it is asked for credentials. */
export interface Ask {
  /** The identity below. */
  readonly below: Identity<CredentialsError, never>
  /** A role session name for those who gave none: the same for the whole life of a session. */
  readonly sessionName: string
  /** The MFA code that was asked for, where the recipe has a prompt. */
  readonly tokenCode: Redacted.Redacted<string> | undefined
}

/** An MFA code that has to be asked for, anew for each STS call. */
export interface Prompt<out E, out R> {
  readonly serialNumber: string
  readonly tokenCode: Effect.Effect<string | Redacted.Redacted<string>, E, R>
  /** Whether it is the same code each time: one that was written into the request. */
  readonly isConstant: boolean
  /** Fails where the call would be refused on this side anyway: then nobody is asked. */
  readonly check: Effect.Effect<unknown, E>
}

export interface Recipe<out E, out R> {
  readonly _tag: "Recipe"
  readonly label: string
  readonly kind: Kind
  /** Whether it signs with the identity below. */
  readonly needsBelow: boolean
  /** Whether it can get credentials again, without a person. */
  readonly isRenewable: boolean
  readonly isShared: boolean
  /** Whether it runs an effect of the user's, which may read any service, to know whose credentials to get. */
  readonly readsContext: boolean
  /** Whether its credentials are temporary, where that is known before they are there. */
  readonly isTemporary: boolean | undefined
  /** The STS call that it makes, without what is secret or not known yet. */
  readonly request: { readonly operation: Operation.Any; readonly input: unknown } | undefined
  readonly policy: Partial<RefreshPolicy.Settings>
  readonly prompt: Prompt<E, R> | undefined
  /** Everything that makes the authority, but for the session below. Compared with `Equal`. */
  readonly identify: (context: Context.Context<R>) => unknown
  readonly fetch: (ask: Ask) => Effect.Effect<AwsCredentials, E | CredentialsError, R>
}

/** The first of several that has credentials. */
export interface FirstOf<out E, out R> {
  readonly _tag: "FirstOf"
  readonly label: string
  readonly members: ReadonlyArray<AnyRecipe<E, R>>
}

export type AnyRecipe<E, R> = Recipe<E, R> | FirstOf<E, R>
