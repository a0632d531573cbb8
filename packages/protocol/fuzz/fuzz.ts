/**
 * Throws random and mutated inputs at everything here that reads what others wrote. Whatever comes in, the answer must be
 * a value or a typed error, and must come soon.
 *
 * `node packages/protocol/fuzz/fuzz.ts --runs 1000000 [--seed 1] [--target Xml.parse]`
 */
import type * as Operation from "@effect-sts/core/Operation"
import * as Operations from "@effect-sts/core/Operations"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { isDeepStrictEqual, parseArgs } from "node:util"
import * as Query from "../src/Query.ts"
import * as SigV4 from "../src/SigV4.ts"
import * as Xml from "../src/Xml.ts"

/** A pseudo-random number from 0 up to, but not including, `below`. */
export type Random = (below: number) => number

/** An input, and a trial of it that throws where the outcome is none that is allowed. */
export interface Trial {
  readonly input: unknown
  readonly run: () => void
}

/** Something to fuzz. */
export interface Target {
  readonly name: string
  readonly make: (random: Random) => Trial
}

const target = <A>(name: string, make: (random: Random) => A, check: (input: A) => void): Target => ({
  name,
  make: (random) => {
    const input = make(random)
    return { input, run: () => check(input) }
  },
})

/** A run may take this long; the slowest so far takes a few milliseconds. */
const maxMillis = 2000

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

export const pick = <A>(random: Random, [first, ...rest]: readonly [A, ...ReadonlyArray<A>]): A => {
  const index = random(rest.length + 1)
  return index === 0 ? first : (rest[index - 1] ?? first)
}

const randomText = (random: Random, maxLength: number): string => {
  const unit = pick(random, [0x80, 0x80, 0x800, 0x10000])
  return String.fromCharCode(...Array.from({ length: random(maxLength + 1) }, () => random(unit)))
}

/** Cuts, doubles, swaps and inserts, mostly pieces that mean something to the reader. */
export const mutate = (random: Random, text: string, pieces: readonly [string, ...ReadonlyArray<string>]): string => {
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
      () => mutated.slice(random(mutated.length + 1)).slice(0, 64),
    ])()
    mutated = mutated.slice(0, start) + inserted + mutated.slice(end)
  }
  return mutated
}

const must = (condition: boolean, message: string): void => {
  if (!condition) {
    throw new Error(message)
  }
}

export const documents = [
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <GetCallerIdentityResult>\n    <Arn>arn:aws:iam::123456789012:user/alice</Arn>\n    <UserId>AIDAEXAMPLE</UserId>\n    <Account>123456789012</Account>\n  </GetCallerIdentityResult>\n  <ResponseMetadata>\n    <RequestId>1</RequestId>\n  </ResponseMetadata>\n</GetCallerIdentityResponse>\n`,
  `<?xml version="1.0" encoding="UTF-8"?><ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>&lt;&amp;&#65;&#x1F600;</Message></Error></ErrorResponse>`,
  `<a b="1" c='2'><![CDATA[x]]><!-- y --><?z z?></a>`,
  "<html><body><h1>502 Bad Gateway</h1><br></body></html>",
  "",
] as const

export const xmlPieces = [
  "<",
  ..."> & ; / ? ! ' \" = - [ ] # x".split(" "),
  ..."<a> </a> <a/> <!-- --> <![CDATA[ ]]> <?p ?> &amp; &lt; &#0; &#x10FFFF; &#xD800; &nbsp; &__proto__;".split(" "),
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<?xml version="1.1"?>',
  ' xmlns="a"',
  ' __proto__="a"',
  " ",
  "\n",
  "\r",
  "\u{0}",
  "\u{85}",
  "\u{FEFF}",
  "\u{FFFE}",
  "\uD800",
  "\uDC00",
] as const

const xml = target(
  "Xml.parse",
  (random) => (random(8) === 0 ? randomText(random, 200) : mutate(random, pick(random, documents), xmlPieces)),
  (document) => {
    const parsed = Xml.parse(document)
    if (Result.isFailure(parsed)) {
      const { column, line } = parsed.failure
      must(parsed.failure instanceof Xml.XmlError && line >= 1 && column >= 1, "not a typed error with a position")
      return
    }
    const again = Xml.parse(Xml.render(parsed.success))
    must(Result.isSuccess(again) && isDeepStrictEqual(again.success, parsed.success), "does not survive being written")
  },
)

const now = Date.parse("2026-07-13T10:00:00Z")
const secretAccessKey = Redacted.make("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
const signing = {
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey, sessionToken: Redacted.make("token+/=") },
  region: "eu-west-1",
  service: "sts",
  time: now,
}

interface FuzzedRequest extends SigV4.Request {
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: string
}

const unsigned = { method: "POST", url: "https://sts.example.com/a/?b=c%20d&e", body: "Action=GetCallerIdentity" }

