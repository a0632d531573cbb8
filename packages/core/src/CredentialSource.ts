/**
 * Recipes for credentials. A source has a label, says how to get credentials and whether it can get them again; nothing
 * happens until it is put to use on a `CredentialStack`, which acquires it, shares it and renews it.
 *
 * ```ts
 * import * as CredentialSource from "@effect-sts/core/CredentialSource"
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Sts from "@effect-sts/core/Sts"
 *
 * const base = CredentialStack.layer(CredentialSource.fromConfig)
 *
 * const deployer = Sts.getCallerIdentity.pipe(
 *   CredentialStack.use(CredentialSource.assumeRole({ roleArn: "arn:aws:iam::111111111111:role/deploy" })),
 * )
 * ```
 *
 * A source made of an STS call signs with the identity below it on the stack, also when it renews itself. A token, an
 * assertion or an MFA code may be an `Effect`: it is run anew for each STS call, in the context in which the source was
 * put to use, and what it needs shows in the source's `R`.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as AwsCredentials from "./AwsCredentials.ts"
import { CredentialsError, InvalidCredentials, NoCredentials, RefreshFailed } from "./CredentialsError.ts"
import { omitUndefined } from "./internal/omitUndefined.ts"
import { asIdentity } from "./internal/asIdentity.ts"
import { isPlain } from "./internal/isPlain.ts"
import { normalize } from "./internal/normalize.ts"
import type { AnyRecipe, Ask, Kind, Prompt, Recipe } from "./internal/recipe.ts"
import { encode, Sts } from "./internal/sts.ts"
import type * as Operation from "./Operation.ts"
import { AssumeRole } from "./operations/AssumeRole.ts"
import { AssumeRoleWithSaml } from "./operations/AssumeRoleWithSaml.ts"
import { AssumeRoleWithWebIdentity } from "./operations/AssumeRoleWithWebIdentity.ts"
import { AssumeRoot } from "./operations/AssumeRoot.ts"
import { GetFederationToken } from "./operations/GetFederationToken.ts"
import { GetSessionToken } from "./operations/GetSessionToken.ts"
import type * as RefreshPolicy from "./RefreshPolicy.ts"
import type * as StsError from "./StsError.ts"

const TypeId = "~@effect-sts/core/CredentialSource"

/**
 * A recipe for credentials that can fail with `E` and needs `R`.
 *
 * @category models
 * @since 0.1.0
 */
export interface CredentialSource<out E = never, out R = never> extends Pipeable {
  /** How frames, logs and errors name it. Never a secret. */
  readonly label: string
  readonly [TypeId]: AnyRecipe<E, R>
}

const make = <E, R>(recipe: AnyRecipe<E, R>): CredentialSource<E, R> => ({
  label: recipe.label,
  [TypeId]: recipe,
  pipe() {
    return pipeArguments(this, arguments)
  },
})

/** @internal */
export const recipeOf = <E, R>(source: CredentialSource<E, R>): AnyRecipe<E, R> => source[TypeId]

const mapRecipe =
  (change: <E, R>(recipe: Recipe<E, R>) => Recipe<E, R>) =>
  <E, R>(source: CredentialSource<E, R>): CredentialSource<E, R> => {
    const recipe = recipeOf(source)
    return make(
      recipe._tag === "Recipe"
        ? change(recipe)
        : { ...recipe, members: recipe.members.map((member) => recipeOf(mapRecipe(change)(make(member)))) },
    )
  }

/** What most sources are; each states where it differs. */
const plain = {
  _tag: "Recipe",
  needsBelow: false,
  isRenewable: true,
  isShared: true,
  readsContext: false,
  isTemporary: undefined,
  request: undefined,
  policy: {},
  prompt: undefined,
} as const

const toRedacted = (value: string | Redacted.Redacted<string> | undefined) =>
  typeof value === "string" ? Redacted.make(value) : value

const fromHand = (input: AwsCredentials.Input | AwsCredentials.AwsCredentials) =>
  Effect.mapError(AwsCredentials.fromInput(input), (reason) => new CredentialsError({ reason }))

