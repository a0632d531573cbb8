import { STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { existsSync, readFileSync } from "node:fs"
import * as Endpoint from "../src/Endpoint.ts"
import { partitionOf } from "../src/internal/partitions.ts"

const { endpointProvider } = new STSClient({
  region: "us-east-1",
  endpoint: "http://127.0.0.1:1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
}).config

const defined = <A extends object>(record: A) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

/** What the SDK's own resolver makes of the same options. */
const resolveBySdk = (options: Endpoint.Options) => {
  try {
    const { properties, url } = endpointProvider(
      defined({
        Region: options.region,
        Endpoint: options.endpoint,
        UseFIPS: options.useFips ?? false,
        UseDualStack: options.useDualStack ?? false,
        UseGlobalEndpoint: options.useGlobalEndpoint ?? false,
      }),
      {},
    )
    const schemes: unknown = properties?.["authSchemes"]
    const [scheme] = Array.isArray(schemes) ? schemes : []
    return {
      url: url.href,
      signingRegion: scheme?.signingRegion ?? options.region,
      signingName: scheme?.signingName ?? "sts",
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const resolve = (options: Endpoint.Options) =>
  Result.match(Endpoint.resolve(options), { onFailure: (error) => error.message, onSuccess: (endpoint) => endpoint })

const agrees = (options: Endpoint.Options): void => assert.deepStrictEqual(resolve(options), resolveBySdk(options))

const flags = [undefined, false, true].flatMap((useFips) =>
  [undefined, false, true].flatMap((useDualStack) =>
    [undefined, false, true].map((useGlobalEndpoint) => ({ useFips, useDualStack, useGlobalEndpoint })),
  ),
)

const endpoints = [undefined, "http://127.0.0.1:4566", "https://sts.example.com/sub/path", "http://[::1]:80/"]

const regions = [
  ..."af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2".split(" "),
  ..."ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6".split(" "),
  ..."ap-southeast-7 aws-global ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1".split(" "),
  ..."eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1".split(" "),
  ..."sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2 aws-cn-global cn-north-1 cn-northwest-1".split(" "),
  ..."eusc-de-east-1 aws-iso-global us-iso-east-1 us-iso-west-1 aws-iso-b-global us-isob-east-1".split(" "),
  ..."us-isob-west-1 aws-iso-e-global eu-isoe-west-1 aws-iso-f-global us-isof-east-1".split(" "),
  ..."us-isof-south-1 aws-us-gov-global us-gov-east-1 us-gov-west-1".split(" "),
]

describe("Endpoint.resolve", () => {
  it("agrees with the SDK's resolver on every region, flag and kind of endpoint", () => {
    for (const region of [...regions, "us-nowhere-9", "moon", "EU-WEST-1"]) {
      for (const endpoint of endpoints) {
        for (const choice of flags) {
          agrees({ ...choice, region, endpoint })
        }
      }
    }
  })

  it("agrees with the SDK's resolver on random regions", () => {
    const prefix = fc.constantFrom(
      "us",
      "eu",
      "cn",
      "us-gov",
      "us-iso",
      "us-isob",
      "us-isof",
      "eu-isoe",
      "eusc-de",
      "xx",
    )
    const region = fc
      .tuple(prefix, fc.stringMatching(/^[a-z_]{1,10}$/), fc.nat(99))
      .map(([start, direction, number]) => `${start}-${direction}-${number}`)
      .filter((name) => !name.includes("_"))
    const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/)
    fc.assert(
      fc.property(fc.oneof(region, label), fc.constantFrom(...flags), (name, choice) =>
        agrees({ ...choice, region: name }),
      ),
      { numRuns: 2000 },
    )
  })

  it("agrees with the SDK's resolver on a missing region", () => {
    for (const choice of flags) {
      agrees(choice)
    }
    assert.strictEqual(resolve({}), "Invalid Configuration: Missing Region")
    assert.strictEqual(resolve({ region: "" }), "Invalid Configuration: Missing Region")
  })

  it("wants a region for a custom endpoint too, to sign for", () => {
    assert.strictEqual(resolve({ endpoint: "http://127.0.0.1:1" }), "Invalid Configuration: Missing Region")
  })

  it("refuses a region that could change the host", () => {
    for (const region of ["evil.example/", "a.b", "a/b", "a#", "-a", "a-", "*", "a b", "a\n", "a".repeat(64), "é"]) {
      const expected = "Invalid Configuration: Region is not a valid hostname component"
      assert.strictEqual(resolve({ region }), expected)
      assert.strictEqual(resolve({ region, endpoint: "http://127.0.0.1:1" }), expected)
    }
  })

  it("refuses an endpoint that is no http URL, without quoting it", () => {
    for (const endpoint of ["", "sts.example.com", "ftp://sts.example.com", "file:///etc/passwd", "http://"]) {
      assert.strictEqual(
        resolve({ region: "us-east-1", endpoint }),
        "Invalid Configuration: Endpoint is not an http or https URL",
      )
    }
    assert.strictEqual(
      resolve({ region: "us-east-1", endpoint: "http://user:secret@127.0.0.1" }),
      "Invalid Configuration: Endpoint has a user name or password in it",
    )
  })

  it.each([
    ["eu-west-1", {}, "https://sts.eu-west-1.amazonaws.com/", "eu-west-1"],
    ["aws-global", {}, "https://sts.amazonaws.com/", "us-east-1"],
    ["us-west-2", { useGlobalEndpoint: true }, "https://sts.amazonaws.com/", "us-east-1"],
    ["eu-south-1", { useGlobalEndpoint: true }, "https://sts.eu-south-1.amazonaws.com/", "eu-south-1"],
    ["us-gov-west-1", { useFips: true }, "https://sts.us-gov-west-1.amazonaws.com/", "us-gov-west-1"],
    ["us-iso-east-1", { useDualStack: true }, "https://sts.us-iso-east-1.api.aws.ic.gov/", "us-iso-east-1"],
    ["us-isob-east-1", { useDualStack: true }, "https://sts.us-isob-east-1.api.aws.scloud/", "us-isob-east-1"],
  ])("%s with %o is %s, signed for %s", (region, choice, url, signingRegion) => {
    assert.deepStrictEqual(resolve({ region, ...choice }), { url, signingRegion, signingName: "sts" })
  })
})

const published = new URL("../../../../shared/data/endpoints/partitions.json", import.meta.url)

describe.skipIf(!existsSync(published))(
  "the partition table (skipped where ../shared/data/endpoints is missing)",
  () => {
    it("says of every region what partitions.json says", () => {
      const { partitions } = JSON.parse(readFileSync(published, "utf8"))
      for (const { outputs, regionRegex, regions: names } of partitions) {
        assert.isTrue(outputs.supportsFIPS && outputs.supportsDualStack)
        for (const name of Object.keys(names)) {
          const { dnsSuffix, dualStackDnsSuffix, name: partition, regions: pattern } = partitionOf(name)
          assert.deepStrictEqual(
            { dnsSuffix, dualStackDnsSuffix, partition },
            { dnsSuffix: outputs.dnsSuffix, dualStackDnsSuffix: outputs.dualStackDnsSuffix, partition: outputs.name },
          )
          assert.strictEqual(pattern.source, regionRegex.replaceAll("\\-", "-"))
          assert.include(regions, name)
        }
      }
    })
  },
)
