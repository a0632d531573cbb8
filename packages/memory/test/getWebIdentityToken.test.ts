// What AWS's tokens were seen to hold is marked [field], as in FIDELITY.md; [docs] is the IAM User Guide.
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Jose from "jose"
import * as StsMemory from "../src/StsMemory.ts"
import * as StsServer from "../src/StsServer.ts"
import {
  assumeSaml,
  assumeWeb,
  callerClaims,
  claimsOf,
  getWebIdentityToken,
  inIdentityWorld,
  issuer as oidcIssuer,
  now,
  oidcArn,
  samlArn,
  webArn,
  world,
} from "./support/identity.ts"
import {
  alice,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  refused,
  roleArn,
  rootArn,
  secretOf,
  sessionArn,
  start,
  statement,
  there,
  userArn,
} from "./support/world.ts"
import type * as Policy from "../src/policy/Policy.ts"
import type * as World from "../src/World.ts"

/** The same world, in which alice has other policies, and the account other features. */
const withAlice = (
  policies: ReadonlyArray<Policy.Document>,
  features: Partial<World.Encoded["accounts"][string]> = {},
) => {
  const account = world.accounts[here]
  const { alice } = account.users
  return {
    ...world,
    accounts: { ...world.accounts, [here]: { ...account, users: { alice: { ...alice, policies } }, ...features } },
  } satisfies World.Encoded
}

const verify = (token: Redacted.Redacted, keys: StsMemory.Jwks) =>
  Effect.promise(() =>
    Jose.jwtVerify(Redacted.value(token), Jose.createLocalJWKSet({ keys: Array.from(keys.keys) }), {
      currentDate: new Date(start),
      audience: "api",
    }),
  )

