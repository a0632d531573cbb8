// What holds of the world in process holds of it behind HTTP: the same tests, with StsFetch and StsServer between.
import { vi } from "vitest"

vi.mock("./support/layer.ts", () => import("./support/layerOverHttp.ts"))

await import("./assumeRole.test.ts")
await import("./assumeRoot.test.ts")
await import("./authentication.test.ts")
await import("./authorize.test.ts")
await import("./badInput.test.ts")
await import("./delegatedAccess.test.ts")
await import("./determinism.test.ts")
await import("./managedPolicies.test.ts")
await import("./providedContexts.test.ts")
await import("./regions.test.ts")
await import("./secrets.test.ts")
await import("./seed.test.ts")
await import("./sessionTags.test.ts")
await import("./sessionsOfUsers.test.ts")
await import("./sourceIp.test.ts")
await import("./StsMemory.test.ts")
await import("./whoMayCall.test.ts")
