/**
 * A stack of identities, which always restores the one it replaced.
 *
 * `use` and `withRole` run one effect under another identity; `layerPush` and `provide` build layers under one; `push`
 * changes the stack that everybody around shares, for as long as a scope is open. However the inside ends, the identity
 * afterwards is what it would have been without it. Whoever outlives its identity gets `ScopeClosed`, and never the one
 * below.
 *
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as CredentialSource from "@effect-sts/core/CredentialSource"
 * import * as CredentialStack from "@effect-sts/core/CredentialStack"
 * import * as Sts from "@effect-sts/core/Sts"
 *
 * const program = Effect.gen(function*() {
 *   const outside = yield* Sts.getCallerIdentity
 *   const inside = yield* Sts.getCallerIdentity.pipe(
 *     CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/my-role" })
 *   )
 *   return { outside: outside.arn, inside: inside.arn }
 * })
 *
 * const main = program.pipe(Effect.provide(CredentialStack.layer(CredentialSource.fromConfig)))
 * ```
 *
 * A **frame** is an entry of one stack. A **session** is live credentials and how to renew them; it belongs to the root
 * stack, and equal sources on the same session share one.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type * as AwsCredentials from "./AwsCredentials.ts"
import { ChainRefused, CredentialsError, EmptyStack, FrameInUse, NoCredentials } from "./CredentialsError.ts"
import type { CredentialSource } from "./CredentialSource.ts"
import * as Source from "./CredentialSource.ts"
import * as Chain from "./internal/chain.ts"
import * as MemoMap from "./internal/memoMap.ts"
import * as Pool from "./internal/pool.ts"
import type { AnyRecipe, Kind } from "./internal/recipe.ts"
import * as Session from "./internal/session.ts"
import { stackKey } from "./internal/surroundings.ts"
import type { Sts } from "./internal/sts.ts"
import type * as Operation from "./Operation.ts"
import type { AssumeRole } from "./operations/AssumeRole.ts"

/** How a frame came to be: as the first of its stack, by `push`, by `set`. */
type Owner = "base" | "scope" | "set"

interface OpenFrame {
  readonly lease: Session.Lease
  readonly label: string
  readonly kind: Kind
  readonly owner: Owner
  readonly openedAt: number
  isOpen: boolean
}

interface Stack {
  readonly pool: Pool.Pool
  /** The frames that this one stood on when it was made, for `frames`; bottom first. */
  readonly outer: ReadonlyArray<OpenFrame>
  /** The stack's own open frames, bottom first. */
  readonly own: Array<OpenFrame>
  readonly label: string
  isClosed: boolean
}

const TypeId = "~@effect-sts/core/CredentialStack"

/**
 * The stack of the fiber that asks. Its operations are functions of this module.
 *
 * @category services
 * @since 0.1.0
 */
export class CredentialStack extends Context.Service<CredentialStack, { readonly [TypeId]: () => Stack }>()(stackKey) {}

/**
 * A frame, as `frames` shows it. Never a secret.
 *
 * @category models
 * @since 0.1.0
 */
export interface Frame {
  /** The label of its source. */
  readonly label: string
  /** What made it: the kind of its source. */
  readonly kind: Kind
  /** When it was put on the stack. */
  readonly openedAt: DateTime.Utc
  /** When the credentials that the frame has now expire; they are renewed before, if their source can. */
  readonly expiration: DateTime.Utc | undefined
}

const error = (reason: CredentialsError["reason"]) => Effect.fail(new CredentialsError({ reason }))

const isClosed = (stack: Stack) => stack.isClosed || stack.pool.isClosed

