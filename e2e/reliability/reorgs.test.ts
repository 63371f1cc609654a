import { expect, it } from 'vitest'
import { hashOf } from '../../indexer/kit/chaos/index.ts'
import { readHoldings } from './holdings.ts'
import { expectedHoldings, type Holdings } from './ledger.ts'
import { pace } from './pace.ts'
import { aRig, theLedger } from './rig.ts'

const manifest = theLedger()

/** An indexer that has all of the chain. */
async function atTheHead() {
  const rig = await aRig(manifest())
  const indexer = await rig.start()
  await rig.isRight(indexer)
  return { ...rig, indexer }
}

it('follows a reorg of one block that changes an event', async () => {
  const { chain, indexer, isRight } = await atTheHead()

  await chain.reorg({ depth: 1 })
  await chain.mine(3)

  await isRight(indexer)
})

it('follows a fork that leaves the chain shorter: six blocks replaced by three', async () => {
  const { chain, indexer, isRight } = await atTheHead()

  await chain.reorg({ depth: 6, blocks: 3 })

  await expect.poll(() => indexer.block(), { timeout: 15_000 }).toBe(chain.head)
  await isRight(indexer)
  await chain.mine(2)
  await isRight(indexer)
})

it('follows a reorg that removes an event entirely', async () => {
  const { chain, indexer, isRight } = await atTheHead()

  await chain.reorg({ depth: 4, logs: 'none' })
  await chain.mine(3)

  await isRight(indexer)
})

it('follows a reorg of eighty blocks', async () => {
  const { chain, indexer, isRight } = await atTheHead()

  await chain.reorg({ depth: 80 })
  await chain.mine(3)

  await isRight(indexer)
})

it('notices a reorg that happened while it was down', async () => {
  const { chain, indexer, start, isRight } = await atTheHead()

  expect(await indexer.end('SIGTERM')).toBe(0)
  await chain.reorg({ depth: 10 })
  await chain.mine(3)

  await isRight(await start())
})

it('follows reorgs that come faster than they can be unwound: three in twelve seconds', async () => {
  const { chain, indexer, isRight } = await atTheHead()

  for (const depth of [9, 14, 6]) {
    await chain.reorg({ depth })
    await pace.clock.sleep(4_000)
  }
  await chain.mine(3)

  await isRight(indexer)
})

it('follows a reorg of blocks that it has, while it still fills in those above', async () => {
  const { chain, node, start, isRight } = await aRig(manifest(), { blocks: 600 })
  node.faults.set({ maxRange: 50, slowMs: 1_000 })
  const indexer = await start({ env: { ETHEREUM_REORG_THRESHOLD: '500' } })
  await indexer.has(200, 60_000)

  await chain.reorg({ depth: 450 })
  const at = await indexer.block()
  node.faults.clear()

  await isRight(indexer, 60_000)
  expect(at).toBeLessThan(500)
})

it('shows nobody a mixture of two branches while a reorg is under way', async () => {
  const { chain, indexer } = await atTheHead()
  const states = new Set<string>()
  const remember = async (number: number) => states.add(digest(await expectedHoldings(chain, number)))
  await remember(chain.head)
  let isChanging = true
  const reading = (async () => {
    const seen = new Set<string>()
    while (isChanging) seen.add(digest(await readHoldings(indexer.subgraph)))
    return seen
  })()

  for (let round = 0; round < 4; round++) {
    await chain.reorg({ depth: 5 })
    await chain.mine()
    for (let number = chain.head - 6; number <= chain.head; number++) await remember(number)
    await indexer.has(chain.head, 15_000)
  }
  isChanging = false

  const seen = await reading
  expect(seen.size).toBeGreaterThan(2)
  expect([...seen].filter((state) => !states.has(state))).toEqual([])
})

function digest(holdings: Holdings): string {
  return hashOf(JSON.stringify(holdings))
}
