import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { dumpIndex } from '../../../e2e/dump.ts'
import { anIndexer } from '../../test/indexing.ts'
import { aMarketplace, type Marketplace } from '../../test/marketplace.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
import { readProgress } from '../store/progress.ts'
import { type Sql, sql } from '../store/sql.ts'
import { readDifferences, readVerification } from '../store/verification.ts'
import { parseRebuild, parseVerify } from './command-line.ts'
import { runRebuild } from './rebuild-command.ts'
import { runVerify } from './verify-command.ts'

let market: Marketplace
let database: ScratchDatabase
let postgres: Postgres
let clean: Awaited<ReturnType<typeof dumpIndex>>

beforeAll(async () => {
  market = await aMarketplace()
  database = await scratchDatabase()
  postgres = createPostgres(database.url)
  await using index = await anIndexer(market, { chain: market, database, env: { HEDDLE_VERIFY_SECONDS: '0' } })
  await index.caughtUp()
  clean = await dumpIndex(database.url)
}, 120_000)

beforeEach(async () => {
  await postgres.run(sql`delete from heddle.differences`)
})

afterAll(async () => {
  await postgres?.end()
  await database?.[Symbol.asyncDispose]()
  await market?.[Symbol.asyncDispose]()
})

const args = () => ['--rpc', `anvil:${market.url}`, '--postgres-url', database.url]
const untold = new AbortController().signal

/** @returns what was printed, and whether all agreed */
async function verify(...more: string[]) {
  const lines: string[] = []
  const isRight = await runVerify(parseVerify([...args(), ...more], {}), (line) => lines.push(line), untold)
  return { isRight, out: lines.join('\n') }
}

async function until(what: string, isSo: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms until ${what}`)
    await pause(25)
  }
}

/** Whether something was found, and nothing of it is left. */
async function isHealed(): Promise<boolean> {
  const differences = await readDifferences(postgres, 1)
  return differences.length > 0 && differences.every(({ state }) => state === 'healed')
}

/** The same numbers for the same seed: `next(n)` is one of 0 to n-1. */
function dice(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0
    return (state >>> 8) % below
  }
}

/** Every way a row can go wrong; each is of one random row of the table. */
function damage(table: Sql, roll: (below: number) => number): Sql {
  const chosen = sql`ctid = (select ctid from ${table} order by vid limit 1 offset ${sql.int(roll(12))})`
  switch (roll(4)) {
    case 0:
      return sql`delete from ${table} where ${chosen}`
    case 1:
      return sql`update ${table} set updated_at = updated_at + 1 where ${chosen}`
    case 2:
      return sql`update ${table} set block_from = block_from - 1 where ${chosen}`
    default:
      return sql`update ${table} set block_to = block_from + 1 where ${chosen} and block_to = 2147483647`
  }
}

it('rebuilds to the same state root', async () => {
  const lines: string[] = []
  await runRebuild(parseRebuild(args(), {}), (line) => lines.push(line), untold)
  expect(lines.join('\n')).toMatch(/state root 0x[0-9a-f]{64}: the same as the running index/)
  expect(await dumpIndex(database.url)).toEqual(clean)
  expect(await postgres.run(sql`select count(*)::int4 as count from heddle.deployments`)).toEqual([{ count: 1 }])
})

it('finds and heals by a rebuild what no invariant covers: values, versions deleted and added, block ranges', async () => {
  const first = Number(process.env.HEDDLE_TEST_SEED ?? 1)
  const runs = Number(process.env.HEDDLE_TEST_RUNS ?? 1)
  for (let seed = first; seed < first + runs; seed++) {
    const roll = dice(seed)
    const tables = ['balance', 'listing', 'offer', 'proceeds']
    let hurt = 0
    await postgres.transaction(async (transaction) => {
      for (let i = 0; i < 5; i++) {
        const table = sql.ident('sgd1', tables[roll(tables.length)] ?? 'balance')
        await transaction.run(sql`savepoint before`)
        try {
          hurt += await transaction.change(damage(table, roll))
        } catch {
          // It would have made two current versions of one entity, which the table's own index refuses.
          await transaction.run(sql`rollback to savepoint before`)
        }
      }
      hurt += await transaction.change(
        sql`insert into sgd1.account (vid, block_from, id, transfer_count, first_seen_at)
          values (1, ${sql.int(1 + roll(9))}, ${sql.literal(`\\x${'ee'.repeat(19)}${String(10 + (seed % 90))}`)}::bytea, 1, 1)`,
      )
    })
    expect({ seed, isHurt: hurt > 0 }).toEqual({ seed, isHurt: true })
    const hurtDump = await dumpIndex(database.url)
    expect({ seed, isRight: (await verify('--deep', '--dry-run')).isRight }).toEqual({ seed, isRight: false })
    expect(await dumpIndex(database.url)).toEqual(hurtDump)
    expect((await verify('--deep')).out).toContain('the rows that differed were replaced')
    expect({ seed, dump: await dumpIndex(database.url) }).toEqual({ seed, dump: clean })
  }
}, 120_000)

it('heals while it indexes, without being told: what differs from the chain is found by sampling', async () => {
  const env = { HEDDLE_VERIFY_SECONDS: '0.01', HEDDLE_VERIFY_ROWS: '50' }
  await using index = await anIndexer(market, { chain: market, database, env })
  await index.caughtUp()
  await postgres.run(sql`update sgd1.balance set amount = amount + 5 where block_to = 2147483647
    and id = (select max(id) from sgd1.balance where block_to = 2147483647)`)
  await postgres.run(sql`update sgd1.token set uri = 'ipfs://another' where block_to = 2147483647
    and id = (select max(id) from sgd1.token where block_to = 2147483647)`)
  await until('all is healed', () => isHealed())
  await index.caughtUp()
  expect(await dumpIndex(database.url)).toEqual(clean)
  expect(await readVerification(postgres, 1)).toMatchObject({ differing: 0, quarantined: 0 })
  const { status, metrics } = index.indexer.ports
  const told = (await (await fetch(`http://127.0.0.1:${status}/verification`)).json()) as Record<string, unknown>
  expect(told).toMatchObject({
    deployments: [
      {
        deployment: index.indexer.deployment,
        verified: { checked: expect.any(Number), block: { hash: expect.stringMatching(/^0x/) }, quarantined: 0 },
        differences: expect.arrayContaining([expect.objectContaining({ type: 'Balance', state: 'healed' })]),
      },
    ],
  })
  const asked = () =>
    fetch(index.indexer.queryUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'heddle-extensions': 'chain' },
      body: JSON.stringify({ query: '{ _meta { deployment } }' }),
    }).then((response) => response.json() as Promise<{ extensions: { verified?: { checked: number } } }>)
  await until('an answer tells of it', async () => ((await asked()).extensions.verified?.checked ?? 0) > 0)
  const lines = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
  expect(lines).toContain(`heddle_verify_quarantined{deployment="${index.indexer.deployment}"} 0`)
  expect(lines).toMatch(/heddle_verify_healed\{[^}]*\} [1-9]/)
}, 120_000)

