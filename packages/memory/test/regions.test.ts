// facts/sts.md 3.5 (RegionDisabledException, tokens of the global endpoint) and 1 (what the global endpoint has not); IAM
// User Guide, "Manage AWS STS in an AWS Region" and "AWS STS Regions and endpoints".
import { type AwsCredentials, Operations, type Sts, type StsError } from "@effect-sts/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as StsMemory from "../src/StsMemory.ts"
import type * as World from "../src/World.ts"
import {
  assumeRole,
  assumeRoot,
  getAccessKeyInfo,
  getCallerIdentity,
  getDelegatedAccessToken,
  getFederationToken,
  getSessionToken,
  here,
  inWorld,
  refused,
  roleArn,
  rootArn,
  secretOf,
  statement,
  there,
  trusting,
  userArn,
} from "./support/world.ts"
import * as Wire from "./support/wire.ts"

const keys = Wire.keysOf("AKIAALICE00000000000")

const world = (region: string, disabled: ReadonlyArray<typeof here | typeof there>, more: object = {}) =>
  ({
    seed: "regions",
    region,
    accounts: {
      [here]: {
        ...(disabled.includes(here) && { disabledRegions: [region] }),
        ...more,
        users: {
          alice: {
            accessKeys: [{ accessKeyId: keys.accessKeyId, secretAccessKey: secretOf(keys.accessKeyId) }],
            policies: [statement("Allow", "sts:*")],
          },
        },
        roles: { same: { trustPolicy: trusting(rootArn()) } },
      },
      [there]: {
        ...(disabled.includes(there) && { disabledRegions: [region] }),
        roles: {
          other: { trustPolicy: trusting(rootArn()) },
          customer: { trustPolicy: trusting(rootArn("999999999999")) },
        },
      },
    },
    organization: { managementAccount: here, members: [there], rootSessions: true },
  }) satisfies World.Encoded

const invalid = ["InvalidClientTokenId", 403, "The security token included in the request is invalid."]
const off = (account: string) => [
  "RegionDisabledException",
  403,
  `STS is not activated in this region for account:${account}. Your account administrator can activate STS in this region using the IAM Console.`,
]

type Call = (
  credentials: AwsCredentials.AwsCredentials,
) => Effect.Effect<unknown, StsError.StsError, Sts.Sts | StsMemory.StsMemory>

const calls = {
  sameAccount: (it) => assumeRole(it, { roleArn: roleArn("same"), roleSessionName: "test" }),
  otherAccount: (it) => assumeRole(it, { roleArn: roleArn("other", there), roleSessionName: "test" }),
  root: (it) =>
    assumeRoot(it, {
      targetPrincipal: there,
      taskPolicyArn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
    }),
  delegated: (it) =>
    Effect.flatMap(StsMemory.tradeInToken({ roleArn: roleArn("customer", there) }), (tradeInToken) =>
      getDelegatedAccessToken(it, { tradeInToken }),
    ),
  sessionToken: (it) => getSessionToken(it, {}),
  federationToken: (it) => getFederationToken(it, { name: "guest" }),
  identity: (it) => getCallerIdentity(it),
  keyInfo: (it) => getAccessKeyInfo(it, { accessKeyId: "ASIAY34FZKBOKMUTVV7A" }),
} satisfies Record<string, Call>

type Outcomes = { readonly [K in keyof typeof calls]?: ReadonlyArray<unknown> }

/** What is refused; all else is answered. */
const rows: ReadonlyArray<
  readonly [fact: string, region: string, disabled: ReadonlyArray<typeof here | typeof there>, refusals: Outcomes]
> = [
  ["for nobody, all is answered", "eu-central-1", [], {}],
  ["for nobody in an opt-in region, all is answered", "eu-south-1", [], {}],
  [
    "for the caller's account, it may still ask for another's credentials, and who it is",
    "eu-central-1",
    [here],
    { sameAccount: off(here), sessionToken: off(here), federationToken: off(here) },
  ],
  [
    "for the role's account, the caller's own are made",
    "eu-central-1",
    [there],
    { otherAccount: off(there), root: off(there), delegated: off(there) },
  ],
  [
    "for the caller's account in an opt-in region, its keys are not known there",
    "eu-south-1",
    [here],
    Object.fromEntries(Object.keys(calls).map((name) => [name, invalid])),
  ],
  [
    "for the role's account in an opt-in region, no credentials of it are made",
    "eu-south-1",
    [there],
    { otherAccount: off(there), root: off(there), delegated: off(there) },
  ],
]

