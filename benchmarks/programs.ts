/** The programs that each assume a role once, and bundles of them. */
import { join } from "node:path"
import { peer } from "./harness.ts"

export interface Program {
  readonly name: string
  /** A module that exports `assumeRole`, from this folder. */
  readonly file: string
}

export const stack: Program = { name: "effect-sts, Sts.assumeRole and CredentialStack", file: "programs/stack.ts" }
export const nodeHttp: Program = {
  name: "effect-sts, Sts.assumeRole and CredentialStack, over node:http",
  file: "programs/nodeHttp.ts",
}
export const call: Program = { name: "effect-sts, sts.call alone", file: "programs/call.ts" }
export const sdk: Program = { name: "effect-sts over StsSdk", file: "programs/sdk.ts" }
/** What no program on Effect can be without. */
export const effect: Program = { name: "Effect, Schema and HttpClient alone", file: "programs/effect.ts" }
export const clientSts: Program = { name: "@aws-sdk/client-sts", file: "peers/programs/clientSts.ts" }

export const peers: ReadonlyArray<Program> = [
  clientSts,
  { name: "@effect-aws/client-sts", file: "peers/effect-aws/program.ts" },
  { name: "@distilled.cloud/aws", file: "peers/distilled/program.ts" },
  { name: "aws4fetch by hand", file: "peers/programs/aws4fetch.ts" },
]

export type Platform = "browser" | "node"

export interface Bundle {
  readonly code: string
  /** The bytes of each file in it, minified, by its path from this folder. */
  readonly inputs: ReadonlyMap<string, number>
}

export type Bundler = (options: {
  readonly code: string
  readonly directory: string
  readonly platform: Platform
}) => Promise<Bundle>

/** Prints what the program answers. */
export const mainOf = (file: string): string =>
  `import { assumeRole } from ${JSON.stringify(file)}\nassumeRole(process.argv[2] ?? "").then(console.log)\n`

/** In a browser the page calls it. */
const exportOf = (file: string): string => `export { assumeRole } from ${JSON.stringify(file)}\n`

export const bundle = async ({ file }: Program, platform: Platform): Promise<Bundle> => {
  const { bundle } = await peer<{ readonly bundle: Bundler }>("esbuild.ts")
  const path = join(import.meta.dirname, file)
  return bundle({
    code: platform === "node" ? mainOf(path) : exportOf(path),
    directory: import.meta.dirname,
    platform,
  })
}
