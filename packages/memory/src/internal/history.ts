/**
 * The log as people read it: a line for each call, and the difference between calls that were expected and those that
 * were made.
 *
 * ```
 * 10:00:00 AssumeRole alice → role/deployer ✓
 * 10:00:05 GetCallerIdentity deployer/release-42 ✗ Throttling [Throttling]
 * ```
 */
import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"

/** What is known or asked of a call; of what is left out nothing is. */
export interface Facts {
  readonly operation?: string | undefined
  readonly caller?: string | undefined
  readonly accessKeyId?: string | undefined
  readonly time?: number | undefined
  readonly outcome?: string | undefined
  readonly parameters?: { readonly [name: string]: unknown } | undefined
  readonly faults?: ReadonlyArray<string> | undefined
}

/** The parameters that say what a call is for. */
const targets = ["RoleArn", "TargetPrincipal", "Name", "AccessKeyId"]

const targetOf = ({ parameters = {} }: Facts): string | undefined =>
  targets.map((name) => parameters[name]).find(Predicate.isString)

const accountOf = (arn: string): string | undefined => /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1]

const accountsIn = (calls: ReadonlyArray<Facts>): ReadonlySet<string> =>
  new Set(
    calls.flatMap((call) =>
      [call.caller ?? "", targetOf(call) ?? ""].map(accountOf).filter((account) => account !== undefined),
    ),
  )

/** The ARN without what all have in common. */
const shorten = (arn: string, accounts: ReadonlySet<string>): string => {
  const account = accountOf(arn)
  if (account === undefined) return arn
  const resource = arn.split(":").slice(5).join(":")
  return accounts.size > 1
    ? `${account}:${resource}`
    : arn.includes(":user/") || arn.includes(":assumed-role/")
      ? resource.slice(resource.indexOf("/") + 1)
      : resource
}

const timeOf = (time: number): string => new Date(time).toISOString().slice(11, 23).replace(".000", "")

const outcomeOf = (outcome: string): string => (outcome === "Success" ? "✓" : `✗ ${outcome}`)

/** How the calls of one history are written. */
interface Style {
  readonly accounts: ReadonlySet<string>
  /** The parameters that are written whatever they are. */
  readonly names: ReadonlyArray<string>
  readonly withKeys: boolean
}

const lineOf =
  ({ accounts, names, withKeys }: Style) =>
  (call: Facts): string => {
    const { accessKeyId, caller, faults = [], operation, outcome, parameters = {}, time } = call
    const target = targetOf(call)
    const given = names
      .filter((name) => name in parameters)
      .map((name) => `${name}=${JSON.stringify(parameters[name])}`)
    return [
      ...(time === undefined ? [] : [timeOf(time)]),
      operation ?? "any",
      ...(caller === undefined ? [] : [shorten(caller, accounts)]),
      ...(accessKeyId !== undefined && (withKeys || caller === undefined) ? [`(${accessKeyId})`] : []),
      ...(target === undefined ? [] : ["→", shorten(target, accounts)]),
      ...given,
      ...(outcome === undefined ? [] : [outcomeOf(outcome)]),
      ...(faults.length === 0 ? [] : [`[${faults.join(", ")}]`]),
    ].join(" ")
  }

export const format = (calls: ReadonlyArray<Facts>): string =>
  calls.map(lineOf({ accounts: accountsIn(calls), names: [], withKeys: false })).join("\n")

const isSame = (expected: unknown, actual: unknown) => expected === undefined || Equal.equals(expected, actual)

/** Whether a call is as it is expected, as far as anything is. */
export const matches = (expected: Facts, actual: Facts): boolean =>
  isSame(expected.operation, actual.operation) &&
  isSame(expected.caller, actual.caller) &&
  isSame(expected.accessKeyId, actual.accessKeyId) &&
  isSame(expected.outcome, actual.outcome) &&
  isSame(expected.faults, actual.faults) &&
  Object.entries(expected.parameters ?? {}).every(([name, value]) => Equal.equals(value, actual.parameters?.[name]))

interface Edit {
  readonly sign: " " | "-" | "+"
  readonly call: Facts
}

/** How many calls in a row, from one place in each on, are as expected, for every place: the longest common subsequence. */
const commonLengths = (expected: ReadonlyArray<Facts>, actual: ReadonlyArray<Facts>): ReadonlyArray<Uint32Array> => {
  const lengths = Array.from({ length: expected.length + 1 }, () => new Uint32Array(actual.length + 1))
  for (let row = expected.length - 1; row >= 0; row--) {
    for (let column = actual.length - 1; column >= 0; column--) {
      const [wanted = {}, made = {}] = [expected[row], actual[column]]
      const length = (below: number, right: number) => lengths[row + below]?.[column + right] ?? 0
      lengths[row]?.set([matches(wanted, made) ? length(1, 1) + 1 : Math.max(length(1, 0), length(0, 1))], column)
    }
  }
  return lengths
}

/** The fewest calls to take away and to add. */
const editsOf = (expected: ReadonlyArray<Facts>, actual: ReadonlyArray<Facts>): ReadonlyArray<Edit> => {
  const lengths = commonLengths(expected, actual)
  const edits: Array<Edit> = []
  let [row, column] = [0, 0]
  while (row < expected.length || column < actual.length) {
    const [wanted, made] = [expected[row], actual[column]]
    if (wanted !== undefined && made !== undefined && matches(wanted, made)) {
      edits.push({ sign: " ", call: made })
      row++
      column++
    } else if (
      wanted !== undefined &&
      (made === undefined || (lengths[row + 1]?.[column] ?? 0) >= (lengths[row]?.[column + 1] ?? 0))
    ) {
      edits.push({ sign: "-", call: wanted })
      row++
    } else if (made !== undefined) {
      edits.push({ sign: "+", call: made })
      column++
    }
  }
  return edits
}

/** What differs, a line for each call, or none where nothing does. */
export const diff = (expected: ReadonlyArray<Facts>, actual: ReadonlyArray<Facts>): string | undefined => {
  if (expected.length === actual.length && expected.every((wanted, index) => matches(wanted, actual[index] ?? {}))) {
    return undefined
  }
  const edits = editsOf(expected, actual)
  const style = {
    accounts: accountsIn([...expected, ...actual]),
    names: Array.from(new Set(expected.flatMap(({ parameters = {} }) => Object.keys(parameters)))).filter(
      (name) => !targets.includes(name),
    ),
    withKeys: expected.some(({ accessKeyId }) => accessKeyId !== undefined),
  }
  return edits.map(({ call, sign }) => `${sign} ${lineOf(style)(call)}`).join("\n")
}
