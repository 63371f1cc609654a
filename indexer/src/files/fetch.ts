import { FileTooLargeError, IpfsUnreachableError } from '../errors.ts'
import { type Cid, cidText, isNameOf, parseCid } from '../ipfs/cid.ts'
import { type Files, gather } from '../ipfs/files.ts'
import { cidOfFile, usualFormat } from '../ipfs/unixfs.ts'
import type { FetchFile } from './waiting-files.ts'

export interface NodeOptions {
  /** How long one question may take. */
  readonly timeoutMs: number
  /** Of one file. */
  readonly maxBytes: number
}

/** What an IPFS node or gateway can be asked. */
export interface IpfsNode {
  readonly file: FetchFile
  /** One block as it is, checked against its name where that says how; null if it was not found in time. */
  block(cid: string, signal: AbortSignal): Promise<Uint8Array | null>
}

/**
 * Asks an IPFS node or a gateway. What it answers is checked against the CID where that can be done: not below a CID, and not
 * where the CID is of another hash than SHA-256.
 * @param url - of a gateway (`/ipfs/…`) or of Kubo's RPC API (`/api/v0/…`): whichever of the two it answers
 */
export function ipfsNode(url: string, options: NodeOptions): IpfsNode {
  const ask = asker(url, options)
  const rawBlock = (cid: string, signal: AbortSignal) =>
    ask({ gateway: `ipfs/${cid}?format=raw`, api: `block/get?arg=${encodeURIComponent(cid)}` }, signal)
  const block: IpfsNode['block'] = async (cid, signal) => {
    const [named, content] = [parseCid(cid), await rawBlock(cid, signal)]
    return content !== null && named !== null && !isNameOf(named, content) ? null : content
  }
  return {
    block,
    file: async (path, signal) => {
      const escaped = path.split('/').map(encodeURIComponent).join('/')
      const content = await ask({ gateway: `ipfs/${escaped}`, api: `cat?arg=${encodeURIComponent(path)}` }, signal)
      const cid = parseCid(path)
      if (content === null || cid === null || isFileOf(cid, content)) return content
      // Cut into pieces in another way than ours, or not what was asked for: its blocks tell.
      return gather(cid, (each) => block(cidText(each), signal), options.maxBytes)
    },
  }
}

/** What this indexer's own store of files holds. */
export function fetchFrom(files: Files): FetchFile {
  return async (path) => {
    const cid = await files.find(path)
    return cid && files.read(cid)
  }
}

/** The first that has it. */
export function firstOf(...fetches: readonly FetchFile[]): FetchFile {
  return async (path, signal) => {
    for (const fetchFile of fetches) {
      const content = await fetchFile(path, signal)
      if (content !== null) return content
    }
    return null
  }
}

function isFileOf(cid: Cid, content: Uint8Array): boolean {
  if (cid.codec === 'raw') return isNameOf(cid, content)
  const formats = [usualFormat, { version: 1, rawLeaves: true }] as const
  return formats.some((format) => Buffer.from(cidOfFile(content, format).digest).equals(cid.digest))
}

interface Question {
  /** Behind the URL. */
  readonly gateway: string
  /** Behind `/api/v0/`. */
  readonly api: string
}

function asker(url: string, { timeoutMs, maxBytes }: NodeOptions) {
  const base = url.replace(/\/+$/, '')
  let kind: keyof Question | null = null
  const once = async (question: Question, how: keyof Question, signal: AbortSignal): Promise<Uint8Array | null> => {
    const answer =
      how === 'gateway'
        ? await fetch(`${base}/${question.gateway}`, { signal })
        : await fetch(`${base}/api/v0/${question.api}`, { method: 'POST', signal })
    if (answer.ok) return readBody(answer, maxBytes)
    await answer.body?.cancel()
    return null
  }
  return async (question: Question, signal: AbortSignal): Promise<Uint8Array | null> => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      for (const how of kind === null ? (['gateway', 'api'] as const) : [kind]) {
        const content = await once(question, how, limited)
        if (content === null) continue
        kind = how
        return content
      }
      return null
    } catch (error) {
      if (error instanceof FileTooLargeError) throw error
      throw new IpfsUnreachableError(question.gateway, error)
    }
  }
}

async function readBody({ body, headers }: Response, maxBytes: number): Promise<Uint8Array> {
  if (Number(headers.get('content-length') ?? 0) > maxBytes) {
    await body?.cancel()
    throw new FileTooLargeError(maxBytes)
  }
  const pieces: Uint8Array[] = []
  let size = 0
  const reader = body?.getReader()
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    size += piece.value.byteLength
    if (size > maxBytes) {
      await reader?.cancel()
      throw new FileTooLargeError(maxBytes)
    }
    pieces.push(piece.value)
  }
  return Buffer.concat(pieces)
}
