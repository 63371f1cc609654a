import { type Column, currentBlock, type EnumTable, isReference, type Layout, type Table } from './layout.ts'
import { type Sql, sql } from './sql.ts'

/** Statements that lay out a deployment: its schema, its types, its tables and what a writer needs to find rows again. */
export function createStatements(layout: Layout): Sql[] {
  return [
    sql`create schema ${sql.ident(layout.schemaName)}`,
    ...[...layout.enums.values()].map(createEnum),
    ...[...layout.tables.values()].flatMap((table) => [createTable(table), ...keyIndexes(table)]),
  ]
}

/**
 * Indexes that only queries use, by attribute. They halve the speed of writing, so they are built when the deployment has
 * caught up with the chain. Text and bytes are indexed by their beginning: an index row has to fit a page.
 */
export function attributeIndexes(layout: Layout): Sql[] {
  return [...layout.tables.values()].flatMap((table) =>
    table.columns
      .filter((column) => column.field.name !== 'id' && !isReference(column) && !isTimeOfSeries(table, column))
      .flatMap((column) => {
        const what = attributeOf(column)
        return what === null ? [] : [createIndex(table, `attr_${column.name}`, what)]
      }),
  )
}

function createEnum({ ident, labels }: EnumTable): Sql {
  return sql`create type ${ident} as enum (${sql.join(labels.map(sql.literal))})`
}

function createTable(table: Table): Sql {
  const block = table.isVersioned
    ? sql`block_from int4 not null, block_to int4 not null default ${sql.int(currentBlock)}`
    : sql`block$ int4 not null`
  const columns = [sql`vid int8 not null`, block, ...table.columns.map(columnDefinition)]
  return sql`create table ${table.ident} (${sql.join(columns)})`
}

function columnDefinition({ ident, cast, sqlType, field }: Column): Sql {
  const collation = sqlType.startsWith('text') ? sql` collate "C"` : sql.empty
  return sql`${ident} ${cast}${collation}${field.isNonNull ? sql` not null` : sql.empty}`
}

/** What keeps ids unique, finds rows to close, to revert and to relate. */
function keyIndexes(table: Table): Sql[] {
  const references = table.columns.filter(isReference).map((column) => referenceIndex(table, column))
  const dimensions = dimensionIndex(table)
  if (!table.isVersioned) {
    return [
      createIndex(table, 'key', sql`(id)`, true),
      createIndex(table, 'block', sql`(block$)`),
      ...table.columns
        .filter((column) => isTimeOfSeries(table, column))
        .map(({ ident }) => createIndex(table, 'time', sql`(${ident})`)),
      ...references,
      ...dimensions,
    ]
  }
  return [
    createIndex(table, 'key', sql`(id, block_to)`, true),
    createIndex(table, 'from', sql`(block_from)`),
    // Only closed versions, so that a revert finds those it has to open again.
    createIndex(table, 'closed', sql`(block_to) where block_to <> ${sql.int(currentBlock)}`),
    ...references,
  ]
}

/** Ids are indexed whole: one that does not fit an index could not be unique in the first place. */
function referenceIndex(table: Table, column: Column): Sql {
  const name = `ref_${column.name}`
  if (column.field.isList) return createIndex(table, name, sql`using gin (${column.ident})`)
  return createIndex(table, name, sql`(${column.ident}, ${table.isVersioned ? sql`block_to` : sql`block$`})`)
}

function dimensionIndex(table: Table): Sql[] {
  if (table.type.kind !== 'aggregation') return []
  const { dimensions } = table.type
  const columns = table.columns.filter(({ field }) => dimensions.includes(field.name))
  return [createIndex(table, 'dims', sql`(${sql.join([...columns.map(({ ident }) => ident), sql`"timestamp"`])})`)]
}

/** What finds the rows of a bucket. */
function isTimeOfSeries({ type }: Table, { field }: Column): boolean {
  return type.kind === 'entity' && type.isTimeseries && field.name === 'timestamp'
}

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
