/**
 * AWS STS: one function per operation, signed with the identity of the credential stack.
 *
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Sts from "@effect-sts/core/Sts"
 *
 * const program = Effect.gen(function*() {
 *   const { credentials } = yield* Sts.assumeRole({
 *     roleArn: "arn:aws:iam::111111111111:role/deploy",
 *     roleSessionName: "release-42",
 *     duration: "15 minutes"
 *   })
 *   return credentials.expiration
 * })
 * ```
 *
 * The types say the truth about identity: a signed operation needs `Sts | CredentialStack`, an unsigned one only `Sts`.
 * To work under the role, and not just get its credentials, see `CredentialStack.withRole`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { AwsCredentials } from "./AwsCredentials.ts"
import type { CredentialsError } from "./CredentialsError.ts"
import * as CredentialStack from "./CredentialStack.ts"
import { describeIssue } from "./internal/describeIssue.ts"
import { asIdentity } from "./internal/asIdentity.ts"
import { layer, Sts } from "./internal/sts.ts"
import type * as Operation from "./Operation.ts"
import { AssumeRole } from "./operations/AssumeRole.ts"
import { AssumeRoleWithSaml } from "./operations/AssumeRoleWithSaml.ts"
import { AssumeRoleWithWebIdentity } from "./operations/AssumeRoleWithWebIdentity.ts"
import { AssumeRoot } from "./operations/AssumeRoot.ts"
import { DecodeAuthorizationMessage } from "./operations/DecodeAuthorizationMessage.ts"
import { GetAccessKeyInfo } from "./operations/GetAccessKeyInfo.ts"
import { GetCallerIdentity } from "./operations/GetCallerIdentity.ts"
import { GetDelegatedAccessToken } from "./operations/GetDelegatedAccessToken.ts"
import { GetFederationToken } from "./operations/GetFederationToken.ts"
import { GetSessionToken } from "./operations/GetSessionToken.ts"
import { GetWebIdentityToken } from "./operations/GetWebIdentityToken.ts"
import type * as Operations from "./Operations.ts"
import * as StsBackend from "./StsBackend.ts"
import type * as StsError from "./StsError.ts"

export {
  /**
   * `Sts` on whatever backend is there: what a backend's own layer is made with.
   *
   * @category layers
   * @since 0.1.0
   */
  layer,
  /**
   * The service. Most programs use the functions of this module; its `call` takes the credentials explicitly.
   *
   * @category services
   * @since 0.1.0
   */
  Sts,
}

type Signed = Operation.Any & { readonly auth: "signed" }

type Unsigned = Operation.Any & { readonly auth: "unsigned" }

const stack = { current: CredentialStack.current, invalidate: CredentialStack.invalidate }

/** Signs with the identity of the stack. */
const signed =
  <Op extends Signed>(operation: Op) =>
  (
    input: Operation.Input<Op>,
  ): Effect.Effect<
    Operation.Response<Op>,
    Operation.Error<Op> | CredentialsError,
    Sts | CredentialStack.CredentialStack
  > =>
    Effect.flatMap(Sts, (sts) =>
      asIdentity(stack, (credentials) =>
        // oxlint-disable-next-line no-unsafe-type-assertion -- the rest parameter of a signed operation, undecided by Op
        sts.call(operation, input, ...([credentials] as Operation.CallCredentials<Op>)),
      ),
    )

const unsigned =
  <Op extends Unsigned>(operation: Op) =>
  (input: Operation.Input<Op>): Effect.Effect<Operation.Response<Op>, Operation.Error<Op>, Sts> =>
    Effect.flatMap(Sts, (sts) =>
      // oxlint-disable-next-line no-unsafe-type-assertion -- the rest parameter of an unsigned operation, undecided by Op
      sts.call(operation, input, ...([] as unknown as Operation.CallCredentials<Op>)),
    )

/**
 * Temporary credentials of a role.
 *
 * Fails with `AccessDenied` where the role's trust policy, or the caller's own policies, do not allow it, and where there
 * is no such role: STS does not say which.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @category operations
 * @since 0.1.0
 */
export const assumeRole = /*#__PURE__*/ signed(AssumeRole)

/**
 * Temporary credentials of a role, for whoever holds a SAML assertion. Unsigned.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 * @category operations
 * @since 0.1.0
 */
export const assumeRoleWithSaml = /*#__PURE__*/ unsigned(AssumeRoleWithSaml)

/**
 * Temporary credentials of a role, for whoever holds the token of a web identity provider. Unsigned.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @category operations
 * @since 0.1.0
 */
export const assumeRoleWithWebIdentity = /*#__PURE__*/ unsigned(AssumeRoleWithWebIdentity)

/**
 * A session of up to 15 minutes as the root user of a member account, for one of five tasks. Not on the global endpoint.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
 * @category operations
 * @since 0.1.0
 */
export const assumeRoot = /*#__PURE__*/ signed(AssumeRoot)

/**
 * The JSON behind the encoded message of an AccessDenied, as some AWS services give it.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 * @category operations
 * @since 0.1.0
 */
export const decodeAuthorizationMessage = /*#__PURE__*/ signed(DecodeAuthorizationMessage)

/**
 * The account of an access key id.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
 * @category operations
 * @since 0.1.0
 */
