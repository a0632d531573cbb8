/**
 * Makes responses as an identity provider of SAML 2.0 sends them to AWS: the assertion is signed, and so is the response
 * around it. There is no random in them: the ids are a function of the rest.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import * as SigningKey from "../identity/signingKey.ts"
import { element, text } from "./canonical.ts"
import { namespaces } from "./element.ts"
import { algorithms } from "./signature.ts"

export interface Statement {
  readonly issuer: string
  readonly subject: string
  /** `persistent`, `transient`, or the whole URI of another format. */
  readonly subjectType: string
  readonly audience: string
  readonly recipient: string
  readonly attributes: ReadonlyArray<readonly [name: string, values: ReadonlyArray<string>]>
  /** Epoch milliseconds, as the others. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly sessionExpiresAt: number | undefined
}

const saml = { "xmlns:saml": namespaces.assertion }
const samlp = { "xmlns:samlp": namespaces.protocol }
const ds = { "xmlns:ds": namespaces.signature }

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const formatOf = (subjectType: string): string =>
  subjectType.includes(":") ? subjectType : `urn:oasis:names:tc:SAML:2.0:nameid-format:${subjectType}`

const subject = ({ expiresAt, recipient, subject, subjectType }: Statement): string =>
  element(
    "saml:Subject",
    {},
    element("saml:NameID", { Format: formatOf(subjectType) }, text(subject)),
    element(
      "saml:SubjectConfirmation",
      { Method: "urn:oasis:names:tc:SAML:2.0:cm:bearer" },
      element("saml:SubjectConfirmationData", { NotOnOrAfter: iso(expiresAt), Recipient: recipient }),
    ),
  )

const conditions = ({ audience, expiresAt, issuedAt }: Statement): string =>
  element(
    "saml:Conditions",
    { NotBefore: iso(issuedAt), NotOnOrAfter: iso(expiresAt) },
    element("saml:AudienceRestriction", {}, element("saml:Audience", {}, text(audience))),
  )

const authnStatement = ({ issuedAt, sessionExpiresAt }: Statement): string =>
  element(
    "saml:AuthnStatement",
    {
      AuthnInstant: iso(issuedAt),
      ...(sessionExpiresAt !== undefined && { SessionNotOnOrAfter: iso(sessionExpiresAt) }),
    },
    element(
      "saml:AuthnContext",
      {},
      element("saml:AuthnContextClassRef", {}, "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"),
    ),
  )

const attributeStatement = ({ attributes }: Statement): string =>
  element(
    "saml:AttributeStatement",
    {},
    ...attributes.map(([name, values]) =>
      element(
        "saml:Attribute",
        { Name: name },
        ...values.map((value) => element("saml:AttributeValue", {}, text(value))),
      ),
    ),
  )

const encoder = new TextEncoder()

const signedInfo = (id: string, canonical: string): string =>
  element(
    "ds:SignedInfo",
    ds,
    element("ds:CanonicalizationMethod", { Algorithm: algorithms.canonicalization }),
    element("ds:SignatureMethod", { Algorithm: algorithms.signature }),
    element(
      "ds:Reference",
      { URI: `#${id}` },
      element(
        "ds:Transforms",
        {},
        element("ds:Transform", { Algorithm: algorithms.enveloped }),
        element("ds:Transform", { Algorithm: algorithms.canonicalization }),
      ),
      element("ds:DigestMethod", { Algorithm: algorithms.digest }),
      element("ds:DigestValue", {}, Base64.encode(sha256(encoder.encode(canonical)))),
    ),
  )

const key = SigningKey.published("saml")

/** Signs an element, which is made of what it holds. The signature stands after the issuer. */
const sign = (
  id: string,
  issuer: string,
  make: (...content: ReadonlyArray<string>) => string,
  ...content: ReadonlyArray<string>
): Effect.Effect<string> => {
  const signed = signedInfo(id, make(issuer, ...content))
  return Effect.map(key.sign(encoder.encode(signed)), (signature) =>
    make(
      issuer,
      element(
        "ds:Signature",
        ds,
        // In the signature its namespace is known already.
        signed.replace(` xmlns:ds="${namespaces.signature}"`, ""),
        element("ds:SignatureValue", {}, Base64.encode(signature)),
      ),
      ...content,
    ),
  )
}

/** A response, as XML. */
export const make = (statement: Statement): Effect.Effect<string> => {
  const { issuedAt, issuer, recipient } = statement
  const body = [subject(statement), conditions(statement), authnStatement(statement), attributeStatement(statement)]
  const id = (kind: string) =>
    `_${Hex.encode(sha256(utf8ToBytes([kind, issuer, issuedAt, ...body].join("\0")))).slice(0, 32)}`
  const common = (ID: string) => ({ ID, IssueInstant: iso(issuedAt), Version: "2.0" })
  const assertionId = id("assertion")
  const responseId = id("response")
  const success = element("samlp:StatusCode", { Value: "urn:oasis:names:tc:SAML:2.0:status:Success" })
  return Effect.flatMap(
    sign(
      assertionId,
      element("saml:Issuer", {}, text(issuer)),
      (...content) => element("saml:Assertion", { ...saml, ...common(assertionId) }, ...content),
      ...body,
    ),
    (assertion) =>
      sign(
        responseId,
        element("saml:Issuer", saml, text(issuer)),
        (...content) =>
          element("samlp:Response", { ...samlp, ...common(responseId), Destination: recipient }, ...content),
        element("samlp:Status", {}, success),
        assertion,
      ),
  )
}
