import { snake } from '../deployment/names.ts'
import type { AggregationType, EntityType, EnumType, Field, ScalarName, Schema } from '../deployment/schema.ts'
import { type Sql, sql } from './sql.ts'

/** How the rows look that this code writes. Rows of another layout have to be indexed anew. */
export const layoutVersion = 1

/** `block_to` of a current version. Not null: (id, block_to) can then be one unique index, and null never equals null. */
export const currentBlock = 2_147_483_647

/**
 * A deployment's tables. The order of maps and columns is that of the schema.
 *
 *     versioned   vid, block_from, block_to, columns…   [block_from, block_to); current where block_to = 2147483647
 *     immutable   vid, block$, columns…                 there from block$ on
 *
 * Types that handlers of files write have a `causality_region` in front of their columns: 0 for the chain's rows, else the file's.
 */
export interface Layout {
  readonly schemaName: string
  /** By entity type, or `Aggregation/hour`, `Aggregation/day`. */
  readonly tables: ReadonlyMap<string, Table>
  /** By the GraphQL name. */
  readonly enums: ReadonlyMap<string, EnumTable>
}

export interface Table {
  readonly name: string
  readonly type: EntityType | AggregationType
  /** Of an aggregation. */
  readonly interval?: 'hour' | 'day'
  readonly isVersioned: boolean
  /** Whether handlers of files write it: its rows tell which file they are of. */
  readonly hasRegion: boolean
  /** `"sgd1"."token"`, to be put into a statement. */
  readonly ident: Sql
  /** Stored fields only: derived ones have none. */
  readonly columns: readonly Column[]
  /** By the GraphQL field. */
  readonly columnOf: ReadonlyMap<string, Column>
}

export interface Column {
  readonly field: Field
  readonly name: string
  readonly ident: Sql
  /** `text`, `numeric`, `bytea[]`, `"sgd1"."color"`, … as text and as a piece for casts. */
  readonly sqlType: string
  readonly cast: Sql
}

export interface EnumTable {
  readonly name: string
  /** `"sgd1"."color"` */
  readonly ident: Sql
  /** Alphabetical: rows order by them. */
  readonly labels: readonly string[]
}

const scalarTypes: Readonly<Record<ScalarName, string>> = {
  ID: 'text',
  String: 'text',
  Bytes: 'bytea',
  Boolean: 'boolean',
  Int: 'int4',
  Int8: 'int8',
  BigInt: 'numeric',
  BigDecimal: 'numeric',
  Timestamp: 'timestamptz',
}

/** Columns of ours: a field of that name gets an underscore, which no field's own column can end in. */
const reserved: ReadonlySet<string> = new Set(['vid', 'block_from', 'block_to', 'causality_region'])

/**
 * Lays out the tables of a schema. Names are those graph-node gives: snake case, cut to Postgres' 63 bytes.
 * @param fileTypes - the types that handlers of files write
 */
export function layoutOf(schema: Schema, schemaName: string, fileTypes: ReadonlySet<string> = new Set()): Layout {
  const enums = new Map([...schema.enums].map(([name, type]) => [name, layOutEnum(type, schemaName)]))
  const tables = new Map<string, Table>()
  for (const [name, type] of schema.entities) {
    const isVersioned = !type.isImmutable && !type.isTimeseries
    const table = { name: snake(name), type, isVersioned, hasRegion: fileTypes.has(name) }
    tables.set(name, layOutTable(table, schemaName, enums))
  }
  for (const [name, type] of schema.aggregations) {
    for (const interval of type.intervals) {
      const table = { name: `${snake(name)}_${interval}`, type, interval, isVersioned: false, hasRegion: false }
      tables.set(`${name}/${interval}`, layOutTable(table, schemaName, enums))
    }
  }
  return { schemaName, tables, enums }
}

/** Whether a column refers to entities by id. */
export function isReference({ field }: Column): boolean {
  return field.type.kind === 'reference'
}

function layOutTable(
  { name, ...rest }: Pick<Table, 'name' | 'type' | 'interval' | 'isVersioned' | 'hasRegion'>,
  schemaName: string,
  enums: ReadonlyMap<string, EnumTable>,
): Table {
  const columns = rest.type.fields
    .filter((field) => field.derivedFrom === undefined)
    .map((field) => layOutColumn(field, schemaName, enums))
  const columnOf = new Map(columns.map((column) => [column.field.name, column]))
  const tableName = cut(name)
  return { ...rest, name: tableName, ident: sql.ident(schemaName, tableName), columns, columnOf }
}

function layOutColumn(field: Field, schemaName: string, enums: ReadonlyMap<string, EnumTable>): Column {
  const plain = cut(snake(field.name))
  const name = reserved.has(plain) ? `${plain}_` : plain
  const sqlType = `${elementType(field, schemaName, enums)}${field.isList ? '[]' : ''}`
  return { field, name, ident: sql.ident(name), sqlType, cast: sql.trusted(sqlType) }
}

function elementType({ type }: Field, schemaName: string, enums: ReadonlyMap<string, EnumTable>): string {
  switch (type.kind) {
    case 'scalar':
      return scalarTypes[type.name]
    case 'reference':
      return scalarTypes[type.idType]
    case 'enum':
      return `"${schemaName}"."${enums.get(type.name)?.name ?? cut(snake(type.name))}"`
  }
}

function layOutEnum(type: EnumType, schemaName: string): EnumTable {
  const name = cut(snake(type.name))
  return { name, ident: sql.ident(schemaName, name), labels: [...type.values].sort() }
}

function cut(name: string): string {
  return name.slice(0, 63)
}
