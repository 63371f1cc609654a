import type { BlockPtr } from '../chain/block.ts'
import { bytesToHex } from './codec.ts'
import type { Row, Runner } from './postgres.ts'
import { hexValue } from './progress.ts'
import { type Sql, sql } from './sql.ts'

/** Where index and chain disagree, and what became of it. */
export interface StoredDifference {
  /** As it is written in the deployment's file of invariants. */
  readonly invariant: string
  readonly type: string
  /** Of the entity; empty where it is about all of the type. */
  readonly id: string
  /** What the chain says. */
  readonly expected: string
  /** What the index says. */
  readonly found: string
  /** Where it was seen. */
  readonly at: BlockPtr
  /** found: nothing was done yet. healing: rows are being made again. quarantined: that did not help. healed: it is gone. */
  readonly state: 'found' | 'healing' | 'quarantined' | 'healed'
}

/** How the last look at a deployment went, and what is still open. */
export interface StoredVerification {
  /** The block of the last comparison. */
  readonly block: BlockPtr
  /** Comparisons since the deployment began. */
  readonly checked: number
  /** Of them, those that the node could not answer. */
  readonly unknown: number
  /** Differences that are found or being healed. */
  readonly differing: number
  readonly quarantined: number
  readonly healed: number
  /** ISO 8601. */
  readonly verifiedAt: string
}

/** The tables: what must hold (the file's text), how far it was looked at, and where it does not. */
export const verificationTables: readonly Sql[] = [
  sql`create table heddle.invariants (
    deployment int4 primary key references heddle.deployments on delete cascade,
    content text not null
  )`,
  sql`create table heddle.verifications (
    deployment int4 primary key references heddle.deployments on delete cascade,
    block_number int4 not null,
    block_hash bytea not null,
    checked int8 not null,
    unknown int8 not null,
    verified_at timestamptz not null default now()
  )`,
  sql`create table heddle.differences (
    deployment int4 not null references heddle.deployments on delete cascade,
    invariant text collate "C" not null,
    type text collate "C" not null,
    id text collate "C" not null,
    expected text not null,
    found text not null,
    block_number int4 not null,
    block_hash bytea not null,
    state text not null check (state in ('found', 'healing', 'quarantined', 'healed')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create unique index on heddle.differences (deployment, md5(invariant), type, md5(id))`,
]

/** What must hold of a deployment, as its file says; null takes it away. */
export async function writeInvariants(runner: Runner, deployment: number, content: string | null): Promise<void> {
  const ours = sql.value(deployment)
  if (content === null) {
    await runner.run(sql`delete from heddle.invariants where deployment = ${ours}`)
    return
  }
  await runner.run(sql`insert into heddle.invariants (deployment, content) values (${ours}, ${sql.value(content)})
    on conflict (deployment) do update set content = excluded.content`)
}

export async function readInvariants(runner: Runner, deployment: number): Promise<string | null> {
  const [row] = await runner.run(sql`select content from heddle.invariants where deployment = ${sql.value(deployment)}`)
  return row === undefined ? null : String(row.content)
}

/** Adds what was compared to what was compared before. */
export async function addVerification(
  runner: Runner,
  deployment: number,
  { at, checked, unknown }: { readonly at: BlockPtr; readonly checked: number; readonly unknown: number },
): Promise<void> {
  await runner.run(sql`insert into heddle.verifications (deployment, block_number, block_hash, checked, unknown)
    values (${sql.value(deployment)}, ${sql.value(at.number)}, ${hexValue(at.hash)}, ${sql.value(checked)}, ${sql.value(unknown)})
    on conflict (deployment) do update set block_number = excluded.block_number, block_hash = excluded.block_hash,
      checked = verifications.checked + excluded.checked, unknown = verifications.unknown + excluded.unknown, verified_at = now()`)
}

/** @returns null while nothing was ever compared */
export async function readVerification(runner: Runner, deployment: number): Promise<StoredVerification | null> {
  const count = (states: Sql) =>
    sql`(select count(*)::int4 from heddle.differences d where d.deployment = v.deployment and d.state in (${states}))`
  const [row] = await runner.run(sql`select block_number, block_hash, checked, unknown,
      ${count(sql`'found', 'healing'`)} as differing, ${count(sql`'quarantined'`)} as quarantined, ${count(sql`'healed'`)} as healed,
      to_char(verified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as verified_at
    from heddle.verifications v where deployment = ${sql.value(deployment)}`)
  if (row === undefined) return null
  return {
    block: pointerOf(row),
    checked: Number(row.checked),
    unknown: Number(row.unknown),
    differing: Number(row.differing),
    quarantined: Number(row.quarantined),
    healed: Number(row.healed),
    verifiedAt: String(row.verified_at),
  }
}

/** Writes a difference, or what became of it. */
export async function writeDifference(
  runner: Runner,
  deployment: number,
  { invariant, type, id, expected, found, at, state }: StoredDifference,
): Promise<void> {
  await runner.run(sql`insert into heddle.differences
      (deployment, invariant, type, id, expected, found, block_number, block_hash, state)
    values (${sql.value(deployment)}, ${sql.value(invariant)}, ${sql.value(type)}, ${sql.value(id)}, ${sql.value(expected)},
      ${sql.value(found)}, ${sql.value(at.number)}, ${hexValue(at.hash)}, ${sql.value(state)})
    on conflict (deployment, md5(invariant), type, md5(id)) do update set expected = excluded.expected, found = excluded.found,
      block_number = excluded.block_number, block_hash = excluded.block_hash, state = excluded.state, updated_at = now()`)
}

/** Newest first; those that are open before those that are healed. */
export async function readDifferences(runner: Runner, deployment: number, limit = 1000): Promise<StoredDifference[]> {
  const rows = await runner.run(sql`select * from heddle.differences where deployment = ${sql.value(deployment)}
    order by state = 'healed', updated_at desc limit ${sql.value(limit)}`)
  return rows.map((row) => ({
    invariant: String(row.invariant),
    type: String(row.type),
    id: String(row.id),
    expected: String(row.expected),
    found: String(row.found),
    at: pointerOf(row),
    state: row.state as StoredDifference['state'],
  }))
}

function pointerOf(row: Row): BlockPtr {
  return { number: Number(row.block_number), hash: bytesToHex(row.block_hash ?? '\\x') }
}
