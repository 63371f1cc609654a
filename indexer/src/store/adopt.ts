import { StoreMismatchError } from '../errors.ts'
import { type Column, currentBlock, type Layout, type Table } from './layout.ts'
import type { Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'
import { columnList } from './version.ts'

/** A deployment's rows: those that are asked, or those of an index that was made anew beside it. */
export interface Rows {
  /** N of `sgd<N>`. */
  readonly number: number
  readonly layout: Layout
}

/** What was replaced in one table. */
export interface Adopted {
  /** As the layout names the table. */
  readonly type: string
  readonly removed: number
  readonly added: number
}

/**
 * Makes a deployment's rows equal to those of another index of the same build, both as of one block: what the other does not have is
 * deleted, what only it has is added, what is the same stays where it is. Who asks sees all of it or nothing.
 *
 *     to      a [3,7)  a [7,∞) wrong  b [4,∞)                       delete a [7,∞), b [4,∞)
 *     from    a [3,7)  a [7,∞)        b [4,9)  b [9,12)  at 10      insert a [7,∞), b [4,9), b [9,∞)
 *
 * What files wrote stays as it is: it does not come at the same block twice.
 * @param earliest - versions that ended before are of no interest: pruned here or there
 * @returns the tables in which something differed
 */
export async function adoptRows(
  transaction: Transaction,
  to: Rows,
  from: Rows,
  { at, earliest }: { readonly at: number; readonly earliest: number },
): Promise<Adopted[]> {
  const adopted: Adopted[] = []
  for (const [type, table] of to.layout.tables) {
    const source = from.layout.tables.get(type)
    if (source === undefined) throw new StoreMismatchError(`there is no table for ${type}`)
    const removed = await transaction.change(removeStatement(table, source, at, earliest))
    const added = await transaction.change(addStatement(table, source, at, earliest))
    if (removed + added > 0) adopted.push({ type, removed, added })
  }
  const sources = await adoptSources(transaction, to.number, from.number, at)
  return sources === null ? adopted : [...adopted, sources]
}

function removeStatement(table: Table, source: Table, at: number, earliest: number): Sql {
  return sql`delete from ${table.ident} where ctid in (
    select mine.row$place from (${hashed(table, sql`stored.ctid as row$place`)} where ${isCompared(table, earliest)}) as mine
    where not exists (select from (${asOf(source, at, earliest)}) as theirs where theirs.row$hash = mine.row$hash))`
}

function addStatement(table: Table, source: Table, at: number, earliest: number): Sql {
  const values = table.columns.map((column) => carriedOver(column))
  const region = table.hasRegion ? [sql`causality_region`] : []
  const blocks = table.isVersioned ? sql`vid, block_from, row$until` : sql`vid, block$`
  return sql`insert into ${table.ident} (${columnList(table)})
    select ${sql.join([blocks, ...region, ...values])} from (${asOf(source, at, earliest)}) as theirs
    where not exists (select from (${hashed(table, sql`1`)} where ${isCompared(table, earliest)}) as mine
      where mine.row$hash = theirs.row$hash)`
}

/** Enums are types of their schema; their text is the same. */
function carriedOver({ ident, cast, field }: Column): Sql {
  return field.type.kind === 'enum' ? sql`${ident}::text::${cast}` : ident
}

function hashed(table: Table, more: Sql): Sql {
  return sql`select ${more}, ${hashOf(table, table.isVersioned ? sql`stored.block_to` : sql`0`)} as row$hash from ${table.ident} as stored`
}

/** The other's rows as they were at a block. */
function asOf(table: Table, at: number, earliest: number): Sql {
  const number = sql.int(at)
  if (!table.isVersioned) {
    return sql`select stored.*, ${hashOf(table, sql`0`)} as row$hash from ${table.ident} as stored
      where block$ <= ${number} and ${isCompared(table, earliest)}`
  }
  const until = sql`case when stored.block_to > ${number} then ${sql.int(currentBlock)} else stored.block_to end`
  return sql`select stored.*, ${until} as row$until, ${hashOf(table, until)} as row$hash from ${table.ident} as stored
    where block_from <= ${number} and ${isCompared(table, earliest)}`
}

function hashOf(table: Table, until: Sql): Sql {
  const from = table.isVersioned ? sql`stored.block_from` : sql`stored.block$`
  const values = table.columns.map(({ ident, sqlType }) =>
    sqlType === 'numeric' ? sql`trim_scale(stored.${ident})` : sql`stored.${ident}`,
  )
  return sql`sha256(convert_to(row(${sql.join([from, until, ...values])})::text, 'UTF8'))`
}

function isCompared(table: Table, earliest: number): Sql {
  const ofChain = table.hasRegion ? sql` and stored.causality_region = 0` : sql.empty
  return sql`${table.isVersioned ? sql`stored.block_to > ${sql.int(earliest)}` : sql`true`}${ofChain}`
}

/** Data sources grown from templates: without one, a contract would be listened to no more. */
async function adoptSources(transaction: Transaction, to: number, from: number, at: number): Promise<Adopted | null> {
  const until = sql`block_number <= ${sql.int(at)}`
  const columns = sql`block_number, template, address, context`
  const list = (deployment: number) =>
    sql`coalesce((select json_agg(json_build_array(${columns}) order by sequence) from heddle.sources
      where deployment = ${sql.value(deployment)} and ${until})::text, '')`
  const [row] = await transaction.run(sql`select ${list(to)} = ${list(from)} as is_same`)
  if (row?.is_same === true) return null
  const removed = await transaction.change(sql`delete from heddle.sources where deployment = ${sql.value(to)}`)
  const added = await transaction.change(sql`insert into heddle.sources (deployment, ${columns})
    select ${sql.value(to)}, ${columns} from heddle.sources where deployment = ${sql.value(from)} and ${until} order by sequence`)
  return { type: '(data sources)', removed, added }
}
