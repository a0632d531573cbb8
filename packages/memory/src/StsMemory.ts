/**
 * An AWS STS in memory, for tests and demos: accounts, users, roles, trust policies and MFA, as a {@link World} says, and
 * the service `Sts` on it. What AWS is known to refuse it refuses, with the same codes and words; what it does not
 * simulate it refuses too.
 *
 * ```ts
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as World from "@effect-sts/memory/World"
 * import * as Effect from "effect/Effect"
 *
 * const main = Sts.getCallerIdentity.pipe(
 *   CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/my-role" }),
 *   Effect.provide(StsMemory.layer(World.demo).pipe(StsMemory.as("arn:aws:iam::111111111111:user/alice"))),
 * )
 * ```
 *
 * It runs on Effect's Clock and on the seed of the world: the same world, clock and calls give the same bytes.
 *
 * The service `StsMemory` is the test's hands on the world. A hand that is asked for something which the world does not
 * have (a role, a key, a device) dies: that is a mistake in the test, and the message lists what there is.
 *
 * @since 0.1.0
 */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type { CredentialsError } from "@effect-sts/core/CredentialsError"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import type * as StsError from "@effect-sts/core/StsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Fault from "./Fault.ts"
import * as Backend from "./internal/backend.ts"
import * as Door from "./internal/engine/door.ts"
import * as Engine from "./internal/engine/engine.ts"
import * as Faults from "./internal/engine/faults.ts"
import * as History from "./internal/history.ts"
import * as IdentityProviders from "./internal/engine/identityProviders.ts"
import * as Issuing from "./internal/engine/issuing.ts"
import * as OutboundFederation from "./internal/engine/outboundFederation.ts"
import type { State } from "./internal/engine/state.ts"
import * as Policy from "./policy/Policy.ts"
import type * as RequestContext from "./policy/RequestContext.ts"
import * as World from "./World.ts"

/**
 * A call as the log has it, every attempt by itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  /** AWS's name: `AssumeRole`. */
  readonly operation: string
  /** The ARN of who called; none where the credentials did not hold. */
  readonly caller: string | undefined
  /** When STS acted on it. */
  readonly time: DateTime.Utc
  /** What STS did: `Success`, or the code of the error: `AccessDenied`, `Throttling`, `TransportError`, … */
  readonly outcome: string
  /** The key that it was signed with, also where that did not hold; none, where it was not signed. */
  readonly accessKeyId: string | undefined
  /** The id that STS gave the request. */
  readonly requestId: string
  /** In AWS's own names: `{ RoleArn: "…", RoleSessionName: "…" }`. Tokens, codes and assertions are left out. */
  readonly parameters: { readonly [name: string]: unknown }
  /** The faults that struck it, in the words of `Fault.format`. */
  readonly faults: ReadonlyArray<string>
}

/**
 * What a test expects of a call. What is left out may be anything, and so may parameters that are not named; those that
 * are must be equal.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExpectedCall {
  /** AWS's name: `AssumeRole`. */
  readonly operation?: Fault.OperationName | undefined
  /** An ARN. */
  readonly caller?: string | undefined
  /** The key that it was signed with. */
  readonly accessKeyId?: string | undefined
  /** `Success`, or the code of the error. */
  readonly outcome?: string | undefined
  /** In AWS's own names: `{ RoleArn: "…", DurationSeconds: 900 }`. */
  readonly parameters?: { readonly [name: string]: unknown } | undefined
  /** All of them: `[]`, where none may have struck. */
  readonly faults?: ReadonlyArray<string> | undefined
}

/**
 * The calls are not those that the test expects. The message has a line for each call, with `-` for one that is missing
 * and `+` for one too many.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedCalls extends Schema.TaggedError<UnexpectedCalls>()("UnexpectedCalls", {
  /** How the calls differ: a line for each, with `-` for one that is missing and `+` for one too many. */
  message: Schema.String,
}) {}

/**
 * Failures to come: the next `times` calls, or the next of one operation, fail with `reason`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  /** How many calls fail. */
  readonly times: number
  /** What they fail with. */
  readonly reason: Exclude<StsError.Reason, StsError.InvalidRequest>
  /** AWS's name, `AssumeRole`; any operation where it is left out. */
  readonly operation?: Fault.OperationName | undefined
}

/**
 * A request to some other service, which a fake of that service asks the world about.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuthorizationRequest {
  /**
   * Credentials, or the ARN of a user, a root user or a role. The role stands for a session of it without session
   * policies and tags.
   */
  readonly caller: AwsCredentials.AwsCredentials | string
  /** `s3:GetObject` */
  readonly action: string
  /** An ARN, or `*` for an action that has no resource. */
  readonly resource: string
  /** The condition keys that the service gives, as `s3:prefix`. They stand before those that the world knows itself. */
  readonly context?: { readonly [key: string]: RequestContext.Value | undefined } | undefined
  /** The policy of the resource, as that of a bucket. */
  readonly resourcePolicy?: World.PolicyDocument | undefined
}

