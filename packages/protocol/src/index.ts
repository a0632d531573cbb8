/**
 * The wire of AWS STS, in both directions: AWS Query and XML, Signature Version 4, endpoint rules. Pure functions, no I/O.
 *
 * Where bundle size matters import the modules, such as `@effect-sts/protocol/SigV4`.
 *
 * @since 0.1.0
 */
export * as Endpoint from "./Endpoint.ts"
export * as Query from "./Query.ts"
export * as SigV4 from "./SigV4.ts"
export * as Xml from "./Xml.ts"
