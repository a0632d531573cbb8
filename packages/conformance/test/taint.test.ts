// Law 10: nothing leaks. All laws over all backends, while everything is written down that anybody could see of them: what
// calls give and what they fail with, logs, what is printed, spans, metrics, frames of stacks, and what a world tells of
// itself. None of the secrets that went in or out may be in it, in whatever form.
import { assert, describe, it } from "@effect/vitest"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import * as Sts from "@effect-sts/core/Sts"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as World from "@effect-sts/memory/World"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import { Buffer } from "node:buffer"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"
import { userArn, world } from "../src/internal/world.ts"
import * as Law from "../src/Law.ts"
import * as Laws from "../src/Laws.ts"
import * as Backends from "./support/backends.ts"
import { chatty, leaks } from "./support/leaks.ts"
import * as Secrets from "./support/secrets.ts"
import * as Taint from "./support/taint.ts"

/** By the names of their fields; `secret` is that of an MFA device. */
const kinds = [
  "contextAssertion",
  "samlAssertion",
  "secret",
  "secretAccessKey",
  "sessionToken",
  "tokenCode",
  "tradeInToken",
  "webIdentityToken",
]

const describeFound = (found: ReadonlyArray<Taint.Found>) =>
  Array.from(new Set(found.map(({ before, channel, kind }) => `${channel}: …${before}[${kind}]`)))

describe("no secret is in what can be seen of", { timeout: 60_000 }, () => {
  for (const backend of [...Backends.all, Backends.effectHttp]) {
    it.live(`the laws over ${backend.name}`, () =>
      Effect.gen(function* () {
        const taint = Taint.make()
        const watched = taint.watched(backend)
        const results = yield* Effect.forEach(Laws.all, (law) => Effect.result(Law.check(law, watched))).pipe(
          taint.observe,
          // For those who want to see all of it.
          Effect.provideService(HttpClient.TracerHeaderFilter, () => true),
        )
        const broken = results.flatMap((result) => (result._tag === "Failure" ? result.failure.law : []))
        assert.deepStrictEqual(describeFound(taint.found()), [])
        // What was watched is what happens when nobody watches.
        assert.deepStrictEqual(broken, [])
        assert.sameMembers([...taint.kinds().keys()], kinds)
        for (const [channel, count] of taint.texts()) assert.isAbove(count, 10, channel)
      }),
    )
  }

  it.effect("a world that cannot be read", () =>
    Effect.gen(function* () {
      const taint = Taint.make()
      taint.learn(yield* World.decode(world), "world")
      const json = JSON.stringify(world)
      const secrets = json.matchAll(/"(?:secretAccessKey|secret)":("(?:[^"\\]|\\.)*")/g)
      for (const match of secrets) {
        const [whole, secret = ""] = match
        const [before, after] = [json.slice(0, match.index), json.slice(match.index + whole.length)]
        for (const wrong of [
          // In a list, as a name, in the place of something else, where JSON breaks off.
          `${before}"secretAccessKey":[${secret}]${after}`,
          `${before}"secretAccessKey":{${secret}:1}${after}`,
          `${before}"secretAccessKey":${secret},"secretAccessKeys":${secret}${after}`,
          `${before}"secretAccessKey":"","accessKeyId":${secret}${after}`,
          `${before}"secretAccessKey":${secret}`,
          `${before}"secretAccessKey":${secret} ${secret}${after}`,
        ]) {
          taint.keep("error", yield* Effect.flip(World.fromJson(wrong)))
        }
      }
      assert.deepStrictEqual(describeFound(taint.found()), [])
      assert.isAbove(taint.texts().get("error") ?? 0, 100)
    }),
  )
})

/** What is found in what can be seen of some laws over a backend. Whether they hold is another matter. */
const foundIn = Effect.fnUntraced(function* (layer: Law.Backend["layer"], laws: ReadonlyArray<Law.Law>) {
  const taint = Taint.make()
  const watched = taint.watched({ layer })
  yield* taint.observe(Effect.forEach(laws, (law) => Effect.exit(Law.check(law, watched))))
  return taint.found()
})

const lawsNamed = (pattern: RegExp) => Laws.all.filter(({ name }) => pattern.test(name))

