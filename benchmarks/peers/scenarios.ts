/**
 * The scenarios of `packages/core/test/support/scenarios.ts` on `fromTemporaryCredentials`, against an STS in this
 * process, on a clock that stands still between the steps.
 */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers"
import { createServer, type ServerResponse } from "node:http"
import { mock } from "node:test"
import { setTimeout } from "node:timers/promises"

const start = Date.UTC(2026, 6, 13)
const minutes = (count: number) => count * 60_000

const region = "us-east-1"
const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }

type Provider = ReturnType<typeof fromTemporaryCredentials>

const element = (name: string, content: string) => `<${name}>${content}</${name}>`

/** An STS that is out, or silent, or issues keys for as long as a scenario says. */
const makeSts = async () => {
  const state = {
    lifetime: 3600,
    isOut: false,
    isSilent: false,
    /** The AssumeRole calls: of which role, and when. */
    assumed: [] as Array<{ readonly role: string; readonly at: number }>,
    closed: 0,
  }
  const assume = (form: URLSearchParams, response: ServerResponse) => {
    const role = form.get("RoleArn")?.split("/").at(-1) ?? ""
    const serial = state.assumed.push({ role, at: Date.now() })
    if (state.isOut) return response.destroy()
    if (state.isSilent) return response.once("close", () => state.closed++)
    const credentials = [
      element("AccessKeyId", `ASIA${String(serial).padStart(16, "0")}`),
      element("SecretAccessKey", "secret"),
      element("SessionToken", "token"),
      element("Expiration", new Date(Date.now() + state.lifetime * 1000).toISOString()),
    ]
    const result = element("AssumeRoleResult", element("Credentials", credentials.join("")))
    return response.end(element("AssumeRoleResponse", result))
  }
  const server = createServer((request, response) => {
    response.sendDate = false
    let body = ""
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk))
    request.on("end", () => {
      const form = new URLSearchParams(body)
      if (form.get("Action") === "AssumeRole") return assume(form, response)
      const result = element("GetCallerIdentityResult", element("Arn", "arn"))
      return response.end(element("GetCallerIdentityResponse", result))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const config = { region, endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 }

  const role = (name: string, masterCredentials: Provider | typeof keys = keys, params = {}) =>
    fromTemporaryCredentials({
      params: { RoleArn: `arn:aws:iam::111111111111:role/${name}`, ...params },
      masterCredentials,
      clientConfig: config,
      mfaCodeProvider: () => Promise.reject(new Error("no code")),
    })
  return { state, config, role, close: () => server.close().closeAllConnections() }
}

type Sts = Awaited<ReturnType<typeof makeSts>>

const clientOf = ({ config }: Sts, credentials: Provider) => new STSClient({ ...config, credentials })

const call = (client: STSClient) => client.send(new GetCallerIdentityCommand({}))

const assumed = ({ state }: Sts, role?: string) =>
  `${state.assumed.filter((call) => role === undefined || call.role === role).length} AssumeRole`

const threeClients = async (sts: Sts) => {
  const provider = sts.role("A")
  const clients = Array.from({ length: 3 }, () => clientOf(sts, provider))
  await Promise.all(clients.flatMap((client) => Array.from({ length: 10 }, () => call(client))))
  return assumed(sts)
}

const sharedParent = async (sts: Sts) => {
  const parent = sts.role("parent")
  await Promise.all(["A", "B"].map((name) => call(clientOf(sts, sts.role(name, parent)))))
  return `${assumed(sts, "parent")} of the parent`
}

const mostInFiveMinutes = (times: ReadonlyArray<number>) =>
  Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + minutes(5)).length))

/** An outage of STS from minute 40 to 80, 60-minute keys, and a call every 10 seconds for two hours. */
const outage = async (sts: Sts) => {
  const client = clientOf(sts, sts.role("A"))
  const failed: Array<number> = []
  for (let now = 0; now <= minutes(120); now += 10_000) {
    mock.timers.setTime(start + now)
    sts.state.isOut = now >= minutes(40) && now < minutes(80)
    // What the client asks for before each of its calls.
    await client.config.credentials().catch(() => failed.push(now))
  }
  return { failed, requests: sts.state.assumed.map(({ at }) => at) }
}

const throughOutage = async (sts: Sts) => {
  const { failed, requests } = await outage(sts)
  return `${failed.length} failed calls, at most ${mostInFiveMinutes(requests)} requests in 5 minutes`
}

const failingInOutage = async (sts: Sts) => {
  const { failed } = await outage(sts)
  const [first = NaN, last = NaN] = [failed[0], failed.at(-1)].map((at) => (at ?? NaN) / minutes(1))
  return `failures from minute ${Math.floor(first)} to ${Math.ceil(last)}`
}

const alreadyExpired = async (sts: Sts) => {
  sts.state.lifetime = 0
  return call(clientOf(sts, sts.role("A"))).then(
    () => "used",
    () => "refused",
  )
}

const aborted = async (sts: Sts) => {
  sts.state.isSilent = true
  const controller = new AbortController()
  const ended = clientOf(sts, sts.role("A"))
    .send(new GetCallerIdentityCommand({}), { abortSignal: controller.signal })
    .catch(() => {})
  while (sts.state.assumed.length === 0) await setTimeout(5)
  controller.abort()
  await Promise.race([ended, setTimeout(500)])
  return sts.state.closed === 1 ? "cancelled" : "goes on"
}

const chain = async (sts: Sts) => {
  sts.state.lifetime = 240
  await call(clientOf(sts, sts.role("C", sts.role("B", sts.role("A")))))
  return assumed(sts)
}

const oneDevice = async (sts: Sts) => {
  let prompts = 0
  const parent = fromTemporaryCredentials({
    params: {
      RoleArn: "arn:aws:iam::111111111111:role/base",
      SerialNumber: "arn:aws:iam::111111111111:mfa/alice",
    },
    masterCredentials: keys,
    clientConfig: sts.config,
    mfaCodeProvider: () => Promise.resolve(String(100_000 + prompts++)),
  })
  const child = sts.role("A", parent)
  await Promise.all(Array.from({ length: 3 }, () => call(clientOf(sts, child))))
  return `${prompts} prompts`
}

const scenarios: Readonly<Record<string, (sts: Sts) => Promise<string>>> = {
  "one provider in 3 clients, 10 calls each": threeClients,
  "two chains with a shared parent": sharedParent,
  "outage from minute 40 to 80 of 60-minute keys": throughOutage,
  'the same with onOutage: "fail"': failingInOutage,
  "an answer that has expired already": alreadyExpired,
  "an aborted call": aborted,
  "A>B>C with short keys, one call": chain,
  "3 concurrent calls behind one MFA device": oneDevice,
}

export const measure = async (name: string): Promise<string> => {
  const scenario = scenarios[name]
  if (scenario === undefined) throw new Error("the peer has no such scenario")
  const sts = await makeSts()
  mock.timers.enable({ apis: ["Date"], now: start })
  try {
    return await scenario(sts)
  } finally {
    mock.timers.reset()
    sts.close()
  }
}