/** As a label: AWS's ids have some 20 characters. What is longer may be a secret that somebody took for one. */
const isShowable = (accessKeyId: unknown) => typeof accessKeyId === "string" && /^\w{1,32}$/.test(accessKeyId)

/** A date can be changed, and whose credentials they are is told by its value. */
const copyDate = (expiration: DateTime.DateTime.Input | undefined) =>
  expiration instanceof Date ? new Date(expiration) : expiration

/**
 * Credentials that are there already. They are never renewed: after their expiration, if they have one, `current` fails
 * with `Expired`. A half set is refused when the source is put to use.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromCredentials = (
  input: AwsCredentials.Input | AwsCredentials.AwsCredentials,
  options?: {
    /**
     * How frames, logs and errors name the source. Where it is left out, `credentials(…)` with the access key id, or
     * `credentials` alone where that does not look like one: more than 32 letters, digits and `_`, or anything else.
     */
    readonly label?: string
  },
): CredentialSource => {
  const credentials =
    input instanceof AwsCredentials.AwsCredentials || !isPlain(input)
      ? input
      : { ...input, expiration: copyDate(input.expiration) }
  const { accessKeyId } = credentials ?? {}
  return make<never, never>({
    ...plain,
    label: options?.label ?? (isShowable(accessKeyId) ? `credentials(${accessKeyId})` : "credentials"),
    kind: "static",
    isRenewable: false,
    isTemporary: credentials?.sessionToken !== undefined,
    // Equal by value: whoever puts the same keys to use again gets the same session, and so do the roles on it.
    identify: () => ({
      accessKeyId: credentials?.accessKeyId,
      expiration: credentials?.expiration,
      secretAccessKey: toRedacted(credentials?.secretAccessKey),
      sessionToken: toRedacted(credentials?.sessionToken),
    }),
    fetch: () => fromHand(credentials),
  })
}

const variables = {
  accessKeyId: /*#__PURE__*/ Config.option(/*#__PURE__*/ Config.String("AWS_ACCESS_KEY_ID")),
  secretAccessKey: /*#__PURE__*/ Config.option(/*#__PURE__*/ Config.Redacted("AWS_SECRET_ACCESS_KEY")),
  sessionToken: /*#__PURE__*/ Config.option(/*#__PURE__*/ Config.Redacted("AWS_SESSION_TOKEN")),
  expiration: /*#__PURE__*/ Config.option(/*#__PURE__*/ Config.String("AWS_CREDENTIAL_EXPIRATION")),
}

const variableNames: Readonly<Record<string, string>> = {
  accessKeyId: "AWS_ACCESS_KEY_ID",
  secretAccessKey: "AWS_SECRET_ACCESS_KEY",
  sessionToken: "AWS_SESSION_TOKEN",
  expiration: "AWS_CREDENTIAL_EXPIRATION",
}

const invalidVariable = (field: string, message: string) =>
  new CredentialsError({ reason: new InvalidCredentials({ field, message }) })

const missing = (variable: string) =>
  invalidVariable(variable, `${variable} is missing or empty: credentials are set whole or not at all`)

const readVariables = /*#__PURE__*/ Effect.gen(function* () {
  const { accessKeyId, expiration, secretAccessKey, sessionToken } = yield* Effect.mapError(
    Config.all(variables),
    (error) =>
      new CredentialsError({
        reason: new RefreshFailed({ label: "config", message: "the configuration could not be read", error }),
      }),
  )
  if (Option.isNone(accessKeyId) && Option.isNone(secretAccessKey) && Option.isNone(sessionToken)) {
    return yield* new CredentialsError({
      reason: new NoCredentials({
        message: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing or empty",
        tried: ["config"],
      }),
    })
  }
  if (Option.isNone(accessKeyId)) return yield* missing("AWS_ACCESS_KEY_ID")
  if (Option.isNone(secretAccessKey)) return yield* missing("AWS_SECRET_ACCESS_KEY")
  return yield* Effect.mapError(
    AwsCredentials.fromInput({
      accessKeyId: accessKeyId.value,
      secretAccessKey: secretAccessKey.value,
      sessionToken: Option.getOrUndefined(sessionToken),
      expiration: Option.getOrUndefined(expiration),
    }),
    ({ field, message }) => {
      const variable = variableNames[field] ?? field
      return invalidVariable(variable, message.replace(field, variable))
    },
  )
})

