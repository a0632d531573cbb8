// A table of what was seen, against what was expected. Colours where the terminal has them and NO_COLOR is not set.
import { stripVTControlCharacters, styleText } from "node:util"

export interface Row {
  readonly step: string
  readonly depth: number
  readonly identity: string
  readonly expected: string
  /** What was refused on the way, in the words of the error. */
  readonly refused?: string
}

export const isAsExpected = ({ expected, identity }: Row): boolean => identity === expected

const cells = (row: Row): ReadonlyArray<string> => [
  isAsExpected(row) ? styleText("green", "ok") : styleText("red", "WRONG"),
  row.step,
  String(row.depth),
  row.identity,
]

const notes = (row: Row): ReadonlyArray<string> => [
  ...(row.refused === undefined ? [] : [styleText("yellow", `refused: ${row.refused}`)]),
  ...(isAsExpected(row) ? [] : [styleText("red", `expected: ${row.expected}`)]),
]

const width = (text: string): number => stripVTControlCharacters(text).length

const pad = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)))

export const format = (title: string, rows: ReadonlyArray<Row>): string => {
  const head = ["", "step", "depth", "identity"].map((text) => styleText("dim", text))
  const lines = [head, ...rows.map(cells)]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))))
  const layOut = (line: ReadonlyArray<string>) =>
    `  ${line.map((cell, column) => pad(cell, widths[column] ?? 0)).join("  ")}`.trimEnd()
  const indent = " ".repeat((widths[0] ?? 0) + 4)
  const body = rows.flatMap((row) => [layOut(cells(row)), ...notes(row).map((note) => indent + note)])
  return ["", styleText("bold", title), layOut(head), ...body].join("\n")
}
