/**
 * The form of a simulated operation: what becomes of a request whose caller is known.
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Caller } from "./caller.ts"
import * as Refusal from "./refusal.ts"
import type { State } from "./state.ts"
import * as Validation from "./validation.ts"

/** A call that has been authenticated. All that it changes it changes at once: nothing else runs in between. */
export interface Call {
  readonly state: State
  readonly caller: Caller
  /** Epoch milliseconds. */
  readonly now: number
}

export interface Simulation {
  readonly operation: Operation.Any
  /** The answer to a request of which nothing is known yet, in AWS's own names. */
  readonly answer: (request: unknown, call: Call) => Result.Result<unknown, Refusal.Refusal>
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
  operation === "AssumeRole" ||
  operation === "GetCallerIdentity"

/**
 * Simulates an operation. The request is checked against every constraint of its schema first, wherever it comes from.
 */
export const simulate = <Op extends Operation.Any>(
  operation: Op,
  act: (request: Operation.Request<Op>, call: Call) => Result.Result<Operation.EncodedResponse<Op>, Refusal.Refusal>,
): Simulation => {
  const decode = Schema.decodeUnknownResult(operation.request, { errors: "all" })
  const validate = Validation.make(operation)
  const read = (request: unknown) => {
    const faults = validate(request)
    return faults.length === 0
      ? Result.mapError(decode(request), toValidationError)
      : Result.fail(Refusal.validationError(Validation.sentence(faults)))
  }
  return {
    operation,
    answer: (request, call) =>
      Result.flatMap(read(request), (decoded) =>
        mayCall(operation.name, call.caller)
          ? act(decoded, call)
          : Result.fail(Refusal.withSessionCredentials(operation.name)),
      ),
  }
}
