import {
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  isInterfaceType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql'
import type { Field, FulltextSearch } from '../deployment/schema.ts'
import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { type BlockConstraint, latest, readBlock } from './block.ts'
import { unmergeable } from './check-arguments.ts'
import { fieldType } from './check-fields.ts'
import { type CollectedField, collectFields, type Request } from './collect.ts'
import { type Condition, readFilter } from './filter.ts'
import { answerIntrospection } from './introspection.ts'
import { idOperand } from './operand.ts'
import { type Order, readOrder, readPage } from './page.ts'
import { type Question, readRequest } from './request.ts'
import type { ApiSchema, ApiType, Root } from './schema.ts'

/** What a query asks, free of its text: which rows, and what of them under which names. */
export interface Plan {
  /** In the order of the answer. */
  readonly roots: readonly RootPlan[]
}

export type RootPlan =
  | { readonly kind: 'text'; readonly key: string; readonly json: string; readonly isIntrospection: boolean }
  | MetaPlan
  | EntitiesPlan
  | (RefusedPlan & { readonly at: BlockConstraint })

/**
 * A field without an answer. In which step graph-node finds that out decides what else it tells: `check` takes the place of
 * whatever is asked of the block; of the others, what turns up in `read` keeps what would turn up in `tell` from it.
 */
export interface RefusedPlan {
  readonly kind: 'refused'
  readonly key: string
  readonly step: 'check' | 'read' | 'tell'
  readonly problems: readonly QueryProblem[]
}

/** `_meta`: shaped from the deployment's state once that is known. */
export interface MetaPlan {
  readonly kind: 'meta'
  readonly key: string
  readonly at: BlockConstraint
  readonly below: readonly SelectionSetNode[]
  readonly request: Request
}

export interface EntitiesPlan {
  readonly kind: 'entities'
  readonly key: string
  readonly at: BlockConstraint
  /** Data may be given although handlers failed on the way. */
  readonly allowsErrors: boolean
  readonly find: { readonly kind: 'id'; readonly id: string } | { readonly kind: 'list'; readonly list: ListPlan }
  readonly target: TargetPlan
  /** Of an aggregation: which of its tables, and whether the bucket still filling counts. */
  readonly buckets?: { readonly interval: 'hour' | 'day'; readonly isCurrentIncluded: boolean }
  /** Of a full-text search: where to look, and what for. */
  readonly search?: { readonly in: FulltextSearch; readonly text: string }
}

export interface ListPlan {
  readonly first: number
  readonly skip: number
  readonly order: Order
  readonly where: Condition
}

/** What is selected of objects, for each entity type they can have. */
export interface TargetPlan {
  readonly type: ApiType
  readonly selections: readonly { readonly type: ApiType; readonly fields: readonly FieldPlan[] }[]
}

export type FieldPlan =
  | { readonly kind: 'typename'; readonly key: string }
  /** It is only found out if there is a row to ask it of. */
  | RefusedPlan
  | { readonly kind: 'scalar'; readonly key: string; readonly field: Field }
  /** A stored list of which nothing is selected, or that cannot be asked for: that is found out unless it is empty. */
  | { readonly kind: 'unless-empty'; readonly key: string; readonly field: Field; readonly otherwise: RefusedPlan }
  | {
      readonly kind: 'one'
      readonly key: string
      readonly field: Field
      readonly target: TargetPlan
      readonly node: FieldNode
    }
  | {
      readonly kind: 'many'
      readonly key: string
      readonly field: Field
      readonly target: TargetPlan
      readonly list: ListPlan
    }

/** More than any client selects by hand; a document that multiplies itself by spreading fragments gets here in no time. */
const maxFields = 50_000

/**
 * Plans a query without asking anyone anything.
 * @throws {@link QueryRefusedError} with what is wrong with the request or its blocks. What
 * is wrong with what is asked of a block is part of the plan, since other blocks may be answered.
 */
export function planQuery({ query, variables, at }: Question, schema: ApiSchema): Plan {
  const request = readRequest({ query, variables }, schema.graphql)
  const otherwise: BlockConstraint = at === undefined ? latest : { kind: 'settled', as: at }
  return { roots: new Planning(request, schema, otherwise).roots(request.operation.node.selectionSet) }
}

/** One walk over one query whose fields exist and whose arguments fit. */
class Planning {
  readonly #request: Request
  readonly #schema: ApiSchema
  readonly #otherwise: BlockConstraint
  #fieldCount = 0

  /** @param otherwise - the block of fields that name none */
  constructor(request: Request, schema: ApiSchema, otherwise: BlockConstraint) {
    this.#request = request
    this.#schema = schema
    this.#otherwise = otherwise
  }

  roots(set: SelectionSetNode): RootPlan[] {
    const query = this.#schema.graphql.getQueryType()
    if (!query) return []
    const found = collectFields([set], (condition) => condition === 'Query', this.#request)
    for (const field of found.values()) this.#checkMerge(field, query)
    return [...found].flatMap(([key, { node, below }]) => this.#root(key, node, below) ?? [])
  }

  /** @throws {@link QueryRefusedError} if fields of one name select of different types */
  #checkMerge({ node, others }: CollectedField, type: GraphQLNamedType): void {
    if (others.length === 0) return
    const { graphql } = this.#schema
    const typesOf = (one: FieldNode): readonly string[] => {
      const below = one.selectionSet && fieldType(one, type, graphql)
      if (isObjectType(below)) return [below.name]
      return isInterfaceType(below) ? graphql.getPossibleTypes(below).map(({ name }) => name) : []
    }
    const known = typesOf(node)
    const stranger = others.flatMap(typesOf).find((name) => !known.includes(name))
    if (stranger !== undefined) throw unmergeable(stranger)
  }

  #root(key: string, node: FieldNode, below: readonly SelectionSetNode[]): RootPlan | undefined {
    const name = node.name.value
    if (name === '__typename') return { kind: 'text', key, json: '"Query"', isIntrospection: false }
    // Without a selection, a field of Query is left out of the answer.
    if (below.length === 0) return undefined
    if (name === '__schema' || name === '__type') {
      const json = answerIntrospection(node, below, this.#request, this.#schema)
      return { kind: 'text', key, json, isIntrospection: true }
    }
    const definition = this.#schema.graphql.getQueryType()?.getFields()[name]
    if (!definition) return undefined
    const values = this.#arguments(node, definition)
    if (name === '_logs') return { ...refused(key, 'check', [noLogs]), at: readBlock(values) }
    const at = readBlock(values, this.#otherwise)
    if (name === '_meta') return { kind: 'meta', key, at, below, request: this.#request }
    const root = this.#schema.roots.get(name)
    const type = root && this.#schema.types.get(root.type)
    if (!type) return undefined
    const target = this.#target(type, below)
    if (!target) return { ...nothingFetched(key, type, node), at }
    const interval = values.get('interval')
    if (interval?.kind === 'Enum' && !type.intervals.includes(interval.value)) {
      return { ...refused(key, 'read', [noInterval]), at }
    }
    const find = this.#attempt(key, () => this.#find(root, type, values))
    if ('problems' in find) return { ...find, at }
    const policy = values.get('subgraphError')
    const text = values.get('text')
    const search = this.#schema.searches.get(node.name.value)
    return {
      kind: 'entities',
      key,
      at,
      allowsErrors: policy?.kind === 'Enum' && policy.value === 'allow',
      find,
      target,
      ...(root.kind === 'aggregation' && { buckets: bucketsOf(values) }),
      ...(search && text?.kind === 'String' && { search: { in: search, text: text.value } }),
    }
  }

  #find(root: Root, type: ApiType, values: Arguments): EntitiesPlan['find'] {
    if (root.kind !== 'single') return { kind: 'list', list: this.#list(type, values, false) }
    const id = values.get('id')
    return { kind: 'id', id: idOperand(id?.kind === 'String' ? id.value : '', type.idType) }
  }

  #list(type: ApiType, values: Arguments, isNested: boolean): ListPlan {
    const order = readOrder(values, type, this.#schema)
    const page = readPage(values)
    const refusal = order.by?.through && isNested ? noChildOrder : undefined
    const where = readFilter(values.get('where'), type, this.#schema, refusal)
    return { ...page, order, where }
  }

  /** @returns undefined if nothing is selected of any type */
  #target(type: ApiType, below: readonly SelectionSetNode[]): TargetPlan | undefined {
    const selections = type.concrete.flatMap((name) => {
      const concrete = this.#schema.types.get(name)
      return concrete ? [{ type: concrete, fields: this.#fields(concrete, below) }] : []
    })
    return selections.some(({ fields }) => fields.length > 0) ? { type, selections } : undefined
  }

  #fields(type: ApiType, below: readonly SelectionSetNode[]): FieldPlan[] {
    const plans: FieldPlan[] = []
    const found = collectFields(below, (condition) => type.is.has(condition), this.#request)
    this.#fieldCount += found.size
    if (this.#fieldCount > maxFields) {
      throw new QueryRefusedError([{ message: `query selects more than ${maxFields} fields` }])
    }
    const graphqlType = this.#schema.graphql.getType(type.name)
    for (const [key, field] of found) {
      if (graphqlType) this.#checkMerge(field, graphqlType)
      const plan = this.#field(key, field.node, field.below, type)
      if (plan) plans.push(plan)
    }
    return plans
  }

  #field(key: string, node: FieldNode, below: readonly SelectionSetNode[], type: ApiType): FieldPlan | undefined {
    if (node.name.value === '__typename') return { kind: 'typename', key }
    const field = type.fields.get(node.name.value)
    if (!field) return undefined
    if (field.type.kind !== 'reference') return { kind: 'scalar', key, field }
    const targetType = this.#schema.types.get(field.type.name)
    if (below.length === 0 || !targetType) return undefined
    const target = this.#target(targetType, below)
    if (!target) {
      const otherwise = nothingFetched(key, targetType, node)
      return field.isList && field.derivedFrom === undefined
        ? { kind: 'unless-empty', key, field, otherwise }
        : otherwise
    }
    if (!field.isList) return { kind: 'one', key, field, target, node }
    const list = this.#attempt(key, () => this.#list(targetType, this.#listArguments(node, type), true))
    if (!('problems' in list)) return { kind: 'many', key, field, target, list }
    const isOfFilter = list.problems.some(({ message }) => message.startsWith(`${inSql}unsupported filter`))
    return isOfFilter && field.derivedFrom === undefined ? { kind: 'unless-empty', key, field, otherwise: list } : list
  }

  #listArguments(node: FieldNode, type: ApiType): Arguments {
    const graphqlType = this.#schema.graphql.getType(type.name)
    const definition = graphqlType && 'getFields' in graphqlType && graphqlType.getFields()[node.name.value]
    return definition && 'args' in definition ? this.#arguments(node, definition) : new Map()
  }

  #arguments(node: FieldNode, definition: GraphQLField<unknown, unknown>): Arguments {
    return readArguments(node, definition, this.#request.variables, [])
  }

  #attempt<T extends object>(key: string, work: () => T): T | RefusedPlan {
    try {
      return work()
    } catch (error) {
      if (error instanceof QueryRefusedError) return refused(key, 'read', error.facts.problems)
      throw error
    }
  }
}

/** The words of graph-node, which did not expect an interval that its schema offers for others. */
const noInterval: QueryProblem = {
  message: 'panic processing query: we only collect fields that are objects or interfaces',
}

/** What comes before what is wrong with the SQL. */
const inSql = 'Failed to get entities from store: '

const noChildOrder = `${inSql}SortKey::ChildKey cannot be used for parent ordering (yet)`

const noLogs: QueryProblem = { message: 'Not supported: the `_logs` query is not enabled on this indexer' }

function refused(key: string, step: RefusedPlan['step'], problems: readonly QueryProblem[]): RefusedPlan {
  return { kind: 'refused', key, step, problems }
}

/** graph-node does not fetch what nothing is selected of, and then misses it. (In a list of ids it finds no objects, and panics.) */
function nothingFetched(key: string, type: ApiType, { name }: FieldNode): RefusedPlan {
  const place = `${type.name}.${name.value}`
  const reason = `internal error resolving ${place}: expected prefetched result, but found nothing`
  return refused(key, 'tell', [{ message: `Failed to get entities from store: ${reason}` }])
}

function bucketsOf(values: Arguments): EntitiesPlan['buckets'] {
  const interval = values.get('interval')
  const current = values.get('current')
  return {
    interval: interval?.kind === 'Enum' && interval.value === 'day' ? 'day' : 'hour',
    isCurrentIncluded: current?.kind === 'Enum' && current.value === 'include',
  }
}
