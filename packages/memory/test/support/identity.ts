/** The world of the tests with identity providers, and ways to make tokens that no provider would. */
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import { GetWebIdentityToken } from "@effect-sts/core/operations/GetWebIdentityToken"
import * as Sts from "@effect-sts/core/Sts"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Jose from "jose"
import { certificate, publishedKey } from "../../src/internal/identity/publishedKey.ts"
import type * as Policy from "../../src/policy/Policy.ts"
import * as StsMemory from "../../src/StsMemory.ts"
import type * as World from "../../src/World.ts"
import { here, inWorld, roleArn, start, statement, there, trusting } from "./world.ts"

export const issuer = "token.example.com"
export const otherIssuer = "keys.example.com/realms/one"

export const oidcArn = (name: string, account = here) => `arn:aws:iam::${account}:oidc-provider/${name}`
export const samlArn = (name: string, account = here) => `arn:aws:iam::${account}:saml-provider/${name}`

export const webArn = `arn:aws:iam::${here}:role/federated/web`

type Condition = Policy.StatementDocument["Condition"]

export const federated = (
  provider: string,
  actions: string | ReadonlyArray<string>,
  condition?: Condition,
): Policy.Document => ({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: actions,
    ...(condition !== undefined && { Condition: condition }),
  },
})

const web = "sts:AssumeRoleWithWebIdentity"
const saml = "sts:AssumeRoleWithSAML"
const all = [web, saml, "sts:TagSession", "sts:SetSourceIdentity"]

export const { d: _d, dp: _dp, dq: _dq, p: _p, q: _q, qi: _qi, ...publicKey } = publishedKey

/** The key of RFC 7515, section A.3. */
export const ellipticKey = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}

const { d: _secret, ...ellipticPublicKey } = ellipticKey

export const jwks: ReadonlyArray<{ readonly [member: string]: string | ReadonlyArray<string> }> = [
  { ...publicKey, kid: "rsa" },
  { ...ellipticPublicKey, kid: "ec", alg: "RS256" },
  { ...ellipticPublicKey, kid: "twice" },
  { ...publicKey, kid: "twice" },
  { ...publicKey, kid: "enc", use: "enc" },
  { ...publicKey, kid: "ops", key_ops: ["sign"] },
  { kty: "RSA", kid: "x5c", x5c: ["MIIB"] },
  publicKey,
]

/** What an identity provider publishes that has changed its key: the first certificate is of no use. */
export const metadata = `
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://given.example.com">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    ${["MIICAAAA", certificate]
      .map(
        (text) => `<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
      <X509Certificate>${text.replace(/.{76}/g, "$&\n")}</X509Certificate>
    </X509Data></KeyInfo></KeyDescriptor>`,
      )
      .join("")}
  </IDPSSODescriptor>
</EntityDescriptor>`

/**
 * `web` and `saml` trust the world's own providers with all that goes with it, `plain…` without tags and source
 * identities. `keys` trusts the provider whose keys the tests have.
 */
export const world = {
  seed: "identity",
  accounts: {
    [here]: {
      users: {
        alice: {
          accessKeys: [{ accessKeyId: "AKIAALICE00000000000", secretAccessKey: "secret" }],
          policies: [statement("Allow", "sts:*")],
          tags: { team: "blue" },
        },
      },
      outboundWebIdentityFederation: true,
      oidcProviders: {
        [issuer]: { clientIds: ["app-1", "app-2"] },
        [otherIssuer]: { clientIds: ["app-1"], jwks: { keys: jwks } },
        "one.example.com": { clientIds: ["app-1"], jwks: { keys: [{ ...publicKey, kid: "only" }, publicKey] } },
        "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab": { clientIds: ["app-1"] },
      },
      samlProviders: { idp: {}, other: {}, given: { metadata } },
      roles: {
        web: {
          path: "/federated/",
          trustPolicy: federated(oidcArn(issuer), all),
          policies: [statement("Allow", "sts:*")],
          maxSessionDuration: 7200,
        },
        plainWeb: { trustPolicy: federated(oidcArn(issuer), web) },
        keys: { trustPolicy: federated(oidcArn(otherIssuer), all) },
        one: { trustPolicy: federated(oidcArn("one.example.com"), all) },
        google: {
          trustPolicy: federated("accounts.google.com", web, { StringEquals: { "accounts.google.com:aud": "app-1" } }),
        },
        cognito: {
          trustPolicy: federated(oidcArn("cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"), web),
          policies: [statement("Allow", "sts:*")],
        },
        everyone: { trustPolicy: trusting("*", undefined, [web, saml]) },
        saml: {
          trustPolicy: federated(samlArn("idp"), all),
          policies: [statement("Allow", "sts:*")],
          maxSessionDuration: 7200,
        },
        given: { trustPolicy: federated(samlArn("given"), saml) },
        plainSaml: { trustPolicy: federated(samlArn("idp"), saml) },
        chained: { trustPolicy: trusting(webArn), policies: [statement("Allow", "sts:*")] },
        afterWeb: {
          trustPolicy: trusting(webArn, {
            StringEquals: {
              "aws:FederatedProvider": oidcArn(issuer),
              [`${issuer}:sub`]: "ada",
              [`${issuer}:aud`]: "app-1",
            },
          }),
        },
        afterChain: { trustPolicy: trusting(roleArn("chained"), { Null: { "aws:FederatedProvider": "true" } }) },
        afterSaml: {
          trustPolicy: trusting(roleArn("saml"), {
            StringEquals: { "SAML:sub": "ada", "SAML:sub_type": "persistent" },
            Null: { "SAML:namequalifier": "false", "SAML:aud": "true", "aws:FederatedProvider": "true" },
          }),
        },
      },
    },
    [there]: {
      oidcProviders: { [issuer]: { clientIds: ["app-3"] } },
      roles: {
        web: { trustPolicy: federated(oidcArn(issuer, there), web) },
        foreign: { trustPolicy: federated(oidcArn(issuer), web) },
        foreignSaml: { trustPolicy: federated(samlArn("idp"), saml) },
      },
    },
  },
} satisfies World.Encoded

