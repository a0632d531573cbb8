/**
 * AWS STS over the AWS SDK for JavaScript v3, and credentials to and from its clients.
 *
 * @since 0.1.0
 */
export * as SdkCredentials from "./SdkCredentials.ts"
export * as StsSdk from "./StsSdk.ts"
