/**
 * AWS STS for Effect: every operation as a schema-typed Effect, and a credential stack that always restores the identity
 * it replaced.
 *
 * With esbuild a namespace from here keeps all of itself; where bundle size matters import the modules, such as
 * `@effect-sts/core/Sts`.
 *
 * @since 0.1.0
 */
export * as AwsCredentials from "./AwsCredentials.ts"
export * as CredentialsError from "./CredentialsError.ts"
export * as Constraint from "./Constraint.ts"
export * as CredentialSource from "./CredentialSource.ts"
export * as CredentialStack from "./CredentialStack.ts"
export * as Operation from "./Operation.ts"
export * as Operations from "./Operations.ts"
export * as ProcessEnv from "./ProcessEnv.ts"
export * as RefreshPolicy from "./RefreshPolicy.ts"
export * as RetryPolicy from "./RetryPolicy.ts"
export * as SessionPool from "./SessionPool.ts"
export * as Sts from "./Sts.ts"
export * as StsBackend from "./StsBackend.ts"
export * as StsError from "./StsError.ts"
