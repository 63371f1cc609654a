export { applyMigrations } from './apply.ts'
export { createPrisma, type PrismaOptions } from './client.ts'
export {
  DatabaseUnreachableError,
  DatabaseUrlMissingError,
  MigrationBusyError,
  MigrationFailedError,
  MigrationMissingError,
  MigrationsDivergedError,
  PeopleError,
} from './errors.ts'
export { Prisma, PrismaClient } from './generated/client/client.ts'
export type { default as PrismaTypes } from './generated/pothos.ts'
export { getDatamodel } from './generated/pothos.ts'
export { peopleSchema } from './migrations.ts'
