/**
 * Throws random and mutated requests at the server, most of them signed well, so that what comes after the signature gets
 * its part. Whatever comes in, the reply must be one that STS could give, and must come soon.
 *
 * `node packages/memory/fuzz/fuzz.ts --runs 1000000 [--seed 1]`
 */
import * as Operations from "@effect-sts/core/Operations"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Xml from "@effect-sts/protocol/Xml"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { parseArgs } from "node:util"
import * as Engine from "../src/internal/engine/engine.ts"
import { answer, type Request } from "../src/internal/server/answer.ts"
import type { Reply } from "../src/internal/server/reply.ts"
import * as World from "../src/World.ts"

/** A pseudo-random number from 0 up to, but not including, `below`. */
type Random = (below: number) => number

/** A run may take this long; the slowest so far takes some ten milliseconds. */
const maxMillis = 2000

const must = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message)
}

// mulberry32
const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const pick = <A>(random: Random, [first, ...rest]: readonly [A, ...ReadonlyArray<A>]): A =>
  rest[random(rest.length + 1) - 1] ?? first

const randomText = (random: Random, maxLength: number): string => {
  const unit = pick(random, [0x80, 0x80, 0x800, 0x10000])
  return String.fromCharCode(...Array.from({ length: random(maxLength + 1) }, () => random(unit)))
}

const pieces = [
  "&",
  ..."= + % %2 %26 %00 %FF %EF%BF%BE %C2%85 %7E ? # / . .member. .member.1 .member.0 .member.999999999 __proto__ < > ' ;".split(
    " ",
  ),
  ..."&Action= &Version= &Action=GetCallerIdentity &Action=AssumeRoleWithSAML &RoleArn= &RoleSessionName= &ExternalId=%00".split(
    " ",
  ),
  ..."&Tags.member.1.Key= &Tags.member.2.Value=%3C &PolicyArns.member.1.arn= &TransitiveTagKeys.member.1=%FE &Policy=%7B%7D".split(
    " ",
  ),
  ..."&DurationSeconds= &DurationSeconds=-0 &DurationSeconds=2147483648 &SerialNumber= &TokenCode=123456 &SourceIdentity=aws:".split(
    " ",
  ),
  ..."&ProvidedContexts.member.1.ContextAssertion= &MinimumSessionTokenSize=4096 &X-Amz-Algorithm=AWS4-HMAC-SHA256".split(
    " ",
  ),
  "\u{0}",
  "\u{FFFE}",
  "\uD800",
] as const

/** Cuts, doubles, swaps and inserts. */
const mutate = (random: Random, text: string): string => {
  let mutated = text
  for (let step = random(4); step > 0; step--) {
    const start = random(mutated.length + 1)
    const end = Math.min(mutated.length, start + random(pick(random, [2, 8, 64])))
    const inserted = pick(random, [
      () => "",
      () => pick(random, pieces),
      () => pick(random, pieces).repeat(random(pick(random, [3, 200]))),
      () => randomText(random, 8),
      () => mutated.slice(start, end).repeat(2),
    ])()
    mutated = mutated.slice(0, start) + inserted + mutated.slice(end)
  }
  return mutated
}

const role = { RoleArn: "arn:aws:iam::111111111111:role/my-role", RoleSessionName: "session" }

const forms = [
  Query.encodeRequest(Operations.GetCallerIdentity, {}),
  Query.encodeRequest(Operations.AssumeRole, { ...role, DurationSeconds: 900, ExternalId: "partner-7f3a" }),
  Query.encodeRequest(Operations.AssumeRole, {
    ...role,
    Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
    Tags: [{ Key: "a", Value: "b c" }],
    TransitiveTagKeys: ["a"],
    PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
  }),
  Query.encodeRequest(Operations.GetSessionToken, {
    SerialNumber: "arn:aws:iam::111111111111:mfa/alice",
    TokenCode: "123456",
  }),
  Query.encodeRequest(Operations.GetFederationToken, { Name: "guest", DurationSeconds: 900 }),
  Query.encodeRequest(Operations.GetAccessKeyInfo, { AccessKeyId: "AKIAIOSFODNN7EXAMPLE" }),
  "Action=GetWebIdentityToken&Version=2011-06-15&Audience.member.1=a&Tags=&DurationSeconds=",
] as const

const now = Date.parse("2026-07-13T10:00:00Z")

const signing = {
  credentials: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
  },
  region: "us-east-1",
  service: "sts",
  time: now,
}

type Headers = ReadonlyArray<readonly [name: string, value: string]>

const encoder = new TextEncoder()

interface Input {
  readonly request: Request
  /** Whether nobody changed it after it was signed. */
  readonly isSigned: boolean
}

