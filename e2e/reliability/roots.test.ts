import { expect, it } from 'vitest'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { node } from '../command.ts'
import { dumpIndex } from '../dump.ts'
import { aRig, type Rig, theLedger } from './rig.ts'

const manifest = theLedger()

/** What `heddle-indexer verify` says of an index that nobody writes: its block, and the state root there. */
async function rootOf(postgresUrl: string, rig: Rig): Promise<string> {
  const nodes = ['--rpc', `chaos:${rig.node.url}`, '--postgres-url', postgresUrl]
  const said = await node(['start/heddle-indexer.mjs', 'verify', '--dry-run', ...nodes])
  return /block \d+ 0x\w{64}\nstate root 0x\w{64}/.exec(said)?.[0] ?? said
}

it('however an index came about, its state root is the same: read at once, block by block through reorgs, killed in between', {
  timeout: 240_000,
}, async () => {
  const rig = await aRig(manifest(), { blocks: 150 })
  const { chain, node: chaos, start, isRight, postgresUrl } = rig
  await using killed = await scratchDatabase()
  await using narrow = await scratchDatabase()
  await using clean = await scratchDatabase()
  const following = await start()
  for (let round = 0; round < 2; round++) {
    const victim = await start({ postgresUrl: killed.url })
    await victim.has(chain.head - 100, 60_000)
    for (let i = 0; i < 10; i++) {
      await chain.mine()
      await following.has(chain.head, 60_000)
    }
    await victim.end('SIGKILL')
    await chain.reorg({ depth: 15 + 30 * round, blocks: 12 + 40 * round })
    await following.has(chain.head, 60_000)
  }
  const indexers = [following, await start({ postgresUrl: killed.url }), await start({ postgresUrl: clean.url })]
  for (const indexer of indexers) await isRight(indexer, 60_000)
  chaos.faults.set({ maxRange: 7, shuffles: true })
  indexers.push(await start({ postgresUrl: narrow.url }))
  for (const indexer of indexers) await isRight(indexer, 60_000)
  for (const indexer of indexers) expect(await indexer.end('SIGTERM')).toBe(0)
  chaos.faults.clear()

  const urls = [clean.url, postgresUrl, killed.url, narrow.url]
  const [root, ...others] = await Promise.all(urls.map((url) => rootOf(url, rig)))
  expect(root).toContain(`block ${chain.head} ${await chain.hashAt(chain.head)}\nstate root 0x`)
  expect(others).toEqual([root, root, root])
  const [dump, ...otherDumps] = await Promise.all(urls.map(dumpIndex))
  expect(otherDumps).toEqual([dump, dump, dump])
})