describe("where STS is not activated", () => {
  for (const [fact, region, disabled, refusals] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        const own = yield* StsMemory.credentials(userArn("alice"))
        const outcomes: ReadonlyArray<readonly [string, ReadonlyArray<unknown> | undefined]> = yield* Effect.forEach(
          Object.entries<Call>(calls),
          ([name, call]) =>
            Effect.matchEffect(call(own), {
              onFailure: (error) => Effect.map(refused(Effect.fail(error)), (words) => [name, words] as const),
              onSuccess: () => Effect.succeed([name, undefined] as const),
            }),
        )
        const expected: Readonly<Record<string, ReadonlyArray<unknown>>> = refusals
        assert.deepStrictEqual(
          outcomes,
          Object.keys(calls).map((name) => [name, expected[name]]),
        )
      }).pipe(inWorld(world(region, disabled))),
    )
  }

  it.effect("says so of a role that is not there, before it looks at permissions", () =>
    Effect.gen(function* () {
      const own = yield* StsMemory.credentials(userArn("alice"))
      const call = assumeRole(own, { roleArn: roleArn("missing", there), roleSessionName: "test" })
      assert.deepStrictEqual(yield* refused(call), off(there))
    }).pipe(inWorld(world("eu-central-1", [there]))),
  )
})

const who = Wire.call("GetCallerIdentity")
const assume = Wire.call("AssumeRole", { RoleArn: roleArn("same"), RoleSessionName: "test" })
const at = (region: string, as: Wire.Keys = keys): Wire.Signing => ({
  as,
  region,
  host: `sts.${region}.amazonaws.com`,
})
const global: Wire.Signing = { as: keys, region: "us-east-1", host: "sts.amazonaws.com" }
const elsewhere = (region: string, host: string): Wire.Signing => ({ as: keys, region, host })
const scope = "Credential should be scoped to a valid region. "

const status = (sent: Wire.Sent, signing: Wire.Signing): Effect.Effect<unknown, never, StsMemory.StsMemory> =>
  Effect.map(Wire.send(sent, signing), (received) => {
    const { code, message, status } = { code: "", message: "", ...Wire.read(received) }
    return status === 200 ? status : [code, status, message]
  })

describe("one server", () => {
  const wrong = ["SignatureDoesNotMatch", 403, scope]
  for (const [fact, signing, expected] of [
    ["is its world's region under any host", elsewhere("eu-west-1", "localhost:4599"), 200],
    ["is no other region under any host", elsewhere("us-west-2", "localhost:4599"), wrong],
    ["is each region under its own host", at("us-west-2"), 200],
    ["is an opt-in region under its own host", at("ap-east-1"), 200],
    ["takes a scope of no other region than the host's", elsewhere("eu-west-1", "sts.us-west-2.amazonaws.com"), wrong],
    ["knows the hosts of FIPS endpoints", elsewhere("us-west-2", "sts-fips.us-west-2.amazonaws.com"), 200],
    ["knows hosts in capitals, with a port", elsewhere("us-west-2", "STS.us-west-2.AMAZONAWS.com:443"), 200],
    ["knows dual-stack hosts", elsewhere("us-west-2", "sts.us-west-2.api.aws"), 200],
    ["knows a region's name below localhost", elsewhere("us-west-2", "sts.us-west-2.localhost:4599"), 200],
    ["is the global endpoint, of us-east-1", global, 200],
    ["is no other region at the global endpoint", { ...global, region: "eu-west-1" }, wrong],
    ["is no region of another partition", at("cn-north-1"), wrong],
    [
      "is its world's region under the host of another partition",
      elsewhere("eu-west-1", "sts.cn-north-1.amazonaws.com.cn"),
      200,
    ],
    ["is its world's region under a host that only begins like one", elsewhere("eu-west-1", "sts.example.com"), 200],
  ] as const) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* status(who, signing), expected)
      }).pipe(Wire.onWire(world("eu-west-1", []))),
    )
  }

  it.effect("tells the region in its extended request ids", () =>
    Effect.gen(function* () {
      const regionOf = (signing: Wire.Signing) =>
        Effect.map(
          Wire.send(who, signing),
          ({ headers }) => atob(headers["x-amz-sts-extended-request-id"] ?? "").split(":")[1],
        )
      assert.deepStrictEqual(
        [
          yield* regionOf(at("us-west-2")),
          yield* regionOf(global),
          yield* regionOf(elsewhere("eu-west-1", "localhost")),
        ],
        ["us-west-2", "us-east-1", "eu-west-1"],
      )
    }).pipe(Wire.onWire(world("eu-west-1", []))),
  )

  it.effect("is asked for a region's own by policies: aws:RequestedRegion", () =>
    Effect.gen(function* () {
      const denied = [
        "AccessDenied",
        403,
        `User: ${userArn("alice")} is not authorized to perform: sts:AssumeRole on resource: ${roleArn("west")}`,
      ]
      const west = Wire.call("AssumeRole", { RoleArn: roleArn("west"), RoleSessionName: "test" })
      assert.strictEqual(yield* status(west, at("us-west-2")), 200)
      assert.deepStrictEqual(yield* status(west, at("eu-west-1")), denied)
      assert.deepStrictEqual(yield* status(west, global), denied)
    }).pipe(
      Wire.onWire({
        ...world("eu-west-1", []),
        accounts: {
          [here]: {
            ...world("eu-west-1", []).accounts[here],
            roles: {
              west: {
                trustPolicy: trusting(userArn("alice"), { StringEquals: { "aws:RequestedRegion": "us-west-2" } }),
              },
            },
          },
          [there]: {},
        },
      }),
    ),
  )

  it.effect("refuses credentials for an account in the regions that it has disabled, at no other endpoint", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* status(assume, at("us-west-2")), off(here))
      assert.strictEqual(yield* status(who, at("us-west-2")), 200)
      assert.strictEqual(yield* status(assume, at("us-west-1")), 200)
      assert.strictEqual(yield* status(assume, global), 200)
    }).pipe(Wire.onWire(world("us-west-2", [here]))),
  )

  for (const { auth, name } of Operations.all.filter(({ auth }) => auth === "unsigned")) {
    it.effect(`refuses ${name} there, too, before it looks at the proof (${auth})`, () =>
      Effect.gen(function* () {
        const proof =
          name === "AssumeRoleWithSAML"
            ? { PrincipalArn: `arn:aws:iam::${here}:saml-provider/idp`, SAMLAssertion: "PHNhbWw+" }
            : { RoleSessionName: "test", WebIdentityToken: "a.b.c" }
        const sent = Wire.call(name, { RoleArn: roleArn("same"), ...proof })
        const received = Wire.read(yield* Wire.sendRaw(sent, "sts.us-west-2.amazonaws.com"))
        assert.include(["RegionDisabledException", "UnsupportedOperation"], received.code)
      }).pipe(Wire.onWire(world("us-west-2", [here]))),
    )
  }
})

