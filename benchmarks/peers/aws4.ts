import aws4 from "aws4"
import { body, contentType, host, type Keys, region, type Signer } from "../tables/signing.ts"

export const makeSigner =
  (keys: Keys): Signer =>
  () =>
    aws4.sign(
      { host, method: "POST", path: "/", headers: { "Content-Type": contentType }, body, service: "sts", region },
      keys,
    ).headers ?? {}