/**
 * The service would refuse the request. `code` is what AWS has for it: `UnauthorizedOperation` where the policies do not
 * allow it, else what is wrong with the credentials: `ExpiredToken`, `InvalidClientTokenId`, `SignatureDoesNotMatch`.
 *
 * The words of `UnauthorizedOperation` are those of EC2, which end in `encodedMessage`: `Sts.decodeAuthorizationMessage`
 * tells why.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationError extends Schema.TaggedError<AuthorizationError>()("AuthorizationError", {
  /** What AWS has for it: `UnauthorizedOperation`, `ExpiredToken`, `InvalidClientTokenId` or `SignatureDoesNotMatch`. */
  code: Schema.String,
  /** What AWS says of it. */
  message: Schema.String,
  /** What `Sts.decodeAuthorizationMessage` decodes, of an `UnauthorizedOperation`. */
  encodedMessage: Schema.optionalKey(Schema.String),
}) {}

/**
 * What a customer delegates: a session of one of its roles, to whoever has the trade-in token.
 *
 * @category models
 * @since 0.1.0
 */
export interface Delegation {
  /** The ARN of the role. */
  readonly roleArn: string
  /** `delegated` where it is left out. */
  readonly roleSessionName?: string | undefined
  /** A session policy. */
  readonly policy?: World.PolicyDocument | undefined
  /** How long the session lasts: an hour where it is left out. */
  readonly duration?: Duration.Input | undefined
  /** How long the token can be traded in: an hour where it is left out. */
  readonly timeToLive?: Duration.Input | undefined
}

/**
 * A role to be made, as a world has it. Its path is in the ARN.
 *
 * @category models
 * @since 0.1.0
 */
export interface Role extends Omit<(typeof World.Role)["Encoded"], "path"> {}

/**
 * How long it takes until STS hears of what IAM has done: at once, where it is left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface Propagation {
  /** How long it takes: `"10 seconds"`. */
  readonly propagation?: Duration.Input | undefined
}

/**
 * A world with all that has happened in it, at one moment. It shows nothing of itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface Snapshot {
  readonly [Door.engineOf]: () => Engine.Engine
}

/**
 * Who a web identity token is about, and what else its provider says of the session.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebIdentity {
  /** The name of a provider of the world that has no `jwks`, or `accounts.google.com`, `cognito-identity.amazonaws.com`. */
  readonly provider: string
  /** The claim `sub`. */
  readonly subject: string
  /** The claim `aud`: the provider's first client id where it is left out. */
  readonly audience?: string | ReadonlyArray<string> | undefined
  /** Further claims, as `email`. They stand before those that follow from the rest: `{ exp: 0 }` is an expired token. */
  readonly claims?: { readonly [name: string]: Schema.Json } | undefined
  /** Session tags: the claim `https://aws.amazon.com/tags`. */
  readonly tags?: { readonly [key: string]: string } | undefined
  /** The keys of the `tags` that pass on to the roles assumed from the session. */
  readonly transitiveTagKeys?: ReadonlyArray<string> | undefined
  /** The claim `https://aws.amazon.com/source_identity`. */
  readonly sourceIdentity?: string | undefined
  /** How long the token can be used: an hour where it is left out. It does not limit the session. */
  readonly expiresIn?: Duration.Input | undefined
}

/**
 * Who a SAML assertion is about, and what else its provider says of the session.
 *
 * @category models
 * @since 0.1.0
 */
export interface SamlIdentity {
  /** The ARN of a SAML provider of the world that has no `metadata`. */
  readonly provider: string
  /** The ARN of the role, or those of all roles that the user may choose from. */
  readonly role: string | ReadonlyArray<string>
  /** The attribute `RoleSessionName`, the name of the session: 2 to 64 letters, digits and `_+=,.@-`. */
  readonly roleSessionName: string
  /** The NameID: the name of the session where it is left out. */
  readonly subject?: string | undefined
  /** The format of the NameID: `persistent` where it is left out, `transient`, or the URI of another. */
  readonly subjectType?: string | undefined
  /** Session tags: the attributes `PrincipalTag:…`. */
  readonly tags?: { readonly [key: string]: string } | undefined
  /** The attribute `TransitiveTagKeys`: the keys of the `tags` that pass on to the roles assumed from the session. */
  readonly transitiveTagKeys?: ReadonlyArray<string> | undefined
  /** The attribute `SourceIdentity`. */
  readonly sourceIdentity?: string | undefined
  /** The attribute `SessionDuration`, which can only shorten the session. */
  readonly sessionDuration?: Duration.Input | undefined
  /** When the session of the identity provider ends, and with it that of the role: `SessionNotOnOrAfter`. */
  readonly sessionExpiresIn?: Duration.Input | undefined
  /** Further attributes, by their whole names. */
  readonly attributes?: { readonly [name: string]: string | ReadonlyArray<string> } | undefined
  /** Where the response was sent: `https://signin.aws.amazon.com/saml` where it is left out. It is `SAML:aud`. */
  readonly recipient?: string | undefined
  /** `urn:amazon:webservices` where it is left out. */
  readonly audience?: string | undefined
  /** How long the assertion can be used: 5 minutes where it is left out, and STS takes none that is older. */
  readonly expiresIn?: Duration.Input | undefined
}

