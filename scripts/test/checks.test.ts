import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { circles } from "../circles.ts"
import { guards } from "../guards.ts"
import { repository } from "../workspace.ts"
import { type Files, inRepository } from "./support/repository.ts"

const real = (file: string) => readFileSync(join(repository, file), "utf8")

const coreManifest = real("packages/core/package.json")
const memoryManifest = real("packages/memory/package.json")

const firstProgram = `import * as Sts from "@effect-sts/core/Sts"\n`

const readme = (program: string) => `# effect-sts\n\n\`\`\`ts\n${program}\`\`\`\n`

const documented = (tags: string, text: string) => `/**\n * A sentence.\n *\n * ${tags}\n */\n${text}\n`

/** A public module of which nothing is wrong but what the test is about. */
const module = (text: string) => `${documented("@since 0.1.0", `import "effect/Effect"`)}${text}\n`

const sound: Files = {
  "package.json": JSON.stringify({ devDependencies: { vitest: "1" } }),
  "tsconfig.json": real("tsconfig.json"),
  "README.md": readme(firstProgram),
  "scripts/package.json": JSON.stringify({ private: true, dependencies: { "@effect-sts/core": "1" } }),
  "examples/package.json": JSON.stringify({ private: true, dependencies: { "@effect-sts/core": "1" } }),
  "examples/first-program.ts": firstProgram,
  "packages/core/README.md": "",
  "packages/core/package.json": coreManifest,
  "packages/core/src/index.ts": documented("@since 0.1.0", `export * as Sts from "./Sts.ts"`),
  "packages/core/src/Sts.ts": module(documented("@category a\n * @since 0.1.0", "export const a = 1")),
  "packages/core/test/Sts.test.ts": `import { it } from "vitest"\nimport "node:fs"\nimport { a } from "../src/internal/a.ts"`,
}

const edited = (manifest: string, changes: object) =>
  JSON.stringify({ ...(JSON.parse(manifest) as object), ...changes })

const assertProblem = (files: Files, problem: string) => {
  assert.deepStrictEqual(
    inRepository({ ...sound, ...files }, guards).filter((found) => !found.includes(problem)),
    [],
    "something else was found",
  )
  assert.isNotEmpty(inRepository({ ...sound, ...files }, guards), "nothing was found")
}

