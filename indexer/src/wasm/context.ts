import type { Hex } from '../chain/block.ts'
import type { Context, ContextItem } from '../deployment/deployment.ts'
import { fromString, toText } from '../entity/big-decimal.ts'
import type { Entity } from '../entity/entity.ts'
import type { Value } from '../entity/value.ts'

/** The context of a data source as mappings read it: an entity without an id. */
export function entityFromContext(context: Context): Entity {
  return new Map(Object.entries(context).map(([name, item]) => [name, valueFromItem(item)]))
}

/** What `createWithContext` was given. */
export function contextFromEntity(entity: Entity): Context {
  return Object.fromEntries([...entity].map(([name, value]) => [name, itemFromValue(value)]))
}

function valueFromItem(item: ContextItem): Value {
  switch (item.type) {
    case 'Null':
      return { kind: 'Null' }
    case 'Bool':
      return { kind: 'Boolean', value: item.data }
    case 'Int':
      return { kind: 'Int', value: item.data }
    case 'List':
      return { kind: 'List', value: item.data.map(valueFromItem) }
    case 'String':
      return { kind: 'String', value: item.data }
    case 'Bytes':
      return { kind: 'Bytes', value: item.data as Hex }
    case 'BigDecimal':
      return { kind: 'BigDecimal', value: fromString(item.data) }
    default:
      return { kind: item.type, value: BigInt(item.data) }
  }
}

function itemFromValue(value: Value): ContextItem {
  switch (value.kind) {
    case 'Null':
      return { type: 'Null' }
    case 'Boolean':
      return { type: 'Bool', data: value.value }
    case 'Int':
      return { type: 'Int', data: value.value }
    case 'List':
      return { type: 'List', data: value.value.map(itemFromValue) }
    case 'BigDecimal':
      return { type: 'BigDecimal', data: toText(value.value) }
    default:
      return { type: value.kind, data: value.value.toString() }
  }
}
