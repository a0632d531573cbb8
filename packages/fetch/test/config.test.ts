import { assert, describe, it } from "@effect/vitest"
import * as Operations from "@effect-sts/core/Operations"
import * as Query from "@effect-sts/protocol/Query"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as StsFetch from "../src/StsFetch.ts"
import { fakeFetch, getCallerIdentity, requestId, run } from "./harness.ts"

const answer = Query.encodeResponse(
  Operations.GetCallerIdentity,
  { Arn: "arn:aws:iam::111111111111:root", UserId: "111111111111", Account: "111111111111" },
  requestId,
)

const configured = (env: Record<string, string>) =>
  Layer.provide(StsFetch.layerConfig, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

describe("StsFetch.layerConfig", () => {
  it.effect.each<readonly [env: Record<string, string>, url: string]>([
    [{ AWS_REGION: "eu-west-1" }, "https://sts.eu-west-1.amazonaws.com/"],
    [{ AWS_DEFAULT_REGION: "eu-west-1" }, "https://sts.eu-west-1.amazonaws.com/"],
    [{ AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }, "https://sts.eu-west-1.amazonaws.com/"],
    [{ AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "eu-west-1" }, "https://sts.eu-west-2.amazonaws.com/"],
    [{ AWS_REGION: "eu-west-1", AWS_USE_FIPS_ENDPOINT: "true" }, "https://sts-fips.eu-west-1.amazonaws.com/"],
    [{ AWS_REGION: "eu-west-1", AWS_USE_DUALSTACK_ENDPOINT: "true" }, "https://sts.eu-west-1.api.aws/"],
    [{ AWS_REGION: "eu-west-1", AWS_USE_DUALSTACK_ENDPOINT: "" }, "https://sts.eu-west-1.amazonaws.com/"],
    [{ AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "http://localhost:1" }, "http://localhost:1/"],
    [{ AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "" }, "https://sts.eu-west-1.amazonaws.com/"],
    [
      { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "http://localhost:1", AWS_ENDPOINT_URL_STS: "http://localhost:2" },
      "http://localhost:2/",
    ],
    [
      {
        AWS_REGION: "eu-west-1",
        AWS_ENDPOINT_URL: "http://localhost:1",
        AWS_ENDPOINT_URL_STS: "http://localhost:2",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      },
      "https://sts.eu-west-1.amazonaws.com/",
    ],
    [
      {
        AWS_REGION: "eu-west-1",
        AWS_ENDPOINT_URL: "http://localhost:1",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
      },
      "http://localhost:1/",
    ],
  ])("with %j calls %s", ([env, url]) =>
    Effect.gen(function* () {
      const { fetch, sent } = fakeFetch(() => new Response(answer))
      yield* run(getCallerIdentity, fetch, configured(env))
      assert.strictEqual(sent[0]?.url, url)
    }),
  )

  it.effect(
    "counts an empty value as missing, whatever provider it comes from",
    Effect.fnUntraced(function* () {
      const values = { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1", AWS_ENDPOINT_URL: "" }
      const { fetch, sent } = fakeFetch(() => new Response(answer))
      const provider = ConfigProvider.layer(ConfigProvider.fromUnknown(values, { preserveEmptyStrings: true }))
      yield* run(getCallerIdentity, fetch, Layer.provide(StsFetch.layerConfig, provider))
      assert.strictEqual(sent[0]?.url, "https://sts.eu-west-1.amazonaws.com/")
    }),
  )

  it.effect.each<readonly [env: Record<string, string>, words: string]>([
    [{}, "AWS_REGION"],
    [{ AWS_REGION: "" }, "`region`"],
    [{ AWS_ENDPOINT_URL: "http://localhost:1" }, "AWS_DEFAULT_REGION"],
    [{ AWS_REGION: "eu west" }, "Region is not a valid hostname component"],
    [{ AWS_REGION: "eu-west-1", AWS_USE_FIPS_ENDPOINT: "maybe" }, "AWS_USE_FIPS_ENDPOINT"],
    [
      { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "http://localhost:1", AWS_USE_FIPS_ENDPOINT: "true" },
      "FIPS and custom endpoint are not supported",
    ],
    [{ AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL_STS: "localhost:1" }, "Endpoint is not an http or https URL"],
  ])("with %j fails at start and says %s", ([env, words]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(configured(env))))
      assert.include(error.message, words)
    }),
  )
})

describe("StsFetch.layer", () => {
  it.effect.each<readonly [options: StsFetch.Options, words: string]>([
    [{ region: "" }, "No region for STS. Set `region`"],
    [{ region: undefined as unknown as string }, "No region for STS. Set `region`"],
    [{ region: "", endpoint: "http://localhost:1" }, "No region for STS. Set `region`"],
    [{ region: "eu-west-1", endpoint: "" }, "Endpoint is not an http or https URL"],
    [{ region: "eu-west-1", endpoint: "http://localhost:1", useDualStack: true }, "Dualstack and custom endpoint"],
  ])("with %j fails at start", ([options, words]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(StsFetch.layer(options))))
      assert.instanceOf(error, StsFetch.InvalidOptions)
      assert.include(error.message, words)
    }),
  )
})