/** The same world, with other trust in its role `web` or `saml`. */
export const trustingOnly = (role: "saml" | "web", condition: Condition): World.Encoded => ({
  ...world,
  accounts: {
    ...world.accounts,
    [here]: {
      ...world.accounts[here],
      roles: {
        ...world.accounts[here].roles,
        [role]: {
          ...world.accounts[here].roles[role],
          trustPolicy: federated(role === "web" ? oidcArn(issuer) : samlArn("idp"), all, condition),
        },
      },
    },
  },
})

export const inIdentityWorld = inWorld(world)

/** What `start` is in a token. */
export const now = Math.floor(start / 1000)

/** The claims of a good token of `otherIssuer`. */
export const claims = {
  iss: `https://${otherIssuer}`,
  sub: "ada",
  aud: "app-1",
  iat: now,
  exp: now + 3600,
}

const signers = { rsa: publishedKey, ec: ellipticKey }

/** Signs whatever it is given: an object, or the text of one. */
export const sign = (
  payload: object | string,
  header: Jose.CompactJWSHeaderParameters = { alg: "RS256", kid: "rsa" },
  signer: keyof typeof signers = "rsa",
) =>
  Effect.promise(async () => {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload)
    const key = await Jose.importJWK(signers[signer], header.alg)
    return new Jose.CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header).sign(key)
  })

/** AssumeRoleWithWebIdentity with a token, for the role that trusts whoever signs with the keys of the tests. */
export const assumeWith = (webIdentityToken: string | Redacted.Redacted, arn = roleArn("keys")) =>
  Sts.assumeRoleWithWebIdentity({ roleArn: arn, roleSessionName: "test", webIdentityToken })

/** The same with a token of the world's own provider. */
export const assumeWeb = (identity: Partial<StsMemory.WebIdentity> = {}, arn = webArn, more = {}) =>
  Effect.flatMap(StsMemory.webIdentityToken({ provider: issuer, subject: "ada", ...identity }), (webIdentityToken) =>
    Sts.assumeRoleWithWebIdentity({ roleArn: arn, roleSessionName: "test", webIdentityToken, ...more }),
  )

export const assumeSaml = (identity: Partial<StsMemory.SamlIdentity> = {}, role = roleArn("saml"), more = {}) => {
  const asked = { provider: samlArn("idp"), role, roleSessionName: "test", ...identity }
  return Effect.flatMap(StsMemory.samlAssertion(asked), (samlAssertion) =>
    Sts.assumeRoleWithSaml({ roleArn: role, principalArn: asked.provider, samlAssertion, ...more }),
  )
}

export const invalidToken = (message: string) => ["InvalidIdentityToken", 400, message]
export const notAuthorizedTo = (operation: string) => [
  "AccessDenied",
  403,
  `Not authorized to perform sts:${operation}`,
]

/** GetWebIdentityToken for one audience, where nothing else is asked. */
export const getWebIdentityToken = (
  credentials: AwsCredentials.AwsCredentials,
  input: Partial<Operation.Input<typeof GetWebIdentityToken>> = {},
) =>
  Effect.flatMap(Sts.Sts, (sts) =>
    sts.call(GetWebIdentityToken, { audience: ["api"], signingAlgorithm: "ES384", ...input }, credentials),
  )

/** The claims of a token. */
export const claimsOf = (token: Redacted.Redacted) => {
  const [, payload = ""] = Redacted.value(token).split(".")
  return JSON.parse(Buffer.from(payload, "base64url").toString())
}

/** What AWS says in its own tokens of whoever asks. */
export const callerClaims = (credentials: AwsCredentials.AwsCredentials) =>
  Effect.map(
    getWebIdentityToken(credentials),
    ({ webIdentityToken }) => claimsOf(webIdentityToken)["https://sts.amazonaws.com/"],
  )
