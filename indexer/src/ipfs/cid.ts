import { createHash } from 'node:crypto'
import { fromBase32, fromBase58, toBase32, toBase58 } from './base.ts'

/**
 * The name of a block: how its bytes are to be read, and their SHA-256. Two texts can name the same block: `Qm…` (version 0) and
 * `bafybei…` (version 1).
 * @see https://github.com/multiformats/cid
 */
export interface Cid {
  readonly version: 0 | 1
  readonly codec: 'dag-pb' | 'raw'
  /** 32 bytes. */
  readonly digest: Uint8Array
}

const codecs = { 'dag-pb': 0x70, raw: 0x55 } as const
/** The multihash of a SHA-256: function 0x12, 0x20 bytes long. */
const sha256 = [0x12, 0x20] as const

/** @returns null for what names no block that is hashed with SHA-256 */
export function parseCid(text: string): Cid | null {
  if (text.startsWith('Qm')) {
    const bytes = fromBase58(text)
    return bytes?.length === 34 && isSha256(bytes) ? { version: 0, codec: 'dag-pb', digest: bytes.subarray(2) } : null
  }
  const bytes = text.startsWith('b')
    ? fromBase32(text.slice(1))
    : text.startsWith('z')
      ? fromBase58(text.slice(1))
      : null
  return bytes && readCid(bytes)
}

/** A CID as it stands in a link. */
export function readCid(bytes: Uint8Array): Cid | null {
  if (bytes.length === 34 && isSha256(bytes)) return { version: 0, codec: 'dag-pb', digest: bytes.subarray(2) }
  const [version, code] = bytes
  if (bytes.length !== 36 || version !== 1 || !isSha256(bytes.subarray(2))) return null
  const codec = code === codecs['dag-pb'] ? 'dag-pb' : code === codecs.raw ? 'raw' : null
  return codec && { version: 1, codec, digest: bytes.subarray(4) }
}

/** As it stands in a link, and behind the first letter of its text. */
export function cidBytes({ version, codec, digest }: Cid): Uint8Array {
  return Buffer.concat([Buffer.from(version === 0 ? sha256 : [1, codecs[codec], ...sha256]), digest])
}

export function cidText(cid: Cid): string {
  return cid.version === 0 ? toBase58(cidBytes(cid)) : `b${toBase32(cidBytes(cid))}`
}

/** The name of a dag-pb block in its old form, `Qm…`. */
export function cidOfNode(block: Uint8Array): Cid {
  return { version: 0, codec: 'dag-pb', digest: sha256Of(block) }
}

/** The name of a block of nothing but bytes, `bafkrei…`. */
export function cidOfRaw(block: Uint8Array): Cid {
  return { version: 1, codec: 'raw', digest: sha256Of(block) }
}

/** Whether these bytes are what the name promises. */
export function isNameOf({ digest }: Cid, block: Uint8Array): boolean {
  return sha256Of(block).equals(digest)
}

function sha256Of(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function isSha256([code, length]: Uint8Array): boolean {
  return code === sha256[0] && length === sha256[1]
}
