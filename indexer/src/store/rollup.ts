import type { BlockLink } from '../chain/block.ts'
import { parseExpression } from '../deployment/aggregate-expression.ts'
import type { Aggregate, AggregationType } from '../deployment/schema.ts'
import { StoreMismatchError } from '../errors.ts'
import { encodeTimestamp } from './codec.ts'
import type { Column, Layout, Table } from './layout.ts'
import type { Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/** An aggregation's table at one interval, with the timeseries it sums up. */
export interface Rollup {
  readonly aggregation: AggregationType
  readonly interval: 'hour' | 'day'
  readonly table: Table
  readonly source: Table
}

export function rollupsOf(layout: Layout): Rollup[] {
  return [...layout.tables.values()].flatMap((table) => {
    if (table.type.kind !== 'aggregation' || table.interval === undefined) return []
    const source = layout.tables.get(table.type.source)
    if (source === undefined) throw new StoreMismatchError(`there is no table for ${table.type.source}`)
    return [{ aggregation: table.type, interval: table.interval, table, source }]
  })
}

/**
 * Rolls up what a batch completes. A bucket is complete when the first block of a later one arrives, and its rows belong to
 * that block. The timeseries rows of the whole batch may be in place: they lie in later buckets.
 * @param previousTime - of the last block that was handled before, in seconds; null if unknown, then the tables are asked
 * @param blocks - those that were handled, in order
 */
export async function rollUp(
  transaction: Transaction,
  rollups: readonly Rollup[],
  previousTime: number | null,
  blocks: readonly BlockLink[],
): Promise<void> {
  for (const rollup of rollups) {
    let previous = previousTime
    for (const block of blocks) {
      const isLater = previous === null || bucketOf(rollup, block.timestamp) > bucketOf(rollup, previous)
      if (isLater) await transaction.run(rollupStatement(rollup, block))
      previous = block.timestamp
    }
  }
}

/**
 * Inserts all buckets that end before a block's own and are not there yet; none if run twice.
 *
 *     complete   one row per bucket and dimensions, from the timeseries
 *     latest     for cumulative aggregates: the last row of the same dimensions, in front of them
 */
export function rollupStatement(rollup: Rollup, block: BlockLink): Sql {
  const { aggregation, table, interval } = rollup
  const end = encodeTimestamp(BigInt(bucketOf(rollup, block.timestamp) * secondsOf(interval)) * 1_000_000n)
  const isCumulative = aggregation.aggregates.some((aggregate) => aggregate.isCumulative)
  const columns = sql.join(table.columns.map(({ ident }) => ident))
  const rows = isCumulative ? accumulated(rollup) : sql`select * from complete`
  return sql`insert into ${table.ident} (vid, block$, ${columns})
    with complete as (${completeBuckets(rollup, end, table.ident)})
    select ${sql.int(BigInt(block.number) << 32n)} + row_number() over (order by "timestamp", id),
      ${sql.int(block.number)}, ${columns} from (${rows}) as rows`
}

/**
 * Selects the table's columns for buckets that have rows but were not rolled up yet, as if they ended now. A query may show them.
 * @param rollup - its idents may be those of other relations with the same columns, for rows of an earlier block, say
 * @param rolledUp - where to see which buckets were rolled up
 */
export function openBuckets(rollup: Rollup, rolledUp: Sql = rollup.table.ident): Sql {
  const isCumulative = rollup.aggregation.aggregates.some((aggregate) => aggregate.isCumulative)
  const rows = isCumulative ? accumulated(rollup) : sql`select * from complete`
  const columns = sql.join(rollup.table.columns.map(({ ident }) => ident))
  return sql`with complete as (${completeBuckets(rollup, 'infinity', rolledUp)}) select ${columns} from (${rows}) as rows`
}

function completeBuckets({ aggregation, table, source, interval }: Rollup, end: string, rolledUp: Sql): Sql {
  const bucket = sql`date_trunc(${sql.literal(interval)}, "timestamp", 'UTC')`
  // The newest buckets are those of the newest block, which the index by block finds.
  const newest = sql`select max("timestamp") from ${rolledUp} where block$ = (select max(block$) from ${rolledUp})`
  const since = sql`coalesce((${newest}) + ${sql.literal(`1 ${interval}`)}::interval, '-infinity')`
  const dimensions = aggregation.dimensions.map((name) => columnOf(source, name).ident)
  const selected = table.columns.map((column) => {
    const { name } = column.field
    if (name === 'id') return sql`max(id) as id`
    if (name === 'timestamp') return sql`${bucket} as "timestamp"`
    const aggregate = aggregation.aggregates.find(({ field }) => field === name)
    if (aggregate === undefined) return sql`${columnOf(source, name).ident} as ${column.ident}`
    return sql`${aggregateCall(aggregate, source)}::${column.cast} as ${column.ident}`
  })
  return sql`select ${sql.join(selected)} from ${source.ident}
      where "timestamp" >= ${since} and "timestamp" < ${sql.value(end)}::timestamptz
      group by ${sql.join([bucket, ...dimensions])}`
}

function aggregateCall({ fn, arg }: Aggregate, source: Table): Sql {
  if (fn === 'count') return sql`count(*)`
  const value = argumentOf(arg ?? '', source)
  switch (fn) {
    case 'sum':
      return sql`sum(${value})`
    case 'min':
      return sql`min(${value})`
    case 'max':
      return sql`max(${value})`
    case 'first':
      return sql`(array_agg(${value} order by id))[1]`
    case 'last':
      return sql`(array_agg(${value} order by id desc))[1]`
  }
}

/** Cumulative aggregates carry on from the last row of the same dimensions, through every bucket that is new. */
function accumulated({ aggregation, table }: Rollup): Sql {
  const dimensions = aggregation.dimensions.map((name) => columnOf(table, name).ident)
  const columns = sql.join(table.columns.map(({ ident }) => ident))
  const same = sql.join(
    [sql`true`, ...dimensions.map((ident) => sql`earlier.${ident} is not distinct from present.${ident}`)],
    sql` and `,
  )
  const present =
    dimensions.length === 0
      ? sql`select 1 where exists (select from complete)`
      : sql`select distinct ${sql.join(dimensions)} from complete`
  const partition = dimensions.length === 0 ? sql.empty : sql`partition by ${sql.join(dimensions)} `
  const window = sql`(${partition}order by "timestamp" rows unbounded preceding)`
  const selected = table.columns.map(({ ident, cast, field }) => {
    const aggregate = aggregation.aggregates.find((each) => each.field === field.name)
    if (aggregate === undefined || !aggregate.isCumulative) return ident
    return sql`${carriedOn(aggregate, ident, window)}::${cast} as ${ident}`
  })
  return sql`select ${columns} from (
      select is_new, ${sql.join(selected)} from (
        select true as is_new, ${columns} from complete
        union all
        select false, ${sql.join(table.columns.map(({ ident }) => sql`latest.${ident}`))}
        from (${present}) as present cross join lateral (
          select * from ${table.ident} as earlier where ${same} order by "timestamp" desc limit 1
        ) as latest
      ) as both_sides
    ) as carried where is_new`
}

function carriedOn({ fn }: Aggregate, ident: Sql, window: Sql): Sql {
  switch (fn) {
    case 'sum':
    case 'count':
      return sql`sum(${ident}) over ${window}`
    case 'min':
      return sql`min(${ident}) over ${window}`
    case 'max':
      return sql`max(${ident}) over ${window}`
    case 'first':
      return sql`first_value(${ident}) over ${window}`
    case 'last':
      return ident
  }
}

/** The argument of an aggregate, its fields replaced by the columns of the timeseries. */
function argumentOf(text: string, source: Table): Sql {
  const tokens = parseExpression(text, (name) => columnOf(source, name)).map((token): Sql => {
    if (token.kind === 'field') return columnOf(source, token.text).ident
    return token.kind === 'text' ? sql.literal(token.text) : sql.trusted(token.text)
  })
  return sql.join(tokens, sql` `)
}

function columnOf(table: Table, field: string): Column {
  const column = table.columnOf.get(field)
  if (column === undefined) throw new StoreMismatchError(`${table.name} has no column for ${field}`)
  return column
}

function bucketOf({ interval }: Rollup, seconds: number): number {
  return Math.floor(seconds / secondsOf(interval))
}

function secondsOf(interval: 'hour' | 'day'): number {
  return interval === 'hour' ? 3600 : 86_400
}
