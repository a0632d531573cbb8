import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Authorization from "../src/policy/Authorization.ts"
import * as Condition from "../src/policy/Condition.ts"
import * as ConditionKey from "../src/policy/ConditionKey.ts"
import * as IpRange from "../src/policy/IpRange.ts"
import * as Pattern from "../src/policy/Pattern.ts"
import * as Policy from "../src/policy/Policy.ts"
import type * as Principal from "../src/policy/Principal.ts"
import * as RequestContext from "../src/policy/RequestContext.ts"

// Random policies over a vocabulary that is small enough for statements to match often.

const A = "111111111111"
const B = "222222222222"

const callers: ReadonlyArray<Principal.Caller> = [
  { _tag: "Root", arn: `arn:aws:iam::${A}:root` },
  { _tag: "User", arn: `arn:aws:iam::${A}:user/alice` },
  { _tag: "User", arn: `arn:aws:iam::${B}:user/alice` },
  { _tag: "RoleSession", arn: `arn:aws:sts::${A}:assumed-role/r/s`, roleArn: `arn:aws:iam::${A}:role/r` },
  { _tag: "RoleSession", arn: `arn:aws:sts::${B}:assumed-role/r/s`, roleArn: `arn:aws:iam::${B}:role/r` },
  {
    _tag: "FederatedUser",
    arn: `arn:aws:sts::${A}:federated-user/f`,
    issuerArn: `arn:aws:iam::${A}:user/alice`,
  },
  { _tag: "Federated", provider: "accounts.google.com" },
  { _tag: "Service", name: "ec2.amazonaws.com" },
  { _tag: "Anonymous" },
]

const principals: ReadonlyArray<NonNullable<Policy.StatementDocument["Principal"]>> = [
  "*",
  { AWS: A },
  { AWS: [A, B] },
  { AWS: `arn:aws:iam::${A}:user/alice` },
  { AWS: `arn:aws:iam::${A}:role/r` },
  { AWS: [`arn:aws:sts::${A}:assumed-role/r/s`, `arn:aws:sts::${A}:federated-user/f`] },
  { AWS: `arn:aws:iam::${B}:user/alice`, Service: "ec2.amazonaws.com" },
  { Federated: "accounts.google.com" },
]

const conditions: ReadonlyArray<Policy.StatementDocument["Condition"]> = [
  undefined,
  { StringEquals: { "sts:ExternalId": "x" } },
  { StringNotEquals: { "sts:ExternalId": "x" } },
  { StringEquals: { "sts:ExternalId": ["x", "y"] }, Null: { "aws:TagKeys": "true" } },
  { StringLike: { "sts:RoleSessionName": "${aws:username, 'x'}*" } },
  { Bool: { "aws:MultiFactorAuthPresent": "true" } },
  { BoolIfExists: { "aws:MultiFactorAuthPresent": "true" } },
  { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } },
  { "ForAnyValue:StringNotEquals": { "aws:TagKeys": ["a"] } },
  { Null: { "aws:TagKeys": "false" } },
  { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } },
  { StringLike: { "s3:prefix": "home/*" } },
  { StringNotLike: { "s3:prefix": "home/*" } },
]

const actions: ReadonlyArray<string | ReadonlyArray<string>> = [
  "sts:AssumeRole",
  "sts:*",
  "sts:TagSession",
  ["sts:AssumeRole", "sts:TagSession"],
  ["sts:Tag*", "sts:SetSourceIdentity"],
]
const resources: ReadonlyArray<string | ReadonlyArray<string>> = [
  "*",
  `arn:aws:iam::${A}:role/*`,
  `arn:aws:iam::${A}:role/other`,
  [`arn:aws:iam::${A}:role/other`, `arn:aws:iam::${A}:role/t?rget`],
  `arn:aws:iam::${A}:role/\${aws:username, 'target'}`,
]

type Statement = Policy.StatementDocument

interface Draft {
  readonly effect: "Allow" | "Deny"
  readonly principal: NonNullable<Statement["Principal"]>
  readonly notPrincipal: boolean
  readonly action: string | ReadonlyArray<string>
  readonly notAction: boolean
  readonly resource: string | ReadonlyArray<string>
  readonly notResource: boolean
  readonly condition: Statement["Condition"]
}

