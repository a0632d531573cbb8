// A client of the AWS SDK under one role after another: each is what it was made under, also across a refresh.
//
// The S3 here is a server on this machine that checks signatures as S3 does and answers with the key that signed.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { CredentialSource, CredentialStack } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { SigV4 } from "@effect-sts/protocol"
import { SdkCredentials } from "@effect-sts/sdk"
import { Console, Effect, Layer, type Redacted, Result } from "effect"
import { createServer } from "node:http"
import { listen } from "./http/listen.ts"

const region = "us-east-1"

/** S3, as far as signatures go. `secrets` are those of the keys that it knows. */
const serveS3 = Effect.fnUntraced(function* (secrets: ReadonlyMap<string, Redacted.Redacted<string>>) {
  const server = createServer(({ headers, method = "GET", url = "/" }, response) => {
    const signed = {
      method,
      url,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as const),
    }
    const result = SigV4.parse(signed, { service: "s3", region, time: Date.now(), normalizePath: false }).pipe(
      Result.flatMap((authorization): Result.Result<string, unknown> => {
        const secret = secrets.get(authorization.accessKeyId)
        return secret === undefined
          ? Result.fail("unknown key")
          : Result.map(SigV4.verify(authorization, secret), () => authorization.accessKeyId)
      }),
    )
    response.writeHead(Result.isSuccess(result) ? 200 : 403).end(Result.isSuccess(result) ? result.success : "refused")
  })
  return yield* listen(server)
})

const program = Effect.gen(function* () {
  const secrets = new Map<string, Redacted.Redacted<string>>()
  const endpoint = yield* serveS3(secrets)

  // An S3 client of the current identity, and whether a request of it carries that identity's current keys.
  const makeS3 = Effect.map(
    SdkCredentials.provider,
    (credentials) => new S3Client({ region, endpoint, forcePathStyle: true, credentials, maxAttempts: 1 }),
  )
  const show = Effect.fnUntraced(function* (label: string, s3: S3Client) {
    const { accessKeyId, secretAccessKey } = yield* CredentialStack.current
    secrets.set(accessKeyId, secretAccessKey)
    const { Body } = yield* Effect.promise(() => s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" })))
    const used = yield* Effect.promise(async () => Body?.transformToString())
    yield* Console.log(`${used === accessKeyId ? "ok" : "WRONG"}  ${label}: ${used}`)
    if (used !== accessKeyId) return yield* Effect.die(`${label} was signed by another identity`)
    return accessKeyId
  })

  const alice = yield* makeS3
  yield* show("alice", alice)
  yield* Effect.gen(function* () {
    const s3 = yield* makeS3
    const before = yield* show("my-role", s3)
    yield* Effect.gen(function* () {
      const s3 = yield* makeS3
      yield* show("deployer, in another account", s3)
    }).pipe(CredentialStack.withRole({ roleArn: "arn:aws:iam::222222222222:role/deployer" }))
    // As when a service says that these keys have expired.
    yield* CredentialStack.invalidate(before)
    const after = yield* show("my-role, after a refresh", s3)
    if (after === before) return yield* Effect.die("the keys were not renewed")
  }).pipe(CredentialStack.withRole({ roleArn: "arn:aws:iam::111111111111:role/my-role" }))
  yield* show("alice again", alice)
})

const alice = CredentialSource.fromEffect(StsMemory.credentials("arn:aws:iam::111111111111:user/alice"))

const main = Effect.scoped(program).pipe(
  Effect.provide(CredentialStack.layer(alice).pipe(Layer.provideMerge(StsMemory.layer(World.demo)))),
)

await Effect.runPromise(main)
