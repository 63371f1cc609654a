import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { readMigrations, schemaFile } from './migrations.ts'
import { filters, openSchemaEngine } from './schema-engine.ts'

/**
 * What is missing from the migrations to become what schema.prisma says. They are replayed on a Postgres in memory.
 * @returns SQL; empty when they agree
 */
export async function diffMigrations(folder?: string): Promise<string> {
  const schema = await readFile(schemaFile, 'utf8')
  const engine = await openSchemaEngine(inMemory(), schema)
  const { stdout } = await engine.diff({
    from: { tag: 'migrations', ...(await readMigrations(folder)) },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
    script: true,
    exitCode: null,
    filters,
  })
  const sql = (stdout ?? '').trim()
  return sql === '-- This is an empty migration.' ? '' : sql
}

function inMemory(): SqlMigrationAwareDriverAdapterFactory {
  return { provider: 'postgres', adapterName: 'pglite', connect: connectPGlite, connectToShadowDb: connectPGlite }
}

async function connectPGlite(): Promise<SqlDriverAdapter> {
  const database = new PGlite()
  const adapter = await new PrismaPGlite(database).connect()
  // The adapter's own does not wait for the script to end.
  const executeScript = async (script: string) => void (await database.exec(script))
  return Object.assign(adapter, { executeScript, dispose: () => database.close() })
}
