import type { FieldNode, GraphQLField, SelectionSetNode } from 'graphql'
import type { Field, FulltextSearch } from '../deployment/schema.ts'
import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import { type Arguments, invalidArgumentProblem, readArguments, readVariables } from './arguments.ts'
import { type BlockConstraint, readBlock } from './block.ts'
import { checkFields } from './check-fields.ts'
import { collectFields, type Request } from './collect.ts'
import { readDocument } from './document.ts'
import { type Condition, readFilter } from './filter.ts'
import { answerIntrospection } from './introspection.ts'
import { idOperand } from './operand.ts'
import { type Order, readOrder, readPage } from './page.ts'
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
  | { readonly kind: 'scalar'; readonly key: string; readonly field: Field }
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

export interface Question {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** More than any client selects by hand; a document that multiplies itself by spreading fragments gets here in no time. */
const maxFields = 50_000

/**
 * Plans a query without asking anyone anything.
 * @throws {@link QueryRefusedError} with all that is wrong: first variables, then fields, then arguments, then what they mean
 */
export function planQuery({ query, variables }: Question, schema: ApiSchema): Plan {
  const operation = readDocument(query)
  const problems: QueryProblem[] = []
  const values = readVariables(operation.node, variables ?? {}, schema.graphql, problems)
  refuse(problems)
  refuse(checkFields(operation, schema.graphql))
  const planning = new Planning({ operation, variables: values }, schema)
  const roots = planning.roots(operation.node.selectionSet)
  refuse(planning.argumentProblems)
  refuse(planning.problems)
  return { roots }
}

function refuse(problems: readonly QueryProblem[]): void {
  if (problems.length > 0) throw new QueryRefusedError(problems)
}

/** One walk over one query. It goes on after a problem, so that all are told at once. */
class Planning {
  /** Arguments that do not fit; if there are any, nothing else is told. */
  readonly argumentProblems: QueryProblem[] = []
  readonly problems: QueryProblem[] = []
  readonly #request: Request
  readonly #schema: ApiSchema
  #fieldCount = 0

  constructor(request: Request, schema: ApiSchema) {
    this.#request = request
    this.#schema = schema
  }

