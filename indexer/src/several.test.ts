import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { aChain, type TestChain } from '../test/chain.ts'
import { anOpenIndexer, type OpenIndexer } from '../test/deploying.ts'
import { aBuild, emit } from '../test/indexing.ts'
import { type ScratchDatabase, scratchDatabase } from '../test/postgres.ts'

async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > deadline) throw new Error(`it did not come to it; last: ${JSON.stringify(answer)}`)
    await pause(20)
  }
}

const another = (manifest: string) => `${manifest}description: another version\n`
const elsewhere = (manifest: string) => manifest.replaceAll('network: anvil', 'network: basalt')

async function deploy(indexer: OpenIndexer, name: string, manifest: string): Promise<string> {
  const id = await indexer.upload(manifest)
  await indexer.admin('subgraph_create', { name })
  expect(await indexer.admin('subgraph_deploy', { name, ipfs_hash: id })).toHaveProperty('result')
  return id
}

/** Waits until a name answers with these many pings. */
function pings(indexer: OpenIndexer, name: string, count: number) {
  return until(
    async () => (await indexer.ask(`name/${name}`, '{ pings { block } }')).data as { pings: unknown[] } | undefined,
    (data) => data?.pings.length === count,
  )
}

const nodes = async (indexer: OpenIndexer) =>
  (await indexer.status('{ indexingStatuses { subgraph node } }')).indexingStatuses

function indexerOn(chain: TestChain, database: ScratchDatabase, ...argv: readonly string[]) {
  return anOpenIndexer({ chain, database }, {}, argv)
}

it('indexes several networks at once, each from its own node', { timeout: 120_000 }, async () => {
  await using chain = await aChain()
  await using other = await aChain({ args: ['--chain-id', '7357'] })
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  await using abroad = await aBuild('pings', elsewhere)
  await emit(chain, 'Ping')
  await emit(other, 'Ping')
  await emit(other, 'Ping')
  await using indexer = await indexerOn(chain, database, '--rpc', `basalt:${other.url}`)
  const [here, there] = [await deploy(indexer, 'here', build.manifest), await deploy(indexer, 'there', abroad.manifest)]
  await pings(indexer, 'here', 1)
  await pings(indexer, 'there', 2)
  expect(await indexer.status('{ indexingStatuses { subgraph chains { network } } }')).toEqual({
    indexingStatuses: [
      { subgraph: here, chains: [{ network: 'anvil' }] },
      { subgraph: there, chains: [{ network: 'basalt' }] },
    ],
  })
})

it('begins every deployment anew when its chain was replaced', { timeout: 120_000 }, async () => {
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  await using next = await aBuild('pings', another)
  {
    await using chain = await aChain()
    await emit(chain, 'Ping')
    await emit(chain, 'Ping')
    await using indexer = await indexerOn(chain, database)
    await deploy(indexer, 'one', build.manifest)
    await deploy(indexer, 'two', next.manifest)
    await pings(indexer, 'one', 2)
    await pings(indexer, 'two', 2)
  }
  await using chain = await aChain({ timestamp: 1_500_000_000 })
  await emit(chain, 'Ping')
  await using indexer = await indexerOn(chain, database)
  await pings(indexer, 'one', 1)
  await pings(indexer, 'two', 1)
})

it('shares a database with an indexer of another name, each running what is assigned to it', {
  timeout: 120_000,
}, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  await using next = await aBuild('pings', another)
  await emit(chain, 'Ping')
  await using first = await indexerOn(chain, database, '--node-id', 'first')
  await using second = await indexerOn(chain, database, '--node-id', 'second')
  const [one, two] = [await deploy(first, 'one', build.manifest), await deploy(second, 'two', next.manifest)]
  for (const indexer of [first, second]) {
    await pings(indexer, 'one', 1)
    await pings(indexer, 'two', 1)
    expect(await nodes(indexer)).toEqual([
      { subgraph: one, node: 'first' },
      { subgraph: two, node: 'second' },
    ])
  }
  expect(await first.admin('subgraph_reassign', { ipfs_hash: one, node_id: 'second' })).toMatchObject({ result: null })
  expect(await nodes(second)).toContainEqual({ subgraph: one, node: 'second' })
})

it('lets a second indexer of the same name say who is there, and take over when that one ends', {
  timeout: 120_000,
}, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  await emit(chain, 'Ping')
  const lines: string[] = []
  const first = await indexerOn(chain, database)
  const deployment = await deploy(first, 'one', build.manifest)
  await pings(first, 'one', 1)
  const alarms: string[] = []
  const info = (event: string, facts?: object) => lines.push(`${event} ${JSON.stringify(facts)}`)
  const alarm = (event: string) => alarms.push(event)
  await using second = await anOpenIndexer({ chain, database }, {}, [], { debug() {}, info, warn: alarm, error: alarm })
  await until(
    async () => lines.find((line) => line.startsWith('deployment.standingBy')),
    (line) => line?.includes(deployment) === true,
  )
  expect(alarms).toEqual([])
  await pings(second, 'one', 1)
  await first[Symbol.asyncDispose]()
  await emit(chain, 'Ping')
  await pings(second, 'one', 2)
})
