import type { Endpoint } from "./region.ts"
import type { State } from "./state.ts"

/** What a call comes to: the world, at a time, and how it comes there. */
export interface Moment {
  readonly state: State
  /** Epoch milliseconds. */
  readonly now: number
  /** Empty where a test asks the world, and calls nothing. */
  readonly requestId: string
  readonly endpoint: Endpoint
  /** The caller's IP address; none where nothing came over a network. */
  readonly sourceIp: string | undefined
}
