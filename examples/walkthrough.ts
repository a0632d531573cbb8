// The walkthrough of the R package aws.iam, replayed with real calls of this library on an STS in memory, and then what R
// could not do. Run it with `pnpm demo`. It exits with 0 only if every identity was the expected one.
import { CredentialSource, CredentialStack, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, Effect, Fiber, Latch, Layer } from "effect"
import process from "node:process"
import * as Table from "./terminal/table.ts"

const alice = "arn:aws:iam::111111111111:user/alice"
const mfaOfAlice = "arn:aws:iam::111111111111:mfa/alice"
const sessionOf = (role: string, account = "111111111111") => `arn:aws:sts::${account}:assumed-role/${role}/test`
const role = (name: string, account = "111111111111") => ({
  roleArn: `arn:aws:iam::${account}:role/${name}`,
  roleSessionName: "test",
})

/** Who we are now, and on how deep a stack. Sessions of GetSessionToken have their user's ARN, so their name is shown. */
const look = Effect.fn("look")(function* (step: string, expected: string, names: Record<string, string> = {}) {
  const { arn } = yield* Sts.getCallerIdentity
  const { accessKeyId } = yield* CredentialStack.current
  const name = names[accessKeyId]
  const depth = (yield* CredentialStack.frames).length
  const row: Table.Row = { step, depth, identity: name === undefined ? arn : `${arn} (${name})`, expected }
  return row
})

/** What an effect is refused with. If it is not, that fails, and the demo with it. */
const refusal = <A, E extends Error, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

/** `set` and `restore`, as R has them: last in, first out, and no scope. */
const asInR = Effect.gen(function* () {
  const base = yield* CredentialStack.current
  const names: Record<string, string> = { [base.accessKeyId]: "root" }
  const rows = [yield* look("start", `${alice} (root)`, names)]

  const T1 = yield* Sts.getSessionToken({ duration: "15 minutes" })
  names[T1.credentials.accessKeyId] = "T1"
  yield* CredentialStack.set(T1.credentials)
  rows.push(yield* look("set T1", `${alice} (T1)`, names))

  // A session may not ask for a session: in R this looked like it had worked.
  const refused = yield* refusal(Sts.getSessionToken({ duration: "15 minutes" }))
  rows.push({ ...(yield* look("ask for T2 under T1", `${alice} (T1)`, names)), refused })

  // So ask with the base identity, for just this one call.
  const T2 = yield* Sts.getSessionToken({ duration: "15 minutes" }).pipe(
    CredentialStack.use(CredentialSource.fromCredentials(base)),
  )
  names[T2.credentials.accessKeyId] = "T2"
  yield* CredentialStack.set(T2.credentials)
  rows.push(yield* look("set T2", `${alice} (T2)`, names))

  const { credentials } = yield* Sts.assumeRole(role("my-role"))
  yield* CredentialStack.set(credentials)
  rows.push(yield* look("set the role", sessionOf("my-role"), names))

  for (const name of ["T2", "T1", "root"]) {
    yield* CredentialStack.restore
    rows.push(yield* look("restore", `${alice} (${name})`, names))
  }
  const nothingLeft = yield* refusal(CredentialStack.restore)
  rows.push({ ...(yield* look("restore once more", `${alice} (root)`, names)), refused: nothingLeft })
  return rows
})

/** Identities that belong to an effect: whatever becomes of it, the one before is back. */
const beyondR = Effect.gen(function* () {
  // Every call takes a moment, so that the two fibers really are at it at the same time.
  yield* StsMemory.setLatency("20 millis")
  const together = yield* Effect.all(
    [
      look("one fiber", sessionOf("my-role")).pipe(CredentialStack.withRole(role("my-role"))),
      look("another, at the same time", sessionOf("auditor", "222222222222")).pipe(
        CredentialStack.withRole({ ...role("auditor", "222222222222"), externalId: "partner-7f3a" }),
      ),
    ],
    { concurrency: "unbounded" },
  )

  const inside = yield* Latch.make()
  const fiber = yield* Latch.open(inside).pipe(
    Effect.andThen(Effect.never),
    CredentialStack.withRole(role("my-role")),
    Effect.forkChild,
  )
  yield* Latch.await(inside)
  yield* Fiber.interrupt(fiber)
  const interrupted = yield* look("after an interrupt inside", alice)

  const chain = yield* look("a role in another account, by a role", sessionOf("deployer", "222222222222")).pipe(
    CredentialStack.withRole(role("deployer", "222222222222")),
    CredentialStack.withRole(role("my-role")),
  )

  const admin = look("a role that wants MFA", sessionOf("admin"))
  const refused = yield* refusal(admin.pipe(CredentialStack.withRole(role("admin"))))
  const withCode = yield* admin.pipe(
    CredentialStack.withRole({
      ...role("admin"),
      mfa: { serialNumber: mfaOfAlice, tokenCode: StsMemory.mfaCode(mfaOfAlice) },
    }),
  )

  return [...together, interrupted, chain, { ...withCode, refused }, yield* look("afterwards", alice)]
})

const main = Effect.gen(function* () {
  const first = yield* asInR
  yield* Console.log(Table.format("As in R: set and restore", first))
  const second = yield* beyondR
  yield* Console.log(Table.format("Beyond R: two at once, an interrupt, a chain, MFA", second))
  return [...first, ...second].every(Table.isAsExpected)
}).pipe(
  Effect.provide(
    CredentialStack.layer(CredentialSource.fromEffect(StsMemory.credentials(alice))).pipe(
      Layer.provideMerge(StsMemory.layer(World.demo)),
    ),
  ),
)

process.exitCode = (await Effect.runPromise(main)) ? 0 : 1
