/** What a program that assumes a role weighs, minified, and what of it is ours. */
import { gzipSync } from "node:zlib"
import { digits, kibibytes, limit, reasonOf, type Row, type Section, withAllColumns } from "../harness.ts"
import * as Programs from "../programs.ts"

const gzip = (code: string) => gzipSync(code, { level: 9 }).length

const kibi = 1024

const sizesOf = async (platform: Programs.Platform, programs: ReadonlyArray<Programs.Program>): Promise<Section> => {
  const base = gzip((await Programs.bundle(Programs.effect, platform)).code)
  const rowOf = async (program: Programs.Program): Promise<Row> => {
    try {
      const { code } = await Programs.bundle(program, platform)
      const size = gzip(code)
      const isLimited = platform === "browser" && (program === Programs.stack || program === Programs.call)
      return {
        program: program.name,
        minified: kibibytes(code.length),
        gzip: kibibytes(size),
        "limit in KiB": isLimited ? limit(size / kibi, "<=", 64) : "",
        "beside Effect alone": kibibytes(size - base),
        "limit in KiB more": isLimited ? limit((size - base) / kibi, "<=", 20) : "",
      }
    } catch (error) {
      return { program: program.name, "why not": reasonOf(error) }
    }
  }
  return {
    title: `Bundle of a program that assumes a role, for ${platform === "node" ? "Node" : "browsers"}`,
    rows: withAllColumns(await Promise.all(programs.map(rowOf))),
  }
}

/** The package that a file belongs to, and the module of it. */
const moduleOf = (file: string): readonly [name: string, module: string] => {
  const [, ours, module] = /packages\/([^/]+)\/src\/(.+)$/.exec(file) ?? []
  if (ours !== undefined && module !== undefined) return [`@effect-sts/${ours}`, module]
  const [, name, rest] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(file) ?? []
  return name === undefined || rest === undefined ? ["the program", file] : [name, rest]
}

/** What one program has in it and another not, or less of it. */
const costsBeside = (inputs: ReadonlyMap<string, number>, base: ReadonlyMap<string, number>) => {
  const bases = new Map(Array.from(base, ([file, bytes]) => [moduleOf(file).join("/"), bytes]))
  return Array.from(inputs, ([file, bytes]) => {
    const [name, module] = moduleOf(file)
    return { name, module, bytes, more: bytes - (bases.get(`${name}/${module}`) ?? 0) }
  }).toSorted((a, b) => b.more - a.more)
}

/** Modules that add less than this are one line together. */
const smallest = 200

const modulesOf = async (program: Programs.Program): Promise<Section> => {
  const base = await Programs.bundle(Programs.effect, "browser")
  const { code, inputs } = await Programs.bundle(program, "browser")
  const costs = costsBeside(inputs, base.inputs)
  const total = costs.reduce((sum, { bytes }) => sum + bytes, 0)
  const row = (name: string, module: string, more: number): Row => ({
    package: name,
    module,
    "minified bytes": digits(more),
    "gzip, by its share": digits((more / total) * gzip(code)),
  })
  const small = costs.filter(({ more }) => more > 0 && more < smallest)
  const packages = new Map<string, number>()
  for (const { more, name } of costs) packages.set(name, (packages.get(name) ?? 0) + more)
  return {
    title: `What each module adds to a browser bundle: ${program.name}`,
    rows: [
      ...Array.from(packages, ([name, more]) => row(name, "in all", more)),
      ...costs.filter(({ more }) => more >= smallest).map(({ module, more, name }) => row(name, module, more)),
      row(
        `${small.length} others`,
        "",
        small.reduce((sum, { more }) => sum + more, 0),
      ),
    ],
    notes: ["Beside the bundle of Effect, Schema and HttpClient alone, which has much of `effect` already."],
  }
}

export const run = async (): Promise<ReadonlyArray<Section>> => [
  await sizesOf("browser", [Programs.stack, Programs.call, Programs.effect, ...Programs.peers]),
  await sizesOf("node", [Programs.stack, Programs.call, Programs.sdk, Programs.effect, ...Programs.peers]),
  await modulesOf(Programs.stack),
  await modulesOf(Programs.call),
]
