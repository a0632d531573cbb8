// Writes the API reference, a page of Markdown for each public module, to docs/api.
import { rmSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Application, Comment, Converter, ReflectionKind } from "typedoc"
import type { PluginOptions } from "typedoc-plugin-markdown"
import { fieldDocstrings, moduleDocstring } from "./docstrings.ts"
import * as Workspace from "./workspace.ts"

/** By the file: how a user imports the module. Barrels hold nothing of their own. */
const modules = new Map(
  Workspace.published(Workspace.repository).flatMap((some) =>
    Workspace.publicModules(Workspace.repository, some.folder)
      .filter((module) => module.split("/").at(-1) !== "index")
      .map((module) => [join(some.folder, "src", `${module}.ts`), Workspace.specifier(some, module)] as const),
  ),
)

const markdown: Partial<PluginOptions> = {
  hideBreadcrumbs: true,
  hidePageHeader: true,
}

const output = join(Workspace.repository, "docs/api")

const application = await Application.bootstrapWithPlugins({
  outputs: [{ name: "markdown", path: output }],
  plugin: ["typedoc-plugin-markdown"],
  name: "effect-sts",
  readme: "none",
  router: "module",
  entryPoints: [...modules.keys()].map((file) => join(Workspace.repository, file)),
  entryPointStrategy: "expand",
  basePath: Workspace.repository,
  tsconfig: join(import.meta.dirname, "tsconfig.api.json"),
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  // `pnpm check` has looked at the types.
  skipErrorChecking: true,
  disableSources: true,
  disableGit: true,
  logLevel: "Warn",
  ...markdown,
})

application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.isDeclaration() || reflection.isSignature()) {
      // It spells out the whole schema that a class is made of.
      delete reflection.inheritedFrom
      delete reflection.overwrites
    }
    const file = reflection.kindOf(ReflectionKind.Module) ? `${reflection.name}.ts` : ""
    const specifier = modules.get(file)
    if (specifier === undefined) continue
    const fields = fieldDocstrings(Workspace.repository, file)
    for (const child of reflection.isDeclaration() ? (reflection.children ?? []) : []) {
      // A schema's type has its fields, but not what is said of them.
      const text = child.kindOf(ReflectionKind.Variable) ? fields.get(child.name) : undefined
      if (text !== undefined) child.comment?.summary.push({ kind: "text", text: `\n\n${text}` })
    }
    reflection.name = specifier
    // TypeDoc takes a file's first docstring for that of its first import.
    reflection.comment = new Comment([{ kind: "text", text: moduleDocstring(Workspace.repository, file) }])
  }
})

rmSync(output, { recursive: true, force: true })
const project = await application.convert()
if (project !== undefined) {
  application.validate(project)
  await application.generateOutputs(project)
}
const isSound = project !== undefined && !application.logger.hasErrors() && !application.logger.hasWarnings()
console.log(`api: ${modules.size} modules, ${isSound ? "no warnings" : "with problems"}`)
process.exitCode = isSound ? 0 : 1
