import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileTooLargeError } from '../errors.ts'
import { type Cid, cidText, isNameOf, parseCid } from './cid.ts'
import {
  type Block,
  directoryBlock,
  type Format,
  fileBlocks,
  readDirectory,
  readNode,
  type Target,
  usualFormat,
} from './unixfs.ts'

/** Files by their content, kept as the blocks that IPFS makes of them, each in a file named after it. */
export interface Files {
  /** Keeps a file, or only names it. @throws {@link FileTooLargeError} */
  add(content: Uint8Array, options?: AddOptions): Promise<Target>
  /** Keeps a directory of what was added before, or only names it. */
  addDirectory(entries: ReadonlyMap<string, Target>, options?: AddOptions): Promise<Target>
  /** A file's whole content; null if not all of it is here. @throws {@link FileTooLargeError} */
  read(cid: Cid): Promise<Uint8Array<ArrayBuffer> | null>
  /** One block as it is; null if it is not here, or no longer what its name promises. */
  block(cid: Cid): Promise<Uint8Array | null>
  /** The names in a directory; null if it is none, or not here. */
  list(cid: Cid): Promise<ReadonlyMap<string, Cid> | null>
  /** Where a path leads, such as `Qm…` or `Qm…/sub/a.json`; null if nowhere in here. */
  find(path: string): Promise<Cid | null>
}

export interface AddOptions extends Format {
  readonly isKept: boolean
}

/**
 * @param folder - made when the first file comes
 * @param maxBytes - of one file
 */
export function filesIn(folder: string, { maxBytes }: { readonly maxBytes: number }): Files {
  const block: Files['block'] = async (cid) => (isNameOf(cid, nothing.bytes) ? nothing.bytes : readBlock(folder, cid))
  const keep = async (blocks: readonly Block[]) => {
    await mkdir(folder, { recursive: true })
    // The root comes last: where it is, all of the file is.
    for (const one of blocks) await writeBlock(folder, one)
  }
  const list: Files['list'] = async (cid) => {
    const bytes = cid.codec === 'raw' ? null : await block(cid)
    return bytes && readDirectory(bytes)
  }
  return {
    block,
    list,
    add: async (content, { isKept, ...format } = { ...usualFormat, isKept: true }) => {
      if (content.byteLength > maxBytes) throw new FileTooLargeError(maxBytes)
      const { root, totalBytes, blocks } = fileBlocks(content, format)
      if (isKept) await keep(blocks)
      return { cid: root, totalBytes }
    },
    addDirectory: async (entries, { isKept, version } = { ...usualFormat, isKept: true }) => {
      const directory = directoryBlock(entries, version)
      if (isKept) await keep([directory])
      return { cid: directory.cid, totalBytes: directory.totalBytes }
    },
    read: (cid) => gather(cid, block, maxBytes),
    find: async (path) => {
      const [root = '', ...below] = path.split('/').filter((part) => part !== '')
      let cid = parseCid(root)
      for (const name of below) cid = (cid && (await list(cid)))?.get(name) ?? null
      return cid
    },
  }
}

/** The empty directory, which every IPFS node has: its name is what others ask for to see whether one is there. */
const nothing = directoryBlock(new Map())

/** Puts a file together from its blocks, wherever they come from. */
export async function gather(
  root: Cid,
  block: Files['block'],
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const pieces: Uint8Array[] = []
  let size = 0
  const open: Cid[] = [root]
  for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
    const bytes = await block(cid)
    if (bytes === null) return null
    const node = cid.codec === 'raw' ? { data: bytes, children: [] } : readNode(bytes)
    if (node === null) return null
    size += node.data.byteLength
    if (size > maxBytes) throw new FileTooLargeError(maxBytes)
    pieces.push(node.data)
    open.push(...node.children.toReversed())
  }
  return Uint8Array.from(Buffer.concat(pieces))
}

async function readBlock(folder: string, cid: Cid): Promise<Uint8Array | null> {
  try {
    const bytes = await readFile(pathOf(folder, cid))
    return isNameOf(cid, bytes) ? bytes : null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Appears whole or not at all, and takes the place of one that has gone bad. */
async function writeBlock(folder: string, { cid, bytes }: Block): Promise<void> {
  const path = pathOf(folder, cid)
  if ((await readBlock(folder, cid)) !== null) return
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(draft, bytes, { flush: true })
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A raw block and a dag-pb block of the same bytes are the same block, whatever the version of its name. */
function pathOf(folder: string, { digest }: Cid): string {
  return join(folder, cidText({ version: 0, codec: 'dag-pb', digest }))
}
