// The rules that the server quotes are those of the schemas: each has its place under AWS's names, and AWS's pattern.
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Validation from "../src/internal/engine/validation.ts"

const operations: ReadonlyArray<Operation.Any> = Operations.all

const faultsOf = (name: string, request: unknown) => {
  const operation = operations.find((each) => each.name === name)
  assert(operation !== undefined)
  return Validation.make(operation)(request)
}

const fields = (faults: ReadonlyArray<string>) => faults.map((fault) => /at '([^']*)'/.exec(fault)?.[1])

describe("what is required", () => {
  const rows: ReadonlyArray<readonly [operation: string, fields: Array<string>]> = [
    ["AssumeRole", ["roleArn", "roleSessionName"]],
    ["AssumeRoleWithSAML", ["roleArn", "principalArn", "sAMLAssertion"]],
    ["AssumeRoleWithWebIdentity", ["roleArn", "roleSessionName", "webIdentityToken"]],
    ["AssumeRoot", ["targetPrincipal", "taskPolicyArn"]],
    ["DecodeAuthorizationMessage", ["encodedMessage"]],
    ["GetAccessKeyInfo", ["accessKeyId"]],
    ["GetCallerIdentity", []],
    ["GetDelegatedAccessToken", ["tradeInToken"]],
    ["GetFederationToken", ["name"]],
    ["GetSessionToken", []],
    ["GetWebIdentityToken", ["audience", "signingAlgorithm"]],
  ]
  it.each(rows)("%s", (operation, expected) => {
    const faults = faultsOf(operation, {})
    assert.deepStrictEqual(fields(faults), expected)
    for (const fault of faults) assert.match(fault, /^Value null at '\w+' failed .*: Member must not be null$/)
  })
  it("is required of what is no request, too", () => {
    for (const request of [null, undefined, "text", 1, []]) {
      assert.lengthOf(faultsOf("AssumeRole", request), 2)
    }
  })
})

describe("secrets are not quoted", () => {
  const rows: ReadonlyArray<readonly [operation: string, request: Record<string, unknown>]> = [
    ["AssumeRoleWithSAML", { SAMLAssertion: "PLA" }],
    ["AssumeRoleWithWebIdentity", { WebIdentityToken: "PLA" }],
    ["AssumeRole", { TokenCode: "PLANTED" }],
    ["AssumeRole", { ProvidedContexts: [{ ContextAssertion: "PLA" }] }],
  ]
  it.each(rows)("of %s: %o", (operation, request) => {
    const faults = faultsOf(operation, request).filter((fault) => !fault.includes("null"))
    assert.isAbove(faults.length, 0)
    assert.notInclude(faults.join(), "PLA")
  })
})

// AWS's model itself is not part of this repository.
const modelFile = fileURLToPath(new URL("../../../../shared/data/model/sts-service-2.json", import.meta.url))

interface Shape {
  readonly type: string
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
}

describe.skipIf(!existsSync(modelFile))("AWS's model (skipped where ../shared/data/model is missing)", () => {
  const model: {
    readonly shapes: Readonly<Record<string, Shape>>
    readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>
  } = existsSync(modelFile) ? JSON.parse(readFileSync(modelFile, "utf8")) : { shapes: {}, operations: {} }

  const parameters = operations.flatMap(({ name }) => {
    const { members = {} } = model.shapes[model.operations[name]?.input?.shape ?? ""] ?? {}
    return Object.entries(members).map(([member, { shape }]) => {
      const field = member.charAt(0).toLowerCase() + member.slice(1)
      const clauses = (value: unknown) =>
        faultsOf(name, { [member]: value })
          .filter((fault) => fault.includes(`at '${field}'`))
          .map((fault) => fault.replace(/^.*constraint: /s, ""))
      const { max, min, pattern, type } = model.shapes[shape] ?? { type: "" }
      return { name, member, clauses, max, min, pattern, type }
    })
  })
  const texts = parameters.filter(({ type }) => type === "string")

  it.each(texts.filter(({ pattern }) => pattern !== undefined))(
    "$name: the pattern of $member is quoted to the letter",
    ({ clauses, min, pattern }) => {
      assert.include(clauses("\u0000".repeat(min ?? 1)), `Member must satisfy regular expression pattern: ${pattern}`)
    },
  )

  // STS takes source identities of 256; the algorithms are two words to us.
  const others = new Set(["SourceIdentity", "SigningAlgorithm"])
  it.each(texts.filter(({ max, member }) => max !== undefined && !others.has(member)))(
    "$name: the lengths of $member",
    ({ clauses, max = 0, min = 0 }) => {
      assert.include(clauses("1".repeat(max + 1)), `Member must have length less than or equal to ${max}`)
      assert.deepStrictEqual(
        clauses("1".repeat(Math.max(min - 1, 0))).filter((clause) => clause.includes("length")),
        min > 0 ? [`Member must have length greater than or equal to ${min}`] : [],
      )
      assert.deepStrictEqual(clauses("1".repeat(max)), [])
    },
  )

  it.each(parameters.filter(({ type }) => type === "integer"))(
    "$name: the range of $member",
    ({ clauses, max = 0, min = 0 }) => {
      assert.deepStrictEqual(clauses(max + 1), [`Member must have value less than or equal to ${max}`])
      assert.deepStrictEqual(clauses(min - 1), [`Member must have value greater than or equal to ${min}`])
      assert.deepStrictEqual([...clauses(min), ...clauses(max)], [])
    },
  )
})