/**
 * The environment's credentials, through Effect's Config: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 * `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION` (an ISO 8601 date).
 *
 * A half set is refused with `InvalidCredentials`, which names the variable; an empty variable counts as a missing one.
 * Without any it fails with `NoCredentials`. Read once: the environment of a process does not renew itself.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromConfig: CredentialSource = /*#__PURE__*/ (() =>
  make<never, never>({
    ...plain,
    label: "config",
    kind: "config",
    isRenewable: false,
    isShared: false,
    identify: () => "config",
    fetch: () => readVariables,
  }))()

/**
 * Credentials from an effect, which is run again whenever new ones are due. Two uses of such a source share a session
 * when it is the same effect, on the same identity below, with the same services around it. In a server, where each
 * request has services of its own, that is never: put the source to use once, outside, or see {@link unshared}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromEffect = <E, R>(
  effect: Effect.Effect<AwsCredentials.AwsCredentials | AwsCredentials.Input, E, R>,
  options?: {
    /** How frames, logs and errors name the source: `effect`, where it is left out. */
    readonly label?: string
  },
): CredentialSource<E, R> => {
  const identity = { effect: Equal.byReferenceUnsafe(effect) }
  return make<E, R>({
    ...plain,
    label: options?.label ?? "effect",
    kind: "effect",
    readsContext: true,
    identify: () => identity,
    fetch: () => Effect.flatMap(effect, fromHand),
  })
}

/**
 * A secret that a source needs: a string, or an effect that gives one anew for each STS call. With an effect two uses
 * share a session only where it is the same effect (so make it once, outside of a function that is called for each
 * request) and the same services are around it, since the effect may read any of them.
 *
 * @category models
 * @since 0.1.0
 */
export type Secret<E = never, R = never> =
  | string
  | Redacted.Redacted<string>
  | Effect.Effect<string | Redacted.Redacted<string>, E, R>

/**
 * An MFA device and how to get its current code. As an `Effect` the code is asked for only while the source is put to
 * use, one prompt at a time per device; a renewal never prompts.
 *
 * A device's code is good once: another session with the same device waits for the next code before it asks, up to 30
 * seconds on Effect's Clock. In a test adjust the `TestClock`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Mfa<E = never, R = never> {
  /** The device's serial number, or the ARN of a virtual one: 9 to 256 letters, digits and `_+=/:,.@-`. */
  readonly serialNumber: string
  /** The code that the device shows, 6 digits; or an effect that asks for it. */
  readonly tokenCode: Secret<E, R>
}

type Without<A, K extends PropertyKey> = { readonly [P in keyof A as P extends K ? never : P]: A[P] }

const read = <E, R>(secret: Secret<E, R>): Effect.Effect<string | Redacted.Redacted<string>, E, R> =>
  // Redacted also inside the effect, which prints its value.
  Effect.isEffect(secret) ? secret : Effect.succeed(typeof secret === "string" ? Redacted.make(secret) : secret)

/** As it is compared: an effect is itself, a string is its value. */
const identityOf = <E, R>(secret: Secret<E, R>) =>
  Effect.isEffect(secret) ? Equal.byReferenceUnsafe(secret) : toRedacted(secret)

/** The secret, or what has its form while nobody has asked for it. */
const withStandIn =
  (standIn: string) =>
  <E, R>(secret: Secret<E, R>) =>
    Effect.isEffect(secret) ? standIn : secret

const promptOf = <E, R, E2>(
  mfa: Mfa<E, R> | undefined,
  check: Effect.Effect<unknown, E2>,
): Prompt<E | E2, R> | undefined =>
  mfa && {
    check,
    serialNumber: mfa.serialNumber,
    tokenCode: read(mfa.tokenCode),
    isConstant: !Effect.isEffect(mfa.tokenCode),
  }

/** A source is what it was when it was made, whatever becomes of the objects that it was made of. */
const copy = <A extends object>(operation: Operation.Any, request: A): A =>
  // oxlint-disable-next-line no-unsafe-type-assertion -- what an input is normalised to is itself an input
  normalize(operation.request, request) as A

