import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../until.ts'
import { aDatabaseOfItsOwn } from './database.ts'
import { pace, patienceMs } from './pace.ts'
import { aRig, theLedger } from './rig.ts'
import { holdNextCommit, readRows } from './rows.ts'

const manifest = theLedger()
const { clock } = pace

/** A request that is under way, and does not come to its end. */
async function halfARequest(url: string): Promise<void> {
  const { hostname, port, pathname } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => socket.destroy())
  await new Promise<void>((resolve) => {
    socket.write(`POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 100\r\n\r\n{`, () => resolve())
  })
}

describe('the database goes away for ten seconds and comes back', () => {
  it('in the middle of the backfill: indexes on by itself, nothing lost, nothing doubled', async () => {
    const database = await aDatabaseOfItsOwn()
    const { node, start, isRight } = await aRig(manifest(), { blocks: 2_000, postgresUrl: database.url })
    node.faults.set({ maxRange: 20, slowMs: 1_000 })
    const indexer = await start()
    await indexer.has(100, 60_000)

    await database.stop()
    await clock.sleep(10_000)
    await database.start()
    node.faults.clear()

    await isRight(indexer, 60_000)
    expect(indexer.isAlive).toBe(true)
  })

  it('at the head: follows on by itself, nothing lost, nothing doubled', async () => {
    const database = await aDatabaseOfItsOwn()
    const { start, produce, isRight } = await aRig(manifest(), { postgresUrl: database.url })
    const indexer = await start()
    await isRight(indexer, 60_000)
    const stopProducing = produce()

    await database.stop()
    await clock.sleep(10_000)
    await database.start()
    await stopProducing()

    await isRight(indexer, 60_000)
    expect(indexer.isAlive).toBe(true)
  })

  it('is not there yet when the indexer starts: it waits', async () => {
    const database = await aDatabaseOfItsOwn()
    const { start, isRight } = await aRig(manifest(), { postgresUrl: database.url })
    await database.stop()
    const indexer = await start()
    await until(
      'it waits',
      async () => indexer.output,
      (said) => said.includes('indexer.waits'),
      60_000,
    )
    await database.start()
    await isRight(indexer, 60_000)
  })

  it('frozen for twenty seconds: goes on by itself once it thaws', async () => {
    const database = await aDatabaseOfItsOwn()
    const { start, produce, isRight } = await aRig(manifest(), { postgresUrl: database.url })
    const indexer = await start()
    await isRight(indexer, 60_000)
    const stopProducing = produce()

    await database.freeze()
    await clock.sleep(20_000)
    await database.thaw()
    await stopProducing()

    await isRight(indexer, 60_000)
    expect(indexer.isAlive).toBe(true)
  })
})

describe('killed with SIGKILL', () => {
  it('at three moments of the backfill: goes on where it stood, no gap, nothing twice, no half batch for anyone to see', async () => {
    const { node, chain, start, isRight, postgresUrl } = await aRig(manifest(), { blocks: 2_500 })
    node.faults.set({ maxRange: 50, slowMs: 500 })
    for (const block of [200, 900, 1_600]) {
      const victim = await start()
      await victim.has(block, 60_000)
      await victim.end('SIGKILL')
      const { progress, differences } = await readRows(postgresUrl, chain)
      expect(progress).toBeGreaterThanOrEqual(block)
      expect(differences).toBeNull()
    }
    node.faults.clear()

    await isRight(await start(), 60_000)
  })

  it('in the middle of a commit: what was begun is as if it had not been', async () => {
    const { chain, start, isRight, postgresUrl } = await aRig(manifest(), { blocks: 1_000 })
    const victim = await start()
    const held = await holdNextCommit(postgresUrl)

    await victim.end('SIGKILL')
    await held.release()

    const { differences } = await readRows(postgresUrl, chain)
    expect(differences).toBeNull()
    await isRight(await start(), 60_000)
  })
})

it.each(['the backfill', 'the head'])(
  'asked to stop with SIGTERM during %s: ends by itself within five seconds, and leaves what is right',
  async (place) => {
    const { node, chain, start, produce, isRight, postgresUrl } = await aRig(manifest(), { blocks: 1_500 })
    if (place === 'the backfill') node.faults.set({ maxRange: 20, slowMs: 1_000 })
    const indexer = await start()
    await indexer.has(place === 'the backfill' ? 100 : chain.head, 60_000)
    const stopProducing = produce()
    await halfARequest(indexer.subgraph)

    const askedAt = performance.now()
    const code = await indexer.end('SIGTERM')
    const tookMs = performance.now() - askedAt
    await stopProducing()

    expect(code).toBe(0)
    expect(tookMs).toBeLessThan(5_000)
    expect((await readRows(postgresUrl, chain)).differences).toBeNull()
    node.faults.clear()
    await isRight(await start(), patienceMs(60_000))
  },
)
