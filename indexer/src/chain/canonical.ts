import { LRUCache } from 'lru-cache'
import { RpcError } from '../errors.ts'
import type { BlockLink, Hex } from './block.ts'
import { Budget } from './pool/budget.ts'
import type { Rpc } from './rpc.ts'

/**
 * Looks up a block by its hash.
 * @returns null if the node's chain has no such block, or not any more; also while the node is away
 */
export async function canonicalBlock(
  rpc: Pick<Rpc, 'headerByHash' | 'headerByNumber'>,
  hash: Hex,
  patienceMs = 5_000,
): Promise<BlockLink | null> {
  if (!/^0x[0-9a-f]{64}$/.test(hash)) return null
  const signal = AbortSignal.timeout(patienceMs)
  try {
    const header = await rpc.headerByHash(hash, signal)
    if (header === null || (await rpc.headerByNumber(header.number, signal))?.hash !== hash) return null
    const { number, parentHash, timestamp } = header
    return { number, hash, parentHash, timestamp }
  } catch (error) {
    if (error instanceof RpcError || signal.aborted) return null
    throw error
  }
}

/** Looks up a block by its hash. */
export type BlockLookup = (hash: Hex) => Promise<BlockLink | null>

export interface LookupOptions {
  /** How many hashes are remembered, known and unknown ones alike. */
  readonly remembered?: number
  /** For how long: a block may leave the chain, or come to be. */
  readonly goodForMs?: number
  /** Most hashes that the node is asked about in a second; what is above that is not known here. */
  readonly perSecond?: number
}

/** What strangers name is looked up at their wish, so it is bounded what they can cost. */
export function blockLookup(
  rpc: Pick<Rpc, 'headerByHash' | 'headerByNumber'>,
  { remembered = 10_000, goodForMs = 2_000, perSecond = 20 }: LookupOptions = {},
): BlockLookup {
  const known = new LRUCache<Hex, Promise<BlockLink | null>>({ max: remembered, ttl: goodForMs })
  const budget = new Budget(perSecond)
  return (hash) => {
    const before = known.get(hash)
    if (before !== undefined) return before
    if (budget.delayMs > 0) return Promise.resolve(null)
    budget.take()
    const asked = canonicalBlock(rpc, hash)
    known.set(hash, asked)
    return asked
  }
}