/** The stack in a fiber's context, if it is open. */
const withOpenStack = <A, E, R>(
  f: (stack: Stack) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E | CredentialsError, R | CredentialStack> =>
  Effect.flatMap(CredentialStack, (service): Effect.Effect<A, E | CredentialsError, R> => {
    const stack = service[TypeId]()
    return isClosed(stack) ? Effect.fail(Session.scopeClosed(stack.label)) : f(stack)
  })

const noCredentials = () =>
  error(new NoCredentials({ message: "there is no identity on the credential stack yet: push or set one", tried: [] }))

/**
 * Fresh credentials of the top frame. Cached ones are given at once, those about to expire are renewed first, by one
 * request for all who need them. Never asks for an MFA code.
 *
 * Fails with `NoCredentials` on an empty stack, `ScopeClosed` after the end of what the identity was acquired for,
 * `Expired` and `MfaRequired` when the credentials have expired and cannot be renewed, and `RefreshFailed` when their
 * source fails.
 *
 * @category accessors
 * @since 0.1.0
 */
export const current: Effect.Effect<AwsCredentials.AwsCredentials, CredentialsError, CredentialStack> =
  /*#__PURE__*/ Effect.withFiber((fiber) => {
    const stack = Context.getUnsafe(fiber.context, CredentialStack)[TypeId]()
    if (isClosed(stack)) return Effect.fail(Session.scopeClosed(stack.label))
    const frame = stack.own.at(-1)
    return frame === undefined ? noCredentials() : Session.current(frame.lease.session)
  })

/**
 * The open frames, top first: those of this stack, then those that it stands on.
 *
 * @category accessors
 * @since 0.1.0
 */
export const frames: Effect.Effect<ReadonlyArray<Frame>, never, CredentialStack> = /*#__PURE__*/ Effect.map(
  CredentialStack,
  (service) => {
    const stack = service[TypeId]()
    if (isClosed(stack)) return []
    const open = [...stack.outer, ...stack.own].filter((frame) => frame.isOpen)
    return open.toReversed().map(({ kind, label, lease, openedAt }) => ({
      label,
      kind,
      openedAt: DateTime.makeUnsafe(openedAt),
      expiration: lease.session.credentials?.expiration,
    }))
  },
)

/** Gives an effect in an uninterruptible region the interruptibility that there was outside. */
type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Acquires a source on the session below, and gives a lease on its session. Runs in an uninterruptible region, in which
 * only the wait for credentials is restored: before its end nothing has changed, after it nothing is lost.
 */
const acquire = <E, R>(
  restore: Restore,
  pool: Pool.Pool,
  below: Session.Lease | undefined,
  recipe: AnyRecipe<E, R>,
  context: Context.Context<R>,
): Effect.Effect<Session.Lease, E | CredentialsError> => {
  if (recipe._tag === "FirstOf") return acquireFirst(restore, pool, below, recipe.members, context)
  // Without an identity below the session itself says so, with `NoCredentials`.
  const refused = below && Chain.refusal(recipe, Chain.standingOf(below.session.recipe, below.session.credentials))
  if (refused !== undefined) {
    return error(new ChainRefused({ label: recipe.label, message: `${recipe.label} ${refused}` }))
  }
  return Effect.flatMap(
    // The pool keeps sessions of every type; the context is what this recipe needs, and goes nowhere else.
    Pool.lease(pool, recipe, below, context as Context.Context<never>),
    (lease) =>
      restore(Session.acquire(lease)).pipe(
        Effect.onError(() => Pool.release(pool, lease)),
        // oxlint-disable-next-line no-unsafe-type-assertion -- a session fails with its recipe's own error, or one of ours
        Effect.mapError((failure) => failure as E | CredentialsError),
        Effect.as(lease),
      ),
  )
}

const hasNone = (failure: unknown): failure is CredentialsError =>
  failure instanceof CredentialsError && failure.reason._tag === "NoCredentials"

const acquireFirst = Effect.fnUntraced(function* <E, R>(
  restore: Restore,
  pool: Pool.Pool,
  below: Session.Lease | undefined,
  members: ReadonlyArray<AnyRecipe<E, R>>,
  context: Context.Context<R>,
): Effect.fn.Return<Session.Lease, E | CredentialsError> {
  const tried: Array<string> = []
  for (const member of members) {
    const result = yield* Effect.result(acquire(restore, pool, below, member, context))
    if (result._tag === "Success") return result.success
    if (!hasNone(result.failure)) return yield* Effect.fail(result.failure)
    tried.push(`${member.label}: ${result.failure.message}`)
  }
  return yield* error(new NoCredentials({ message: `no source has credentials (${tried.join("; ")})`, tried }))
})

const open = (label: string, lease: Session.Lease, owner: Owner): Effect.Effect<OpenFrame> =>
  Effect.map(Clock.currentTimeMillis, (openedAt) => ({
    lease,
    label,
    kind: lease.session.recipe.kind,
    owner,
    openedAt,
    isOpen: true,
  }))

/** Takes a frame off its stack at once. What is given ends its lease. */
const remove = (stack: Stack, frame: OpenFrame): Effect.Effect<void> => {
  if (!frame.isOpen) return Effect.void
  frame.isOpen = false
  stack.pool.frames.delete(frame)
  stack.own.splice(stack.own.indexOf(frame), 1)
  return Pool.release(stack.pool, frame.lease)
}

const closeFrame = (stack: Stack, frame: OpenFrame): Effect.Effect<void> => Effect.suspend(() => remove(stack, frame))

const closeStack = (stack: Stack): Effect.Effect<void> =>
  Effect.suspend(() => {
    stack.isClosed = true
    return Effect.forEach(stack.own.toReversed(), (frame) => closeFrame(stack, frame), { discard: true })
  })

/** Whatever is still open when the root closes has leaked: its fibers get `ScopeClosed` from now on. */
const reportLeaks = ({ pool }: Stack) =>
  Effect.suspend(() => {
    const labels = Array.from(pool.frames, (frame) => frame.label)
    return labels.length === 0
      ? Effect.void
      : Effect.logWarning(
          `The credential stack was closed while frames on it were still open: ${labels.join(", ")}. Whoever holds them, in a fiber or a scope that outlives the stack, gets ScopeClosed.`,
        )
  })

/**
 * The stack as it is now. A source runs in it whenever it is renewed, so that an effect which reads the current identity
 * finds the one below, whatever has been pushed since: its own frame, say.
 */
const pinned = (stack: Stack): Stack => ({ ...stack, own: [...stack.own] })

/** What is acquired for a stack that was closed meanwhile. */
const giveBack = (stack: Stack, lease: Session.Lease) =>
  Effect.andThen(Pool.release(stack.pool, lease), Effect.fail(Session.scopeClosed(stack.label)))

/** Acquires a source on the top of a stack. The stack may be closed meanwhile: then nothing is put on it. */
const acquireOn = <E, R>(
  restore: Restore,
  stack: Stack,
  source: CredentialSource<E, R>,
): Effect.Effect<Session.Lease, E | CredentialsError, R> =>
  Effect.contextWith((context: Context.Context<R>) =>
    Effect.flatMap(
      acquire(
        restore,
        stack.pool,
        stack.own.at(-1)?.lease,
        Source.recipeOf(source),
        Context.add(context, CredentialStack, toService(pinned(stack))),
      ),
      (lease) => (isClosed(stack) ? giveBack(stack, lease) : Effect.succeed(lease)),
    ),
  )

/** A stack of its own on top of another: what happens to either changes nothing on the other. */
const openChild = <E, R>(
  restore: Restore,
  stack: Stack,
  source: CredentialSource<E, R>,
): Effect.Effect<Stack, E | CredentialsError, R> =>
  Effect.flatMap(acquireOn(restore, stack, source), (lease) =>
    Effect.map(open(source.label, lease, "base"), (frame) => {
      stack.pool.frames.add(frame)
      const outer = [...stack.outer, ...stack.own]
      return { pool: stack.pool, outer, own: [frame], label: source.label, isClosed: false }
    }),
  )

/** Out of sight of whoever prints a context: the stack holds the contexts of its sources. */
const toService = (stack: Stack) => CredentialStack.of({ [TypeId]: () => stack })

/**
 * Runs an effect under another identity: acquires the source now, and restores the identity when the effect ends, however
 * it ends. Fibers that it leaves behind get `ScopeClosed`.
 *
 * What the effect builds with `Effect.provide` is built for this identity: layers memoized outside are not reused inside.
 *
 * In a pipe the outermost comes last, and is acquired first: `effect.pipe(use(target), use(hub))` is `target`, by way of
 * `hub`.
 *
 * Fails with the source's error, or `CredentialsError`, before the effect starts.
 *
 * @category combinators
 * @since 0.1.0
 */
export const use =
  <E2, R2>(source: CredentialSource<E2, R2>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2 | CredentialsError, R | R2 | CredentialStack> =>
    Effect.uninterruptibleMask((restore) =>
      withOpenStack((stack) =>
        Effect.flatMap(openChild(restore, stack, source), (child) =>
          restore(effect).pipe(
            Effect.updateContext((outside: Context.Context<R>) =>
              Context.add(outside, CredentialStack, toService(child)).pipe(
                Context.add(Layer.CurrentMemoMap, Layer.makeMemoMapUnsafe()),
              ),
            ),
            Effect.ensuring(closeStack(child)),
          ),
        ),
      ),
    )

/**
 * Runs an effect as a role: `use` with `CredentialSource.assumeRole`.
 *
 * Equal roles share a session, so `withRole` once per request is not AssumeRole once per request.
 *
 * In a pipe the outermost comes last, and is assumed first: `effect.pipe(withRole(target), withRole(hub))` is `target`, by
 * way of `hub`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withRole = <E2 = never, R2 = never>(
  request: Source.AssumeRoleInput<E2, R2>,
): (<A, E, R>(
  effect: Effect.Effect<A, E, R>,
) => Effect.Effect<
  A,
  E | E2 | Operation.Error<typeof AssumeRole> | CredentialsError,
  R | R2 | Sts | CredentialStack
>) => use(Source.assumeRole(request))

/** Puts a frame on a stack, in the step in which it looks whether the stack is open: closing it closes the frame. */
const addFrame = (stack: Stack, label: string, lease: Session.Lease, owner: "scope" | "set") =>
  Effect.flatMap(open(label, lease, owner), (frame) => {
    if (isClosed(stack)) return giveBack(stack, lease)
    stack.own.push(frame)
    if (owner === "scope") stack.pool.frames.add(frame)
    return Effect.succeed(frame)
  })

/**
 * Puts a source on top of the stack that is shared by whoever holds it, until the scope closes. Closing removes this
 * frame and no other, in whatever order scopes close; the top is the latest frame still open.
 *
 * The source signs with the identity that was on top when the push began.
 *
 * @category combinators
 * @since 0.1.0
 */
export const push = <E, R>(
  source: CredentialSource<E, R>,
): Effect.Effect<void, E | CredentialsError, R | CredentialStack | Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    withOpenStack((stack) =>
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        const lease = yield* acquireOn(restore, stack, source)
        const frame = yield* addFrame(stack, source.label, lease, "scope")
        yield* Scope.addFinalizer(scope, closeFrame(stack, frame))
      }),
    ),
  )

