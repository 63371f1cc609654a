import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { anIndexer, type TestIndexer } from '../../test/indexing.ts'
import { aMarketplace, type Marketplace } from '../../test/marketplace.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { type Deployment, loadDeployment } from '../deployment/deployment.ts'
import { layoutOf } from '../store/layout.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
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
