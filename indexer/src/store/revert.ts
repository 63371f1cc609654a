import { revertFileSources } from './file-sources.ts'
import { currentBlock, type Layout, type Table } from './layout.ts'
import type { Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/**
 * Takes back what was written after a block. Taking back twice changes nothing.
 *
 *     rows             versions from later blocks go, those that later blocks ended are current again; of entities that never change,
 *                      of timeseries and of the buckets of aggregations, the rows of later blocks go
 *     rows of files    the same: a file's handler writes at the block it ran behind
 *     sources          those grown later go
 *     file_sources     those asked for later go, those handled later wait again
 *     links            those of later blocks go
 *     errors           those of later blocks go, and with them what they say of the deployment's health
 *     deployments      progress, health and what is settled go back (the store does that, in the same transaction); that it
 *                      was synced once, its chain, its head, names and history have nothing to do with a branch, and stay
 *     verifications, differences  tell what was compared, not what the chain wrote: they stay, and each difference is looked at again
 *
 * @param block - number of the last block that stays; -1 for none
 */
export async function revertRows(
  transaction: Transaction,
  layout: Layout,
  deployment: number,
  block: number,
): Promise<void> {
  for (const table of layout.tables.values()) {
    for (const statement of revertStatements(table, block)) await transaction.run(statement)
  }
  const ours = sql`deployment = ${sql.value(deployment)}`
  const after = sql.value(block)
  await transaction.run(sql`delete from heddle.sources where ${ours} and block_number > ${after}`)
  for (const statement of revertFileSources(deployment, block)) await transaction.run(statement)
  await transaction.run(sql`delete from heddle.links where ${ours} and number > ${after}`)
  await transaction.run(
    sql`delete from heddle.errors where ${ours} and (block_number is null or block_number > ${after})`,
  )
}

/** Deletes first: of two versions of one id that end later, the newer one is gone before the older opens again. */
export function revertStatements({ ident, isVersioned }: Table, block: number): Sql[] {
  const after = sql.value(block)
  if (!isVersioned) return [sql`delete from ${ident} where block$ > ${after}`]
  const current = sql.int(currentBlock)
  return [
    sql`delete from ${ident} where block_from > ${after}`,
    sql`update ${ident} set block_to = ${current} where block_to > ${after} and block_to <> ${current}`,
  ]
}
