import { assert, describe, it } from "@effect/vitest"
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { existsSync, readFileSync } from "node:fs"
import type { Limits } from "../src/internal/constraints.ts"
import { describeIssue } from "../src/internal/describeIssue.ts"

const operations: ReadonlyArray<Operation.Any> = Operations.all

// ---- the constraints of a schema, found in the schema itself

/** The way from a value to a part of it: names of members, and `[]` for the items of a list. */
type Path = ReadonlyArray<string>

interface Constraint {
  readonly path: Path
  readonly limits: Limits
  readonly ast: SchemaAST.AST
}

const limitsOf = (check: SchemaAST.Check<never>): ReadonlyArray<Limits> => {
  const limits = check.annotations?.["@effect-sts/core/constraint"]
  return [
    ...(limits === undefined ? [] : [limits]),
    ...(check._tag === "FilterGroup" ? check.checks.flatMap(limitsOf) : []),
  ]
}

const limitsOn = (ast: SchemaAST.AST) => ast.checks?.flatMap(limitsOf) ?? []

/** The parts of a value. A declaration that is not a class says what it is made of by what it encodes to. */
const partsOf = (ast: SchemaAST.AST): ReadonlyArray<readonly [Path, SchemaAST.AST]> => {
  switch (ast._tag) {
    case "Objects":
      return ast.propertySignatures.map(({ name, type }) => [[String(name)], type])
    case "Arrays":
      return ast.rest.map((item) => [["[]"], item])
    case "Declaration":
      return [...ast.typeParameters, ...(ast.encoding ?? []).map(({ to }) => to)].slice(0, 1).map((part) => [[], part])
    default:
      return []
  }
}

const nodesOf = (ast: SchemaAST.AST, path: Path = []): ReadonlyArray<readonly [Path, SchemaAST.AST]> => [
  [path, ast],
  ...partsOf(ast).flatMap(([step, part]) => nodesOf(part, [...path, ...step])),
]

const constraintsOf = ({ ast }: Schema.Constraint): ReadonlyArray<Constraint> =>
  nodesOf(ast).flatMap(([path, node]) => limitsOn(node).map((limits) => ({ path, limits, ast: node })))

const schemaOf = (ast: SchemaAST.AST) => Schema.make<Schema.ConstraintDecoder<unknown>>(ast)

// ---- values at a limit and one beyond it

interface Sample {
  readonly what: string
  readonly value: unknown
  /** What the schema says about it; undefined where it is valid. */
  readonly fault: string | undefined
  readonly secret: string | undefined
}

const between = (min: number, max: number | undefined) =>
  max === undefined ? `at least ${min}` : min === max ? `${min}` : `${min} to ${max}`

/** At the lowest, at the highest, one below and one above. */
const around = ({ max, min = 0 }: Limits) =>
  [min - 1, min, ...(max === undefined ? [] : [max, max + 1])].map((size) => ({
    size,
    isValid: size >= min && (max === undefined || size <= max),
  }))

const isRedacted = (ast: SchemaAST.AST) =>
  ast._tag === "Declaration" && ast.annotations?.["expected"] === "a Redacted string"

/** Characters of a class, first the one that JavaScript counts twice. */
const charactersIn = (pattern: string | undefined) => {
  const one = new RegExp(`^[${pattern ?? "^"}]$`, "u")
  return ["😀", "7", "k", "ſ", "!", "\u0000"].filter((character) => one.test(character))
}

const ordinaryText = (pattern: string | undefined) => (length: number) => {
  const characters = charactersIn(pattern)
  return Array.from({ length }, (_, index) => characters[index % characters.length]).join("")
}

const anArn = (length: number) => `arn:${"😀".repeat(length - 4)}`

/** Where AWS documents more than length and characters: how a text of a length looks. */
const documentedTexts: Record<string, (length: number) => string> = {
  targetPrincipal: (length) => (length <= 12 ? "1".repeat(length) : anArn(length)),
}

