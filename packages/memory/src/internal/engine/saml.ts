/**
 * Who a SAML response says that it is: STS's checks, in its words.
 *
 * The words without a comment are those that STS was recorded with in September 2026, or those of the IAM User Guide,
 * "Troubleshoot SAML federation with IAM". In what order STS checks is not known of all of them.
 */
import { sha1 } from "@noble/hashes/legacy.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Identifiers from "../identifiers.ts"
import * as Assertion from "../saml/assertion.ts"
import * as Attributes from "../saml/attributes.ts"
import * as Element from "../saml/element.ts"
import * as Signature from "../saml/signature.ts"
import * as Federation from "./federation.ts"
import * as IdentityProviders from "./identityProviders.ts"
import * as Refusal from "./refusal.ts"
import * as SessionTags from "./sessionTags.ts"
import type { Moment } from "./simulation.ts"
import * as SourceIdentity from "./sourceIdentity.ts"

const invalid = (message: string): Refusal.Refusal => Refusal.refusal("InvalidIdentityToken", message)

const fail = (message: string): Result.Result<never, Refusal.Refusal> => Result.fail(invalid(message))

/** What another service of AWS's says of a response, with an id of its own. */
const unreadable = (message: string, { requestId }: Moment): Refusal.Refusal =>
  invalid(
    `${message} (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: ${Identifiers.uuidOf(requestId)}; Proxy: null)`,
  )

const malformed = (moment: Moment): Refusal.Refusal => unreadable("Invalid base64 SAMLResponse", moment)

/** An assertion that the identity provider has signed, for AWS, and that is valid now. */
export interface Verified {
  readonly provider: IdentityProviders.SamlProvider
  readonly assertion: Assertion.Assertion
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Base64 in lines of any length, with nothing in it that an encoder would not write. */
const decodeDocument = (text: string): string | undefined => {
  const compact = text.replace(/[\r\n]+/g, "")
  const decoded = Result.flatMap(Base64.decode(compact), (bytes) => Result.try(() => decoder.decode(bytes)))
  return Result.isSuccess(decoded) && Base64.encode(decoded.success) === compact ? decoded.success : undefined
}

interface Response {
  readonly document: string
  readonly response: Element.Element
  /** As it stands there, which is not always as it was signed. */
  readonly assertion: Element.Element
}

const readResponse = (text: string, moment: Moment): Result.Result<Response, Refusal.Refusal> => {
  const document = decodeDocument(text)
  const response = document === undefined ? undefined : Element.parse(document)
  if (document === undefined || response === undefined || !Element.is(response, "protocol", "Response")) {
    return Result.fail(malformed(moment))
  }
  if (Element.children(response, "assertion", "EncryptedAssertion").length > 0) {
    return Result.fail(Refusal.notSimulated("An encrypted assertion"))
  }
  if (Element.everywhere(response, "Assertion").length > 1) return Result.fail(malformed(moment))
  const assertion = Element.child(response, "assertion", "Assertion")
  return assertion === undefined || Element.children(assertion, "signature", "Signature").length === 0
    ? Result.fail(
        unreadable("Response (with optional signature) must contain an assertion with a mandatory signature", moment),
      )
    : Result.succeed({ document, response, assertion })
}

const issuerOf = (assertion: Element.Element): string | undefined =>
  Element.child(assertion, "assertion", "Issuer")?.text.trim()

const verifySignature = (
  { assertion, document, response }: Response,
  { metadata }: IdentityProviders.SamlProvider,
): Effect.Effect<Element.Element, Refusal.Refusal> =>
  Effect.matchEffect(Signature.verify(document, response, assertion, metadata.certificates), {
    onFailure: () => Effect.fail(Refusal.notSimulated("AssumeRoleWithSAML on a runtime without node:crypto")),
    onSuccess: (signed) =>
      signed === undefined ? Effect.fail(invalid("Response signature invalid")) : Effect.succeed(signed),
  })

/** How long after it was made an assertion can be redeemed. */
const redeemable = Duration.minutes(5)

const checkTimes = (
  { expiresAt, issuedAt }: Assertion.Assertion,
  now: number,
): Result.Result<void, Refusal.Refusal> => {
  const expired = (message: string) => Result.fail(Refusal.refusal("ExpiredTokenException", message))
  if (now >= expiresAt) return expired("Response has expired")
  return now > issuedAt + Duration.toMillis(redeemable)
    ? expired("Token must be redeemed within 5 minutes of issuance")
    : Result.void
}

/** The second with the code of a region before it, too, and with the id of the provider after it. */
const isAws = (audience: string): boolean =>
  audience === "urn:amazon:webservices" ||
  /^https:\/\/(?:[a-z0-9-]+\.)?signin\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)\/(?:static\/)?saml(?:\/acs\/\w+)?$/.test(
    audience,
  )

const readSigned = (
  signed: Element.Element,
  provider: IdentityProviders.SamlProvider,
  moment: Moment,
): Result.Result<Verified, Refusal.Refusal> =>
  Result.gen(function* () {
    const assertion = yield* Result.fromOption(Assertion.read(signed), () => malformed(moment))
    yield* checkTimes(assertion, moment.now)
    if (!assertion.audiences.every((audiences) => audiences.some(isAws))) {
      return yield* fail("Response does not contain the required audience.")
    }
    return { provider, assertion }
  })

