import { type BlockPtr, type Hex, isRaw, parseHeader } from './block.ts'
import { type Rpc, RpcRefusal } from './rpc.ts'

/** From when on a block counts as final: so many blocks below the head, or where the node's own tag stands. */
export type Finality =
  | { readonly kind: 'blocks'; readonly blocks: number }
  | { readonly kind: 'tag'; readonly tag: 'safe' | 'finalized' }

/** How far a chain is settled. Null: nothing is known. */
export interface Settled {
  /** Number of the newest block that is final: what is indexed of it and before is not taken back. */
  readonly final: number | null
  /** Of the newest one that the chain's validators hold for safe, at least {@link final}. */
  readonly safe: number | null
}

export const unsettled: Settled = { final: null, safe: null }

/** Reads `latest`, `safe`, `finalized` or a number of blocks; null for anything else. */
export function parseFinality(text: string): Finality | null {
  if (text === 'latest') return { kind: 'blocks', blocks: 0 }
  if (text === 'safe' || text === 'finalized') return { kind: 'tag', tag: text }
  return /^\d{1,9}$/.test(text) ? { kind: 'blocks', blocks: Number(text) } : null
}

/** As {@link parseFinality} reads it. */
export function finalityText(finality: Finality): string {
  return finality.kind === 'tag' ? finality.tag : String(finality.blocks)
}

/**
 * Which blocks of a network are final.
 * @param settings - `finality`: by network, `*` for all others; `finalityBlocks`: where nothing is said
 */
export function finalityFor(
  { finality, finalityBlocks }: { readonly finality: ReadonlyMap<string, Finality>; readonly finalityBlocks: number },
  network: string,
): Finality {
  return finality.get(network) ?? finality.get('*') ?? { kind: 'blocks', blocks: finalityBlocks }
}

/**
 * Tells how far a chain is settled, once for each head.
 *
 *     ──────────────── final ──────────── safe ──────────────── head
 *       never reverted        unlikely          may be replaced
 *
 * @param onUnknown - told once, when the node does not know the tag; then nothing is called final
 */
export function finalityOf(
  rpc: Pick<Rpc, 'request'>,
  finality: Finality,
  onUnknown: (reason: string) => void = () => undefined,
): (head: BlockPtr, signal?: AbortSignal) => Promise<Settled> {
  if (finality.kind === 'blocks') {
    const { blocks } = finality
    return async (head) => ({ final: head.number >= blocks ? head.number - blocks : null, safe: null })
  }
  let isTold = false
  let last: { readonly hash: Hex; readonly settled: Settled } | undefined
  const numberOf = async (tag: 'safe' | 'finalized', signal?: AbortSignal): Promise<number | null> => {
    const block = await rpc.request('eth_getBlockByNumber', [tag, false], signal ? { signal } : {})
    return isRaw(block) ? parseHeader(block).number : null
  }
  return async (head, signal) => {
    if (last?.hash === head.hash) return last.settled
    try {
      const [safe, final] = await Promise.all([
        numberOf('safe', signal),
        finality.tag === 'safe' ? null : numberOf('finalized', signal),
      ])
      const settled = settle(head, { safe, final: finality.tag === 'safe' ? safe : final })
      last = { hash: head.hash, settled }
      return settled
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error
      if (!isTold) onUnknown(error.answer.message)
      isTold = true
      return unsettled
    }
  }
}

/** Two answers of two moments, or of two nodes behind one address: never beyond the head, and what is final is safe. */
function settle({ number }: BlockPtr, { final, safe }: Settled): Settled {
  const known = final === null ? null : Math.min(final, number)
  const least = safe === null ? known : Math.min(safe, number)
  return { final: known, safe: least === null || known === null ? least : Math.max(least, known) }
}
