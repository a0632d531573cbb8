/**
 * `pnpm mutation [file …] [--concurrency n]`: breaks the credential stack and the refresh engine of core in about a
 * thousand small ways, and counts for how many of them a test of core fails.
 *
 * All of it happens in a copy outside of the repository, which is removed at the end, however that comes.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { type Mutant, mutantsOf, type Report, survivorsOf, unlistedOf } from "./survivors.ts"

const here = import.meta.dirname
const repository = dirname(here)
const core = "packages/core"

const mutated = [
  "CredentialStack.ts",
  "RefreshPolicy.ts",
  "internal/chain.ts",
  "internal/failure.ts",
  "internal/memoMap.ts",
  "internal/mfaDesk.ts",
  "internal/pool.ts",
  "internal/session.ts",
  "internal/surroundings.ts",
].map((file) => `${core}/src/${file}`)

/** Percent, of what is mutated. */
const limit = 85

/** A law broken by hand: `use` leaves its frame, and who outlives it, as they are. */
const canary = {
  file: `${core}/src/CredentialStack.ts`,
  from: "Effect.ensuring(closeStack(child)),",
  to: "",
}

const { positionals, values } = parseArgs({
  // pnpm and npm differ in whether they pass on the `--` that goes before the options of a script.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  allowPositionals: true,
  options: { concurrency: { type: "string", default: String(Math.max(1, availableParallelism() - 1)) } },
})

const nameOf = (file: string) => basename(file, ".ts")

const unknown = positionals.filter((name) => !mutated.map(nameOf).includes(nameOf(name)))

const chosen = mutated.filter((file) => positionals.length === 0 || positionals.map(nameOf).includes(nameOf(file)))

/** What the tests of core need: its files and the links to what is installed. */
const copyTree = (): string => {
  const copy = mkdtempSync(join(realpathSync(tmpdir()), "effect-sts-mutation-"))
  for (const file of ["package.json", "vitest.setup.ts"]) cpSync(join(repository, file), join(copy, file))
  for (const file of ["setup.ts", "vitest.config.ts"]) cpSync(join(here, file), join(copy, file))
  for (const folder of ["src", "test", "scripts", "package.json"]) {
    cpSync(join(repository, core, folder), join(copy, core, folder), { recursive: true })
  }
  for (const folder of ["", core]) {
    symlinkSync(join(repository, folder, "node_modules"), join(copy, folder, "node_modules"))
  }
  return copy
}

const stop = new AbortController()

/** Runs a script in the copy, and is over when nothing of it writes there any more. */
const run = async (copy: string, args: ReadonlyArray<string>, stdio: "inherit" | "ignore"): Promise<number | null> => {
  const child = spawn(process.execPath, args, { cwd: copy, stdio })
  const kill = () => child.kill()
  stop.signal.addEventListener("abort", kill)
  const [code] = (await once(child, "exit")) as [number | null]
  stop.signal.removeEventListener("abort", kill)
  stop.signal.throwIfAborted()
  return code
}

interface Tests {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
}

const test = async (copy: string): Promise<Tests> => {
  const file = join(copy, "tests.json")
  const vitest = join(repository, "node_modules/vitest/vitest.mjs")
  await run(copy, [vitest, "run", "--reporter=json", `--outputFile=${file}`, "--maxWorkers=1"], "ignore")
  return JSON.parse(readFileSync(file, "utf8")) as Tests
}

/** Whether the tests are green, and red where a law is broken. */
const isTrustworthy = async (copy: string): Promise<boolean> => {
  const sound = await test(copy)
  console.log(`Unmutated: ${sound.numPassedTests} passed, ${sound.numFailedTests} failed.`)
  if (!sound.success || sound.numPassedTests === 0) return false

  const file = join(copy, canary.file)
  const text = readFileSync(file, "utf8")
  const [before, after, ...more] = text.split(canary.from)
  if (after === undefined || more.length > 0) {
    console.error(`The canary's text should be in ${canary.file} once: ${canary.from}`)
    return false
  }
  writeFileSync(file, `${before}${canary.to}${after}`)
  const broken = await test(copy)
  writeFileSync(file, text)
  console.log(`Canary: ${broken.numPassedTests} passed, ${broken.numFailedTests} failed.`)
  return broken.numFailedTests > 0
}

