/**
 * Where STS is: the endpoint rule set of AWS STS as code, with the partition table of the SDKs.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { partitionOf } from "./internal/partitions.ts"

/**
 * Which endpoint is wanted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** A region's name, or `aws-global`. Needed in any case, since requests are signed for a region. */
  readonly region?: string | undefined
  /** An http or https URL to use instead of AWS's own; it is never replaced by one of AWS. */
  readonly endpoint?: string | undefined
  /** The endpoint whose cryptography is validated by FIPS 140. False by default. */
  readonly useFips?: boolean | undefined
  /** The endpoint that answers on IPv6 too. False by default. */
  readonly useDualStack?: boolean | undefined
  /** `https://sts.amazonaws.com` for the regions that had no other once. False by default, as in the SDKs. */
  readonly useGlobalEndpoint?: boolean | undefined
}

/**
 * Where to send a request, and what to sign it for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  /** As `new URL` spells it, so with a path: `https://sts.eu-west-1.amazonaws.com/`. */
  readonly url: string
  /** The region that requests are signed for. */
  readonly signingRegion: string
  /** The service that requests are signed for. */
  readonly signingName: "sts"
}

/**
 * No endpoint answers to the options. The message is the rule set's where it has one for the case.
 *
 * @category errors
 * @since 0.1.0
 */
export class EndpointError extends Schema.TaggedError<EndpointError>()("EndpointError", {
  /** What is wrong with the options. */
  message: Schema.String,
}) {}

/** The regions for which `useGlobalEndpoint` means the global endpoint; others have no sessions from there. */
const legacyRegions: ReadonlySet<string> = new Set([
  "ap-northeast-1",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "aws-global",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
])

const hostLabel = /^(?!-)(?!.*-$)[a-zA-Z0-9-]{1,63}$/

/**
 * Finds the endpoint of STS.
 *
 * **Example** (Resolving a region)
 *
 * ```ts
 * import * as Endpoint from "@effect-sts/protocol/Endpoint"
 * import * as Result from "effect/Result"
 *
 * const { url } = Result.getOrThrow(Endpoint.resolve({ region: "eu-west-1", useFips: true }))
 *
 * console.log(url) // https://sts-fips.eu-west-1.amazonaws.com/
 * ```
 *
 * @category resolving
 * @since 0.1.0
 */
export const resolve = (options: Options): Result.Result<Endpoint, EndpointError> => {
  const { endpoint, region = "", useDualStack = false, useFips = false, useGlobalEndpoint = false } = options
  if (endpoint !== undefined && useFips) {
    return fail("Invalid Configuration: FIPS and custom endpoint are not supported")
  }
  if (endpoint !== undefined && useDualStack) {
    return fail("Invalid Configuration: Dualstack and custom endpoint are not supported")
  }
  if (region === "") {
    return fail("Invalid Configuration: Missing Region")
  }
  if (!hostLabel.test(region)) {
    return fail("Invalid Configuration: Region is not a valid hostname component")
  }
  if (endpoint !== undefined) {
    return resolveCustom(endpoint, region)
  }
  const isGlobal = region === "aws-global" || (useGlobalEndpoint && legacyRegions.has(region))
  if (isGlobal && !useFips && !useDualStack) {
    return succeed("sts.amazonaws.com", "us-east-1")
  }
  const { dnsSuffix, dualStackDnsSuffix, name } = partitionOf(region)
  // GovCloud's ordinary endpoints are FIPS endpoints, except on dual-stack names.
  const service = useFips && (useDualStack || name !== "aws-us-gov") ? "sts-fips" : "sts"
  return succeed(`${service}.${region}.${useDualStack ? dualStackDnsSuffix : dnsSuffix}`, region)
}

const resolveCustom = (endpoint: string, region: string): Result.Result<Endpoint, EndpointError> => {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return fail("Invalid Configuration: Endpoint is not an http or https URL")
  }
  // fetch refuses such a URL in an error that quotes it.
  return url.username !== "" || url.password !== ""
    ? fail("Invalid Configuration: Endpoint has a user name or password in it")
    : Result.succeed({ url: url.href, signingRegion: region, signingName: "sts" })
}

const succeed = (host: string, signingRegion: string): Result.Result<Endpoint> =>
  Result.succeed({ url: `https://${host.toLowerCase()}/`, signingRegion, signingName: "sts" })

const fail = (message: string): Result.Result<never, EndpointError> => Result.fail(new EndpointError({ message }))
