import { expect, it, onTestFinished } from 'vitest'
import { type ChaosChain, type ChaosNode, serveNode } from '../../indexer/kit/chaos/index.ts'
import type { ShownNode } from '../../indexer/src/serve/node-board.ts'
import { until } from '../until.ts'
import type { IndexerProcess } from './indexer-process.ts'
import { blockMs, pace, patienceMs } from './pace.ts'
import { aRig, theLedger } from './rig.ts'

const manifest = theLedger()
const { clock } = pace

async function anotherNode(chain: ChaosChain, seed: string): Promise<ChaosNode> {
  const node = await serveNode(chain, { seed: `${pace.seed} ${seed}`, clock })
  onTestFinished(() => node.close().catch(() => undefined))
  return node
}

/** @param how - what stands behind the # of each one's URL */
function named(nodes: readonly ChaosNode[], how: readonly string[] = []): string[] {
  return nodes.map(({ url }, i) => `chaos:${url}${how[i] === undefined ? '' : `#${how[i]}`}`)
}

/** A node as the status door shows it. */
async function shown(indexer: IndexerProcess, { url }: ChaosNode): Promise<ShownNode | undefined> {
  const response = await fetch(indexer.statusUrl.replace('/graphql', '/nodes'))
  const { nodes } = (await response.json()) as { nodes: readonly ShownNode[] }
  return nodes.find(({ name }) => name === url)
}

it('of two nodes one lags behind: the head is followed, and nothing is missed', async () => {
  const { chain, node, start, produce, isRight } = await aRig(manifest(), { blocks: 300 })
  const lagging = await anotherNode(chain, 'lagging')
  lagging.faults.set({ behind: 20 })
  const indexer = await start({ rpc: named([lagging, node]) })
  await isRight(indexer)
  const stopProducing = produce()

  await clock.sleep(20 * blockMs)
  lagging.faults.set({ behind: 3 })
  await clock.sleep(10 * blockMs)
  await chain.reorg({ depth: 2, blocks: 3 })
  await stopProducing()

  await isRight(indexer)
  expect(lagging.traffic.requests).toBeGreaterThan(0)
})

it.each(['omits', 'alters'] as const)(
  'of three nodes that must agree one %s logs: none of it is stored',
  async (lies) => {
    const { chain, node, start, produce, isRight } = await aRig(manifest(), { blocks: 300 })
    const [liar, other] = [await anotherNode(chain, 'liar'), await anotherNode(chain, 'other')]
    liar.faults.set({ lies })
    const indexer = await start({ rpc: named([liar, node, other], ['agree&weight=10']) })
    const stopProducing = produce()
    await clock.sleep(10 * blockMs)
    await stopProducing()

    await isRight(indexer)
    await until(
      'the liar is outvoted where everybody can see it',
      () => shown(indexer, liar),
      (seen) => (seen?.counts.outvoted ?? 0) > 0,
      patienceMs(10_000),
    )
  },
)

it('of two nodes that must agree one lies: nothing is stored until it tells the truth', async () => {
  const { chain, node, start, isRight } = await aRig(manifest(), { blocks: 100 })
  const liar = await anotherNode(chain, 'liar')
  liar.faults.set({ lies: 'alters' })
  const indexer = await start({ rpc: named([liar, node], ['agree']) })
  await until(
    'it says that they disagree',
    async () => indexer.output,
    (output) => output.includes('CHAIN_NODES_DISAGREE'),
    patienceMs(60_000),
  )
  expect((await indexer.block()) ?? 0).toBeLessThan(2)

  liar.faults.clear()
  await isRight(indexer, patienceMs(60_000))
})

it('a node dies in the middle of a range, comes back, and then the other dies: no gap, nothing twice', async () => {
  const { chain, node, start, produce, isRight } = await aRig(manifest(), { blocks: 3_000 })
  const other = await anotherNode(chain, 'other')
  for (const { faults } of [node, other]) faults.set({ slowMs: 200 })
  const indexer = await start({ rpc: named([node, other]) })
  await until(
    'it reads',
    async () => node.traffic.ranges.length,
    (ranges) => ranges > 1,
    patienceMs(60_000),
  )
  const stopProducing = produce()

  node.faults.set({ broken: { share: 1, kinds: ['stall', 'dropped', 'truncated'] } })
  await clock.sleep(10_000)
  node.faults.clear()
  await clock.sleep(10_000)
  other.faults.set({ broken: { share: 1, kinds: ['gateway'] } })
  await stopProducing()

  await isRight(indexer, patienceMs(120_000))
  expect(indexer.isAlive).toBe(true)
})

it('a socket goes silent: heads are found without it, and it is opened anew', async () => {
  const { chain, node, start, isRight } = await aRig(manifest())
  const indexer = await start({ rpc: named([node], ['ws']), env: { HEDDLE_LOG_LEVEL: 'info' } })
  await isRight(indexer)
  const isHeard = () =>
    until(
      'it listens',
      () => shown(indexer, node),
      (seen) => seen?.socket === 'open',
      patienceMs(10_000),
    )
  await isHeard()

  node.faults.set({ silentSocket: true, confusedSocket: true })
  const startedAt = performance.now()
  // In real time: that is how long a socket is given.
  while (!indexer.output.includes('node.silent') && performance.now() - startedAt < 60_000) {
    await chain.mine()
    await indexer.has(chain.head, patienceMs(10_000))
  }
  node.faults.set({ confusedSocket: true })
  await isHeard()
  await chain.mine(5)

  await isRight(indexer)
  expect(indexer.output).toContain('node.silent')
})
