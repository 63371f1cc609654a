import { buildASTSchema, type GraphQLSchema, Kind, parse, print } from 'graphql'
import { pluralField, singularField } from '../deployment/names.ts'
import {
  type EntityType,
  type EnumType,
  type Field,
  type FulltextSearch,
  type IdType,
  type InterfaceType,
  parseSchema,
  type Schema,
} from '../deployment/schema.ts'
import { blockArgument, errorPolicyArgument, fixedQueryFields, fixedTypes } from './schema-fixed.ts'
import { aggregationFilterInput, filterInput, orderByEnum } from './schema-inputs.ts'

/** What clients may ask of a subgraph: the schema graph-node generates from the subgraph's own. */
export interface ApiSchema {
  readonly sdl: string
  readonly graphql: GraphQLSchema
  /** Which type a field of Query reads, and how; `_meta` and `_logs` are not among them. */
  readonly roots: ReadonlyMap<string, Root>
  /** Entities, interfaces and aggregations by name. */
  readonly types: ReadonlyMap<string, ApiType>
  /** By the field of Query that asks them. */
  readonly searches: ReadonlyMap<string, FulltextSearch>
}

/** `single`: one by id. `collection`: many. `aggregation`: the buckets of an interval. `fulltext`: those that match a text. */
export interface Root {
  readonly kind: 'single' | 'collection' | 'aggregation' | 'fulltext'
  readonly type: string
}

/** A type with what a walk over a query asks of it. */
export interface ApiType {
  readonly kind: 'entity' | 'interface' | 'aggregation'
  readonly name: string
  readonly idType: IdType
  readonly fields: ReadonlyMap<string, Field>
  /** The entity types an object of it can have: itself, or an interface's implementations. */
  readonly concrete: readonly string[]
  /** Itself and its interfaces: what a fragment on it may name. */
  readonly is: ReadonlySet<string>
  /** Of an aggregation. */
  readonly intervals: readonly string[]
}

/**
 * Generates the API schema. Types, fields, arguments, enum values and their order are graph-node's.
 * @see graphprotocol/graph-node graph/src/schema/api.rs
 */
export function apiSchema(schema: Schema): ApiSchema {
  const sdl = printApiSchema(schema)
  const searches = new Map(schema.fulltext.map((search) => [search.name, search]))
  const graphql = buildASTSchema(parse(sdl), { assumeValid: true })
  return { sdl, graphql, roots: rootsOf(schema), types: typesOf(schema), searches }
}

/**
 * The API schema of a subgraph as SDL, from the SDL of its `schema.graphql`.
 * @throws InvalidDeploymentError if the subgraph's schema breaks the rules
 */
export function apiSchemaSdl(inputSdl: string): string {
  return printApiSchema(parseSchema(inputSdl))
}

function rootsOf(schema: Schema): Map<string, Root> {
  const roots = new Map<string, Root>()
  // Two types may make the same field (Foo's plural, Foos' singular): the first has it.
  const add = (name: string, root: Root) => roots.has(name) || roots.set(name, root)
  const ordered = byMention(schema.text)
  for (const type of [...ordered(schema.entities.keys()), ...ordered(schema.interfaces.keys())]) {
    add(singularField(type), { kind: 'single', type })
    add(pluralField(type), { kind: 'collection', type })
  }
  for (const type of ordered(schema.aggregations.keys())) {
    add(pluralField(type), { kind: 'aggregation', type })
  }
  for (const { name, entity } of schema.fulltext) add(name, { kind: 'fulltext', type: entity })
  return roots
}

/** graph-node keeps types in the order in which their names first come up in the schema, be it as a field of another. */
function byMention(sdl: string): (types: Iterable<string>) => string[] {
  const names = parse(sdl)
    .definitions.filter(({ kind }) => kind.endsWith('TypeDefinition'))
    .flatMap((node) => [
      ...('name' in node && node.name ? [node.name.value] : []),
      ...('fields' in node ? (node.fields ?? []).map(({ name }) => name.value) : []),
    ])
  return (types) => [...types].sort((one, other) => names.indexOf(one) - names.indexOf(other))
}

function typesOf({ entities, interfaces, aggregations }: Schema): Map<string, ApiType> {
  const all = [...entities.values(), ...interfaces.values(), ...aggregations.values()]
  return new Map(
    all.map((type) => [
      type.name,
      {
        kind: type.kind,
        name: type.name,
        idType: type.idType,
        fields: new Map(type.fields.map((field) => [field.name, field])),
        concrete: type.kind === 'interface' ? type.implementations : [type.name],
        intervals: type.kind === 'aggregation' ? type.intervals : [],
        is: new Set([type.name, ...(type.kind === 'entity' ? type.interfaces : [])]),
      },
    ]),
  )
}

