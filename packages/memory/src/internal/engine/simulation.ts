/**
 * The form of a simulated operation: what becomes of a request whose caller is known.
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Caller } from "./caller.ts"
import type { Moment } from "./moment.ts"
import * as Refusal from "./refusal.ts"
import * as Region from "./region.ts"
import * as SessionTags from "./sessionTags.ts"
import * as Validation from "./validation.ts"

export type { Moment }

/** A call that has been authenticated. All that it changes it changes at once: nothing else runs in between. */
export interface Call extends Moment {
  readonly caller: Caller
}

type Request<Op extends Operation.Any> = Operation.Request<Op>

type Response<Op extends Operation.Any> = Operation.EncodedResponse<Op>

export interface Simulation {
  readonly operation: Operation.Any
  /**
   * The answer to a request of which nothing is known yet, in AWS's own names. Whatever need not wait has happened when
   * the effect is returned. Signed operations have a caller, others have none.
   */
  readonly answer: (
    request: unknown,
    moment: Moment,
    caller: Caller | undefined,
  ) => Effect.Effect<unknown, Refusal.Refusal>
}

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** For the rules that no sentence of STS is known for. The words are the schema's, which never shows a value. */
const toValidationError = ({ issue }: Schema.SchemaError): Refusal.Refusal => {
  const faults = formatIssue(issue).issues.map(({ message, path = [] }) => {
    const field = path.map((segment) => String(typeof segment === "object" ? segment.key : segment)).join(".")
    return `Value at '${field.charAt(0).toLowerCase()}${field.slice(1)}' failed to satisfy constraint: ${message}`
  })
  return Refusal.validationError(Validation.sentence(faults))
}

/**
 * The sessions of users may call two operations, whatever their policies say. What else a kind of caller may not do, the
 * operation says itself.
 */
const mayCall = (operation: string, { session }: Caller): boolean =>
  session === undefined ||
  session.subject._tag === "Role" ||
  session.subject._tag === "AssumedRoot" ||
  operation === "AssumeRole" ||
  operation === "GetCallerIdentity"

/** The account that a request asks credentials of, as far as it can be read off: that of its role, or the caller's own. */
const issuerOf = (operation: string, request: unknown, caller?: Caller): string | undefined => {
  if (Predicate.hasProperty(request, "roleArn")) return String(request.roleArn).split(":")[4]
  return operation === "GetFederationToken" || operation === "GetSessionToken" ? caller?.account : undefined
}

const requireActive = ({ endpoint, state }: Moment, account = ""): Result.Result<void, Refusal.Refusal> =>
  Region.requireActive(state, endpoint, account)

/** Checks a request against every constraint of its operation's schema, wherever it comes from. */
const reader = <Op extends Operation.Any>(operation: Op) => {
  const decode = Schema.decodeUnknownResult(operation.request)
  // To look for all errors takes longer, so it is for requests that have one.
  const decodeAll = Schema.decodeUnknownResult(operation.request, { errors: "all" })
  const validate = Validation.make(operation)
  return (request: unknown): Result.Result<Request<Op>, Refusal.Refusal> => {
    const faults = validate(request)
    return faults.length === 0
      ? Result.flatMap(SessionTags.ofRequest(request), () =>
          Result.mapError(
            Result.orElse(decode(request), () => decodeAll(request)),
            toValidationError,
          ),
        )
      : Result.fail(Refusal.validationError(Validation.sentence(faults)))
  }
}

/**
 * Simulates a signed operation whose answer has to wait for something, as for a signature of its own. `act` decides, and
 * changes what it changes, before it returns the effect.
 */
export const simulateEffect = <Op extends Operation.Any & { readonly auth: "signed" }>(
  operation: Op,
  act: (request: Request<Op>, call: Call) => Effect.Effect<Response<Op>, Refusal.Refusal>,
): Simulation => {
  const read = reader(operation)
  return {
    operation,
    answer: (request, moment, caller) => {
      if (caller === undefined) return Effect.fail(Refusal.missingAuthenticationToken())
      const decoded = read(request)
      if (Result.isFailure(decoded)) return Effect.fail(decoded.failure)
      if (!mayCall(operation.name, caller)) return Effect.fail(Refusal.withSessionCredentials(operation.name))
      const active = requireActive(moment, issuerOf(operation.name, decoded.success, caller))
      return Result.isFailure(active) ? Effect.fail(active.failure) : act(decoded.success, { ...moment, caller })
    },
  }
}

/** Simulates a signed operation. */
export const simulate = <Op extends Operation.Any & { readonly auth: "signed" }>(
  operation: Op,
  act: (request: Request<Op>, call: Call) => Result.Result<Response<Op>, Refusal.Refusal>,
): Simulation => simulateEffect(operation, (request, call) => Effect.fromResult(act(request, call)))

/**
 * Simulates an operation whose request proves by itself who calls. To examine the proof may take time (signatures are
 * checked by WebCrypto) and changes nothing; `act` then does the rest at once.
 */
export const simulateUnsigned = <Op extends Operation.Any & { readonly auth: "unsigned" }, Evidence>(
  operation: Op,
  {
    act,
    examine,
  }: {
    readonly examine: (request: Request<Op>, moment: Moment) => Effect.Effect<Evidence, Refusal.Refusal>
    readonly act: (
      request: Request<Op>,
      moment: Moment,
      evidence: Evidence,
    ) => Result.Result<Response<Op>, Refusal.Refusal>
  },
): Simulation => {
  const read = reader(operation)
  return {
    operation,
    answer: (request, moment) => {
      const decoded = read(request)
      if (Result.isFailure(decoded)) return Effect.fail(decoded.failure)
      const active = requireActive(moment, issuerOf(operation.name, decoded.success))
      if (Result.isFailure(active)) return Effect.fail(active.failure)
      return Effect.flatMap(examine(decoded.success, moment), (evidence) =>
        Effect.fromResult(act(decoded.success, moment, evidence)),
      )
    },
  }
}
