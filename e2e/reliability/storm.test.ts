import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { hashOf, roll, serveNode } from '../../indexer/kit/chaos/index.ts'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { dumpIndex } from '../dump.ts'
import { aDatabaseOfItsOwn } from './database.ts'
import { readState } from './holdings.ts'
import type { IndexerProcess } from './indexer-process.ts'
import { expectedHoldings, type Holdings } from './ledger.ts'
import { blockMs, pace, patienceMs } from './pace.ts'
import { aRig, theLedger } from './rig.ts'

const manifest = theLedger()
const { clock, seed } = pace
/** Of the clock: ten minutes. */
const stormMs = 600_000

it('everything at once for ten minutes: every answer is a state that the chain had, and the last one equals a clean index', {
  timeout: stormMs / clock.speed + 400_000,
}, async () => {
  const database = await aDatabaseOfItsOwn()
  const { chain, node, start, isRight, postgresUrl } = await aRig(manifest(), { blocks: 50, postgresUrl: database.url })
  const [liar, frail] = [await serveNode(chain, { seed, clock }), await serveNode(chain, { seed, clock })]
  onTestFinished(async () => {
    await Promise.all([liar.close(), frail.close()])
  })
  liar.faults.set({ lies: 'omits' })
  frail.faults.set({ broken: { share: 1 / 8, kinds: ['error', 'busy', 'gateway', 'truncated', 'dropped'] } })
  const rpc = [node, frail, liar].map(({ url }, i) => `chaos:${url}${i === 0 ? '#agree' : ''}`)
  const states = new Map<string, string>()
  const remember = async (from: number) => {
    for (let number = from; number <= chain.head; number++) {
      states.set((await chain.hashAt(number)) ?? '', digest(await expectedHoldings(chain, number)))
    }
  }
  await remember(0)
  let indexer: IndexerProcess = await start({ rpc })
  let isOver = false
  const until = performance.now() + stormMs / clock.speed

  /** Blocks and reorgs. The chain does not wait for anybody to remember it, so each change is remembered before the next. */
  const weather = async () => {
    for (let i = 0; performance.now() < until; i++) {
      await clock.sleep(blockMs)
      const depth = roll(seed, 'reorg', i) < 0.2 ? 1 + Math.floor(roll(seed, 'depth', i) * 6) : 0
      if (depth > 0) await chain.reorg({ depth, blocks: depth + 1 })
      else await chain.mine()
      await remember(chain.head - depth)
    }
  }
  const murder = async () => {
    let kills = 0
    while (performance.now() < until) {
      // On a busy machine it takes long to start. One that has not answered is left alone for a while, or nobody would read anything.
      for (let i = 0; i < 100 && (await indexer.block()) === null; i++) await wait(100)
      await wait(500 + roll(seed, 'kill', kills) * 3_000)
      await indexer.end('SIGKILL')
      indexer = await start({ rpc })
      kills += 1
    }
    return kills
  }
  const outages = async () => {
    while (performance.now() < until) {
      await wait(7_000)
      await database.stop()
      await wait(500)
      await database.start()
    }
  }
  const readers = async () => {
    const seen = new Map<string, Set<string>>()
    while (!isOver) {
      const state = await readState(indexer.subgraph).catch(() => null)
      if (state === null) await wait(50)
      else seen.set(state.hash, (seen.get(state.hash) ?? new Set()).add(digest(state.holdings)))
    }
    return seen
  }

  const reading = readers()
  const [, kills] = await Promise.all([weather(), murder(), outages()])
  liar.faults.clear()
  frail.faults.clear()
  await isRight(indexer, patienceMs(120_000) + 60_000)
  isOver = true
  const seen = await reading
  await indexer.end('SIGTERM')
  await using clean = await scratchDatabase()
  const cleanIndexer = await start({ postgresUrl: clean.url })
  await isRight(cleanIndexer, 60_000)
  await cleanIndexer.end('SIGTERM')

  const foreign = [...seen].filter(([hash, digests]) => digests.size !== 1 || !digests.has(states.get(hash) ?? ''))
  expect(foreign).toEqual([])
  expect(await dumpIndex(postgresUrl)).toEqual(await dumpIndex(clean.url))
  expect(kills).toBeGreaterThan(1)
  expect(seen.size).toBeGreaterThan(3)
})

function digest(holdings: Holdings): string {
  return hashOf(JSON.stringify(holdings))
}
