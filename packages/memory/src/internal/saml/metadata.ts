/**
 * The metadata of an identity provider: its name, and the certificates of the keys that it signs with.
 *
 * Source: Metadata for SAML 2.0, sections 2.3.2 and 2.4.1.1.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { certificate } from "../identity/publishedKey.ts"
import * as Element from "./element.ts"

export interface Metadata {
  readonly entityId: string
  /** DER in base64, without spaces. Whether they have expired does not matter to AWS. */
  readonly certificates: ReadonlyArray<string>
}

const isSigning = ({ attributes }: Element.Element): boolean => (attributes.get("use") ?? "signing") === "signing"

const certificatesOf = (root: Element.Element): ReadonlyArray<string> =>
  Element.children(root, "metadata", "IDPSSODescriptor")
    .flatMap((role) => Element.children(role, "metadata", "KeyDescriptor"))
    .filter(isSigning)
    .flatMap((key) => Element.everywhere(key, "X509Certificate"))
    .map(({ text }) => text.replace(/\s+/g, ""))

/** Reads a metadata document, or says what is wrong with it. */
export const read = (document: string): Result.Result<Metadata, string> => {
  const root = Element.parse(document)
  if (root === undefined) return Result.fail("is no XML")
  if (!Element.is(root, "metadata", "EntityDescriptor")) {
    return Result.fail("is no metadata of SAML 2.0: expected an EntityDescriptor")
  }
  const entityId = root.attributes.get("entityID") ?? ""
  if (entityId === "") return Result.fail("has no entityID")
  const certificates = certificatesOf(root)
  if (certificates.length === 0) {
    return Result.fail("has no certificate to sign with: expected an X509Certificate in a KeyDescriptor")
  }
  return certificates.every((certificate) => certificate !== "" && Result.isSuccess(Base64.decode(certificate)))
    ? Result.succeed({ entityId, certificates })
    : Result.fail("has a certificate that is no base64")
}

/** The metadata of a provider that the world makes: all sign with one key, and each has a name of its own. */
export const make = (account: string, provider: string): Metadata => ({
  entityId: `https://idp.example.com/${account}/${provider}`,
  certificates: [certificate],
})
