// Writes down what a run of the laws lets anybody see, with all secrets that go in and out, to look for them in it.
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as World from "@effect-sts/memory/World"
import { vi } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Formatter from "effect/Formatter"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import process from "node:process"
import { inspect } from "node:util"
import type * as Law from "../../src/Law.ts"
import { start } from "../../src/internal/world.ts"
import * as Secrets from "./secrets.ts"

/** Where something can be seen. */
const channels = ["result", "error", "log", "console", "span", "metric", "frame", "world"] as const

export type Channel = (typeof channels)[number]

const attempt = (render: () => string | undefined): ReadonlyArray<string> => {
  try {
    return [render() ?? ""]
  } catch (error) {
    return [String(error)]
  }
}

/** What an error is sent as to another process. */
const encoded = (error: Error): ReadonlyArray<string> => {
  const schema: unknown = error.constructor
  if (!Schema.isSchema(schema)) return []
  // The errors of this library need no services for it.
  const codec = Schema.toCodecJson(schema as Schema.Codec<unknown>)
  return attempt(() => JSON.stringify(Schema.encodeUnknownSync(codec)(error)))
}

const all = { depth: 12, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null }

/** Every way in which somebody might write a value down. */
const renderings = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : [
        ...attempt(() => String(value)),
        ...attempt(() => JSON.stringify(value)),
        ...attempt(() => Formatter.format(value)),
        ...attempt(() => Formatter.formatJson(value)),
        ...attempt(() => inspect(value, all)),
        // What is there, whatever the value says of itself.
        ...attempt(() => inspect(value, { ...all, customInspect: false })),
        ...(Cause.isCause(value) ? attempt(() => Cause.pretty(value)) : []),
        ...(value instanceof Error ? [value.message, value.stack ?? "", ...encoded(value)] : []),
      ]

/** Every secret in a value, by the name of its field. */
const secretsIn = (value: unknown, name: string): ReadonlyArray<readonly [kind: string, secret: string]> =>
  Redacted.isRedacted(value)
    ? [[name, String(Redacted.value(value))]]
    : Array.isArray(value)
      ? value.flatMap((item) => secretsIn(item, name))
      : Predicate.isObject(value)
        ? Object.entries(value).flatMap(([key, member]) => secretsIn(member, key))
        : []

/** Core takes nothing for a secret that is shorter, and says why. */
const shortest = 6

const consoleMethods = [
  "debug",
  "dir",
  "error",
  "group",
  "groupCollapsed",
  "info",
  "log",
  "table",
  "trace",
  "warn",
] as const

export interface Found extends Secrets.Find {
  readonly channel: Channel
}

