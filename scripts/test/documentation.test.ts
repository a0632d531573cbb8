import { assert, describe, it } from "@effect/vitest"
import { programs } from "../fences.ts"
import { snippets } from "../snippets.ts"
import { type Files, inRepository } from "./support/repository.ts"

const fence = (...lines: ReadonlyArray<string>) => ["```ts", ...lines, "```", ""].join("\n")

const docstring = (text: string) => `/**\n${text.replaceAll(/^/gm, " * ")}\n */\n`

const corePackage = { "packages/core/package.json": JSON.stringify({ name: "@effect-sts/core" }) }

const programsIn = (files: Files) => inRepository({ ...corePackage, ...files }, programs)

const effect = `import * as Effect from "effect/Effect"`

describe("the programs of the documentation", () => {
  it("are in the READMEs, in docs and in docstrings, but not in what is generated", () => {
    const text = fence(effect)
    const files = [
      "README.md",
      "docs/more/stack.md",
      "docs/stack.md",
      "examples/README.md",
      "packages/core/README.md",
      "packages/core/src/Sts.ts",
      "packages/core/src/internal/a.ts",
    ]
    const found = programsIn({
      ...Object.fromEntries(files.map((file) => [file, file.endsWith(".ts") ? docstring(text) : text])),
      "docs/api/Sts.md": text,
      "packages/core/node_modules/a/README.md": text,
    })
    assert.deepStrictEqual(found.map(({ file }) => file).toSorted(), files)
  })

  it("keep each line where it is in the file", () => {
    const files = {
      "README.md": `# Title\n\n${fence(effect)}\ntext\n\n${fence("Effect.void")}`,
      "packages/core/src/A.ts": `const a = 1\n\n${docstring(`A.\n\n${fence(effect, "Effect.void")}`)}`,
    }
    for (const { file, text } of programsIn(files)) {
      const lines = files[file as keyof typeof files].split("\n")
      for (const [index, line] of text.split("\n").entries()) {
        if (line !== "") assert.include(lines[index], line)
      }
      assert.include(text, "Effect.void")
    }
  })

  it("begin where something is imported", () => {
    const page = [fence("const first = 1"), fence(effect), fence("Effect.void"), fence(effect)].join("\n")
    assert.deepStrictEqual(
      programsIn({ "README.md": page }).map(({ line, text }) => [line, text.trim().replaceAll(/\n+/g, "\n")]),
      [
        [2, "const first = 1"],
        [6, `${effect}\nEffect.void`],
        [14, effect],
      ],
    )
  })

  it("may be indented, and hold fences themselves", () => {
    const [program] = programsIn({ "README.md": "- item\n\n  ````ts\n  const a = `\n  ```\n  `\n  ````\n" })
    assert.strictEqual(program?.text.trim(), "const a = `\n```\n`")
  })

  for (const [text, isRun] of [
    [fence(effect), true],
    [fence(`import * as SigV4 from "@effect-sts/protocol/SigV4"`), true],
    [fence(`import * as StsMemory from "@effect-sts/memory/StsMemory"`), true],
    [fence(`import {\n  StsFetch,\n} from "@effect-sts/fetch"\nimport { StsMemory } from "@effect-sts/memory"`), true],
    [fence(`import {\n  StsFetch,\n} from "@effect-sts/fetch"`), false],
    [fence(`import * as StsSdk from "@effect-sts/sdk/StsSdk"`), false],
    [fence(`import { S3Client } from "@aws-sdk/client-s3"`), false],
    [fence(`import { it } from "@effect/vitest"\nimport { StsMemory } from "@effect-sts/memory"`), false],
    [fence(effect, "declare const roleArn: string"), false],
    [fence(effect).replace("ts", "ts no-run"), false],
  ] as const) {
    it(`are ${isRun ? "" : "not "}run: ${text.split("\n").slice(0, -2).join(" ")}`, () => {
      assert.deepStrictEqual(
        programsIn({ "README.md": text }).map((program) => program.isRun),
        [isRun],
      )
    })
  }

  it("are not those of a fragment", () => {
    assert.deepStrictEqual(programsIn({ "README.md": fence("what(…)").replace("ts", "ts fragment") }), [])
  })

  for (const [text, problem] of [
    [fence("a").replace("ts", "js"), "README.md:2: a fence of js"],
    [fence("a").replace("ts", "ts fragmnt"), `README.md:2: "fragmnt" is neither`],
    ["```ts\na\n", "README.md:2: a fence that does not end"],
  ] as const) {
    it(`cannot escape: ${problem}`, () => {
      assert.throws(() => programsIn({ "README.md": text }), problem)
    })
  }
})

describe("snippets", () => {
  it("finds programs that do not compile or do not run, and says where", { timeout: 120_000 }, () => {
    const page = (...lines: ReadonlyArray<string>) => `# A page\n\n${fence(...lines)}`
    const problems = snippets(
      programsIn({
        "docs/sound.md": page(
          effect,
          `import { Sts } from "@effect-sts/core"`,
          "const a = Effect.as(Effect.void, Sts)",
        ),
        "docs/type.md": page(effect, `export const a: Effect.Effect<string> = Effect.succeed(1)`),
        "docs/import.md": page(effect, "export const a = 1"),
        "docs/module.md": page(`import { a } from "@effect-sts/core/None"`, "console.log(a)"),
        "docs/strict.md": page("const one: Array<number> = []", "export const a: number = one[0]"),
        "docs/throws.md": page(effect, `await Effect.runPromise(Effect.fail("on purpose"))`),
        "docs/later.md": page(effect, `Effect.runFork(Effect.fail("in the background"))`, `throw new Error("second")`),
        "packages/core/src/A.ts": docstring(page(effect, "Effect.nothingOfTheKind")),
      }),
    )
    const places = problems.map((problem) => /^.*?(?=: error|$)/m.exec(problem)?.[0] ?? "").toSorted()
    assert.deepStrictEqual(places, [
      "docs/import.md(4,13)",
      "docs/later.md:4: does not run",
      "docs/module.md(4,19)",
      "docs/strict.md(5,14)",
      "docs/type.md(5,14)",
      "packages/core/src/A.ts(6,8)",
    ])
    const ran = problems.find((problem) => problem.includes("does not run"))
    for (const file of ["later", "module", "throws"]) assert.include(ran, `docs/${file}.md:4: does not run`)
    assert.notInclude(ran, "sound")
  })
})
