/**
 * Where MFA codes are asked for: one prompt at a time per device, and no code handed out twice.
 *
 * STS takes a code once, and a device shows one for 30 seconds. So a second need in the same 30 seconds waits for the
 * next code before it asks.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import { CredentialsError, MfaRequired } from "../CredentialsError.ts"
import type { Prompt } from "./recipe.ts"

export type AskCode = <E, R>(prompt: Prompt<E, R>) => Effect.Effect<Redacted.Redacted<string>, E | CredentialsError, R>

interface Device {
  readonly semaphore: Semaphore.Semaphore
  /** The code that was handed out last, and in which 30 seconds. */
  code: string | undefined
  step: number
}

const stepMillis = 30_000

const stepOf = (millis: number) => Math.floor(millis / stepMillis)

const waitForNextStep = Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(stepMillis - (now % stepMillis)))

export const make = (): AskCode => {
  const devices = new Map<string, Device>()
  const deviceOf = (serialNumber: string) => {
    const known = devices.get(serialNumber)
    if (known !== undefined) return known
    const device: Device = { semaphore: Semaphore.makeUnsafe(1), code: undefined, step: -1 }
    devices.set(serialNumber, device)
    return device
  }
  return (prompt) => {
    const device = deviceOf(prompt.serialNumber)
    const ask = Effect.map(prompt.tokenCode, (code) => (typeof code === "string" ? code : Redacted.value(code)))
    return Effect.gen(function* () {
      if (stepOf(yield* Clock.currentTimeMillis) === device.step && !prompt.isConstant) yield* waitForNextStep
      let code = yield* ask
      if (code === device.code && !prompt.isConstant) {
        // Typed just after the device moved on, or asked of someone who still looks at the old code.
        yield* waitForNextStep
        code = yield* ask
      }
      if (code === device.code) {
        const message = `the code of the MFA device ${prompt.serialNumber} was used already, and a code works once`
        return yield* new CredentialsError({
          reason: new MfaRequired({ message, serialNumber: prompt.serialNumber }),
        })
      }
      device.code = code
      device.step = stepOf(yield* Clock.currentTimeMillis)
      return Redacted.make(code)
    }).pipe(device.semaphore.withPermit)
  }
}
