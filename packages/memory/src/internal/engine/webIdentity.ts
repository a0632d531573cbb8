/**
 * Who a web identity token says that it is: STS's checks, in its order and its words.
 *
 * The words without a comment are those that STS was recorded with in September 2026, or quoted by its users.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Jwt from "../identity/jwt.ts"
import * as IdentityProviders from "./identityProviders.ts"
import * as Refusal from "./refusal.ts"
import * as SessionTags from "./sessionTags.ts"
import * as SourceIdentity from "./sourceIdentity.ts"
import type { Moment } from "./simulation.ts"
import type { Keys } from "./state.ts"

const invalid = (message: string): Refusal.Refusal => Refusal.refusal("InvalidIdentityToken", message)

const fail = (message: string): Result.Result<never, Refusal.Refusal> => Result.fail(invalid(message))

const noJwt = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"

const notValidated =
  "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements."

const noKey =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

/** IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM". */
const algorithms: ReadonlySet<string> = new Set(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])

/** A token that an identity provider of the role's account has signed for one of its clients, and that is valid now. */
export interface Verified {
  readonly provider: IdentityProviders.OidcProvider
  readonly subject: string
  readonly audience: string
  readonly sourceIdentity: string | undefined
  readonly tags: SessionTags.SessionTags
  /** What policies can test, under the names that they have there. */
  readonly keys: Keys
  /** Those of them that stay with the session. */
  readonly sessionKeys: Keys
}

const claimOf = (claims: Jwt.Members, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined)

const requireClaims = (claims: Jwt.Members): Result.Result<void, Refusal.Refusal> => {
  const missing = ["iss", "sub", "aud", "iat", "exp"].find((name) => !Object.hasOwn(claims, name))
  return missing === undefined ? Result.void : fail(`Missing a required claim: ${missing}`)
}

