/**
 * Writes profiles, metadata and pages for what the history on chain made, into the database of DATABASE_URL, whose tables
 * must be there (migrate.ts). Only what is missing is written, so it may run at every start.
 *
 *     node seed.ts [--world <file>]     by default .heddle/world.json at the root
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createPrisma } from './client.ts'
import { DatabaseUnreachableError, DatabaseUrlMissingError, PeopleError } from './errors.ts'
import { plant } from './seed/plant.ts'
import { readWorld } from './seed/world.ts'

const { values } = parseArgs({
  options: { world: { type: 'string', default: join(import.meta.dirname, '../.heddle/world.json') } },
})

try {
  await seed(resolve(values.world))
} catch (error) {
  if (!(error instanceof PeopleError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}

async function seed(file: string): Promise<void> {
  const databaseUrl = process.env.DATABASE_URL
  if (!databaseUrl) throw new DatabaseUrlMissingError()
  const world = await readWorld(file)
  const prisma = createPrisma(databaseUrl, { poolSize: 1, statementTimeoutMs: 60_000 })
  try {
    await prisma.$queryRaw`SELECT 1`.catch((cause) => Promise.reject(new DatabaseUnreachableError(databaseUrl, cause)))
    const { profiles, addresses, metadata, pages } = await plant(prisma, world)
    console.log(`prisma: planted ${profiles} profiles, ${addresses} addresses, ${metadata} token texts, ${pages} pages`)
  } finally {
    await prisma.$disconnect()
  }
}
