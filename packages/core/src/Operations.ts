/**
 * All operations of STS, for servers and tests that must know every one of them.
 *
 * `Sts` and the backends do not import this module: a bundle holds just the operations that the program calls.
 *
 * @since 0.1.0
 */
import * as operations from "./operations/index.ts"

export * from "./operations/index.ts"

/**
 * Every operation, in the order of their names.
 *
 * @category operations
 * @since 0.1.0
 */
export const all = Object.values(operations)
