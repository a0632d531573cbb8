/**
 * The current identity as environment variables, for code that reads nothing else: child processes, and libraries that
 * look at `process.env`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { AwsCredentials } from "./AwsCredentials.ts"
import type { CredentialsError } from "./CredentialsError.ts"
import * as CredentialStack from "./CredentialStack.ts"

/**
 * Environment variables, as `effect/process` takes them. `undefined` says that the variable must not be there: an old
 * session token beside new keys is a broken identity, and a profile can win over keys.
 *
 * @category models
 * @since 0.1.0
 */
export interface Variables {
  /** The access key id. */
  readonly AWS_ACCESS_KEY_ID: string
  /** Its secret. */
  readonly AWS_SECRET_ACCESS_KEY: Redacted.Redacted<string>
  /** The session token of temporary credentials. */
  readonly AWS_SESSION_TOKEN: Redacted.Redacted<string> | undefined
  /** When they expire: an ISO 8601 date. */
  readonly AWS_CREDENTIAL_EXPIRATION: string | undefined
  /** Never there: an old name of the session token. */
  readonly AWS_SECURITY_TOKEN: undefined
  /** Never there: a profile can win over keys. */
  readonly AWS_PROFILE: undefined
  /** Never there: a profile can win over keys. */
  readonly AWS_DEFAULT_PROFILE: undefined
  readonly [variable: string]: string | Redacted.Redacted<string> | undefined
}

const variableNames = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_SECURITY_TOKEN",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
]

const toVariables = (credentials: AwsCredentials): Variables => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_CREDENTIAL_EXPIRATION: credentials.expiration && DateTime.formatIso(credentials.expiration),
  AWS_SECURITY_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_DEFAULT_PROFILE: undefined,
})

/**
 * The variables of the current identity, for a child process. They do not refresh: a child that outlives the credentials
 * has to be given new ones.
 *
 * ```ts
 * import * as ProcessEnv from "@effect-sts/core/ProcessEnv"
 * import * as Effect from "effect/Effect"
 * import * as ChildProcess from "effect/process/ChildProcess"
 * import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
 *
 * const identity = Effect.gen(function*() {
 *   const env = yield* ProcessEnv.toRecord
 *   const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
 *   return yield* spawner.string(ChildProcess.make({ env, extendEnv: true })`aws sts get-caller-identity`)
 * })
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const toRecord: Effect.Effect<Variables, CredentialsError, CredentialStack.CredentialStack> =
  /*#__PURE__*/ Effect.map(CredentialStack.current, toVariables)

/** Who holds the process's environment: what was there before, and the identities in the order they were installed in. */
interface Holder {
  readonly original: ReadonlyArray<readonly [name: string, value: string | undefined]>
  readonly installed: Array<Variables>
  readonly fibers: Set<unknown>
  /** Holds the turn: closed by the last user. */
  readonly turn: Scope.Closeable
  users: number
}

/** One holder at a time, in the whole process. */
const turn = Semaphore.makeUnsafe(1)

/** The holder that a fiber was forked inside of, so that it need not wait for it. */
const Inside = Context.Reference<Holder | undefined>("@effect-sts/core/ProcessEnv/Inside", {
  defaultValue: () => undefined,
})

let holding: Holder | undefined

type Environment = Record<string, string | undefined>

const environment = Effect.suspend(() => {
  // oxlint-disable-next-line no-unsafe-type-assertion -- what a runtime with processes has; others have nothing there
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } }
  return process?.env === undefined
    ? Effect.die(new Error("ProcessEnv.install needs process.env, which this runtime does not have"))
    : Effect.succeed(process.env)
})

const write = (env: Environment, { installed, original }: Holder) => {
  const identity = installed.at(-1)
  for (const [name, before] of original) {
    const value = identity === undefined ? before : identity[name]
    if (value === undefined) delete env[name]
    else env[name] = Redacted.isRedacted(value) ? Redacted.value(value) : value
  }
}

/** Joins the holder that the fiber is inside of, or becomes one when it is the fiber's turn. */
const enter = (env: Environment, restore: <A>(wait: Effect.Effect<A>) => Effect.Effect<A>): Effect.Effect<Holder> =>
  Effect.withFiber((fiber) => {
    if (holding !== undefined && (fiber.getRef(Inside) === holding || holding.fibers.has(fiber))) {
      holding.users++
      return Effect.succeed(holding)
    }
    // In a scope from the moment that it is taken: an interruption just then would else take it for good.
    const scope = Scope.makeUnsafe()
    return restore(Scope.provide(Semaphore.takeScoped(turn, 1), scope)).pipe(
      Effect.map(() => {
        const original = variableNames.map((name) => [name, env[name]] as const)
        return (holding = { original, installed: [], fibers: new Set([fiber]), turn: scope, users: 1 })
      }),
      Effect.onError(() => Scope.close(scope, Exit.void)),
    )
  })

const leave = (holder: Holder): Effect.Effect<unknown> =>
  Effect.suspend(() => {
    if (--holder.users > 0) return Effect.void
    holding = undefined
    return Scope.close(holder.turn, Exit.void)
  })

/**
 * Makes the current identity that of the whole process, in `process.env`, until the scope closes. Then every variable is
 * as it was: one that was unset is unset, one that was empty is empty.
 *
 * There is one environment, so there is one holder: others wait, and a fiber that has it, or was forked by it, may install
 * another identity inside. It is a copy: it does not refresh. Inside of one process prefer `CredentialStack`, which knows
 * of fibers.
 *
 * What a fiber forks is known by its context. Where `install` itself was wrapped, in `use`, a span or a layer, and that has
 * ended, the fiber is let in and what it forks from then on waits for it. So wrap all of the work in `use`, and install
 * inside.
 *
 * @category combinators
 * @since 0.1.0
 */
export const install: Effect.Effect<void, CredentialsError, CredentialStack.CredentialStack | Scope.Scope> =
  /*#__PURE__*/ Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const env = yield* environment
      const holder = yield* enter(env, restore)
      // Only now: the identity may have been renewed during the wait.
      const variables = yield* Effect.onError(restore(toRecord), () => leave(holder))
      holder.installed.push(variables)
      write(env, holder)
      yield* Effect.addFinalizer(() => {
        holder.installed.splice(holder.installed.indexOf(variables), 1)
        write(env, holder)
        return leave(holder)
      })
      yield* Effect.updateServiceScoped(Inside, () => holder)
    }),
  )
