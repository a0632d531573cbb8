// The page of examples/browser.ts: it takes the session that its server gives, and assumes a role with it.
//
// Long-term keys have no place in a browser. The page asks its own server for a session instead, and asks again when that
// is about to expire.
/// <reference lib="dom" />
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsFetch from "@effect-sts/fetch/StsFetch"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** What the server answers. */
const Session = Schema.Struct({
  endpoint: Schema.String,
  region: Schema.String,
  credentials: Schema.Struct({
    accessKeyId: Schema.String,
    secretAccessKey: Schema.String,
    sessionToken: Schema.String,
    expiration: Schema.String,
  }),
})

const session = Effect.tryPromise(async (): Promise<unknown> => {
  const response = await fetch("session")
  return response.json()
}).pipe(Effect.flatMap(Schema.decodeUnknownEffect(Session)))

const show = (id: string, text: string) =>
  Effect.sync(() => {
    const element = document.getElementById(id)
    if (element !== null) element.textContent = text
  })

const program = Effect.gen(function* () {
  const outside = yield* Sts.getCallerIdentity
  yield* show("outside", outside.arn)
  const inside = yield* Sts.getCallerIdentity.pipe(
    CredentialStack.withRole({ roleArn: "arn:aws:iam::222222222222:role/deployer", roleSessionName: "browser" }),
  )
  yield* show("inside", inside.arn)
})

// For real AWS no endpoint is needed: STS answers browsers, from whatever origin.
const layer = Layer.unwrap(Effect.map(session, ({ endpoint, region }) => StsFetch.layer({ endpoint, region })))

const fromServer = CredentialSource.fromEffect(Effect.map(session, ({ credentials }) => credentials))

const main = program.pipe(
  Effect.provide(CredentialStack.layer(fromServer).pipe(Layer.provideMerge(layer))),
  Effect.catch((error) => show("inside", `nobody: ${error.message}`)),
)

await Effect.runPromise(main)
