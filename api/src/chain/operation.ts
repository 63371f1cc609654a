/**
 * The chain's side of one operation: its first wave (all root fields, one document), the waves after it (chain fields
 * below people's rows, one document for all that become known together), and the one block they are all of.
 */
import DataLoader from 'dataloader'
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { getNamedType, isCompositeType, isInputObjectType } from 'graphql'
import { ChainReorgError, type GatewayError, WeaveError } from '../errors.ts'
import { attachRows } from './attach.ts'
import { collectSelectionVariables, definitionsOf, printSelection, type Root } from './document.ts'
import { KEY_PREFIX, readKey } from './names.ts'
import type { BlockPtr } from './pin.ts'
import { type CrossingPlan, type OperationPlan, selectionSets } from './plan.ts'
import { project } from './project.ts'
import type { Upstream } from './upstream.ts'
import { sendWave, type WaveResult } from './wave.ts'

/** The way from a row to the chain: entities of one type whose `by` is among the row's keys. */
export interface Crossing {
  /** The root field that lists them, such as `accounts`. */
  readonly query: string
  /** The field they are found by, such as `id`: asked for as `id_in`. */
  readonly by: string
}

export interface OperationDeps {
  readonly upstream: Upstream
  readonly chainSchema: GraphQLSchema
  readonly planOf: (info: GraphQLResolveInfo) => OperationPlan
}

export interface OperationRequest {
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
}

interface CrossingRequest {
  readonly crossing: Crossing
  readonly keys: readonly string[]
  readonly context: object
  readonly info: GraphQLResolveInfo
}

/** graph-node answers at most this many rows of one list. */
export const MAX_FIRST = 1000

export class ChainOperation {
  readonly #deps: OperationDeps
  readonly #request: OperationRequest
  readonly #hasMeta: boolean
  readonly #crossings: DataLoader<CrossingRequest, readonly Record<string, unknown>[]>
  readonly #notices: GatewayError[] = []
  #roots: Promise<ReadonlyMap<string, unknown>> | undefined
  #pinning: Promise<BlockPtr | null> | undefined
  #block: BlockPtr | null = null
  #reorged = false
  #crossed = false

  constructor(deps: OperationDeps, request: OperationRequest) {
    this.#deps = deps
    this.#request = request
    this.#hasMeta = deps.chainSchema.getQueryType()?.getFields()._meta !== undefined
    this.#crossings = new DataLoader((requests) => this.#cross(requests), { cache: false })
  }

  /** The block everything was answered at; null if the chain was not asked. */
  get block(): BlockPtr | null {
    return this.#block
  }

  /** Whether the block went away meanwhile, so that the operation should be run again. */
  get reorged(): boolean {
    return this.#reorged
  }

  /** Whether the operation went from people to the chain. */
  get crossed(): boolean {
    return this.#crossed
  }

  /** Errors of the subgraph that came beside complete data. */
  get notices(): readonly GatewayError[] {
    return this.#notices
  }

  /** Resolves a root field of the chain; the first to ask sends all of them. */
  async root(context: object, info: GraphQLResolveInfo): Promise<unknown> {
    this.#roots ??= this.#first(context, info)
    return (await this.#roots).get(String(info.path.key))
  }

  /**
   * Resolves a chain field below a row, together with all others that are asked for in the same breath.
   * @returns the entities in the order of their keys; keys the chain does not know are left out
   */
  cross(request: CrossingRequest): Promise<readonly Record<string, unknown>[]> {
    this.#crossed = true
    return this.#crossings.load(request)
  }

  async #first(context: object, info: GraphQLResolveInfo): Promise<ReadonlyMap<string, unknown>> {
    const { roots, document } = this.#deps.planOf(info)
    const { values } = await this.#wave(roots, this.#request.variables, document)
    await this.#attach(roots, values, context, info)
    return values
  }

  async #cross(requests: readonly CrossingRequest[]): Promise<(readonly Record<string, unknown>[])[]> {
    const groups = Map.groupBy(requests, ({ info }) => pathKeys(info).join('.'))
    const variables: Record<string, unknown> = { ...this.#request.variables }
    const roots: Root[] = []
    const rootsOf = new Map<string, Root[]>()
    for (const [path, group] of groups) {
      const ofGroup = crossingRoots(
        this.#crossingPlan(group[0], path),
        group,
        roots.length,
        this.#deps.chainSchema,
        variables,
      )
      roots.push(...ofGroup)
      rootsOf.set(path, ofGroup)
    }
    const [request] = requests
    if (request === undefined || roots.length === 0) {
      return requests.map(() => [])
    }
    const { values } = await this.#wave(roots, variables)
    await this.#attach(roots, values, request.context, request.info)
    const found = new Map([...rootsOf].map(([path, ofGroup]) => [path, index(ofGroup, values, groups.get(path))]))
    return requests.map(({ keys, info }) => {
      const byKey = found.get(pathKeys(info).join('.'))
      if (byKey instanceof Error) {
        throw byKey
      }
      return keys.flatMap((key) => byKey?.get(key) ?? [])
    })
  }

