import type { Chain } from './chain.ts'
import type { Prepared } from './entry.ts'

/** Blocks that a story tells of, and what a reorg makes of them. */
type Told = Pick<Prepared, 'blocks' | 'orphaned' | 'kept'>

export interface Fork {
  /** How many blocks will be taken away. */
  readonly depth: number
  /** Plays them. */
  grow(): Promise<void>
  /** Takes them away, and plays what comes in their place. */
  cut(): Promise<void>
}

/**
 * All stories side by side, up to the head that is compared first: the blocks that a reorg will take away are part of it.
 * @returns how to take them away
 */
export async function tell(chain: Chain, prepared: readonly Told[]): Promise<() => Promise<void>> {
  await chain.takeControl()
  await chain.mine()
  await play(
    chain,
    prepared.map(({ blocks }) => blocks),
  )
  const undo = await chain.mark()
  await play(
    chain,
    prepared.map(({ orphaned = [] }) => orphaned),
  )
  return undo
}

/** What comes in the place of blocks that were taken away. @param height - of the head there was before */
export async function retell(chain: Chain, prepared: readonly Pick<Told, 'kept'>[], height: number): Promise<void> {
  await play(
    chain,
    prepared.map(({ kept = [] }) => kept),
    7,
  )
  // A branch that is taken for the better one has to be the longer one.
  do await chain.mine(7)
  while ((await chain.head()).number <= height + 1)
}

/** Of the reorgs that come after the first: a block, some, and more than are final by then. */
const depths = [1, 5, 24]

/** One more reorg that stories tell of, counted from 0; null after the last. */
export function forkOf(chain: Chain, prepared: readonly Prepared[], index: number): Fork | null {
  const depth = depths[index]
  const told = prepared.map(({ forks = [] }) => forks[index] ?? {})
  if (depth === undefined || told.every(({ orphaned }) => orphaned === undefined)) return null
  let undo = async () => {}
  return {
    depth,
    grow: async () => {
      undo = await chain.mark()
      const from = (await chain.head()).number
      await play(
        chain,
        told.map(({ orphaned = [] }) => orphaned),
      )
      while ((await chain.head()).number < from + depth) await chain.mine()
    },
    cut: async () => {
      const { number } = await chain.head()
      await undo()
      await retell(chain, told, number)
    },
  }
}

/** Seconds between blocks, over and over: within the hour, over hours, over a day. */
const pauses = [12, 12, 1_700, 12, 10_800, 1, 86_400]

/** All end together: the last blocks are those that are looked at. */
async function play(chain: Chain, stories: readonly Told['blocks'][], seconds?: number): Promise<void> {
  const count = Math.max(...stories.map((blocks) => blocks.length), 0)
  for (let index = 0; index < count; index++) {
    for (const blocks of stories) for (const call of blocks[index - count + blocks.length] ?? []) await chain.send(call)
    await chain.mine(seconds ?? pauses[index % pauses.length])
  }
}
