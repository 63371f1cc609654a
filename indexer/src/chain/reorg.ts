import type { BlockPtr } from './block.ts'
import type { Rpc } from './rpc.ts'

/** Reorgs are shallow: a few headers are asked for first, then more at a time. */
const FIRST_LOOK = 8
const MOST_AT_ONCE = 128

/**
 * Finds the newest block that is both ours and the chain's.
 * @param ours - what we have processed, newest first
 * @returns null if nothing is shared
 */
export async function commonAncestor(
  rpc: Rpc,
  ours: readonly BlockPtr[],
  signal?: AbortSignal,
): Promise<BlockPtr | null> {
  for (let at = 0, count = FIRST_LOOK; at < ours.length; at += count, count = Math.min(count * 4, MOST_AT_ONCE)) {
    const look = ours.slice(at, at + count)
    const theirs = await Promise.all(look.map(({ number }) => rpc.headerByNumber(number, signal)))
    const shared = look.find(({ hash }, i) => theirs[i]?.hash === hash)
    if (shared) return shared
  }
  return null
}
