/**
 * The tables people write to. With no option: brings the database of DATABASE_URL up to date.
 *
 *     node migrate.ts                   apply what is missing; again and at the same time does no harm
 *     node migrate.ts --create <name>   write the next migration from what schema.prisma has and migrations/ have not
 *     node migrate.ts --check           fail if there is such a difference
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { applyMigrations } from './apply.ts'
import { DatabaseUrlMissingError, MigrationMissingError, PeopleError } from './errors.ts'
import { migrationsFolder } from './migrations.ts'

const { values } = parseArgs({ options: { create: { type: 'string' }, check: { type: 'boolean', default: false } } })

try {
  if (values.create) await create(values.create)
  else if (values.check) await check()
  else await apply()
} catch (error) {
  if (!(error instanceof PeopleError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}

async function apply(): Promise<void> {
  const databaseUrl = process.env.DATABASE_URL
  if (!databaseUrl) throw new DatabaseUrlMissingError()
  const names = await applyMigrations(databaseUrl)
  console.log(names.length > 0 ? `prisma: applied ${names.join(', ')}` : 'prisma: nothing to apply')
}

async function check(): Promise<void> {
  const sql = await diff()
  if (sql !== '') throw new MigrationMissingError(sql)
}

async function create(name: string): Promise<void> {
  const sql = await diff()
  if (sql === '')
    return console.log('prisma: schema.prisma and migrations/ agree; an empty migration is yours to write')
  const at = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(migrationsFolder, `${at}_${name.replace(/\W+/g, '_')}`)
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), `${sql}\n`)
  console.log(`prisma: wrote ${join(folder, 'migration.sql')}`)
}

/** Loaded when asked for: it needs a Postgres in memory, which only developers install. */
async function diff(): Promise<string> {
  const { diffMigrations } = await import('./drift.ts')
  return diffMigrations()
}
