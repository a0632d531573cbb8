/**
 * Credentials to and from the AWS SDK for JavaScript v3.
 *
 * `provider` gives any client of the SDK the identity of the credential stack; `source` and `defaultChain` make a
 * credential provider of the SDK the identity of a stack.
 *
 * ```ts
 * import { S3Client } from "@aws-sdk/client-s3"
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as SdkCredentials from "@effect-sts/sdk/SdkCredentials"
 * import * as Effect from "effect/Effect"
 *
 * const makeS3 = Effect.map(SdkCredentials.provider, (credentials) => new S3Client({ region: "eu-west-1", credentials }))
 *
 * const program = makeS3.pipe(CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/reader" }))
 * ```
 *
 * @since 0.1.0
 */
import type { AwsCredentials } from "@effect-sts/core/AwsCredentials"
import { CredentialsError, NoCredentials, RefreshFailed } from "@effect-sts/core/CredentialsError"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"

/**
 * Clients of the SDK keep an identity until five minutes before its expiration, and one without an expiration for ever.
 * One that seems to expire sooner they ask for again before each request, and the stack has it at hand.
 */
const keptByClients = 4 * 60_000

const toIdentity = ({
  accessKeyId,
  expiration,
  secretAccessKey,
  sessionToken,
}: AwsCredentials): AwsCredentialIdentity => {
  // The SDK compares it with the time of the machine, not with Effect's clock.
  const askAgain = Date.now() + keptByClients
  return {
    accessKeyId,
    secretAccessKey: Redacted.value(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: Redacted.value(sessionToken) }),
    expiration: new Date(expiration === undefined ? askAgain : Math.min(askAgain, DateTime.toEpochMillis(expiration))),
  }
}

/**
 * The credentials of the stack in context, for `S3Client` and every other client of the SDK v3, and for whatever else
 * takes one of its providers. Any number of clients share the session, and its refreshes.
 *
 * A client asks it before each request, so it follows the stack: its refreshes, and with `push` and `set` its changes of
 * identity. The `expiration` it gives is at most some minutes ahead, which keeps clients from caching. With
 * `forceRefresh` the credentials that it gave last are given up, and their source is asked for new ones.
 *
 * It rejects with `CredentialsError`: `ScopeClosed` when the stack, or the `use` that it was made in, has ended. It never
 * gives the identity below.
 *
 * @category provider
 * @since 0.1.0
 */
export const provider: Effect.Effect<AwsCredentialIdentityProvider, never, CredentialStack.CredentialStack> =
  /*#__PURE__*/ Effect.map(Effect.context<CredentialStack.CredentialStack>(), (context) => {
    const run = Effect.runPromiseWith(context)
    let given: string | undefined
    const current = Effect.map(CredentialStack.current, (credentials) => {
      given = credentials.accessKeyId
      return toIdentity(credentials)
    })
    const renewed = Effect.suspend(() =>
      given === undefined ? current : Effect.andThen(CredentialStack.invalidate(given), current),
    )
    return (properties) => run(properties?.["forceRefresh"] === true ? renewed : current)
  })

/** Providers of the SDK say by this that they have none, and that the next of a chain is to be asked. */
const hasNone = (error: unknown) => Predicate.hasProperty(error, "tryNextLink") && error.tryNextLink === true

const ask = (
  provider: AwsCredentialIdentityProvider,
  label: string,
  isEmpty: (error: unknown) => boolean,
): Effect.Effect<AwsCredentialIdentity, CredentialsError> => {
  // Providers cache as well. Whoever asks again wants what the cache does not have.
  let hasAnswered = false
  return Effect.tryPromise({
    try: () => provider(hasAnswered ? { forceRefresh: true } : undefined),
    catch: (error) => {
      const message = `${label} gave no credentials: ${error instanceof Error ? error.message : "its provider failed"}`
      return new CredentialsError({
        reason: isEmpty(error)
          ? new NoCredentials({ message, tried: [label] })
          : new RefreshFailed({ label, message, error }),
      })
    },
  }).pipe(
    Effect.tap(() =>
      Effect.sync(() => {
        hasAnswered = true
      }),
    ),
  )
}

const fromAsk = (
  label: string,
  identity: Effect.Effect<AwsCredentialIdentity, CredentialsError>,
): CredentialSource.CredentialSource<CredentialsError> => CredentialSource.fromEffect(identity, { label })

/**
 * Credentials from a provider of the SDK: `fromIni`, `fromSSO`, `fromContainerMetadata` and the others of
 * `@aws-sdk/credential-providers`, or one of your own. The stack caches and renews what it gives; for a renewal it is
 * asked with `forceRefresh`.
 *
 * Fails with `NoCredentials` where the provider says that it has none (`tryNextLink`), so that
 * `CredentialSource.firstOf` goes on to the next source, and with `RefreshFailed` for all else.
 *
 * @category sources
 * @since 0.1.0
 */
export const source = (
  provider: AwsCredentialIdentityProvider,
  options?: {
    /** How frames, logs and errors name the source: `sdk`, where it is left out. */
    readonly label?: string
  },
): CredentialSource.CredentialSource<CredentialsError> => {
  const label = options?.label ?? "sdk"
  return fromAsk(label, ask(provider, label, hasNone))
}

/** The chain's last word. It has no mark of its own: for the SDK no next link is to be asked. */
const isEndOfChain = (error: unknown) =>
  error instanceof Error && error.message.startsWith("Could not load credentials from any providers")

const nodeChain = (): AwsCredentialIdentityProvider => {
  let chain: AwsCredentialIdentityProvider | undefined
  return async (properties) => {
    // Not before it is needed: it is Node's alone, and large.
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node")
    chain ??= defaultProvider()
    return chain(properties)
  }
}

const defaultLabel = "defaultChain"

/**
 * What clients of the SDK use on Node when nobody gives them credentials: the environment, `~/.aws` with its profiles,
 * roles, SSO and processes, a web identity token file, and the metadata services of containers and instances.
 *
 * It is the SDK's own chain, with the SDK's own requests and its environment: what it finds is not checked against a
 * stubbed `Sts` or an Effect `Config`. For a profile by name, `source(fromNodeProviderChain({ profile }))` with
 * `fromNodeProviderChain` of `@aws-sdk/credential-providers`.
 *
 * Fails with `NoCredentials` where none of these has any, and with `RefreshFailed` where one is there and does not work,
 * an SSO session that has expired say.
 *
 * @category sources
 * @since 0.1.0
 */
export const defaultChain: CredentialSource.CredentialSource<CredentialsError> = /*#__PURE__*/ fromAsk(
  defaultLabel,
  /*#__PURE__*/ ask(/*#__PURE__*/ nodeChain(), defaultLabel, isEndOfChain),
)
