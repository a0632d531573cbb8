/**
 * Reads an assertion of SAML 2.0 for AWS. The signature has been verified: this is what was signed.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Element from "./element.ts"

export interface Subject {
  readonly name: string
  /** Without `urn:oasis:names:tc:SAML:2.0:nameid-format:`. */
  readonly type: string
}

export interface Assertion {
  readonly issuer: string
  /** Epoch milliseconds, as the others. */
  readonly issuedAt: number
  readonly subject: Subject | undefined
  readonly recipient: string
  /** The first of the times after which the assertion counts no more. */
  readonly expiresAt: number
  readonly sessionExpiresAt: number | undefined
  /** Each a list of which one must be met. */
  readonly audiences: ReadonlyArray<ReadonlyArray<string>>
  readonly attributes: ReadonlyMap<string, ReadonlyArray<string>>
}

const required = Option.fromUndefinedOr

/** A time in UTC, as SAML wants all of them, in epoch milliseconds. */
const readTime = (text: string): Option.Option<number> =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text)
    ? Option.map(DateTime.make(text), DateTime.toEpochMillis)
    : Option.none()

const requiredTime = ({ attributes }: Element.Element, name: string): Option.Option<number> =>
  Option.flatMap(required(attributes.get(name)), readTime)

/** A time that may be missing, but not be wrong. */
const optionalTime = (element: Element.Element, name: string): Option.Option<number | undefined> =>
  element.attributes.has(name) ? requiredTime(element, name) : Option.some(undefined)

const formatPrefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

/** It may be missing. */
const readSubject = (parent: Element.Element): Option.Option<Subject | undefined> => {
  const [name, ...others] = Element.children(parent, "assertion", "NameID")
  if (name === undefined) return Option.some(undefined)
  if (others.length > 0) return Option.none()
  return Option.map(required(name.attributes.get("Format")), (format) => ({
    name: name.text.trim(),
    type: format.startsWith(formatPrefix) ? format.slice(formatPrefix.length) : format,
  }))
}

/** Of values that are no text, as an eduPersonTargetedID, the text within counts. */
const valueOf = (value: Element.Element): string => {
  const [inner] = value.children
  return inner === undefined ? value.text : valueOf(inner)
}

const attributesOf = (assertion: Element.Element): Assertion["attributes"] => {
  const attributes = new Map<string, ReadonlyArray<string>>()
  for (const statement of Element.children(assertion, "assertion", "AttributeStatement")) {
    for (const attribute of Element.children(statement, "assertion", "Attribute")) {
      const name = attribute.attributes.get("Name") ?? ""
      const values = Element.children(attribute, "assertion", "AttributeValue").map(valueOf)
      attributes.set(name, [...(attributes.get(name) ?? []), ...values])
    }
  }
  return attributes
}

const audiencesOf = (conditions: Element.Element): Assertion["audiences"] =>
  Element.children(conditions, "assertion", "AudienceRestriction").map((restriction) =>
    Element.children(restriction, "assertion", "Audience").map(({ text }) => text.trim()),
  )

/** Reads it: none, where something is missing or wrong that AWS wants. */
export const read = (assertion: Element.Element): Option.Option<Assertion> =>
  Option.gen(function* () {
    const only = (parent: Element.Element, name: string) => required(Element.child(parent, "assertion", name))
    const issuer = yield* only(assertion, "Issuer")
    const conditions = yield* only(assertion, "Conditions")
    const statement = yield* only(assertion, "AuthnStatement")
    const subject = yield* only(assertion, "Subject")
    const confirmation = yield* only(yield* only(subject, "SubjectConfirmation"), "SubjectConfirmationData")
    yield* optionalTime(conditions, "NotBefore")
    const sessionExpiresAt = yield* optionalTime(statement, "SessionNotOnOrAfter")
    return {
      issuer: issuer.text.trim(),
      issuedAt: yield* requiredTime(assertion, "IssueInstant"),
      subject: yield* readSubject(subject),
      recipient: yield* required(confirmation.attributes.get("Recipient")),
      expiresAt: Math.min(
        yield* requiredTime(confirmation, "NotOnOrAfter"),
        (yield* optionalTime(conditions, "NotOnOrAfter")) ?? Infinity,
        sessionExpiresAt ?? Infinity,
      ),
      sessionExpiresAt,
      audiences: audiencesOf(conditions),
      attributes: attributesOf(assertion),
    }
  })
