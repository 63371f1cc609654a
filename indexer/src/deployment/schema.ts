import {
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  isExecutableDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
} from 'graphql'
import { InvalidDeploymentError } from '../errors.ts'
import { schemaProblems } from './schema-rules.ts'
import {
  type AggregateFunction,
  argument,
  directive,
  type IdType,
  idTypeOf,
  implementationsOf,
  isAggregateFunction,
  isDimension,
  isScalar,
  namesIn,
  type ScalarName,
  type SchemaNames,
  shapeOf,
  textArgument,
} from './schema-text.ts'

export type { AggregateFunction, IdType, ScalarName } from './schema-text.ts'

export type FieldType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'enum'; readonly name: string }
  /** An entity or interface type. */
  | { readonly kind: 'reference'; readonly name: string; readonly idType: IdType }

export interface Field {
  readonly name: string
  readonly description?: string
  readonly type: FieldType
  readonly isList: boolean
  readonly isNonNull: boolean
  /** Of a list: its elements. */
  readonly isElementNonNull: boolean
  /** Name of the field of the target that points back. Derived fields are never stored. */
  readonly derivedFrom?: string
}

export interface EntityType {
  readonly kind: 'entity'
  readonly name: string
  readonly description?: string
  readonly idType: IdType
  readonly isImmutable: boolean
  readonly isTimeseries: boolean
  readonly skipDuplicates: boolean
  readonly interfaces: readonly string[]
  /** In schema order, `id` included. */
  readonly fields: readonly Field[]
}

export interface InterfaceType {
  readonly kind: 'interface'
  readonly name: string
  readonly description?: string
  readonly idType: IdType
  readonly fields: readonly Field[]
  /** Names of the entity types that implement it, in schema order. */
  readonly implementations: readonly string[]
}

export interface AggregationType {
  readonly kind: 'aggregation'
  readonly name: string
  readonly description?: string
  readonly idType: 'Int8'
  readonly intervals: readonly ('hour' | 'day')[]
  /** The timeseries it sums up. */
  readonly source: string
  /** `id`, `timestamp`, dimensions and aggregates, in schema order. */
  readonly fields: readonly Field[]
  readonly dimensions: readonly string[]
  readonly aggregates: readonly Aggregate[]
}

export interface Aggregate {
  readonly field: string
  readonly fn: AggregateFunction
  /** A field of the source or an SQL expression over its fields; absent for count. */
  readonly arg?: string
  readonly isCumulative: boolean
}

export interface EnumType {
  readonly name: string
  readonly description?: string
  readonly values: readonly string[]
  /** Of the values that have one. */
  readonly valueDescriptions: Readonly<Record<string, string>>
}

/** A full-text search, declared on `_Schema_`. */
export interface FulltextSearch {
  readonly name: string
  readonly language: string
  readonly algorithm: string
  readonly entity: string
  readonly fields: readonly string[]
}

/** A subgraph's input schema, parsed. Maps keep schema order. */
export interface Schema {
  readonly entities: ReadonlyMap<string, EntityType>
  readonly interfaces: ReadonlyMap<string, InterfaceType>
  readonly aggregations: ReadonlyMap<string, AggregationType>
  readonly enums: ReadonlyMap<string, EnumType>
  readonly fulltext: readonly FulltextSearch[]
  /** The SDL it came from. */
  readonly text: string
}

/**
 * Reads a subgraph's `schema.graphql`.
 * @throws {@link InvalidDeploymentError} naming `schema.graphql`, with everything that is wrong with it
 * @example parseSchema('type Token @entity(immutable: true) { id: Bytes! }').entities.get('Token')?.idType // 'Bytes'
 */
export function parseSchema(sdl: string): Schema {
  const document = parseDocument(sdl)
  const names = namesIn(document)
  const problems = schemaProblems(document)
  if (problems.length > 0) throw new InvalidDeploymentError('schema.graphql', problems)
  const { objects, interfaces, enums } = names
  const entities = objects.values().filter((node) => directive(node, 'entity'))
  const aggregations = objects.values().filter((node) => directive(node, 'aggregation'))
  return {
    entities: byName(entities.map((node) => entityType(node, names))),
    interfaces: byName(interfaces.values().map((node) => interfaceType(node, names))),
    aggregations: byName(aggregations.map((node) => aggregationType(node, names))),
    enums: byName(enums.values().map(enumType)),
    fulltext: fulltextSearches(document),
    text: sdl,
  }
}

function parseDocument(sdl: string): DocumentNode {
  try {
    const document = parse(sdl)
    const executable = document.definitions.find(isExecutableDefinitionNode)
    if (executable !== undefined) throw new Error(`Syntax Error: Unexpected ${executable.kind}.`)
    return document
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidDeploymentError('schema.graphql', [reason], cause)
  }
}