const stryker = async (copy: string): Promise<Report> => {
  const reports = join(here, "reports")
  const options = {
    testRunner: "vitest",
    plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
    vitest: { configFile: "vitest.config.ts" },
    // The tests import core by its name, which leads to the copy and to no copy of that.
    inPlace: true,
    // Stryker reads a configuration of TypeScript with a compiler that TypeScript 7 has not.
    tsconfigFile: "none.json",
    mutate: chosen,
    coverageAnalysis: "perTest",
    concurrency: Number(values.concurrency),
    // A timeout counts as killed, so a busy machine must not cause one.
    timeoutFactor: 3,
    timeoutMS: 60_000,
    reporters: [process.stdout.isTTY ? "progress" : "progress-append-only", "json", "html"],
    jsonReporter: { fileName: join(reports, "mutation.json") },
    htmlReporter: { fileName: join(reports, "mutation.html") },
    allowEmpty: false,
    checkers: [],
  }
  const config = join(copy, "stryker.config.json")
  writeFileSync(config, JSON.stringify(options))
  const bin = join(dirname(fileURLToPath(import.meta.resolve("@stryker-mutator/core/package.json"))), "bin/stryker.js")
  const code = await run(copy, [bin, "run", config], "inherit")
  if (code !== 0) throw new Error(`Stryker ended with ${code}`)
  return JSON.parse(readFileSync(options.jsonReporter.fileName, "utf8")) as Report
}

const isKilled = ({ status }: Mutant) => status === "Killed" || status === "Timeout"

const isSurvivor = ({ status }: Mutant) => status === "Survived" || status === "NoCoverage"

const scoreOf = (mutants: ReadonlyArray<Mutant>) => {
  const killed = mutants.filter(isKilled).length
  const all = killed + mutants.filter(isSurvivor).length
  return { killed, all, percent: (100 * killed) / all }
}

const printScore = (name: string, mutants: ReadonlyArray<Mutant>) => {
  const { all, killed, percent } = scoreOf(mutants)
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length
  console.log(
    `${name.padEnd(44)} ${percent.toFixed(1).padStart(5)} %  ${killed} of ${all} killed` +
      ` (${count("Timeout")} by a timeout), ${count("RuntimeError")} could not be loaded`,
  )
}

const judge = (report: Report): boolean => {
  const mutants = mutantsOf(report)
  console.log("")
  for (const file of chosen) {
    printScore(
      file,
      mutants.filter((mutant) => mutant.file === file),
    )
  }
  printScore("in all", mutants)

  const survivors = mutants.filter(isSurvivor)
  const unlisted = unlistedOf(survivors, survivorsOf(here))
  console.log(`\n${survivors.length} survive, ${unlisted.length} of them not in mutation/survivors.json`)
  for (const { file, from, line, lineNumber, status, to } of unlisted) {
    console.log(`\n${file}:${lineNumber} ${status}\n${JSON.stringify({ line, from, to })}`)
  }

  const { percent } = scoreOf(mutants)
  if (percent >= limit) return true
  console.error(`\n${percent.toFixed(1)} % is less than ${limit} %`)
  return false
}

const main = async () => {
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")} is not mutated; these are: ${mutated.join(", ")}`)
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort())
  const copy = copyTree()
  try {
    if (await isTrustworthy(copy)) return judge(await stryker(copy))
    console.error("A score would count for nothing.")
    return false
  } finally {
    // The workers of Stryker end a little after it.
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 })
  }
}

const isGood = await main().catch((error: unknown) => {
  console.error(stop.signal.aborted ? "stopped" : error)
  return false
})

process.exit(isGood ? 0 : 1)
