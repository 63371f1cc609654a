import { RpcError } from '../errors.ts'
import type { BlockLink, Hex } from './block.ts'
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
