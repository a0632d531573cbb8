// Builds every package's dist from nothing, so that no file of a module that is gone gets published.
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import * as Workspace from "./workspace.ts"

const folders = Workspace.packages(Workspace.repository).map(({ folder }) => join(Workspace.repository, folder))
const projects = folders.map((folder) => join(folder, "tsconfig.src.json"))

for (const folder of folders) rmSync(join(folder, "dist"), { recursive: true, force: true })
process.exitCode = spawnSync("tsc", ["-b", ...projects], { stdio: "inherit" }).status ?? 1
