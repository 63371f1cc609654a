/**
 * What row versions cost: our layout beside graph-node's (int4range under GiST), in one server, in one run.
 *
 *     node bench/store.ts [rows] [postgres-url]
 *
 * Without a URL an embedded server is started in a temporary folder. Take the ratios, not the numbers.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlockLink, Hex } from '../indexer/src/chain/block.ts'
import { parseSchema } from '../indexer/src/deployment/schema.ts'
import type { BlockChanges, Change } from '../indexer/src/entity/change.ts'
import type { Value } from '../indexer/src/entity/value.ts'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '../indexer/src/store/embedded.ts'
import { currentBlock } from '../indexer/src/store/layout.ts'
import { createPostgres, type Postgres } from '../indexer/src/store/postgres.ts'
import { type Sql, sql } from '../indexer/src/store/sql.ts'
import { openStore } from '../indexer/src/store/store.ts'

const rows = Number(process.argv[2] ?? 100_000)
const updates = Math.floor(rows / 4)
const batchSize = 10_000
const updateBatch = 1_000

interface Rates {
  readonly insertsPerSecond: number
  readonly updatesPerSecond: number
}

await withPostgres(async (postgres) => {
  const theirs = await measureGist(postgres)
  const ours = await measureStore(postgres)
  console.log(`rows ${rows}, updates ${updates}`)
  console.log('                               COPY rows/s   closing + inserting/s')
  console.log(line("graph-node's layout (GiST)", theirs))
  console.log(line('ours, through Store.commit', ours))
  const times = (ratio: number) => `${ratio.toFixed(1)}x`
  console.log(
    `ours / theirs                  ${times(ours.insertsPerSecond / theirs.insertsPerSecond).padStart(11)}   ` +
      times(ours.updatesPerSecond / theirs.updatesPerSecond).padStart(21),
  )
})

/** Everything a commit does: encoding, rows, links, progress. */
async function measureStore(postgres: Postgres): Promise<Rates> {
  const schema = parseSchema(
    'type Token @entity(immutable: false) { id: Bytes!  supply: BigInt!  price: BigInt!  owner: Bytes!  hash: Bytes! }',
  )
  const store = await openStore(postgres, {
    id: `QmBench${Date.now()}`,
    specVersion: '1.3.0',
    network: 'bench',
    features: [],
    schema,
    dataSources: [],
    templates: [],
    startBlock: 0,
    modules: new Map(),
    manifestText: '',
    files: new Map(),
  })
  let block = 0
  const write = async (kind: 'insert' | 'overwrite', ids: readonly number[]) => {
    block += 1
    const batch: BlockChanges = {
      block: link(block),
      changes: ids.map((id, order) => change(kind, id, order)),
      newSources: [],
    }
    await store.commit([batch], [], link(block))
  }
  const insertMs = await timed(async () => {
    for (let at = 0; at < rows; at += batchSize) await write('insert', range(at, Math.min(at + batchSize, rows)))
  })
  await postgres.run(sql`vacuum analyze ${sql.ident(store.layout.schemaName, 'token')}`)
  const updateMs = await timed(async () => {
    for (let at = 0; at < updates; at += updateBatch) await write('overwrite', spread(at, updateBatch))
  })
  await store.drop()
  return { insertsPerSecond: (rows / insertMs) * 1000, updatesPerSecond: (updates / updateMs) * 1000 }
}

