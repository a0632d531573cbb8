/**
 * AWS credentials: an access key id, its secret and, for temporary ones, a session token and an expiration.
 *
 * One class everywhere: what STS answers, what a source yields, what the stack holds and what a backend signs with.
 * The secret parts are `Redacted` from the moment they enter.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { InvalidCredentials } from "./CredentialsError.ts"
import { secret, text } from "./internal/constraints.ts"
import { describeIssue } from "./internal/describeIssue.ts"
import { timestamp } from "./internal/timestamp.ts"
import { awsKeys } from "./internal/wire.ts"

/**
 * An instant as STS writes it: `2026-07-13T10:00:00Z`, with milliseconds only where there are any.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Timestamp = timestamp

interface Fields {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
  readonly sessionToken?: Redacted.Redacted
  readonly expiration?: DateTime.Utc
}

/**
 * A set of AWS credentials. Without an `expiration` they are long-term, or expire at a time nobody here knows.
 *
 * Its access key id may be any word of 1 to 128 characters: AWS issues 16 or more, and its documentation's own example,
 * `AKIDEXAMPLE`, has 11. Frozen: all who share a session have the same object.
 *
 * @category models
 * @since 0.1.0
 */
export class AwsCredentials extends Schema.Class<AwsCredentials>("@effect-sts/core/AwsCredentials")({
  /** The access key id: 1 to 128 letters, digits and `_`. Not a secret. */
  accessKeyId: text({ min: 1, max: 128, characters: "\\w" }),
  /** The key that requests are signed with. A secret. */
  secretAccessKey: secret({ min: 1 }),
  /** What temporary credentials have besides, sent with each request; long-term ones have none. A secret. */
  sessionToken: Schema.optionalKey(secret({ min: 1 })),
  /** When they expire. Long-term credentials have none, and some whose expiration nobody here knows. */
  expiration: Schema.optionalKey(Timestamp),
}) {
  constructor(fields: Fields, options?: Schema.MakeOptions) {
    super(fields, options)
    Object.freeze(this)
  }
}

/**
 * Credentials as STS issues them: a session token and an expiration are always there.
 *
 * @category models
 * @since 0.1.0
 */
export type Temporary = AwsCredentials & {
  readonly sessionToken: Redacted.Redacted<string>
  readonly expiration: DateTime.Utc
}

/**
 * Whether these credentials are temporary, with all that STS issues.
 *
 * @category guards
 * @since 0.1.0
 */
export const isTemporary = (credentials: AwsCredentials): credentials is Temporary =>
  credentials.sessionToken !== undefined && credentials.expiration !== undefined

/**
 * `AwsCredentials` in AWS's own names: `AccessKeyId`, `SecretAccessKey`, `SessionToken`, `Expiration`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FromAws = /*#__PURE__*/ AwsCredentials.pipe(/*#__PURE__*/ awsKeys())

/**
 * Credentials given by hand: plain strings and `Redacted` ones are both taken.
 *
 * @category models
 * @since 0.1.0
 */
export interface Input {
  /**
   * The access key id: 1 to 128 letters, digits and `_`. Not a secret. One that starts with `ASIA` is temporary and
   * needs a `sessionToken`.
   */
  readonly accessKeyId: string
  /** The key that requests are signed with, without white space around it. A secret, and `Redacted` from here on. */
  readonly secretAccessKey: string | Redacted.Redacted<string>
  /** Of temporary credentials, and only of those; without white space around it. A secret, `Redacted` from here on. */
  readonly sessionToken?: string | Redacted.Redacted<string> | undefined
  /**
   * When the credentials expire: an ISO 8601 date, milliseconds since 1970, a `Date` or a `DateTime`. Left out for
   * long-term ones.
   */
  readonly expiration?: DateTime.DateTime.Input | undefined
}

const invalid = (field: string, fault: string) => new InvalidCredentials({ field, message: `${field} ${fault}` })

const redacted = (value: string | Redacted.Redacted) => (typeof value === "string" ? Redacted.make(value) : value)

/**
 * Makes credentials of what somebody gave by hand, and looks also at those that somebody made with `new`. A half set is
 * refused, and the error names the missing field: an access key id without its secret, a secret without its id, an empty
 * string, or an `ASIA…` key, which is temporary, without its session token. So is a secret that
 * begins or ends with white space, as one from a file with a line break at its end: STS would say no more than that the
 * signature does not match. And so is a session token with a line break in it: it would not get as far as STS.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromInput = Effect.fnUntraced(function* (
  input: Input | AwsCredentials,
): Effect.fn.Return<AwsCredentials, InvalidCredentials> {
  if (!Predicate.isObject(input)) return yield* invalid("credentials", "must be an accessKeyId and a secretAccessKey")
  const { accessKeyId, expiration, secretAccessKey, sessionToken } = input
  for (const [field, value] of Object.entries({ accessKeyId, secretAccessKey })) {
    if (value === undefined) return yield* invalid(field, "is missing: credentials are set whole or not at all")
  }
  const expires = expiration === undefined ? undefined : DateTime.make(expiration)
  if (expires?._tag === "None") return yield* invalid("expiration", "must be a date")
  const credentials = yield* AwsCredentials.makeEffect({
    accessKeyId,
    secretAccessKey: redacted(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: redacted(sessionToken) }),
    ...(expires === undefined ? {} : { expiration: DateTime.toUtc(expires.value) }),
  }).pipe(
    Effect.mapError((issue) => {
      const [{ field, message }] = describeIssue(issue, "credentials")
      return invalid(field, message)
    }),
  )
  if (credentials.sessionToken === undefined && accessKeyId.startsWith("ASIA")) {
    return yield* invalid(
      "sessionToken",
      "is missing: an access key id that starts with ASIA is temporary and needs one",
    )
  }
  for (const field of ["secretAccessKey", "sessionToken"] as const) {
    const secret = credentials[field]
    if (secret !== undefined && /^\s|\s$/.test(Redacted.value(secret))) {
      return yield* invalid(field, "must not begin or end with white space")
    }
  }
  if (credentials.sessionToken !== undefined && /[^\x20-\x7E]/.test(Redacted.value(credentials.sessionToken))) {
    return yield* invalid("sessionToken", "must have no line breaks, and nothing else that a header cannot carry")
  }
  return input instanceof AwsCredentials ? input : credentials
})
