/**
 * Random programs of calls, for a differential test: whatever a program does, all backends over equal worlds do alike.
 *
 * ```ts
 * import * as Program from "@effect-sts/conformance/Program"
 * import * as StsMemory from "@effect-sts/memory/StsMemory"
 * import * as Effect from "effect/Effect"
 *
 * // In the place of one of them goes the layer of your backend.
 * const [reference, layer] = [StsMemory.layer, StsMemory.layer]
 *
 * const agree = Effect.fnUntraced(function* (program: Program.Program) {
 *   const expected = yield* Program.run(program, { layer: reference })
 *   return Program.difference(yield* Program.run(program, { layer }), expected) === undefined
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import type * as Operation from "@effect-sts/core/Operation"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import { AssumeRoleWithWebIdentity } from "@effect-sts/core/operations/AssumeRoleWithWebIdentity"
import { GetAccessKeyInfo } from "@effect-sts/core/operations/GetAccessKeyInfo"
import { GetCallerIdentity } from "@effect-sts/core/operations/GetCallerIdentity"
import { GetFederationToken } from "@effect-sts/core/operations/GetFederationToken"
import { GetSessionToken } from "@effect-sts/core/operations/GetSessionToken"
import { GetWebIdentityToken } from "@effect-sts/core/operations/GetWebIdentityToken"
import * as RetryPolicy from "@effect-sts/core/RetryPolicy"
import * as Sts from "@effect-sts/core/Sts"
import * as StsError from "@effect-sts/core/StsError"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import {
  everyExternalIdCharacter,
  everyNameCharacter,
  everyTagCharacter,
  lookUpArn,
  mfaArn,
  roleArn,
  start,
  tagValue,
  there,
  userArn,
  rootArn,
  world,
} from "./internal/world.ts"
import type { Backend } from "./Law.ts"

const roleArns = [
  ...[
    "account",
    "chained",
    "narrow",
    "external",
    "mfa",
    "sourced",
    "afterSource",
    "tagged",
    "untagged",
    "afterTag",
    "nobody",
  ].map((name) => roleArn(name)),
  roleArn("cross", there),
  roleArn("no/such/+~%20"),
]

/** `alice` may do the most, so she is there more often. */
const userArns = ["alice", "bob", "alice", "carol", "alice"].map(userArn).concat(rootArn)

/** Roles that somebody may assume with nothing but a name. */
const openArns = ["account", "chained", "narrow", "tagged"].map((name) => roleArn(name)).concat(roleArn("cross", there))

const document = (effect: string, value: string) => ({
  Version: "2012-10-17",
  Statement: {
    Effect: effect,
    Action: "sts:*",
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalTag/team": value } },
  },
})

const policies = [
  JSON.stringify(document("Allow", tagValue)),
  JSON.stringify(document("Allow", `${tagValue}+%20~`)),
  `\r\n\t${JSON.stringify(document("Deny", tagValue), undefined, "\t")}\n `,
  JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } }),
  "{ é & <no> 'policy' + 100% ~",
  JSON.stringify({ Version: "2012-10-17", Id: "x".repeat(4000), Statement: [] }),
]

