import { StoreFormatError } from '../errors.ts'
import { fileSourceTable } from './file-sources.ts'
import type { Postgres, Runner, Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'
import { verificationTables } from './verification.ts'

/** Of the schema `heddle`. A later Heddle upgrades an older format, an earlier one refuses a newer. */
const format = 7

/** Numbers of advisory locks; the first half is ours alone. */
export const lockClass = 0x4ed1e
const metadataLock = 0

/**
 * What is known beside the entities, in the schema `heddle`:
 *
 *     deployments   one row each: where its rows are, its progress, its health, its chain, who holds it
 *     files         what each deployment's manifest names: compiled mappings, ABIs, its schema
 *     names         subgraph name → the deployment that answers for it, and the one that will when it has caught up
 *     versions      every deployment that a name was ever pointed at
 *     links         recent blocks, to find a common ancestor after a reorg
 *     sources       data sources grown from templates, in order
 *     file_sources  those of files, waiting or done
 *     errors        why a deployment stopped
 *     invariants    what must hold between a deployment and its chain; verifications, differences: how far that was looked at
 *
 * Two processes may do this at once: the second waits and finds everything made.
 * @param to - the format to stop at, as an earlier Heddle would
 * @throws {@link StoreFormatError} if the database belongs to another Heddle
 */
export async function prepareMetadata(postgres: Postgres, to: number = format): Promise<void> {
  if ((await readFormat(postgres)) === to) return
  await postgres.transaction(async (transaction) => {
    await lockMetadata(transaction)
    const found = await readFormat(transaction)
    for (const statements of steps.slice(found, to)) {
      for (const statement of statements) await transaction.run(statement)
    }
    await transaction.run(sql`update heddle.format set version = ${sql.int(to)}`)
  })
}

/** Makes others who change the metadata wait until the transaction ends. */
export async function lockMetadata(transaction: Transaction): Promise<void> {
  await transaction.run(sql`select pg_advisory_xact_lock(${sql.int(lockClass)}, ${sql.int(metadataLock)})`)
}

/** @returns 0 where nothing has been made yet */
async function readFormat(runner: Runner): Promise<number> {
  // Not to_regclass: that may answer from a cache older than the lock.
  const [made] = await runner.run(
    sql`select exists (select from pg_tables where schemaname = 'heddle' and tablename = 'format') as is_made`,
  )
  if (made?.is_made !== true) return 0
  const [row] = await runner.run(sql`select version from heddle.format`)
  const found = Number(row?.version ?? 0)
  if (found > format) throw new StoreFormatError('The schema "heddle" of this database', found, format)
  return found
}

const ofDeployment = sql`deployment int4 not null references heddle.deployments on delete cascade`

/** From nothing to format 1. */
const first: readonly Sql[] = [
  sql`create schema if not exists heddle`,
  sql`create table heddle.format (version int4 not null)`,
  sql`insert into heddle.format values (1)`,
  sql`create table heddle.deployments (
    number int4 primary key generated always as identity,
    id text collate "C" not null unique,
    schema_name text not null unique,
    network text not null,
    manifest text not null,
    schema_text text not null,
    layout_version int4 not null,
    start_block int4 not null,
    earliest_block int4 not null,
    block_number int4,
    block_hash bytea,
    block_parent_hash bytea,
    block_time int8,
    head_number int4,
    head_hash bytea,
    health text not null default 'healthy' check (health in ('healthy', 'unhealthy', 'failed')),
    reverts int4 not null default 0,
    synced_at timestamptz,
    holder uuid,
    created_at timestamptz not null default now()
  )`,
  sql`create table heddle.names (
    name text collate "C" primary key,
    ${ofDeployment},
    created_at timestamptz not null default now()
  )`,
  sql`create table heddle.chains (network text primary key, genesis_hash bytea not null)`,
  sql`create table heddle.links (
    ${ofDeployment},
    number int4 not null,
    hash bytea not null,
    parent_hash bytea not null,
    time int8 not null,
    primary key (deployment, number)
  )`,
  sql`create index on heddle.links (hash)`,
  sql`create table heddle.sources (
    sequence int8 primary key generated always as identity,
    ${ofDeployment},
    block_number int4 not null,
    template text not null,
    address bytea not null,
    context json not null
  )`,
  sql`create index on heddle.sources (deployment, sequence)`,
  sql`create table heddle.errors (
    sequence int8 primary key generated always as identity,
    ${ofDeployment},
    message text not null,
    handler text,
    block_number int4,
    block_hash bytea,
    is_deterministic boolean not null,
    is_fatal boolean not null,
    created_at timestamptz not null default now()
  )`,
]

/** From format 1 to 2: deployments that wait to be told to go on, how much of their history is kept, errors found by their block. */
const second: readonly Sql[] = [
  sql`alter table heddle.deployments
    add column paused_at timestamptz,
    add column history_blocks int4 not null default ${sql.int(2_147_483_647)}`,
  sql`create index on heddle.errors (deployment, block_number)`,
]

/** From format 2 to 3: what several deployments beside each other need. */
const third: readonly Sql[] = [
  sql`alter table heddle.deployments
    add column node text not null default 'default',
    add column genesis_hash bytea`,
  sql`update heddle.deployments d set genesis_hash = c.genesis_hash from heddle.chains c where c.network = d.network`,
  sql`drop table heddle.chains`,
  sql`create table heddle.files (
    ${ofDeployment},
    link text collate "C" not null,
    content bytea not null,
    primary key (deployment, link)
  )`,
  sql`alter table heddle.names
    alter column deployment drop not null,
    add column pending int4 references heddle.deployments on delete set null,
    add column id text not null default replace(gen_random_uuid()::text, '-', '')`,
]

/** From format 3 to 4: data sources of files, and the types that their handlers write. */
const fourth: readonly Sql[] = [
  sql`alter table heddle.deployments add column file_types text[] not null default '{}'`,
  ...fileSourceTable,
]

/** From format 4 to 5: what names were pointed at before. Of the past it is not known any more. */
const fifth: readonly Sql[] = [
  sql`create table heddle.versions (
    name text collate "C" not null references heddle.names on delete cascade,
    ${ofDeployment},
    created_at timestamptz not null default now(),
    primary key (name, deployment)
  )`,
  sql`insert into heddle.versions (name, deployment)
    select name, deployment from heddle.names where deployment is not null
    union select name, pending from heddle.names where pending is not null`,
]

/** From format 5 to 6: what must hold between index and chain, and where it does not. */
const sixth: readonly Sql[] = verificationTables

/** From format 6 to 7: how far the chain is settled that a deployment follows, and what was asked to know it. */
const seventh: readonly Sql[] = [
  sql`alter table heddle.deployments
    add column final_number int4,
    add column safe_number int4,
    add column finality text`,
]

/** The n-th leads from format n to the next. */
const steps: readonly (readonly Sql[])[] = [first, second, third, fourth, fifth, sixth, seventh]