const copyMfa = <E, R>(mfa: Mfa<E, R> | undefined): Mfa<E, R> | undefined =>
  mfa && { serialNumber: mfa.serialNumber, tokenCode: mfa.tokenCode }

interface Call<E, R, E2, R2> {
  readonly kind: Kind
  readonly label: string
  readonly operation: Operation.Any
  /** The request without what is secret, and without a session name that nobody gave. */
  readonly request: object
  /** What stands in for the session name until one is generated. */
  readonly defaults?: { readonly roleSessionName: string }
  readonly secrets?: Readonly<Record<string, Secret<E2, R2>>>
  readonly mfa?: Mfa<E2, R2> | undefined
  readonly call: (
    sts: Sts["Service"],
    ask: Ask,
  ) => Effect.Effect<{ readonly credentials: AwsCredentials.AwsCredentials }, E, R>
}

/** A source made of an STS call. Its session is shared by all who make the same call with the same `Sts`. */
const fromCall = <E, R, E2 = never, R2 = never>({
  call,
  defaults,
  kind,
  label,
  mfa,
  operation,
  request,
  secrets = {},
}: Call<E | CredentialsError, R, E2, R2>): CredentialSource<
  E | E2 | StsError.StsError<StsError.InvalidRequest>,
  R | R2 | Sts
> => {
  const identity = {
    operation: operation.name,
    request,
    secrets: Record.map(secrets, identityOf),
    mfa: mfa && { serialNumber: mfa.serialNumber, tokenCode: identityOf(mfa.tokenCode) },
  }
  const input = normalize(operation.request, {
    ...defaults,
    ...Record.map(secrets, withStandIn("a token that is not there yet")),
    ...omitUndefined(request),
    ...(mfa && { mfa: { serialNumber: mfa.serialNumber, tokenCode: withStandIn("000000")(mfa.tokenCode) } }),
  })
  return make<E | E2 | StsError.StsError<StsError.InvalidRequest>, R | R2 | Sts>({
    ...plain,
    label,
    kind,
    needsBelow: operation.auth === "signed",
    isTemporary: true,
    readsContext: Object.values(secrets).some((value) => Effect.isEffect(value)),
    request: { operation, input },
    prompt: promptOf(
      mfa,
      Effect.suspend(() => encode(operation, input)),
    ),
    identify: (context) => ({ ...identity, sts: Equal.byReferenceUnsafe(Context.get(context, Sts)) }),
    fetch: (ask) => Effect.flatMap(Sts, (sts) => Effect.map(call(sts, ask), ({ credentials }) => credentials)),
  })
}

const defaults = { roleSessionName: "effect-sts" }

const withCode = <E, R>(mfa: Mfa<E, R> | undefined, { tokenCode }: Ask) =>
  mfa === undefined || tokenCode === undefined ? {} : { mfa: { serialNumber: mfa.serialNumber, tokenCode } }

/**
 * What `assumeRole` takes: the request of AssumeRole, whose session name is generated where none is given, and whose MFA
 * code may be an effect.
 *
 * @category models
 * @since 0.1.0
 */
export type AssumeRoleInput<E = never, R = never> = Without<
  Operation.Input<typeof AssumeRole>,
  "roleSessionName" | "mfa"
> & {
  /** The name of the session: 2 to 64 letters, digits and `_+=,.@-`. One is generated where it is left out. */
  readonly roleSessionName?: string | undefined
  /**
   * An MFA device of the calling user and its code, where the role's trust policy asks for MFA. The code may be an
   * effect.
   */
  readonly mfa?: Mfa<E, R> | undefined
}

/**
 * A role, assumed by the identity below. Without a `roleSessionName` it gets one (`effect-sts-…`), which does not keep
 * two equal sources from sharing a session.
 *
 * @category constructors
 * @since 0.1.0
 */
