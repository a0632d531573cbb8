/** What our backend over the SDK costs on top of the SDK. */
import * as StsSdk from "@effect-sts/sdk/StsSdk"
import * as Clients from "../clients.ts"
import { digits, interleave, limit, type Section, times } from "../harness.ts"
import { serve } from "../server.ts"

const bare = "@aws-sdk/client-sts"
const call = "effect-sts sts.call over StsSdk"
const accessor = "effect-sts accessor over StsSdk"

const compare = async (title: string, endpoint: string, operation: Clients.Operation): Promise<Section> => {
  const layer = StsSdk.layer({ region: Clients.region, endpoint })
  const contenders = await Promise.all([
    Clients.calling(bare, () => Clients.peerCalls("clientSts.ts", endpoint, operation)),
    Clients.calling(call, () => Clients.call(layer)[operation]),
    Clients.calling(accessor, () => Clients.accessors(layer)[operation]),
    Clients.calling("@effect-aws/client-sts", () => Clients.peerCalls("effect-aws/client.ts", endpoint, operation)),
  ])
  const results = await interleave(contenders, { rounds: 60, millis: 100 })
  const rows = results.rows("client", (name) => {
    const cpu = results.ratio(name, bare, "cpuMicros")
    return {
      "CPU µs a call": digits(results.median(name, "cpuMicros")),
      "CPU, of client-sts": times(cpu),
      limit: name === call || name === accessor ? limit(cpu, "<=", 1.15) : "",
      "calls a second": digits(1_000_000 / results.median(name, "micros")),
    }
  })
  return { title, rows }
}

export const run = async (): Promise<ReadonlyArray<Section>> => {
  const server = await serve()
  try {
    return [
      await compare("Warm AssumeRole over the AWS SDK", server.url, "assumeRole"),
      await compare("Warm GetCallerIdentity over the AWS SDK", server.url, "getCallerIdentity"),
    ]
  } finally {
    server.close()
  }
}
