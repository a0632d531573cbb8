/**
 * Why a request is denied, in AWS's words.
 *
 * Source: IAM User Guide, "Troubleshoot access denied error messages".
 */
import type * as Authorization from "../../policy/Authorization.ts"
import type * as Policy from "../../policy/Policy.ts"
import * as Refusal from "./refusal.ts"

export type Denial = Exclude<Authorization.Decision, { readonly _tag: "Allowed" }>

const names: { readonly [K in Policy.Kind]: string } = {
  identity: "identity-based",
  resource: "resource-based",
  session: "session",
  trust: "role trust",
}

const denied = (kind: Policy.Kind): string =>
  `with an explicit deny in ${kind === "identity" ? "an" : "a"} ${names[kind]} policy`

/** The reason. AWS names one kind of policy, also where several are wanting. */
export const because = (action: string, denial: Denial): string =>
  denial._tag === "ExplicitlyDenied"
    ? denied(denial.policy.kind)
    : `because no ${names[denial.lacks[0] ?? "identity"]} policy allows the ${action} action`

export const sentence = (callerArn: string, action: string, denial: Denial, resource?: string): string =>
  [
    `User: ${callerArn} is not authorized to perform: ${action}`,
    ...(resource === undefined ? [] : [`on resource: ${resource}`]),
    because(action, denial),
  ].join(" ")

/** Of an action of STS that has no resource. Of AssumeRole, which has one, STS does not say the reason. */
export const refusal = (callerArn: string, action: string, denial: Denial): Refusal.Refusal =>
  Refusal.accessDenied(sentence(callerArn, action, denial))