const textSamples = ({ ast, limits, path }: Constraint): ReadonlyArray<Sample> => {
  const { max, min = 0 } = limits
  const all = limitsOn(ast)
  const pattern = all.find(({ kind }) => kind === "pattern")?.pattern
  const textOf = documentedTexts[path.join(".")] ?? ordinaryText(pattern)
  const sample = (what: string, plain: string, fault?: string): Sample =>
    isRedacted(ast)
      ? { what, value: Redacted.make(plain), fault, secret: plain }
      : { what, value: plain, fault, secret: undefined }
  if (limits.kind === "length") {
    return around(limits)
      .filter(({ size }) => size >= 0)
      .map(({ isValid, size }) => {
        const characters = (max ?? min) === 1 ? "character" : "characters"
        const fault = isValid ? undefined : `must have ${between(min, max)} ${characters}, but has ${size}`
        return sample(`${size} characters`, textOf(size), fault)
      })
  }
  const length = Math.max(all.find(({ kind }) => kind === "length")?.min ?? 0, 2)
  const fault = `may have only the characters [${pattern}], but its character ${length} is another`
  const inside = charactersIn(pattern)
  return ["!", "ſ", "\u0000"]
    .filter((character) => !inside.includes(character))
    .map((character) => sample(JSON.stringify(character), textOf(length - 1) + character, fault))
}

const samplesOf = (constraint: Constraint): ReadonlyArray<Sample> => {
  const { ast, limits } = constraint
  const { kind, max, min = 0 } = limits
  const rule = between(min, max)
  switch (kind) {
    case "length":
    case "pattern":
      return textSamples(constraint)
    case "items":
      return around(limits)
        .filter(({ size }) => size >= 0)
        .map(({ isValid, size }) => ({
          what: `${size} items`,
          value: size,
          fault: isValid ? undefined : `must have ${rule} items, but has ${size}`,
          secret: undefined,
        }))
    case "range":
      return around(limits).map(({ isValid, size }) => {
        const duration = Duration.seconds(size)
        const [value, must] =
          ast._tag === "Declaration"
            ? [duration, `must be ${rule} whole seconds, but is ${Duration.format(duration)}`]
            : [size, `must be ${rule}, but is ${size}`]
        return { what: String(size), value, fault: isValid ? undefined : must, secret: undefined }
      })
  }
}

// ---- a request with a sample in it

const tagsOf = (tags: object) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value) }))

const toTags = (list: unknown) =>
  Object.fromEntries((list as ReturnType<typeof tagsOf>).map(({ Key, Value }) => [Key, Value]))

/** The value with the sample at the path; a list on the way keeps just the item that the path goes through. */
const plant = (value: unknown, [step, ...rest]: Path, sample: unknown): unknown => {
  if (step === undefined) {
    return Array.isArray(value) ? Array.from({ length: Number(sample) }, () => value[0]) : sample
  }
  if (step === "[]") return [plant((value as ReadonlyArray<unknown>)[0], rest, sample)]
  return { ...(value as object), [step]: plant((value as Record<string, unknown>)[step], rest, sample) }
}

/** Tags are an object here and a list to AWS, so each of several needs a key of its own. */
const plantTags = (tags: object, path: Path, sample: unknown) =>
  path.length === 0
    ? Object.fromEntries(Array.from({ length: Number(sample) }, (_, index) => [`key${index}`, ""]))
    : toTags(plant(tagsOf(tags), path, sample))

const withSample = (request: object, part: object | undefined, [member = "", ...rest]: Path, sample: Sample) => {
  const { tags: _, transitiveTagKeys: __, ...others } = request as Record<string, unknown>
  if (member === "tags") return { ...others, tags: plantTags({ team: "", ...part }, rest, sample.value) }
  const planted = plant(part, rest, sample.value)
  // Valid transitive tag keys are among the tags.
  return member === "transitiveTagKeys" && sample.fault === undefined
    ? {
        ...others,
        [member]: planted,
        tags: toTags((planted as ReadonlyArray<string>).map((Key) => ({ Key, Value: "" }))),
      }
    : { ...others, [member]: planted }
}

const fieldOf = (path: Path) => path.join(".").replaceAll(".[]", "[0]")

/** Any valid value of a member, with an item in it where it is a list. */
const membersValue = (ast: SchemaAST.AST): Arbitrary.Arbitrary<unknown> => {
  const arbitrary = (ast: SchemaAST.AST) => Arbitrary.schema(schemaOf(ast))
  return SchemaAST.isArrays(ast)
    ? Arbitrary.map(Arbitrary.all(ast.rest.map(arbitrary)), (items) => [...items])
    : arbitrary(ast)
}

const validate = (operation: Operation.Any, value: unknown) =>
  Schema.encodeUnknownEffect(operation.request, { errors: "all", onExcessProperty: "error" })(value)

