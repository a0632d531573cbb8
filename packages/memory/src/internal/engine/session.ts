/**
 * Making a session: its policy, the size of its token, its keys.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Policy from "../../policy/Policy.ts"
import * as Refusal from "./refusal.ts"
import type { Moment } from "./simulation.ts"
import * as State from "./state.ts"

/** The limit on an assembled session token, in bytes, since September 2026. */
const maxTokenSize = 4096

const percentage = (bytes: number): number => Math.ceil((bytes / maxTokenSize) * 100)

/** The size of a token with nothing in it that the caller asked for; AWS promises none. */
const plainTokenSize = 356

const malformed = (message: string): Refusal.Refusal => Refusal.refusal("MalformedPolicyDocument", message)

const parseJson = (text: string): Result.Result<unknown, Refusal.Refusal> =>
  // IAM's words; STS gives those of its JSON parser, which quote the text.
  Result.try({ try: (): unknown => JSON.parse(text), catch: () => malformed("This policy contains invalid Json") })

const formatPath = (path: ReadonlyArray<PropertyKey>): string => path.map(String).join(".")

/**
 * The policy that is passed for a session. One that the evaluator does not understand is refused: it could not be held.
 */
export const readPolicy = (
  text: string | undefined,
): Result.Result<ReadonlyArray<Policy.Policy> | undefined, Refusal.Refusal> =>
  text === undefined
    ? Result.succeed(undefined)
    : Result.flatMap(parseJson(text), (document) =>
        Result.mapBoth(Policy.parse("session", document), {
          onSuccess: (policy) => [policy],
          onFailure: (faults) =>
            malformed(
              `Syntax errors in policy. ${faults.map(({ message, path }) => `${formatPath(path)}: ${message}`).join("; ")}`,
            ),
        }),
      )

export interface TokenSize {
  readonly bytes: number
  /** What the answer tells of it. Without a policy and without a wished size STS told nothing when it was last seen. */
  readonly told: { readonly SessionTokenSize: number; readonly SessionTokenUtilization: number } | undefined
}

/**
 * How large the token gets. How AWS packs a policy is its secret: here it takes the bytes that it has without spaces.
 */
export const tokenSize = (request: {
  readonly policy?: string
  readonly minimumSessionTokenSize?: number
}): Result.Result<TokenSize, Refusal.Refusal> => {
  const { minimumSessionTokenSize, policy } = request
  const packed = policy === undefined ? 0 : new TextEncoder().encode(policy.replace(/\s+/g, " ")).length
  const asked = Math.max(plainTokenSize + packed, minimumSessionTokenSize ?? 0)
  if (asked > maxTokenSize) {
    return Result.fail(
      Refusal.refusal(
        "PackedPolicyTooLarge",
        `Packed policy consumes ${percentage(asked)}% of allotted space, please use smaller policy.`,
      ),
    )
  }
  // Tokens are base64: their length is a multiple of four, as the limit is.
  const bytes = Math.ceil(asked / 4) * 4
  const isTold = policy !== undefined || minimumSessionTokenSize !== undefined
  return Result.succeed({
    bytes,
    told: isTold ? { SessionTokenSize: bytes, SessionTokenUtilization: percentage(bytes) } : undefined,
  })
}

/** What the answers that know a packed policy tell of the size: it has been the same percentage since September 2026. */
export const withPackedPolicySize = ({ told }: TokenSize) =>
  told === undefined ? {} : { PackedPolicySize: told.SessionTokenUtilization, ...told }

/**
 * Opens a session, which ends on a whole second, and gives its credentials in AWS's own names.
 */
export const open = (
  { now, state }: Moment,
  options: {
    readonly account: string
    readonly duration: Duration.Duration
    readonly subject: State.Subject
    readonly size: TokenSize
  },
) => {
  const expiresAt = Math.floor(now / 1000) * 1000 + Duration.toMillis(options.duration)
  const session: State.Session = {
    _tag: "Session",
    accessKeyId: State.newAccessKeyId(state, options.account),
    secretAccessKey: Redacted.make(state.identifiers.secretAccessKey()),
    sessionToken: state.identifiers.sessionToken(options.size.bytes),
    issuedAt: now,
    expiresAt,
    subject: options.subject,
  }
  state.keys.set(session.accessKeyId, session)
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: Redacted.value(session.secretAccessKey),
    SessionToken: session.sessionToken,
    Expiration: DateTime.formatIso(DateTime.makeUnsafe(expiresAt)).replace(".000Z", "Z"),
  }
}
