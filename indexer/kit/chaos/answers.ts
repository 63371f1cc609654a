import { type Hex, hexToNumber, numberToHex } from 'viem'
import { type ChaosChain, NodeError } from './chain.ts'
import { roll } from './dice.ts'
import type { FaultBox } from './faults.ts'
import { lied, liedList } from './lies.ts'

/** What a node with faults says to one call. @throws {@link NodeError} what it refuses */
export async function answerWith(
  chain: ChaosChain,
  faults: FaultBox,
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  const { behind = 0 } = faults.now
  const asked = behind > 0 ? asLagging(chain.head - behind, method, params) : params
  return asked === null ? null : lied(faults.now, method, await truth(chain, faults, method, asked))
}

async function truth(chain: ChaosChain, faults: FaultBox, method: string, asked: readonly unknown[]): Promise<unknown> {
  const { behind = 0, missingBlocks, missingReceipts, prunedBelow = 0 } = faults.now
  switch (method) {
    case 'eth_blockNumber':
      return numberToHex(Math.max(0, chain.head - behind))
    case 'eth_getBlockByNumber':
    case 'eth_getBlockByHash':
      return faults.isMet(missingBlocks) ? null : seenBy(chain.head - behind, await chain.answer(method, asked))
    case 'eth_getTransactionReceipt':
    case 'eth_getBlockReceipts':
      return faults.isMet(missingReceipts) ? null : chain.answer(method, asked)
    case 'eth_getLogs':
      return logsWith(chain, faults, asked)
    case 'eth_call':
    case 'eth_getBalance':
    case 'eth_getCode':
      if (blockOf(chain, asked.at(-1)) < prunedBelow) throw new NodeError(-32000, 'missing trie node (pruned state)')
      return chain.answer(method, asked)
    default:
      return chain.answer(method, asked)
  }
}

/** For a node that has only the blocks up to `head`. @returns null where its answer is null */
function asLagging(head: number, method: string, params: readonly unknown[]): readonly unknown[] | null {
  if (method === 'eth_getBlockByNumber') {
    const [tag, isFull] = params
    if (tag === 'latest' || tag === 'pending') return [numberToHex(Math.max(0, head)), isFull]
    return typeof tag === 'string' && tag.startsWith('0x') && Number(tag) > head ? null : params
  }
  if (method !== 'eth_getLogs') return params
  const [query] = params as [{ toBlock?: Hex | 'latest'; blockHash?: Hex }]
  if (query.blockHash !== undefined) return params
  const last = query.toBlock === undefined || query.toBlock === 'latest' ? head : Math.min(head, Number(query.toBlock))
  return [{ ...query, toBlock: numberToHex(Math.max(0, last)) }]
}

/** A block that the node does not have yet is none. */
function seenBy(head: number, block: unknown): unknown {
  const number = (block as { number?: Hex } | null)?.number
  return number !== undefined && hexToNumber(number) > head ? null : block
}

function blockOf(chain: ChaosChain, tag: unknown): number {
  return typeof tag === 'string' && tag.startsWith('0x') ? Number(tag) : chain.head
}

interface RawLog extends Readonly<Record<string, unknown>> {
  readonly data: Hex
}

async function logsWith(chain: ChaosChain, faults: FaultBox, params: readonly unknown[]): Promise<unknown> {
  const { maxRange, maxLogs, duplicates, shuffles, lies, liesAbout = ['logs'] } = faults.now
  const { fromBlock, toBlock, blockHash } = params[0] as { fromBlock?: Hex; toBlock?: Hex; blockHash?: Hex }
  if (maxRange !== undefined && blockHash === undefined) {
    const range = blockOf(chain, toBlock) - blockOf(chain, fromBlock) + 1
    // As several of the large providers put it, one after the other.
    if (range > maxRange) throw new NodeError(-32602, rangeRefusals(maxRange)[range % 3] ?? '')
  }
  let logs = (await chain.answer('eth_getLogs', params)) as readonly RawLog[]
  if (maxLogs !== undefined && logs.length > maxLogs) {
    throw new NodeError(-32005, `query returned more than ${maxLogs} results`)
  }
  if (lies !== undefined && liesAbout.includes('logs')) logs = liedList(lies, logs, ['data'])
  if (duplicates) logs = logs.flatMap((log) => [log, log])
  if (shuffles) logs = shuffled(logs)
  return logs
}

/** In an order that follows from what they are. */
function shuffled(logs: readonly RawLog[]): RawLog[] {
  const places = logs.map((log) => ({ log, at: roll(JSON.stringify(log)) }))
  return places.sort((a, b) => a.at - b.at).map(({ log }) => log)
}

function rangeRefusals(most: number): readonly string[] {
  return [
    `block range is too wide, maximum allowed is ${most} blocks`,
    `eth_getLogs is limited to a ${most} range`,
    `exceed maximum block range: ${most}`,
  ]
}
