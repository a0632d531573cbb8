/** Warm calls of AssumeRole over HTTP: their CPU beside that of `fetch` alone, and how many there are in a second. */
import * as Clients from "../clients.ts"
import { digits, interleave, limit, type Options, type Section, times } from "../harness.ts"
import { serve } from "../server.ts"

const bare = "fetch alone, not signed"
const call = "effect-sts sts.call over StsFetch"
const accessor = "effect-sts Sts.assumeRole over StsFetch"
const nodeHttp = "effect-sts Sts.assumeRole over NodeHttpClient"
const clientSts = "@aws-sdk/client-sts"

const contenders = (endpoint: string, atOnce: number) => {
  const peer = (name: string, path: string) =>
    Clients.calling(name, () => Clients.peerCalls(path, endpoint, "assumeRole"), atOnce)
  const layer = Clients.fetchLayer(endpoint)
  return Promise.all([
    Clients.calling(bare, () => Clients.bareFetch(endpoint), atOnce),
    Clients.calling("HttpClient alone, not signed", () => Clients.bareHttpClient(endpoint), atOnce),
    Clients.calling(call, () => Clients.call(layer).assumeRole, atOnce),
    Clients.calling(accessor, () => Clients.accessors(layer).assumeRole, atOnce),
    Clients.calling(nodeHttp, () => Clients.accessors(Clients.nodeHttpLayer(endpoint)).assumeRole, atOnce),
    peer(clientSts, "clientSts.ts"),
    peer("aws4fetch by hand", "aws4fetch.ts"),
    peer("@effect-aws/client-sts", "effect-aws/client.ts"),
    peer("@distilled.cloud/aws", "distilled/client.ts"),
  ])
}

const ours = new Set([call, accessor])

const compare = async (title: string, endpoint: string, atOnce: number, options: Options): Promise<Section> => {
  const results = await interleave(await contenders(endpoint, atOnce), options)
  const rows = results.rows("client", (name) => {
    const cpu = results.ratio(name, bare, "cpuMicros")
    // A rate is the inverse of a time.
    const rate = results.ratio(clientSts, name, "micros")
    return {
      "CPU µs a call": digits(results.median(name, "cpuMicros")),
      "CPU, of fetch alone": times(cpu),
      ...(atOnce === 1 ? { "limit on CPU": ours.has(name) ? limit(cpu, "<=", 1.25) : "" } : {}),
      "calls a second": digits(1_000_000 / results.median(name, "micros")),
      "rate, of client-sts": times(rate),
      ...(atOnce > 1 ? { "limit on rate": ours.has(name) ? limit(rate, ">=", 1.2) : "" } : {}),
    }
  })
  const notes = [
    "Beside `fetch` alone there are a signature, two schemas, XML, a span and metrics. Effect's HttpClient alone takes about the 1.25 times that were promised.",
  ]
  return atOnce === 1 ? { title, rows, notes } : { title, rows }
}

export const run = async (): Promise<ReadonlyArray<Section>> => {
  const server = await serve()
  try {
    return [
      await compare("Warm AssumeRole, one after another", server.url, 1, { rounds: 40, millis: 100 }),
      await compare("Warm AssumeRole, 64 at once", server.url, 64, { rounds: 40, millis: 100 }),
    ]
  } finally {
    server.close()
  }
}
