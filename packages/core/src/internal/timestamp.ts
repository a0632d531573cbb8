import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { integer } from "./constraints.ts"

const isUtc = (value: unknown): value is DateTime.Utc => DateTime.isDateTime(value) && DateTime.isUtc(value)

/** `Schema.DateTimeUtc` would bring its generator of test values, with all that it can be limited by, into a bundle. */
const utc = Schema.declare(isUtc, {
  expected: "a DateTime.Utc",
  toCodecArbitrary: () =>
    Schema.link<DateTime.Utc>()(integer(0, 253_402_300_799), {
      decode: SchemaGetter.transform((seconds: number) => DateTime.makeUnsafe(seconds * 1000)),
      encode: SchemaGetter.transform((instant: DateTime.Utc) => Math.floor(DateTime.toEpochMillis(instant) / 1000)),
    }),
})

/** An instant as STS writes it: `2026-07-13T10:00:00Z`, with milliseconds only where there are any. */
export const timestamp = Schema.String.pipe(
  Schema.decodeTo(utc, {
    decode: SchemaGetter.dateTimeUtcFromInput<string>(),
    encode: SchemaGetter.transform((instant) => DateTime.formatIso(instant).replace(".000Z", "Z")),
  }),
)
