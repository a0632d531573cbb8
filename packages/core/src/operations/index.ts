/**
 * Every operation of STS, a line each.
 *
 * @since 0.1.0
 */
export { AssumeRole } from "./AssumeRole.ts"
export { AssumeRoleWithSaml } from "./AssumeRoleWithSaml.ts"
export { AssumeRoleWithWebIdentity } from "./AssumeRoleWithWebIdentity.ts"
export { AssumeRoot } from "./AssumeRoot.ts"
export { DecodeAuthorizationMessage } from "./DecodeAuthorizationMessage.ts"
export { GetAccessKeyInfo } from "./GetAccessKeyInfo.ts"
export { GetCallerIdentity } from "./GetCallerIdentity.ts"
export { GetDelegatedAccessToken } from "./GetDelegatedAccessToken.ts"
export { GetFederationToken } from "./GetFederationToken.ts"
export { GetSessionToken } from "./GetSessionToken.ts"
export { GetWebIdentityToken } from "./GetWebIdentityToken.ts"
