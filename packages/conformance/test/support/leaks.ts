// Backends that let somebody see a secret, each in one place.
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import type * as World from "@effect-sts/memory/World"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { Buffer } from "node:buffer"
import process from "node:process"
import type * as Law from "../../src/Law.ts"
import * as Minimal from "./minimal.ts"
import type { Channel } from "./taint.ts"

interface Attempt {
  readonly request: unknown
  readonly credentials: AwsCredentials.AwsCredentials | undefined
}

/** `leak` is run before the attempt is made. */
const leaking =
  (leak: (attempt: Attempt) => Effect.Effect<unknown, StsBackend.BackendFailure>): Law.Backend["layer"] =>
  (world) =>
    Minimal.layer(({ execute, ...rest }) => ({
      ...rest,
      execute: (operation, request, credentials) =>
        Effect.andThen(leak({ request, credentials }), execute(operation, request, credentials)),
    }))(world)

/** Leaks the session token of every session. */
const withToken = (leak: (token: string) => Effect.Effect<unknown, StsBackend.BackendFailure>) =>
  leaking(({ credentials }) =>
    credentials?.sessionToken === undefined ? Effect.void : leak(Redacted.value(credentials.sessionToken)),
  )

const refuse = (message: string) =>
  Effect.fail(new StsBackend.BackendFailure({ reason: new StsError.AccessDenied({ message }) }))

const currentSpan = Effect.orDie(Effect.currentSpan)

interface Leak {
  readonly channel: Channel
  readonly layer: Law.Backend["layer"]
}

/** Each leaks the token of a session, or an MFA code. */
export const leaks = {
  "logs it": { channel: "log", layer: withToken((token) => Effect.logTrace({ deep: { er: [token] } })) },
  "annotates logs with it": {
    channel: "log",
    layer: withToken((token) => Effect.annotateLogs(Effect.logDebug("sent"), { token })),
  },
  "logs a defect that has it": {
    channel: "log",
    layer: withToken((token) => Effect.ignoreCause(Effect.die(new Error(token)), { log: true })),
  },
  "prints it": { channel: "console", layer: withToken((token) => Effect.sync(() => console.debug("sent", [token]))) },
  "writes it, encoded as in a URL": {
    channel: "console",
    layer: withToken((token) => Effect.sync(() => process.stderr.write(`?token=${encodeURIComponent(token)}\n`))),
  },
  "annotates its span with it": {
    channel: "span",
    layer: withToken((token) => Effect.annotateCurrentSpan({ deep: { er: [token] } })),
  },
  "adds it to an event of its span": {
    channel: "span",
    layer: withToken((token) => Effect.map(currentSpan, (span) => span.event("sent", 0n, { token }))),
  },
  "adds it to a link of a span": {
    channel: "span",
    layer: withToken((token) =>
      Effect.flatMap(currentSpan, (span) =>
        Effect.withSpan(Effect.void, "sends", { links: [{ span, attributes: { token } }] }),
      ),
    ),
  },
  "names a span after it": {
    channel: "span",
    layer: withToken((token) => Effect.withSpan(Effect.void, `sends ${token}`)),
  },
  "ends a span with it": {
    channel: "span",
    layer: withToken((token) => Effect.ignore(Effect.withSpan(Effect.fail({ token }), "sends"))),
  },
  "counts by it": {
    channel: "metric",
    layer: withToken((token) => Metric.update(Metric.counter("sent", { attributes: { token } }), 1)),
  },
  // Core takes it out of what STS says, where it stands there as it is.
  "refuses with it in Base64": {
    channel: "error",
    layer: withToken((token) => refuse(Buffer.from(`token=${token};`).toString("base64"))),
  },
  "refuses with a part of it": { channel: "error", layer: withToken((token) => refuse(`${token.slice(0, 32)}…`)) },
  "dies of it": { channel: "error", layer: withToken((token) => Effect.die(new Error(token))) },
  "hides it in what it dies of": {
    channel: "error",
    layer: withToken((token) =>
      Effect.die(Object.defineProperty(new Error("hidden"), "$response", { value: [token] })),
    ),
  },
  "dies of what was caused by it": {
    channel: "error",
    layer: withToken((token) => Effect.die(new Error("caused", { cause: { token } }))),
  },
  "answers with it": {
    channel: "result",
    layer: Minimal.layer(({ execute, ...rest }) => ({
      ...rest,
      execute: (operation, request, credentials) =>
        Effect.map(execute(operation, request, credentials), (answer) => {
          const token = credentials?.sessionToken
          return operation.name === "GetCallerIdentity" && token !== undefined && Predicate.isObject(answer.response)
            ? { ...answer, response: { ...answer.response, UserId: Redacted.value(token) } }
            : answer
        }),
    })),
  },
  "logs calls with the MFA code": {
    channel: "world",
    layer: (world) => {
      const codes: Array<unknown> = []
      const heard = leaking(({ request }) =>
        Effect.sync(() => Predicate.hasProperty(request, "TokenCode") && codes.push(request.TokenCode)),
      )(world)
      const hands = Effect.map(StsMemory.StsMemory, (hands) => ({
        ...hands,
        calls: Effect.map(hands.calls, (calls) => calls.map((call) => ({ ...call, parameters: { codes } }))),
      }))
      return Layer.provideMerge(Layer.effect(StsMemory.StsMemory, hands), heard)
    },
  },
} satisfies { readonly [how: string]: Leak }

const revealed = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? Redacted.value(value)
    : Predicate.isObject(value)
      ? Object.values(value).map(revealed)
      : value

const devicesOf = ({ accounts }: World.Encoded) =>
  Object.values(accounts).flatMap(({ users = {} }) => Object.values(users).flatMap(({ mfaDevices = [] }) => mfaDevices))

/** Logs all that it is told, all that it answers, and the MFA devices of its world. */
export const chatty: Law.Backend["layer"] = (world) =>
  Minimal.layer(({ execute, ...rest }) => ({
    ...rest,
    execute: (operation, request, credentials) =>
      Effect.tap(execute(operation, request, credentials), (answer) =>
        Effect.logTrace(devicesOf(world), request, revealed(credentials), answer),
      ),
  }))(world)