const makeInput = (random: Random): Input => {
  const change = (text: string, oneIn: number) => (random(oneIn) === 0 ? mutate(random, text) : text)
  const isGet = random(4) === 0
  const text = random(3) > 0 ? mutate(random, pick(random, forms)) : pick(random, forms)
  const headers: Array<readonly [string, string]> = [
    ["host", pick(random, ["localhost:4599", "sts.amazonaws.com", ""])],
  ]
  if (random(8) > 0) headers.push(["content-type", "application/x-www-form-urlencoded"])
  if (random(8) === 0) headers.push(["accept", "application/json"], ["origin", "null"])
  if (random(16) === 0) headers.push([pick(random, ["x-a", "date", "x-amz-security-token"]), randomText(random, 40)])
  const method = random(32) === 0 ? pick(random, ["HEAD", "PUT", "OPTIONS", "", "get"]) : isGet ? "GET" : "POST"
  const url = isGet ? `/?${text}` : change("/", 16)
  const body = isGet ? "" : text
  const unsigned = { method, url, headers, body }
  const isPresigned = random(4) === 0
  const signed = isPresigned
    ? { ...unsigned, url: SigV4.presign(unsigned, signing) }
    : { ...unsigned, headers: [...headers, ...Object.entries(SigV4.sign(unsigned, signing))] }
  const isSigned = random(3) > 0
  const sent: Omit<Request, "body"> & { readonly headers: Headers } = isSigned
    ? signed
    : {
        method,
        url: change(signed.url, 2),
        headers: signed.headers
          .filter(() => random(16) > 0)
          .map(([name, value]) => [change(name, 32), change(value, 3)] as const),
      }
  return { isSigned, request: { ...sent, body: random(500) === 0 ? undefined : encoder.encode(body) } }
}

/** Changes that do not touch what is signed leave a signature as it was. */
const isVerified = ({ body = new Uint8Array(), ...request }: Request): boolean =>
  Result.isSuccess(
    Result.flatMap(SigV4.parse({ ...request, body }, { ...signing, region: "us-east-1" }), (authorization) =>
      SigV4.verify(authorization, signing.credentials.secretAccessKey),
    ),
  )

const xmlAnswers: ReadonlySet<number> = new Set([200, 400, 403])

const check = ({ isSigned, request }: Input, { body, fate, headers, status }: Reply): void => {
  must(fate === "sent", "the connection was broken")
  must(headers["content-length"] === String(encoder.encode(body).length), "the length is wrong")
  if (status === 302 || status === 413 || request.method === "OPTIONS")
    return must(body === "" || status === 404, "a body")
  if (status === 404) return must(body === "<UnknownOperationException/>", "not STS's 404")
  must(xmlAnswers.has(status), `status ${status}`)
  if (headers["content-type"] === "application/json") {
    const answer: unknown = JSON.parse(body)
    return must(typeof answer === "object", "no JSON object")
  }
  const root = Result.getOrThrowWith(Xml.parse(body), (error) => new Error(`not well-formed: ${error.message}`))
  if (status === 200) {
    must(root.name.endsWith("Response") && root.name !== "ErrorResponse", "a success that is none")
    return must(isSigned || isVerified(request), "a success for whoever did not sign")
  }
  const error = Result.getOrThrowWith(Query.decodeError(body), (error) => new Error(error.message))
  must(error.type === "Sender" && error.code !== "", "an error without a code")
}

/** Makes a world, and tries one request after the other on it. Rejects with the input where one fails. */
export const fuzz = async (options: {
  readonly runs: number
  readonly seed: number
}): Promise<ReadonlyMap<string, number>> => {
  const decoded = Effect.runSync(World.decode(World.demo))
  let engine = Engine.make(decoded)
  const seen = new Map<string, number>()
  for (let run = 0; run < options.runs; run++) {
    // Sessions and the log only grow.
    if (run % 5000 === 4999) engine = Engine.make(decoded)
    const input = makeInput(randomFrom(options.seed + run))
    const start = performance.now()
    try {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other, so that a run can be repeated
      const reply = await Effect.runPromise(answer(engine, now, input.request))
      must(performance.now() - start < maxMillis, `took more than ${maxMillis} ms`)
      check(input, reply)
      const code = /<Code>(\w*)</.exec(reply.body)?.[1] ?? "none"
      seen.set(`${reply.status} ${code}`, (seen.get(`${reply.status} ${code}`) ?? 0) + 1)
    } catch (cause) {
      const again = `--runs 1 --seed ${options.seed + run}`
      const { body, ...request } = input.request
      const text = JSON.stringify({ ...request, body: new TextDecoder().decode(body) })
      throw new Error(`The server failed on run ${run}; to repeat it: ${again}\n${text}`, { cause })
    }
  }
  return seen
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } })
  const runs = Number(values.runs ?? 100_000)
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
  must(Number.isInteger(runs) && Number.isInteger(seed), "--runs and --seed take whole numbers")
  const start = performance.now()
  const seen = await fuzz({ runs, seed })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${runs} requests to StsServer from seed ${seed} in ${seconds} s: no defect`)
  console.log(
    Array.from(seen, ([kind, count]) => `${kind}: ${count}`)
      .toSorted()
      .join("\n"),
  )
}
