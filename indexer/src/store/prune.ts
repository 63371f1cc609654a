import { currentBlock, type Table } from './layout.ts'
import type { Progress } from './progress.ts'
import { type Sql, sql } from './sql.ts'

/** Pruned again only when this much more than is to be kept has come together. */
const slack = 1.2
/** Rows in one transaction: some milliseconds during which nothing is committed. */
export const pruneRows = 5_000

/** Stands for "everything". */
export const wholeHistory = currentBlock

/**
 * How many blocks of history a manifest asks for.
 * @param prune - of `indexerHints`
 * @param least - what `auto` keeps
 */
export function historyOf(prune: 'auto' | 'never' | number | undefined, least: number): number {
  if (prune === 'auto') return least
  return prune === undefined || prune === 'never' ? wholeHistory : prune
}

/**
 * The first block that can still be asked for when old versions are deleted now.
 * @param at - number of the last stored block
 * @returns null if nothing is to be deleted; so it is where less is to be kept than a reorg may take back
 */
export function nextEarliest(
  at: number,
  { earliestBlock, historyBlocks }: Pick<Progress, 'earliestBlock' | 'historyBlocks'>,
  finality: number,
): number | null {
  if (historyBlocks >= wholeHistory || historyBlocks <= finality) return null
  return at - earliestBlock > historyBlocks * slack ? at - historyBlocks : null
}

/** Deletes versions that ended before `earliest`, at most {@link pruneRows}. Rows that never change are all still visible. */
export function pruneStatement({ ident }: Table, earliest: number): Sql {
  return sql`delete from ${ident} where ctid = any(array(
    select ctid from ${ident} where block_to <= ${sql.value(earliest)} limit ${sql.int(pruneRows)}))`
}
