// aws:SourceIp: IAM User Guide, "AWS global condition context keys".
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Door from "../src/internal/engine/door.ts"
import { exchange } from "../src/internal/server/exchange.ts"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  alice,
  assumeRole,
  getAccessKeyInfo,
  here,
  inWorld,
  notAuthorized,
  notAuthorizedTo,
  refused,
  roleArn,
  statement,
  trusting,
  userArn,
} from "./support/world.ts"
import * as Wire from "./support/wire.ts"

const office = { IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } }

const world = {
  seed: "sourceIp",
  accounts: {
    [here]: {
      users: {
        alice: {
          accessKeys: [Wire.alice],
          policies: [statement("Allow", "sts:GetAccessKeyInfo", "*", office)],
        },
      },
      roles: {
        office: { trustPolicy: trusting(userArn("alice"), office) },
        elsewhere: {
          trustPolicy: trusting(userArn("alice"), { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
        },
        unknown: { trustPolicy: trusting(userArn("alice"), { Null: { "aws:SourceIp": "true" } }) },
      },
    },
  },
} satisfies World.Encoded

const isLetInto = (role: string) =>
  Effect.gen(function* () {
    const call = assumeRole(yield* alice, { roleArn: roleArn(role), roleSessionName: "test" })
    const result = yield* Effect.result(call)
    if (result._tag === "Success") return true
    const words = yield* refused(Effect.fail(result.failure))
    assert.deepStrictEqual(words, notAuthorized(userArn("alice"), "sts:AssumeRole", roleArn(role)))
    return false
  })

describe("aws:SourceIp", () => {
  for (const [address, roles] of [
    // What is not there is not in a range, and also not in none.
    [undefined, ["elsewhere", "unknown"]],
    ["203.0.113.9", ["office"]],
    ["198.51.100.1", ["elsewhere"]],
    ["2001:db8::1", ["office", "elsewhere"]],
  ] as const) {
    it.effect(`${address ?? "of nobody"} is let into ${roles.join(" and ")}`, () =>
      Effect.gen(function* () {
        yield* StsMemory.setSourceIp(address)
        const letIn = yield* Effect.filter(["office", "elsewhere", "unknown"], isLetInto)
        assert.deepStrictEqual(letIn, [...roles])
      }).pipe(inWorld(world)),
    )
  }

  it.effect("is asked for by identity policies, too", () =>
    Effect.gen(function* () {
      const call = getAccessKeyInfo(yield* alice, { accessKeyId: "ASIAY34FZKBOKMUTVV7A" })
      assert.deepStrictEqual(yield* refused(call), notAuthorizedTo(userArn("alice"), "sts:GetAccessKeyInfo"))
      yield* StsMemory.setSourceIp("203.0.113.1")
      yield* call
    }).pipe(inWorld(world)),
  )
})

describe("a server that listens for IPv6", () => {
  for (const [address, expected] of [
    ["::ffff:203.0.113.9", 200],
    ["::FFFF:203.0.113.9", 200],
    ["2001:db8::1", 200],
    ["::ffff:198.51.100.1", 403],
    [undefined, 403],
  ] as const) {
    it.effect(`knows ${address}`, () =>
      Effect.gen(function* () {
        const engine = (yield* StsMemory.StsMemory)[Door.engineOf]()
        const { body = "", headers } = yield* Wire.signedNow(
          Wire.call("GetAccessKeyInfo", { AccessKeyId: "ASIAY34FZKBOKMUTVV7A" }),
        )
        const { status } = yield* exchange(engine, {
          method: "POST",
          url: "/",
          headers: Object.entries(headers ?? {}),
          body: Stream.make(new TextEncoder().encode(body)),
          sourceIp: address,
        })
        assert.strictEqual(status, expected)
      }).pipe(Wire.onWire(world)),
    )
  }
})
