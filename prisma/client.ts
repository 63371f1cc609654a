import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/client/client.ts'

/** `poolSize`: connections kept at most, 10 if nothing is said. `statementTimeoutMs`: none may run longer, 10 s if nothing is said. */
export type PrismaOptions = { readonly poolSize?: number; readonly statementTimeoutMs?: number }

const defaults = { poolSize: 10, statementTimeoutMs: 10_000 }

/**
 * Opens people's database. Nothing connects before the first query; `$disconnect()` closes the pool.
 * @param databaseUrl - with a password, so never to be logged
 */
export function createPrisma(databaseUrl: string, options: PrismaOptions = {}): PrismaClient {
  const { poolSize, statementTimeoutMs } = { ...defaults, ...options }
  const adapter = new PrismaPg({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    application_name: 'heddle-people',
  })
  // Other formats quote our source.
  return new PrismaClient({ adapter, errorFormat: 'minimal' })
}
