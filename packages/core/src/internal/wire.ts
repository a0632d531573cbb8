/**
 * The Encoded side of an operation's schemas: AWS's own member names and shapes.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"

type AwsKeys<Fields, Exceptions> = {
  readonly [K in keyof Fields]: K extends keyof Exceptions ? Exceptions[K] : K extends string ? Capitalize<K> : K
}

const capitalize = (key: string) => key.charAt(0).toUpperCase() + key.slice(1)

/**
 * Gives every field AWS's name on the Encoded side: our name with a capital (`roleArn`, `RoleArn`), or the one listed
 * in `exceptions` (`{ duration: "DurationSeconds" }`).
 */
export const awsKeys =
  <const Exceptions extends Record<string, string> = {}>(exceptions?: Exceptions) =>
  <S extends Schema.Constraint & { readonly fields: Schema.Struct.Fields }>(
    schema: S,
  ): Schema.encodeKeys<S, AwsKeys<S["fields"], Exceptions>> => {
    // oxlint-disable-next-line no-unsafe-type-assertion -- Object.fromEntries forgets the keys
    const names = Object.fromEntries(
      Object.keys(schema.fields).map((key) => [key, exceptions?.[key] ?? capitalize(key)]),
    ) as AwsKeys<S["fields"], Exceptions>
    return Schema.encodeKeys<S, AwsKeys<S["fields"], Exceptions>>(names)(schema)
  }

const MfaMembers = { SerialNumber: Schema.optionalKey(Schema.String), TokenCode: Schema.optionalKey(Schema.String) }

type Mfa = { readonly SerialNumber: string; readonly TokenCode: string }

/**
 * Puts the `mfa` of a request, one thing with two parts on the Type side, flat into the request as AWS has it:
 * `SerialNumber` and `TokenCode`. One without the other does not decode.
 */
export const flatMfa = <
  S extends Schema.ConstraintCodec<unknown, { readonly Mfa?: Mfa }> & {
    readonly from: { readonly fields: Schema.Struct.Fields & { readonly Mfa: Schema.Constraint } }
  },
>(
  schema: S,
): Schema.decodeTo<S, Schema.Struct<Omit<S["from"]["fields"], "Mfa"> & typeof MfaMembers>> => {
  const { Mfa: _, ...others } = schema.from.fields
  const flat = Schema.Struct({ ...others, ...MfaMembers })
  // oxlint-disable-next-line no-unsafe-type-assertion -- what the members come to is beyond inference through a generic
  return flat.pipe(
    Schema.decodeTo(schema, {
      decode: SchemaGetter.transformEffect(({ SerialNumber, TokenCode, ...rest }: Partial<Mfa>) =>
        SerialNumber === undefined && TokenCode === undefined
          ? Effect.succeed(rest)
          : SerialNumber !== undefined && TokenCode !== undefined
            ? Effect.succeed({ ...rest, Mfa: { SerialNumber, TokenCode } })
            : Effect.fail(
                new SchemaIssue.InvalidValue({
                  message:
                    SerialNumber === undefined
                      ? "tokenCode must come with the serialNumber of its MFA device"
                      : "serialNumber must come with a tokenCode of its MFA device",
                }),
              ),
      ),
      encode: SchemaGetter.transform(({ Mfa, ...rest }: S["Encoded"]) => ({ ...rest, ...Mfa })),
    }),
  ) as never
}
