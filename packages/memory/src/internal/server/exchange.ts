/**
 * A request that is still coming in, and the reply to it: reads the body, waits as long as the test says that a call
 * takes, and answers.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Door from "../engine/door.ts"
import type { Engine } from "../engine/engine.ts"
import { answer, maxBodyLength, type Request } from "./answer.ts"
import type { Reply } from "./reply.ts"

export interface Incoming<E> extends Omit<Request, "body"> {
  readonly body: Stream.Stream<Uint8Array, E>
}

/** None where it is longer than STS takes; the rest is not read then. */
const readBody = <E>(body: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array | undefined, E> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return body.pipe(
      Stream.takeUntil((chunk) => {
        length += chunk.byteLength
        if (length <= maxBodyLength) chunks.push(chunk)
        return length > maxBodyLength
      }),
      Stream.runDrain,
      Effect.map(() => (length > maxBodyLength ? undefined : concat(chunks, length))),
    )
  })

const concat = (chunks: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return first
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}

/** A server that listens for both kinds of addresses gives IPv4 ones in the form of IPv6. */
const plainAddress = (address: string | undefined): string | undefined => address?.replace(/^::ffff:(?=\d+\.)/i, "")

/** Fails where the body does: then there is nobody left to answer. */
export const exchange = <E>(engine: Engine, { body, sourceIp, ...request }: Incoming<E>): Effect.Effect<Reply, E> =>
  Effect.flatMap(readBody(body), (body) =>
    Effect.flatMap(Door.arrival(engine), (now) =>
      answer(engine, now, { ...request, body, sourceIp: plainAddress(sourceIp) }),
    ),
  )