/**
 * Puts credentials on top of the shared stack until `restore` takes them away: the unscoped call of a console, or of R
 * code that is being ported. Programs have `use`.
 *
 * Fails with `InvalidCredentials`, and changes nothing, where they are not a whole set.
 *
 * @category unscoped
 * @since 0.1.0
 */
export const set = (
  credentials: AwsCredentials.Input | AwsCredentials.AwsCredentials,
): Effect.Effect<void, CredentialsError, CredentialStack> =>
  Effect.uninterruptibleMask((restore) =>
    withOpenStack((stack) => {
      const source = Source.fromCredentials(credentials)
      return Effect.flatMap(acquireOn(restore, stack, source), (lease) =>
        Effect.asVoid(addFrame(stack, source.label, lease, "set")),
      )
    }),
  )

/** Why `restore` may not take the frame that is on top, if it may not. */
const refusalOf = (top: OpenFrame | undefined): CredentialsError["reason"] | undefined => {
  switch (top?.owner) {
    case undefined:
    case "base":
      return new EmptyStack({ message: "there is nothing to restore: no credentials were set on this stack" })
    case "scope":
      return new FrameInUse({
        label: top.label,
        message: `${top.label} is on the stack and belongs to a scope, which alone may remove it`,
      })
    case "set":
      return undefined
  }
}