export const assumeRole = <E = never, R = never>(
  input: AssumeRoleInput<E, R>,
): CredentialSource<Operation.Error<typeof AssumeRole> | E, Sts | R> => {
  const { mfa: given, ...rest } = input
  const mfa = copyMfa(given)
  const request = copy(AssumeRole, rest)
  return fromCall({
    kind: "assumeRole",
    label: `assumeRole(${request.roleArn})`,
    operation: AssumeRole,
    request,
    defaults,
    mfa,
    call: (sts, ask) =>
      asIdentity(ask.below, (credentials) =>
        sts.call(
          AssumeRole,
          { ...request, roleSessionName: request.roleSessionName ?? ask.sessionName, ...withCode(mfa, ask) },
          credentials,
        ),
      ),
  })
}

/**
 * What `sessionToken` takes: the request of GetSessionToken, whose MFA code may be an effect.
 *
 * @category models
 * @since 0.1.0
 */
export type SessionTokenInput<E = never, R = never> = Without<Operation.Input<typeof GetSessionToken>, "mfa"> & {
  /** An MFA device of the calling user and its code, where a policy asks for MFA. The code may be an effect. */
  readonly mfa?: Mfa<E, R> | undefined
}

/**
 * Temporary credentials of the identity below, which must have long-term keys: STS refuses a session. With `mfa` the
 * session counts as signed in with MFA.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sessionToken = <E = never, R = never>(
  input: SessionTokenInput<E, R> = {},
): CredentialSource<Operation.Error<typeof GetSessionToken> | E, Sts | R> => {
  const { mfa: given, ...rest } = input
  const mfa = copyMfa(given)
  const request = copy(GetSessionToken, rest)
  return fromCall({
    kind: "sessionToken",
    label: mfa === undefined ? "sessionToken" : `sessionToken(${mfa.serialNumber})`,
    operation: GetSessionToken,
    request,
    mfa,
    call: (sts, ask) =>
      asIdentity(ask.below, (credentials) =>
        sts.call(GetSessionToken, { ...request, ...withCode(mfa, ask) }, credentials),
      ),
  })
}

/**
 * A federated user, made by the identity below, which must have long-term keys. Without a policy it may do nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const federationToken = (
  input: Operation.Input<typeof GetFederationToken>,
): CredentialSource<Operation.Error<typeof GetFederationToken>, Sts> => {
  const request = copy(GetFederationToken, input)
  return fromCall({
    kind: "federationToken",
    label: `federationToken(${request.name})`,
    operation: GetFederationToken,
    request,
    call: (sts, ask) => asIdentity(ask.below, (credentials) => sts.call(GetFederationToken, request, credentials)),
  })
}

/**
 * What `webIdentity` takes: the request of AssumeRoleWithWebIdentity, whose session name is generated where none is
 * given, and whose token may be an effect.
 *
 * @category models
 * @since 0.1.0
 */
export type WebIdentityInput<E = never, R = never> = Without<
  Operation.Input<typeof AssumeRoleWithWebIdentity>,
  "roleSessionName" | "webIdentityToken"
> & {
  /** The name of the session: 2 to 64 letters, digits and `_+=,.@-`. One is generated where it is left out. */
  readonly roleSessionName?: string | undefined
  /**
   * The provider's OAuth 2.0 access token or OpenID Connect ID token, 4 to 20,000 characters; or an effect that gives
   * one for each call.
   */
  readonly webIdentityToken: Secret<E, R>
}

/**
 * A role, assumed with the token of an identity provider. It needs no identity below, so it can be the base of a stack.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webIdentity = <E = never, R = never>(
  input: WebIdentityInput<E, R>,
): CredentialSource<Operation.Error<typeof AssumeRoleWithWebIdentity> | E, Sts | R> => {
  const { webIdentityToken, ...rest } = input
  const request = copy(AssumeRoleWithWebIdentity, rest)
  return fromCall({
    kind: "webIdentity",
    label: `webIdentity(${request.roleArn})`,
    operation: AssumeRoleWithWebIdentity,
    request,
    defaults,
    secrets: { webIdentityToken },
    call: (sts, ask) =>
      Effect.flatMap(read(webIdentityToken), (token) =>
        sts.call(AssumeRoleWithWebIdentity, {
          ...request,
          roleSessionName: request.roleSessionName ?? ask.sessionName,
          webIdentityToken: token,
        }),
      ),
  })
}

/**
 * What `saml` takes: the request of AssumeRoleWithSAML, whose assertion may be an effect.
 *
 * @category models
 * @since 0.1.0
 */
