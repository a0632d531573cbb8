import { assert, describe, it } from "@effect/vitest"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { circles } from "../circles.ts"
import { guards } from "../guards.ts"
import { repository } from "../workspace.ts"

type Files = Record<string, string>

/** Runs a check on a repository that has only these files. */
const inRepository = <A>(files: Files, check: (root: string) => A): A => {
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

const real = (file: string) => readFileSync(join(repository, file), "utf8")

const coreManifest = real("packages/core/package.json")
const memoryManifest = real("packages/memory/package.json")

const sound: Files = {
  "package.json": JSON.stringify({ devDependencies: { vitest: "1" } }),
  "tsconfig.json": real("tsconfig.json"),
  "examples/package.json": JSON.stringify({ dependencies: { "@effect-sts/core": "1" } }),
  "examples/walkthrough.ts": `import * as Sts from "@effect-sts/core/Sts"`,
  "packages/core/README.md": "",
  "packages/core/package.json": coreManifest,
  "packages/core/src/index.ts": `export * as Sts from "./Sts.ts"`,
  "packages/core/src/Sts.ts": `import * as Effect from "effect/Effect"`,
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
        { "packages/core/src/A.ts": `\nimport type { A } from "${specifier}"` },
        `packages/core/src/A.ts:2: "${specifier}" is a barrel`,
      )
    })
  }

  for (const specifier of ["node:crypto", "fs"]) {
    it(`find ${specifier} in a package that also runs elsewhere`, () => {
      assertProblem({ "packages/core/src/A.ts": `import("${specifier}")` }, `"${specifier}" is Node's alone`)
    })
  }

  it("find a dependency that is not declared", () => {
    assertProblem({ "packages/core/src/A.ts": `import "vitest"` }, `"vitest" is not among the dependencies`)
    assertProblem({ "packages/core/test/A.ts": `import "saxes"` }, `"saxes" is not among the dependencies`)
    assertProblem({ "examples/a.ts": `import "@effect-sts/memory"` }, `"@effect-sts/memory" is not among`)
  })

  it("find a dependency that is not used", () => {
    assertProblem(
      {
        "packages/memory/README.md": "",
        "packages/memory/package.json": edited(memoryManifest, { dependencies: { saxes: "1" } }),
        "packages/memory/test/a.ts": `import "saxes"`,
      },
      `"saxes" is a dependency that src never imports`,
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
        "packages/core/src/A.ts": `import "saxes"`,
      },
      `core depends on "saxes"`,
    )
    assertProblem(
      { "packages/core/package.json": edited(coreManifest, { devDependencies: { "@effect-sts/memory": "1" } }) },
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
