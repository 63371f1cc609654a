import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { scratchDatabase } from './postgres.ts'

it('makes an empty database and drops it, also while someone is still connected', async () => {
  const scratch = await scratchDatabase()
  const left = new pg.Client({ connectionString: scratch.url })
  left.on('error', () => undefined)
  await left.connect()
  expect((await left.query("SELECT FROM pg_tables WHERE schemaname = 'public'")).rowCount).toBe(0)

  await scratch[Symbol.asyncDispose]()

  const server = new pg.Client({ connectionString: inject('postgresUrl') })
  await server.connect()
  const name = new URL(scratch.url).pathname.slice(1)
  expect((await server.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount).toBe(0)
  await server.end()
})