/** Takes frames off, the top one first, if `restore` may take each; in one step, so that no other takes one meanwhile. */
const takeOff = (stack: Stack, frames: ReadonlyArray<OpenFrame>): Effect.Effect<void, CredentialsError> => {
  const refused = refusalOf(frames[0]) ?? frames.map(refusalOf).find((reason) => reason !== undefined)
  if (refused !== undefined) return error(refused)
  return Effect.all(
    frames.map((frame) => remove(stack, frame)),
    { discard: true },
  )
}

/**
 * Takes away what the last `set` put on the stack.
 *
 * Fails with `FrameInUse` where the top frame belongs to a scope and with `EmptyStack` where nothing was set; a failure
 * changes nothing. In a child stack (`use`, `layerPush`) it never goes below the child's first frame.
 *
 * @category unscoped
 * @since 0.1.0
 */
export const restore: Effect.Effect<void, CredentialsError, CredentialStack> = /*#__PURE__*/ Effect.uninterruptible(
  withOpenStack((stack) => takeOff(stack, stack.own.slice(-1))),
)

/**
 * Takes away everything that `set` put on the stack, down to the identity that the stack began with. Fails as `restore`
 * does, and then changes nothing: a scoped frame anywhere among them is `FrameInUse`.
 *
 * @category unscoped
 * @since 0.1.0
 */
export const restoreAll: Effect.Effect<void, CredentialsError, CredentialStack> = /*#__PURE__*/ Effect.uninterruptible(
  withOpenStack((stack) => takeOff(stack, stack.own.filter(({ owner }) => owner !== "base").toReversed())),
)

