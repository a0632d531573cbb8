// `pnpm mint`: what one process makes, a server of another takes, since both have the same world.
import * as Sts from "@effect-sts/core/Sts"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as StsMemory from "../src/StsMemory.ts"
import * as World from "../src/World.ts"
import { layer } from "./support/layerOverHttp.ts"

const script = fileURLToPath(new URL("../scripts/mint.ts", import.meta.url))
const now = "2026-07-13T10:00:00Z"

const run = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" })

const mint = (...args: ReadonlyArray<string>) =>
  Effect.sync(() => {
    const { status, stderr, stdout } = run(...args, "--now", now)
    assert.deepStrictEqual([status, stderr], [0, ""])
    assert.match(stdout, /^\S+$/)
    return stdout
  })

const account = "arn:aws:iam::111111111111"
const alice = `${account}:user/alice`
const provider = "token.actions.githubusercontent.com"
const subject = "repo:octo-org/octo-repo:ref:refs/heads/main"
const webIdentity = ["web-identity", "--provider", provider, "--subject", subject]

const inWorld =
  (world: World.Encoded) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.andThen(TestClock.setTime(Date.parse(now)), effect).pipe(
      Effect.provide(layer(world).pipe(StsMemory.as(alice))),
    )

const assumeCi = (webIdentityToken: string) =>
  Sts.assumeRoleWithWebIdentity({ roleArn: `${account}:role/ci`, roleSessionName: "job", webIdentityToken })

describe("pnpm mint", { timeout: 60_000 }, () => {
  it.effect("web-identity: a token that the demo world takes, with tags and audiences", () =>
    Effect.gen(function* () {
      const tags = ["--tag", "team=a=b", "--tag", "stage=", "--transitive-tag", "team"]
      const {
        assumedRoleUser,
        audience,
        provider: issuer,
      } = yield* assumeCi(yield* mint("--", ...webIdentity, ...tags))
      assert.strictEqual(assumedRoleUser?.arn, "arn:aws:sts::111111111111:assumed-role/ci/job")
      assert.deepStrictEqual([audience, issuer], ["sts.amazonaws.com", `${account}:oidc-provider/${provider}`])
      const wrong = yield* Effect.result(assumeCi(yield* mint(...webIdentity, "--audience", "someone-else")))
      assert.strictEqual(Result.isFailure(wrong) ? wrong.failure.reason._tag : undefined, "InvalidIdentityToken")
      const payload =
        (yield* mint(...webIdentity, ...tags, "--audience", "one", "--audience", "two")).split(".")[1] ?? ""
      const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString())
      const seconds = Date.parse(now) / 1000
      assert.deepStrictEqual(claims, {
        iss: `https://${provider}`,
        sub: subject,
        aud: ["one", "two"],
        iat: seconds,
        exp: seconds + 3600,
        "https://aws.amazon.com/tags": {
          principal_tags: { team: ["a=b"], stage: [""] },
          transitive_tag_keys: ["team"],
        },
      })
    }).pipe(inWorld(World.demo)),
  )

  it.effect("saml: an assertion", () =>
    Effect.gen(function* () {
      const [role, idp] = [`${account}:role/analyst`, `${account}:saml-provider/example-idp`]
      const samlAssertion = yield* mint("saml", "--provider", idp, "--role", role, "--session", "ada", "--tag", "a=b")
      const { assumedRoleUser } = yield* Sts.assumeRoleWithSaml({ roleArn: role, principalArn: idp, samlAssertion })
      assert.strictEqual(assumedRoleUser?.arn, "arn:aws:sts::111111111111:assumed-role/analyst/ada")
    }).pipe(inWorld(World.demo)),
  )

  it.effect("mfa: a code", () =>
    Effect.gen(function* () {
      const serialNumber = `${account}:mfa/alice`
      const tokenCode = yield* mint("mfa", "--serial", serialNumber)
      assert.match(tokenCode, /^\d{6}$/)
      yield* Sts.getSessionToken({ mfa: { serialNumber, tokenCode } })
    }).pipe(inWorld(World.demo)),
  )

  it.effect("trade-in: a token", () =>
    Effect.gen(function* () {
      const tradeInToken = yield* mint("trade-in", "--role", `${account}:role/my-role`, "--session", "setup")
      const { assumedPrincipal } = yield* Sts.getDelegatedAccessToken({ tradeInToken })
      assert.strictEqual(assumedPrincipal, `${account}:role/my-role`)
    }).pipe(inWorld(World.demo)),
  )

  it.effect("denial: an encoded message", () =>
    Effect.gen(function* () {
      const options = ["--caller", alice, "--action", "ec2:RunInstances", "--resource", "*"]
      const encodedMessage = yield* mint("denial", ...options)
      const { decodedMessage } = yield* Sts.decodeAuthorizationMessage({ encodedMessage })
      assert.match(decodedMessage, /^\{"allowed":false.*"arn":"arn:aws:iam::111111111111:user\/alice"/)
    }).pipe(inWorld(World.demo)),
  )

  it.effect("--world: a file's world, whose keys are its own", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "sts-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true })),
      )
      const file = join(folder, "world.json")
      writeFileSync(file, JSON.stringify({ ...World.demo, seed: "another" }))
      yield* assumeCi(yield* mint(...webIdentity, "--world", file)).pipe(inWorld({ ...World.demo, seed: "another" }))
      const refused = yield* Effect.result(assumeCi(yield* mint(...webIdentity)))
      assert.strictEqual(Result.isFailure(refused), true)
    }).pipe(inWorld({ ...World.demo, seed: "another" }), Effect.scoped),
  )

  const rows: ReadonlyArray<readonly [fact: string, args: ReadonlyArray<string>, words: RegExp]> = [
    ["nothing", [], /^mint takes one of web-identity, saml, mfa, trade-in, denial/],
    ["an option that is missing", ["denial", "--caller", alice], /^mint denial needs --action, --resource$/m],
    ["a tag without a value", [...webIdentity, "--tag", "team"], /^--tag takes KEY=VALUE/],
    ["a device that is not there", ["mfa", "--serial", "x"], /^This world has no MFA device "x"; it has .*mfa\/alice/],
    ["a caller who may", ["denial", "--caller", alice, "--action", "sts:AssumeRoot", "--resource", "*"], /may do this/],
  ]
  it.each(rows)("says what is wrong with %s, and ends with 1", (_, args, words) => {
    const { status, stderr, stdout } = run(...args)
    assert.match(stderr, words)
    assert.notMatch(stderr, /\n\s+at /)
    assert.deepStrictEqual([status, stdout], [1, ""])
  })
})
