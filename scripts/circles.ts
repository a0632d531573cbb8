// Finds circles between modules. Type imports count: they tangle a reader as much as values do, and neither oxlint nor
// the runtime sees them.
import process from "node:process"
import * as Workspace from "./workspace.ts"

export const circles = (root: string): ReadonlyArray<ReadonlyArray<string>> => {
  const graph = new Map<string, ReadonlyArray<string>>()
  for (const { folder } of Workspace.packages(root)) {
    for (const file of Workspace.sources(root, folder)) {
      graph.set(
        file,
        Workspace.imports(root, file)
          .map(({ specifier }) => Workspace.target(root, file, specifier))
          .filter((path) => path !== undefined),
      )
    }
  }

  const found: Array<ReadonlyArray<string>> = []
  const done = new Set<string>()
  const visit = (file: string, path: ReadonlyArray<string>): void => {
    const start = path.indexOf(file)
    if (start !== -1) {
      found.push([...path.slice(start), file])
      return
    }
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}

if (import.meta.main) {
  const found = circles(Workspace.repository)
  for (const circle of found) console.error(circle.join("\n  > "))
  console.log(`circles: ${found.length}`)
  process.exitCode = found.length === 0 ? 0 : 1
}
