import { createHash } from 'node:crypto'
import { currentBlock, type Layout, type Table } from '../store/layout.ts'
import type { Runner } from '../store/postgres.ts'
import { type Sql, sql } from '../store/sql.ts'

/** One hash over all that a deployment holds at a block, and those it is made of. */
export interface StateRoot {
  /** Over the roots of all types that any machine has alike: what files wrote is left out. `0x…`, 32 bytes. */
  readonly root: string
  /** In schema order. */
  readonly types: readonly TypeRoot[]
}

export interface TypeRoot {
  /** `Token`, `SaleStats/hour`; of what handlers of files wrote, `Token (files)`. */
  readonly type: string
  /** How many entities are current. */
  readonly rows: number
  readonly root: string
  /** Files arrive when they arrive, so no two machines need hold them at the same block. */
  readonly isOfFiles: boolean
}

/**
 * Computes the state root: of every entity that is current at a block, its values, and neither its place in the table nor when it
 * was written. The order of rows does not matter: each row becomes the SHA-256 of its text, and the four numbers of 64 bits in it
 * are summed up, each for itself.
 *
 *     row          SHA-256 of its values as one text       (numbers without trailing zeros, bytes as hex, times in UTC)
 *     type root    SHA-256 of name, columns, count, four sums
 *     root         SHA-256 of all type roots, in order of their names
 *
 * One statement for each table, one pass over its rows. For one state of all tables, give it a transaction with `isSnapshot`.
 * @param at - a block that is not pruned; absent: the last one
 */
export async function stateRoot(runner: Runner, layout: Layout, at?: number): Promise<StateRoot> {
  const types: TypeRoot[] = []
  for (const [type, table] of layout.tables) types.push(...(await tableRoots(runner, type, table, at)))
  return { root: rootOf(types), types }
}

async function tableRoots(runner: Runner, type: string, table: Table, at: number | undefined): Promise<TypeRoot[]> {
  const roots: TypeRoot[] = []
  for (const isOfFiles of table.hasRegion ? [false, true] : [false]) {
    const [row] = await runner.run(rootStatement(table, isOfFiles, at))
    const rows = Number(row?.rows ?? 0)
    const sums = ['a', 'b', 'c', 'd'].map((name) => String(row?.[name] ?? '0'))
    const columns = table.columns.map(({ field }) => field.name).join(',')
    const name = isOfFiles ? `${type} (files)` : type
    roots.push({ type: name, rows, root: sha256([type, columns, rows, ...sums].join('\n')), isOfFiles })
  }
  return roots
}

/** The rows themselves are hashed by Postgres: nothing but four sums leaves it. */
export function rootStatement(table: Table, isOfFiles: boolean, at?: number): Sql {
  const numbers = [1, 9, 17, 25].map(
    (from) => sql`sum(('x' || encode(substring(hash from ${sql.int(from)} for 8), 'hex'))::bit(64)::int8)`,
  )
  const [a, b, c, d] = numbers as [Sql, Sql, Sql, Sql]
  return sql`select count(*) as rows, ${a}::text as a, ${b}::text as b, ${c}::text as c, ${d}::text as d
    from (select ${rowHash(table)} as hash from ${table.ident} as stored where ${isCurrentAt(table, at)}${ofFiles(table, isOfFiles)}) as hashed`
}

/** SHA-256 of a row's values: a composite's text tells null from empty, and quotes what could be taken for a comma. */
export function rowHash(table: Table): Sql {
  const values = table.columns.map(({ ident, sqlType }) =>
    sqlType === 'numeric' ? sql`trim_scale(stored.${ident})` : sql`stored.${ident}`,
  )
  return sql`sha256(convert_to(row(${sql.join(values)})::text, 'UTF8'))`
}

function isCurrentAt({ isVersioned }: Table, at: number | undefined): Sql {
  if (!isVersioned) return at === undefined ? sql`true` : sql`block$ <= ${sql.value(at)}`
  if (at === undefined) return sql`block_to = ${sql.int(currentBlock)}`
  return sql`block_from <= ${sql.value(at)} and block_to > ${sql.value(at)}`
}

function ofFiles({ hasRegion }: Table, isOfFiles: boolean): Sql {
  if (!hasRegion) return sql.empty
  return isOfFiles ? sql` and causality_region <> 0` : sql` and causality_region = 0`
}

function rootOf(types: readonly TypeRoot[]): string {
  const lines = types.filter(({ isOfFiles }) => !isOfFiles).map(({ type, root }) => `${type} ${root}`)
  return sha256(lines.sort().join('\n'))
}

function sha256(text: string): string {
  return `0x${createHash('sha256').update(text).digest('hex')}`
}