const manyTags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key ${index}`, `${index} = é+`]))

/** Odd ones, those that a policy asks for, one twice to STS, many, too many, too large ones. */
const tagSets = {
  odd: { [everyTagCharacter]: everyTagCharacter },
  right: { team: tagValue },
  wrong: { Team: `${tagValue} `, cost: "" },
  reserved: { "aws:team": tagValue },
  many: manyTags,
  tooMany: { ...manyTags, team: tagValue },
  tooLarge: Object.fromEntries(Object.keys(manyTags).map((key) => [key, "é".repeat(250)])),
} as const

const Tags = Schema.Literals(["odd", "right", "wrong", "right", "reserved", "many", "tooMany", "tooLarge"])

/** None, all, or one that need not be there. */
const Transitive = Schema.Literals(["none", "all", "team"])

const tagsOf = (tags: typeof Tags.Type | undefined, transitive: typeof Transitive.Type) => ({
  tags: tags && tagSets[tags],
  transitiveTagKeys:
    transitive === "none" ? undefined : transitive === "team" ? ["TEAM"] : Object.keys(tags ? tagSets[tags] : {}),
})

const policyArnSets = {
  look: [lookUpArn],
  aws: ["arn:aws:iam::aws:policy/PowerUserAccess"],
  both: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", lookUpArn],
  missing: ["arn:aws:iam::aws:policy/No+Such=Access"],
} as const

const PolicyArns = Schema.Literals(["look", "aws", "both", "missing"])

const names = ["laws", everyNameCharacter, "n".repeat(64), "a b"]

/** Who calls: one of the users, or one of the sessions that were opened so far. */
const Caller = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 }))

/** No code, the one that the device shows, one that is wrong. */
const Mfa = Schema.Literals(["none", "right", "wrong"])

const optional = <S extends Schema.Top>(schema: S) => Schema.UndefinedOr(schema)

const Step = Schema.TaggedUnion({
  AssumeRole: {
    caller: Caller,
    roleArn: Schema.Literals(roleArns),
    roleSessionName: Schema.Literals(names),
    seconds: optional(Schema.Literals([900, 3600, 3601, 43_200, 43_201])),
    policy: optional(Schema.Literals(policies)),
    externalId: optional(Schema.Literals([everyExternalIdCharacter, "wrong"])),
    sourceIdentity: optional(Schema.Literals([everyNameCharacter, "ada"])),
    mfa: Mfa,
    minimumSessionTokenSize: optional(Schema.Literals([0, 1000, 4096])),
    tags: optional(Tags),
    transitive: Transitive,
    policyArns: optional(PolicyArns),
  },
  /** AssumeRole with what it takes at least. */
  Enter: { caller: Caller, roleArn: Schema.Literals(openArns) },
  /** The same, with tags. */
  Tag: {
    caller: Caller,
    roleArn: Schema.Literals([...openArns, roleArn("untagged"), roleArn("afterTag")]),
    tags: Schema.Literals(["odd", "right", "wrong", "reserved", "tooLarge"]),
    transitive: Schema.Literals(["none", "all", "all"]),
  },
  /** The same, narrowed by a policy. */
  Narrow: { caller: Caller, roleArn: Schema.Literals(openArns), policy: Schema.Literals(policies.slice(0, 4)) },
  GetCallerIdentity: { caller: Caller },
  GetSessionToken: { caller: Caller, seconds: optional(Schema.Literals([900, 129_600])), mfa: Mfa },
  GetFederationToken: {
    caller: Caller,
    name: Schema.Literals(["guest", everyNameCharacter]),
    policy: optional(Schema.Literals(policies)),
    tags: optional(Tags),
    policyArns: optional(PolicyArns),
  },
  GetAccessKeyInfo: {
    caller: Caller,
    accessKeyId: Schema.Literals(["AKIAALICE00000000000", "ASIAY34FZKBOKMUTVV7A", "AKIDEXAMPLE00000"]),
  },
  AssumeRoleWithWebIdentity: {
    roleArn: Schema.Literals(roleArns),
    webIdentityToken: Schema.Literals(["a.b.c", "+/%="]),
  },
  GetWebIdentityToken: { caller: Caller, audience: Schema.Literals(["https://example.com/?a=b&c", "a+b ~%20"]) },
  /** Credentials that have something wrong. */
  Tamper: { caller: Caller, what: Schema.Literals(["secret", "token", "noToken", "keyId"]) },
  FailNext: {
    code: Schema.Literals([
      "Throttling",
      "InternalFailure",
      "ServiceUnavailable",
      "AccessDenied",
      "ExpiredToken",
      "IDPCommunicationError",
      "MalformedPolicyDocument",
      "RequestLimitExceeded",
      "Brewing",
      "TransportError",
    ]),
    message: Schema.Literals([
      "Rate exceeded",
      "",
      "a < b & c > \"d\" 'e' é 日本 🦀",
      "two\nlines ",
      " led by a space",
    ]),
    times: Schema.Literals([1, 2, 3]),
  },
  SetOutage: { isOut: Schema.Boolean },
  RecreateRole: { roleArn: Schema.Literals(roleArns.slice(0, 3)) },
  DeactivateKey: { accessKeyId: Schema.Literals(["AKIABOB0000000000000", "AKIACAROL00000000000"]) },
  Wait: { seconds: Schema.Literals([1, 30, 899, 3600, 43_200]) },
})

/**
 * A program: steps of calls, faults, hands laid on the world, and time that passes.
 *
 * @category models
 * @since 0.1.0
 */
export const Program = Schema.Array(Step).check(Schema.isMinLength(4), Schema.isMaxLength(24))

/**
 * Calls in their order.
 *
 * @category models
 * @since 0.1.0
 */
export type Program = typeof Program.Type

type Step = typeof Step.Type

/**
 * Random programs.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const arbitrary: Arbitrary.Arbitrary<Program> = /*#__PURE__*/ Arbitrary.schema(Program)

/**
 * All that a program can see: what each call answered or failed with, and the log of the calls at the end. Not in it
 * are request ids, and what backends say of a connection that broke.
 *
 * @category models
 * @since 0.1.0
 */
export interface Trace {
  readonly steps: ReadonlyArray<unknown>
  readonly calls: ReadonlyArray<Pick<StsMemory.Call, "caller" | "operation" | "outcome"> & { readonly time: string }>
}

/**
 * The first thing in which two traces differ, in words; undefined where they are the same to the letter.
 *
 * @category accessors
 * @since 0.1.0
 */
export const difference = (actual: Trace, expected: Trace): string | undefined => {
  for (const part of ["steps", "calls"] as const) {
    const [is, should] = [actual[part], expected[part]].map((entries) => entries.map((entry) => JSON.stringify(entry)))
    if (is === undefined || should === undefined) continue
    const at = Array.from({ length: Math.max(is.length, should.length) }, (_, at) => at).find(
      (at) => is[at] !== should[at],
    )
    if (at !== undefined) return `${part}[${at}] should be ${should[at] ?? "missing"}, and is ${is[at] ?? "missing"}`
  }
  return undefined
}

const failureOf = ({ attempts, hint, httpStatus, isRetryable, operation, reason }: StsError.StsError) => {
  const { _tag } = reason
  const said = _tag === "TransportError" ? {} : { message: reason.message, httpStatus }
  const code = _tag === "UnknownServiceError" ? { code: reason.code } : {}
  return { operation, _tag, ...code, ...said, attempts, isRetryable, hint }
}

const wrongToken = Redacted.make("wrong")

const tamperWith = (
  { sessionToken, ...known }: AwsCredentials.AwsCredentials,
  what: (Step & { readonly _tag: "Tamper" })["what"],
) => {
  switch (what) {
    case "secret":
      return new AwsCredentials.AwsCredentials({
        ...known,
        ...(sessionToken && { sessionToken }),
        secretAccessKey: wrongToken,
      })
    case "token":
      return new AwsCredentials.AwsCredentials({ ...known, sessionToken: wrongToken })
    case "noToken":
      return new AwsCredentials.AwsCredentials(known)
    case "keyId":
      return new AwsCredentials.AwsCredentials({
        ...known,
        ...(sessionToken && { sessionToken }),
        accessKeyId: "AKIANOBODY0000000000",
      })
  }
}

const reasonOf = ({ code, message }: { readonly code: string; readonly message: string }) => {
  if (code === "TransportError") return new StsError.TransportError({ message })
  const reason = StsError.reasonFromCode(code, message)
  // It is made of a wire code, and this one is none.
  return reason._tag === "InvalidRequest" ? new StsError.InternalFailure({ message }) : reason
}

const execute = Effect.fnUntraced(function* (program: Program) {
  const sts = yield* Sts.Sts
  const steps: Array<unknown> = []
  const known = yield* Effect.forEach(userArns, StsMemory.credentials)
  const credentialsOf = (caller: number) => {
    const credentials = known[caller % known.length]
    return credentials === undefined ? Effect.die(new Error("there are no callers")) : Effect.succeed(credentials)
  }
  const note = Effect.fnUntraced(function* <Op extends Operation.Any>(
    operation: Op,
    call: Effect.Effect<Operation.Response<Op>, StsError.StsError>,
    attempts: number,
  ) {
    const result = yield* Effect.result(RetryPolicy.withRetryPolicy({ attempts, baseDelay: 0 })(call))
    if (result._tag === "Failure") {
      steps.push(failureOf(result.failure))
      return
    }
    const response = result.success
    steps.push(yield* Effect.orDie(Schema.encodeUnknownEffect(operation.response)(response)))
    const credentials = Predicate.hasProperty(response, "credentials") ? response.credentials : undefined
    if (credentials instanceof AwsCredentials.AwsCredentials) known.push(credentials)
  })
  const mfaOf = Effect.fnUntraced(function* (mfa: typeof Mfa.Type) {
    if (mfa === "none") return undefined
    const serialNumber = mfaArn("alice")
    const tokenCode = yield* StsMemory.mfaCode(serialNumber)
    return { serialNumber, tokenCode: mfa === "right" ? tokenCode : tokenCode.split("").toReversed().join("") }
  })
  // Whether a request with a code is sent again depends on what a backend knows of a connection that broke.
  const attemptsOf = (mfa: typeof Mfa.Type) => (mfa === "none" ? 3 : 1)

  const take = Effect.fnUntraced(function* (step: Step) {
    switch (step._tag) {
      case "AssumeRole": {
        const { _tag, caller, mfa, policyArns, seconds, tags, transitive, ...request } = step
        const input = {
          ...request,
          ...tagsOf(tags, transitive),
          policyArns: policyArns && policyArnSets[policyArns],
          duration: seconds === undefined ? undefined : (`${seconds} seconds` as const),
          mfa: yield* mfaOf(mfa),
        }
        return yield* note(AssumeRole, sts.call(AssumeRole, input, yield* credentialsOf(caller)), attemptsOf(mfa))
      }
      case "Enter":
      case "Narrow": {
        const { _tag, caller, ...request } = step
        const input = { ...request, roleSessionName: "laws" }
        return yield* note(AssumeRole, sts.call(AssumeRole, input, yield* credentialsOf(caller)), 3)
      }
      case "Tag": {
        const { caller, tags, transitive, roleArn } = step
        const input = { roleArn, roleSessionName: "laws", ...tagsOf(tags, transitive) }
        return yield* note(AssumeRole, sts.call(AssumeRole, input, yield* credentialsOf(caller)), 3)
      }
      case "GetCallerIdentity":
        return yield* note(GetCallerIdentity, sts.call(GetCallerIdentity, {}, yield* credentialsOf(step.caller)), 3)
      case "GetSessionToken": {
        const { caller, mfa, seconds } = step
        const input = {
          duration: seconds === undefined ? undefined : (`${seconds} seconds` as const),
          mfa: yield* mfaOf(mfa),
        }
        return yield* note(
          GetSessionToken,
          sts.call(GetSessionToken, input, yield* credentialsOf(caller)),
          attemptsOf(mfa),
        )
      }
      case "GetFederationToken": {
        const { caller, name, policy, policyArns, tags } = step
        const input = {
          name,
          policy,
          policyArns: policyArns && policyArnSets[policyArns],
          tags: tags && tagSets[tags],
        }
        const call = sts.call(GetFederationToken, input, yield* credentialsOf(caller))
        return yield* note(GetFederationToken, call, 3)
      }
      case "GetAccessKeyInfo": {
        const { accessKeyId, caller } = step
        return yield* note(
          GetAccessKeyInfo,
          sts.call(GetAccessKeyInfo, { accessKeyId }, yield* credentialsOf(caller)),
          3,
        )
      }
      case "AssumeRoleWithWebIdentity": {
        const { _tag, ...request } = step
        const input = { ...request, roleSessionName: "laws" }
        return yield* note(AssumeRoleWithWebIdentity, sts.call(AssumeRoleWithWebIdentity, input), 3)
      }
      case "GetWebIdentityToken": {
        const input = { audience: [step.audience], signingAlgorithm: "RS256" } as const
        return yield* note(
          GetWebIdentityToken,
          sts.call(GetWebIdentityToken, input, yield* credentialsOf(step.caller)),
          3,
        )
      }
      case "Tamper": {
        const credentials = tamperWith(yield* credentialsOf(step.caller), step.what)
        return yield* note(GetCallerIdentity, sts.call(GetCallerIdentity, {}, credentials), 3)
      }
      case "FailNext":
        return yield* StsMemory.failNext({ times: step.times, reason: reasonOf(step) })
      case "SetOutage":
        return yield* StsMemory.setOutage(step.isOut)
      case "RecreateRole":
        return yield* StsMemory.recreateRole(step.roleArn)
      case "DeactivateKey":
        return yield* StsMemory.deactivateKey(step.accessKeyId)
      case "Wait":
        return yield* TestClock.adjust(`${step.seconds} seconds`)
    }
  })

  // So that there are sessions to go on from, one of them with a tag that passes on.
  for (const caller of [0, userArns.length]) {
    yield* take({ _tag: "Enter", caller, roleArn: roleArn(caller === 0 ? "account" : "chained") })
  }
  yield* take({ _tag: "Tag", caller: 0, roleArn: roleArn("account"), tags: "right", transitive: "all" })
  for (const step of program) yield* take(step)
  const calls = (yield* StsMemory.calls).map(({ caller, operation, outcome, time }) => ({
    operation,
    caller,
    outcome,
    time: DateTime.formatIso(time),
  }))
  return { steps, calls }
})

/**
 * Runs a program over a backend, in a fresh world of the suite's own.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (program: Program, { layer }: Backend): Effect.Effect<Trace, unknown> =>
  Effect.andThen(TestClock.setTime(start), execute(program)).pipe(
    Effect.provide(layer(world), { local: true }),
    Effect.provide(TestClock.layer({ warningDelay: "1 hour" }), { local: true }),
  )
