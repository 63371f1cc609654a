/**
 * What a query costs: our endpoint beside a bare handler that runs one hand-written statement, in one server, in one run.
 *
 *     node bench/query.ts [transfers] [seconds] [postgres-url]
 *
 * list: 100 transfers from a random block on, ordered by block, with both accounts. account: one by id with its 10 latest.
 * Without a URL an embedded server is started in a temporary folder. Take the ratios, not the numbers.
 */
import { mkdtemp } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { BlockLink, Hex } from '../indexer/src/chain/block.ts'
import { parseSchema } from '../indexer/src/deployment/schema.ts'
import type { BlockChanges, Change } from '../indexer/src/entity/change.ts'
import type { Value } from '../indexer/src/entity/value.ts'
import { queryable } from '../indexer/src/query/answer.ts'
import { apiSchema } from '../indexer/src/query/schema.ts'
import { type Handler, json, openDoor } from '../indexer/src/serve/http.ts'
import { queryHandler } from '../indexer/src/serve/query.ts'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '../indexer/src/store/embedded.ts'
import { createPostgres, type Postgres } from '../indexer/src/store/postgres.ts'
import { sql } from '../indexer/src/store/sql.ts'
import { openStore, type Store } from '../indexer/src/store/store.ts'

const deploymentId = `QmBenchQuery${Date.now()}`
const connections = 16
const blocks = 9_500
const accounts = 2_000
const transfers = Number(process.argv[2] ?? 100_000)
const seconds = Number(process.argv[3] ?? 5)

type Question = 'list' | 'account'

const queries: Readonly<Record<Question, string>> = {
  list: 'query($b:Int!){transferEvents(where:{block_gte:$b},orderBy:block,first:100){id amount block timestamp from{id} to{id}}}',
  account:
    'query($a:ID!){account(id:$a){id balance sent(first:10,orderBy:block,orderDirection:desc){id amount block}}}',
}

interface Load {
  readonly port: number
  readonly path: string
  readonly bodies: readonly string[]
  readonly seconds: number
}

if (isMainThread) await main()
else await attack(workerData)

async function main(): Promise<void> {
  await withPostgres(async (postgres) => {
    const { store, schema } = await fill(postgres)
    const asked = queryable(deploymentId, apiSchema(schema), store.layout, postgres)
    const ours = await openDoor(queryHandler({ find: () => asked }), { host: '127.0.0.1', port: 0 })
    const bare = await openDoor(bareHandler(postgres, store), { host: '127.0.0.1', port: 0 })
    console.log(`${transfers} transfers, ${connections} connections, ${seconds} s each`)
    for (const question of ['list', 'account'] as const) {
      const bodies = bodiesOf(question)
      const path = '/subgraphs/name/bench'
      // Both once to warm up, then in turns.
      for (const { port } of [ours, bare]) await measure({ port, path, bodies, seconds: 1 })
      const best = { ours: 0, bare: 0 }
      for (let round = 0; round < 2; round++) {
        best.ours = Math.max(best.ours, await measure({ port: ours.port, path, bodies, seconds }))
        best.bare = Math.max(best.bare, await measure({ port: bare.port, path, bodies, seconds }))
      }
      const ratio = (best.ours / best.bare).toFixed(2)
      console.log(
        `${question.padEnd(8)} ours ${Math.round(best.ours)}/s, bare ${Math.round(best.bare)}/s, ratio ${ratio}`,
      )
    }
    await ours.close()
    await bare.close()
    await store.close()
  })
}

/** The ceiling: no GraphQL, no state, one statement for each question. */
function bareHandler(postgres: Postgres, { layout }: Store): Handler {
  const schema = sql.ident(layout.schemaName)
  return async ({ body }) => {
    const { variables } = JSON.parse(body.toString('utf8'))
    const isList = variables.b !== undefined
    const statement = isList
      ? sql`select json_agg(json_build_object('id', '0x' || encode(t.id, 'hex'), 'amount', t.amount::text, 'block', t.block,
          'timestamp', t."timestamp", 'from', json_build_object('id', '0x' || encode(t."from", 'hex')),
          'to', json_build_object('id', '0x' || encode(t."to", 'hex'))))::text as json
          from (select * from ${schema}.transfer_event where block >= ${sql.value(variables.b)}::int4 order by block, id limit 100) t`
      : sql`select json_build_object('id', '0x' || encode(a.id, 'hex'), 'balance', a.balance::text, 'sent', (
          select json_agg(json_build_object('id', '0x' || encode(t.id, 'hex'), 'amount', t.amount::text, 'block', t.block)) from (
            select * from ${schema}.transfer_event where "from" = a.id order by block desc, id desc limit 10) t))::text as json
          from ${schema}.account a where a.id = ${sql.value(`\\x${variables.a.slice(2)}`)}::bytea and a.block_to = 2147483647`
    const [row] = await postgres.run(statement, { name: isList ? 'bare-list' : 'bare-account' })
    return json(200, `{"data":${row?.json}}`)
  }
}