export const getAccessKeyInfo = /*#__PURE__*/ signed(GetAccessKeyInfo)

/**
 * Who calls: ARN, account and user id. Needs no permission.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * @category operations
 * @since 0.1.0
 */
export const getCallerIdentity = /*#__PURE__*/ signed(GetCallerIdentity)({})

/**
 * Credentials for a trade-in token. Not available for general use when AWS added it.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetDelegatedAccessToken.html
 * @category operations
 * @since 0.1.0
 */
export const getDelegatedAccessToken = /*#__PURE__*/ signed(GetDelegatedAccessToken)

/**
 * Temporary credentials of a federated user, 15 minutes to 36 hours, 12 hours by default. The caller needs long-term
 * keys; without a policy the result may do nothing.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 * @category operations
 * @since 0.1.0
 */
export const getFederationToken = /*#__PURE__*/ signed(GetFederationToken)

/**
 * Temporary credentials of the calling user, 15 minutes to 36 hours, 12 hours by default, signed in with MFA where a code
 * is given. The caller needs long-term keys.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 * @category operations
 * @since 0.1.0
 */
export const getSessionToken = /*#__PURE__*/ signed(GetSessionToken)

/**
 * A signed JWT that proves the caller's AWS identity to somebody else. Not on the global endpoint.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 * @category operations
 * @since 0.1.0
 */
export const getWebIdentityToken = /*#__PURE__*/ signed(GetWebIdentityToken)

/** The accessor's name for an operation: AWS's, with a small letter, and `Saml` for `SAML`. */
type AccessorName<Name extends string> = Name extends `${infer Head}SAML${infer Tail}`
  ? Uncapitalize<`${Head}Saml${Tail}`>
  : Uncapitalize<Name>

/**
 * The operations that a mock answers, by the name of their accessor. Each gets the request, and the credentials that it
 * was signed with, and gives a response, or fails with one of the operation's reasons.
 *
 * @category models
 * @since 0.1.0
 */
export type Mock = {
  readonly [Op in (typeof Operations.all)[number] as AccessorName<Op["name"]>]?: (
    request: Operation.Request<Op>,
    ...credentials: Operation.CallCredentials<Op>
  ) => Effect.Effect<Operation.Response<Op>, Operation.Reason<Op>>
}

type Handler = (request: unknown, credentials: AwsCredentials | undefined) => Effect.Effect<unknown, StsError.Reason>

const accessorName = (name: string) => name.charAt(0).toLowerCase() + name.slice(1).replace("SAML", "Saml")

/** Encodes what a mock answers: it has the response's type, but may be a plain object where the schema is of a class. */
const encode = (schema: Schema.ConstraintCodec<unknown, unknown>, response: unknown) =>
  Effect.flatMap(Schema.isSchema(schema) ? schema.makeEffect(response) : Effect.succeed(response), (made) =>
    Effect.mapError(Schema.encodeUnknownEffect(schema)(made), (error) => error.issue),
  )

/**
 * A stub of the operations you name, for tests of code that calls STS. Requests are validated, failures retried and
 * spans made as with a real backend. An operation that has no stub is a defect which says so.
 *
 * ```ts
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsError from "@effect-sts/core/StsError"
 * import * as Effect from "effect/Effect"
 *
 * const alice = { arn: "arn:aws:iam::111111111111:user/alice", userId: "AIDA", account: "111111111111" }
 *
 * const StsTest = Sts.mock({
 *   getCallerIdentity: () => Effect.succeed(alice),
 *   assumeRole: () => Effect.fail(new StsError.AccessDenied({ message: "no" })),
 * })
 * ```
 *
 * Signed operations also need a stack, whose credentials may be any:
 * `CredentialStack.layer(CredentialSource.fromCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }))`.
 *
 * For a whole STS, with accounts, roles and trust policies, see `StsMemory` in `@effect-sts/memory`.
 *
 * @category layers
 * @since 0.1.0
 */
export const mock = (handlers: Mock): Layer.Layer<Sts> => {
  // oxlint-disable-next-line no-unsafe-type-assertion -- what the mapped type says of each name, said of all at once
  const byName = handlers as Readonly<Record<string, Handler | undefined>>
  return Layer.provide(
    layer,
    Layer.succeed(StsBackend.StsBackend, {
      execute: (operation, request, credentials) => {
        const name = accessorName(operation.name)
        const handler = byName[name]
        if (handler === undefined) return Effect.die(new Error(`Sts.mock has no ${name}`))
        return Schema.decodeUnknownEffect(operation.request)(request).pipe(
          Effect.orDie,
          Effect.flatMap((decoded) => handler(decoded, credentials)),
          Effect.mapError((reason) => new StsBackend.BackendFailure({ reason })),
          Effect.flatMap((response) =>
            encode(operation.response, response).pipe(
              Effect.catch((issue) => {
                const faults = describeIssue(issue, "response").map(({ field, message }) => `${field}: ${message}`)
                return Effect.die(
                  new Error(`Sts.mock: ${name} answered what is no response of it: ${faults.join("; ")}`),
                )
              }),
            ),
          ),
          Effect.map((response) => ({ response })),
        )
      },
    }),
  )
}
