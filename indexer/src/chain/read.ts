import { BlockGoneError } from '../errors.ts'
import type { Block, BlockLink, BlockPtr, Header, Hex, Log, Receipt } from './block.ts'
import { logQuestions, wants } from './log-filter.ts'
import { type FullBlock, type RequestOptions, type Rpc, RpcRefusal } from './rpc.ts'
import type { StreamFilter } from './step.ts'

/** Some blocks as they were read: consistent in themselves, or else they would not have been handed out. */
export interface Stretch {
  /** Those that the filter wants. */
  readonly blocks: readonly Block[]
  readonly links: readonly BlockLink[]
}

/**
 * Reads a range of blocks of which only the wanted ones are looked at: for blocks so old that they no longer change.
 * @throws {@link BlockGoneError} if they changed all the same while they were read
 */
export async function readRange(
  rpc: Rpc,
  filter: StreamFilter,
  from: number,
  to: number,
  options: RequestOptions,
): Promise<Stretch> {
  const { signal } = options
  const [logs, last] = await Promise.all([rangeLogs(rpc, filter, from, to, options), rpc.headerByNumber(to, signal)])
  if (!last) throw new BlockGoneError({ number: to })
  const byHash = groupByBlock(logs)
  const wanted = wantedNumbers(filter, from, to)
  const withLogs = new Set(logs.map((log) => log.blockNumber))
  const [logged, others] = await Promise.all([
    Promise.all([...byHash.keys()].map((hash) => fullBlock(rpc, hash, signal))),
    Promise.all(wanted.filter((number) => !withLogs.has(number)).map((number) => fullBlock(rpc, number, signal))),
  ])
  const full = [...logged, ...others].toSorted((a, b) => a.header.number - b.header.number)
  full.forEach((block, i) => {
    // Logs of two blocks of one number: the chain changed between two answers.
    if (block.header.number === full[i - 1]?.header.number) throw new BlockGoneError(block.header)
  })
  const blocks = await Promise.all(full.map((block) => complete(rpc, filter, block, byHash, signal)))
  const links = blocks.map((block) => block.header)
  if (links.at(-1)?.number === to && links.at(-1)?.hash !== last.hash) throw new BlockGoneError(last)
  return { blocks, links: links.at(-1)?.number === to ? links : [...links, last] }
}

/**
 * Reads blocks whose headers are known, the newest ones of the chain.
 * @param headers - linked to each other, without gaps
 * @throws {@link BlockGoneError} if a log, a transaction or a receipt turns out to be of another block: the chain has changed
 */
export async function readLinked(
  rpc: Rpc,
  filter: StreamFilter,
  headers: readonly Header[],
  signal?: AbortSignal,
): Promise<Stretch> {
  const [first, last] = [headers[0], headers.at(-1)]
  if (!first || !last) return { blocks: [], links: [] }
  const byNumber = new Map(headers.map((header) => [header.number, header]))
  const options = signal ? { signal } : {}
  const logs =
    headers.length <= FEW_BLOCKS
      ? (await Promise.all(headers.map((header) => blockLogs(rpc, filter, header, options)))).flat()
      : await rangeLogs(rpc, filter, first.number, last.number, options)
  const stray = logs.find((log) => byNumber.get(log.blockNumber)?.hash !== log.blockHash)
  if (stray) throw new BlockGoneError({ number: stray.blockNumber, hash: stray.blockHash })
  const byHash = groupByBlock(logs)
  const wanted = headers.filter((header) => byHash.has(header.hash) || filter.wantsBlock?.(header.number) === true)
  // Nodes may answer "no logs" for a block they have just dropped: the last header is asked for once more, after the logs.
  const [full, again] = await Promise.all([
    Promise.all(wanted.map((header) => fullBlock(rpc, header.hash, signal))),
    rpc.headerByNumber(last.number, signal),
  ])
  if (again?.hash !== last.hash) throw new BlockGoneError(last)
  const blocks = await Promise.all(full.map((block) => complete(rpc, filter, block, byHash, signal)))
  return { blocks, links: headers }
}

