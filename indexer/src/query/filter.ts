import type { Field, FieldType } from '../deployment/schema.ts'
import { QueryRefusedError } from '../errors.ts'
import { type Operand, operandOf } from './operand.ts'
import { debugValue, type QueryValue } from './query-value.ts'
import type { ApiSchema, ApiType } from './schema.ts'

/** What rows have to be. Of no conditions, `and` is true and `or` is false. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'compare'; readonly field: Field; readonly operator: Comparison; readonly operand: Operand }
  | { readonly kind: 'in'; readonly field: Field; readonly operands: readonly string[]; readonly isNegated: boolean }
  | {
      readonly kind: 'like'
      readonly field: Field
      readonly pattern: string
      readonly isNegated: boolean
      readonly ignoresCase: boolean
    }
  /** Bytes within bytes. */
  | { readonly kind: 'position'; readonly field: Field; readonly operand: string; readonly isNegated: boolean }
  /** Lists: has all of them; negated: has none of them. */
  | {
      readonly kind: 'contains'
      readonly field: Field
      readonly operands: readonly string[]
      readonly isNegated: boolean
    }
  /** Lists of text: one of them matches one of the patterns. */
  | {
      readonly kind: 'matches'
      readonly field: Field
      readonly patterns: readonly string[]
      readonly isNegated: boolean
    }
  /** The version was written at this block or later. */
  | { readonly kind: 'changed'; readonly since: number }
  /** The field leads to an entity that is so. */
  | { readonly kind: 'child'; readonly field: Field; readonly target: ApiType; readonly of: Condition }

export type Comparison = '=' | '!=' | '>' | '<' | '>=' | '<='

export const everything: Condition = { kind: 'and', of: [] }

/**
 * Reads a `where` whose values fit their input types.
 * @throws {@link QueryRefusedError} in graph-node's words
 * @see graphprotocol/graph-node graphql/src/store/query.rs `build_filter_from_object`
 */
export function readFilter(where: QueryValue | undefined, type: ApiType, schema: ApiSchema): Condition {
  if (where?.kind !== 'Object') return everything
  return readObject(where.fields, { type, schema, isChild: false })
}

interface Context {
  readonly type: ApiType
  readonly schema: ApiSchema
  readonly isChild: boolean
}

function readObject(fields: ReadonlyMap<string, QueryValue>, context: Context): Condition {
  const keys = [...fields.keys()].sort()
  const columns = keys.filter((key) => key !== 'and' && key !== 'or' && key !== '_change_block')
  if (fields.get('or')?.kind === 'List' && columns.length > 0) throw refusal(mixedWithOr(columns))
  const all = keys.map((key) => readEntry(key, fields.get(key), fields, context))
  return all.length === 1 && all[0] ? all[0] : { kind: 'and', of: all }
}

function readEntry(
  key: string,
  value: QueryValue | undefined,
  siblings: ReadonlyMap<string, QueryValue>,
  context: Context,
): Condition {
  if (value === undefined) return everything
  if (key === 'and' || key === 'or') return { kind: key, of: readList(siblings, context) }
  if (key === '_change_block') return readChanged(value)
  const { name, operator } = parseKey(key)
  const field = context.type.fields.get(name)
  // Derived fields have no values of their own to compare.
  if (!field || (field.derivedFrom !== undefined && operator !== '_')) {
    throw refusal(`Entity \`${context.type.name}\` has no attribute \`${name}\``)
  }
  return operator === '_' ? readChild(field, value, context) : readOperator(field, operator, value)
}

/** graph-node takes all values of the object that holds `and` or `or`, not only the list beside the word. */
function readList(siblings: ReadonlyMap<string, QueryValue>, context: Context): Condition[] {
  const conditions: Condition[] = []
  for (const key of [...siblings.keys()].sort()) {
    const list = siblings.get(key)
    if (list?.kind !== 'List') throw refusal('Filter must by an object')
    for (const element of list.values) {
      if (element.kind !== 'Object') throw refusal('Filter must by an object')
      conditions.push(readObject(element.fields, context))
    }
  }
  return conditions
}

function readChanged(value: QueryValue): Condition {
  const since = value.kind === 'Object' ? value.fields.get('number_gte') : undefined
  if (since?.kind !== 'Int') throw refusal('Filter must by an object')
  return { kind: 'changed', since: Number(since.value) }
}

function readChild(field: Field, value: QueryValue, { schema, type, isChild }: Context): Condition {
  const target = field.type.kind === 'reference' ? schema.types.get(field.type.name) : undefined
  if (!target) throw refusal(`Entity \`${type.name}\` has no attribute \`${field.name}\``)
  if (value.kind !== 'Object') {
    throw refusal(`Query contains value with invalid type \`${target.name}\`: \`${debugValue(value)}\``)
  }
  if (isChild) {
    // Here graph-node prints the filter it refuses, in a form of its own.
    const on = field.derivedFrom ?? 'id'
    const join = `join on ${on} with ${target.name}(${describe(value)})`
    throw refusal(`Child filter nesting not supported by value \`${on}\`: \`${join}\``)
  }
  return { kind: 'child', field, target, of: readObject(value.fields, { type: target, schema, isChild: true }) }
}

