/**
 * The way from rows to the chain. All keys of one place in the operation are asked for together, a thousand to a list:
 *
 *     _k_0: tokens(first: 1000, where: { owner_in: $_k_0_keys })
 *
 * Where several entities may have the same key, such a list can be longer than one answer may be. It comes in the order of ids,
 * so what has come of each key is where that key's own list begins; what rows still want of it is asked for in one more
 * document, for each key by itself and from where it broke off:
 *
 *     _k_1: tokens(first: 60, skip: 40, where: { owner_in: $_k_1_keys })
 */
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { getNamedType, isCompositeType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { GatewayError, QueryTooExpensiveError, WeaveError } from '../errors.ts'
import { MAX_FIRST, type Page } from '../page.ts'
import { collectSelectionVariables, definitionsOf, printSelection, type Root } from './document.ts'
import { listsBelow, MAX_ENTITIES, measureLists } from './lists.ts'
import { isRecord, KEY_PREFIX, readKey } from './names.ts'
import { type CrossingPlan, selectionSets } from './plan.ts'
import { project } from './project.ts'

/** Entities of one type whose `by` is among a row's keys. */
export interface Crossing {
  /** The root field that lists them, such as `accounts`. */
  readonly query: string
  /** The field they are found by, such as `id`: asked for as `id_in`. */
  readonly by: string
}

export interface CrossingRequest {
  readonly crossing: Crossing
  /** Of one row. */
  readonly keys: readonly string[]
  /** The part of the row's entities that is wanted. */
  readonly page: Page
  readonly context: object
  readonly info: GraphQLResolveInfo
}

/** Root fields of a second document. More would keep the subgraph's server busy for long. */
export const MAX_REST = 1000

type Entity = Record<string, unknown>

/** What all rows at one place of the operation ask for. */
export class CrossingGroup {
  readonly #plan: CrossingPlan
  readonly #crossing: Crossing
  readonly #filterType: string
  /** What any key's list is read up to. */
  readonly #end: number
  readonly #keys: readonly string[]
  /** Which keys each root field lists. */
  readonly #roots = new Map<string, readonly string[]>()
  #refusal: GatewayError | undefined
  #found: ReadonlyMap<string, readonly Entity[]> | Error | undefined

  /** @param requests - at least one, all of one path */
  constructor(plan: CrossingPlan, requests: readonly CrossingRequest[], chainSchema: GraphQLSchema) {
    const [first] = requests
    if (first === undefined) {
      throw new WeaveError('nothing asks for the chain')
    }
    this.#plan = plan
    this.#crossing = first.crossing
    this.#filterType = filterType(chainSchema, first.crossing)
    this.#keys = [...new Set(requests.flatMap(({ keys }) => keys))]
    this.#end = Math.max(...requests.map(({ page }) => page.skip + page.take))
    this.#refusal = this.#measure(first.info.variableValues)
  }

  /** Root fields that list the entities of all keys. @param variables - gets the keys */
  ask(offset: number, variables: Record<string, unknown>): Root[] {
    if (this.#refusal !== undefined) {
      return []
    }
    const chunks = Array.from({ length: Math.ceil(this.#keys.length / MAX_FIRST) }, (_, chunk) =>
      this.#keys.slice(chunk * MAX_FIRST, (chunk + 1) * MAX_FIRST),
    )
    return chunks.map((keys, chunk) => this.#root(offset + chunk, keys, { take: MAX_FIRST, skip: 0 }, variables))
  }

  /** Root fields for what did not fit into the answers, as far as any row wants it. @param room - how many there may be */
  askRest(
    offset: number,
    room: number,
    values: ReadonlyMap<string, unknown>,
    variables: Record<string, unknown>,
  ): Root[] {
    if (this.#crossing.by === 'id') {
      return [] // no two entities have the same
    }
    const cut = [...this.#roots].filter(([root]) => lengthOf(values.get(root)) >= MAX_FIRST)
    const pages = cut.flatMap(([root, keys]) => {
      const byKey = this.#index([root], values)
      return keys.flatMap((key) => pagesBetween(byKey.get(key)?.length ?? 0, this.#end).map((page) => ({ key, page })))
    })
    if (pages.length > room) {
      this.#refusal = new QueryTooExpensiveError(room * MAX_FIRST)
      return []
    }
    return pages.map(({ key, page }, index) => this.#root(offset + index, [key], page, variables))
  }

  /** What one row asked for. */
  answer({ keys, page }: CrossingRequest, values: ReadonlyMap<string, unknown>): readonly Entity[] | Error {
    if (this.#refusal !== undefined) {
      return this.#refusal
    }
    this.#found ??= this.#firstError(values) ?? this.#index([...this.#roots.keys()], values)
    const found = this.#found
    return found instanceof Error
      ? found
      : keys.flatMap((key) => found.get(key) ?? []).slice(page.skip, page.skip + page.take)
  }

  #measure(variables: Readonly<Record<string, unknown>>): GatewayError | undefined {
    try {
      const each = 1 + measureLists(this.#plan.lists, variables)
      const count = this.#keys.length * (this.#crossing.by === 'id' ? 1 : this.#end)
      return each * count > MAX_ENTITIES ? new QueryTooExpensiveError(MAX_ENTITIES) : undefined
    } catch (error) {
      if (error instanceof GatewayError) {
        return error
      }
      throw error
    }
  }

  #root(number: number, keys: readonly string[], { take, skip }: Page, variables: Record<string, unknown>): Root {
    const key = `${KEY_PREFIX}${number}`
    const list = `${key}_keys`
    variables[list] = keys
    this.#roots.set(key, keys)
    const { selection, body, variables: used } = this.#plan
    const { query, by } = this.#crossing
    return {
      key,
      name: query,
      args: `first: ${take}, ${skip > 0 ? `skip: ${skip}, ` : ''}where: { ${by}_in: $${list} }`,
      takesBlock: true,
      selection,
      lists: [],
      body,
      variables: new Map([...used, [list, `$${list}: ${this.#filterType}`]]),
    }
  }

  #firstError(values: ReadonlyMap<string, unknown>): Error | undefined {
    return [...this.#roots.keys()].map((root) => values.get(root)).find((value) => value instanceof Error)
  }

  #index(roots: readonly string[], values: ReadonlyMap<string, unknown>): Map<string, Entity[]> {
    const byKey = new Map<string, Entity[]>()
    for (const entity of roots.flatMap((root) => entitiesIn(values.get(root)))) {
      const key = String(readKey(entity, this.#plan.keyPath))
      const ofKey = byKey.get(key)
      if (ofKey === undefined) {
        byKey.set(key, [entity])
      } else {
        ofKey.push(entity)
      }
    }
    return byKey
  }
}

export function planCrossing(info: GraphQLResolveInfo, crossing: Crossing, chainSchema: GraphQLSchema): CrossingPlan {
  const type = getNamedType(info.returnType)
  if (!isCompositeType(type)) {
    throw new WeaveError(`${info.parentType.name}.${info.fieldName} crosses to ${type.name}, which has no fields`)
  }
  const path = pathKeys(info)
  const projected = project({ ...info, chainSchema }, type, selectionSets(info.fieldNodes), path)
  const by = isObjectType(type) || isInterfaceType(type) ? type.getFields()[crossing.by] : undefined
  const keyPath = by && isCompositeType(getNamedType(by.type)) ? `${crossing.by}.id` : crossing.by
  const selection = { ...projected, keys: new Set([...projected.keys, keyPath]) }
  const used = new Set<string>()
  collectSelectionVariables(selection, used)
  return {
    selection,
    keyPath,
    lists: listsBelow(selection, [crossing.query]),
    body: printSelection(selection),
    variables: definitionsOf(info.operation, used),
  }
}

/** The type of `id_in` in the list's `where`, such as `[Bytes!]`. */
export function filterType(chainSchema: GraphQLSchema, { query, by }: Crossing): string {
  const where = chainSchema
    .getQueryType()
    ?.getFields()
    [query]?.args.find(({ name }) => name === 'where')
  const filter = where && getNamedType(where.type)
  const field = isInputObjectType(filter) ? filter.getFields()[`${by}_in`] : undefined
  if (field === undefined) {
    throw new WeaveError(
      `The subgraph has no list ${query} that can be filtered by ${by}_in. Correct api/src/weave.ts.`,
    )
  }
  return String(field.type)
}

/** The response keys from the root to a field, without list indices. */
export function pathKeys(info: GraphQLResolveInfo): string[] {
  const keys: string[] = []
  for (let at: GraphQLResolveInfo['path'] | undefined = info.path; at; at = at.prev) {
    if (typeof at.key === 'string') {
      keys.unshift(at.key)
    }
  }
  return keys
}

/** From one place of a list to another, in as few pages as can be; none if there is nothing between. */
function pagesBetween(start: number, end: number): Page[] {
  const count = Math.max(0, Math.ceil((end - start) / MAX_FIRST))
  return Array.from({ length: count }, (_, index) => {
    const skip = start + index * MAX_FIRST
    return { skip, take: Math.min(MAX_FIRST, end - skip) }
  })
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}

function entitiesIn(value: unknown): Entity[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}
