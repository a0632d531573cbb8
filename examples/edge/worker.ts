// A handler in the form of a Cloudflare Worker: `fetch(request, env)`. It answers who it is, as a role.
//
// Workers tie fibers, timers and sockets to the request that made them: a request that waits for the work of another
// hangs, and is cancelled. So each request has a stack of its own, and what the requests of an isolate share is a value,
// the credentials of the role.
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import type * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The Worker's variables and secrets: the keys of a user who may assume the role, and where STS is. */
export interface Env {
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
  readonly AWS_REGION: string
  readonly AWS_ENDPOINT_URL_STS?: string
  readonly ROLE_ARN: string
}

const fiveMinutes = 5 * 60_000

let shared: AwsCredentials.Temporary | undefined

/** The role's credentials: those that another request got, or new ones in their last five minutes. */
const credentialsOf = Effect.fnUntraced(function* (roleArn: string) {
  const now = yield* Clock.currentTimeMillis
  if (shared !== undefined && DateTime.toEpochMillis(shared.expiration) - now > fiveMinutes) return shared
  const { credentials } = yield* Sts.assumeRole({ roleArn, roleSessionName: "edge" })
  shared = credentials
  return credentials
})

const respond = ({ ROLE_ARN }: Env) =>
  Sts.getCallerIdentity.pipe(
    CredentialStack.use(CredentialSource.fromEffect(credentialsOf(ROLE_ARN))),
    Effect.map(({ account, arn }) => Response.json({ account, arn })),
  )

const layerOf = (env: Env) =>
  CredentialStack.layer(CredentialSource.fromConfig).pipe(
    Layer.provideMerge(StsFetch.layerConfig),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
  )

const worker = {
  fetch: (request: Request, env: Env): Promise<Response> =>
    respond(env).pipe(
      Effect.provide(layerOf(env)),
      // What went wrong is for the log; who asks learns only that it did.
      Effect.catch((error) =>
        Effect.as(Effect.logError(error), Response.json({ error: "not available" }, { status: 503 })),
      ),
      // A client that goes away interrupts its request.
      (response) => Effect.runPromise(response, { signal: request.signal }),
    ),
}

// oxlint-disable-next-line import/no-default-export -- the form of a Worker
export default worker
