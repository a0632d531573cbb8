// What would be published, as npm would get it.
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import * as Workspace from "./workspace.ts"

export interface Tarball extends Workspace.Package {
  readonly file: string
}

const packOne = (some: Workspace.Package, folder: string): Tarball => {
  const { manifest } = some
  execFileSync("pnpm", ["pack", "--pack-destination", folder], {
    cwd: join(Workspace.repository, some.folder),
    stdio: ["ignore", "ignore", "inherit"],
  })
  const name = `${manifest.name.slice(1).replace("/", "-")}-${String(manifest["version"])}.tgz`
  return { ...some, file: join(folder, name) }
}

/** Packs every published package into a folder. They hold what `pnpm build` has made. */
export const pack = (folder: string): ReadonlyArray<Tarball> =>
  Workspace.published(Workspace.repository).map((some) => packOne(some, folder))