describe("the global endpoint", () => {
  const noOperation = (name: string) => [
    "InvalidAction",
    400,
    `Could not find operation ${name} for version 2011-06-15`,
  ]
  const regional: ReadonlyArray<Wire.Sent & { readonly name: string }> = [
    {
      name: "AssumeRoot",
      ...Wire.call("AssumeRoot", {
        TargetPrincipal: there,
        "TaskPolicyArn.arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
      }),
    },
    {
      name: "GetWebIdentityToken",
      ...Wire.call("GetWebIdentityToken", { "Audience.member.1": "them", SigningAlgorithm: "RS256" }),
    },
  ]
  for (const { name, ...sent } of regional) {
    it.effect(`does not have ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* status(sent, global), noOperation(name))
        assert.lengthOf(yield* StsMemory.calls, 0)
        yield* status(sent, at("us-east-1"))
        assert.lengthOf(yield* StsMemory.calls, 1)
      }).pipe(Wire.onWire(world("eu-west-1", []))),
    )
  }

  it.effect("has all others", () =>
    Effect.gen(function* () {
      for (const { name } of Operations.all) {
        if (regional.some((each) => each.name === name)) continue
        const [code] = [yield* status(Wire.call(name), global)].flat()
        assert.notStrictEqual(code, "InvalidAction", name)
      }
    }).pipe(Wire.onWire(world("eu-west-1", []))),
  )

  const rows: ReadonlyArray<
    readonly [fact: string, more: object, issued: Wire.Signing, used: string, expected: ReadonlyArray<unknown> | 200]
  > = [
    ["makes sessions that regions of all accounts take", {}, global, "eu-central-1", 200],
    ["makes sessions that opt-in regions do not take", {}, global, "ap-east-1", invalid],
    [
      "makes sessions that opt-in regions take, with tokens of version 2",
      { globalEndpointTokenVersion: 2 },
      global,
      "ap-east-1",
      200,
    ],
    ["is not a region, whose sessions opt-in regions take", {}, at("us-east-1"), "ap-east-1", 200],
    ["is not an opt-in region, whose sessions all others take", {}, at("ap-east-1"), "me-south-1", 200],
  ]
  for (const [fact, more, issued, used, expected] of rows) {
    it.effect(fact, () =>
      Effect.gen(function* () {
        for (const operation of ["AssumeRole", "GetSessionToken"] as const) {
          const as = yield* Wire.issued(operation, operation === "AssumeRole" ? assume : Wire.call(operation), issued)
          assert.deepStrictEqual(yield* status(who, at(used, as)), expected)
        }
      }).pipe(Wire.onWire(world("eu-west-1", [], more))),
    )
  }
})
