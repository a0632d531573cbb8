/**
 * AWS as an identity provider: the issuer that each account has for those outside of AWS, and its keys.
 *
 * Source: IAM User Guide, "Federating AWS identities to external services"; the discovery document, the set of keys and a
 * token as AWS's were seen in 2026.
 */
import * as Identifiers from "../identifiers.ts"
import * as SigningKey from "../identity/signingKey.ts"
import * as IdentityProviders from "./identityProviders.ts"
import type { State } from "./state.ts"

export const isEnabled = ({ accounts }: State, account: string): boolean =>
  accounts.get(account)?.outboundWebIdentityFederation ?? false

/** The host of an account's issuer, which tells nothing of the account. */
const hostOf = ({ seed }: State, account: string): string =>
  `${Identifiers.uuidOf(`${seed}\0outbound\0${account}`)}.tokens.sts.global.api.aws`

export const issuerOf = (state: State, account: string): string => `https://${hostOf(state, account)}`

/** The key for an algorithm. That for RS256 is the same in all accounts: the issuer is what tells them apart. */
export const keyOf = (state: State, account: string, algorithm: "ES384" | "RS256"): SigningKey.SigningKey =>
  algorithm === "RS256"
    ? SigningKey.published("RSA_0")
    : IdentityProviders.ellipticKeyOf(state, "ES384", "EC384_0", `outbound\0${account}`)

export interface Jwks {
  readonly keys: ReadonlyArray<SigningKey.Jwk>
}

/** The keys that verify the tokens of an account. */
export const jwksOf = (state: State, account: string): Jwks => ({
  keys: (["RS256", "ES384"] as const).map((algorithm) => keyOf(state, account, algorithm).jwk),
})

/** The account whose issuer has this host. */
export const accountOf = (state: State, host: string): string | undefined =>
  Array.from(state.accounts.keys()).find((account) => isEnabled(state, account) && hostOf(state, account) === host)

/** The issuer's discovery document (OpenID Connect Discovery 1.0), with the keys where they are to be found. */
export const configurationOf = (state: State, account: string, jwksUri: string) => ({
  claims_supported: ["sub", "iss", "aud", "exp", "iat", "jti", "https://sts.amazonaws.com/"],
  id_token_signing_alg_values_supported: ["RS256", "ES384"],
  issuer: issuerOf(state, account),
  jwks_uri: jwksUri,
  subject_types_supported: ["public"],
})
