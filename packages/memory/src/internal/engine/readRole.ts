/**
 * A role that a test has made, read as strictly as one of a world.
 */
import * as Effect from "effect/Effect"
import * as Policy from "../../policy/Policy.ts"
import * as World from "../../World.ts"
import * as Place from "../place.ts"
import { principalFault } from "../principalFault.ts"
import * as Roles from "./roles.ts"
import type { RoleDefinition, State } from "./state.ts"

type Role = typeof World.Role.Type

/** The path is in the ARN. */
export type Input = Omit<typeof World.Role.Encoded, "path">

/** Fails with what is wrong. */
const fail = (...faults: ReadonlyArray<string>) => Effect.fail(faults)

/** IAM does not take a principal that it does not have. */
const trustFaults = (state: State, trustPolicy: Policy.Policy): ReadonlyArray<string> => {
  const has = (arn: string) => state.holders.has(arn) || Roles.exists(state, arn)
  return Policy.awsPrincipals(trustPolicy).flatMap(({ path, text }) => {
    const fault = principalFault(text, state.partition, { has }, state.accounts)
    return fault === undefined ? [] : [`${Place.format(["trustPolicy", ...path])}: ${fault}`]
  })
}

const read = (input: typeof World.Role.Encoded): Effect.Effect<Role, ReadonlyArray<string>> =>
  Effect.mapError(World.decodeRole(input), ({ faults }) => faults.map(({ message, path }) => `${path}: ${message}`))

/** Nor a managed policy that the account does not have. */
const attachmentFaults = (state: State, account: string, { managedPolicyArns }: Role): ReadonlyArray<string> =>
  managedPolicyArns
    .filter((arn) => !state.managedPolicies.has(arn) || ![account, "aws"].includes(arn.split(":")[4] ?? ""))
    .map((arn) => `managedPolicyArns: "${arn}" is no managed policy of account ${account} or of AWS in this world`)

const readWithPrincipals = (
  state: State,
  account: string,
  input: typeof World.Role.Encoded,
): Effect.Effect<Role, ReadonlyArray<string>> =>
  Effect.flatMap(read(input), (role) => {
    const faults = [...trustFaults(state, role.trustPolicy), ...attachmentFaults(state, account, role)]
    return faults.length === 0 ? Effect.succeed(role) : fail(...faults)
  })

/** A role that is to be made, of an ARN that has its path. */
export const definition = (
  state: State,
  arn: string,
  input: Input,
): Effect.Effect<RoleDefinition, ReadonlyArray<string>> => {
  const [, partition, account = "", path = "/", name = ""] =
    /^arn:([^:]+):iam::(\d{12}):role(\/(?:[^/]+\/)*)([\w+=,.@-]{1,64})$/.exec(arn) ?? []
  if (partition !== state.partition) return fail(`it is no ARN of a role in the partition ${state.partition}`)
  if (!state.accounts.has(account)) return fail(`this world has no account ${account}`)
  if (Roles.exists(state, arn)) return fail("there is such a role already")
  return Effect.map(readWithPrincipals(state, account, { ...input, path }), (role) => ({ account, name, role }))
}

/** Trust that stays as it is may name roles that are gone. */
const anybody: World.PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" },
}

/** What is to be changed of a role. */
export const changes = (
  state: State,
  account: string,
  input: Partial<Input>,
): Effect.Effect<Partial<Role>, ReadonlyArray<string>> =>
  Effect.map(readWithPrincipals(state, account, { trustPolicy: anybody, ...input }), (role) =>
    Object.fromEntries(Object.entries(role).filter(([field]) => Object.hasOwn(input, field))),
  )
