import { BaseError, createPublicClient, HttpRequestError, http, RpcRequestError, TimeoutError } from 'viem'
import { RpcError } from '../errors.ts'
import { abortable, pause } from './abort.ts'
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

/** The node understood a question and said no. Asking the same again will not help. */
export class RpcRefusal extends RpcError {
  /** The node's error code and data, for who knows what to make of them. */
  readonly answer: { readonly code: number; readonly message: string; readonly data: unknown }

  constructor(method: string, answer: RpcRefusal['answer']) {
    super(method, `it answered with error ${answer.code}, ${answer.message}`)
    this.answer = answer
  }
}

/** @param url - may hold a key, so it never gets into an error */
export function createRpc(url: string, options: RpcOptions = {}): Rpc {
  const { timeoutMs = 30_000, attempts: usualAttempts = 5, batchSize = 100 } = options
  const client = createPublicClient({
    transport: http(url, { batch: { batchSize, wait: 0 }, retryCount: 0, timeout: timeoutMs }),
    ccipRead: false,
  })

  const request: Rpc['request'] = async (method, params, { signal, attempts = usualAttempts } = {}) => {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      try {
        return await abortable(client.request({ method, params } as never), signal)
      } catch (error) {
        signal?.throwIfAborted()
        const failure = explain(method, error, url)
        if (!isTransient(failure) || attempt >= attempts) throw failure
        // Full jitter: many who failed together do not come back together.
        await pause(Math.random() * Math.min(100 * 2 ** attempt, 5_000), signal)
      }
    }
  }

  const askFor = async <T>(
    method: string,
    params: readonly unknown[],
    parse: (raw: RawAnswer) => T,
    signal?: AbortSignal,
  ): Promise<T | null> => {
    const raw = await request(method, params, signal ? { signal } : {})
    if (raw === null || raw === undefined) return null
    return parsed(method, () => parse(isRaw(raw) ? raw : {}))
  }

  const chainId = async (signal?: AbortSignal) => Number(await request('eth_chainId', [], signal ? { signal } : {}))

  return {
    request,
    chainId,
    isLocal: async () => isLoopback(url) || [31_337, 1_337].includes(await chainId()),
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
    logs: async (query, requestOptions) => {
      const raw = await request('eth_getLogs', [logParams(query)], requestOptions)
      if (!Array.isArray(raw)) throw new RpcError('eth_getLogs', 'its answer is no list')
      // Logs of pending blocks have no number yet; some nodes let them through.
      const mined = raw.filter((one) => isRaw(one) && typeof one.blockNumber === 'string' && one.removed !== true)
      return parsed('eth_getLogs', () => mined.map(parseLog))
    },
  }
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

// ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** viem's errors hold the URL and what was sent, which is nothing for a log: only what happened is kept. */
function explain(method: string, error: unknown, url: string): RpcError {
  const refusal = error instanceof BaseError ? error.walk((one) => one instanceof RpcRequestError) : null
  if (refusal instanceof RpcRequestError) {
    return new RpcRefusal(method, { code: refusal.code, message: clean(refusal.details, url), data: refusal.data })
  }
  return new RpcError(method, clean(reasonOf(error), url))
}

function reasonOf(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error)
  const http = error.walk((one) => one instanceof HttpRequestError)
  if (http instanceof HttpRequestError && http.status !== undefined)
    return `HTTP status ${http.status}, ${http.details}`
  if (error.walk((one) => one instanceof TimeoutError)) return 'it took too long'
  return rootOf(error)
}

/** The innermost message: `connect ECONNREFUSED …` rather than `fetch failed`. */
function rootOf(error: Error): string {
  let root: Error = error
  while (root.cause instanceof Error) root = root.cause
  // Of a name with several addresses, each has failed.
  if (root instanceof AggregateError && root.errors[0] instanceof Error) root = root.errors[0]
  return root instanceof BaseError ? root.shortMessage : root.message
}

function clean(text: string, url: string): string {
  return text.replaceAll(url, '<the node>').split('\n')[0]?.slice(0, 300) ?? ''
}

const BUSY = /rate limit|too many requests|capacity|overloaded|temporar|try again|timed? ?out/i

function isTransient(error: RpcError): boolean {
  return !(error instanceof RpcRefusal) || error.answer.code === 429 || BUSY.test(error.answer.message)
}
