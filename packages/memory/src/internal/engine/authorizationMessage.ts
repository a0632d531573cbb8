/**
 * What a service like EC2 says of a request that it denies: a message that says nothing by itself, and that STS turns into
 * JSON which explains the denial.
 *
 * The form of the JSON is that of the example of `decode-authorization-message` in the AWS CLI Command Reference, and of
 * what users have quoted: a statement's condition without its operator, the actions of `NotAction` as if they were those
 * of `Action`, `failures` always empty.
 */
import * as Arr from "effect/Array"
import type * as Policy from "../../policy/Policy.ts"
import type * as RequestContext from "../../policy/RequestContext.ts"
import * as Seal from "../seal.ts"
import type { Caller } from "./caller.ts"
import type { Denial } from "./denial.ts"
import type { State } from "./state.ts"

export interface Denied {
  readonly caller: Caller
  readonly action: string
  readonly resource: string
  readonly region: string
  /** The condition keys that the service gave. */
  readonly context: { readonly [key: string]: RequestContext.Value | undefined }
  readonly denial: Denial
}

/** The longest message that DecodeAuthorizationMessage takes, in characters. */
const maxLength = 10_240

const items = <A>(values: ReadonlyArray<A>) => ({ items: values })

const valuesOf = (values: ReadonlyArray<string>) => items(values.map((value) => ({ value })))

const conditionsOf = (conditions: ReadonlyArray<readonly [key: string, values: ReadonlyArray<string>]>) =>
  items(conditions.map(([key, values]) => ({ key, values: valuesOf(values) })))

/** A statement names its holder by the unique id, a role's without the session. */
const holderId = ({ principal, userId }: Caller): string =>
  principal._tag === "RoleSession" ? (userId.split(":")[0] ?? userId) : userId

const describeStatement = ({ document }: Policy.Policy, index: number, caller: Caller) => {
  const { Action, Condition, Effect, NotAction, NotResource, Resource, Sid } =
    Arr.ensure(document.Statement)[index] ?? {}
  const conditions = Object.values(Condition ?? {}).flatMap((tests) =>
    Object.entries(tests).map(([key, values]) => [key, Arr.ensure(values).map(String)] as const),
  )
  return {
    statementId: Sid ?? "",
    effect: Effect?.toUpperCase(),
    principals: valuesOf([holderId(caller)]),
    principalGroups: items([]),
    actions: valuesOf(Arr.ensure(Action ?? NotAction ?? [])),
    resources: valuesOf(Arr.ensure(Resource ?? NotResource ?? [])),
    conditions: conditionsOf(conditions),
  }
}

/** What the service gave, and what it reads off the request and the resource's ARN. */
const contextOf = ({ action, context, region, resource }: Denied) => {
  const [, , , itsRegion, account, ...rest] = resource.split(":")
  const name = rest.join(":")
  const known: Denied["context"] = {
    ...context,
    "aws:Region": itsRegion || region,
    "aws:Service": action.split(":")[0],
    ...(resource !== "*" && {
      "aws:Account": account || undefined,
      "aws:ARN": resource,
      "aws:Resource": name,
      "aws:Type": /^[^/:]+(?=[/:])/.exec(name)?.[0],
    }),
  }
  return Object.entries(known).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, Arr.ensure<string | number | boolean>(value).map(String)] as const],
  )
}

const decoded = (denied: Denied, context: ReturnType<typeof contextOf>): string => {
  const { action, caller, denial, resource } = denied
  const { arn, principal, userId } = caller
  const isExplicit = denial._tag === "ExplicitlyDenied"
  return JSON.stringify({
    allowed: false,
    explicitDeny: isExplicit,
    matchedStatements: items(isExplicit ? [describeStatement(denial.policy, denial.statement.index, caller)] : []),
    failures: items([]),
    context: {
      principal: { id: userId, ...(principal._tag === "User" && { name: arn.split("/").at(-1) }), arn },
      action,
      resource,
      conditions: conditionsOf(context),
    },
  })
}

/**
 * The message for a denial. It is as long as its JSON would be in base64, and never longer than DecodeAuthorizationMessage
 * takes: of a context that is too large, the last keys are left out.
 */
export const encode = (state: State, denied: Denied): string => {
  const nonce = state.identifiers.nonce("authorization message")
  let context = contextOf(denied)
  for (;;) {
    const json = decoded(denied, context)
    const length = Math.min(maxLength, Math.ceil((json.length * 4) / 3))
    const message = Seal.seal(state.seed, "authorization message", nonce, denied.caller.account + json, length)
    if (message.length <= maxLength || context.length === 0) return message
    context = context.slice(0, Math.floor(context.length / 2))
  }
}

/**
 * The JSON of a message of this world. Whom AWS lets decode what is not documented: here, the account whose principal was
 * denied.
 */
export const decode = ({ seed }: State, message: string, account: string): string | undefined => {
  const known = Seal.open(seed, "authorization message", message)
  return known?.startsWith(account) ? known.slice(account.length) : undefined
}
