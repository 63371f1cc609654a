import { type Column, currentBlock, type Table } from '../store/layout.ts'
import { type Sql, sql } from '../store/sql.ts'

/** The block whose state is read, as a parameter; null for the latest. */
export type At = Sql | null

/** A column seen through its table's alias. */
export interface ScopedColumn {
  readonly field: Column['field']
  readonly ident: Sql
  readonly cast: Sql
  readonly sqlType: string
  /** The beginning of a value, as it is indexed; absent where the whole is. */
  readonly prefixOf?: (value: Sql) => Sql
}

/** A table under an alias within a statement. It remembers which columns were asked for. */
export class Scope {
  readonly table: Table
  readonly alias: Sql
  readonly #rows: Sql
  readonly #columns = new Map<string, ScopedColumn>()

  /** @param rows - what to read in the table's place: something with the same columns */
  constructor(table: Table, alias: string, rows: Sql = table.ident) {
    this.table = table
    this.#rows = rows
    this.alias = sql.ident(alias)
  }

  /** The GraphQL name of the table's type. */
  get type(): string {
    return this.table.type.name
  }

  get from(): Sql {
    return sql`${this.#rows} ${this.alias}`
  }

  /** @param field - a stored field of the type */
  column(field: string): ScopedColumn {
    const known = this.#columns.get(field)
    if (known) return known
    const column = this.table.columnOf.get(field)
    if (!column) throw new Error(`${this.type} stores no field ${field}`)
    const scoped = {
      field: column.field,
      ident: sql`${this.alias}.${column.ident}`,
      cast: column.cast,
      sqlType: column.sqlType,
      ...prefixForm(column),
    }
    this.#columns.set(field, scoped)
    return scoped
  }

  /** The columns asked for so far, for a select list. */
  used(): Sql {
    if (this.#columns.size === 0) this.column('id')
    return sql.join([...this.#columns.values()].map(({ ident }) => ident))
  }
}

/** @returns undefined where every row is visible */
export function isVisible({ table, alias }: Scope, at: At): Sql | undefined {
  if (table.isVersioned) {
    return at
      ? sql`${alias}.block_from <= ${at} and ${alias}.block_to > ${at}`
      : sql`${alias}.block_to = ${sql.int(currentBlock)}`
  }
  return at ? sql`${alias}."block$" <= ${at}` : undefined
}

/** Versions written at a block or later. */
export function isChangedSince({ table, alias }: Scope, since: Sql): Sql {
  return table.isVersioned ? sql`${alias}.block_from >= ${since}` : sql`${alias}."block$" >= ${since}`
}

/** Text and bytes are indexed by their beginning, but for ids and references. A comparison that names it finds the index. */
function prefixForm({ field, sqlType }: Column): Pick<ScopedColumn, 'prefixOf'> {
  if (field.name === 'id' || field.type.kind === 'reference') return {}
  if (sqlType === 'text') return { prefixOf: (value) => sql`left(${value}, 256)` }
  return sqlType === 'bytea' ? { prefixOf: (value) => sql`substring(${value}, 1, 64)` } : {}
}
