import { PrismaPg } from '@prisma/adapter-pg'
import {
  isDriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory,
  type Transaction,
} from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import {
  DatabaseUnreachableError,
  MigrationBusyError,
  MigrationFailedError,
  MigrationsDivergedError,
} from './errors.ts'
import { peopleSchema, readMigrations } from './migrations.ts'
import { filters, openSchemaEngine, type SchemaEngine } from './schema-engine.ts'

// Any number that nobody else locks; Prisma's own tool takes 72707369.
const LOCK = '7270736901'
const LOCK_NOT_AVAILABLE = '55P03'

// As Prisma makes it. Asking for a table that is missing would end the transaction, so it must never be.
const HISTORY = `CREATE TABLE IF NOT EXISTS ${peopleSchema}._prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/**
 * Brings people's tables up to date. All of it is one transaction: a process killed in the middle leaves nothing behind,
 * and of several at once one works while the others wait. So no migration may hold what a transaction cannot
 * (`CREATE INDEX CONCURRENTLY`).
 * @returns the names of the migrations that were applied now; empty when there was nothing to do
 * @throws {@link DatabaseUnreachableError} {@link MigrationFailedError} {@link MigrationsDivergedError} {@link MigrationBusyError}
 */
export async function applyMigrations(databaseUrl: string, folder?: string): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 10_000 })
  // A connection that is lost while nobody uses it fails the next query, which says so.
  pool.on('error', () => undefined)
  try {
    const transaction = await begin(pool, databaseUrl)
    try {
      await prepare(transaction)
      const names = await applyWithin(transaction, migrations)
      await execute(transaction, 'COMMIT')
      return names
    } finally {
      await transaction.rollback()
    }
  } finally {
    // Ends what was not committed.
    await pool.end()
  }
}

async function begin(pool: pg.Pool, databaseUrl: string): Promise<Transaction> {
  try {
    await pool.query('SELECT')
  } catch (cause) {
    throw new DatabaseUnreachableError(databaseUrl, cause)
  }
  const adapter = await new PrismaPg(pool).connect()
  return adapter.startTransaction()
}

async function prepare(transaction: Transaction): Promise<void> {
  await execute(transaction, "SET LOCAL lock_timeout = '60s'")
  try {
    await execute(transaction, `SELECT pg_advisory_xact_lock(${LOCK})`)
  } catch (cause) {
    if (isDriverAdapterError(cause) && cause.cause.originalCode === LOCK_NOT_AVAILABLE)
      throw new MigrationBusyError(cause)
    throw cause
  }
  await execute(transaction, `CREATE SCHEMA IF NOT EXISTS ${peopleSchema}`)
  await execute(transaction, HISTORY)
  await execute(transaction, `SET LOCAL search_path = ${peopleSchema}`)
}

async function applyWithin(transaction: Transaction, migrationsList: MigrationList): Promise<string[]> {
  let failure: MigrationFailedError | undefined
  const executeScript = async (script: string) => {
    try {
      await execute(transaction, script)
    } catch (error) {
      // Whatever follows in this transaction fails too, and would hide the reason.
      failure ??= new MigrationFailedError(nameOf(script, migrationsList), spoken(error), error)
      throw error
    }
  }
  const engine = await openSchemaEngine(adapterOn(transaction, executeScript))
  await requireSameHistory(engine, migrationsList)
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters })
    return appliedMigrationNames
  } catch (error) {
    throw failure ?? error
  }
}

/** What the engine needs of a database, on one transaction and with scripts whole: the original cuts them at every semicolon. */
function adapterOn(
  transaction: Transaction,
  executeScript: (script: string) => Promise<void>,
): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = transaction
  const refuse = () => Promise.reject(new Error('Applying migrations needs no other database or transaction.'))
  const connect = async () => ({
    provider,
    adapterName,
    queryRaw: transaction.queryRaw.bind(transaction),
    executeRaw: transaction.executeRaw.bind(transaction),
    executeScript,
    startTransaction: refuse,
    getConnectionInfo: () => ({ schemaName: peopleSchema, supportsRelationJoins: true }),
    dispose: async () => undefined,
  })
  return { provider, adapterName, connect, connectToShadowDb: refuse }
}

async function requireSameHistory(engine: SchemaEngine, migrationsList: MigrationList): Promise<void> {
  const { history, editedMigrationNames, failedMigrationNames } = await engine.diagnoseMigrationHistory({
    migrationsList,
    optInToShadowDatabase: false,
    filters,
  })
  const deleted = history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : []
  const diverged = new Set([...editedMigrationNames, ...failedMigrationNames, ...deleted])
  if (diverged.size > 0) throw new MigrationsDivergedError([...diverged])
}

/** Without arguments Postgres takes several statements at once. */
async function execute(transaction: Transaction, sql: string): Promise<void> {
  await transaction.executeRaw({ sql, args: [], argTypes: [] })
}

function nameOf(script: string, { migrationDirectories }: MigrationList): string {
  const found = migrationDirectories.find(
    ({ migrationFile: { content } }) => content.tag === 'ok' && content.value === script,
  )
  return found?.path ?? 'a migration'
}

function spoken(error: unknown): string {
  if (isDriverAdapterError(error)) return error.cause.originalMessage ?? error.message
  return error instanceof Error ? error.message : String(error)
}