describe("a request that breaks one constraint by one", () => {
  for (const operation of operations) {
    const type = Schema.toType(operation.request)
    const members = new Map(partsOf(type.ast).map(([[name = ""], ast]) => [name, ast]))
    const constraints = constraintsOf(operation.request)

    for (const constraint of constraints) {
      const { limits, path } = constraint
      const [member = ""] = path
      const memberAst = members.get(member)
      assert(memberAst !== undefined)
      const part = membersValue(memberAst)

      it.effect.prop(
        `${operation.name}: ${fieldOf(path)} (${limits.kind}) is refused by name and rule`,
        { request: type, part },
        Effect.fnUntraced(function* ({ part, request }) {
          for (const sample of samplesOf(constraint)) {
            const { fault, secret, what } = sample
            const planted = withSample(request as object, part as object, path, sample)
            if (fault === undefined) {
              if (member !== "taskPolicyArn") yield* validate(operation, planted)
              continue
            }
            const error = yield* Effect.flip(validate(operation, planted))
            const faults = describeIssue(error.issue, "request")
            const fields = new Set(faults.map(({ field }) => field))
            assert.deepStrictEqual(Array.from(fields), [fieldOf(path)], what)
            assert.include(
              faults.map(({ message }) => message),
              fault,
            )
            if (secret !== undefined && secret.length > 3) assert.notInclude(JSON.stringify(faults), secret)
          }
        }),
        { arbitrary: { runs: 10 } },
      )
    }
  }
})

describe("a part of a response", () => {
  for (const { name, response } of operations) {
    it(`of ${name} is valid within its limits and no further`, () => {
      for (const constraint of constraintsOf(response)) {
        const isValid = Schema.is(Schema.toType(schemaOf(constraint.ast)))
        for (const { fault, value, what } of samplesOf(constraint)) {
          assert.strictEqual(isValid(value), fault === undefined, `${fieldOf(constraint.path)}: ${what}`)
        }
      }
    })
  }
})

// ---- the constraints as facts about AWS's members

/** What is known of a request or response: `"Tags.[].Key length"` is `"1..128"`. Paths are in AWS's names. */
type Facts = ReadonlyMap<string, string>

const fact = (path: Path, name: string, value = "yes") => [`${path.join(".")} ${name}`, value] as const

const interval = (name: string, path: Path, min = 0, max?: number) =>
  name !== "range" && min === 0 && max === undefined ? [] : [fact(path, name, `${min}..${max ?? ""}`)]

const awsNames: Record<string, string> = { duration: "DurationSeconds", samlAssertion: "SAMLAssertion" }

const awsPath = (path: Path): Path => {
  const names = path
    .filter((step) => step !== "mfa")
    .map((step) => awsNames[step] ?? step.charAt(0).toUpperCase() + step.slice(1))
  return ["PolicyArns.[]", "TaskPolicyArn"].includes(names.join(".")) ? [...names, "arn"] : names
}

const factsOfSchema = (schema: Schema.Constraint): Facts =>
  new Map([
    ...constraintsOf(schema).flatMap(({ limits: { kind, max, min, pattern }, path }) =>
      kind === "pattern" ? [fact(awsPath(path), kind, pattern)] : interval(kind, awsPath(path), min, max),
    ),
    ...nodesOf(schema.ast).flatMap(([path, node]) => (isRedacted(node) ? [fact(awsPath(path), "secret")] : [])),
    ...nodesOf(Schema.toEncoded(schema).ast).flatMap(([path, node]) =>
      SchemaAST.isObjects(node)
        ? node.propertySignatures
            .filter(({ type }) => !SchemaAST.isOptional(type))
            .map(({ name }) => fact([...path, String(name)], "required"))
        : [],
    ),
  ])

/** The classes of characters, by a name for the table below. */
const classes = new Map([
  [String.raw`\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}`, "arn"],
  [String.raw`\u0009\u000A\u000D\u0020-\u00FF`, "policy"],
  [String.raw`\p{L}\p{Z}\p{N}_.:/=+\-@`, "tag"],
  [String.raw`\w+=,.@\-`, "name"],
  [String.raw`\w+=,.@:\-`, "id"],
  [String.raw`\w+=,.@:\/\-`, "externalId"],
  [String.raw`\w+=/:,.@\-`, "serial"],
  [String.raw`\w`, "word"],
  [String.raw`\d`, "digit"],
])

