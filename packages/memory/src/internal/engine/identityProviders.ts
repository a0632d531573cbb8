/**
 * The identity providers that an account trusts, as IAM has them, and the keys that their tokens are signed with.
 */
import * as Result from "effect/Result"
import * as World from "../../World.ts"
import * as SigningKey from "../identity/signingKey.ts"
import * as Metadata from "../saml/metadata.ts"
import type { State } from "./state.ts"

/**
 * The providers that AWS knows by itself. Trust policies name them by their host, and it is for the trust policies to
 * test who a token is for.
 */
const wellKnown: ReadonlySet<string> = new Set(["accounts.google.com", "cognito-identity.amazonaws.com"])

/** A public key, as a set of keys has it. */
export type Jwk = { readonly [member: string]: unknown }

export interface OidcProvider {
  /** How trust policies name it. */
  readonly principal: string
  /** The account that it is in; none has those that AWS knows by itself. */
  readonly account: string | undefined
  /** The issuer's URL, without `https://`. */
  readonly issuer: string
  /** Whom tokens may be for; anybody where there is no list. */
  readonly clientIds: ReadonlyArray<string> | undefined
  readonly keys: ReadonlyArray<Jwk>
}

export interface SamlProvider {
  readonly arn: string
  readonly account: string
  readonly name: string
  readonly metadata: Metadata.Metadata
  /** Whether the world is the identity provider itself. */
  readonly isOwn: boolean
}

/** A record's own entry: names come from requests. */
const entry = <A>(record: { readonly [name: string]: A }, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** A key on an elliptic curve that the world makes, of which there is one for each purpose. */
export const ellipticKeyOf = (
  { seed, signingKeys }: State,
  algorithm: "ES256" | "ES384",
  kid: string,
  purpose: string,
): SigningKey.SigningKey => {
  const known = signingKeys.get(purpose)
  if (known !== undefined) return known
  const key = SigningKey.elliptic(algorithm, kid, `${seed}\0${purpose}`)
  signingKeys.set(purpose, key)
  return key
}

/** The key that the world has made for an issuer, which is the same in all accounts. */
export const signingKeyOf = (state: State, issuer: string): SigningKey.SigningKey =>
  ellipticKeyOf(state, "ES256", "key-1", `oidc-provider\0${issuer}`)

/** The provider of an issuer, if an account has one. `issuer` is without `https://`. */
export const oidcProviderOf = (state: State, account: string, issuer: string): OidcProvider | undefined => {
  const registered = entry(state.accounts.get(account)?.oidcProviders ?? {}, issuer)
  const isWellKnown = wellKnown.has(issuer)
  if (registered === undefined && !isWellKnown) return undefined
  return {
    principal: isWellKnown ? issuer : World.oidcProviderArn(state.partition, account, issuer),
    account: isWellKnown ? undefined : account,
    issuer,
    clientIds: isWellKnown ? undefined : registered?.clientIds,
    keys: registered?.jwks?.keys ?? [signingKeyOf(state, issuer).jwk],
  }
}

/** Whom the world can sign tokens for: the issuers whose keys it has made, with the clients of the first of each. */
export const issuersOf = ({ accounts }: State): ReadonlyMap<string, ReadonlyArray<string>> => {
  const issuers = new Map<string, ReadonlyArray<string>>()
  for (const { oidcProviders } of accounts.values()) {
    for (const [issuer, { clientIds, jwks }] of Object.entries(oidcProviders)) {
      if (jwks === undefined && !issuers.has(issuer)) issuers.set(issuer, clientIds)
    }
  }
  for (const issuer of wellKnown) if (!issuers.has(issuer)) issuers.set(issuer, [])
  return issuers
}

const samlArn = /^arn:[\w-]+:iam::(\d{12}):saml-provider\/([\w.-]+)$/

export const samlProviderOf = (state: State, arn: string): SamlProvider | undefined => {
  const [, account = "", name = ""] = samlArn.exec(arn) ?? []
  const provider = entry(state.accounts.get(account)?.samlProviders ?? {}, name)
  if (provider === undefined || arn !== World.samlProviderArn(state.partition, account, name)) return undefined
  const { metadata } = provider
  return {
    arn,
    account,
    name,
    metadata: metadata === undefined ? Metadata.make(account, name) : Result.getOrThrow(Metadata.read(metadata)),
    isOwn: metadata === undefined,
  }
}

/** The ARNs of the SAML providers whose identity provider is the world. */
export const ownSamlProviders = ({ accounts, partition }: State): ReadonlyArray<string> =>
  Array.from(accounts).flatMap(([account, { samlProviders }]) =>
    Object.entries(samlProviders).flatMap(([name, { metadata }]) =>
      metadata === undefined ? [World.samlProviderArn(partition, account, name)] : [],
    ),
  )
