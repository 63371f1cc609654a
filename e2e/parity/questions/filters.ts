import {
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
} from 'graphql'
import type { Collection } from '../api.ts'
import type { Question } from '../question.ts'
import type { Random } from '../random.ts'
import type { Row } from './entities.ts'

/** A question for each operator of each field of a type, with values that its rows have, or nearly have. */
export function filters(collection: Collection, rows: readonly Row[], random: Random): Question[] {
  const { field, where, needs } = collection
  if (where === undefined) return []
  const needed = needs.map((one) => `${one}: ${one === 'interval' ? 'day' : '"fox | a"'}, `).join('')
  return Object.values(where.getFields()).flatMap((input) => {
    const value = filterValue(input, rows, random)
    if (value === undefined) return []
    const query = `{ ${field}(${needed}first: 50, where: { ${input.name}: ${value} }) { id } }`
    return [{ name: `filter/${field}.${input.name}`, query, about: operation(collection, input) }]
  })
}

/** The operator of a filter's key, and to what it is applied. */
function operation({ kind, fields }: Collection, { name }: GraphQLInputField): string {
  const [fieldName, operator] = partsOf(name)
  const field = fields.find((one) => one.name === fieldName)
  return [operator, kind, field?.kind, field?.kind === 'leaf' && field.type, field?.isList].join(' ')
}

function partsOf(key: string): [field: string, operator: string] {
  const [, field = '', operator = ''] =
    /^(.*?)_?((?:not_)?(?:in|contains|starts_with|ends_with|gt|lt|gte|lte|not)?(?:_nocase)?)$/.exec(key) ?? []
  return [field, operator]
}

/** In what a text begins or ends with, `%` and `_` stand for others, and so does what they are escaped by. */
export function wildcards({ field, fields, where }: Collection): Question[] {
  const text = fields.find(({ name, type, isList }) => type === 'String' && !isList && name !== 'id')?.name
  if (where === undefined || text === undefined) return []
  return ['starts_with', 'ends_with', 'contains', 'not_contains', 'ends_with_nocase'].flatMap((operator) =>
    ['%', '_', 'b_', '_c', '%a', '\\'].map((pattern) => ({
      name: `filter/${field}.${text}_${operator} ${pattern}`,
      query: `{ ${field}(where: { ${text}_${operator}: ${JSON.stringify(pattern)} }) { id } }`,
      about: `${operator} ${pattern}`,
    })),
  )
}

/** Texts and bytes that are told apart only beyond what is indexed of them. */
export function longValues({ field, fields, where }: Collection, rows: readonly Row[]): Question[] {
  if (where === undefined) return []
  return fields.flatMap(({ name, kind, isList }) => {
    if (kind !== 'leaf' || isList) return []
    const long = rows.flatMap((row) => (String(row[name]).length > 256 ? [JSON.stringify(row[name])] : [])).sort()
    const [least, greatest] = [long[0], long.at(-1)]
    if (least === undefined || least === greatest) return []
    const keys = {
      _gt: least,
      _lt: greatest,
      _gte: greatest,
      _lte: least,
      _in: `[${least}]`,
      _not_in: `[${least}]`,
      '': least,
    }
    return Object.entries(keys).map(([operator, value]) => ({
      name: `filter/${field}.${name}${operator} long`,
      query: `{ ${field}(where: { ${name}${operator}: ${value} }) { id } }`,
    }))
  })
}

/** Filters that hold two others, and those combined. */
export function combinations(collection: Collection, rows: readonly Row[], random: Random, count: number): Question[] {
  const { field, where } = collection
  if (where === undefined) return []
  const inputs = Object.values(where.getFields()).filter(({ name }) => !['and', 'or', '_change_block'].includes(name))
  const one = () => {
    const input = random.pick(inputs)
    const value = input && filterValue(input, rows, random)
    return input && value !== undefined ? `{ ${input.name}: ${value} }` : '{ }'
  }
  return Array.from({ length: count }, (_, index) => {
    const conditions = Array.from({ length: 2 + random.below(2) }, one)
    const operator = random.pick(['and', 'or']) ?? 'and'
    const query = `{ ${field}(first: 50, where: { ${operator}: [${conditions.join(', ')}] }) { id } }`
    return { name: `combination/${field} ${index + 1}`, query }
  })
}

