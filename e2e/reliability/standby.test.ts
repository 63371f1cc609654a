import { describe, expect, it } from 'vitest'
import { until } from '../until.ts'
import type { IndexerProcess } from './indexer-process.ts'
import { aRig, type Rig, theLedger } from './rig.ts'
import { holdNextCommit, readRows } from './rows.ts'
import { aWayTo } from './slow-database.ts'

const manifest = theLedger()
const env = { HEDDLE_LEASE_SECONDS: '2', HEDDLE_LOG_LEVEL: 'info' }

async function says(indexer: IndexerProcess, event: string): Promise<void> {
  await until(
    `it says ${event}`,
    async () => indexer.output,
    (output) => output.includes(`"${event}"`),
    30_000,
  )
}

/** One that indexes, and one beside it on the same database that waits. */
async function aPair({ start, isRight }: Rig, firstUrl?: string) {
  const first = await start(firstUrl === undefined ? { env } : { env, postgresUrl: firstUrl })
  await isRight(first)
  const second = await start({ env })
  await says(second, 'deployment.standingBy')
  return { first, second }
}

describe('a second process on the same database stands by', () => {
  it('it says so calmly, answers, and takes over when the first one is killed', async () => {
    const rig = await aRig(manifest())
    const { first, second } = await aPair(rig)
    await rig.isRight(second)
    expect(second.output).not.toMatch(/"level":[45]0/)

    await first.end('SIGKILL')
    await rig.chain.mine(5)

    await rig.isRight(second)
    expect((await readRows(rig.postgresUrl, rig.chain)).differences).toBeNull()
  })

  it.each(['at the head', 'in the middle of a commit'])(
    'takes over when the first one is frozen %s, and when that one wakes up it stands by',
    async (place) => {
      const rig = await aRig(manifest())
      const { first, second } = await aPair(rig)
      const stopProducing = rig.produce()
      const held = place === 'at the head' ? null : await holdNextCommit(rig.postgresUrl)
      await stopProducing()

      first.freeze()
      await held?.release()
      await rig.isRight(second)
      await rig.chain.mine(5)
      await rig.isRight(second)

      first.thaw()
      await rig.chain.reorg({ depth: 3 })
      await rig.chain.mine(2)
      await says(first, 'deployment.standingBy')
      await rig.isRight(second)
      await rig.isRight(first)
      expect((await readRows(rig.postgresUrl, rig.chain)).differences).toBeNull()
      await second.end('SIGTERM')
      await rig.chain.mine(2)
      await rig.isRight(first)
    },
  )

  it('takes over when the first one is cut off from the database, and nobody is told', async () => {
    const rig = await aRig(manifest())
    const way = await aWayTo(rig.postgresUrl)
    const { second } = await aPair(rig, way.url)

    way.cut()
    await rig.chain.mine(5)

    await rig.isRight(second)
    expect((await readRows(rig.postgresUrl, rig.chain)).differences).toBeNull()
  })
})
