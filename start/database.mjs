import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from './fault.mjs'

/** @typedef {{ url: string }} Database */
/** @typedef {Database & { stop(): Promise<void> }} Running */

/**
 * A Postgres of one's own, looked at before anything relies on it.
 * @param {string} url
 * @returns {Promise<Database>}
 * @throws {Fault} `POSTGRES_UNREACHABLE`
 */
export async function useDatabase(url) {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    await client.query('SELECT 1')
    return { url }
  } catch (cause) {
    const why =
      cause instanceof AggregateError ? cause.errors[0]?.message : cause instanceof Error ? cause.message : cause
    const { host, pathname } = new URL(url)
    throw new Fault(
      'POSTGRES_UNREACHABLE',
      `No database answers at ${host}${pathname} (${why}): check --postgres-url (DATABASE_URL).`,
      { cause },
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * The embedded one, started again on the same port if it ends by itself.
 * @param {{ home: string, port?: number, signal: AbortSignal, say: (line: string) => void }} options - `signal`: from then on an end is an end
 * @returns {Promise<Running>}
 */
export async function startDatabase({ home, port, signal, say }) {
  const { startEmbeddedPostgres } = await import('../indexer/src/store/embedded.ts')
  const options = { dataDir: join(home, 'postgres'), database: 'heddle' }
  let server = await startEmbeddedPostgres({ ...options, port })
  let isStopped = false
  const watching = watch()

  async function watch() {
    while (!isStopped && !signal.aborted) {
      await sleep(1_000, undefined, { signal }).catch(() => undefined)
      if (isStopped || signal.aborted || (await server.isRunning())) continue
      say('Postgres ended and is started again')
      await server.stop().catch(() => undefined)
      const again = await startEmbeddedPostgres({ ...options, port: server.port }).catch((error) => say(error.message))
      if (again) server = again
    }
  }

  return {
    url: server.url,
    async stop() {
      isStopped = true
      if (signal.aborted) await watching
      await server.stop()
    },
  }
}