describe("GetWebIdentityToken", () => {
  it.effect.each(["RS256", "ES384"] as const)("gives a token that real verifiers accept: %s", (signingAlgorithm) =>
    Effect.gen(function* () {
      const { expiration, webIdentityToken } = yield* getWebIdentityToken(yield* alice, { signingAlgorithm })
      const { payload, protectedHeader } = yield* verify(webIdentityToken, yield* StsMemory.jwks(here))
      assert.strictEqual(payload.iss, yield* StsMemory.issuer(here))
      // [field]: names and order of the header's members.
      assert.strictEqual(
        JSON.stringify(protectedHeader),
        JSON.stringify({ kid: signingAlgorithm === "RS256" ? "RSA_0" : "EC384_0", typ: "JWT", alg: signingAlgorithm }),
      )
      // [field]: a time with milliseconds; 5 minutes are the default [model].
      assert.strictEqual(DateTime.formatIso(expiration), "2026-07-13T10:05:00.700Z")
      assert.strictEqual(payload.exp, now + 300)
    }).pipe(inIdentityWorld),
  )

  it.effect("says of a user who it is [field]", () =>
    Effect.gen(function* () {
      const { webIdentityToken } = yield* getWebIdentityToken(yield* alice, {
        audience: ["api", "other"],
        tags: { ticket: "7" },
      })
      const [call] = yield* StsMemory.calls
      const { jti, ...claims } = claimsOf(webIdentityToken)
      assert.match(jti, /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/)
      assert.strictEqual(call?.caller, userArn("alice"))
      assert.strictEqual(
        JSON.stringify(claims),
        JSON.stringify({
          aud: ["api", "other"],
          sub: userArn("alice"),
          "https://sts.amazonaws.com/": {
            aws_account: here,
            source_region: "us-east-1",
            principal_id: userArn("alice"),
            principal_tags: { team: "blue" },
            request_tags: { ticket: "7" },
          },
          iss: yield* StsMemory.issuer(here),
          exp: now + 300,
          iat: now,
        }),
      )
    }).pipe(inIdentityWorld),
  )

  it.effect("says of a session its role, its end, its source identity, its tags and its provider [field]", () =>
    Effect.gen(function* () {
      const { credentials } = yield* assumeWeb({ sourceIdentity: "ada", tags: { team: "red" } })
      const { webIdentityToken } = yield* getWebIdentityToken(credentials)
      const { aud, sub, ...claims } = claimsOf(webIdentityToken)
      assert.deepStrictEqual([aud, sub], ["api", webArn])
      assert.strictEqual(
        JSON.stringify(claims["https://sts.amazonaws.com/"]),
        JSON.stringify({
          aws_account: here,
          original_session_exp: "2026-07-13T11:00:00Z",
          source_region: "us-east-1",
          principal_id: webArn,
          source_identity: "ada",
          federated_provider: oidcArn(oidcIssuer),
          principal_tags: { team: "red" },
        }),
      )
      assert.isUndefined((yield* callerClaims((yield* assumeSaml()).credentials)).federated_provider)
    }).pipe(inIdentityWorld),
  )

  it.effect("has the id of the request as its jti [field]", () =>
    Effect.gen(function* () {
      const { webIdentityToken } = yield* getWebIdentityToken(yield* alice)
      const other = yield* getWebIdentityToken(yield* alice)
      assert.notStrictEqual(claimsOf(webIdentityToken).jti, claimsOf(other.webIdentityToken).jti)
    }).pipe(inIdentityWorld),
  )

  describe("wants permission:", () => {
    const action = "sts:GetWebIdentityToken"
    const tagging = "sts:TagGetWebIdentityToken"
    const both = [action, tagging]
    const asked = { audience: ["api", "other"], tags: { ticket: "7" }, duration: "2 minutes" } as const
    const cases: ReadonlyArray<readonly [name: string, policy: Policy.Document, denied: string | undefined]> = [
      ["both actions, where there are tags [docs]", statement("Allow", both), undefined],
      ["the one alone is not enough", statement("Allow", action), tagging],
      ["nor the other", statement("Allow", tagging), action],
      [
        "sts:DurationSeconds",
        statement("Allow", both, "*", { NumericLessThanEquals: { "sts:DurationSeconds": "120" } }),
        undefined,
      ],
      [
        "sts:DurationSeconds that is too long",
        statement("Allow", both, "*", { NumericLessThan: { "sts:DurationSeconds": "120" } }),
        tagging,
      ],
      [
        "sts:SigningAlgorithm",
        statement("Allow", both, "*", { StringEquals: { "sts:SigningAlgorithm": "ES384" } }),
        undefined,
      ],
      [
        "another sts:SigningAlgorithm",
        statement("Allow", both, "*", { StringEquals: { "sts:SigningAlgorithm": "RS256" } }),
        tagging,
      ],
      [
        "sts:IdentityTokenAudience",
        statement("Allow", both, "*", {
          "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": ["api", "other"] },
        }),
        undefined,
      ],
      [
        "another sts:IdentityTokenAudience",
        statement("Allow", both, "*", { "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": "api" } }),
        tagging,
      ],
      ["aws:RequestTag", statement("Allow", both, "*", { StringEquals: { "aws:RequestTag/ticket": "7" } }), undefined],
      [
        "aws:TagKeys",
        statement("Allow", both, "*", { "ForAllValues:StringEquals": { "aws:TagKeys": "other" } }),
        tagging,
      ],
    ]
    it.effect.each(cases)("%s", ([, policy, denied]) =>
      Effect.gen(function* () {
        const result = getWebIdentityToken(yield* alice, asked)
        if (denied === undefined) return yield* Effect.asVoid(result)
        const [code, status, message] = yield* refused(result)
        assert.deepStrictEqual([code, status], ["AccessDenied", 403])
        assert.include(String(message), `User: ${userArn("alice")} is not authorized to perform: ${denied}`)
      }).pipe(inWorld(withAlice([policy]))),
    )

    it.effect("without tags the one is enough", () =>
      Effect.flatMap(alice, (credentials) => getWebIdentityToken(credentials)).pipe(
        inWorld(withAlice([statement("Allow", action)])),
      ),
    )

    it.effect("before it is seen whether the account has switched it on, which is the narrower reading", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* refused(getWebIdentityToken(yield* alice)))[0], "AccessDenied")
      }).pipe(inWorld(withAlice([], { outboundWebIdentityFederation: false }))),
    )
  })

  it.effect("is refused where the account has not switched it on [model]", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused(getWebIdentityToken(yield* alice)), [
        "OutboundWebIdentityFederationDisabledException",
        403,
        "The outbound web identity federation feature is not enabled for this account. To use this feature, you must first enable it through the Amazon Web Services Management Console or API.",
      ])
    }).pipe(inWorld(withAlice([statement("Allow", "sts:*")], { outboundWebIdentityFederation: false }))),
  )

  it.effect("is refused where the token would outlive the session [model]", () =>
    Effect.gen(function* () {
      const { credentials } = yield* assumeWeb({}, webArn, { duration: "15 minutes" })
      yield* getWebIdentityToken(credentials, { duration: "14 minutes" })
      assert.deepStrictEqual(yield* refused(getWebIdentityToken(credentials, { duration: "16 minutes" })), [
        "SessionDurationEscalationException",
        403,
        "The requested token duration would extend the session beyond its original expiration time. You cannot use this operation to extend the lifetime of a session beyond what was granted when the session was originally created.",
      ])
      yield* TestClock.adjust("11 minutes")
      assert.strictEqual((yield* refused(getWebIdentityToken(credentials)))[0], "SessionDurationEscalationException")
      yield* getWebIdentityToken(credentials, { duration: "1 minute" })
      // Long-term keys have no end.
      yield* getWebIdentityToken(yield* alice, { duration: "1 hour" })
    }).pipe(inIdentityWorld),
  )

  it.effect("is refused where the token would be too large [model]; the limit is a guess", () =>
    Effect.gen(function* () {
      const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, "x".repeat(200)]))
      assert.deepStrictEqual(yield* refused(getWebIdentityToken(yield* alice, { tags })), [
        "JWTPayloadSizeExceededException",
        400,
        "The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size.",
      ])
    }).pipe(inIdentityWorld),
  )

  it.effect("is for users, root users and sessions of roles; not for the sessions of users", () =>
    Effect.gen(function* () {
      const key = { accessKeyId: "AKIAROOT000000000000", secretAccessKey: "secret" }
      const own = yield* alice
      const session = yield* getSessionToken(own, {})
      assert.strictEqual((yield* refused(getWebIdentityToken(session.credentials)))[0], "AccessDenied")
      const federated = yield* getFederationToken(own, { name: "guest" })
      assert.strictEqual((yield* refused(getWebIdentityToken(federated.credentials)))[0], "AccessDenied")
      const root = yield* StsMemory.credentials(rootArn())
      assert.strictEqual(root.accessKeyId, key.accessKeyId)
      assert.strictEqual(claimsOf((yield* getWebIdentityToken(root)).webIdentityToken).sub, rootArn())
    }).pipe(
      inWorld(
        withAlice([statement("Allow", "sts:*")], {
          root: { accessKeys: [{ accessKeyId: "AKIAROOT000000000000", secretAccessKey: secretOf("root") }] },
        }),
      ),
    ),
  )
})

