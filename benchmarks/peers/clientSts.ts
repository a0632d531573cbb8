import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { type Client, input, keys, promises, region } from "../clients.ts"

export const makeClient = (endpoint: string): Client => {
  const client = new STSClient({ region, endpoint, credentials: keys })
  return {
    assumeRole: promises(() => client.send(new AssumeRoleCommand(input))),
    getCallerIdentity: promises(() => client.send(new GetCallerIdentityCommand({}))),
  }
}