const principalOf = (kind: Policy.Kind, { effect, notPrincipal, principal }: Draft): Partial<Statement> => {
  if (kind === "identity" || kind === "session") return {}
  return notPrincipal && kind === "resource" && effect === "Deny"
    ? { NotPrincipal: principal }
    : { Principal: principal }
}

const toStatement = (kind: Policy.Kind, draft: Draft): Statement => ({
  Effect: draft.effect,
  ...principalOf(kind, draft),
  ...(draft.notAction && kind !== "trust" ? { NotAction: draft.action } : { Action: draft.action }),
  ...(kind === "trust" ? {} : draft.notResource ? { NotResource: draft.resource } : { Resource: draft.resource }),
  ...(draft.condition === undefined ? {} : { Condition: draft.condition }),
})

const statement = (kind: Policy.Kind, effect?: "Allow" | "Deny"): fc.Arbitrary<Statement> =>
  fc
    .record<Draft>({
      effect: effect === undefined ? fc.constantFrom("Allow", "Allow", "Deny") : fc.constant(effect),
      principal: fc.constantFrom(...principals),
      notPrincipal: fc.boolean(),
      action: fc.constantFrom(...actions),
      notAction: fc.boolean(),
      resource: fc.constantFrom(...resources),
      notResource: fc.boolean(),
      condition: fc.constantFrom(...conditions),
    })
    .map((draft) => toStatement(kind, draft))

const statements = (kind: Policy.Kind): fc.Arbitrary<ReadonlyArray<Statement>> =>
  fc.array(statement(kind), { minLength: 1, maxLength: 4 })

interface Scene {
  readonly kind: "resource" | "trust"
  readonly resource: ReadonlyArray<Statement>
  readonly identity: ReadonlyArray<Statement>
  readonly session: ReadonlyArray<Statement> | undefined
  readonly caller: Principal.Caller
  readonly action: string
  readonly context: RequestContext.Known
}

const scene: fc.Arbitrary<Scene> = fc.constantFrom("trust" as const, "resource" as const).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    resource: statements(kind),
    identity: statements("identity"),
    session: fc.option(statements("session"), { nil: undefined }),
    caller: fc.constantFrom(...callers),
    action: fc.constantFrom("sts:AssumeRole", "sts:TagSession"),
    context: fc
      .record({
        "sts:ExternalId": fc.constantFrom("x", "y", undefined),
        "sts:RoleSessionName": fc.constantFrom("x1", "alice"),
        "aws:username": fc.constantFrom("alice", undefined),
        "aws:MultiFactorAuthPresent": fc.constantFrom(true, false, undefined),
        "aws:TagKeys": fc.constantFrom([], ["a"], ["a", "b"]),
        "aws:PrincipalArn": fc.constantFrom(`arn:aws:iam::${A}:user/alice`, `arn:aws:iam::${A}:role/r`),
      })
      .map(RequestContext.make),
  }),
)

const read = (kind: Policy.Kind, Statement: ReadonlyArray<Statement>): Policy.Policy =>
  Result.getOrThrow(Policy.parse(kind, { Version: "2012-10-17", Statement }))

const request = ({ action, caller, context }: Scene): Authorization.Request => ({
  caller,
  action,
  resource: `arn:aws:iam::${A}:role/target`,
  context,
})

const policies = (given: Scene): Authorization.Policies => ({
  resource: read(given.kind, given.resource),
  identity: [read("identity", given.identity)],
  session: given.session && [read("session", given.session)],
})

const decide = (given: Scene): Authorization.Decision => Authorization.decide(request(given), policies(given))

const isAllowed = (given: Scene): boolean => decide(given)._tag === "Allowed"

/** One of the policies of a scene, and how to change it. */
const places = ["resource", "identity", "session"] as const
type Place = (typeof places)[number]

const change = (
  given: Scene,
  place: Place,
  f: (statements: ReadonlyArray<Statement>) => ReadonlyArray<Statement>,
): Scene | undefined => {
  const statements = given[place]
  if (statements === undefined) return undefined
  const changed = f(statements)
  return changed.length === 0 ? undefined : { ...given, [place]: changed }
}

