import type { Context, NewSource } from '../deployment/deployment.ts'
import type { BlockChanges } from '../entity/change.ts'
import { bytesToHex } from './codec.ts'
import type { Runner, Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/** A file that a handler asked for, with the number that marks the rows its handler writes. */
export interface StoredFileSource extends NewSource {
  /** From 1; the chain's own rows have 0. */
  readonly region: number
  readonly createdAt: number
}

/**
 * The table of files: one row for each file that a handler asked for. `done_at` is the block at which its handler ran, null while
 * it waits. `context` is JSON with sorted keys, so that asking twice for the same is asking once.
 */
export const fileSourceTable: readonly Sql[] = [
  sql`create table heddle.file_sources (
    deployment int4 not null references heddle.deployments on delete cascade,
    region int4 not null,
    block_number int4 not null,
    template text not null,
    path bytea not null,
    context text not null,
    done_at int4,
    primary key (deployment, region)
  )`,
  sql`create unique index on heddle.file_sources (deployment, template, path, md5(context))`,
  sql`create index on heddle.file_sources (deployment, region) where done_at is null`,
]

/** Stores the files that a batch asked for, those asked for before left out, and which of them were handled. */
export async function writeFileSources(
  transaction: Transaction,
  deployment: number,
  batch: readonly BlockChanges[],
): Promise<void> {
  const created = batch.flatMap(({ block, files }) =>
    (files?.created ?? []).map((file) => ({ ...file, at: block.number })),
  )
  if (created.length > 0) await insertFileSources(transaction, deployment, created)
  const handled = batch.flatMap(({ block, files }) =>
    (files?.handled ?? []).map((region) => ({ region, at: block.number })),
  )
  if (handled.length === 0) return
  await transaction.run(sql`update heddle.file_sources set done_at = handled.at
    from unnest(${sql.value(handled.map(({ region }) => region))}::int4[], ${sql.value(handled.map(({ at }) => at))}::int4[])
      as handled (region, at)
    where file_sources.deployment = ${sql.value(deployment)} and file_sources.region = handled.region`)
}

async function insertFileSources(
  transaction: Transaction,
  deployment: number,
  created: readonly (NewSource & { readonly at: number })[],
): Promise<void> {
  const ours = sql.value(deployment)
  await transaction.run(sql`insert into heddle.file_sources (deployment, region, block_number, template, path, context)
    select ${ours}::int4, (select coalesce(max(region), 0) from heddle.file_sources where deployment = ${ours}) + position,
      at, template, path, context from unnest(
        ${sql.value(created.map(({ at }) => at))}::int4[],
        ${sql.value(created.map(({ template }) => template))}::text[],
        ${sql.value(created.map(({ address }) => `\\x${address.slice(2)}`))}::bytea[],
        ${sql.value(created.map(({ context }) => sortedJson(context)))}::text[]
      ) with ordinality as created (at, template, path, context, position) order by position
    on conflict (deployment, template, path, md5(context)) do nothing`)
}

/** Files that were not handled yet, in the order they were asked for. @param after - only those with a higher region */
export async function readWaitingFiles(runner: Runner, deployment: number, after: number): Promise<StoredFileSource[]> {
  const rows = await runner.run(sql`select region, block_number, template, path, context from heddle.file_sources
    where deployment = ${sql.value(deployment)} and region > ${sql.value(after)} and done_at is null order by region`)
  return rows.map((row) => ({
    region: Number(row.region),
    createdAt: Number(row.block_number),
    template: String(row.template),
    address: bytesToHex(row.path ?? '\\x'),
    context: parseContext(String(row.context)),
  }))
}

/** After a revert: what was asked for later never was, and what was handled later waits again. */
export function revertFileSources(deployment: number, block: number): Sql[] {
  const [ours, after] = [sql`deployment = ${sql.value(deployment)}`, sql.value(block)]
  return [
    sql`delete from heddle.file_sources where ${ours} and block_number > ${after}`,
    sql`update heddle.file_sources set done_at = null where ${ours} and done_at > ${after}`,
  ]
}

/** For a graft: the files of its base as they were at a block. */
export function copyFileSources(base: number, number: number, block: number): Sql {
  return sql`insert into heddle.file_sources (deployment, region, block_number, template, path, context, done_at)
    select ${sql.value(number)}, region, block_number, template, path, context,
      case when done_at <= ${sql.value(block)} then done_at end
    from heddle.file_sources where deployment = ${sql.value(base)} and block_number <= ${sql.value(block)}`
}

function sortedJson(context: Context): string {
  return JSON.stringify(Object.fromEntries(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function parseContext(text: string): Context {
  return JSON.parse(text)
}
