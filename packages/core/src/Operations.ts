/**
 * All operations of STS, for servers and tests that must know every one of them.
 *
 * `Sts` and the backends do not import this module: a bundle holds just the operations that the program calls.
 *
 * @since 0.1.0
 */
import { AssumeRole } from "./operations/AssumeRole.ts"
import { AssumeRoleWithSaml } from "./operations/AssumeRoleWithSaml.ts"
import { AssumeRoleWithWebIdentity } from "./operations/AssumeRoleWithWebIdentity.ts"
import { AssumeRoot } from "./operations/AssumeRoot.ts"
import { DecodeAuthorizationMessage } from "./operations/DecodeAuthorizationMessage.ts"
import { GetAccessKeyInfo } from "./operations/GetAccessKeyInfo.ts"
import { GetCallerIdentity } from "./operations/GetCallerIdentity.ts"
import { GetDelegatedAccessToken } from "./operations/GetDelegatedAccessToken.ts"
import { GetFederationToken } from "./operations/GetFederationToken.ts"
import { GetSessionToken } from "./operations/GetSessionToken.ts"
import { GetWebIdentityToken } from "./operations/GetWebIdentityToken.ts"

export {
  AssumeRole,
  AssumeRoleWithSaml,
  AssumeRoleWithWebIdentity,
  AssumeRoot,
  DecodeAuthorizationMessage,
  GetAccessKeyInfo,
  GetCallerIdentity,
  GetDelegatedAccessToken,
  GetFederationToken,
  GetSessionToken,
  GetWebIdentityToken,
}

/**
 * Every operation.
 *
 * @category operations
 * @since 0.1.0
 */
export const all = [
  AssumeRole,
  AssumeRoleWithSaml,
  AssumeRoleWithWebIdentity,
  AssumeRoot,
  DecodeAuthorizationMessage,
  GetAccessKeyInfo,
  GetCallerIdentity,
  GetDelegatedAccessToken,
  GetFederationToken,
  GetSessionToken,
  GetWebIdentityToken,
] as const