/**
 * A set of public keys, as identity providers publish theirs (RFC 7517).
 *
 * @category models
 * @since 0.1.0
 */
export interface Jwks {
  /** The keys, each with its id. */
  readonly keys: ReadonlyArray<{ readonly kid: string; readonly kty: string; readonly [member: string]: string }>
}

/**
 * The test's hands on the world. Each has an accessor in this module.
 *
 * @category services
 * @since 0.1.0
 */
export class StsMemory extends Context.Service<
  StsMemory,
  {
    readonly authorize: (request: AuthorizationRequest) => Effect.Effect<void, AuthorizationError>
    readonly calls: Effect.Effect<ReadonlyArray<Call>>
    readonly clearCalls: Effect.Effect<void>
    readonly contextAssertion: (keys: { readonly [key: string]: string }) => Effect.Effect<Redacted.Redacted>
    readonly createAccessKey: (arn: string) => Effect.Effect<AwsCredentials.AwsCredentials>
    readonly createRole: (arn: string, role: Role, options?: Propagation) => Effect.Effect<void>
    readonly credentials: (arn: string) => Effect.Effect<AwsCredentials.AwsCredentials>
    readonly deactivateKey: (accessKeyId: string) => Effect.Effect<void>
    readonly deleteRole: (arn: string) => Effect.Effect<void>
    /** Gives the effect that takes the fault away again. */
    readonly inject: (fault: Fault.Fault) => Effect.Effect<Effect.Effect<void>>
    readonly clearFaults: Effect.Effect<void>
    readonly issuer: (account: string) => Effect.Effect<string>
    readonly jwks: (account: string) => Effect.Effect<Jwks>
    readonly mfaCode: (serialNumber: string) => Effect.Effect<string>
    readonly recreateRole: (arn: string, options?: Propagation) => Effect.Effect<void>
    readonly restore: (snapshot: Snapshot) => Effect.Effect<void>
    readonly samlAssertion: (identity: SamlIdentity) => Effect.Effect<Redacted.Redacted>
    readonly setLatency: (latency: Duration.Input) => Effect.Effect<void>
    readonly setOutage: (isOut: boolean) => Effect.Effect<void>
    readonly setSourceIp: (address: string | undefined) => Effect.Effect<void>
    readonly tradeInToken: (delegation: Delegation) => Effect.Effect<Redacted.Redacted>
    readonly snapshot: Effect.Effect<Snapshot>
    readonly updateRole: (arn: string, changes: Partial<Role>) => Effect.Effect<void>
    readonly webIdentityToken: (identity: WebIdentity) => Effect.Effect<Redacted.Redacted>
    /** The world itself, for `StsServer`. */
    readonly [Door.engineOf]: () => Engine.Engine
  }
>()("@effect-sts/memory/StsMemory") {}

/**
 * Whether somebody may do something in another service, by the policies of the world: what a fake of S3 or EC2 asks
 * before it answers. Policies of users, roles and sessions count, and that of the resource where it is given; it is no
 * call of STS, and not in the log.
 *
 * **Example** (A fake bucket)
 *
 * ```ts
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * const getObject = Effect.fnUntraced(function* (key: string) {
 *   const caller = yield* CredentialStack.current
 *   const resource = `arn:aws:s3:::a-bucket/${key}`
 *   yield* StsMemory.authorize({ caller, action: "s3:GetObject", resource })
 *   return "what is in it"
 * })
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const authorize = (request: AuthorizationRequest): Effect.Effect<void, AuthorizationError, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.authorize(request))

/**
 * All calls so far, the oldest first. Those that core refused before sending are not among them. In a world that runs for
 * long the oldest are forgotten; the last 50,000 are always there.
 *
 * @category accessors
 * @since 0.1.0
 */
export const calls: Effect.Effect<ReadonlyArray<Call>, never, StsMemory> = /*#__PURE__*/ Effect.flatMap(
  StsMemory,
  (memory) => memory.calls,
)

/**
 * Forgets the calls so far, as those that prepared a test.
 *
 * @category accessors
 * @since 0.1.0
 */
export const clearCalls: Effect.Effect<void, never, StsMemory> = /*#__PURE__*/ Effect.flatMap(
  StsMemory,
  (memory) => memory.clearCalls,
)

const factsOf = ({ time, ...call }: Call): History.Facts => ({ ...call, time: DateTime.toEpochMillis(time) })

/**
 * The calls so far as text, a line for each, for a look or a snapshot:
 *
 * ```
 * 10:00:00 AssumeRole alice → role/deployer ✓
 * 10:00:05 GetCallerIdentity deployer/release-42 ✗ Throttling [Throttling]
 * ```
 *
 * Times are UTC. ARNs are shortened, and have their accounts where there are several. Faults are in brackets.
 *
 * @category assertions
 * @since 0.1.0
 */
