import { build, type BuildFailure, type BuildOptions, type Metafile } from "esbuild"
import type { Bundle, Bundler } from "../programs.ts"

const options = {
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2023",
  metafile: true,
  write: false,
  logLevel: "silent",
  legalComments: "none",
} satisfies BuildOptions

// Some of what runs on Node has `require` in it, which ESM does not have.
const banner = `import { createRequire as $require } from "node:module"; const require = $require(import.meta.url);`

const inputsOf = (metafile: Metafile) =>
  new Map(
    Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const),
    ),
  )

export const bundle: Bundler = async ({ code, directory, platform }): Promise<Bundle> => {
  const { metafile, outputFiles } = await build({
    ...options,
    stdin: { contents: code, resolveDir: directory, loader: "ts" },
    absWorkingDir: directory,
    platform,
    ...(platform === "node" ? { banner: { js: banner } } : {}),
  }).catch(({ errors: [first] }: BuildFailure) => {
    throw new Error(`${first?.text} in ${first?.location?.file.replace(/.*node_modules./, "")}`)
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error("esbuild wrote nothing")
  return { code: file.text, inputs: inputsOf(metafile) }
}