/** Each member with its facts in one line: `"request RoleArn 20..2048 arn required"`. */
const linesOf = (part: string, schema: Schema.Constraint) => {
  const lines = new Map<string, Array<string>>()
  for (const [key, value] of factsOfSchema(schema)) {
    const [path = "", kind = ""] = key.split(" ")
    const line = lines.get(path) ?? []
    lines.set(path, line)
    line.push(kind === "pattern" ? (classes.get(value) ?? value) : value === "yes" ? kind : value)
  }
  return Array.from(lines, ([path, facts]) => [part, path, ...facts].join(" "))
}

/** What our schemas check, and for which operations: no limit changes unless somebody means it. */
const checked: Record<string, string> = {
  "request RoleArn 20..2048 arn required": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
  "request RoleSessionName 2..64 name required": "AssumeRole AssumeRoleWithWebIdentity",
  "request PolicyArns 0..10": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetFederationToken",
  "request PolicyArns.[].arn 20..2048 arn required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetFederationToken",
  "request Policy 1.. policy": "AssumeRole",
  "request DurationSeconds 900..43200": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
  "request Tags 0..50": "AssumeRole GetFederationToken GetWebIdentityToken",
  "request Tags.[].Key 1..128 tag required": "AssumeRole GetFederationToken GetWebIdentityToken",
  "request Tags.[].Value 0..256 tag required": "AssumeRole GetFederationToken GetWebIdentityToken",
  "request TransitiveTagKeys 0..50": "AssumeRole",
  "request TransitiveTagKeys.[] 1..128 tag": "AssumeRole",
  "request ExternalId 2..1224 externalId": "AssumeRole",
  "request SerialNumber 9..256 serial": "AssumeRole GetSessionToken",
  "request TokenCode 6..6 digit secret": "AssumeRole GetSessionToken",
  "request SourceIdentity 2..256 name": "AssumeRole",
  "request ProvidedContexts 1..5": "AssumeRole",
  "request ProvidedContexts.[].ProviderArn 20..2048 arn": "AssumeRole",
  "request ProvidedContexts.[].ContextAssertion 4..2048 secret": "AssumeRole",
  "request MinimumSessionTokenSize 0..4096":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken GetSessionToken",
  "response AssumedRoleUser.AssumedRoleId 2..193 id required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
  "response AssumedRoleUser.Arn 20..2048 arn required": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
  "response Credentials.AccessKeyId 16..128 word required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetSessionToken",
  "response Credentials.SecretAccessKey 1.. secret required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetSessionToken",
  "response Credentials.SessionToken 1.. secret required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetSessionToken",
  "response SourceIdentity 2..256 name": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot",
  "response PackedPolicySize 0..":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetDelegatedAccessToken GetFederationToken",
  "response SessionTokenUtilization 0..":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken GetSessionToken",
  "response SessionTokenSize 0..":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken GetSessionToken",
  "response AssumedRoleUser required": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
  "response Credentials required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetSessionToken",
  "response Credentials.Expiration required":
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetSessionToken",
  "request PrincipalArn 20..2048 arn required": "AssumeRoleWithSAML",
  "request SAMLAssertion 4..100000 secret required": "AssumeRoleWithSAML",
  "request Policy 1..2048 policy": "AssumeRoleWithSAML AssumeRoleWithWebIdentity GetFederationToken",
  "request WebIdentityToken 4..20000 secret required": "AssumeRoleWithWebIdentity",
  "request ProviderId 4..2048": "AssumeRoleWithWebIdentity",
  "request TargetPrincipal 12..2048 required": "AssumeRoot",
  "request TaskPolicyArn.arn 20..2048 arn required": "AssumeRoot",
  "request DurationSeconds 0..900": "AssumeRoot",
  "request TaskPolicyArn required": "AssumeRoot",
  "request EncodedMessage 1..10240 required": "DecodeAuthorizationMessage",
  "response DecodedMessage required": "DecodeAuthorizationMessage",
  "request AccessKeyId 16..128 word required": "GetAccessKeyInfo",
  "response Account required": "GetAccessKeyInfo GetCallerIdentity",
  "response Arn 20..2048 arn required": "GetCallerIdentity",
  "response UserId required": "GetCallerIdentity",
  "request TradeInToken 1.. secret required": "GetDelegatedAccessToken",
  "response AssumedPrincipal 20..2048 arn": "GetDelegatedAccessToken",
  "request Name 2..32 name required": "GetFederationToken",
  "request DurationSeconds 900..129600": "GetFederationToken GetSessionToken",
  "response FederatedUser.FederatedUserId 2..193 id required": "GetFederationToken",
  "response FederatedUser.Arn 20..2048 arn required": "GetFederationToken",
  "response FederatedUser required": "GetFederationToken",
  "request Audience 1..10 required": "GetWebIdentityToken",
  "request Audience.[] 1..1000": "GetWebIdentityToken",
  "request DurationSeconds 60..3600": "GetWebIdentityToken",
  "request SigningAlgorithm required": "GetWebIdentityToken",
  "response WebIdentityToken 1.. secret required": "GetWebIdentityToken",
  "response Expiration required": "GetWebIdentityToken",
}

