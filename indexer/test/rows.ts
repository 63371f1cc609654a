import type { EntityType, Field, Schema } from '../src/deployment/schema.ts'
import { fromString } from '../src/entity/big-decimal.ts'
import type { BlockChanges, Change } from '../src/entity/change.ts'
import type { Entity } from '../src/entity/entity.ts'
import type { Value } from '../src/entity/value.ts'
import { aBlockLink } from './deployment.ts'

/** Field values as one would type them: numbers for Int, strings for what does not fit a number, null or absent for nothing. */
export type PlainRow = Readonly<Record<string, unknown>>

/** What a block does: rows to write by type, ids to remove by type. */
export interface PlainBlock {
  readonly number: number
  readonly write?: Readonly<Record<string, readonly PlainRow[]>>
  readonly remove?: Readonly<Record<string, readonly string[]>>
}

/**
 * A block's changes as the entity room would fold them.
 * @param known - `type/id` of what is current; follows what the block does
 */
export function blockChanges(
  schema: Schema,
  { number, write = {}, remove = {} }: PlainBlock,
  known: Set<string>,
): BlockChanges {
  let order = 0
  const writes = Object.entries(write).flatMap(([type, rows]) =>
    rows.map((row): Change => {
      const entity = entityOf(entityType(schema, type), row)
      const id = String(row.id)
      const kind = known.has(`${type}/${id}`) ? 'overwrite' : 'insert'
      known.add(`${type}/${id}`)
      return { kind, type, id, entity, order: order++ }
    }),
  )
  const removes = Object.entries(remove).flatMap(([type, ids]) =>
    ids.map((id): Change => {
      known.delete(`${type}/${id}`)
      return { kind: 'remove', type, id }
    }),
  )
  return { block: aBlockLink(number), changes: [...writes, ...removes], newSources: [] }
}

function entityType(schema: Schema, name: string): EntityType {
  const type = schema.entities.get(name)
  if (!type) throw new Error(`the schema has no ${name}`)
  return type
}

function entityOf({ fields }: EntityType, row: PlainRow): Entity {
  const entity = new Map<string, Value>()
  for (const field of fields) {
    const plain = row[field.name]
    if (plain !== undefined && plain !== null) entity.set(field.name, typedValue(plain, field))
  }
  return entity
}

function typedValue(plain: unknown, field: Field): Value {
  if (Array.isArray(plain)) return { kind: 'List', value: plain.map((element) => typedValue(element, field)) }
  const { type } = field
  const kind = type.kind === 'scalar' ? type.name : type.kind === 'reference' ? type.idType : 'String'
  switch (kind) {
    case 'Int':
      return { kind, value: Number(plain) }
    case 'Boolean':
      return { kind, value: plain === true }
    case 'BigInt':
    case 'Int8':
    case 'Timestamp':
      return { kind, value: BigInt(String(plain)) }
    case 'BigDecimal':
      return { kind, value: fromString(String(plain)) }
    case 'Bytes':
      return { kind, value: `0x${String(plain).slice(2)}` }
    default:
      return { kind: 'String', value: String(plain) }
  }
}