const changeAll = (given: Scene, f: (statements: ReadonlyArray<Statement>) => ReadonlyArray<Statement>): Scene => ({
  ...given,
  resource: f(given.resource),
  identity: f(given.identity),
  session: given.session && f(given.session),
})

const kindOf = (given: Scene, place: Place): Policy.Kind => (place === "resource" ? given.kind : place)

const insert = (at: number, added: Statement) => (list: ReadonlyArray<Statement>) =>
  list.toSpliced(at % (list.length + 1), 0, added)

/** A scene, one of its policies, and a statement that could stand in it. */
const withStatement = (effect: "Allow" | "Deny") =>
  fc
    .tuple(scene, fc.constantFrom(...places), fc.nat())
    .chain(([given, place, at]) =>
      fc.tuple(fc.constant(given), fc.constant(place), fc.constant(at), statement(kindOf(given, place), effect)),
    )

/** Two scenes in which the same is decided, by the same right or for want of the same. */
const assertSame = (changed: Scene, given: Scene): void => {
  const [one, other] = [decide(changed), decide(given)]
  assert.strictEqual(one._tag, other._tag)
  if (one._tag === "Allowed" && other._tag === "Allowed") assert.strictEqual(one.grant, other.grant)
  if (one._tag === "ImplicitlyDenied" && other._tag === "ImplicitlyDenied")
    assert.deepStrictEqual(one.lacks, other.lacks)
}

/** A statement for each item of what it lists. */
const each = <A>(items: A | ReadonlyArray<A> | undefined, given: Statement, of: (item: A) => Partial<Statement>) =>
  items === undefined ? [given] : Arr.ensure(items).map((item): Statement => Object.assign({}, given, of(item)))

const splitActions = (given: Statement): ReadonlyArray<Statement> =>
  each(given.Action, given, (action) => ({ Action: action }))

const splitResources = (given: Statement): ReadonlyArray<Statement> =>
  each(given.Resource, given, (resource) => ({ Resource: [resource] }))

const splitPrincipals = (given: Statement): ReadonlyArray<Statement> => {
  const { Principal: principal } = given
  if (principal === undefined || principal === "*") return [given]
  return Object.entries(principal).flatMap(([kind, names]: [string, string | ReadonlyArray<string>]) =>
    each(names, given, (name) => ({ Principal: { [kind]: name } })),
  )
}

const splitValues = (given: Statement): ReadonlyArray<Statement> => {
  const { StringEquals: tests = {}, ...others } = given.Condition ?? {}
  const [key, values] = Object.entries(tests)[0] ?? []
  if (key === undefined) return [given]
  return each(values, given, (value) => ({ Condition: { ...others, StringEquals: { [key]: value } } }))
}

const recase = (text: string): string =>
  Array.from(text, (letter, index) => (index % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase())).join("")

const recaseKeys = <A>(record: { readonly [key: string]: A }): { readonly [key: string]: A } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [recase(key), value]))

/** Names of actions and keys in other case. */
const recaseStatement = ({
  Action: action,
  Condition: condition,
  NotAction: notAction,
  ...given
}: Statement): Statement => ({
  ...given,
  ...(action === undefined ? {} : { Action: Arr.ensure(action).map(recase) }),
  ...(notAction === undefined ? {} : { NotAction: Arr.ensure(notAction).map(recase) }),
  ...(condition === undefined
    ? {}
    : { Condition: Object.fromEntries(Object.entries(condition).map(([name, tests]) => [name, recaseKeys(tests)])) }),
})

const runs = { numRuns: 1500 }

