/**
 * AWS STS over fetch.
 *
 * Where bundle size matters import the module, `@effect-sts/fetch/StsFetch`.
 *
 * @since 0.1.0
 */
export * as StsFetch from "./StsFetch.ts"
