/**
 * The attributes that AWS knows: its own, and those that become condition keys of trust policies.
 *
 * Source: IAM User Guide, "Configure SAML assertions for the authentication response".
 */

/** An attribute of AWS's own: `Role`, `RoleSessionName`, … */
export const aws = (name: string): string => `https://aws.amazon.com/SAML/Attributes/${name}`

const claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"

/** Where the guide misspells an identifier of X.500, both spellings are here. */
const names: { readonly [attribute: string]: string } = {
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "edupersonaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.2": "edupersonnickname",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.3": "edupersonorgdn",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.4": "edupersonorgunitdn",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "edupersonprimaryaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "edupersonprincipalname",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "edupersonentitlement",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.8": "edupersonprimaryorgunitdn",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.9": "edupersonscopedaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "edupersontargetedid",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "edupersonassurance",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.2": "eduorghomepageuri",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.3": "eduorgidentityauthnpolicyuri",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.4": "eduorglegalname",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.5": "eduorgsuperioruri",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.6": "eduorgwhitepagesuri",
  "urn:oid:2.5.4.3": "cn",
  [`${claims}/name`]: "name",
  "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
  [`${claims}/givenname`]: "givenName",
  [`${claims}/surname`]: "surname",
  [`${claims}/emailaddress`]: "mail",
  "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "uid",
  "2.5.4.3": "commonName",
  "2.5.4.4": "surname",
  "2.4.5.42": "givenName",
  "2.5.4.42": "givenName",
  "2.5.4.45": "x500UniqueIdentifier",
  "0.9.2342.19200300100.1.1": "uid",
  "0.9.2342.19200300.100.1.1": "uid",
  "0.9.2342.19200300100.1.3": "mail",
  "0.9.2342.19200300.100.1.3": "mail",
  "0.9.2342.19200300.100.1.45": "organizationStatus",
}

/** The condition keys of the attributes that have one. */
export const keysOf = (
  attributes: ReadonlyMap<string, ReadonlyArray<string>>,
): { readonly [key: string]: ReadonlyArray<string> } =>
  Object.fromEntries(
    Array.from(attributes).flatMap(([attribute, values]) =>
      Object.hasOwn(names, attribute) ? [[`SAML:${names[attribute]}`, values]] : [],
    ),
  )