  roots(set: SelectionSetNode): RootPlan[] {
    const roots: RootPlan[] = []
    const found = collectFields([set], (condition) => condition === 'Query', this.#request)
    for (const [key, { node, below }] of found) {
      const plan = this.#root(key, node, below)
      if (plan) roots.push(plan)
    }
    return roots
  }

  #root(key: string, node: FieldNode, below: readonly SelectionSetNode[]): RootPlan | undefined {
    const name = node.name.value
    if (name === '__typename') return { kind: 'text', key, json: '"Query"', isIntrospection: false }
    // Without a selection, a field of Query is left out of the answer.
    if (below.length === 0) return undefined
    if (name === '__schema' || name === '__type') {
      const json = answerIntrospection(node, below, this.#request, this.#schema, this.argumentProblems)
      return { kind: 'text', key, json, isIntrospection: true }
    }
    const definition = this.#schema.graphql.getQueryType()?.getFields()[name]
    if (!definition) return undefined
    const values = this.#arguments(node, definition)
    if (name === '_logs') {
      this.problems.push({ message: 'Not supported: the `_logs` query is not enabled on this indexer' })
      return undefined
    }
    const at = readBlock(values, this.argumentProblems)
    if (name === '_meta') return { kind: 'meta', key, at, below, request: this.#request }
    const root = this.#schema.roots.get(name)
    return root && this.#entities(key, node, below, root, values, at)
  }

  #entities(
    key: string,
    node: FieldNode,
    below: readonly SelectionSetNode[],
    root: Root,
    values: Arguments,
    at: BlockConstraint,
  ): EntitiesPlan | undefined {
    const type = this.#schema.types.get(root.type)
    if (!type) return undefined
    const find = this.#attempt(() => this.#find(root, type, values))
    const target = this.#target(type, below, node)
    const policy = values.get('subgraphError')
    const interval = values.get('interval')
    if (interval?.kind === 'Enum' && !type.intervals.includes(interval.value)) {
      this.argumentProblems.push(invalidArgumentProblem('interval', interval))
    }
    const text = values.get('text')
    const search = this.#schema.searches.get(node.name.value)
    return (
      find && {
        kind: 'entities',
        key,
        at,
        allowsErrors: policy?.kind === 'Enum' && policy.value === 'allow',
        find,
        target,
        ...(root.kind === 'aggregation' && { buckets: bucketsOf(values) }),
        ...(search && text?.kind === 'String' && { search: { in: search, text: text.value } }),
      }
    )
  }

  #find(root: Root, type: ApiType, values: Arguments): EntitiesPlan['find'] {
    if (root.kind !== 'single') return { kind: 'list', list: this.#list(type, values, false) }
    const id = values.get('id')
    return { kind: 'id', id: idOperand(id?.kind === 'String' ? id.value : '', type.idType) }
  }

  #list(type: ApiType, values: Arguments, isNested: boolean): ListPlan {
    return {
      ...readPage(values),
      order: readOrder(values, type, this.#schema, isNested),
      where: readFilter(values.get('where'), type, this.#schema),
    }
  }

  #target(type: ApiType, below: readonly SelectionSetNode[], node: FieldNode): TargetPlan {
    const selections = type.concrete.flatMap((name) => {
      const concrete = this.#schema.types.get(name)
      return concrete ? [{ type: concrete, fields: this.#fields(concrete, below) }] : []
    })
    if (selections.every(({ fields }) => fields.length === 0)) {
      const place = `${type.name}.${node.name.value}`
      this.problems.push({
        message: `Failed to get entities from store: internal error resolving ${place}: expected prefetched result, but found nothing`,
      })
    }
    return { type, selections }
  }

  #fields(type: ApiType, below: readonly SelectionSetNode[]): FieldPlan[] {
    const plans: FieldPlan[] = []
    const found = collectFields(below, (condition) => type.is.has(condition), this.#request)
    this.#fieldCount += found.size
    if (this.#fieldCount > maxFields) {
      throw new QueryRefusedError([{ message: `query selects more than ${maxFields} fields` }])
    }
    for (const [key, { node, below: nested }] of found) {
      const plan = this.#field(key, node, nested, type)
      if (plan) plans.push(plan)
    }
    return plans
  }

  #field(key: string, node: FieldNode, below: readonly SelectionSetNode[], type: ApiType): FieldPlan | undefined {
    if (node.name.value === '__typename') return { kind: 'typename', key }
    const field = type.fields.get(node.name.value)
    if (!field) return undefined
    if (field.type.kind !== 'reference') return { kind: 'scalar', key, field }
    const target = this.#schema.types.get(field.type.name)
    if (below.length === 0 || !target) return undefined
    if (!field.isList) return { kind: 'one', key, field, target: this.#target(target, below, node), node }
    const values = this.#listArguments(node, type)
    const list = this.#attempt(() => this.#list(target, values, true))
    const targetPlan = this.#target(target, below, node)
    // With a problem noted there will be no answer; what stands here only must not look like an empty selection.
    return list ? { kind: 'many', key, field, target: targetPlan, list } : { kind: 'typename', key }
  }

  #listArguments(node: FieldNode, type: ApiType): Arguments {
    const graphqlType = this.#schema.graphql.getType(type.name)
    const definition = graphqlType && 'getFields' in graphqlType && graphqlType.getFields()[node.name.value]
    return definition && 'args' in definition ? this.#arguments(node, definition) : new Map()
  }

  #arguments(node: FieldNode, definition: GraphQLField<unknown, unknown>): Arguments {
    return readArguments(node, definition, this.#request.variables, this.argumentProblems)
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof QueryRefusedError)) throw error
      this.problems.push(...error.facts.problems)
      return undefined
    }
  }
}

function bucketsOf(values: Arguments): EntitiesPlan['buckets'] {
  const interval = values.get('interval')
  const current = values.get('current')
  return {
    interval: interval?.kind === 'Enum' && interval.value === 'day' ? 'day' : 'hour',
    isCurrentIncluded: current?.kind === 'Enum' && current.value === 'include',
  }
}