export const history: Effect.Effect<string, never, StsMemory> = /*#__PURE__*/ Effect.map(calls, (made) =>
  History.format(made.map(factsOf)),
)

/**
 * That the calls so far are these, in this order, and no others. A name alone is an operation. With `among` only those
 * calls count that are so.
 *
 * ```ts
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * const assertions = Effect.gen(function* () {
 *   yield* StsMemory.expectCalls(["AssumeRole", { operation: "GetCallerIdentity", outcome: "Throttling" }])
 *   // One AssumeRole, whatever else was called.
 *   const deployer = { parameters: { RoleArn: "arn:aws:iam::111111111111:role/deployer" } }
 *   yield* StsMemory.expectCalls([deployer], { among: { operation: "AssumeRole" } })
 * })
 * ```
 *
 * If they are not it dies with {@link UnexpectedCalls}, as an assertion of a test does.
 *
 * @category assertions
 * @since 0.1.0
 */
export const expectCalls = (
  expected: ReadonlyArray<Fault.OperationName | ExpectedCall>,
  {
    among = {},
  }: {
    /** The calls to look at: all, where it is left out. */
    readonly among?: ExpectedCall
  } = {},
): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(calls, (made) => {
    const wanted = expected.map((call): ExpectedCall => (typeof call === "string" ? { operation: call } : call))
    const difference = History.diff(
      wanted,
      made.map(factsOf).filter((call) => History.matches(among, call)),
    )
    return difference === undefined
      ? Effect.void
      : Effect.die(
          new UnexpectedCalls({ message: `The calls are not the expected ones (- expected, + made):\n${difference}` }),
        )
  })

/**
 * A context assertion for `providedContexts`, as IAM Identity Center would have given one for a user: with context keys
 * such as `identitystore:UserId`, which trust policies see as `sts:RequestContext/identitystore:UserId`. It does not
 * expire. The provider is `arn:aws:iam::aws:contextProvider/IdentityCenter`; the caller needs `sts:SetContext`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const contextAssertion = (keys: {
  readonly [key: string]: string
}): Effect.Effect<Redacted.Redacted, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.contextAssertion(keys))

/**
 * The first active long-term key of a user, or of an account's root user, by ARN: the base of a stack in one line, with
 * `CredentialSource.fromEffect`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const credentials = (arn: string): Effect.Effect<AwsCredentials.AwsCredentials, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.credentials(arn))

/**
 * Makes another access key for a user, or for an account's root user, and gives it: a rotation is this, and then
 * `deactivateKey` of the old one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const createAccessKey = (arn: string): Effect.Effect<AwsCredentials.AwsCredentials, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.createAccessKey(arn))

/**
 * Makes a role. With `propagation` STS does not know it for some time, as with IAM: it is refused, with the words of a
 * role that is not there.
 *
 * ```ts
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as World from "@effect-sts/memory/World"
 *
 * const trustPolicy = World.trust("arn:aws:iam::111111111111:user/alice")
 *
 * const made = StsMemory.createRole("arn:aws:iam::111111111111:role/ci", { trustPolicy }, { propagation: "8 seconds" })
 * ```
 *
 * The role is read as strictly as a world. A mistake in it is one in the test.
 *
 * @category accessors
 * @since 0.1.0
 */
export const createRole = (arn: string, role: Role, options?: Propagation): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.createRole(arn, role, options))

/**
 * Deactivates a long-term key: from now on it is refused with `InvalidClientTokenId`. Sessions that were made with it
 * live on.
 *
 * @category accessors
 * @since 0.1.0
 */
export const deactivateKey = (accessKeyId: string): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.deactivateKey(accessKeyId))

/**
 * Deletes a role: its sessions are refused with `InvalidClientTokenId`, and trust policies that name it no longer do.
 *
 * @category accessors
 * @since 0.1.0
 */
export const deleteRole = (arn: string): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.deleteRole(arn))

/**
 * Makes the next calls fail instead of being answered. Several orders are worked off in turn; 0 times is none.
 *
 * ```ts
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsError from "@effect-sts/core/StsError"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * const slowedDown = Effect.gen(function* () {
 *   yield* StsMemory.failNext({ times: 2, reason: new StsError.Throttling({ message: "Rate exceeded" }) })
 *   return yield* Sts.getCallerIdentity // the third attempt
 * })
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const failNext = ({ operation, reason, times }: Failure): Effect.Effect<void, never, StsMemory> =>
  inject(Fault.refusal(reason, { times, operation }))

/**
 * Makes calls go wrong, as `Fault` says: which, from when, how often, how.
 *
 * ```ts
 * import * as Fault from "@effect-sts/memory/Fault"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 *
 * const caller = "arn:aws:iam::111111111111:user/alice"
 *
 * const throttled = StsMemory.inject(Fault.throttling({ caller, lasting: "30 seconds" }))
 * ```
 *
 * Of faults that decide how a call ends the one that was injected first strikes. A fault that could never strike, as one
 * for the caller `alice`, who has no ARN, is a mistake in the test.
 *
 * @category accessors
 * @since 0.1.0
 */