/** Proves a response for a provider. */
export const verify = (
  text: string,
  principalArn: string,
  moment: Moment,
): Effect.Effect<Verified, Refusal.Refusal> => {
  const provider = IdentityProviders.samlProviderOf(moment.state, principalArn)
  if (provider === undefined) return Effect.fail(invalid("Specified provider doesn't exist."))
  const read = readResponse(text, moment)
  if (Result.isFailure(read)) return Effect.fail(read.failure)
  if (issuerOf(read.success.assertion) !== provider.metadata.entityId) {
    return Effect.fail(unreadable("Issuer not present in specified provider", moment))
  }
  return Effect.flatMap(verifySignature(read.success, provider), (signed) =>
    Effect.fromResult(readSigned(signed, provider, moment)),
  )
}

const valuesOf = ({ attributes }: Assertion.Assertion, name: string): ReadonlyArray<string> =>
  attributes.get(Attributes.aws(name)) ?? []

const firstOf = (assertion: Assertion.Assertion, name: string): string | undefined => valuesOf(assertion, name)[0]

/** The role and the provider, in whichever order. */
const namesRole = (assertion: Assertion.Assertion, roleArn: string, principalArn: string): boolean =>
  valuesOf(assertion, "Role").some((pair) => {
    const arns = pair.split(",").map((arn) => arn.trim())
    return arns.length === 2 && arns.includes(roleArn) && arns.includes(principalArn)
  })

const readSessionName = (assertion: Assertion.Assertion): Result.Result<string, Refusal.Refusal> => {
  const name = firstOf(assertion, "RoleSessionName")
  if (name === undefined) return fail("RoleSessionName is required in AuthnResponse")
  return /^[\w+=,.@-]{2,64}$/.test(name)
    ? Result.succeed(name)
    : fail("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
}

const readTags = (assertion: Assertion.Assertion): Result.Result<SessionTags.SessionTags, Refusal.Refusal> => {
  const prefix = Attributes.aws("PrincipalTag:")
  const tags = Array.from(assertion.attributes).flatMap(([name, values]) =>
    name.startsWith(prefix) ? values.map((value) => [name.slice(prefix.length), value] as const) : [],
  )
  return SessionTags.ofToken(tags, valuesOf(assertion, "TransitiveTagKeys"))
}

/** It can only shorten the session. */
const readDuration = (
  assertion: Assertion.Assertion,
  now: number,
): Result.Result<Duration.Duration, Refusal.Refusal> => {
  const asked = firstOf(assertion, "SessionDuration")
  const seconds = asked === undefined ? Infinity : Number(asked)
  if (asked !== undefined && !(/^\d+$/.test(asked) && seconds >= 900 && seconds <= 43_200)) {
    // The rule is documented, STS's words are not.
    return fail("SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200")
  }
  const left = Math.floor(((assertion.sessionExpiresAt ?? Infinity) - now) / 1000)
  return Result.succeed(Duration.seconds(Math.min(seconds, left)))
}

/** "A hash value based on the concatenation" of issuer, account and provider: that of AWS's API reference. */
export const nameQualifier = ({ account, metadata, name }: IdentityProviders.SamlProvider): string =>
  Base64.encode(sha1(utf8ToBytes(`${metadata.entityId}${account}/${name}`)))

/** What an assertion says of a session of that role, in the name of the provider. */
export const identityOf = (
  { assertion, provider }: Verified,
  roleArn: string,
  now: number,
): Result.Result<Federation.Identity, Refusal.Refusal> =>
  Result.gen(function* () {
    if (!namesRole(assertion, roleArn, provider.arn)) {
      return yield* fail("SAML Assertion doesn't contain the requested Role and Metadata in the attributes")
    }
    const roleSessionName = yield* readSessionName(assertion)
    const source = firstOf(assertion, "SourceIdentity")
    const sourceIdentity = source === undefined ? undefined : yield* SourceIdentity.read(source)
    const tags = yield* readTags(assertion)
    const maxDuration = yield* readDuration(assertion, now)
    // Documented: a response without a NameID is not authorized, whatever the trust policy says. That a role cannot trust
    // the provider of another account is the narrower reading.
    if (assertion.subject === undefined || roleArn.split(":")[4] !== provider.account) {
      return yield* Result.fail(Federation.notAuthorized("AssumeRoleWithSAML"))
    }
    const sessionKeys = {
      "SAML:namequalifier": nameQualifier(provider),
      "SAML:sub": assertion.subject.name,
      "SAML:sub_type": assertion.subject.type,
    }
    return {
      provider: provider.arn,
      account: provider.account,
      roleSessionName,
      sourceIdentity,
      tags,
      maxDuration,
      keys: {
        ...Attributes.keysOf(assertion.attributes),
        "SAML:aud": assertion.recipient,
        "SAML:doc": `${provider.account}/${provider.name}`,
        "SAML:iss": assertion.issuer,
      },
      sessionKeys,
    }
  })