describe("for all policies, callers and contexts", () => {
  it("an explicit deny of everything, in any policy, always wins", () => {
    fc.assert(
      fc.property(scene, fc.constantFrom(...places), fc.nat(), (given, place, at) => {
        const kind = kindOf(given, place)
        const everything: Statement = {
          Effect: "Deny",
          Action: kind === "trust" ? "sts:*" : "*",
          ...(kind === "trust" ? {} : { Resource: "*" }),
          ...(kind === "trust" || kind === "resource" ? { Principal: "*" } : {}),
        }
        const denied = change(given, place, insert(at, everything))
        if (denied !== undefined) assert.strictEqual(decide(denied)._tag, "ExplicitlyDenied")
      }),
      runs,
    )
  })

  it("a matching deny is never outweighed", () => {
    fc.assert(
      fc.property(scene, (given) => {
        const decision = decide(given)
        const denies = decision.verdicts.some(({ _tag }) => _tag === "ExplicitDeny")
        assert.strictEqual(decision._tag === "ExplicitlyDenied", denies)
      }),
      runs,
    )
  })

  it("adding a deny never allows", () => {
    fc.assert(
      fc.property(withStatement("Deny"), ([given, place, at, added]) => {
        const changed = change(given, place, insert(at, added))
        if (changed !== undefined && isAllowed(changed)) assert.isTrue(isAllowed(given))
      }),
      runs,
    )
  })

  it("adding an allow never refuses", () => {
    fc.assert(
      fc.property(withStatement("Allow"), ([given, place, at, added]) => {
        const changed = change(given, place, insert(at, added))
        if (changed !== undefined && isAllowed(given)) assert.isTrue(isAllowed(changed))
      }),
      runs,
    )
  })

  it("removing an allow never allows", () => {
    fc.assert(
      fc.property(scene, fc.constantFrom(...places), fc.nat(), (given, place, at) => {
        const changed = change(given, place, (list) => {
          const index = at % list.length
          return list[index]?.Effect === "Allow" ? list.toSpliced(index, 1) : list
        })
        if (changed !== undefined && isAllowed(changed)) assert.isTrue(isAllowed(given))
      }),
      runs,
    )
  })

  it("one more condition on an allow never allows", () => {
    const more = { NumericGreaterThan: { "aws:MultiFactorAuthAge": "5" } }
    fc.assert(
      fc.property(scene, fc.constantFrom(...places), fc.nat(), (given, place, at) => {
        const changed = change(given, place, (list) =>
          list.map((item, index) =>
            index === at % list.length && item.Effect === "Allow"
              ? { ...item, Condition: { ...item.Condition, ...more } }
              : item,
          ),
        )
        if (changed !== undefined && isAllowed(changed)) assert.isTrue(isAllowed(given))
      }),
      runs,
    )
  })

  it("a session policy never allows what its absence does not, but to a federated session", () => {
    fc.assert(
      fc.property(scene, (given) => {
        if (given.session === undefined || given.caller._tag === "FederatedUser") return
        if (isAllowed(given)) assert.isTrue(isAllowed({ ...given, session: undefined }))
      }),
      runs,
    )
  })

  it("the order of statements does not matter", () => {
    fc.assert(
      fc.property(scene, (given) => {
        assertSame(
          changeAll(given, (statements) => statements.toReversed()),
          given,
        )
      }),
      runs,
    )
  })

  it("a policy for each statement, in any order, is as good as one for all", () => {
    fc.assert(
      fc.property(scene, fc.nat(), (given, at) => {
        const divide = (kind: Policy.Kind, list: ReadonlyArray<Statement>): ReadonlyArray<Policy.Policy> =>
          [...list.slice(at % list.length), ...list.slice(0, at % list.length)].map((statement) =>
            read(kind, [statement]),
          )
        const divided = Authorization.decide(request(given), {
          resource: read(given.kind, given.resource),
          identity: divide("identity", given.identity),
          session: given.session && divide("session", given.session),
        })
        assert.strictEqual(divided._tag, decide(given)._tag)
      }),
      runs,
    )
  })

  it("a statement twice is as good as once", () => {
    fc.assert(
      fc.property(scene, (given) => {
        assertSame(
          changeAll(given, (statements) => [...statements, ...statements]),
          given,
        )
      }),
      runs,
    )
  })

  it.each([
    ["action", splitActions],
    ["resource", splitResources],
    ["principal", splitPrincipals],
    ["value of a condition", splitValues],
  ])("a statement for each %s is as good as a list", (_, split) => {
    fc.assert(
      fc.property(scene, (given) => {
        assertSame(
          changeAll(given, (statements) => statements.flatMap(split)),
          given,
        )
      }),
      runs,
    )
  })

  it("the case of actions and keys does not matter", () => {
    fc.assert(
      fc.property(scene, (given) => {
        const context = RequestContext.make(recaseKeys(Object.fromEntries(given.context)))
        const changed = changeAll(given, (statements) => statements.map(recaseStatement))
        assertSame({ ...changed, action: recase(given.action), context }, given)
      }),
      runs,
    )
  })

  it("a key that no policy tests does not matter", () => {
    fc.assert(
      fc.property(scene, (given) => {
        const context = new Map([...given.context, ["ec2:region", ["x"]], ["aws:requestedregion", ["x"]]])
        assertSame({ ...given, context }, given)
      }),
      runs,
    )
  })

  it("a role is never assumed without its trust policy's allow", () => {
    fc.assert(
      fc.property(scene, (given) => {
        if (given.kind !== "trust" || !isAllowed(given)) return
        assert.strictEqual(decide(given).verdicts[0]?._tag, "Allow")
      }),
      runs,
    )
  })

  it("another account needs both sides", () => {
    fc.assert(
      fc.property(scene, (given) => {
        if (!("arn" in given.caller) || !given.caller.arn.includes(B) || !isAllowed(given)) return
        const [resource, identity] = decide(given).verdicts
        assert.strictEqual(resource?._tag, "Allow")
        assert.strictEqual(identity?._tag, "Allow")
      }),
      runs,
    )
  })

  it("allows and refuses often enough for these laws to mean something", () => {
    const scenes = fc.sample(scene, 2000)
    const count = (tag: Authorization.Decision["_tag"]) => scenes.filter((given) => decide(given)._tag === tag).length
    assert.isAbove(count("Allowed"), 100)
    assert.isAbove(count("ExplicitlyDenied"), 100)
    assert.isAbove(count("ImplicitlyDenied"), 100)
  })
})

