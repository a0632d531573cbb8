/**
 * Where MFA codes are asked for: one prompt at a time per device, and no code handed out twice.
 *
 * STS takes a code once, and a device shows one for 30 seconds. So a second need in the same 30 seconds waits for the
 * next code before it asks.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import { CredentialsError, MfaRequired } from "../CredentialsError.ts"
import type { Prompt } from "./recipe.ts"

export type AskCode = <E, R>(prompt: Prompt<E, R>) => Effect.Effect<Redacted.Redacted<string>, E | CredentialsError, R>

interface Device {
  readonly semaphore: Semaphore.Semaphore
  /** The codes that were handed out, and in which 30 seconds; those written into a request for good. */
  readonly codes: Map<string, number>
  /** The 30 seconds in which a code was handed out last, if one was. */
  step: number | undefined
}

const stepMillis = 30_000

/** STS takes a code for a few minutes at most; after these steps of 30 seconds a device may show it again. */
const stepsToRemember = 20

const stepOf = (millis: number) => Math.floor(millis / stepMillis)

/** A device's code is good once, so whoever needs another waits for the next one; that can look like a standstill. */
const waitForNextStep = (serialNumber: string) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const wait = stepMillis - (now % stepMillis)
    return Effect.andThen(
      Effect.logInfo(`Waiting ${Math.ceil(wait / 1000)} seconds for the next code of the MFA device ${serialNumber}`),
      Effect.sleep(wait),
    )
  })

const take = (device: Device, code: string, step: number, isConstant: boolean) => {
  for (const [old, used] of device.codes) {
    if (used < step - stepsToRemember) device.codes.delete(old)
  }
  device.codes.set(code, isConstant ? Infinity : step)
  device.step = step
}

/** The devices whose codes are being asked for by what runs now: it cannot wait for its own turn. */
const Asking = Context.Reference<ReadonlySet<string>>("@effect-sts/core/internal/mfaDesk/Asking", {
  defaultValue: () => new Set(),
})

const mfaRequired = (serialNumber: string, message: string) =>
  new CredentialsError({ reason: new MfaRequired({ message, serialNumber }) })

export const make = (): AskCode => {
  const devices = new Map<string, Device>()
  const deviceOf = (serialNumber: string) => {
    const known = devices.get(serialNumber)
    if (known !== undefined) return known
    const device: Device = { semaphore: Semaphore.makeUnsafe(1), codes: new Map(), step: undefined }
    devices.set(serialNumber, device)
    return device
  }
  return ({ isConstant, serialNumber, tokenCode }) => {
    const device = deviceOf(serialNumber)
    const ask = Effect.map(tokenCode, (code) => (typeof code === "string" ? code : Redacted.value(code))).pipe(
      Effect.updateService(Asking, (serialNumbers) => new Set([...serialNumbers, serialNumber])),
    )
    const inTurn = Effect.gen(function* () {
      if (stepOf(yield* Clock.currentTimeMillis) === device.step && !isConstant) yield* waitForNextStep(serialNumber)
      let code = yield* ask
      if (device.codes.has(code) && !isConstant) {
        // Typed just after the device moved on, or asked of someone who still looks at the old code.
        yield* waitForNextStep(serialNumber)
        code = yield* ask
      }
      if (device.codes.has(code)) {
        return yield* mfaRequired(
          serialNumber,
          `the code of the MFA device ${serialNumber} was used already, and a code works once`,
        )
      }
      take(device, code, stepOf(yield* Clock.currentTimeMillis), isConstant)
      return Redacted.make(code)
    })
    return Effect.flatMap(Asking, (serialNumbers) =>
      serialNumbers.has(serialNumber)
        ? Effect.fail(
            mfaRequired(serialNumber, `the code of the MFA device ${serialNumber} is needed to ask for itself`),
          )
        : device.semaphore.withPermit(inTurn),
    )
  }
}
