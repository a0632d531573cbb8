/**
 * May the caller do this: the policies that bear on a call, and the context that their conditions see.
 */
import * as DateTime from "effect/DateTime"
import * as Authorization from "../../policy/Authorization.ts"
import type * as Policy from "../../policy/Policy.ts"
import * as Principal from "../../policy/Principal.ts"
import * as RequestContext from "../../policy/RequestContext.ts"
import type { Call } from "./simulation.ts"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

interface Request {
  readonly action: string
  readonly resource: string
  readonly resourcePolicy?: Policy.Policy
  /** The condition keys that this request has besides those of every request. */
  readonly context?: { readonly [key: string]: RequestContext.Value | undefined }
}

/** The condition keys that every request has. There is no `aws:SourceIp`: nothing came over a network. */
const contextOf = ({ caller, now, state }: Call) => {
  const { session } = caller
  return {
    ...Principal.contextOf(caller.principal, caller),
    "aws:CurrentTime": iso(now),
    "aws:EpochTime": Math.floor(now / 1000),
    "aws:PrincipalIsAWSService": false,
    "aws:RequestedRegion": state.region,
    "aws:SecureTransport": true,
    "aws:SourceIdentity": session?.subject._tag === "Role" ? session.subject.sourceIdentity : undefined,
    "aws:TokenIssueTime": session === undefined ? undefined : iso(session.issuedAt),
    "aws:ViaAWSService": false,
  }
}

export const isAllowed = (call: Call, { action, context, resource, resourcePolicy }: Request): boolean => {
  const { policies, principal, sessionPolicies } = call.caller
  const decision = Authorization.decide(
    { caller: principal, action, resource, context: RequestContext.make({ ...contextOf(call), ...context }) },
    { resource: resourcePolicy, identity: policies, session: sessionPolicies },
  )
  return decision._tag === "Allowed"
}