/** The same rows, written by COPY and closed by a join, into the tables graph-node makes. */
async function measureGist(postgres: Postgres): Promise<Rates> {
  await postgres.run(sql`create extension if not exists btree_gist`)
  await postgres.run(sql`drop table if exists public.gist_token`)
  await postgres.run(sql`create table public.gist_token (vid bigserial primary key, block_range int4range not null, id bytea not null,
    supply numeric not null, price numeric not null, owner bytea not null, hash bytea not null)`)
  await postgres.run(sql`create index on public.gist_token (id)`)
  await postgres.run(sql`create index on public.gist_token using gist (id, block_range)`)
  await postgres.run(sql`create index on public.gist_token using brin
    (lower(block_range), coalesce(upper(block_range), ${sql.int(currentBlock)}), vid)`)
  await postgres.run(sql`create index on public.gist_token (coalesce(upper(block_range), ${sql.int(currentBlock)}))
    where coalesce(upper(block_range), ${sql.int(currentBlock)}) < ${sql.int(currentBlock)}`)
  const table = sql.ident('public', 'gist_token')
  const columns = sql`block_range, id, supply, price, owner, hash`
  let block = 0
  const write = (ids: readonly number[], close: Sql | null) =>
    postgres.transaction(
      async (transaction) => {
        if (close !== null) await transaction.run(close)
        await transaction.copy(table, columns, [ids.map((id) => gistLine(id, block)).join('')])
      },
      { mayForget: true },
    )
  const insertMs = await timed(async () => {
    for (let at = 0; at < rows; at += batchSize) {
      block += 1
      await write(range(at, Math.min(at + batchSize, rows)), null)
    }
  })
  await postgres.run(sql`vacuum analyze ${table}`)
  const updateMs = await timed(async () => {
    for (let at = 0; at < updates; at += updateBatch) {
      block += 1
      const ids = spread(at, updateBatch)
      const closed = sql.value(ids.map((id) => `\\x${idOf(id).slice(2)}`))
      await write(
        ids,
        sql`update ${table} set block_range = int4range(lower(block_range), ${sql.int(block)})
          where id = any(${closed}::bytea[]) and block_range @> ${sql.int(currentBlock)}`,
      )
    }
  })
  await postgres.run(sql`drop table public.gist_token`)
  return { insertsPerSecond: (rows / insertMs) * 1000, updatesPerSecond: (updates / updateMs) * 1000 }
}

function change(kind: 'insert' | 'overwrite', n: number, order: number): Change {
  const id = idOf(n)
  const entity = new Map<string, Value>([
    ['id', { kind: 'Bytes', value: id }],
    ['supply', { kind: 'BigInt', value: 10n ** 18n + BigInt(n) }],
    ['price', { kind: 'BigInt', value: BigInt(order) }],
    ['owner', { kind: 'Bytes', value: id }],
    ['hash', { kind: 'Bytes', value: id }],
  ])
  return { kind, type: 'Token', id, entity, order }
}

function gistLine(n: number, block: number): string {
  const bytes = `\\\\x${idOf(n).slice(2)}`
  return `[${block},)\t${bytes}\t${10n ** 18n + BigInt(n)}\t${n}\t${bytes}\t${bytes}\n`
}

/** 20 bytes, well mixed, as addresses are. */
function idOf(n: number): Hex {
  const mixed = (BigInt(n + 1) * 0x9e3779b97f4a7c15f39cc0605cedc834n) & ((1n << 160n) - 1n)
  return `0x${mixed.toString(16).padStart(40, '0')}`
}

function link(number: number): BlockLink {
  const hash: Hex = `0x${number.toString(16).padStart(64, '0')}`
  return { number, hash, parentHash: hash, timestamp: number }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

/** Ids far from each other. */
function spread(from: number, size: number): number[] {
  return [...new Set(Array.from({ length: size }, (_, index) => ((from + index) * 7919) % rows))]
}

function line(name: string, { insertsPerSecond, updatesPerSecond }: Rates): string {
  return `${name.padEnd(30)} ${Math.round(insertsPerSecond).toString().padStart(11)}   ${Math.round(updatesPerSecond).toString().padStart(21)}`
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function withPostgres(work: (postgres: Postgres) => Promise<void>): Promise<void> {
  const url = process.argv[3]
  if (url !== undefined) {
    const postgres = createPostgres(url)
    await work(postgres).finally(() => postgres.end())
    return
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'heddle-bench-'))
  const server = await startEmbeddedPostgres({ dataDir, database: 'bench' })
  const postgres = createPostgres(server.url)
  try {
    await work(postgres)
  } finally {
    await postgres.end()
    await server.stop()
    await removeEmbeddedPostgres(dataDir)
  }
}
