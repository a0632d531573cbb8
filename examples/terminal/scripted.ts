// A terminal at which nobody sits: whenever it is asked something it types an answer, and remembers that it was asked.
import { Effect, Layer, Option, Queue, Terminal } from "effect"

const key = (character: string): Terminal.UserInput => ({
  input: Option.some(character),
  key: { name: character === "\r" ? "return" : character, ctrl: false, meta: false, shift: false },
})

/** `answer` is run for each question; `questions` counts them. */
export const layer = <R>(
  answer: Effect.Effect<string, never, R>,
  questions: { count: number },
): Layer.Layer<Terminal.Terminal, never, R> =>
  Layer.effect(
    Terminal.Terminal,
    Effect.map(Effect.context<R>(), (context) =>
      Terminal.make({
        columns: Effect.succeed(80),
        rows: Effect.succeed(24),
        size: Effect.tap(Queue.unbounded<Terminal.Size>(), (sizes) => Queue.offer(sizes, { columns: 80, rows: 24 })),
        readInput: Effect.gen(function* () {
          questions.count++
          const typed = yield* Effect.provideContext(answer, context)
          const keys = yield* Queue.unbounded<Terminal.UserInput>()
          yield* Queue.offerAll(keys, Array.from(`${typed}\r`, key))
          return keys
        }),
        readLine: Effect.die(new Error("this terminal gives keys, not lines")),
        display: () => Effect.void,
      }),
    ),
  )
