/**
 * What happens to roles: they are made, changed and deleted, and STS hears of it, at once or some seconds later.
 */
import type * as Policy from "../../policy/Policy.ts"
import type * as Principal from "../../policy/Principal.ts"
import type * as World from "../../World.ts"
import { newRole, policiesOf, type Role, type RoleDefinition, type State } from "./state.ts"

const names = (principal: Principal.Principal, { account, arn, name }: Role): boolean =>
  (principal._tag === "Role" && principal.arn === arn) ||
  (principal._tag === "RoleSession" && principal.arn.split(":")[4] === account && principal.arn.split("/")[1] === name)

/** The policy with only some of its principals. */
const filterPrincipals = (
  policy: Policy.Policy,
  keeps: (principal: Principal.Principal) => boolean,
): Policy.Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => {
    const { principal } = statement
    return principal === undefined
      ? statement
      : { ...statement, principal: { ...principal, items: principal.items.filter(keeps) } }
  }),
})

const isComing = ({ comingRoles }: State, arn: string): boolean => comingRoles.some(({ role }) => role.arn === arn)

/** Whether IAM has a role, also if it has not told STS yet. */
export const exists = (state: State, arn: string): boolean => state.roles.has(arn) || isComing(state, arn)

/** Tells STS of the roles that it is time to tell it of. */
export const settle = ({ comingRoles, roles }: State, now: number): void => {
  for (const coming of comingRoles.filter(({ at }) => at <= now)) {
    comingRoles.splice(comingRoles.indexOf(coming), 1)
    roles.set(coming.role.arn, coming.role)
  }
}

/**
 * Deletes a role. IAM keeps the trust in a role under the role's unique id, so trust that names it is broken for good,
 * also if a role of the same ARN is made later. Its sessions are refused from now on.
 */
export const remove = (state: State, arn: string): void => {
  const { comingRoles, roles } = state
  const deleted = roles.get(arn) ?? comingRoles.find(({ role }) => role.arn === arn)?.role
  if (deleted === undefined) return
  roles.delete(arn)
  const coming = comingRoles.findIndex(({ role }) => role === deleted)
  if (coming >= 0) comingRoles.splice(coming, 1)
  for (const role of [...roles.values(), ...comingRoles.map(({ role }) => role)]) {
    role.trustPolicy = filterPrincipals(role.trustPolicy, (principal) => !names(principal, deleted))
  }
}

/**
 * Makes a role as it is defined. STS knows it at once, or from a time in epoch milliseconds on. It does not trust roles
 * that are deleted at this time: IAM would refuse them as principals.
 */
export const make = (state: State, arn: string, definition: RoleDefinition, at: number | undefined): void => {
  const role = newRole(state, arn, definition)
  if (at === undefined) state.roles.set(arn, role)
  else state.comingRoles.push({ role, at })
  const isDeleted = (arn: string) => state.roleDefinitions.has(arn) && !exists(state, arn)
  role.trustPolicy = filterPrincipals(
    role.trustPolicy,
    (principal) => principal._tag !== "Role" || !isDeleted(principal.arn),
  )
}

/** Changes a role, whose sessions live on. Trust that is not changed stays as it is, and so does trust that is broken. */
export const change = (state: State, arn: string, changes: Partial<typeof World.Role.Type>): void => {
  const definition = state.roleDefinitions.get(arn)
  const role = state.roles.get(arn) ?? state.comingRoles.find(({ role }) => role.arn === arn)?.role
  if (definition === undefined || role === undefined) return
  const changed = { ...definition, role: { ...definition.role, ...changes } }
  state.roleDefinitions.set(arn, changed)
  const { maxSessionDuration, tags } = changed.role
  Object.assign(role, { maxSessionDuration, policies: policiesOf(changed.role, state.managedPolicies), tags })
  if (changes.trustPolicy !== undefined) role.trustPolicy = changes.trustPolicy
}
