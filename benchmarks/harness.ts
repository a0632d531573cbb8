/**
 * Measures contenders side by side: each round runs all of them, in turning order, so that the noise of the machine hits
 * them alike. Figures are medians of the rounds, ratios medians of the ratios within a round.
 */
import { performance } from "node:perf_hooks"
import process from "node:process"

/** A line of a table: by column, what it says. */
export type Row = Readonly<Record<string, string>>

/** A table as it is printed. All rows have the columns of the first. */
export interface Section {
  readonly title: string
  readonly rows: ReadonlyArray<Row>
  readonly notes?: ReadonlyArray<string>
}

/** Does its work so many times. */
export type Run = (times: number) => void | Promise<void>

export interface Contender {
  readonly name: string
  readonly run: Run
}

/** Stands in the place of one that is not installed, or does not work. */
export interface Absent {
  readonly name: string
  readonly reason: string
}

const isAbsent = (entry: Contender | Absent | Measured): entry is Absent => "reason" in entry

/** One of many ways in which peers are not there. */
export const reasonOf = (error: unknown): string => {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n")
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}

/**
 * Makes a contender that may not be there. It runs once, so that one which does not work is found out before the others
 * are measured beside it.
 */
export const contender = async (name: string, make: () => Run | Promise<Run>): Promise<Contender | Absent> => {
  try {
    const run = await make()
    await run(1)
    return { name, run }
  } catch (error) {
    return { name, reason: reasonOf(error) }
  }
}

/**
 * A module of `peers/`, by its path there. Its name is not written where TypeScript could follow it: everything else is
 * type-checked also where no peer is installed.
 */
export const peer = async <A>(path: string): Promise<A> =>
  (await import(new URL(`peers/${path}`, import.meta.url).href)) as A

/** What one run of a contender took, by the call. */
interface Sample {
  readonly micros: number
  /** Of all threads, also the collector's. */
  readonly cpuMicros: number
}

interface Measured {
  readonly name: string
  readonly samples: ReadonlyArray<Sample>
}

export interface Options {
  readonly rounds: number
  /** About how long a contender is at work in one round. */
  readonly millis: number
}

const sample = async (run: Run, times: number): Promise<Sample> => {
  // What the one before has left behind is not for this one to clean up.
  globalThis.gc?.({ type: "minor" })
  const cpu = process.cpuUsage()
  const start = performance.now()
  await run(times)
  const micros = ((performance.now() - start) * 1000) / times
  const { system, user } = process.cpuUsage(cpu)
  return { micros, cpuMicros: (user + system) / times }
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2
}

/** What came of it: a figure for each contender, and between any two of them a ratio. */
export class Results {
  private readonly entries: ReadonlyArray<Measured | Absent>

  constructor(entries: ReadonlyArray<Measured | Absent>) {
    this.entries = entries
  }

  private samples(name: string, meter: keyof Sample): ReadonlyArray<number> {
    const entry = this.entries.find((entry) => entry.name === name)
    return entry === undefined || isAbsent(entry) ? [] : entry.samples.map((sample) => sample[meter])
  }

  /** Microseconds a call; NaN for one that is absent. */
  median(name: string, meter: keyof Sample): number {
    return median(this.samples(name, meter))
  }

  /** How many times as much one takes as another; NaN where one is absent. */
  ratio(name: string, base: string, meter: keyof Sample): number {
    const bases = this.samples(base, meter)
    return median(this.samples(name, meter).map((value, round) => value / (bases[round] ?? NaN)))
  }

  /** A row for each contender, with a column `why` if one is absent. */
  rows(column: string, describe: (name: string) => Row): ReadonlyArray<Row> {
    const rows = this.entries.map((entry) => ({
      [column]: entry.name,
      ...describe(entry.name),
      ...(isAbsent(entry) ? { "why not": entry.reason } : {}),
    }))
    return withAllColumns(rows)
  }
}

/** Gives each row the columns of all. */
export const withAllColumns = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const columns = new Set(rows.flatMap(Object.keys))
  return rows.map((row) => Object.fromEntries(Array.from(columns, (column) => [column, row[column] ?? ""])))
}

const warmUpMillis = 500

/** Warms one up, and finds how often it does its work in so many milliseconds. */
const calibrate = async (run: Run, millis: number): Promise<number> => {
  const start = performance.now()
  for (let times = 1; ; times *= 2) {
    const { micros } = await sample(run, times)
    const isWarm = performance.now() - start >= warmUpMillis
    if (isWarm || micros * times >= warmUpMillis * 1000) return Math.max(1, Math.round((millis * 1000) / micros))
  }
}

/** Runs all contenders in each of the rounds. */
export const interleave = async (
  contenders: ReadonlyArray<Contender | Absent>,
  { millis, rounds }: Options,
): Promise<Results> => {
  const samples = new Map<string, Array<Sample>>()
  const present: Array<Contender & { readonly times: number }> = []
  for (const entry of contenders) {
    if (isAbsent(entry)) continue
    present.push({ ...entry, times: await calibrate(entry.run, millis) })
    samples.set(entry.name, [])
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < present.length; turn++) {
      const next = present[(turn + round) % present.length]
      if (next !== undefined) samples.get(next.name)?.push(await sample(next.run, next.times))
    }
  }
  return new Results(
    contenders.map((entry) => (isAbsent(entry) ? entry : { name: entry.name, samples: samples.get(entry.name) ?? [] })),
  )
}

/** A number as people read it: three digits. */
export const digits = (value: number): string =>
  Number.isNaN(value) ? "–" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3)

export const times = (ratio: number): string => (Number.isNaN(ratio) ? "–" : `${digits(ratio)}×`)

export const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`

/** A limit, and whether a value is within it. */
export const limit = (value: number, sign: "<=" | ">=", bound: number): string => {
  const isWithin = sign === "<=" ? value <= bound : value >= bound
  return `limit ${sign} ${bound.toLocaleString("en")}: ${Number.isNaN(value) ? "not measured" : isWithin ? "ok" : "OVER"}`
}

export const isOver = ({ rows }: Section): boolean =>
  rows.some((row) => Object.values(row).some((cell) => /^limit .*: (OVER|not measured)$/.test(cell)))

/** The section as Markdown that also reads well in a terminal. */
export const format = ({ notes = [], rows, title }: Section): string => {
  const columns = Object.keys(rows[0] ?? {})
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? "").length)))
  const formatted = lines.map((line) => `| ${line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`)
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`
  return [
    `### ${title}`,
    "",
    ...formatted.slice(0, 1),
    rule,
    ...formatted.slice(1),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `- ${note}`)]),
  ].join("\n")
}
