import { AwsClient } from "aws4fetch"
import { body, type Client, contentType, keys, promises, region } from "../clients.ts"

const textOf = (xml: string, name: string) => {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? []
  if (text === undefined) throw new Error(`the answer has no ${name}`)
  return text
}

/** As one writes it by hand: signed, retried, and the answer read with regular expressions. */
export const makeClient = (endpoint: string): Client => {
  const client = new AwsClient({ ...keys, region, service: "sts" })
  const post = async (body: string) => {
    const response = await client.fetch(endpoint, { method: "POST", headers: { "content-type": contentType }, body })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return response.text()
  }
  return {
    assumeRole: promises(async () => {
      const xml = await post(body)
      return {
        accessKeyId: textOf(xml, "AccessKeyId"),
        secretAccessKey: textOf(xml, "SecretAccessKey"),
        sessionToken: textOf(xml, "SessionToken"),
        expiration: new Date(textOf(xml, "Expiration")),
      }
    }),
    getCallerIdentity: promises(async () => textOf(await post("Action=GetCallerIdentity&Version=2011-06-15"), "Arn")),
  }
}
