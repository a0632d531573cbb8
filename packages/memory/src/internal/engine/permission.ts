/**
 * May the caller do this: the policies that bear on a call, and the context that their conditions see.
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Authorization from "../../policy/Authorization.ts"
import type * as Policy from "../../policy/Policy.ts"
import * as Principal from "../../policy/Principal.ts"
import * as RequestContext from "../../policy/RequestContext.ts"
import { type Caller, sourceIdentityOf } from "./caller.ts"
import * as Denial from "./denial.ts"
import * as Mfa from "./mfa.ts"
import * as Organization from "./organization.ts"
import type * as Refusal from "./refusal.ts"
import type { Call, Moment } from "./simulation.ts"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

export interface Request {
  readonly action: string
  readonly resource: string
  readonly resourcePolicy?: Policy.Policy
  /** The condition keys that this request has besides those of every request. They are made when a policy asks for one. */
  readonly context?: () => { readonly [key: string]: RequestContext.Value | undefined }
}

/** The condition keys that every request has, `aws:SourceIp` only where it came over a network. */
const contextOf = ({ endpoint, now, sourceIp }: Moment) => ({
  "aws:CurrentTime": iso(now),
  "aws:EpochTime": Math.floor(now / 1000),
  "aws:PrincipalIsAWSService": false,
  "aws:RequestedRegion": endpoint.region,
  "aws:SecureTransport": true,
  "aws:SourceIp": sourceIp,
  "aws:ViaAWSService": false,
})

/** The condition keys of a caller. */
const contextOfCaller = (caller: Caller, { now, state }: Moment) => {
  const { session } = caller
  return {
    ...Principal.contextOf(caller.principal, caller),
    ...Mfa.contextOf(caller, false, now),
    "aws:AssumedRoot": session?.subject._tag === "AssumedRoot" ? true : undefined,
    "aws:PrincipalOrgID": Organization.idOf(state, caller.account),
    "aws:SourceIdentity": sourceIdentityOf(caller),
    ...(session?.subject._tag === "Role" && session.subject.identityKeys),
    "aws:TokenIssueTime": session === undefined ? undefined : iso(session.issuedAt),
  }
}

/** The condition keys of a resource, as far as its ARN tells them. */
const contextOfResource = (resource: string, { state }: Moment) => {
  const account = resource.split(":")[4] || undefined
  return {
    "aws:ResourceAccount": account,
    "aws:ResourceOrgID": account && Organization.idOf(state, account),
  }
}

/** What the policies make of a call. */
export const decide = (call: Call, { action, context, resource, resourcePolicy }: Request): Authorization.Decision => {
  const { policies, principal, sessionPolicies } = call.caller
  const known = RequestContext.suspend(() =>
    RequestContext.make({
      ...contextOf(call),
      ...contextOfCaller(call.caller, call),
      ...contextOfResource(resource, call),
      ...context?.(),
    }),
  )
  return Authorization.decide(
    { caller: principal, action, resource, context: known },
    { resource: resourcePolicy, identity: policies, session: sessionPolicies },
  )
}

export const isAllowed = (call: Call, request: Request): boolean => decide(call, request)._tag === "Allowed"

/** That the caller may do what has no resource. */
export const requireAction = (
  call: Call,
  action: string,
  context: Request["context"] = () => ({}),
): Result.Result<void, Refusal.Refusal> => {
  const decision = decide(call, { action, resource: "*", context })
  return decision._tag === "Allowed" ? Result.void : Result.fail(Denial.refusal(call.caller.arn, action, decision))
}

/**
 * What the policy of a resource makes of somebody who has shown the token of an identity provider and has no AWS identity
 * yet. `provider` is the provider's ARN, or the name of one that AWS knows by itself.
 */
export const decideFederated = (
  moment: Moment,
  provider: string,
  { action, context, resource, resourcePolicy }: Request,
): Authorization.Decision =>
  Authorization.decide(
    {
      caller: { _tag: "Federated", provider },
      action,
      resource,
      context: RequestContext.make({ ...contextOf(moment), ...contextOfResource(resource, moment), ...context?.() }),
    },
    { resource: resourcePolicy },
  )
