import type { BlockLink } from '../chain/block.ts'
import type { Runner, Transaction } from './postgres.ts'
import { hexValue, linkOf } from './progress.ts'
import { sql } from './sql.ts'

/** Links older than this many blocks are forgotten, where they are final too: no reorg reaches that far. */
const keptBlocks = 10_000

/** Stores links, and forgets old ones now and then. */
export async function writeLinks(
  transaction: Transaction,
  deployment: number,
  links: readonly BlockLink[],
): Promise<void> {
  const last = links.at(-1)
  const kept = last === undefined ? [] : links.filter(({ number }) => number > last.number - keptBlocks)
  const first = kept[0]
  if (last === undefined || first === undefined) return
  await transaction.run(
    sql`insert into heddle.links (deployment, number, hash, parent_hash, time)
      select ${sql.value(deployment)}::int4, * from unnest(
        ${sql.value(kept.map(({ number }) => number))}::int4[],
        ${sql.value(kept.map(({ hash }) => `\\x${hash.slice(2)}`))}::bytea[],
        ${sql.value(kept.map(({ parentHash }) => `\\x${parentHash.slice(2)}`))}::bytea[],
        ${sql.value(kept.map(({ timestamp }) => timestamp))}::int8[]
      ) on conflict (deployment, number) do update
        set hash = excluded.hash, parent_hash = excluded.parent_hash, time = excluded.time`,
    { name: 'heddle-write-links' },
  )
  const isDue = Math.floor(last.number / 256) > Math.floor((first.number - 1) / 256)
  if (!isDue) return
  await transaction.run(
    sql`delete from heddle.links where deployment = ${sql.value(deployment)}
      and number <= ${sql.value(last.number - keptBlocks)}
      and number < (select coalesce(final_number, number) from heddle.deployments where number = ${sql.value(deployment)})`,
  )
}

/** Stored links below a block, newest first. */
export async function readLinks(
  runner: Runner,
  deployment: number,
  { below, limit }: { readonly below: number; readonly limit: number },
): Promise<BlockLink[]> {
  const rows = await runner.run(
    sql`select number, hash, parent_hash, time from heddle.links where deployment = ${sql.value(deployment)}
      and number < ${sql.value(below)} order by number desc limit ${sql.value(limit)}`,
  )
  return rows.flatMap((row) => linkOf(row.number, row.hash, row.parent_hash, row.time) ?? [])
}

/** The link of a block that was seen on the way, by its number or its hash. */
export async function findLink(
  runner: Runner,
  deployment: number,
  wanted: { readonly number: number } | { readonly hash: string },
): Promise<BlockLink | null> {
  const condition = 'hash' in wanted ? sql`hash = ${hexValue(wanted.hash)}` : sql`number = ${sql.value(wanted.number)}`
  const [row] = await runner.run(
    sql`select number, hash, parent_hash, time from heddle.links
      where deployment = ${sql.value(deployment)} and ${condition}`,
  )
  return row === undefined ? null : linkOf(row.number, row.hash, row.parent_hash, row.time)
}
