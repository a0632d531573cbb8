/**
 * The signatures of a SAML response. What they hold for is read from the bytes that were signed, so that nothing can be
 * put around or in the place of it.
 *
 * Rules: XML Signature Syntax and Processing, and section 5.4 of the core specification of SAML 2.0. Of the algorithms
 * only those are taken that identity providers sign for AWS with: RSA with SHA-256 or SHA-512, exclusive canonicalization.
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Element from "./element.ts"

export const algorithms = {
  canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
  enveloped: "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
  digest: "http://www.w3.org/2001/04/xmlenc#sha256",
  signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
} as const

const digests: ReadonlySet<string> = new Set([algorithms.digest, "http://www.w3.org/2001/04/xmlenc#sha512"])

const signatures: ReadonlySet<string> = new Set([
  algorithms.signature,
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
])

const algorithmOf = ({ attributes }: Element.Element): string => attributes.get("Algorithm") ?? ""

/** Only what an encoder writes, in lines of any length. */
const isBase64 = (text: string): boolean => {
  const compact = text.replace(/\s+/g, "")
  return Result.match(Base64.decode(compact), {
    onFailure: () => false,
    onSuccess: (bytes) => bytes.length > 0 && Base64.encode(bytes) === compact,
  })
}

/** The children of an element, if they are of these names and in this order. */
const parts = (parent: Element.Element, ...names: ReadonlyArray<string>): ReadonlyArray<Element.Element> | undefined =>
  parent.children.length === names.length &&
  parent.children.every((child, index) => Element.is(child, "signature", names[index] ?? ""))
    ? parent.children
    : undefined

const isTransformed = (transforms: Element.Element): boolean => {
  const [enveloped, canonicalized] = parts(transforms, "Transform", "Transform") ?? []
  return (
    enveloped !== undefined &&
    canonicalized !== undefined &&
    algorithmOf(enveloped) === algorithms.enveloped &&
    algorithmOf(canonicalized) === algorithms.canonicalization
  )
}

const isReference = (reference: Element.Element, id: string): boolean => {
  const [transforms, method, value] = parts(reference, "Transforms", "DigestMethod", "DigestValue") ?? []
  return (
    reference.attributes.get("URI") === `#${id}` &&
    transforms !== undefined &&
    isTransformed(transforms) &&
    method !== undefined &&
    digests.has(algorithmOf(method)) &&
    value !== undefined &&
    isBase64(value.text)
  )
}

/** Whether a signature is one of the element with that id, and nothing else; whether it holds is another question. */
const isOver = (signature: Element.Element, id: string): boolean => {
  const [info, value] =
    parts(signature, "SignedInfo", "SignatureValue") ??
    parts(signature, "SignedInfo", "SignatureValue", "KeyInfo") ??
    []
  if (info === undefined || value === undefined || !isBase64(value.text)) return false
  const [canonicalization, method, reference] =
    parts(info, "CanonicalizationMethod", "SignatureMethod", "Reference") ?? []
  return (
    canonicalization !== undefined &&
    algorithmOf(canonicalization) === algorithms.canonicalization &&
    method !== undefined &&
    signatures.has(algorithmOf(method)) &&
    reference !== undefined &&
    isReference(reference, id)
  )
}

/** What cannot be loaded, as in a browser, cannot verify. */
export class Unavailable {
  readonly _tag = "Unavailable"
}

/** What is used of `xml-crypto`. Its own types, and those of `@xmldom/xmldom`, bring all that browsers have. */
interface SignedXml {
  readonly findSignatures: (document: unknown) => ReadonlyArray<unknown>
  readonly loadSignature: (signature: unknown) => void
  readonly checkSignature: (document: string) => boolean
  readonly getSignedReferences: () => ReadonlyArray<string>
}

interface Library {
  readonly DOMParser: new () => { readonly parseFromString: (document: string, type: string) => unknown }
  readonly SignedXml: new (options: {
    readonly publicCert: string
    readonly getCertFromKeyInfo: () => null
  }) => SignedXml
}

