import type { Field, FieldType } from '../deployment/schema.ts'
import { QueryRefusedError } from '../errors.ts'
import type { Arguments } from './arguments.ts'
import type { ApiSchema, ApiType } from './schema.ts'

/** Ties go by id, in the same direction. */
export interface Order {
  readonly direction: 'asc' | 'desc'
  /** Absent: by id. */
  readonly by?: {
    readonly field: Field /** The reference that leads to the field's entity. */
    readonly through?: Field
  }
}

const maxFirst = 1_000

/**
 * Reads `first` and `skip`; null and absent are 100 and 0.
 * @throws {@link QueryRefusedError} if out of range
 */
export function readPage(values: Arguments): { first: number; skip: number } {
  const first = numberOf(values, 'first') ?? 100
  if (first < 1 || first > maxFirst) throw outOfRange('first', maxFirst, first)
  const skip = numberOf(values, 'skip') ?? 0
  if (skip < 0) throw outOfRange('skip', 4_294_967_295, skip)
  return { first, skip }
}

/**
 * Reads `orderBy` and `orderDirection`. A direction alone does nothing; the buckets of an aggregation come latest first.
 * @throws {@link QueryRefusedError} for lists, enums and references
 */
export function readOrder(values: Arguments, type: ApiType, schema: ApiSchema): Order {
  const orderBy = values.get('orderBy')
  if (orderBy?.kind !== 'Enum') {
    const timestamp = type.kind === 'aggregation' ? type.fields.get('timestamp') : undefined
    return timestamp ? { direction: 'desc', by: { field: timestamp } } : { direction: 'asc' }
  }
  const given = values.get('orderDirection')
  const direction = given?.kind === 'Enum' && given.value === 'desc' ? 'desc' : 'asc'
  const interval = values.get('interval')
  const asked = type.kind === 'aggregation' && interval?.kind === 'Enum' ? `${type.name}_${interval.value}` : type.name
  const by = readOrderBy(orderBy.value, type, asked, schema)
  return by.field.name === 'id' && !by.through ? { direction } : { direction, by }
}

/** @param asked - what messages call the type: the buckets of an interval have a name of their own */
function readOrderBy(name: string, type: ApiType, asked: string, schema: ApiSchema): { field: Field; through?: Field } {
  const field = type.fields.get(name)
  if (field) {
    if (field.isList || !isOrdered(field.type)) throw unordered(name, asked)
    return { field }
  }
  const at = name.indexOf('__')
  const through = type.fields.get(name.slice(0, at))
  const target = through?.type.kind === 'reference' ? schema.types.get(through.type.name) : undefined
  const childName = name.slice(at + 2)
  const child = target?.fields.get(childName)
  // With blanks of its own at the end, a reference is called by what is before them.
  if (!through && at > 0) throw refusal(`Entity \`${type.name}\` has no attribute \`${name.slice(0, at)}\``)
  if (!through || !target || !child) throw refusal(`Entity \`${type.name}\` has no attribute \`${name}\``)
  if (child.isList || !isOrdered(child.type)) throw unordered(childName, target.name)
  if (target.concrete.length === 0) {
    throw refusal('internal error: Cannot order by child interface with no implementing entity types')
  }
  return { field: child, through }
}

function isOrdered(type: FieldType): boolean {
  return type.kind === 'scalar'
}

function numberOf(values: Arguments, name: string): number | undefined {
  const value = values.get(name)
  return value?.kind === 'Int' ? Number(value.value) : undefined
}

function outOfRange(name: string, max: number, value: number): QueryRefusedError {
  return refusal(`The \`${name}\` argument must be between 0 and ${max}, but is ${value}`)
}

function unordered(field: string, type: string): QueryRefusedError {
  return refusal(`Ordering by \`${field}\` is not supported for type \`${type}\``)
}

function refusal(message: string): QueryRefusedError {
  return new QueryRefusedError([{ message }])
}