describe("the issuer of an account", () => {
  const fetchJson = (url: string, init?: RequestInit) =>
    Effect.gen(function* () {
      const fetch = yield* StsServer.fetch
      const response = yield* Effect.promise(() => fetch(url, init))
      const text = yield* Effect.promise(() => response.text())
      return { status: response.status, type: response.headers.get("content-type"), text }
    })

  it.effect("is its own, and tells nothing of the account", () =>
    Effect.gen(function* () {
      const one = yield* StsMemory.issuer(here)
      const other = yield* StsMemory.issuer(there)
      assert.match(one, /^https:\/\/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tokens\.sts\.global\.api\.aws$/)
      assert.notStrictEqual(one, other)
      const keys = [yield* StsMemory.jwks(here), yield* StsMemory.jwks(there)].map(({ keys }) => keys[1]?.["x"])
      assert.notStrictEqual(keys[0], keys[1])
    }).pipe(inIdentityWorld),
  )

  it.effect("shows its keys as AWS does, and none of them is private [field]", () =>
    Effect.gen(function* () {
      const { keys } = yield* StsMemory.jwks(here)
      assert.deepStrictEqual(
        keys.map((key) => Object.keys(key).join(" ")),
        ["e kid kty n use", "alg crv kid kty use x y"],
      )
    }).pipe(inIdentityWorld),
  )

  it.effect("of an account that is not there: the test is at fault", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(StsMemory.jwks("999999999999"))
      assert.include(String(exit), `This world has no account "999999999999"; it has ${here}, ${there}`)
    }).pipe(inIdentityWorld),
  )

  it.effect("has its documents where its URL says [field]", () =>
    Effect.gen(function* () {
      const issuer = yield* StsMemory.issuer(here)
      const keys = yield* fetchJson(`${issuer}/.well-known/jwks.json`)
      assert.deepStrictEqual(keys, {
        status: 200,
        type: "application/json",
        text: JSON.stringify(yield* StsMemory.jwks(here)),
      })
      const { text } = yield* fetchJson(`${issuer}/.well-known/openid-configuration`)
      assert.deepStrictEqual(JSON.parse(text), {
        claims_supported: ["sub", "iss", "aud", "exp", "iat", "jti", "https://sts.amazonaws.com/"],
        id_token_signing_alg_values_supported: ["RS256", "ES384"],
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        subject_types_supported: ["public"],
      })
      assert.deepStrictEqual(yield* StsMemory.calls, [])
    }).pipe(inIdentityWorld),
  )

  it.effect("has them under a path of any host, too, for those who do not find its own", () =>
    Effect.gen(function* () {
      const issuer = yield* StsMemory.issuer(here)
      const base = `http://127.0.0.1:4599/${issuer.slice("https://".length)}/.well-known`
      const { text } = yield* fetchJson(`${base}/openid-configuration`)
      const found: { readonly issuer: string; readonly jwks_uri: string } = JSON.parse(text)
      assert.deepStrictEqual([found.issuer, found.jwks_uri], [issuer, `${base}/jwks.json`])
      assert.strictEqual((yield* fetchJson(found.jwks_uri)).text, JSON.stringify(yield* StsMemory.jwks(here)))
    }).pipe(inIdentityWorld),
  )

  it.effect("has nothing else, and nothing where it is switched off: other paths are unknown [live, sts.md 3.1]", () =>
    Effect.gen(function* () {
      const issuer = yield* StsMemory.issuer(here)
      const off = yield* StsMemory.issuer(there)
      const urls = [
        `${issuer}/`.replace(/\/$/, "/x"),
        `${issuer}/.well-known/other`,
        `${issuer}/x/.well-known/jwks.json`,
        `${off}/.well-known/jwks.json`,
        "http://sts.us-east-1.amazonaws.com/.well-known/jwks.json",
        "http://127.0.0.1/localhost/.well-known/openid-configuration",
      ]
      for (const url of urls) assert.strictEqual((yield* fetchJson(url)).status, 404, url)
      assert.strictEqual((yield* fetchJson(`${issuer}/.well-known/jwks.json`, { method: "POST" })).status, 404)
    }).pipe(inIdentityWorld),
  )

  it.effect("is out of reach in an outage", () =>
    Effect.gen(function* () {
      const issuer = yield* StsMemory.issuer(here)
      yield* StsMemory.setOutage(true)
      const handler = yield* StsServer.handler
      const response = yield* Effect.promise(() => handler(new Request(`${issuer}/.well-known/jwks.json`)))
      assert.strictEqual(response.status, 503)
    }).pipe(inIdentityWorld),
  )

  it.effect("can be asked by a verifier that fetches what it needs", () =>
    Effect.gen(function* () {
      const fetch = yield* StsServer.fetch
      const issuer = yield* StsMemory.issuer(here)
      const { webIdentityToken } = yield* getWebIdentityToken(yield* alice)
      const keys = Jose.createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
        [Jose.customFetch]: fetch,
      })
      const verified = yield* Effect.promise(() =>
        Jose.jwtVerify(Redacted.value(webIdentityToken), keys, {
          issuer,
          audience: "api",
          currentDate: new Date(start),
        }),
      )
      assert.strictEqual(verified.payload.sub, userArn("alice"))
    }).pipe(inIdentityWorld),
  )
})

