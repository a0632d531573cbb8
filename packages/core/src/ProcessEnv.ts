/**
 * The current identity as environment variables, for code that reads nothing else: child processes, and libraries that
 * look at `process.env`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
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
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: Redacted.Redacted<string>
  readonly AWS_SESSION_TOKEN: Redacted.Redacted<string> | undefined
  readonly AWS_CREDENTIAL_EXPIRATION: string | undefined
  readonly AWS_PROFILE: undefined
  readonly [variable: string]: string | Redacted.Redacted<string> | undefined
}

const toVariables = (credentials: AwsCredentials): Variables => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_CREDENTIAL_EXPIRATION: credentials.expiration && DateTime.formatIso(credentials.expiration),
  AWS_PROFILE: undefined,
})

/**
 * The variables of the current identity, for a child process. They do not refresh: a child that outlives the credentials
 * has to be given new ones.
 *
 * ```ts
 * const identity = Effect.gen(function*() {
 *   const env = yield* ProcessEnv.toRecord
 *   return yield* ChildProcess.string(ChildProcess.make({ env, extendEnv: true })`aws sts get-caller-identity`)
 * })
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const toRecord: Effect.Effect<Variables, CredentialsError, CredentialStack.CredentialStack> =
  /*#__PURE__*/ Effect.map(CredentialStack.current, toVariables)

/** Who holds the process's environment: its identities in the order in which they were installed. */
interface Holder {
  readonly original: ReadonlyMap<string, string | undefined>
  readonly installed: Array<Variables>
}

/** One holder at a time, in the whole process. */
const turn = Semaphore.makeUnsafe(1)

/** The holder that the fiber is inside of, so that it need not wait for itself. */
const Inside = Context.Reference<Holder | undefined>("@effect-sts/core/ProcessEnv/Inside", {
  defaultValue: () => undefined,
})

type Environment = Record<string, string | undefined>

const environment = Effect.suspend(() => {
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } }
  return process?.env === undefined
    ? Effect.die(new Error("ProcessEnv.install needs process.env, which this runtime does not have"))
    : Effect.succeed(process.env)
})

const write = (env: Environment, name: string, value: string | Redacted.Redacted<string> | undefined) => {
  if (value === undefined) delete env[name]
  else env[name] = Redacted.isRedacted(value) ? Redacted.value(value) : value
}

const apply = (env: Environment, { installed, original }: Holder) => {
  for (const [name, value] of Object.entries(installed.at(-1) ?? Object.fromEntries(original))) write(env, name, value)
}

/** The holder that the fiber is inside of, or a new one when it is the fiber's turn. */
const hold = Effect.fnUntraced(function* (
  env: Environment,
  variables: Variables,
  waitForTurn: Effect.Effect<unknown>,
): Effect.fn.Return<Holder> {
  const inside = yield* Inside
  if (inside !== undefined && inside.installed.length > 0) return inside
  yield* waitForTurn
  return { original: new Map(Object.keys(variables).map((name) => [name, env[name]])), installed: [] }
})

/**
 * Makes the current identity that of the whole process, in `process.env`, until the scope closes. Then every variable is
 * as it was: one that was unset is unset, one that was empty is empty.
 *
 * There is one environment, so there is one holder: others wait, and a fiber that has it may install another identity
 * inside. It is a copy: it does not refresh. Inside of one process prefer `CredentialStack`, which knows of fibers.
 *
 * @category combinators
 * @since 0.1.0
 */
export const install: Effect.Effect<void, CredentialsError, CredentialStack.CredentialStack | Scope.Scope> =
  /*#__PURE__*/ Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const env = yield* environment
      const variables = yield* restore(toRecord)
      const holder = yield* hold(env, variables, restore(Semaphore.take(turn, 1)))
      holder.installed.push(variables)
      apply(env, holder)
      yield* Effect.addFinalizer(() => {
        holder.installed.splice(holder.installed.indexOf(variables), 1)
        apply(env, holder)
        return holder.installed.length > 0 ? Effect.void : Semaphore.release(turn, 1)
      })
      yield* Effect.updateServiceScoped(Inside, () => holder)
    }),
  )
