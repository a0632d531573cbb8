/**
 * The fields that several operations share, each with every constraint that STS puts on it.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import * as AwsCredentials from "../AwsCredentials.ts"
import { hasItems, integer, seconds, secret, text } from "./constraints.ts"
import { isPlain } from "./isPlain.ts"
import { awsKeys } from "./wire.ts"

/** An ARN, as far as the model says what one is: its length and its characters. */
export const arn = text({
  min: 20,
  max: 2048,
  characters: String.raw`\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}`,
  repeat: "+",
})

/** Letters, digits and `_+=,.@-`: the characters of names in IAM. */
export const nameCharacters = String.raw`\w+=,.@\-`

/** How long a role's session lasts: 15 minutes to 12 hours. */
export const roleDuration = seconds(900, 43200)

/** How long a session of a user lasts: 15 minutes to 36 hours. */
export const userDuration = /*#__PURE__*/ seconds(900, 129600)

/** An access key id, as AWS issues them: 16 to 128 letters, digits and `_`. */
export const accessKeyId = text({ min: 16, max: 128, characters: String.raw`\w` })

/** The name of a role session: 2 to 64 characters. */
export const roleSessionName = text({ min: 2, max: 64, characters: nameCharacters })

const policyCharacters = String.raw`\u0009\u000A\u000D\u0020-\u00FF`

/** What cannot be JSON is left for the schema to refuse. */
const toJson = (document: object): unknown => {
  try {
    return JSON.stringify(document)
  } catch {
    return document
  }
}

const policyText = (rule: { readonly min: number; readonly max?: number }) =>
  Schema.String.annotate({
    "@effect-sts/core/fromInput": (input) => (isPlain(input) ? toJson(input) : input),
  }).pipe((schema) => text({ ...rule, characters: policyCharacters, repeat: "+" }, schema))

/** A session policy, as JSON text. AssumeRole has no limit on it but the session token's size. */
export const unrestrictedPolicy = policyText({ min: 1 })

/** A session policy, as JSON text of at most 2,048 characters. */
export const policy = /*#__PURE__*/ policyText({ min: 1, max: 2048 })

/** A managed policy, by ARN; on the wire `{ arn }`, in lower case. */
export const policyArn = <S extends Schema.ConstraintCodec<string, string>>(schema: S) =>
  Schema.Struct({ arn: Schema.String }).pipe(
    Schema.decodeTo(schema, {
      decode: SchemaGetter.transform(({ arn }: { readonly arn: string }) => arn),
      encode: SchemaGetter.transform((arn: string) => ({ arn })),
    }),
  )

/** Up to 10 managed policies. */
export const policyArns = Schema.Array(policyArn(arn)).check(hasItems(0, 10))

const tagCharacters = String.raw`\p{L}\p{Z}\p{N}_.:/=+\-@`

/** The key of a session tag: 1 to 128 letters, digits, spaces and `_.:/=+-@`. */
export const tagKey = text({ min: 1, max: 128, characters: tagCharacters, repeat: "+" })

/** The value of a session tag: up to 256 of the same characters. */
export const tagValue = text({ min: 0, max: 256, characters: tagCharacters })

const hasUniqueKeys = <A>(keysOf: (tags: A) => ReadonlyArray<string>): SchemaAST.Filter<A> =>
  Schema.makeFilter<A>(
    (tags) => {
      const seen = new Map<string, string>()
      for (const key of keysOf(tags)) {
        const earlier = seen.get(key.toLowerCase())
        if (earlier !== undefined) {
          return `must not have a key twice, and STS ignores case: ${JSON.stringify(key)} is there already as ${JSON.stringify(earlier)}`
        }
        seen.set(key.toLowerCase(), key)
      }
      return undefined
    },
    { expected: "no tag key twice, ignoring case" },
  )

const TagList = Schema.Array(Schema.Struct({ Key: tagKey, Value: tagValue })).check(
  hasItems(0, 50),
  hasUniqueKeys((list) => list.map((tag) => tag.Key)),
)

const isTags = (value: unknown): value is Readonly<Record<string, string>> =>
  isPlain(value) && Object.values(value).every(Predicate.isString)

const toTags = (list: typeof TagList.Type) => Object.fromEntries(list.map((tag) => [tag.Key, tag.Value]))

const fromTags = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/**
 * Up to 50 session tags. Keys that differ only in case are one key to STS, so they are refused.
 *
 * A declaration and not a `Schema.Record`, because a record drops the keys that its key schema refuses.
 */
export const tags = TagList.pipe(
  Schema.decodeTo(
    Schema.declare(isTags, {
      expected: "an object of strings",
      "@effect-sts/core/fromInput": (input) => (isPlain(input) ? { ...input } : input),
      toCodecArbitrary: () =>
        Schema.link<Readonly<Record<string, string>>>()(TagList, {
          decode: SchemaGetter.transform(toTags),
          encode: SchemaGetter.transform(fromTags),
        }),
    }),
    { decode: SchemaGetter.transform(toTags), encode: SchemaGetter.transform(fromTags) },
  ),
)

