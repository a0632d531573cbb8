/**
 * `pnpm --silent mint WHAT … [--world FILE] [--now ISO]`: prints what identity providers, devices and other services of a
 * world give to those who call STS, as `pnpm serve` takes it that runs on the same world.
 *
 * - `web-identity --provider NAME --subject NAME [--audience NAME …] [--tag KEY=VALUE …] [--transitive-tag KEY …]`: a token
 *   of an OIDC provider.
 * - `saml --provider ARN --role ARN --session NAME [--tag KEY=VALUE …] [--transitive-tag KEY …]`: a SAML assertion.
 * - `mfa --serial ARN`: the code that a device shows.
 * - `trade-in --role ARN [--session NAME]`: what GetDelegatedAccessToken exchanges.
 * - `denial --caller ARN --action NAME --resource ARN`: the message of a denied request to another service, encoded.
 *
 * `--world` and `--now` are those of `pnpm serve`. Into a file or a pipe goes just the value, without the end of a line.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import process from "node:process"
import { parseArgs } from "node:util"
import * as StsMemory from "../src/StsMemory.ts"
import * as CommandLine from "./commandLine.ts"

/** What was given: options that must be there, and those that may be there several times. */
interface Given {
  readonly one: (name: string) => string
  readonly all: (name: string) => ReadonlyArray<string>
}

interface Kind {
  readonly required: ReadonlyArray<string>
  readonly repeatable?: ReadonlyArray<string>
  readonly mint: (given: Given) => Effect.Effect<string, CommandLine.UsageError, StsMemory.StsMemory>
}

const tagsOf = ({ all }: Given) => ({
  tags: Object.fromEntries(
    all("tag").map((tag): [string, string] => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(tag) ?? []
      if (key === undefined || value === undefined) throw new Error("--tag takes KEY=VALUE")
      return [key, value]
    }),
  ),
  transitiveTagKeys: all("transitive-tag"),
})

const valueOf = <R>(secret: Effect.Effect<Redacted.Redacted, never, R>) => Effect.map(secret, Redacted.value)

/** What the service would say, if it refused. */
const denialOf = (request: StsMemory.AuthorizationRequest) =>
  Effect.matchEffect(StsMemory.authorize(request), {
    onSuccess: () => Effect.fail(CommandLine.toUsageError("The caller may do this, so there is no message")),
    onFailure: ({ encodedMessage, message }) =>
      encodedMessage === undefined ? Effect.fail(CommandLine.toUsageError(message)) : Effect.succeed(encodedMessage),
  })

const kinds: { readonly [name: string]: Kind } = {
  "web-identity": {
    required: ["provider", "subject"],
    repeatable: ["audience", "tag", "transitive-tag"],
    mint: (given) => {
      const [audience, ...others] = given.all("audience")
      return valueOf(
        StsMemory.webIdentityToken({
          provider: given.one("provider"),
          subject: given.one("subject"),
          audience: audience !== undefined && others.length > 0 ? [audience, ...others] : audience,
          ...tagsOf(given),
        }),
      )
    },
  },
  saml: {
    required: ["provider", "role", "session"],
    repeatable: ["tag", "transitive-tag"],
    mint: (given) =>
      valueOf(
        StsMemory.samlAssertion({
          provider: given.one("provider"),
          role: given.one("role"),
          roleSessionName: given.one("session"),
          ...tagsOf(given),
        }),
      ),
  },
  mfa: { required: ["serial"], mint: ({ one }) => StsMemory.mfaCode(one("serial")) },
  "trade-in": {
    required: ["role"],
    repeatable: ["session"],
    mint: ({ all, one }) =>
      valueOf(StsMemory.tradeInToken({ roleArn: one("role"), roleSessionName: all("session").at(-1) })),
  },
  denial: {
    required: ["caller", "action", "resource"],
    mint: ({ one }) => denialOf({ caller: one("caller"), action: one("action"), resource: one("resource") }),
  },
}

const read = ([name = "", ...args]: ReadonlyArray<string>) => {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) throw new Error(`mint takes one of ${Object.keys(kinds).join(", ")}, and then its options`)
  const { repeatable = [], required } = kind
  const option = (multiple: boolean) => (option: string) => [option, { type: "string", multiple } as const] as const
  const { values } = parseArgs({
    args,
    options: Object.fromEntries([...["world", "now", ...required].map(option(false)), ...repeatable.map(option(true))]),
  })
  const all = (option: string) => [values[option] ?? []].flat().filter(Predicate.isString)
  const missing = required.filter((option) => all(option).length === 0)
  if (missing.length > 0) throw new Error(`mint ${name} needs ${missing.map((option) => `--${option}`).join(", ")}`)
  const [world] = all("world")
  const [now] = all("now").map(CommandLine.readInstant)
  return { now, world, minted: kind.mint({ all, one: (option) => all(option).join("") }) }
}

const main = Effect.gen(function* () {
  const { minted, now, world } = yield* Effect.try({
    try: () => read(CommandLine.args()),
    catch: CommandLine.toUsageError,
  })
  const value = yield* minted.pipe(
    Effect.provide(StsMemory.layerWorld(CommandLine.readWorld(world))),
    CommandLine.at(now),
  )
  // Clients send what is in a token file as it is, with the end of a line if there is one.
  yield* Effect.sync(() => process.stdout.write(process.stdout.isTTY ? `${value}\n` : value))
}).pipe(CommandLine.reportFailure)

void Effect.runFork(main)
