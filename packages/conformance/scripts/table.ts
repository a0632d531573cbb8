// `pnpm --filter @effect-sts/conformance run table` prints which backend keeps which law, as a table of Markdown.
import * as Effect from "effect/Effect"
import process from "node:process"
import * as Law from "../src/Law.ts"
import * as Laws from "../src/Laws.ts"
import * as Backends from "../test/support/backends.ts"

const cellOf = (law: Law.Law, backend: Backends.Named) =>
  Effect.match(Law.check(law, backend), {
    onFailure: ({ message }) => ({ cell: "✗", problem: `${backend.name}: ${law.name}: ${message}` }),
    onSuccess: (verdict) => ({
      cell: verdict === "holds" ? "✓" : `skipped (${Law.missing(law, backend) ?? ""})`,
      problem: undefined,
    }),
  })

const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

const main = Effect.gen(function* () {
  console.log(line(["law", ...Backends.all.map(({ name }) => name)]))
  console.log(line(["law", ...Backends.all].map(() => "---")))
  const problems: Array<string> = []
  for (const law of Laws.all) {
    const results = yield* Effect.forEach(Backends.all, (backend) => cellOf(law, backend))
    console.log(line([law.name, ...results.map(({ cell }) => cell)]))
    problems.push(...results.flatMap(({ problem }) => problem ?? []))
  }
  console.log(`\n${Laws.all.length} laws, ${Backends.all.length} backends, ${problems.length} broken`)
  for (const problem of problems) console.error(`\n${problem}`)
  if (problems.length > 0) process.exitCode = 1
})

await Effect.runPromise(main)
