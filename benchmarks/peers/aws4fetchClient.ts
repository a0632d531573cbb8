import { AwsClient } from "aws4fetch"
import { body, contentType, type Keys, region, type Signer, url } from "../tables/signing.ts"

export const makeSigner = (keys: Keys): Signer => {
  const client = new AwsClient({ service: "sts", region, ...keys })
  return async () =>
    (await client.sign(url, { method: "POST", headers: { "content-type": contentType }, body })).headers
}