/** The rule that STS checks between the two: a transitive tag key is a key of the tags. */
export const transitiveKeysAreTags = <
  A extends {
    readonly tags?: Readonly<Record<string, string>>
    readonly transitiveTagKeys?: ReadonlyArray<string>
  },
>(): SchemaAST.Filter<A> =>
  Schema.makeFilter<A>(
    ({ tags = {}, transitiveTagKeys = [] }) => {
      const keys = new Set(Object.keys(tags).map((key) => key.toLowerCase()))
      return transitiveTagKeys.flatMap((key, index) =>
        keys.has(key.toLowerCase())
          ? []
          : [{ path: ["transitiveTagKeys", index], issue: "must be the key of one of the tags" }],
      )
    },
    { expected: "transitive tag keys that are among the tags" },
  )

const mfaSerialNumber = text({ min: 9, max: 256, characters: String.raw`\w+=/:,.@\-` })

/** An MFA device and its current code. One thing with two parts, so that a serial without a code cannot be written. */
export const mfa = Schema.Struct({
  /**
   * The device's serial number (`GAHT12345678`), or the ARN of a virtual one: 9 to 256 letters, digits and `_+=/:,.@-`.
   */
  serialNumber: mfaSerialNumber,
  /** The code that the device shows: 6 digits, which STS takes once. A secret. */
  tokenCode: secret({ min: 6, max: 6, characters: String.raw`\d` }),
}).pipe(awsKeys())

/**
 * A source identity. The model says 2 to 64 characters; STS accepts 256 (seen in July 2026), and so do we. It may not
 * start with `aws:`.
 */
export const sourceIdentity = text({ min: 2, max: 256, characters: nameCharacters }).check(
  Schema.makeFilter<string>((value) => (value.startsWith("aws:") ? 'must not start with "aws:"' : undefined), {
    expected: 'a string that does not start with "aws:"',
  }),
)

/** Pads the session token to at least this many bytes, 0 to 4096, to try what a larger one does to your clients. */
export const minimumSessionTokenSize = integer(0, 4096)

const isIssued = (value: unknown): value is AwsCredentials.Temporary =>
  value instanceof AwsCredentials.AwsCredentials && AwsCredentials.isTemporary(value)

/** As AWS names them, and one step from the class: of all that STS answers they are read most often. */
const IssuedMembers = Schema.Struct({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secret({ min: 1 }),
  SessionToken: secret({ min: 1 }),
  Expiration: AwsCredentials.Timestamp,
})

const issued = {
  decode: SchemaGetter.transform(
    ({ AccessKeyId, Expiration, SecretAccessKey, SessionToken }: typeof IssuedMembers.Type) => {
      const members = {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      }
      // oxlint-disable-next-line no-unsafe-type-assertion -- the type of what `new` gives does not know that nothing is missing
      return new AwsCredentials.AwsCredentials(members, { disableChecks: true }) as AwsCredentials.Temporary
    },
  ),
  encode: SchemaGetter.transform(
    ({ accessKeyId, expiration, secretAccessKey, sessionToken }: AwsCredentials.Temporary) => ({
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    }),
  ),
}

/** Credentials in a response of STS: always temporary, and their access key id has the length that AWS's have. */
export const issuedCredentials = IssuedMembers.pipe(
  Schema.decodeTo(
    Schema.declare(isIssued, {
      expected: "temporary AwsCredentials",
      toCodecArbitrary: () => Schema.link<AwsCredentials.Temporary>()(Schema.toType(IssuedMembers), issued),
    }),
    issued,
  ),
)

/** The unique id of a session: that of its role or account, a colon, and its name. */
const sessionId = text({ min: 2, max: 193, characters: String.raw`\w+=,.@:\-` })

/** The session of an assumed role. */
export const assumedRoleUser = Schema.Struct({
  /** The unique id of the session: the role's id, a colon, and the name of the session. 2 to 193 characters. */
  assumedRoleId: sessionId,
  /** The ARN of the session, which has no path: `arn:aws:sts::111111111111:assumed-role/deploy/release-42`. */
  arn,
}).pipe(awsKeys())

/** The session of a federated user. */
export const federatedUser = /*#__PURE__*/ Schema.Struct({
  /** The unique id of the session: the account's id, a colon, and the name of the user. 2 to 193 characters. */
  federatedUserId: sessionId,
  /** The ARN of the session: `arn:aws:sts::111111111111:federated-user/bob`. */
  arn,
}).pipe(/*#__PURE__*/ awsKeys())

/** The size of the session token in bytes, or as a percentage of the limit of 4,096. */
export const sessionTokenSize = Schema.optionalKey(integer(0))

/** As a percentage of the limit. Since September 2026 the same as `sessionTokenUtilization`. */
export const packedPolicySize = Schema.optionalKey(integer(0))
