import { createHash } from 'node:crypto'

/** One of a list, always the same for the same key: the seed writes the same texts on every machine. */
export function choose<T>(choices: readonly [T, ...T[]], ...key: readonly string[]): T {
  return choices[numberOf(...key) % choices.length] ?? choices[0]
}

/** A number from 0 to 2^32 - 1, always the same for the same key. */
export function numberOf(...key: readonly string[]): number {
  return digest(key).readUInt32BE(0)
}

/** A UUID (version 8: of our own making), always the same for the same key. */
export function uuidOf(...key: readonly string[]): string {
  const bytes = digest(key).subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function digest(key: readonly string[]): Buffer {
  return createHash('sha256').update(key.join('\0')).digest()
}
