/**
 * Making a session: its policy, the size of its token, its keys.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Policy from "../../policy/Policy.ts"
import * as Refusal from "./refusal.ts"
import * as Region from "./region.ts"
import type { Moment } from "./simulation.ts"
import * as State from "./state.ts"

const malformed = (message: string): Refusal.Refusal => Refusal.refusal("MalformedPolicyDocument", message)

/**
 * The words of STS's parser, Jackson, for a text that does not begin as any JSON does. What it says of a fault further on
 * was not seen: there it is IAM's sentence.
 */
const parserFault = (text: string): string => {
  const [space = ""] = /^[ \t\r\n]*/.exec(text) ?? []
  const first = text.codePointAt(space.length)
  if (first === undefined || /^["[{\-\dtfn]/.test(text.slice(space.length))) return "This policy contains invalid Json"
  const lines = space.split(/\r\n|\r|\n/)
  const place = `line: ${lines.length}, column: ${(lines.at(-1)?.length ?? 0) + 2}`
  return `Unexpected character ('${String.fromCodePoint(first)}' (code ${first})): expected a valid value (number, String, array, object, 'true', 'false' or 'null')\n at [Source: java.io.StringReader@52b5743d; ${place}]`
}

const parseJson = (text: string): Result.Result<unknown, Refusal.Refusal> =>
  Result.try({ try: (): unknown => JSON.parse(text), catch: () => malformed(parserFault(text)) })

const formatPath = (path: ReadonlyArray<PropertyKey>): string => path.map(String).join(".")

const readInline = (text: string): Result.Result<Policy.Policy, Refusal.Refusal> =>
  Result.flatMap(parseJson(text), (document) =>
    Result.mapError(Policy.parse("session", document), (faults) =>
      malformed(
        `Syntax errors in policy. ${faults.map(({ message, path }) => `${formatPath(path)}: ${message}`).join("; ")}`,
      ),
    ),
  )

/** What is asked of a session's policies and of its token, in any operation that opens one. */
export interface Wishes {
  readonly policy?: string | undefined
  readonly policyArns?: ReadonlyArray<string> | undefined
  readonly minimumSessionTokenSize?: number | undefined
}

/** STS's words are not known: these are IAM's, of a policy that it cannot attach, and the code is the narrower reading. */
const unknownPolicy = (arn: string): Refusal.Refusal =>
  Refusal.validationError(`Policy ${arn} does not exist or is not attachable.`)

/** A managed policy that can be passed in an account: one of its own, or one of AWS's. */
const readManaged = (
  arn: string,
  account: string,
  { managedPolicies }: State.State,
): Result.Result<Policy.Policy, Refusal.Refusal> => {
  const policy = managedPolicies.get(arn)
  const owner = arn.split(":")[4]
  return policy !== undefined && (owner === account || owner === "aws")
    ? Result.succeed({ ...policy, kind: "session" })
    : Result.fail(unknownPolicy(arn))
}

/**
 * The policies that are passed for a session in an account; none is not the same as one that allows nothing. One that the
 * evaluator does not understand is refused: it could not be held.
 */
export const readPolicies = (
  account: string,
  { policy, policyArns = [] }: Wishes,
  { state }: Moment,
): Result.Result<ReadonlyArray<Policy.Policy> | undefined, Refusal.Refusal> =>
  policy === undefined && policyArns.length === 0
    ? Result.succeed(undefined)
    : Result.all([
        ...(policy === undefined ? [] : [readInline(policy)]),
        ...policyArns.map((arn) => readManaged(arn, account, state)),
      ])

/** The limit on an assembled session token, in bytes, since September 2026. */
const maxTokenSize = 4096

const percentage = (bytes: number): number => Math.ceil((bytes / maxTokenSize) * 100)

/** The size of a token with nothing in it that the caller asked for; AWS promises none. */
const plainTokenSize = 356

const encoder = new TextEncoder()

const bytesOf = (texts: ReadonlyArray<string>): number =>
  texts.reduce((bytes, text) => bytes + encoder.encode(text).length, 0)

export interface TokenSize {
  readonly bytes: number
  /** What the answer tells of it. With none of all that STS told nothing when it was last seen. */
  readonly told: { readonly SessionTokenSize: number; readonly SessionTokenUtilization: number } | undefined
}

/**
 * How large the token gets. How AWS packs policies and tags is its secret: here a policy takes the bytes that it has
 * without spaces, and so do the ARN of a policy, and the key and the value of a tag, whether it passes on or not.
 */
export const tokenSize = ({
  minimumSessionTokenSize,
  policy,
  policyArns = [],
  tags = {},
  isTold = minimumSessionTokenSize !== undefined,
}: Wishes & {
  readonly tags?: State.Tags
  /** Whether the answer tells of the size, also if nothing that is asked for is in the token. */
  readonly isTold?: boolean
}): Result.Result<TokenSize, Refusal.Refusal> => {
  const policies = bytesOf(policy === undefined ? policyArns : [policy.replace(/\s+/g, " "), ...policyArns])
  const packed = plainTokenSize + policies + bytesOf(Object.entries(tags).flat())
  const size = Math.max(packed, minimumSessionTokenSize ?? 0)
  if (size > maxTokenSize) {
    return Result.fail(
      Refusal.refusal(
        "PackedPolicyTooLarge",
        policies === 0
          ? `Packed size of session tags consumes ${percentage(size)}% of allotted space.`
          : `Packed policy consumes ${percentage(size)}% of allotted space, please use smaller policy.`,
      ),
    )
  }
  // Tokens are base64: their length is a multiple of four, as the limit is.
  const bytes = Math.ceil(size / 4) * 4
  return Result.succeed({
    bytes,
    told:
      isTold || packed > plainTokenSize
        ? { SessionTokenSize: bytes, SessionTokenUtilization: percentage(bytes) }
        : undefined,
  })
}

/** What the answers that know a packed policy tell of the size: it has been the same percentage since September 2026. */
export const withPackedPolicySize = ({ told }: TokenSize) =>
  told === undefined ? {} : { PackedPolicySize: told.SessionTokenUtilization, ...told }

/**
 * Opens a session, which ends on a whole second, and gives its credentials in AWS's own names.
 */
export const open = (
  { endpoint, now, state }: Moment,
  options: {
    readonly account: string
    readonly duration: Duration.Duration
    readonly subject: State.Subject
    readonly size: TokenSize
  },
) => {
  const expiresAt = Math.floor(now / 1000) * 1000 + Duration.toMillis(options.duration)
  const accessKeyId = State.newAccessKeyId(state, options.account)
  const tokenVersion = Region.tokenVersionOf(state, endpoint, options.account)
  const session: State.Session = {
    _tag: "Session",
    accessKeyId,
    secretAccessKey: Redacted.make(state.identifiers.secretAccessKey()),
    sessionToken: state.identifiers.sessionToken({ accessKeyId, expiresAt, tokenVersion }, options.size.bytes),
    issuedAt: now,
    expiresAt,
    subject: options.subject,
    tokenVersion,
  }
  State.addSession(state, session)
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: Redacted.value(session.secretAccessKey),
    SessionToken: session.sessionToken,
    Expiration: DateTime.formatIso(DateTime.makeUnsafe(expiresAt)).replace(".000Z", "Z"),
  }
}