it('heals what a total tells: an entity that is not there any more', async () => {
  const env = { HEDDLE_VERIFY_SECONDS: '0.01' }
  await using index = await anIndexer(market, { chain: market, database, env })
  await index.caughtUp()
  await postgres.run(sql`delete from sgd1.balance where block_to = 2147483647
    and id = (select min(id) from sgd1.balance where block_to = 2147483647)`)
  await until('the sum is healed', () => isHealed())
  await index.caughtUp()
  expect(await dumpIndex(database.url)).toEqual(clean)
}, 120_000)

it('quarantines what nothing heals, and tells it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-false-'))
  const file = join(folder, 'false.yaml')
  await writeFile(file, 'invariants:\n  - Patron.decimals = Patron[id].totalSupply()\n')
  try {
    const env = { HEDDLE_VERIFY_SECONDS: '0.01' }
    await using again = await anIndexer(market, { chain: market, database, env, args: ['--invariants', file] })
    await again.caughtUp()
    await until('it is quarantined', async () =>
      (await readDifferences(postgres, 1)).some(({ state, found }) => state === 'quarantined' && found === '18'),
    )
    await again.caughtUp()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  expect(await dumpIndex(database.url)).toEqual(clean)
}, 120_000)

it('tells nothing false while the chain goes back and forth', async () => {
  const reorgs = Number(process.env.HEDDLE_TEST_REORGS ?? 60)
  const env = { HEDDLE_VERIFY_SECONDS: '0.05', HEDDLE_VERIFY_ROWS: '3' }
  await market.do('anvil_mine', '0x4')
  await using index = await anIndexer(market, { chain: market, database, env })
  await index.caughtUp()
  const checked = async () => (await readVerification(postgres, 1))?.checked ?? 0
  const reverts = () => postgres.run(sql`select reverts from heddle.deployments`).then(([row]) => Number(row?.reverts))
  const before = { checked: await checked(), reverts: await reverts() }
  const holders = await postgres.run(
    sql`select '0x' || encode(id, 'hex') as id from sgd1.balance where block_to = 2147483647`,
  )
  const mint = { from: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', to: market.patron, gas: '0x30d40' }
  /** In the place of the newest blocks come others, of which the first mints something. */
  const reorg = (i: number) => {
    const to = String(holders[i % holders.length]?.id).slice(2)
    const words = [to, (i + 1).toString(16)].map((word) => word.padStart(64, '0')).join('')
    return market.do('anvil_reorg', 1 + (i % 3), [[{ ...mint, data: `0x40c10f19${words}` }, 0]])
  }

  for (let i = 0; i < reorgs; i++) {
    // Now and then there are two before the index could look.
    if (i % 4 === 0) await reorg(i + reorgs)
    await reorg(i)
    const head = (await market.rpc.headerByNumber('latest'))?.hash
    await until('the reorg is followed', async () => (await readProgress(postgres, 1))?.block?.hash === head)
  }
  expect((await reverts()) - before.reverts).toBeGreaterThanOrEqual(reorgs)
  await until('it has looked', async () => (await checked()) > before.checked + 100)
  expect(await readDifferences(postgres, 1)).toEqual([])
  expect((await readProgress(postgres, 1))?.health).toBe('healthy')
}, 1_800_000)
