import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { anIndexer } from '../../test/indexing.ts'
import { aMarketplace, type Marketplace } from '../../test/marketplace.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'
import { readDifferences } from '../store/verification.ts'

const root = join(import.meta.dirname, '../../..')

let market: Marketplace
let database: ScratchDatabase
let postgres: Postgres

beforeAll(async () => {
  market = await aMarketplace()
  database = await scratchDatabase()
  postgres = createPostgres(database.url)
  await using index = await anIndexer(market, { chain: market, database })
  await index.caughtUp()
}, 120_000)

afterAll(async () => {
  await postgres?.end()
  await database?.[Symbol.asyncDispose]()
  await market?.[Symbol.asyncDispose]()
})

/** The real command, as it is typed. */
async function heddleIndexer(...args: string[]): Promise<{ code: number; out: string }> {
  const all = ['start/heddle-indexer.mjs', ...args, '--rpc', `anvil:${market.url}`, '--postgres-url', database.url]
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, all, { cwd: root })
    return { code: 0, out: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout + stderr }
  }
}

it('says that all agrees, in a table, and how the state root is', async () => {
  const { code, out } = await heddleIndexer('verify', '--all')
  expect(out).toMatch(/state root 0x[0-9a-f]{64}/)
  expect(out).toMatch(/^Balance\.amount = Patron\.balanceOf\(account\) +(\d+) +\1 +0 +0$/m)
  expect(out).toMatch(/^sum\(Balance\.amount\) = Patron\.totalSupply\(\) +1 +1 +0 +0$/m)
  expect(code).toBe(0)
})

it('says what differs, and leaves it to be healed', async () => {
  const rows = await postgres.run(
    sql`update sgd1.balance set amount = amount + 7 where id = (select min(id) from sgd1.balance where block_to = 2147483647)
      and block_to = 2147483647 returning '0x' || encode(id, 'hex') as id, amount::text`,
  )
  const [{ id, amount } = {}] = rows
  const { code, out } = await heddleIndexer('verify', '--all', '--deployment', 'subgraph')
  expect(out).toContain(
    `differs: Balance.amount = Patron.balanceOf(account), of ${id}: the chain says ${BigInt(String(amount)) - 7n}, the index ${amount}`,
  )
  expect(out).toContain('differs: sum(Balance.amount) = Patron.totalSupply(): ')
  expect(code).toBe(1)
  expect(await readDifferences(postgres, 1)).toMatchObject([
    { type: 'Balance', state: 'found' },
    { type: 'Balance', id, state: 'found' },
  ])
  await postgres.run(sql`delete from heddle.differences`)
  await postgres.run(
    sql`update sgd1.balance set amount = amount - 7 where '0x' || encode(id, 'hex') = ${sql.value(String(id))} and block_to = 2147483647`,
  )
})

it('takes another file of invariants, and says what is wrong with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-invariants-'))
  const file = join(folder, 'mine.yaml')
  await writeFile(
    file,
    'invariants:\n  - Nobody.amount = Patron.balanceOf(id)\n  - Balance.amount = Patron.balance(id)\n',
  )
  try {
    const { code, out } = await heddleIndexer('verify', '--invariants', file)
    expect(out).toContain('VERIFY_INVARIANTS_INVALID')
    expect(out).toContain('`Nobody.amount = Patron.balanceOf(id)`: the schema has no entity type `Nobody`')
    expect(out).toContain('`Patron` has no function `balance` with 1 arguments')
    expect(code).toBe(1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

it('makes an index anew, and compares with one', async () => {
  const rebuilt = await heddleIndexer('rebuild')
  expect(rebuilt).toMatchObject({ code: 0, out: expect.stringMatching(/state root 0x[0-9a-f]{64}: the same/) })
  expect(await heddleIndexer('verify', '--deep')).toMatchObject({ code: 0, out: expect.stringContaining('the same') })
})

it('says how it is used', async () => {
  expect(await heddleIndexer('verify', '--sample', 'many')).toMatchObject({ code: 2 })
  expect((await heddleIndexer('verify', '--help')).out).toContain('--deep')
  expect(await heddleIndexer('verify', '--deployment', 'nobody')).toMatchObject({
    code: 1,
    out: expect.stringContaining('VERIFY_DEPLOYMENT_UNKNOWN'),
  })
})
