import { StoreMismatchError } from '../errors.ts'
import { type Column, currentBlock, type Layout, type Table } from './layout.ts'
import type { Runner, Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'
import { columnList } from './version.ts'

/** A deployment's rows: those that are asked, or those of an index that was made anew beside it. */
export interface Rows {
  /** N of `sgd<N>`. */
  readonly number: number
  readonly layout: Layout
}

/** How two indexes differ in one table. */
export interface Adopted {
  /** As the layout names the table. */
  readonly type: string
  /** Rows that the other one does not have. */
  readonly removed: number
  /** Rows that only the other one has. */
  readonly added: number
}

/** What is compared of two indexes. */
export interface Scope {
  /** The block as of which the other one is taken. */
  readonly at: number
  /** Versions that ended before are of no interest: pruned here or there. */
  readonly earliest: number
  /** Also what files wrote, which does not come at the same block twice: only where nothing of the old rows is to stay. */
  readonly withFiles: boolean
}

/**
 * Finds in which entities a deployment's rows differ from those of another index of the same build. Their ids are kept in tables of the
 * other's schema, for {@link adoptRows}. This reads every row, and keeps nobody from writing.
 *
 *     to      a [3,7)  a [7,∞) wrong  b [4,∞)                       removed a [7,∞), b [4,∞)
 *     from    a [3,7)  a [7,∞)        b [4,9)  b [9,12)  at 10      added   a [7,∞), b [4,9), b [9,∞)
 *
 * @param transaction - of one snapshot, in which the first one stands at `scope.at`, unless nothing of it is to stay
 * @returns the tables in which something differs
 */
export async function findDifferences(
  transaction: Transaction,
  to: Rows,
  from: Rows,
  scope: Scope,
): Promise<Adopted[]> {
  const differing: Adopted[] = []
  for (const [type, table, source, suspects] of pairs(to, from)) {
    await transaction.run(sql`drop table if exists ${suspects}`)
    await transaction.run(sql`create unlogged table ${suspects} as
      select coalesce(mine.id, theirs.id) as id, mine.id is not null as is_mine
      from (${asIs(table, scope)}) as mine full join (${asOf(source, scope)}) as theirs using (row$hash)
      where mine.id is null or theirs.id is null`)
    const [row] = await transaction.run(
      sql`select count(*) filter (where is_mine) as removed, count(*) filter (where not is_mine) as added from ${suspects}`,
    )
    const found = { type, removed: Number(row?.removed), added: Number(row?.added) }
    if (found.removed + found.added > 0) differing.push(found)
  }
  const sources = await compareSources(transaction, to.number, from.number, scope.at)
  return sources === null ? differing : [...differing, sources]
}

/**
 * Makes a deployment's rows equal to those of the other index: of entities that were found to differ, and of those that either index
 * has written since. What the other does not have is deleted, what only it has is added, what is the same stays where it is. Who asks
 * sees all of it or nothing.
 * @param scope - as of the block at which the deployment stands now
 * @param since - the block as of which differences were looked for
 */
export async function adoptRows(
  transaction: Transaction,
  to: Rows,
  from: Rows,
  scope: Scope,
  since: number,
): Promise<void> {
  for (const [, table, source, suspects] of pairs(to, from)) {
    for (const one of [table, source]) {
      await transaction.run(
        sql`insert into ${suspects} select id, true from ${one.ident} where ${isTouched(one, since)}`,
      )
    }
    await transaction.run(sql`analyze ${suspects}`)
    const isSuspect = sql` and stored.id in (select id from ${suspects})`
    const [mine, theirs] = [asIs(table, scope, isSuspect), asOf(source, scope, isSuspect)]
    await transaction.run(sql`delete from ${table.ident} where ctid in (
      select mine.row$place from (${mine}) as mine
      where not exists (select from (${theirs}) as theirs where theirs.row$hash = mine.row$hash))`)
    await transaction.run(sql`insert into ${table.ident} (${columnList(table)})
      select ${carriedOver(table)} from (${theirs}) as theirs
      where not exists (select from (${mine}) as mine where mine.row$hash = theirs.row$hash)`)
  }
  if ((await compareSources(transaction, to.number, from.number, scope.at)) === null) return
  await transaction.run(sql`delete from heddle.sources where deployment = ${sql.value(to.number)}`)
  await transaction.run(sql`insert into heddle.sources (deployment, ${sourceColumns})
    select ${sql.value(to.number)}, ${sourceColumns} from heddle.sources
    where deployment = ${sql.value(from.number)} and block_number <= ${sql.value(scope.at)} order by sequence`)
}

function pairs(to: Rows, from: Rows): [type: string, table: Table, source: Table, suspects: Sql][] {
  return [...to.layout.tables].map(([type, table], i) => {
    const source = from.layout.tables.get(type)
    if (source === undefined) throw new StoreMismatchError(`there is no table for ${type}`)
    // No field or type of a schema has a $ in its name.
    return [type, table, source, sql.ident(from.layout.schemaName, `suspects$${i}`)]
  })
}

/** Every row, also one of a block that is still to come: nobody should have written that. */
function asIs(table: Table, scope: Scope, more: Sql = sql.empty): Sql {
  const until = table.isVersioned ? sql`stored.block_to` : sql`0`
  return sql`select stored.id, stored.ctid as row$place, ${hashOf(table, until, scope)} as row$hash
    from ${table.ident} as stored where ${isCompared(table, scope)}${more}`
}

/** The other's rows as they were at a block. */
function asOf(table: Table, scope: Scope, more: Sql = sql.empty): Sql {
  const at = sql.int(scope.at)
  const [from, until] = table.isVersioned
    ? [sql`block_from`, sql`case when stored.block_to > ${at} then ${sql.int(currentBlock)} else stored.block_to end`]
    : [sql`block$`, sql`0`]
  return sql`select stored.*, ${until} as row$until, ${hashOf(table, until, scope)} as row$hash from ${table.ident} as stored
    where stored.${from} <= ${at} and ${isCompared(table, scope)}${more}`
}

function hashOf(table: Table, until: Sql, { withFiles }: Scope): Sql {
  const from = table.isVersioned ? sql`stored.block_from` : sql`stored.block$`
  const region = withFiles && table.hasRegion ? [sql`stored.causality_region`] : []
  const values = table.columns.map(({ ident, sqlType }) =>
    sqlType === 'numeric' ? sql`trim_scale(stored.${ident})` : sql`stored.${ident}`,
  )
  return sql`sha256(convert_to(row(${sql.join([from, until, ...region, ...values])})::text, 'UTF8'))`
}

function isCompared(table: Table, { earliest, withFiles }: Scope): Sql {
  const ofChain = table.hasRegion && !withFiles ? sql` and stored.causality_region = 0` : sql.empty
  return sql`${table.isVersioned ? sql`stored.block_to > ${sql.int(earliest)}` : sql`true`}${ofChain}`
}

/** Begun or ended in a later block. */
function isTouched({ isVersioned }: Table, since: number): Sql {
  const after = sql.int(since)
  if (!isVersioned) return sql`block$ > ${after}`
  return sql`block_from > ${after} or (block_to > ${after} and block_to <> ${sql.int(currentBlock)})`
}

function carriedOver(table: Table): Sql {
  const blocks = table.isVersioned ? [sql`vid`, sql`block_from`, sql`row$until`] : [sql`vid`, sql`block$`]
  const region = table.hasRegion ? [sql`causality_region`] : []
  return sql.join([...blocks, ...region, ...table.columns.map(carried)])
}

/** Enums are types of their schema; their text is the same. */
function carried({ ident, cast, field }: Column): Sql {
  if (field.type.kind !== 'enum') return ident
  return field.isList ? sql`${ident}::text[]::${cast}` : sql`${ident}::text::${cast}`
}

const sourceColumns = sql`block_number, template, address, context`

/** Data sources grown from templates: without one, a contract would be listened to no more. @returns null: they are the same */
async function compareSources(runner: Runner, to: number, from: number, at: number): Promise<Adopted | null> {
  const list = (deployment: number, until: Sql) =>
    sql`(select array_agg(json_build_array(${sourceColumns})::text order by sequence) from heddle.sources
      where deployment = ${sql.value(deployment)}${until})`
  const [row] = await runner.run(sql`select mine is not distinct from theirs as is_same,
      coalesce(cardinality(mine), 0) as removed, coalesce(cardinality(theirs), 0) as added
    from (select ${list(to, sql.empty)} as mine, ${list(from, sql` and block_number <= ${sql.value(at)}`)} as theirs) as both_lists`)
  if (row?.is_same === true) return null
  return { type: '(data sources)', removed: Number(row?.removed), added: Number(row?.added) }
}
