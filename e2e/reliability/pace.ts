import { aClock, type Clock } from '../../indexer/kit/chaos/index.ts'

/**
 * How the checks are run: the seed of every chain and of all dice, what stands behind the chain, and how fast time goes. In real time the waits are as long as
 * they are named; in CI they are that many times shorter, the indexer's own patience included.
 */
export const pace: { readonly seed: string; readonly clock: Clock; readonly chain: 'made up' | 'evm' } = {
  seed: process.env.HEDDLE_RELIABILITY_SEED ?? '1',
  clock: aClock(Number(process.env.HEDDLE_RELIABILITY_SPEED ?? 20)),
  chain: process.env.HEDDLE_RELIABILITY_CHAIN === 'evm' ? 'evm' : 'made up',
}

/** From one block to the next. */
export const blockMs = 2_000

/** Real milliseconds that pass in as many of the clock's, and a little for the machine. */
export function patienceMs(clockMs: number): number {
  return clockMs / pace.clock.speed + (pace.chain === 'evm' ? 30_000 : 15_000)
}
