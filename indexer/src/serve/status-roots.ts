import { parse } from 'yaml'
import type { BlockPtr } from '../chain/block.ts'
import { QueryRefusedError } from '../errors.ts'
import type { Arguments } from '../query/arguments.ts'
import { Json, type Plain, type PlainObject } from '../query/plain.ts'
import type { StoredDeployment, StoredError } from '../store/deployments.ts'
import type { StatusRoots } from './status-answer.ts'
import type { Kinds, Size, StatusSource } from './status-source.ts'

type Wants = (field: string) => boolean

/** The fields of the status door's Query. */
export function statusRoots(source: StatusSource): StatusRoots {
  const statuses = async (isWanted: (deployment: StoredDeployment) => boolean, wants: Wants): Promise<Plain[]> => {
    const [deployments, assignments] = await Promise.all([source.deployments(), source.assignments()])
    const assigned = new Map(assignments.map((one) => [one.number, one]))
    return Promise.all(
      deployments.filter(isWanted).map(async (one) => {
        const { node = null, isPaused = null } = assigned.get(one.number) ?? {}
        // graph-node counts the record of its proof of indexing too.
        const more = one.progress.block ? 1 : 0
        return {
          ...statusOf(one),
          node,
          paused: isPaused,
          entityCount: wants('entityCount') ? String((await source.entityCount(one)) + more) : null,
          subgraphSize: wants('subgraphSize') ? sizeOf(await source.size(one)) : null,
        }
      }),
    )
  }
  const named = async (wanted: string) => (await source.names()).find(({ name }) => name === wanted)
  const one = async (wanted: string | null | undefined, wants: Wants) =>
    wanted ? ((await statuses(({ id }) => id === wanted, wants))[0] ?? null) : null
  const requireDeployment = async (wanted: string) => {
    const found = (await source.deployments()).find(({ id }) => id === wanted)
    if (!found) throw refusal(`deployment \`${wanted}\` does not exist`)
    return found
  }
  return {
    indexingStatuses: async (values, wants) => {
      const wanted = texts(values, 'subgraphs')
      // A list of none asks for all.
      return statuses(({ id }) => wanted.length === 0 || wanted.includes(id), wants)
    },
    indexingStatusForCurrentVersion: async (values, wants) =>
      one((await named(text(values, 'subgraphName')))?.current, wants),
    indexingStatusForPendingVersion: async (values, wants) =>
      one((await named(text(values, 'subgraphName')))?.pending, wants),
    indexingStatusesForSubgraphName: async (values, wants) => {
      const name = await named(text(values, 'subgraphName'))
      return name ? statuses(({ id }) => name.versions.includes(id), wants) : []
    },
    subgraphFeatures: async (values) => {
      const wanted = text(values, 'subgraphId')
      const found = (await source.deployments()).find(({ id }) => id === wanted)
      if (!found) throw refusal(`failed to resolve subgraph manifest: resolve error: ${wanted} is not deployed here`)
      return featuresOf(found, await source.kinds(found))
    },
    // graph-node, which looks for entities of other blocks in a table without blocks, has no other answer to this.
    entityChangesInBlock: async (values) => {
      await requireDeployment(text(values, 'subgraphId'))
      throw refusal('Store error: store error: column "block_range" does not exist')
    },
    // Nor to this.
    apiVersions: async () => {
      throw refusal('Null value resolved for non-null field `apiVersions`')
    },
    blockHashFromNumber: async (values) =>
      (await source.blockHash(text(values, 'network'), number(values, 'blockNumber')))?.slice(2) ?? null,
    blockData: async (values) => {
      const block = await source.blockJson(text(values, 'network'), text(values, 'blockHash'))
      return block === null ? null : new Json(JSON.stringify(block))
    },
    // What calls returned is not kept here by block.
    cachedEthereumCalls: async (values) => {
      const block = await source.blockJson(text(values, 'network'), text(values, 'blockHash'))
      return block === null ? null : []
    },
    proofOfIndexing: async () => null,
    publicProofsOfIndexing: async () => [],
    version: async () => ({ __typename: 'Version', version: source.version, commit: 'unknown' }),
  }
}

function text(values: Arguments, name: string): string {
  const value = values.get(name)
  return value?.kind === 'String' ? value.value : ''
}

function texts(values: Arguments, name: string): readonly string[] {
  const list = values.get(name)
  return list?.kind === 'List' ? list.values.flatMap((one) => (one.kind === 'String' ? [one.value] : [])) : []
}

function number(values: Arguments, name: string): number {
  const value = values.get(name)
  return value?.kind === 'Int' ? Number(value.value) : -1
}