const requests: readonly [FuzzedRequest, ...ReadonlyArray<FuzzedRequest>] = [
  { ...unsigned, headers: Object.entries({ ...SigV4.sign(unsigned, signing), host: "sts.example.com" }) },
  { ...unsigned, url: SigV4.presign(unsigned, { ...signing, expiresInSeconds: 60 }), headers: [] },
  {
    method: "GET",
    url: "/",
    headers: [
      ["Date", "Mon, 13 Jul 2026 10:00:00 GMT"],
      [
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=A/20260713/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=a",
      ],
    ],
    body: "",
  },
]

const requestPieces = [
  "%",
  ..."%2 %zz %FF %7E %2B + & = ? # / // . .. /../ ; , : @ ' ( * ~".split(" "),
  ..."Credential= SignedHeaders= Signature= host;x-amz-date aws4_request 20260713 AWS4-HMAC-SHA256 http:// https://".split(
    " ",
  ),
  ..."X-Amz-Algorithm=AWS4-HMAC-SHA256 &X-Amz-Date= &X-Amz-Signature= &X-Amz-Expires=-1".split(" "),
  " ",
  "\t",
  "\n",
  "\u{0}",
  "\u{E9}",
  "\uD800",
  "\u{1F600}",
] as const

const names = [
  "host",
  "Authorization",
  "x-amz-date",
  "date",
  "x-amz-security-token",
  "x-amz-content-sha256",
  "",
] as const

const makeRequest = (random: Random): FuzzedRequest => {
  const { body, headers, method, url } = pick(random, requests)
  const change = (text: string, oneIn: number): string =>
    random(oneIn) === 0 ? mutate(random, text, requestPieces) : text
  const changed = headers
    .filter(() => random(16) > 0)
    .map(([name, value]): [string, string] => [change(name, 32), change(value, 3)])
  if (random(4) === 0) {
    changed.push([pick(random, names), randomText(random, 40)])
  }
  return { method: change(method, 16), url: change(url, 2), headers: changed, body: change(body, 8) }
}

const verifying = target("SigV4.verify", makeRequest, (request) => {
  const parsed = SigV4.parse(request, { service: "sts", region: "eu-west-1", time: now })
  const outcome = Result.flatMap(parsed, (authorization) => SigV4.verify(authorization, secretAccessKey))
  must(Result.isSuccess(outcome) || outcome.failure instanceof SigV4.SignatureError, "not a typed error")
  const other = Result.flatMap(parsed, (authorization) => SigV4.verify(authorization, Redacted.make("other")))
  must(Result.isFailure(other), "accepted with another secret")
})

const signs = target(
  "SigV4.sign",
  (random) => {
    const request = makeRequest(random)
    const isNew = ([name]: readonly [string, string]) => /^[\w-]+$/.test(name) && !/^(authorization|x-amz-)/i.test(name)
    return { ...request, url: request.url.replaceAll("X-Amz-", ""), headers: request.headers.filter(isNew) }
  },
  (request) => {
    const headers: ReadonlyArray<readonly [string, string]> = [...request.headers, ["host", "a"]]
    const added = Object.entries(SigV4.sign({ ...request, headers }, signing))
    const parsed = SigV4.parse({ ...request, headers: [...headers, ...added] }, { service: "sts", time: now })
    const outcome = Result.flatMap(parsed, (authorization) => SigV4.verify(authorization, secretAccessKey))
    must(Result.isSuccess(outcome), "refuses what it signed")
  },
)

const operations: readonly [Operation.Any, ...ReadonlyArray<Operation.Any>] = [Operations.AssumeRole, ...Operations.all]

const forms = [
  Query.encodeRequest(Operations.AssumeRole, {
    RoleArn: "arn:aws:iam::111111111111:role/x",
    RoleSessionName: "session",
    DurationSeconds: 900,
    Tags: [{ Key: "a", Value: "b c" }],
    TransitiveTagKeys: ["a"],
    PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
    ProvidedContexts: [{ ContextAssertion: "assertion" }],
  }),
  Query.encodeRequest(Operations.AssumeRoot, { TargetPrincipal: "111111111111", TaskPolicyArn: { arn: "arn" } }),
  "Action=GetWebIdentityToken&Version=2011-06-15&Audience.member.1=a&Tags=&DurationSeconds=",
] as const

const formPieces = [
  "&",
  ..."= + % %2 %26 %FF %00 ? # . .member. .member.1 .member.0 .member.999999999 .member.9999999999 __proto__".split(
    " ",
  ),
  ..."&Action= &Version= &RoleArn= &RoleArn.arn= &Tags=& &Tags.member.1.Key= &Tags.member.2=& &Audience.member.2=".split(
    " ",
  ),
  ..."&TaskPolicyArn=& &DurationSeconds= &DurationSeconds=-0& &DurationSeconds=2147483648& &SerialNumber=".split(" "),
  "\uD800",
] as const

