import type { LRUCache } from 'lru-cache'
import { BlockGoneError } from '../errors.ts'
import type { Block, BlockLink, BlockPtr, Call, Header, Hex, Log, Receipt } from './block.ts'
import { logQuestions, wants } from './log-filter.ts'
import { type RequestOptions, type Rpc, RpcRefusal } from './rpc.ts'
import type { StreamFilter } from './step.ts'
import { blockCalls, rangeCalls } from './trace.ts'

/** Some blocks as they were read: consistent in themselves, or else they would not have been handed out. */
export interface Stretch {
  /** Those that the filter wants. */
  readonly blocks: readonly Block[]
  readonly links: readonly BlockLink[]
}

/** Where blocks come from, and what is wanted of them. */
export interface Source {
  readonly rpc: Rpc
  readonly filter: StreamFilter
  /** Blocks that were read before, perhaps for another filter: what they hold is not fetched again. */
  readonly seen: LRUCache<Hex, Block>
}

/**
 * Reads a range of blocks of which only the wanted ones are looked at: for blocks so old that they hardly change.
 *
 * Its last header is asked for before anything else and once more behind everything else. A chain does not come back to a branch that it
 * has left, so if both are the same, all that was read in between is of the one branch that leads to it.
 * @returns with links for the wanted blocks and the last one
 * @throws {@link BlockGoneError} if they changed all the same while they were read
 */
export async function readRange(source: Source, from: number, to: number, options: RequestOptions): Promise<Stretch> {
  const { rpc, filter } = source
  const { signal } = options
  const last = await rpc.headerByNumber(to, signal)
  if (!last) throw new BlockGoneError({ number: to })
  const [logs, calls] = await Promise.all([
    rangeLogs(source, from, to, options),
    rangeCalls(rpc, filter, from, to, options),
  ])
  const withContent = new Set([...logs, ...calls].map(({ blockNumber }) => blockNumber))
  const others = wantedNumbers(filter, from, to).filter((number) => !withContent.has(number))
  const [logged, plain] = await Promise.all([
    Promise.all([...byBlock(logs, calls)].map(([hash, own]) => blockOf(source, hash, own, signal))),
    Promise.all(others.map((number) => bareBlock(rpc, number, signal))),
  ])
  const blocks = [...logged, ...plain].toSorted((a, b) => a.header.number - b.header.number)
  const links = blocks.map((block) => block.header)
  const again = await rpc.headerByNumber(to, signal)
  if (again?.hash !== last.hash || isTorn([...links, last])) throw new BlockGoneError(last)
  return { blocks, links: links.at(-1)?.number === to ? links : [...links, last] }
}

/** Two blocks of one number, or neighbours of which one is not the other's parent: answers from different branches. */
function isTorn(links: readonly BlockLink[]): boolean {
  return links.some((one, i) => {
    const before = links[i - 1]
    if (before === undefined || before.number < one.number - 1) return false
    return before.number === one.number ? before.hash !== one.hash : before.hash !== one.parentHash
  })
}

/**
 * Reads blocks whose headers are known, the newest ones of the chain; in halves, where the node finds them too many.
 * @param headers - linked to each other, without gaps
 * @throws {@link BlockGoneError} if a log, a transaction or a receipt turns out to be of another block: the chain has changed
 */
export async function readLinked(source: Source, headers: readonly Header[], signal?: AbortSignal): Promise<Stretch> {
  try {
    return await readTogether(source, headers, signal)
  } catch (error) {
    if (!(error instanceof RpcRefusal) || headers.length <= 1) throw error
    const half = Math.floor(headers.length / 2)
    return join(
      await readLinked(source, headers.slice(0, half), signal),
      await readLinked(source, headers.slice(half), signal),
    )
  }
}

/** Two stretches, one behind the other. */
export function join(one: Stretch, other: Stretch): Stretch {
  return { blocks: [...one.blocks, ...other.blocks], links: [...one.links, ...other.links] }
}

async function readTogether(source: Source, headers: readonly Header[], signal?: AbortSignal): Promise<Stretch> {
  const { rpc, filter } = source
  const [first, last] = [headers[0], headers.at(-1)]
  if (!first || !last) return { blocks: [], links: [] }
  const options = signal ? { signal } : {}
  const areFew = headers.length <= FEW_BLOCKS
  const [logs, calls] = await Promise.all([
    areFew
      ? Promise.all(headers.map((header) => blockLogs(source, header, options))).then((each) => each.flat())
      : rangeLogs(source, first.number, last.number, options),
    Promise.all(headers.map((header) => blockCalls(rpc, filter, header, options))).then((each) => each.flat()),
  ])
  const hashes = new Set(headers.map((header) => header.hash))
  const stray = logs.find((log) => !hashes.has(log.blockHash))
  if (stray) throw new BlockGoneError({ number: stray.blockNumber, hash: stray.blockHash })
  const byHash = byBlock(logs, calls)
  // Nodes may answer "no logs" for a block they have just dropped: the last header is asked for once more, after the logs.
  const [logged, again] = await Promise.all([
    Promise.all([...byHash].map(([hash, own]) => blockOf(source, hash, own, signal))),
    rpc.headerByNumber(last.number, signal),
  ])
  if (again?.hash !== last.hash) throw new BlockGoneError(last)
  const plain = headers
    .filter(({ hash, number }) => !byHash.has(hash) && filter.wantsBlock?.(number) === true)
    .map(bare)
  return { blocks: [...logged, ...plain].toSorted((a, b) => a.header.number - b.header.number), links: headers }
}

