import pg from 'pg'
import type { ChaosChain } from '../../indexer/kit/chaos/index.ts'
import { until } from '../until.ts'
import { differences, expectedHoldings, type Holdings, line } from './ledger.ts'

/** What the database holds while no indexer runs: its progress, and how its rows differ from what they have to be at that block. */
export async function readRows(
  postgresUrl: string,
  chain: ChaosChain,
): Promise<{ progress: number; differences: object | null }> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ schema: string; progress: number | null }>(
      `select d.schema_name as schema, d.block_number as progress from heddle.deployments d`,
    )
    const [{ schema, progress } = { schema: '', progress: null }] = rows
    const held = await holdingsIn(client, schema)
    return { progress: progress ?? 0, differences: differences(held, await expectedHoldings(chain, progress ?? 0)) }
  } finally {
    await client.end()
  }
}

async function holdingsIn(client: pg.Client, schema: string): Promise<Holdings> {
  const lines = async (columns: string, table: string) => {
    const { rows } = await client.query<string[]>({
      text: `select ${columns} from ${schema}.${table}`,
      rowMode: 'array',
    })
    return rows.map((parts) => line(...parts)).sort()
  }
  const id = (column: string) => `'0x' || encode(${column}, 'hex')`
  const current = 'where block_to = 2147483647'
  return {
    transfers: await lines(`block, log_index, ${id('"from"')}, ${id('"to"')}, value`, 'transfer'),
    accounts: await lines(`${id('id')}, balance, transfers`, `account ${current}`),
    updates: await lines(`block, ${id('token')}, uri`, 'metadata_update'),
    tokens: await lines(`${id('id')}, symbol, name`, `token ${current}`),
  }
}

/** Stops the next commit half-way: it has begun to write, and cannot go on. */
export async function holdNextCommit(postgresUrl: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  const rows = async (text: string) => (await client.query(text)).rows
  const atLeastOne = (found: unknown[]) => found.length > 0
  const made = `select from pg_tables where schemaname = 'sgd1' and tablename = 'metadata_update'`
  await until('the tables are made', () => rows(made), atLeastOne, 60_000)
  await client.query('begin; lock table sgd1.metadata_update in share mode')
  const waiting = `select from pg_locks where relation = 'sgd1.metadata_update'::regclass and not granted`
  await until('a commit waits', () => rows(waiting), atLeastOne, 60_000)
  return { release: () => client.end() }
}