export interface Taint {
  /** How many secrets there were, by kind. */
  readonly kinds: () => ReadonlyMap<string, number>
  /** How many different texts there are to search, by channel. */
  readonly texts: () => ReadonlyMap<Channel, number>
  /** The secrets in the texts. */
  readonly found: () => ReadonlyArray<Found>
  readonly keep: (channel: Channel, value: unknown) => void
  /** Learns the secrets in a value. `name` is for one that is nothing but a secret. */
  readonly learn: (value: unknown, name: string) => void
  /** The backend, as it can be seen by who uses it. */
  readonly watched: (backend: Law.Backend) => Law.Backend
  /** Runs an effect as it can be seen by who runs it: what it logs and prints, its spans and its metrics. */
  readonly observe: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const make = (): Taint => {
  const secrets = new Map<string, string>()
  const texts = new Map<Channel, Set<string>>(channels.map((channel) => [channel, new Set()]))
  const spans = new Set<Tracer.Span>()
  const worlds = new Set<World.Encoded>()

  const keep = (channel: Channel, value: unknown) => {
    for (const text of renderings(value)) texts.get(channel)?.add(text)
  }

  const learn = (value: unknown, kind: string) => {
    for (const [name, secret] of secretsIn(value, kind)) if (secret.length >= shortest) secrets.set(secret, name)
  }

  /** An STS that hears every request as it would be sent: a secret may be a plain string before. */
  const ear = Layer.fresh(Sts.layer).pipe(
    Layer.provide(
      Layer.succeed(StsBackend.StsBackend, {
        execute: (operation, request) =>
          Effect.suspend(() => {
            const decoded = Schema.decodeUnknownExit(operation.request)(request)
            if (Exit.isSuccess(decoded)) learn(decoded.value, "request")
            return Effect.fail(new StsBackend.BackendFailure({ reason: new StsError.AccessDenied({ message: "" }) }))
          }),
      }),
    ),
  )

  const listen = <A, E, R>(call: Effect.Effect<A, E, R>) =>
    call.pipe(
      RetryPolicy.withRetryPolicy({ attempts: 1 }),
      Effect.withTracerEnabled(false),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.ignore,
    )

  const recording = (tracer: Tracer.Tracer) =>
    Tracer.make({
      span: (options) => {
        const span = tracer.span(options)
        spans.add(span)
        return span
      },
    })

  const keepExit = (exit: Exit.Exit<unknown, unknown>) => {
    if (Exit.isSuccess(exit)) {
      keep("result", exit.value)
      return keep("result", exit)
    }
    keep("error", exit)
    keep("error", exit.cause)
    for (const reason of exit.cause.reasons) {
      if (Cause.isFailReason(reason)) keep("error", reason.error)
      if (Cause.isDieReason(reason)) keep("error", reason.defect)
    }
  }

  const keepFrames = Effect.gen(function* () {
    keep("frame", yield* CredentialStack.CredentialStack)
    for (const frame of yield* CredentialStack.frames) keep("frame", frame)
  })

  /** Keeps what becomes of a call, and logs it, in a span, as a careless program would. */
  const watch = <A, E>(name: string, call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.flatMap(Effect.tracer, (tracer) =>
      call.pipe(
        Effect.onExit((exit) =>
          Effect.gen(function* () {
            if (Exit.isSuccess(exit)) learn(exit.value, name)
            keepExit(exit)
            const stack = yield* Effect.serviceOption(CredentialStack.CredentialStack)
            if (Option.isSome(stack)) {
              yield* Effect.provideService(keepFrames, CredentialStack.CredentialStack, stack.value)
            }
            yield* Effect.logTrace(name, Exit.isSuccess(exit) ? exit.value : exit.cause)
          }).pipe(Effect.annotateLogs({ exit })),
        ),
        Effect.withSpan(`calls ${name}`),
        Effect.withTracer(recording(tracer)),
      ),
    )

  const watchSts = (sts: Sts.Sts["Service"], heard: Sts.Sts["Service"]) =>
    Sts.Sts.of({
      call: (operation, input, ...credentials) =>
        Effect.suspend(() => {
          learn([input, credentials], operation.name)
          keep("result", credentials)
          return Effect.andThen(
            listen(heard.call(operation, input, ...credentials)),
            watch(operation.name, sts.call(operation, input, ...credentials)),
          )
        }),
    })

  /** A stack of what a hand gives. */
  const put = (credentials: AwsCredentials.AwsCredentials) => {
    const source = CredentialSource.fromCredentials(credentials)
    keep("frame", source)
    return Effect.provide(keepFrames, CredentialStack.layer(source), { local: true }).pipe(Effect.orDie)
  }

  const watchHands = (hands: StsMemory.StsMemory["Service"]) =>
    StsMemory.StsMemory.of({
      ...hands,
      authorize: (request) => watch("authorize", hands.authorize(request)),
      contextAssertion: (keys) => watch("contextAssertion", hands.contextAssertion(keys)),
      createAccessKey: (arn) => Effect.tap(watch("createAccessKey", hands.createAccessKey(arn)), put),
      credentials: (arn) => Effect.tap(watch("credentials", hands.credentials(arn)), put),
      mfaCode: (serialNumber) =>
        // A plain string, for people to type in.
        Effect.tap(hands.mfaCode(serialNumber), (code) => Effect.sync(() => learn(Redacted.make(code), "tokenCode"))),
      samlAssertion: (identity) => watch("samlAssertion", hands.samlAssertion(identity)),
      tradeInToken: (delegation) => watch("tradeInToken", hands.tradeInToken(delegation)),
      webIdentityToken: (identity) => watch("webIdentityToken", hands.webIdentityToken(identity)),
    })

  const keepWorld = Effect.gen(function* () {
    const memory = yield* StsMemory.StsMemory
    for (const call of yield* memory.calls) keep("world", call)
    keep("world", yield* StsMemory.history)
    keep("world", yield* memory.snapshot)
  })

  const watched = ({ layer, ...rest }: Law.Backend): Law.Backend => ({
    ...rest,
    layer: (world) =>
      Layer.effectContext(
        Effect.gen(function* () {
          const [sts, memory] = [yield* Sts.Sts, yield* StsMemory.StsMemory]
          if (!worlds.has(world)) {
            worlds.add(world)
            const decoded = yield* World.decode(world)
            learn(decoded, "world")
            for (const value of [decoded, memory, sts]) keep("world", value)
          }
          const heard = Context.get(yield* Layer.build(ear), Sts.Sts)
          yield* Effect.addFinalizer(() => Effect.provideService(keepWorld, StsMemory.StsMemory, memory))
          return Context.make(Sts.Sts, watchSts(sts, heard)).pipe(Context.add(StsMemory.StsMemory, watchHands(memory)))
        }),
      ).pipe(Layer.provide(layer(world))),
  })

  const logger = Logger.make<unknown, void>((entry) => {
    for (const part of [entry.message].flat()) keep("log", part)
    keep("log", entry.cause)
    for (const as of [Logger.formatSimple, Logger.formatLogFmt, Logger.formatJson]) keep("log", as.log(entry))
  })

  const loggers = Logger.layer([logger, Logger.tracerLogger, Logger.consolePretty(), Logger.consoleJson])

  const print = (...words: ReadonlyArray<unknown>) => {
    for (const word of words) keep("console", word)
  }

  const printing: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => {
    const written = (text: string | Uint8Array) => {
      print(String(text))
      return true
    }
    const spies = [
      ...consoleMethods.map((name) => vi.spyOn(console, name).mockImplementation(print)),
      ...[process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(written)),
    ]
    return Effect.addFinalizer(() => Effect.sync(() => spies.forEach((spy) => spy.mockRestore())))
  })

  const keepMetrics = Effect.gen(function* () {
    for (const metric of yield* Metric.snapshot) keep("metric", metric)
    keep("metric", yield* Metric.dump)
  })

  const observe = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    printing.pipe(
      Effect.andThen(effect),
      Effect.ensuring(keepMetrics),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.withTracer(recording(Tracer.make({ span: (options) => new Tracer.NativeSpan(options) }))),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.provide(loggers, { local: true }),
      Effect.scoped,
    )

  const keepSpans = () => {
    for (const span of spans) {
      const { attributes, links, name, status } = span
      keep("span", name)
      keep("span", Array.from(attributes))
      for (const link of links) keep("span", link.attributes)
      if (span instanceof Tracer.NativeSpan) for (const event of span.events) keep("span", event)
      keep("span", status)
    }
    spans.clear()
  }

  /** The laws begin on one day, and some of them end on the next ones. */
  const days = [0, 1, 2].map((day) => new Date(start + day * 86_400_000).toISOString().slice(0, 10).replaceAll("-", ""))

  const needlesOf = (secret: string, kind: string): ReadonlyArray<Secrets.Needle> => {
    const needles = Secrets.needlesOf(secret, kind)
    if (kind !== "secretAccessKey") return needles
    return needles.concat(days.flatMap((day) => Secrets.needlesOfSigningKeys(secret, day, "eu-west-1")))
  }

  return {
    keep,
    learn,
    watched,
    observe,
    kinds: () => {
      const kinds = new Map<string, number>()
      for (const kind of secrets.values()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      return kinds
    },
    texts: () => {
      keepSpans()
      return new Map(Array.from(texts, ([channel, { size }]) => [channel, size]))
    },
    found: () => {
      keepSpans()
      const find = Secrets.finder(Array.from(secrets).flatMap(([secret, kind]) => needlesOf(secret, kind)))
      return Array.from(texts).flatMap(([channel, written]) =>
        Array.from(written).flatMap((text) => find(text).map(({ before, kind }) => ({ before, channel, kind }))),
      )
    },
  }
}
