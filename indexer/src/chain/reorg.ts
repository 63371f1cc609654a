import { type BlockLink, type BlockPtr, link } from './block.ts'
import type { Rpc } from './rpc.ts'

/** Reorgs are shallow: a few headers are asked for first, then more at a time. */
const FIRST_LOOK = 8
const MOST_AT_ONCE = 128
/** Most headers of a lost branch that a node is asked for one after the other. */
const MOST_STEPS = 128

/** What is known of a branch that the chain has left. */
export interface LostBranch {
  /** A block that is no longer on the chain. */
  readonly lost: BlockPtr
  /** What we have of the blocks below, newest first, in pages. */
  readonly ours: AsyncIterable<readonly BlockPtr[]>
  /** Number of the first block that we ever had. */
  readonly first: number
}

/**
 * Finds the newest block that is both ours and the chain's: among what is stored, and where blocks lie between two stored ones, by
 * asking the node for those of ours, which it may still know by their hashes.
 *
 *     stored    ●───────────────────────●──●──●  lost
 *     chain     ●────────○──○──○──○──○──○
 *               shared   ▲ asked for
 *
 * @returns null if nothing is shared
 */
export async function commonAncestor(
  rpc: Rpc,
  { lost, ours, first }: LostBranch,
  signal?: AbortSignal,
): Promise<BlockPtr | BlockLink | null> {
  let lowest = lost
  let count = FIRST_LOOK
  for await (const page of ours) {
    for (let at = 0; at < page.length; count = Math.min(count * 4, MOST_AT_ONCE)) {
      const look = page.slice(at, at + count)
      const theirs = await Promise.all(look.map(({ number }) => rpc.headerByNumber(number, signal)))
      const place = look.findIndex(({ hash }, i) => theirs[i]?.hash === hash)
      const shared = look[place]
      if (shared) return (await sharedBetween(rpc, shared.number, look[place - 1] ?? lowest, signal)) ?? shared
      lowest = look.at(-1) ?? lowest
      at += look.length
    }
  }
  return sharedBetween(rpc, first - 1, lowest, signal)
}

/** @returns null if there is none above `floor`, or the node has forgotten the branch */
async function sharedBetween(rpc: Rpc, floor: number, lost: BlockPtr, signal?: AbortSignal): Promise<BlockLink | null> {
  let known = lost.number - 1 > floor ? await rpc.headerByHash(lost.hash, signal) : null
  for (let step = 0; step < MOST_STEPS && known !== null && known.number - 1 > floor; step++) {
    const [parent, there] = await Promise.all([
      rpc.headerByHash(known.parentHash, signal),
      rpc.headerByNumber(known.number - 1, signal),
    ])
    if (there !== null && there.hash === known.parentHash) return link(there)
    known = parent
  }
  return null
}
