import { AwsV4Signer } from "aws4fetch"
import { body, contentType, type Keys, region, type Signer, url } from "../tables/signing.ts"

export const makeSigner = (keys: Keys): Signer => {
  const cache = new Map<string, ArrayBuffer>()
  const headers = { "content-type": contentType }
  return async () =>
    (await new AwsV4Signer({ method: "POST", url, headers, body, service: "sts", region, cache, ...keys }).sign())
      .headers
}
