import type { IdType, Schema } from '../deployment/schema.ts'
import { type Entity, type EntityKey, keyText } from '../entity/entity.ts'
import { idText } from '../entity/ids.ts'
import { StoreMismatchError } from '../errors.ts'
import { decodeEntity, encodeId } from './codec.ts'
import { currentBlock, type Layout, type Table } from './layout.ts'
import type { Runner } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/**
 * Reads current versions, one statement for each type.
 * @returns by {@link keyText}; what does not exist is absent
 */
export async function readEntities(
  runner: Runner,
  layout: Layout,
  keys: readonly EntityKey[],
): Promise<Map<string, Entity>> {
  const found = new Map<string, Entity>()
  const byType = Map.groupBy(keys, ({ type }) => type)
  await Promise.all(
    [...byType].map(async ([type, ofType]) => {
      const table = tableOf(layout, type)
      const rows = await runner.run(readStatement(table, [...new Set(ofType.map(({ id }) => id))]), {
        name: `heddle-read-${layout.schemaName}-${table.name}`,
      })
      for (const row of rows) {
        const entity = decodeEntity(table, row)
        const id = entity.get('id')
        found.set(keyText(type, (id && idText(id)) ?? ''), entity)
      }
    }),
  )
  return found
}

/** Joined with `unnest`, so that one plan serves any number of ids and each is looked up in the index. */
export function readStatement(table: Table, ids: readonly string[]): Sql {
  const { idType } = table.type
  const wanted = sql`unnest(${sql.value(ids.map((id) => encodeId(idType, id)))}::${idCast(idType)}[]) as wanted (id)`
  return sql`select ${selectList(table)} from ${wanted} join ${table.ident} as stored
    on stored.id = wanted.id${isCurrent(table)}`
}

/**
 * Reads the current entities behind a derived field.
 * @param question - `type` and `field` as the mapping names them
 */
export async function readRelated(
  runner: Runner,
  schema: Schema,
  layout: Layout,
  { type, id, field: fieldName }: { readonly type: string; readonly id: string; readonly field: string },
): Promise<Entity[]> {
  const owner = schema.entities.get(type)
  const field = owner?.fields.find(({ name }) => name === fieldName)
  if (owner === undefined || field?.derivedFrom === undefined) {
    throw new StoreMismatchError(`${type}.${fieldName} is not derived`)
  }
  const table = tableOf(layout, field.type.name)
  const column = table.columnOf.get(field.derivedFrom)
  if (column === undefined) throw new StoreMismatchError(`${field.type.name} has no field ${field.derivedFrom}`)
  const wanted = sql`${sql.value(encodeId(owner.idType, id))}::${idCast(owner.idType)}`
  const refers = column.field.isList
    ? sql`stored.${column.ident} @> array[${wanted}]`
    : sql`stored.${column.ident} = ${wanted}`
  const rows = await runner.run(
    sql`select ${selectList(table)} from ${table.ident} as stored where ${refers}${isCurrent(table)}`,
  )
  return rows.map((row) => decodeEntity(table, row))
}

function selectList(table: Table): Sql {
  return sql.join(table.columns.map(({ ident }) => sql`stored.${ident}`))
}

/** What handlers of the chain see: nothing that a file's handler wrote. */
function isCurrent({ isVersioned, hasRegion }: Table): Sql {
  const current = isVersioned ? sql` and stored.block_to = ${sql.int(currentBlock)}` : sql.empty
  return hasRegion ? sql`${current} and stored.causality_region = 0` : current
}

function idCast(idType: IdType): Sql {
  return idType === 'Bytes' ? sql`bytea` : idType === 'Int8' ? sql`int8` : sql`text`
}

function tableOf(layout: Layout, type: string): Table {
  const table = layout.tables.get(type)
  if (table === undefined) throw new StoreMismatchError(`there is no table for ${type}`)
  return table
}