export type SamlInput<E = never, R = never> = Without<Operation.Input<typeof AssumeRoleWithSaml>, "samlAssertion"> & {
  /**
   * The identity provider's authentication response in base64, 4 to 100,000 characters; or an effect that gives one for
   * each call.
   */
  readonly samlAssertion: Secret<E, R>
}

/**
 * A role, assumed with a SAML assertion. It needs no identity below, so it can be the base of a stack.
 *
 * @category constructors
 * @since 0.1.0
 */
export const saml = <E = never, R = never>(
  input: SamlInput<E, R>,
): CredentialSource<Operation.Error<typeof AssumeRoleWithSaml> | E, Sts | R> => {
  const { samlAssertion, ...rest } = input
  const request = copy(AssumeRoleWithSaml, rest)
  return fromCall({
    kind: "saml",
    label: `saml(${request.roleArn})`,
    operation: AssumeRoleWithSaml,
    request,
    secrets: { samlAssertion },
    call: (sts) =>
      Effect.flatMap(read(samlAssertion), (assertion) =>
        sts.call(AssumeRoleWithSaml, { ...request, samlAssertion: assertion }),
      ),
  })
}

/**
 * A short session as the root user of a member account, for one task, made by the identity below.
 *
 * @category constructors
 * @since 0.1.0
 */
export const assumeRoot = (
  input: Operation.Input<typeof AssumeRoot>,
): CredentialSource<Operation.Error<typeof AssumeRoot>, Sts> => {
  const request = copy(AssumeRoot, input)
  return fromCall({
    kind: "assumeRoot",
    label: `assumeRoot(${request.targetPrincipal})`,
    operation: AssumeRoot,
    request,
    call: (sts, ask) => asIdentity(ask.below, (credentials) => sts.call(AssumeRoot, request, credentials)),
  })
}

type AnySource = CredentialSource<unknown, unknown>

type ErrorOf<Source> = Source extends CredentialSource<infer E, infer _> ? E : never

type ServicesOf<Source> = Source extends CredentialSource<infer _, infer R> ? R : never

/**
 * The first of several sources that has credentials. The next one is tried only when a source has none, that is, fails
 * with `NoCredentials`: anything else, a refused role say, is an error, and no other identity takes its place.
 *
 * @category combinators
 * @since 0.1.0
 */
export const firstOf = <const Sources extends readonly [AnySource, ...Array<AnySource>]>(
  ...sources: Sources
): CredentialSource<ErrorOf<Sources[number]>, ServicesOf<Sources[number]>> =>
  make({
    _tag: "FirstOf",
    label: `firstOf(${sources.map((source) => source.label).join(", ")})`,
    // oxlint-disable-next-line no-unsafe-type-assertion -- each member is of the union that the type computes
    members: sources.map((source) => recipeOf(source)) as ReadonlyArray<
      AnyRecipe<ErrorOf<Sources[number]>, ServicesOf<Sources[number]>>
    >,
  })

/**
 * Gives the source another label.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withLabel = (label: string): (<E, R>(source: CredentialSource<E, R>) => CredentialSource<E, R>) =>
  mapRecipe((recipe) => ({ ...recipe, label }))

/**
 * Settings of the refresh policy for this source alone, over those of the root stack. Sources with different settings
 * share no session.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withRefreshPolicy = (
  settings: Partial<RefreshPolicy.Settings>,
): (<E, R>(source: CredentialSource<E, R>) => CredentialSource<E, R>) =>
  mapRecipe((recipe) => ({ ...recipe, policy: { ...recipe.policy, ...settings } }))

/**
 * Keeps the source out of the pool: each time it is put to use it gets a session of its own, which ends with that use.
 *
 * @category combinators
 * @since 0.1.0
 */
export const unshared: <E, R>(source: CredentialSource<E, R>) => CredentialSource<E, R> = /*#__PURE__*/ mapRecipe(
  (recipe) => ({ ...recipe, isShared: false }),
)
