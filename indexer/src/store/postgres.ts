import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { StoreUnavailableError } from '../errors.ts'
import { readOnly, storeError } from './failure.ts'
import { render, type Sql, sql } from './sql.ts'

/**
 * What a column comes back as: int4 and smaller as number, boolean as boolean, everything else in Postgres' own text form
 * (`\x…` for bytea, `{…}` for arrays, JSON unparsed, times in UTC), so that nothing is ever rounded.
 */
export type Cell = string | number | boolean | null
export type Row = Readonly<Record<string, Cell>>

/** Runs statements. Throws errors of `errors.ts` only. */
export interface Runner {
  /** @param options - `name`: keeps the statement prepared on each connection it was run on; one name, one text */
  run(statement: Sql, options?: { readonly name?: string }): Promise<Row[]>
}

export interface Transaction extends Runner {
  /** @returns how many rows were changed */
  change(statement: Sql): Promise<number>
  /** Bulk insert. @param rows - chunks in the text format of COPY */
  copy(into: Sql, columns: Sql, rows: Iterable<string>): Promise<void>
}

/** Connections of a pool. */
export interface PoolUsage {
  readonly open: number
  readonly idle: number
  /** Statements that wait for one. */
  readonly waiting: number
}

/** A pool of connections that outlives restarts of the server: what runs into one fails, the next finds the server again. */
export interface Postgres extends Runner {
  /** Commits if `work` returns, rolls back if it throws. When the connection breaks at the end, it may have been committed. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** A connection of its own, for locks that live as long as it does. */
  session(): Promise<Session>
  usage(): PoolUsage
  /** Statements under way are waited for, but not long; the server gives them up when the process has ended. */
  end(): Promise<void>
}

export interface TransactionOptions {
  /** The newest commits may get lost in a power cut, though never in part. Right for what can be read from the chain again. */
  readonly mayForget?: boolean
  /** All statements see one state. */
  readonly isSnapshot?: boolean
  readonly statementTimeoutMs?: number
}

export interface Session extends Runner {
  /** Whether the connection still stands, and with it its locks. */
  readonly isOpen: boolean
  close(): Promise<void>
}

export interface PostgresOptions {
  /** Connections at most. */
  readonly max?: number
  readonly statementTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** After how long the server gives up a transaction in which nothing is asked; a minute by default. */
  readonly idleTransactionMs?: number
  /** As Postgres' own views show it. */
  readonly applicationName?: string
}

export function createPostgres(url: string, options: PostgresOptions = {}): Postgres {
  const config = configOf(url, options)
  const pool = new pg.Pool({
    ...config,
    max: options.max ?? 10,
    idleTimeoutMillis: 30_000,
    onConnect: prepareConnection,
  })
  // An idle connection that breaks is dropped by the pool; the next statement opens another.
  pool.on('error', ignore)
  return {
    run: (statement, runOptions) => runOn(pool, statement, runOptions?.name),
    transaction: (work, transactionOptions = {}) => transact(pool, work, transactionOptions),
    session: () => openSession(config),
    usage: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    end: () => Promise.race([pool.end(), wait(partingMs, undefined, { ref: false })]),
  }
}

async function transact<T>(
  pool: pg.Pool,
  work: (transaction: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw storeError(error)
  })
  let broken: Error | undefined
  const onBroken = (error: Error) => {
    broken = error
  }
  client.on('error', onBroken)
  try {
    await client.query(beginText(options))
    const result = await work(transactionOn(client))
    await client.query('commit')
    return result
  } catch (error) {
    const failure = storeError(broken ?? error)
    await client.query('rollback').catch(onBroken)
    // Where the address leads by now there may be another server.
    if (failure instanceof StoreUnavailableError && failure.facts.sqlState === readOnly) broken = failure
    throw failure
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

function beginText({ mayForget, isSnapshot, statementTimeoutMs }: TransactionOptions): string {
  return [
    isSnapshot ? 'begin isolation level repeatable read' : 'begin',
    ...(mayForget ? ['set local synchronous_commit = off'] : []),
    ...(statementTimeoutMs === undefined ? [] : [`set local statement_timeout = ${Math.trunc(statementTimeoutMs)}`]),
  ].join('; ')
}

function transactionOn(client: pg.ClientBase): Transaction {
  return {
    run: (statement, options) => runOn(client, statement, options?.name),
    change: async (statement) => (await query(client, statement)).rowCount ?? 0,
    copy: async (into, columns, rows) => {
      const { text } = render(sql`copy ${into} (${columns}) from stdin`)
      try {
        await pipeline(Readable.from(rows, { objectMode: true }), client.query(copyFrom(text)))
      } catch (error) {
        throw storeError(error)
      }
    },
  }
}

async function openSession(config: pg.ClientConfig): Promise<Session> {
  const client = new pg.Client(config)
  let isOpen = true
  const onEnd = () => {
    isOpen = false
  }
  client.on('error', onEnd)
  client.on('end', onEnd)
  try {
    await client.connect()
  } catch (error) {
    throw storeError(error)
  }
  await prepareConnection(client)
  return {
    get isOpen() {
      return isOpen
    },
    run: (statement) => runOn(client, statement),
    close: () => client.end().catch(ignore),
  }
}

async function runOn(on: pg.Pool | pg.ClientBase, statement: Sql, name?: string): Promise<Row[]> {
  return (await query(on, statement, name)).rows
}

async function query(on: pg.Pool | pg.ClientBase, statement: Sql, name?: string): Promise<pg.QueryResult<Row>> {
  const { text, values } = render(statement)
  try {
    return await on.query<Row>({ text, values: [...values], ...(name === undefined ? {} : { name }) })
  } catch (error) {
    throw storeError(error)
  }
}

function configOf(url: string, options: PostgresOptions): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: options.applicationName ?? 'heddle',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    // A transaction that was left open by a frozen process must not hold its locks for ever.
    options: `-c timezone=UTC -c datestyle=ISO -c statement_timeout=${options.statementTimeoutMs ?? 0} -c idle_in_transaction_session_timeout=${options.idleTransactionMs ?? 60_000}`,
    types: { getTypeParser: parserOf },
  }
}

/** Lets the server notice within seconds that we died in the middle of a statement. Some platforms cannot. */
async function prepareConnection(client: pg.ClientBase): Promise<void> {
  await client.query("select set_config('client_connection_check_interval', '2s', false)").catch(ignore)
}

/** By Postgres' type numbers: 16 is boolean, 21 and 23 the integers that a JS number holds. */
function parserOf(type: number): (text: string) => Cell {
  if (type === 16) return (text) => text === 't'
  if (type === 21 || type === 23) return Number
  return (text) => text
}

/** How long a pool waits for its last statements. */
const partingMs = 1_000

function ignore(): void {}
