// What STS was recorded to say is marked [field], as in FIDELITY.md; [docs] is the IAM User Guide.
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as FastCheck from "fast-check"
import { createHash } from "node:crypto"
import { certificate } from "../src/internal/identity/publishedKey.ts"
import * as StsMemory from "../src/StsMemory.ts"
import {
  assumeSaml,
  callerClaims,
  inIdentityWorld,
  invalidToken,
  notAuthorizedTo,
  samlArn,
  trustingOnly,
} from "./support/identity.ts"
import {
  assertion,
  assumeWith,
  authnStatement,
  aws,
  conditions,
  confirmation,
  entityId,
  foreignKey,
  good,
  iso,
  type Parts,
  response,
  sign,
  type Signing,
} from "./support/saml.ts"
import {
  assumeRole,
  getCallerIdentity,
  here,
  inWorld,
  refused,
  roleArn,
  sessionArn,
  start,
  there,
} from "./support/world.ts"

const denied = notAuthorizedTo("AssumeRoleWithSAML")

/** What another service of AWS's says, with an id of its own in it. */
const unreadable = (message: string) =>
  new RegExp(
    `^${message.replace(/[()]/g, String.raw`\$&`)} \\(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: [\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}; Proxy: null\\)$`,
  )
const malformed = unreadable("Invalid base64 SAMLResponse")
const unsigned = unreadable("Response (with optional signature) must contain an assertion with a mandatory signature")

const assertRefused = (actual: ReadonlyArray<unknown>, expected: RegExp | string | ReadonlyArray<unknown>) => {
  if (typeof expected === "string") assert.deepStrictEqual(actual, invalidToken(expected))
  else if (expected instanceof RegExp) {
    assert.deepStrictEqual(actual.slice(0, 2), ["InvalidIdentityToken", 400])
    assert.match(String(actual[2]), expected)
  } else assert.deepStrictEqual(actual, expected)
}