  #crossingPlan(request: CrossingRequest | undefined, path: string): CrossingPlan {
    if (request === undefined) {
      throw new WeaveError(`nothing asks for ${path}`)
    }
    const { info, crossing } = request
    const { crossings } = this.#deps.planOf(info)
    let plan = crossings.get(path)
    if (plan === undefined) {
      plan = planCrossing(info, crossing, this.#deps.chainSchema)
      crossings.set(path, plan)
    }
    return plan
  }

  async #attach(
    roots: readonly Root[],
    values: ReadonlyMap<string, unknown>,
    context: object,
    info: GraphQLResolveInfo,
  ) {
    const withSites = roots.flatMap(({ key, selection }) => {
      return selection?.hasSites ? [{ value: values.get(key), selection }] : []
    })
    if (withSites.length > 0) {
      await attachRows(withSites, context, info)
    }
  }

  /** The first wave learns the block, and those that come meanwhile wait for it; if it fails, the next one is the first. */
  async #wave(
    roots: readonly Root[],
    variables: Readonly<Record<string, unknown>>,
    document?: string,
  ): Promise<WaveResult> {
    while (this.#pinning && this.#hasMeta) {
      const pinning = this.#pinning
      const pin = await pinning
      if (pin !== null) {
        return this.#send(roots, variables, pin)
      }
      if (this.#pinning === pinning) {
        this.#pinning = undefined
      }
    }
    const first = this.#send(roots, variables, null, document)
    this.#pinning = first.then(
      ({ block }) => block,
      () => null,
    )
    return first
  }

  async #send(
    roots: readonly Root[],
    variables: Readonly<Record<string, unknown>>,
    pin: BlockPtr | null,
    document?: string,
  ): Promise<WaveResult> {
    try {
      const result = await sendWave({
        upstream: this.#deps.upstream,
        roots,
        variables,
        pin,
        hasMeta: this.#hasMeta,
        signal: this.#request.signal,
        ...(document !== undefined && { document }),
      })
      this.#block ??= result.block
      this.#notices.push(...result.notices)
      return result
    } catch (error) {
      this.#reorged ||= error instanceof ChainReorgError
      throw error
    }
  }
}

function planCrossing(info: GraphQLResolveInfo, crossing: Crossing, chainSchema: GraphQLSchema): CrossingPlan {
  const type = getNamedType(info.returnType)
  if (!isCompositeType(type)) {
    throw new WeaveError(`${info.parentType.name}.${info.fieldName} crosses to ${type.name}, which has no fields`)
  }
  const projected = project({ ...info, chainSchema }, type, selectionSets(info.fieldNodes), pathKeys(info))
  const selection = { ...projected, keys: new Set([...projected.keys, crossing.by]) }
  const used = new Set<string>()
  collectSelectionVariables(selection, used)
  return { selection, body: printSelection(selection), variables: definitionsOf(info.operation, used) }
}

/** Root fields that list the entities of all distinct keys, at most a thousand each. Their keys go into `variables`. */
function crossingRoots(
  plan: CrossingPlan,
  group: readonly CrossingRequest[],
  offset: number,
  chainSchema: GraphQLSchema,
  variables: Record<string, unknown>,
): Root[] {
  const crossing = group[0]?.crossing
  if (crossing === undefined) {
    return []
  }
  const keys = [...new Set(group.flatMap((request) => request.keys))]
  const chunks = Math.ceil(keys.length / MAX_FIRST)
  return Array.from({ length: chunks }, (_, chunk) => {
    const key = `${KEY_PREFIX}${offset + chunk}`
    const ids = `${key}_ids`
    variables[ids] = keys.slice(chunk * MAX_FIRST, (chunk + 1) * MAX_FIRST)
    return {
      key,
      name: crossing.query,
      args: `first: ${MAX_FIRST}, where: { ${crossing.by}_in: $${ids} }`,
      takesBlock: true,
      selection: plan.selection,
      body: plan.body,
      variables: new Map([...plan.variables, [ids, `$${ids}: ${filterType(chainSchema, crossing)}`]]),
    }
  })
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

function index(
  roots: readonly Root[],
  values: ReadonlyMap<string, unknown>,
  group: readonly CrossingRequest[] | undefined,
) {
  const by = group?.[0]?.crossing.by ?? 'id'
  const byKey = new Map<string, Record<string, unknown>[]>()
  for (const { key } of roots) {
    const value = values.get(key)
    if (value instanceof Error) {
      return value
    }
    for (const entity of Array.isArray(value) ? value : []) {
      const text = String(readKey(entity, by))
      byKey.set(text, [...(byKey.get(text) ?? []), entity])
    }
  }
  return byKey
}

/** The response keys from the root to a field, without list indices. */
function pathKeys(info: GraphQLResolveInfo): string[] {
  const keys: string[] = []
  for (let at: GraphQLResolveInfo['path'] | undefined = info.path; at; at = at.prev) {
    if (typeof at.key === 'string') {
      keys.unshift(at.key)
    }
  }
  return keys
}
