// One role per request: a server that answers each request as a role in the tenant's own account.
//
// 50 requests of 5 tenants come at once. STS gets 5 AssumeRole calls, since equal roles share a session, and no request
// ever sees the identity of another.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { CredentialStack, Sts } from "@effect-sts/core"
import { StsMemory, World } from "@effect-sts/memory"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import assert from "node:assert/strict"
import { createServer } from "node:http"

const service = "arn:aws:iam::999999999999:user/service"
const tenants = ["111111111111", "222222222222", "333333333333", "444444444444", "555555555555"]

const world: World.Encoded = {
  accounts: {
    "999999999999": {
      users: {
        service: {
          accessKeys: [World.accessKey("999999999999", "service")],
          policies: [World.allow("sts:AssumeRole", "arn:aws:iam::*:role/reports")],
        },
      },
    },
    // Each tenant has made a role for the service, which it trusts where the external id fits.
    ...Object.fromEntries(
      tenants.map((account) => {
        const condition = { StringEquals: { "sts:ExternalId": `tenant-${account}` } }
        return [account, { roles: { reports: { trustPolicy: World.trust(service, { condition }) } } }]
      }),
    ),
  },
}

/** Who the request is, at its beginning and after others have had their turn. */
const report = Effect.gen(function* () {
  const { arn } = yield* Sts.getCallerIdentity
  yield* Effect.sleep("20 millis")
  const later = yield* Sts.getCallerIdentity
  assert.equal(later.arn, arn, "the identity changed within a request")
  return HttpServerResponse.text(arn)
})

// What has to do with roles is in one place: which one the request runs as, and what it means when STS refuses it.
const route = HttpRouter.add("GET", "/tenants/:account/report", () =>
  Effect.gen(function* () {
    const { account = "" } = yield* HttpRouter.params
    return yield* report.pipe(
      CredentialStack.withRole({
        roleArn: `arn:aws:iam::${account}:role/reports`,
        externalId: `tenant-${account}`,
        roleSessionName: "report-server",
      }),
      Effect.catchReason("StsError", "AccessDenied", () => Effect.succeed(HttpServerResponse.empty({ status: 403 }))),
    )
  }),
)

const fifty = Array.from({ length: 50 }, (_, index) => tenants[index % tenants.length] ?? "")

const program = Effect.gen(function* () {
  yield* StsMemory.setLatency("20 millis")
  const answers = yield* Effect.forEach(
    fifty,
    (account) => Effect.flatMap(HttpClient.get(`/tenants/${account}/report`), (response) => response.text),
    { concurrency: "unbounded" },
  )
  assert.deepEqual(
    answers,
    fifty.map((account) => `arn:aws:sts::${account}:assumed-role/reports/report-server`),
  )
  const assumed = (yield* StsMemory.calls).filter(({ operation }) => operation === "AssumeRole")
  assert.equal(assumed.length, tenants.length)
  const stranger = yield* HttpClient.get("/tenants/000000000000/report")
  assert.equal(stranger.status, 403)
  yield* Console.log(`${answers.length} requests of ${tenants.length} tenants, ${assumed.length} AssumeRole calls`)
})

const client = HttpServer.layerTestClient.pipe(Layer.provide(FetchHttpClient.layer))

const main = program.pipe(
  Effect.provide(
    Layer.merge(client, HttpRouter.serve(route, { disableLogger: true, disableListenLog: true })).pipe(
      Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
      // One stack for all requests, so that they share its sessions.
      Layer.provideMerge(StsMemory.layer(world).pipe(StsMemory.as(service))),
    ),
  ),
)

await Effect.runPromise(main)