function printApiSchema(schema: Schema): string {
  const shapes: (EntityType | InterfaceType)[] = [...schema.entities.values(), ...schema.interfaces.values()]
  const text = [
    fixedTypes,
    ...[...schema.enums.values()].map(printEnum),
    ...shapes.flatMap((shape) => [
      printShape(shape),
      filterInput(shape),
      orderByEnum(shape.name, shape.fields, schema),
    ]),
    ...[...schema.aggregations.values()].flatMap((aggregation) => [
      `${describe(aggregation.description)}type ${aggregation.name} {\n${printFields(aggregation.fields)}}\n`,
      aggregationFilterInput(aggregation),
      orderByEnum(aggregation.name, aggregation.fields, schema),
    ]),
    `type Query {\n${[...rootsOf(schema)].map(([name, root]) => printRoot(name, root)).join('')}${fixedQueryFields}}\n`,
  ].join('\n')
  // A subgraph's own type of such a name takes the place of the enum, and has no value that could be the default.
  const taken = ['OrderDirection', '_SubgraphErrorPolicy_'].filter((name) => typesOf(schema).has(name))
  return taken.reduce((sdl, name) => sdl.replaceAll(new RegExp(`: ${name}!? = \\w+`, 'g'), `: ${name}`), text)
}

function printEnum({ name, description, values, valueDescriptions }: EnumType): string {
  const lines = values.map((value) => `${describe(valueDescriptions[value], '  ')}  ${value}\n`)
  return `${describe(description)}enum ${name} {\n${lines.join('')}}\n`
}

function printShape(shape: EntityType | InterfaceType): string {
  const kind = shape.kind === 'entity' ? 'type' : 'interface'
  const isOf =
    shape.kind === 'entity' && shape.interfaces.length > 0 ? ` implements ${shape.interfaces.join(' & ')}` : ''
  return `${describe(shape.description)}${kind} ${shape.name}${isOf} {\n${printFields(shape.fields)}}\n`
}

function printFields(fields: readonly Field[]): string {
  return fields
    .map((field) => `${describe(field.description, '  ')}  ${field.name}${listArguments(field)}: ${typeOf(field)}\n`)
    .join('')
}

function listArguments({ type, isList }: Field): string {
  if (type.kind !== 'reference' || !isList) return ''
  const { name } = type
  return `(skip: Int = 0, first: Int = 100, orderBy: ${name}_orderBy, orderDirection: OrderDirection, where: ${name}_filter)`
}

function typeOf({ type, isList, isNonNull, isElementNonNull }: Field): string {
  const inner = isList ? `[${type.name}${isElementNonNull ? '!' : ''}]` : type.name
  return isNonNull ? `${inner}!` : inner
}

function printRoot(name: string, { kind, type }: Root): string {
  if (kind === 'single') {
    return `  ${name}(\n    id: ID!\n${blockArgument}${errorPolicyArgument}  ): ${type}\n`
  }
  if (kind === 'fulltext') {
    const matching = `    text: String!\n    first: Int = 100\n    skip: Int = 0\n${blockArgument}    where: ${type}_filter\n`
    return `  ${name}(\n${matching}${errorPolicyArgument}  ): [${type}!]!\n`
  }
  const own =
    kind === 'aggregation'
      ? [
          'interval: Aggregation_interval!',
          `orderBy: ${type}_orderBy`,
          'orderDirection: OrderDirection',
          'current: Aggregation_current',
        ]
      : [`orderBy: ${type}_orderBy`, 'orderDirection: OrderDirection']
  const all = ['skip: Int = 0', 'first: Int = 100', ...own, `where: ${type}_filter`]
  const title = kind === 'aggregation' ? `  "Collection of aggregated \`${type}\` values"\n` : ''
  const args = all.map((argument) => `    ${argument}\n`).join('')
  return `${title}  ${name}(\n${args}${blockArgument}${errorPolicyArgument}  ): [${type}!]!\n`
}

function describe(text: string | undefined, indent = ''): string {
  if (text === undefined) return ''
  const block = print({ kind: Kind.STRING, value: text, block: true })
  return `${block
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`))
    .join('\n')}\n`
}