export const inject = (fault: Fault.Fault): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => Effect.asVoid(memory.inject(fault)))

/**
 * Makes calls go wrong as long as an effect runs, however it ends.
 *
 * ```ts
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as Fault from "@effect-sts/memory/Fault"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 *
 * const patient = Sts.getCallerIdentity.pipe(StsMemory.withFault(Fault.slow("3 seconds")))
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const withFault =
  (fault: Fault.Fault) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | StsMemory> =>
    Effect.flatMap(StsMemory, (memory) =>
      Effect.acquireUseRelease(
        memory.inject(fault),
        () => effect,
        (remove) => remove,
      ),
    )

/**
 * Ends all faults, those of `failNext` too. Latency and outages are not among them.
 *
 * @category accessors
 * @since 0.1.0
 */
export const clearFaults: Effect.Effect<void, never, StsMemory> = /*#__PURE__*/ Effect.flatMap(
  StsMemory,
  (memory) => memory.clearFaults,
)

/**
 * The issuer of an account's own tokens, those of GetWebIdentityToken: `https://….tokens.sts.global.api.aws`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const issuer = (account: string): Effect.Effect<string, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.issuer(account))

/**
 * The keys that verify the tokens that GetWebIdentityToken gives to callers of an account. `StsServer` has them at the
 * path `/.well-known/jwks.json` of the issuer.
 *
 * @category accessors
 * @since 0.1.0
 */
export const jwks = (account: string): Effect.Effect<Jwks, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.jwks(account))

/**
 * The code that an MFA device shows now, of six digits. It changes every 30 seconds, and STS takes each one once.
 *
 * @category accessors
 * @since 0.1.0
 */
export const mfaCode = (serialNumber: string): Effect.Effect<string, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.mfaCode(serialNumber))

/**
 * Deletes a role, if it is still there, and makes it again as it was: the same ARN, but another unique id. Old sessions
 * stay refused, and trust that named the old role does not name the new one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const recreateRole = (arn: string, options?: Propagation): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.recreateRole(arn, options))

/**
 * Makes the world what it was when the snapshot was taken, whatever has happened since: sessions, used codes, roles, the
 * call log, faults, latency. Time goes on, and is no part of it.
 *
 * @category snapshots
 * @since 0.1.0
 */
export const restore = (snapshot: Snapshot): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.restore(snapshot))

/**
 * A SAML response in base64, with an assertion that the identity provider of the world has signed: what
 * AssumeRoleWithSAML takes.
 *
 * **Example** (A role for a user of an identity provider)
 *
 * ```ts
 * import * as CredentialSource from "@effect-sts/core/CredentialSource"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 *
 * const provider = "arn:aws:iam::111111111111:saml-provider/Okta"
 * const role = "arn:aws:iam::111111111111:role/analyst"
 *
 * const ada = CredentialSource.saml({
 *   roleArn: role,
 *   principalArn: provider,
 *   samlAssertion: StsMemory.samlAssertion({ provider, role, roleSessionName: "ada" }),
 * })
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const samlAssertion = (identity: SamlIdentity): Effect.Effect<Redacted.Redacted, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.samlAssertion(identity))

/**
 * How long every call takes, on Effect's Clock: zero at the beginning. STS acts at the end of it, so that a call which is
 * interrupted before has not happened.
 *
 * @category accessors
 * @since 0.1.0
 */
export const setLatency = (latency: Duration.Input): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.setLatency(latency))

/**
 * Whether STS is out of reach: then every call fails with a `TransportError` that was never sent.
 *
 * @category accessors
 * @since 0.1.0
 */
export const setOutage = (isOut: boolean): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.setOutage(isOut))

/**
 * The address that all calls come from, for policies that test `aws:SourceIp`, whatever a server sees; `undefined` is
 * again that of who calls the server, and none in process.
 *
 * @category accessors
 * @since 0.1.0
 */
export const setSourceIp = (address: string | undefined): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.setSourceIp(address))

/**
 * A trade-in token for GetDelegatedAccessToken, as a customer's approval of a delegation request releases one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const tradeInToken = (delegation: Delegation): Effect.Effect<Redacted.Redacted, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.tradeInToken(delegation))

/**
 * The world at this moment, to go back to with `restore`, or to make other worlds of with `layer`. After the same
 * snapshot the same calls at the same times get the same bytes.
 *
 * ```ts
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * // Each case begins with the world as it is now.
 * const each = <A, E, R>(cases: ReadonlyArray<Effect.Effect<A, E, R>>) =>
 *   Effect.flatMap(StsMemory.snapshot, (prepared) =>
 *     Effect.forEach(cases, (one) => Effect.andThen(StsMemory.restore(prepared), one)),
 *   )
 * ```
 *
 * @category snapshots
 * @since 0.1.0
 */
