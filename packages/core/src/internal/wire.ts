/**
 * The Encoded side of an operation's schemas: AWS's own member names and shapes.
 *
 * One step leads from one side to the other, since each costs every call a walk through all members.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"

type AwsKeys<Fields, Exceptions> = {
  readonly [K in keyof Fields]: K extends keyof Exceptions ? Exceptions[K] : K extends string ? Capitalize<K> : K
}

type Structural = Schema.Constraint & { readonly fields: Schema.Struct.Fields }

type Members = { readonly [name: string]: unknown }

type WireFields<S extends Structural, Exceptions extends Record<string, string>> = {
  readonly [
    K in keyof S["fields"] as AwsKeys<S["fields"], Exceptions>[K] extends infer Name extends PropertyKey ? Name : never
  ]: Schema.toEncoded<S["fields"][K]>
}

const capitalize = (key: string) => key.charAt(0).toUpperCase() + key.slice(1)

/** What `Struct.renameKeys` does, in a quarter of its time: it makes a tuple of each member. */
const rename = (names: Iterable<readonly [from: string, to: string]>) => {
  const known = new Map(names)
  return (members: Members): Members => {
    const renamed: Record<string, unknown> = {}
    for (const name of Object.keys(members)) renamed[known.get(name) ?? name] = members[name]
    return renamed
  }
}

/** A structure's fields as AWS names them, and the ways from one side to the other. */
const naming = ({ fields }: Structural, exceptions: { readonly [key: string]: string } = {}) => {
  const named = Object.entries(fields).map(([key, field]) => ({ key, name: exceptions[key] ?? capitalize(key), field }))
  return {
    fields: named.map(({ field, name }) => [name, Schema.toEncoded(field)] as const),
    toAws: rename(named.map(({ key, name }) => [key, name])),
    toOurs: rename(named.map(({ key, name }) => [name, key])),
  }
}

/** Puts a structure of the wire before a schema. What its members come to is beyond inference: the callers say it. */
const over = (
  schema: Schema.Constraint,
  wire: Iterable<readonly [name: string, field: Schema.Constraint]>,
  ways: {
    readonly decode: SchemaGetter.Getter<Members, Members>
    readonly encode: SchemaGetter.Getter<Members, Members>
  },
): Schema.Constraint =>
  Schema.Struct(Object.fromEntries(wire)).pipe(
    // oxlint-disable-next-line no-unsafe-type-assertion -- a structure has members on both sides
    Schema.decodeTo(schema as Schema.Codec<Members, Members>, ways),
  )

/**
 * Gives every field AWS's name on the Encoded side: our name with a capital (`roleArn`, `RoleArn`), or the one listed
 * in `exceptions` (`{ duration: "DurationSeconds" }`).
 */
export const awsKeys =
  <const Exceptions extends Record<string, string> = {}>(exceptions?: Exceptions) =>
  <S extends Structural>(schema: S): Schema.encodeKeys<S, AwsKeys<S["fields"], Exceptions>> => {
    const { fields, toAws, toOurs } = naming(schema, exceptions)
    const ways = { decode: SchemaGetter.transform(toOurs), encode: SchemaGetter.transform(toAws) }
    // oxlint-disable-next-line no-unsafe-type-assertion -- see over
    return over(schema, fields, ways) as never
  }

const MfaMembers = { SerialNumber: Schema.optionalKey(Schema.String), TokenCode: Schema.optionalKey(Schema.String) }

const mfaFields = Object.entries(MfaMembers)

const readMfa = ({ SerialNumber, TokenCode }: Members): Effect.Effect<Members, SchemaIssue.Issue> => {
  if (SerialNumber === undefined && TokenCode === undefined) return Effect.succeed({})
  if (SerialNumber !== undefined && TokenCode !== undefined) return Effect.succeed({ mfa: { SerialNumber, TokenCode } })
  const message =
    SerialNumber === undefined
      ? "tokenCode must come with the serialNumber of its MFA device"
      : "serialNumber must come with a tokenCode of its MFA device"
  return Effect.fail(new SchemaIssue.InvalidValue({ message }))
}

/**
 * As `awsKeys`, and puts the `mfa` of a request, one thing with two parts on the Type side, flat into the request as AWS
 * has it: `SerialNumber` and `TokenCode`, in its place. One without the other does not decode.
 */
export const awsKeysFlatMfa =
  <const Exceptions extends Record<string, string> = {}>(exceptions?: Exceptions) =>
  <S extends Schema.Constraint & { readonly fields: Schema.Struct.Fields & { readonly mfa: Schema.Constraint } }>(
    schema: S,
  ): Schema.decodeTo<S, Schema.Struct<Omit<WireFields<S, Exceptions>, "Mfa"> & typeof MfaMembers>> => {
    const { fields, toAws, toOurs } = naming(schema, exceptions)
    const wire = fields.flatMap(([name, field]): typeof fields => (name === "Mfa" ? mfaFields : [[name, field]]))
    // oxlint-disable-next-line no-unsafe-type-assertion -- see over
    return over(schema, wire, {
      decode: SchemaGetter.transformEffect(({ SerialNumber, TokenCode, ...rest }: Members) =>
        Effect.mapEager(readMfa({ SerialNumber, TokenCode }), (mfa) => ({ ...toOurs(rest), ...mfa })),
      ),
      encode: SchemaGetter.transform(({ mfa, ...rest }: Members) =>
        Predicate.isObject(mfa) ? { ...toAws(rest), ...mfa } : toAws(rest),
      ),
    }) as never
  }
