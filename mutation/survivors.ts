/** Mutants that no test kills, and why: what survivors.json lists, and how Stryker's report is compared with it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"

/** A mutant, told by words that stay where other lines come and go. */
export interface Fingerprint {
  /** The line on which the mutated code begins, without its indentation. */
  readonly line: string
  /** The mutated code, with every run of white space as one space. */
  readonly from: string
  readonly to: string
}

/** Mutants of one file that survive for one reason. */
export interface Survivors {
  readonly file: string
  readonly reason: string
  readonly mutants: ReadonlyArray<Fingerprint>
}

export interface Mutant extends Fingerprint {
  /** From the root. */
  readonly file: string
  readonly lineNumber: number
  readonly status: string
}

interface Position {
  /** Both are counted from 1. */
  readonly line: number
  readonly column: number
}

/** What is read of Stryker's JSON report. */
export interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: string
        readonly mutants: ReadonlyArray<{
          readonly replacement: string
          readonly status: string
          readonly location: { readonly start: Position; readonly end: Position }
        }>
      }
    >
  >
}

export const survivorsOf = (folder: string): ReadonlyArray<Survivors> =>
  JSON.parse(readFileSync(join(folder, "survivors.json"), "utf8")) as ReadonlyArray<Survivors>

/** Code with every run of white space as one space. */
export const onOneLine = (code: string): string => code.trim().replaceAll(/\s+/g, " ")

const indexOf = (lines: ReadonlyArray<string>, { column, line }: Position) =>
  lines.slice(0, line - 1).reduce((sum, before) => sum + before.length + 1, 0) + column - 1

export const mutantsOf = (report: Report): ReadonlyArray<Mutant> =>
  Object.entries(report.files).flatMap(([file, { mutants, source }]) => {
    const lines = source.split("\n")
    return mutants.map(({ location: { end, start }, replacement, status }) => ({
      file,
      lineNumber: start.line,
      status,
      line: (lines[start.line - 1] ?? "").trim(),
      from: onOneLine(source.slice(indexOf(lines, start), indexOf(lines, end))),
      to: onOneLine(replacement),
    }))
  })

const key = (file: string, { from, line, to }: Fingerprint) => JSON.stringify([file, line, from, to])

/** Survivors that nothing is written down of; an entry stands for one mutant. */
export const unlistedOf = (
  survivors: ReadonlyArray<Mutant>,
  listed: ReadonlyArray<Survivors>,
): ReadonlyArray<Mutant> => {
  const keys = listed.flatMap(({ file, mutants }) => mutants.map((mutant) => key(file, mutant)))
  return survivors.filter((mutant) => {
    const index = keys.indexOf(key(mutant.file, mutant))
    if (index >= 0) keys.splice(index, 1)
    return index < 0
  })
}
