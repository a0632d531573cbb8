/** How fast the STS in memory is, on one core: in process, as a web handler that checks signatures, and at loading. */
import * as AwsCredentials from "@effect-sts/core/AwsCredentials"
import * as CredentialSource from "@effect-sts/core/CredentialSource"
import * as CredentialStack from "@effect-sts/core/CredentialStack"
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Sts from "@effect-sts/core/Sts"
import * as StsMemory from "@effect-sts/memory/StsMemory"
import * as StsServer from "@effect-sts/memory/StsServer"
import * as World from "@effect-sts/memory/World"
import * as Query from "@effect-sts/protocol/Query"
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { fork } from "node:child_process"
import { once } from "node:events"
import { performance } from "node:perf_hooks"
import process from "node:process"
import { contender, digits, interleave, limit, median, type Row, type Section } from "../harness.ts"

const alice = "arn:aws:iam::111111111111:user/alice"

const credentials = new AwsCredentials.AwsCredentials({
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
})

const request = { roleArn: "arn:aws:iam::111111111111:role/my-role", roleSessionName: "bench" }

/** Each on a world of its own, renewed for each round: the log of calls grows. */
const inWorld =
  (call: Effect.Effect<unknown, unknown, CredentialStack.CredentialStack | Sts.Sts | StsMemory.StsMemory>) =>
  (times: number): Promise<void> =>
    Effect.gen(function* () {
      for (let time = 0; time < times; time++) yield* call
    }).pipe(
      Effect.provide(
        CredentialStack.layer(CredentialSource.fromEffect(StsMemory.credentials(alice))).pipe(
          Layer.provideMerge(StsMemory.layer(World.demo)),
        ),
      ),
      Effect.runPromise,
    )

const url = "http://127.0.0.1/"
const form = Query.encodeRequest(AssumeRole, {
  RoleArn: request.roleArn,
  RoleSessionName: request.roleSessionName,
})

/** Signed once: the server checks each signature, and what a client takes to make it is not counted. */
const overHandler = async (times: number): Promise<void> => {
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }
  const signature = SigV4.sign(
    { method: "POST", url, headers, body: form },
    { credentials, region: "us-east-1", service: "sts", time: Date.now() },
  )
  const handler = await Effect.runPromise(Effect.provide(StsServer.handler, StsMemory.layerWorld(World.demo)))
  for (let time = 0; time < times; time++) {
    const response = await handler(
      new Request(url, { method: "POST", headers: { ...headers, ...signature }, body: form }),
    )
    if (response.status !== 200) throw new Error(await response.text())
    await response.text()
  }
}

const throughput = async (): Promise<Section> => {
  const inProcess = "sts.call on StsMemory"
  const results = await interleave(
    await Promise.all([
      contender(inProcess, () => inWorld(Effect.flatMap(Sts.Sts, (sts) => sts.call(AssumeRole, request, credentials)))),
      contender("Sts.assumeRole on StsMemory", () => inWorld(Sts.assumeRole(request))),
      contender("StsServer.handler, signature checked", () => overHandler),
    ]),
    { rounds: 40, millis: 150 },
  )
  return {
    title: "AssumeRole of the fake STS, on one core",
    rows: results.rows("way", (name) => {
      const cpu = results.median(name, "cpuMicros")
      const rate = 1_000_000 / cpu
      return {
        "CPU µs a call": digits(cpu),
        "calls a second of CPU": digits(rate),
        limit: name === inProcess ? limit(rate, ">=", 20_000) : "",
      }
    }),
    notes: ["Each round has a new world, and the time to make it is counted."],
  }
}

const roles = 10_000

/** Roles as a company has them: each trusts an account, and may do a thing or two. */
const company = (): World.Encoded => ({
  accounts: {
    "111111111111": {
      users: { alice: { accessKeys: [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }] } },
      roles: Object.fromEntries(
        Array.from({ length: roles }, (_, index) => [
          `role-${index}`,
          {
            trustPolicy: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { AWS: "arn:aws:iam::222222222222:root" },
                  Action: "sts:AssumeRole",
                  Condition: { StringEquals: { "sts:ExternalId": `external-${index}` } },
                },
              ],
            },
            policies: [
              {
                Version: "2012-10-17",
                Statement: [
                  { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: `arn:aws:s3:::b-${index}/*` },
                ],
              },
            ],
            tags: { team: `team-${index % 50}` },
          },
        ]),
      ),
    },
  },
})

/** In seconds. */
interface Taken {
  readonly wall: number
  readonly cpu: number
}

const timed = async (load: Effect.Effect<unknown, unknown>): Promise<Taken> => {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await Effect.runPromise(load)
  const wall = (performance.now() - start) / 1000
  const { system, user } = process.cpuUsage(cpu)
  return { wall, cpu: (user + system) / 1_000_000 }
}

/** What a process takes for its first world, and for later ones. */
const loads = async () => {
  const world = company()
  const json = JSON.stringify(world)
  const layer = Effect.provide(StsMemory.StsMemory, StsMemory.layer(world))
  const first = await timed(layer)
  const second = await timed(layer)
  return { first, second, json: await timed(World.fromJson(json)) }
}

/** A process of its own for each round: a test loads its world where none was loaded before. */
const loading = async (): Promise<Section> => {
  const rounds: Array<Awaited<ReturnType<typeof loads>>> = []
  for (let round = 0; round < 7; round++) {
    const child = fork(import.meta.filename, { execArgv: ["--no-warnings"] })
    const [taken] = (await once(child, "message")) as [Awaited<ReturnType<typeof loads>>]
    rounds.push(taken)
  }
  const row = (way: string, take: (round: (typeof rounds)[number]) => Taken, bound?: number): Row => {
    const wall = median(rounds.map((round) => take(round).wall))
    return {
      way,
      seconds: digits(wall),
      "CPU seconds": digits(median(rounds.map((round) => take(round).cpu))),
      limit: bound === undefined ? "" : limit(wall, "<=", bound),
    }
  }
  return {
    title: `Loading a world of ${digits(roles)} roles`,
    rows: [
      row("StsMemory.layer, the first world of a process", ({ first }) => first, 1),
      row("StsMemory.layer, the second", ({ second }) => second),
      row("World.fromJson, without a layer, the third", ({ json }) => json),
    ],
  }
}

export const run = async (): Promise<ReadonlyArray<Section>> => [await loading(), await throughput()]

if (import.meta.main) process.send?.(await loads(), () => process.disconnect())
