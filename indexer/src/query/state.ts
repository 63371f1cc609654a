import type { BlockLink, Hex } from '../chain/block.ts'
import type { Settled } from '../chain/finality.ts'
import type { Cell, Row } from '../store/postgres.ts'
import { type Sql, sql } from '../store/sql.ts'

/** Where a deployment stands in the very state an answer was read from. */
export interface IndexState extends Settled {
  readonly deployment: string
  /** The first block that can be asked for. */
  readonly earliest: number
  /** Null before the first block. */
  readonly progress: BlockLink | null
  /** The first block at which a handler failed, if one did. */
  readonly firstErrorAt: number | null
  /** The blocks that were asked for by hash, in that order; null where this chain has none of that hash. */
  readonly blocks: readonly (BlockLink | null)[]
  /** The final or the safe block, where it was asked for and is one that was seen. */
  readonly settled: BlockLink | null
}

/**
 * Columns and tables that tell the state; `d` is the deployment's row, `l0`, `l1`, … the blocks named by hash.
 * @param settled - which settled block to tell more of than its number
 */
export function stateSql(
  deployment: string,
  hashes: readonly Hex[],
  settled?: keyof Settled,
): { columns: Sql; from: Sql } {
  const links = hashes.map((hash, index) => ({ hash, link: linkAlias(index), name: `l${index}` }))
  const linkColumns = links.map(
    ({ link, name }) =>
      sql`${link}.number as ${sql.ident(`${name}_number`)}, ${link}.hash as ${sql.ident(`${name}_hash`)},
        ${link}.parent_hash as ${sql.ident(`${name}_parent_hash`)}, ${link}.time as ${sql.ident(`${name}_time`)}`,
  )
  const columns = sql.join([
    sql`d.earliest_block, d.final_number, ${numberSettled('safe')} as safe_number, d.block_number, d.block_hash, d.block_parent_hash, d.block_time`,
    sql`(select min(e.block_number) from heddle.errors e where e.deployment = d.number and e.is_deterministic) as error_block`,
    ...(settled === undefined
      ? []
      : [sql`ls.number as ls_number, ls.hash as ls_hash, ls.parent_hash as ls_parent_hash, ls.time as ls_time`]),
    ...linkColumns,
  ])
  const joins = links.map(
    ({ hash, link }) =>
      sql` left join heddle.links ${link} on ${link}.deployment = d.number and ${link}.hash = ${sql.value(`\\x${hash.slice(2)}`)}::bytea`,
  )
  if (settled !== undefined) {
    joins.push(sql` left join heddle.links ls on ls.deployment = d.number and ls.number = ${numberSettled(settled)}`)
  }
  const from = sql`heddle.deployments d${sql.join(joins, sql.empty)} where d.id = ${sql.value(deployment)}`
  return { columns, from }
}

/** The number of a block that is named by its hash, for use beside {@link stateSql}. Null if there is none. */
export function numberByHash(index: number): Sql {
  return sql`${linkAlias(index)}.number`
}

/** The number of the final or the safe block, for use beside {@link stateSql}. Null if none is known. */
export function numberSettled(as: keyof Settled): Sql {
  // What is final is safe, also where nobody says what else is.
  return as === 'final' ? sql`d.final_number` : sql`coalesce(d.safe_number, d.final_number)`
}

export function stateOf(deployment: string, row: Row, hashCount: number): IndexState {
  return {
    deployment,
    earliest: Number(row.earliest_block),
    progress: linkOf(row, 'block'),
    final: row.final_number == null ? null : Number(row.final_number),
    safe: row.safe_number == null ? null : Number(row.safe_number),
    settled: linkOf(row, 'ls'),
    firstErrorAt: row.error_block == null ? null : Number(row.error_block),
    blocks: Array.from({ length: hashCount }, (_, index) => linkOf(row, `l${index}`)),
  }
}

function linkOf(row: Row, name: string): BlockLink | null {
  const number = row[`${name}_number`]
  if (number == null) return null
  return {
    number: Number(number),
    hash: hexOf(row[`${name}_hash`]),
    parentHash: hexOf(row[`${name}_parent_hash`]),
    timestamp: Number(row[`${name}_time`]),
  }
}

function hexOf(cell: Cell | undefined): Hex {
  return `0x${String(cell ?? '\\x').slice(2)}`
}

function linkAlias(index: number): Sql {
  return sql.ident(`l${index}`)
}