/** Up to here, the logs are asked for block by block, by hash: then they cannot be those of another block. */
const FEW_BLOCKS = 8

/**
 * The same block with the logs that another filter wants: what it already holds is not fetched again.
 * @throws {@link BlockGoneError} if the node does not have it any more
 */
export async function readAgain(rpc: Rpc, filter: StreamFilter, block: Block, signal?: AbortSignal): Promise<Block> {
  const { header, transactions, receipts } = block
  const logs = await blockLogs(rpc, filter, header, signal ? { signal } : {})
  if (logs.some((log) => log.blockHash !== header.hash)) throw new BlockGoneError(header)
  if (logs.length === 0) {
    const known = await rpc.headerByHash(header.hash, signal)
    if (!known) throw new BlockGoneError(header)
  }
  const full = logs.every((log) => transactions.has(log.transactionHash))
    ? { header, transactions }
    : await fullBlock(rpc, header.hash, signal)
  const again = await complete(rpc, filter, full, groupByBlock(logs), signal)
  return { ...again, receipts: new Map([...receipts, ...again.receipts]) }
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
  rpc: Rpc,
  filter: StreamFilter,
  fromBlock: number,
  toBlock: number,
  options: RequestOptions,
): Promise<Log[]> {
  const questions = logQuestions(filter, fromBlock, toBlock)
  const answers = await Promise.all(questions.map((one) => rpc.logs({ ...one, fromBlock, toBlock }, options)))
  return tidy(filter, answers.flat())
}

async function blockLogs(rpc: Rpc, filter: StreamFilter, at: BlockPtr, options: RequestOptions): Promise<Log[]> {
  const questions = logQuestions(filter, at.number, at.number)
  try {
    const answers = await Promise.all(questions.map((one) => rpc.logs({ ...one, blockHash: at.hash }, options)))
    return tidy(filter, answers.flat())
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error
    // Either the block is gone, or the node does not know how to look for a hash.
    const there = await rpc.headerByNumber(at.number, options.signal)
    if (there?.hash !== at.hash) throw new BlockGoneError(at, error)
    return rangeLogs(rpc, filter, at.number, at.number, options)
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

function groupByBlock(logs: readonly Log[]): Map<Hex, Log[]> {
  return Map.groupBy(logs, (log) => log.blockHash)
}

async function fullBlock(rpc: Rpc, at: number | Hex, signal?: AbortSignal): Promise<FullBlock> {
  const block = typeof at === 'number' ? await rpc.blockByNumber(at, signal) : await rpc.blockByHash(at, signal)
  if (!block) throw new BlockGoneError(typeof at === 'number' ? { number: at } : { hash: at })
  return block
}

async function complete(
  rpc: Rpc,
  filter: StreamFilter,
  { header, transactions }: FullBlock,
  byHash: ReadonlyMap<Hex, readonly Log[]>,
  signal?: AbortSignal,
): Promise<Block> {
  const logs = byHash.get(header.hash) ?? []
  const receipts = await receiptsFor(rpc, filter, header, logs, signal)
  return { header, logs, transactions, receipts }
}

async function receiptsFor(
  rpc: Rpc,
  { wantsReceipts, wantsReceipt = () => true }: StreamFilter,
  header: Header,
  logs: readonly Log[],
  signal?: AbortSignal,
): Promise<Map<Hex, Receipt>> {
  if (!wantsReceipts) return new Map()
  const hashes = [...new Set(logs.filter(wantsReceipt).map((log) => log.transactionHash))]
  const receipts = await Promise.all(hashes.map((hash) => rpc.receipt(hash, signal)))
  return new Map(
    receipts.map((receipt) => {
      if (receipt?.blockHash !== header.hash) throw new BlockGoneError(header)
      return [receipt.transactionHash, receipt]
    }),
  )
}
