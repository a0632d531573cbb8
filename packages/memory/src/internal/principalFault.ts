interface Entities {
  readonly has: (name: string) => boolean
}

/** Why IAM would refuse a principal of a trust policy as invalid, or `undefined`. */
export const principalFault = (
  principal: string,
  partition: string,
  entities: Entities,
  accounts: Entities,
): string | undefined => {
  const [head, itsPartition, service, , account, resource] = principal.split(":")
  if (head !== "arn") return undefined
  if (itsPartition !== partition) return `"${principal}" is not in the partition of the world's region, ${partition}`
  const isEntity = service === "iam" && /^(?:user|role)\//.test(resource ?? "")
  if (!isEntity || account === undefined || !accounts.has(account) || entities.has(principal)) return undefined
  return `"${principal}" does not exist in account ${account} of this world`
}
