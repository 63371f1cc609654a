/**
 * The chain's side of one operation: its first wave (all root fields, one document), the waves after it (chain fields
 * below people's rows, one document for all that become known together), and the one block they are all of.
 */
import DataLoader from 'dataloader'
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { ChainReorgError, GatewayError, WeaveError } from '../errors.ts'
import { attachRows } from './attach.ts'
import { CrossingGroup, type CrossingRequest, MAX_REST, pathKeys, planCrossing } from './crossing.ts'
import type { Root } from './document.ts'
import type { ChainFacts } from './extensions.ts'
import { measureLists } from './lists.ts'
import type { BlockPtr } from './pin.ts'
import type { CrossingPlan, OperationPlan } from './plan.ts'
import type { Settled, SettledState, Upstream, UpstreamRequest, UpstreamResult, Verified } from './upstream.ts'
import { sendWave, type WaveResult } from './wave.ts'

export interface OperationDeps {
  readonly upstream: Upstream
  readonly chainSchema: GraphQLSchema
  readonly planOf: (info: GraphQLResolveInfo) => OperationPlan
}

export interface OperationRequest {
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Which state of the chain answers it; absent: the latest. */
  readonly at?: SettledState
  readonly signal: AbortSignal
}

export class ChainOperation {
  readonly #deps: OperationDeps
  readonly #request: OperationRequest
  readonly #hasMeta: boolean
  readonly #crossings: DataLoader<CrossingRequest, readonly Record<string, unknown>[]>
  readonly #notices: GatewayError[] = []
  #roots: Promise<ReadonlyMap<string, unknown>> | undefined
  #pinning: Promise<BlockPtr | null> | undefined
  #block: BlockPtr | null = null
  #settled: Settled | null = null
  #verified: Verified | null = null
  #reorged = false
  #crossed = false

  constructor(deps: OperationDeps, request: OperationRequest) {
    this.#deps = deps
    this.#request = request
    this.#hasMeta = deps.chainSchema.getQueryType()?.getFields()._meta !== undefined
    this.#crossings = new DataLoader((requests) => this.#cross(requests), { cache: false })
  }

  /** The block everything was answered at, null if the chain was not asked; and how far the chain was settled then. */
  get facts(): ChainFacts {
    return { block: this.#block, settled: this.#settled, verified: this.#verified }
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
   * @returns the page asked for of the entities in the order of their keys; keys the chain does not know are left out
   */
  cross(request: CrossingRequest): Promise<readonly Record<string, unknown>[]> {
    this.#crossed = true
    return this.#crossings.load(request)
  }

  async #first(context: object, info: GraphQLResolveInfo): Promise<ReadonlyMap<string, unknown>> {
    const { roots, document } = this.#deps.planOf(info)
    const refused = new Map(roots.flatMap((root) => refusalOf(root, info.variableValues)))
    if (refused.size === roots.length) {
      return refused
    }
    const sent = refused.size === 0 ? roots : roots.filter(({ key }) => !refused.has(key))
    const { values } = await this.#wave(sent, this.#request.variables, refused.size === 0 ? document : undefined)
    await this.#attach(sent, values, context, info)
    return new Map([...values, ...refused])
  }

  /** One document for what all rows ask for, and a second for the lists that turn out to be longer than one answer. */
  async #cross(requests: readonly CrossingRequest[]): Promise<(readonly Record<string, unknown>[] | Error)[]> {
    const { chainSchema } = this.#deps
    const groups = new Map<string, CrossingGroup>()
    const values = new Map<string, unknown>()
    const roots: Root[] = []
    const variables: Record<string, unknown> = { ...this.#request.variables }
    for (const [path, ofPath] of Map.groupBy(requests, ({ info }) => pathKeys(info).join('.'))) {
      const group = new CrossingGroup(this.#crossingPlan(ofPath[0], path), ofPath, chainSchema)
      groups.set(path, group)
      roots.push(...group.ask(roots.length, variables))
    }
    const [request] = requests
    if (request !== undefined && roots.length > 0) {
      await this.#collect(roots, variables, values)
      const rest: Root[] = []
      for (const group of groups.values()) {
        rest.push(...group.askRest(roots.length + rest.length, MAX_REST - rest.length, values, variables))
      }
      if (rest.length > 0) {
        await this.#collect(rest, variables, values)
      }
      await this.#attach([...roots, ...rest], values, request.context, request.info)
    }
    return requests.map((each) => groups.get(pathKeys(each.info).join('.'))?.answer(each, values) ?? [])
  }

  async #collect(roots: readonly Root[], variables: Record<string, unknown>, into: Map<string, unknown>) {
    const { values } = await this.#wave(roots, variables)
    for (const [key, value] of values) {
      into.set(key, value)
    }
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
        upstream: (asked) => this.#ask(asked),
        roots,
        variables,
        pin,
        hasMeta: this.#hasMeta,
        signal: this.#request.signal,
        ...(this.#request.at && { at: this.#request.at }),
        ...(document !== undefined && { document }),
      })
      this.#block ??= result.block
      this.#settled ??= result.settled
      this.#notices.push(...result.notices)
      return result
    } catch (error) {
      this.#reorged ||= error instanceof ChainReorgError
      throw error
    }
  }

  async #ask(request: UpstreamRequest): Promise<UpstreamResult> {
    const result = await this.#deps.upstream(request)
    this.#verified ??= result.verified ?? null
    return result
  }
}

/** What a client did wrong in a root field's lists, before anybody is asked. */
function refusalOf({ key, lists }: Root, variables: Readonly<Record<string, unknown>>): [string, GatewayError][] {
  try {
    measureLists(lists, variables)
    return []
  } catch (error) {
    if (error instanceof GatewayError) {
      return [[key, error]]
    }
    throw error
  }
}