describe("a credential stack on the world's identity providers", () => {
  const web = CredentialSource.webIdentity({
    roleArn: webArn,
    roleSessionName: "job",
    webIdentityToken: StsMemory.webIdentityToken({ provider: oidcIssuer, subject: "ada" }),
  })
  const saml = CredentialSource.saml({
    roleArn: roleArn("saml"),
    principalArn: samlArn("idp"),
    samlAssertion: StsMemory.samlAssertion({
      provider: samlArn("idp"),
      role: roleArn("saml"),
      roleSessionName: "job",
    }),
  })

  it.effect("has a new token made whenever it wants one, at that time", () =>
    Effect.gen(function* () {
      const arns = Effect.map(Effect.replicateEffect(Sts.getCallerIdentity, 2), (callers) =>
        callers.map(({ arn }) => arn),
      )
      for (const [source, role] of [
        [web, "web"],
        [saml, "saml"],
      ] as const) {
        const hours = Effect.gen(function* () {
          const first = yield* arns
          yield* TestClock.adjust("10 hours")
          return [...first, ...(yield* arns)]
        })
        assert.deepStrictEqual(
          yield* Effect.provide(hours, CredentialStack.layer(source)),
          Array.from({ length: 4 }, () => sessionArn(role, "job")),
        )
      }
      const calls = yield* StsMemory.calls
      assert.strictEqual(calls.filter(({ operation }) => operation.startsWith("AssumeRoleWith")).length, 4)
    }).pipe(inIdentityWorld),
  )
})
