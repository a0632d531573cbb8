/** The layer that the tests run on. `overHttp.test.ts` puts the one of `layerOverHttp.ts` in its place. */
export { layer } from "../../src/StsMemory.ts"