function statusOf(deployment: StoredDeployment): PlainObject {
  const { id, network, progress, errors } = deployment
  const fatal = errors.find(({ isFatal }) => isFatal)
  return {
    __typename: 'SubgraphIndexingStatus',
    subgraph: id,
    synced: progress.isSynced,
    health: progress.health,
    fatalError: fatal ? fatalErrorOf(fatal, id) : null,
    nonFatalErrors: fatal ? [] : nonFatalErrorsOf(errors).map((error) => errorOf(error, id)),
    chains: [
      {
        __typename: 'EthereumIndexingStatus',
        network,
        chainHeadBlock: blockOf(progress.head),
        earliestBlock: { __typename: 'EarliestBlock', number: String(progress.earliestBlock), hash: '0x0' },
        latestBlock: blockOf(progress.block),
        lastHealthyBlock: null,
      },
    ],
    historyBlocks: progress.historyBlocks,
  }
}

function sizeOf({ rowEstimate, tableBytes, indexBytes, toastBytes }: Size): PlainObject {
  return {
    __typename: 'SubgraphSize',
    rowEstimate: String(rowEstimate),
    tableSize: String(tableBytes),
    indexSize: String(indexBytes),
    toastSize: String(toastBytes),
    totalSize: String(tableBytes + indexBytes + toastBytes),
  }
}

/** graph-node tells those of the last block that had any, and forgets them when another error ends it. */
function nonFatalErrorsOf(all: readonly StoredError[]): readonly StoredError[] {
  const errors = all.filter(({ isFatal }) => !isFatal)
  const last = errors.at(-1)?.block?.number
  return errors.filter(({ block }) => block?.number === last).slice(0, 1000)
}

/** Of the error that ended it, graph-node has the handler in the text and nowhere else. */
function fatalErrorOf({ message, handler, ...error }: StoredError, subgraphId: string): PlainObject {
  const { block } = error
  const at = block ? ` at block #${block.number} (${block.hash.slice(2)})` : ''
  const text = handler === null ? message : `${message} in handler \`${handler}\`${at}`
  return errorOf({ ...error, message: text, handler: null }, subgraphId)
}

function errorOf({ message, handler, block, isDeterministic }: StoredError, subgraphId: string): PlainObject {
  return {
    __typename: 'SubgraphError',
    message,
    handler,
    block: block && { __typename: 'Block', number: String(block.number), hash: block.hash },
    deterministic: isDeterministic,
    subgraphId,
  }
}

/** Hashes are without `0x` here, unlike everywhere else, even in errors. */
function blockOf(block: BlockPtr | null): PlainObject | null {
  return block && { __typename: 'EthereumBlock', number: String(block.number), hash: block.hash.slice(2) }
}

/** What of a manifest the features follow from; whatever is deployed has been checked long ago. */
interface ManifestFeatures {
  readonly specVersion?: unknown
  readonly features?: readonly string[] | null
  readonly dataSources?: readonly SourceFeatures[]
  readonly templates?: readonly SourceFeatures[] | null
}

interface SourceFeatures {
  readonly kind: string
  readonly mapping: {
    readonly apiVersion?: unknown
    readonly eventHandlers?: readonly { readonly calls?: object | null }[] | null
    readonly callHandlers?: readonly unknown[] | null
    readonly blockHandlers?: readonly { readonly filter?: { readonly kind: string } | null }[] | null
  }
}

function featuresOf({ manifest, network }: StoredDeployment, kinds: Kinds): PlainObject {
  const { specVersion, features, dataSources, templates } = parse(manifest, { schema: 'failsafe' }) as ManifestFeatures
  const sources = dataSources ?? []
  const all = [...sources, ...(templates ?? [])]
  const versions = new Set(all.flatMap(({ mapping }) => (mapping.apiVersion ? [String(mapping.apiVersion)] : [])))
  const callsAhead = sources.some(({ mapping }) =>
    mapping.eventHandlers?.some(({ calls }) => Object.keys(calls ?? {}).length > 0),
  )
  return {
    __typename: 'SubgraphFeatures',
    apiVersion: versions.size === 1 ? ([...versions][0] ?? null) : null,
    specVersion: String(specVersion),
    features: [
      ...(features ?? []),
      ...(callsAhead ? ['declaredEthCalls'] : []),
      ...(kinds.hasAggregations ? ['aggregations'] : []),
      ...(kinds.hasImmutable ? ['immutableEntities'] : []),
      ...(kinds.hasBytesIds ? ['bytesAsIds'] : []),
    ],
    dataSources: [...new Set(all.map(({ kind }) => kind))],
    handlers: [...new Set(sources.flatMap(handlerKinds))],
    network,
  }
}

function handlerKinds({ kind, mapping }: SourceFeatures): string[] {
  if (kind.startsWith('file/')) return ['offchain']
  if (kind === 'subgraph') return ['entity']
  return [
    ...(mapping.eventHandlers?.length ? ['event'] : []),
    ...(mapping.callHandlers?.length ? ['call'] : []),
    ...(mapping.blockHandlers ?? []).map(({ filter }) => blockHandlerKinds[filter?.kind ?? ''] ?? 'block'),
  ]
}

const blockHandlerKinds: Readonly<Record<string, string>> = {
  polling: 'block_filter_polling',
  once: 'block_filter_once',
  call: 'block_filter_call',
}

function refusal(message: string): QueryRefusedError {
  return new QueryRefusedError([{ message }])
}
