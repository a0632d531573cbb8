/**
 * IPv4 and IPv6 addresses and their ranges, in the CIDR form of the `IpAddress` condition operators.
 */

/**
 * A range: addresses of `size` bits (32 or 128) that share their first `prefix` bits.
 *
 * @category models
 * @since 0.1.0
 */
export interface IpRange {
  readonly size: 32 | 128
  readonly address: bigint
  readonly prefix: number
}

const parseV4 = (text: string): bigint | undefined => {
  const octets = text.split(".")
  if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) {
    return undefined
  }
  return octets.reduce((address, octet) => (address << 8n) | BigInt(octet), 0n)
}

const groupsOf = (text: string): ReadonlyArray<string> | undefined => {
  const groups = text === "" ? [] : text.split(":")
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups : undefined
}

/** An IPv4 tail (`::ffff:192.0.2.1`) written as two groups. */
const withoutDots = (text: string): string | undefined => {
  const colon = text.lastIndexOf(":")
  if (!text.includes(".")) return text
  const tail = parseV4(text.slice(colon + 1))
  return tail === undefined || colon === -1
    ? undefined
    : `${text.slice(0, colon + 1)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`
}

const parseV6 = (text: string): bigint | undefined => {
  const halves = withoutDots(text)?.split("::")
  if (halves === undefined || halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? "")
  const tail = groupsOf(halves[1] ?? "")
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail]
  return groups.reduce((address, group) => (address << 16n) | BigInt(`0x${group}`), 0n)
}

/**
 * Reads an address or a range, or gives `undefined`. An address without a prefix is a range of itself alone.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string): IpRange | undefined => {
  const [ip = "", length, ...rest] = text.split("/")
  const size = ip.includes(":") ? 128 : 32
  const address = size === 32 ? parseV4(ip) : parseV6(ip)
  if (address === undefined || rest.length > 0) return undefined
  if (length === undefined) return { size, address, prefix: size }
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : size + 1
  return prefix > size ? undefined : { size, address, prefix }
}

/**
 * Whether a range contains an address. What is no address is in no range.
 *
 * @category matching
 * @since 0.1.0
 */
export const contains = (range: IpRange, text: string): boolean => {
  const actual = parse(text)
  if (actual === undefined || actual.size !== range.size || actual.prefix !== actual.size) return false
  const host = BigInt(range.size - range.prefix)
  return actual.address >> host === range.address >> host
}
