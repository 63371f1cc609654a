import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'

/** Prisma's own folder: `<YYYYMMDDhhmmss>_<name>/migration.sql`, applied in the order of their names. */
export const migrationsFolder = join(import.meta.dirname, 'migrations')

/** The Postgres schema of people's rows, and of Prisma's list of what was applied. Chain rows are in others. */
export const peopleSchema = 'people'

export const schemaFile = join(import.meta.dirname, 'schema.prisma')

/** Reads a folder of migrations into the shape the schema engine takes them in. */
export async function readMigrations(folder: string = migrationsFolder): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.sort().map((name) => readMigration(folder, name))),
  }
}

async function readMigration(folder: string, name: string) {
  const value = await readFile(join(folder, name, 'migration.sql'), 'utf8')
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
}
