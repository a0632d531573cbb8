import { assert, describe, it } from "@effect/vitest"
import * as Operations from "@effect-sts/core/Operations"
import type * as Operation from "@effect-sts/core/Operation"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** AWS's members of each request and response, the responses' in the order of STS's XML, and its own error codes. */
const members: Record<string, { readonly request: string; readonly response: string; readonly codes: string }> = {
  AssumeRole: {
    request:
      "RoleArn RoleSessionName PolicyArns Policy DurationSeconds Tags TransitiveTagKeys ExternalId SerialNumber TokenCode SourceIdentity ProvidedContexts MinimumSessionTokenSize",
    response: "AssumedRoleUser Credentials SourceIdentity PackedPolicySize SessionTokenUtilization SessionTokenSize",
    codes: "MalformedPolicyDocument PackedPolicyTooLarge RegionDisabledException ExpiredTokenException",
  },
  AssumeRoleWithSAML: {
    request: "RoleArn PrincipalArn SAMLAssertion PolicyArns Policy DurationSeconds MinimumSessionTokenSize",
    response:
      "Credentials AssumedRoleUser PackedPolicySize Subject SubjectType Issuer Audience NameQualifier SourceIdentity SessionTokenUtilization SessionTokenSize",
    codes:
      "MalformedPolicyDocument PackedPolicyTooLarge IDPRejectedClaim InvalidIdentityToken ExpiredTokenException RegionDisabledException",
  },
  AssumeRoleWithWebIdentity: {
    request:
      "RoleArn RoleSessionName WebIdentityToken ProviderId PolicyArns Policy DurationSeconds MinimumSessionTokenSize",
    response:
      "Credentials SubjectFromWebIdentityToken AssumedRoleUser PackedPolicySize Provider Audience SourceIdentity SessionTokenUtilization SessionTokenSize",
    codes:
      "MalformedPolicyDocument PackedPolicyTooLarge IDPRejectedClaim IDPCommunicationError InvalidIdentityToken ExpiredTokenException RegionDisabledException",
  },
  AssumeRoot: {
    request: "TargetPrincipal TaskPolicyArn DurationSeconds MinimumSessionTokenSize",
    response: "Credentials SourceIdentity SessionTokenUtilization SessionTokenSize",
    codes: "RegionDisabledException ExpiredTokenException",
  },
  DecodeAuthorizationMessage: {
    request: "EncodedMessage",
    response: "DecodedMessage",
    codes: "InvalidAuthorizationMessageException",
  },
  GetAccessKeyInfo: { request: "AccessKeyId", response: "Account", codes: "" },
  GetCallerIdentity: { request: "", response: "Arn UserId Account", codes: "" },
  GetDelegatedAccessToken: {
    request: "TradeInToken",
    response: "Credentials PackedPolicySize AssumedPrincipal",
    codes: "ExpiredTradeInTokenException RegionDisabledException PackedPolicyTooLarge",
  },
  GetFederationToken: {
    request: "Name Policy PolicyArns DurationSeconds Tags MinimumSessionTokenSize",
    response: "Credentials FederatedUser PackedPolicySize SessionTokenUtilization SessionTokenSize",
    codes: "MalformedPolicyDocument PackedPolicyTooLarge RegionDisabledException",
  },
  GetSessionToken: {
    request: "DurationSeconds SerialNumber TokenCode MinimumSessionTokenSize",
    response: "Credentials SessionTokenUtilization SessionTokenSize",
    codes: "RegionDisabledException",
  },
  GetWebIdentityToken: {
    request: "Audience DurationSeconds SigningAlgorithm Tags",
    response: "WebIdentityToken Expiration",
    codes:
      "SessionDurationEscalationException OutboundWebIdentityFederationDisabledException JWTPayloadSizeExceededException",
  },
}

const membersOf = (schema: Schema.Constraint) => {
  const { ast } = Schema.toEncoded(schema)
  assert(SchemaAST.isObjects(ast))
  return ast.propertySignatures.map(({ name }) => String(name))
}

const sorted = (names: Iterable<string>) => Array.from(names).toSorted()

const split = (names: string) => names.split(" ").filter((name) => name !== "")

/** Whether a value is all JSON: what a wire can carry. */
const isPlain = (value: unknown): boolean =>
  typeof value === "string" ||
  (typeof value === "number" && Number.isFinite(value)) ||
  (Array.isArray(value) && value.every(isPlain)) ||
  (typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null) &&
    Object.values(value).every(isPlain))

const operations: ReadonlyArray<Operation.Any> = Operations.all

const commonCodes = {
  unsigned:
    "AccessDenied InternalFailure InvalidParameterValue MalformedInput ServiceUnavailable Throttling ValidationError",
  signed:
    "AccessDenied InternalFailure InvalidParameterValue MalformedInput ServiceUnavailable Throttling ValidationError ExpiredToken IncompleteSignature InvalidClientTokenId MissingAuthenticationToken RequestExpired SignatureDoesNotMatch",
}

describe("Operations", () => {
  it("lists each operation once, by AWS's name", () => {
    assert.deepStrictEqual(
      operations.map(({ name }) => name),
      Object.keys(members),
    )
  })

  it("signs all but the two that bring their own proof", () => {
    assert.deepStrictEqual(
      operations.filter(({ auth }) => auth === "unsigned").map(({ name }) => name),
      ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"],
    )
  })

  for (const operation of operations) {
    describe(`STS.${operation.name}`, () => {
      it("has AWS's members, the response's in STS's order", () => {
        const expected = members[operation.name]
        assert.deepStrictEqual(sorted(membersOf(operation.request)), sorted(split(expected?.request ?? "")))
        assert.deepStrictEqual(membersOf(operation.response), split(expected?.response ?? ""))
      })

      it("lists its own codes and those that any such operation can have", () => {
        const expected = `${members[operation.name]?.codes} ${commonCodes[operation.auth]}`
        assert.deepStrictEqual(sorted(operation.codes), sorted(split(expected)))
      })

      for (const part of ["request", "response"] as const) {
        const schema = operation[part]
        const isSame = Schema.toEquivalence(Schema.toType(schema))

        it.effect.prop(
          `takes any valid ${part} to AWS's form and back`,
          [Schema.toType(schema)],
          Effect.fnUntraced(function* ([value]) {
            const encoded = yield* Schema.encodeUnknownEffect(schema, { onExcessProperty: "error" })(value)
            assert.isTrue(isPlain(encoded))
            const decoded = yield* Schema.decodeUnknownEffect(schema, { onExcessProperty: "error" })(encoded)
            assert.isTrue(isSame(decoded, value))
            assert.deepStrictEqual(yield* Schema.encodeUnknownEffect(schema)(decoded), encoded)
          }),
        )
      }
    })
  }
})
