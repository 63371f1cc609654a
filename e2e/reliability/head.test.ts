import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { IndexerProcess } from './indexer-process.ts'
import { pace } from './pace.ts'
import { aRig, theLedger } from './rig.ts'

const manifest = theLedger()
/** Here time is real: what is measured is the machine's. In CI it is only a shorter while. */
const isRealTime = pace.clock.speed === 1
const blockMs = isRealTime ? 2_000 : 500
const count = isRealTime ? 150 : 40
const reorgAt = Math.floor(count * 0.8)

/** Milliseconds from a block's publication until it can be read, in the order of the blocks. */
async function latencies(): Promise<readonly number[]> {
  const { chain, start, isRight } = await aRig(manifest())
  const indexer = await start()
  await isRight(indexer)
  const measured: Promise<number>[] = []
  for (let i = 0; i < count; i++) {
    await wait(blockMs)
    if (i === reorgAt) await chain.reorg({ depth: 4 })
    await chain.mine()
    measured.push(untilReadable(indexer, chain.head))
  }
  const all = await Promise.all(measured)
  await isRight(indexer)
  return all
}

async function untilReadable(indexer: IndexerProcess, block: number): Promise<number> {
  const publishedAt = performance.now()
  while (((await indexer.block()) ?? 0) < block) await wait(10)
  return performance.now() - publishedAt
}

describe('a block every two seconds for five minutes, with a reorg in the last of them', () => {
  it('its rows can be read soon, most of the time and at worst, it never falls behind, and a reorg changes nothing of that', {
    timeout: 400_000,
  }, async () => {
    const all = await latencies()

    const sorted = all.toSorted((a, b) => a - b)
    expect(sorted[Math.floor(count / 2)]).toBeLessThan(2_000)
    expect(sorted[Math.floor(count * 0.99)]).toBeLessThan(10_000)
    // Five blocks behind for fifteen seconds: then one of them would have waited that long.
    expect(Math.max(...all)).toBeLessThan(15_000)
    expect(all.at(-1)).toBeLessThan(2_000)
  })
})