const readIssuer = (
  claims: Jwt.Members,
  account: string,
  { state }: Moment,
): Result.Result<IdentityProviders.OidcProvider, Refusal.Refusal> => {
  const issuer = String(claimOf(claims, "iss"))
  // Google's tokens were without the scheme, and both are still its issuer.
  const name = issuer.replace(/^https:\/\//, "")
  const isUrl = name !== issuer || issuer === "accounts.google.com"
  const provider = isUrl ? IdentityProviders.oidcProviderOf(state, account, name) : undefined
  return provider === undefined
    ? fail(`No OpenIDConnect provider found in your account for ${issuer}`)
    : Result.succeed(provider)
}

const readTime = (claims: Jwt.Members, name: string): Result.Result<number | undefined, Refusal.Refusal> => {
  const value = claimOf(claims, name)
  if (value === undefined) return Result.succeed(undefined)
  const seconds = Predicate.isString(value) && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(seconds) ? Result.succeed(Number(seconds)) : fail("Invalid timestamp in token claims.")
}

/** How far the clocks of others may be off, in seconds. */
const leeway = 300

const checkTimes = (claims: Jwt.Members, now: number): Result.Result<void, Refusal.Refusal> =>
  Result.gen(function* () {
    const { exp, iat, nbf } = yield* Result.all({
      exp: readTime(claims, "exp"),
      iat: readTime(claims, "iat"),
      nbf: readTime(claims, "nbf"),
    })
    const seconds = Math.floor(now / 1000)
    const earliest = seconds - leeway
    const latest = seconds + leeway
    if (exp !== undefined && earliest >= exp) {
      const message = `Token expired: current date/time ${earliest} must be before the expiration date/time ${exp}`
      return yield* Result.fail(Refusal.refusal("ExpiredTokenException", message))
    }
    if (iat !== undefined && iat > latest) return yield* fail(`Token issued in the future: ${iat}`)
    if (nbf !== undefined && nbf > latest) {
      return yield* fail(
        `Token not yet valid: current date/time ${latest} must be after or equal to the not-before date/time ${nbf}`,
      )
    }
  })

const stringOf = (value: unknown): Result.Result<string, Refusal.Refusal> =>
  Predicate.isString(value) ? Result.succeed(value) : fail(notValidated)

/** Whom the token is for: the authorized party where there is one, else the audience, which is then one. */
const readAudience = (
  claims: Jwt.Members,
  { clientIds }: IdentityProviders.OidcProvider,
): Result.Result<{ readonly audience: string; readonly original: string | undefined }, Refusal.Refusal> =>
  Result.gen(function* () {
    const claim = claimOf(claims, "aud")
    const [first, ...others] = Array.isArray(claim) ? yield* Result.all(claim.map(stringOf)) : [yield* stringOf(claim)]
    if (first === undefined || first === "") return yield* fail("Claim is not allowed to be empty: aud")
    const party = claimOf(claims, "azp")
    if (party === undefined && others.length > 0) {
      return yield* fail("Token audience contains more than one audience while authorized party is not present")
    }
    const audience = party === undefined ? first : yield* stringOf(party)
    if (audience === "") return yield* fail(notValidated)
    if (clientIds !== undefined && !clientIds.includes(audience)) return yield* fail("Incorrect token audience")
    return { audience, original: party === undefined ? undefined : first }
  })

/** Of keys with one id the last one counts; a token without an id is signed with the only key that there is. */
const keyOf = ({ header }: Jwt.Jwt, { keys }: IdentityProviders.OidcProvider): IdentityProviders.Jwk | undefined => {
  const named = keys.filter((key) => Predicate.isString(key["kid"]) && key["kid"] !== "")
  const kid = claimOf(header, "kid")
  return kid === undefined && named.length === 1 ? named[0] : named.findLast((key) => key["kid"] === kid)
}

const isForSignatures = ({ key_ops: operations, use }: IdentityProviders.Jwk): boolean =>
  (use === undefined || use === "sig") &&
  (operations === undefined || (Array.isArray(operations) && operations.includes("verify")))

const checkSignature = (
  token: string,
  jwt: Jwt.Jwt,
  provider: IdentityProviders.OidcProvider,
): Effect.Effect<void, Refusal.Refusal> => {
  const jwk = keyOf(jwt, provider)
  const algorithm = claimOf(jwt.header, "alg")
  // What is in a certificate only, STS does not read.
  if (jwk === undefined || !("n" in jwk || "x" in jwk)) return Effect.fail(invalid(noKey))
  if (!Predicate.isString(algorithm) || !algorithms.has(algorithm) || !isForSignatures(jwk)) {
    return Effect.fail(invalid(notValidated))
  }
  return Effect.flatMap(Jwt.isSignedBy(token, algorithm, jwk), (isSigned) =>
    isSigned ? Effect.void : Effect.fail(invalid(notValidated)),
  )
}

const readSubject = (claims: Jwt.Members): Result.Result<string, Refusal.Refusal> => {
  const subject = claimOf(claims, "sub")
  if (subject === null) {
    return Result.fail(Refusal.refusal("InternalFailure", "Unknown error validating third-party token"))
  }
  return Predicate.isNumber(subject) ? Result.succeed(String(subject)) : stringOf(subject)
}

const tagsClaim = "https://aws.amazon.com/tags"

const malformedTags = "Session tags passed in claim are not in correct format."

const malformedTag = "principal_tags passed in claim is not in correct format."

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const stringsOf = (value: unknown): Result.Result<ReadonlyArray<string>, Refusal.Refusal> =>
  Array.isArray(value) && value.every(Predicate.isString) ? Result.succeed(value) : fail(malformedTags)

/** Each has its value in a list of one. */
const readNestedTags = (claims: Jwt.Members) =>
  Result.gen(function* () {
    const claim = claimOf(claims, tagsClaim)
    if (claim === undefined) return { entries: [], transitive: [] }
    if (!Predicate.isReadonlyObject(claim)) return yield* fail(malformedTags)
    const tags = claim["principal_tags"] ?? {}
    if (!Predicate.isReadonlyObject(tags)) return yield* fail(malformedTag)
    const entries = yield* Result.all(
      Object.entries(tags).map(([key, values]): Result.Result<readonly [string, string], Refusal.Refusal> => {
        const [value, ...others] = listOf(values)
        return Predicate.isString(value) && others.length === 0 ? Result.succeed([key, value]) : fail(malformedTag)
      }),
    )
    return { entries, transitive: yield* stringsOf(claim["transitive_tag_keys"] ?? []) }
  })

/** The other form, for providers whose claims cannot nest: a claim for each tag. */
const readFlatTags = (claims: Jwt.Members) =>
  Result.gen(function* () {
    const prefix = `${tagsClaim}/principal_tags/`
    const entries = yield* Result.all(
      Object.entries(claims).flatMap(
        ([name, value]): Array<Result.Result<readonly [string, string], Refusal.Refusal>> => {
          if (!name.startsWith(prefix)) return []
          return [Predicate.isString(value) ? Result.succeed([name.slice(prefix.length), value]) : fail(malformedTag)]
        },
      ),
    )
    return { entries, transitive: yield* stringsOf(claimOf(claims, `${tagsClaim}/transitive_tag_keys`) ?? []) }
  })

const readTags = (claims: Jwt.Members): Result.Result<SessionTags.SessionTags, Refusal.Refusal> =>
  Result.gen(function* () {
    const nested = yield* readNestedTags(claims)
    const flat = yield* readFlatTags(claims)
    return yield* SessionTags.ofToken([...nested.entries, ...flat.entries], [...nested.transitive, ...flat.transitive])
  })

const readSourceIdentity = (claims: Jwt.Members): Result.Result<string | undefined, Refusal.Refusal> => {
  const claim = claimOf(claims, "https://aws.amazon.com/source_identity")
  return claim === undefined ? Result.succeed(undefined) : SourceIdentity.read(claim)
}

const rolesOf = (claim: unknown): Result.Result<ReadonlyArray<string>, Refusal.Refusal> => {
  const roles: ReadonlyArray<unknown> | undefined = Predicate.isString(claim)
    ? claim.split(";")
    : Array.isArray(claim)
      ? claim
      : undefined
  if (roles === undefined) return fail("The roles claim is not in a supported format")
  const valid = roles.filter(Predicate.isString).filter((role) => /^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(role))
  return valid.length === 0 ? fail("The roles claim contains no valid role ARNs") : Result.succeed(valid)
}

/** Whether the identity provider says which roles the token is for, and that this is one of them. */
const readRoles = (claims: Jwt.Members, roleArn: string): Result.Result<boolean, Refusal.Refusal> => {
  const claim = claimOf(claims, "https://aws.amazon.com/roles")
  if (claim === undefined || claim === null) return Result.succeed(false)
  return Result.flatMap(rolesOf(claim), (roles) =>
    roles.includes(roleArn)
      ? Result.succeed(true)
      : fail("The target role ARN is not present in the roles claim of the identity token"),
  )
}

/** What policies can test of a claim; of an object they can test nothing. */
const valueOf = (claim: unknown): Keys[string] => {
  if (Predicate.isString(claim) || Predicate.isNumber(claim) || Predicate.isBoolean(claim)) return claim
  return Array.isArray(claim) && claim.every(Predicate.isString) ? claim : undefined
}

/** Of Amazon Cognito's user pools the value was seen to be the issuer; of others it is documented. */
const federatedProvider = ({ issuer, principal }: IdentityProviders.OidcProvider): string =>
  /^cognito-idp\.[\w-]+\.amazonaws\.com(?:\.cn)?\//.test(issuer) ? issuer : principal

interface Addressed {
  readonly provider: IdentityProviders.OidcProvider
  readonly audience: string
  readonly original: string | undefined
}

/** What is checked before the signature: from whom and for whom a token is, and when. */
const readAddress = (claims: Jwt.Members, account: string, moment: Moment): Result.Result<Addressed, Refusal.Refusal> =>
  Result.gen(function* () {
    yield* requireClaims(claims)
    const provider = yield* readIssuer(claims, account, moment)
    yield* checkTimes(claims, moment.now)
    return { provider, ...(yield* readAudience(claims, provider)) }
  })

/** What is read of a token that is signed. */
const readIdentity = (
  claims: Jwt.Members,
  roleArn: string,
  { audience, original, provider }: Addressed,
): Result.Result<Verified, Refusal.Refusal> =>
  Result.gen(function* () {
    const subject = yield* readSubject(claims)
    const tags = yield* readTags(claims)
    const sourceIdentity = yield* readSourceIdentity(claims)
    const isAuthorizedByIdp = yield* readRoles(claims, roleArn)
    const { issuer } = provider
    const sessionKeys = {
      "aws:FederatedProvider": federatedProvider(provider),
      [`${issuer}:sub`]: subject,
      [`${issuer}:aud`]: audience,
      [`${issuer}:amr`]: valueOf(claimOf(claims, "amr")),
    }
    const keys = {
      ...Object.fromEntries(Object.entries(claims).map(([name, claim]) => [`${issuer}:${name}`, valueOf(claim)])),
      ...sessionKeys,
      [`${issuer}:oaud`]: original,
      "sts:RoleAuthorizedByIdp": isAuthorizedByIdp,
    }
    return { provider, subject, audience, sourceIdentity, tags, keys, sessionKeys }
  })

/** Proves a token that is for a role of an account. */
export const verify = (
  token: string,
  roleArn: string,
  account: string,
  moment: Moment,
): Effect.Effect<Verified, Refusal.Refusal> => {
  const jwt = Jwt.read(token)
  // STS knows no extensions, so it must refuse those that are critical (RFC 7515, section 4.1.11).
  if (jwt === undefined || Object.hasOwn(jwt.header, "crit")) return Effect.fail(invalid(noJwt))
  const address = readAddress(jwt.claims, account, moment)
  if (Result.isFailure(address)) return Effect.fail(address.failure)
  return Effect.flatMap(checkSignature(token, jwt, address.success.provider), () =>
    Effect.fromResult(readIdentity(jwt.claims, roleArn, address.success)),
  )
}
