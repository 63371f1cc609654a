import {
  astFromValue,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLDirective,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql'
import { readArguments } from './arguments.ts'
import type { Request } from './collect.ts'
import { type Plain, type PlainObject, selectPlain } from './plain.ts'
import type { ApiSchema } from './schema.ts'

/**
 * Answers `__schema` or `__type`. What GraphQL itself adds to a schema is not told, as in graph-node.
 * @param unused - scalars that the schema has although nothing is of them; always the same of one schema
 */
export function answerIntrospection(
  node: FieldNode,
  below: readonly SelectionSetNode[],
  request: Request,
  { graphql }: Pick<ApiSchema, 'graphql'>,
  unused: readonly string[] = ['Float'],
): string {
  const known = describedSchema(graphql, unused)
  if (node.name.value === '__schema') return selectPlain(known.schema, below, request)
  const values = readArguments(node, TypeMetaFieldDef, request.variables, [])
  const name = values.get('name')
  const found = name?.kind === 'String' ? known.types.get(name.value) : undefined
  return selectPlain(found ?? null, below, request)
}

interface Described {
  readonly schema: PlainObject
  readonly types: ReadonlyMap<string, PlainObject>
}

const described = new WeakMap<GraphQLSchema, Described>()

function describedSchema(graphql: GraphQLSchema, unused: readonly string[]): Described {
  const known = described.get(graphql)
  if (known) return known
  const types = new Map<string, PlainObject>()
  const all = Object.values(graphql.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const type of all) types.set(type.name, describeType(type, graphql, types))
  for (const name of unused) types.set(name, scalar(name, null))
  const directives = graphql
    .getDirectives()
    .filter(({ name }) => name !== 'deprecated' && name !== 'specifiedBy' && name !== 'oneOf')
    .map((directive) => describeDirective(directive, types))
  const schema: PlainObject = {
    __typename: '__Schema',
    queryType: types.get('Query') ?? null,
    mutationType: null,
    subscriptionType: null,
    types: [...types.keys()].sort().flatMap((name) => types.get(name) ?? []),
    directives,
  }
  const result = { schema, types }
  described.set(graphql, result)
  return result
}

type Types = ReadonlyMap<string, PlainObject>

/** Descriptions of the built-in scalars are graph-node's: only Int has one. */
const builtIn = new Map([
  ['Int', '4 bytes signed integer'],
  ['String', null],
  ['Boolean', null],
  ['ID', null],
  ['Float', null],
])

function describeType(type: GraphQLNamedType, graphql: GraphQLSchema, types: Types): PlainObject {
  const { name, description = null } = type
  if (isObjectType(type)) {
    return {
      ...blankType('OBJECT', name, description),
      fields: () => Object.values(type.getFields()).map((field) => describeField(field, types)),
      interfaces: () => type.getInterfaces().flatMap((one) => types.get(one.name) ?? []),
    }
  }
  if (isInterfaceType(type)) {
    return {
      ...blankType('INTERFACE', name, description),
      fields: () => Object.values(type.getFields()).map((field) => describeField(field, types)),
      // Where there are none, graph-node has no list of them either.
      possibleTypes: () => {
        const possible = graphql.getPossibleTypes(type).flatMap((one) => types.get(one.name) ?? [])
        return possible.length === 0 ? null : possible
      },
    }
  }
  if (isEnumType(type)) {
    const values = type.getValues().map((value) => ({
      __typename: '__EnumValue',
      name: value.name,
      description: value.description ?? null,
      isDeprecated: false,
      deprecationReason: null,
    }))
    return { ...blankType('ENUM', name, description), enumValues: values }
  }
  if (isInputObjectType(type)) {
    const fields = () => Object.values(type.getFields()).map((field) => describeInput(field, types))
    return { ...blankType('INPUT_OBJECT', name, description), inputFields: fields }
  }
  return scalar(name, builtIn.has(name) ? (builtIn.get(name) ?? null) : (description ?? null))
}

function scalar(name: string, description: string | null): PlainObject {
  return blankType('SCALAR', name, description)
}

function blankType(kind: string, name: string | null, description: string | null | undefined): PlainObject {
  return {
    __typename: '__Type',
    kind,
    name,
    description: description ?? null,
    specifiedByURL: null,
    fields: null,
    interfaces: null,
    possibleTypes: null,
    enumValues: null,
    inputFields: null,
    ofType: null,
  }
}

function describeField(field: GraphQLField<unknown, unknown>, types: Types): PlainObject {
  return {
    __typename: '__Field',
    name: field.name,
    description: field.description ?? null,
    args: field.args.map((argument) => describeInput(argument, types)),
    type: describeRef(field.type, types),
    isDeprecated: false,
    deprecationReason: null,
  }
}

function describeInput(input: GraphQLArgument | GraphQLInputField, types: Types): PlainObject {
  const ast = input.defaultValue === undefined ? null : astFromValue(input.defaultValue, input.type)
  return {
    __typename: '__InputValue',
    name: input.name,
    description: input.description ?? null,
    type: describeRef(input.type, types),
    defaultValue: ast ? print(ast) : null,
    isDeprecated: false,
    deprecationReason: null,
  }
}

function describeDirective(directive: GraphQLDirective, types: Types): PlainObject {
  const isOwn = directive.name === 'skip' || directive.name === 'include'
  return {
    __typename: '__Directive',
    name: directive.name,
    description: isOwn ? null : (directive.description ?? null),
    isRepeatable: false,
    locations: [...directive.locations],
    args: directive.args.map((argument) => ({
      ...describeInput(argument, types),
      ...(isOwn && { description: null }),
    })),
  }
}

function describeRef(type: GraphQLType, types: Types): Plain {
  if (isNonNullType(type)) return { ...blankType('NON_NULL', null, null), ofType: describeRef(type.ofType, types) }
  if (isListType(type)) return { ...blankType('LIST', null, null), ofType: describeRef(type.ofType, types) }
  return types.get(type.name) ?? null
}
