import type { Field } from '../deployment/schema.ts'
import { type Operator, parseKey } from './filter-key.ts'
import type { QueryValue } from './query-value.ts'
import type { ApiSchema, ApiType } from './schema.ts'

/**
 * A filter in the words that graph-node's refusal of nested child filters has for it.
 * @see graphprotocol/graph-node graph/src/components/store/mod.rs `impl Display for EntityFilter`
 */
export function describeFilter(fields: ReadonlyMap<string, QueryValue>, type: ApiType, schema: ApiSchema): string {
  return entries(fields)
    .map(([key, value]) => describeEntry(key, value, fields, type, schema))
    .join(' and ')
}

function describeEntry(
  key: string,
  value: QueryValue,
  siblings: ReadonlyMap<string, QueryValue>,
  type: ApiType,
  schema: ApiSchema,
): string {
  if (key === 'and' || key === 'or') {
    const all = entries(siblings).flatMap(([, list]) => (list.kind === 'List' ? list.values : []))
    return all.map((one) => (one.kind === 'Object' ? describeFilter(one.fields, type, schema) : '')).join(` ${key} `)
  }
  if (key === '_change_block') {
    const since = value.kind === 'Object' ? value.fields.get('number_gte') : undefined
    return `block >= ${since ? plainText(since) : ''}`
  }
  const { name, operator } = parseKey(key)
  const field = type.fields.get(name)
  if (operator !== '_') return `${name}${symbols[operator](valueText(value, field, operator))}`
  const target = field?.type.kind === 'reference' ? schema.types.get(field.type.name) : undefined
  if (!field || !target || value.kind !== 'Object') return ''
  const on = field.derivedFrom ?? field.name
  const within = describeFilter(value.fields, target, schema)
  return target.concrete.map((one) => `join on ${on} with ${one}(${within})`).join(' or ')
}

const symbols: Readonly<Record<Exclude<Operator, '_'>, (value: string) => string>> = {
  '': (value) => ` = ${value}`,
  not: (value) => ` != ${value}`,
  gt: (value) => ` > ${value}`,
  lt: (value) => ` < ${value}`,
  gte: (value) => ` >= ${value}`,
  lte: (value) => ` <= ${value}`,
  in: (value) => ` in (${value})`,
  not_in: (value) => ` not in (${value})`,
  contains: (value) => ` ~ *${value}*`,
  contains_nocase: (value) => ` ~ *${value}*i`,
  not_contains: (value) => ` !~ *${value}*`,
  not_contains_nocase: (value) => ` !~ *${value}*i`,
  starts_with: (value) => ` ~ ^${value}*`,
  starts_with_nocase: (value) => ` ~ ^${value}*i`,
  not_starts_with: (value) => ` !~ ^${value}*`,
  not_starts_with_nocase: (value) => ` !~ ^${value}*i`,
  ends_with: (value) => ` ~ *${value}$`,
  ends_with_nocase: (value) => ` ~ *${value}$i`,
  not_ends_with: (value) => ` !~ *${value}$`,
  not_ends_with_nocase: (value) => ` !~ *${value}$i`,
}

function valueText(value: QueryValue, field: Field | undefined, operator: Operator): string {
  if (value.kind !== 'List') return scalarText(value, field)
  const all = value.values.map((one) => scalarText(one, field))
  return operator === 'in' || operator === 'not_in' ? all.join(',') : `[${all.join(', ')}]`
}

/** Numbers and bytes are shown as they were understood. */
function scalarText(value: QueryValue, field: Field | undefined): string {
  const text = plainText(value)
  if (value.kind === 'Null' || field?.type.kind !== 'scalar') return text
  switch (field.type.name) {
    case 'BigInt':
    case 'Int8':
    case 'Timestamp':
      return BigInt(text.replaceAll(/[+_]/g, '')).toString()
    case 'BigDecimal':
      return plainDecimal(text)
    case 'Bytes':
      return `0x${text.replace(/^0x/, '').toLowerCase()}`
    default:
      return text
  }
}

/** A value as it is written where nobody cares what it is for. */
export function plainText(value: QueryValue): string {
  if (value.kind === 'List') return `[${value.values.map(plainText).join(', ')}]`
  return 'value' in value ? String(value.value) : 'null'
}

/** Without exponent and without zeros that say nothing. */
function plainDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = `${whole}${fraction}`
  const point = whole.length + Number(exponent)
  const padded = point < 0 ? digits.padStart(digits.length - point, '0') : digits.padEnd(point, '0')
  const at = Math.max(point, 0)
  const before = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0'
  const after = padded.slice(at).replace(/0+$/, '')
  const number = after === '' ? before : `${before}.${after}`
  return sign === '-' && number !== '0' ? `-${number}` : number
}

function entries(fields: ReadonlyMap<string, QueryValue>): [string, QueryValue][] {
  return [...fields].sort(([a], [b]) => (a < b ? -1 : 1))
}
