import type { BlockLink, BlockPtr } from '../chain/block.ts'
import type { Schema } from '../deployment/schema.ts'
import type { Entity } from '../entity/entity.ts'
import { decodeEntity } from './codec.ts'
import { blockIndexes } from './ddl.ts'
import { type Layout, layoutOf, type Table } from './layout.ts'
import type { Postgres, Runner } from './postgres.ts'
import { linkOf, type Progress, progressColumns, progressOf } from './progress.ts'
import { schemaOf } from './schema-of.ts'
import { sql } from './sql.ts'

/** A deployment whose entities another one follows. */
export interface Followed {
  /** `Qm…` */
  readonly id: string
  /** The types that are followed. */
  readonly types: readonly string[]
}

/** Where a followed deployment stands, and what it made in a range of blocks: all of one state. */
export interface Following {
  readonly id: string
  /** Null while it is not in the database. */
  readonly progress: Progress | null
  /** Its links of that range, oldest first; near the head, of every block. */
  readonly links: readonly BlockLink[]
  /** As it wrote them. */
  readonly made: readonly Made[]
}

/** An entity with the block that made it. */
export interface Made {
  readonly at: number
  readonly vid: bigint
  readonly type: string
  readonly entity: Entity
}

/** What can be asked of a deployment before it is followed. */
export interface FollowedBuild {
  readonly network: string
  readonly manifest: string
  readonly schema: Schema
  readonly fileTypes: readonly string[]
}

/** A deployment of this database as its build is; null if there is none of this id. */
export async function findBuild(runner: Runner, id: string): Promise<FollowedBuild | null> {
  const [row] = await runner.run(sql`select network, manifest, schema_text, to_json(file_types) as file_types
    from heddle.deployments where id = ${sql.value(id)}`)
  if (row === undefined) return null
  const fileTypes: string[] = JSON.parse(String(row.file_types))
  return {
    network: String(row.network),
    manifest: String(row.manifest),
    schema: await schemaOf(String(row.schema_text)),
    fileTypes,
  }
}

/** Most rows of one type in one answer, unless a single block holds more. */
const manyRows = 5_000

/**
 * Reads what deployments made in blocks that all of them have reached.
 * @param from - the first block of the range
 * @param mostBlocks - its length at most; it ends earlier at the slowest deployment, or where there is much to read
 * @returns the last block of the range (below `from` if there is nothing yet), and one entry for each deployment
 */
export async function readFollowing(
  postgres: Postgres,
  followed: readonly Followed[],
  from: number,
  mostBlocks: number,
): Promise<{ readonly to: number; readonly all: readonly Following[] }> {
  return postgres.transaction(
    async (transaction) => {
      const stored = await Promise.all(followed.map((one) => readStored(transaction, one)))
      const reached = stored.map((one) => one?.progress.block?.number ?? -1)
      let to = Math.min(...reached, from + mostBlocks - 1)
      const tables = stored.flatMap((one) => one?.tables ?? [])
      if (to >= from) for (const { table } of tables) to = await endOf(transaction, table, from, to)
      const all: Following[] = []
      for (const [index, { id }] of followed.entries()) {
        const one = stored[index] ?? null
        const links = one === null ? [] : await readLinksBetween(transaction, one.number, from - 1, to)
        const made: Made[] = []
        if (to >= from)
          for (const each of one?.tables ?? []) made.push(...(await readMade(transaction, each, from, to)))
        made.sort((a, b) => (a.vid < b.vid ? -1 : a.vid > b.vid ? 1 : 0))
        all.push({ id, progress: one?.progress ?? null, links, made })
      }
      return { to, all }
    },
    { isSnapshot: true },
  )
}

/** Links of a deployment by number, of those that are asked for. */
export async function findLinks(
  runner: Runner,
  id: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, BlockPtr>> {
  const rows = await runner.run(sql`select l.number, l.hash, l.parent_hash, l.time
    from heddle.links l join heddle.deployments d on d.number = l.deployment
    where d.id = ${sql.value(id)} and l.number = any(${sql.value([...numbers])}::int4[])`)
  return new Map(
    rows
      .flatMap((row) => linkOf(row.number, row.hash, row.parent_hash, row.time) ?? [])
      .map((link) => [link.number, link]),
  )
}

/** Makes sure that the rows of a block can be found; a deployment that follows asks for little else. */
export async function indexFollowed(postgres: Postgres, followed: readonly Followed[]): Promise<void> {
  for (const one of followed) {
    const stored = await readStored(postgres, one)
    for (const { table } of stored?.tables ?? []) {
      for (const statement of blockIndexes(table)) await postgres.run(statement)
    }
  }
}

interface Stored {
  readonly number: number
  readonly progress: Progress
  readonly tables: readonly TypedTable[]
}

interface TypedTable {
  readonly type: string
  readonly table: Table
}

/** Layouts never change, and parsing a schema takes longer than the question. */
const layouts = new WeakMap<Followed, { readonly number: number; readonly layout: Layout }>()

async function readStored(runner: Runner, followed: Followed): Promise<Stored | null> {
  const [row] = await runner.run(
    sql`select number, schema_name, ${progressColumns} from heddle.deployments where id = ${sql.value(followed.id)}`,
    { name: 'heddle-followed' },
  )
  if (row === undefined) return null
  const number = Number(row.number)
  let known = layouts.get(followed)
  if (known?.number !== number) {
    const build = await findBuild(runner, followed.id)
    if (build === null) return null
    known = { number, layout: layoutOf(build.schema, String(row.schema_name), new Set(build.fileTypes)) }
    layouts.set(followed, known)
  }
  const { layout } = known
  const tables = followed.types.flatMap((type): TypedTable[] => {
    const table = layout.tables.get(type)
    return table === undefined ? [] : [{ type, table }]
  })
  return { number, progress: progressOf(row), tables }
}

async function endOf(runner: Runner, { ident }: Table, from: number, to: number): Promise<number> {
  const [row] = await runner.run(sql`select block$ as number from ${ident}
    where block$ >= ${sql.value(from)} and block$ <= ${sql.value(to)} order by block$ offset ${sql.int(manyRows)} limit 1`)
  return row === undefined ? to : Math.max(from, Number(row.number) - 1)
}

async function readMade(runner: Runner, { type, table }: TypedTable, from: number, to: number): Promise<Made[]> {
  const columns = sql.join(table.columns.map(({ ident }) => ident))
  const rows = await runner.run(sql`select vid as "$vid", block$ as "$at", ${columns} from ${table.ident}
    where block$ >= ${sql.value(from)} and block$ <= ${sql.value(to)}`)
  return rows.map((row) => ({
    at: Number(row.$at),
    vid: BigInt(String(row.$vid)),
    type,
    entity: decodeEntity(table, row),
  }))
}

async function readLinksBetween(runner: Runner, number: number, from: number, to: number): Promise<BlockLink[]> {
  const rows = await runner.run(
    sql`select number, hash, parent_hash, time from heddle.links where deployment = ${sql.value(number)}
      and number >= ${sql.value(from)} and number <= ${sql.value(Math.max(from, to))} order by number`,
    { name: 'heddle-followed-links' },
  )
  return rows.flatMap((row) => linkOf(row.number, row.hash, row.parent_hash, row.time) ?? [])
}