/** @returns a literal for one operator, or undefined where no row has a value for it */
export function filterValue(input: GraphQLInputField, rows: readonly Row[], random: Random): string | undefined {
  const { name, type } = input
  if (name === '_change_block') return `{ number_gte: ${1 + random.below(60)} }`
  if (name === 'and' || name === 'or') return `[{ }, { }]`
  const named = getNamedType(type)
  if (isInputObjectType(named)) return childFilter(named.getFields(), random)
  const [fieldName, operator] = partsOf(name)
  const values = rows.map((row) => idOf(row[fieldName] ?? row[name])).filter((value) => value !== null)
  const value = random.pick(values)
  if (value === undefined) return fallback(type, operator, random)
  if (isListType(getNullableType(type))) {
    if (Array.isArray(value)) {
      const some = operator.includes('contains') ? value.slice(0, 1) : value
      return literalList(operator.endsWith('nocase') ? inCapitals(some) : some, type)
    }
    return literalList(random.some(values, 3), type)
  }
  const single = Array.isArray(value) ? value[0] : value
  return single === undefined ? fallback(type, operator, random) : literal(part(single, operator), type)
}

/** Texts in capitals, and one that there is not. */
export function inCapitals(values: readonly unknown[]): unknown[] {
  const isText = values.every((value) => typeof value === 'string' && !/^(0x|-?\d)/.test(value))
  return isText ? [...values.map((value) => String(value).toUpperCase()), 'none'] : [...values]
}

function childFilter(fields: Readonly<Record<string, GraphQLInputField>>, random: Random): string {
  const usable = Object.values(fields).filter(({ type, name }) => {
    return !isInputObjectType(getNamedType(type)) && !isListType(getNullableType(type)) && name !== 'and'
  })
  const input = random.pick(usable)
  return input === undefined ? '{ }' : `{ ${input.name}: ${fallback(input.type, '', random) ?? 'null'} }`
}

/** Of text operators only a part of the value. */
export function part(value: unknown, operator: string): unknown {
  if (typeof value !== 'string' || value.length < 2) return value
  const isBytes = value.startsWith('0x')
  if (operator.includes('starts_with')) return value.slice(0, isBytes ? 6 : 2)
  if (operator.includes('ends_with')) return value.slice(-2)
  if (operator.includes('contains')) return isBytes ? `0x${value.slice(4, 8)}` : value.slice(1, 4)
  return operator.includes('nocase') ? value.toUpperCase() : value
}

function fallback(type: GraphQLInputType, operator: string, random: Random): string | undefined {
  const named = getNamedType(type)
  const values: Readonly<Record<string, readonly unknown[]>> = {
    ID: ['0x01', 'a', 'r1'],
    String: ['a', 'r1', ''],
    Bytes: ['0x00', '0x01000000'],
    Boolean: [true, false],
    Int: [0, 1, -7],
    Int8: ['0', '3000000000'],
    BigInt: ['0', '100', '-19'],
    BigDecimal: ['0', '0.5'],
    Timestamp: ['1700000000000000'],
  }
  const value = isEnumType(named) ? named.getValues()[0]?.name : random.pick(values[named.name] ?? [])
  if (value === undefined) return undefined
  return isListType(getNullableType(type)) ? literalList([value], type) : literal(part(value, operator), type)
}

export function literalList(values: readonly unknown[], type: GraphQLInputType): string {
  return `[${values.map((value) => literal(value, type)).join(', ')}]`
}

export function literal(value: unknown, type: GraphQLInputType): string {
  const named = getNamedType(type)
  return isEnumType(named) || named.name === 'Int' ? String(value) : JSON.stringify(value)
}

/** A reference is filtered by the id of what it refers to. */
export function idOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(idOf)
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : (value ?? null)
}
