/**
 * Regions and endpoints: where a call comes in, and whose STS there is.
 *
 * Source: IAM User Guide, "Manage AWS STS in an AWS Region" and "AWS STS Regions and endpoints".
 */
import * as Result from "effect/Result"
import * as World from "../../World.ts"
import * as Refusal from "./refusal.ts"
import type { State } from "./state.ts"

/** Where a call comes in. The global endpoint is in us-east-1. */
export interface Endpoint {
  readonly region: string
  readonly isGlobal: boolean
}

/** The regions of the partition `aws` that all accounts have. Whatever was opened after March 2019 is opt-in. */
const defaultRegions: ReadonlySet<string> = new Set([
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
])

/** The operations that the global endpoint does not have. */
const regionalOperations: ReadonlySet<string> = new Set(["AssumeRoot", "GetWebIdentityToken"])

const isOptIn = (region: string): boolean => World.partitionOf(region) === "aws" && !defaultRegions.has(region)

const isDisabled = ({ accounts }: State, account: string, region: string): boolean =>
  accounts.get(account)?.disabledRegions.includes(region) ?? false

export const hasOperation = ({ isGlobal }: Endpoint, operation: string): boolean =>
  !isGlobal || !regionalOperations.has(operation)

/**
 * Whether the keys of an account are known in a region: an opt-in region has the IAM of those accounts only that have
 * enabled it.
 */
export const knowsAccount = (state: State, { region }: Endpoint, account: string): boolean =>
  !(isOptIn(region) && isDisabled(state, account, region))

/** The version of the token of a session that is made for an account at an endpoint. */
export const tokenVersionOf = ({ accounts }: State, { isGlobal }: Endpoint, account: string): 1 | 2 =>
  isGlobal ? (accounts.get(account)?.globalEndpointTokenVersion ?? 1) : 2

export const takesTokenVersion = ({ region }: Endpoint, version: 1 | 2): boolean => version === 2 || !isOptIn(region)

/** STS must be activated for the account that credentials are made for, whoever asks for them. */
export const requireActive = (
  state: State,
  { region }: Endpoint,
  account: string,
): Result.Result<void, Refusal.Refusal> =>
  isDisabled(state, account, region) ? Result.fail(Refusal.regionDisabled(account)) : Result.void
