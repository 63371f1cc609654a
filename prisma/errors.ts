/** What can go wrong between here and people's database; `code` is stable, the message says what to do. */
export abstract class PeopleError extends Error {
  override readonly name = this.constructor.name
  abstract readonly code: Uppercase<string>
}

/** Nobody said which database. */
export class DatabaseUrlMissingError extends PeopleError {
  readonly code = 'DATABASE_URL_MISSING'

  constructor() {
    super('DATABASE_URL is not set. Give the address of a Postgres database: postgres://user:password@host:5432/name')
  }
}

/** The server does not answer, or does not let us in. The message names host and database, never the password. */
export class DatabaseUnreachableError extends PeopleError {
  readonly code = 'DATABASE_UNREACHABLE'

  constructor(databaseUrl: string, cause: unknown) {
    const { host, pathname } = URL.parse(databaseUrl) ?? { host: 'an address that is not a URL', pathname: '' }
    super(`No Postgres at ${host}${pathname} (${reasonOf(cause)}). Is it running, and is DATABASE_URL right?`, {
      cause,
    })
  }
}

/** A migration's SQL failed. Nothing of the run was kept, so it can be repeated as soon as the cause is gone. */
export class MigrationFailedError extends PeopleError {
  readonly code = 'MIGRATION_FAILED'

  constructor(migration: string, reason: string, cause: unknown) {
    super(`${migration} failed (${reason}); nothing of this run was kept. Repair its SQL and run it again.`, { cause })
  }
}

/** The database was migrated by files that are not the ones in migrations/. */
export class MigrationsDivergedError extends PeopleError {
  readonly code = 'MIGRATIONS_DIVERGED'

  constructor(names: readonly string[]) {
    super(
      `The database and migrations/ disagree about ${names.join(', ')}: never applied to the end, applied and then changed, ` +
        'or applied and then deleted. Bring the files back as they were, or start with another database.',
    )
  }
}

/** Another process is migrating the same database and does not come to an end. */
export class MigrationBusyError extends PeopleError {
  readonly code = 'MIGRATION_BUSY'

  constructor(cause: unknown) {
    super('Another process has been migrating this database for a minute. Wait for it, or end it.', { cause })
  }
}

/** schema.prisma says what migrations/ do not. */
export class MigrationMissingError extends PeopleError {
  readonly code = 'MIGRATION_MISSING'

  constructor(sql: string) {
    super(`schema.prisma and migrations/ disagree. Write the next migration: node migrate.ts --create <name>\n\n${sql}`)
  }
}

/** The file that says what the history made is missing, or is not such a file. */
export class WorldUnreadableError extends PeopleError {
  readonly code = 'WORLD_UNREADABLE'

  constructor(file: string, reason: string, cause?: unknown) {
    super(`${file} cannot be read: ${reason}. Play the history again: it writes this file.`, { cause })
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  const message = cause instanceof Error ? cause.message : String(cause)
  return message.replace(/\s+/g, ' ').trim()
}
