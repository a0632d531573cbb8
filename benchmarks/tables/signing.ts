/** Signing one AssumeRole: the same URL, body and content type for each, and each with the caches that its users have. */
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { contender, digits, interleave, limit, peer, type Section, times } from "../harness.ts"

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Signs the request below with the current time, and gives the headers of what is to be sent. */
export type Signer = () => SignedHeaders | Promise<SignedHeaders>

export type SignedHeaders = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, unknown>>

export interface SignerModule {
  readonly makeSigner: (keys: Keys) => Signer
}

export const region = "us-east-1"
export const host = "sts.us-east-1.amazonaws.com"
export const url = `https://${host}/`
export const contentType = "application/x-www-form-urlencoded; charset=utf-8"
export const body = Query.encodeRequest(AssumeRole, {
  RoleArn: "arn:aws:iam::111111111111:role/deploy",
  RoleSessionName: "release-42",
  DurationSeconds: 900,
})

/** As `StsFetch` signs, with the credentials that a stack hands out again and again. */
const ours = (keys: Keys): Signer => {
  const credentials = {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: Redacted.make(keys.secretAccessKey),
    sessionToken: keys.sessionToken === undefined ? undefined : Redacted.make(keys.sessionToken),
  }
  return () => {
    const headers = { "content-type": contentType }
    const signature = SigV4.sign(
      { method: "POST", url, headers, body },
      { credentials, region, service: "sts", time: Date.now() },
    )
    return { ...headers, ...signature }
  }
}

const isIterable = (headers: SignedHeaders): headers is Iterable<readonly [string, string]> =>
  Symbol.iterator in headers

const pairsOf = (headers: SignedHeaders): ReadonlyArray<readonly [string, string]> =>
  isIterable(headers)
    ? Array.from(headers)
    : Object.entries(headers).map(([name, value]) => [name, String(value)] as const)

/** Throws where the signature does not hold: there is no point in being fast then. */
const verify = async (sign: Signer, { secretAccessKey, sessionToken }: Keys) => {
  const headers = pairsOf(await sign())
  const authorization = Result.getOrThrow(
    SigV4.parse({ method: "POST", url, headers, body }, { service: "sts", region, time: Date.now() }),
  )
  Result.getOrThrow(SigV4.verify(authorization, Redacted.make(secretAccessKey)))
  const token = authorization.sessionToken && Redacted.value(authorization.sessionToken)
  if (token !== sessionToken) throw new Error("the session token is not signed")
}

const oursName = "effect-sts SigV4.sign"

const peers = [
  { name: "aws4", path: "aws4.ts", bound: 1.2 },
  { name: "@smithy/signature-v4", path: "smithySignature.ts", bound: 3 },
  { name: "aws4fetch AwsV4Signer", path: "aws4fetchSigner.ts", bound: 20 },
  { name: "aws4fetch AwsClient", path: "aws4fetchClient.ts", bound: 20 },
]

const compare = async (title: string, keys: Keys): Promise<Section> => {
  const entry = (name: string, makeSigner: () => Promise<Signer>) =>
    contender(name, async () => {
      const sign = await makeSigner()
      await verify(sign, keys)
      return sign() instanceof Promise
        ? async (times) => {
            for (let time = 0; time < times; time++) await sign()
          }
        : (times) => {
            for (let time = 0; time < times; time++) void sign()
          }
    })
  const results = await interleave(
    [
      await entry(oursName, () => Promise.resolve(ours(keys))),
      ...(await Promise.all(
        peers.map(({ name, path }) => entry(name, async () => (await peer<SignerModule>(path)).makeSigner(keys))),
      )),
    ],
    { rounds: 60, millis: 30 },
  )
  const rows = results.rows("signer", (name) => {
    const bound = peers.find((peer) => peer.name === name)?.bound
    const ratio = results.ratio(name, oursName, "cpuMicros")
    return {
      "µs a signature": digits(results.median(name, "micros")),
      "CPU µs": digits(results.median(name, "cpuMicros")),
      "CPU, of ours": times(ratio),
      limit: bound === undefined ? "" : limit(ratio, ">=", bound),
    }
  })
  return { title, rows, notes: ["aws4fetch hashes on threads of Node's: they are in its CPU."] }
}

export const run = async (): Promise<ReadonlyArray<Section>> => {
  const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }
  return [
    await compare("Signing one AssumeRole", keys),
    await compare("Signing one AssumeRole, with a session token of 500 characters", {
      ...keys,
      accessKeyId: "ASIAIOSFODNN7EXAMPLE",
      sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN/".padEnd(500, "AbCd0123+/"),
    }),
  ]
}