export const snapshot: Effect.Effect<Snapshot, never, StsMemory> = /*#__PURE__*/ Effect.flatMap(
  StsMemory,
  (memory) => memory.snapshot,
)

/**
 * Changes a role: its trust, its policies, how long its sessions may last, its tags. What is left out stays as it is.
 * Sessions live on, whoever is trusted now, and may do what the role may do now.
 *
 * @category accessors
 * @since 0.1.0
 */
export const updateRole = (arn: string, changes: Partial<Role>): Effect.Effect<void, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.updateRole(arn, changes))

/**
 * A token that an OIDC provider of the world has signed, at the time that it is now: what AssumeRoleWithWebIdentity takes.
 *
 * **Example** (A role for a job of a CI service)
 *
 * ```ts
 * import * as CredentialSource from "@effect-sts/core/CredentialSource"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 *
 * const job = CredentialSource.webIdentity({
 *   roleArn: "arn:aws:iam::111111111111:role/ci",
 *   webIdentityToken: StsMemory.webIdentityToken({
 *     provider: "token.actions.githubusercontent.com",
 *     subject: "repo:octo-org/octo-repo:ref:refs/heads/main",
 *   }),
 * })
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const webIdentityToken = (identity: WebIdentity): Effect.Effect<Redacted.Redacted, never, StsMemory> =>
  Effect.flatMap(StsMemory, (memory) => memory.webIdentityToken(identity))

const toCall = ({ time, ...entry }: Engine.Entry): Call => ({ ...entry, time: DateTime.makeUnsafe(time) })

const toCredentials = ({
  accessKeyId,
  secretAccessKey,
}: {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
}) => new AwsCredentials.AwsCredentials({ accessKeyId, secretAccessKey })

/** A mistake in the test: it asks for what the world does not have. */
const missing = (kind: string, wanted: string, known: Iterable<string>) =>
  Effect.die(
    new Error(`This world has no ${kind} ${JSON.stringify(wanted)}; it has ${Array.from(known).join(", ") || "none"}`),
  )

/** Another mistake in the test: a policy that cannot be read, or an action that is none. */
const mistaken = (what: string, faults: ReadonlyArray<string>) =>
  Effect.die(new Error(`This ${what} cannot be read: ${faults.join("; ")}`))

const readPolicy = (
  kind: "resource" | "session",
  document: World.PolicyDocument | undefined,
): Effect.Effect<Policy.Policy | undefined> =>
  document === undefined
    ? Effect.undefined
    : Effect.fromResult(Policy.parse(kind, document)).pipe(
        Effect.catch((faults) =>
          mistaken(
            `${kind} policy`,
            faults.map(({ message, path }) => [...path, message].map(String).join(" ")),
          ),
        ),
      )

const authorizeIn = (engine: Engine.Engine, { caller, context = {}, ...request }: AuthorizationRequest) =>
  Effect.gen(function* () {
    const { action, resource } = request
    if (!/^[\w-]+:\w+$/.test(action)) return yield* mistaken("action", [`${JSON.stringify(action)} is no service:Name`])
    const resourcePolicy = yield* readPolicy("resource", request.resourcePolicy)
    const now = yield* Clock.currentTimeMillis
    const [name, who] = typeof caller === "string" ? [caller, caller] : [caller.accessKeyId, Backend.toProof(caller)]
    const result = Engine.authorize(engine, now, who, { action, resource, context, resourcePolicy })
    if (result === undefined) return yield* missing("user, root user or role", name, Engine.arnsOfEntities(engine))
    if (Result.isFailure(result)) return yield* new AuthorizationError(result.failure)
  })

const delegateIn = (
  engine: Engine.Engine,
  { duration = "1 hour", policy, roleArn, roleSessionName = "delegated", timeToLive = "1 hour" }: Delegation,
) =>
  Effect.gen(function* () {
    const sessionPolicy = yield* readPolicy("session", policy)
    const now = yield* Clock.currentTimeMillis
    const token = Engine.delegate(engine, roleArn, {
      roleSessionName,
      policies: sessionPolicy && [sessionPolicy],
      duration: Duration.fromInputUnsafe(duration),
      expiresAt: now + Duration.toMillis(timeToLive),
    })
    return token === undefined ? yield* missing("role", roleArn, engine.state.roles.keys()) : Redacted.make(token)
  })

/** Another: what it asks for cannot be. */
const dieOfFaults = (kind: string, name: string, hand: Effect.Effect<void, ReadonlyArray<string>>) =>
  hand.pipe(
    Effect.catch((faults) =>
      Effect.die(new Error(`The ${kind} ${JSON.stringify(name)} cannot be so: ${faults.join("; ")}`)),
    ),
  )