describe("for all documents", () => {
  it("reading succeeds or fails, and never throws", () => {
    fc.assert(
      fc.property(fc.constantFrom("identity", "trust", "session", "resource"), fc.jsonValue(), (kind, document) => {
        assert.isTrue(Result.isResult(Policy.parse(kind, document)))
      }),
      { numRuns: 500 },
    )
  })

  it("an element that is not known is never dropped", () => {
    const known = new Set([
      "Sid",
      "Effect",
      "Principal",
      "NotPrincipal",
      "Action",
      "NotAction",
      "Resource",
      "NotResource",
      "Condition",
    ])
    const unknown = fc.string({ minLength: 1 }).filter((name) => !known.has(name))
    fc.assert(
      fc.property(statement("trust"), unknown, fc.jsonValue(), (given, name, value) => {
        const result = Policy.parse("trust", {
          Version: "2012-10-17",
          Statement: [Object.defineProperty({ ...given }, name, { value, enumerable: true })],
        })
        assert.isTrue(Result.isFailure(result))
      }),
      { numRuns: 500 },
    )
  })
})

/** Operators in pairs of one and its negation, with a key that they can test, and values of both sides. */
const families: ReadonlyArray<{
  readonly operators: ReadonlyArray<readonly [positive: string, negative: string]>
  readonly key: string
  readonly wanted: ReadonlyArray<string>
  readonly actual: ReadonlyArray<string>
}> = [
  {
    operators: [
      ["StringEquals", "StringNotEquals"],
      ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
      ["StringLike", "StringNotLike"],
    ],
    key: "sts:ExternalId",
    wanted: ["a", "A", "ab", "a*", "?b", "*", "${aws:username}", "${aws:username, 'b'}", "${*}"],
    actual: ["a", "A", "ab", "b", "*"],
  },
  {
    operators: [["NumericEquals", "NumericNotEquals"]],
    key: "aws:MultiFactorAuthAge",
    wanted: ["1", "2.0", "3"],
    actual: ["1", "2", "4"],
  },
  {
    operators: [["DateEquals", "DateNotEquals"]],
    key: "aws:CurrentTime",
    wanted: ["2026", "2026-07-13T12:00:00Z", "1783944000"],
    actual: ["2026-01-01T00:00:00Z", "2026-07-13T14:00:00+02:00", "2027-01-01"],
  },
  {
    operators: [["IpAddress", "NotIpAddress"]],
    key: "aws:SourceIp",
    wanted: ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0"],
    actual: ["10.1.2.3", "10.2.3.4", "192.0.2.1", "2001:db8::1"],
  },
  {
    operators: [
      ["ArnEquals", "ArnNotEquals"],
      ["ArnLike", "ArnNotLike"],
    ],
    key: "aws:PrincipalArn",
    wanted: [`arn:aws:iam::${A}:role/r`, "arn:aws:iam::*:role/*", `arn:aws:iam::${A}:user/\${aws:username}`],
    actual: [`arn:aws:iam::${A}:role/r`, `arn:aws:iam::${B}:role/s`, `arn:aws:iam::${A}:user/a`, "x"],
  },
]

