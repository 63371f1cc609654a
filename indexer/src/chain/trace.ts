import { BlockGoneError, NoTracesError, RpcError } from '../errors.ts'
import { type Call, type Header, type Hex, isRaw, parseCall, type Receipt } from './block.ts'
import { type RequestOptions, type Rpc, RpcRefusal } from './rpc.ts'
import type { CallInterest, StreamFilter } from './step.ts'

/** Traces are large: so many blocks in one question, as graph-node does. */
const STEP = 50
/** With more contracts than this, all calls are asked for and sorted out here. */
const MAX_ADDRESSES = 100

/** By which method a node tells its traces; learnt once for each. */
const methods = new WeakMap<Rpc, 'trace_filter' | 'trace_block'>()

/**
 * The calls in a range of blocks that a filter wants, in the order of the trace.
 * @throws NoTracesError if the node has no traces at all
 */
export async function rangeCalls(
  rpc: Rpc,
  filter: StreamFilter,
  from: number,
  to: number,
  options: RequestOptions,
): Promise<Call[]> {
  const live = liveInterests(filter, from, to)
  if (live.length === 0) return []
  const addresses = [...new Set(live.map(({ address }) => address))]
  const wanted = addresses.length <= MAX_ADDRESSES ? addresses : null
  const steps = Array.from({ length: Math.ceil((to - from + 1) / STEP) }, (_, i) => from + i * STEP)
  const traces = await Promise.all(
    steps.map((first) => ask(rpc, first, Math.min(to, first + STEP - 1), wanted, options)),
  )
  const calls = traces.flat().flatMap((raw) => readCall(raw) ?? [])
  return withOutcome(rpc, calls.filter((call) => wantsCall(live, call)).sort(byTransaction), options)
}

/**
 * The same for one of the newest blocks, whose traces a node may not have made yet: a block that used gas cannot be without.
 * @throws BlockGoneError if the traces are of another block
 */
export async function blockCalls(
  rpc: Rpc,
  filter: StreamFilter,
  header: Header,
  options: RequestOptions,
): Promise<Call[]> {
  const live = liveInterests(filter, header.number, header.number)
  if (live.length === 0) return []
  const traces = await ask(rpc, header.number, header.number, null, options)
  if (traces.length === 0 && header.gasUsed > 0n) {
    throw new RpcError('trace_filter', `it has no traces of block ${header.number} yet`)
  }
  const calls = traces.flatMap((raw) => readCall(raw) ?? [])
  const stray = calls.find((call) => call.blockHash !== header.hash)
  if (stray) throw new BlockGoneError(header)
  return withOutcome(rpc, calls.filter((call) => wantsCall(live, call)).sort(byTransaction), options)
}

/** Asks for nothing but whether there are traces. @throws NoTracesError if there are none, RpcError if the node is away */
export async function checkTraces(rpc: Rpc, signal?: AbortSignal): Promise<void> {
  await ask(rpc, 0, 0, null, signal ? { signal } : {})
}

export function wantsCall(interests: readonly CallInterest[], { to, input, blockNumber }: Call): boolean {
  const selector = input.slice(0, 10)
  return interests.some(
    ({ address, selectors, fromBlock, toBlock = blockNumber }) =>
      address === to &&
      fromBlock <= blockNumber &&
      blockNumber <= toBlock &&
      (selectors === undefined || selectors.some((one) => one === selector)),
  )
}

function liveInterests({ calls = [] }: StreamFilter, from: number, to: number): CallInterest[] {
  return calls.filter(({ fromBlock, toBlock = to }) => fromBlock <= to && toBlock >= from)
}

function byTransaction(a: Call, b: Call): number {
  return a.blockNumber - b.blockNumber || a.transactionIndex - b.transactionIndex
}

function readCall(raw: unknown): Call | null {
  try {
    return isRaw(raw) ? parseCall(raw) : null
  } catch (error) {
    throw new RpcError('trace_filter', `its answer makes no sense (${error instanceof Error ? error.message : error})`)
  }
}

// ── the two methods ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function ask(
  rpc: Rpc,
  from: number,
  to: number,
  addresses: readonly Hex[] | null,
  options: RequestOptions,
): Promise<readonly unknown[]> {
  const known = methods.get(rpc)
  if (known !== 'trace_block') {
    const place = { fromBlock: hexOf(from), toBlock: hexOf(to) }
    const query = addresses ? { ...place, toAddress: addresses } : place
    try {
      const traces = await list(rpc, 'trace_filter', query, options)
      methods.set(rpc, 'trace_filter')
      return traces
    } catch (error) {
      if (known !== undefined || !isUnknownMethod(error)) throw error
    }
  }
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  try {
    const traces = await Promise.all(numbers.map((number) => list(rpc, 'trace_block', hexOf(number), options)))
    methods.set(rpc, 'trace_block')
    return traces.flat()
  } catch (error) {
    if (known !== undefined || !isUnknownMethod(error)) throw error
    throw new NoTracesError(error.answer.message, error)
  }
}

async function list(rpc: Rpc, method: string, query: unknown, options: RequestOptions): Promise<readonly unknown[]> {
  const answer = await rpc.request(method, [query], options)
  // Some nodes say null for a block without transactions.
  if (answer === null) return []
  if (!Array.isArray(answer)) throw new RpcError(method, 'its answer is no list')
  return answer
}

const METHOD_NOT_FOUND = -32601
const METHOD_NOT_SUPPORTED = -32004

function isUnknownMethod(error: unknown): error is RpcRefusal {
  if (!(error instanceof RpcRefusal)) return false
  const { code, message } = error.answer
  if (code === METHOD_NOT_FOUND || code === METHOD_NOT_SUPPORTED) return true
  return /method .*(not|un)[ -]?(found|supported|available|exist|allowed|whitelisted|enabled)|does not exist/i.test(
    message,
  )
}

function hexOf(number: number): Hex {
  return `0x${number.toString(16)}`
}

// ── transactions that failed ────────────────────────────────────────────────────────────────────────────────────────────

/** What a transaction itself calls has failed if the transaction has; calls inside of it look as if they had not. */
async function withOutcome(rpc: Rpc, calls: readonly Call[], options: RequestOptions): Promise<Call[]> {
  const inner = [...new Set(calls.filter(({ depth }) => depth > 0).map((call) => call.transactionHash))]
  const receipts = await Promise.all(inner.map((hash) => rpc.receipt(hash, options.signal)))
  const found = new Map(receipts.flatMap((receipt) => (receipt ? [[receipt.transactionHash, receipt] as const] : [])))
  return calls.map((call) => (call.depth === 0 ? call : { ...call, isUndone: hasFailed(call, found) }))
}

function hasFailed({ transactionHash, blockHash, blockNumber }: Call, receipts: ReadonlyMap<Hex, Receipt>): boolean {
  const receipt = receipts.get(transactionHash)
  if (receipt?.blockHash !== blockHash) throw new BlockGoneError({ number: blockNumber, hash: blockHash })
  return receipt.status === 0n
}
