/**
 * The laws that every backend of effect-sts must keep, and random programs of calls for a differential test.
 *
 * @since 0.1.0
 */
export * as Conformance from "./Conformance.ts"
export * as Law from "./Law.ts"
export * as Laws from "./Laws.ts"
export * as Program from "./Program.ts"
