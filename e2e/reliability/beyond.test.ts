import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type BlockPlace, serveNode } from '../../indexer/kit/chaos/index.ts'
import { dumpIndex } from '../dump.ts'
import { ask } from '../graphql.ts'
import { deploy } from '../parity/deploy.ts'
import { until } from '../until.ts'
import { buildLedger, type Variant } from './build-ledger.ts'
import { aLedgerChain } from './chains.ts'
import { aDatabaseOnDisk } from './full-disk.ts'
import { readHoldings } from './holdings.ts'
import { differences, expectedHoldings, ledgerLogs, tokens, updated } from './ledger.ts'
import { pace } from './pace.ts'
import { aRig, theLedger } from './rig.ts'
import { readRows } from './rows.ts'
import { slowed } from './slow-database.ts'

const manifest = theLedger()

async function aVariant(variant: Variant): Promise<string> {
  const built = await buildLedger(variant)
  onTestFinished(() => built.remove())
  return built.manifest
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

it('two runs over one chain hold the same, row for row', async () => {
  const dumps = []
  for (const maxRange of [2_000, 37]) {
    const { node, start, isRight, postgresUrl } = await aRig(manifest(), { blocks: 600 })
    node.faults.set({ maxRange, shuffles: maxRange === 37 })
    const indexer = await start()
    await isRight(indexer, 60_000)
    await indexer.end('SIGTERM')
    dumps.push(await dumpIndex(postgresUrl))
  }

  expect(dumps[0]?.transfer?.length).toBeGreaterThan(1_000)
  expect(dumps[1]).toEqual(dumps[0])
})

it('a handler that throws stops the deployment where it threw, says so, and a build that does not goes on', async () => {
  const { chain, start, isRight, postgresUrl } = await aRig(manifest(), {
    logsOf: (place) => (place.number === 90 ? [updated(tokens.plain, '')] : ledgerLogs(place)),
  })
  const indexer = await start()
  const status = async () => {
    const { data } = await ask(
      indexer.statusUrl,
      '{ indexingStatuses { health fatalError { message block { number } } } }',
    )
    return (data as { indexingStatuses: { health: string }[] } | undefined)?.indexingStatuses[0]
  }
  const failed = await until('it has failed', status, (one) => one?.health === 'failed', 60_000)
  expect(failed).toMatchObject({ fatalError: { block: { number: '90' } } })
  expect(JSON.stringify(failed)).toContain('handleMetadataUpdated')
  expect(indexer.isAlive).toBe(true)
  expect(differences(await readHoldings(indexer.subgraph, 89), await expectedHoldings(chain, 89))).toBeNull()
  await indexer.end('SIGTERM')
  expect((await readRows(postgresUrl, chain)).progress).toBeLessThanOrEqual(90)

  await isRight(await start({ manifest: await aVariant({ onUpdate: 'handleAnyMetadataUpdated' }) }), 60_000)
})

it('a database that takes 100 ms more for everything keeps it waiting, not growing', async () => {
  const { start, chain, isRight, postgresUrl } = await aRig(manifest(), { blocks: 1_500 })
  const indexer = await start({ postgresUrl: await slowed(postgresUrl, 100) })
  await indexer.has(150, 100_000)
  const early = await indexer.residentBytes()
  let largest = early
  while (((await indexer.block()) ?? 0) < chain.head) largest = Math.max(largest, await indexer.residentBytes())

  await isRight(indexer, 100_000)
  expect(largest - early).toBeLessThan(150 * 1024 * 1024)
})

it('a block of ten thousand logs is handled as any other', async () => {
  const many = (place: BlockPlace) =>
    Array.from({ length: 5_000 }, (_, i) => ledgerLogs({ ...place, seed: `${place.seed} ${i}` }).slice(0, 2)).flat()
  const { start, isRight } = await aRig(manifest(), {
    blocks: 70,
    logsOf: (place) => (place.number === 61 ? many(place) : ledgerLogs(place)),
  })
  const indexer = await start({ env: { HEDDLE_LEASE_SECONDS: '2' } })

  await isRight(indexer, 60_000)
  expect(indexer.output).not.toContain('deployment.elsewhere')
  expect(await indexer.residentBytes()).toBeLessThan(800 * 1024 * 1024)
})

describe('something in its own database that it cannot read', () => {
  it('stops that deployment with a clear word, and not the process again and again', async () => {
    const { chain, start, postgresUrl } = await aRig(manifest())
    const first = await start()
    await first.has(chain.head, 60_000)
    await first.end('SIGKILL')
    await onDatabase(postgresUrl, (client) =>
      client.query(`update sgd1.account set balance = 'NaN' where block_to = 2147483647`),
    )

    const second = await start()
    await second.has(chain.head, 60_000)
    await chain.mine(3)

    await until(
      'it says so',
      async () => second.output,
      (output) => output.includes('STORE_'),
      60_000,
    )
    await pace.clock.sleep(60_000)
    expect(second.isAlive).toBe(true)
    expect(second.output.split('deployment.crashed').length).toBeLessThan(8)
  })
})

it('a changed schema is another deployment: never a mixture of the two', async () => {
  const { chain, node, start, isRight } = await aRig(manifest(), { blocks: 400 })
  const before = await start()
  await isRight(before)
  await before.end('SIGTERM')

  node.faults.set({ maxRange: 20, slowMs: 500 })
  const after = await start({ manifest: await aVariant({ extraField: 'note' }) })
  await after.has(1, 60_000)
  for (let block = 0; block < chain.head; ) {
    block = (await after.block()) ?? 0
    expect(differences(await readHoldings(after.subgraph, block), await expectedHoldings(chain, block))).toBeNull()
  }

  const { data } = await ask(after.subgraph, '{ tokens { note } }')
  expect(data).toEqual({ tokens: Array.from({ length: 3 }, () => ({ note: null })) })
  await isRight(after)
})

it('of two chains one stands still: the other goes on', async () => {
  const { chain, node, start, isRight } = await aRig(manifest())
  const other = await aLedgerChain({ seed: `${pace.seed} other`, chainId: 1_337, blocks: 50 })
  const otherNode = await serveNode(other, { seed: pace.seed })
  onTestFinished(() => otherNode.close())
  const indexer = await start({ rpc: [`chaos:${node.url}`, `other:${otherNode.url}`] })
  await isRight(indexer)
  await deploy(await aVariant({ network: 'other' }), 'other', indexer.doors)
  const otherSubgraph = indexer.subgraph.replace(/ledger$/, 'other')
  await until(
    'the other one is there',
    () => readHoldings(otherSubgraph, 50),
    () => true,
    60_000,
  )

  otherNode.faults.set({ broken: { share: 1, kinds: ['stall'] } })
  for (let i = 0; i < 5; i++) {
    await chain.mine(2)
    await isRight(indexer, 15_000)
  }
  otherNode.faults.clear()
  await other.mine(5)

  await until(
    'the other one goes on',
    () => readHoldings(otherSubgraph, 55),
    () => true,
    60_000,
  )
  expect(differences(await readHoldings(otherSubgraph, 55), await expectedHoldings(other))).toBeNull()
})

it('a full disk: it says so, reads go on, and so does it when there is room again', async () => {
  const database = await aDatabaseOnDisk()
  const { chain, start, isRight } = await aRig(manifest(), { postgresUrl: database.url })
  const indexer = await start()
  await isRight(indexer)
  await database.fill()

  await until(
    'it says so',
    // What tables and their log have room for without becoming larger is still written.
    async () => {
      await chain.mine(10)
      await pace.clock.sleep(2_000)
      return indexer.output
    },
    (output) => /No space left|disk/i.test(output),
    60_000,
  )
  await chain.mine(50)
  await pace.clock.sleep(10_000)
  const last = (await indexer.block()) ?? 0
  expect(last).toBeLessThan(chain.head)
  expect(differences(await readHoldings(indexer.subgraph, last), await expectedHoldings(chain, last))).toBeNull()
  expect(indexer.isAlive).toBe(true)
  await database.free()

  await isRight(indexer, 60_000)
})
