import { fromBase32, fromBase58 } from './base.ts'

/**
 * Reads what a mapping calls a file: a CID, or a path below one, written bare, as `/ipfs/…` or as `ipfs://…`.
 * @returns the CID and what follows it, as graph-node stores it; null if it names no content
 * @see graphprotocol/graph-node graph/src/ipfs/content_path.rs
 */
export function filePath(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^ipfs:\/\//, '')
    .replace(/^\/?(ipfs\/)?/, '')
  const [cid = '', ...below] = bare.split('/')
  if (!isCid(cid) || /[?#]/.test(bare)) return null
  return [cid, ...below.filter((part) => part !== '')].join('/')
}

/** Whether a text is the name of some content, hashed in whatever way. */
function isCid(text: string): boolean {
  if (text.startsWith('Qm')) return isMultihash(fromBase58(text))
  const bytes = decode(text)
  if (bytes === null || bytes[0] !== 1) return false
  const codec = varintEnd(bytes, 1)
  return codec !== null && isMultihash(bytes.subarray(codec))
}

function decode(text: string): Uint8Array | null {
  const digits = text.slice(1)
  switch (text[0]) {
    case 'b':
      return fromBase32(digits)
    case 'z':
      return fromBase58(digits)
    case 'f':
      return /^([0-9a-f]{2})*$/.test(digits) ? Buffer.from(digits, 'hex') : null
    default:
      return null
  }
}

/** The number of a hash function, a length, and that many bytes. */
function isMultihash(bytes: Uint8Array | null): boolean {
  if (bytes === null) return false
  const length = varintEnd(bytes, 0)
  const digest = length === null ? null : varintEnd(bytes, length)
  return length !== null && digest === length + 1 && bytes[length] === bytes.length - digest
}

function varintEnd(bytes: Uint8Array, start: number): number | null {
  const end = bytes.findIndex((byte, at) => at >= start && byte < 0x80)
  return end < 0 ? null : end + 1
}
