import type { BlockPtr } from '../chain/block.ts'
import type { Entity } from '../entity/entity.ts'
import { StoreMismatchError } from '../errors.ts'
import { decodeEntity, encodeId } from '../store/codec.ts'
import { currentBlock, type Layout, type Table } from '../store/layout.ts'
import type { Postgres, Runner } from '../store/postgres.ts'
import { readProgress } from '../store/progress.ts'
import { render, type Sql, sql } from '../store/sql.ts'
import type { Invariant } from './invariant.ts'
import { type Claim, claimOf } from './question.ts'

/** Which entities to look at. */
export type Choice =
  | { readonly kind: 'all'; readonly after: string | null; readonly limit: number }
  /** So many at random, and as many again of those written last. */
  | { readonly kind: 'some'; readonly limit: number }
  | { readonly kind: 'these'; readonly ids: readonly string[] }

/** Claims about one state of the index, and the block it is of. */
export interface Sample {
  readonly at: BlockPtr
  readonly claims: readonly Claim[]
  /** Where to go on, of {@link Choice} `all`; null at the end. */
  readonly next: string | null
}

/**
 * Reads what the index holds, rows and block from one snapshot.
 * @returns null while there is nothing to compare: no block yet, or a deployment that stopped in the middle of one
 */
export function readSample(
  postgres: Postgres,
  deployment: number,
  layout: Layout,
  invariant: Invariant,
  choice: Choice,
): Promise<Sample | null> {
  return postgres.transaction(
    async (transaction) => {
      const progress = await readProgress(transaction, deployment)
      if (progress === null || progress.block === null || progress.health === 'failed') return null
      const { number, hash } = progress.block
      const table = layout.tables.get(invariant.subject.type.name)
      if (table === undefined) throw new StoreMismatchError(`there is no table for ${invariant.subject.type.name}`)
      const at = { number, hash }
      if (invariant.subject.kind !== 'each') {
        const claim = claimOf(invariant, new Map(), await readTotal(transaction, table, invariant))
        return { at, claims: claim === null ? [] : [claim], next: null }
      }
      const rows = await transaction.run(chosen(table, invariant, choice, number))
      const entities = rows.map((row) => decodeEntity(table, row))
      const claims = entities.flatMap((entity: Entity) => claimOf(invariant, entity) ?? [])
      const last = rows.at(-1)?.id
      const isFull = choice.kind === 'all' && rows.length === choice.limit
      return { at, claims, next: isFull && last !== undefined ? String(last) : null }
    },
    { isSnapshot: true },
  )
}

async function readTotal(runner: Runner, table: Table, { subject, where }: Invariant): Promise<string> {
  const column = subject.kind === 'sum' ? table.columnOf.get(subject.field.name) : undefined
  const total = column === undefined ? sql`count(*)` : sql`coalesce(sum(${column.ident}), 0)`
  const [row] = await runner.run(
    sql`select ${total}::text as total from ${table.ident} as stored where ${isMeant(table, where)}`,
  )
  return String(row?.total)
}

function chosen(table: Table, { where }: Invariant, choice: Choice, at: number): Sql {
  const columns = sql.join(table.columns.map(({ ident }) => sql`stored.${ident}`))
  const meant = sql`from ${table.ident} as stored where ${isMeant(table, where)}`
  const type = sql.trusted(table.type.idType === 'Bytes' ? 'bytea' : table.type.idType === 'Int8' ? 'int8' : 'text')
  switch (choice.kind) {
    case 'all': {
      const after = choice.after === null ? sql.empty : sql` and stored.id > ${sql.value(choice.after)}::${type}`
      return sql`select ${columns} ${meant}${after} order by stored.id limit ${sql.value(choice.limit)}`
    }
    case 'some': {
      const limit = sql.value(choice.limit)
      const since = table.isVersioned ? sql`block_from` : sql`block$`
      // Whole pages by chance, so that no sample reads a whole table; of a small one, all pages.
      const sampled = sql`from ${table.ident} as stored tablesample system (${pagesPercent(table)}) where ${isMeant(table, where)}`
      return sql`(select ${columns} ${sampled} order by random() limit ${limit})
        union all (select ${columns} ${meant} and ${since} > ${sql.value(at - recentBlocks)} limit ${limit})`
    }
    case 'these': {
      const ids = choice.ids.map((id) => encodeId(table.type.idType, id))
      return sql`select ${columns} ${meant} and stored.id = any(${sql.value(ids)}::${type}[])`
    }
  }
}

/** How far back a change counts as one of the last. */
const recentBlocks = 16
/** About how many rows are looked at for a random sample. */
const sampledRows = 2_000

function pagesPercent(table: Table): Sql {
  const estimate = sql`(select greatest(reltuples, 1) from pg_class where oid = ${sql.literal(nameOf(table))}::regclass)`
  return sql`least(100, ${sql.int(sampledRows * 100)} / ${estimate})`
}

function isMeant(table: Table, where: Invariant['where']): Sql {
  const conditions = where.map(({ field, equals }) => {
    const column = table.columnOf.get(field.name)
    if (column === undefined) throw new StoreMismatchError(`${table.name} has no column for ${field.name}`)
    const value = column.sqlType === 'bytea' ? `\\x${equals.slice(2)}` : equals
    return sql`stored.${column.ident} = ${sql.value(value)}::text::${column.cast}`
  })
  const current = table.isVersioned ? [sql`stored.block_to = ${sql.int(currentBlock)}`] : []
  return sql.join([sql`true`, ...current, ...conditions], sql` and `)
}

function nameOf({ ident }: Table): string {
  return render(ident).text
}
