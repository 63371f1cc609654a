import { currentBlock, type Layout, type Table } from '../store/layout.ts'
import { openBuckets, rollupsOf } from '../store/rollup.ts'
import { type Sql, sql } from '../store/sql.ts'
import type { At } from './compile-scope.ts'

/**
 * The rows of an aggregation with those of the bucket that is still filling, to be read in the table's place. The latter are
 * summed up from the timeseries each time. As in graph-node, which bucket that is does not depend on the block: the one that was
 * filling at an earlier block has been rolled up since, and is not shown there.
 */
export function withOpenBuckets(table: Table, layout: Layout, at: At): Sql {
  const rollup = rollupsOf(layout).find((each) => each.table === table)
  if (!rollup) return table.ident
  const columns = sql.join(table.columns.map(({ ident }) => ident))
  if (!at) {
    const open = sql`select ${sql.int(currentBlock)}, ${columns} from (${openBuckets(rollup)}) open`
    return sql`(select block$, ${columns} from ${table.ident} union all ${open})`
  }
  const then = {
    ...rollup,
    table: { ...table, ident: sql.ident('rolled_up_then') },
    source: { ...rollup.source, ident: sql.ident('points_then') },
  }
  return sql`(with rolled_up_then as (select * from ${table.ident} where block$ <= ${at}),
    points_then as (select * from ${rollup.source.ident} where block$ <= ${at})
    select block$, ${columns} from rolled_up_then
    union all select ${at}, ${columns} from (${openBuckets(then, table.ident)}) open)`
}
