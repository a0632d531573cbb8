/** A client that can do everything wrong: requests to `StsServer.handler` as they are on the wire. */
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetSessionToken } from "@effect-sts/core/operations/GetSessionToken"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import * as StsMemory from "../../src/StsMemory.ts"
import * as StsServer from "../../src/StsServer.ts"
import type * as World from "../../src/World.ts"
import { roleArn, secretOf, start, world } from "./world.ts"

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export const keysOf = (accessKeyId: string): Keys => ({ accessKeyId, secretAccessKey: secretOf(accessKeyId) })

export const alice = keysOf("AKIAALICE00000000000")

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Signing {
  readonly as?: Keys
  readonly region?: string
  readonly service?: string
  readonly host?: string
  /** How far the client's clock is ahead, in seconds. */
  readonly ahead?: number
}

export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Runs an effect in a fresh world that has nothing but its HTTP side. */
export const onWire =
  (input: World.Encoded = world) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.andThen(TestClock.setTime(start), effect).pipe(Effect.provide(StsMemory.layerWorld(input)))

export const host = "localhost:4599"

const formType = "application/x-www-form-urlencoded"

export const form = (parameters: Readonly<Record<string, string>>): string => new URLSearchParams(parameters).toString()

export const post = (body: string, headers: Readonly<Record<string, string>> = { "content-type": formType }): Sent => ({
  method: "POST",
  headers,
  body,
})

/** A POST of an operation; without a version it gets the right one. */
export const call = (action: string, parameters: Readonly<Record<string, string>> = {}): Sent =>
  post(form({ Action: action, Version: Query.version, ...parameters }))

export const assumeRole = (parameters: Readonly<Record<string, string>> = {}): Sent =>
  call("AssumeRole", { RoleArn: roleArn("account"), RoleSessionName: "test", ...parameters })

const urlOf = ({ path = "/", query }: Sent, host_ = host) =>
  `http://${host_}${path}${query === undefined ? "" : `?${query}`}`

/** Sends a request as it is. */
export const sendRaw = (sent: Sent, host_?: string): Effect.Effect<Received, never, StsMemory.StsMemory> =>
  Effect.gen(function* () {
    const handler = yield* StsServer.handler
    const { body, headers = {}, method = "GET" } = sent
    const response = yield* Effect.promise(() =>
      handler(new Request(urlOf(sent, host_), { method, headers, ...(body !== undefined && { body }) })),
    )
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: yield* Effect.promise(() => response.text()),
    }
  })

export const credentialsOf = ({ accessKeyId, secretAccessKey, sessionToken }: Keys): SigV4.Credentials => ({
  accessKeyId,
  secretAccessKey: Redacted.make(secretAccessKey),
  sessionToken: sessionToken === undefined ? undefined : Redacted.make(sessionToken),
})

/** The headers of a request, with its signature among them. */
const signed = (sent: Sent, { ahead = 0, as = alice, host: host_ = host, region, service }: Signing, now: number) => ({
  ...sent.headers,
  host: host_,
  ...SigV4.sign(
    {
      method: sent.method ?? "GET",
      url: urlOf(sent, host_),
      headers: { ...sent.headers, host: host_ },
      body: sent.body,
    },
    {
      credentials: credentialsOf(as),
      region: region ?? "us-east-1",
      service: service ?? "sts",
      time: now + ahead * 1000,
    },
  ),
})

/** The request with a signature of this time. */
export const signedNow = (sent: Sent, signing: Signing = {}): Effect.Effect<Sent> =>
  Effect.map(Clock.currentTimeMillis, (now) => ({ ...sent, headers: signed(sent, signing, now) }))

/** Signs a request, and sends it. */
export const send = (sent: Sent, signing: Signing = {}): Effect.Effect<Received, never, StsMemory.StsMemory> =>
  Effect.flatMap(signedNow(sent, signing), (sent) => sendRaw(sent, signing.host))

/** The keys of the session that an operation answers with. */
export const issued = (
  operation: "AssumeRole" | "GetSessionToken",
  sent: Sent,
  signing: Signing = {},
): Effect.Effect<Keys, never, StsMemory.StsMemory> =>
  Effect.map(send(sent, signing), ({ body }) => {
    const decoded = Query.decodeResponse(operation === "AssumeRole" ? AssumeRole : GetSessionToken, body)
    const { response } = Result.getOrThrowWith(decoded, () => new Error(body))
    const { Credentials } = response as Pick<(typeof AssumeRole)["response"]["Encoded"], "Credentials">
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    }
  })

/** The keys of a session that a role gives. */
export const session = (
  role = roleArn("account"),
  signing: Signing = {},
  parameters: Readonly<Record<string, string>> = {},
): Effect.Effect<Keys, never, StsMemory.StsMemory> =>
  issued("AssumeRole", assumeRole({ RoleArn: role, ...parameters }), signing)

/** What a client makes of an answer: its namespace, and the error if it is one. */
export const read = ({ body, status }: Received) => {
  const [, namespace] = /xmlns="([^"]*)"/.exec(body) ?? []
  const error = Result.getOrUndefined(Query.decodeError(body))
  return {
    status,
    ...(namespace !== undefined && { namespace }),
    ...(error !== undefined && { code: error.code, message: error.message }),
  }
}