/** From when on, in epoch milliseconds, STS knows what IAM does now; none, where it is at once. */
const knownToSts = ({ propagation }: Propagation = {}): Effect.Effect<number | undefined> =>
  propagation === undefined
    ? Effect.undefined
    : Effect.map(Clock.currentTimeMillis, (now) => now + Duration.toMillis(Duration.fromInputUnsafe(propagation)))

const issueWebIdentity = (
  engine: Engine.Engine,
  {
    audience,
    claims = {},
    expiresIn = "1 hour",
    provider,
    sourceIdentity,
    subject,
    tags = {},
    transitiveTagKeys = [],
  }: WebIdentity,
) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { state } = engine
    const issuers = IdentityProviders.issuersOf(state)
    const clientIds = issuers.get(provider)
    if (clientIds === undefined) return missing("OIDC provider without jwks", provider, issuers.keys())
    const [clientId = "sts.amazonaws.com"] = clientIds
    const token = Issuing.webIdentityToken(state, now, {
      provider,
      subject,
      audience: audience ?? clientId,
      claims,
      tags,
      transitiveTagKeys,
      sourceIdentity,
      expiresIn: Duration.fromInputUnsafe(expiresIn),
    })
    return Effect.map(token, (token) => Redacted.make(token))
  })

const durationOf = (input: Duration.Input | undefined): Duration.Duration | undefined =>
  input === undefined ? undefined : Duration.fromInputUnsafe(input)

const issueSaml = (
  engine: Engine.Engine,
  {
    attributes = {},
    audience = "urn:amazon:webservices",
    expiresIn = "5 minutes",
    provider: arn,
    recipient = "https://signin.aws.amazon.com/saml",
    role,
    roleSessionName,
    sessionDuration,
    sessionExpiresIn,
    sourceIdentity,
    subject = roleSessionName,
    subjectType = "persistent",
    tags = {},
    transitiveTagKeys = [],
  }: SamlIdentity,
) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { state } = engine
    const provider = IdentityProviders.samlProviderOf(state, arn)
    if (!provider?.isOwn) {
      return missing("SAML provider without metadata", arn, IdentityProviders.ownSamlProviders(state))
    }
    const response = Issuing.samlAssertion(provider, now, {
      roleArns: [role].flat(),
      roleSessionName,
      subject,
      subjectType,
      tags,
      transitiveTagKeys,
      sourceIdentity,
      attributes,
      audience,
      recipient,
      sessionDuration: durationOf(sessionDuration),
      sessionExpiresIn: durationOf(sessionExpiresIn),
      expiresIn: Duration.fromInputUnsafe(expiresIn),
    })
    return Effect.map(response, (response) => Redacted.make(response))
  })

const ofAccount = <A>(engine: Engine.Engine, account: string, get: (state: State, account: string) => A) =>
  Effect.suspend(() =>
    engine.state.accounts.has(account)
      ? Effect.succeed(get(engine.state, account))
      : missing("account", account, engine.state.accounts.keys()),
  )

const handsOf = (engine: Engine.Engine) =>
  StsMemory.of({
    [Door.engineOf]: () => engine,
    authorize: (request) => authorizeIn(engine, request),
    calls: Effect.sync(() => engine.log.map(toCall)),
    clearCalls: Effect.sync(() => {
      engine.log = []
    }),
    contextAssertion: (keys) => Effect.sync(() => Engine.contextAssertion(engine, keys)),
    createAccessKey: (arn) =>
      Effect.suspend(() => {
        const key = Engine.createAccessKey(engine, arn)
        return key === undefined
          ? missing("user or root user", arn, engine.state.holders.keys())
          : Effect.succeed(toCredentials(key))
      }),
    createRole: (arn, role, options) =>
      Effect.flatMap(knownToSts(options), (at) => dieOfFaults("role", arn, Engine.createRole(engine, arn, role, at))),
    credentials: (arn) =>
      Effect.suspend(() => {
        const key = Engine.keyOf(engine, arn)
        return key === undefined
          ? missing("user or root user with an active key", arn, Engine.arnsWithKeys(engine))
          : Effect.succeed(toCredentials(key))
      }),
    deactivateKey: (accessKeyId) =>
      Effect.suspend(() =>
        Engine.deactivateKey(engine, accessKeyId)
          ? Effect.void
          : missing("long-term key", accessKeyId, Engine.longTermKeyIds(engine)),
      ),
    deleteRole: (arn) =>
      Effect.suspend(() =>
        Engine.deleteRole(engine, arn) ? Effect.void : missing("role", arn, engine.state.roles.keys()),
      ),
    inject: (fault) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const mistakes = Faults.mistakesIn(fault)
        if (mistakes.length > 0) return Effect.die(new Error(`This fault cannot strike: ${mistakes.join("; ")}`))
        const injected = Faults.inject(fault, now)
        if (injected.times > 0) engine.faults.push(injected)
        return Effect.succeed(
          Effect.sync(() => {
            engine.faults = engine.faults.filter(({ id }) => id !== injected.id)
          }),
        )
      }),
    clearFaults: Effect.sync(() => {
      engine.faults = []
    }),
    issuer: (account) => ofAccount(engine, account, OutboundFederation.issuerOf),
    jwks: (account) => ofAccount(engine, account, OutboundFederation.jwksOf),
    mfaCode: (serialNumber) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const code = Engine.mfaCode(engine, now, serialNumber)
        return code === undefined
          ? missing("MFA device", serialNumber, engine.state.devices.keys())
          : Effect.succeed(code)
      }),
    recreateRole: (arn, options) =>
      Effect.flatMap(knownToSts(options), (at) =>
        Engine.recreateRole(engine, arn, at) ? Effect.void : missing("role", arn, engine.state.roleDefinitions.keys()),
      ),
    restore: (snapshot) =>
      Effect.sync(() => {
        Object.assign(engine, Engine.copy(snapshot[Door.engineOf]()))
      }),
    samlAssertion: (identity) => issueSaml(engine, identity),
    setLatency: (input) =>
      Effect.sync(() => {
        engine.latency = Duration.fromInputUnsafe(input)
      }),
    setOutage: (isOut) =>
      Effect.sync(() => {
        engine.isOut = isOut
      }),
    setSourceIp: (address) =>
      Effect.sync(() => {
        engine.sourceIp = address
      }),
    tradeInToken: (delegation) => delegateIn(engine, delegation),
    snapshot: Effect.sync(() => {
      const copy = Engine.copy(engine)
      return { [Door.engineOf]: () => copy }
    }),
    updateRole: (arn, changes) =>
      Effect.suspend(() =>
        Engine.hasRole(engine, arn)
          ? dieOfFaults("role", arn, Engine.updateRole(engine, arn, changes))
          : missing("role", arn, engine.state.roles.keys()),
      ),
    webIdentityToken: (identity) => issueWebIdentity(engine, identity),
  })

