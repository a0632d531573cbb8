// The R calls one by one, each in a comment above what takes its place. First aws.iam, then paws.
//
// In R the current credentials are three environment variables, and `use = TRUE` overwrites them. Here they are on a stack,
// and what is a failure in R, or goes wrong without a word, is an error in the type.
import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, Effect } from "effect"
import assert from "node:assert/strict"

const alice = "arn:aws:iam::111111111111:user/alice"
const myRole = "arn:aws:iam::111111111111:role/my-role"
const asMyRole = "arn:aws:sts::111111111111:assumed-role/my-role/test"

const whoami = Effect.map(Sts.getCallerIdentity, ({ arn }) => arn)

const fromAwsIam = Effect.gen(function* () {
  // get_caller_identity()
  const { account, arn, userId } = yield* Sts.getCallerIdentity
  assert.deepEqual([account, arn, userId.slice(0, 4)], ["111111111111", alice, "AIDA"])

  // token <- get_session_token(duration = 900)
  // Limits are those of each operation, not one for all; and a bare 900 would be milliseconds, so it is refused.
  const token = yield* Sts.getSessionToken({ duration: "900 seconds" })

  // set_credentials(token); …; restore_credentials()
  yield* CredentialStack.set(token.credentials)
  assert.equal((yield* CredentialStack.current).accessKeyId, token.credentials.accessKeyId)
  yield* CredentialStack.restore

  // get_session_token(id = "arn:aws:iam::…:mfa/alice", code = "123456", use = TRUE)
  // An id without a code cannot be written. `use` ends with the effect, whatever becomes of it.
  const serialNumber = "arn:aws:iam::111111111111:mfa/alice"
  const mfa = { serialNumber, tokenCode: yield* StsMemory.mfaCode(serialNumber) }
  assert.equal(yield* whoami.pipe(CredentialStack.use(CredentialSource.sessionToken({ mfa }))), alice)

  // get_federation_token(name = "guest", policy = list(…), use = TRUE)
  const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] }
  const guest = yield* whoami.pipe(CredentialStack.use(CredentialSource.federationToken({ name: "guest", policy })))
  assert.equal(guest, "arn:aws:sts::111111111111:federated-user/guest")

  // role <- assume_role("arn:…:role/my-role", session = "test", externalid = "…")
  const role = { roleArn: myRole, roleSessionName: "test" }
  const { credentials } = yield* Sts.assumeRole(role)

  // assume_role("arn:…:role/my-role", session = "test", use = TRUE); …; restore_credentials()
  assert.equal(yield* whoami.pipe(CredentialStack.withRole(role)), asMyRole)

  // set_credentials(token); set_credentials(role); restore_credentials(root = TRUE)
  yield* CredentialStack.set(token.credentials)
  yield* CredentialStack.set(credentials)
  assert.equal(yield* whoami, asMyRole)
  yield* CredentialStack.restoreAll
  assert.equal(yield* whoami, alice)

  // restore_credentials() on an empty stack: a warning and FALSE
  const nothing = yield* Effect.flip(CredentialStack.restore)
  assert.equal(nothing.reason._tag, "EmptyStack")

  // save_credentials(), delete_saved_credentials(): the stack keeps what is below, there is nothing to save.

  // set_credentials(list(AccessKeyId = "AKIA…")): half a set blanked the rest. Here it is refused by name.
  const half = yield* Effect.flip(CredentialStack.set({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "" }))
  assert.ok(half.reason._tag === "InvalidCredentials" && half.reason.field === "secretAccessKey")
})

const fromPaws = Effect.gen(function* () {
  // svc <- paws::sts(): the layer of a backend, at the end of this program.

  // svc$get_caller_identity()$Arn
  assert.equal(yield* whoami, alice)

  // svc$get_session_token(DurationSeconds = 3600)
  yield* Sts.getSessionToken({ duration: "1 hour" })

  // svc$assume_role(RoleArn = …, RoleSessionName = "test", DurationSeconds = 900, Tags = list(list(Key = …, Value = …)))
  const answer = yield* Sts.assumeRole({ roleArn: myRole, roleSessionName: "test", duration: "15 minutes" })
  assert.equal(answer.assumedRoleUser?.arn, asMyRole)

  // svc$get_access_key_info(AccessKeyId = …)$Account
  const { account } = yield* Sts.getAccessKeyInfo({ accessKeyId: "AKIAIOSFODNN7EXAMPLE" })
  assert.equal(account, "111111111111")

  // tryCatch(svc$assume_role(…), http_403 = …): a reason, in the type of the call
  const refused = yield* Sts.assumeRole({ roleArn: `${myRole}-of-nobody`, roleSessionName: "test" }).pipe(
    Effect.as("allowed"),
    Effect.catchReason("StsError", "AccessDenied", ({ message }) => Effect.succeed(message)),
  )
  assert.match(refused, /is not authorized to perform: sts:AssumeRole/)

  // svc$get_session_token(DurationSeconds = 300): an error of STS's. Here nothing is sent.
  const tooShort = yield* Effect.flip(Sts.getSessionToken({ duration: "5 minutes" }))
  assert.ok(tooShort._tag === "StsError" && tooShort.reason._tag === "InvalidRequest" && tooShort.attempts === 0)
  yield* Console.log(tooShort.message)
})

const main = Effect.andThen(fromAwsIam, fromPaws).pipe(
  Effect.provide(StsMemory.layer(World.demo).pipe(StsMemory.as(alice))),
)

await Effect.runPromise(main)
