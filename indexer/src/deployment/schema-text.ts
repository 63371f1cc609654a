import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  type ValueNode,
} from 'graphql'

/** Kinds a field's value can have; a reference is stored as its target's id. */
export type ScalarName = 'ID' | 'String' | 'Bytes' | 'Boolean' | 'Int' | 'Int8' | 'BigInt' | 'BigDecimal' | 'Timestamp'
export type IdType = 'String' | 'Bytes' | 'Int8'
export type AggregateFunction = 'sum' | 'count' | 'min' | 'max' | 'first' | 'last'

/** A field's type, unwrapped: `[Token!]!` is a required list of required Tokens. */
export interface TypeShape {
  readonly name: string
  readonly isList: boolean
  readonly isNonNull: boolean
  readonly isElementNonNull: boolean
  /** How many lists deep; the schema allows one. */
  readonly depth: number
}

export function shapeOf(node: TypeNode): TypeShape {
  const isNonNull = node.kind === Kind.NON_NULL_TYPE
  const outer = node.kind === Kind.NON_NULL_TYPE ? node.type : node
  if (outer.kind === Kind.NAMED_TYPE) {
    return { name: outer.name.value, isList: false, isNonNull, isElementNonNull: false, depth: 0 }
  }
  const inner = shapeOf(outer.type)
  return { name: inner.name, isList: true, isNonNull, isElementNonNull: inner.isNonNull, depth: inner.depth + 1 }
}

export function directive(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): ConstDirectiveNode | undefined {
  return node.directives?.find((candidate) => candidate.name.value === name)
}

/** @returns a directive's argument as plain data; undefined where it is not given */
export function argument(node: ConstDirectiveNode, name: string): unknown {
  const found = node.arguments?.find((candidate: ArgumentNode) => candidate.name.value === name)
  return found && plainValue(found.value)
}

/** @returns a directive's argument as it is written */
export function argumentNode(node: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return node.arguments?.find((candidate) => candidate.name.value === name)?.value
}

export function textArgument(node: ConstDirectiveNode, name: string): string | undefined {
  const value = argument(node, name)
  return typeof value === 'string' ? value : undefined
}

/** A GraphQL literal as plain data; enum values become their names. */
export function plainValue(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.LIST:
      return node.values.map(plainValue)
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, plainValue(field.value)]))
    case Kind.NULL:
      return null
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.VARIABLE:
      return undefined
    default:
      return node.value
  }
}

/** A type without its lists and exclamation marks. */
export function baseOf(node: TypeNode): string {
  return shapeOf(node).name
}

/** @returns the type of a field; undefined if there is none of that name */
export function typeOfField(
  node: { readonly fields?: readonly FieldDefinitionNode[] | undefined },
  name: string,
): TypeNode | undefined {
  return node.fields?.find((field) => field.name.value === name)?.type
}

export function isDerived(node: FieldDefinitionNode): boolean {
  return directive(node, 'derivedFrom') !== undefined
}

/** The document's types by name and, for what has one, the type of its id. */
export interface SchemaNames {
  readonly objects: ReadonlyMap<string, ObjectTypeDefinitionNode>
  readonly interfaces: ReadonlyMap<string, InterfaceTypeDefinitionNode>
  readonly enums: ReadonlyMap<string, EnumTypeDefinitionNode>
}

export const SCALARS: ReadonlySet<string> = new Set<ScalarName>([
  'ID',
  'String',
  'Bytes',
  'Boolean',
  'Int',
  'Int8',
  'BigInt',
  'BigDecimal',
  'Timestamp',
])

/** The type of an entity's id; of an interface that of its first implementation, and without any a text, whatever it says itself. */
export function idTypeOf(name: string, names: SchemaNames): IdType {
  const [one = name] = names.interfaces.has(name) ? implementationsOf(name, names) : []
  const field = names.objects.get(one)?.fields?.find((candidate) => candidate.name.value === 'id')
  const type = field && shapeOf(field.type).name
  return type === 'Bytes' || type === 'Int8' ? type : 'String'
}

export function implementationsOf(name: string, { objects }: SchemaNames): string[] {
  return [...objects.values()]
    .filter((node) => node.interfaces?.some((one) => one.name.value === name))
    .map((node) => node.name.value)
}

export function namesIn({ definitions }: DocumentNode): SchemaNames {
  const objects = definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION)
  const interfaces = definitions.filter((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION)
  const enums = definitions.filter((node) => node.kind === Kind.ENUM_TYPE_DEFINITION)
  return {
    objects: nodesByName(objects.filter((node) => node.name.value !== '_Schema_')),
    interfaces: nodesByName(interfaces),
    enums: nodesByName(enums),
  }
}

/** A field of an aggregation by which it groups. */
export function isDimension(field: FieldDefinitionNode): boolean {
  return field.name.value !== 'id' && field.name.value !== 'timestamp' && directive(field, 'aggregate') === undefined
}

export function isAggregateFunction(fn: string | undefined): fn is AggregateFunction {
  return fn !== undefined && ['sum', 'count', 'min', 'max', 'first', 'last'].includes(fn)
}

export function isScalar(name: string): name is ScalarName {
  return SCALARS.has(name)
}

export function nodesByName<T extends { readonly name: { readonly value: string } }>(
  nodes: readonly T[],
): Map<string, T> {
  return new Map(nodes.map((node) => [node.name.value, node]))
}
