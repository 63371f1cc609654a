import { type Cid, cidBytes, cidOfNode, cidOfRaw, readCid } from './cid.ts'
import { decodeFields, encodeFields, type Field } from './protobuf.ts'

/**
 * A file in the blocks that `ipfs add` makes of it: pieces of 256 KiB, and above them as many layers of nodes as it takes, each node
 * with up to 174 links. A file of one piece is that piece. A directory is a node whose links have names.
 *
 *     block  = { 2: link*, 1: data }                              dag-pb; links come first
 *     link   = { 1: cid, 2: name, 3: bytes of all blocks below }
 *     data   = { 1: kind, 2: bytes?, 3: file size, 4: size of each piece* }   UnixFS
 *     block  = the bytes of a piece                               raw
 *
 * @see https://github.com/ipfs/specs/blob/main/UNIXFS.md
 */
export interface Block {
  readonly cid: Cid
  readonly bytes: Uint8Array
}

const pieceBytes = 262_144
const linksPerNode = 174
const kinds = { raw: 0, directory: 1, file: 2 } as const

/** Which of the names and forms that IPFS has for a file. */
export interface Format {
  readonly version: Cid['version']
  /** Whether pieces are blocks of nothing but their bytes; their names are then of version 1 in any case. */
  readonly rawLeaves: boolean
}

/** What `ipfs add` makes where it is told nothing. */
export const usualFormat: Format = { version: 0, rawLeaves: false }

/** What links to a file or directory have to know of it. */
export interface Target {
  readonly cid: Cid
  /** Of its own block and all below. */
  readonly totalBytes: number
}

/** A node with what its parent has to know of it. */
interface Node extends Block, Target {
  /** Of the file's bytes that it stands for. */
  readonly fileBytes: number
}

/** @returns every block once it is made, the root last */
export function fileBlocks(
  content: Uint8Array,
  format: Format = usualFormat,
): {
  readonly root: Cid
  readonly totalBytes: number
  readonly blocks: Block[]
} {
  const blocks: Block[] = []
  const keep = (node: Node) => {
    blocks.push(node)
    return node
  }
  let layer = pieces(content).map((piece) => keep(leaf(piece, format)))
  while (layer.length > 1) layer = groups(layer).map((children) => keep(parent(children, format)))
  const [root] = layer
  if (root === undefined) throw new Error('a file has at least one piece')
  return { root: root.cid, totalBytes: root.totalBytes, blocks }
}

/** The CID that `ipfs add` tells. */
export function cidOfFile(content: Uint8Array, format: Format = usualFormat): Cid {
  return fileBlocks(content, format).root
}

/** A directory of what is known by its CID. */
export function directoryBlock(entries: ReadonlyMap<string, Target>, version: Cid['version'] = 0): Block & Target {
  const sorted = [...entries].map(([name, target]) => ({ name: Buffer.from(name), target }))
  const links = sorted
    .sort((one, other) => Buffer.compare(one.name, other.name))
    .map(({ name, target }) => linkTo(target, name))
  const below = [...entries.values()].reduce((sum, { totalBytes }) => sum + totalBytes, 0)
  return node(links, [[1, kinds.directory]], 0, below, version)
}

/** What a directory's block links to, by name; null if it is no directory. */
export function readDirectory(block: Uint8Array): ReadonlyMap<string, Cid> | null {
  const fields = decodeFields(block)
  const unixfs = fields && decodeFields(bytesOf(fields, 1) ?? new Uint8Array())
  if (unixfs?.find(([number]) => number === 1)?.[1] !== kinds.directory) return null
  const entries = new Map<string, Cid>()
  for (const link of linksOf(fields ?? [])) {
    if (link === null) return null
    entries.set(link.name, link.cid)
  }
  return entries
}

/** What a dag-pb block holds: bytes of its own and then those of its children; null if it is not (part of) a file. */
export function readNode(block: Uint8Array): { readonly data: Uint8Array; readonly children: readonly Cid[] } | null {
  const fields = decodeFields(block)
  const unixfs = fields && decodeFields(bytesOf(fields, 1) ?? new Uint8Array())
  if (!unixfs) return null
  const kind = unixfs.find(([number]) => number === 1)?.[1]
  if (kind !== kinds.file && kind !== kinds.raw) return null
  const children: Cid[] = []
  for (const link of linksOf(fields)) {
    if (link === null) return null
    children.push(link.cid)
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

function leaf(piece: Uint8Array, { version, rawLeaves }: Format): Node {
  if (rawLeaves) {
    return { cid: cidOfRaw(piece), bytes: piece, fileBytes: piece.byteLength, totalBytes: piece.byteLength }
  }
  const bytes = piece.byteLength > 0 ? [[2, piece] as const] : []
  return node([], [[1, kinds.file], ...bytes, [3, piece.byteLength]], piece.byteLength, 0, version)
}

function parent(children: readonly Node[], { version }: Format): Node {
  const links = children.map((child) => linkTo(child, new Uint8Array()))
  const sizes = children.map(({ fileBytes }): Field => [4, fileBytes])
  const fileBytes = children.reduce((sum, child) => sum + child.fileBytes, 0)
  const below = children.reduce((sum, child) => sum + child.totalBytes, 0)
  return node(links, [[1, kinds.file], [3, fileBytes], ...sizes], fileBytes, below, version)
}

function node(
  links: readonly Field[],
  unixfs: readonly Field[],
  fileBytes: number,
  below: number,
  version: Cid['version'],
): Node {
  const bytes = encodeFields([...links, [1, encodeFields(unixfs)]])
  return { cid: { ...cidOfNode(bytes), version }, bytes, fileBytes, totalBytes: bytes.byteLength + below }
}

function linkTo({ cid, totalBytes }: Target, name: Uint8Array): Field {
  return [
    2,
    encodeFields([
      [1, cidBytes(cid)],
      [2, name],
      [3, totalBytes],
    ]),
  ]
}

/** Each link of a node, in order; null for one that leads to nothing we know how to name. */
function linksOf(fields: readonly Field[]): ({ readonly name: string; readonly cid: Cid } | null)[] {
  return fields.flatMap(([number, value]) => {
    if (number !== 2) return []
    const link = typeof value === 'number' ? null : decodeFields(value)
    const cid = link && readCid(bytesOf(link, 1) ?? new Uint8Array())
    return [link && cid && { cid, name: Buffer.from(bytesOf(link, 2) ?? []).toString('utf8') }]
  })
}

function bytesOf(fields: readonly Field[], wanted: number): Uint8Array | undefined {
  const value = fields.find(([number]) => number === wanted)?.[1]
  return typeof value === 'number' ? undefined : value
}