function entityType(node: ObjectTypeDefinitionNode, names: SchemaNames): EntityType {
  const entity = directive(node, 'entity')
  const flag = (name: string) => entity !== undefined && argument(entity, name) === true
  return {
    kind: 'entity',
    name: node.name.value,
    ...described(node),
    idType: idTypeOf(node.name.value, names),
    isImmutable: flag('immutable') || flag('timeseries'),
    isTimeseries: flag('timeseries'),
    skipDuplicates: flag('skipDuplicates'),
    interfaces: (node.interfaces ?? []).map((one) => one.name.value),
    fields: fieldsOf(node, names),
  }
}

function interfaceType(node: InterfaceTypeDefinitionNode, names: SchemaNames): InterfaceType {
  return {
    kind: 'interface',
    name: node.name.value,
    ...described(node),
    idType: idTypeOf(node.name.value, names),
    fields: fieldsOf(node, names),
    implementations: implementationsOf(node.name.value, names),
  }
}

function aggregationType(node: ObjectTypeDefinitionNode, names: SchemaNames): AggregationType {
  const aggregation = directive(node, 'aggregation')
  const intervals = aggregation && argument(aggregation, 'intervals')
  const fields = node.fields ?? []
  return {
    kind: 'aggregation',
    name: node.name.value,
    ...described(node),
    idType: 'Int8',
    intervals: (['hour', 'day'] as const).filter(
      (interval) => Array.isArray(intervals) && intervals.includes(interval),
    ),
    source: (aggregation && textArgument(aggregation, 'source')) ?? '',
    fields: fieldsOf(node, names),
    dimensions: fields.filter(isDimension).map((field) => field.name.value),
    aggregates: fields.flatMap(aggregatesOf),
  }
}

function aggregatesOf(field: FieldDefinitionNode): Aggregate[] {
  const aggregate = directive(field, 'aggregate')
  if (!aggregate) return []
  const fn = textArgument(aggregate, 'fn')
  const arg = textArgument(aggregate, 'arg')
  if (!isAggregateFunction(fn)) return []
  const isCumulative = argument(aggregate, 'cumulative') === true
  return [{ field: field.name.value, fn, ...(arg === undefined ? {} : { arg }), isCumulative }]
}

function fieldsOf(node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, names: SchemaNames): Field[] {
  return (node.fields ?? []).map((field) => {
    const { name, isList, isNonNull, isElementNonNull } = shapeOf(field.type)
    const derived = directive(field, 'derivedFrom')
    const derivedFrom = derived && textArgument(derived, 'field')
    return {
      name: field.name.value,
      ...described(field),
      type: fieldType(name, names),
      isList,
      isNonNull,
      isElementNonNull,
      ...(derivedFrom === undefined ? {} : { derivedFrom }),
    }
  })
}

function fieldType(name: string, names: SchemaNames): FieldType {
  if (isScalar(name)) return { kind: 'scalar', name }
  if (names.enums.has(name)) return { kind: 'enum', name }
  return { kind: 'reference', name, idType: idTypeOf(name, names) }
}

function enumType(node: EnumTypeDefinitionNode): EnumType {
  return {
    name: node.name.value,
    ...described(node),
    values: [...new Set((node.values ?? []).map((value) => value.name.value))],
    valueDescriptions: Object.fromEntries(
      (node.values ?? []).flatMap(({ name, description }) => (description ? [[name.value, description.value]] : [])),
    ),
  }
}

function fulltextSearches({ definitions }: DocumentNode): FulltextSearch[] {
  const schemaType = definitions.find(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === '_Schema_',
  )
  if (schemaType?.kind !== Kind.OBJECT_TYPE_DEFINITION) return []
  return (schemaType.directives ?? [])
    .filter((node) => node.name.value === 'fulltext')
    .map((node) => {
      const include = argument(node, 'include')
      const [first]: { entity?: string; fields?: { name: string }[] }[] = Array.isArray(include) ? include : []
      return {
        name: textArgument(node, 'name') ?? '',
        language: textArgument(node, 'language') ?? 'simple',
        algorithm: textArgument(node, 'algorithm') ?? 'rank',
        entity: first?.entity ?? '',
        fields: (first?.fields ?? []).map((field) => field.name),
      }
    })
}

function described(node: { readonly description?: { readonly value: string } | undefined }): { description?: string } {
  return node.description ? { description: node.description.value } : {}
}

function byName<T extends { readonly name: string }>(types: Iterable<T>): Map<string, T> {
  return new Map(Iterator.from(types).map((type) => [type.name, type]))
}
