import type { Hex } from 'viem'
import type { Rpc } from '../rpc.ts'
import type { JournalBlock } from './journal.ts'

/**
 * Plays blocks on an anvil that holds nothing but the same genesis. Afterwards it mines by itself, at the present time.
 * @returns how many of the blocks came out as they were. Fewer than all, if something else than transactions had
 * changed the chain (`anvil_setBalance` and its like): such a change is in no block, so it cannot be kept.
 */
export async function replay(rpc: Rpc, blocks: readonly JournalBlock[]): Promise<number> {
  await rpc('evm_setAutomine', false)
  let same = 0
  for (const { timestamp, baseFee, transactions, hash } of blocks) {
    await rpc('evm_setNextBlockTimestamp', timestamp)
    await rpc('anvil_setNextBlockBaseFeePerGas', baseFee)
    for (const transaction of transactions) await rpc('eth_sendRawTransaction', transaction)
    await rpc('evm_mine')
    const head = await rpc<{ hash: Hex }>('eth_getBlockByNumber', 'latest', false)
    if (head.hash !== hash) break
    same += 1
  }
  if (same < blocks.length) {
    await rpc('anvil_rollback', 1)
    await rpc('anvil_dropAllTransactions')
  }
  await rpc('evm_setAutomine', true)
  const last = blocks[same - 1]
  const now = Math.floor(Date.now() / 1000)
  if (last && last.timestamp < now) await rpc('evm_setTime', now)
  return same
}