describe("the schemas", () => {
  it("check what is written down here", () => {
    const found: Record<string, string> = {}
    for (const { name, request, response } of operations) {
      for (const line of [...linesOf("request", request), ...linesOf("response", response)]) {
        found[line] = found[line] === undefined ? name : `${found[line]} ${name}`
      }
    }
    assert.deepStrictEqual(found, checked)
  })
})

// ---- AWS's model, which lies beside the repository

const modelFile = new URL("../../../../shared/data/model/sts-service-2.json", import.meta.url)

interface Shape {
  readonly type: string
  readonly required?: ReadonlyArray<string>
  readonly members?: Record<string, { readonly shape: string }>
  readonly member?: { readonly shape: string }
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly sensitive?: boolean
  readonly error?: { readonly code: string }
}

interface Model {
  readonly shapes: Record<string, Shape>
  readonly operations: Record<
    string,
    {
      readonly input?: { readonly shape: string }
      readonly output: { readonly shape: string }
      readonly errors?: ReadonlyArray<{ readonly shape: string }>
    }
  >
}

const kinds: Record<string, Limits["kind"]> = { string: "length", list: "items", integer: "range" }

const factsOfModel = (shapes: Model["shapes"], root: string | undefined): Facts => {
  const walk = (name: string, path: Path): ReadonlyArray<readonly [string, string]> => {
    const shape = shapes[name]
    assert(shape !== undefined, name)
    const kind = kinds[shape.type]
    return [
      ...(kind === undefined ? [] : interval(kind, path, shape.min, shape.max)),
      ...(shape.pattern === undefined ? [] : [fact(path, "pattern", shape.pattern)]),
      ...(shape.sensitive === true ? [fact(path, "secret")] : []),
      ...(shape.required ?? []).map((member) => fact([...path, member], "required")),
      ...Object.entries(shape.members ?? {}).flatMap(([member, { shape }]) => walk(shape, [...path, member])),
      ...(shape.member === undefined ? [] : walk(shape.member.shape, [...path, "[]"])),
    ]
  }
  return new Map(root === undefined ? [] : walk(root, []))
}

/** Every code point of the BMP, and a sample of the others. */
const codePoints = [
  ...Array.from({ length: 0x10000 }, (_, codePoint) => codePoint),
  ...Array.from({ length: 0x100000 / 61 }, (_, index) => 0x10000 + index * 61),
  0x10ffff,
]

/** The model writes for Java: `\\u10000` is U+10000 there, and a needless backslash does no harm. */
const javaPattern = (pattern: string) =>
  new RegExp(`^${pattern.replaceAll(/\\u(10000|10FFFF)/g, String.raw`\u{$1}`).replaceAll(String.raw`\:`, ":")}$`, "u")

/** The code points that only one of the two accepts. */
const disagreements = ({ ast }: Constraint, pattern: string) => {
  const isValid = Schema.is(Schema.toType(schemaOf(ast)))
  const expected = javaPattern(pattern)
  const length = limitsOn(ast).find(({ kind }) => kind === "length")?.min ?? 1
  return codePoints.filter((codePoint) => {
    const value = String.fromCodePoint(codePoint).repeat(length)
    return isValid(isRedacted(ast) ? Redacted.make(value) : value) !== expected.test(value)
  })
}

/** Where we knowingly differ from the model, and why. */
const deviations: ReadonlyArray<
  readonly [fact: string, model: string | undefined, ours: string | undefined, why: string]
