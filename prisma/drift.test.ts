import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { diffMigrations } from './drift.ts'
import { migrationsFolder } from './migrations.ts'

it('finds that schema.prisma and the migrations agree', async () => {
  expect(await diffMigrations()).toBe('')
})

it('tells the SQL that the migrations lack', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  await cp(join(migrationsFolder, 'migration_lock.toml'), join(folder, 'migration_lock.toml'))

  expect(await diffMigrations(folder)).toContain('CREATE TABLE "people"."profile"')

  await rm(folder, { recursive: true })
})
