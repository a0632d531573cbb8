/**
 * An AWS STS in memory, for tests and demos of programs that use `@effect-sts/core`.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.ts"
export * as StsMemory from "./StsMemory.ts"
export * as StsServer from "./StsServer.ts"
export * as World from "./World.ts"
export * as Worlds from "./Worlds.ts"
