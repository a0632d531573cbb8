/**
 * The operations that are simulated. Any other is refused with an error that says so.
 */
import { assumeRole } from "./assumeRole.ts"
import { assumeRoot } from "./assumeRoot.ts"
import { decodeAuthorizationMessage } from "./decodeAuthorizationMessage.ts"
import { assumeRoleWithSaml } from "./assumeRoleWithSaml.ts"
import { assumeRoleWithWebIdentity } from "./assumeRoleWithWebIdentity.ts"
import { getAccessKeyInfo } from "./getAccessKeyInfo.ts"
import { getCallerIdentity } from "./getCallerIdentity.ts"
import { getDelegatedAccessToken } from "./getDelegatedAccessToken.ts"
import { getFederationToken } from "./getFederationToken.ts"
import { getSessionToken } from "./getSessionToken.ts"
import { getWebIdentityToken } from "./getWebIdentityToken.ts"
import type { Simulation } from "./simulation.ts"

export const simulations: ReadonlyMap<string, Simulation> = new Map(
  [
    assumeRole,
    assumeRoleWithSaml,
    assumeRoleWithWebIdentity,
    assumeRoot,
    decodeAuthorizationMessage,
    getAccessKeyInfo,
    getCallerIdentity,
    getDelegatedAccessToken,
    getFederationToken,
    getSessionToken,
    getWebIdentityToken,
  ].map((simulation) => [simulation.operation.name, simulation]),
)
