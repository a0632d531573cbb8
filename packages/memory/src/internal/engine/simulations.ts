/**
 * The operations that are simulated. Any other is refused with an error that says so.
 */
import { assumeRole } from "./assumeRole.ts"
import { getAccessKeyInfo } from "./getAccessKeyInfo.ts"
import { getCallerIdentity } from "./getCallerIdentity.ts"
import { getFederationToken } from "./getFederationToken.ts"
import { getSessionToken } from "./getSessionToken.ts"
import type { Simulation } from "./simulation.ts"

export const simulations: ReadonlyMap<string, Simulation> = new Map(
  [assumeRole, getAccessKeyInfo, getCallerIdentity, getFederationToken, getSessionToken].map((simulation) => [
    simulation.operation.name,
    simulation,
  ]),
)
