/**
 * A stub of STS whose answers say by whom they were asked: the access key id of every set it issues holds the chain of
 * identities that led to it (`root>A>B`), and GetCallerIdentity answers the chain of the keys that signed. So an identity
 * that bleeds into another shows.
 */
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsBackend from "@effect-sts/core/StsBackend"
import * as StsError from "@effect-sts/core/StsError"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The access key id of a chain. `serial` makes it unique, as each set that STS issues is. */
export const keyOf = (chain: string, serial = 0) =>
  `${chain.includes(">") ? "ASIA" : "AKIA"}${String(serial).padStart(12, "0")}_${chain.replaceAll(">", "_")}`

export const chainOf = (accessKeyId: string) => accessKeyId.slice(17).replaceAll("_", ">")

/** Long-term keys at the bottom of a chain. */
export const longTerm = (name: string) => ({ accessKeyId: keyOf(name), secretAccessKey: `secret of ${name}` })

export const roleArn = (name: string) => `arn:aws:iam::111111111111:role/${name}`

export const role = (name: string) => CredentialSource.assumeRole({ roleArn: roleArn(name) })

/** Who signs now, as the chain that led to it. */
export const whoami = Effect.map(Sts.getCallerIdentity, ({ userId }) => userId)

/** The chain of the stack's current credentials, without a call. */
export const current = Effect.map(CredentialStack.current, ({ accessKeyId }) => chainOf(accessKeyId))

export interface Call {
  readonly operation: string
  /** The chain of the keys that signed. */
  readonly by: string | undefined
  readonly request: Readonly<Record<string, unknown>>
  readonly clockOffset: number
  readonly at: number
}

type Answer = Effect.Effect<StsBackend.Answer<unknown>, StsBackend.BackendFailure>

const nameOf = (arn: unknown) => String(arn).split("/").at(-1) ?? ""

/** What the operation adds to the chain of its caller. */
export const linkOf = ({ operation, request }: Call) => {
  switch (operation) {
    case "GetSessionToken":
      return "token"
    case "GetFederationToken":
      return String(request["Name"])
    case "AssumeRoot":
      return `rootOf${String(request["TargetPrincipal"])}`
    default:
      return nameOf(request["RoleArn"])
  }
}

const toUser = (chain: string) => ({ Arn: `arn:aws:sts::111111111111:chain/${chain}`, UserId: chain })

export const make = () => {
  const calls: Array<Call> = []
  const scripted: Array<Answer> = []
  /** `lifetime`: how long what it issues is valid, in seconds, where the request does not say. */
  const settings: {
    latency: Duration.Input
    lifetime: number
    isOut: boolean
    onCall: (call: Call) => Effect.Effect<void, StsBackend.BackendFailure>
  } = { latency: 0, lifetime: 3600, isOut: false, onCall: () => Effect.void }
  let serial = 0

  const answer = (call: Call): Answer => {
    if (call.operation === "GetCallerIdentity") {
      return Effect.succeed({ response: { ...toUser(call.by ?? "nobody"), Account: "111111111111" } })
    }
    return Effect.map(Clock.currentTimeMillis, (now) => {
      const link = linkOf(call)
      const chain = call.by === undefined ? link : `${call.by}>${link}`
      const lifetime = Number(call.request["DurationSeconds"] ?? settings.lifetime)
      const Credentials = {
        AccessKeyId: keyOf(chain, ++serial),
        SecretAccessKey: `secret of ${chain}`,
        SessionToken: `token of ${chain}`,
        Expiration: new Date(now + lifetime * 1000).toISOString(),
      }
      const { Arn } = toUser(chain)
      return {
        response:
          call.operation === "GetFederationToken"
            ? { Credentials, FederatedUser: { Arn, FederatedUserId: `1:${link}` } }
            : { Credentials, AssumedRoleUser: { Arn, AssumedRoleId: `AROA:${link}` } },
      }
    })
  }

  const Backend = Layer.succeed(StsBackend.StsBackend, {
    region: "eu-central-1",
    execute: Effect.fnUntraced(function* (operation, request, credentials) {
      const call: Call = {
        operation: operation.name,
        by: credentials && chainOf(credentials.accessKeyId),
        request: { ...(request as object) },
        clockOffset: yield* StsBackend.ClockOffset,
        at: yield* Clock.currentTimeMillis,
      }
      calls.push(call)
      yield* settings.onCall(call)
      if (settings.latency !== 0) yield* Effect.sleep(settings.latency)
      if (settings.isOut) {
        const reason = new StsError.TransportError({ message: "connection refused", isSent: false })
        return yield* new StsBackend.BackendFailure({ reason })
      }
      return yield* scripted.shift() ?? answer(call)
    }),
  })

  return {
    layer: Layer.provide(Sts.layer, Backend),
    settings,
    calls,
    /** The calls but for GetCallerIdentity: `root>A AssumeRole B`. */
    issued: () =>
      calls
        .filter(({ operation }) => operation !== "GetCallerIdentity")
        .map((call) => `${call.by ?? "nobody"} ${call.operation} ${linkOf(call)}`),
    /** Answers the next calls in place of the stub. */
    next: (...answers: ReadonlyArray<Answer>) => {
      scripted.push(...answers)
    },
  }
}

export type Stub = ReturnType<typeof make>

/** A root stack of `root` on a stub. */
export const layer = (stub: Stub) =>
  Layer.provideMerge(CredentialStack.layer(CredentialSource.fromCredentials(longTerm("root"))), stub.layer)

export const refused = (code: string, message = code, options: object = {}) =>
  Effect.fail(StsBackend.answered({ code, message, httpStatus: 400, ...options }))
