import { STSClient } from "@aws-sdk/client-sts"
import { HttpRequest } from "@smithy/core/protocols"
import { SignatureV4 } from "@smithy/signature-v4"
import { body, contentType, host, type Keys, region, type Signer } from "../tables/signing.ts"

/** With the hash that client-sts gives it on Node: that of `node:crypto`. */
export const makeSigner = (keys: Keys): Signer => {
  const { sha256 } = new STSClient({ region, credentials: keys }).config
  const signer = new SignatureV4({ credentials: keys, region, service: "sts", sha256 })
  return async () => {
    const request = new HttpRequest({
      method: "POST",
      protocol: "https:",
      hostname: host,
      path: "/",
      headers: { host, "content-type": contentType },
      body,
    })
    return (await signer.sign(request)).headers
  }
}