/**
 * Someone was told that these keys are expired or unknown: whoever asks for them next gets new ones, if their source can
 * renew them. An access key id that is not the current one of any session changes nothing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const invalidate = (accessKeyId: string): Effect.Effect<void, never, CredentialStack> =>
  Effect.map(CredentialStack, (service) => {
    for (const session of service[TypeId]().pool.sessions) Session.invalidate(session, accessKeyId)
  })

/** The stack of a context, as an object that stands for its identity. */
const stackOf = (context: Context.Context<never>) => Context.getOrUndefined(context, CredentialStack)?.[TypeId]()

/** A layer of a stack. What is built on it is not shared with what is built on another. */
const layerStack = <E, R>(
  fromBuild: typeof Layer.fromBuild,
  close: (stack: Stack) => Effect.Effect<void>,
  build: (restore: Restore) => Effect.Effect<Stack, E, R | Scope.Scope>,
): Layer.Layer<CredentialStack, E, Exclude<R, Scope.Scope>> =>
  fromBuild((memoMap, scope) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber) => {
        MemoMap.divide(memoMap, stackOf, stackOf(fiber.context))
        return build(restore).pipe(
          Effect.flatMap((stack) =>
            Effect.as(Scope.addFinalizer(scope, close(stack)), Context.make(CredentialStack, toService(stack))),
          ),
          Scope.provide(scope),
        )
      }),
    ),
  )

const rootLabel = "the credential stack"

const closeRoot = (stack: Stack) => Effect.andThen(reportLeaks(stack), closeStack(stack))

/**
 * A root stack with a base identity, which is acquired when the layer is built. Closing it ends everything on it.
 *
 * Memoized as any layer: parts of a graph that are given the same value have the same root.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E, R>(base: CredentialSource<E, R>): Layer.Layer<CredentialStack, E | CredentialsError, R> =>
  layerStack(Layer.fromBuildMemo, closeRoot, (restore) =>
    Effect.gen(function* () {
      const pool = yield* Pool.make
      const lease = yield* acquire(restore, pool, undefined, Source.recipeOf(base), yield* Effect.context<R>())
      const frame = yield* open(base.label, lease, "base")
      return { pool, outer: [], own: [frame], label: rootLabel, isClosed: false }
    }),
  )

/**
 * A root stack without an identity: `current` fails with `NoCredentials` until something is pushed or set.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerEmpty: Layer.Layer<CredentialStack> = /*#__PURE__*/ layerStack(Layer.fromBuildMemo, closeRoot, () =>
  Effect.map(Pool.make, (pool) => ({ pool, outer: [], own: [], label: rootLabel, isClosed: false })),
)

/**
 * The stack of the context with a source on top, for what is provided with this layer. Released, the identity below is
 * back, and whoever still holds this one gets `ScopeClosed`.
 *
 * It changes what is provided *with it*: beside a sibling in `Layer.mergeAll`, the sibling still sees the outer stack.
 * It is never memoized, and a layer that is built on it is not shared with the same layer on another identity, in the same
 * graph or around it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPush = <E, R>(
  source: CredentialSource<E, R>,
): Layer.Layer<CredentialStack, E | CredentialsError, R | CredentialStack> =>
  layerStack(Layer.fromBuild, closeStack, (restore) => withOpenStack((stack) => openChild(restore, stack, source)))

/**
 * Builds a layer, an S3 client's say, under an identity: freshly, so that it is not shared with the same layer under
 * another identity, in the same graph or around it.
 *
 * @category layers
 * @since 0.1.0
 */
export const provide =
  <E2, R2>(source: CredentialSource<E2, R2>) =>
  <A, E, R>(
    layer: Layer.Layer<A, E, R>,
  ): Layer.Layer<A, E | E2 | CredentialsError, R2 | CredentialStack | Exclude<R, CredentialStack>> =>
    Layer.fresh(Layer.provide(layer, layerPush(source)))

/**
 * What is to be said of a chain of sources, bottom first, without any call: what STS will refuse (a duration that is out
 * of range, more than an hour for a chained role, a session token on a session, anything on a federated user, a malformed
 * name), and what is merely odd (a role that comes twice). Each finding names the hop.
 *
 * `use`, `push` and `layerPush` check the source against the identity that it is put on, and fail with `ChainRefused`
 * before the first call.
 *
 * @category combinators
 * @since 0.1.0
 */
export const check = (chain: ReadonlyArray<CredentialSource<unknown, unknown>>): ReadonlyArray<Chain.Finding> =>
  Chain.check(chain.map(Source.recipeOf))

export type {
  /**
   * Something about one hop of a chain.
   *
   * @category models
   * @since 0.1.0
   */
  Finding,
} from "./internal/chain.ts"
