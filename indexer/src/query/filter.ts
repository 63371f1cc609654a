import { snake } from '../deployment/names.ts'
import type { Field, FieldType } from '../deployment/schema.ts'
import { QueryRefusedError } from '../errors.ts'
import { describeFilter, plainText } from './describe-filter.ts'
import { type Operator, parseKey } from './filter-key.ts'
import { hasNul, nulRefused, type Operand, operandOf } from './operand.ts'
import type { QueryValue } from './query-value.ts'
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
 * @param inSql - what else is wrong with the list, found out when SQL is made of it
 * @throws {@link QueryRefusedError} in graph-node's words. It goes over a filter four times, so of several things that are
 * wrong the first one of the earliest {@link Step} is told.
 * @see graphprotocol/graph-node graphql/src/store/query.rs `build_filter_from_object`
 */
export function readFilter(where: QueryValue | undefined, type: ApiType, schema: ApiSchema, inSql?: string): Condition {
  const refusals: Refusal[] = []
  const context = { type, schema, isChild: false, refusals }
  const condition = where?.kind === 'Object' ? readObject(where.fields, context) : everything
  if (inSql !== undefined) refusals.push({ step: step.sql, message: inSql })
  const [first] = refusals.sort((a, b) => a.step - b.step || (a.table ?? 0) - (b.table ?? 0))
  if (first) throw refusal(first.message)
  return condition
}

/** What is wrong with values is told as soon as it is seen; then come columns, the making of SQL, and Postgres. */
const step = { columns: 1, sql: 2, postgres: 3 } as const

type Refusal = {
  readonly step: (typeof step)[keyof typeof step]
  /** Of the types of an interface, the place of the first one it is found in. */
  readonly table?: number
  readonly message: string
}

interface Context {
  readonly type: ApiType
  readonly schema: ApiSchema
  readonly isChild: boolean
  /** What is wrong, but not told before all of the filter has been read. */
  readonly refusals: Refusal[]
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
  if (!field && operator === '_' && value.kind === 'Object') throw refusal('Filter must by an object')
  // Derived fields have no values of their own to compare.
  if (!field || (field.derivedFrom !== undefined && operator !== '_')) {
    throw refusal(`Entity \`${context.type.name}\` has no attribute \`${name}\``)
  }
  const condition = operator === '_' ? readChild(field, value, context) : readOperator(field, operator, value, context)
  context.refusals.push(...lackingColumn(field, context))
  return condition
}

