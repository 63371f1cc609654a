import type { Transaction } from '../src/store/postgres.ts'
import { type Sql, sql } from '../src/store/sql.ts'

/** One of 0 to below-1. */
export type Roll = (below: number) => number

/** The same numbers for the same seed. */
export function dice(seed: number): Roll {
  let state = seed * 2_654_435_761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0
    return (state >>> 8) % below
  }
}

interface Hurt {
  /** As the database names it, without its schema. */
  readonly table: string
  readonly how: string
}

interface Column {
  readonly name: string
  /** As Postgres spells it, with its schema where it is an enum. */
  readonly type: string
  readonly kind: 'enum' | 'array' | 'plain'
}

/**
 * Hurts one random row of every table of a schema that has rows, each in one of the ways a row can go wrong: another value in any
 * column, a row that is gone, one that never was, one that begins or ends at another block.
 */
export async function hurtEveryTable(transaction: Transaction, schema: string, roll: Roll): Promise<Hurt[]> {
  const tables = await transaction.run(sql`select c.relname as name,
      json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
        'kind', case t.typtype when 'e' then 'enum' else case when t.typcategory = 'A' then 'array' else 'plain' end end)
        order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped join pg_type t on t.oid = a.atttypid
    where c.relnamespace = ${sql.value(schema)}::text::regnamespace and c.relkind = 'r' group by 1 order by 1`)
  const hurt: Hurt[] = []
  for (const { name, columns } of tables) {
    const table = { ident: sql.ident(schema, String(name)), columns: JSON.parse(String(columns)) as Column[] }
    const how = await hurtOneRow(transaction, table, roll)
    if (how !== null) hurt.push({ table: String(name), how })
  }
  return hurt
}

interface Table {
  readonly ident: Sql
  readonly columns: readonly Column[]
}

const attempts = 20

/** @returns null if it has no row */
async function hurtOneRow(transaction: Transaction, table: Table, roll: Roll): Promise<string | null> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const [how, statement] = damage(table, roll)
    await transaction.run(sql`savepoint before`)
    try {
      if ((await transaction.change(statement)) > 0) return how
    } catch {
      // The table's own indexes refuse it: two current versions of one entity, say.
      await transaction.run(sql`rollback to savepoint before`)
    }
  }
  return null
}

function damage({ ident, columns }: Table, roll: Roll): [string, Sql] {
  const isVersioned = columns.some(({ name }) => name === 'block_to')
  const since = isVersioned ? sql`block_from` : sql`block$`
  const chosen = sql`ctid = (select ctid from ${ident} order by md5(vid::text || ${sql.value(String(roll(1_000)))}) limit 1)`
  const ways: [string, Sql][] = [
    ['another value', otherValue(ident, columns, roll)],
    ['gone', sql`delete from ${ident} where ${chosen}`],
    ['never was', neverWas(ident, columns, chosen)],
    ['begins earlier', sql`update ${ident} set ${since} = ${since} - 1 where ${chosen}`],
    isVersioned
      ? [
          'ends early',
          sql`update ${ident} set block_to = block_from + 1 where ${chosen} and block_to <> block_from + 1`,
        ]
      : ['begins later', sql`update ${ident} set ${since} = ${since} + 1 where ${chosen}`],
  ]
  return ways[roll(ways.length)] ?? ['gone', sql`delete from ${ident} where ${chosen}`]
}

const ours = ['vid', 'block_from', 'block_to', 'block$', 'id']

function otherValue(ident: Sql, columns: readonly Column[], roll: Roll): Sql {
  const values = columns.filter(({ name }) => !ours.includes(name))
  const column = values[roll(values.length)]
  if (column === undefined) return sql`delete from ${ident} where false`
  const name = sql.ident(column.name)
  const other = otherThan(name, column)
  const place = sql.value(String(roll(1_000)))
  return sql`update ${ident} set ${name} = ${other} where ctid = (select ctid from ${ident}
    where ${name} is distinct from ${other} order by md5(vid::text || ${place}) limit 1)`
}

function otherThan(name: Sql, { type, kind }: Pick<Column, 'type' | 'kind'>): Sql {
  if (kind === 'array') return sql`${name} || ${name}`
  if (kind === 'enum') {
    const labels = sql`enum_range(null::${sql.trusted(type)})`
    return sql`(${labels})[1 + array_position(${labels}, ${name}) % cardinality(${labels})]`
  }
  switch (type) {
    case 'text':
      return sql`${name} || 'x'`
    case 'bytea':
      return sql`${name} || '\\x00'::bytea`
    case 'boolean':
      return sql`not ${name}`
    case 'timestamp with time zone':
      return sql`${name} + interval '1 second'`
    default:
      return sql`${name} + 1`
  }
}

/** A copy of a row under an id that there is not. */
function neverWas(ident: Sql, columns: readonly Column[], chosen: Sql): Sql {
  const id = columns.find(({ name }) => name === 'id')
  const values = columns.map(({ name, type }) => {
    if (name !== 'id') return sql.ident(name)
    return type === 'bigint' ? sql`id + 1000003` : otherThan(sql`id`, id ?? { type, kind: 'plain' })
  })
  const names = columns.map(({ name }) => sql.ident(name))
  return sql`insert into ${ident} (${sql.join(names)}) select ${sql.join(values)} from ${ident} where ${chosen}`
}