/** The name is not written out at `import`: bundlers for browsers would follow it, and end in modules of Node's. */
const importLazily = (name: string): Effect.Effect<unknown, Unavailable> =>
  Effect.tryPromise({
    try: (): Promise<unknown> => import(/* webpackIgnore: true */ /* @vite-ignore */ name),
    catch: () => new Unavailable(),
  })

const exportOf = (module: unknown, name: string): unknown => {
  if (Predicate.hasProperty(module, name)) return module[name]
  return Predicate.hasProperty(module, "default") && Predicate.hasProperty(module.default, name)
    ? module.default[name]
    : undefined
}

const isLibrary = (parts: { readonly [K in keyof Library]: unknown }): parts is Library =>
  Predicate.isFunction(parts.DOMParser) && Predicate.isFunction(parts.SignedXml)

const library: Effect.Effect<Library, Unavailable> = Effect.flatMap(
  Effect.all([importLazily("xml-crypto"), importLazily("@xmldom/xmldom")]),
  ([crypto, dom]) => {
    const parts = { DOMParser: exportOf(dom, "DOMParser"), SignedXml: exportOf(crypto, "SignedXml") }
    return isLibrary(parts) ? Effect.succeed(parts) : Effect.fail(new Unavailable())
  },
)

const toPem = (certificate: string): string =>
  ["-----BEGIN CERTIFICATE-----", ...(certificate.match(/.{1,64}/g) ?? []), "-----END CERTIFICATE-----", ""].join("\n")

/** The id of the element that a node of the DOM is in. */
const idAround = (node: unknown): unknown => {
  const parent = Predicate.hasProperty(node, "parentNode") ? node.parentNode : undefined
  return Predicate.hasProperty(parent, "getAttribute") && Predicate.isFunction(parent.getAttribute)
    ? Reflect.apply(parent.getAttribute, parent, ["ID"])
    : undefined
}

/** The canonical bytes that a certificate's key has signed of the element with that id. */
const signedWith = (
  { DOMParser, SignedXml }: Library,
  document: string,
  id: string,
  certificate: string,
): string | undefined => {
  const signed = new SignedXml({ publicCert: toPem(certificate), getCertFromKeyInfo: () => null })
  const found = signed.findSignatures(new DOMParser().parseFromString(document, "text/xml"))
  const [signature, ...others] = found.filter((node) => idAround(node) === id)
  if (signature === undefined || others.length > 0) return undefined
  const references = Result.try(() => {
    signed.loadSignature(signature)
    return signed.checkSignature(document) ? signed.getSignedReferences() : []
  })
  return Result.isSuccess(references) && references.success.length === 1 ? references.success[0] : undefined
}

/**
 * The element with that id as it was signed, with one of the keys: `undefined` where no signature of it holds. The
 * signature is that which is the element's child.
 */
const verifyElement = (
  library: Library,
  document: string,
  element: Element.Element,
  certificates: ReadonlyArray<string>,
): Element.Element | undefined => {
  const id = element.attributes.get("ID") ?? ""
  const signature = Element.child(element, "signature", "Signature")
  if (id === "" || signature === undefined || !isOver(signature, id)) return undefined
  for (const certificate of certificates) {
    const signed = signedWith(library, document, id, certificate)
    const read = signed === undefined ? undefined : Element.parse(signed)
    if (read?.attributes.get("ID") === id) return read
  }
  return undefined
}

/**
 * The assertion of a response as it was signed, or `undefined` where its signature does not hold, or where the response
 * has one that does not.
 */
export const verify = (
  document: string,
  response: Element.Element,
  assertion: Element.Element,
  certificates: ReadonlyArray<string>,
): Effect.Effect<Element.Element | undefined, Unavailable> =>
  Effect.map(library, (library) => {
    const isSigned = Element.children(response, "signature", "Signature").length > 0
    const expected = isSigned ? 2 : 1
    if (Element.everywhere(response, "Signature").length !== expected) return undefined
    if (isSigned && verifyElement(library, document, response, certificates) === undefined) return undefined
    return verifyElement(library, document, assertion, certificates)
  })
