import { fromTemporaryCredentials } from "@aws-sdk/credential-providers"
import { keys, region } from "../clients.ts"
import { assumeRoleAnswer } from "../server.ts"
import { heapUsed } from "../tables/stack.ts"

/** One for all, and no sockets: what is measured is the provider. */
const requestHandler = {
  handle: () =>
    Promise.resolve({ response: { statusCode: 200, headers: {}, body: new TextEncoder().encode(assumeRoleAnswer) } }),
}

const callOne = async (index: number) => {
  const provider = fromTemporaryCredentials({
    masterCredentials: keys,
    params: { RoleArn: `arn:aws:iam::111111111111:role/tenant-${index}`, RoleSessionName: "bench" },
    clientConfig: { region, requestHandler },
  })
  return { provider, credentials: await provider() }
}

export const heapOfProviders = async (count: number): Promise<number> => {
  // What is loaded and cached with the first one is not one provider's.
  await callOne(-1)
  const before = heapUsed()
  const called = []
  for (let index = 0; index < count; index++) called.push(await callOne(index))
  return (heapUsed() - before) / called.length
}
