/** From the start of a process to its first answer of STS. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import process from "node:process"
import {
  type Absent,
  type Contender,
  contender,
  digits,
  interleave,
  limit,
  type Run,
  type Section,
  times,
} from "../harness.ts"
import * as Programs from "../programs.ts"
import * as Published from "../published.ts"
import { accessKeyId, serve } from "../server.ts"

/** Starts Node, waits for the answer, and ends it: how long it takes to close its connections is not counted. */
const startOnce = async (args: ReadonlyArray<string>, expected: string): Promise<void> => {
  const child = spawn(process.execPath, ["--no-warnings", ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let errors = ""
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk))
  const answer = once(child.stdout.setEncoding("utf8"), "data")
  const ended = once(child, "close")
  const [first] = (await Promise.race([answer, ended])) as [unknown]
  child.kill("SIGKILL")
  if (String(first).trim() !== expected)
    throw new Error(/\w*Error: .*/.exec(errors)?.[0] ?? `it answered ${String(first)}`)
}

const starting =
  (args: ReadonlyArray<string>, expected: string): Run =>
  async (times) => {
    for (let time = 0; time < times; time++) await startOnce(args, expected)
  }

const nothing = "Node alone"

const compare = async (
  title: string,
  endpoint: string,
  programs: ReadonlyArray<Programs.Program>,
  fileOf: (program: Programs.Program) => string | Promise<string>,
  {
    isLimited,
    notes,
    rounds,
  }: { readonly isLimited: boolean; readonly notes: ReadonlyArray<string>; readonly rounds: number },
): Promise<Section> => {
  const contenders: Array<Contender | Absent> = [
    await contender(nothing, () => starting(["-e", "console.log(1)"], "1")),
  ]
  for (const program of programs) {
    contenders.push(await contender(program.name, async () => starting([await fileOf(program), endpoint], accessKeyId)))
  }
  const results = await interleave(contenders, { rounds, millis: 1 })
  const rows = results.rows("program", (name) => {
    const ratio = results.ratio(name, Programs.clientSts.name, "micros")
    const isOurs = name === Programs.stack.name || name === Programs.nodeHttp.name || name === Programs.call.name
    return {
      "ms to the first answer": digits(results.median(name, "micros") / 1000),
      "ms more than Node alone": digits((results.median(name, "micros") - results.median(nothing, "micros")) / 1000),
      "of client-sts": times(ratio),
      ...(isLimited ? { limit: isOurs ? limit(ratio, "<=", 1) : "" } : {}),
    }
  })
  return { title, rows, notes }
}

export const run = async (): Promise<ReadonlyArray<Section>> => {
  const server = await serve()
  const programs = [Programs.stack, Programs.nodeHttp, Programs.call, Programs.sdk, ...Programs.peers]
  try {
    return [
      await compare(
        "Cold start to the first answer, bundled",
        server.url,
        programs,
        async (program) => Published.bundled(program, (await Programs.bundle(program, "node")).code),
        {
          isLimited: true,
          rounds: 31,
          notes: [
            "Over `fetch`, nearly half of what follows the start of Node itself is its first `fetch`, most of that to load it; client-sts sends with `node:http`, as ours does where it is asked to.",
          ],
        },
      ),
      await compare("Cold start to the first answer, from node_modules", server.url, programs, Published.unbundled, {
        isLimited: false,
        rounds: 11,
        notes: [
          "What is on Effect loads its modules, each a file of its own; client-sts is published as a few large ones. A bundle has none of that.",
        ],
      }),
    ]
  } finally {
    server.close()
  }
}
