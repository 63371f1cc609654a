import { describe, expect, it } from 'vitest'
import type { BlockPlace, FaultKind } from '../../indexer/kit/chaos/index.ts'
import { ledgerLogs } from './ledger.ts'
import { blockMs, pace, patienceMs } from './pace.ts'
import { aRig, theLedger } from './rig.ts'

const manifest = theLedger()
const { clock } = pace

describe('a node that does not answer, thirty seconds in each of four ways', () => {
  it.each(['error', 'busy', 'gateway', 'stall'] as const)(
    '%s: stays up, backs off, goes on at once, and loses nothing',
    async (kind) => {
      const { chain, node, start, produce, isRight } = await aRig(manifest())
      const indexer = await start()
      await isRight(indexer)
      const stopProducing = produce()
      const healthy = await requestsIn(node.traffic, 20_000)

      node.faults.set({ broken: { share: 1, kinds: [kind] } })
      const broken = await requestsIn(node.traffic, 30_000)
      node.faults.clear()
      await indexer.has(chain.head, patienceMs(15_000))
      await stopProducing()

      await isRight(indexer)
      expect(indexer.isAlive).toBe(true)
      expect(broken / 30).toBeLessThan((healthy / 20) * 20)
    },
  )
})

/** Blocks; an EVM takes longer to make them, so there fewer stand for as many. */
const thousand = pace.chain === 'evm' ? 200 : 1_000

/** Hardly any logs: ranges can be wide. */
function seldom(place: BlockPlace) {
  return place.number % 100 === 1 ? ledgerLogs(place) : []
}

async function requestsIn(traffic: { readonly requests: number }, ms: number): Promise<number> {
  const before = traffic.requests
  await clock.sleep(ms)
  return traffic.requests - before
}

it('everything wrong at once, one request in eight for two minutes: stays up, finishes, and neither loses nor doubles anything', async () => {
  const { chain, node, start, produce, isRight } = await aRig(manifest(), { blocks: 1_500 })
  const kinds: readonly (FaultKind | 'null blocks')[] = [
    'error',
    'busy',
    'gateway',
    'truncated',
    'dropped',
    'null blocks',
    'silentLogs',
  ]
  node.faults.set({ maxRange: 20, slowMs: 500 })
  const indexer = await start()
  await indexer.has(1, 60_000)
  const stopProducing = produce()

  for (let passed = 0, i = 0; passed < 120_000; passed += 10_000, i++) {
    const kind = kinds[i % kinds.length] ?? 'error'
    node.faults.set({
      maxRange: 20,
      ...(kind === 'null blocks' ? { missingBlocks: 1 / 8 } : { broken: { share: 1 / 8, kinds: [kind] } }),
    })
    await clock.sleep(10_000)
  }
  node.faults.clear()
  await stopProducing()

  await isRight(indexer, patienceMs(60_000))
  expect(indexer.isAlive).toBe(true)
  expect(chain.head).toBeGreaterThan(1_500)
  expect(node.traffic.broken).toBeGreaterThan(10)
})

describe('a node that refuses the question', () => {
  it('is asked for narrower ranges, and for wider ones again once it lets them', async () => {
    const { node, start, isRight } = await aRig(manifest(), { blocks: 12 * thousand, logsOf: seldom })
    node.faults.set({ maxRange: thousand, slowMs: 200 })
    const indexer = await start({ env: { GRAPH_ETHEREUM_MAX_BLOCK_RANGE_SIZE: `${4 * thousand}` } })
    await expect.poll(() => Math.max(0, ...node.traffic.ranges), { timeout: 30_000 }).toBeGreaterThan(thousand)
    node.faults.set({ maxRange: thousand / 10, slowMs: 200 })
    const narrowed = node.traffic.ranges.length
    await expect
      .poll(() => node.traffic.ranges.slice(narrowed).some((range) => range <= thousand / 10), { timeout: 30_000 })
      .toBe(true)
    node.faults.clear()

    await isRight(indexer, 60_000)

    const ranges = node.traffic.ranges.slice(narrowed)
    const narrowest = ranges.findIndex((range) => range <= thousand / 10)
    expect(Math.max(...ranges.slice(narrowest))).toBeGreaterThan(0.4 * thousand)
  })

  it('is asked for narrower ranges where their logs are too many', async () => {
    const { node, start, isRight } = await aRig(manifest(), { blocks: 1_000 })
    node.faults.set({ maxLogs: 200 })

    await isRight(await start(), 60_000)
  })

  it.each([{ maxBytes: 200_000 }, { maxBatch: 10 }])(
    'is asked for less where it answers only so much: %o',
    async (faults) => {
      const { node, start, isRight } = await aRig(manifest(), { blocks: 1_000 })
      node.faults.set(faults)

      await isRight(await start(), 60_000)
    },
  )
})

describe('a node that contradicts itself', () => {
  it('a head that moves backwards is no reorg', async () => {
    const { chain, node, start, isRight } = await aRig(manifest())
    const indexer = await start()
    await isRight(indexer)
    const seen = new Set<number | null>()

    node.faults.set({ behind: 5 })
    for (let i = 0; i < 20; i++) {
      await clock.sleep(500)
      seen.add(await indexer.block())
    }
    node.faults.clear()
    await chain.mine(2)

    await isRight(indexer)
    expect([...seen]).toEqual([200])
  })

  it('logs that come twice, and in any order, are stored once', async () => {
    const { node, start, isRight } = await aRig(manifest(), { blocks: 400 })
    node.faults.set({ duplicates: true, shuffles: true })

    await isRight(await start())
  })

  it('waits for blocks that it says are not there, though their logs are', async () => {
    const { node, start, produce, isRight } = await aRig(manifest(), { blocks: 300 })
    node.faults.set({ missingBlocks: 0.5, missingReceipts: 0.5 })
    const indexer = await start()
    const stopProducing = produce()

    await clock.sleep(20_000)
    node.faults.clear()
    await stopProducing()

    await isRight(indexer)
  })

  it('a subscription that goes silent keeps nothing waiting', async () => {
    const { chain, node, start, isRight } = await aRig(manifest())
    const indexer = await start({ rpc: [`chaos:${node.url}#ws`] })
    await isRight(indexer)

    node.faults.set({ silentSocket: true })
    for (let i = 0; i < 3; i++) {
      await chain.mine(2)
      await isRight(indexer, 15_000)
    }
  })

  it('a hash that stops existing while it is asked for is a reorg', async () => {
    const { chain, node, start, isRight } = await aRig(manifest())
    node.faults.set({ slowMs: 2_000 })
    const indexer = await start()
    await indexer.has(1, 60_000)

    for (let i = 0; i < 8; i++) {
      await chain.reorg({ depth: 2, blocks: 3 })
      await clock.sleep(blockMs)
    }
    node.faults.clear()
    await chain.mine()

    await isRight(indexer)
  })
})