async function fill(postgres: Postgres) {
  const schema = parseSchema(`
    type Account @entity(immutable: false) {
      id: Bytes!  balance: BigInt!  sent: [TransferEvent!]! @derivedFrom(field: "from")
    }
    type TransferEvent @entity(immutable: true) {
      id: Bytes!  amount: BigInt!  block: Int!  timestamp: Int!  from: Account!  to: Account!
    }`)
  const store = await openStore(postgres, {
    id: deploymentId,
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
  const account = (n: number): Value => ({ kind: 'Bytes', value: hex(n, 20) })
  const people = Array.from({ length: accounts }, (_, n): Change => {
    const entity = new Map<string, Value>([
      ['id', account(n)],
      ['balance', { kind: 'BigInt', value: 10n ** 18n * BigInt(n) }],
    ])
    return { kind: 'insert', type: 'Account', id: hex(n, 20), entity, order: n }
  })
  const perBlock = Math.ceil(transfers / blocks)
  const batch: BlockChanges[] = [{ block: link(0), changes: people, newSources: [] }]
  for (let number = 1, n = 0; n < transfers; number++) {
    const changes: Change[] = []
    for (let i = 0; i < perBlock && n < transfers; i++, n++) {
      const entity = new Map<string, Value>([
        ['id', { kind: 'Bytes', value: hex(n, 36) }],
        ['amount', { kind: 'BigInt', value: BigInt(n) * 10n ** 15n }],
        ['block', { kind: 'Int', value: number }],
        ['timestamp', { kind: 'Int', value: 1_700_000_000 + number }],
        ['from', account((n * 7919) % accounts)],
        ['to', account((n * 104_729 + 1) % accounts)],
      ])
      changes.push({ kind: 'insert', type: 'TransferEvent', id: hex(n, 36), entity, order: i })
    }
    batch.push({ block: link(number), changes, newSources: [] })
  }
  const end = batch.at(-1)?.block ?? link(0)
  await store.commit(batch, [end], end)
  await store.setSynced()
  return { store, schema }
}

function bodiesOf(question: Question): string[] {
  return Array.from({ length: 1_000 }, (_, n) => {
    const variables = question === 'list' ? { b: 1 + ((n * 7) % (blocks - 200)) } : { a: hex((n * 13) % accounts, 20) }
    return JSON.stringify({ query: queries[question], variables })
  })
}

/** Requests per second of all connections together, driven from a thread of its own. */
function measure(load: Load): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: load })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function attack(load: Load): Promise<void> {
  const startedAt = performance.now()
  const counts = await Promise.all(Array.from({ length: connections }, (_, n) => drive(load, n)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  parentPort?.postMessage((total * 1_000) / (performance.now() - startedAt))
}

/** One connection, one request at a time. Reads no more of HTTP than `content-length`. */
function drive({ port, path, bodies, seconds: duration }: Load, first: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const until = performance.now() + duration * 1_000
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    let count = 0
    let buffered: Buffer = Buffer.alloc(0)
    const send = () => {
      const body = bodies[(first * 61 + count) % bodies.length] ?? ''
      const head = `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
      socket.write(head + body)
    }
    socket.on('error', reject)
    socket.on('connect', send)
    socket.on('data', (chunk) => {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
      const end = buffered.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = buffered.toString('latin1', 0, end)
      const size = Number(/content-length: (\d+)/i.exec(head)?.[1])
      if (buffered.length < end + 4 + size) return
      if (buffered.includes('"errors"', end)) return reject(new Error(buffered.toString('utf8', end)))
      buffered = buffered.subarray(end + 4 + size)
      count++
      if (performance.now() < until) return send()
      socket.end()
      resolve(count)
    })
  })
}

async function withPostgres(work: (postgres: Postgres) => Promise<void>): Promise<void> {
  const given = process.argv[4]
  const dataDir = given ? null : await mkdtemp(join(tmpdir(), 'heddle-bench-'))
  const server = dataDir ? await startEmbeddedPostgres({ dataDir, database: 'bench', durable: false }) : null
  const postgres = createPostgres(given ?? server?.url ?? '', { max: 8 })
  try {
    await work(postgres)
  } finally {
    await postgres.end()
    await server?.stop()
    if (dataDir) await removeEmbeddedPostgres(dataDir)
  }
}

function link(number: number): BlockLink {
  return { number, hash: hex(number, 32), parentHash: hex(Math.max(number - 1, 0), 32), timestamp: number }
}

function hex(number: number, bytes: number): Hex {
  return `0x${number.toString(16).padStart(bytes * 2, '0')}`
}
