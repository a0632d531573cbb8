/**
 * The organization of the world's accounts.
 */
import type { State } from "./state.ts"

/** The id of the organization that an account is in. */
export const idOf = ({ organization }: State, account: string): string | undefined =>
  organization?.managementAccount === account || organization?.members.has(account) ? organization?.id : undefined

/** Whether those who call from an account may ask for sessions of a member's root. */
export const administersRootOf = ({ organization }: State, account: string, member: string): boolean =>
  organization !== undefined &&
  organization.rootSessions &&
  (organization.managementAccount === account || organization.delegatedAdministrators.has(account)) &&
  organization.members.has(member)