describe("guards", () => {
  it("find nothing in a sound repository", () => {
    assert.deepStrictEqual(inRepository(sound, guards), [])
  })

  for (const specifier of ["effect", "effect/http"]) {
    it(`find the barrel ${specifier} in src`, () => {
      assertProblem(
        { "packages/core/src/internal/A.ts": `\nimport type { A } from "${specifier}"` },
        `packages/core/src/internal/A.ts:2: "${specifier}" is a barrel`,
      )
    })
  }

  for (const specifier of ["node:crypto", "fs"]) {
    it(`find ${specifier} in a package that also runs elsewhere`, () => {
      assertProblem({ "packages/core/src/internal/A.ts": `import("${specifier}")` }, `"${specifier}" is Node's alone`)
    })
  }

  it("find Node in a module that is not for Node alone", () => {
    const memory: Files = {
      "packages/memory/README.md": "",
      "packages/memory/package.json": edited(memoryManifest, {
        dependencies: { effect: "1" },
        peerDependencies: {},
        devDependencies: {},
      }),
      "packages/memory/src/NodeA.ts": module(`import "node:http"\nimport "./internal/node/b.ts"`),
      "packages/memory/src/internal/node/b.ts": `import "node:http"\nimport "effect/Effect"`,
    }
    assert.deepStrictEqual(inRepository({ ...sound, ...memory }, guards), [])
    for (const specifier of ["node:http", "../NodeA.ts", "./node/b.ts"]) {
      assertProblem(
        { ...memory, "packages/memory/src/internal/a.ts": `import "${specifier}"` },
        `packages/memory/src/internal/a.ts:1: "${specifier}" is Node's alone`,
      )
    }
    assertProblem({ "packages/core/src/internal/node/a.ts": `import "node:http"` }, `"node:http" is Node's alone`)
  })

  it("find a dependency that is not declared", () => {
    assertProblem({ "packages/core/src/internal/A.ts": `import "vitest"` }, `"vitest" is not among the dependencies`)
    assertProblem({ "packages/core/src/internal/A.ts": `importLazily("a")` }, `"a" is not among the dependencies`)
    assertProblem({ "packages/core/test/A.ts": `import "saxes"` }, `"saxes" is not among the dependencies`)
    assertProblem({ "examples/a.ts": `import "@effect-sts/memory"` }, `"@effect-sts/memory" is not among`)
  })

  for (const [field, file] of [
    ["dependencies", "test/a.ts"],
    ["peerDependencies", "test/a.ts"],
    ["devDependencies", "README.md"],
  ] as const) {
    it(`find one of the ${field} that is not used`, () => {
      assertProblem(
        {
          "packages/memory/README.md": "",
          "packages/memory/package.json": edited(memoryManifest, {
            dependencies: {},
            peerDependencies: {},
            devDependencies: {},
            [field]: { saxes: "1" },
          }),
          [`packages/memory/${file}`]: `import "saxes"`,
        },
        `packages/memory/package.json: "saxes" is a dependency that packages/memory`,
      )
    })
  }

  it("find a dependency of the examples or the scripts that is not used", () => {
    const manifest = JSON.stringify({ private: true, dependencies: { "@effect-sts/core": "1", saxes: "1" } })
    for (const folder of ["examples", "scripts"]) {
      assertProblem({ [`${folder}/package.json`]: manifest }, `"saxes" is a dependency that ${folder} never imports`)
    }
    assert.deepStrictEqual(
      inRepository({ ...sound, "scripts/package.json": manifest, "docs/a.md": readme(`import "saxes"\n`) }, guards),
      [],
      "what the documentation imports is used",
    )
  })

  it("find an import of a sibling's internals", () => {
    assertProblem({ "examples/a.ts": `import "@effect-sts/core/internal/a"` }, "is internal to its package")
    assertProblem({ "packages/core/test/a.ts": `import "../../memory/src/World.ts"` }, "leaves its package")
  })

  it("find a dependency of core", () => {
    assertProblem(
      {
        "packages/core/package.json": edited(coreManifest, { dependencies: { saxes: "1" } }),
        "packages/core/src/internal/A.ts": `import "saxes"`,
      },
      `core depends on "saxes"`,
    )
    assertProblem(
      {
        "packages/core/package.json": edited(coreManifest, { devDependencies: { "@effect-sts/memory": "1" } }),
        "packages/core/test/a.ts": `import "@effect-sts/memory"`,
      },
      `core's tests depend on "@effect-sts/memory"`,
    )
  })

  it("find a package that is not ready to publish", () => {
    assertProblem(
      { "packages/core/package.json": edited(coreManifest, { sideEffects: true }) },
      `packages/core/package.json: "sideEffects" should be []`,
    )
    assertProblem({ "tsconfig.json": "{}" }, "tsconfig.json: no reference to packages/core")
  })

  for (const [fault, text, problem] of [
    ["without a docstring", "export const a = 1", ":7: a has no docstring"],
    [
      "without a sentence",
      "/**\n * @category a\n * @since 0.1.0\n */\nexport type A = 1",
      "A has a docstring without a",
    ],
    ["without @since", documented("@category a", "export function a() {}"), "a has no @since"],
    ["with an empty @category", documented("@category\n * @since 0.1.0", "export class A {}"), "A has no @category"],
    ["by name without a docstring", `import { a } from "./Sts.ts"\nexport { a as b }`, "b has no docstring"],
    [
      "after others without a docstring",
      "/** @internal */\nexport const a = 1\nexport const b = 1",
      "b has no docstring",
    ],
  ] as const) {
    it(`find an export ${fault}`, () => {
      assertProblem({ "packages/core/src/A.ts": module(text) }, problem)
    })
  }

  for (const [what, schema, field] of [
    ["a structure", "Schema.Struct({ b: Schema.String })", "b"],
    ["one in another", "Schema.Struct({\n/** B. */\nb: Schema.Array(Schema.Struct({ c: Schema.String })) })", "b.c"],
    ["one with checks", "Schema.Struct({ b: Schema.String }).check(c)", "b"],
    ["one whose fields are a constant", "Schema.Struct(fields)\nconst fields = { b: Schema.String }", "b"],
    ["a class", `class extends Schema.Class("a")({ b: Schema.String }) {}`, "b"],
    ["an error", `class extends Schema.TaggedError()("a", { b: Schema.String }) {}`, "b"],
  ] as const) {
    it(`find a field without a docstring in ${what}`, () => {
      assertProblem(
        { "packages/core/src/A.ts": module(documented("@category a\n * @since 0.1.0", `export const a = ${schema}`)) },
        `a.${field} has no docstring`,
      )
    })
  }

  it("find nothing where each field of a schema has a docstring", () => {
    const schema = "Schema.Struct({\n/** B. */\nb: Schema.String,\n...fields.others })"
    const text = documented("@category a\n * @since 0.1.0", `export const a = ${schema}`)
    assert.deepStrictEqual(inRepository({ ...sound, "packages/core/src/A.ts": module(text) }, guards), [])
  })

  it("find a module without a docstring", () => {
    assertProblem({ "packages/core/src/A.ts": `import "effect/Effect"` }, "packages/core/src/A.ts:1: the module has no")
    assertProblem({ "packages/core/src/A.ts": `/** A. */\nimport "effect/Effect"` }, "the module has no @since")
  })

  it("find a README whose first program is not the example's", () => {
    assertProblem({ "README.md": readme(`${firstProgram}\n`) }, "README.md: its first program is not that of examples")
  })
})

describe("circles", () => {
  const circlesOf = (modules: Files) =>
    inRepository(
      {
        "packages/core/package.json": coreManifest,
        ...Object.fromEntries(Object.entries(modules).map(([name, text]) => [`packages/core/src/${name}.ts`, text])),
      },
      circles,
    ).map((circle) => circle.map((file) => file.slice("packages/core/src/".length, -".ts".length)))

  it("are none in a tree", () => {
    assert.deepStrictEqual(circlesOf({ A: `import "./B.ts"\nimport "./C.ts"`, B: `import "./C.ts"`, C: "" }), [])
  })

  for (const [kind, text] of Object.entries({
    values: `import * as A from "./A.ts"`,
    types: `import type * as A from "./A.ts"`,
    "inline types": `import { type A } from "./A.ts"`,
    "re-exports": `export type * from "./A.ts"`,
    "import types": `export type A = import("./A.ts").A`,
    "dynamic imports": `export const a = () => import("./A.ts")`,
    "imports by the package's name": `import * as A from "@effect-sts/core/A"`,
  })) {
    it(`of ${kind} are found`, () => {
      assert.deepStrictEqual(circlesOf({ A: `import "./B.ts"`, B: text }), [["A", "B", "A"]])
    })
  }

  it("are found behind a module that was already seen", () => {
    assert.deepStrictEqual(
      circlesOf({
        A: `import "./B.ts"\nimport "./C.ts"`,
        B: `import "./D.ts"`,
        C: `import "./D.ts"`,
        D: `import "./C.ts"`,
      }),
      [["D", "C", "D"]],
    )
  })
})
