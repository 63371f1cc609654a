import type { Table } from './layout.ts'
import type { Postgres } from './postgres.ts'
import { sql } from './sql.ts'
import type { TableWrites } from './version.ts'

const firstRows = 200
const factor = 8

/**
 * Gives the planner statistics of young tables. Without any it may scan a table for every batch, and autovacuum comes a minute
 * too late: a backfill has written millions of rows by then.
 */
export class AnalyzeSchedule {
  readonly #written = new Map<Table, { rows: number; next: number }>()

  async afterWriting(postgres: Postgres, writes: readonly TableWrites[]): Promise<void> {
    for (const { table, versions, closed } of writes) {
      const count = this.#written.get(table) ?? { rows: 0, next: firstRows }
      count.rows += versions.length + closed.length
      this.#written.set(table, count)
      if (count.rows < count.next) continue
      count.next = count.rows * factor
      await postgres.run(sql`analyze ${table.ident}`)
    }
  }
}
