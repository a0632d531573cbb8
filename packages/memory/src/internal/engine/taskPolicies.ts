/**
 * The policies that AWS manages for AssumeRoot. They allow nothing: a root user needs no policy that does. Each denies
 * whatever is not its task.
 *
 * Source: the AWS managed policies of these names, in their version of November 2024.
 */
import type * as Policy from "../../policy/Policy.ts"

const deny = (Sid: string, rest: Omit<Policy.StatementDocument, "Effect" | "Sid">): Policy.StatementDocument => ({
  Sid,
  Effect: "Deny",
  ...rest,
})

const nothingBut = (actions: ReadonlyArray<string>): Policy.StatementDocument =>
  deny("DenyAllOtherActionsOnAnyResource", { NotAction: actions, Resource: "*" })

const readCredentials = [
  "iam:ListAccessKeys",
  "iam:ListSigningCertificates",
  "iam:GetLoginProfile",
  "iam:ListMFADevices",
  "iam:GetUser",
  "iam:GetAccessKeyLastUsed",
]

const deleteCredentials = [
  "iam:DeleteAccessKey",
  "iam:DeleteSigningCertificate",
  "iam:DeleteLoginProfile",
  "iam:DeactivateMFADevice",
  "iam:DeleteVirtualMFADevice",
  ...readCredentials,
]

const password = ["iam:CreateLoginProfile", "iam:GetLoginProfile"]
const buckets = ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets"]
const queues = ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"]

/** The documents by ARN, as they are in a partition. */
const documents = (partition: string): ReadonlyMap<string, Policy.Document> => {
  const root = `arn:${partition}:iam::*:root`
  const onlyOnRoot = (Sid: string, actions: ReadonlyArray<string>) => deny(Sid, { Action: actions, NotResource: root })
  const onlyByRoot = (Sid: string, actions: ReadonlyArray<string>) =>
    deny(Sid, { Action: actions, Resource: "*", Condition: { StringNotLike: { "aws:PrincipalArn": root } } })
  const policy = (name: string, ...statements: ReadonlyArray<Policy.StatementDocument>) =>
    [`arn:${partition}:iam::aws:policy/root-task/${name}`, { Version: "2012-10-17", Statement: statements }] as const
  return new Map<string, Policy.Document>([
    policy(
      "IAMAuditRootUserCredentials",
      nothingBut([...readCredentials, "iam:GetAccountSummary"]),
      onlyOnRoot("DenyAuditingCredentialsOnNonRootUserResource", readCredentials),
    ),
    policy(
      "IAMCreateRootUserPassword",
      nothingBut(password),
      onlyOnRoot("DenyCreatingPasswordOnNonRootUserResource", password),
    ),
    policy(
      "IAMDeleteRootUserCredentials",
      nothingBut(deleteCredentials),
      onlyOnRoot("DenyDeletingRootUserCredentialsOnNonRootUserResource", deleteCredentials),
    ),
    policy(
      "S3UnlockBucketPolicy",
      nothingBut(buckets),
      onlyByRoot("DenyManagingBucketPolicyForNonRootCallers", buckets),
    ),
    policy(
      "SQSUnlockQueuePolicy",
      nothingBut(queues),
      deny("DenyGettingQueueAttributesOnNonOwnQueue", {
        Action: "sqs:GetQueueAttributes",
        Resource: `arn:${partition}:sqs:*:*:*`,
        Condition: { StringNotEqualsIfExists: { "aws:ResourceAccount": "${aws:PrincipalAccount}" } },
      }),
      onlyByRoot("DenyActionsForNonRootUser", queues),
    ),
  ])
}

/** The task policy of an ARN, or `undefined` where the partition has none. */
export const find = (partition: string, arn: string): Policy.Document | undefined => documents(partition).get(arn)
