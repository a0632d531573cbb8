// What STS was recorded to say is marked [field] with where from, as in FIDELITY.md; [docs] is the IAM User Guide.
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as StsError from "@effect-sts/core/StsError"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as FastCheck from "fast-check"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import {
  assumeWeb,
  assumeWith,
  callerClaims,
  claims,
  getWebIdentityToken,
  inIdentityWorld,
  invalidToken,
  issuer,
  notAuthorizedTo,
  now,
  oidcArn,
  otherIssuer,
  sign,
  trustingOnly,
  webArn,
} from "./support/identity.ts"
import {
  assumeRole,
  getCallerIdentity,
  here,
  inWorld,
  notAuthorized,
  refused,
  roleArn,
  sessionArn,
  there,
} from "./support/world.ts"

const denied = notAuthorizedTo("AssumeRoleWithWebIdentity")
const notValidated =
  "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements."
const noJwt = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
const noKey =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

const once = RetryPolicy.withRetryPolicy({ attempts: 1 })

/** What becomes of claims that are signed with the key of the provider. */
const outcome = (payload: object | string) => Effect.flatMap(sign(payload), (token) => assumeWith(token))

describe("AssumeRoleWithWebIdentity", () => {
  it.effect("answers with the session and who the token says that it is", () =>
    Effect.gen(function* () {
      const response = yield* assumeWeb({ sourceIdentity: "ada" })
      assert.strictEqual(response.assumedRoleUser.arn, sessionArn("web"))
      assert.match(response.assumedRoleUser.assumedRoleId, /^AROA[A-Z2-7]{17}:test$/)
      assert.strictEqual(response.subjectFromWebIdentityToken, "ada")
      assert.strictEqual(response.audience, "app-1")
      // [docs] say that it is the issuer; STS was recorded with the ARN [field].
      assert.strictEqual(response.provider, oidcArn(issuer))
      assert.strictEqual(response.sourceIdentity, "ada")
      // [field]: told although nothing was asked for.
      assert.isNumber(response.packedPolicySize)
      assert.strictEqual(DateTime.formatIso(response.credentials.expiration), "2026-07-13T11:00:00.000Z")
      const { arn } = yield* getCallerIdentity(response.credentials)
      assert.strictEqual(arn, sessionArn("web"))
    }).pipe(inIdentityWorld),
  )

  it.effect("is in the log without a caller", () =>
    Effect.gen(function* () {
      yield* assumeWeb()
      yield* Effect.flip(assumeWeb({ audience: "nobody" }))
      const calls = yield* StsMemory.calls
      assert.deepStrictEqual(
        calls.map(({ caller, operation, outcome }) => [operation, caller, outcome]),
        [
          ["AssumeRoleWithWebIdentity", undefined, "Success"],
          ["AssumeRoleWithWebIdentity", undefined, "InvalidIdentityToken"],
        ],
      )
    }).pipe(inIdentityWorld),
  )

  describe("refuses, in STS's words,", () => {
    const missing = (name: keyof typeof claims) => {
      const { [name]: _, ...rest } = claims
      return rest
    }
    const cases: ReadonlyArray<readonly [name: string, payload: object | string, expected: ReadonlyArray<unknown>]> = [
      ...(["iss", "sub", "aud", "iat", "exp"] as const).map(
        (name) =>
          [
            `a token without ${name} [field]`,
            missing(name),
            invalidToken(`Missing a required claim: ${name}`),
          ] as const,
      ),
      ["a token without anything: iss comes first [field]", {}, invalidToken("Missing a required claim: iss")],
      ["no audience at all [field]", { ...claims, aud: [] }, invalidToken("Claim is not allowed to be empty: aud")],
      [
        "several audiences without an authorized party [field]",
        { ...claims, aud: ["app-1", "app-2"] },
        invalidToken("Token audience contains more than one audience while authorized party is not present"),
      ],
      ["another audience [live, sts.md 3.5]", { ...claims, aud: "app-9" }, invalidToken("Incorrect token audience")],
      [
        "another authorized party, whatever the audience [field]",
        { ...claims, azp: "app-9" },
        invalidToken("Incorrect token audience"),
      ],
      ["an empty authorized party [field]", { ...claims, azp: "" }, invalidToken(notValidated)],
      ["an audience that is no text", { ...claims, aud: 7 }, invalidToken(notValidated)],
      [
        "an issuer that is no provider of the account [live, sts.md 3.5]",
        { ...claims, iss: "https://elsewhere.example.com" },
        invalidToken("No OpenIDConnect provider found in your account for https://elsewhere.example.com"),
      ],
      [
        "an issuer without https",
        { ...claims, iss: otherIssuer },
        invalidToken(`No OpenIDConnect provider found in your account for ${otherIssuer}`),
      ],
      [
        "an expired token: its end is 5 minutes late [field]",
        { ...claims, exp: now - 300 },
        [
          "ExpiredTokenException",
          400,
          `Token expired: current date/time ${now - 300} must be before the expiration date/time ${now - 300}`,
        ],
      ],
      [
        "a token of the future [field]",
        { ...claims, iat: now + 301 },
        invalidToken(`Token issued in the future: ${now + 301}`),
      ],
      [
        "a token that is not valid yet [field]",
        { ...claims, nbf: now + 301 },
        invalidToken(
          `Token not yet valid: current date/time ${now + 300} must be after or equal to the not-before date/time ${now + 301}`,
        ),
      ],
      ...["exp", "iat", "nbf"].flatMap((name) =>
        [null, 1.5, "soon", true, "", "1e9", "-1"].map(
          (time) =>
            [
              `${name} that is ${JSON.stringify(time)} [field]`,
              { ...claims, [name]: time },
              invalidToken("Invalid timestamp in token claims."),
            ] as const,
        ),
      ),
      [
        "no subject but null [field]",
        { ...claims, sub: null },
        ["InternalFailure", 500, "Unknown error validating third-party token"],
      ],
      ["a subject that is a list", { ...claims, sub: ["ada"] }, invalidToken(notValidated)],
      ["a payload that is no object", "[1]", invalidToken(noJwt)],
      ["a payload that is no JSON", "{", invalidToken(noJwt)],
    ]
    it.effect.each(cases)("%s", ([, payload, expected]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(once(outcome(payload))), expected)
      }).pipe(inIdentityWorld),
    )
  })

  describe("takes", () => {
    const cases: ReadonlyArray<readonly [name: string, payload: object | string, subject: string]> = [
      ["a list of one audience [field]", { ...claims, aud: ["app-1"] }, "ada"],
      ["several audiences with an authorized party [field]", { ...claims, aud: ["x", "y"], azp: "app-1" }, "ada"],
      ["an empty subject [field]", { ...claims, sub: "" }, ""],
      ["a subject that is a number [field]", { ...claims, sub: 12 }, "12"],
      ["a subject of a thousand characters [field]", { ...claims, sub: "a".repeat(1000) }, "a".repeat(1000)],
      ["times that are written as text [field]", { ...claims, iat: `${now}`, exp: `${now + 60}` }, "ada"],
      ["the last second of the leeway after its end [field]", { ...claims, exp: now - 299 }, "ada"],
      ["the last second of the leeway before its time [field]", { ...claims, iat: now + 300, nbf: now + 300 }, "ada"],
      [
        "of a claim that is there twice the last one [field]",
        JSON.stringify({ ...claims, sub: "eve" }).replace(/}$/, ',"sub":"ada"}'),
        "ada",
      ],
    ]
    it.effect.each(cases)("%s", ([, payload, subject]) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* outcome(payload)).subjectFromWebIdentityToken, subject)
      }).pipe(inIdentityWorld),
    )
  })

  describe("knows the key", () => {
    const good: ReadonlyArray<readonly [name: string, header: Parameters<typeof sign>[1], signer: "ec" | "rsa"]> = [
      ["by its id", { alg: "RS256", kid: "rsa" }, "rsa"],
      ["with a longer hash [model, field]", { alg: "RS512", kid: "rsa" }, "rsa"],
      ["on a curve, whatever its alg says [field]", { alg: "ES256", kid: "ec" }, "ec"],
      ["that comes last of two with one id [field]", { alg: "RS256", kid: "twice" }, "rsa"],
      ["whatever the type of the token", { alg: "RS256", kid: "rsa", typ: "at+jwt" }, "rsa"],
    ]
    it.effect.each(good)("%s", ([, header, signer]) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* assumeWith(yield* sign(claims, header, signer))).audience, "app-1")
      }).pipe(inIdentityWorld),
    )

    const bad: ReadonlyArray<
      readonly [name: string, header: Parameters<typeof sign>[1], signer: "ec" | "rsa", expected: string]
    > = [
      ["not by an id that no key has [live, sts.md 3.5]", { alg: "RS256", kid: "none" }, "rsa", noKey],
      ["not without an id where there are several [field]", { alg: "RS256" }, "rsa", noKey],
      ["not by an empty id [field]", { alg: "RS256", kid: "" }, "rsa", noKey],
      ["not in a certificate [field]", { alg: "RS256", kid: "x5c" }, "rsa", noKey],
      ["not if it is for encryption [field]", { alg: "RS256", kid: "enc" }, "rsa", notValidated],
      ["not if it is for signing only [field]", { alg: "RS256", kid: "ops" }, "rsa", notValidated],
      ["not if it is another than that which signed [field]", { alg: "ES256", kid: "twice" }, "ec", notValidated],
      ["not with an algorithm that AWS does not document", { alg: "PS256", kid: "rsa" }, "rsa", notValidated],
      [
        "not with an extension that is critical [field]",
        { alg: "RS256", kid: "rsa", crit: ["b64"], b64: true },
        "rsa",
        noJwt,
      ],
    ]
    it.effect.each(bad)("%s", ([, header, signer, expected]) =>
      Effect.gen(function* () {
        const token = yield* sign(claims, header, signer)
        assert.deepStrictEqual(yield* refused(assumeWith(token)), invalidToken(expected))
      }).pipe(inIdentityWorld),
    )

    it.effect("without an id, where it is the only one that has one [field]", () =>
      Effect.gen(function* () {
        const token = yield* sign({ ...claims, iss: "https://one.example.com" }, { alg: "RS256" })
        assert.strictEqual((yield* assumeWith(token, roleArn("one"))).audience, "app-1")
      }).pipe(inIdentityWorld),
    )

    it.effect("not of another provider, though the world has made both", () =>
      Effect.gen(function* () {
        const cognito = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"
        const forged = StsMemory.webIdentityToken({
          provider: cognito,
          subject: "eve",
          claims: { iss: `https://${issuer}` },
        })
        assert.deepStrictEqual(
          yield* refused(Effect.flatMap(forged, (token) => assumeWith(token, webArn))),
          invalidToken(notValidated),
        )
      }).pipe(inIdentityWorld),
    )
  })

  describe("refuses what is no JSON Web Token [live, sts.md 3.5]:", () => {
    const cases = [
      "an access token",
      "gho_16C7e42F292c6912E7710c838347Ae178B4a",
      "aaa.bb",
      "a.b.c.d",
      "e30.e30.",
      "e30.e30.%%%",
      "e30=.e30=.AAAA",
      `${"e30.".repeat(3)}AAAA`,
    ]
    it.effect.each(cases)("%s", (token) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeWith(token)), invalidToken(noJwt))
      }).pipe(inIdentityWorld),
    )

    it.effect("a token that says it is not signed", () =>
      Effect.gen(function* () {
        const [, payload] = (yield* sign(claims)).split(".")
        const none = Buffer.from('{"alg":"none","kid":"rsa"}').toString("base64url")
        assert.deepStrictEqual(yield* refused(assumeWith(`${none}.${payload}.`)), invalidToken(noJwt))
        assert.deepStrictEqual(yield* refused(assumeWith(`${none}.${payload}.AAAA`)), invalidToken(notValidated))
      }).pipe(inIdentityWorld),
    )
  })

  it.effect("refuses a token in which any one character is another", () =>
    Effect.gen(function* () {
      const token = Redacted.value(yield* StsMemory.webIdentityToken({ provider: issuer, subject: "ada" }))
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n%"
      const changes = FastCheck.sample(
        FastCheck.tuple(FastCheck.nat(token.length - 1), FastCheck.constantFrom(...Array.from(alphabet))).filter(
          ([index, character]) => token[index] !== character,
        ),
        { numRuns: 300, seed: 7 },
      )
      // The last characters are where an encoding could have bits to spare.
      const ends = [token.length - 1, token.lastIndexOf(".") - 1, token.indexOf(".") - 1].flatMap((index) =>
        Array.from(alphabet, (character): [number, string] => [index, character]).filter(
          ([, character]) => token[index] !== character,
        ),
      )
      yield* assumeWith(token, webArn)
      for (const [index, character] of [...changes, ...ends]) {
        const changed = token.slice(0, index) + character + token.slice(index + 1)
        const [code] = yield* refused(assumeWith(changed, webArn))
        assert.oneOf(code, ["ExpiredTokenException", "InvalidIdentityToken"], `${index} ${character}`)
      }
    }).pipe(inIdentityWorld),
  )

  describe("wants the trust of the role:", () => {
    it.effect("the same words for a role that is not there and for one that does not trust [live, sts.md 3.5]", () =>
      Effect.gen(function* () {
        for (const arn of [roleArn("missing"), roleArn("keys"), roleArn("saml"), roleArn("chained")]) {
          assert.deepStrictEqual(yield* refused(assumeWeb({}, arn)), denied)
        }
      }).pipe(inIdentityWorld),
    )

    it.effect('"*" means nobody who has no AWS identity [field]', () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeWeb({}, roleArn("everyone"))), denied)
      }).pipe(inIdentityWorld),
    )

    it.effect("of a provider whose issuer ends in a slash, as Auth0's do", () => {
      const provider = "tenant.auth0.com/"
      const world: World.Encoded = {
        accounts: {
          [here]: {
            oidcProviders: { [provider]: { clientIds: ["app"] } },
            roles: {
              web: {
                trustPolicy: World.trust(
                  { Federated: oidcArn(provider) },
                  { condition: { StringEquals: { [`${provider}:sub`]: "auth0|ada" } } },
                ),
              },
            },
          },
        },
      }
      const assumeAs = (subject: string) =>
        Effect.flatMap(StsMemory.webIdentityToken({ provider, subject }), (token) =>
          assumeWith(Redacted.value(token), roleArn("web")),
        )
      return Effect.gen(function* () {
        const { provider: answered } = yield* assumeAs("auth0|ada")
        assert.strictEqual(answered, oidcArn(provider))
        assert.deepStrictEqual(yield* refused(assumeAs("auth0|bob")), denied)
      }).pipe(inWorld(world))
    })

    it.effect("the provider is that of the role's account", () =>
      Effect.gen(function* () {
        yield* assumeWeb({ audience: "app-3" }, roleArn("web", there))
        assert.deepStrictEqual(
          yield* refused(assumeWeb({}, roleArn("web", there))),
          invalidToken("Incorrect token audience"),
        )
        assert.deepStrictEqual(yield* refused(assumeWeb({ audience: "app-3" }, roleArn("foreign", there))), denied)
      }).pipe(inIdentityWorld),
    )

    it.effect("a role ARN without an account is none [live, sts.md 3.2]", () =>
      Effect.gen(function* () {
        const arn = "not-an-arn-at-all-but-long"
        assert.deepStrictEqual(yield* refused(assumeWeb({}, arn)), ["ValidationError", 400, `${arn} is invalid`])
      }).pipe(inIdentityWorld),
    )

    const key = (claim: string) => `${issuer}:${claim}`
    const identity = {
      subject: "repo:one/two",
      audience: ["app-9"],
      claims: { azp: "app-2", email: "a@b.c", amr: ["x", "y"] },
    }
    const conditions: ReadonlyArray<readonly [operator: string, key: string, value: string, isAllowed: boolean]> = [
      ["StringEquals", key("sub"), "repo:one/two", true],
      ["StringLike", key("sub"), "repo:one/*", true],
      ["StringEquals", key("sub"), "repo:one", false],
      // [docs]: the authorized party, where there is one.
      ["StringEquals", key("aud"), "app-2", true],
      ["StringEquals", key("aud"), "app-9", false],
      ["StringEquals", key("oaud"), "app-9", true],
      ["StringEquals", key("email"), "a@b.c", true],
      ["ForAnyValue:StringEquals", key("amr"), "y", true],
      ["ForAllValues:StringEquals", key("amr"), "y", false],
      ["StringEquals", "accounts.google.com:sub", "repo:one/two", false],
      // [field]: STS takes whoever comes from a provider for a user of its account.
      ["StringEquals", "aws:PrincipalAccount", here, true],
      ["StringEquals", "aws:PrincipalType", "User", true],
      ["StringEquals", "aws:userid", oidcArn(issuer), true],
      ["Null", "aws:PrincipalArn", "true", true],
      ["StringEquals", "sts:RoleSessionName", "test", true],
      ["StringEquals", "aws:FederatedProvider", oidcArn(issuer), true],
      ["StringEquals", "aws:RequestedRegion", "us-east-1", true],
      ["Bool", "sts:RoleAuthorizedByIdp", "false", true],
      ["Bool", "sts:RoleAuthorizedByIdp", "true", false],
    ]
    it.effect.each(conditions)("%s %s %s: %s", ([operator, key, value, isAllowed]) =>
      Effect.gen(function* () {
        const result = yield* Effect.result(assumeWeb(identity))
        assert.strictEqual(result._tag, isAllowed ? "Success" : "Failure")
      }).pipe(inWorld(trustingOnly("web", { [operator]: { [key]: value } }))),
    )

    it.effect("without an authorized party there is no original audience", () =>
      assumeWeb().pipe(inWorld(trustingOnly("web", { Null: { [key("oaud")]: "true" } }))),
    )
  })

  describe("the claim of roles [field]", () => {
    const claim = "https://aws.amazon.com/roles"
    const other = roleArn("other")
    const good: ReadonlyArray<readonly [name: string, roles: ReadonlyArray<string> | string]> = [
      ["as a list", [other, webArn]],
      ["as text", `${other};${webArn}`],
    ]
    it.effect.each(good)("that has the role, %s, authorizes it", ([, roles]) =>
      assumeWeb({ claims: { [claim]: roles } }).pipe(
        inWorld(trustingOnly("web", { Bool: { "sts:RoleAuthorizedByIdp": "true" } })),
      ),
    )

    const bad: ReadonlyArray<readonly [name: string, roles: ReadonlyArray<string> | string | number, words: string]> = [
      ["has not the role", [other], "The target role ARN is not present in the roles claim of the identity token"],
      ["has no role at all", ["web"], "The roles claim contains no valid role ARNs"],
      ["is empty", [], "The roles claim contains no valid role ARNs"],
      ["is a number", 7, "The roles claim is not in a supported format"],
    ]
    it.effect.each(bad)("that %s refuses", ([, roles, words]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeWeb({ claims: { [claim]: roles } })), invalidToken(words))
      }).pipe(inIdentityWorld),
    )

    it.effect("that is null is none", () => assumeWeb({ claims: { [claim]: null } }).pipe(inIdentityWorld))
  })

  describe("session tags", () => {
    const tagsClaim = "https://aws.amazon.com/tags"
    const nameOf = (tags: object) => assumeWeb({ claims: { [tagsClaim]: tags } as never })

    it.effect("are principal tags of the session, and pass on if they are transitive", () =>
      Effect.gen(function* () {
        const { credentials } = yield* assumeWeb({ tags: { team: "red", floor: "2" }, transitiveTagKeys: ["team"] })
        assert.deepStrictEqual((yield* callerClaims(credentials)).principal_tags, { team: "red", floor: "2" })
        const chained = yield* assumeRole(credentials, { roleArn: roleArn("chained"), roleSessionName: "next" })
        assert.deepStrictEqual((yield* callerClaims(chained.credentials)).principal_tags, { team: "red" })
      }).pipe(inIdentityWorld),
    )

    it.effect("can be claims of their own [docs]", () =>
      assumeWeb({
        claims: { [`${tagsClaim}/principal_tags/team`]: "red", [`${tagsClaim}/transitive_tag_keys`]: ["team"] },
      }).pipe(
        inWorld(
          trustingOnly("web", {
            StringEquals: { "aws:RequestTag/team": "red" },
            "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": "team" },
          }),
        ),
      ),
    )

    it.effect("want sts:TagSession; a source identity wants sts:SetSourceIdentity [docs]", () =>
      Effect.gen(function* () {
        const arn = roleArn("plainWeb")
        yield* assumeWeb({}, arn)
        assert.deepStrictEqual(yield* refused(assumeWeb({ tags: { team: "red" } }, arn)), denied)
        assert.deepStrictEqual(yield* refused(assumeWeb({ sourceIdentity: "ada" }, arn)), denied)
      }).pipe(inIdentityWorld),
    )

    const malformed: ReadonlyArray<readonly [name: string, tags: object | string, words: string]> = [
      ["text", "team=red", "Session tags passed in claim are not in correct format."],
      ["a list", [], "Session tags passed in claim are not in correct format."],
      ["tags that are a list", { principal_tags: [] }, "principal_tags passed in claim is not in correct format."],
      [
        "a tag that is no list",
        { principal_tags: { team: "red" } },
        "principal_tags passed in claim is not in correct format.",
      ],
      [
        "a tag with two values",
        { principal_tags: { team: ["red", "blue"] } },
        "principal_tags passed in claim is not in correct format.",
      ],
      [
        "a tag with a number",
        { principal_tags: { team: [7] } },
        "principal_tags passed in claim is not in correct format.",
      ],
      [
        "a transitive key that is none",
        { principal_tags: { team: ["red"] }, transitive_tag_keys: "team" },
        "Session tags passed in claim are not in correct format.",
      ],
    ]
    it.effect.each(malformed)("are refused if the claim is %s [field]", ([, tags, words]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(nameOf(tags as object)), invalidToken(words))
      }).pipe(inIdentityWorld),
    )

    it.effect("are refused as those of AssumeRole are", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeWeb({ tags: { team: "red", Team: "red" } })), [
          "InvalidParameterValue",
          400,
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ])
        assert.deepStrictEqual(yield* refused(assumeWeb({ transitiveTagKeys: ["team"] })), [
          "InvalidParameterValue",
          400,
          "The specified transitive tag key must be included in the requested tags.",
        ])
        const [code] = yield* refused(assumeWeb({ tags: { team: "x".repeat(257) } }))
        assert.strictEqual(code, "ValidationError")
      }).pipe(inIdentityWorld),
    )
  })

  it.effect.each(["a", "x".repeat(65), "a b", "aws:x"])("a source identity %s is refused [docs]", (sourceIdentity) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* refused(assumeWeb({ sourceIdentity })),
        invalidToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
      )
    }).pipe(inIdentityWorld),
  )

  describe("lasts", () => {
    const until = (duration: Duration.Input | undefined) =>
      Effect.map(assumeWeb({ expiresIn: "1 minute" }, webArn, { ...(duration && { duration }) }), ({ credentials }) =>
        DateTime.formatIso(credentials.expiration),
      )

    it.effect("an hour where nothing is asked, also if the token does not [field]", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* until(undefined), "2026-07-13T11:00:00.000Z")
        assert.strictEqual(yield* until("15 minutes"), "2026-07-13T10:15:00.000Z")
        assert.strictEqual(yield* until("2 hours"), "2026-07-13T12:00:00.000Z")
        assert.deepStrictEqual(yield* refused(assumeWeb({}, webArn, { duration: "3 hours" })), [
          "ValidationError",
          400,
          "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ])
      }).pipe(inIdentityWorld),
    )

    it.effect("and the trust is asked before the duration", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeWeb({}, roleArn("keys"), { duration: "12 hours" })), denied)
      }).pipe(inIdentityWorld),
    )
  })

  it.effect("narrows the session by a policy", () =>
    Effect.gen(function* () {
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn("other") },
      })
      const { credentials } = yield* assumeWeb({}, webArn, { policy })
      assert.deepStrictEqual(
        yield* refused(assumeRole(credentials, { roleArn: roleArn("chained"), roleSessionName: "next" })),
        notAuthorized(sessionArn("web"), "sts:AssumeRole", roleArn("chained")),
      )
      const [code] = yield* refused(assumeWeb({}, webArn, { policy: "{" }))
      assert.strictEqual(code, "MalformedPolicyDocument")
    }).pipe(inIdentityWorld),
  )

  it.effect("is refused once the role is gone; the time of the token is the Clock's", () =>
    Effect.gen(function* () {
      const token = yield* StsMemory.webIdentityToken({ provider: issuer, subject: "ada", expiresIn: "10 minutes" })
      yield* TestClock.adjust("14 minutes")
      const { credentials } = yield* assumeWith(token, webArn)
      yield* TestClock.adjust("1 minutes")
      const [code, status] = yield* refused(assumeWith(token, webArn))
      assert.deepStrictEqual([code, status], ["ExpiredTokenException", 400])
      yield* StsMemory.deleteRole(webArn)
      assert.strictEqual((yield* refused(getCallerIdentity(credentials)))[0], "InvalidClientTokenId")
      assert.deepStrictEqual(yield* refused(assumeWeb()), denied)
    }).pipe(inIdentityWorld),
  )

  describe("providers that AWS knows by itself", () => {
    it.effect.each(["https://accounts.google.com", "accounts.google.com"])(
      "are in every account, and trust policies test the audience: %s",
      (iss) =>
        Effect.gen(function* () {
          const google = { provider: "accounts.google.com", claims: { iss } }
          const response = yield* assumeWeb({ ...google, audience: "app-1" }, roleArn("google"))
          assert.strictEqual(response.provider, "accounts.google.com")
          assert.deepStrictEqual(yield* refused(assumeWeb({ ...google, audience: "app-2" }, roleArn("google"))), denied)
        }).pipe(inIdentityWorld),
    )

    const oauth: ReadonlyArray<readonly [providerId: string, ...refused: ReadonlyArray<unknown>]> = [
      ["www.amazon.com", "InvalidIdentityToken", 400, "Provided Token is not a Login With Amazon token"],
      [
        "graph.facebook.com",
        "IDPRejectedClaim",
        403,
        'graph.facebook.com rejected OAuth token with response "Bad signature" and code 190',
      ],
      [
        "accounts.google.com",
        "AccessDenied",
        403,
        "Unrecognized OAuth provider. Do not include a provider parameter when submitting OpenIDConnect ID tokens",
      ],
    ]
    it.effect.each(oauth)("of OAuth 2.0, none of which is simulated: %s [field]", ([providerId, ...expected]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused(assumeWeb({}, webArn, { providerId })), expected)
      }).pipe(inIdentityWorld),
    )
  })

  it.effect("the test cannot ask for the token of a provider whose keys are given", () =>
    Effect.gen(function* () {
      for (const provider of [otherIssuer, oidcArn(issuer)]) {
        const exit = yield* Effect.exit(assumeWeb({ provider }))
        assert.include(String(exit), `This world has no OIDC provider without jwks "${provider}"; it has ${issuer}, `)
      }
    }).pipe(inIdentityWorld),
  )

  it.effect("fails as the test has ordered, once", () =>
    Effect.gen(function* () {
      const reason = new StsError.IDPCommunicationError({ message: "The identity provider did not answer" })
      yield* StsMemory.failNext({ times: 1, reason, operation: "AssumeRoleWithWebIdentity" })
      assert.deepStrictEqual(yield* refused(once(assumeWeb())), [
        "IDPCommunicationError",
        400,
        "The identity provider did not answer",
      ])
      yield* assumeWeb()
    }).pipe(inIdentityWorld),
  )

  it.effect("does not take tokens of GetWebIdentityToken [docs]", () =>
    Effect.gen(function* () {
      const alice = yield* StsMemory.credentials(`arn:aws:iam::${here}:user/alice`)
      const { webIdentityToken } = yield* getWebIdentityToken(alice)
      const [code, , message] = yield* refused(assumeWith(webIdentityToken, webArn))
      assert.strictEqual(code, "InvalidIdentityToken")
      assert.match(String(message), /^No OpenIDConnect provider found in your account for https:\/\/.*\.aws$/)
    }).pipe(inIdentityWorld),
  )

  describe("aws:FederatedProvider", () => {
    const seen = (provider: string, arn: string) =>
      Effect.gen(function* () {
        const { credentials } = yield* assumeWeb({ provider, audience: "app-1" }, arn)
        return (yield* callerClaims(credentials)).federated_provider
      })

    it.effect("is the provider's ARN [docs], of a user pool the issuer [field]", () =>
      Effect.gen(function* () {
        const pool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"
        assert.strictEqual(yield* seen(issuer, webArn), oidcArn(issuer))
        assert.strictEqual(yield* seen(pool, roleArn("cognito")), pool)
      }).pipe(inIdentityWorld),
    )

    it.effect("stays with the session, as its subject and audience do [field]", () =>
      Effect.gen(function* () {
        const { credentials } = yield* assumeWeb()
        yield* assumeRole(credentials, { roleArn: roleArn("afterWeb"), roleSessionName: "next" })
        const eve = yield* assumeWeb({ subject: "eve" })
        assert.deepStrictEqual(
          yield* refused(assumeRole(eve.credentials, { roleArn: roleArn("afterWeb"), roleSessionName: "next" })),
          notAuthorized(sessionArn("web"), "sts:AssumeRole", roleArn("afterWeb")),
        )
      }).pipe(inIdentityWorld),
    )

    it.effect("does not pass on to sessions that are assumed from it [docs]", () =>
      Effect.gen(function* () {
        const { credentials } = yield* assumeWeb()
        const next = yield* assumeRole(credentials, { roleArn: roleArn("chained"), roleSessionName: "next" })
        yield* assumeRole(next.credentials, { roleArn: roleArn("afterChain"), roleSessionName: "last" })
      }).pipe(inIdentityWorld),
    )
  })
})
