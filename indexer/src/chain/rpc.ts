import { RpcError } from '../errors.ts'
import { pause } from './abort.ts'
import {
  type BlockPtr,
  type Header,
  type Hex,
  isRaw,
  type Log,
  parseHeader,
  parseLog,
  parseReceipt,
  parseTransactions,
  pointer,
  type RawAnswer,
  type Receipt,
  type Transaction,
} from './block.ts'
import { httpNode } from './http.ts'
import { isTransient, NodeBusyError } from './refusal.ts'

export { RpcRefusal } from './refusal.ts'

export interface RpcOptions {
  /** How long to wait for one answer. */
  readonly timeoutMs?: number
  /** How often to ask in all before giving up. */
  readonly attempts?: number
  /** Requests of the same moment travel together, up to this many. */
  readonly batchSize?: number
}

export interface RequestOptions {
  readonly signal?: AbortSignal
  readonly attempts?: number
}

/** What `eth_getLogs` takes: numbers both inclusive, or the one block by its hash. */
export type LogQuery = {
  readonly address?: readonly Hex[]
  readonly topics0: readonly Hex[]
} & ({ readonly fromBlock: number; readonly toBlock: number } | { readonly blockHash: Hex })

export interface FullBlock {
  readonly header: Header
  readonly transactions: ReadonlyMap<Hex, Transaction>
}

/**
 * A node, asked over JSON-RPC. Requests made in the same moment are sent as one batch. Every method takes a signal; when the
 * node does not know a block, the answer is null.
 */
export interface Rpc {
  /** The node's own answer, unparsed. @throws RpcError, RpcRefusal */
  request(method: string, params: readonly unknown[], options?: RequestOptions): Promise<unknown>
  /** Whether blocks come as fast as people click: a development chain, or a node on this machine. */
  isLocal(): Promise<boolean>
  chainId(signal?: AbortSignal): Promise<number>
  genesis(signal?: AbortSignal): Promise<BlockPtr>
  headerByNumber(number: number | 'latest', signal?: AbortSignal): Promise<Header | null>
  headerByHash(hash: Hex, signal?: AbortSignal): Promise<Header | null>
  /** @param transactions - which of its transactions to bring along */
  blockByHash(hash: Hex, transactions: ReadonlySet<Hex>, signal?: AbortSignal): Promise<FullBlock | null>
  logs(query: LogQuery, options?: RequestOptions): Promise<Log[]>
  receipt(transactionHash: Hex, signal?: AbortSignal): Promise<Receipt | null>
}

/** Something to ask, and how to read the answer. */
export interface Question<T> {
  readonly method: string
  readonly params: readonly unknown[]
  /** @throws RpcError if the answer makes no sense */
  readonly read: (raw: unknown) => T
  readonly signal?: AbortSignal | undefined
  readonly attempts?: number | undefined
}

/** How questions are asked: of one node, or of several. */
export type Ask = <T>(question: Question<T>) => Promise<T>

/** @param url - may hold a key, so it never gets into an error */
export function createRpc(url: string, options: RpcOptions = {}): Rpc {
  const { timeoutMs = 30_000, attempts: usualAttempts = 5, batchSize = 100 } = options
  const node = httpNode(url, { timeoutMs, batchSize })
  const ask: Ask = async ({ method, params, read, signal, attempts = usualAttempts }) => {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      try {
        return read(await node.call(method, params, signal))
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof RpcError) || !isTransient(error) || attempt >= attempts) throw error
        await pause(pauseMs(attempt, error), signal)
      }
    }
  }
  return rpcOver(ask, [url])
}

/** Full jitter: many who failed together do not come back together. A node that says how long it needs is given that. */
export function pauseMs(attempt: number, error: unknown): number {
  const least = error instanceof NodeBusyError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(least, Math.random() * Math.min(100 * 2 ** attempt, 5_000))
}

/** @param urls - of all nodes that may be asked */
export function rpcOver(ask: Ask, urls: readonly string[]): Rpc {
  const askFor = <T>(
    method: string,
    params: readonly unknown[],
    parse: (raw: RawAnswer) => T,
    signal?: AbortSignal,
  ): Promise<T | null> => {
    const read = (raw: unknown) =>
      raw === null || raw === undefined ? null : parsed(method, () => parse(isRaw(raw) ? raw : {}))
    return ask({ method, params, read, signal })
  }
  const request: Rpc['request'] = (method, params, options = {}) =>
    ask({ method, params, read: (raw) => raw, ...options })
  const chainId = async (signal?: AbortSignal) => Number(await request('eth_chainId', [], signal ? { signal } : {}))

  return {
    request,
    chainId,
    isLocal: async () => urls.every(isLoopback) || [31_337, 1_337].includes(await chainId()),
    genesis: async (signal) => {
      const header = await askFor('eth_getBlockByNumber', ['0x0', false], parseHeader, signal)
      if (!header) throw new RpcError('eth_getBlockByNumber', 'it has no block 0')
      return pointer(header)
    },
    headerByNumber: (number, signal) =>
      askFor('eth_getBlockByNumber', [number === 'latest' ? number : hexOf(number), false], parseHeader, signal),
    headerByHash: (hash, signal) => askFor('eth_getBlockByHash', [hash, false], parseHeader, signal),
    blockByHash: (hash, transactions, signal) =>
      askFor('eth_getBlockByHash', [hash, true], (raw) => parseFullBlock(raw, transactions), signal),
    receipt: (hash, signal) => askFor('eth_getTransactionReceipt', [hash], parseReceipt, signal),
    logs: (query, options = {}) =>
      ask({ method: 'eth_getLogs', params: [logParams(query)], read: readLogs, ...options }),
  }
}

/** @throws RpcError if the answer makes no sense */
export function readLogs(raw: unknown): Log[] {
  if (!Array.isArray(raw)) throw new RpcError('eth_getLogs', 'its answer is no list')
  // Logs of pending blocks have no number yet; some nodes let them through.
  const mined = raw.filter((one) => isRaw(one) && typeof one.blockNumber === 'string' && one.removed !== true)
  return parsed('eth_getLogs', () => mined.map(parseLog))
}

function parseFullBlock(raw: RawAnswer, wanted: ReadonlySet<Hex>): FullBlock {
  const header = parseHeader(raw)
  return { header, transactions: parseTransactions(raw, header, wanted) }
}

function logParams(query: LogQuery): object {
  const place =
    'blockHash' in query
      ? { blockHash: query.blockHash }
      : { fromBlock: hexOf(query.fromBlock), toBlock: hexOf(query.toBlock) }
  return { ...(query.address ? { address: query.address } : {}), topics: [query.topics0], ...place }
}

function parsed<T>(method: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new RpcError(method, `its answer makes no sense (${error instanceof Error ? error.message : error})`)
  }
}

function hexOf(number: number): Hex {
  return `0x${number.toString(16)}`
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
