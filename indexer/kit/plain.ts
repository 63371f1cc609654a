import type { EntityType } from '../src/deployment/schema.ts'
import { toText } from '../src/entity/big-decimal.ts'
import type { Entity } from '../src/entity/entity.ts'
import type { Value } from '../src/entity/value.ts'
import type { PlainEntity, PlainValue } from './inputs.ts'

/** An entity as a test likes to compare it: every stored field of its type, null where it has no value. */
export function plainEntity({ fields }: EntityType, entity: Entity): PlainEntity {
  const stored = fields.filter((field) => field.derivedFrom === undefined)
  return Object.fromEntries(stored.map(({ name }) => [name, plainValue(entity.get(name))]))
}

function plainValue(value: Value | undefined): PlainValue {
  if (value === undefined || value.kind === 'Null') return null
  if (value.kind === 'List') return value.value.map(plainValue)
  return value.kind === 'BigDecimal' ? toText(value.value) : value.value
}
