import { type Column, currentBlock, type EnumTable, isReference, type Layout, type Table } from './layout.ts'
import { type Sql, sql } from './sql.ts'

/** Statements that lay out a deployment: its schema, its types, its tables and what a writer needs to find its rows. */
export function createStatements(layout: Layout): Sql[] {
  return [
    sql`create schema ${sql.ident(layout.schemaName)}`,
    ...[...layout.enums.values()].map(createEnum),
    ...[...layout.tables.values()].flatMap((table) => [createTable(table), ...keyIndexes(table)]),
  ]
}

/**
 * Indexes that are built when the deployment has caught up with the chain, since each makes a backfill slower: by block, for
 * reverts and for what changed since; by attribute, for queries. Before that a revert is rare, and may read whole tables.
 */
export function lateIndexes(layout: Layout): Sql[] {
  return [...layout.tables.values()].flatMap((table) => [
    ...blockIndexes(table),
    ...table.columns
      .filter((column) => column.field.name !== 'id' && !isReference(column) && !isTimeOfSeries(table, column))
      .flatMap((column) => {
        const what = attributeOf(column)
        return what === null ? [] : [createIndex(table, `attr_${column.name}`, what)]
      }),
  ])
}

function createEnum({ ident, labels }: EnumTable): Sql {
  return sql`create type ${ident} as enum (${sql.join(labels.map(sql.literal))})`
}

function createTable(table: Table): Sql {
  const block = table.isVersioned
    ? sql`block_from int4 not null, block_to int4 not null default ${sql.int(currentBlock)}`
    : sql`block$ int4 not null`
  const region = table.hasRegion ? [sql`causality_region int4 not null`] : []
  const columns = [sql`vid int8 not null`, block, ...region, ...table.columns.map(columnDefinition)]
  return sql`create table ${table.ident} (${sql.join(columns)})`
}

function columnDefinition({ ident, cast, sqlType, field }: Column): Sql {
  const collation = sqlType.startsWith('text') ? sql` collate "C"` : sql.empty
  return sql`${ident} ${cast}${collation}${field.isNonNull ? sql` not null` : sql.empty}`
}

/** What keeps ids unique, and finds rows to close, to relate and to sum up. */
function keyIndexes(table: Table): Sql[] {
  const references = table.columns.filter(isReference).map((column) => referenceIndex(table, column))
  if (table.isVersioned) return [createIndex(table, 'key', sql`(id, block_to)`, true), ...references]
  const times = table.columns.filter((column) => isTimeOfSeries(table, column))
  return [
    createIndex(table, 'key', sql`(id)`, true),
    ...times.map(({ ident }) => createIndex(table, 'time', sql`(${ident})`)),
    ...references,
    ...aggregationIndexes(table),
  ]
}

/** What finds the rows of a block. */
export function blockIndexes(table: Table): Sql[] {
  if (!table.isVersioned) return [createIndex(table, 'block', sql`(block$)`)]
  return [
    createIndex(table, 'from', sql`(block_from)`),
    // Only closed versions, so that a revert finds those it has to open again.
    createIndex(table, 'closed', sql`(block_to) where block_to <> ${sql.int(currentBlock)}`),
  ]
}

/** Ids are indexed whole: one that does not fit an index could not be unique in the first place. */
function referenceIndex(table: Table, column: Column): Sql {
  const name = `ref_${column.name}`
  if (column.field.isList) return createIndex(table, name, sql`using gin (${column.ident})`)
  return createIndex(table, name, sql`(${column.ident}, ${table.isVersioned ? sql`block_to` : sql`block$`})`)
}

/** What finds the newest buckets, and the last one of the same dimensions. */
function aggregationIndexes(table: Table): Sql[] {
  if (table.type.kind !== 'aggregation') return []
  const { dimensions } = table.type
  const columns = table.columns.filter(({ field }) => dimensions.includes(field.name)).map(({ ident }) => ident)
  return [
    createIndex(table, 'block', sql`(block$)`),
    createIndex(table, 'dims', sql`(${sql.join([...columns, sql`"timestamp"`])})`),
  ]
}

/** What finds the rows of a bucket. */
function isTimeOfSeries({ type }: Table, { field }: Column): boolean {
  return type.kind === 'entity' && type.isTimeseries && field.name === 'timestamp'
}

/** Text and bytes are indexed by their beginning: an index row has to fit a page. */
function attributeOf(column: Column): Sql | null {
  if (column.field.isList || column.field.type.kind === 'enum') return null
  switch (column.sqlType) {
    case 'boolean':
      return null
    case 'text':
      return sql`(left(${column.ident}, 256))`
    case 'bytea':
      return sql`(substring(${column.ident}, 1, 64))`
    default:
      return sql`(${column.ident})`
  }
}

function createIndex(table: Table, suffix: string, what: Sql, isUnique = false): Sql {
  const name = sql.ident(indexName(table.name, suffix))
  return sql`create ${isUnique ? sql`unique ` : sql.empty}index if not exists ${name} on ${table.ident} ${what}`
}

/** Postgres would cut a long name, and two could become one. */
function indexName(table: string, suffix: string): string {
  const name = `${table}$${suffix}`
  if (name.length <= 63) return name
  let hash = 0
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  return `${name.slice(0, 54)}$${hash.toString(16).padStart(8, '0')}`
}
