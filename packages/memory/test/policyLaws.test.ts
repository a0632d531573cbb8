import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Authorization from "../src/policy/Authorization.ts"
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
  { Bool: { "aws:MultiFactorAuthPresent": "true" } },
  { BoolIfExists: { "aws:MultiFactorAuthPresent": "true" } },
  { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } },
  { Null: { "aws:TagKeys": "false" } },
  { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } },
]

const actions = ["sts:AssumeRole", "sts:*", "sts:TagSession"]
const resources = ["*", `arn:aws:iam::${A}:role/*`, `arn:aws:iam::${A}:role/other`]

type Statement = Policy.StatementDocument

interface Draft {
  readonly effect: "Allow" | "Deny"
  readonly principal: NonNullable<Statement["Principal"]>
  readonly action: string
  readonly notAction: boolean
  readonly resource: string
  readonly notResource: boolean
  readonly condition: Statement["Condition"]
}

const toStatement = (kind: Policy.Kind, draft: Draft): Statement => ({
  Effect: draft.effect,
  ...(kind === "trust" || kind === "resource" ? { Principal: draft.principal } : {}),
  ...(draft.notAction && kind !== "trust" ? { NotAction: draft.action } : { Action: draft.action }),
  ...(kind === "trust" ? {} : draft.notResource ? { NotResource: draft.resource } : { Resource: draft.resource }),
  ...(draft.condition === undefined ? {} : { Condition: draft.condition }),
})

const statement = (kind: Policy.Kind, effect?: "Allow" | "Deny"): fc.Arbitrary<Statement> =>
  fc
    .record<Draft>({
      effect: effect === undefined ? fc.constantFrom("Allow", "Allow", "Deny") : fc.constant(effect),
      principal: fc.constantFrom(...principals),
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
  readonly context: RequestContext.RequestContext
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
        "aws:MultiFactorAuthPresent": fc.constantFrom(true, false, undefined),
        "aws:TagKeys": fc.constantFrom([], ["a"], ["a", "b"]),
        "aws:PrincipalArn": fc.constantFrom(`arn:aws:iam::${A}:user/alice`, `arn:aws:iam::${A}:role/r`),
      })
      .map(RequestContext.make),
  }),
)

const read = (kind: Policy.Kind, Statement: ReadonlyArray<Statement>): Policy.Policy =>
  Result.getOrThrow(Policy.parse(kind, { Version: "2012-10-17", Statement }))

const decide = (given: Scene): Authorization.Decision =>
  Authorization.decide(
    { caller: given.caller, action: given.action, resource: `arn:aws:iam::${A}:role/target`, context: given.context },
    {
      resource: read(given.kind, given.resource),
      identity: [read("identity", given.identity)],
      session: given.session && [read("session", given.session)],
    },
  )

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

const runs = { numRuns: 2000 }

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
        const reversed = {
          ...given,
          resource: given.resource.toReversed(),
          identity: given.identity.toReversed(),
          session: given.session?.toReversed(),
        }
        assert.strictEqual(decide(reversed)._tag, decide(given)._tag)
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
    const unknown = fc.string({ minLength: 1 }).filter((name) => !known.has(name) && name !== "__proto__")
    fc.assert(
      fc.property(statement("trust"), unknown, fc.jsonValue(), (given, name, value) => {
        const result = Policy.parse("trust", { Version: "2012-10-17", Statement: [{ ...given, [name]: value }] })
        assert.isTrue(Result.isFailure(result))
      }),
      { numRuns: 500 },
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
