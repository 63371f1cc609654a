import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import { scratchDatabase } from '../indexer/test/postgres.ts'
import { applyMigrations } from './apply.ts'
import { MigrationFailedError, MigrationsDivergedError } from './errors.ts'
import { migrationsFolder } from './migrations.ts'

it('makes the tables and writes down what it applied, as Prisma does', async () => {
  await using scratch = await scratchDatabase()

  const applied = await applyMigrations(scratch.url)

  expect(applied[0]).toBe('20261120090000_people')
  const tables = await query(scratch.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'people' ORDER BY 1")
  expect(tables.map(({ tablename }) => tablename)).toEqual([
    '_prisma_migrations',
    'collection_page',
    'linked_address',
    'profile',
    'token_metadata',
  ])
  const [row] = await query(
    scratch.url,
    'SELECT migration_name, finished_at, applied_steps_count FROM people._prisma_migrations',
  )
  expect(row).toMatchObject({ migration_name: applied[0], finished_at: expect.any(Date), applied_steps_count: 1 })
})

it('has nothing to do the second time', async () => {
  await using scratch = await scratchDatabase()
  await applyMigrations(scratch.url)

  expect(await applyMigrations(scratch.url)).toEqual([])
})

it('lets one of several do the work while the others wait', async () => {
  await using scratch = await scratchDatabase()

  const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(scratch.url)))

  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
})

it('leaves alone what others keep in the same database', async () => {
  await using scratch = await scratchDatabase()
  await query(scratch.url, 'CREATE TABLE public.other (id int); CREATE SCHEMA sgd1; CREATE TABLE sgd1.token (id int)')

  expect(await applyMigrations(scratch.url)).not.toEqual([])
  expect(await query(scratch.url, "SELECT FROM pg_tables WHERE tablename = '_prisma_migrations'")).toHaveLength(1)
})

it('keeps nothing of a migration that fails in the middle, says why, and goes on once it is repaired', async () => {
  await using scratch = await scratchDatabase()
  await using folder = await migrationsWith('CREATE TABLE people.half (id int); SELECT 1 / 0; -- no; end')

  await expect(applyMigrations(scratch.url, folder.path)).rejects.toThrow(MigrationFailedError)
  await expect(applyMigrations(scratch.url, folder.path)).rejects.toThrow(/division by zero/)

  expect(await query(scratch.url, "SELECT FROM pg_tables WHERE schemaname = 'people'")).toEqual([])
  expect(await applyMigrations(scratch.url)).not.toEqual([])
})

it('takes a function with semicolons in its body for one statement', async () => {
  await using scratch = await scratchDatabase()
  await using folder = await migrationsWith(
    'CREATE FUNCTION people.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;',
  )

  await applyMigrations(scratch.url, folder.path)

  expect(await query(scratch.url, "SELECT FROM pg_proc WHERE proname = 'touch'")).toHaveLength(1)
})

it('refuses when an applied migration was changed afterwards', async () => {
  await using scratch = await scratchDatabase()
  await using folder = await migrationsWith('SELECT 1;')
  await applyMigrations(scratch.url, folder.path)
  await writeFile(join(folder.path, '20991231000000_next/migration.sql'), 'SELECT 2;')

  await expect(applyMigrations(scratch.url, folder.path)).rejects.toThrow(/20991231000000_next/)
})

it('refuses when an applied migration is no longer there', async () => {
  await using scratch = await scratchDatabase()
  await using folder = await migrationsWith('SELECT 1;')
  await applyMigrations(scratch.url, folder.path)

  await expect(applyMigrations(scratch.url)).rejects.toThrow(MigrationsDivergedError)
})

it('says which database it cannot reach, without the password', async () => {
  const error = await applyMigrations('postgres://someone:geheim@127.0.0.1:1/nowhere').catch(
    (caught: unknown) => caught,
  )

  expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1/nowhere') })
  expect(String(error)).not.toContain('geheim')
})

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** The real migrations and one more after them. */
async function migrationsWith(sql: string) {
  const path = await mkdtemp(join(tmpdir(), 'migrations-'))
  await cp(migrationsFolder, path, { recursive: true })
  await mkdir(join(path, '20991231000000_next'))
  await writeFile(join(path, '20991231000000_next/migration.sql'), sql)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
