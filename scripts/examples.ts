// Runs every example, each in a process of its own.
import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import process from "node:process"
import * as Workspace from "./workspace.ts"

const examples = globSync("examples/*.ts", { cwd: Workspace.repository }).toSorted()

for (const example of examples) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [example], {
    cwd: Workspace.repository,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  })
  const [skipped] = /^skipped: .*/m.exec(stdout) ?? []
  console.log(`${status === 0 ? "ok" : "FAILED"} ${example}${skipped === undefined ? "" : ` (${skipped})`}`)
  if (status !== 0) {
    console.error(stdout + stderr)
    process.exitCode = 1
  }
}
