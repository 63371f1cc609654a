import type { Transaction } from './postgres.ts'
import { sql } from './sql.ts'

/** What moves with the rows, each in a table of `heddle` with a row per deployment and thing. */
const moved = ['sources', 'file_sources', 'links', 'errors']

/**
 * Makes a deployment stand where another index of the same build stands: on that one's chain, with its links, data sources, files and
 * errors. Its names, its history's length, and that it waits to be told to go on stay. Its rows are for `adoptRows`. The other one holds
 * nothing but rows afterwards.
 */
export async function supersede(transaction: Transaction, number: number, by: number): Promise<void> {
  const [ours, theirs] = [sql.value(number), sql.value(by)]
  for (const name of moved) {
    const table = sql.ident('heddle', name)
    await transaction.run(sql`delete from ${table} where deployment = ${ours}`)
    await transaction.run(sql`update ${table} set deployment = ${ours} where deployment = ${theirs}`)
  }
  await transaction.run(sql`update heddle.deployments d set genesis_hash = other.genesis_hash, health = other.health,
      block_number = other.block_number, block_hash = other.block_hash, block_parent_hash = other.block_parent_hash,
      block_time = other.block_time, head_number = other.head_number, head_hash = other.head_hash,
      earliest_block = other.earliest_block, final_number = other.final_number, safe_number = other.safe_number,
      finality = other.finality
    from heddle.deployments other where d.number = ${ours} and other.number = ${theirs}`)
}
