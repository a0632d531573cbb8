/**
 * The AWS managed policies that a world has, in every account. AWS has more than a thousand; these are the ones that are
 * most often attached or passed for a session. What else is needed a world can have as a policy of its own account.
 *
 * Nothing but STS is simulated, so no more of a policy counts than what it says of STS. The long ones are cut to that and
 * say so; the others are whole. As of AWS's default versions of February 2025.
 */
import * as Result from "effect/Result"
import * as Policy from "../policy/Policy.ts"

const allow = (actions: string | ReadonlyArray<string>): Policy.Document => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
})

/** By path and name. */
export const documents = {
  "/AdministratorAccess": allow("*"),
  "/AmazonS3FullAccess": allow(["s3:*", "s3-object-lambda:*"]),
  "/AmazonS3ReadOnlyAccess": allow([
    "s3:Get*",
    "s3:List*",
    "s3:Describe*",
    "s3-object-lambda:Get*",
    "s3-object-lambda:List*",
  ]),
  "/AWSDenyAll": {
    Version: "2012-10-17",
    Statement: [{ Sid: "DenyAll", Effect: "Deny", Action: ["*"], Resource: "*" }],
  },
  "/IAMReadOnlyAccess": allow([
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
  ]),
  "/PowerUserAccess": {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      {
        Effect: "Allow",
        Action: [
          "account:GetAccountInformation",
          "account:GetPrimaryEmail",
          "account:ListRegions",
          "iam:CreateServiceLinkedRole",
          "iam:DeleteServiceLinkedRole",
          "iam:ListRoles",
          "organizations:DescribeOrganization",
        ],
        Resource: "*",
      },
    ],
  },
  /** Cut to what it says of STS. */
  "/ReadOnlyAccess": allow(["sts:GetAccessKeyInfo", "sts:GetCallerIdentity", "sts:GetSessionToken"]),
  /** Cut to what it says of STS. */
  "/SecurityAudit": allow("sts:GetAccessKeyInfo"),
  /** It says nothing of STS: cut to one action, since a policy has one. */
  "/job-function/ViewOnlyAccess": allow("s3:ListAllMyBuckets"),
} satisfies { readonly [pathAndName: string]: Policy.Document }

/** The same, read. */
export const policies: ReadonlyMap<string, Policy.Policy> = new Map(
  Object.entries(documents).map(([name, document]) => [
    name,
    Result.getOrThrowWith(Policy.parse("identity", document), (faults) => new Error(`${name}: ${faults[0]?.message}`)),
  ]),
)
