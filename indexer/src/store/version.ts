import type { BlockChanges, Change } from '../entity/change.ts'
import type { Entity } from '../entity/entity.ts'
import { StoreConstraintError, StoreMismatchError } from '../errors.ts'
import { encodeId, encodeValue } from './codec.ts'
import { currentBlock, type Layout, type Table } from './layout.ts'
import type { Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/**
 * What a batch of blocks writes into one table. Versions that the batch itself makes old are inserted closed.
 *
 *     stored   [3, ∞)         close at 7:  [3, 7)
 *     batch    7: A   9: B    insert:      A [7, 9)   B [9, ∞)
 */
export interface TableWrites {
  readonly table: Table
  /** Current rows to close, each with the block from which they are no longer current. */
  readonly closed: readonly { readonly id: string; readonly at: number }[]
  readonly versions: readonly Version[]
}

export interface Version {
  readonly entity: Entity
  readonly from: number
  /** {@link currentBlock}, or the block that ended it. */
  readonly to: number
  readonly vid: bigint
  /** Of the file whose handler wrote it; 0 for the chain. */
  readonly region: number
}

/**
 * @param batch - in order of blocks
 * @returns one entry for each table that is written
 * @throws {@link StoreConstraintError} if an immutable entity is to be overwritten or removed
 */
export function planVersions(layout: Layout, batch: readonly BlockChanges[]): TableWrites[] {
  const plans = new Map<string, Plan>()
  for (const { block, changes } of batch) {
    for (const change of changes) {
      const plan = plans.get(change.type) ?? newPlan(layout, change.type)
      plans.set(change.type, plan)
      if (plan.table.isVersioned) planVersion(plan, change, block.number)
      else planImmutable(plan, change, block.number)
    }
  }
  return [...plans.values()]
}

/** Closes old versions and inserts new ones. */
export async function writeVersions(transaction: Transaction, { table, closed, versions }: TableWrites): Promise<void> {
  if (closed.length > 0) {
    const found = await transaction.change(closeStatement(table, closed))
    if (found !== closed.length) {
      throw new StoreMismatchError(`${closed.length} rows of ${table.name} were to be closed, ${found} are there`)
    }
  }
  if (versions.length === 0) return
  if (!skipsDuplicates(table)) return transaction.copy(table.ident, columnList(table), copyLines(table, versions))
  // COPY cannot pass over rows that are there already, INSERT can.
  await transaction.run(sql`create temporary table if not exists arrivals (like ${table.ident}) on commit drop`)
  await transaction.copy(sql.ident('pg_temp', 'arrivals'), columnList(table), copyLines(table, versions))
  await transaction.run(sql`insert into ${table.ident} (${columnList(table)})
    select ${columnList(table)} from pg_temp.arrivals order by vid on conflict (id) do nothing`)
  await transaction.run(sql`drop table pg_temp.arrivals`)
}

/** Arrays go in as one parameter each and are joined: `id = any(…)` would be scanned for every row of an unanalysed table. */
export function closeStatement(table: Table, closed: TableWrites['closed']): Sql {
  const { idType } = table.type
  const type = sql.trusted(idType === 'Bytes' ? 'bytea[]' : idType === 'Int8' ? 'int8[]' : 'text[]')
  const ids = sql.value(closed.map(({ id }) => encodeId(idType, id)))
  const blocks = sql.value(closed.map(({ at }) => at))
  return sql`update ${table.ident} as stored set block_to = old.at
    from unnest(${ids}::${type}, ${blocks}::int4[]) as old (id, at)
    where stored.id = old.id and stored.block_to = ${sql.int(currentBlock)}`
}

/** Rows as COPY takes them, many in a chunk. */
export function* copyLines(table: Table, versions: readonly Version[]): Generator<string> {
  const names = table.columns.map(({ field }) => field.name)
  let chunk = ''
  for (const { vid, from, to, entity, region } of versions) {
    chunk += table.isVersioned ? `${vid}\t${from}\t${to}` : `${vid}\t${from}`
    if (table.hasRegion) chunk += `\t${region}`
    for (const name of names) chunk += `\t${copyCell(encodeValue(entity.get(name)))}`
    chunk += '\n'
    if (chunk.length > 65_536) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}

export function columnList(table: Table): Sql {
  const block = table.isVersioned ? sql`vid, block_from, block_to` : sql`vid, block$`
  const region = table.hasRegion ? [sql`causality_region`] : []
  return sql.join([block, ...region, ...table.columns.map(({ ident }) => ident)])
}

interface Plan {
  readonly table: Table
  readonly closed: { id: string; at: number }[]
  readonly versions: { -readonly [K in keyof Version]: Version[K] }[]
  /** The batch's own current versions, by id. */
  readonly open: Map<string, { to: number; region: number }>
}

function newPlan(layout: Layout, type: string): Plan {
  const table = layout.tables.get(type)
  if (table === undefined) throw new StoreMismatchError(`there is no table for ${type}`)
  return { table, closed: [], versions: [], open: new Map() }
}

function planVersion({ table, closed, versions, open }: Plan, change: Change, at: number): void {
  const current = open.get(change.id)
  if (change.kind === 'insert' && current !== undefined && current.region !== regionOf(change)) {
    throw new StoreConstraintError(`another file or the chain has written ${change.id}`, table.name)
  }
  if (current !== undefined) current.to = at
  else if (change.kind !== 'insert') closed.push({ id: change.id, at })
  if (change.kind === 'remove') {
    open.delete(change.id)
    return
  }
  const region = regionOf(change)
  const version = { entity: change.entity, from: at, to: currentBlock, vid: versionId(at, change.order), region }
  versions.push(version)
  open.set(change.id, version)
}

function planImmutable({ table, versions }: Plan, change: Change, at: number): void {
  if (change.kind === 'insert') {
    const vid = versionId(at, change.order)
    versions.push({ entity: change.entity, from: at, to: currentBlock, vid, region: regionOf(change) })
  } else if (!skipsDuplicates(table)) {
    throw new StoreConstraintError(`immutable entities can not be deleted or updated: ${change.id}`, table.name)
  }
}

function regionOf(change: Change): number {
  return change.kind === 'remove' ? 0 : (change.region ?? 0)
}

/** Orders rows by their last write. graph-node numbers a block's rows from 100. */
function versionId(block: number, order: number): bigint {
  return (BigInt(block) << 32n) + BigInt(100 + order)
}

function skipsDuplicates({ type }: Table): boolean {
  return type.kind === 'entity' && type.skipDuplicates
}

/** @see https://www.postgresql.org/docs/current/sql-copy.html, Text Format */
function copyCell(text: string | null): string {
  if (text === null) return '\\N'
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, escapeLetter) : text
}

function escapeLetter(letter: string): string {
  switch (letter) {
    case '\t':
      return '\\t'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    default:
      return '\\\\'
  }
}