const test = (operator: string, key: string, values: ReadonlyArray<string>, context: RequestContext.RequestContext) =>
  Condition.holds(Result.getOrThrow(Condition.parse(operator, key, values, true)), context)

/** A pair of operators, a key, values of a policy, and what a request has: nothing, one value, or several. */
const conditionTest = (maxLength: number, name?: string) =>
  fc.constantFrom(...families).chain(({ actual, key, operators, wanted }) =>
    fc.record({
      operators: fc.constantFrom(...operators),
      key: fc.constant(name ?? key),
      wanted: fc.array(fc.constantFrom(...wanted), { minLength: 1, maxLength: 3 }),
      actual: fc.array(fc.constantFrom(...actual), { maxLength }),
      username: fc.constantFrom("a", "b", undefined),
    }),
  )

const one = conditionTest(1)
/** A key of another service can be tested by any operator, and can have several values. */
const several = conditionTest(3, "foo:Values")

type ConditionTest = typeof one extends fc.Arbitrary<infer T> ? T : never

const contextOf = ({ actual, key, username }: ConditionTest): RequestContext.RequestContext =>
  RequestContext.make({ "aws:username": username, [key]: actual })

describe("for all conditions", () => {
  it("a negated operator is the negation of its own, also of a key that is missing", () => {
    fc.assert(
      fc.property(one, (given) => {
        const { key, operators, wanted } = given
        const [positive, negative] = operators
        const context = contextOf(given)
        assert.strictEqual(test(negative, key, wanted, context), !test(positive, key, wanted, context))
      }),
      runs,
    )
  })

  it("IfExists adds nothing but the key that is missing", () => {
    fc.assert(
      fc.property(one, fc.nat(1), (given, index) => {
        const operator = given.operators[index] ?? ""
        const context = contextOf(given)
        assert.strictEqual(
          test(`${operator}IfExists`, given.key, given.wanted, context),
          given.actual.length === 0 || test(operator, given.key, given.wanted, context),
        )
      }),
      runs,
    )
  })

  it("one of several values is enough, and of a negated operator none may match", () => {
    fc.assert(
      fc.property(one, (given) => {
        const { key, operators, wanted } = given
        const [positive, negative] = operators
        const context = contextOf(given)
        const alone = (operator: string) => (value: string) => test(operator, key, [value], context)
        assert.strictEqual(test(positive, key, wanted, context), wanted.some(alone(positive)))
        assert.strictEqual(test(negative, key, wanted, context), wanted.every(alone(negative)))
      }),
      runs,
    )
  })

  it("a set operator asks of each value what the operator asks of one", () => {
    fc.assert(
      fc.property(several, fc.nat(1), (given, index) => {
        const operator = given.operators[index] ?? ""
        const alone = (value: string) =>
          test(operator, given.key, given.wanted, contextOf({ ...given, actual: [value] }))
        const context = contextOf(given)
        assert.strictEqual(
          test(`ForAllValues:${operator}`, given.key, given.wanted, context),
          given.actual.every(alone),
        )
        assert.strictEqual(test(`ForAnyValue:${operator}`, given.key, given.wanted, context), given.actual.some(alone))
      }),
      runs,
    )
  })

  it("that any value matches is the negation of that all do not", () => {
    fc.assert(
      fc.property(several, (given) => {
        const { key, operators, wanted } = given
        const [positive, negative] = operators
        const context = contextOf(given)
        assert.strictEqual(
          test(`ForAnyValue:${positive}`, key, wanted, context),
          !test(`ForAllValues:${negative}`, key, wanted, context),
        )
        assert.strictEqual(
          test(`ForAnyValue:${negative}`, key, wanted, context),
          !test(`ForAllValues:${positive}`, key, wanted, context),
        )
      }),
      runs,
    )
  })

  it("IfExists adds nothing to a set operator", () => {
    fc.assert(
      fc.property(several, fc.constantFrom("ForAllValues", "ForAnyValue"), fc.nat(1), (given, set, index) => {
        const operator = `${set}:${given.operators[index] ?? ""}`
        const context = contextOf(given)
        assert.strictEqual(
          test(`${operator}IfExists`, given.key, given.wanted, context),
          test(operator, given.key, given.wanted, context),
        )
      }),
      runs,
    )
  })

  it("without a set operator, several values never match, negated or not", () => {
    fc.assert(
      fc.property(several, fc.nat(1), (given, index) => {
        const actual = [...given.actual, "1", "2"]
        assert.isFalse(test(given.operators[index] ?? "", given.key, given.wanted, contextOf({ ...given, actual })))
      }),
      runs,
    )
  })

  it("Null is true of a key without a value, and false of the others", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("", "a"), { maxLength: 3 }), (actual) => {
        const context = RequestContext.make({ "aws:TagKeys": actual })
        const isNull = !actual.includes("a")
        assert.strictEqual(test("Null", "aws:TagKeys", ["true"], context), isNull)
        assert.strictEqual(test("Null", "aws:TagKeys", ["false"], context), !isNull)
      }),
    )
  })

  it.each([
    ["Numeric", "aws:MultiFactorAuthAge"],
    ["Date", "aws:CurrentTime"],
  ])("%s operators order all values", (type, key) => {
    const value = fc.integer({ min: 100_000, max: 100_003 }).map(String)
    fc.assert(
      fc.property(value, value, (wanted, actual) => {
        const is = (order: string): boolean =>
          test(`${type}${order}`, key, [wanted], RequestContext.make({ [key]: actual }))
        assert.strictEqual(is("LessThan"), Number(actual) < Number(wanted))
        assert.strictEqual(is("GreaterThan"), Number(actual) > Number(wanted))
        assert.strictEqual(is("Equals"), actual === wanted)
        assert.strictEqual(is("LessThanEquals"), !is("GreaterThan"))
        assert.strictEqual(is("GreaterThanEquals"), !is("LessThan"))
        assert.strictEqual(is("NotEquals"), !is("Equals"))
      }),
    )
  })

  it("ArnEquals is ArnLike", () => {
    fc.assert(
      fc.property(
        one.filter(({ key }) => key === "aws:PrincipalArn"),
        (given) => {
          const context = contextOf(given)
          for (const not of ["", "Not"]) {
            assert.strictEqual(
              test(`Arn${not}Equals`, given.key, given.wanted, context),
              test(`Arn${not}Like`, given.key, given.wanted, context),
            )
          }
        },
      ),
    )
  })

  it("a text whose wildcards are escaped is matched by StringLike as by StringEquals", () => {
    const text = fc
      .array(fc.constantFrom("a", "*", "?", "$", "{", "}"), { maxLength: 5 })
      .map((letters) => letters.join(""))
    fc.assert(
      fc.property(text, text, (wanted, actual) => {
        const escaped = wanted.replace(/[*?$]/g, (letter) => `\${${letter}}`)
        const context = RequestContext.make({ "sts:ExternalId": actual })
        assert.strictEqual(test("StringLike", "sts:ExternalId", [escaped], context), actual === wanted)
        assert.strictEqual(test("StringEquals", "sts:ExternalId", [escaped], context), actual === wanted)
      }),
      runs,
    )
  })
})

