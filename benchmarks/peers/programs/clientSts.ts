import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"

export const assumeRole = async (endpoint: string): Promise<string | undefined> => {
  const client = new STSClient({
    region: "us-east-1",
    endpoint,
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
  })
  const { Credentials } = await client.send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::111111111111:role/deploy",
      RoleSessionName: "release-42",
      DurationSeconds: 900,
    }),
  )
  return Credentials?.AccessKeyId
}
