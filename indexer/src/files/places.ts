import { parseCid } from '../ipfs/cid.ts'
import type { Files } from '../ipfs/files.ts'
import { filePath } from '../ipfs/path.ts'
import type { IpfsNeed } from '../wasm/suspend.ts'
import { fetchFrom, firstOf, ipfsNode } from './fetch.ts'
import type { FetchFile } from './waiting-files.ts'

/** Where the files come from that mappings name. */
export interface FilePlaces {
  readonly fetchFile: FetchFile
  /** Of handlers that ask in the middle; null for whatever reason nothing came. Absent where the operator does not allow it. */
  readonly ask?: (need: IpfsNeed, signal: AbortSignal) => Promise<Uint8Array | null>
}

export interface FilePlacesOptions {
  /** An IPFS node or gateway; absent: only what this indexer holds itself. */
  readonly nodeUrl?: string
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly mayAsk: boolean
}

/** @param own - this indexer's own store of files, which is looked at first */
export function filePlaces(own: Files, { nodeUrl, timeoutMs, maxBytes, mayAsk }: FilePlacesOptions): FilePlaces {
  const node = nodeUrl === undefined ? null : ipfsNode(nodeUrl, { timeoutMs, maxBytes })
  const fetchFile = node === null ? fetchFrom(own) : firstOf(fetchFrom(own), node.file)
  if (!mayAsk) return { fetchFile }
  const ask = async ({ kind, path: asked }: IpfsNeed, signal: AbortSignal): Promise<Uint8Array | null> => {
    const path = filePath(asked)
    if (path === null) return null
    if (kind === 'file') return fetchFile(path, signal)
    const cid = parseCid(path)
    return (cid && (await own.block(cid))) ?? (await node?.block(path, signal)) ?? null
  }
  return { fetchFile, ask: (need, signal) => ask(need, signal).catch(() => null) }
}