function describe(value: QueryValue): string {
  if (value.kind !== 'Object') return 'value' in value ? String(value.value) : 'null'
  return [...value.fields].map(([key, field]) => `${key} = ${describe(field)}`).join(' and ')
}

// ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Operator = '' | '_' | (typeof suffixes)[number]

/** Keys are only text: the first of these that a key ends with is its operator, even if a field has that very name. */
const suffixes = [
  'not',
  'gt',
  'lt',
  'gte',
  'lte',
  'not_in',
  'in',
  'not_contains',
  'not_contains_nocase',
  'contains',
  'contains_nocase',
  'not_starts_with',
  'not_starts_with_nocase',
  'not_ends_with',
  'not_ends_with_nocase',
  'starts_with',
  'starts_with_nocase',
  'ends_with',
  'ends_with_nocase',
] as const

function parseKey(key: string): { name: string; operator: Operator } {
  const operator = suffixes.find((suffix) => key.endsWith(`_${suffix}`)) ?? (key.endsWith('_') ? '_' : '')
  if (operator === '') return { name: key, operator }
  const suffix = operator === '_' ? '_' : `_${operator}`
  let name = key
  while (name.endsWith(suffix)) name = name.slice(0, -suffix.length)
  return { name, operator }
}

const comparisons: Readonly<Partial<Record<Operator, Comparison>>> = {
  '': '=',
  not: '!=',
  gt: '>',
  lt: '<',
  gte: '>=',
  lte: '<=',
}

// ── operators ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function readOperator(field: Field, operator: Exclude<Operator, '_'>, value: QueryValue): Condition {
  const comparison = comparisons[operator]
  if (comparison !== undefined) return readComparison(field, comparison, value)
  if (operator === 'in' || operator === 'not_in') {
    const operands = operandOf(value, field.type)
    if (!Array.isArray(operands)) throw refusal(`Non-list value passed to \`${operator}\` filter`)
    return { kind: 'in', field, operands, isNegated: operator === 'not_in' }
  }
  const isNegated = operator.startsWith('not_')
  const ignoresCase = operator.endsWith('_nocase')
  if (!operator.includes('contains')) return readAffix(field, operator, value)
  if (value.kind === 'Null') {
    if (isBytes(field.type) && ignoresCase) throw unsupported('Store error', operator, 'null')
    throw unsupported('Failed to get entities from store', isNegated ? 'not_contains' : 'contains', 'null')
  }
  if (isBytes(field.type) && ignoresCase && 'value' in value)
    throw unsupported('Store error', operator, `${value.value}`)
  const operand = operandOf(value, field.type)
  if (Array.isArray(operand)) {
    if (!ignoresCase) return { kind: 'contains', field, operands: operand, isNegated }
    return { kind: 'matches', field, patterns: operand, isNegated }
  }
  const text = String(operand)
  if (isBytes(field.type)) {
    return { kind: 'position', field, operand: text, isNegated }
  }
  const isPattern = text.startsWith('%') || text.endsWith('%')
  return { kind: 'like', field, pattern: isPattern ? text : `%${text}%`, isNegated, ignoresCase }
}

function readComparison(field: Field, operator: Comparison, value: QueryValue): Condition {
  const operand = operandOf(value, field.type)
  if (operand === null && operator !== '=' && operator !== '!=') throw unsupported('Store error', operator, 'null')
  return { kind: 'compare', field, operator, operand }
}

/** `starts_with` and `ends_with`. */
function readAffix(field: Field, operator: string, value: QueryValue): Condition {
  const isNegated = operator.startsWith('not_')
  const ignoresCase = operator.endsWith('_nocase')
  if (value.kind === 'Null') {
    throw unsupported('Store error', ` ${isNegated ? 'not ' : ''}${ignoresCase ? 'i' : ''}like `, 'null')
  }
  if (isBytes(field.type)) {
    const symbol = `${isNegated ? '!' : ''}~~${ignoresCase ? '*' : ''}`
    throw refusal(`Failed to get entities from store: operator does not exist: bytea ${symbol} text`)
  }
  const text = String(operandOf(value, field.type))
  return {
    kind: 'like',
    field,
    pattern: operator.includes('starts_with') ? `${text}%` : `%${text}`,
    isNegated,
    ignoresCase,
  }
}

function isBytes(type: FieldType): boolean {
  return type.kind === 'scalar' ? type.name === 'Bytes' : type.kind === 'reference' && type.idType === 'Bytes'
}

// ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function mixedWithOr(columns: readonly string[]): string {
  const names = columns.map((column) => `'${column}'`).join(', ')
  return (
    `Cannot mix column filters with 'or' operator at the same level. Found column filter(s) ${names} alongside 'or' operator.\n\n` +
    `Instead of:\nwhere: { ${names}, or: [...] }\n\nUse:\nwhere: { or: [{ ${names}, ... }, { ${names}, ... }] }`
  )
}

function unsupported(where: string, operator: string, value: string): QueryRefusedError {
  return refusal(`${where}: unsupported filter \`${operator}\` for value \`${value}\``)
}

function refusal(message: string): QueryRefusedError {
  return new QueryRefusedError([{ message }])
}
