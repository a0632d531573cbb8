/**
 * `pnpm bench [table …] [--write] [--check]`: prints the tables, each measured in a process of its own.
 *
 * - `--write` puts them into RESULTS.md, with the machine and the date.
 * - `--check` exits with 1 where a limit does not hold.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { cpus, loadavg, totalmem } from "node:os"
import process from "node:process"
import { parseArgs } from "node:util"
import { format, isOver, type Section } from "./harness.ts"

const here = import.meta.dirname

const tables = ["signing", "calls", "sdk", "bundles", "xml", "coldStart", "stack", "refresh", "fake"]

const { positionals, values } = parseArgs({
  // pnpm and npm differ in whether they pass on the `--` that goes before the options of a script.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  allowPositionals: true,
  options: {
    write: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    /** For the processes that this one starts. */
    measure: { type: "string" },
  },
})

const measure = async (table: string): Promise<ReadonlyArray<Section>> => {
  const { run } = (await import(`./tables/${table}.ts`)) as { readonly run: () => Promise<ReadonlyArray<Section>> }
  return run()
}

const measureApart = async (table: string): Promise<ReadonlyArray<Section>> => {
  const child = fork(import.meta.filename, ["--measure", table], { execArgv: ["--expose-gc", "--no-warnings"] })
  const sections: Array<Section> = []
  child.on("message", (section: Section) => sections.push(section))
  const [code] = (await once(child, "exit")) as [number | null]
  if (code === 0) return sections
  return [...sections, { title: table, rows: [{ table, limit: "limit any: not measured", why: `exit code ${code}` }] }]
}

const versions = () =>
  globSync(["package.json", "peers/*/package.json"], { cwd: here }).flatMap((file) => {
    const { dependencies } = JSON.parse(readFileSync(join(here, file), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>
    }
    return Object.entries(dependencies)
      .filter(([, version]) => !version.startsWith("link:"))
      .map(([name, version]) => `${name} ${version}`)
  })

const results = (printed: ReadonlyArray<string>) => {
  const [cpu] = cpus()
  return [
    "# Results",
    "",
    `Of \`pnpm bench ${[...positionals, "--write"].join(" ")}\`; see [README.md](README.md) for how to read them.`,
    "",
    `- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform} ${process.arch}`,
    `- ${cpus().length} cores of ${cpu?.model.trim() ?? "an unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB; load averages of 1, 5 and 15 minutes at the end ${loadavg()
      .map((load) => load.toFixed(1))
      .join(", ")}`,
    `- ${versions().join(", ")}`,
    "",
    printed.join("\n\n"),
    "",
  ].join("\n")
}

const main = async () => {
  const unknown = positionals.filter((name) => !tables.includes(name))
  if (unknown.length > 0) throw new Error(`there is no table ${unknown.join(", ")}; there are ${tables.join(", ")}`)
  const printed: Array<string> = []
  let isAnyOver = false
  for (const table of positionals.length > 0 ? positionals : tables) {
    const start = performance.now()
    for (const section of await measureApart(table)) {
      printed.push(format(section))
      isAnyOver ||= isOver(section)
      console.log(`\n${format(section)}`)
    }
    console.log(`\n(${table}: ${Math.round((performance.now() - start) / 1000)} s)`)
  }
  if (values.write) writeFileSync(join(here, "RESULTS.md"), results(printed))
  if (values.check && isAnyOver) process.exitCode = 1
}

if (values.measure === undefined) {
  await main()
} else {
  for (const section of await measure(basename(values.measure))) process.send?.(section)
  process.disconnect()
}
