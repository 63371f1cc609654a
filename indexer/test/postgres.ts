/**
 * One Postgres for a whole test run, and a fresh database from it for whoever asks.
 * As vitest's global setup it starts an embedded server in a temporary folder, or takes the one in HEDDLE_TEST_POSTGRES_URL.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { createDatabaseSql, removeEmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
  }
}

/** A database of its own, dropped when it is disposed of (`await using`). */
export interface ScratchDatabase extends AsyncDisposable {
  readonly url: string
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.HEDDLE_TEST_POSTGRES_URL
  if (given) {
    project.provide('postgresUrl', given)
    return async () => undefined
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'heddle-test-'))
  // mkdtemp's are for their maker alone; root's server, which runs as postgres, can then stay here.
  await chmod(dataDir, 0o755)
  const postgres = await startEmbeddedPostgres({ dataDir, database: 'heddle_test', durable: false })
  project.provide('postgresUrl', postgres.url)

  let ending: Promise<void> | undefined
  const end = () => {
    ending ??= postgres.stop().then(() => removeEmbeddedPostgres(dataDir))
    return ending
  }
  // The server has a session of its own, so a Ctrl-C that ends vitest would leave it running.
  const onSignal = (signal: NodeJS.Signals) => {
    end().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  return async () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    await end()
  }
}

/** Makes an empty database on the run's server. */
export async function scratchDatabase(): Promise<ScratchDatabase> {
  // Only a test has something injected; the global setup itself runs outside of one.
  const { inject } = await import('vitest')
  const server = inject('postgresUrl')
  const name = `scratch_${randomBytes(8).toString('hex')}`
  await onServer(server, createDatabaseSql(name))
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(server, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