/** A field that an interface has may be derived in one of its types, and so be no column there. */
function lackingColumn(field: Field, { type, schema }: Context): Refusal[] {
  if (type.kind !== 'interface' || field.derivedFrom !== undefined) return []
  const isDerived = (one: string) => schema.types.get(one)?.fields.get(field.name)?.derivedFrom !== undefined
  const table = type.concrete.findIndex(isDerived)
  const message = `Store error: table '${snake(type.concrete[table] ?? '')}' does not have a field '${field.name}'`
  return table < 0 ? [] : [{ step: step.columns, table, message }]
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

function readChild(field: Field, value: QueryValue, { schema, type, isChild, refusals }: Context): Condition {
  const target = field.type.kind === 'reference' ? schema.types.get(field.type.name) : undefined
  if (!target) throw refusal(`Entity \`${type.name}\` has no attribute \`${field.name}\``)
  if (value.kind !== 'Object') {
    throw refusal(`Query contains value with invalid type \`${typeText(field)}\`: \`null\``)
  }
  const [first] = target.concrete
  if (isChild && first !== undefined) {
    const on = field.derivedFrom ?? field.name
    const join = `join on ${on} with ${first}(${describeFilter(value.fields, target, schema)})`
    const message = `Child filter nesting not supported by value \`${on}\`: \`${join}\``
    refusals.push({ step: step.columns, message })
  }
  // Where nothing is of an interface, nobody looks for it.
  const isUnheard = isChild || first === undefined
  const within = { type: target, schema, isChild: true, refusals: isUnheard ? [] : refusals }
  return { kind: 'child', field, target, of: readObject(value.fields, within) }
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

function readOperator(
  field: Field,
  operator: Exclude<Operator, '_'>,
  value: QueryValue,
  { refusals }: Context,
): Condition {
  const refuseLater = (message: string, at: Refusal['step'] = step.columns): Condition => {
    refusals.push({ step: at, message })
    return everything
  }
  const isNegated = operator.startsWith('not_')
  const ignoresCase = operator.endsWith('_nocase')
  if ((operator === 'in' || operator === 'not_in') && value.kind !== 'List') {
    throw refusal(`Non-list value passed to \`_${operator}\` filter`)
  }
  let operand: Operand
  try {
    operand = operandOf(value, field.type)
  } catch (error) {
    // To graph-node a reference is a text until the store reads it; of a list, until it is sent to Postgres.
    if (field.type.kind !== 'reference' || !(error instanceof QueryRefusedError)) throw error
    const ofBytes = isBytes(field.type) ? refusalOfBytes(operator, value) : undefined
    if (ofBytes) return refuseLater(ofBytes.message, ofBytes.step)
    const [reason = ''] = error.facts.problems.map(({ message }) => message)
    return field.isList
      ? refuseLater(`Failed to get entities from store: ${reason}`, step.postgres)
      : refuseLater(`Store error: store error: ${reason}`)
  }

  if (hasNul(operand)) return refuseLater(nulRefused, step.postgres)
  const comparison = comparisons[operator]
  if (comparison !== undefined) {
    const isEquality = comparison === '=' || comparison === '!='
    if (operand === null && !isEquality) return refuseLater(unsupported('Store error', comparison, 'null'))
    return { kind: 'compare', field, operator: comparison, operand }
  }
  if (operator === 'in' || operator === 'not_in') {
    return { kind: 'in', field, operands: Array.isArray(operand) ? operand : [], isNegated }
  }
  if (!operator.includes('contains')) {
    const like = `${isNegated ? 'not ' : ''}${ignoresCase ? 'i' : ''}like`
    if (operand === null) return refuseLater(unsupported('Store error', ` ${like} `, 'null'))
    const ofBytes = isBytes(field.type) ? refusalOfBytes(operator, value) : undefined
    if (ofBytes) return refuseLater(ofBytes.message, ofBytes.step)
    const pattern = operator.includes('starts_with') ? `${operand}%` : `%${operand}`
    return { kind: 'like', field, pattern, isNegated, ignoresCase }
  }
  const ofBytes = isBytes(field.type) ? refusalOfBytes(operator, value) : undefined
  if (ofBytes) return refuseLater(ofBytes.message, ofBytes.step)
  if (operand === null) {
    const name = isNegated ? 'not_contains' : 'contains'
    return refuseLater(unsupported('Failed to get entities from store', name, 'null'), step.sql)
  }
  if (Array.isArray(operand)) {
    if (!ignoresCase) return { kind: 'contains', field, operands: operand, isNegated }
    return { kind: 'matches', field, patterns: operand, isNegated }
  }
  const text = String(operand)
  if (isBytes(field.type)) return { kind: 'position', field, operand: text, isNegated }
  const isPattern = text.startsWith('%') || text.endsWith('%')
  return { kind: 'like', field, pattern: isPattern ? text : `%${text}%`, isNegated, ignoresCase }
}

/** What bytes cannot be asked, whatever the value is. */
function refusalOfBytes(operator: Operator, value: QueryValue): Refusal | undefined {
  const [negated, nocase] = [operator.startsWith('not_') ? '!' : '', operator.endsWith('_nocase') ? '*' : '']
  if (operator.includes('_with')) {
    const message = `Failed to get entities from store: operator does not exist: bytea ${negated}~~${nocase} text`
    return { step: step.postgres, message }
  }
  if (!operator.includes('contains') || nocase === '') return undefined
  return { step: step.columns, message: unsupported('Store error', operator, plainText(value)) }
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

function unsupported(where: string, operator: string, value: string): string {
  return `${where}: unsupported filter \`${operator}\` for value \`${value}\``
}

function refusal(message: string): QueryRefusedError {
  return new QueryRefusedError([{ message }])
}

/** A field's type as its schema writes it. */
function typeText({ type, isList, isNonNull }: Field): string {
  const named = isList ? `[${type.name}!]` : type.name
  return isNonNull ? `${named}!` : named
}
