import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { dumpIndex } from '../../../e2e/dump.ts'
import { dice, hurtEveryTable } from '../../test/damage.ts'
import { anOpenIndexer } from '../../test/deploying.ts'
import { anIndexer } from '../../test/indexing.ts'
import { aMarketplace, type Marketplace } from '../../test/marketplace.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import type { ShownVerification } from '../serve/verification.ts'
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

/** Data sources grown from templates, in their order. */
const sources = () =>
  postgres.run(
    sql`select deployment, block_number, template, address, context::text from heddle.sources order by sequence`,
  )

/** Not while an index is made anew beside it: its tables would be taken for the running one's. */
async function isAsItWas(): Promise<boolean> {
  const [row] = await postgres.run(sql`select count(*)::int4 as count from heddle.deployments`)
  return row?.count === 1 && isDeepStrictEqual(await dumpIndex(database.url).catch(() => null), clean)
}

/** As tables are named: `SaleStats/hour` is `sale_stats_hour`. */
const tableOf = (type: string) =>
  type
    .replace(/[a-z](?=[A-Z])/g, '$&_')
    .replace('/', '_')
    .toLowerCase()

/** The tables in which something was found, from what `verify --deep` prints. */
function foundIn(out: string): string[] {
  const rows = [...out.matchAll(/^(\w+(?:\/\w+)?) +\d+ +(\d+) +(\d+) +0x/gm)]
  return rows.filter(([, , wrong, missing]) => wrong !== '0' || missing !== '0').map(([, type = '']) => tableOf(type))
}

it('rebuilds to the same state root', async () => {
  const lines: string[] = []
  await runRebuild(parseRebuild(args(), {}), (line) => lines.push(line), untold)
  expect(lines.join('\n')).toMatch(/state root 0x[0-9a-f]{64}: the same as the running index/)
  expect(await dumpIndex(database.url)).toEqual(clean)
  expect(await postgres.run(sql`select count(*)::int4 as count from heddle.deployments`)).toEqual([{ count: 1 }])
})

it('finds and heals by a rebuild whatever is wrong with any table, in values, rows and block ranges', async () => {
  const first = Number(process.env.HEDDLE_TEST_SEED ?? 1)
  const runs = Number(process.env.HEDDLE_TEST_RUNS ?? 1)
  const before = await sources()
  expect(before.length).toBeGreaterThan(0)
  for (let seed = first; seed < first + runs; seed++) {
    const roll = dice(seed)
    const hurt = await postgres.transaction(async (transaction) => {
      await transaction.run(sql`delete from heddle.sources where sequence =
        (select sequence from heddle.sources order by sequence offset ${sql.int(roll(before.length))} limit 1)`)
      return hurtEveryTable(transaction, 'sgd1', roll)
    })
    expect({ seed, tables: hurt.length }).toEqual({ seed, tables: Object.values(clean).filter(isFilled).length })
    const hurtDump = await dumpIndex(database.url)
    const { isRight, out } = await verify('--deep', '--dry-run')
    expect({ seed, isRight, hurt, found: foundIn(out).sort() }).toEqual({
      ...{ seed, isRight: false, hurt },
      found: hurt.map(({ table }) => table).sort(),
    })
    expect(out).toContain(`(data sources): ${before.length - 1} wrong, ${before.length} missing`)
    expect(await dumpIndex(database.url)).toEqual(hurtDump)
    expect((await verify('--deep')).out).toContain('the rows that differed were replaced')
    expect({ seed, hurt, dump: await dumpIndex(database.url) }).toEqual({ seed, hurt, dump: clean })
    expect(await sources()).toEqual(before)
  }
}, 240_000)

const isFilled = (rows: unknown[]) => rows.length > 0

const current = sql`block_to = 2147483647`

/** What invariants of the example cover, each hurt in one row of those that there are. @param some - the id of a balance */
const covered: Readonly<Record<string, (some: Sql) => readonly Sql[]>> = {
  'other values, and a row that never was': (some) => [
    sql`update sgd1.balance set amount = amount + 5 where ${current} and id = (${some})`,
    sql`update sgd1.balance set amount = amount - 5 where ${current} and id = (select max(id) from sgd1.balance where ${current} and id <> (${some}))`,
    sql`insert into sgd1.balance (vid, block_from, block_to, id, account, amount, updated_at)
      select vid, block_from, block_to, '\\x${sql.trusted('ee'.repeat(20))}'::bytea, '\\x${sql.trusted('ee'.repeat(20))}'::bytea, 7, updated_at
      from sgd1.balance where ${current} and id = (${some})`,
    sql`update sgd1.token set owner = creator where ${current} and id = (select max(id) from sgd1.token where ${current} and owner <> creator)`,
    sql`update sgd1.proceeds set owed = owed + 1 where ${current} and id = (select max(id) from sgd1.proceeds where ${current})`,
    sql`update sgd1.listing set price = price + 1 where ${current} and status = 'OPEN'`,
    sql`update sgd1.offer set price = price + 1 where ${current} and status = 'OPEN'`,
    sql`update sgd1.market set fee_bps = fee_bps + 1 where ${current}`,
    sql`update sgd1.patron set total_supply = total_supply + 1 where ${current}`,
    sql`update sgd1.collection set name = name || 'x' where ${current}`,
  ],
  'a row that ends too early': (some) => [
    sql`update sgd1.balance set block_to = block_from + 1 where ${current} and id = (${some})`,
  ],
  'an entity that is gone': (some) => [sql`delete from sgd1.balance where id = (${some})`],
}

