import { createHash } from 'node:crypto'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** What IPFS would call a folder with this content, were there one: version 1, dag-pb, sha2-256, in base32. */
export function folderCid(content: string): string {
  const digest = createHash('sha256').update(content).digest()
  return `b${base32(Uint8Array.from([0x01, 0x70, 0x12, 0x20, ...digest]))}`
}

function base32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(value >>> bits) & 31]
      value &= (1 << bits) - 1
    }
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text
}