describe("for all names of keys", () => {
  const known = [
    "aws:CurrentTime",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalTag/team",
    "aws:SourceIp",
    "aws:TagKeys",
    "iam:PassedToService",
    "saml:namequalifier",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
  ]

  it("a slip in a key of aws: or sts: does not load", () => {
    const slip = fc.record({
      key: fc.constantFrom(...known.filter((key) => /^(?:aws|sts):\w+$/.test(key))),
      at: fc.nat(),
      letter: fc.constantFrom("", "z", "q", "-"),
    })
    fc.assert(
      fc.property(slip, ({ at, key, letter }) => {
        const index = at % key.length
        assert.isTrue(Result.isFailure(ConditionKey.parse(`${key.slice(0, index)}${letter}${key.slice(index + 1)}`)))
      }),
      runs,
    )
  })

  it("a key is known in any case", () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), (key) => {
        for (const name of [key.toUpperCase(), key.toLowerCase(), recase(key)]) {
          assert.isTrue(Result.isSuccess(ConditionKey.parse(name)))
        }
      }),
    )
  })

  it("a key of aws:, sts:, iam: or saml: that is not known does not load", () => {
    const namespace = fc.constantFrom("aws", "sts", "iam", "saml", "AWS", "Sts")
    const name = fc.stringMatching(/^[a-zA-Z]{1,12}$/).map((text) => `${text}Zz`)
    fc.assert(
      fc.property(namespace, name, (namespace, name) => {
        assert.isTrue(Result.isFailure(ConditionKey.parse(`${namespace}:${name}`)))
      }),
    )
  })

  it("a key of any other service loads", () => {
    const namespace = fc
      .stringMatching(/^[a-z][a-z0-9-]{1,8}$/)
      .filter((text) => !["aws", "sts", "iam", "saml"].includes(text))
    const name = fc.stringMatching(/^[a-zA-Z]{1,12}$/).map((text) => `${text}Zz`)
    fc.assert(
      fc.property(namespace, name, (namespace, name) => {
        assert.isTrue(Result.isSuccess(ConditionKey.parse(`${namespace}:${name}`)))
      }),
    )
  })

  it("a name that is no operator does not load", () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "StringEqual",
        "NumericLike",
        "BinaryNotEquals",
        "BoolNot",
        "NotNull",
        "IPAddress",
        "ForAnyValues:Bool",
      ),
    )
    fc.assert(
      fc.property(name, (name) => {
        assert.isDefined(Condition.operatorFault(name))
      }),
    )
  })
})

