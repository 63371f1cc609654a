import { type Cid, cidBytes, cidOfNode, readCid } from './cid.ts'
import { decodeFields, encodeFields, type Field } from './protobuf.ts'

/**
 * A file in the blocks that `ipfs add` makes of it: pieces of 256 KiB, and above them as many layers of nodes as it takes, each node
 * with up to 174 links. A file of one piece is that piece.
 *
 *     block  = { 2: link*, 1: data }                              dag-pb; links come first
 *     link   = { 1: cid, 2: name, 3: bytes of all blocks below }
 *     data   = { 1: kind, 2: bytes?, 3: file size, 4: size of each piece* }   UnixFS
 *
 * @see https://github.com/ipfs/specs/blob/main/UNIXFS.md
 */
export interface Block {
  readonly cid: Cid
  readonly bytes: Uint8Array
}

const pieceBytes = 262_144
const linksPerNode = 174
const kinds = { raw: 0, file: 2 } as const

/** A node with what its parent has to know of it. */
interface Node extends Block {
  /** Of the file's bytes that it stands for. */
  readonly fileBytes: number
  /** Of its own block and all below. */
  readonly totalBytes: number
}

/** @returns every block once it is made, the root last */
export function fileBlocks(content: Uint8Array): {
  readonly root: Cid
  readonly totalBytes: number
  readonly blocks: Block[]
} {
  const blocks: Block[] = []
  const keep = (node: Node) => {
    blocks.push(node)
    return node
  }
  let layer = pieces(content).map((piece) => keep(leaf(piece)))
  while (layer.length > 1) layer = groups(layer).map((children) => keep(parent(children)))
  const [root] = layer
  if (root === undefined) throw new Error('a file has at least one piece')
  return { root: root.cid, totalBytes: root.totalBytes, blocks }
}

/** The CID that `ipfs add` tells. */
export function cidOfFile(content: Uint8Array): Cid {
  return fileBlocks(content).root
}

/** What a dag-pb block holds: bytes of its own and then those of its children; null if it is not (part of) a file. */
export function readNode(block: Uint8Array): { readonly data: Uint8Array; readonly children: readonly Cid[] } | null {
  const fields = decodeFields(block)
  const unixfs = fields && decodeFields(bytesOf(fields, 1) ?? new Uint8Array())
  if (!unixfs) return null
  const kind = unixfs.find(([number]) => number === 1)?.[1]
  if (kind !== kinds.file && kind !== kinds.raw) return null
  const children: Cid[] = []
  for (const [number, value] of fields) {
    if (number !== 2) continue
    const cid = typeof value === 'number' ? null : readCid(bytesOf(decodeFields(value) ?? [], 1) ?? new Uint8Array())
    if (!cid) return null
    children.push(cid)
  }
  return { data: bytesOf(unixfs, 2) ?? new Uint8Array(), children }
}

function pieces(content: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(content.byteLength / pieceBytes))
  return Array.from({ length: count }, (_, i) => content.subarray(i * pieceBytes, (i + 1) * pieceBytes))
}

function groups(layer: readonly Node[]): Node[][] {
  const count = Math.ceil(layer.length / linksPerNode)
  return Array.from({ length: count }, (_, i) => layer.slice(i * linksPerNode, (i + 1) * linksPerNode))
}

function leaf(piece: Uint8Array): Node {
  const bytes = piece.byteLength > 0 ? [[2, piece] as const] : []
  return node([], [[1, kinds.file], ...bytes, [3, piece.byteLength]], piece.byteLength, 0)
}

function parent(children: readonly Node[]): Node {
  const links = children.map(
    ({ cid, totalBytes }): Field => [
      2,
      encodeFields([
        [1, cidBytes(cid)],
        [2, new Uint8Array()],
        [3, totalBytes],
      ]),
    ],
  )
  const sizes = children.map(({ fileBytes }): Field => [4, fileBytes])
  const fileBytes = children.reduce((sum, child) => sum + child.fileBytes, 0)
  const below = children.reduce((sum, child) => sum + child.totalBytes, 0)
  return node(links, [[1, kinds.file], [3, fileBytes], ...sizes], fileBytes, below)
}

function node(links: readonly Field[], unixfs: readonly Field[], fileBytes: number, below: number): Node {
  const bytes = encodeFields([...links, [1, encodeFields(unixfs)]])
  return { cid: cidOfNode(bytes), bytes, fileBytes, totalBytes: bytes.byteLength + below }
}

function bytesOf(fields: readonly Field[], wanted: number): Uint8Array | undefined {
  const value = fields.find(([number]) => number === wanted)?.[1]
  return typeof value === 'number' ? undefined : value
}
