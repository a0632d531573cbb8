/**
 * A server of Node's on a socket of this machine, as long as a scope lives.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Server } from "node:http"

export interface Address {
  readonly host: string
  /** 0 is any that is free. */
  readonly port: number
}

const open = (server: Server, { host, port }: Address): Effect.Effect<number, Error> =>
  Effect.callback((resume) => {
    const fail = (error: Error) => resume(Effect.fail(error))
    server.once("error", fail)
    server.listen(port, host, () => {
      server.off("error", fail)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** Gives the port. */
export const listen = (server: Server, address: Address): Effect.Effect<number, Error, Scope.Scope> =>
  Effect.acquireRelease(open(server, address), () => close(server))
