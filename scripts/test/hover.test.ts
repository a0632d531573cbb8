import { assert, describe, it } from "@effect/vitest"
import { join } from "node:path"
import ts from "typescript-6"
import { repository } from "../workspace.ts"

const file = join(repository, "examples/hover.ts")

const program = `
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Sts from "@effect-sts/core/Sts"
import type * as World from "@effect-sts/memory/World"
import * as Effect from "effect/Effect"

const role = { roleArn: "arn:aws:iam::111111111111:role/deploy" }
const accessor = Sts.assumeRole
const signed = Sts.assumeRole({ ...role, roleSessionName: "release-42", duration: "15 minutes" })
const unsigned = Sts.assumeRoleWithWebIdentity({ ...role, roleSessionName: "ci", webIdentityToken: "token" })
const direct = Effect.flatMap(Sts.Sts, (sts) =>
  Effect.flatMap(CredentialStack.current, (mine) =>
    sts.call(AssumeRole, { ...role, roleSessionName: "release-42" }, mine),
  ),
)
const source = CredentialSource.assumeRole({ ...role, externalId: "partner-7f3a" })
const world: World.Encoded = { accounts: { "111111111111": { roles: { deploy: { maxSessionDuration: 3600 } } } } }
const token = Effect.map(signed, (response) => response.credentials.sessionToken)
const size = Effect.map(signed, (response) => response.sessionTokenSize)
`

/** An editor's service, with the program as a file that is on no disk. */
const editor = () => {
  const { config } = ts.readConfigFile(join(repository, "tsconfig.base.json"), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repository)
  const read = (path: string) => (path === file ? program : ts.sys.readFile(path))
  return ts.createLanguageService({
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    getCompilationSettings: () => ({ ...options, noEmit: true, composite: false, incremental: false, types: [] }),
    getCurrentDirectory: () => repository,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [file],
    getScriptSnapshot: (path) => {
      const text = read(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getScriptVersion: () => "1",
    readFile: read,
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
  })
}

describe("what an editor shows", { timeout: 120_000 }, () => {
  const service = editor()

  const hover = (words: string) => {
    const position = program.indexOf(words)
    const shown = service.getQuickInfoAtPosition(file, position + words.search(/\w+$/))
    return {
      type: ts.displayPartsToString(shown?.displayParts),
      documentation: ts.displayPartsToString(shown?.documentation),
    }
  }

  for (const [words, ...names] of [
    [
      "Sts.assumeRole",
      "AssumeRole>",
      "AssumeRoleResponse",
      "StsError<AccessDenied",
      "CredentialsError",
      "CredentialStack",
    ],
    [
      "const accessor",
      "AssumeRole>",
      "AssumeRoleResponse",
      "StsError<AccessDenied",
      "CredentialsError",
      "CredentialStack",
    ],
    ["const signed", "AssumeRoleResponse", "StsError<AccessDenied", "CredentialsError", "CredentialStack"],
    ["const unsigned", "AssumeRoleWithWebIdentityResponse", "StsError<AccessDenied"],
    ["sts.call", "AssumeRoleResponse", "StsError<AccessDenied", "credentials: AwsCredentials"],
    ["const direct", "AssumeRoleResponse", "StsError<AccessDenied", "CredentialsError"],
    ["const source", "StsError<AccessDenied"],
    ["{ AssumeRole", "const AssumeRole: AssumeRole"],
  ] as const) {
    it(`names what a reader knows: ${words}`, () => {
      const { type } = hover(words)
      for (const name of names) assert.include(type, name)
      for (const name of ["decodeTo", "encodeKeys", "Operation<"]) assert.notInclude(type, name)
    })
  }

  for (const [words, documentation] of [
    ['"release-42", duration', "15 minutes to 12 hours"],
    ["externalId", "2 to 1,224"],
    ["maxSessionDuration", "in whole seconds"],
    ["response.credentials", "temporary credentials"],
    ["credentials.sessionToken", "A secret"],
    ["response.sessionTokenSize", "in bytes"],
  ] as const) {
    it(`has the rules of a field: ${words}`, () => {
      assert.include(hover(words).documentation, documentation)
    })
  }
})