describe("for all texts", () => {
  it("wildcards match as the regular expression that they stand for", () => {
    const letters = fc.constantFrom("a", "b", "*", "?", ".", "é")
    const text = fc.array(letters, { maxLength: 8 }).map((parts) => parts.join(""))
    fc.assert(
      fc.property(text, text, (source, actual) => {
        const pattern = Result.getOrThrow(Pattern.parse(source, { wildcards: true, variables: false }))
        const expression = source.replace(/\./g, "\\.").replace(/\*/g, ".*").replace(/\?/g, ".")
        assert.strictEqual(
          Pattern.matches(pattern, actual, RequestContext.empty),
          new RegExp(`^${expression}$`, "su").test(actual),
        )
      }),
      { numRuns: 5000 },
    )
  })

  it("what a variable stands for is taken literally", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (value, actual) => {
        const pattern = Result.getOrThrow(Pattern.parse("${aws:username}", { wildcards: true, variables: true }))
        const context = RequestContext.make({ "aws:username": value })
        assert.isTrue(Pattern.matches(pattern, value, context))
        assert.strictEqual(Pattern.matches(pattern, actual, context), actual === value)
      }),
    )
  })

  it("an address is in a range when their first bits are the same", () => {
    const bits = (address: string): string =>
      address
        .split(".")
        .map((octet) => Number(octet).toString(2).padStart(8, "0"))
        .join("")
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, other, prefix) => {
        const range = IpRange.parse(`${address}/${prefix}`)
        assert.isDefined(range)
        if (range === undefined) return
        assert.strictEqual(IpRange.contains(range, other), bits(address).startsWith(bits(other).slice(0, prefix)))
        assert.isTrue(IpRange.contains(range, address))
      }),
    )
  })

  it("every address of IPv6 is read, and is in its own range", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const range = IpRange.parse(address)
        assert.isDefined(range)
        if (range !== undefined) assert.isTrue(IpRange.contains(range, address))
      }),
    )
  })
})
