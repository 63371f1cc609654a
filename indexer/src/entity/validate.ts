import type { EntityType, Field, ScalarName } from '../deployment/schema.ts'
import type { Entity } from './entity.ts'
import { describeKind, describeValue, type Value } from './value.ts'

/**
 * Holds an entity against its type. Kinds must match exactly, an Int is no BigInt; a Null fits anything here, and only the
 * database's `not null` refuses it later.
 * @param entity - what a mapping gave to `store.set`, or that merged with what was there
 * @returns what is wrong first, in graph-node's words, or null
 * @see graphprotocol/graph-node graph/src/data/store/mod.rs, `Entity::validate`
 */
export function findProblem(type: EntityType, id: string, entity: Entity): string | null {
  for (const field of type.fields) {
    const problem = fieldProblem(field, entity.get(field.name))
    if (problem !== null) return `Entity ${type.name}[${id}]: ${problem}`
  }
  return null
}

/** The kind that a field's values, or the elements of its lists, must have. Enums are strings; references are ids. */
export function expectedKind({ type }: Field): Exclude<ScalarName, 'ID'> {
  switch (type.kind) {
    case 'enum':
      return 'String'
    case 'reference':
      return type.idType
    case 'scalar':
      return type.name === 'ID' ? 'String' : type.name
  }
}

/** A field's type as the schema writes it: `[Int!]!`. */
export function describeType(field: Field): string {
  const inner = field.isList ? `[${field.type.name}${field.isElementNonNull ? '!' : ''}]` : field.type.name
  return field.isNonNull ? `${inner}!` : inner
}

function fieldProblem(field: Field, value: Value | undefined): string | null {
  if (field.derivedFrom !== undefined) {
    return value === undefined ? null : `field \`${field.name}\` is derived and cannot be set`
  }
  if (value === undefined) return field.isNonNull ? `missing value for non-nullable field \`${field.name}\`` : null
  if (value.kind === 'Null') return null
  return field.isList && value.kind === 'List' ? listProblem(field, value, value.value) : scalarProblem(field, value)
}

function scalarProblem(field: Field, value: Value): string | null {
  if (!field.isList && value.kind === expectedKind(field)) return null
  const expected = describeType(field)
  return `the value \`${describeValue(value)}\` for field \`${field.name}\` must have type ${expected} but has type ${describeKind(value)}`
}

function listProblem(field: Field, list: Value, elements: readonly Value[]): string | null {
  const expected = expectedKind(field)
  const index = elements.findIndex((element) => element.kind !== 'Null' && element.kind !== expected)
  const misfit = elements[index]
  if (misfit === undefined) return null
  return (
    `field \`${field.name}\` is of type ${describeType(field)}, but the value \`${describeValue(list)}\` ` +
    `contains a ${describeKind(misfit)} at index ${index}`
  )
}
