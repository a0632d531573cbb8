// What the documentation lists is what there is.
import { Operations } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Workspace from "../workspace.ts"

const read = (file: string) => readFileSync(join(Workspace.repository, file), "utf8")

const files = (...patterns: ReadonlyArray<string>) => globSync(patterns, { cwd: Workspace.repository })

const matches = (text: string, pattern: RegExp) => Array.from(text.matchAll(pattern), ([, first = ""]) => first)

/** What a page does not mention, of what it should. */
const missing = (page: string, names: ReadonlyArray<string>) => {
  assert.isNotEmpty(names)
  const text = read(page)
  return names.filter((name) => !text.includes(name))
}

describe("the pages of the documentation", () => {
  it("has every reason of the errors", () => {
    const reasons = ["StsError", "CredentialsError"].flatMap((module) =>
      matches(read(`packages/core/src/${module}.ts`), /class (\w+)\S* extends Schema\.TaggedError/g),
    )
    assert.deepStrictEqual(missing("docs/errors.md", reasons), [])
  })

  it("has every operation", () => {
    const accessors = Operations.all.map(
      ({ name }) => name.charAt(0).toLowerCase() + name.slice(1).replace("SAML", "Saml"),
    )
    assert.deepStrictEqual(
      missing(
        "docs/operations.md",
        accessors.map((accessor) => `| \`${accessor}\` |`),
      ),
      [],
    )
  })

  it("has every metric, and every source", () => {
    const sources = files("packages/core/src/**/*.ts").map(read).join("\n")
    assert.deepStrictEqual(missing("docs/observing.md", matches(sources, /"(sts_\w+)"/g)), [])
    const constructors = matches(
      read("packages/core/src/CredentialSource.ts"),
      /@category constructors[^/]*\*\/\nexport const (\w+)/g,
    )
    assert.deepStrictEqual(missing("docs/sources-and-refresh.md", constructors), [])
  })

  it("has every hand on the world, and every fault", () => {
    const ofMemory = /@category (?:accessors|assertions|snapshots)[^/]*\*\/\nexport const (\w+)/g
    const hands = matches(read("packages/memory/src/StsMemory.ts"), ofMemory)
    const faults = matches(read("packages/memory/src/Fault.ts"), /@category constructors[^/]*\*\/\nexport const (\w+)/g)
    assert.deepStrictEqual(missing("docs/fake.md", hands.concat(faults)), [])
  })

  it("lists its pages and the examples", () => {
    const pages = files("docs/*.md").map((file) => file.replace("docs/", ""))
    assert.deepStrictEqual(
      missing(
        "docs/README.md",
        pages.filter((page) => page !== "README.md").map((page) => `(${page})`),
      ),
      [],
    )
    assert.deepStrictEqual(
      missing(
        "examples/README.md",
        files("examples/*.{ts,sh}").map((file) => `(${file.replace("examples/", "")})`),
      ),
      [],
    )
  })

  it("shows the backend over which the suite is run", () => {
    const [, ...program] = read("examples/testing/backend.test.ts").split("\n")
    assert.include(read("docs/writing-a-backend.md"), program.join("\n"))
  })

  it.each(files("*.md", "docs/*.md", "examples/**/*.md", "packages/*/*.md"))("has no broken link in %s", (page) => {
    const links = matches(read(page), /\]\((?!https?:)([^)#]+)[^)]*\)/g)
    const broken = links.filter((link) => !existsSync(join(Workspace.repository, dirname(page), link)))
    assert.deepStrictEqual(broken, [])
  })
})
