/** What calls STS in the tables of warm calls: the same AssumeRole, or GetCallerIdentity, through each of them. */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as Query from "@effect-sts/protocol/Query"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { contender, type Absent, type Contender, peer, type Run } from "./harness.ts"

export const region = "us-east-1"

export const keys = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}

export const input = {
  RoleArn: "arn:aws:iam::111111111111:role/deploy",
  RoleSessionName: "release-42",
  DurationSeconds: 900,
}

export const body = Query.encodeRequest(AssumeRole, input)

export const contentType = "application/x-www-form-urlencoded; charset=utf-8"

/** Calls so many times in all, with so many of them at once. */
export type Calls = (times: number, atOnce: number) => Promise<unknown>

/** How a peer calls. */
export interface Client {
  readonly assumeRole: Calls
  readonly getCallerIdentity: Calls
}

export interface ClientModule {
  readonly makeClient: (endpoint: string) => Client
}

export type Operation = keyof Client

/** A share of the calls for each of those that call at once. */
export const shares = (times: number, atOnce: number): ReadonlyArray<number> =>
  Array.from({ length: Math.min(times, atOnce) }, (_, index) => Math.floor((times + index) / Math.min(times, atOnce)))

/** For a client of promises. */
export const promises =
  (call: () => Promise<unknown>): Calls =>
  (times, atOnce) =>
    Promise.all(
      shares(times, atOnce).map(async (share) => {
        for (let time = 0; time < share; time++) await call()
      }),
    )

const effects =
  <R>(runtime: ManagedRuntime.ManagedRuntime<R, unknown>, call: Effect.Effect<unknown, unknown, R>): Calls =>
  (times, atOnce) =>
    runtime.runPromise(
      Effect.forEach(
        shares(times, atOnce),
        Effect.fnUntraced(function* (share) {
          for (let time = 0; time < share; time++) yield* call
        }),
        { concurrency: "unbounded", discard: true },
      ),
    )

const request = { roleArn: input.RoleArn, roleSessionName: input.RoleSessionName, duration: "15 minutes" } as const

const credentials = new AwsCredentials.AwsCredentials({
  accessKeyId: keys.accessKeyId,
  secretAccessKey: Redacted.make(keys.secretAccessKey),
})

/** Ours with the credentials in hand. */
export const call = (sts: Layer.Layer<Sts.Sts, unknown>): Client => {
  const runtime = ManagedRuntime.make(sts)
  return {
    assumeRole: effects(
      runtime,
      Effect.flatMap(Sts.Sts, (sts) => sts.call(AssumeRole, request, credentials)),
    ),
    getCallerIdentity: effects(
      runtime,
      Effect.flatMap(Sts.Sts, (sts) => sts.call(GetCallerIdentity, {}, credentials)),
    ),
  }
}

/** Ours with the credentials of a stack. */
export const accessors = (sts: Layer.Layer<Sts.Sts, unknown>): Client => {
  const stack = CredentialStack.layer(CredentialSource.fromCredentials(keys))
  const runtime = ManagedRuntime.make(Layer.provideMerge(stack, sts))
  return {
    assumeRole: effects(runtime, Sts.assumeRole(request)),
    getCallerIdentity: effects(runtime, Sts.getCallerIdentity),
  }
}

export const fetchLayer = (endpoint: string): Layer.Layer<Sts.Sts, unknown> => StsFetch.layer({ region, endpoint })

export const nodeHttpLayer = (endpoint: string): Layer.Layer<Sts.Sts, unknown> =>
  Layer.provide(StsFetch.layerNoDeps({ region, endpoint }), NodeHttpClient.layerNodeHttpOptions({ keepAlive: true }))

/** Not signed, not read: what HTTP alone costs. */
export const bareFetch = (endpoint: string): Calls =>
  promises(async () => {
    const response = await fetch(endpoint, { method: "POST", headers: { "content-type": contentType }, body })
    return response.text()
  })

/** The same through Effect's client. */
export const bareHttpClient = (endpoint: string): Calls =>
  effects(
    ManagedRuntime.make(FetchHttpClient.layer),
    HttpClient.execute(HttpClientRequest.post(endpoint, { body: HttpBody.text(body, contentType) })).pipe(
      Effect.flatMap((response) => response.text),
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
    ),
  )

const runOf =
  (calls: Calls, atOnce: number): Run =>
  async (times) => {
    await calls(times, atOnce)
  }

/** One that calls, with so many calls at once. */
export const calling = (name: string, calls: () => Calls | Promise<Calls>, atOnce = 1): Promise<Contender | Absent> =>
  contender(name, async () => runOf(await calls(), atOnce))

/** The calls of a peer's module. */
export const peerCalls = async (path: string, endpoint: string, operation: Operation): Promise<Calls> =>
  (await peer<ClientModule>(path)).makeClient(endpoint)[operation]
