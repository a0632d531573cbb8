/**
 * An STS operation as data: its name, its request and response schemas, the reasons it can fail with, and whether it is
 * signed. The accessor in `Sts`, the wire codec, the SDK command, the server route and the span name all derive from it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type { AwsCredentials } from "./AwsCredentials.ts"
import type * as StsError from "./StsError.ts"

/**
 * An operation. The Type side of its schemas is idiomatic (`roleArn`, `Duration`, `Redacted`), the Encoded side is AWS's
 * own (`RoleArn`, `DurationSeconds`).
 *
 * @category models
 * @since 0.1.0
 */
export interface Operation<
  out Name extends string,
  out Request extends Schema.ConstraintCodec<unknown, unknown>,
  out Response extends Schema.ConstraintCodec<unknown, unknown>,
  out Code extends StsError.ServiceCode,
  out Auth extends "signed" | "unsigned",
> {
  /** AWS's name: `AssumeRole`. */
  readonly name: Name
  /** The schema of the request. */
  readonly request: Request
  /** The schema of the response. */
  readonly response: Response
  /** The codes that STS can answer this operation with. */
  readonly codes: ReadonlyArray<Code>
  /** `signed` with the caller's credentials, or `unsigned`: the request itself proves who calls. */
  readonly auth: Auth
}

/**
 * Any operation.
 *
 * @category models
 * @since 0.1.0
 */
export type Any = Operation<
  string,
  Schema.ConstraintCodec<unknown, unknown>,
  Schema.ConstraintCodec<unknown, unknown>,
  StsError.ServiceCode,
  "signed" | "unsigned"
>

/**
 * An operation, for an interface to extend: `interface AssumeRole extends Declared<typeof operation> {}`. By the name of
 * the interface editors show it in few words.
 *
 * @category models
 * @since 0.1.0
 */
export type Declared<Op extends Any> = Op

/**
 * The request of an operation.
 *
 * @category models
 * @since 0.1.0
 */
export type Request<Op extends Any> = Op["request"]["Type"]

/**
 * The request in AWS's own names, as backends get it.
 *
 * @category models
 * @since 0.1.0
 */
export type EncodedRequest<Op extends Any> = Op["request"]["Encoded"]

/**
 * The response in AWS's own names, as backends give it.
 *
 * @category models
 * @since 0.1.0
 */
export type EncodedResponse<Op extends Any> = Op["response"]["Encoded"]

/**
 * The response of an operation.
 *
 * @category models
 * @since 0.1.0
 */
export type Response<Op extends Any> = Op["response"]["Type"]

/** How a call can end. Of a member of an interface TypeScript shows the type itself, and not the name of an alias. */
interface Outcome<Op extends Any> {
  readonly reason: StsError.ReasonsByTag[Op["codes"][number]] | StsError.ReasonsByTag[StsError.LocalReason["_tag"]]
  readonly error: StsError.StsError<Outcome<Op>["reason"]>
}

/**
 * The reasons that an operation can fail with.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason<Op extends Any> = Outcome<Op>["reason"]

/**
 * The error of an operation: an `StsError` with just its reasons.
 *
 * @category models
 * @since 0.1.0
 */
export type Error<Op extends Any> = Outcome<Op>["error"]

/**
 * The credentials that a call needs: one set where the operation is signed, none where it is not.
 *
 * @category models
 * @since 0.1.0
 */
export type CallCredentials<Op extends Any> = Op["auth"] extends "signed" ? [credentials: AwsCredentials] : []

/**
 * What a caller writes for a request: as its Type, but a `Duration` may be anything that Effect reads as one
 * (`"1 hour"`; a bare number is milliseconds), a secret may be a plain string, and a `policy` an object.
 *
 * @category models
 * @since 0.1.0
 */
export type Input<Op extends Any> = { readonly [K in keyof Request<Op>]: Member<Request<Op>, K>["input"] }

/** See {@link Outcome} for why it is an interface. */
interface Member<A, K extends keyof A> {
  readonly input: (K extends "policy" ? string | object : InputOf<A[K]>) | (undefined extends A[K] ? undefined : never)
}

type InputOf<A> = A extends Duration.Duration
  ? Duration.Input
  : A extends Redacted.Redacted<infer Secret>
    ? Secret | Redacted.Redacted<Secret>
    : A extends string | number
      ? A
      : A extends ReadonlyArray<infer Item>
        ? ReadonlyArray<InputOf<Item>>
        : { readonly [K in keyof A]: Member<A, K>["input"] }

/** What any request can be answered with. */
const everyCode = [
  "AccessDenied",
  "InternalFailure",
  "InvalidParameterValue",
  "MalformedInput",
  "ServiceUnavailable",
  "Throttling",
  "ValidationError",
] as const satisfies ReadonlyArray<StsError.ServiceCode>

/** What a signed request can be answered with besides. */
const signedCodes = [
  "ExpiredToken",
  "IncompleteSignature",
  "InvalidClientTokenId",
  "MissingAuthenticationToken",
  "RequestExpired",
  "SignatureDoesNotMatch",
] as const satisfies ReadonlyArray<StsError.ServiceCode>

const make =
  <const Auth extends "signed" | "unsigned", Common extends StsError.ServiceCode>(
    auth: Auth,
    common: ReadonlyArray<Common>,
  ) =>
  <
    const Name extends string,
    Request extends Schema.ConstraintCodec<unknown, unknown>,
    Response extends Schema.ConstraintCodec<unknown, unknown>,
    const Code extends StsError.ServiceCode = never,
  >(declared: {
    readonly name: Name
    readonly request: Request
    readonly response: Response
    /** The codes that AWS's model lists for this operation. */
    readonly codes?: ReadonlyArray<Code>
  }): Operation<Name, Request, Response, Code | Common, Auth> => ({
    ...declared,
    codes: [...(declared.codes ?? []), ...common],
    auth,
  })

/**
 * Declares an operation that is signed with the caller's credentials. The codes that any signed request can have are
 * added to the listed ones.
 *
 * @category constructors
 * @since 0.1.0
 */
export const signed = /*#__PURE__*/ make("signed", [...everyCode, ...signedCodes])

/**
 * Declares an operation that is not signed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unsigned = /*#__PURE__*/ make("unsigned", everyCode)