describe("AssumeRoleWithSAML", () => {
  it.effect("answers with the session and who the assertion says that it is", () =>
    Effect.gen(function* () {
      const response = yield* assumeSaml({ subject: "ada", sourceIdentity: "ada" })
      assert.strictEqual(response.assumedRoleUser.arn, sessionArn("saml"))
      assert.strictEqual(response.subject, "ada")
      assert.strictEqual(response.subjectType, "persistent")
      assert.strictEqual(response.issuer, entityId)
      assert.strictEqual(response.audience, "https://signin.aws.amazon.com/saml")
      // [model]: base64 of the SHA-1 of issuer, account and provider.
      const hash = createHash("sha1").update(`${entityId}${here}/idp`).digest("base64")
      assert.strictEqual(response.nameQualifier, hash)
      assert.strictEqual(response.sourceIdentity, "ada")
      assert.strictEqual(DateTime.formatIso(response.credentials.expiration), "2026-07-13T11:00:00.000Z")
      assert.strictEqual((yield* getCallerIdentity(response.credentials)).arn, sessionArn("saml"))
    }).pipe(inIdentityWorld),
  )

  describe("takes a response", () => {
    const documents: ReadonlyArray<readonly [name: string, document: string]> = [
      ["with a signed assertion", sign(response())],
      ["that is signed, too", sign(sign(response()), "Response")],
      [
        "with longer hashes",
        sign(response(), "Assertion", {
          signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
          digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha512",
        }),
      ],
      [
        "of another issuer than the assertion [field]",
        sign(response()).replace(entityId, "https://elsewhere.example.com"),
      ],
      ["with comments around what is signed", sign(response()).replace("<samlp:Status>", "<!-- a --><samlp:Status>")],
      [
        "that is for one use [field]",
        sign(response({ conditions: conditions().replace("</Conditions>", "<OneTimeUse/></Conditions>") })),
      ],
      [
        "that is not valid before tomorrow [field]",
        sign(response({ conditions: conditions(`NotBefore="${iso(start + 86_400_000)}"`) })),
      ],
      ["without an audience", sign(response({ conditions: conditions("", []) }))],
      ...[
        "https://signin.aws.amazon.com/saml",
        "https://eu-west-1.signin.aws.amazon.com/saml",
        "urn:amazon:webservices",
      ].map(
        (audience) => [`for ${audience} [docs]`, sign(response({ conditions: conditions("", [audience]) }))] as const,
      ),
      [
        "whose role stands after the provider, with spaces [field]",
        sign(
          response({
            attributes: {
              ...good.attributes,
              [aws("Role")]: [`${roleArn("x")},${samlArn("x")}`, ` ${samlArn("idp")} , ${roleArn("saml")} `],
            },
          }),
        ),
      ],
    ]
    it.effect.each(documents)("%s", ([, document]) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* assumeWith(document)).subject, "ada")
      }).pipe(inIdentityWorld),
    )

    it.effect("in lines of base64, and again and again [field]", () =>
      Effect.gen(function* () {
        const samlAssertion = Buffer.from(sign(response())).toString("base64").replace(/.{76}/g, "$&\r\n")
        const asked = { roleArn: roleArn("saml"), principalArn: samlArn("idp"), samlAssertion }
        const one = yield* Sts.assumeRoleWithSaml(asked)
        const other = yield* Sts.assumeRoleWithSaml(asked)
        assert.notStrictEqual(one.credentials.accessKeyId, other.credentials.accessKeyId)
      }).pipe(inIdentityWorld),
    )
  })

  describe("refuses", () => {
    const expired = ["ExpiredTokenException", 400, "Response has expired"]
    const withAttributes = (attributes: Parts["attributes"]) => ({ attributes: { ...good.attributes, ...attributes } })
    const cases: ReadonlyArray<
      readonly [name: string, changes: Partial<Parts>, expected: RegExp | string | ReadonlyArray<unknown>]
    > = [
      ["conditions that have ended [field]", { conditions: conditions(`NotOnOrAfter="${iso(start)}"`) }, expired],
      [
        "a confirmation that has ended [field]",
        { confirmation: confirmation(`NotOnOrAfter="${iso(start)}" Recipient="x"`) },
        expired,
      ],
      [
        "a session of the provider that has ended [field]",
        { authnStatement: authnStatement(`SessionNotOnOrAfter="${iso(start)}"`) },
        expired,
      ],
      [
        "what was made more than 5 minutes ago [field]",
        { issueInstant: iso(start - 300_001) },
        ["ExpiredTokenException", 400, "Token must be redeemed within 5 minutes of issuance"],
      ],
      [
        "another audience [docs, sts.md 3.5]",
        { conditions: conditions("", ["https://elsewhere.example.com"]) },
        "Response does not contain the required audience.",
      ],
      [
        "one audience of two that is another",
        { conditions: conditions("", ["urn:amazon:webservices", "https://elsewhere.example.com"]) },
        "Response does not contain the required audience.",
      ],
      [
        "another issuer [docs]",
        { issuer: "https://elsewhere.example.com" },
        unreadable("Issuer not present in specified provider"),
      ],
      ["no conditions [field]", { conditions: "" }, malformed],
      ["no AuthnStatement [field]", { authnStatement: "" }, malformed],
      ["no confirmation", { confirmation: "" }, malformed],
      ["two confirmations [field]", { confirmation: confirmation() + confirmation() }, malformed],
      ["a confirmation without an end [field]", { confirmation: confirmation('Recipient="x"') }, malformed],
      [
        "a confirmation without a recipient [field]",
        { confirmation: confirmation(`NotOnOrAfter="${iso(start + 1)}"`) },
        malformed,
      ],
      ["a NameID without a format [field]", { nameId: "<NameID>ada</NameID>" }, malformed],
      ["two NameIDs", { nameId: good.nameId + good.nameId }, malformed],
      ["a NotBefore that is no time [field]", { conditions: conditions('NotBefore="soon"') }, malformed],
      ["a time that is not in UTC", { conditions: conditions('NotOnOrAfter="2026-07-13T10:05:00+00:00"') }, malformed],
      ["a day that is none", { issueInstant: "2026-13-13T10:00:00Z" }, malformed],
      ["no NameID [docs]", { nameId: "" }, denied],
      [
        "another role [field]",
        withAttributes({ [aws("Role")]: [`${roleArn("other")},${samlArn("idp")}`] }),
        "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
      ],
      [
        "another provider with the role [field]",
        withAttributes({ [aws("Role")]: [`${roleArn("saml")},${samlArn("other")}`, roleArn("saml"), samlArn("idp")] }),
        "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
      ],
      [
        "a pair of three",
        withAttributes({ [aws("Role")]: [`${roleArn("saml")},${samlArn("idp")},${roleArn("saml")}`] }),
        "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
      ],
      [
        "no session name [docs, sts.md 3.5]",
        withAttributes({ [aws("RoleSessionName")]: [] }),
        "RoleSessionName is required in AuthnResponse",
      ],
      ...["a", "a b", "x".repeat(65), ""].map(
        (name) =>
          [
            `the session name "${name}" [docs, sts.md 3.5]`,
            withAttributes({ [aws("RoleSessionName")]: [name] }),
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
          ] as const,
      ),
      ...["a", "a b", "aws:ada"].map(
        (name) =>
          [
            `the source identity "${name}" [docs, sts.md 3.5]`,
            withAttributes({ [aws("SourceIdentity")]: [name] }),
            'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
          ] as const,
      ),
      ...["899", "43201", "soon", "9e2"].map(
        (duration) =>
          [
            `a session duration of ${duration}`,
            withAttributes({ [aws("SessionDuration")]: [duration] }),
            "SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200",
          ] as const,
      ),
    ]
    it.effect.each(cases)("%s", ([, changes, expected]) =>
      Effect.gen(function* () {
        assertRefused(yield* refused(assumeWith(sign(response(changes)))), expected)
      }).pipe(inIdentityWorld),
    )

    const signedAssertion = sign(response())
    const documents: ReadonlyArray<readonly [name: string, document: string, expected: RegExp | string]> = [
      ["an assertion that is not signed [field]", response(), unsigned],
      ["a response whose assertion is not signed [field]", sign(response(), "Response"), unsigned],
      ["a response without an assertion [field]", good.response(""), unsigned],
      ["no XML", "ada", malformed],
      ["XML that breaks off", signedAssertion.slice(0, -3), malformed],
      ["another document", assertion(), malformed],
      ["a DOCTYPE", signedAssertion.replace("<samlp:Response", "<!DOCTYPE samlp:Response><samlp:Response"), malformed],
      ["a prefix that stands for nothing", signedAssertion.replaceAll("samlp:Status", "other:Status"), malformed],
      [
        "what was changed after it was signed [field]",
        signedAssertion.replace(">ada<", ">eve<"),
        "Response signature invalid",
      ],
      [
        "the signature of another key [field]",
        sign(response(), "Assertion", { key: foreignKey }),
        "Response signature invalid",
      ],
      [
        "a response with the signature of another key [field]",
        sign(signedAssertion, "Response", { key: foreignKey }),
        "Response signature invalid",
      ],
      [
        "what was changed in a response after it was signed [field]",
        sign(signedAssertion, "Response").replace('ID="_response"', 'ID="_response" Destination="x"'),
        "Response signature invalid",
      ],
    ]
    it.effect.each(documents)("%s", ([, document, expected]) =>
      Effect.gen(function* () {
        assertRefused(yield* refused(assumeWith(document)), expected)
      }).pipe(inIdentityWorld),
    )

    const signings: ReadonlyArray<readonly [name: string, signing: Signing]> = [
      ["SHA-1 in the signature", { signatureAlgorithm: "http://www.w3.org/2000/09/xmldsig#rsa-sha1" }],
      ["SHA-1 in the digest", { digestAlgorithm: "http://www.w3.org/2000/09/xmldsig#sha1" }],
      [
        "canonicalization that is not exclusive",
        { canonicalizationAlgorithm: "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" },
      ],
      ["a transform that is missing", { transforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature"] }],
    ]
    it.effect.each(signings)("a signature with %s", ([, signing]) =>
      Effect.gen(function* () {
        const document = sign(response(), "Assertion", signing)
        assertRefused(yield* refused(assumeWith(document)), "Response signature invalid")
      }).pipe(inIdentityWorld),
    )

    it.effect("what is no base64, or no UTF-8 [field]", () =>
      Effect.gen(function* () {
        const asked = { roleArn: roleArn("saml"), principalArn: samlArn("idp") }
        // One byte in its last group: four bits of it say nothing.
        const padded = signedAssertion + " ".repeat(3 - ((Buffer.from(signedAssertion).length + 2) % 3))
        const text = Buffer.from(padded).toString("base64")
        assert.match(text, /A==$/)
        yield* Sts.assumeRoleWithSaml({ ...asked, samlAssertion: text })
        const broken = ["%%%%", text.slice(1), `${text} `, "/////w==", text.slice(0, -2), text.replace("A==", "B==")]
        for (const samlAssertion of broken) {
          assertRefused(yield* refused(Sts.assumeRoleWithSaml({ ...asked, samlAssertion })), malformed)
        }
      }).pipe(inIdentityWorld),
    )

    it.effect("a provider that is not there [docs, sts.md 3.5]", () =>
      Effect.gen(function* () {
        const providers = [
          samlArn("missing"),
          samlArn("idp", there),
          samlArn("toString"),
          samlArn("idp").replace("aws", "aws-cn"),
          "no arn at all, but long enough",
        ]
        for (const principalArn of providers) {
          assertRefused(
            yield* refused(assumeWith(signedAssertion, roleArn("saml"), { principalArn })),
            "Specified provider doesn't exist.",
          )
        }
      }).pipe(inIdentityWorld),
    )

    it.effect("the assertion of another provider, though one key signs for both", () =>
      Effect.gen(function* () {
        const other = StsMemory.samlAssertion({
          provider: samlArn("other"),
          role: roleArn("saml"),
          roleSessionName: "test",
        })
        const samlAssertion = yield* other
        assertRefused(
          yield* refused(
            Sts.assumeRoleWithSaml({ roleArn: roleArn("saml"), principalArn: samlArn("idp"), samlAssertion }),
          ),
          unreadable("Issuer not present in specified provider"),
        )
      }).pipe(inIdentityWorld),
    )

    it.effect("an encrypted assertion, which is not simulated", () =>
      Effect.gen(function* () {
        const encrypted = '<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" />'
        assertRefused(yield* refused(assumeWith(good.response(encrypted))), [
          "UnsupportedOperation",
          400,
          "An encrypted assertion is not simulated yet by @effect-sts/memory",
        ])
      }).pipe(inIdentityWorld),
    )
  })

  describe("reads what was signed, and nothing that was put around it:", () => {
    const signed = sign(assertion())
    const evil = assertion({ id: "_evil", nameId: good.nameId.replace("ada", "eve") })
    const evilTwin = assertion({ nameId: good.nameId.replace("ada", "eve") })
    const [signature = ""] = /<ds:Signature[^]*<\/ds:Signature>/.exec(signed) ?? []
    const [otherSignature = ""] = /<ds:Signature[^]*<\/ds:Signature>/.exec(sign(evil)) ?? []
    const bare = signed.replace(signature, "")
    const inEvil = (content: string) => evil.replace("</Issuer>", `</Issuer>${content}`)
    const holding = (content: string) =>
      signature.replace("</ds:Signature>", `<ds:Object>${content}</ds:Object></ds:Signature>`)
    const wrap = (content: string) => `<samlp:Extensions>${content}</samlp:Extensions>`
    const attacks: ReadonlyArray<readonly [name: string, document: string]> = [
      ["an assertion before it", good.response(evil + signed)],
      ["an assertion after it", good.response(signed + evil)],
      ["a twin with its id before it", good.response(evilTwin + signed)],
      ["an assertion with its signature, and it in an extension", good.response(wrap(bare) + inEvil(signature))],
      ["an assertion with its signature, and it in the signature", good.response(inEvil(holding(bare)))],
      ["an assertion in an extension", good.response(wrap(evil) + signed)],
      ["a signature in an extension", good.response(wrap(otherSignature) + signed)],
      ["an assertion around it", good.response(inEvil(signed))],
      ["an assertion around it, with its signature", good.response(inEvil(signature + bare))],
      [
        "a twin with its signature, and it in the signature",
        good.response(evilTwin.replace("</Issuer>", `</Issuer>${holding(bare)}`)),
      ],
      [
        "it in the signature of the response",
        sign(good.response(inEvil(signature)), "Response").replace(
          "</ds:Signature>",
          `<ds:Object>${bare}</ds:Object></ds:Signature>`,
        ),
      ],
      ["a second signature", good.response(signed.replace(signature, signature + signature))],
      ["a signature of everything", good.response(signed.replace('URI="#_assertion"', 'URI=""'))],
      [
        "a second reference",
        good.response(signed.replace(/<ds:Reference[^]*<\/ds:Reference>/, (reference) => reference + reference)),
      ],
      [
        "an attribute in another namespace as id",
        good.response(signed.replace(' ID="_assertion"', ' xmlns:x="urn:x" x:ID="_assertion" ID="_other"')),
      ],
      ["an entity", `<!DOCTYPE r [<!ENTITY a "eve">]>${good.response(signed.replace(">ada<", ">&a;<"))}`],
    ]
    it.effect.each(attacks)("%s", ([, document]) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* refused(assumeWith(document)))[0], "InvalidIdentityToken")
      }).pipe(inIdentityWorld),
    )

    it.effect("a comment splits no text", () =>
      Effect.gen(function* () {
        const document = sign(response({ nameId: good.nameId.replace("ada", "ada.eve") }))
        const { subject } = yield* assumeWith(document.replace("ada.eve", "ada<!-- -->.eve"))
        assert.strictEqual(subject, "ada.eve")
      }).pipe(inIdentityWorld),
    )

    it.effect("not the certificate that it brings along", () =>
      Effect.gen(function* () {
        const keyInfo = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`
        const bring = (document: string) => document.replace("</ds:SignatureValue>", `$&${keyInfo}`)
        yield* assumeWith(bring(sign(response())))
        assertRefused(
          yield* refused(assumeWith(bring(sign(response(), "Assertion", { key: foreignKey })))),
          "Response signature invalid",
        )
      }).pipe(inIdentityWorld),
    )
  })

  it.effect(
    "refuses an assertion in which any one byte is another",
    () =>
      Effect.gen(function* () {
        const samlAssertion = yield* StsMemory.samlAssertion({
          provider: samlArn("idp"),
          role: roleArn("saml"),
          roleSessionName: "test",
        })
        const bytes = Buffer.from(Redacted.value(samlAssertion), "base64")
        const space = /\s/
        const changes = FastCheck.sample(
          FastCheck.tuple(FastCheck.nat(bytes.length - 1), FastCheck.integer({ min: 0, max: 255 })).filter(
            ([index, byte]) =>
              bytes[index] !== byte &&
              // One space is as good as another between attributes.
              !(space.test(String.fromCharCode(bytes[index] ?? 0)) && space.test(String.fromCharCode(byte))),
          ),
          { numRuns: 400, seed: 11 },
        )
        // The last characters of signatures are where an encoding has bits to spare.
        const ends = Array.from(bytes.toString().matchAll(/=<\/ds:SignatureValue>/g), ({ index }) => index).flatMap(
          (end) =>
            Array.from(
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
              (character) => [end - 2, character.charCodeAt(0)] as const,
            ),
        )
        assert.isAbove(ends.length, 50)
        yield* assumeWith(bytes.toString())
        for (const [index, byte] of [...changes, ...ends.filter(([index, byte]) => bytes[index] !== byte)]) {
          const changed = Buffer.from(bytes)
          changed[index] = byte
          const result = yield* refused(
            Sts.assumeRoleWithSaml({
              roleArn: roleArn("saml"),
              principalArn: samlArn("idp"),
              samlAssertion: changed.toString("base64"),
            }),
          )
          assert.strictEqual(result[0], "InvalidIdentityToken", `${index} ${byte}`)
        }
      }).pipe(inIdentityWorld),
    60_000,
  )

  describe("wants the trust of the role:", () => {
    it.effect("the same words for a role that is not there and for one that does not trust [docs]", () =>
      Effect.gen(function* () {
        for (const arn of [roleArn("missing"), roleArn("keys"), roleArn("everyone"), roleArn("foreignSaml", there)]) {
          assert.deepStrictEqual(yield* refused(assumeSaml({}, arn)), denied)
        }
        assert.deepStrictEqual(yield* refused(assumeSaml({ provider: samlArn("other") })), denied)
      }).pipe(inIdentityWorld),
    )

    it.effect("tags want sts:TagSession, a source identity sts:SetSourceIdentity [docs]", () =>
      Effect.gen(function* () {
        const arn = roleArn("plainSaml")
        yield* assumeSaml({}, arn)
        assert.deepStrictEqual(yield* refused(assumeSaml({ tags: { team: "red" } }, arn)), denied)
        assert.deepStrictEqual(yield* refused(assumeSaml({ sourceIdentity: "ada" }, arn)), denied)
      }).pipe(inIdentityWorld),
    )

    const identity = { subject: "ada", recipient: "https://eu-west-1.signin.aws.amazon.com/saml" }
    const keys: ReadonlyArray<readonly [operator: string, key: string, value: string, isAllowed: boolean]> = [
      ["StringEquals", "SAML:aud", "https://eu-west-1.signin.aws.amazon.com/saml", true],
      ["StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml", false],
      ["StringEquals", "saml:AUD", "https://eu-west-1.signin.aws.amazon.com/saml", true],
      ["StringEquals", "SAML:iss", entityId, true],
      ["StringEquals", "SAML:doc", `${here}/idp`, true],
      ["StringEquals", "SAML:sub", "ada", true],
      ["StringEquals", "SAML:sub", "eve", false],
      ["StringEquals", "SAML:sub_type", "persistent", true],
      [
        "StringEquals",
        "SAML:namequalifier",
        createHash("sha1").update(`${entityId}${here}/idp`).digest("base64"),
        true,
      ],
      // [field], as for web identities.
      ["StringEquals", "aws:PrincipalAccount", here, true],
      ["StringEquals", "aws:PrincipalType", "User", true],
      ["StringEquals", "aws:userid", samlArn("idp"), true],
      ["Null", "aws:FederatedProvider", "true", true],
      ["StringEquals", "sts:RoleSessionName", "test", true],
    ]
    it.effect.each(keys)("%s %s %s: %s", ([operator, key, value, isAllowed]) =>
      Effect.gen(function* () {
        const result = yield* Effect.result(assumeSaml(identity))
        assert.strictEqual(result._tag, isAllowed ? "Success" : "Failure")
      }).pipe(inWorld(trustingOnly("saml", { [operator]: { [key]: value } }))),
    )

    // [docs]: "Mapping SAML attributes to AWS trust policy context keys".
    const attributes: ReadonlyArray<readonly [attribute: string, key: string]> = [
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "edupersonaffiliation"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.2", "edupersonnickname"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "edupersonorgdn"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.4", "edupersonorgunitdn"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.5", "edupersonprimaryaffiliation"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "edupersonprincipalname"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.7", "edupersonentitlement"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.8", "edupersonprimaryorgunitdn"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "edupersonscopedaffiliation"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "edupersontargetedid"],
      ["urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "edupersonassurance"],
      ["urn:oid:1.3.6.1.4.1.5923.1.2.1.2", "eduorghomepageuri"],
      ["urn:oid:1.3.6.1.4.1.5923.1.2.1.3", "eduorgidentityauthnpolicyuri"],
      ["urn:oid:1.3.6.1.4.1.5923.1.2.1.4", "eduorglegalname"],
      ["urn:oid:1.3.6.1.4.1.5923.1.2.1.5", "eduorgsuperioruri"],
      ["urn:oid:1.3.6.1.4.1.5923.1.2.1.6", "eduorgwhitepagesuri"],
      ["urn:oid:2.5.4.3", "cn"],
      ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name"],
      ["http://schemas.xmlsoap.org/claims/CommonName", "commonName"],
      ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "givenName"],
      ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "surname"],
      ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "mail"],
      ["http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "uid"],
      ["2.5.4.3", "commonName"],
      ["2.5.4.4", "surname"],
      ["2.5.4.42", "givenName"],
      ["2.5.4.45", "x500UniqueIdentifier"],
      ["0.9.2342.19200300.100.1.1", "uid"],
      ["0.9.2342.19200300.100.1.3", "mail"],
      ["0.9.2342.19200300.100.1.45", "organizationStatus"],
    ]
    it.effect.each(attributes)("the attribute %s is SAML:%s", ([attribute, key]) => {
      const single = [
        "edupersonorgdn",
        "edupersonprimaryaffiliation",
        "edupersonprimaryorgunitdn",
        "edupersonprincipalname",
      ]
      const operator = single.includes(key) ? "StringEquals" : "ForAnyValue:StringEquals"
      return Effect.gen(function* () {
        yield* assumeSaml({ attributes: { [attribute]: "value" } })
        assert.deepStrictEqual(yield* refused(assumeSaml({ attributes: { [attribute]: "other" } })), denied)
        assert.deepStrictEqual(yield* refused(assumeSaml()), denied)
      }).pipe(inWorld(trustingOnly("saml", { [operator]: { [`SAML:${key}`]: "value" } })))
    })

    it.effect("an attribute can have several values, and an element as its value", () =>
      Effect.gen(function* () {
        const attribute = "urn:oid:1.3.6.1.4.1.5923.1.1.1.10"
        const document = sign(
          response({ attributes: { ...good.attributes, [attribute]: ["one", "two"] } }).replace(
            ">two<",
            `><NameID Format="x">two</NameID><`,
          ),
        )
        yield* assumeWith(document)
      }).pipe(
        inWorld(trustingOnly("saml", { "ForAllValues:StringEquals": { "SAML:edupersontargetedid": ["one", "two"] } })),
      ),
    )
  })

  it.effect.each([
    ["persistent", "persistent"],
    ["transient", "transient"],
    [
      "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
      "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    ],
  ])("the type of the subject %s [field]", ([subjectType = "", expected]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* assumeSaml({ subjectType })).subjectType, expected)
    }).pipe(inIdentityWorld),
  )

  it.effect("takes what another identity provider has signed, with any of the certificates in its metadata", () =>
    Effect.gen(function* () {
      const given = {
        issuer: "https://given.example.com",
        attributes: { ...good.attributes, [aws("Role")]: [`${roleArn("given")},${samlArn("given")}`] },
      }
      const principal = { principalArn: samlArn("given") }
      yield* assumeWith(sign(response(given)), roleArn("given"), principal)
      assertRefused(
        yield* refused(
          assumeWith(sign(response(given), "Assertion", { key: foreignKey }), roleArn("given"), principal),
        ),
        "Response signature invalid",
      )
      assertRefused(
        yield* refused(assumeWith(sign(response({ ...given, issuer: entityId })), roleArn("given"), principal)),
        unreadable("Issuer not present in specified provider"),
      )
    }).pipe(inIdentityWorld),
  )

  it.effect("the test cannot ask for the assertion of another identity provider", () =>
    Effect.gen(function* () {
      for (const provider of [samlArn("given"), samlArn("missing")]) {
        const exit = yield* Effect.exit(assumeSaml({ provider }))
        assert.include(
          String(exit),
          `This world has no SAML provider without metadata "${provider}"; it has ${samlArn("idp")}, ${samlArn("other")}`,
        )
      }
    }).pipe(inIdentityWorld),
  )

  it.effect("session tags are those of the assertion, and pass on if they are transitive", () =>
    Effect.gen(function* () {
      const tags = { team: "red", "odd <key>&": "2" }
      const [code] = yield* refused(assumeSaml({ tags }))
      assert.strictEqual(code, "ValidationError")
      const { credentials } = yield* assumeSaml({
        tags: { team: "red", floor: "2", none: "" },
        transitiveTagKeys: ["team"],
      })
      assert.deepStrictEqual((yield* callerClaims(credentials)).principal_tags, { team: "red", floor: "2", none: "" })
      assert.deepStrictEqual(yield* refused(assumeSaml({ tags: { team: "red", TEAM: "red" } })), [
        "InvalidParameterValue",
        400,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      ])
    }).pipe(inIdentityWorld),
  )

  it.effect("subject, type and qualifier stay with the session; the rest does not [docs]", () =>
    Effect.gen(function* () {
      const { credentials } = yield* assumeSaml({ subject: "ada" })
      yield* assumeRole(credentials, { roleArn: roleArn("afterSaml"), roleSessionName: "next" })
      const eve = yield* assumeSaml({ subject: "eve" })
      const [code] = yield* refused(
        assumeRole(eve.credentials, { roleArn: roleArn("afterSaml"), roleSessionName: "next" }),
      )
      assert.strictEqual(code, "AccessDenied")
    }).pipe(inIdentityWorld),
  )

  describe("lasts", () => {
    const cases: ReadonlyArray<
      readonly [
        name: string,
        asked: Duration.Input | undefined,
        identity: Partial<StsMemory.SamlIdentity>,
        seconds: number,
      ]
    > = [
      ["an hour where nothing is asked [field]", undefined, {}, 3600],
      ["as long as was asked", "15 minutes", {}, 900],
      ["as long as the role allows", "2 hours", {}, 7200],
      ["no longer than the assertion says [docs]", undefined, { sessionDuration: "20 minutes" }, 1200],
      ["no longer than was asked, whatever the assertion says [docs]", undefined, { sessionDuration: "2 hours" }, 3600],
      ["no longer than the session of the provider [docs]", "2 hours", { sessionExpiresIn: "30 minutes" }, 1800],
      ["also less than 15 minutes then [field]", "15 minutes", { sessionExpiresIn: "10 minutes" }, 600],
    ]
    it.effect.each(cases)("%s", ([, duration, identity, seconds]) =>
      Effect.gen(function* () {
        const { credentials } = yield* assumeSaml(identity, roleArn("saml"), { ...(duration && { duration }) })
        const end = Math.floor(start / 1000) + seconds
        assert.strictEqual(DateTime.toEpochMillis(credentials.expiration), end * 1000)
      }).pipe(inIdentityWorld),
    )

    it.effect("and more than the role allows is refused", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeSaml({}, roleArn("saml"), { duration: "3 hours" })), [
          "ValidationError",
          400,
          "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ])
      }).pipe(inIdentityWorld),
    )
  })

  it.effect("an assertion is of the Clock's time", () =>
    Effect.gen(function* () {
      const asked = { provider: samlArn("idp"), role: roleArn("saml"), roleSessionName: "test" }
      const redeem = (samlAssertion: Redacted.Redacted) =>
        Sts.assumeRoleWithSaml({ roleArn: roleArn("saml"), principalArn: samlArn("idp"), samlAssertion })
      const assertion = yield* StsMemory.samlAssertion(asked)
      const longer = yield* StsMemory.samlAssertion({ ...asked, expiresIn: "1 hour" })
      yield* TestClock.adjust(Duration.millis(299_999))
      yield* redeem(assertion)
      yield* TestClock.adjust(Duration.millis(1))
      assert.strictEqual((yield* refused(redeem(assertion)))[2], "Response has expired")
      yield* redeem(longer)
      yield* TestClock.adjust(Duration.millis(1))
      assert.strictEqual((yield* refused(redeem(longer)))[2], "Token must be redeemed within 5 minutes of issuance")
      yield* assumeSaml()
    }).pipe(inIdentityWorld),
  )
})
