import { createHash } from 'node:crypto'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/**
 * Names a build by its content, in the form of a CIDv0: base58 of 0x12 0x20 and a SHA-256. It is not the CID that IPFS would
 * compute, but like it says: the same files, the same name.
 * @param files - by the path the manifest calls them; their order does not matter
 */
export function contentId(manifestText: string, files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256')
  const add = (path: string, content: Uint8Array) => {
    hash.update(`${Buffer.byteLength(path)} ${path} ${content.byteLength} `).update(content)
  }
  add('', Buffer.from(manifestText, 'utf8'))
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) add(path, content)
  return base58(Buffer.concat([Buffer.from([0x12, 0x20]), hash.digest()]))
}

function base58(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (; rest > 0n; rest /= 58n) text = ALPHABET.charAt(Number(rest % 58n)) + text
  return text
}
