import type { BlockPtr } from '../chain/block.ts'
import type { BlockChanges } from '../entity/change.ts'
import type { Transaction } from './postgres.ts'
import { hexValue } from './progress.ts'
import { sql } from './sql.ts'

/** An error as it is stored, apart from its block. */
export interface IndexingError {
  readonly message: string
  readonly handler: string | null
  /** Any indexer would have it here. */
  readonly isDeterministic: boolean
  /** It ended the deployment, or stands in its way. */
  readonly isFatal: boolean
}

export async function writeErrors(
  transaction: Transaction,
  deployment: number,
  at: BlockPtr,
  errors: readonly IndexingError[],
): Promise<void> {
  await transaction.run(
    sql`insert into heddle.errors (deployment, block_number, block_hash, message, handler, is_deterministic, is_fatal)
      select ${sql.value(deployment)}::int4, ${sql.value(at.number)}::int4, ${hexValue(at.hash)},
        message, handler, is_deterministic, is_fatal from unnest(
        ${sql.value(errors.map(({ message }) => message.replaceAll('\0', '')))}::text[],
        ${sql.value(errors.map(({ handler }) => handler))}::text[],
        ${sql.value(errors.map(({ isDeterministic }) => String(isDeterministic)))}::boolean[],
        ${sql.value(errors.map(({ isFatal }) => String(isFatal)))}::boolean[]
      ) with ordinality as error (message, handler, is_deterministic, is_fatal, position) order by position`,
  )
}

/**
 * Stores errors that a deployment of `nonFatalErrors` goes on after.
 * @returns whether there were any
 */
export async function writeErrorsOf(
  transaction: Transaction,
  deployment: number,
  batch: readonly BlockChanges[],
): Promise<boolean> {
  const failed = batch.filter(({ errors = [] }) => errors.length > 0)
  for (const { block, errors = [] } of failed) {
    const stored = errors.map(({ facts: { chain, handler } }) => ({ message: chain, handler }))
    await writeErrors(
      transaction,
      deployment,
      block,
      stored.map((error) => ({ ...error, isDeterministic: true, isFatal: false })),
    )
  }
  return failed.length > 0
}

/** What the stored errors say of a deployment's health; for use in a statement that updates `heddle.deployments`. */
export const healthOfErrors = sql`case
  when exists (select from heddle.errors e where e.deployment = deployments.number and e.is_fatal) then 'failed'
  when exists (select from heddle.errors e where e.deployment = deployments.number) then 'unhealthy'
  else 'healthy' end`
