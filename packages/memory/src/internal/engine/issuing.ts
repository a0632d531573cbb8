/**
 * The world as an identity provider: it makes web identity tokens and SAML assertions for its providers.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Jwt from "../identity/jwt.ts"
import * as Attributes from "../saml/attributes.ts"
import * as Response from "../saml/response.ts"
import * as IdentityProviders from "./identityProviders.ts"
import type { State, Tags } from "./state.ts"

/** What identity providers say of a session, besides who it is for. */
export interface Statement {
  readonly tags: Tags
  readonly transitiveTagKeys: ReadonlyArray<string>
  readonly sourceIdentity: string | undefined
  readonly expiresIn: Duration.Duration
}

export interface WebIdentity extends Statement {
  /** An issuer, without `https://`. */
  readonly provider: string
  readonly subject: string
  readonly audience: string | ReadonlyArray<string>
  /** Further claims, which stand before those that follow from the rest. */
  readonly claims: { readonly [name: string]: unknown }
}

const tagsClaim = ({ tags, transitiveTagKeys }: Statement) => ({
  principal_tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, [value]])),
  transitive_tag_keys: transitiveTagKeys,
})

/** A token, signed with the key that the world has made for the issuer. */
export const webIdentityToken = (state: State, now: number, identity: WebIdentity): Effect.Effect<string> => {
  const { audience, claims, expiresIn, provider, sourceIdentity, subject, tags, transitiveTagKeys } = identity
  const issuedAt = Math.floor(now / 1000)
  return Jwt.sign(IdentityProviders.signingKeyOf(state, provider), {
    iss: `https://${provider}`,
    sub: subject,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + Math.floor(Duration.toSeconds(expiresIn)),
    ...(Object.keys(tags).length + transitiveTagKeys.length > 0 && {
      "https://aws.amazon.com/tags": tagsClaim(identity),
    }),
    ...(sourceIdentity !== undefined && { "https://aws.amazon.com/source_identity": sourceIdentity }),
    ...claims,
  })
}

export interface SamlIdentity extends Statement {
  readonly roleArns: ReadonlyArray<string>
  readonly roleSessionName: string
  readonly subject: string
  readonly subjectType: string
  readonly audience: string
  readonly recipient: string
  readonly sessionDuration: Duration.Duration | undefined
  readonly sessionExpiresIn: Duration.Duration | undefined
  /** Further attributes, by name. */
  readonly attributes: { readonly [name: string]: string | ReadonlyArray<string> }
}

type Attribute = readonly [name: string, values: ReadonlyArray<string>]

const attributesOf = (providerArn: string, identity: SamlIdentity): ReadonlyArray<Attribute> => {
  const { attributes, roleArns, roleSessionName, sessionDuration, sourceIdentity, tags, transitiveTagKeys } = identity
  const own: ReadonlyArray<Attribute> = [
    ["Role", roleArns.map((arn) => `${arn},${providerArn}`)],
    ["RoleSessionName", [roleSessionName]],
    ["SessionDuration", sessionDuration === undefined ? [] : [String(Duration.toSeconds(sessionDuration))]],
    ["SourceIdentity", sourceIdentity === undefined ? [] : [sourceIdentity]],
    ...Object.entries(tags).map(([key, value]): Attribute => [`PrincipalTag:${key}`, [value]]),
    ["TransitiveTagKeys", transitiveTagKeys],
  ]
  return [
    ...own.filter(([, values]) => values.length > 0).map(([name, values]): Attribute => [Attributes.aws(name), values]),
    ...Object.entries(attributes).map(([name, values]): Attribute => [name, [values].flat()]),
  ]
}

/** A response with an assertion for a provider whose identity provider the world is. */
export const samlAssertion = (
  provider: IdentityProviders.SamlProvider,
  now: number,
  identity: SamlIdentity,
): Effect.Effect<string> => {
  const { audience, expiresIn, recipient, sessionExpiresIn, subject, subjectType } = identity
  const response = Response.make({
    issuer: provider.metadata.entityId,
    subject,
    subjectType,
    audience,
    recipient,
    attributes: attributesOf(provider.arn, identity),
    issuedAt: now,
    expiresAt: now + Duration.toMillis(expiresIn),
    sessionExpiresAt: sessionExpiresIn && now + Duration.toMillis(sessionExpiresIn),
  })
  return Effect.map(response, Base64.encode)
}
