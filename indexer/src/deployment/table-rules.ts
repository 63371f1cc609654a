import type { EnumTypeDefinitionNode, FieldDefinitionNode, ObjectTypeDefinitionNode } from 'graphql'
import { snake } from './names.ts'
import { argument, directive, isDerived, textArgument } from './schema-text.ts'

export interface Laid {
  readonly entities: readonly ObjectTypeDefinitionNode[]
  readonly aggregations: readonly ObjectTypeDefinitionNode[]
  readonly enums: readonly EnumTypeDefinitionNode[]
  readonly schemaType: ObjectTypeDefinitionNode | undefined
}

/**
 * What Postgres says to the tables that graph-node makes of a schema, where it refuses them. Ours are made of other statements, so
 * that they would be refused for other reasons: a name must not depend on which of the two it meets first.
 * @returns the first complaint, as in `store error: relation "foo" already exists`
 * @see graphprotocol/graph-node store/postgres/src/relational/ddl.rs
 */
export function tableProblem(laid: Laid): string | null {
  const [unnamed] = searchNames(laid.schemaType).flatMap((name) => identifierProblem(name) ?? [])
  if (unnamed !== undefined) return `invalid identifier: ${unnamed}`
  const refused = postgresProblem(laid)
  return refused && `store error: ${refused}`
}

function postgresProblem({ entities, aggregations, enums, schemaType }: Laid): string | null {
  const types = new Set<string>()
  const relations = new Set<string>()
  for (const node of [...enums].sort(byName)) {
    const name = cut(snake(node.name.value))
    if (name === '') return emptyName
    if (types.has(name)) return `type "${name}" already exists`
    types.add(name)
    const long = [...(node.values ?? [])]
      .map((value) => value.name.value)
      .sort()
      .find((label) => label.length > longest)
    if (long !== undefined) return `invalid enum label "${long}"`
  }
  for (const table of [...tablesOf(entities, schemaType), ...rollupsOf(aggregations)]) {
    const name = cut(table.name)
    const refused = name === '' ? emptyName : (columnProblem(table.columns) ?? numberProblem(table))
    if (refused !== null) return refused
    if (relations.has(name)) return `relation "${name}" already exists`
    if (types.has(name)) return `type "${name}" already exists`
    relations.add(name)
    // With a name of such a length, the table's first index would have the very same.
    if (name.length >= longest - 1 && !table.isImmutable) return `relation "${cut(`${name}_`)}" already exists`
  }
  return null
}

const longest = 63
const emptyName = 'zero-length delimited identifier at or near """"'
const systemColumns = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']

interface PlannedTable {
  readonly name: string
  readonly isImmutable: boolean
  /** graph-node's own come first. */
  readonly columns: readonly string[]
}

function searchNames(schemaType: Laid['schemaType']): string[] {
  return (schemaType?.directives ?? []).map((one) => textArgument(one, 'name') ?? '')
}

/** Of a search, whose name is any text; other names are GraphQL's, and good for SQL. */
function identifierProblem(name: string): string | null {
  if (name === '') return 'can not use an empty name for a attribute'
  const about = `the name \`${name}\` can not be used for a attribute; it`
  if (!/^[A-Za-z_]/.test(name)) return `${about} must start with an ASCII alphabetic character or \`_\``
  return /\W/.test(name) ? `${about} can only contain alphanumeric characters and \`_\`` : null
}

function tablesOf(entities: readonly ObjectTypeDefinitionNode[], schemaType: Laid['schemaType']): PlannedTable[] {
  const searches = (schemaType?.directives ?? []).map((one) => ({
    name: textArgument(one, 'name') ?? '',
    on: JSON.stringify(argument(one, 'include')),
  }))
  // A type that is defined twice has one table.
  const once = new Map(entities.map((node) => [node.name.value, node]))
  return [...once.values()].sort(byName).map((node) => {
    const entity = directive(node, 'entity')
    const isImmutable =
      entity !== undefined && ['immutable', 'timeseries'].some((flag) => argument(entity, flag) === true)
    const found = searches
      .filter(({ on }) => on?.includes(`"entity":"${node.name.value}"`))
      .map(({ name }) => snake(name))
    const own = isImmutable ? ['vid', 'block$'] : ['vid', 'block_range']
    return { name: snake(node.name.value), isImmutable, columns: [...own, ...columnsOf(node.fields), ...found] }
  })
}

function rollupsOf(aggregations: readonly ObjectTypeDefinitionNode[]): PlannedTable[] {
  return [...aggregations].sort(byName).flatMap((node) => {
    const intervals = directive(node, 'aggregation')
    const given: unknown = intervals && argument(intervals, 'intervals')
    return [...new Set(Array.isArray(given) ? given.map(String) : [])].map((interval) => ({
      name: snake(`${node.name.value}_${interval}`),
      isImmutable: true,
      columns: ['vid', 'block$', ...columnsOf(node.fields)],
    }))
  })
}

function columnsOf(fields: readonly FieldDefinitionNode[] = []): string[] {
  return fields.filter((field) => !isDerived(field)).map((field) => snake(field.name.value))
}

function columnProblem(columns: readonly string[]): string | null {
  const seen = new Set<string>()
  for (const column of columns.map(cut)) {
    if (column === '') return emptyName
    if (systemColumns.includes(column)) return `column name "${column}" conflicts with a system column name`
    if (seen.has(column)) return `column "${column}" specified more than once`
    seen.add(column)
  }
  return null
}

/** The name of a constraint is not quoted. */
function numberProblem({ name, isImmutable }: PlannedTable): string | null {
  if (isImmutable || !/^\d/.test(name)) return null
  return `trailing junk after numeric literal at or near "${name}_id_block_range_excl"`
}

function cut(name: string): string {
  return name.slice(0, longest)
}

function byName(one: { readonly name: { readonly value: string } }, other: typeof one): number {
  return one.name.value < other.name.value ? -1 : 1
}
