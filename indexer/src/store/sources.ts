import type { Context, NewSource } from '../deployment/deployment.ts'
import type { BlockChanges } from '../entity/change.ts'
import { bytesToHex } from './codec.ts'
import type { Runner, Transaction } from './postgres.ts'
import { sql } from './sql.ts'

/** A data source that was grown from a template, with the block that did it. */
export interface StoredSource extends NewSource {
  readonly createdAt: number
}

/** Stores the data sources that a batch created, in order of creation. */
export async function writeSources(
  transaction: Transaction,
  deployment: number,
  batch: readonly BlockChanges[],
): Promise<void> {
  const created = batch.flatMap(({ block, newSources }) =>
    newSources.map((source) => ({ ...source, at: block.number })),
  )
  if (created.length === 0) return
  await transaction.run(
    sql`insert into heddle.sources (deployment, block_number, template, address, context)
      select ${sql.value(deployment)}::int4, at, template, address, context from unnest(
        ${sql.value(created.map(({ at }) => at))}::int4[],
        ${sql.value(created.map(({ template }) => template))}::text[],
        ${sql.value(created.map(({ address }) => `\\x${address.slice(2)}`))}::bytea[],
        ${sql.value(created.map(({ context }) => JSON.stringify(context)))}::json[]
      ) with ordinality as created (at, template, address, context, position) order by position`,
  )
}

/** In order of creation. */
export async function readSources(runner: Runner, deployment: number): Promise<StoredSource[]> {
  const rows = await runner.run(
    sql`select template, address, context, block_number from heddle.sources
      where deployment = ${sql.value(deployment)} order by sequence`,
  )
  return rows.map((row) => ({
    template: String(row.template),
    address: bytesToHex(row.address ?? '\\x'),
    context: parseContext(String(row.context)),
    createdAt: Number(row.block_number),
  }))
}

function parseContext(text: string): Context {
  return JSON.parse(text)
}
