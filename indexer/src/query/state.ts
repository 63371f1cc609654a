import type { BlockLink, Hex } from '../chain/block.ts'
import type { Cell, Row } from '../store/postgres.ts'
import { type Sql, sql } from '../store/sql.ts'

/** Where a deployment stands in the very state an answer was read from. */
export interface IndexState {
  readonly deployment: string
  /** The first block that can be asked for. */
  readonly earliest: number
  /** Null before the first block. */
  readonly progress: BlockLink | null
  /** The first block at which a handler failed, if one did. */
  readonly firstErrorAt: number | null
  /** The blocks that were asked for by hash, in that order; null where this chain has none of that hash. */
  readonly blocks: readonly (BlockLink | null)[]
}

/** Columns and tables that tell the state; `d` is the deployment's row, `l0`, `l1`, … the blocks named by hash. */
export function stateSql(deployment: string, hashes: readonly Hex[]): { columns: Sql; from: Sql } {
  const links = hashes.map((hash, index) => ({ hash, link: linkAlias(index), name: `l${index}` }))
  const linkColumns = links.map(
    ({ link, name }) =>
      sql`${link}.number as ${sql.ident(`${name}_number`)}, ${link}.hash as ${sql.ident(`${name}_hash`)},
        ${link}.parent_hash as ${sql.ident(`${name}_parent_hash`)}, ${link}.time as ${sql.ident(`${name}_time`)}`,
  )
  const columns = sql.join([
    sql`d.earliest_block, d.block_number, d.block_hash, d.block_parent_hash, d.block_time`,
    sql`(select min(e.block_number) from heddle.errors e where e.deployment = d.number and e.is_deterministic) as error_block`,
    ...linkColumns,
  ])
  const joins = links.map(
    ({ hash, link }) =>
      sql` left join heddle.links ${link} on ${link}.deployment = d.number and ${link}.hash = ${sql.value(`\\x${hash.slice(2)}`)}::bytea`,
  )
  const from = sql`heddle.deployments d${sql.join(joins, sql.empty)} where d.id = ${sql.value(deployment)}`
  return { columns, from }
}

/** The number of a block that is named by its hash, for use beside {@link stateSql}. Null if there is none. */
export function numberByHash(index: number): Sql {
  return sql`${linkAlias(index)}.number`
}

export function stateOf(deployment: string, row: Row, hashCount: number): IndexState {
  return {
    deployment,
    earliest: Number(row.earliest_block),
    progress: linkOf(row, 'block'),
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