const form = target(
  "Query.decodeRequest",
  (random) => ({ form: mutate(random, pick(random, forms), formPieces), operation: pick(random, operations).name }),
  ({ form, operation: name }) => {
    const operation = operations.find((operation) => operation.name === name) ?? operations[0]
    const decode = (form: string) =>
      Result.flatMap(Query.parseForm(form), ({ parameters }) => Query.decodeRequest(operation, parameters))
    const decoded = decode(form)
    if (Result.isFailure(decoded)) {
      must(decoded.failure instanceof Query.RequestError, "not a typed error")
      return
    }
    const again = decode(Query.encodeRequest(operation, decoded.success))
    must(Result.isSuccess(again) && isDeepStrictEqual(again.success, decoded.success), "does not survive being written")
  },
)

const answers = [
  Query.encodeResponse(
    Operations.AssumeRole,
    {
      AssumedRoleUser: { AssumedRoleId: "AROAEXAMPLE:s", Arn: "arn:aws:sts::111111111111:assumed-role/x/s" },
      Credentials: {
        AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
        SecretAccessKey: "secret",
        SessionToken: "token",
        Expiration: "2026-07-13T10:00:00Z",
      },
      PackedPolicySize: 6,
    },
    "1",
  ),
  Query.encodeResponse(
    Operations.GetCallerIdentity,
    { Arn: "arn", UserId: "AIDAEXAMPLE", Account: "000123456789" },
    "1",
  ),
  Query.encodeError({ code: "AccessDenied", message: "No", type: "Sender" }, "1"),
  ...documents,
] as const

const answerPieces = [
  ...xmlPieces,
  ..."<Credentials> </Credentials> <Credentials/> <PackedPolicySize>6</PackedPolicySize> <PackedPolicySize/>".split(
    " ",
  ),
  ..."<ResponseMetadata> <RequestId> <Error> <Code>A</Code> <Code/> <__proto__/> <Expiration> 6 -0 9999999999999999".split(
    " ",
  ),
] as const

const answer = target(
  "Query.decodeResponse",
  (random) => ({
    document: mutate(random, pick(random, answers), answerPieces),
    operation: pick(random, operations).name,
  }),
  ({ document, operation: name }) => {
    const operation = operations.find((operation) => operation.name === name) ?? operations[0]
    const isTyped = (error: unknown) => error instanceof Query.ResponseError || error instanceof Xml.XmlError
    const error = Query.decodeError(document)
    if (Result.isSuccess(error)) {
      const again = Query.decodeError(Query.encodeError(error.success, error.success.requestId ?? ""))
      const { code } = error.success
      must(Result.isSuccess(again) && again.success.code === code, "the error does not survive being written")
    } else {
      must(isTyped(error.failure), "not a typed error")
    }
    const decoded = Query.decodeResponse(operation, document)
    if (Result.isFailure(decoded)) {
      must(isTyped(decoded.failure), "not a typed error")
      return
    }
    const { response } = decoded.success
    const again = Query.decodeResponse(operation, Query.encodeResponse(operation, response, "1"))
    must(
      Result.isSuccess(again) && isDeepStrictEqual(again.success.response, response),
      "does not survive being written",
    )
  },
)

/** All there is to fuzz. */
export const targets: ReadonlyArray<Target> = [xml, verifying, signs, form, answer]

/** Tries each target in turn. Throws with the input, and the seed and number of the run, where one fails. */
export const fuzz = (options: {
  readonly runs: number
  readonly seed: number
  readonly targets: ReadonlyArray<Target>
}): void => {
  for (let run = 0; run < options.runs; run++) {
    const chosen = options.targets[run % options.targets.length]
    if (chosen === undefined) {
      throw new Error("There is nothing to fuzz")
    }
    const trial = chosen.make(randomFrom(options.seed + run))
    const start = performance.now()
    try {
      trial.run()
      must(performance.now() - start < maxMillis, `took more than ${maxMillis} ms`)
    } catch (cause) {
      throw new Error(
        `${chosen.name} failed on run ${run}; to repeat it: --runs 1 --seed ${options.seed + run} --target ${chosen.name}\n${JSON.stringify(trial.input)}`,
        { cause },
      )
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { runs: { type: "string" }, seed: { type: "string" }, target: { type: "string" } },
  })
  const runs = Number(values.runs ?? 100_000)
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
  const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target)
  must(Number.isInteger(runs) && Number.isInteger(seed), "--runs and --seed take whole numbers")
  const start = performance.now()
  fuzz({ runs, seed, targets: chosen })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(
    `${runs} runs of ${chosen.map(({ name }) => name).join(", ")} from seed ${seed} in ${seconds} s: no defect`,
  )
}