/** Up to here, the logs are asked for block by block, by hash: then they cannot be those of another block. */
const FEW_BLOCKS = 8

/**
 * The same block with the logs and calls that another filter wants: what it already holds is not fetched again.
 * @throws {@link BlockGoneError} if the node does not have it any more
 */
export async function readAgain(source: Source, { header }: Block, signal?: AbortSignal): Promise<Block> {
  const options = signal ? { signal } : {}
  const [logs, calls] = await Promise.all([
    blockLogs(source, header, options),
    blockCalls(source.rpc, source.filter, header, options),
  ])
  if (logs.some((log) => log.blockHash !== header.hash)) throw new BlockGoneError(header)
  if (logs.length + calls.length > 0) return blockOf(source, header.hash, { logs, calls }, signal)
  const known = await source.rpc.headerByHash(header.hash, signal)
  if (!known) throw new BlockGoneError(header)
  return bare(header)
}

/** How many blocks of a range would have to be fetched even without logs. */
export function wantedNumbers({ wantsBlock }: StreamFilter, from: number, to: number): number[] {
  if (!wantsBlock) return []
  const numbers: number[] = []
  for (let number = from; number <= to; number++) if (wantsBlock(number)) numbers.push(number)
  return numbers
}

// ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function rangeLogs(
  { rpc, filter }: Source,
  fromBlock: number,
  toBlock: number,
  options: RequestOptions,
): Promise<Log[]> {
  const questions = logQuestions(filter, fromBlock, toBlock)
  const answers = await Promise.all(questions.map((one) => rpc.logs({ ...one, fromBlock, toBlock }, options)))
  return tidy(filter, answers.flat())
}

async function blockLogs(source: Source, at: BlockPtr, options: RequestOptions): Promise<Log[]> {
  const { rpc, filter } = source
  const questions = logQuestions(filter, at.number, at.number)
  try {
    const answers = await Promise.all(questions.map((one) => rpc.logs({ ...one, blockHash: at.hash }, options)))
    return tidy(filter, answers.flat())
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error
    // Either the block is gone, or the node does not know how to look for a hash.
    const there = await rpc.headerByNumber(at.number, options.signal)
    if (there?.hash !== at.hash) throw new BlockGoneError(at, error)
    return rangeLogs(source, at.number, at.number, options)
  }
}

/** Only what is wanted, in order, each log once though two questions may have brought it. */
function tidy(filter: StreamFilter, logs: readonly Log[]): Log[] {
  const inOrder = logs
    .filter((log) => wants(filter, log))
    .sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
  return inOrder.filter((log, i) => {
    const before = inOrder[i - 1]
    return log.logIndex !== before?.logIndex || log.blockHash !== before.blockHash
  })
}

/** What a filter found in one block. */
interface Content {
  readonly logs: readonly Log[]
  readonly calls: readonly Call[]
}

function byBlock(logs: readonly Log[], calls: readonly Call[]): Map<Hex, Content> {
  const logsOf = Map.groupBy(logs, (log) => log.blockHash)
  const callsOf = Map.groupBy(calls, (call) => call.blockHash)
  const hashes = new Set([...logsOf.keys(), ...callsOf.keys()])
  return new Map([...hashes].map((hash) => [hash, { logs: logsOf.get(hash) ?? [], calls: callsOf.get(hash) ?? [] }]))
}

/** A block with some of its logs and calls, and what belongs to them. */
async function blockOf(source: Source, hash: Hex, { logs, calls }: Content, signal?: AbortSignal): Promise<Block> {
  const { rpc, seen, filter } = source
  const known = seen.get(hash)
  const wanted = new Set([...logs, ...calls].map(({ transactionHash }) => transactionHash))
  const isKnown = known !== undefined && [...wanted].every((one) => known.transactions.has(one))
  const full = known && isKnown ? known : await rpc.blockByHash(hash, wanted, signal)
  if (!full) throw new BlockGoneError({ hash })
  const { header, transactions } = full
  const receipts = await receiptsFor(source, header, logs, known, signal)
  const block = { header, logs, transactions, receipts, ...(filter.calls ? { calls } : {}) }
  seen.set(hash, block)
  return block
}

async function bareBlock(rpc: Rpc, number: number, signal?: AbortSignal): Promise<Block> {
  const header = await rpc.headerByNumber(number, signal)
  if (!header) throw new BlockGoneError({ number })
  return bare(header)
}

/** Block handlers see nothing but the header. */
function bare(header: Header): Block {
  return { header, logs: [], transactions: new Map(), receipts: new Map() }
}

async function receiptsFor(
  { rpc, filter }: Source,
  header: Header,
  logs: readonly Log[],
  known: Block | undefined,
  signal?: AbortSignal,
): Promise<Map<Hex, Receipt>> {
  const { wantsReceipts, wantsReceipt = () => true } = filter
  if (!wantsReceipts) return new Map()
  const hashes = [...new Set(logs.filter(wantsReceipt).map((log) => log.transactionHash))]
  const receipts = await Promise.all(hashes.map((hash) => known?.receipts.get(hash) ?? rpc.receipt(hash, signal)))
  return new Map(
    receipts.map((receipt) => {
      if (receipt?.blockHash !== header.hash) throw new BlockGoneError(header)
      return [receipt.transactionHash, receipt]
    }),
  )
}
