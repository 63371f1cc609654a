import type { AggregationType, EntityType, Field, InterfaceType, Schema } from '../deployment/schema.ts'

type Shape = EntityType | InterfaceType

const equality = ['', 'not', 'in', 'not_in']
const comparison = ['', 'not', 'gt', 'lt', 'gte', 'lte', 'in', 'not_in']
const text = [
  ...comparison,
  ...['contains', 'contains_nocase', 'not_contains', 'not_contains_nocase'],
  ...['starts_with', 'starts_with_nocase', 'not_starts_with', 'not_starts_with_nocase'],
  ...['ends_with', 'ends_with_nocase', 'not_ends_with', 'not_ends_with_nocase'],
]
const list = ['', 'not', 'contains', 'not_contains']
const textList = ['', 'not', 'contains', 'contains_nocase', 'not_contains', 'not_contains_nocase']
const aggregated = ['', 'gt', 'lt', 'gte', 'lte', 'in']

/** `input T_filter`: for each field its operators, in graph-node's order. */
export function filterInput(type: Shape): string {
  return input(type.name, type.fields.flatMap(filtersOf))
}

/** `input A_filter`: an aggregation is filtered by id, timestamp and dimensions only. */
export function aggregationFilterInput(type: AggregationType): string {
  const fields = type.fields.filter(
    ({ name }) => name === 'id' || name === 'timestamp' || type.dimensions.includes(name),
  )
  return input(type.name, fields.flatMap(aggregationFiltersOf))
}

/** `enum T_orderBy`: every field, and after each single reference the scalars of its target. */
export function orderByEnum(name: string, fields: readonly Field[], schema: Schema): string {
  const values = fields.flatMap((field) => [field.name, ...childOrders(field, schema)])
  return `enum ${name}_orderBy {\n${values.map((value) => `  ${value}\n`).join('')}}\n`
}

function input(name: string, filters: readonly string[]): string {
  const lines = [
    ...filters,
    '"Filter for the block changed event."',
    '_change_block: BlockChangedFilter',
    `and: [${name}_filter]`,
    `or: [${name}_filter]`,
  ]
  return `input ${name}_filter {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

function filtersOf(field: Field): string[] {
  const { name, type } = field
  const child = type.kind === 'reference' ? [`${name}_: ${type.name}_filter`] : []
  if (field.derivedFrom !== undefined) return child
  const operand = operandOf(field)
  const operators = field.isList ? (isTextList(field, operand) ? textList : list) : operatorsOf(field, operand)
  return [...operators.map((operator) => filterLine(name, operator, operand, field.isList)), ...child]
}

/** Of lists of references, those to Bytes ids have no operators that ignore case. */
function isTextList({ type }: Field, operand: string): boolean {
  return operand === 'String' && !(type.kind === 'reference' && type.idType === 'Bytes')
}

function aggregationFiltersOf(field: Field): string[] {
  const operand = operandOf(field)
  const isNumber = ['Int', 'Int8', 'BigInt', 'BigDecimal', 'Timestamp'].includes(operand)
  const operators = isNumber ? aggregated : field.type.kind === 'enum' ? equality : ['']
  const child = field.type.kind === 'reference' ? [`${field.name}_: ${field.type.name}_filter`] : []
  const own = field.type.kind === 'reference' ? [''] : operators
  return [...own.map((operator) => filterLine(field.name, operator, operand, false)), ...child]
}

function filterLine(name: string, operator: string, operand: string, isList: boolean): string {
  const key = operator === '' ? name : `${name}_${operator}`
  return `${key}: ${isList || operator.endsWith('in') ? `[${operand}!]` : operand}`
}

/** A reference is filtered by its target's id; those of Bytes ids as a String too. */
function operandOf({ type }: Field): string {
  if (type.kind !== 'reference') return type.name
  return type.idType === 'Int8' ? 'Int' : 'String'
}

function operatorsOf({ type }: Field, operand: string): readonly string[] {
  if (type.kind === 'enum' || operand === 'Boolean') return equality
  if (operand === 'String') return text
  return operand === 'Bytes' ? [...comparison, 'contains', 'not_contains'] : comparison
}

function childOrders({ name, type, isList }: Field, schema: Schema): string[] {
  if (type.kind !== 'reference' || isList) return []
  const target = schema.entities.get(type.name) ?? schema.interfaces.get(type.name)
  return (target?.fields ?? [])
    .filter((field) => !field.isList && field.type.kind !== 'reference')
    .map((field) => `${name}__${field.name}`)
}
