/** What an answer tells of itself beside its data. */
import type { BlockPtr } from './pin.ts'
import type { Settled, Verified } from './upstream.ts'

/** What became known of the chain while an operation was answered. */
export interface ChainFacts {
  readonly block: BlockPtr | null
  readonly settled: Settled | null
  /** How far the index was compared with its chain. */
  readonly verified: Verified | null
}

/** @returns undefined if there is nothing to tell; `finality` is left out where the subgraph's server does not tell it */
export function chainExtension({ block, settled }: Pick<ChainFacts, 'block' | 'settled'>): object | undefined {
  return block ? { block: { ...block, ...(settled && { finality: finalityOf(block, settled) }) } } : undefined
}

/** All that the gateway tells beside the data, by name; nothing where nothing is known. */
export function extensionsOf(facts: ChainFacts): Readonly<Record<string, object>> {
  const chain = chainExtension(facts)
  const { verified } = facts
  return { ...(chain && { chain }), ...(verified && { verified }) }
}

function finalityOf({ number }: BlockPtr, { safe, final }: Settled): 'pending' | 'safe' | 'final' {
  if (final !== null && number <= final) {
    return 'final'
  }
  return safe !== null && number <= safe ? 'safe' : 'pending'
}
