/**
 * What repeats itself, in less space: LZ77, with numbers as in Protocol Buffers. `node:zlib` is Node's alone, and the web's
 * compression is asynchronous.
 *
 * The length of the whole, then pairs of bytes as they are and bytes from further back: `n, n bytes, m, distance`.
 */

/** A match shorter than this is longer to write than its bytes. */
const shortest = 4

const pushNumber = (bytes: Array<number>, value: number): void => {
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
}

const wordAt = (bytes: Uint8Array, index: number): number =>
  ((bytes[index] ?? 0) << 24) |
  ((bytes[index + 1] ?? 0) << 16) |
  ((bytes[index + 2] ?? 0) << 8) |
  (bytes[index + 3] ?? 0)

export const compress = (bytes: Uint8Array): Uint8Array => {
  const compressed: Array<number> = []
  /** Where each four bytes stood last. */
  const seen = new Map<number, number>()
  let start = 0
  let index = 0
  pushNumber(compressed, bytes.length)
  while (index < bytes.length) {
    const isRoom = index + shortest <= bytes.length
    const word = wordAt(bytes, index)
    const earlier = isRoom ? seen.get(word) : undefined
    if (isRoom) seen.set(word, index)
    let length = 0
    if (earlier !== undefined) {
      while (index + length < bytes.length && bytes[earlier + length] === bytes[index + length]) length++
    }
    if (earlier === undefined || length < shortest) {
      index++
      continue
    }
    pushNumber(compressed, index - start)
    for (const byte of bytes.subarray(start, index)) compressed.push(byte)
    pushNumber(compressed, length)
    pushNumber(compressed, index - earlier)
    index += length
    start = index
  }
  pushNumber(compressed, index - start)
  for (const byte of bytes.subarray(start)) compressed.push(byte)
  return Uint8Array.from(compressed)
}

/** What `compress` was given. What comes after it is not looked at. */
export const decompress = (compressed: Uint8Array): Uint8Array => {
  let position = 0
  const readNumber = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = compressed[position++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const bytes = new Uint8Array(readNumber())
  let index = 0
  while (index < bytes.length) {
    const asTheyAre = readNumber()
    bytes.set(compressed.subarray(position, position + asTheyAre), index)
    position += asTheyAre
    index += asTheyAre
    if (index >= bytes.length) break
    const length = readNumber()
    const distance = readNumber()
    // One by one: a match may reach into itself.
    for (let end = index + length; index < end; index++) bytes[index] = bytes[index - distance] ?? 0
  }
  return bytes
}
