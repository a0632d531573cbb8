// Repositories of a few files, to plant faults in.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export type Files = Record<string, string>

/** Runs a check on a repository that has only these files. */
export const inRepository = <A>(files: Files, check: (root: string) => A): A => {
  const root = mkdtempSync(join(tmpdir(), "effect-sts-checks-"))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return check(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}