/**
 * Adds a credential stack whose base is the first active access key of a user or root user, so that a program runs as
 * somebody of the world:
 *
 * ```ts
 * import * as Sts from "@effect-sts/core/Sts"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as World from "@effect-sts/memory/World"
 * import * as Effect from "effect/Effect"
 *
 * const test = Sts.getCallerIdentity.pipe(
 *   Effect.provide(StsMemory.layer(World.demo).pipe(StsMemory.as("arn:aws:iam::111111111111:user/alice"))),
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const as =
  (arn: string) =>
  <A, E, R>(
    layer: Layer.Layer<A | StsMemory, E, R>,
  ): Layer.Layer<A | StsMemory | CredentialStack.CredentialStack, E | CredentialsError, R> =>
    Layer.provideMerge(CredentialStack.layer(CredentialSource.fromEffect(credentials(arn), { label: arn })), layer)

/**
 * What a world is made of: one that is written in TypeScript, one that is read from elsewhere, or a snapshot.
 *
 * @category models
 * @since 0.1.0
 */
export type Source<E = never, R = never> = World.Encoded | Snapshot | Effect.Effect<World.World, E, R>

const engineFrom = <E, R>(source: Source<E, R>): Effect.Effect<Engine.Engine, E | World.WorldError, R> => {
  if (Effect.isEffect(source)) return Effect.map(source, Engine.make)
  return Predicate.hasProperty(source, Door.engineOf)
    ? Effect.sync(() => Engine.copy(source[Door.engineOf]()))
    : Effect.map(World.decode(source), Engine.make)
}

/**
 * A world and the test's hands on it, without `Sts`: for a program that calls `StsServer` over HTTP, whose `Sts` is
 * another backend's. Otherwise as {@link layer}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWorld = <E = never, R = never>(
  source: Source<E, R>,
): Layer.Layer<StsMemory, E | World.WorldError, R> => Layer.effect(StsMemory, Effect.map(engineFrom(source), handsOf))

/**
 * `Sts` on a world, and the test's hands on it. The world may be written in TypeScript, be read from elsewhere, or be
 * what a snapshot holds:
 *
 * ```ts
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as World from "@effect-sts/memory/World"
 * import * as Effect from "effect/Effect"
 *
 * const written = StsMemory.layer(World.demo)
 * const read = StsMemory.layer(World.fromFile("test/fixtures/world.json"))
 * const again = Effect.map(StsMemory.snapshot, (snapshot) => StsMemory.layer(snapshot))
 * ```
 *
 * The layer fails with `WorldError` where the world cannot be read; the error says what is wrong with it, and where.
 *
 * Each time it is built there is a new world, as it was at its beginning.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E = never, R = never>(
  source: Source<E, R>,
): Layer.Layer<Sts.Sts | StsMemory, E | World.WorldError, R> =>
  // Effect memoizes a layer by its reference, so two worlds in one graph would share the first one's `Sts`.
  Layer.fresh(Sts.layer).pipe(
    Layer.provide(
      Layer.effect(
        StsBackend.StsBackend,
        Effect.map(StsMemory, (memory) => Backend.make(memory[Door.engineOf]())),
      ),
    ),
    Layer.provideMerge(layerWorld(source)),
  )
