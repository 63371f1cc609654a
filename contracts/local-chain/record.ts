import type { Hex } from 'viem'
import type { Rpc } from '../rpc.ts'
import type { JournalBlock } from './journal.ts'

/** What changed since the journal was last written. */
export type News = {
  /** How many of the journal's blocks still hold; the others were taken back. */
  readonly kept: number
  readonly blocks: readonly JournalBlock[]
}

type Header = {
  readonly hash: Hex
  readonly parentHash: Hex
  readonly timestamp: Hex
  readonly baseFeePerGas: Hex
  readonly transactions: readonly Hex[]
}

/**
 * Compares the chain with what is known of it.
 * @param known - hashes by block number, genesis first
 * @returns undefined if nothing changed
 */
export async function readNews(rpc: Rpc, known: readonly Hex[]): Promise<News | undefined> {
  const head = Number(await rpc<Hex>('eth_blockNumber'))
  let kept = Math.min(head, known.length - 1)
  while (kept > 0 && (await readHeader(rpc, kept))?.hash !== known[kept]) kept -= 1
  if (kept === known.length - 1 && kept === head) return undefined
  const blocks: JournalBlock[] = []
  for (let number = kept + 1; number <= head; number += 1) {
    const block = await readBlock(rpc, number)
    // It was taken back while we read: the next look sees what came instead.
    if (!block || block.parentHash !== (blocks.at(-1)?.hash ?? known[kept])) break
    blocks.push(block)
  }
  return { kept, blocks }
}

async function readBlock(rpc: Rpc, number: number): Promise<JournalBlock | undefined> {
  const header = await readHeader(rpc, number)
  if (header === null) return undefined
  const { hash, parentHash, timestamp, baseFeePerGas: baseFee } = header
  const raw = await Promise.all(header.transactions.map((each) => rpc<Hex | null>('eth_getRawTransactionByHash', each)))
  const transactions = raw.filter((transaction) => transaction !== null)
  return { number, hash, parentHash, timestamp: Number(timestamp), baseFee, transactions }
}

function readHeader(rpc: Rpc, number: number): Promise<Header | null> {
  return rpc('eth_getBlockByNumber', `0x${number.toString(16)}`, false)
}