describe("a backend is found out that", { timeout: 60_000 }, () => {
  for (const [how, { channel, layer }] of Object.entries(leaks)) {
    it.live(how, () =>
      Effect.gen(function* () {
        const found = yield* foundIn(layer, lawsNamed(/^the session token goes along|^an MFA code opens/))
        assert.include(
          found.map((one) => one.channel),
          channel,
        )
        const kind = channel === "world" ? "tokenCode" : "sessionToken"
        assert.deepStrictEqual(new Set(found.map((one) => one.kind)), new Set([kind]))
      }),
    )
  }

  it.live("labels a frame with it", () =>
    Effect.gen(function* () {
      const holds = Effect.gen(function* () {
        const own = yield* StsMemory.credentials(userArn("alice"))
        const source = CredentialSource.fromCredentials(own, { label: Redacted.value(own.secretAccessKey) })
        yield* Effect.provide(Sts.getCallerIdentity, CredentialStack.layer(source))
      })
      const found = yield* foundIn(StsMemory.layer, [{ name: "a law", holds }])
      const places = found.map(({ channel, kind }) => `${kind} in a ${channel}`)
      assert.include(places, "secretAccessKey in a frame")
    }),
  )

  it.live("logs secrets of any kind", () =>
    Effect.gen(function* () {
      const found = yield* foundIn(
        chatty,
        lawsNamed(/^an MFA code opens|^AssumeRoleWith|^GetDelegated|^a provided context/),
      )
      assert.sameMembers(Array.from(new Set(found.map(({ kind }) => kind))), kinds)
    }),
  )
})

describe("a secret is found", () => {
  const secret = `a+b/c=%2B&~ '"<é>\\\n\tAKIDEXAMPLE00000`
  const signingKey = createHmac("sha256", `AWS4${secret}`).update("20260713").digest()
  const find = Secrets.finder([
    ...Secrets.needlesOf(secret, "secret"),
    ...Secrets.needlesOf("918273", "code"),
    ...Secrets.needlesOf("0123456789".repeat(5), "long"),
    ...Secrets.needlesOfSigningKeys(secret, "20260713", "eu-west-1"),
  ])
  const kindsIn = (text: string) => Array.from(new Set(find(text).map(({ kind }) => kind)))

  it.each([
    ["as it is", `x${secret}x`],
    ["in JSON", JSON.stringify({ secret })],
    ["in JSON in JSON", JSON.stringify({ json: JSON.stringify({ secret }) })],
    ["in a literal", inspect({ secret })],
    ["in a URL", `http://localhost/?secret=${encodeURIComponent(secret)}`],
    ["in a URL in a URL", `http://localhost/?url=${encodeURIComponent(`/?a=${encodeURIComponent(secret)}`)}`],
    ["in a form", new URLSearchParams({ secret }).toString()],
    [
      "in XML",
      `<a>${secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")}</a>`,
    ],
    ["in hexadecimal", Buffer.from(`x${secret}x`).toString("hex")],
    ...["", "x", "xx", "xxx"].flatMap((before): ReadonlyArray<[string, string]> => [
      [`in Base64, behind ${before.length} bytes`, Buffer.from(`${before}${secret}xx`).toString("base64")],
      [`in Base64 for URLs, behind ${before.length} bytes`, Buffer.from(`${before}${secret}`).toString("base64url")],
    ]),
  ])("%s", (_, text) => assert.deepStrictEqual(kindsIn(text), ["secret"]))

  it.each([
    ["in hexadecimal", signingKey.toString("hex")],
    ["in Base64", signingKey.toString("base64")],
    ["as JSON of bytes", JSON.stringify(new Uint8Array(signingKey))],
    ["as JSON of a buffer", JSON.stringify(signingKey)],
    ["as a string of bytes", signingKey.toString("latin1")],
  ])("by the key that signs for a day, %s", (_, text) => assert.deepStrictEqual(kindsIn(text), ["signing key"]))

  it.each(["918273", "code 918273.", "TokenCode=918273&", '{"code":"918273"}', "a%3D918273%26", "mfa_918273"])(
    "that is an MFA code: %s",
    (text) => assert.deepStrictEqual(kindsIn(text), ["code"]),
  )

  it.each(["1918273", "9182731", "10:00:00.918273Z", "918273.5", "a918273", "918273f"])(
    "but not in digits of something else: %s",
    (text) => assert.deepStrictEqual(kindsIn(text), []),
  )

  it.each([
    ["its first characters", "0123456789012345678901…"],
    ["its last characters", "…345678901234567890123456789"],
  ])("by %s, where it is long", (_, text) => assert.deepStrictEqual(kindsIn(text), ["long"]))
})
