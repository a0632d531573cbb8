/**
 * Requests to other services, decided by the policies of the world.
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Policy from "../../policy/Policy.ts"
import type * as RequestContext from "../../policy/RequestContext.ts"
import * as AuthorizationMessage from "./authorizationMessage.ts"
import { type Caller, ofLongTermKey, ofSession } from "./caller.ts"
import * as Denial from "./denial.ts"
import type { Moment } from "./moment.ts"
import * as Permission from "./permission.ts"
import { codeOf, invalidClientTokenId, type Refusal as StsRefusal } from "./refusal.ts"
import type { Call } from "./simulation.ts"
import * as State from "./state.ts"

export interface Request {
  readonly action: string
  readonly resource: string
  readonly context: { readonly [key: string]: RequestContext.Value | undefined }
  readonly resourcePolicy: Policy.Policy | undefined
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly encodedMessage?: string
}

export const fromRefusal = ({ reason }: StsRefusal): Refusal => ({ code: codeOf(reason), message: reason.message })

/**
 * The caller of an ARN, without credentials: a user, a root user, or a role, which stands for a session of it that has
 * nothing of its own.
 */
export const callerNamed = ({ now, state }: Moment, arn: string): Caller | undefined => {
  const holder = state.holders.get(arn)
  const role = state.roles.get(arn)
  if (holder !== undefined) return ofLongTermKey(holder)
  return (
    role &&
    ofSession(state, {
      _tag: "Session",
      accessKeyId: "",
      secretAccessKey: Redacted.make(""),
      sessionToken: "",
      issuedAt: now,
      expiresAt: Infinity,
      tokenVersion: 2,
      subject: State.plainSubject(role, "session"),
    })
  )
}

/**
 * IAM does not take sessions of users without MFA, and those of federated users, whatever policies say. PassRole is
 * permission to tell another service of a role, and no call of IAM.
 */
const isNoneForIam = ({ session }: Caller, action: string): boolean =>
  /^iam:(?!passrole$)/i.test(action) &&
  session !== undefined &&
  (session.subject._tag === "FederatedUser" || (session.subject._tag === "Holder" && !session.subject.isMfa))

/** Whether the caller may do it. A denial has the code and the words of EC2, which is one of the services that encode. */
export const authorize = (call: Call, request: Request): Result.Result<void, Refusal> => {
  const { action, context, resource, resourcePolicy } = request
  const { caller, endpoint, state } = call
  if (isNoneForIam(caller, action)) return Result.fail(fromRefusal(invalidClientTokenId()))
  const denial = Permission.decide(call, {
    action,
    resource,
    context: () => context,
    ...(resourcePolicy && { resourcePolicy }),
  })
  if (denial._tag === "Allowed") return Result.void
  const { region } = endpoint
  const encodedMessage = AuthorizationMessage.encode(state, { caller, action, resource, region, context, denial })
  const reason = Denial.sentence(caller.arn, action, denial, resource)
  return Result.fail({
    code: "UnauthorizedOperation",
    message: `You are not authorized to perform this operation. ${reason}. Encoded authorization failure message: ${encodedMessage}`,
    encodedMessage,
  })
}
