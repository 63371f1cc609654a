import {
  buildClientSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  type IntrospectionQuery,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql'
import { ask } from './question.ts'
import type { Endpoint } from './runtime.ts'

/** What can be asked of a subgraph, as its own API schema says. */
export interface Api {
  readonly schema: GraphQLSchema
  readonly collections: readonly Collection[]
}

/** A root field that lists entities: of a type, an interface, an aggregation, or found by a full-text search. */
export interface Collection {
  readonly field: string
  readonly type: string
  readonly kind: 'entity' | 'interface' | 'aggregation' | 'search'
  /** Of one entity by id, where there is one. */
  readonly single: string | undefined
  /** `<Type>_filter`; searches have it too. */
  readonly where: GraphQLInputObjectType | undefined
  /** What `orderBy` offers. */
  readonly orders: readonly string[]
  readonly fields: readonly ApiField[]
  /** Arguments that have to be given: `text` of a search, `interval` of an aggregation. */
  readonly needs: readonly string[]
}

export interface ApiField {
  readonly name: string
  /** Of the field, or of what the list holds. */
  readonly type: string
  readonly kind: 'leaf' | 'object'
  readonly isList: boolean
}

export const introspectionQuery = getIntrospectionQuery()

export async function readApi(endpoint: Endpoint): Promise<Api> {
  const { body } = await ask({ name: 'introspection', query: introspectionQuery }, endpoint)
  const { data, errors } = body as { data?: IntrospectionQuery; errors?: unknown }
  if (data === undefined) throw new Error(`${endpoint.endpoint} has no schema: ${JSON.stringify(errors)}`)
  return apiOf(buildClientSchema(data))
}

export function apiOf(schema: GraphQLSchema): Api {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {})
  return { schema, collections: fields.flatMap((field) => collectionOf(field, fields)) }
}

type RootField = GraphQLField<unknown, unknown>

function collectionOf(field: RootField, all: readonly RootField[]): Collection[] {
  const type = getNamedType(field.type)
  if (!isListType(getNullableType(field.type)) || field.name.startsWith('_')) return []
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  const has = (name: string) => field.args.some((argument) => argument.name === name)
  const where = inputOf(field.args, 'where')
  return [
    {
      field: field.name,
      type: type.name,
      kind: has('text') ? 'search' : has('interval') ? 'aggregation' : isInterfaceType(type) ? 'interface' : 'entity',
      single: all.find((one) => getNullableType(one.type) === type)?.name,
      where: isInputObjectType(where) ? where : undefined,
      orders: ordersOf(field),
      fields: Object.values((type as GraphQLObjectType).getFields()).map((one) => fieldOf(one.name, one.type)),
      needs: ['text', 'interval'].filter(has),
    },
  ]
}

function inputOf(args: readonly GraphQLArgument[], name: string) {
  const argument = args.find((one) => one.name === name)
  return argument && getNamedType(argument.type)
}

function ordersOf(field: RootField): string[] {
  const type = inputOf(field.args, 'orderBy')
  return type && 'getValues' in type ? type.getValues().map(({ name }) => name) : []
}

function fieldOf(name: string, type: GraphQLOutputType): ApiField {
  const named = getNamedType(type)
  return {
    name,
    type: named.name,
    kind: isLeafType(named) ? 'leaf' : 'object',
    isList: isListType(getNullableType(type)),
  }
}

/** A selection of everything a row of its own has: scalars, and the ids of what it refers to. */
export function wholeRow({ fields }: Collection): string {
  return fields.map(({ name, kind }) => (kind === 'leaf' ? name : `${name} { id }`)).join(' ')
}
