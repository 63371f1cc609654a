import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { anIndexer, type TestIndexer } from '../../test/indexing.ts'
import { aMarketplace, type Marketplace } from '../../test/marketplace.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { type Rpc, RpcRefusal } from '../chain/rpc.ts'
import { type Deployment, loadDeployment } from '../deployment/deployment.ts'
import { layoutOf } from '../store/layout.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
import { readProgress } from '../store/progress.ts'
import { sql } from '../store/sql.ts'
import { type CheckRooms, check } from './check.ts'
import { type Invariant, parseInvariants } from './invariant.ts'
import { stateRoot } from './root.ts'

let market: Marketplace
let database: ScratchDatabase
let postgres: Postgres
let deployment: Deployment
let invariants: Invariant[]
let rooms: CheckRooms

beforeAll(async () => {
  market = await aMarketplace()
  database = await scratchDatabase()
  postgres = createPostgres(database.url)
  deployment = await loadDeployment(market.manifest)
  const text = await readFile(join(import.meta.dirname, '../../../subgraph/invariants.yaml'), 'utf8')
  invariants = parseInvariants(text, deployment)
  await indexed(database)
  rooms = { postgres, rpc: market.rpc, deployment: 1, layout: layoutOf(deployment.schema, 'sgd1') }
}, 120_000)

afterAll(async () => {
  await postgres?.end()
  await database?.[Symbol.asyncDispose]()
  await market?.[Symbol.asyncDispose]()
})

/** Indexes the story from its beginning to its end. */
async function indexed(into: ScratchDatabase): Promise<void> {
  await using index: TestIndexer = await anIndexer(market, { chain: market, database: into })
  await index.caughtUp()
}

const all = { kind: 'all', after: null, limit: 10_000 } as const

it('finds the whole example in agreement with its contracts', async () => {
  for (const invariant of invariants) {
    const { checked, unknown, differences } = await check(rooms, invariant, all)
    expect({ invariant: invariant.text, differences, unknown }).toEqual({
      invariant: invariant.text,
      differences: [],
      unknown: 0,
    })
    expect({ invariant: invariant.text, isChecked: checked > 0 }).toMatchObject({ isChecked: true })
  }
})

it('gives one root to two machines', async () => {
  await using other = await scratchDatabase()
  await indexed(other)
  const there = createPostgres(other.url)
  const roots = [await stateRoot(postgres, rooms.layout), await stateRoot(there, rooms.layout)]
  await there.end()
  expect(roots[0]).toEqual(roots[1])
})

it('has another root for another value, of that type alone', async () => {
  const before = await stateRoot(postgres, rooms.layout)
  const changed = await postgres.transaction(async (transaction) => {
    await transaction.run(
      sql`update sgd1.proceeds set owed = owed + 1 where vid = (select max(vid) from sgd1.proceeds)`,
    )
    const root = await stateRoot(transaction, rooms.layout)
    await transaction.run(
      sql`update sgd1.proceeds set owed = owed - 1, vid = vid + 1 where vid = (select max(vid) from sgd1.proceeds)`,
    )
    return [root, await stateRoot(transaction, rooms.layout)] as const
  })
  expect(changed[0].root).not.toBe(before.root)
  expect(changed[0].types.filter(({ root }, i) => root !== before.types[i]?.root).map(({ type }) => type)).toEqual([
    'Proceeds',
  ])
  expect(changed[1]).toEqual(before)
})

it('has the root of an earlier block, too', async () => {
  const { block } = (await readProgress(postgres, 1)) ?? { block: null }
  const at = block?.number ?? 0
  expect(await stateRoot(postgres, rooms.layout, at)).toEqual(await stateRoot(postgres, rooms.layout))
  expect((await stateRoot(postgres, rooms.layout, at - 40)).root).not.toBe(
    (await stateRoot(postgres, rooms.layout)).root,
  )
})

it('does not know what a node has pruned, and calls no alarm', async () => {
  const request: Rpc['request'] = async (method, ...rest) => {
    if (method !== 'eth_call') return market.rpc.request(method, ...rest)
    throw new RpcRefusal(method, { code: -32000, message: 'missing trie node', data: undefined })
  }
  const rpc = { ...market.rpc, request }
  const [invariant] = invariants
  if (invariant === undefined) throw new Error('there are invariants')
  const { checked, unknown, differences } = await check({ ...rooms, rpc }, invariant, all)
  expect({ unknown, differences }).toEqual({ unknown: checked, differences: [] })
})