it.each(Object.entries(covered))(
  'finds by its invariants, and heals while it indexes: %s',
  async (_, hurt) => {
    const roll = dice(Number(process.env.HEDDLE_TEST_SEED ?? 1))
    const env = { HEDDLE_VERIFY_SECONDS: '0.01', HEDDLE_VERIFY_ROWS: '100' }
    await using index = await anIndexer(market, { chain: market, database, env })
    await index.caughtUp()
    const some = sql`select id from sgd1.balance where ${current} order by md5(id::text || ${sql.value(String(roll(1_000)))}) limit 1`
    const [row] = await postgres.run(some)
    const chosen = sql`${sql.value(String(row?.id))}::bytea`
    for (const statement of hurt(chosen)) {
      expect(await postgres.transaction((transaction) => transaction.change(statement))).toBeGreaterThan(0)
    }
    await until('all is as it was, and told as healed', async () => (await isHealed()) && (await isAsItWas()), 180_000)
  },
  240_000,
)

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
    const { status, metrics } = again.indexer.ports
    const told = (await (await fetch(`http://127.0.0.1:${status}/verification`)).json()) as object
    expect(told).toMatchObject({
      deployments: [{ verified: { quarantined: 1 }, differences: [{ state: 'quarantined' }] }],
    })
    const lines = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
    expect(lines).toContain(`heddle_verify_quarantined{deployment="${again.indexer.deployment}"} 1`)
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
    // The chain goes on. Of one that does not, anvil loses the state that hundreds of reorgs went back to.
    await market.do('anvil_mine', '0x1')
    const head = (await market.rpc.headerByNumber('latest'))?.hash
    await until('the reorg is followed', async () => (await readProgress(postgres, 1))?.block?.hash === head)
  }
  expect((await reverts()) - before.reverts).toBeGreaterThanOrEqual(reorgs)
  await until('it has looked', async () => (await checked()) > before.checked + 100)
  expect(await readDifferences(postgres, 1)).toEqual([])
  expect((await readProgress(postgres, 1))?.health).toBe('healthy')
}, 1_800_000)

it('compares what came by a deploy, by the file that is named for its name, and tells of one that does not fit', async () => {
  const right = join(import.meta.dirname, '../../../subgraph/invariants.yaml')
  const folder = await mkdtemp(join(tmpdir(), 'heddle-named-'))
  const wrong = join(folder, 'wrong.yaml')
  await writeFile(wrong, 'invariants:\n  - Nothing.amount = Patron.totalSupply()\n')
  await using deployed = await scratchDatabase()
  const told: string[] = []
  const tell = (event: string) => told.push(event)
  const log = { debug() {}, info() {}, warn: tell, error: tell }
  const open = (file: string) =>
    anOpenIndexer(
      { chain: market, database: deployed },
      { HEDDLE_VERIFY_SECONDS: '0.05' },
      ['--invariants', `org/market=${file}`],
      log,
    )
  try {
    {
      await using indexer = await open(right)
      await indexer.admin('subgraph_create', { name: 'org/market' })
      const ipfs_hash = await indexer.upload(market.manifest)
      await indexer.admin('subgraph_deploy', { name: 'org/market', ipfs_hash })
      const page = `http://127.0.0.1:${indexer.ports.status}/verification`
      const checked = async () => {
        const { deployments } = (await (await fetch(page)).json()) as { deployments: ShownVerification[] }
        return deployments[0]?.verified?.checked ?? 0
      }
      await until('it has compared something', async () => (await checked()) > 0)
      expect(told).not.toContain('verify.invariantsInvalid')
    }
    await using again = await open(wrong)
    await until('it tells', async () => told.includes('verify.invariantsInvalid'))
    expect((await again.ask('name/org/market', '{ _meta { hasIndexingErrors } }')).data).toBeDefined()
    await expect(open(join(folder, 'nowhere.yaml'))).rejects.toMatchObject({ code: 'VERIFY_INVARIANTS_INVALID' })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)
