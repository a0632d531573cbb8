/** Responses as other identity providers write and sign them: with a library, and not in canonical form. */
import * as Sts from "@effect-sts/core/Sts"
import * as DateTime from "effect/DateTime"
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { SignedXml } from "xml-crypto"
import { publishedKey } from "../../src/internal/identity/publishedKey.ts"
import { samlArn } from "./identity.ts"
import { here, roleArn, start } from "./world.ts"

export const entityId = `https://idp.example.com/${here}/idp`

export const iso = (millis: number) => DateTime.formatIso(DateTime.makeUnsafe(millis))

const key = createPrivateKey({ key: publishedKey, format: "jwk" }).export({ type: "pkcs8", format: "pem" }).toString()

/** A key that no provider of the world has. */
export const foreignKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()

export const aws = (name: string) => `https://aws.amazon.com/SAML/Attributes/${name}`

export interface Parts {
  readonly id: string
  readonly issueInstant: string
  readonly issuer: string
  readonly nameId: string
  readonly confirmation: string
  readonly conditions: string
  readonly authnStatement: string
  readonly attributes: Record<string, ReadonlyArray<string>>
  /** Where the assertion and the signature stand in the response. */
  readonly response: (assertion: string) => string
}

const soon = iso(start + 60_000)

export const confirmation = (attributes = `NotOnOrAfter="${soon}" Recipient="https://signin.aws.amazon.com/saml"`) => `
    <SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
      <SubjectConfirmationData ${attributes} />
    </SubjectConfirmation>`

export const conditions = (
  attributes = `NotBefore="${iso(start - 1000)}" NotOnOrAfter="${soon}"`,
  audiences: ReadonlyArray<string> = ["urn:amazon:webservices"],
) => `
  <Conditions ${attributes}>
    ${audiences.map((audience) => `<AudienceRestriction><Audience>${audience}</Audience></AudienceRestriction>`).join("")}
  </Conditions>`

export const authnStatement = (attributes = "") => `
  <AuthnStatement AuthnInstant="${iso(start)}" ${attributes}>
    <AuthnContext><AuthnContextClassRef>urn:federation:authentication:windows</AuthnContextClassRef></AuthnContext>
  </AuthnStatement>`

export const good: Parts = {
  id: "_assertion",
  issueInstant: iso(start),
  issuer: entityId,
  nameId: `<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada</NameID>`,
  confirmation: confirmation(),
  conditions: conditions(),
  authnStatement: authnStatement(),
  attributes: {
    [aws("Role")]: [`${roleArn("saml")},${samlArn("idp")}`],
    [aws("RoleSessionName")]: ["test"],
  },
  response: (assertion) => `<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0" IssueInstant="${iso(start)}">
  <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">${entityId}</Issuer>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success" /></samlp:Status>
  ${assertion}
</samlp:Response>
`,
}

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const attributeStatement = (attributes: Parts["attributes"]) => `
  <AttributeStatement>${Object.entries(attributes)
    .map(
      ([name, values]) => `
    <Attribute Name="${name}">${values
      .map(
        (value) => `
      <AttributeValue>${escape(value)}</AttributeValue>`,
      )
      .join("")}
    </Attribute>`,
    )
    .join("")}
  </AttributeStatement>`

/** Without a signature. */
export const assertion = (changes: Partial<Parts> = {}) => {
  const parts = { ...good, ...changes }
  return `<Assertion ID="${parts.id}" IssueInstant="${parts.issueInstant}" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion">
  <Issuer>${parts.issuer}</Issuer>
  <Subject>
    ${parts.nameId}${parts.confirmation}
  </Subject>${parts.conditions}${parts.authnStatement}${attributeStatement(parts.attributes)}
</Assertion>`
}

/** Without a signature. */
export const response = (changes: Partial<Parts> = {}) => (changes.response ?? good.response)(assertion(changes))

export interface Signing {
  readonly key?: string
  readonly signatureAlgorithm?: string
  readonly digestAlgorithm?: string
  readonly canonicalizationAlgorithm?: string
  readonly transforms?: ReadonlyArray<string>
}

const exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"

const xpath = (name: string) => `//*[local-name(.)='${name}']`

/** Puts a signature of the element after its issuer. */
export const sign = (document: string, element: "Assertion" | "Response" = "Assertion", signing: Signing = {}) => {
  const signed = new SignedXml({
    privateKey: signing.key ?? key,
    signatureAlgorithm: signing.signatureAlgorithm ?? "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: signing.canonicalizationAlgorithm ?? exclusive,
  })
  signed.addReference({
    xpath: xpath(element),
    digestAlgorithm: signing.digestAlgorithm ?? "http://www.w3.org/2001/04/xmlenc#sha256",
    transforms: [...(signing.transforms ?? ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", exclusive])],
  })
  signed.computeSignature(document, {
    prefix: "ds",
    location: { reference: `${xpath(element)}/*[local-name(.)='Issuer']`, action: "after" },
  })
  return signed.getSignedXml()
}

/** AssumeRoleWithSAML with a document, for the role `saml`. */
export const assumeWith = (document: string, arn = roleArn("saml"), more = {}) =>
  Sts.assumeRoleWithSaml({
    roleArn: arn,
    principalArn: samlArn("idp"),
    samlAssertion: Buffer.from(document).toString("base64"),
    ...more,
  })