> = [
  ["request PolicyArns items", undefined, "0..10", "documented: up to 10"],
  ["request SourceIdentity length", "2..64", "2..256", "STS accepts 256"],
  ["response SourceIdentity length", "2..64", "2..256", "STS accepts 256"],
  ["response SubjectFromWebIdentityToken length", "6..255", undefined, "STS answers with any `sub`"],
  ["request TradeInToken length", undefined, "1..", "an empty one cannot be a token"],
  ["request SigningAlgorithm length", "5..5", undefined, "documented: RS256 or ES384, so the length is implied"],
  ["request TokenCode secret", undefined, "yes", "one step from a session"],
  ["request ProvidedContexts.[].ContextAssertion secret", undefined, "yes", "a signed token"],
  ["request PolicyArns.[].arn required", undefined, "yes", "an item without its only member says nothing"],
  ["request TaskPolicyArn.arn required", undefined, "yes", "a structure without its only member says nothing"],
  ["response Credentials.SecretAccessKey length", undefined, "1..", "an empty one is none"],
  ["response Credentials.SessionToken length", undefined, "1..", "an empty one is none"],
  ["response Credentials.SessionToken secret", undefined, "yes", "as good as a key"],
  ["response WebIdentityToken length", undefined, "1..", "an empty one is none"],
  // The model requires no member of any response. These are what the operations are for.
  ...[
    "Account",
    "Arn",
    "AssumedRoleUser",
    "Credentials",
    "DecodedMessage",
    "Expiration",
    "FederatedUser",
    "UserId",
    "WebIdentityToken",
  ].map((member) => [`response ${member} required`, undefined, "yes", "always there"] as const),
]

describe.skipIf(!existsSync(modelFile))("AWS's model (skipped where ../shared/data/model is missing)", () => {
  const { operations: described, shapes }: Model = existsSync(modelFile)
    ? JSON.parse(readFileSync(modelFile, "utf8"))
    : { operations: {}, shapes: {} }

  const pairs = operations.flatMap(({ name, request, response }) => [
    { part: "request", schema: request, theirs: factsOfModel(shapes, described[name]?.input?.shape) },
    { part: "response", schema: response, theirs: factsOfModel(shapes, described[name]?.output.shape) },
  ])

  it("has our operations", () => {
    assert.deepStrictEqual(
      operations.map(({ name }) => name),
      Object.keys(described),
    )
  })

  it("has the limits, required members and secrets of our schemas, but for the listed deviations", () => {
    const differences = pairs.flatMap(({ part, schema, theirs }) => {
      const ours = factsOfSchema(schema)
      return Array.from(new Set([...ours.keys(), ...theirs.keys()]))
        .filter((fact) =>
          fact.endsWith("pattern") ? ours.has(fact) !== theirs.has(fact) : ours.get(fact) !== theirs.get(fact),
        )
        .map((fact) => [`${part} ${fact}`, theirs.get(fact), ours.get(fact)])
    })
    const asLines = (rows: ReadonlyArray<ReadonlyArray<string | undefined>>) =>
      Array.from(new Set(rows.map(([fact, model, ours]) => `${fact}: model ${model}, ours ${ours}`))).toSorted()
    assert.deepStrictEqual(asLines(differences), asLines(deviations))
  })

  it("accepts the characters that our schemas accept", () => {
    const compared = new Set<string | undefined>()
    for (const { schema, theirs } of pairs) {
      for (const constraint of constraintsOf(schema).filter(({ limits }) => limits.kind === "pattern")) {
        const path = awsPath(constraint.path).join(".")
        const pattern = theirs.get(`${path} pattern`) ?? ""
        const pair = `${constraint.limits.pattern} ${pattern}`
        if (compared.has(pair)) continue
        compared.add(pair)
        assert.deepStrictEqual(disagreements(constraint, pattern), [], path)
      }
    }
    assert.isAtLeast(compared.size, 8)
  })

  it("lists our codes, and we no other of its codes", () => {
    const codeOf = (shape: string) => shapes[shape]?.error?.code ?? shape
    const modelled = new Set(
      Object.values(described).flatMap(({ errors = [] }) => errors.map(({ shape }) => codeOf(shape))),
    )
    for (const { codes, name } of operations) {
      assert.deepStrictEqual(
        codes.filter((code) => modelled.has(code)).toSorted(),
        (described[name]?.errors ?? []).map(({ shape }) => codeOf(shape)).toSorted(),
      )
    }
  })
})
