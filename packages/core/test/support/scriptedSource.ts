/**
 * A credential source that does what a test says, and keeps a record of when it was asked. The sets it gives are `KEY1`,
 * `KEY2` and so on.
 */
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as StsError from "@effect-sts/core/StsError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"

/** What the source does: gives a good set, fails in one of two ways, gives a set that has expired, or never answers. */
export type Outcome = "success" | "recoverable" | "final" | "already expired" | "silence"

const fail = (reason: StsError.Reason) => Effect.fail(new StsError.StsError({ operation: "AssumeRole", reason }))

/** `lifetime`: of the sets it gives; infinite ones have no expiration. */
export const make = (lifetime: Duration.Input = "1 hour") => {
  const valid = Duration.toMillis(lifetime)
  const script: { outcome: Outcome | Effect.Effect<never, StsError.StsError>; latency: Duration.Input } = {
    outcome: "success",
    latency: 0,
  }
  /** When it was asked, in milliseconds. */
  const calls: Array<number> = []
  const seen = { interrupted: 0 }

  const answer = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const number = calls.push(now)
    const set = (expiration: number | undefined) => ({
      accessKeyId: `KEY${number}`,
      secretAccessKey: "secret",
      expiration,
    })
    yield* Effect.sleep(script.latency)
    if (Effect.isEffect(script.outcome)) return yield* script.outcome
    switch (script.outcome) {
      case "success":
        return set(Number.isFinite(valid) ? now + valid : undefined)
      case "already expired":
        return set(now)
      case "recoverable":
        return yield* fail(new StsError.ServiceUnavailable({ message: "try later" }))
      case "final":
        return yield* fail(new StsError.AccessDenied({ message: "no" }))
      case "silence":
        return yield* Effect.never
    }
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.sync(() => {
        seen.interrupted++
      }),
    ),
  )

  return { script, calls, seen, source: CredentialSource.fromEffect(answer, { label: "scripted" }) }
}

export type Scripted = ReturnType<typeof make>

/** The stack's current access key id. */
export const key = Effect.map(CredentialStack.current, ({ accessKeyId }) => accessKeyId)

/** What `current` comes to: an access key id, or the reason of the error. */
export const outcome = key.pipe(
  Effect.catch(({ reason }) =>
    Effect.succeed(
      reason._tag === "RefreshFailed" && reason.error instanceof StsError.StsError
        ? `${reason._tag}(${reason.error.reason._tag})`
        : reason._tag,
    ),
  ),
)

/** Sets the clock so many minutes after the start. */
export const at = (minutes: number) => TestClock.setTime(minutes * 60_000)

/** A logger that keeps what is said. */
export const logs = () => {
  const said: Array<string> = []
  return {
    said,
    layer: Logger.layer([
      Logger.make(({ logLevel, message }) => {
        said.push(`${logLevel}: ${String(message)}`)
      }),
    ]),
  }
}
