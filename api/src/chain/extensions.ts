/** What an answer tells of itself beside its data. */
import type { BlockPtr } from './pin.ts'
import type { Settled } from './upstream.ts'

/** What became known of the chain while an operation was answered. */
export interface ChainFacts {
  readonly block: BlockPtr | null
  readonly settled: Settled | null
}

/** @returns undefined if there is nothing to tell; `finality` is left out where the subgraph's server does not tell it */
export function chainExtension({ block, settled }: ChainFacts): object | undefined {
  return block ? { block: { ...block, ...(settled && { finality: finalityOf(block, settled) }) } } : undefined
}

function finalityOf({ number }: BlockPtr, { safe, final }: Settled): 'pending' | 'safe' | 'final' {
  if (final !== null && number <= final) {
    return 'final'
  }
  return safe !== null && number <= safe ? 'safe' : 'pending'
}
