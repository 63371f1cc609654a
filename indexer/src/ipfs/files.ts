import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileTooLargeError } from '../errors.ts'
import { type Cid, cidText, isNameOf } from './cid.ts'
import { type Block, fileBlocks, readNode } from './unixfs.ts'

/** Files by their content, kept as the blocks that IPFS makes of them, each in a file named after it. */
export interface Files {
  /** Keeps a file. @throws {@link FileTooLargeError} */
  add(content: Uint8Array): Promise<{ readonly cid: Cid; readonly totalBytes: number }>
  /** A file's whole content; null if not all of it is here. @throws {@link FileTooLargeError} */
  read(cid: Cid): Promise<Uint8Array<ArrayBuffer> | null>
  /** One block as it is; null if it is not here, or no longer what its name promises. */
  block(cid: Cid): Promise<Uint8Array | null>
}

/**
 * @param folder - made when the first file comes
 * @param maxBytes - of one file
 */
export function filesIn(folder: string, { maxBytes }: { readonly maxBytes: number }): Files {
  const block = (cid: Cid) => readBlock(folder, cid)
  return {
    block,
    add: async (content) => {
      if (content.byteLength > maxBytes) throw new FileTooLargeError(maxBytes)
      const { root, totalBytes, blocks } = fileBlocks(content)
      await mkdir(folder, { recursive: true })
      // The root comes last: where it is, all of the file is.
      for (const one of blocks) await writeBlock(folder, one)
      return { cid: root, totalBytes }
    },
    read: (cid) => gather(cid, block, maxBytes),
  }
}

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
