import * as Conformance from "../src/Conformance.ts"
import * as Backends from "./support/backends.ts"

for (const { capabilities, layer, name } of [...Backends.all, Backends.effectHttp]) {
  Conformance.suite(name, layer, capabilities)
}
